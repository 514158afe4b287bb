/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* How rows are really deleted: secure_delete overwrites them in their pages;
 * the pages are then written anew, because copies of cells that were moved
 * stay in the unused parts of pages; and a checkpoint that truncates the log
 * leaves no older page behind. Only then is the text gone. */

#include "ledger-private.h"
#include "penregister/contact.h"

/* Set from the deletion until its text is gone, so that another process can
 * complete what a crash or a reader interrupted. */
#define SETTING_OPEN "purge-open"
#define SETTING_LAST "last-purge"

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

/**
 * Bounds:
 * @limit: at most so many; -1 for all
 * @last_row: none that is newer
 * @spared: status of rows that stay; -1 for none
 */
typedef struct
{
  gint64 before_us;
  gint64 limit;
  gint64 last_row;
  int spared;
} Bounds;

static gint64
delete_rows (PenLedger *ledger, const Bounds *bounds, GError **error)
{
  static const char sql[] = "DELETE FROM ledger WHERE row IN"
                            " (SELECT row FROM ledger INDEXED BY ledger_at"
                            " WHERE at_us < ?1 AND row <= ?3 AND status <> ?4 ORDER BY at_us LIMIT ?2)";
  g_autofree char *now = pen_ledger_time_to_text (pen_clock_now_us (ledger->clock));
  gint64 removed;

  if (!pen_database_change (ledger->database, sql, error, "iiid", bounds->before_us, (gint64) bounds->limit,
                            (gint64) bounds->last_row, (int) bounds->spared))
    return -1;
  removed = sqlite3_changes64 (pen_database_handle (ledger->database));
  if (!pen_setting_set (ledger->database, SETTING_LAST, now, error))
    return -1;
  if (removed > 0 && !pen_setting_set (ledger->database, SETTING_OPEN, now, error))
    return -1;
  return removed;
}

static gboolean
is_open (PenLedger *ledger, gboolean *open, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *value = pen_setting_get (ledger->database, SETTING_OPEN, &local);

  *open = value != NULL;
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
pen_ledger_purge_complete (PenLedger *ledger, GError **error)
{
  gboolean open;

  if (!pen_database_commit (ledger->database, error) || !is_open (ledger, &open, error))
    return FALSE;
  if (open && !pen_database_scrub (ledger->database, error))
    return FALSE;
  if (!pen_database_truncate_log (ledger->database, error))
    return FALSE;
  if (!open)
    return TRUE;
  if (!pen_setting_set (ledger->database, SETTING_OPEN, NULL, error))
    return FALSE;
  return pen_database_commit (ledger->database, error);
}

static gint64
purge_rows (PenLedger *ledger, const Bounds *bounds, GError **error)
{
  gint64 removed;

  /* What the turn holds already is somebody else's, and must not fail with the purge. */
  if (!pen_database_commit (ledger->database, error))
    return -1;
  if (!pen_database_begin (ledger->database, error))
    return -1;
  removed = delete_rows (ledger, bounds, error);
  if (removed < 0)
    {
      pen_database_rollback (ledger->database);
      return -1;
    }
  return pen_database_commit (ledger->database, error) ? removed : -1;
}

gint64
pen_ledger_last_row (PenLedger *ledger, GError **error)
{
  sqlite3_stmt *statement = pen_database_statement (ledger->database, "SELECT max (row) FROM ledger", error);
  gint64 last;

  if (statement == NULL || pen_database_step (ledger->database, statement, error) != SQLITE_ROW)
    return -1;
  last = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  return last;
}

gint64
pen_ledger_purge_some (PenLedger *ledger, gint64 before_us, gint64 last_row, guint rows, GError **error)
{
  const Bounds bounds = { before_us, rows, last_row, PEN_ROW_RECORDED };

  return purge_rows (ledger, &bounds, error);
}

gint64
pen_ledger_purge (PenLedger *ledger, gint64 before_us, GError **error)
{
  const Bounds bounds = { before_us, -1, G_MAXINT64, -1 };
  gint64 removed = purge_rows (ledger, &bounds, error);

  return removed >= 0 && pen_ledger_purge_complete (ledger, error) ? removed : -1;
}

static gboolean
find_oldest (PenLedger *ledger, gint64 *oldest_us, GError **error)
{
  static const char sql[] = "SELECT min(at_us) FROM ledger";
  sqlite3_stmt *statement = pen_database_statement (ledger->database, sql, error);

  *oldest_us = G_MAXINT64;
  if (statement == NULL || pen_database_step (ledger->database, statement, error) != SQLITE_ROW)
    return FALSE;
  if (sqlite3_column_type (statement, 0) != SQLITE_NULL)
    *oldest_us = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  return TRUE;
}

gboolean
pen_ledger_expires (PenLedger *ledger, gint64 *before_us, gboolean *is_due, GError **error)
{
  gint64 oldest_us;
  gboolean open;

  *is_due = FALSE;
  *before_us = pen_clock_now_us (ledger->clock) - (gint64) ledger->retention_days * DAY_US;
  if (ledger->retention_days == 0)
    return TRUE;
  if (!find_oldest (ledger, &oldest_us, error) || !is_open (ledger, &open, error))
    return FALSE;
  /* An earlier purge that could not be completed is finished with this one. */
  *is_due = oldest_us < *before_us || open;
  return TRUE;
}

gint64
pen_ledger_expire (PenLedger *ledger, GError **error)
{
  gint64 before_us;
  gboolean is_due;

  if (!pen_ledger_expires (ledger, &before_us, &is_due, error))
    return -1;
  return is_due ? pen_ledger_purge (ledger, before_us, error) : 0;
}
