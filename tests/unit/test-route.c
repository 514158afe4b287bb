/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The whole truth table of route_decide: every input there is, against the
 * promises of docs/design.md written down here once more, and against a text table
 * of the usual cases. */

#include "penregister/route.h"

#include <string.h>

typedef void (*CheckFunc) (const PenRouteInput *input, const PenRouteDecision *decision);

static guint64
for_all_inputs (CheckFunc check)
{
  guint64 n = 0;

  for (int kind = PEN_ADDRESS_NONE; kind <= PEN_ADDRESS_GROUP; kind++)
    for (int capability = 0; capability < PEN_N_CAPABILITIES; capability++)
      for (int lookup = 0; lookup < PEN_N_LOOKUP_STATES; lookup++)
        for (int choice = 0; choice < PEN_N_CHOICES; choice++)
          for (guint flags = 0; flags < 1u << 6; flags++)
            {
              PenRouteInput input = {
                .kind = (PenAddressKind) kind, .capability = (PenCapabilityState) capability,
                .lookup = (PenLookupState) lookup, .choice = (PenChoice) choice,
                .pinned = (flags & 1) != 0, .omemo = (flags & 2) != 0, .gateway = (flags & 4) != 0,
                .has_jid = (flags & 8) != 0, .is_otr = (flags & 16) != 0, .plain_asks = (flags & 32) != 0,
              };
              PenRouteDecision decision = pen_route_decide (&input);

              check (&input, &decision);
              n++;
            }
  return n;
}

static void
check_downgrade (const PenRouteInput *input, const PenRouteDecision *decision)
{
  gboolean is_clear = decision->route == PEN_ROUTE_SMS || decision->route == PEN_ROUTE_PLAIN;
  gboolean is_person = input->kind == PEN_ADDRESS_TEL || input->kind == PEN_ADDRESS_XMPP;

  if (is_person && input->pinned && is_clear)
    g_assert_true (input->choice == PEN_CHOICE_SMS || input->choice == PEN_CHOICE_PLAIN);
  if (is_person && input->capability == PEN_CAPABILITY_ENCRYPTED && !input->omemo)
    g_assert_cmpint (decision->route, ==, PEN_ROUTE_HOLD);
  if (decision->route == PEN_ROUTE_ENCRYPTED)
    g_assert_true (input->omemo && is_person && input->capability == PEN_CAPABILITY_ENCRYPTED);
}

static void
check_sms (const PenRouteInput *input, const PenRouteDecision *decision)
{
  if (decision->route == PEN_ROUTE_SMS)
    {
      g_assert_cmpint (input->choice, ==, PEN_CHOICE_SMS);
      g_assert_true (input->gateway);
      g_assert_false (input->is_otr);
      g_assert_cmpint (input->kind, !=, PEN_ADDRESS_XMPP);
      g_assert_cmpint (input->kind, !=, PEN_ADDRESS_ALPHA);
    }
  if ((decision->choices & PEN_CHOICE_BIT (PEN_CHOICE_SMS)) != 0)
    g_assert_true (input->gateway && input->kind != PEN_ADDRESS_XMPP);
}

static void
check_plain (const PenRouteInput *input, const PenRouteDecision *decision)
{
  gboolean offers_plain = (decision->choices & PEN_CHOICE_BIT (PEN_CHOICE_PLAIN)) != 0;

  if (decision->route == PEN_ROUTE_PLAIN || offers_plain)
    g_assert_true (input->kind == PEN_ADDRESS_XMPP || (input->kind == PEN_ADDRESS_TEL && input->has_jid));
  /* Nothing known is never a reason for a route of its own. */
  if (decision->route == PEN_ROUTE_PLAIN && input->choice != PEN_CHOICE_PLAIN)
    g_assert_cmpint (input->capability, ==, PEN_CAPABILITY_ABSENT);
}

static void
check_hold (const PenRouteInput *input, const PenRouteDecision *decision)
{
  if (decision->route != PEN_ROUTE_HOLD)
    {
      g_assert_cmpuint (decision->choices, ==, 0);
      return;
    }
  g_assert_true ((decision->choices & PEN_CHOICE_BIT (PEN_CHOICE_CANCEL)) != 0);
  g_assert_cmpstr (pen_route_reason_sentence (decision->reason), !=, "");
}

static void
check_answers (const PenRouteInput *input, const PenRouteDecision *decision)
{
  static const PenChoice answers[] = { PEN_CHOICE_SMS, PEN_CHOICE_PLAIN };

  /* What a question offers does happen when it is chosen. */
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    if ((decision->choices & PEN_CHOICE_BIT (answers[i])) != 0)
      {
        PenRouteInput chosen = *input;
        PenRouteDecision after;

        if (input->is_otr && answers[i] == PEN_CHOICE_SMS)
          continue;
        chosen.choice = answers[i];
        after = pen_route_decide (&chosen);
        g_assert_cmpint (after.route, ==, answers[i] == PEN_CHOICE_SMS ? PEN_ROUTE_SMS : PEN_ROUTE_PLAIN);
      }
}

static void
test_promise (gconstpointer check)
{
  g_assert_cmpuint (for_all_inputs (*(CheckFunc *) check), ==, 6 * 3 * 6 * 6 * 64);
}

static PenAddressKind
kind_of_word (const char *word)
{
  static const char *const words[] = { "none", "tel", "xmpp", "short", "alpha", "group" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i], word))
      return (PenAddressKind) i;
  g_error ("no kind %s", word);
}

static PenLookupState
lookup_of_word (const char *word)
{
  static const char *const words[] = { "done", "pending", "failed", "withheld", "not-yet", "waiting" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i], word))
      return (PenLookupState) i;
  g_error ("no lookup %s", word);
}

static void
check_line (const char *line)
{
  g_auto (GStrv) column = g_strsplit_set (line, " ", -1);
  PenRouteInput input = { .kind = kind_of_word (column[0]), .lookup = lookup_of_word (column[2]) };
  PenRouteDecision decision;

  g_assert_cmpuint (g_strv_length (column), ==, 7);
  g_assert_true (pen_capability_from_string (column[1], &input.capability));
  g_assert_true (pen_choice_from_string (column[3], &input.choice));
  input.pinned = strchr (column[4], 'p') != NULL;
  input.omemo = strchr (column[4], 'o') != NULL;
  input.gateway = strchr (column[4], 'g') != NULL;
  input.has_jid = strchr (column[4], 'j') != NULL;
  input.is_otr = strchr (column[4], 't') != NULL;
  input.plain_asks = strchr (column[4], 'a') != NULL;
  decision = pen_route_decide (&input);
  g_test_message ("%s", line);
  g_assert_cmpstr (pen_route_to_string (decision.route), ==, column[5]);
  g_assert_cmpstr (pen_route_reason_name (decision.reason), ==, column[6]);
}

static void
test_table (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "routes.txt", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '#' && lines[i][0] != '\0')
      {
        check_line (lines[i]);
        n++;
      }
  g_assert_cmpuint (n, >, 30);
}

int
main (int argc, char **argv)
{
  static const CheckFunc checks[] = { check_downgrade, check_sms, check_plain, check_hold, check_answers };

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/route/no-downgrade", &checks[0], test_promise);
  g_test_add_data_func ("/route/no-silent-sms", &checks[1], test_promise);
  g_test_add_data_func ("/route/plain", &checks[2], test_promise);
  g_test_add_data_func ("/route/hold", &checks[3], test_promise);
  g_test_add_data_func ("/route/answers", &checks[4], test_promise);
  g_test_add_func ("/route/table", test_table);
  return g_test_run ();
}
