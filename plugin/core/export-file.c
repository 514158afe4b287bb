/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides where an export may stand, and that a half-written one never stands
 * where a whole one stood: it is written under another name first. */

#include "export-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger-private.h"

#define FILE_MODE 0600

/* A spreadsheet takes a cell that begins with one of these for a formula. */
#define FORMULA_STARTS "=+-@\t\r"

/* Cells */

void
pen_export_cell (GString *line, const char *text)
{
  gboolean quoted = text != NULL && strpbrk (text, ",\"\r\n") != NULL;

  if (quoted)
    g_string_append_c (line, '"');
  if (text != NULL && *text != '\0' && strchr (FORMULA_STARTS, *text) != NULL)
    g_string_append_c (line, '\'');
  for (const char *c = text; c != NULL && *c != '\0'; c++)
    {
      if (*c == '"')
        g_string_append_c (line, '"');
      g_string_append_c (line, *c);
    }
  if (quoted)
    g_string_append_c (line, '"');
  g_string_append_c (line, ',');
}

void
pen_export_number (GString *line, gint64 number)
{
  g_string_append_printf (line, "%" G_GINT64_FORMAT ",", number);
}

void
pen_export_time (GString *line, gint64 at_us)
{
  g_autofree char *text = pen_ledger_time_to_text (at_us);

  pen_export_cell (line, text);
}

/* Each cell has left a comma behind it. */
char *
pen_export_line (GString *line)
{
  g_string_truncate (line, line->len - 1);
  g_string_append (line, "\r\n");
  return g_string_free (line, FALSE);
}

/* The file */

static void
set_file_error (GError **error, int number, const char *path)
{
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (number), _("The export %s could not be written: %s."),
               path, g_strerror (number));
}

static gboolean
is_same_file (const char *one, const char *other)
{
  GStatBuf a;
  GStatBuf b;

  return g_stat (one, &a) == 0 && g_stat (other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* By its place as well as by itself: the log need not exist at this moment. */
static gboolean
is_store (PenDatabase *database, const char *path)
{
  static const char *const suffixes[] = { "", "-wal", "-shm", "-journal", "-check" };
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *store_folder = g_path_get_dirname (pen_database_path (database));
  gboolean same_folder = is_same_file (folder, store_folder);

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *file = g_strconcat (pen_database_path (database), suffixes[i], NULL);
      g_autofree char *file_name = g_path_get_basename (file);

      if (is_same_file (path, file) || (same_folder && g_str_equal (name, file_name)))
        return TRUE;
    }
  return FALSE;
}

static gboolean
check_place (PenExportFile *export, PenDatabase *database, const char *path, GError **error)
{
  if (path == NULL || *path == '\0')
    {
      set_file_error (error, ENOENT, "");
      return FALSE;
    }
  export->path = g_canonicalize_filename (path, NULL);
  if (!is_store (database, export->path))
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
               _("%s is the store itself. Choose another name for the export."), path);
  return FALSE;
}

static void
clear (PenExportFile *export)
{
  g_clear_pointer (&export->path, g_free);
  g_clear_pointer (&export->temporary, g_free);
}

static gboolean
open_temporary (PenExportFile *export, GError **error)
{
  int fd;

  export->temporary = g_strconcat (export->path, ".XXXXXX", NULL);
  fd = g_mkstemp_full (export->temporary, O_RDWR | O_CLOEXEC, FILE_MODE);
  /* The umask may have taken the owner's own rights. */
  if (fd >= 0)
    fchmod (fd, FILE_MODE);
  export->file = fd >= 0 ? fdopen (fd, "w") : NULL;
  if (export->file != NULL)
    return TRUE;
  set_file_error (error, errno, export->path);
  if (fd >= 0)
    {
      close (fd);
      g_unlink (export->temporary);
    }
  return FALSE;
}

gboolean
pen_export_file_open (PenExportFile *export, PenDatabase *database, const char *path, const char *format,
                      GError **error)
{
  *export = (PenExportFile) { .is_json = g_strcmp0 (format, "json") == 0 };
  if (!export->is_json && g_strcmp0 (format, "csv") != 0)
    {
      g_set_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                   _("An export is \"csv\" or \"json\", not \"%s\"."), format == NULL ? "" : format);
      return FALSE;
    }
  if (check_place (export, database, path, error) && open_temporary (export, error))
    return TRUE;
  clear (export);
  return FALSE;
}

static gboolean
finish (PenExportFile *export, GError **error)
{
  int number = 0;

  errno = EIO;
  if (ferror (export->file) || fflush (export->file) != 0 || fsync (fileno (export->file)) != 0)
    number = errno;
  if (fclose (export->file) != 0 && number == 0)
    number = errno;
  if (number == 0 && g_rename (export->temporary, export->path) != 0)
    number = errno;
  if (number != 0)
    set_file_error (error, number, export->path);
  return number == 0;
}

gboolean
pen_export_file_close (PenExportFile *export, gboolean is_whole, GError **error)
{
  gboolean stands = FALSE;

  if (is_whole)
    stands = finish (export, error);
  else
    fclose (export->file);
  if (!stands)
    g_unlink (export->temporary);
  clear (export);
  return stands;
}
