/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides that no statement runs without one of its values, and how long a
 * text of a stranger may be in the store. */

#include <string.h>

#include "database-private.h"

int
pen_database_bind_text (sqlite3_stmt *statement, int index, const char *text)
{
  g_autofree char *cut = NULL;
  char *valid;
  gsize length;

  if (text == NULL)
    return sqlite3_bind_null (statement, index);
  length = strnlen (text, PEN_DATABASE_MAX_TEXT_BYTES + 1);
  if (length <= PEN_DATABASE_MAX_TEXT_BYTES && g_utf8_validate_len (text, length, NULL))
    return sqlite3_bind_text (statement, index, text, (int) length, SQLITE_STATIC);

  cut = g_strndup (text, PEN_DATABASE_MAX_TEXT_BYTES);
  valid = g_utf8_make_valid (cut, -1);
  length = strlen (valid);
  /* Each byte that was replaced has become three; and a character that the
   * cut went through has become a replacement, which goes with it. */
  if (length > PEN_DATABASE_MAX_TEXT_BYTES)
    length = (gsize) (g_utf8_find_prev_char (valid, valid + PEN_DATABASE_MAX_TEXT_BYTES + 1) - valid);
  return sqlite3_bind_text (statement, index, valid, (int) length, g_free);
}

static int
bind_blob (sqlite3_stmt *statement, int index, va_list *values)
{
  const void *bytes = va_arg (*values, const void *);
  gsize length_bytes = va_arg (*values, gsize);

  return sqlite3_bind_blob64 (statement, index, bytes, length_bytes, SQLITE_STATIC);
}

static int
bind_one (sqlite3_stmt *statement, int index, char letter, va_list *values)
{
  switch (letter)
    {
    case 'd':
      return sqlite3_bind_int (statement, index, va_arg (*values, int));
    case 'i':
      return sqlite3_bind_int64 (statement, index, va_arg (*values, gint64));
    case 't':
      return sqlite3_bind_text (statement, index, va_arg (*values, const char *), -1, SQLITE_STATIC);
    case 'c':
      return pen_database_bind_text (statement, index, va_arg (*values, const char *));
    case 'b':
      return bind_blob (statement, index, values);
    default:
      g_return_val_if_reached (SQLITE_MISUSE);
    }
}

int
pen_database_bind_values (sqlite3_stmt *statement, int first, const char *format, va_list *values)
{
  int code = SQLITE_OK;

  for (int i = 0; format[i] != '\0' && code == SQLITE_OK; i++)
    code = bind_one (statement, first + i, format[i], values);
  return code;
}

sqlite3_stmt *
pen_database_bound (PenDatabase *database, sqlite3_stmt *statement, int code, GError **error)
{
  if (code == SQLITE_OK)
    return statement;
  pen_database_report (database, code, error);
  sqlite3_reset (statement);
  return NULL;
}

static sqlite3_stmt *
query (PenDatabase *database, const char *sql, GError **error, const char *format, va_list *values)
{
  sqlite3_stmt *statement = pen_database_statement (database, sql, error);

  if (statement == NULL)
    return NULL;
  return pen_database_bound (database, statement, pen_database_bind_values (statement, 1, format, values), error);
}

sqlite3_stmt *
pen_database_query (PenDatabase *database, const char *sql, GError **error, const char *format, ...)
{
  sqlite3_stmt *statement;
  va_list values;

  va_start (values, format);
  statement = query (database, sql, error, format, &values);
  va_end (values);
  return statement;
}

gboolean
pen_database_change (PenDatabase *database, const char *sql, GError **error, const char *format, ...)
{
  sqlite3_stmt *statement;
  va_list values;

  if (!pen_database_begin (database, error))
    return FALSE;
  va_start (values, format);
  statement = query (database, sql, error, format, &values);
  va_end (values);
  return statement != NULL && pen_database_step (database, statement, error) == SQLITE_DONE;
}
