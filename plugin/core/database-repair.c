/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Whether a file is sound, and where a broken one goes. Reading every page of
 * a large file takes seconds, so that is done where it is cheap (small
 * files), likely to find something (the last run was killed and left its log)
 * or asked for (the last run met damage). */

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "database-private.h"

#define SMALL_FILE_BYTES (16 * 1024 * 1024)
#define MAX_NAMES 1000

static const char *const companions[] = { "", "-wal", "-shm" };

static gint64
size_of (const char *path, const char *suffix)
{
  g_autofree char *name = g_strconcat (path, suffix, NULL);
  GStatBuf about;

  return g_stat (name, &about) == 0 ? (gint64) about.st_size : -1;
}

gboolean
pen_database_wants_check (const char *path)
{
  return size_of (path, "") <= SMALL_FILE_BYTES || size_of (path, "-wal") > 0 || size_of (path, "-check") >= 0;
}

void
pen_database_request_check (const char *path)
{
  g_autofree char *name = g_strconcat (path, "-check", NULL);
  int fd = g_creat (name, 0600);

  if (fd >= 0)
    close (fd);
}

void
pen_database_check_done (const char *path)
{
  g_autofree char *name = g_strconcat (path, "-check", NULL);

  g_unlink (name);
}

gboolean
pen_database_is_damage (int code)
{
  return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

static PenDatabaseCheck
judge (sqlite3 *handle, const char *path, int code, GError **error)
{
  if (code == SQLITE_OK)
    return PEN_DATABASE_SOUND;
  if (pen_database_is_damage (code))
    return PEN_DATABASE_DAMAGED;
  pen_database_set_error (error, handle, code, path);
  return PEN_DATABASE_REFUSED;
}

static PenDatabaseCheck
check_identity (sqlite3 *handle, const char *path, GError **error)
{
  int code;
  int tables = pen_database_pragma (handle, "SELECT count(*) FROM sqlite_schema", &code);
  int version = code == SQLITE_OK ? pen_database_pragma (handle, "PRAGMA user_version", &code) : -1;
  int application = code == SQLITE_OK ? pen_database_pragma (handle, "PRAGMA application_id", &code) : -1;

  if (code != SQLITE_OK)
    return judge (handle, path, code, error);
  if (tables > 0 && application != PEN_DATABASE_APPLICATION_ID)
    {
      g_set_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                   _("The file %s is a database of another program. It was left as it is; move it away and try again."),
                   path);
      return PEN_DATABASE_REFUSED;
    }
  if (version > PEN_DATABASE_SCHEMA_VERSION)
    {
      g_set_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_NEWER,
                   _("The store %s was written by a newer version of Pen Register (format %d; this one knows %d). "
                   "It was left as it is; install the newer version to use it."),
                   path, version, PEN_DATABASE_SCHEMA_VERSION);
      return PEN_DATABASE_REFUSED;
    }
  return PEN_DATABASE_SOUND;
}

static PenDatabaseCheck
check_pages (sqlite3 *handle, const char *path, GError **error)
{
  sqlite3_stmt *statement = NULL;
  gboolean sound = FALSE;
  int code = sqlite3_prepare_v2 (handle, "PRAGMA quick_check(1)", -1, &statement, NULL);

  if (code == SQLITE_OK)
    {
      if (sqlite3_step (statement) == SQLITE_ROW)
        sound = g_strcmp0 ((const char *) sqlite3_column_text (statement, 0), "ok") == 0;
      code = sqlite3_finalize (statement);
    }
  if (code == SQLITE_OK && !sound)
    return PEN_DATABASE_DAMAGED;
  return judge (handle, path, code, error);
}

PenDatabaseCheck
pen_database_check (sqlite3 *handle, const char *path, gboolean thorough, GError **error)
{
  PenDatabaseCheck found = check_identity (handle, path, error);

  if (found == PEN_DATABASE_SOUND && thorough)
    found = check_pages (handle, path, error);
  return found;
}

static gboolean
is_free (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (companions); i++)
    {
      g_autofree char *full = g_strconcat (name, companions[i], NULL);
      GStatBuf about;

      if (g_lstat (full, &about) == 0)
        return FALSE;
    }
  return TRUE;
}

static char *
find_free_name (const char *path)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%d-%H%M%S");
  g_autofree char *name = g_strdup_printf ("%s.corrupt-%s", path, stamp);

  for (int i = 2; !is_free (name); i++)
    {
      if (i > MAX_NAMES)
        return NULL;
      g_free (name);
      name = g_strdup_printf ("%s.corrupt-%s-%d", path, stamp, i);
    }
  return g_steal_pointer (&name);
}

char *
pen_database_set_aside (const char *path, GError **error)
{
  g_autofree char *name = find_free_name (path);

  if (name == NULL)
    {
      pen_database_set_file_error (error, EEXIST, path);
      return NULL;
    }
  for (guint i = 0; i < G_N_ELEMENTS (companions); i++)
    {
      g_autofree char *from = g_strconcat (path, companions[i], NULL);
      g_autofree char *to = g_strconcat (name, companions[i], NULL);

      if (g_rename (from, to) != 0 && errno != ENOENT)
        {
          pen_database_set_file_error (error, errno, from);
          return NULL;
        }
    }
  pen_database_check_done (path);
  return g_steal_pointer (&name);
}
