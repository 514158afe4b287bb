/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* How a row is begun, handed over and finished, and which later news may
 * still change it. */

#include "ledger-private.h"

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

/* Which news changes a row, by what the row says now. An error wins over
 * everything that was sent, an answer over silence; what never left stays as
 * it is. A row is never finished back to recorded or sent. */
static const gboolean changes[PEN_N_ROW_STATUSES][PEN_N_ROW_STATUSES] = {
  [PEN_ROW_RECORDED] = {
    [PEN_ROW_ANSWERED] = TRUE, [PEN_ROW_ERROR] = TRUE, [PEN_ROW_TIMEOUT] = TRUE,
    [PEN_ROW_WITHHELD] = TRUE, [PEN_ROW_DROPPED] = TRUE, [PEN_ROW_UNKNOWN] = TRUE },
  [PEN_ROW_SENT] = {
    [PEN_ROW_ANSWERED] = TRUE, [PEN_ROW_ERROR] = TRUE, [PEN_ROW_TIMEOUT] = TRUE,
    [PEN_ROW_DROPPED] = TRUE, [PEN_ROW_UNKNOWN] = TRUE },
  [PEN_ROW_ANSWERED] = { [PEN_ROW_ERROR] = TRUE },
  [PEN_ROW_TIMEOUT] = { [PEN_ROW_ANSWERED] = TRUE, [PEN_ROW_ERROR] = TRUE },
  [PEN_ROW_UNKNOWN] = { [PEN_ROW_ANSWERED] = TRUE, [PEN_ROW_ERROR] = TRUE },
};

PenLedger *
pen_ledger_new (PenDatabase *database, const PenClock *clock)
{
  PenLedger *ledger = g_new0 (PenLedger, 1);

  ledger->database = database;
  ledger->clock = clock;
  ledger->retention_days = PEN_LEDGER_RETENTION_DAYS;
  pen_ledger_query_register (database);
  return ledger;
}

void
pen_ledger_free (PenLedger *ledger)
{
  g_free (ledger);
}

void
pen_ledger_set_retention (PenLedger *ledger, guint days)
{
  ledger->retention_days = days;
}

gboolean
pen_ledger_append (PenLedger *ledger, PenLedgerRow *row, GError **error)
{
  static const char sql[] =
    "INSERT INTO ledger (at_us, account, kind, address, cover, trigger, observers, observer_bits, source, stanza,"
    " attempts, bytes_out, bytes_in, status, answered_at_us, result, batch, disclosed, rule, retained_until_us)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  g_autofree char *observers = NULL;

  g_return_val_if_fail ((guint) row->kind < PEN_N_KINDS && (guint) row->trigger < PEN_N_TRIGGERS, FALSE);
  g_return_val_if_fail ((guint) row->status < PEN_N_ROW_STATUSES, FALSE);
  g_return_val_if_fail ((guint) row->disclosed < PEN_N_DISCLOSED, FALSE);

  if (row->at_us == 0)
    row->at_us = pen_clock_now_us (ledger->clock);
  if (row->retained_until_us == 0)
    row->retained_until_us = row->at_us + PEN_LEDGER_RETENTION_DAYS * DAY_US;
  observers = pen_ledger_observers_to_text (row);
  if (!pen_database_change (ledger->database, sql, error, "icdcddcdccdiidiccdci", row->at_us,
                            row->account == NULL ? "" : row->account, (int) row->kind,
                            row->address == NULL ? "" : row->address, (int) (row->cover != FALSE),
                            (int) row->trigger, observers, pen_ledger_observer_bits (row), row->source, row->stanza,
                            row->attempts, row->bytes_out, row->bytes_in, (int) row->status, row->answered_at_us,
                            row->result, row->batch, (int) row->disclosed, row->rule, row->retained_until_us))
    return FALSE;
  row->row = sqlite3_last_insert_rowid (pen_database_handle (ledger->database));
  return TRUE;
}

gboolean
pen_ledger_mark_sent (PenLedger *ledger, gint64 row, GError **error)
{
  static const char sql[] =
    "UPDATE ledger SET attempts = attempts + 1, status = CASE status WHEN ?2 THEN ?3 ELSE status END WHERE row = ?1";

  if (!pen_database_change (ledger->database, sql, error, "idd", row, (int) PEN_ROW_RECORDED, (int) PEN_ROW_SENT))
    return FALSE;
  if (sqlite3_changes (pen_database_handle (ledger->database)) == 1)
    return TRUE;

  g_set_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
               "Row %" G_GINT64_FORMAT " of the ledger is gone: it was deleted before its request was finished.", row);
  return FALSE;
}

/* One bit for each status that @news changes. */
static int
changed_by (PenRowStatus news)
{
  int bits = 0;

  for (int now = 0; now < PEN_N_ROW_STATUSES; now++)
    if (changes[now][news])
      bits |= 1 << now;
  return bits;
}

gboolean
pen_ledger_finish (PenLedger *ledger, gint64 row, const PenLedgerOutcome *outcome, GError **error)
{
  static const char sql[] =
    "UPDATE ledger SET status = ?2, result = coalesce (?3, result), bytes_in = max (bytes_in, ?4),"
    " answered_at_us = CASE WHEN ?5 > 0 THEN ?5 ELSE answered_at_us END"
    " WHERE row = ?1 AND ((?6 >> status) & 1)";
  gboolean is_answer = outcome->status == PEN_ROW_ANSWERED || outcome->status == PEN_ROW_ERROR;
  gint64 answered_at_us = is_answer ? pen_clock_now_us (ledger->clock) : 0;

  g_return_val_if_fail ((guint) outcome->status < PEN_N_ROW_STATUSES, FALSE);

  return pen_database_change (ledger->database, sql, error, "idciid", row, (int) outcome->status, outcome->result,
                              outcome->bytes_in, answered_at_us, changed_by (outcome->status));
}

PenLedgerRow *
pen_ledger_get (PenLedger *ledger, gint64 row, GError **error)
{
  static const char sql[] = "SELECT " PEN_LEDGER_COLUMNS " FROM ledger WHERE row = ?";
  sqlite3_stmt *statement = pen_database_query (ledger->database, sql, error, "i", row);
  PenLedgerRow *found = NULL;

  if (statement == NULL)
    return NULL;
  if (pen_database_step (ledger->database, statement, error) == SQLITE_ROW)
    found = pen_ledger_row_read (statement);
  sqlite3_reset (statement);
  return found;
}

gint64
pen_ledger_recover (PenLedger *ledger, GError **error)
{
  static const char sql[] =
    "UPDATE ledger SET status = ?1 WHERE row IN"
    " (SELECT row FROM ledger INDEXED BY ledger_narrow WHERE status IN (?2, ?3))";

  if (!pen_database_change (ledger->database, sql, error, "ddd", (int) PEN_ROW_UNKNOWN, (int) PEN_ROW_RECORDED,
                            (int) PEN_ROW_SENT))
    return -1;
  return sqlite3_changes64 (pen_database_handle (ledger->database));
}
