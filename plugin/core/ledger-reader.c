/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* A reader beside the main loop: a ledger on a handle that cannot write, and
 * a question that another thread can stop. */

#include "penregister/ledger-reader.h"

#include <glib/gi18n-lib.h>

#include "ledger-private.h"

/* How many of SQLite's steps pass before it looks whether to stop: about a millisecond's work. */
#define STEPS_TO_LOOK 10000

struct _PenLedgerReader
{
  PenDatabase *database;
  PenLedger *ledger;
};

static gint64
tell_no_time (gpointer data)
{
  return 0;
}

/* Nothing that a reader does asks for the time. */
static const PenClock no_clock = { tell_no_time, NULL };

PenLedgerReader *
pen_ledger_reader_open (const char *path, GError **error)
{
  PenDatabase *database = pen_database_open_to_read (path, error);
  PenLedgerReader *reader;

  if (database == NULL)
    return NULL;
  reader = g_new0 (PenLedgerReader, 1);
  reader->database = database;
  reader->ledger = pen_ledger_new (database, &no_clock);
  return reader;
}

void
pen_ledger_reader_close (PenLedgerReader *reader)
{
  if (reader == NULL)
    return;
  pen_ledger_free (reader->ledger);
  pen_database_close (reader->database);
  g_free (reader);
}

static int
look_whether_to_stop (gpointer data)
{
  return g_atomic_int_get ((const gint *) data) != 0;
}

static void
watch (PenLedgerReader *reader, const gint *stop)
{
  sqlite3_progress_handler (pen_database_handle (reader->database), stop != NULL ? STEPS_TO_LOOK : 0,
                            look_whether_to_stop, (gpointer) stop);
}

/* SQLite's words for it would blame the disk. */
static void
end_watch (PenLedgerReader *reader, const gint *stop, gboolean failed, GError **error)
{
  watch (reader, NULL);
  if (!failed || stop == NULL || g_atomic_int_get (stop) == 0)
    return;
  g_clear_error (error);
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_INTR, _("Reading was stopped."));
}

GArray *
pen_ledger_reader_numbers (PenLedgerReader *reader, const PenLedgerFilter *filter, const PenLedgerSpan *span,
                           GError **error)
{
  GArray *numbers;

  watch (reader, span->stop);
  numbers = pen_ledger_query_numbers (reader->ledger, filter, span, error);
  end_watch (reader, span->stop, numbers == NULL, error);
  return numbers;
}

gboolean
pen_ledger_reader_totals (PenLedgerReader *reader, const PenLedgerFilter *filter, const gint *stop,
                          PenLedgerTotals *totals, GError **error)
{
  gboolean done;

  watch (reader, stop);
  done = pen_ledger_query_totals (reader->ledger, filter, totals, error);
  end_watch (reader, stop, !done, error);
  return done;
}

static gboolean
run (PenLedgerReader *reader, const char *sql, GError **error)
{
  sqlite3_stmt *statement = pen_database_prepare (reader->database, sql, error);
  gboolean done = statement != NULL && pen_database_step (reader->database, statement, error) == SQLITE_DONE;

  sqlite3_finalize (statement);
  return done;
}

static gboolean
read_rows (PenLedgerReader *reader, const gint64 *numbers, GPtrArray *rows, guint n_numbers, GError **error)
{
  static const char sql[] = "SELECT " PEN_LEDGER_COLUMNS " FROM ledger WHERE row = ?";
  sqlite3_stmt *statement = pen_database_statement (reader->database, sql, error);
  int code = statement == NULL ? -1 : SQLITE_DONE;

  for (guint i = 0; i < n_numbers && code != -1; i++)
    {
      sqlite3_bind_int64 (statement, 1, numbers[i]);
      code = pen_database_step (reader->database, statement, error);
      g_ptr_array_add (rows, code == SQLITE_ROW ? pen_ledger_row_read (statement) : NULL);
      sqlite3_reset (statement);
    }
  return code != -1;
}

static void
free_row (gpointer row)
{
  pen_ledger_row_free (row);
}

GPtrArray *
pen_ledger_reader_rows (PenLedgerReader *reader, const gint64 *numbers, guint n_numbers, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_full (n_numbers, free_row);
  gboolean done;

  /* One transaction for all of them: a lock each would cost more than the reading. */
  if (!run (reader, "BEGIN", error))
    return NULL;
  done = read_rows (reader, numbers, rows, n_numbers, error);
  if (!run (reader, done ? "COMMIT" : "ROLLBACK", done ? error : NULL) || !done)
    return NULL;
  return g_steal_pointer (&rows);
}

gint64
pen_ledger_reader_export (PenLedgerReader *reader, const PenLedgerFilter *filter, const char *path, const char *format,
                          GError **error)
{
  return pen_ledger_export (reader->ledger, filter, path, format, error);
}
