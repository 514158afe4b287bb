/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Our own keys: made a few at a time, the signed one renewed, the one-time
 * ones topped up, and what of them is published. */

#include "omemo/engine-private.h"

#include <key_helper.h>
#include <string.h>

#define PREKEYS_FULL 100
#define PREKEYS_LOW 80
#define PREKEYS_A_STEP 10

/* The library's last id, 0xFFFFFF, marks a key that is never used up. */
#define PREKEY_ID_LAST (PRE_KEY_MEDIUM_MAX_VALUE - 1)

#define DAY_US (G_GINT64_CONSTANT (24) * 60 * 60 * G_USEC_PER_SEC)
#define SIGNED_ROTATE_US (30 * DAY_US)
#define SIGNED_KEEP_US (15 * DAY_US)

/* Whoever comes back gets what was sent meanwhile within this time. */
#define SPENT_KEEP_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)

static guint32
id_after (guint32 id)
{
  return id >= PREKEY_ID_LAST ? 1 : id + 1;
}

/* Identity */

/* Returns: 0 with the store's error set. */
static guint32
draw_free_device (PenOmemo *omemo, guint32 present)
{
  static const char sql[] = "SELECT 1 FROM omemo_device WHERE account = ?1 AND jid = ?1 AND device = ?2";

  for (;;)
    {
      guint32 device = 1 + pen_omemo_random_below (omemo, PEN_OMEMO_DEVICE_MAX);
      gint64 taken = pen_omemo_store_number (&omemo->store, pen_omemo_store_query (&omemo->store, sql, "i",
                                                                                   (gint64) device), 0);

      if (taken == -1)
        return 0;
      if (taken == 0 && device != present)
        return device;
    }
}

static int
save_own (PenOmemo *omemo, guint32 device, guint32 registration, const ratchet_identity_key_pair *pair)
{
  static const char sql[] = "INSERT INTO omemo_own (account, device, registration, public, private, signed_id,"
                            " signed_at_us, next_prekey) VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 1)";
  signal_buffer *public_data = NULL;
  signal_buffer *private_data = NULL;
  int code = ec_public_key_serialize (&public_data, ratchet_identity_key_pair_get_public (pair));

  if (code == SG_SUCCESS)
    code = ec_private_key_serialize (&private_data, ratchet_identity_key_pair_get_private (pair));
  if (code == SG_SUCCESS
      && !pen_omemo_store_change (&omemo->store, sql, "iibb", (gint64) device, (gint64) registration,
                                  signal_buffer_data (public_data), (gsize) signal_buffer_len (public_data),
                                  signal_buffer_data (private_data), (gsize) signal_buffer_len (private_data)))
    code = SG_ERR_UNKNOWN;
  signal_buffer_free (public_data);
  signal_buffer_bzero_free (private_data);
  return code;
}

static int
make_identity (PenOmemo *omemo)
{
  ratchet_identity_key_pair *pair = NULL;
  guint32 device = draw_free_device (omemo, 0);
  uint32_t registration = 0;
  int code = device == 0 ? SG_ERR_UNKNOWN : SG_SUCCESS;

  if (code == SG_SUCCESS)
    code = signal_protocol_key_helper_generate_identity_key_pair (&pair, omemo->signal);
  if (code == SG_SUCCESS)
    code = signal_protocol_key_helper_generate_registration_id (&registration, 0, omemo->signal);
  if (code == SG_SUCCESS)
    code = save_own (omemo, device, registration, pair);
  SIGNAL_UNREF (pair);
  return code;
}

/* The signed key */

/* A clock that was set back far must not keep a key for ever. */
static gboolean
is_stale (const PenOmemoOwn *own, gint64 now_us)
{
  return own->signed_id == 0 || now_us - own->signed_at_us > SIGNED_ROTATE_US || now_us < own->signed_at_us - DAY_US;
}

static gboolean
retire_signed (PenOmemo *omemo, guint32 id, gint64 now_us)
{
  static const char own[] = "UPDATE omemo_own SET signed_id = ?2, signed_at_us = ?3 WHERE account = ?1";
  static const char older[] = "UPDATE omemo_signed SET retired_at_us = ?3"
                              " WHERE account = ?1 AND id <> ?2 AND retired_at_us = 0";

  return pen_omemo_store_change (&omemo->store, own, "ii", (gint64) id, now_us)
         && pen_omemo_store_change (&omemo->store, older, "ii", (gint64) id, now_us);
}

static int
make_signed (PenOmemo *omemo, const PenOmemoOwn *own, gint64 now_us)
{
  ratchet_identity_key_pair *pair = NULL;
  session_signed_pre_key *key = NULL;
  guint32 id = id_after (own->signed_id);
  int code = signal_protocol_identity_get_key_pair (omemo->keeper, &pair);

  if (code == SG_SUCCESS)
    code = signal_protocol_key_helper_generate_signed_pre_key (&key, pair, id, (uint64_t) (now_us / 1000),
                                                               omemo->signal);
  if (code == SG_SUCCESS)
    code = signal_protocol_signed_pre_key_store_key (omemo->keeper, key);
  if (code == SG_SUCCESS && !retire_signed (omemo, id, now_us))
    code = SG_ERR_UNKNOWN;
  SIGNAL_UNREF (key);
  SIGNAL_UNREF (pair);
  return code;
}

static int
drop_retired (PenOmemo *omemo, gint64 now_us)
{
  static const char some[] = "SELECT 1 FROM omemo_signed WHERE account = ?1 AND retired_at_us > 0"
                             " AND retired_at_us < ?2 LIMIT 1";
  static const char sql[] = "DELETE FROM omemo_signed WHERE account = ?1 AND retired_at_us > 0 AND retired_at_us < ?2";
  gint64 before_us = now_us - SIGNED_KEEP_US;
  gint64 number = pen_omemo_store_number (&omemo->store, pen_omemo_store_query (&omemo->store, some, "i", before_us),
                                          0);

  if (number == 0)
    return SG_SUCCESS;
  return number == 1 && pen_omemo_store_change (&omemo->store, sql, "i", before_us) ? SG_SUCCESS : SG_ERR_UNKNOWN;
}

/* One-time keys */

static int
make_prekey (PenOmemo *omemo, guint32 *id)
{
  ec_key_pair *pair = NULL;
  session_pre_key *key = NULL;
  int code;

  while ((code = signal_protocol_pre_key_contains_key (omemo->keeper, *id)) == 1)
    *id = id_after (*id);
  if (code == 0)
    code = curve_generate_key_pair (omemo->signal, &pair);
  if (code == SG_SUCCESS)
    code = session_pre_key_create (&key, *id, pair);
  if (code == SG_SUCCESS)
    code = signal_protocol_pre_key_store_key (omemo->keeper, key);
  SIGNAL_UNREF (key);
  SIGNAL_UNREF (pair);
  *id = id_after (*id);
  return code;
}

static int
make_prekeys (PenOmemo *omemo, const PenOmemoOwn *own, gint64 missing)
{
  static const char sql[] = "UPDATE omemo_own SET next_prekey = ?2 WHERE account = ?1";
  guint32 id = own->next_prekey;
  int code = SG_SUCCESS;

  for (gint64 i = 0; code == SG_SUCCESS && i < MIN (missing, PREKEYS_A_STEP); i++)
    code = make_prekey (omemo, &id);
  if (code == SG_SUCCESS && !pen_omemo_store_change (&omemo->store, sql, "i", (gint64) id))
    code = SG_ERR_UNKNOWN;
  return code;
}

/* A clock that was set back must not keep them either. */
static int
drop_spent (PenOmemo *omemo, gint64 now_us)
{
  static const char some[] = "SELECT 1 FROM omemo_prekey WHERE account = ?1 AND spent_at_us > 0"
                             " AND NOT spent_at_us BETWEEN ?2 AND ?3 LIMIT 1";
  static const char sql[] = "DELETE FROM omemo_prekey WHERE account = ?1 AND spent_at_us > 0"
                            " AND NOT spent_at_us BETWEEN ?2 AND ?3";
  gint64 since_us = now_us - SPENT_KEEP_US;
  gint64 number = pen_omemo_store_number (&omemo->store, pen_omemo_store_query (&omemo->store, some, "ii", since_us,
                                                                                now_us), 0);

  if (number == 0)
    return SG_SUCCESS;
  return number == 1 && pen_omemo_store_change (&omemo->store, sql, "ii", since_us, now_us) ? SG_SUCCESS
                                                                                            : SG_ERR_UNKNOWN;
}

static int
fill (PenOmemo *omemo, const PenOmemoOwn *own, gboolean *done)
{
  static const char sql[] = "SELECT count(*) FROM omemo_prekey WHERE account = ?1 AND spent_at_us = 0";
  gint64 number = pen_omemo_store_number (&omemo->store, pen_omemo_store_query (&omemo->store, sql, ""), 0);

  if (number == -1)
    return SG_ERR_UNKNOWN;
  omemo->filling = number < (omemo->filling ? PREKEYS_FULL : PREKEYS_LOW);
  *done = !omemo->filling;
  return omemo->filling ? make_prekeys (omemo, own, PREKEYS_FULL - number) : SG_SUCCESS;
}

static int
prepare (PenOmemo *omemo, gboolean *done)
{
  gint64 now_us = pen_clock_now_us (omemo->store.clock);
  PenOmemoOwn own;
  int code;

  if (!pen_omemo_store_own (&omemo->store, &own))
    return SG_ERR_UNKNOWN;
  if (own.device == 0)
    return make_identity (omemo);
  if (is_stale (&own, now_us))
    return make_signed (omemo, &own, now_us);
  code = drop_retired (omemo, now_us);
  if (code == SG_SUCCESS)
    code = drop_spent (omemo, now_us);
  return code == SG_SUCCESS ? fill (omemo, &own, done) : code;
}

gboolean
pen_omemo_prepare (PenOmemo *omemo, gboolean *done, GError **error)
{
  int code;

  pen_omemo_store_reset (&omemo->store);
  *done = FALSE;
  if (!pen_omemo_enter (omemo, error))
    return FALSE;
  code = prepare (omemo, done);
  if (code == SG_SUCCESS)
    return pen_omemo_leave (omemo, error);
  pen_omemo_undo (omemo);
  *done = FALSE;
  return pen_omemo_fail (omemo, code, error);
}

guint32
pen_omemo_device (PenOmemo *omemo)
{
  PenOmemoOwn own;

  pen_omemo_store_reset (&omemo->store);
  return pen_omemo_store_own (&omemo->store, &own) ? own.device : 0;
}

gboolean
pen_omemo_draw_device (PenOmemo *omemo, GError **error)
{
  /* With the new id peers have no session: what was agreed with them is void. */
  static const char forget[] = "DELETE FROM omemo_session WHERE account = ?1";
  static const char sql[] = "UPDATE omemo_own SET device = ?2 WHERE account = ?1";
  PenOmemoOwn own;
  guint32 device;

  pen_omemo_store_reset (&omemo->store);
  if (!pen_omemo_has_keys (omemo, &own, error) || !pen_omemo_enter (omemo, error))
    return FALSE;
  device = draw_free_device (omemo, own.device);
  if (device != 0 && pen_omemo_store_change (&omemo->store, forget, "")
      && pen_omemo_store_change (&omemo->store, sql, "i", (gint64) device))
    return pen_omemo_leave (omemo, error);
  pen_omemo_undo (omemo);
  return pen_omemo_fail (omemo, SG_ERR_UNKNOWN, error);
}

/* What is published */

static int
copy_key (const ec_public_key *key, guint8 bytes[PEN_OMEMO_PUBLIC_KEY_BYTES])
{
  signal_buffer *buffer = NULL;
  int code = ec_public_key_serialize (&buffer, key);

  if (code == SG_SUCCESS && signal_buffer_len (buffer) != PEN_OMEMO_PUBLIC_KEY_BYTES)
    code = SG_ERR_INVALID_KEY;
  if (code == SG_SUCCESS)
    memcpy (bytes, signal_buffer_data (buffer), PEN_OMEMO_PUBLIC_KEY_BYTES);
  signal_buffer_free (buffer);
  return code;
}

static int
read_identity (PenOmemo *omemo, guint8 bytes[PEN_OMEMO_PUBLIC_KEY_BYTES])
{
  ratchet_identity_key_pair *pair = NULL;
  int code = signal_protocol_identity_get_key_pair (omemo->keeper, &pair);

  if (code == SG_SUCCESS)
    code = copy_key (ratchet_identity_key_pair_get_public (pair), bytes);
  SIGNAL_UNREF (pair);
  return code;
}

static int
read_signed (PenOmemo *omemo, guint32 id, PenOmemoBundle *bundle)
{
  session_signed_pre_key *key = NULL;
  int code = signal_protocol_signed_pre_key_load_key (omemo->keeper, &key, id);

  if (code == SG_SUCCESS && session_signed_pre_key_get_signature_len (key) != PEN_OMEMO_SIGNATURE_BYTES)
    code = SG_ERR_INVALID_KEY;
  if (code == SG_SUCCESS)
    {
      bundle->signed_id = id;
      memcpy (bundle->signature, session_signed_pre_key_get_signature (key), PEN_OMEMO_SIGNATURE_BYTES);
      code = copy_key (ec_key_pair_get_public (session_signed_pre_key_get_key_pair (key)), bundle->signed_key);
    }
  SIGNAL_UNREF (key);
  return code;
}

static int
read_prekey (PenOmemo *omemo, sqlite3_stmt *statement, GArray *prekeys)
{
  PenOmemoPreKey prekey = { 0 };
  session_pre_key *key = NULL;
  int code = session_pre_key_deserialize (&key, sqlite3_column_blob (statement, 1),
                                          (size_t) sqlite3_column_bytes (statement, 1), omemo->signal);

  prekey.id = (guint32) sqlite3_column_int64 (statement, 0);
  if (code == SG_SUCCESS)
    code = copy_key (ec_key_pair_get_public (session_pre_key_get_key_pair (key)), prekey.key);
  if (code == SG_SUCCESS)
    g_array_append_val (prekeys, prekey);
  SIGNAL_UNREF (key);
  return code;
}

static int
read_prekeys (PenOmemo *omemo, GArray *prekeys)
{
  static const char sql[] = "SELECT id, record FROM omemo_prekey WHERE account = ?1 AND spent_at_us = 0 ORDER BY id";
  sqlite3_stmt *statement = pen_omemo_store_query (&omemo->store, sql, "");
  int code = SG_SUCCESS;
  int found;

  while (code == SG_SUCCESS && (found = pen_omemo_store_step (&omemo->store, statement)) != 0)
    code = found == 1 ? read_prekey (omemo, statement, prekeys) : SG_ERR_UNKNOWN;
  sqlite3_reset (statement);
  return code;
}

PenOmemoBundle *
pen_omemo_own_bundle (PenOmemo *omemo, GError **error)
{
  g_autoptr (PenOmemoBundle) bundle = NULL;
  PenOmemoOwn own;
  int code;

  pen_omemo_store_reset (&omemo->store);
  if (!pen_omemo_has_keys (omemo, &own, error))
    return NULL;
  bundle = g_new0 (PenOmemoBundle, 1);
  bundle->prekeys = g_array_new (FALSE, TRUE, sizeof (PenOmemoPreKey));
  code = read_identity (omemo, bundle->identity);
  if (code == SG_SUCCESS)
    code = read_signed (omemo, own.signed_id, bundle);
  if (code == SG_SUCCESS)
    code = read_prekeys (omemo, bundle->prekeys);
  /* A bundle without one-time keys is one that others refuse. */
  if (code == SG_SUCCESS && bundle->prekeys->len == 0)
    code = SG_ERR_INVALID_KEY_ID;
  if (code == SG_SUCCESS)
    return g_steal_pointer (&bundle);
  pen_omemo_fail (omemo, code, error);
  return NULL;
}

char *
pen_omemo_fingerprint (PenOmemo *omemo)
{
  guint8 identity[PEN_OMEMO_PUBLIC_KEY_BYTES];
  PenOmemoOwn own;

  pen_omemo_store_reset (&omemo->store);
  if (!pen_omemo_store_own (&omemo->store, &own) || own.device == 0)
    return NULL;
  return read_identity (omemo, identity) == SG_SUCCESS ? pen_omemo_hex (identity) : NULL;
}
