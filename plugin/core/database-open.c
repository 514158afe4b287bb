/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* How the file is opened: rights first, then a look that changes nothing,
 * then settings and schema.
 *
 *   folder 0700 -> file 0600 -> look -> sound:   configure -> migrate
 *                                    -> damaged: set aside -> file 0600 -> look
 *                                    -> refused: close, nothing written
 */

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "database-private.h"

#define OWN_FOLDER "penregister"
#define FOLDER_MODE 0700
#define FILE_MODE 0600

/* A page is 4 KiB: the log is copied back at about 16 MiB. That costs two
 * syncs more, and must not happen to a sign-on that writes 500 rows into a
 * large store (about 1,000 pages). */
#define LOG_PAGES "4000"
#define CACHE_KIB "8192"

/* SQLite's own file system keeps 17 bits of the length of one write: of 128 KiB it writes nothing. */
#define LOG_STEP_BYTES (64 << 10)

static void
tighten_folder (const char *folder)
{
  g_autofree char *name = g_path_get_basename (folder);
  GStatBuf about;

  /* Somebody else's folder, the user's home say, keeps its rights. */
  if (g_strcmp0 (name, OWN_FOLDER) == 0 && g_stat (folder, &about) == 0 && about.st_uid == getuid ()
      && (about.st_mode & 0777) != FOLDER_MODE)
    g_chmod (folder, FOLDER_MODE);
}

static void
sync_folder (const char *folder)
{
  int fd = g_open (folder, O_RDONLY | O_CLOEXEC, 0);

  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

static gboolean
prepare_file (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  GStatBuf about;
  int fd;

  if (g_mkdir_with_parents (folder, FOLDER_MODE) != 0)
    {
      pen_database_set_file_error (error, errno, folder);
      return FALSE;
    }
  tighten_folder (folder);

  fd = g_open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
  if (fd < 0 && errno != EEXIST)
    {
      pen_database_set_file_error (error, errno, path);
      return FALSE;
    }
  if (fd >= 0)
    {
      close (fd);
      sync_folder (folder);
    }
  if (g_stat (path, &about) != 0 || !S_ISREG (about.st_mode))
    {
      g_set_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                   "%s is not a file, so it cannot be the store. Move it away and try again.", path);
      return FALSE;
    }
  /* SQLite gives the log and its index the rights of the file. */
  if ((about.st_mode & 0777) != FILE_MODE && g_chmod (path, FILE_MODE) != 0)
    {
      pen_database_set_file_error (error, errno, path);
      return FALSE;
    }
  return TRUE;
}

static sqlite3 *
open_handle (const char *path, GError **error)
{
  sqlite3 *handle = NULL;
  int code = sqlite3_open_v2 (path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

  if (code == SQLITE_OK && sqlite3_db_readonly (handle, "main") == 1)
    code = SQLITE_READONLY;
  if (code != SQLITE_OK)
    {
      pen_database_set_error (error, handle, code, path);
      sqlite3_close (handle);
      return NULL;
    }
  sqlite3_extended_result_codes (handle, 1);
  sqlite3_busy_timeout (handle, PEN_DATABASE_BUSY_MS);
  /* Until the file is found to be ours and sound, closing must not copy the log into it. */
  sqlite3_db_config (handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  sqlite3_exec (handle, "PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF", NULL, NULL, NULL);
  return handle;
}

static gboolean
configure (sqlite3 *handle, const char *path, GError **error)
{
  static const char settings[] =
    "PRAGMA secure_delete=ON;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA locking_mode=NORMAL;"
    "PRAGMA foreign_keys=ON;"
    "PRAGMA cache_size=-" CACHE_KIB ";"
    "PRAGMA wal_autocheckpoint=" LOG_PAGES;
  int code = sqlite3_exec (handle, settings, NULL, NULL, NULL);

  if (code == SQLITE_OK)
    return TRUE;
  pen_database_set_error (error, handle, code, path);
  return FALSE;
}

static sqlite3 *
open_sound (const char *path, gboolean *damaged, GError **error)
{
  gboolean thorough;
  sqlite3 *handle;
  PenDatabaseCheck found;

  *damaged = FALSE;
  if (!prepare_file (path, error))
    return NULL;
  thorough = pen_database_wants_check (path);
  handle = open_handle (path, error);
  if (handle == NULL)
    return NULL;
  found = pen_database_check (handle, path, thorough, error);
  if (found != PEN_DATABASE_SOUND)
    {
      *damaged = found == PEN_DATABASE_DAMAGED;
      sqlite3_close (handle);
      return NULL;
    }
  if (thorough)
    pen_database_check_done (path);
  return handle;
}

static sqlite3 *
begin_anew (const char *path, char **set_aside, GError **error)
{
  g_autofree char *name = pen_database_set_aside (path, error);
  gboolean damaged;
  sqlite3 *handle;

  if (name == NULL)
    return NULL;
  handle = open_sound (path, &damaged, error);
  if (handle == NULL && damaged)
    g_set_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                 _("The store %s was damaged, and a new one was damaged at once. Check the disk."), path);
  if (handle != NULL && set_aside != NULL)
    *set_aside = g_steal_pointer (&name);
  return handle;
}

static gboolean
append_zeros (sqlite3_file *log, sqlite3_int64 from, sqlite3_int64 to)
{
  g_autofree char *zeros = g_malloc0 (LOG_STEP_BYTES);

  for (sqlite3_int64 at = from; at < to; at += LOG_STEP_BYTES)
    if (log->pMethods->xWrite (log, zeros, (int) MIN (to - at, LOG_STEP_BYTES), at) != SQLITE_OK)
      return FALSE;
  return log->pMethods->xSync (log, SQLITE_SYNC_NORMAL) == SQLITE_OK;
}

/* Zeros are no frames of the log: whoever reads it stops at them. Without
 * room on the disk the log stays as it was, and commits are only slower. */
static void
lengthen_log (sqlite3 *handle)
{
  sqlite3_file *log = NULL;
  sqlite3_int64 size;

  if (sqlite3_file_control (handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK
      && log != NULL && log->pMethods != NULL && log->pMethods->xFileSize (log, &size) == SQLITE_OK
      && size < PEN_DATABASE_LOG_READY_BYTES && !append_zeros (log, size, PEN_DATABASE_LOG_READY_BYTES))
    log->pMethods->xTruncate (log, size);
}

/* The first change after the log was emptied costs a sync more, for the log's
 * head: paid here, and not by a sign-on. */
static void
begin_log (sqlite3 *handle)
{
  g_autofree char *same = NULL;
  int code = SQLITE_OK;

  /* Nobody else appends, or makes it another version, while we hold this. */
  if (sqlite3_exec (handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
    return;
  lengthen_log (handle);
  same = g_strdup_printf ("PRAGMA user_version=%d", pen_database_pragma (handle, "PRAGMA user_version", &code));
  if (code != SQLITE_OK || sqlite3_exec (handle, same, NULL, NULL, NULL) != SQLITE_OK
      || sqlite3_exec (handle, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
    sqlite3_exec (handle, "ROLLBACK", NULL, NULL, NULL);
}

int
pen_database_log_renew (sqlite3 *handle)
{
  int code = sqlite3_wal_checkpoint_v2 (handle, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

  if (code == SQLITE_OK)
    begin_log (handle);
  return code;
}

sqlite3 *
pen_database_handle_open (const char *path, char **set_aside, GError **error)
{
  gboolean damaged;
  sqlite3 *handle = open_sound (path, &damaged, error);

  if (handle == NULL && damaged)
    handle = begin_anew (path, set_aside, error);
  if (handle == NULL)
    return NULL;

  if (!configure (handle, path, error)
      || !pen_database_migrate (handle, path, pen_database_migrations (), PEN_DATABASE_SCHEMA_VERSION, error))
    {
      sqlite3_close (handle);
      return NULL;
    }
  sqlite3_db_config (handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
  sqlite3_db_config (handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  /* A purge that was cut short by a crash left its text in the log. */
  pen_database_log_renew (handle);
  return handle;
}

sqlite3 *
pen_database_handle_open_to_read (const char *path, GError **error)
{
  sqlite3 *handle = NULL;
  int code = sqlite3_open_v2 (path, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);

  if (code != SQLITE_OK)
    {
      pen_database_set_error (error, handle, code, path);
      sqlite3_close (handle);
      return NULL;
    }
  sqlite3_extended_result_codes (handle, 1);
  sqlite3_busy_timeout (handle, PEN_DATABASE_BUSY_MS);
  sqlite3_exec (handle, "PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF; PRAGMA query_only=ON", NULL, NULL, NULL);
  return handle;
}
