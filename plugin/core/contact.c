/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What is kept of a person between runs, and single settings of the program. */

#include "database-private.h"
#include "penregister/contact.h"

#define COLUMNS "account, name, state, origin, asked_at_us, devices, pinned, choice, override, jids, wire"

void
pen_contact_free (PenContact *contact)
{
  if (contact == NULL)
    return;
  g_free (contact->account);
  g_free (contact->name);
  g_free (contact->jids);
  g_free (contact->wire);
  g_free (contact);
}

gboolean
pen_contact_has_jid (const PenContact *contact, const char *jid)
{
  g_auto (GStrv) jids = g_strsplit (contact->jids != NULL ? contact->jids : "", " ", -1);

  return *jid != '\0' && g_strv_contains ((const char *const *) jids, jid);
}

static PenContact *
make_blank (const char *account, const char *name)
{
  PenContact *contact = g_new0 (PenContact, 1);

  contact->account = g_strdup (account);
  contact->name = g_strdup (name);
  contact->state = PEN_CAPABILITY_UNKNOWN;
  contact->origin = PEN_ORIGIN_NONE;
  contact->choice = PEN_CHOICE_ASK;
  contact->when = -1;
  return contact;
}

static int
read_member (sqlite3_stmt *statement, int column, int n_members, int otherwise)
{
  int value = sqlite3_column_int (statement, column);

  return value >= 0 && value < n_members ? value : otherwise;
}

static void
read_contact (PenContact *contact, sqlite3_stmt *statement)
{
  contact->state = (PenCapabilityState) read_member (statement, 2, PEN_N_CAPABILITIES, PEN_CAPABILITY_UNKNOWN);
  contact->origin = (PenOrigin) read_member (statement, 3, PEN_N_ORIGINS, PEN_ORIGIN_NONE);
  contact->asked_at_us = sqlite3_column_int64 (statement, 4);
  contact->devices = (guint) sqlite3_column_int64 (statement, 5);
  contact->pinned = sqlite3_column_int (statement, 6) != 0;
  contact->choice = (PenChoice) read_member (statement, 7, PEN_N_CHOICES, PEN_CHOICE_ASK);
  contact->when = read_member (statement, 8, PEN_N_WHENS, -1);
  contact->jids = pen_database_column_text (statement, 9);
  contact->wire = pen_database_column_text (statement, 10);
}

PenContact *
pen_contact_load (PenDatabase *database, const char *account, const char *name, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM contact WHERE account = ? AND name = ?";
  sqlite3_stmt *statement = pen_database_query (database, sql, error, "cc", account, name);
  g_autoptr (PenContact) contact = NULL;
  int code;

  if (statement == NULL)
    return NULL;
  contact = make_blank (account, name);
  code = pen_database_step (database, statement, error);
  if (code == SQLITE_ROW)
    read_contact (contact, statement);
  sqlite3_reset (statement);
  return code == -1 ? NULL : g_steal_pointer (&contact);
}

char *
pen_contact_number_of (PenDatabase *database, const char *account, const char *jid, GError **error)
{
  static const char sql[] = "SELECT name FROM contact WHERE account = ?1 AND jids <> '' AND choice = ?3"
                            " AND instr (' ' || jids || ' ', ' ' || ?2 || ' ') > 0 ORDER BY name LIMIT 1";
  sqlite3_stmt *statement = pen_database_query (database, sql, error, "ttd", account, jid, (int) PEN_CHOICE_PLAIN);
  char *name = NULL;

  if (statement == NULL)
    return NULL;
  if (pen_database_step (database, statement, error) == SQLITE_ROW)
    name = pen_database_column_text (statement, 0);
  sqlite3_reset (statement);
  return name;
}

gboolean
pen_contact_save (PenDatabase *database, const PenContact *contact, GError **error)
{
  static const char sql[] =
    "INSERT OR REPLACE INTO contact (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

  g_return_val_if_fail (contact->account != NULL && contact->name != NULL, FALSE);

  return pen_database_change (database, sql, error, "ccddiidddcc", contact->account, contact->name,
                              (int) contact->state, (int) contact->origin, contact->asked_at_us,
                              (gint64) contact->devices, (int) (contact->pinned != FALSE), (int) contact->choice,
                              contact->when, contact->jids, contact->wire);
}

gboolean
pen_contact_forget (PenDatabase *database, const char *account, const char *name, GError **error)
{
  static const char sql[] = "DELETE FROM contact WHERE account = ?1 AND (?2 IS NULL OR name = ?2)";

  return pen_database_change (database, sql, error, "cc", account, name);
}

GHashTable *
pen_contact_overrides (PenDatabase *database, const char *account, GError **error)
{
  static const char sql[] = "SELECT name, override FROM contact WHERE account = ? AND override >= 0";
  sqlite3_stmt *statement = pen_database_query (database, sql, error, "c", account);
  GHashTable *overrides;
  int code;

  if (statement == NULL)
    return NULL;
  overrides = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  while ((code = pen_database_step (database, statement, error)) == SQLITE_ROW)
    g_hash_table_insert (overrides, pen_database_column_text (statement, 0),
                         GINT_TO_POINTER (sqlite3_column_int (statement, 1)));
  sqlite3_reset (statement);
  if (code != SQLITE_DONE)
    g_clear_pointer (&overrides, g_hash_table_unref);
  return overrides;
}

char *
pen_setting_get (PenDatabase *database, const char *key, GError **error)
{
  static const char sql[] = "SELECT value FROM setting WHERE key = ?";
  sqlite3_stmt *statement = pen_database_query (database, sql, error, "c", key);
  char *value = NULL;

  if (statement == NULL)
    return NULL;
  if (pen_database_step (database, statement, error) == SQLITE_ROW)
    value = pen_database_column_text (statement, 0);
  sqlite3_reset (statement);
  return value;
}

gboolean
pen_setting_set (PenDatabase *database, const char *key, const char *value, GError **error)
{
  static const char sql_set[] = "INSERT OR REPLACE INTO setting (key, value) VALUES (?1, ?2)";
  static const char sql_unset[] = "DELETE FROM setting WHERE key = ?1";

  return value != NULL ? pen_database_change (database, sql_set, error, "cc", key, value)
                       : pen_database_change (database, sql_unset, error, "c", key);
}
