/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Whose identity key is whose: a key that is new to a device is taken and
 * judged, the one that is known is accepted, any other is refused. */

#include <string.h>

#include "omemo/store.h"

static int
load_own_pair (signal_buffer **public_data, signal_buffer **private_data, void *user_data)
{
  static const char sql[] = "SELECT public, private FROM omemo_own WHERE account = ?1";
  sqlite3_stmt *statement = pen_omemo_store_query (user_data, sql, "");

  if (pen_omemo_store_step (user_data, statement) != 1)
    return SG_ERR_UNKNOWN;
  *public_data = pen_omemo_store_blob (statement, 0);
  *private_data = pen_omemo_store_blob (statement, 1);
  sqlite3_reset (statement);
  if (*public_data != NULL && *private_data != NULL)
    return SG_SUCCESS;
  g_clear_pointer (public_data, signal_buffer_free);
  g_clear_pointer (private_data, signal_buffer_bzero_free);
  return SG_ERR_UNKNOWN;
}

static int
load_registration (void *user_data, uint32_t *registration)
{
  PenOmemoOwn own;

  if (!pen_omemo_store_own (user_data, &own) || own.device == 0)
    return SG_ERR_UNKNOWN;
  *registration = own.registration;
  return SG_SUCCESS;
}

/* Returns: 1 for this key, 0 for another one, 2 while none is known, negative on failure. */
static int
compare (PenOmemoStore *store, const signal_protocol_address *address, const guint8 *key, gsize length)
{
  static const char sql[] = "SELECT identity = ?4 FROM omemo_device"
                            " WHERE account = ?1 AND jid = ?2 AND device = ?3 AND identity IS NOT NULL";
  gint64 number = pen_omemo_store_number (store, pen_omemo_store_query (store, sql, "tib", address->name,
                                                                        (gint64) address->device_id, key, length), 2);

  return number == -1 ? SG_ERR_UNKNOWN : (int) number;
}

/* A key that this person showed with another device keeps what was thought of
 * it. Otherwise: blind trust ends with the first key that the user verified.
 * Returns: -1 on failure */
static gint64
judge (PenOmemoStore *store, const char *jid, const guint8 *key, gsize length)
{
  static const char same[] = "SELECT trust FROM omemo_device WHERE account = ?1 AND jid = ?2 AND identity = ?3"
                             " ORDER BY trust DESC LIMIT 1";
  static const char verified[] = "SELECT 1 FROM omemo_device WHERE account = ?1 AND jid = ?2 AND trust = ?3 LIMIT 1";
  gint64 known = pen_omemo_store_number (store, pen_omemo_store_query (store, same, "tb", jid, key, length),
                                         G_MAXINT64);
  gint64 number;

  if (known != G_MAXINT64)
    return known;
  if (store->manual)
    return PEN_OMEMO_UNDECIDED;
  number = pen_omemo_store_number (store, pen_omemo_store_query (store, verified, "ti", jid,
                                                                 (gint64) PEN_OMEMO_TRUSTED), 0);
  if (number == -1)
    return -1;
  return number == 0 ? PEN_OMEMO_BLIND : PEN_OMEMO_UNDECIDED;
}

/* Every message that begins a session brings a device, listed or not: one
 * person does not fill the file. Returns: 1 when there is room, 0, or -1 on failure */
static int
has_room (PenOmemoStore *store, const char *jid)
{
  static const char sql[] = "SELECT count(*) FROM omemo_device WHERE account = ?1 AND jid = ?2";
  gint64 number = pen_omemo_store_number (store, pen_omemo_store_query (store, sql, "t", jid), 0);

  if (number == -1)
    return -1;
  return number < PEN_OMEMO_DEVICES_KEPT_MAX ? 1 : 0;
}

static int
save_identity (const signal_protocol_address *address, uint8_t *key, size_t length, void *user_data)
{
  static const char sql[] =
    "INSERT INTO omemo_device (account, jid, device, identity, trust, active, last_seen_us, first_seen_us)"
    " VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, ?6)"
    " ON CONFLICT (account, jid, device) DO UPDATE SET identity = excluded.identity, trust = excluded.trust"
    " WHERE identity IS NULL";
  PenOmemoStore *store = user_data;
  gint64 trust;
  int known;

  if (key == NULL)
    return SG_ERR_INVAL;
  known = compare (store, address, key, length);
  if (known != 2)
    return known == 0 ? SG_ERR_UNTRUSTED_IDENTITY : MIN (known, SG_SUCCESS);
  if (has_room (store, address->name) != 1)
    return SG_ERR_INVAL;
  trust = judge (store, address->name, key, length);
  if (trust == -1
      || !pen_omemo_store_change (store, sql, "tibii", address->name, (gint64) address->device_id, key, (gsize) length,
                                  trust, pen_clock_now_us (store->clock)))
    return SG_ERR_UNKNOWN;
  return SG_SUCCESS;
}

static int
is_accepted (const signal_protocol_address *address, uint8_t *key, size_t length, void *user_data)
{
  /* The library takes a negative answer for a yes. */
  return MAX (MIN (compare (user_data, address, key, length), 1), 0);
}

static void
keep (void *user_data)
{
  (void) user_data;
}

int
pen_omemo_store_install_identity (PenOmemoStore *store, signal_protocol_store_context *keeper)
{
  signal_protocol_identity_key_store identities = { load_own_pair, load_registration, save_identity,
                                                    is_accepted,   keep,              store };

  return signal_protocol_store_context_set_identity_key_store (keeper, &identities);
}
