/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The bare loop: libsignal-protocol-c on one WAL handle a side, sessions in
 * one table, statements that stay prepared, one transaction a stanza. All
 * else is in memory: it is not touched once two devices have answered each
 * other. */

#include <key_helper.h>
#include <protocol.h>
#include <session_builder.h>
#include <session_cipher.h>
#include <sqlite3.h>
#include <string.h>

#include "bench-omemo.h"
#include "omemo/provider.h"

#define DEVICE 1
#define PREKEY 1
#define SIGNED_PREKEY 1
#define STATEMENTS 4

/* As in the store: a log that still grows costs each commit more than one
 * that is written over, so both must be of the same length. */
#define LOG_PAGES "4000"

enum
{
  BEGIN,
  COMMIT,
  LOAD,
  SAVE
};

typedef struct
{
  sqlite3 *handle;
  sqlite3_stmt *statements[STATEMENTS];
  signal_context *signal;
  signal_protocol_store_context *keeper;
  ratchet_identity_key_pair *identity;
  session_pre_key *prekey;
  session_signed_pre_key *signed_prekey;
  signal_protocol_address peer;
} Side;

typedef struct
{
  Side sides[2];
} Pair;

typedef struct
{
  int type;
  GBytes *bytes;
} Letter;

static void
run (Side *side, int which)
{
  bench_check (sqlite3_step (side->statements[which]) == SQLITE_DONE, "a statement");
  sqlite3_reset (side->statements[which]);
}

/* Callbacks: the library decides their signatures. */

static int
load_session (signal_buffer **record, signal_buffer **user_record, const signal_protocol_address *address, void *data)
{
  sqlite3_stmt *statement = ((Side *) data)->statements[LOAD];
  int code;

  sqlite3_bind_text (statement, 1, address->name, (int) address->name_len, SQLITE_STATIC);
  sqlite3_bind_int (statement, 2, address->device_id);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    *record = signal_buffer_create (sqlite3_column_blob (statement, 0), (size_t) sqlite3_column_bytes (statement, 0));
  sqlite3_reset (statement);
  return code == SQLITE_ROW ? 1 : 0;
}

/* The signature is the library's. */
static int
save_session (const signal_protocol_address *address, uint8_t *record, size_t length, uint8_t *user_record,
              size_t user_length, void *data)
{
  sqlite3_stmt *statement = ((Side *) data)->statements[SAVE];

  sqlite3_bind_text (statement, 1, address->name, (int) address->name_len, SQLITE_STATIC);
  sqlite3_bind_int (statement, 2, address->device_id);
  sqlite3_bind_blob (statement, 3, record, (int) length, SQLITE_STATIC);
  run (data, SAVE);
  return SG_SUCCESS;
}

static int
has_session (const signal_protocol_address *address, void *data)
{
  signal_buffer *record = NULL;
  int found = load_session (&record, NULL, address, data);

  signal_buffer_free (record);
  return found;
}

static int
list_sessions (signal_int_list **sessions, const char *name, size_t length, void *data)
{
  return SG_ERR_INVAL;
}

static int
delete_session (const signal_protocol_address *address, void *data)
{
  return SG_ERR_INVAL;
}

static int
delete_sessions (const char *name, size_t length, void *data)
{
  return SG_ERR_INVAL;
}

static int
load_prekey (signal_buffer **record, uint32_t id, void *data)
{
  return session_pre_key_serialize (record, ((Side *) data)->prekey);
}

static int
load_signed (signal_buffer **record, uint32_t id, void *data)
{
  return session_signed_pre_key_serialize (record, ((Side *) data)->signed_prekey);
}

static int
save_key (uint32_t id, uint8_t *record, size_t length, void *data)
{
  return SG_SUCCESS;
}

static int
has_key (uint32_t id, void *data)
{
  return 1;
}

static int
remove_key (uint32_t id, void *data)
{
  return SG_SUCCESS;
}

static int
load_pair (signal_buffer **public_data, signal_buffer **private_data, void *data)
{
  Side *side = data;
  int code = ec_public_key_serialize (public_data, ratchet_identity_key_pair_get_public (side->identity));

  return code == SG_SUCCESS
           ? ec_private_key_serialize (private_data, ratchet_identity_key_pair_get_private (side->identity))
           : code;
}

static int
load_registration (void *data, uint32_t *registration)
{
  *registration = DEVICE;
  return SG_SUCCESS;
}

static int
save_identity (const signal_protocol_address *address, uint8_t *key, size_t length, void *data)
{
  return SG_SUCCESS;
}

static int
is_trusted (const signal_protocol_address *address, uint8_t *key, size_t length, void *data)
{
  return 1;
}

/* The signature is the library's. */
static int
save_sender (const signal_protocol_sender_key_name *name, uint8_t *record, size_t length, uint8_t *user_record,
             size_t user_length, void *data)
{
  return SG_ERR_INVAL;
}

static int
load_sender (signal_buffer **record, signal_buffer **user_record, const signal_protocol_sender_key_name *name,
             void *data)
{
  return 0;
}

static void
keep (void *data)
{
}

static int
install (Side *side)
{
  signal_protocol_session_store sessions = { load_session,   list_sessions,   save_session, has_session,
                                             delete_session, delete_sessions, keep,         side };
  signal_protocol_pre_key_store prekeys = { load_prekey, save_key, has_key, remove_key, keep, side };
  signal_protocol_signed_pre_key_store signed_keys = { load_signed, save_key, has_key, remove_key, keep, side };
  signal_protocol_identity_key_store identities = { load_pair, load_registration, save_identity, is_trusted, keep,
                                                    side };
  signal_protocol_sender_key_store senders = { save_sender, load_sender, keep, side };

  return signal_context_create (&side->signal, NULL)
         | pen_omemo_provider_install (side->signal, &bench_random)
         | signal_protocol_store_context_create (&side->keeper, side->signal)
         | signal_protocol_store_context_set_session_store (side->keeper, &sessions)
         | signal_protocol_store_context_set_pre_key_store (side->keeper, &prekeys)
         | signal_protocol_store_context_set_signed_pre_key_store (side->keeper, &signed_keys)
         | signal_protocol_store_context_set_identity_key_store (side->keeper, &identities)
         | signal_protocol_store_context_set_sender_key_store (side->keeper, &senders);
}

/* A pair that has answered each other */

static int
make_keys (Side *side)
{
  ec_key_pair *pair = NULL;
  int code = signal_protocol_key_helper_generate_identity_key_pair (&side->identity, side->signal)
             | signal_protocol_key_helper_generate_signed_pre_key (&side->signed_prekey, side->identity, SIGNED_PREKEY,
                                                                   0, side->signal)
             | curve_generate_key_pair (side->signal, &pair);

  if (code == SG_SUCCESS)
    code = session_pre_key_create (&side->prekey, PREKEY, pair);
  SIGNAL_UNREF (pair);
  return code;
}

static void
begin_side (Side *side, const char *folder, const char *name, const char *peer)
{
  static const char *const sql[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [LOAD] = "SELECT record FROM session WHERE jid = ?1 AND device = ?2",
    [SAVE] = ("INSERT INTO session VALUES (?1, ?2, ?3)"
              " ON CONFLICT (jid, device) DO UPDATE SET record = excluded.record"),
  };
  g_autofree char *path = g_build_filename (folder, name, NULL);
  int code = sqlite3_open (path, &side->handle);

  if (code == SQLITE_OK)
    code = sqlite3_exec (side->handle, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                         "PRAGMA wal_autocheckpoint=" LOG_PAGES ";"
                         "CREATE TABLE session (jid TEXT, device INTEGER, record BLOB,"
                         " PRIMARY KEY (jid, device)) WITHOUT ROWID",
                         NULL, NULL, NULL);
  for (int i = 0; code == SQLITE_OK && i < STATEMENTS; i++)
    code = sqlite3_prepare_v2 (side->handle, sql[i], -1, &side->statements[i], NULL);
  bench_check (code == SQLITE_OK, "the bare store");
  side->peer = (signal_protocol_address) { peer, strlen (peer), DEVICE };
  bench_check (install (side) == SG_SUCCESS && make_keys (side) == SG_SUCCESS, "the bare keys");
}

static void
begin_session (Side *from, const Side *to)
{
  session_pre_key_bundle *bundle = NULL;
  session_builder *builder = NULL;
  int code =
    session_pre_key_bundle_create (&bundle, DEVICE, DEVICE, PREKEY,
                                   ec_key_pair_get_public (session_pre_key_get_key_pair (to->prekey)), SIGNED_PREKEY,
                                   ec_key_pair_get_public (session_signed_pre_key_get_key_pair (to->signed_prekey)),
                                   session_signed_pre_key_get_signature (to->signed_prekey),
                                   session_signed_pre_key_get_signature_len (to->signed_prekey),
                                   ratchet_identity_key_pair_get_public (to->identity));

  if (code == SG_SUCCESS)
    code = session_builder_create (&builder, from->keeper, &from->peer, from->signal);
  if (code == SG_SUCCESS)
    code = session_builder_process_pre_key_bundle (builder, bundle);
  bench_check (code == SG_SUCCESS, "a bare session");
  session_builder_free (builder);
  SIGNAL_UNREF (bundle);
}

/* Messages */

static gpointer
seal (gpointer data, guint from)
{
  static const guint8 wrapped[BENCH_WRAPPED_BYTES] = { 1 };
  Side *side = &((Pair *) data)->sides[from];
  Letter *letter = g_new0 (Letter, 1);
  ciphertext_message *message = NULL;
  session_cipher *cipher = NULL;
  const signal_buffer *bytes;
  int code;

  run (side, BEGIN);
  code = session_cipher_create (&cipher, side->keeper, &side->peer, side->signal);
  if (code == SG_SUCCESS)
    code = session_cipher_encrypt (cipher, wrapped, sizeof wrapped, &message);
  bench_check (code == SG_SUCCESS, "encrypting with the bare library");
  bytes = ciphertext_message_get_serialized (message);
  letter->type = ciphertext_message_get_type (message);
  letter->bytes = g_bytes_new (signal_buffer_const_data (bytes), signal_buffer_len (bytes));
  SIGNAL_UNREF (message);
  session_cipher_free (cipher);
  run (side, COMMIT);
  return letter;
}

static int
decrypt (Side *side, session_cipher *cipher, const Letter *letter, signal_buffer **plain)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (letter->bytes, &length);
  pre_key_signal_message *outer = NULL;
  signal_message *inner = NULL;
  int code;

  if (letter->type == CIPHERTEXT_PREKEY_TYPE)
    {
      code = pre_key_signal_message_deserialize (&outer, bytes, length, side->signal);
      if (code == SG_SUCCESS)
        code = session_cipher_decrypt_pre_key_signal_message (cipher, outer, NULL, plain);
      SIGNAL_UNREF (outer);
      return code;
    }
  code = signal_message_deserialize (&inner, bytes, length, side->signal);
  if (code == SG_SUCCESS)
    code = session_cipher_decrypt_signal_message (cipher, inner, NULL, plain);
  SIGNAL_UNREF (inner);
  return code;
}

static void
open_all (gpointer data, guint to, GPtrArray *letters)
{
  Side *side = &((Pair *) data)->sides[to];

  run (side, BEGIN);
  for (guint i = 0; i < letters->len; i++)
    {
      session_cipher *cipher = NULL;
      signal_buffer *plain = NULL;
      int code = session_cipher_create (&cipher, side->keeper, &side->peer, side->signal);

      if (code == SG_SUCCESS)
        code = decrypt (side, cipher, letters->pdata[i], &plain);
      bench_check (code == SG_SUCCESS && signal_buffer_len (plain) == BENCH_WRAPPED_BYTES,
                   "decrypting with the bare library");
      signal_buffer_free (plain);
      session_cipher_free (cipher);
    }
  run (side, COMMIT);
}

static void
free_letter (gpointer data)
{
  Letter *letter = data;

  g_bytes_unref (letter->bytes);
  g_free (letter);
}

static void
pass (Pair *pair, guint from)
{
  g_autoptr (GPtrArray) letters = g_ptr_array_new_with_free_func (free_letter);

  g_ptr_array_add (letters, seal (pair, from));
  open_all (pair, 1 - from, letters);
}

static gpointer
begin (const char *folder)
{
  Pair *pair = g_new0 (Pair, 1);

  begin_side (&pair->sides[0], folder, "bare-alice.db", BENCH_BOB);
  begin_side (&pair->sides[1], folder, "bare-bob.db", BENCH_ALICE);
  begin_session (&pair->sides[0], &pair->sides[1]);
  pass (pair, 0);
  pass (pair, 1);
  return pair;
}

static void
end (gpointer data)
{
  Pair *pair = data;

  for (guint i = 0; i < 2; i++)
    {
      Side *side = &pair->sides[i];

      signal_protocol_store_context_destroy (side->keeper);
      SIGNAL_UNREF (side->identity);
      SIGNAL_UNREF (side->prekey);
      SIGNAL_UNREF (side->signed_prekey);
      signal_context_destroy (side->signal);
      for (int j = 0; j < STATEMENTS; j++)
        sqlite3_finalize (side->statements[j]);
      sqlite3_close (side->handle);
    }
  g_free (pair);
}

const BenchRival bench_rival_bare = { "bare", begin, seal, open_all, free_letter, end };
