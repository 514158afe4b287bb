/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* SQLite: full, broken, busy, out of memory; with the transaction lost to it,
 * as SQLite does by itself on some of these, or still open. */

#include "inject.h"

#include <sqlite3.h>

static int
code (void)
{
  static const int codes[] = { SQLITE_FULL, SQLITE_IOERR, SQLITE_BUSY, SQLITE_NOMEM, SQLITE_CONSTRAINT };

  return codes[(inject_mode () & INJECT_CODE_MASK) % G_N_ELEMENTS (codes)];
}

/* By its own functions, which are called from here and so do not count. */
static int
fail (sqlite3 *handle)
{
  if ((inject_mode () & INJECT_GIVES_UP) != 0 && !sqlite3_get_autocommit (handle))
    sqlite3_exec (handle, "ROLLBACK", NULL, NULL, NULL);
  return code ();
}

#define SQLITE(name, parameters, arguments, failure) \
  INJECT_WRAP (inject_judge (INJECT_SQLITE, #name, INJECT_CALLER), int, name, parameters, arguments, failure)
/* What it would have made is not made: there is no "after". */
#define PREPARE(name, parameters, arguments)                                                                  \
  INJECT_WRAP (inject_judge (INJECT_SQLITE, #name, INJECT_CALLER) == INJECT_PASS ? INJECT_PASS : INJECT_FAIL, \
               int, name, parameters, arguments, fail (handle))

SQLITE (sqlite3_step, (sqlite3_stmt *statement), (statement), fail (sqlite3_db_handle (statement)))
PREPARE (sqlite3_prepare_v2,
         (sqlite3 *handle, const char *sql, int length, sqlite3_stmt **statement, const char **rest),
         (handle, sql, length, statement, rest))
/* The library decides the signature. */
PREPARE (sqlite3_prepare_v3,
         (sqlite3 *handle, const char *sql, int length, unsigned int flags, sqlite3_stmt **statement,
          const char **rest),
         (handle, sql, length, flags, statement, rest))
SQLITE (sqlite3_exec,
        (sqlite3 *handle, const char *sql, int (*row) (void *, int, char **, char **), void *data, char **message),
        (handle, sql, row, data, message), fail (handle))
SQLITE (sqlite3_wal_checkpoint_v2, (sqlite3 *handle, const char *name, int mode, int *frames, int *done),
        (handle, name, mode, frames, done), code ())
SQLITE (sqlite3_bind_blob64,
        (sqlite3_stmt *statement, int index, const void *data, sqlite3_uint64 length, void (*release) (void *)),
        (statement, index, data, length, release), SQLITE_NOMEM)
SQLITE (sqlite3_bind_int, (sqlite3_stmt *statement, int index, int value), (statement, index, value), SQLITE_NOMEM)
SQLITE (sqlite3_bind_int64, (sqlite3_stmt *statement, int index, sqlite3_int64 value), (statement, index, value),
        SQLITE_NOMEM)
SQLITE (sqlite3_bind_null, (sqlite3_stmt *statement, int index), (statement, index), SQLITE_NOMEM)
SQLITE (sqlite3_bind_text,
        (sqlite3_stmt *statement, int index, const char *text, int length, void (*release) (void *)),
        (statement, index, text, length, release), SQLITE_NOMEM)
