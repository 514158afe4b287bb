/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* A report as a file, in the shape of a records return: for each window and
 * observer the rows that it can hold. Written under another name first, so
 * that a half-written file never stands where a whole one stood. */

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger-private.h"
#include "penregister/exposure-json.h"
#include "penregister/ledger-json.h"

#define FILE_MODE 0600

/* A spreadsheet takes a cell that begins with one of these for a formula. */
#define FORMULA_STARTS "=+-@\t\r"

#define CSV_HEADING                                                                                   \
  "window_from,window_until,observer,host,at,address,source,kind,trigger,attempts,status,answered_at," \
  "result,disclosed,cover,account,row,retained_until\r\n"

typedef struct
{
  PenLedger *ledger;
  FILE *file;
  gboolean is_json;
  gint64 n_records;
  const PenExposureWindow *window;
  const PenExposureItem *item;
} Export;

/* CSV */

static void
append_cell (GString *line, const char *text)
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

static void
append_time (GString *line, gint64 at_us)
{
  g_autofree char *text = pen_ledger_time_to_text (at_us);

  append_cell (line, text);
}

static void
append_number (GString *line, gint64 number)
{
  g_string_append_printf (line, "%" G_GINT64_FORMAT ",", number);
}

static char *
record_to_csv (const Export *export, const PenLedgerRow *row)
{
  GString *line = g_string_new (NULL);

  append_time (line, export->window->since_us);
  append_time (line, export->window->until_us);
  append_cell (line, export->item->observer);
  append_cell (line, export->item->host);
  append_time (line, row->at_us);
  append_cell (line, row->address);
  append_cell (line, row->source);
  append_cell (line, pen_kind_to_string (row->kind));
  append_cell (line, pen_trigger_to_string (row->trigger));
  append_number (line, row->attempts);
  append_cell (line, pen_row_status_to_string (row->status));
  append_time (line, row->answered_at_us);
  append_cell (line, row->result);
  append_cell (line, pen_disclosed_to_string (row->disclosed));
  append_cell (line, row->cover ? "true" : "false");
  append_cell (line, row->account);
  append_number (line, row->row);
  append_time (line, row->retained_until_us);
  g_string_truncate (line, line->len - 1);
  g_string_append (line, "\r\n");
  return g_string_free (line, FALSE);
}

/* JSON */

/* @object: (transfer full) */
static char *
object_to_text (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  return json_to_string (node, FALSE);
}

static void
write_span (Export *export, const PenExposureWindow *window)
{
  g_autofree char *since = pen_ledger_time_to_text (window->since_us);
  g_autofree char *until = pen_ledger_time_to_text (window->until_us);

  fprintf (export->file, "{\"from\":%s%s%s,\"until\":%s%s%s,\"observers\":[", since != NULL ? "\"" : "",
           since != NULL ? since : "null", since != NULL ? "\"" : "", until != NULL ? "\"" : "",
           until != NULL ? until : "null", until != NULL ? "\"" : "");
}

static void
write_total (Export *export, const PenExposureWindow *total)
{
  write_span (export, total);
  for (guint i = 0; i < total->items->len; i++)
    {
      g_autofree char *text = object_to_text (pen_exposure_item_to_json (total->items->pdata[i]));

      fprintf (export->file, "%s%s", i > 0 ? ",\n" : "\n", text);
    }
  fputs ("],\"windows\":[", export->file);
}

/* The item's object is left open for its records. */
static void
open_item (Export *export, gboolean is_first)
{
  g_autofree char *text = object_to_text (pen_exposure_item_to_json (export->item));

  text[strlen (text) - 1] = '\0';
  fprintf (export->file, "%s%s,\"records\":[", is_first ? "\n" : ",\n", text);
}

/* Records */

static gboolean
write_record (Export *export, gint64 number, gboolean is_first, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (PenLedgerRow) row = pen_ledger_get (export->ledger, number, &local);
  g_autofree char *text = NULL;

  if (row == NULL)
    {
      if (local == NULL)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  text = export->is_json ? object_to_text (pen_ledger_row_to_json (row)) : record_to_csv (export, row);
  if (export->is_json)
    fputs (is_first ? "\n" : ",\n", export->file);
  fputs (text, export->file);
  export->n_records++;
  return TRUE;
}

static gboolean
write_item (Export *export, gboolean is_first, GError **error)
{
  if (export->is_json)
    open_item (export, is_first);
  for (guint i = 0; i < export->item->rows->len; i++)
    if (!write_record (export, g_array_index (export->item->rows, gint64, i), i == 0, error))
      return FALSE;
  if (export->is_json)
    fputs ("]}", export->file);
  return TRUE;
}

static gboolean
write_windows (Export *export, const PenExposure *exposure, GError **error)
{
  for (guint i = 0; i < exposure->windows->len; i++)
    {
      export->window = exposure->windows->pdata[i];
      if (export->is_json)
        {
          fputs (i > 0 ? ",\n" : "\n", export->file);
          write_span (export, export->window);
        }
      for (guint k = 0; k < export->window->items->len; k++)
        {
          export->item = export->window->items->pdata[k];
          if (!write_item (export, k == 0, error))
            return FALSE;
        }
      if (export->is_json)
        fputs ("]}", export->file);
    }
  return TRUE;
}

static gboolean
write_all (Export *export, const PenExposure *exposure, GError **error)
{
  if (!export->is_json)
    {
      fputs (CSV_HEADING, export->file);
      return write_windows (export, exposure, error);
    }
  write_total (export, exposure->total);
  if (!write_windows (export, exposure, error))
    return FALSE;
  fprintf (export->file, "\n],\"later\":%" G_GUINT64_FORMAT "}\n", exposure->later);
  return TRUE;
}

/* The file */

static void
set_file_error (GError **error, int number, const char *path)
{
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (number),
               _("The export %s could not be written: %s."), path, g_strerror (number));
}

/* By its place: whatever stands beside the store under its name is its own. */
static gboolean
is_store (PenLedger *ledger, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *store_folder = g_path_get_dirname (pen_database_path (ledger->database));
  g_autofree char *store_name = g_path_get_basename (pen_database_path (ledger->database));
  GStatBuf here;
  GStatBuf there;

  return g_str_has_prefix (name, store_name) && g_stat (folder, &here) == 0 && g_stat (store_folder, &there) == 0
         && here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

static gboolean
close_file (Export *export, const char *from, const char *to, GError **error)
{
  int number = 0;

  errno = EIO;
  if (ferror (export->file) || fflush (export->file) != 0 || fsync (fileno (export->file)) != 0)
    number = errno;
  if (fclose (export->file) != 0 && number == 0)
    number = errno;
  if (number == 0 && g_rename (from, to) != 0)
    number = errno;
  if (number != 0)
    set_file_error (error, number, to);
  return number == 0;
}

static gint64
write_file (Export *export, const PenExposure *exposure, const char *path, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, FILE_MODE);

  /* The umask may have taken the owner's own rights. */
  if (fd >= 0)
    fchmod (fd, FILE_MODE);
  export->file = fd >= 0 ? fdopen (fd, "w") : NULL;
  if (export->file == NULL)
    {
      set_file_error (error, errno, path);
      if (fd >= 0)
        {
          close (fd);
          g_unlink (temporary);
        }
      return -1;
    }
  if (!write_all (export, exposure, error))
    fclose (export->file);
  else if (close_file (export, temporary, path, error))
    return export->n_records;
  g_unlink (temporary);
  return -1;
}

gint64
pen_exposure_export (PenLedger *ledger, const PenExposureQuery *query, const char *path, const char *format,
                     GError **error)
{
  Export export = { .ledger = ledger, .is_json = g_strcmp0 (format, "json") == 0 };
  g_autofree char *full = NULL;
  g_autoptr (PenExposure) exposure = NULL;

  if (!export.is_json && g_strcmp0 (format, "csv") != 0)
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
                   _("%s is the store itself. Choose another name for the export."), path);
      return -1;
    }
  exposure = pen_exposure_report (ledger, query, error);
  return exposure != NULL ? write_file (&export, exposure, full, error) : -1;
}
