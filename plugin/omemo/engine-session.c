/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Sessions from bundles, and messages to all devices that are trusted: the
 * library asks nobody before it encrypts, so the list of keys is where trust
 * is enforced. */

#include "omemo/engine-private.h"

#include <protocol.h>
#include <session_builder.h>
#include <session_cipher.h>
#include <string.h>

#include "omemo/payload.h"

/* Bundles */

typedef struct
{
  ec_public_key *identity;
  ec_public_key *signed_key;
  ec_public_key *prekey;
} Points;

static void
clear_points (Points *points)
{
  SIGNAL_UNREF (points->identity);
  SIGNAL_UNREF (points->signed_key);
  SIGNAL_UNREF (points->prekey);
}

static int
read_point (PenOmemo *omemo, const guint8 key[PEN_OMEMO_PUBLIC_KEY_BYTES], ec_public_key **point)
{
  if (!pen_omemo_check_point (key, PEN_OMEMO_PUBLIC_KEY_BYTES))
    return SG_ERR_INVALID_KEY;
  return curve_decode_point (point, key, PEN_OMEMO_PUBLIC_KEY_BYTES, omemo->signal);
}

static int
make_bundle (PenOmemo *omemo, guint32 device, const PenOmemoBundle *from, session_pre_key_bundle **bundle)
{
  guint32 chosen = pen_omemo_random_below (omemo, from->prekeys->len);
  const PenOmemoPreKey *prekey = &g_array_index (from->prekeys, PenOmemoPreKey, chosen);
  Points points = { NULL, NULL, NULL };
  int code = read_point (omemo, from->identity, &points.identity);

  if (code == SG_SUCCESS)
    code = read_point (omemo, from->signed_key, &points.signed_key);
  if (code == SG_SUCCESS)
    code = read_point (omemo, prekey->key, &points.prekey);
  if (code == SG_SUCCESS)
    code = session_pre_key_bundle_create (bundle, device, (int) device, prekey->id, points.prekey, from->signed_id,
                                          points.signed_key, from->signature, PEN_OMEMO_SIGNATURE_BYTES,
                                          points.identity);
  clear_points (&points);
  return code;
}

static int
process (PenOmemo *omemo, const signal_protocol_address *address, const PenOmemoBundle *from)
{
  session_pre_key_bundle *bundle = NULL;
  session_builder *builder = NULL;
  int code = make_bundle (omemo, (guint32) address->device_id, from, &bundle);

  if (code == SG_SUCCESS)
    code = session_builder_create (&builder, omemo->keeper, address, omemo->signal);
  if (code == SG_SUCCESS)
    code = session_builder_process_pre_key_bundle (builder, bundle);
  if (builder != NULL)
    session_builder_free (builder);
  SIGNAL_UNREF (bundle);
  return code;
}

static gboolean
check_bundle (PenOmemo *omemo, const PenOmemoPeer *peer, const PenOmemoBundle *bundle, GError **error)
{
  PenOmemoOwn own;
  gboolean is_self;

  if (!pen_omemo_check_jid (peer->jid, error) || !pen_omemo_has_keys (omemo, &own, error))
    return FALSE;
  is_self = peer->device == own.device && g_str_equal (peer->jid, omemo->store.account);
  if (!is_self && peer->device > 0 && peer->device <= PEN_OMEMO_DEVICE_MAX && bundle->prekeys != NULL
      && bundle->prekeys->len > 0)
    return TRUE;
  g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_MALFORMED,
                       _("No session can be begun with this device: its bundle is not complete, or it is our own."));
  return FALSE;
}

gboolean
pen_omemo_begin_session (PenOmemo *omemo, const PenOmemoPeer *peer, const PenOmemoBundle *bundle, GError **error)
{
  signal_protocol_address address = { peer->jid, strlen (peer->jid), (int32_t) peer->device };
  int code;

  pen_omemo_store_reset (&omemo->store);
  if (!check_bundle (omemo, peer, bundle, error) || !pen_omemo_enter (omemo, error))
    return FALSE;
  code = process (omemo, &address, bundle);
  if (code == SG_SUCCESS)
    return pen_omemo_leave (omemo, error);
  pen_omemo_undo (omemo);
  return pen_omemo_fail (omemo, code, error);
}

/* Messages */

/**
 * Letter: a message being written.
 * @wrapped: what each device gets
 */
typedef struct
{
  PenOmemo *omemo;
  PenOmemoOwn own;
  PenOmemoMessage *message;
  guint8 wrapped[PEN_OMEMO_WRAPPED_BYTES];
} Letter;

/* Returns: (transfer full) (nullable): %NULL with the store's error set. */
static GArray *
find_devices (Letter *letter, const char *jid)
{
  static const char sql[] =
    "SELECT device FROM omemo_device WHERE account = ?1 AND jid = ?2 AND active = 1 AND device <> ?3"
    " AND identity IS NOT NULL AND trust IN (?4, ?5) AND EXISTS (SELECT 1 FROM omemo_session s"
    "  WHERE s.account = ?1 AND s.jid = ?2 AND s.device = omemo_device.device) ORDER BY device";
  PenOmemoStore *store = &letter->omemo->store;
  gint64 own = g_str_equal (jid, store->account) ? letter->own.device : 0;
  sqlite3_stmt *statement = pen_omemo_store_query (store, sql, "tiii", jid, own, (gint64) PEN_OMEMO_BLIND,
                                                   (gint64) PEN_OMEMO_TRUSTED);

  return pen_omemo_store_devices (store, statement);
}

static int
write_key (Letter *letter, const char *jid, guint32 device)
{
  signal_protocol_address address = { jid, strlen (jid), (int32_t) device };
  ciphertext_message *cipher_text = NULL;
  session_cipher *cipher = NULL;
  int code = session_cipher_create (&cipher, letter->omemo->keeper, &address, letter->omemo->signal);

  if (code == SG_SUCCESS)
    code = session_cipher_encrypt (cipher, letter->wrapped, sizeof letter->wrapped, &cipher_text);
  if (code == SG_SUCCESS)
    {
      const signal_buffer *bytes = ciphertext_message_get_serialized (cipher_text);
      gboolean is_prekey = ciphertext_message_get_type (cipher_text) == CIPHERTEXT_PREKEY_TYPE;

      pen_omemo_message_add_key (letter->message, device, is_prekey,
                                 g_bytes_new (signal_buffer_const_data (bytes), signal_buffer_len (bytes)));
    }
  SIGNAL_UNREF (cipher_text);
  if (cipher != NULL)
    session_cipher_free (cipher);
  return code;
}

static int
write_keys (Letter *letter, const char *jid)
{
  g_autoptr (GArray) devices = find_devices (letter, jid);
  int code = devices == NULL ? SG_ERR_UNKNOWN : SG_SUCCESS;

  for (guint i = 0; code == SG_SUCCESS && i < devices->len; i++)
    code = write_key (letter, jid, g_array_index (devices, guint32, i));
  return code;
}

static gboolean
is_repeated (const char *const *jids, guint index)
{
  for (guint i = 0; i < index; i++)
    if (g_str_equal (jids[i], jids[index]))
      return TRUE;
  return FALSE;
}

static gboolean
write_all (Letter *letter, const char *const *jids, GError **error)
{
  const char *account = letter->omemo->store.account;
  int code = SG_SUCCESS;

  for (guint i = 0; code == SG_SUCCESS && jids[i] != NULL; i++)
    if (!is_repeated (jids, i))
      code = write_keys (letter, jids[i]);
  if (code == SG_SUCCESS && letter->message->keys->len == 0)
    {
      g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_NO_DEVICE,
                           _("There is no trusted device with a session that could read the message."));
      return FALSE;
    }
  if (code == SG_SUCCESS && !g_strv_contains (jids, account))
    code = write_keys (letter, account);
  return code == SG_SUCCESS || pen_omemo_fail (letter->omemo, code, error);
}

/* A key transport wraps a key for nothing: some clients want it as long as any other. */
static void
write_body (Letter *letter, const char *text)
{
  const PenRandom *random = letter->omemo->random;
  guint8 iv[PEN_OMEMO_IV_BYTES];

  if (text != NULL)
    {
      pen_omemo_payload_seal (random, text, letter->message, letter->wrapped);
      return;
    }
  random->fill (letter->wrapped, sizeof letter->wrapped, random->data);
  random->fill (iv, sizeof iv, random->data);
  letter->message->iv = g_bytes_new (iv, sizeof iv);
}

PenOmemoMessage *
pen_omemo_encrypt (PenOmemo *omemo, const char *const *jids, const char *text, GError **error)
{
  g_autoptr (PenOmemoMessage) message = NULL;
  Letter letter = { .omemo = omemo };
  gboolean written;

  pen_omemo_store_reset (&omemo->store);
  if (!pen_omemo_has_keys (omemo, &letter.own, error) || !pen_omemo_enter (omemo, error))
    return NULL;
  message = letter.message = pen_omemo_message_new (letter.own.device);
  write_body (&letter, text);
  written = write_all (&letter, jids, error);
  explicit_bzero (letter.wrapped, sizeof letter.wrapped);
  if (!written)
    {
      pen_omemo_undo (omemo);
      return NULL;
    }
  return pen_omemo_leave (omemo, error) ? g_steal_pointer (&message) : NULL;
}
