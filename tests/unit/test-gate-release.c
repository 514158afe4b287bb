/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The gate's own files, with stand-ins for account, stream and main loop:
 * what thousands of elements of one turn leave, and are answered, in slices;
 * in their order, each once, each after its row. Here a millisecond passes
 * with every element, and only then. */

#include <string.h>

#include "gate-world.h"
#include "purple/gate-private.h"
#include "turns.h"

#define MANY 100
#define ASK \
  "<iq type='get' to='romeo@montague.example/x' id='%s'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
#define VCARD "<iq type='get' to='romeo@montague.example' id='%s'><vCard xmlns='vcard-temp'/></iq>"
#define NOBODY "<iq type='get' to='" GATE_STANDS_HOST "' id='%s'><ping xmlns='urn:xmpp:ping'/></iq>"

static void
test_slices (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  guint turns = 0;

  gate_put_many (ASK, 0, MANY);
  g_assert_cmpuint (gate_world.n_passed, ==, 0);
  g_assert_cmpint (gate_durable_rows ("e0000"), ==, 0);
  while (gate_world.n_passed < MANY)
    {
      guint before = gate_world.n_passed;

      turns_run (1);
      g_assert_cmpuint (gate_world.n_passed, >, before);
      g_assert_cmpuint (gate_world.n_passed - before, <=, 8);
      g_assert_cmpint (gate_durable_rows ("e0099"), ==, 1);
      g_assert_cmpuint (++turns, <=, MANY);
    }
  turns_run (2 * MANY);
  gate_assert_order (gate_world.passed, 0, MANY);
}

/* What comes meanwhile, to a person, to nobody, or flushed at once, leaves after what was there before. */
static void
test_later (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  gate_put_many (ASK, 0, MANY);
  turns_run (1);
  gate_put (NOBODY, MANY);
  gate_put (ASK, MANY + 1);
  g_assert_true (pen_gate_flush (gate_world.account.gate, NULL));
  g_assert_cmpuint (gate_world.n_passed, <, MANY);
  gate_put (NOBODY, MANY + 2);
  turns_run (2 * MANY);
  gate_assert_order (gate_world.passed, 0, MANY + 3);
}

/* A slice stops before what was recorded after the commit: its own turn has not ended. */
static void
test_own_commit (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  gate_put_many (ASK, 0, MANY);
  turns_run (1);
  gate_put (ASK, MANY);
  purple_timeout_remove (gate_world.account.gate->turn);
  turns_run (2 * MANY);
  gate_assert_order (gate_world.passed, 0, MANY);
  g_assert_true (pen_gate_flush (gate_world.account.gate, NULL));
  gate_assert_order (gate_world.passed, 0, MANY + 1);
}

/* The answers to what is withheld come in slices too. */
static void
test_answers (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  gate_world.when = PEN_WHEN_NEVER;
  gate_put_many (VCARD, 0, MANY);
  g_assert_cmpuint (gate_world.answered->len, ==, 0);
  for (guint i = 0; gate_world.answered->len < MANY * strlen ("e0000 "); i++)
    {
      gsize before = gate_world.answered->len;

      turns_run (1);
      g_assert_cmpuint (gate_world.answered->len - before, <=, 2 * strlen ("e0000 "));
      g_assert_cmpuint (i, <, MANY);
    }
  turns_run (2 * MANY);
  gate_assert_order (gate_world.answered, 0, MANY);
  g_assert_cmpuint (gate_world.n_passed, ==, 0);
}

/* Signing off in the middle: everything leaves at once, in order; on a broken stream nothing more does. */
static void
test_close (G_GNUC_UNUSED Place *place, gconstpointer data)
{
  gboolean is_broken = GPOINTER_TO_INT (data);
  guint before;

  gate_put_many (ASK, 0, MANY);
  turns_run (1);
  gate_world.account.is_broken = is_broken;
  before = gate_world.n_passed;
  turns_run (1);
  g_assert_cmpint (gate_world.n_passed == before, ==, is_broken);
  gate_put (ASK, MANY);
  pen_gate_close (gate_world.account.gate, !is_broken);
  gate_assert_order (gate_world.passed, 0, is_broken ? before : MANY + 1);
  turns_run (2 * MANY);
  gate_assert_order (gate_world.passed, 0, is_broken ? before : MANY + 1);
}

/* A turn that the store gave up takes its own elements along, not those that became durable before it. */
static void
test_given_up (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  gate_put_many (ASK, 0, MANY);
  turns_run (1);
  gate_put_many (ASK, MANY, MANY + 5);
  pen_database_rollback (gate_world.app->database);
  pen_gate_flush (gate_world.account.gate, NULL);
  turns_run (2 * MANY);
  gate_assert_order (gate_world.passed, 0, MANY);
  gate_assert_order (gate_world.answered, MANY, MANY + 5);
}

/* A commit makes durable and hands over nothing; the next turn does. A later turn that the store gives up changes
 * nothing of that. */
static void
test_commit (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  gate_put_many (ASK, 0, 3);
  g_assert_true (pen_gate_commit (gate_world.account.gate, NULL));
  g_assert_cmpint (gate_durable_rows ("e0002"), ==, 1);
  gate_put (ASK, 3);
  pen_database_rollback (gate_world.app->database);
  g_assert_true (pen_gate_commit (gate_world.account.gate, NULL));
  g_assert_cmpuint (gate_world.n_passed, ==, 0);
  turns_run (2 * MANY);
  gate_assert_order (gate_world.passed, 0, 3);
  gate_assert_order (gate_world.answered, 3, 4);
}

/* Between commit and next turn the connection ends: in good order, and all leaves; or it is broken, and nothing does. */
static void
test_commit_closed (G_GNUC_UNUSED Place *place, gconstpointer data)
{
  gboolean is_broken = GPOINTER_TO_INT (data);

  gate_put_many (ASK, 0, 3);
  g_assert_true (pen_gate_commit (gate_world.account.gate, NULL));
  gate_world.account.is_broken = is_broken;
  pen_gate_close (gate_world.account.gate, !is_broken);
  turns_run (2 * MANY);
  gate_assert_order (gate_world.passed, 0, is_broken ? 0 : 3);
  g_assert_true (pen_database_commit (gate_world.app->database, NULL));
  g_assert_cmpint (gate_row_status ("e0002"), ==,
                   is_broken ? PEN_ROW_DROPPED : PEN_ROW_SENT);
}

/* What the store refuses at the commit is answered before the call returns, like with a flush. */
static void
test_commit_refused (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  gate_world.own_id = "e0000";
  gate_put (ASK, 0);
  g_assert_cmpint (g_unlink (pen_database_path (gate_world.app->database)), ==, 0);
  g_assert_false (pen_gate_commit (gate_world.account.gate, &error));
  g_assert_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED);
  gate_assert_order (gate_world.given_up, 0, 1);
  turns_run (2 * MANY);
  g_assert_cmpuint (gate_world.n_passed, ==, 0);
}

/* A request of our own that was lost with its turn gets no error, which would say something of the person asked about. */
static void
test_own_request (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  gate_world.own_id = "e0000";
  gate_put_many (ASK, 0, 2);
  pen_database_rollback (gate_world.app->database);
  pen_gate_flush (gate_world.account.gate, NULL);
  turns_run (2 * MANY);
  gate_assert_order (gate_world.given_up, 0, 1);
  gate_assert_order (gate_world.answered, 1, 2);
  g_assert_cmpuint (gate_world.n_passed, ==, 0);
}

/* Stream management counts from <enable/> on: what was there before leaves before. */
static void
test_enable (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  gate_put_many (ASK, 0, MANY);
  turns_run (1);
  g_assert_cmpuint (gate_world.n_passed, <, MANY);
  gate_put ("<enable xmlns='urn:xmpp:sm:3'/>", 0);
  g_assert_cmpuint (gate_world.n_passed, ==, MANY + 1);
  g_assert_true (g_str_has_suffix (gate_world.passed->str, "e0099 enable "));
}

int
main (int argc, char **argv)
{
  gate_world_init (&argc, &argv);
  gate_world_add ("/gate-release/slices", NULL, test_slices);
  gate_world_add ("/gate-release/later", NULL, test_later);
  gate_world_add ("/gate-release/own-commit", NULL, test_own_commit);
  gate_world_add ("/gate-release/answers", NULL, test_answers);
  gate_world_add ("/gate-release/close", GINT_TO_POINTER (FALSE), test_close);
  gate_world_add ("/gate-release/close-broken", GINT_TO_POINTER (TRUE), test_close);
  gate_world_add ("/gate-release/given-up", NULL, test_given_up);
  gate_world_add ("/gate-release/commit", NULL, test_commit);
  gate_world_add ("/gate-release/commit-closed", GINT_TO_POINTER (FALSE), test_commit_closed);
  gate_world_add ("/gate-release/commit-broken", GINT_TO_POINTER (TRUE), test_commit_closed);
  gate_world_add ("/gate-release/commit-refused", NULL, test_commit_refused);
  gate_world_add ("/gate-release/own-request", NULL, test_own_request);
  gate_world_add ("/gate-release/enable", NULL, test_enable);
  return g_test_run ();
}
