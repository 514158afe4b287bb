/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What the store keeps of keys and devices, how long, and what it forgets. */

#include "omemo-desk.h"

#define SECOND_US G_USEC_PER_SEC

/* Two who wrote while Alice was away drew the same one-time key: both are
 * read, and it is published no more; a while later it is gone. */
static void
test_spent (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *bobs[] = { add_party (desk, BOB), add_party (desk, BOB) };
  g_autoptr (PenOmemoMessage) first = NULL;
  g_autoptr (PenOmemoMessage) second = NULL;
  g_autoptr (PenOmemoBundle) bundle = NULL;

  run_in (alice, "DELETE FROM omemo_prekey WHERE id > 1");
  for (int i = 0; i < 2; i++)
    meet (desk, bobs[i], ALICE);
  first = send_to (desk, bobs[0], ALICE, "first");
  second = send_to (desk, bobs[1], ALICE, "second");
  expect_text (alice, bobs[0], first, "first");
  desk->now_us += 30 * SECOND_US;
  prepare_all (alice);
  expect_text (alice, bobs[1], second, "second");
  bundle = bundle_of (alice);
  g_assert_cmpuint (bundle->prekeys->len, ==, 100);
  for (guint i = 0; i < bundle->prekeys->len; i++)
    g_assert_cmpuint (g_array_index (bundle->prekeys, PenOmemoPreKey, i).id, !=, 1);
  desk->now_us += 61 * SECOND_US;
  prepare_all (alice);
  g_assert_cmpint (count_in (alice, "SELECT count(*) FROM omemo_prekey WHERE id = 1"), ==, 0);
  g_assert_cmpint (count_in (alice, "SELECT count(*) FROM omemo_prekey"), ==, 100);
}

/* After a clock was set back the key does not stay for ever. */
static void
test_spent_clock (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *bob = add_party (desk, BOB);
  g_autoptr (PenOmemoMessage) message = NULL;

  meet (desk, bob, ALICE);
  message = send_to (desk, bob, ALICE, "hello");
  expect_text (alice, bob, message, "hello");
  g_assert_cmpint (count_in (alice, "SELECT count(*) FROM omemo_prekey WHERE spent_at_us > 0"), ==, 1);
  desk->now_us -= DAY_US;
  prepare_all (alice);
  g_assert_cmpint (count_in (alice, "SELECT count(*) FROM omemo_prekey WHERE spent_at_us > 0"), ==, 0);
}

/* A device that was set up anew under its old id is refused until the user forgets the old one. */
static void
test_forget (void)
{
  g_autoptr (Desk) desk = desk_new ();
  g_autoptr (GError) error = NULL;
  Party *alice = add_party (desk, ALICE);
  Party *bob = add_party (desk, BOB);
  Party *anew = add_party (desk, BOB);
  guint32 device = pen_omemo_device (bob->omemo);
  g_autofree char *sql = g_strdup_printf ("UPDATE omemo_own SET device = %u", device);

  meet (desk, alice, BOB);
  pass (desk, alice, bob, "to the old one");
  run_in (anew, sql);
  meet (desk, anew, ALICE);
  g_autoptr (PenOmemoMessage) message = send_to (desk, anew, ALICE, "it is me");
  receive_nothing (alice, anew, message, PEN_OMEMO_ERROR_TRUST);
  g_assert_false (pen_omemo_forget_device (alice->omemo, BOB, device + 1, &error));
  g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_NO_DEVICE);
  g_assert_true (pen_omemo_forget_device (alice->omemo, BOB, device, NULL));
  commit (alice);
  expect_text (alice, anew, message, "it is me");
  pass (desk, alice, anew, "so it is");
}

/* Each message that begins a session brings a device: they do not fill the file. */
static void
test_room (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *bob = add_party (desk, BOB);
  g_autofree char *sql
    = g_strdup_printf ("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                       " INSERT INTO omemo_device (account, jid, device, identity, trust, active, last_seen_us,"
                       " first_seen_us) SELECT '" ALICE "', '" BOB "', i, x'05', 1, 0, 0, 0 FROM n",
                       PEN_OMEMO_DEVICES_KEPT_MAX);
  g_autoptr (PenOmemoMessage) message = NULL;

  meet (desk, bob, ALICE);
  message = send_to (desk, bob, ALICE, "one more");
  run_in (alice, sql);
  receive_nothing (alice, bob, message, PEN_OMEMO_ERROR_MALFORMED);
  run_in (alice, "DELETE FROM omemo_device WHERE device = 1");
  expect_text (alice, bob, message, "one more");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  slow_vfs_install (0);

  g_test_add_func ("/omemo/kept/spent", test_spent);
  g_test_add_func ("/omemo/kept/spent-clock", test_spent_clock);
  g_test_add_func ("/omemo/kept/forget", test_forget);
  g_test_add_func ("/omemo/kept/room", test_room);
  return g_test_run ();
}
