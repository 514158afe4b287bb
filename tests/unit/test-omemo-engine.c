/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Sessions between several devices: first messages, answers, what comes late,
 * twice or never, what does not fit, and what is taken back. */

#include "omemo-desk.h"

/* Keys */

static void
test_keys (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_blank (desk, ALICE);
  g_autoptr (GError) error = NULL;
  g_autofree char *shown = NULL;
  g_autoptr (PenOmemoBundle) bundle = NULL;

  g_assert_cmpuint (pen_omemo_device (alice->omemo), ==, 0);
  g_assert_null (pen_omemo_fingerprint (alice->omemo));
  g_assert_null (pen_omemo_own_bundle (alice->omemo, &error));
  g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_FAILED);

  g_assert_cmpuint (prepare_all (alice), >, 10);
  g_assert_cmpuint (prepare_all (alice), ==, 1);
  g_assert_cmpuint (pen_omemo_device (alice->omemo), >, 0);
  g_assert_cmpuint (pen_omemo_device (alice->omemo), <=, PEN_OMEMO_DEVICE_MAX);
  shown = pen_omemo_fingerprint (alice->omemo);
  g_assert_cmpuint (strlen (shown), ==, 64);
  bundle = bundle_of (alice);
  g_assert_cmpuint (bundle->prekeys->len, ==, 100);
  g_assert_cmpuint (bundle->identity[0], ==, 5);
  g_assert_cmpuint (g_array_index (bundle->prekeys, PenOmemoPreKey, 99).id, ==, 100);
}

static void
test_top_up (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);

  run_in (alice, "DELETE FROM omemo_prekey WHERE id <= 20");
  g_assert_cmpuint (prepare_all (alice), ==, 1);
  run_in (alice, "DELETE FROM omemo_prekey WHERE id <= 21");
  g_assert_cmpuint (prepare_all (alice), ==, 4);
  g_assert_cmpint (count_in (alice, "SELECT count(*) FROM omemo_prekey"), ==, 100);
  g_assert_cmpint (count_in (alice, "SELECT max(id) FROM omemo_prekey"), ==, 121);

  run_in (alice, "UPDATE omemo_own SET next_prekey = 16777214; DELETE FROM omemo_prekey WHERE id <= 50");
  prepare_all (alice);
  g_assert_cmpint (count_in (alice, "SELECT max(id) FROM omemo_prekey"), ==, 16777214);
  g_assert_cmpint (count_in (alice, "SELECT count(*) FROM omemo_prekey"), ==, 100);
}

static void
test_rotation (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *bobs[] = { add_party (desk, BOB), add_party (desk, BOB) };
  g_autoptr (PenOmemoMessage) first = NULL;
  g_autoptr (PenOmemoMessage) second = NULL;
  g_autoptr (PenOmemoPlain) plain = NULL;

  for (int i = 0; i < 2; i++)
    meet (desk, bobs[i], ALICE);
  first = send_to (desk, bobs[0], ALICE, "before");
  second = send_to (desk, bobs[1], ALICE, "long before");
  desk->now_us += 29 * DAY_US;
  g_assert_cmpuint (prepare_all (alice), ==, 1);
  desk->now_us += 2 * DAY_US;
  g_assert_cmpuint (prepare_all (alice), ==, 2);
  g_assert_cmpint (count_in (alice, "SELECT signed_id FROM omemo_own"), ==, 2);
  desk->now_us += 14 * DAY_US;
  prepare_all (alice);
  g_assert_cmpint (count_in (alice, "SELECT count(*) FROM omemo_signed"), ==, 2);
  plain = receive_text (alice, bobs[0], first, "before");
  desk->now_us += 2 * DAY_US;
  prepare_all (alice);
  g_assert_cmpint (count_in (alice, "SELECT count(*) FROM omemo_signed"), ==, 1);
  receive_nothing (alice, bobs[1], second, PEN_OMEMO_ERROR_NO_SESSION);
}

static void
test_draw_device (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *bob = add_party (desk, BOB);
  guint32 before = pen_omemo_device (alice->omemo);
  g_autofree char *shown = pen_omemo_fingerprint (alice->omemo);
  g_autofree char *after = NULL;

  meet (desk, alice, BOB);
  meet (desk, bob, ALICE);
  pass (desk, alice, bob, "one");
  g_assert_true (pen_omemo_draw_device (alice->omemo, NULL));
  commit (alice);
  g_assert_cmpuint (pen_omemo_device (alice->omemo), !=, before);
  after = pen_omemo_fingerprint (alice->omemo);
  g_assert_cmpstr (shown, ==, after);
  g_assert_cmpuint (meet (desk, alice, BOB), ==, 1);
  pass (desk, alice, bob, "two");
}

/* Messages */

/* Alice has three devices and Bob two; every one of them reads every message. */
static void
test_first_messages (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *bob;
  g_autoptr (PenOmemoMessage) there = NULL;
  g_autoptr (PenOmemoMessage) back = NULL;

  add_party (desk, ALICE);
  add_party (desk, ALICE);
  bob = add_party (desk, BOB);
  add_party (desk, BOB);
  g_assert_cmpuint (meet (desk, alice, BOB), ==, 4);
  there = send_to (desk, alice, BOB, "there");
  g_assert_cmpuint (there->keys->len, ==, 4);
  g_assert_null (key_for (there, alice));
  for (guint i = 1; i < desk->n_parties; i++)
    {
      g_autoptr (PenOmemoPlain) plain = receive_text (desk->parties[i], alice, there, "there");

      g_assert_true (plain->was_prekey);
      g_assert_true (plain->used_prekey);
      g_assert_cmpint (plain->trust, ==, PEN_OMEMO_BLIND);
      g_assert_cmpint (count_in (desk->parties[i], "SELECT count(*) FROM omemo_prekey WHERE spent_at_us = 0"), ==, 99);
    }
  g_assert_cmpuint (meet (desk, bob, ALICE), ==, 3);
  back = send_to (desk, bob, ALICE, "back");
  g_assert_cmpuint (back->keys->len, ==, 4);
  for (guint i = 0; i < desk->n_parties; i++)
    if (desk->parties[i] != bob)
      {
        g_autoptr (PenOmemoPlain) plain = receive_text (desk->parties[i], bob, back, "back");

        g_assert_cmpint (plain->was_prekey, ==, desk->parties[i] != alice);
      }
}

static void
test_prekey_until_answered (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *bob = add_party (desk, BOB);

  meet (desk, alice, BOB);
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (PenOmemoMessage) message = send_to (desk, alice, BOB, "again");
      g_autoptr (PenOmemoPlain) plain = receive_text (bob, alice, message, "again");

      g_assert_true (key_for (message, bob)->is_prekey);
      g_assert_true (plain->was_prekey);
      g_assert_cmpint (plain->used_prekey, ==, i == 0);
      g_assert_cmpuint (plain->counter, ==, i);
    }
  meet (desk, bob, ALICE);
  pass (desk, bob, alice, "answer");
  g_autoptr (PenOmemoMessage) last = send_to (desk, alice, BOB, "last");
  g_assert_false (key_for (last, bob)->is_prekey);
  g_autoptr (PenOmemoPlain) plain = receive_text (bob, alice, last, "last");
  g_assert_false (plain->was_prekey);
}

static void
set_up_pair (Desk *desk, Party **alice, Party **bob)
{
  *alice = add_party (desk, ALICE);
  *bob = add_party (desk, BOB);
  meet (desk, *alice, BOB);
  pass (desk, *alice, *bob, "hello");
  meet (desk, *bob, ALICE);
  pass (desk, *bob, *alice, "hello to you");
}

static void
test_order (void)
{
  static const char *const texts[] = { "nought", "one", "two", "three", "four", "five" };
  static const guint order[] = { 3, 0, 5, 1, 4 };
  g_autoptr (Desk) desk = desk_new ();
  PenOmemoMessage *messages[G_N_ELEMENTS (texts)];
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    messages[i] = send_to (desk, alice, BOB, texts[i]);
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      g_autoptr (PenOmemoPlain) plain = receive_text (bob, alice, messages[order[i]], texts[order[i]]);

      g_assert_cmpuint (plain->counter, ==, order[i]);
      receive_nothing (bob, alice, messages[order[i]], PEN_OMEMO_ERROR_DUPLICATE);
    }
  pass (desk, bob, alice, "number two is lost");
  pass (desk, alice, bob, "never mind");
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    pen_omemo_message_free (messages[i]);
}

static void
test_key_transport (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *bob = add_party (desk, BOB);

  meet (desk, alice, BOB);
  pass (desk, alice, bob, "hello");
  meet (desk, bob, ALICE);
  g_autoptr (PenOmemoMessage) message = send_to (desk, bob, ALICE, NULL);
  g_assert_null (message->payload);
  g_assert_cmpuint (g_bytes_get_size (message->iv), ==, PEN_OMEMO_IV_BYTES);
  expect_text (alice, bob, message, NULL);
  g_autoptr (PenOmemoMessage) next = send_to (desk, alice, BOB, "next");
  g_assert_false (key_for (next, bob)->is_prekey);
}

static void
test_both_start (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *bob = add_party (desk, BOB);

  meet (desk, alice, BOB);
  meet (desk, bob, ALICE);
  g_autoptr (PenOmemoMessage) there = send_to (desk, alice, BOB, "there");
  g_autoptr (PenOmemoMessage) back = send_to (desk, bob, ALICE, "back");
  expect_text (bob, alice, there, "there");
  expect_text (alice, bob, back, "back");
  for (guint i = 0; i < 4; i++)
    {
      pass (desk, alice, bob, "and on");
      pass (desk, bob, alice, "and back");
    }
}

static void
test_skipped (void)
{
  g_autoptr (Desk) desk = desk_new ();
  g_autoptr (PenOmemoMessage) last = NULL;
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  for (guint i = 0; i <= 2001; i++)
    {
      g_clear_pointer (&last, pen_omemo_message_free);
      last = try_send (alice, BOB, "unheard", NULL);
    }
  commit (alice);
  receive_nothing (bob, alice, last, PEN_OMEMO_ERROR_NO_SESSION);
}

static void
test_repair (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  run_in (bob, "DELETE FROM omemo_session");
  g_autoptr (PenOmemoMessage) message = send_to (desk, alice, BOB, "are you there");
  receive_nothing (bob, alice, message, PEN_OMEMO_ERROR_NO_SESSION);
  g_assert_true (begin (bob, alice, NULL));
  g_autoptr (PenOmemoMessage) repair = send_to (desk, bob, ALICE, NULL);
  expect_text (alice, bob, repair, NULL);
  pass (desk, alice, bob, "yes");
  pass (desk, bob, alice, "good");
}

static void
test_session_over_session (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  g_autoptr (PenOmemoMessage) late = send_to (desk, bob, ALICE, "late");
  g_assert_true (begin (alice, bob, NULL));
  pass (desk, alice, bob, "anew");
  pass (desk, bob, alice, "fine");
  expect_text (alice, bob, late, "late");
}

static void
test_own_number (void)
{
  g_autoptr (Desk) desk = desk_new ();
  g_autofree char *sql = NULL;
  Party *alice = add_party (desk, ALICE);
  Party *bob = add_party (desk, BOB);

  sql = g_strdup_printf ("UPDATE omemo_own SET device = %u", pen_omemo_device (alice->omemo));
  run_in (bob, sql);
  meet (desk, alice, BOB);
  g_autoptr (PenOmemoMessage) message = send_to (desk, alice, BOB, "same number");
  receive_nothing (alice, alice, message, PEN_OMEMO_ERROR_DUPLICATE);
  expect_text (bob, alice, message, "same number");
  message->sender = 0;
  receive_nothing (bob, alice, message, PEN_OMEMO_ERROR_MALFORMED);
}

static void
test_to_oneself (void)
{
  g_autoptr (Desk) desk = desk_new ();
  g_autoptr (GError) error = NULL;
  Party *alice = add_party (desk, ALICE);

  meet (desk, alice, ALICE);
  g_assert_null (try_send (alice, ALICE, "note", &error));
  g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_NO_DEVICE);
  Party *phone = add_party (desk, ALICE);
  g_assert_cmpuint (meet (desk, alice, ALICE), ==, 1);
  pass (desk, alice, phone, "note");
}

/* Turns */

static void
test_rollback_sending (void)
{
  g_autoptr (Desk) desk = desk_new ();
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  before = dump (alice);
  g_autoptr (PenOmemoMessage) lost = try_send (alice, BOB, "never leaves", NULL);
  g_assert_nonnull (lost);
  pen_database_rollback (alice->database);
  after = dump (alice);
  g_assert_cmpstr (before, ==, after);
  pass (desk, alice, bob, "leaves");
}

static void
test_rollback_receiving (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *bob = add_party (desk, BOB);
  g_autofree char *before = dump (bob);
  g_autofree char *after = NULL;

  meet (desk, alice, BOB);
  g_autoptr (PenOmemoMessage) message = send_to (desk, alice, BOB, "hello");
  g_autoptr (PenOmemoPlain) lost = receive (bob, alice, message, NULL);
  g_assert_cmpstr (lost->text, ==, "hello");
  pen_database_rollback (bob->database);
  after = dump (bob);
  g_assert_cmpstr (before, ==, after);
  g_autoptr (PenOmemoPlain) plain = receive_text (bob, alice, message, "hello");
  g_assert_true (plain->used_prekey);
}

static void
test_rollback_keys (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_blank (desk, ALICE);
  Party *bob = add_party (desk, BOB);
  gboolean done;

  for (guint i = 0; i < 5; i++)
    g_assert_true (pen_omemo_prepare (alice->omemo, &done, NULL));
  g_assert_cmpuint (pen_omemo_device (alice->omemo), !=, 0);
  pen_database_rollback (alice->database);
  g_assert_cmpuint (pen_omemo_device (alice->omemo), ==, 0);
  prepare_all (alice);
  learn (desk, alice, BOB);
  g_assert_true (begin (alice, bob, NULL));
  pen_database_rollback (alice->database);
  g_assert_cmpint (count_in (alice, "SELECT count(*) FROM omemo_session"), ==, 0);
  meet (desk, alice, BOB);
  pass (desk, alice, bob, "hello");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  slow_vfs_install (0);

  g_test_add_func ("/omemo/keys/made", test_keys);
  g_test_add_func ("/omemo/keys/top-up", test_top_up);
  g_test_add_func ("/omemo/keys/rotation", test_rotation);
  g_test_add_func ("/omemo/keys/draw", test_draw_device);
  g_test_add_func ("/omemo/message/first", test_first_messages);
  g_test_add_func ("/omemo/message/prekey-until-answered", test_prekey_until_answered);
  g_test_add_func ("/omemo/message/order", test_order);
  g_test_add_func ("/omemo/message/key-transport", test_key_transport);
  g_test_add_func ("/omemo/message/both-start", test_both_start);
  g_test_add_func ("/omemo/message/skipped", test_skipped);
  g_test_add_func ("/omemo/message/own-number", test_own_number);
  g_test_add_func ("/omemo/message/to-oneself", test_to_oneself);
  g_test_add_func ("/omemo/session/repair", test_repair);
  g_test_add_func ("/omemo/session/over-session", test_session_over_session);
  g_test_add_func ("/omemo/turn/sending", test_rollback_sending);
  g_test_add_func ("/omemo/turn/receiving", test_rollback_receiving);
  g_test_add_func ("/omemo/turn/keys", test_rollback_keys);
  return g_test_run ();
}
