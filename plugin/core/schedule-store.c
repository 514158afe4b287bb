/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The saved parts of schedules: bytes in, bytes out; what they mean is schedule-save.c's. */

#include "penregister/schedule-store.h"

#include "database-private.h"

GBytes *
pen_schedule_store_get (PenDatabase *database, const char *account, guint part, GError **error)
{
  sqlite3_stmt *statement
    = pen_database_statement (database, "SELECT bytes FROM schedule WHERE account = ?1 AND part = ?2", error);
  GBytes *bytes = NULL;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_text (statement, 1, account, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 2, part);
  if (pen_database_step (database, statement, error) == SQLITE_ROW)
    bytes = g_bytes_new (sqlite3_column_blob (statement, 0), (gsize) sqlite3_column_bytes (statement, 0));
  sqlite3_reset (statement);
  return bytes;
}

gboolean
pen_schedule_store_put (PenDatabase *database, const char *account, guint part, GBytes *bytes, GError **error)
{
  sqlite3_stmt *statement
    = pen_database_statement (database, "INSERT INTO schedule (account, part, bytes) VALUES (?1, ?2, ?3)"
                              " ON CONFLICT (account, part) DO UPDATE SET bytes = excluded.bytes", error);
  gsize length;
  const void *data = g_bytes_get_data (bytes, &length);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, account, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 2, part);
  sqlite3_bind_blob64 (statement, 3, data, length, SQLITE_STATIC);
  return pen_database_step (database, statement, error) == SQLITE_DONE;
}

gboolean
pen_schedule_store_clear (PenDatabase *database, const char *account, GError **error)
{
  sqlite3_stmt *statement = pen_database_statement (database, "DELETE FROM schedule WHERE account = ?1", error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, account, -1, SQLITE_STATIC);
  return pen_database_step (database, statement, error) == SQLITE_DONE;
}
