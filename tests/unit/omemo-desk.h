/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

/* Some devices of some people in one process, each on a store of its own,
 * and what the tests of the engine have in common. */

#include <protocol.h>

#include "omemo/engine.h"
#include "omemo/provider.h"
#include "store-place.h"

#define ALICE "alice@example.org"
#define BOB "bob@example.org"
#define MAX_PARTIES 8
#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

typedef struct
{
  const char *jid;
  Place place;
  PenDatabase *database;
  PenOmemo *omemo;
  GRand *dice;
  PenRandom random;
} Party;

/* @used: every ratchet key and counter that left: none may leave twice */
typedef struct
{
  Party *parties[MAX_PARTIES];
  guint n_parties;
  gint64 now_us;
  PenClock clock;
  GHashTable *used;
  signal_context *signal;
  GRand *dice;
  PenRandom random;
} Desk;

static inline void
fill_from_dice (guint8 *buffer, gsize length, gpointer dice)
{
  for (gsize i = 0; i < length; i++)
    buffer[i] = (guint8) g_rand_int (dice);
}

static inline gint64
desk_now (gpointer now_us)
{
  return *(gint64 *) now_us;
}

static inline Desk *
desk_new (void)
{
  Desk *desk = g_new0 (Desk, 1);

  desk->now_us = 1800000000 * G_GINT64_CONSTANT (1000000);
  desk->clock = (PenClock) { desk_now, &desk->now_us };
  desk->used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  desk->dice = g_rand_new_with_seed (4242);
  desk->random = (PenRandom) { fill_from_dice, desk->dice };
  g_assert_cmpint (signal_context_create (&desk->signal, NULL), ==, 0);
  g_assert_cmpint (pen_omemo_provider_install (desk->signal, &desk->random), ==, 0);
  return desk;
}

static inline void
party_free (Party *party)
{
  pen_omemo_free (party->omemo);
  pen_database_close (party->database);
  tear_down (&party->place, NULL);
  g_rand_free (party->dice);
  g_free (party);
}

static inline void
desk_free (Desk *desk)
{
  for (guint i = 0; i < desk->n_parties; i++)
    party_free (desk->parties[i]);
  g_hash_table_unref (desk->used);
  signal_context_destroy (desk->signal);
  g_rand_free (desk->dice);
  g_free (desk);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Desk, desk_free)

static inline void
commit (Party *party)
{
  GError *error = NULL;

  pen_database_commit (party->database, &error);
  g_assert_no_error (error);
}

static inline guint
prepare_all (Party *party)
{
  gboolean done = FALSE;
  guint steps = 0;

  for (; !done; steps++)
    {
      GError *error = NULL;

      g_assert_true (pen_omemo_prepare (party->omemo, &done, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (steps, <, 100);
    }
  commit (party);
  return steps;
}

static inline Party *
add_blank (Desk *desk, const char *jid)
{
  Party *party = g_new0 (Party, 1);
  GError *error = NULL;

  set_up (&party->place, NULL);
  party->jid = jid;
  party->database = open_store (&party->place);
  party->dice = g_rand_new_with_seed (desk->n_parties + 1);
  party->random = (PenRandom) { fill_from_dice, party->dice };
  party->omemo = pen_omemo_new (party->database, &desk->clock, &party->random, jid, &error);
  g_assert_no_error (error);
  desk->parties[desk->n_parties++] = party;
  return party;
}

static inline Party *
add_party (Desk *desk, const char *jid)
{
  Party *party = add_blank (desk, jid);

  prepare_all (party);
  return party;
}

/* All tables as a text: equal texts are equal stores. */
static inline char *
dump (Party *party)
{
  static const char *const tables[] = {
    ("SELECT quote (device) || quote (registration) || quote (private) || quote (signed_id) || quote (next_prekey)"
     " FROM omemo_own"),
    "SELECT quote (id) || quote (record) FROM omemo_prekey",
    "SELECT quote (id) || quote (record) || quote (retired_at_us) FROM omemo_signed",
    "SELECT quote (jid) || quote (device) || quote (record) FROM omemo_session",
    "SELECT quote (jid) || quote (device) || quote (identity) || trust || active || last_seen_us FROM omemo_device",
  };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      sqlite3_stmt *statement = NULL;

      g_assert_cmpint (sqlite3_prepare_v2 (pen_database_handle (party->database), tables[i], -1, &statement, NULL), ==,
                       SQLITE_OK);
      while (sqlite3_step (statement) == SQLITE_ROW)
        g_string_append_printf (text, "%s\n", (const char *) sqlite3_column_text (statement, 0));
      sqlite3_finalize (statement);
    }
  return g_string_free (text, FALSE);
}

static inline void
run_in (Party *party, const char *sql)
{
  g_assert_cmpint (sqlite3_exec (pen_database_handle (party->database), sql, NULL, NULL, NULL), ==, SQLITE_OK);
}

static inline int
count_in (Party *party, const char *sql)
{
  int code;

  return pen_database_pragma (pen_database_handle (party->database), sql, &code);
}

/* Lists and bundles, as the server would hand them on */

static inline GArray *
list_of (Desk *desk, const char *jid)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < desk->n_parties; i++)
    if (g_str_equal (desk->parties[i]->jid, jid))
      {
        guint32 device = pen_omemo_device (desk->parties[i]->omemo);

        g_array_append_val (list, device);
      }
  return list;
}

static inline Party *
party_of (Desk *desk, const PenOmemoPeer *peer)
{
  for (guint i = desk->n_parties; i > 0; i--)
    if (g_str_equal (desk->parties[i - 1]->jid, peer->jid)
        && pen_omemo_device (desk->parties[i - 1]->omemo) == peer->device)
      return desk->parties[i - 1];
  return NULL;
}

static inline PenOmemoBundle *
bundle_of (Party *party)
{
  GError *error = NULL;
  PenOmemoBundle *bundle = pen_omemo_own_bundle (party->omemo, &error);

  g_assert_no_error (error);
  return bundle;
}

static inline gboolean
begin (Party *from, Party *to, GError **error)
{
  g_autoptr (PenOmemoBundle) bundle = bundle_of (to);
  PenOmemoPeer peer = { (char *) to->jid, pen_omemo_device (to->omemo) };

  return pen_omemo_begin_session (from->omemo, &peer, bundle, error);
}

static inline void
learn (Desk *desk, Party *party, const char *jid)
{
  g_autoptr (GArray) list = list_of (desk, jid);
  GError *error = NULL;

  g_assert_true (pen_omemo_learn_devices (party->omemo, jid, list, NULL, &error));
  g_assert_no_error (error);
}

/* Returns: how many sessions were begun. */
static inline guint
begin_missing (Desk *desk, Party *from, const char *jid)
{
  const char *jids[] = { jid, NULL };
  GError *error = NULL;
  g_autoptr (GPtrArray) peers = pen_omemo_missing (from->omemo, jids, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < peers->len; i++)
    {
      Party *to = party_of (desk, g_ptr_array_index (peers, i));

      g_assert_nonnull (to);
      g_assert_true (begin (from, to, &error));
      g_assert_no_error (error);
    }
  commit (from);
  return peers->len;
}

static inline guint
meet (Desk *desk, Party *from, const char *jid)
{
  learn (desk, from, from->jid);
  learn (desk, from, jid);
  return begin_missing (desk, from, jid);
}

/* Messages */

/* Returns: (transfer full): "public key:counter" of the ratchet. */
static inline char *
ratchet_of (Desk *desk, const PenOmemoKey *key)
{
  pre_key_signal_message *outer = NULL;
  signal_message *inner = NULL;
  signal_buffer *bytes = NULL;
  const guint8 *data = g_bytes_get_data (key->data, NULL);
  gsize length = g_bytes_get_size (key->data);
  GString *text = g_string_new (NULL);

  if (key->is_prekey)
    {
      g_assert_cmpint (pre_key_signal_message_deserialize (&outer, data, length, desk->signal), ==, 0);
      inner = pre_key_signal_message_get_signal_message (outer);
      SIGNAL_REF (inner);
    }
  else
    g_assert_cmpint (signal_message_deserialize (&inner, data, length, desk->signal), ==, 0);
  ec_public_key_serialize (&bytes, signal_message_get_sender_ratchet_key (inner));
  for (gsize i = 0; i < signal_buffer_len (bytes); i++)
    g_string_append_printf (text, "%02x", signal_buffer_data (bytes)[i]);
  g_string_append_printf (text, ":%u", signal_message_get_counter (inner));
  signal_buffer_free (bytes);
  SIGNAL_UNREF (inner);
  SIGNAL_UNREF (outer);
  return g_string_free (text, FALSE);
}

static inline PenOmemoMessage *
try_send (Party *from, const char *jid, const char *text, GError **error)
{
  const char *jids[] = { jid, NULL };

  return pen_omemo_encrypt (from->omemo, jids, text, error);
}

/* Encrypts, commits, and so lets it leave. */
static inline PenOmemoMessage *
send_to (Desk *desk, Party *from, const char *jid, const char *text)
{
  GError *error = NULL;
  PenOmemoMessage *message = try_send (from, jid, text, &error);

  g_assert_no_error (error);
  commit (from);
  for (guint i = 0; i < message->keys->len; i++)
    g_assert_true (g_hash_table_add (desk->used, ratchet_of (desk, g_ptr_array_index (message->keys, i))));
  return message;
}

static inline PenOmemoKey *
key_for (const PenOmemoMessage *message, Party *party)
{
  for (guint i = 0; i < message->keys->len; i++)
    {
      PenOmemoKey *key = g_ptr_array_index (message->keys, i);

      if (key->device == pen_omemo_device (party->omemo))
        return key;
    }
  return NULL;
}

static inline PenOmemoPlain *
receive (Party *party, Party *from, const PenOmemoMessage *message, GError **error)
{
  return pen_omemo_decrypt (party->omemo, from->jid, message, error);
}

static inline PenOmemoPlain *
receive_text (Party *party, Party *from, const PenOmemoMessage *message, const char *text)
{
  GError *error = NULL;
  PenOmemoPlain *plain = receive (party, from, message, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (plain->text, ==, text);
  g_assert_cmpstr (plain->jid, ==, from->jid);
  g_assert_cmpuint (plain->device, ==, pen_omemo_device (from->omemo));
  commit (party);
  return plain;
}

static inline void
expect_text (Party *party, Party *from, const PenOmemoMessage *message, const char *text)
{
  pen_omemo_plain_free (receive_text (party, from, message, text));
}

/* A refusal changes nothing. */
static inline void
receive_nothing (Party *party, Party *from, const PenOmemoMessage *message, PenOmemoError code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *before = dump (party);
  g_autofree char *after = NULL;

  g_assert_null (receive (party, from, message, &error));
  g_assert_error (error, PEN_OMEMO_ERROR, (int) code);
  after = dump (party);
  g_assert_cmpstr (before, ==, after);
  commit (party);
}

/* One message there, which is read. */
static inline void
pass (Desk *desk, Party *from, Party *to, const char *text)
{
  g_autoptr (PenOmemoMessage) message = send_to (desk, from, to->jid, text);

  expect_text (to, from, message, text);
}
