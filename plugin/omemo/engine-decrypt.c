/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* A message for us: each key that bears our number is tried, as what it is
 * and not as what its mark says, and whatever fails leaves nothing behind. */

#include "omemo/engine-private.h"

#include <protocol.h>
#include <session_cipher.h>
#include <string.h>

#include "omemo/payload.h"

/* Another person's device may have our number; a stranger who repeats it buys work. */
#define TRIES_MAX 8

/* When a device was last seen is not worth a page of the log with each message. */
#define SEEN_GRAIN_US (G_GINT64_CONSTANT (60) * 60 * G_USEC_PER_SEC)

/**
 * Wrapped: one key element, read.
 * @outer: (nullable): set when it also begins a session; @inner is then its own
 */
typedef struct
{
  pre_key_signal_message *outer;
  signal_message *inner;
} Wrapped;

static void
clear_wrapped (Wrapped *wrapped)
{
  if (wrapped->outer != NULL)
    SIGNAL_UNREF (wrapped->outer);
  else
    SIGNAL_UNREF (wrapped->inner);
  wrapped->inner = NULL;
}

static int
read_as (PenOmemo *omemo, GBytes *data, gboolean is_prekey, Wrapped *wrapped)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (data, &length);
  int code;

  if (length == 0)
    return SG_ERR_INVALID_PROTO_BUF;
  if (!is_prekey)
    return signal_message_deserialize (&wrapped->inner, bytes, length, omemo->signal);
  code = pre_key_signal_message_deserialize (&wrapped->outer, bytes, length, omemo->signal);
  if (code == SG_SUCCESS)
    wrapped->inner = pre_key_signal_message_get_signal_message (wrapped->outer);
  return code;
}

/* Conversations and Gajim refuse one without a one-time key too: it could be replayed (docs/omemo.md 7.13). */
static int
check_wrapped (const Wrapped *wrapped)
{
  if (!pen_omemo_check_key (signal_message_get_sender_ratchet_key (wrapped->inner)))
    return SG_ERR_INVALID_KEY;
  if (wrapped->outer == NULL)
    return SG_SUCCESS;
  if (!pen_omemo_check_key (pre_key_signal_message_get_identity_key (wrapped->outer))
      || !pen_omemo_check_key (pre_key_signal_message_get_base_key (wrapped->outer)))
    return SG_ERR_INVALID_KEY;
  return pre_key_signal_message_has_pre_key_id (wrapped->outer) ? SG_SUCCESS : SG_ERR_INVALID_PROTO_BUF;
}

static int
read_wrapped (PenOmemo *omemo, const PenOmemoKey *key, Wrapped *wrapped)
{
  int code = read_as (omemo, key->data, key->is_prekey, wrapped);

  if (code != SG_SUCCESS && read_as (omemo, key->data, !key->is_prekey, wrapped) == SG_SUCCESS)
    code = SG_SUCCESS;
  return code == SG_SUCCESS ? check_wrapped (wrapped) : code;
}

static void
free_plain (gpointer plain)
{
  signal_buffer_bzero_free (plain);
}

static int
unwrap (PenOmemo *omemo, const signal_protocol_address *address, const Wrapped *wrapped, GBytes **opened)
{
  session_cipher *cipher = NULL;
  signal_buffer *plain = NULL;
  int code = session_cipher_create (&cipher, omemo->keeper, address, omemo->signal);

  if (code == SG_SUCCESS)
    code = wrapped->outer != NULL
             ? session_cipher_decrypt_pre_key_signal_message (cipher, wrapped->outer, NULL, &plain)
             : session_cipher_decrypt_signal_message (cipher, wrapped->inner, NULL, &plain);
  if (code == SG_SUCCESS)
    *opened = g_bytes_new_with_free_func (signal_buffer_const_data (plain), signal_buffer_len (plain), free_plain,
                                          plain);
  if (cipher != NULL)
    session_cipher_free (cipher);
  return code;
}

static gboolean
note_sender (PenOmemo *omemo, PenOmemoPlain *plain)
{
  static const char ask[] = "SELECT trust, last_seen_us, active FROM omemo_device"
                            " WHERE account = ?1 AND jid = ?2 AND device = ?3";
  static const char sql[] = "UPDATE omemo_device SET last_seen_us = ?4"
                            " WHERE account = ?1 AND jid = ?2 AND device = ?3";
  PenOmemoStore *store = &omemo->store;
  sqlite3_stmt *statement = pen_omemo_store_query (store, ask, "ti", plain->jid, (gint64) plain->device);
  gint64 now_us = pen_clock_now_us (store->clock);
  int found = pen_omemo_store_step (store, statement);
  gint64 seen_us;

  if (found != 1)
    return FALSE;
  plain->trust = (PenOmemoTrust) CLAMP (sqlite3_column_int (statement, 0), PEN_OMEMO_UNDECIDED, PEN_OMEMO_DISTRUSTED);
  seen_us = sqlite3_column_int64 (statement, 1);
  plain->is_listed = sqlite3_column_int (statement, 2) != 0;
  sqlite3_reset (statement);
  if (seen_us <= now_us && now_us - seen_us < SEEN_GRAIN_US)
    return TRUE;
  return pen_omemo_store_change (store, sql, "tii", plain->jid, (gint64) plain->device, now_us);
}

/**
 * Attempt: one message, tried with one key after the other.
 */
typedef struct
{
  PenOmemo *omemo;
  signal_protocol_address address;
  const PenOmemoMessage *message;
} Attempt;

static PenOmemoPlain *
make_plain (const Attempt *attempt, const Wrapped *wrapped, GBytes *opened, GError **error)
{
  g_autoptr (PenOmemoPlain) plain = g_new0 (PenOmemoPlain, 1);

  plain->jid = g_strdup (attempt->address.name);
  plain->device = attempt->message->sender;
  plain->was_prekey = wrapped->outer != NULL;
  plain->used_prekey = attempt->omemo->store.used_prekey;
  plain->counter = signal_message_get_counter (wrapped->inner);
  if (attempt->message->payload != NULL)
    {
      plain->text = pen_omemo_payload_open (attempt->message, opened, error);
      if (plain->text == NULL)
        return NULL;
    }
  if (note_sender (attempt->omemo, plain))
    return g_steal_pointer (&plain);
  pen_omemo_fail (attempt->omemo, SG_ERR_NO_SESSION, error);
  return NULL;
}

static PenOmemoPlain *
try_key (const Attempt *attempt, const PenOmemoKey *key, GError **error)
{
  g_autoptr (PenOmemoPlain) plain = NULL;
  g_autoptr (GBytes) opened = NULL;
  Wrapped wrapped = { NULL, NULL };
  int code;

  pen_omemo_store_reset (&attempt->omemo->store);
  if (!pen_omemo_enter (attempt->omemo, error))
    return NULL;
  code = read_wrapped (attempt->omemo, key, &wrapped);
  if (code == SG_SUCCESS)
    code = unwrap (attempt->omemo, &attempt->address, &wrapped, &opened);
  if (code == SG_SUCCESS)
    plain = make_plain (attempt, &wrapped, opened, error);
  else
    pen_omemo_fail (attempt->omemo, code, error);
  clear_wrapped (&wrapped);
  if (plain == NULL)
    {
      pen_omemo_undo (attempt->omemo);
      return NULL;
    }
  return pen_omemo_leave (attempt->omemo, error) ? g_steal_pointer (&plain) : NULL;
}

/* Of several keys one is ours: what it said counts more than that the others did not fit. */
static int
weight_of (const GError *error)
{
  static const PenOmemoError rising[] = { PEN_OMEMO_ERROR_NOT_FOR_US, PEN_OMEMO_ERROR_FAILED,
                                          PEN_OMEMO_ERROR_MALFORMED,  PEN_OMEMO_ERROR_KEY,
                                          PEN_OMEMO_ERROR_NO_SESSION, PEN_OMEMO_ERROR_TRUST,
                                          PEN_OMEMO_ERROR_DUPLICATE,  PEN_OMEMO_ERROR_STORE };

  for (int i = 0; i < (int) G_N_ELEMENTS (rising); i++)
    if (g_error_matches (error, PEN_OMEMO_ERROR, (int) rising[i]))
      return i;
  return 0;
}

static PenOmemoPlain *
try_keys (const Attempt *attempt, guint32 own, GError **error)
{
  g_autoptr (GError) best =
    g_error_new_literal (PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_NOT_FOR_US,
                         _("The message is not encrypted for this device."));
  guint tries = 0;

  for (guint i = 0; i < attempt->message->keys->len && tries < TRIES_MAX; i++)
    {
      const PenOmemoKey *key = g_ptr_array_index (attempt->message->keys, i);
      g_autoptr (GError) local = NULL;
      PenOmemoPlain *plain;

      if (key->device != own)
        continue;
      tries++;
      plain = try_key (attempt, key, &local);
      if (plain != NULL)
        return plain;
      if (weight_of (local) > weight_of (best))
        {
          g_clear_error (&best);
          best = g_steal_pointer (&local);
        }
      if (g_error_matches (best, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_STORE))
        break;
    }
  g_propagate_error (error, g_steal_pointer (&best));
  return NULL;
}

static gboolean
check_sender (PenOmemo *omemo, const char *jid, guint32 sender, const PenOmemoOwn *own, GError **error)
{
  if (sender == 0 || sender > PEN_OMEMO_DEVICE_MAX)
    return pen_omemo_fail (omemo, SG_ERR_INVAL, error);
  if (sender == own->device && g_str_equal (jid, omemo->store.account))
    return pen_omemo_fail (omemo, SG_ERR_DUPLICATE_MESSAGE, error);
  return TRUE;
}

PenOmemoPlain *
pen_omemo_decrypt (PenOmemo *omemo, const char *jid, const PenOmemoMessage *message, GError **error)
{
  Attempt attempt = { omemo, { jid, strlen (jid), (int32_t) message->sender }, message };
  PenOmemoOwn own;

  pen_omemo_store_reset (&omemo->store);
  if (!pen_omemo_check_jid (jid, error) || !pen_omemo_has_keys (omemo, &own, error)
      || !check_sender (omemo, jid, message->sender, &own, error))
    return NULL;
  return try_keys (&attempt, own.device, error);
}
