/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Messages on their way through the gate: between the commit that makes them
 * durable and the turn in which they leave, and when they come again. */

#include "gate-world.h"
#include "purple/gate-private.h"
#include "turns.h"

#define TURNS 20
#define JID "romeo@montague.example"
#define MESSAGE "<message to='" JID "/x' type='chat' id='%s'><body>Psst</body></message>"
#define TO_GATEWAY "<message to='15551234567@" GATE_STANDS_GATEWAY "' type='chat' id='%s'><body>Psst</body></message>"
#define NUMBER "+15551234567"
#define SMS ((PenGateTag) { .address = "tel:" NUMBER, .is_sms = TRUE })
#define TO_NUMBER ((PenGateTag) { .address = "tel:" NUMBER })
#define TO_PERSON ((PenGateTag) { .address = "xmpp:" JID })
#define TO_PERSON_AGAIN ((PenGateTag) { .address = "xmpp:" JID, .may_have_left = TRUE })

/* An SMS that is durable and has not left would be given up as one that nobody knows of. */
static void
test_sms_leaves (G_GNUC_UNUSED Place *place, gconstpointer data)
{
  guint n_before = GPOINTER_TO_UINT (data);

  for (guint i = 0; i < n_before; i++)
    {
      gate_put_message (MESSAGE, i, TO_PERSON);
      g_assert_true (pen_gate_commit (gate_world.account.gate, NULL));
    }
  g_assert_cmpuint (gate_world.n_passed, ==, 0);
  gate_put_message (TO_GATEWAY, n_before, SMS);
  gate_put_message (MESSAGE, n_before + 1, TO_PERSON);
  g_assert_true (pen_gate_commit (gate_world.account.gate, NULL));
  gate_assert_order (gate_world.passed, 0, n_before + 2);
}

/* Receipts */

static void
assert_receipt (const char *from, PenRowStatus status)
{
  pen_gate_saw_delivery (gate_world.account.gate, "e0000", from, PEN_ROW_ANSWERED, "delivered");
  g_assert_true (pen_database_commit (gate_world.app->database, NULL));
  g_assert_cmpint (gate_row_status ("e0000"), ==, (int) status);
}

static void
forget_stream (void)
{
  g_hash_table_remove_all (gate_world.account.gate->pending);
}

/* A receipt counts from whom the message went to, and not before it has left; on a later stream too. */
static void
test_receipt (G_GNUC_UNUSED Place *place, gconstpointer data)
{
  gboolean is_later_stream = GPOINTER_TO_INT (data);

  gate_put_message (MESSAGE, 0, TO_PERSON);
  g_assert_true (pen_gate_commit (gate_world.account.gate, NULL));
  assert_receipt (JID "/y", PEN_ROW_RECORDED);
  turns_run (TURNS);
  gate_assert_order (gate_world.passed, 0, 1);
  if (is_later_stream)
    forget_stream ();
  assert_receipt ("tybalt@montague.example/y", PEN_ROW_SENT);
  assert_receipt ("romeo@capulet.example/y", PEN_ROW_SENT);
  assert_receipt (JID "/y", PEN_ROW_ANSWERED);
}

/* Of a number whom a directory named may say it, and nobody else there. */
static void
test_receipt_of_number (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (PenContact) contact = pen_contact_load (gate_world.app->database, gate_world.account.bare, NUMBER, NULL);

  contact->jids = g_strdup ("rosaline@capulet.example " JID);
  g_assert_true (pen_contact_save (gate_world.app->database, contact, NULL));
  gate_put_message (MESSAGE, 0, TO_NUMBER);
  g_assert_true (pen_gate_commit (gate_world.account.gate, NULL));
  turns_run (TURNS);
  forget_stream ();
  assert_receipt ("tybalt@montague.example/y", PEN_ROW_SENT);
  assert_receipt (JID "/y", PEN_ROW_ANSWERED);
}

/* That it left may be lost with a later turn; the message has left all the same. */
static void
test_receipt_unmarked (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  gate_put_message (MESSAGE, 0, TO_PERSON);
  g_assert_true (pen_gate_commit (gate_world.account.gate, NULL));
  turns_run (TURNS);
  pen_database_rollback (gate_world.app->database);
  forget_stream ();
  assert_receipt (JID "/y", PEN_ROW_ANSWERED);
}

/* Fates */

/* Of what comes again nobody says that it never left: it would be encrypted anew under the same id. */
static void
test_refused (G_GNUC_UNUSED Place *place, gconstpointer data)
{
  gboolean is_again = GPOINTER_TO_INT (data);

  gate_put_message (MESSAGE, 0, is_again ? TO_PERSON_AGAIN : TO_PERSON);
  pen_database_rollback (gate_world.app->database);
  pen_gate_commit (gate_world.account.gate, NULL);
  turns_run (TURNS);
  gate_put_message (MESSAGE, 1, is_again ? TO_PERSON_AGAIN : TO_PERSON);
  g_assert_true (pen_gate_commit (gate_world.account.gate, NULL));
  gate_world.account.is_broken = TRUE;
  pen_gate_close (gate_world.account.gate, FALSE);
  g_assert_cmpuint (gate_world.n_passed, ==, 0);
  g_assert_cmpstr (gate_world.fates->str, ==, is_again ? "" : "e0000 refused, e0001 refused, ");
}

/* One that was given up with its turn, and sent once more before the gate came to it. */
static void
test_refused_once_more (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  gate_put_message (MESSAGE, 0, TO_PERSON);
  pen_database_rollback (gate_world.app->database);
  gate_put_message (MESSAGE, 0, TO_PERSON);
  g_assert_true (pen_gate_commit (gate_world.account.gate, NULL));
  turns_run (TURNS);
  gate_assert_order (gate_world.passed, 0, 1);
  g_assert_cmpstr (gate_world.fates->str, ==, "e0000 handed, e0000 acked, ");
}

/* Without stream management a stream that breaks under a message does not say that it arrived. */
static void
test_breaks (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  gate_put_message (MESSAGE, 0, TO_PERSON);
  g_assert_true (pen_gate_commit (gate_world.account.gate, NULL));
  gate_world.breaks = TRUE;
  turns_run (TURNS);
  g_assert_cmpstr (gate_world.fates->str, ==, "e0000 handed, ");
}

int
main (int argc, char **argv)
{
  gate_world_init (&argc, &argv);
  gate_world_add ("/gate-message/sms-first", GUINT_TO_POINTER (0), test_sms_leaves);
  gate_world_add ("/gate-message/sms-behind", GUINT_TO_POINTER (10), test_sms_leaves);
  gate_world_add ("/gate-message/receipt", GINT_TO_POINTER (FALSE), test_receipt);
  gate_world_add ("/gate-message/receipt-later", GINT_TO_POINTER (TRUE), test_receipt);
  gate_world_add ("/gate-message/receipt-of-number", NULL, test_receipt_of_number);
  gate_world_add ("/gate-message/receipt-unmarked", NULL, test_receipt_unmarked);
  gate_world_add ("/gate-message/refused", GINT_TO_POINTER (FALSE), test_refused);
  gate_world_add ("/gate-message/refused-again", GINT_TO_POINTER (TRUE), test_refused);
  gate_world_add ("/gate-message/refused-once-more", NULL, test_refused_once_more);
  gate_world_add ("/gate-message/breaks", NULL, test_breaks);
  return g_test_run ();
}
