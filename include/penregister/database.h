/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include <stdarg.h>
#include "penregister/clock.h"

G_BEGIN_DECLS

/* The one SQLite file: WAL, synchronous=FULL, secure_delete, 0600 in a 0700
 * folder, one writing handle with prepared statements. Everything that one
 * main-loop turn changes shares one transaction: pen_database_begin() opens
 * it (again and again, at no cost), pen_database_commit() makes it durable. */

typedef struct _PenDatabase PenDatabase;
typedef struct sqlite3_stmt sqlite3_stmt;

#define PEN_DATABASE_SCHEMA_VERSION 5

#define PEN_DATABASE_ERROR (pen_database_error_quark ())
GQuark pen_database_error_quark (void);

/**
 * PenDatabaseError:
 * @PEN_DATABASE_ERROR_LOCKED: another program holds the file
 * @PEN_DATABASE_ERROR_READ_ONLY: file or folder cannot be written
 * @PEN_DATABASE_ERROR_NEWER: written by a newer version of this program; left untouched
 * @PEN_DATABASE_ERROR_FULL: no space left
 * @PEN_DATABASE_ERROR_BUSY: the log could not be truncated, a reader holds it
 * @PEN_DATABASE_ERROR_FAILED: anything else; the message has SQLite's words
 */
typedef enum
{
  PEN_DATABASE_ERROR_LOCKED,
  PEN_DATABASE_ERROR_READ_ONLY,
  PEN_DATABASE_ERROR_NEWER,
  PEN_DATABASE_ERROR_FULL,
  PEN_DATABASE_ERROR_BUSY,
  PEN_DATABASE_ERROR_FAILED
} PenDatabaseError;

/**
 * PenDatabaseStats:
 * @commits: commits that wrote something, since opening
 * @commit_us: time spent in them, in microseconds
 * @last_commit_us: time spent in the newest one, in microseconds
 */
typedef struct
{
  guint64 commits;
  gint64 commit_us;
  gint64 last_commit_us;
} PenDatabaseStats;

/**
 * pen_database_open:
 * @path: the file; its folder is made (0700) when missing
 * @set_aside: (out) (optional) (nullable) (transfer full): when the file that
 *   was there is corrupt: the name under which it has been set aside (never
 *   overwritten), and a new one was begun
 * @error: PEN_DATABASE_ERROR
 *
 * Opens the store, sets its rights before the first write, brings an older
 * schema up to date inside one transaction, and refuses a newer one.
 * Messages of @error are sentences for a person: what, why, what to do.
 *
 * Returns: (transfer full) (nullable): the store, or %NULL with @error set
 */
PenDatabase *pen_database_open (const char *path, char **set_aside, GError **error);

/**
 * pen_database_close:
 * @database: (transfer full) (nullable): rolls back what was not committed,
 *   finalises every statement, closes
 */
void pen_database_close (PenDatabase *database);

/** pen_database_path: Returns: the file's path, owned by @database. */
const char *pen_database_path (PenDatabase *database);

/**
 * pen_database_begin:
 *
 * Opens the turn's transaction (BEGIN IMMEDIATE) unless one is open.
 *
 * Returns: %FALSE with @error set when the store refuses
 */
gboolean pen_database_begin (PenDatabase *database, GError **error);

/**
 * pen_database_commit:
 *
 * Makes the turn's changes durable. On failure everything since
 * pen_database_begin() is rolled back, and nothing of it may leave. Does
 * nothing, and succeeds, when no transaction is open.
 *
 * Returns: %FALSE with @error set when the store refuses
 */
gboolean pen_database_commit (PenDatabase *database, GError **error);

/** pen_database_rollback: gives up the turn's changes; nothing when none are open. */
void pen_database_rollback (PenDatabase *database);

/**
 * pen_database_rollbacks:
 *
 * Returns: how many turns were given up since opening, by whatever cause: rows
 *   written before the number changed, and not committed, are not there
 */
guint64 pen_database_rollbacks (PenDatabase *database);

/** pen_database_in_transaction: Returns: whether uncommitted changes are open. */
gboolean pen_database_in_transaction (PenDatabase *database);

/**
 * pen_database_truncate_log:
 *
 * Checkpoint with TRUNCATE; succeeds only when nothing of the write-ahead log
 * is left afterwards, so that purged rows are really gone (docs/design.md, "The
 * store"). A new log is made ready then.
 *
 * Returns: %FALSE with PEN_DATABASE_ERROR_BUSY when a reader was in the way
 */
gboolean pen_database_truncate_log (PenDatabase *database, GError **error);

/** pen_database_stats: Returns: what commits have cost so far. */
PenDatabaseStats pen_database_stats (PenDatabase *database);

/**
 * pen_database_statement:
 * @sql: a string literal: the address of the text is the key
 *
 * For the core's and plugin/omemo's own files: a prepared statement, kept and reset for reuse.
 *
 * Returns: (transfer none) (nullable): the statement, or %NULL with @error set
 */
sqlite3_stmt *pen_database_statement (PenDatabase *database, const char *sql, GError **error);

/**
 * pen_database_bind_values:
 * @first: number of the first parameter, from 1
 * @format: a letter for each value: d an int, i a gint64, t a text (nullable; whole), c a text (nullable; cut and made
 *   valid UTF-8: it may come from the wire), b a blob: its bytes and their number as gsize
 * @values: one for each letter; texts and blobs must stay until the statement is stepped
 *
 * Returns: SQLITE_OK, or the code of the first value that could not be bound: pen_database_bound() says so
 */
int pen_database_bind_values (sqlite3_stmt *statement, int first, const char *format, va_list *values);

/**
 * pen_database_bound:
 * @code: what binding came to
 *
 * A parameter without its value is NULL: a key, a condition or a text would be
 * gone without a word. So no such statement is stepped.
 *
 * Returns: (transfer none) (nullable): @statement, or %NULL with @error set (statement reset)
 */
sqlite3_stmt *pen_database_bound (PenDatabase *database, sqlite3_stmt *statement, int code, GError **error);

/**
 * pen_database_query:
 * @sql: a string literal; @format and the values after it: as for pen_database_bind_values()
 *
 * Returns: (transfer none) (nullable): the statement, to be stepped, or %NULL with @error set
 */
sqlite3_stmt *pen_database_query (PenDatabase *database, const char *sql, GError **error, const char *format, ...);

/**
 * pen_database_change:
 * @sql: a string literal; @format and the values after it: as for pen_database_bind_values()
 *
 * Changes rows, inside the turn's transaction, which is begun if there is none.
 *
 * Returns: %FALSE with @error set when the store refuses
 */
gboolean pen_database_change (PenDatabase *database, const char *sql, GError **error, const char *format, ...);

/**
 * pen_database_step:
 *
 * For the core's and plugin/omemo's own files: one sqlite3_step(). Busy, full, read-only and
 * the rest become PEN_DATABASE_ERROR.
 *
 * Returns: SQLITE_ROW, SQLITE_DONE (statement reset), or -1 with @error set
 *   (statement reset). When SQLite gave up the whole transaction by itself,
 *   everything in this turn fails from there on, its commit too
 */
int pen_database_step (PenDatabase *database, sqlite3_stmt *statement, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenDatabase, pen_database_close)

G_END_DECLS
