/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Reads the rows of a report from the store, some at a time, so that whoever
 * waits for it need not stand still. A statement lives for one step: between
 * steps nothing keeps the log from being truncated. */

#include "exposure-private.h"
#include "ledger-private.h"

/* @next: number of the row to look at next; @last: of the last one */
struct _PenExposureReport
{
  PenLedger *ledger;
  PenExposureTally *tally;
  char *account;
  gint64 since_us;
  gint64 next;
  gint64 last;
};

/* Returns: the row that a question with the report's first moment finds, @none without one, -1 with @error set */
static gint64
find_row (PenExposureReport *report, const char *sql, gint64 none, GError **error)
{
  sqlite3_stmt *statement = pen_database_query (report->ledger->database, sql, error, "i", report->since_us);
  gint64 row = -1;

  if (statement == NULL)
    return -1;
  switch (pen_database_step (report->ledger->database, statement, error))
    {
    case SQLITE_ROW:
      row = sqlite3_column_type (statement, 0) != SQLITE_NULL ? sqlite3_column_int64 (statement, 0) : none;
      break;
    case SQLITE_DONE:
      row = none;
      break;
    default:
      break;
    }
  sqlite3_reset (statement);
  return row;
}

/* Rows are nearly in the order of time, so that few of those between are
 * outside the days. Looking for the first is a scan, which a ledger that
 * holds nothing older is spared. */
static gboolean
find_ends (PenExposureReport *report, GError **error)
{
  static const char any_older[] = "SELECT row FROM ledger INDEXED BY ledger_at WHERE at_us < ? LIMIT 1";
  static const char first[] = "SELECT min (row) FROM ledger INDEXED BY ledger_at WHERE at_us >= ?";
  gint64 older = find_row (report, any_older, 0, error);

  report->next = older > 0 ? find_row (report, first, G_MAXINT64, error) : older;
  report->last = report->next >= 0 ? pen_ledger_last_row (report->ledger, error) : -1;
  return report->next >= 0 && report->last >= 0;
}

PenExposureReport *
pen_exposure_report_begin (PenLedger *ledger, const PenExposureQuery *query, GError **error)
{
  g_autoptr (PenExposureReport) report = g_new0 (PenExposureReport, 1);
  PenExposureQuery whole = *query;

  if (whole.until_us == 0)
    whole.until_us = pen_clock_now_us (ledger->clock) + 1;
  report->ledger = ledger;
  report->account = g_strdup (query->account);
  report->tally = pen_exposure_begin (&whole);
  report->since_us = report->tally->since_us;
  return find_ends (report, error) ? g_steal_pointer (&report) : NULL;
}

void
pen_exposure_report_free (PenExposureReport *report)
{
  if (report == NULL)
    return;
  pen_exposure_tally_free (report->tally);
  g_free (report->account);
  g_free (report);
}

/* What is not wanted is passed over here, so that a step looks at so many rows and not at more. */
static void
read_row (PenExposureReport *report, sqlite3_stmt *statement)
{
  PenExposureRow row = { .row = sqlite3_column_int64 (statement, 0),
                         .at_us = sqlite3_column_int64 (statement, 1),
                         .kind = sqlite3_column_int (statement, 2),
                         .trigger = sqlite3_column_int (statement, 3),
                         .status = sqlite3_column_int (statement, 4),
                         .attempts = sqlite3_column_int (statement, 5),
                         .cover = sqlite3_column_int (statement, 6) != 0,
                         .address = (const char *) sqlite3_column_text (statement, 7),
                         .observers = (const char *) sqlite3_column_text (statement, 8),
                         .source = (const char *) sqlite3_column_text (statement, 9),
                         .batch = (const char *) sqlite3_column_text (statement, 10),
                         .retained_until_us = sqlite3_column_int64 (statement, 11) };

  report->next = row.row + 1;
  if (report->account == NULL || sqlite3_column_int (statement, 12) != 0)
    pen_exposure_add (report->tally, &row);
}

gboolean
pen_exposure_report_step (PenExposureReport *report, guint rows, gboolean *done, GError **error)
{
  static const char sql[] =
    "SELECT row, at_us, kind, trigger, status, attempts, cover, address, observers, source,"
    " CASE trigger WHEN ?4 THEN batch END, retained_until_us, account IS ?5 FROM ledger NOT INDEXED WHERE row BETWEEN ?1 AND ?2 ORDER BY row LIMIT ?3";
  PenDatabase *database = report->ledger->database;
  sqlite3_stmt *statement;
  sqlite3_mutex *mutex;
  guint n_read = 0;
  int code;

  *done = report->next > report->last;
  if (*done)
    return TRUE;
  statement = pen_database_query (database, sql, error, "iiidt", report->next, report->last, (gint64) rows,
                                  (int) PEN_TRIGGER_SCHEDULE, report->account);
  if (statement == NULL)
    return FALSE;
  /* Held once: else each value of each row takes it and gives it back, which is a fifth of the time. */
  mutex = sqlite3_db_mutex (sqlite3_db_handle (statement));
  sqlite3_mutex_enter (mutex);
  for (; (code = pen_database_step (database, statement, error)) == SQLITE_ROW; n_read++)
    read_row (report, statement);
  sqlite3_mutex_leave (mutex);
  if (code != SQLITE_DONE)
    return FALSE;
  *done = n_read < rows || report->next > report->last;
  return TRUE;
}

PenExposure *
pen_exposure_report_end (PenExposureReport *report)
{
  PenExposure *exposure = pen_exposure_finish (g_steal_pointer (&report->tally));

  pen_exposure_report_free (report);
  return exposure;
}

PenExposure *
pen_exposure_report (PenLedger *ledger, const PenExposureQuery *query, GError **error)
{
  g_autoptr (PenExposureReport) report = pen_exposure_report_begin (ledger, query, error);
  gboolean done = FALSE;

  while (report != NULL && !done)
    if (!pen_exposure_report_step (report, PEN_EXPOSURE_STEP_ROWS, &done, error))
      return NULL;
  return report != NULL ? pen_exposure_report_end (g_steal_pointer (&report)) : NULL;
}
