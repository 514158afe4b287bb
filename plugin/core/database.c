/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The store's handle: one transaction a main-loop turn, statements that stay
 * prepared, and SQLite's codes as sentences for a person.
 *
 * SQLite gives up a whole transaction by itself when the disk is full or
 * fails. What was written before in the same turn is lost with it, so the
 * turn is marked lost: everything in it fails from there on, its commit too. */

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "database-private.h"

/* After a lock was met, other attempts within this time do not wait for it
 * again: five hundred rows must not wait five hundred times. */
#define LOCK_PATIENCE_US (G_USEC_PER_SEC)
/* So long is the file taken to be where it was, as far as nothing becomes durable by it. */
#define IN_PLACE_US (G_USEC_PER_SEC)
/* Long before the clock began, and no difference to it overflows. */
#define NEVER_US (G_MININT64 / 2)

struct _PenDatabase
{
  sqlite3 *handle;
  char *path;
  GHashTable *statements;
  PenDatabaseStats stats;
  gboolean in_turn;
  GError *lost;
  gint64 changes_before;
  guint64 rollbacks;
  gint64 locked_at_us;
  gint64 in_place_at_us;
};

GQuark
pen_database_error_quark (void)
{
  return g_quark_from_static_string ("pen-database-error");
}

/* Errors */

static PenDatabaseError
error_of_errno (int number)
{
  switch (number)
    {
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOTDIR:
      return PEN_DATABASE_ERROR_READ_ONLY;
    case ENOSPC:
    case EDQUOT:
      return PEN_DATABASE_ERROR_FULL;
    default:
      return PEN_DATABASE_ERROR_FAILED;
    }
}

static PenDatabaseError
error_of_code (int code, int number)
{
  switch (code & 0xff)
    {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return PEN_DATABASE_ERROR_LOCKED;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return PEN_DATABASE_ERROR_READ_ONLY;
    case SQLITE_FULL:
      return PEN_DATABASE_ERROR_FULL;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return error_of_errno (number);
    default:
      return PEN_DATABASE_ERROR_FAILED;
    }
}

static void
set_sentence (GError **error, PenDatabaseError kind, const char *path, const char *reason)
{
  switch (kind)
    {
    case PEN_DATABASE_ERROR_LOCKED:
      g_set_error (error, PEN_DATABASE_ERROR, kind,
                   _("The store %s is in use by another program. Close that program and try again."), path);
      break;
    case PEN_DATABASE_ERROR_READ_ONLY:
      g_set_error (error, PEN_DATABASE_ERROR, kind,
                   _("The store %s cannot be written (%s). Check the rights of the file and of its folder."), path, reason);
      break;
    case PEN_DATABASE_ERROR_FULL:
      g_set_error (error, PEN_DATABASE_ERROR, kind,
                   _("There is no space left for the store %s. Free some space and try again."), path);
      break;
    default:
      g_set_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                   _("The store %s failed: %s. Check the disk and try again."), path, reason);
      break;
    }
}

void
pen_database_set_error (GError **error, sqlite3 *handle, int code, const char *path)
{
  int number = handle == NULL ? 0 : sqlite3_system_errno (handle);

  if (pen_database_is_damage (code))
    g_set_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                 _("The store %s is damaged (%s). Start the program again: the file is then set aside, "
                 "never deleted, and a new one is begun."),
                 path, sqlite3_errstr (code));
  else
    set_sentence (error, error_of_code (code, number), path,
                  handle == NULL ? sqlite3_errstr (code) : sqlite3_errmsg (handle));
}

void
pen_database_set_file_error (GError **error, int number, const char *path)
{
  set_sentence (error, error_of_errno (number), path, g_strerror (number));
}

/* One code that came back, while the turn may have been lost to it. */
void
pen_database_report (PenDatabase *database, int code, GError **error)
{
  g_autoptr (GError) local = NULL;

  pen_database_set_error (&local, database->handle, code, database->path);
  if (pen_database_is_damage (code))
    pen_database_request_check (database->path);
  if ((code & 0xff) == SQLITE_BUSY)
    database->locked_at_us = g_get_monotonic_time ();
  if (database->in_turn && database->lost == NULL && sqlite3_get_autocommit (database->handle))
    database->lost = g_error_copy (local);
  g_propagate_error (error, g_steal_pointer (&local));
}

/* Opening and closing */

static void
finalize_statement (gpointer statement)
{
  sqlite3_finalize (statement);
}

static PenDatabase *
take_handle (sqlite3 *handle, const char *path)
{
  PenDatabase *database = g_new0 (PenDatabase, 1);

  database->handle = handle;
  database->path = g_strdup (path);
  database->statements = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, finalize_statement);
  database->locked_at_us = NEVER_US;
  database->in_place_at_us = NEVER_US;
  return database;
}

PenDatabase *
pen_database_open (const char *path, char **set_aside, GError **error)
{
  g_autofree char *full = NULL;
  sqlite3 *handle;

  g_return_val_if_fail (path != NULL && *path != '\0', NULL);

  if (set_aside != NULL)
    *set_aside = NULL;
  full = g_canonicalize_filename (path, NULL);
  handle = pen_database_handle_open (full, set_aside, error);
  return handle != NULL ? take_handle (handle, full) : NULL;
}

PenDatabase *
pen_database_open_to_read (const char *path, GError **error)
{
  sqlite3 *handle = pen_database_handle_open_to_read (path, error);

  return handle != NULL ? take_handle (handle, path) : NULL;
}

void
pen_database_close (PenDatabase *database)
{
  if (database == NULL)
    return;
  pen_database_rollback (database);
  g_hash_table_unref (database->statements);
  sqlite3_close (database->handle);
  g_free (database->path);
  g_free (database);
}

const char *
pen_database_path (PenDatabase *database)
{
  return database->path;
}

sqlite3 *
pen_database_handle (PenDatabase *database)
{
  return database->handle;
}

PenDatabaseStats
pen_database_stats (PenDatabase *database)
{
  return database->stats;
}

/* Statements */

sqlite3_stmt *
pen_database_prepare (PenDatabase *database, const char *sql, GError **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (database->handle, sql, -1, &statement, NULL);

  if (code != SQLITE_OK)
    pen_database_report (database, code, error);
  return statement;
}

sqlite3_stmt *
pen_database_statement (PenDatabase *database, const char *sql, GError **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (database->statements, sql);
  int code;

  if (statement != NULL)
    {
      sqlite3_reset (statement);
      sqlite3_clear_bindings (statement);
      return statement;
    }
  code = sqlite3_prepare_v3 (database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
  if (code != SQLITE_OK)
    {
      pen_database_report (database, code, error);
      return NULL;
    }
  g_hash_table_insert (database->statements, (gpointer) sql, statement);
  return statement;
}

int
pen_database_step (PenDatabase *database, sqlite3_stmt *statement, GError **error)
{
  int code = sqlite3_step (statement);

  if (code == SQLITE_ROW)
    return code;
  if (code != SQLITE_DONE)
    {
      pen_database_report (database, code, error);
      code = -1;
    }
  sqlite3_reset (statement);
  return code;
}

char *
pen_database_column_text (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

/* The turn */

static int
run (PenDatabase *database, const char *sql, GError **error)
{
  sqlite3_stmt *statement = pen_database_statement (database, sql, error);

  return statement == NULL ? -1 : pen_database_step (database, statement, error);
}

/* Rows written to a file that has no name any more would be gone with the process. */
static gboolean
is_in_place (PenDatabase *database, GError **error)
{
  int moved = 0;

  sqlite3_file_control (database->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  database->in_place_at_us = moved == 0 ? g_get_monotonic_time () : NEVER_US;
  if (moved == 0)
    return TRUE;
  g_set_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
               _("The store %s was moved or deleted while it was in use. Put it back, or start the program again."),
               database->path);
  return FALSE;
}

/* Each commit of what was written looks. That nothing is begun in vain is worth a look now and then only. */
static gboolean
was_in_place (const PenDatabase *database)
{
  return g_get_monotonic_time () - database->in_place_at_us < IN_PLACE_US;
}

gboolean
pen_database_begin (PenDatabase *database, GError **error)
{
  gboolean impatient;
  int code;

  if (database->lost != NULL)
    {
      g_propagate_error (error, g_error_copy (database->lost));
      return FALSE;
    }
  if (database->in_turn)
    return TRUE;
  if (!was_in_place (database) && !is_in_place (database, error))
    return FALSE;
  /* One that could not be taken back when it was given up; what is in it was said to be lost. */
  if (!sqlite3_get_autocommit (database->handle) && run (database, "ROLLBACK", error) != SQLITE_DONE)
    return FALSE;

  impatient = g_get_monotonic_time () - database->locked_at_us < LOCK_PATIENCE_US;
  if (impatient)
    sqlite3_busy_timeout (database->handle, 0);
  code = run (database, "BEGIN IMMEDIATE", error);
  if (impatient)
    sqlite3_busy_timeout (database->handle, PEN_DATABASE_BUSY_MS);
  if (code != SQLITE_DONE)
    return FALSE;

  database->in_turn = TRUE;
  database->changes_before = sqlite3_total_changes64 (database->handle);
  return TRUE;
}

gboolean
pen_database_commit (PenDatabase *database, GError **error)
{
  gint64 started_us;
  gboolean wrote;

  if (!database->in_turn)
    return TRUE;
  if (database->lost != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&database->lost));
      pen_database_rollback (database);
      return FALSE;
    }

  wrote = sqlite3_total_changes64 (database->handle) != database->changes_before;
  started_us = g_get_monotonic_time ();
  if ((wrote && !is_in_place (database, error)) || run (database, "COMMIT", error) != SQLITE_DONE)
    {
      pen_database_rollback (database);
      return FALSE;
    }
  database->in_turn = FALSE;
  if (wrote)
    {
      database->stats.last_commit_us = g_get_monotonic_time () - started_us;
      database->stats.commit_us += database->stats.last_commit_us;
      database->stats.commits++;
    }
  return TRUE;
}

void
pen_database_rollback (PenDatabase *database)
{
  if (!database->in_turn)
    return;
  if (!sqlite3_get_autocommit (database->handle))
    run (database, "ROLLBACK", NULL);
  g_clear_error (&database->lost);
  database->in_turn = FALSE;
  database->rollbacks++;
}

guint64
pen_database_rollbacks (PenDatabase *database)
{
  return database->rollbacks;
}

gboolean
pen_database_in_transaction (PenDatabase *database)
{
  return database->in_turn;
}

/* One forgotten reader of our own would hold the log for ever. */
static void
reset_statements (PenDatabase *database)
{
  GHashTableIter iter;
  gpointer statement;

  g_hash_table_iter_init (&iter, database->statements);
  while (g_hash_table_iter_next (&iter, NULL, &statement))
    sqlite3_reset (statement);
}

gboolean
pen_database_scrub (PenDatabase *database, GError **error)
{
  reset_statements (database);
  return run (database, "VACUUM", error) == SQLITE_DONE;
}

gboolean
pen_database_truncate_log (PenDatabase *database, GError **error)
{
  int code;

  reset_statements (database);
  code = pen_database_log_renew (database->handle);
  if (code == SQLITE_OK)
    return TRUE;
  if ((code & 0xff) != SQLITE_BUSY && (code & 0xff) != SQLITE_LOCKED)
    {
      pen_database_report (database, code, error);
      return FALSE;
    }
  g_set_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_BUSY,
               _("The log of the store %s could not be emptied, because another program or an open change is using it: "
               "deleted text is still in it. Close that program and delete again."),
               database->path);
  return FALSE;
}
