/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Lines of the trap list (docs/omemo.md 7) that are the engine's own, by their
 * number in the path. What a whole account does about each line is in
 * tests/integration/test-omemo-traps.py, with a table of all of them. */

#include "omemo-desk.h"

/* What the library keeps of one chain. */
#define SKIPPED_MAX 2000

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

/* Another device of ours has the number already: drawn until it differs. */
static void
test_05 (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *one = add_party (desk, ALICE);
  Party *two = add_party (desk, ALICE);
  Party *bob = add_party (desk, BOB);
  g_autofree char *sql = g_strdup_printf ("UPDATE omemo_own SET device = %u", pen_omemo_device (one->omemo));

  run_in (two, sql);
  pen_database_rollback (two->database);
  g_assert_true (pen_omemo_draw_device (two->omemo, NULL));
  commit (two);
  g_assert_cmpuint (pen_omemo_device (two->omemo), !=, pen_omemo_device (one->omemo));
  g_assert_cmpuint (meet (desk, bob, ALICE), ==, 2);
  g_autoptr (PenOmemoMessage) message = send_to (desk, bob, ALICE, "to both");
  expect_text (one, bob, message, "to both");
  expect_text (two, bob, message, "to both");
}

static PenOmemoKey *
key_without_mac (PenOmemoMessage *message, Party *party)
{
  PenOmemoKey *key = key_for (message, party);
  gsize length;
  guint8 *bytes = g_bytes_unref_to_data (key->data, &length);

  bytes[length - 1] ^= 1;
  key->data = g_bytes_new_take (bytes, length);
  return key;
}

/* A first message whose check fails leaves no identity behind: the true one is believed afterwards. */
static void
test_15 (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *mallory = add_party (desk, BOB);
  Party *bob = add_party (desk, BOB);
  g_autofree char *sql = g_strdup_printf ("UPDATE omemo_own SET device = %u", pen_omemo_device (bob->omemo));

  run_in (mallory, sql);
  learn (desk, mallory, ALICE);
  g_assert_true (begin (mallory, alice, NULL));
  g_autoptr (PenOmemoMessage) forged = send_to (desk, mallory, ALICE, "it is me, Bob");
  key_without_mac (forged, alice);
  receive_nothing (alice, mallory, forged, PEN_OMEMO_ERROR_NO_SESSION);
  g_assert_cmpint (count_in (alice, "SELECT count(*) FROM omemo_device"), ==, 0);
  meet (desk, bob, ALICE);
  pass (desk, bob, alice, "it is me");
}

/* The message after @skipped others that nobody hears. */
static PenOmemoMessage *
send_behind (Party *from, guint skipped)
{
  PenOmemoMessage *last = NULL;

  for (guint i = 0; i <= skipped; i++)
    {
      g_clear_pointer (&last, pen_omemo_message_free);
      last = try_send (from, BOB, "unheard", NULL);
      g_assert_nonnull (last);
    }
  commit (from);
  return last;
}

/* Too far ahead changes nothing, however often it comes; what is near enough is read. */
static void
test_20 (void)
{
  g_autoptr (Desk) desk = desk_new ();
  g_autoptr (PenOmemoMessage) near = NULL;
  g_autoptr (PenOmemoMessage) far = NULL;
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  near = send_behind (alice, SKIPPED_MAX - 1);
  far = send_behind (alice, 1);
  for (guint i = 0; i < 3; i++)
    receive_nothing (bob, alice, far, PEN_OMEMO_ERROR_NO_SESSION);
  expect_text (bob, alice, near, "unheard");
  receive_nothing (bob, alice, near, PEN_OMEMO_ERROR_DUPLICATE);
  expect_text (bob, alice, far, "unheard");
  pass (desk, bob, alice, "heard");
}

/* Behind a long gap each message that was skipped is still read, once. */
static void
test_21 (void)
{
  g_autoptr (Desk) desk = desk_new ();
  g_autoptr (GPtrArray) row = g_ptr_array_new_with_free_func ((GDestroyNotify) pen_omemo_message_free);
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  for (guint i = 0; i < 300; i++)
    g_ptr_array_add (row, try_send (alice, BOB, "late", NULL));
  commit (alice);
  for (guint i = row->len; i > 0; i--)
    expect_text (bob, alice, g_ptr_array_index (row, i - 1), "late");
  for (guint i = 0; i < row->len; i += 50)
    receive_nothing (bob, alice, g_ptr_array_index (row, i), PEN_OMEMO_ERROR_DUPLICATE);
  pass (desk, alice, bob, "and on");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  slow_vfs_install (0);

  g_test_add_func ("/omemo/trap/05-own-number", test_05);
  g_test_add_func ("/omemo/trap/15-forged-first-message", test_15);
  g_test_add_func ("/omemo/trap/20-far-ahead", test_20);
  g_test_add_func ("/omemo/trap/21-many-skipped", test_21);
  return g_test_run ();
}
