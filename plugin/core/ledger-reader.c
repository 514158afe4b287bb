/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* A reader beside the main loop: a ledger on a handle that cannot write, and
 * a question that another thread can stop. Looking for a text means looking
 * at every row: the rows are shared out in stretches among threads, each with
 * a handle of its own. */

#include "penregister/ledger-reader.h"

#include <glib/gi18n-lib.h>

#include "ledger-private.h"

/* How many of SQLite's steps pass before it looks whether to stop: about a millisecond's work. */
#define STEPS_TO_LOOK 10000

#define MAX_PARTS 4
/* Fewer are looked through before a thread has begun. */
#define MIN_PART_ROWS 20000

struct _PenLedgerReader
{
  PenDatabase *database;
  PenLedger *ledger;
  PenLedgerReader *helpers[MAX_PARTS - 1];
};

/* One stretch of rows. @enough: what the newer stretches hold suffices. */
typedef struct
{
  PenLedgerReader *reader;
  const PenLedgerFilter *filter;
  PenLedgerSpan span;
  gint enough;
  GThread *thread;
  GArray *numbers;
  GError *error;
} Part;

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
  for (guint i = 0; i < G_N_ELEMENTS (reader->helpers); i++)
    pen_ledger_reader_close (reader->helpers[i]);
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

static int
look_whether_to_stop_part (gpointer data)
{
  const Part *part = data;

  return g_atomic_int_get (&part->enough) != 0 || (part->span.stop != NULL && g_atomic_int_get (part->span.stop) != 0);
}

static gpointer
run_part (gpointer data)
{
  Part *part = data;
  sqlite3 *handle = pen_database_handle (part->reader->database);

  sqlite3_progress_handler (handle, STEPS_TO_LOOK, look_whether_to_stop_part, part);
  part->numbers = pen_ledger_query_numbers (part->reader->ledger, part->filter, &part->span, &part->error);
  sqlite3_progress_handler (handle, 0, NULL, NULL);
  return NULL;
}

/* Returns: how many threads can look: each needs a handle. */
static guint
open_helpers (PenLedgerReader *reader, gint64 rows)
{
  guint n_parts = (guint) CLAMP (rows / MIN_PART_ROWS, 1, (gint64) MIN (MAX_PARTS, g_get_num_processors ()));

  for (guint i = 0; i + 1 < n_parts; i++)
    {
      if (reader->helpers[i] == NULL)
        reader->helpers[i] = pen_ledger_reader_open (pen_database_path (reader->database), NULL);
      if (reader->helpers[i] == NULL)
        return i + 1;
    }
  return n_parts;
}

/* The newest first. */
static void
share_out (Part *parts, guint n_parts, const PenLedgerExtent *all)
{
  gint64 step = (all->last - all->first) / n_parts + 1;

  for (guint i = 0; i < n_parts; i++)
    {
      parts[i].span.until = i == 0 ? 0 : parts[i - 1].span.after;
      parts[i].span.after = i + 1 == n_parts ? 0 : all->last - (gint64) (i + 1) * step;
    }
}

/* Returns: whether @numbers holds all that was asked for. */
static gboolean
gather (GArray *numbers, const Part *part)
{
  guint limit = part->span.limit;
  guint n_more = part->numbers->len;

  if (limit > 0)
    n_more = MIN (n_more, limit - numbers->len);
  g_array_append_vals (numbers, part->numbers->data, n_more);
  return limit > 0 && numbers->len >= limit;
}

static void
run_parts (Part *parts, guint n_parts)
{
  for (guint i = 1; i < n_parts; i++)
    parts[i].thread = g_thread_new ("pen-search", run_part, &parts[i]);
  run_part (&parts[0]);
  for (guint i = 1; i < n_parts; i++)
    {
      if (parts[0].numbers == NULL || (parts[0].span.limit > 0 && parts[0].numbers->len >= parts[0].span.limit))
        g_atomic_int_set (&parts[i].enough, 1);
      g_thread_join (parts[i].thread);
    }
}

static GArray *
search (PenLedgerReader *reader, const PenLedgerFilter *filter, const PenLedgerSpan *span, GError **error)
{
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (gint64));
  Part parts[MAX_PARTS] = { 0 };
  PenLedgerExtent all;
  gboolean done = FALSE;
  gboolean failed = FALSE;
  guint n_parts;

  if (!pen_ledger_query_extent (reader->ledger, &all, error))
    return NULL;
  n_parts = open_helpers (reader, all.rows);
  for (guint i = 0; i < n_parts; i++)
    parts[i] = (Part) { .reader = i == 0 ? reader : reader->helpers[i - 1], .filter = filter, .span = *span };
  share_out (parts, n_parts, &all);
  run_parts (parts, n_parts);
  for (guint i = 0; i < n_parts; i++)
    {
      if (!done && !failed && parts[i].numbers == NULL)
        {
          failed = TRUE;
          g_propagate_error (error, g_steal_pointer (&parts[i].error));
        }
      done = done || (!failed && gather (numbers, &parts[i]));
      g_clear_pointer (&parts[i].numbers, g_array_unref);
      g_clear_error (&parts[i].error);
    }
  return failed ? NULL : g_steal_pointer (&numbers);
}

GArray *
pen_ledger_reader_numbers (PenLedgerReader *reader, const PenLedgerFilter *filter, const PenLedgerSpan *span,
                           GError **error)
{
  gboolean is_search = filter->text != NULL && *filter->text != '\0' && filter->address == NULL && span->after == 0
                       && span->until == 0;
  GArray *numbers;

  watch (reader, span->stop);
  numbers = is_search ? search (reader, filter, span, error)
                      : pen_ledger_query_numbers (reader->ledger, filter, span, error);
  /* A short question is answered before it looks whether to stop. */
  if (span->stop != NULL && g_atomic_int_get (span->stop) != 0)
    g_clear_pointer (&numbers, g_array_unref);
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
  sqlite3_stmt *statement;
  int code = SQLITE_DONE;

  for (guint i = 0; i < n_numbers && code != -1; i++)
    {
      statement = pen_database_query (reader->database, sql, error, "i", numbers[i]);
      if (statement == NULL)
        return FALSE;
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
