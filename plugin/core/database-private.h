/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <sqlite3.h>

#include "penregister/database.h"

G_BEGIN_DECLS

/* What the files of the store share with each other and with nobody else. */

/* Longest text of one column: above a JID (3,071 bytes) and any error word. */
#define PEN_DATABASE_MAX_TEXT_BYTES 4096

/* How long a statement waits for another program: the main loop stands still so long. */
#define PEN_DATABASE_BUSY_MS 100

/* "PenR" in the file's header: a database of another program is not ours to change. */
#define PEN_DATABASE_APPLICATION_ID 0x50656e52

/**
 * PenMigration:
 * @sql: brings the schema from the version before to this one
 *
 * Step number n of a table leads to version n + 1.
 */
typedef struct
{
  const char *sql;
} PenMigration;

/**
 * PenDatabaseCheck: what a look into a file found.
 * @PEN_DATABASE_SOUND: nothing wrong was seen
 * @PEN_DATABASE_DAMAGED: not a database, or a broken one
 * @PEN_DATABASE_REFUSED: it could not be read; the error says why
 */
typedef enum
{
  PEN_DATABASE_SOUND,
  PEN_DATABASE_DAMAGED,
  PEN_DATABASE_REFUSED
} PenDatabaseCheck;

/** pen_database_handle: Returns: (transfer none): SQLite's own handle. */
sqlite3 *pen_database_handle (PenDatabase *database);

/**
 * pen_database_prepare:
 *
 * A statement for one use, for SQL that is put together at run time.
 *
 * Returns: (transfer full) (nullable): finalise it; %NULL with @error set
 */
sqlite3_stmt *pen_database_prepare (PenDatabase *database, const char *sql, GError **error);

/**
 * pen_database_bind_text:
 * @index: number of the parameter, from 1
 * @text: (nullable): must stay until the statement is stepped; NULL binds NULL
 *
 * Binds @text as valid UTF-8 of at most PEN_DATABASE_MAX_TEXT_BYTES, cut at a
 * character's boundary: it may come from the wire.
 *
 * Returns: SQLITE_OK or another code of SQLite's
 */
int pen_database_bind_text (sqlite3_stmt *statement, int index, const char *text);

/** pen_database_report: a code that came back: sets @error, and marks the turn lost when SQLite gave it up. */
void pen_database_report (PenDatabase *database, int code, GError **error);

/**
 * pen_database_scrub:
 *
 * Writes every page anew, with what it holds and nothing else. Outside a
 * transaction. secure_delete overwrites a deleted cell where it stands, but
 * not the copies that stay in the unused part of a page when cells are moved
 * to another page; a test finds these.
 *
 * Returns: %FALSE with @error set when the store refuses
 */
gboolean pen_database_scrub (PenDatabase *database, GError **error);

/** pen_database_column_text: Returns: (transfer full) (nullable): a copy of the column's text. */
char *pen_database_column_text (sqlite3_stmt *statement, int column);

/** pen_database_is_damage: Returns: whether SQLite's @code says that the file is broken. */
gboolean pen_database_is_damage (int code);

/** pen_database_set_error: SQLite's @code as a PEN_DATABASE_ERROR with a sentence. */
void pen_database_set_error (GError **error, sqlite3 *handle, int code, const char *path);

/** pen_database_set_file_error: an errno of a call on @path likewise. */
void pen_database_set_file_error (GError **error, int number, const char *path);

/** pen_database_handle_open: Returns: (nullable): a checked, configured, migrated handle. */
sqlite3 *pen_database_handle_open (const char *path, char **set_aside, GError **error);

/* A commit that makes the log longer also writes the file's length, which
 * takes the disk up to three times as long: the first two thousand pages are there
 * before the first commit. */
#define PEN_DATABASE_LOG_READY_BYTES (8 << 20)

/**
 * pen_database_log_renew:
 *
 * Copies the log back, cuts it off, and makes the next one ready: with its
 * head, and with room, so that commits do not have to lengthen it.
 *
 * Returns: SQLITE_OK, or SQLite's code when it could not be cut off. Without room on the disk commits are only slower.
 */
int pen_database_log_renew (sqlite3 *handle);

/** pen_database_handle_open_to_read: Returns: (nullable): a handle that cannot change the file at @path. */
sqlite3 *pen_database_handle_open_to_read (const char *path, GError **error);

/**
 * pen_database_open_to_read:
 * @path: a store that this process has open already
 *
 * Another handle of the same store, for one other thread: with it nothing can be begun or written.
 *
 * Returns: (transfer full) (nullable): close it; %NULL with @error set
 */
PenDatabase *pen_database_open_to_read (const char *path, GError **error);

/**
 * pen_database_check:
 * @thorough: read every page, not the header and the schema alone
 *
 * Looks without changing a byte.
 */
PenDatabaseCheck pen_database_check (sqlite3 *handle, const char *path, gboolean thorough, GError **error);

/** pen_database_wants_check: Returns: whether the file at @path should be checked thoroughly. */
gboolean pen_database_wants_check (const char *path);

/** pen_database_request_check: has the next start check the file at @path thoroughly. */
void pen_database_request_check (const char *path);

/** pen_database_check_done: takes that request back. */
void pen_database_check_done (const char *path);

/** pen_database_set_aside: Returns: (transfer full) (nullable): the name that file, log and index went to. */
char *pen_database_set_aside (const char *path, GError **error);

/** pen_database_migrate: brings @handle to version @n_steps, in one transaction. */
gboolean pen_database_migrate (sqlite3 *handle, const char *path, const PenMigration *steps, int n_steps,
                               GError **error);

/** pen_database_migrations: Returns: the PEN_DATABASE_SCHEMA_VERSION steps of this version. */
const PenMigration *pen_database_migrations (void);

/** pen_database_pragma: Returns: the number that a "PRAGMA …" tells, or -1 with @code set. */
int pen_database_pragma (sqlite3 *handle, const char *sql, int *code);

G_END_DECLS
