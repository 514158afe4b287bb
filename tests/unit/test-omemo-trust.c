/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Whose key is taken for whose, who is encrypted to, and what a stranger can
 * send without leaving a trace. */

#include "omemo-desk.h"

static PenOmemoDevice *
device_at (GPtrArray *devices, guint i)
{
  return g_ptr_array_index (devices, i);
}

static PenOmemoTrust
trust_of (Party *party, Party *other)
{
  g_autoptr (GPtrArray) devices = pen_omemo_devices (party->omemo, other->jid, NULL);

  for (guint i = 0; i < devices->len; i++)
    if (device_at (devices, i)->device == pen_omemo_device (other->omemo))
      return device_at (devices, i)->trust;
  g_assert_not_reached ();
}

static void
set_trust (Party *party, Party *other, PenOmemoTrust trust)
{
  GError *error = NULL;

  g_assert_true (pen_omemo_trust (party->omemo, other->jid, pen_omemo_device (other->omemo), trust, &error));
  g_assert_no_error (error);
  commit (party);
}

static void
set_up_pair (Desk *desk, Party **alice, Party **bob)
{
  *alice = add_party (desk, ALICE);
  *bob = add_party (desk, BOB);
  meet (desk, *alice, BOB);
}

/* Lists */

static void
give_list (Party *party, const char *jid, const char *ids, const char *added, const char *removed)
{
  g_auto (GStrv) words = g_strsplit (ids, " ", -1);
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (guint32));
  PenOmemoChange change;
  const char *wanted[] = { added, removed };

  for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++)
    {
      guint32 device = (guint32) g_ascii_strtoull (words[i], NULL, 10);

      g_array_append_val (list, device);
    }
  g_assert_true (pen_omemo_learn_devices (party->omemo, jid, list, &change, NULL));
  for (guint i = 0; i < 2; i++)
    {
      const GArray *found = i == 0 ? change.added : change.removed;
      GString *text = g_string_new (NULL);

      for (guint j = 0; j < found->len; j++)
        g_string_append_printf (text, j == 0 ? "%u" : " %u", g_array_index (found, guint32, j));
      g_assert_cmpstr (text->str, ==, wanted[i]);
      g_string_free (text, TRUE);
    }
  pen_omemo_change_clear (&change);
}

static void
test_lists (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  g_autofree char *own = g_strdup_printf ("%u 7", pen_omemo_device (alice->omemo));
  g_autoptr (GError) error = NULL;
  const char *jids[] = { BOB, NULL };

  give_list (alice, BOB, "3 1 2", "3 1 2", "");
  give_list (alice, BOB, "1 2 3", "", "");
  give_list (alice, BOB, "2 2 0 4000000000 4", "4", "1 3");
  give_list (alice, BOB, "1 2", "1", "4");
  give_list (alice, ALICE, own, "7", "");
  g_autoptr (GPtrArray) devices = pen_omemo_devices (alice->omemo, BOB, NULL);
  g_assert_cmpuint (devices->len, ==, 2);
  g_assert_null (device_at (devices, 0)->fingerprint);
  g_assert_true (device_at (devices, 0)->is_active);
  g_autoptr (GPtrArray) missing = pen_omemo_missing (alice->omemo, jids, NULL);
  g_assert_cmpuint (missing->len, ==, 3);
  give_list (alice, BOB, "", "", "1 2");
  g_assert_false (pen_omemo_trust (alice->omemo, BOB, 1, PEN_OMEMO_TRUSTED, &error));
  g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_NO_DEVICE);
}

static void
test_bad_jids (void)
{
  g_autofree char *longest = g_strnfill (3000, 'a');
  const char *const jids[] = { "", "bob@example.org/phone", "\xff@example.org", longest };
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (PenOmemoMessage) message = pen_omemo_message_new (7);

  for (guint i = 0; i < G_N_ELEMENTS (jids); i++)
    {
      g_assert_false (pen_omemo_learn_devices (alice->omemo, jids[i], list, NULL, NULL));
      g_assert_null (pen_omemo_devices (alice->omemo, jids[i], NULL));
      g_assert_null (pen_omemo_decrypt (alice->omemo, jids[i], message, NULL));
    }
}

/* Trust */

static void
test_blind (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  Party *second = add_party (desk, BOB);
  meet (desk, alice, BOB);
  g_assert_cmpint (trust_of (alice, second), ==, PEN_OMEMO_BLIND);
  set_trust (alice, bob, PEN_OMEMO_TRUSTED);
  Party *third = add_party (desk, BOB);
  meet (desk, alice, BOB);
  g_assert_cmpint (trust_of (alice, bob), ==, PEN_OMEMO_TRUSTED);
  g_assert_cmpint (trust_of (alice, second), ==, PEN_OMEMO_BLIND);
  g_assert_cmpint (trust_of (alice, third), ==, PEN_OMEMO_UNDECIDED);
  Party *own = add_party (desk, ALICE);
  meet (desk, alice, BOB);
  g_assert_cmpint (trust_of (alice, own), ==, PEN_OMEMO_BLIND);

  g_autoptr (PenOmemoMessage) message = send_to (desk, alice, BOB, "for whom");
  g_assert_cmpuint (message->keys->len, ==, 3);
  g_assert_null (key_for (message, third));
  receive_nothing (third, alice, message, PEN_OMEMO_ERROR_NOT_FOR_US);
}

static void
test_manual (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *bob = add_party (desk, BOB);
  Party *own = add_party (desk, ALICE);
  g_autoptr (GError) error = NULL;

  pen_omemo_set_manual (alice->omemo, TRUE);
  meet (desk, alice, BOB);
  g_assert_cmpint (trust_of (alice, bob), ==, PEN_OMEMO_UNDECIDED);
  g_assert_cmpint (trust_of (alice, own), ==, PEN_OMEMO_UNDECIDED);
  set_trust (alice, own, PEN_OMEMO_TRUSTED);
  g_assert_null (try_send (alice, BOB, "to nobody", &error));
  g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_NO_DEVICE);
  set_trust (alice, bob, PEN_OMEMO_TRUSTED);
  pass (desk, alice, bob, "to somebody");
}

static void
test_distrusted (void)
{
  g_autoptr (Desk) desk = desk_new ();
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  pass (desk, alice, bob, "hello");
  meet (desk, bob, ALICE);
  set_trust (alice, bob, PEN_OMEMO_DISTRUSTED);
  before = dump (alice);
  g_assert_null (try_send (alice, BOB, "not for you", &error));
  g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_NO_DEVICE);
  after = dump (alice);
  g_assert_cmpstr (before, ==, after);
  g_autoptr (PenOmemoMessage) message = send_to (desk, bob, ALICE, "but I");
  g_autoptr (PenOmemoPlain) plain = receive_text (alice, bob, message, "but I");
  g_assert_cmpint (plain->trust, ==, PEN_OMEMO_DISTRUSTED);
}

static void
test_inactive (void)
{
  g_autoptr (Desk) desk = desk_new ();
  g_autofree char *device = NULL;
  g_autoptr (GError) error = NULL;
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  device = g_strdup_printf ("%u", pen_omemo_device (bob->omemo));
  give_list (alice, BOB, "", "", device);
  g_assert_null (try_send (alice, BOB, "gone", &error));
  g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_NO_DEVICE);
  give_list (alice, BOB, device, device, "");
  g_assert_cmpint (trust_of (alice, bob), ==, PEN_OMEMO_BLIND);
  pass (desk, alice, bob, "back");
}

/* The same key below another number is no new key. */
static void
test_distrusted_moves (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  set_trust (alice, bob, PEN_OMEMO_DISTRUSTED);
  g_assert_true (pen_omemo_draw_device (bob->omemo, NULL));
  meet (desk, alice, BOB);
  g_assert_cmpint (trust_of (alice, bob), ==, PEN_OMEMO_DISTRUSTED);
}

static void
test_seen (void)
{
  g_autoptr (Desk) desk = desk_new ();
  gint64 started_us = desk->now_us;
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  pass (desk, alice, bob, "now");
  desk->now_us += DAY_US / 48;
  pass (desk, alice, bob, "soon after");
  g_autoptr (GPtrArray) devices = pen_omemo_devices (bob->omemo, ALICE, NULL);
  g_assert_cmpint (device_at (devices, 0)->last_seen_us, ==, started_us);
  desk->now_us += DAY_US;
  pass (desk, alice, bob, "later");
  g_autoptr (GPtrArray) later = pen_omemo_devices (bob->omemo, ALICE, NULL);
  g_assert_cmpint (device_at (later, 0)->last_seen_us, ==, desk->now_us);
  g_assert_false (device_at (later, 0)->is_active);
  g_assert_true (device_at (later, 0)->has_session);
}

/* Identities */

/* Bob's device came to another person's hands: same number, other key. */
static void
test_changed_identity (void)
{
  g_autoptr (Desk) desk = desk_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *sql = NULL;
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  Party *other = add_party (desk, BOB);
  sql = g_strdup_printf ("UPDATE omemo_own SET device = %u", pen_omemo_device (bob->omemo));
  run_in (other, sql);
  g_autofree char *before = dump (alice);
  g_assert_false (begin (alice, other, &error));
  g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_TRUST);
  g_autofree char *after = dump (alice);
  g_assert_cmpstr (before, ==, after);
  learn (desk, other, ALICE);
  g_assert_true (begin (other, alice, NULL));
  g_autoptr (PenOmemoMessage) message = send_to (desk, other, ALICE, "it is me, Bob");
  receive_nothing (alice, other, message, PEN_OMEMO_ERROR_TRUST);
  pass (desk, alice, bob, "no, it is not");
}

static void
test_bad_bundles (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *bob = add_party (desk, BOB);
  PenOmemoPeer peer = { (char *) BOB, pen_omemo_device (bob->omemo) };
  g_autofree char *before = dump (alice);

  for (guint i = 0; i < 6; i++)
    {
      g_autoptr (PenOmemoBundle) bundle = bundle_of (bob);
      g_autoptr (GError) error = NULL;
      g_autofree char *after = NULL;

      if (i == 0)
        memset (bundle->identity + 1, 0, 32);
      else if (i == 1)
        bundle->signed_key[0] = 6;
      else if (i == 2)
        bundle->signature[20] ^= 1;
      else if (i == 3)
        bundle->signed_key[20] ^= 1;
      else if (i == 4)
        for (guint j = 0; j < bundle->prekeys->len; j++)
          memset (g_array_index (bundle->prekeys, PenOmemoPreKey, j).key + 1, 0, 32);
      else
        g_array_set_size (bundle->prekeys, 0);
      g_assert_false (pen_omemo_begin_session (alice->omemo, &peer, bundle, &error));
      g_assert_error (error, PEN_OMEMO_ERROR, (int) (i == 5 ? PEN_OMEMO_ERROR_MALFORMED : PEN_OMEMO_ERROR_KEY));
      after = dump (alice);
      g_assert_cmpstr (before, ==, after);
    }
  g_assert_false (begin (alice, alice, NULL));
}

/* Key elements */

static GBytes *
change_byte (GBytes *data, gssize from_end)
{
  gsize length;
  guint8 *bytes = g_bytes_unref_to_data (g_bytes_ref (data), &length);

  bytes[length - (gsize) from_end] ^= 1;
  return g_bytes_new_take (bytes, length);
}

/* Flips one bit anywhere: nothing of it may stay, above all no identity. */
static void
test_bad_bytes (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  g_autoptr (PenOmemoMessage) message = send_to (desk, alice, BOB, "hello");
  PenOmemoKey *key = key_for (message, bob);
  GBytes *whole = key->data;
  g_autofree char *before = dump (bob);
  guint refused = 0;

  for (gsize i = 1; i <= g_bytes_get_size (whole); i++)
    {
      g_autofree char *after = NULL;

      key->data = change_byte (whole, (gssize) i);
      g_autoptr (PenOmemoPlain) plain = receive (bob, alice, message, NULL);
      if (plain == NULL)
        {
          after = dump (bob);
          g_assert_cmpstr (before, ==, after);
          refused++;
        }
      g_bytes_unref (key->data);
      pen_database_rollback (bob->database);
    }
  /* The registration id alone is nobody's secret and checked by nobody. */
  g_assert_cmpuint (refused, >=, g_bytes_get_size (whole) - 4);
  key->data = whole;
  expect_text (bob, alice, message, "hello");
}

static void
test_short (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  g_autoptr (PenOmemoMessage) message = send_to (desk, alice, BOB, "hello");
  PenOmemoKey *key = key_for (message, bob);
  GBytes *whole = key->data;

  for (gsize i = 0; i < g_bytes_get_size (whole); i++)
    for (guint mark = 0; mark < 2; mark++)
      {
        key->is_prekey = mark != 0;
        key->data = g_bytes_new_from_bytes (whole, 0, i);
        g_assert_null (receive (bob, alice, message, NULL));
        g_bytes_unref (key->data);
      }
  pen_database_rollback (bob->database);
  key->data = whole;
  expect_text (bob, alice, message, "hello");
}

static void
test_lying_mark (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  g_autoptr (PenOmemoMessage) first = send_to (desk, alice, BOB, "first");
  key_for (first, bob)->is_prekey = FALSE;
  expect_text (bob, alice, first, "first");
  meet (desk, bob, ALICE);
  g_autoptr (PenOmemoMessage) second = send_to (desk, bob, ALICE, "second");
  key_for (second, alice)->is_prekey = TRUE;
  g_autoptr (PenOmemoPlain) two = receive_text (alice, bob, second, "second");
  g_assert_false (two->was_prekey);
}

static void
test_no_prekey_id (void)
{
  g_autoptr (Desk) desk = desk_new ();
  pre_key_signal_message *with = NULL;
  pre_key_signal_message *without = NULL;
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  g_autoptr (PenOmemoMessage) message = send_to (desk, alice, BOB, "hello");
  PenOmemoKey *key = key_for (message, bob);
  g_assert_cmpint (pre_key_signal_message_deserialize (&with, g_bytes_get_data (key->data, NULL),
                                                       g_bytes_get_size (key->data), desk->signal), ==, 0);
  g_assert_cmpint (pre_key_signal_message_create (&without, 3, pre_key_signal_message_get_registration_id (with), NULL,
                                                  pre_key_signal_message_get_signed_pre_key_id (with),
                                                  pre_key_signal_message_get_base_key (with),
                                                  pre_key_signal_message_get_identity_key (with),
                                                  pre_key_signal_message_get_signal_message (with), desk->signal),
                   ==, 0);
  signal_buffer *bytes = ciphertext_message_get_serialized ((ciphertext_message *) without);
  g_bytes_unref (key->data);
  key->data = g_bytes_new (signal_buffer_data (bytes), signal_buffer_len (bytes));
  receive_nothing (bob, alice, message, PEN_OMEMO_ERROR_MALFORMED);
  SIGNAL_UNREF (with);
  SIGNAL_UNREF (without);
}

/* Another person's device has our number: its key stands before ours. */
static void
test_several_keys (void)
{
  static const guint8 junk[] = { 0x33, 0x0a, 0x21, 0x05, 0x01 };
  g_autoptr (Desk) desk = desk_new ();
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  g_autoptr (PenOmemoMessage) message = send_to (desk, alice, BOB, "hello");
  PenOmemoKey *mine = key_for (message, bob);
  g_autoptr (PenOmemoMessage) other = pen_omemo_message_new (message->sender);
  other->iv = g_bytes_ref (message->iv);
  other->payload = g_bytes_ref (message->payload);
  pen_omemo_message_add_key (other, mine->device, FALSE, g_bytes_new (junk, sizeof junk));
  pen_omemo_message_add_key (other, mine->device, TRUE, change_byte (mine->data, 40));
  pen_omemo_message_add_key (other, mine->device, TRUE, g_bytes_ref (mine->data));
  expect_text (bob, alice, other, "hello");
  receive_nothing (bob, alice, other, PEN_OMEMO_ERROR_DUPLICATE);
}

static void
test_bad_payload (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice;
  Party *bob;

  set_up_pair (desk, &alice, &bob);
  g_autoptr (PenOmemoMessage) message = send_to (desk, alice, BOB, "hello");
  GBytes *payload = message->payload;
  message->payload = change_byte (payload, 1);
  receive_nothing (bob, alice, message, PEN_OMEMO_ERROR_MALFORMED);
  g_bytes_unref (message->payload);
  message->payload = payload;
  expect_text (bob, alice, message, "hello");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  slow_vfs_install (0);

  g_test_add_func ("/omemo/devices/lists", test_lists);
  g_test_add_func ("/omemo/devices/bad-jids", test_bad_jids);
  g_test_add_func ("/omemo/devices/seen", test_seen);
  g_test_add_func ("/omemo/devices/inactive", test_inactive);
  g_test_add_func ("/omemo/trust/blind", test_blind);
  g_test_add_func ("/omemo/trust/manual", test_manual);
  g_test_add_func ("/omemo/trust/distrusted", test_distrusted);
  g_test_add_func ("/omemo/trust/distrusted-moves", test_distrusted_moves);
  g_test_add_func ("/omemo/identity/changed", test_changed_identity);
  g_test_add_func ("/omemo/identity/bad-bundles", test_bad_bundles);
  g_test_add_func ("/omemo/key/bad-bytes", test_bad_bytes);
  g_test_add_func ("/omemo/key/short", test_short);
  g_test_add_func ("/omemo/key/lying-mark", test_lying_mark);
  g_test_add_func ("/omemo/key/no-prekey-id", test_no_prekey_id);
  g_test_add_func ("/omemo/key/several", test_several_keys);
  g_test_add_func ("/omemo/key/bad-payload", test_bad_payload);
  return g_test_run ();
}
