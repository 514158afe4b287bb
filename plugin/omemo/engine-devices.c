/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Which devices a person has, what the user thinks of their keys, and whose
 * bundles are missing. */

#include "omemo/engine-private.h"

static gboolean
contains (const GArray *devices, guint32 device)
{
  for (guint i = 0; i < devices->len; i++)
    if (g_array_index (devices, guint32, i) == device)
      return TRUE;
  return FALSE;
}

/* Ids of a list that count: our own device is none of our other ones. */
static GArray *
select_devices (const GArray *devices, guint32 own)
{
  GArray *selected = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < devices->len && selected->len < PEN_OMEMO_DEVICES_MAX; i++)
    {
      guint32 device = g_array_index (devices, guint32, i);

      if (device > 0 && device <= PEN_OMEMO_DEVICE_MAX && device != own && !contains (selected, device))
        g_array_append_val (selected, device);
    }
  return selected;
}

static GArray *
active_devices (PenOmemo *omemo, const char *jid)
{
  static const char sql[] = "SELECT device FROM omemo_device WHERE account = ?1 AND jid = ?2 AND active = 1"
                            " ORDER BY device";

  return pen_omemo_store_devices (&omemo->store, pen_omemo_store_query (&omemo->store, sql, "t", jid));
}

static gboolean
set_active (PenOmemo *omemo, const char *jid, guint32 device)
{
  static const char sql[] =
    "INSERT INTO omemo_device (account, jid, device, identity, trust, active, last_seen_us, first_seen_us)"
    " VALUES (?1, ?2, ?3, NULL, 0, 1, 0, ?4)"
    " ON CONFLICT (account, jid, device) DO UPDATE SET active = 1";

  return pen_omemo_store_change (&omemo->store, sql, "tii", jid, (gint64) device,
                                 pen_clock_now_us (omemo->store.clock));
}

/* Of a device that never showed a key there is nothing to keep, and whoever
 * changes a list again and again must not fill the file. */
static gboolean
set_inactive (PenOmemo *omemo, const char *jid, guint32 device)
{
  static const char forget[] = "DELETE FROM omemo_device"
                               " WHERE account = ?1 AND jid = ?2 AND device = ?3 AND identity IS NULL";
  static const char sql[] = "UPDATE omemo_device SET active = 0 WHERE account = ?1 AND jid = ?2 AND device = ?3";

  return pen_omemo_store_change (&omemo->store, forget, "ti", jid, (gint64) device)
         && pen_omemo_store_change (&omemo->store, sql, "ti", jid, (gint64) device);
}

static gboolean
apply (PenOmemo *omemo, const char *jid, const PenOmemoChange *change)
{
  for (guint i = 0; i < change->added->len; i++)
    if (!set_active (omemo, jid, g_array_index (change->added, guint32, i)))
      return FALSE;
  for (guint i = 0; i < change->removed->len; i++)
    if (!set_inactive (omemo, jid, g_array_index (change->removed, guint32, i)))
      return FALSE;
  return TRUE;
}

static GArray *
subtract (const GArray *from, const GArray *what)
{
  GArray *rest = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < from->len; i++)
    if (!contains (what, g_array_index (from, guint32, i)))
      g_array_append_val (rest, g_array_index (from, guint32, i));
  return rest;
}

static gboolean
compare (PenOmemo *omemo, const char *jid, const GArray *devices, PenOmemoChange *change)
{
  gboolean is_own = g_str_equal (jid, omemo->store.account);
  g_autoptr (GArray) before = NULL;
  g_autoptr (GArray) now = NULL;
  PenOmemoOwn own;

  if (!pen_omemo_store_own (&omemo->store, &own))
    return FALSE;
  before = active_devices (omemo, jid);
  if (before == NULL)
    return FALSE;
  now = select_devices (devices, is_own ? own.device : 0);
  change->added = subtract (now, before);
  change->removed = subtract (before, now);
  return TRUE;
}

gboolean
pen_omemo_learn_devices (PenOmemo *omemo, const char *jid, const GArray *devices, PenOmemoChange *change,
                         GError **error)
{
  PenOmemoChange found = { NULL, NULL };
  gboolean learned;

  if (change != NULL)
    *change = found;
  pen_omemo_store_reset (&omemo->store);
  if (!pen_omemo_check_jid (jid, error) || !pen_omemo_enter (omemo, error))
    return FALSE;
  learned = compare (omemo, jid, devices, &found) && apply (omemo, jid, &found);
  if (!learned)
    {
      pen_omemo_undo (omemo);
      pen_omemo_fail (omemo, SG_ERR_UNKNOWN, error);
    }
  else
    learned = pen_omemo_leave (omemo, error);
  if (learned && change != NULL)
    *change = found;
  else
    pen_omemo_change_clear (&found);
  return learned;
}

void
pen_omemo_change_clear (PenOmemoChange *change)
{
  g_clear_pointer (&change->added, g_array_unref);
  g_clear_pointer (&change->removed, g_array_unref);
}

/* Asking */

static void
free_device (gpointer device)
{
  pen_omemo_device_free (device);
}

static PenOmemoDevice *
read_device (sqlite3_stmt *statement)
{
  PenOmemoDevice *device = g_new0 (PenOmemoDevice, 1);
  const guint8 *identity = sqlite3_column_blob (statement, 1);
  int trust = sqlite3_column_int (statement, 2);

  device->device = (guint32) sqlite3_column_int64 (statement, 0);
  if (identity != NULL && sqlite3_column_bytes (statement, 1) == PEN_OMEMO_PUBLIC_KEY_BYTES)
    device->fingerprint = pen_omemo_hex (identity);
  device->trust = trust >= 0 && trust <= PEN_OMEMO_DISTRUSTED ? (PenOmemoTrust) trust : PEN_OMEMO_UNDECIDED;
  device->is_active = sqlite3_column_int (statement, 3) != 0;
  device->last_seen_us = sqlite3_column_int64 (statement, 4);
  device->has_session = sqlite3_column_int (statement, 5) != 0;
  return device;
}

GPtrArray *
pen_omemo_devices (PenOmemo *omemo, const char *jid, GError **error)
{
  static const char sql[] =
    "SELECT device, identity, trust, active, last_seen_us, EXISTS (SELECT 1 FROM omemo_session s"
    "  WHERE s.account = ?1 AND s.jid = ?2 AND s.device = omemo_device.device)"
    " FROM omemo_device WHERE account = ?1 AND jid = ?2 ORDER BY device";
  g_autoptr (GPtrArray) devices = g_ptr_array_new_with_free_func (free_device);
  sqlite3_stmt *statement;
  int found;

  pen_omemo_store_reset (&omemo->store);
  if (!pen_omemo_check_jid (jid, error))
    return NULL;
  statement = pen_omemo_store_query (&omemo->store, sql, "t", jid);
  while ((found = pen_omemo_store_step (&omemo->store, statement)) == 1)
    g_ptr_array_add (devices, read_device (statement));
  if (found == 0)
    return g_steal_pointer (&devices);
  pen_omemo_fail (omemo, SG_ERR_UNKNOWN, error);
  return NULL;
}

/* Whether the device has shown a key. */
static gboolean
is_known (PenOmemo *omemo, const char *jid, guint32 device, GError **error)
{
  static const char sql[] = "SELECT 1 FROM omemo_device"
                            " WHERE account = ?1 AND jid = ?2 AND device = ?3 AND identity IS NOT NULL";
  gint64 number;

  if (!pen_omemo_check_jid (jid, error))
    return FALSE;
  number = pen_omemo_store_number (&omemo->store,
                                   pen_omemo_store_query (&omemo->store, sql, "ti", jid, (gint64) device), 0);
  if (number == -1)
    return pen_omemo_fail (omemo, SG_ERR_UNKNOWN, error);
  if (number == 0)
    g_set_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_NO_DEVICE,
                 _("No key of a device %u of %s is known, so there is nothing to trust yet."), device, jid);
  return number != 0;
}

gboolean
pen_omemo_trust (PenOmemo *omemo, const char *jid, guint32 device, PenOmemoTrust trust, GError **error)
{
  static const char sql[] = "UPDATE omemo_device SET trust = ?4 WHERE account = ?1 AND jid = ?2 AND device = ?3";

  g_return_val_if_fail ((guint) trust <= PEN_OMEMO_DISTRUSTED, FALSE);

  pen_omemo_store_reset (&omemo->store);
  if (!is_known (omemo, jid, device, error))
    return FALSE;
  if (pen_omemo_store_change (&omemo->store, sql, "tii", jid, (gint64) device, (gint64) trust))
    return TRUE;
  return pen_omemo_fail (omemo, SG_ERR_UNKNOWN, error);
}

static gboolean
forget (PenOmemo *omemo, const char *jid, gint64 device)
{
  static const char session[] = "DELETE FROM omemo_session WHERE account = ?1 AND jid = ?2 AND device = ?3";
  static const char unlisted[] = "DELETE FROM omemo_device WHERE account = ?1 AND jid = ?2 AND device = ?3"
                                 " AND active = 0";
  static const char listed[] = "UPDATE omemo_device SET identity = NULL, trust = 0, last_seen_us = 0"
                               " WHERE account = ?1 AND jid = ?2 AND device = ?3";

  return pen_omemo_store_change (&omemo->store, session, "ti", jid, device)
         && pen_omemo_store_change (&omemo->store, unlisted, "ti", jid, device)
         && pen_omemo_store_change (&omemo->store, listed, "ti", jid, device);
}

gboolean
pen_omemo_forget_device (PenOmemo *omemo, const char *jid, guint32 device, GError **error)
{
  pen_omemo_store_reset (&omemo->store);
  if (!is_known (omemo, jid, device, error) || !pen_omemo_enter (omemo, error))
    return FALSE;
  if (forget (omemo, jid, device))
    return pen_omemo_leave (omemo, error);
  pen_omemo_undo (omemo);
  return pen_omemo_fail (omemo, SG_ERR_UNKNOWN, error);
}

/* Missing sessions */

static void
free_peer (gpointer peer)
{
  pen_omemo_peer_free (peer);
}

static gboolean
add_missing (PenOmemo *omemo, const char *jid, guint32 own, GPtrArray *peers)
{
  static const char sql[] =
    "SELECT device FROM omemo_device WHERE account = ?1 AND jid = ?2 AND active = 1 AND device <> ?3"
    " AND (identity IS NULL OR trust IN (?4, ?5)) AND NOT EXISTS (SELECT 1 FROM omemo_session s"
    "  WHERE s.account = ?1 AND s.jid = ?2 AND s.device = omemo_device.device) ORDER BY device";
  g_autoptr (GArray) devices =
    pen_omemo_store_devices (&omemo->store,
                             pen_omemo_store_query (&omemo->store, sql, "tiii", jid, (gint64) own,
                                                    (gint64) PEN_OMEMO_BLIND, (gint64) PEN_OMEMO_TRUSTED));

  for (guint i = 0; devices != NULL && i < devices->len; i++)
    {
      PenOmemoPeer *peer = g_new0 (PenOmemoPeer, 1);

      peer->jid = g_strdup (jid);
      peer->device = g_array_index (devices, guint32, i);
      g_ptr_array_add (peers, peer);
    }
  return devices != NULL;
}

GPtrArray *
pen_omemo_missing (PenOmemo *omemo, const char *const *jids, GError **error)
{
  g_autoptr (GPtrArray) peers = g_ptr_array_new_with_free_func (free_peer);
  const char *account = omemo->store.account;
  PenOmemoOwn own;
  gboolean asked;

  pen_omemo_store_reset (&omemo->store);
  asked = pen_omemo_store_own (&omemo->store, &own);
  for (guint i = 0; asked && jids[i] != NULL; i++)
    if (!g_str_equal (jids[i], account))
      asked = add_missing (omemo, jids[i], 0, peers);
  if (asked && add_missing (omemo, account, own.device, peers))
    return g_steal_pointer (&peers);
  pen_omemo_fail (omemo, SG_ERR_UNKNOWN, error);
  return NULL;
}
