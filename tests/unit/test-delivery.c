/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The status ladder against its text table, and the error sentences. */

#include <string.h>

#include "penregister/delivery.h"

/* RFC 6120 8.3.3, whole. */
static const char *const conditions[] = {
  "bad-request", "conflict", "feature-not-implemented", "forbidden", "gone", "internal-server-error",
  "item-not-found", "jid-malformed", "not-acceptable", "not-allowed", "not-authorized", "policy-violation",
  "recipient-unavailable", "redirect", "registration-required", "remote-server-not-found",
  "remote-server-timeout", "resource-constraint", "service-unavailable", "subscription-required",
  "undefined-condition", "unexpected-request",
};

static void
check_row (char **words, guint *seen)
{
  PenMessageState state, expected;
  guint n = g_strv_length (words);

  g_assert_cmpuint (n, ==, 1 + PEN_N_DELIVERY_EVENTS);
  g_assert_true (pen_message_state_from_string (words[0], &state));
  for (guint event = 0; event < PEN_N_DELIVERY_EVENTS; event++)
    {
      g_assert_true (pen_message_state_from_string (words[1 + event], &expected));
      g_assert_cmpstr (pen_message_state_to_string (pen_delivery_step (state, (PenDeliveryEvent) event)), ==,
                       words[1 + event]);
    }
  *seen |= 1u << state;
}

static void
test_table (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "delivery-states.txt", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  guint seen = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_auto (GStrv) words = NULL;
      g_autoptr (GRegex) spaces = g_regex_new (" +", 0, 0, NULL);

      if (**line == '\0' || **line == '#')
        continue;
      words = g_regex_split (spaces, *line, 0);
      check_row (words, &seen);
    }
  g_assert_cmpuint (seen, ==, (1u << PEN_N_MESSAGE_STATES) - 1);
}

static void
test_only_upwards (void)
{
  static const int rank[PEN_N_MESSAGE_STATES] = {
    [PEN_MESSAGE_HELD] = 0,      [PEN_MESSAGE_SENT] = 1,   [PEN_MESSAGE_UNKNOWN] = 1,
    [PEN_MESSAGE_ACCEPTED] = 2, [PEN_MESSAGE_DELIVERED] = 3, [PEN_MESSAGE_FAILED] = 4,
  };

  for (guint state = 0; state < PEN_N_MESSAGE_STATES; state++)
    {
      for (guint event = 0; event < PEN_N_DELIVERY_EVENTS; event++)
        g_assert_cmpint (rank[pen_delivery_step ((PenMessageState) state, (PenDeliveryEvent) event)], >=,
                         rank[state]);
      g_assert_cmpint (pen_delivery_step ((PenMessageState) state, PEN_DELIVERY_ERROR), ==, PEN_MESSAGE_FAILED);
    }
}

static void
test_late_error (void)
{
  static const PenDeliveryEvent events[] = { PEN_DELIVERY_HANDED, PEN_DELIVERY_RECEIPT, PEN_DELIVERY_REPORT,
                                             PEN_DELIVERY_ERROR, PEN_DELIVERY_REPORT, PEN_DELIVERY_SILENCE };
  PenMessageState state = PEN_MESSAGE_HELD;

  for (gsize i = 0; i < G_N_ELEMENTS (events); i++)
    state = pen_delivery_step (state, events[i]);
  g_assert_cmpint (state, ==, PEN_MESSAGE_FAILED);
}

/* What happened, why, and what to do: never fewer than two sentences' worth. */
static void
test_sentences (void)
{
  const char *unknown_gateway = pen_delivery_error_sentence ("no-such-condition", TRUE);

  for (gsize i = 0; i < G_N_ELEMENTS (conditions); i++)
    for (int gateway = 0; gateway < 2; gateway++)
      {
        const char *sentence = pen_delivery_error_sentence (conditions[i], gateway);

        g_assert_true (g_str_has_prefix (sentence, gateway ? "The SMS " : "The message "));
        g_assert_true (g_str_has_suffix (sentence, "."));
        g_assert_nonnull (strstr (sentence, ". "));
        g_assert_null (strstr (sentence, "  "));
      }
  g_assert_nonnull (unknown_gateway);
  g_assert_cmpstr (unknown_gateway, ==, pen_delivery_error_sentence (NULL, TRUE));
  g_assert_cmpstr (unknown_gateway, ==, pen_delivery_error_sentence ("undefined-condition", TRUE));
}

static void
test_meanings (void)
{
  static const struct
  {
    const char *condition;
    gboolean gateway;
    const char *says;
  } table[] = {
    { "forbidden", TRUE, "too long" },
    { "forbidden", TRUE, "number" },
    { "forbidden", TRUE, "not allowed" },
    { "item-not-found", TRUE, "number" },
    { "jid-malformed", TRUE, "number" },
    { "not-acceptable", TRUE, "number" },
    { "gone", TRUE, "another address" },
    { "registration-required", TRUE, "Register" },
    { "not-authorized", TRUE, "Register" },
    { "recipient-unavailable", TRUE, "again later" },
    { "remote-server-timeout", TRUE, "again later" },
    { "service-unavailable", TRUE, "switched off" },
    { "remote-server-not-found", TRUE, "switched off" },
    { "policy-violation", TRUE, "rule" },
    { "internal-server-error", TRUE, "provider" },
    { "undefined-condition", TRUE, "provider" },
    { "item-not-found", FALSE, "no such XMPP address" },
    { "remote-server-not-found", FALSE, "server could not be reached" },
    { "gone", FALSE, "no longer uses" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    g_assert_nonnull (strstr (pen_delivery_error_sentence (table[i].condition, table[i].gateway), table[i].says));
}

static void
test_join (void)
{
  g_autofree char *with = pen_delivery_error_join ("It failed.", "Message too long.");
  g_autofree char *without = pen_delivery_error_join ("It failed.", NULL);
  g_autofree char *empty = pen_delivery_error_join ("It failed.", "");

  g_assert_cmpstr (with, ==, "It failed. (Message too long.)");
  g_assert_cmpstr (without, ==, "It failed.");
  g_assert_cmpstr (empty, ==, "It failed.");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delivery/step/table", test_table);
  g_test_add_func ("/delivery/step/only-upwards", test_only_upwards);
  g_test_add_func ("/delivery/step/late-error", test_late_error);
  g_test_add_func ("/delivery/sentence/every-condition", test_sentences);
  g_test_add_func ("/delivery/sentence/meaning", test_meanings);
  g_test_add_func ("/delivery/sentence/join", test_join);
  return g_test_run ();
}
