/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Messages that are not done yet. Unlike the ledger's texts they are kept
 * byte for byte or not at all: a message that was cut is not the message. */

#include <glib/gi18n-lib.h>
#include <string.h>

#include "database-private.h"
#include "penregister/outbox.h"

#define COLUMNS "message, account, name, text, route, state, stanza, handed, at_us"

/* In the words of the index of held messages: another form would not find it. */
#define IS_HELD "state = 0"
G_STATIC_ASSERT (PEN_MESSAGE_HELD == 0);

void
pen_outbox_entry_free (PenOutboxEntry *entry)
{
  if (entry == NULL)
    return;
  g_free (entry->message);
  g_free (entry->account);
  g_free (entry->name);
  g_free (entry->text);
  g_free (entry->stanza);
  g_free (entry);
}

void
pen_outbox_entry_hold (PenOutboxEntry *entry)
{
  g_clear_pointer (&entry->stanza, g_free);
  entry->handed = FALSE;
  entry->route = PEN_ROUTE_HOLD;
  entry->state = PEN_MESSAGE_HELD;
}

static gboolean
fits (const char *text, gsize max_bytes)
{
  return text == NULL || strnlen (text, max_bytes + 1) <= max_bytes;
}

static gboolean
check_sizes (const PenOutboxEntry *entry, GError **error)
{
  if (fits (entry->text, PEN_OUTBOX_MAX_BYTES) && fits (entry->stanza, PEN_OUTBOX_MAX_BYTES)
      && fits (entry->message, PEN_DATABASE_MAX_TEXT_BYTES) && fits (entry->account, PEN_DATABASE_MAX_TEXT_BYTES)
      && fits (entry->name, PEN_DATABASE_MAX_TEXT_BYTES))
    return TRUE;
  g_set_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
               _("The message is too long to be kept (more than %d bytes). Send it in parts."), PEN_OUTBOX_MAX_BYTES);
  return FALSE;
}

gboolean
pen_outbox_put (PenDatabase *database, const PenOutboxEntry *entry, GError **error)
{
  static const char sql[] =
    "INSERT INTO outbox (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (message) DO UPDATE SET account = excluded.account, name = excluded.name, text = excluded.text,"
    " route = excluded.route, state = excluded.state, stanza = excluded.stanza, handed = excluded.handed,"
    " at_us = excluded.at_us";

  g_return_val_if_fail (entry->message != NULL && entry->account != NULL, FALSE);
  g_return_val_if_fail (entry->name != NULL && entry->text != NULL, FALSE);

  return check_sizes (entry, error)
         && pen_database_change (database, sql, error, "ttttddtdi", entry->message, entry->account, entry->name,
                                 entry->text, (int) entry->route, (int) entry->state, entry->stanza,
                                 (int) (entry->handed != FALSE), entry->at_us);
}

static PenOutboxEntry *
read_entry (sqlite3_stmt *statement)
{
  PenOutboxEntry *entry = g_new0 (PenOutboxEntry, 1);
  int route = sqlite3_column_int (statement, 4);
  int state = sqlite3_column_int (statement, 5);

  entry->message = pen_database_column_text (statement, 0);
  entry->account = pen_database_column_text (statement, 1);
  entry->name = pen_database_column_text (statement, 2);
  entry->text = pen_database_column_text (statement, 3);
  /* A number outside the list was not written by us: hold, and ask. */
  entry->route = route >= 0 && route < PEN_N_ROUTES ? (PenRoute) route : PEN_ROUTE_HOLD;
  entry->state = state >= 0 && state < PEN_N_MESSAGE_STATES ? (PenMessageState) state : PEN_MESSAGE_UNKNOWN;
  entry->stanza = pen_database_column_text (statement, 6);
  entry->handed = sqlite3_column_int (statement, 7) != 0;
  entry->at_us = sqlite3_column_int64 (statement, 8);
  return entry;
}

PenOutboxEntry *
pen_outbox_get (PenDatabase *database, const char *message, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM outbox WHERE message = ?";
  sqlite3_stmt *statement = pen_database_query (database, sql, error, "t", message);
  PenOutboxEntry *entry = NULL;

  if (statement == NULL)
    return NULL;
  if (pen_database_step (database, statement, error) == SQLITE_ROW)
    entry = read_entry (statement);
  sqlite3_reset (statement);
  return entry;
}

gboolean
pen_outbox_forget_stanza (PenDatabase *database, const char *message, GError **error)
{
  static const char sql[] = "UPDATE outbox SET stanza = NULL WHERE message = ?1";

  return pen_database_change (database, sql, error, "t", message);
}

gboolean
pen_outbox_remove (PenDatabase *database, const char *message, GError **error)
{
  static const char sql[] = "DELETE FROM outbox WHERE message = ?";

  return pen_database_change (database, sql, error, "t", message);
}

static GPtrArray *
read_all (PenDatabase *database, sqlite3_stmt *statement, GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify) pen_outbox_entry_free);
  int code;

  while ((code = pen_database_step (database, statement, error)) == SQLITE_ROW)
    g_ptr_array_add (entries, read_entry (statement));
  return code == SQLITE_DONE ? g_steal_pointer (&entries) : NULL;
}

GPtrArray *
pen_outbox_list (PenDatabase *database, const char *account, const char *name, GError **error)
{
  static const char sql_all[] = "SELECT " COLUMNS " FROM outbox WHERE account = ?1 ORDER BY number";
  static const char sql_one[] = "SELECT " COLUMNS " FROM outbox WHERE account = ?1 AND name = ?2 ORDER BY number";
  sqlite3_stmt *statement = name == NULL ? pen_database_query (database, sql_all, error, "t", account)
                                         : pen_database_query (database, sql_one, error, "tt", account, name);

  return statement != NULL ? read_all (database, statement, error) : NULL;
}

GPtrArray *
pen_outbox_held (PenDatabase *database, const char *account, const char *name, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM outbox WHERE account = ?1 AND name = ?2 AND " IS_HELD
                            " ORDER BY number";
  sqlite3_stmt *statement = pen_database_query (database, sql, error, "tt", account, name);

  return statement != NULL ? read_all (database, statement, error) : NULL;
}

gboolean
pen_outbox_has_held (PenDatabase *database, const char *account, const char *name)
{
  static const char sql[] = "SELECT EXISTS (SELECT 1 FROM outbox WHERE account = ?1 AND name = ?2 AND " IS_HELD ")";
  sqlite3_stmt *statement = pen_database_query (database, sql, NULL, "tt", account, name);
  gboolean has_held;

  if (statement == NULL)
    return FALSE;
  has_held = pen_database_step (database, statement, NULL) == SQLITE_ROW && sqlite3_column_int (statement, 0) != 0;
  sqlite3_reset (statement);
  return has_held;
}
