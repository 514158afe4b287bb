/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The saved parts of schedules: bytes in, bytes out; what they mean is schedule-save.c's. */

#include "penregister/schedule-store.h"

#include "database-private.h"

GBytes *
pen_schedule_store_get (PenDatabase *database, const char *account, guint part, GError **error)
{
  static const char sql[] = "SELECT bytes FROM schedule WHERE account = ?1 AND part = ?2";
  sqlite3_stmt *statement = pen_database_query (database, sql, error, "ti", account, (gint64) part);
  GBytes *bytes = NULL;

  if (statement == NULL)
    return NULL;
  if (pen_database_step (database, statement, error) == SQLITE_ROW)
    bytes = g_bytes_new (sqlite3_column_blob (statement, 0), (gsize) sqlite3_column_bytes (statement, 0));
  sqlite3_reset (statement);
  return bytes;
}

gboolean
pen_schedule_store_put (PenDatabase *database, const char *account, guint part, GBytes *bytes, GError **error)
{
  static const char sql[] = "INSERT INTO schedule (account, part, bytes) VALUES (?1, ?2, ?3)"
                            " ON CONFLICT (account, part) DO UPDATE SET bytes = excluded.bytes";
  gsize length_bytes;
  const void *data = g_bytes_get_data (bytes, &length_bytes);

  return pen_database_change (database, sql, error, "tib", account, (gint64) part, data, length_bytes);
}
