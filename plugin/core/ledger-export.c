/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The ledger as a file for a person or another program: CSV (RFC 4180) or a
 * JSON array, written under another name first, so that a half-written export
 * never stands where a whole one stood. */

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger-private.h"
#include "penregister/ledger-json.h"

#define FILE_MODE 0600

/* A spreadsheet takes a cell that begins with one of these for a formula. */
#define FORMULA_STARTS "=+-@\t\r"

#define CSV_HEADING                                                                       \
  "row,at,account,kind,address,cover,trigger,observers,source,stanza,attempts,bytes_out," \
  "bytes_in,status,answered_at,result,batch,disclosed,rule,retained_until\r\n"

typedef struct
{
  FILE *file;
  gboolean is_json;
  gint64 n_rows;
} Export;

static void
append_cell (GString *line, const char *text)
{
  if (line->len > 0)
    g_string_append_c (line, ',');
  if (text == NULL || *text == '\0')
    return;
  if (strpbrk (text, ",\"\r\n") == NULL)
    {
      if (strchr (FORMULA_STARTS, *text) != NULL)
        g_string_append_c (line, '\'');
      g_string_append (line, text);
      return;
    }
  g_string_append_c (line, '"');
  if (strchr (FORMULA_STARTS, *text) != NULL)
    g_string_append_c (line, '\'');
  for (const char *c = text; *c != '\0'; c++)
    {
      if (*c == '"')
        g_string_append_c (line, '"');
      g_string_append_c (line, *c);
    }
  g_string_append_c (line, '"');
}

static void
append_number (GString *line, gint64 number)
{
  if (line->len > 0)
    g_string_append_c (line, ',');
  g_string_append_printf (line, "%" G_GINT64_FORMAT, number);
}

static void
append_time (GString *line, gint64 at_us)
{
  g_autofree char *text = pen_ledger_time_to_text (at_us);

  append_cell (line, text);
}

static char *
row_to_csv (const PenLedgerRow *row)
{
  GString *line = g_string_new (NULL);
  g_autofree char *observers = pen_ledger_observers_to_text (row);

  append_number (line, row->row);
  append_time (line, row->at_us);
  append_cell (line, row->account);
  append_cell (line, pen_kind_to_string (row->kind));
  append_cell (line, row->address);
  append_cell (line, row->cover ? "true" : "false");
  append_cell (line, pen_trigger_to_string (row->trigger));
  append_cell (line, observers);
  append_cell (line, row->source);
  append_cell (line, row->stanza);
  append_number (line, row->attempts);
  append_number (line, row->bytes_out);
  append_number (line, row->bytes_in);
  append_cell (line, pen_row_status_to_string (row->status));
  append_time (line, row->answered_at_us);
  append_cell (line, row->result);
  append_cell (line, row->batch);
  append_cell (line, pen_disclosed_to_string (row->disclosed));
  append_cell (line, row->rule);
  append_time (line, row->retained_until_us);
  g_string_append (line, "\r\n");
  return g_string_free (line, FALSE);
}

static char *
row_to_text (const PenLedgerRow *row)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, pen_ledger_row_to_json (row));
  return json_to_string (node, FALSE);
}

static void
write_row (Export *export, const PenLedgerRow *row)
{
  g_autofree char *text = export->is_json ? row_to_text (row) : row_to_csv (row);

  if (export->is_json)
    fputs (export->n_rows == 0 ? "\n" : ",\n", export->file);
  fputs (text, export->file);
  export->n_rows++;
}

static gboolean
write_rows (Export *export, PenLedger *ledger, const PenLedgerFilter *filter, GError **error)
{
  sqlite3_stmt *statement = pen_ledger_query_export (ledger, filter, error);
  int code;

  if (statement == NULL)
    return FALSE;
  fputs (export->is_json ? "[" : CSV_HEADING, export->file);
  while ((code = pen_database_step (ledger->database, statement, error)) == SQLITE_ROW)
    {
      g_autoptr (PenLedgerRow) row = pen_ledger_row_read (statement);

      write_row (export, row);
    }
  sqlite3_finalize (statement);
  if (export->is_json)
    fputs ("\n]\n", export->file);
  return code == SQLITE_DONE;
}

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
is_store (PenLedger *ledger, const char *path)
{
  static const char *const suffixes[] = { "", "-wal", "-shm", "-journal", "-check" };
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *store_folder = g_path_get_dirname (pen_database_path (ledger->database));
  gboolean same_folder = is_same_file (folder, store_folder);

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *file = g_strconcat (pen_database_path (ledger->database), suffixes[i], NULL);
      g_autofree char *file_name = g_path_get_basename (file);

      if (is_same_file (path, file) || (same_folder && g_str_equal (name, file_name)))
        return TRUE;
    }
  return FALSE;
}

static gboolean
finish_file (Export *export, const char *from, const char *to, GError **error)
{
  gboolean written = !ferror (export->file) && fflush (export->file) == 0 && fsync (fileno (export->file)) == 0;
  int number = errno;

  if (fclose (export->file) != 0 && written)
    {
      written = FALSE;
      number = errno;
    }
  if (written && g_rename (from, to) != 0)
    {
      written = FALSE;
      number = errno;
    }
  if (!written)
    set_file_error (error, number, to);
  return written;
}

static gint64
export_to (PenLedger *ledger, const PenLedgerFilter *filter, const char *path, gboolean is_json, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, FILE_MODE);
  Export export = { .is_json = is_json };

  if (fd < 0)
    {
      set_file_error (error, errno, path);
      return -1;
    }
  /* The umask may have taken the owner's own rights. */
  fchmod (fd, FILE_MODE);
  export.file = fdopen (fd, "w");
  if (export.file == NULL)
    {
      set_file_error (error, errno, path);
      close (fd);
      g_unlink (temporary);
      return -1;
    }
  if (!write_rows (&export, ledger, filter, error))
    {
      fclose (export.file);
      g_unlink (temporary);
      return -1;
    }
  if (!finish_file (&export, temporary, path, error))
    {
      g_unlink (temporary);
      return -1;
    }
  return export.n_rows;
}

gint64
pen_ledger_export (PenLedger *ledger, const PenLedgerFilter *filter, const char *path, const char *format,
                   GError **error)
{
  g_autofree char *full = NULL;
  gboolean is_json = g_strcmp0 (format, "json") == 0;

  if (!is_json && g_strcmp0 (format, "csv") != 0)
    {
      g_set_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                   _("An export is \"csv\" or \"json\", not \"%s\"."), format == NULL ? "" : format);
      return -1;
    }
  if (path == NULL || *path == '\0')
    {
      set_file_error (error, ENOENT, "");
      return -1;
    }
  full = g_canonicalize_filename (path, NULL);
  if (is_store (ledger, full))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                   "%s is the store itself. Choose another name for the export.", path);
      return -1;
    }
  return export_to (ledger, filter, full, is_json, error);
}
