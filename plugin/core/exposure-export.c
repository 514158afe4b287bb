/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* A report as a file, in the shape of a records return: for each window and
 * observer the rows that it can hold. */

#include "export-file.h"
#include "ledger-private.h"
#include "penregister/exposure-json.h"
#include "penregister/ledger-json.h"

#define CSV_HEADING                                                                                   \
  "window_from,window_until,observer,host,at,address,source,kind,trigger,attempts,status,answered_at," \
  "result,disclosed,cover,account,row,retained_until\r\n"

typedef struct
{
  PenLedger *ledger;
  PenExportFile to;
  gint64 n_records;
  const PenExposureWindow *window;
  const PenExposureItem *item;
} Export;

/* CSV */

static char *
record_to_csv (const Export *export, const PenLedgerRow *row)
{
  GString *line = g_string_new (NULL);

  pen_export_time (line, export->window->since_us);
  pen_export_time (line, export->window->until_us);
  pen_export_cell (line, export->item->observer);
  pen_export_cell (line, export->item->host);
  pen_export_time (line, row->at_us);
  pen_export_cell (line, row->address);
  pen_export_cell (line, row->source);
  pen_export_cell (line, pen_kind_to_string (row->kind));
  pen_export_cell (line, pen_trigger_to_string (row->trigger));
  pen_export_number (line, row->attempts);
  pen_export_cell (line, pen_row_status_to_string (row->status));
  pen_export_time (line, row->answered_at_us);
  pen_export_cell (line, row->result);
  pen_export_cell (line, pen_disclosed_to_string (row->disclosed));
  pen_export_cell (line, row->cover ? "true" : "false");
  pen_export_cell (line, row->account);
  pen_export_number (line, row->row);
  pen_export_time (line, row->retained_until_us);
  return pen_export_line (line);
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

  fprintf (export->to.file, "{\"from\":%s%s%s,\"until\":%s%s%s,\"observers\":[", since != NULL ? "\"" : "",
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

      fprintf (export->to.file, "%s%s", i > 0 ? ",\n" : "\n", text);
    }
  fputs ("],\"windows\":[", export->to.file);
}

/* The item's object is left open for its records. */
static void
open_item (Export *export, gboolean is_first)
{
  g_autofree char *text = object_to_text (pen_exposure_item_to_json (export->item));

  text[strlen (text) - 1] = '\0';
  fprintf (export->to.file, "%s%s,\"records\":[", is_first ? "\n" : ",\n", text);
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
  text = export->to.is_json ? object_to_text (pen_ledger_row_to_json (row)) : record_to_csv (export, row);
  if (export->to.is_json)
    fputs (is_first ? "\n" : ",\n", export->to.file);
  fputs (text, export->to.file);
  export->n_records++;
  return TRUE;
}

static gboolean
write_item (Export *export, gboolean is_first, GError **error)
{
  if (export->to.is_json)
    open_item (export, is_first);
  for (guint i = 0; i < export->item->rows->len; i++)
    if (!write_record (export, g_array_index (export->item->rows, gint64, i), i == 0, error))
      return FALSE;
  if (export->to.is_json)
    fputs ("]}", export->to.file);
  return TRUE;
}

static gboolean
write_windows (Export *export, const PenExposure *exposure, GError **error)
{
  for (guint i = 0; i < exposure->windows->len; i++)
    {
      export->window = exposure->windows->pdata[i];
      if (export->to.is_json)
        {
          fputs (i > 0 ? ",\n" : "\n", export->to.file);
          write_span (export, export->window);
        }
      for (guint k = 0; k < export->window->items->len; k++)
        {
          export->item = export->window->items->pdata[k];
          if (!write_item (export, k == 0, error))
            return FALSE;
        }
      if (export->to.is_json)
        fputs ("]}", export->to.file);
    }
  return TRUE;
}

static gboolean
write_all (Export *export, const PenExposure *exposure, GError **error)
{
  if (!export->to.is_json)
    {
      fputs (CSV_HEADING, export->to.file);
      return write_windows (export, exposure, error);
    }
  write_total (export, exposure->total);
  if (!write_windows (export, exposure, error))
    return FALSE;
  fprintf (export->to.file, "\n],\"later\":%" G_GUINT64_FORMAT "}\n", exposure->later);
  return TRUE;
}

gint64
pen_exposure_export (PenLedger *ledger, const PenExposureQuery *query, const char *path, const char *format,
                     GError **error)
{
  Export export = { .ledger = ledger };
  g_autoptr (PenExposure) exposure = NULL;
  gboolean is_whole;

  if (!pen_export_file_open (&export.to, ledger->database, path, format, error))
    return -1;
  exposure = pen_exposure_report (ledger, query, error);
  is_whole = exposure != NULL && write_all (&export, exposure, error);
  return pen_export_file_close (&export.to, is_whole, error) ? export.n_records : -1;
}
