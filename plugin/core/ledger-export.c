/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The ledger as a file for a person or another program: CSV (RFC 4180) or a
 * JSON array. */

#include "export-file.h"
#include "ledger-private.h"
#include "penregister/ledger-json.h"

#define CSV_HEADING                                                                       \
  "row,at,account,kind,address,cover,trigger,observers,source,stanza,attempts,bytes_out," \
  "bytes_in,status,answered_at,result,batch,disclosed,rule,retained_until\r\n"

typedef struct
{
  PenExportFile to;
  gint64 n_rows;
} Export;

static char *
row_to_csv (const PenLedgerRow *row)
{
  GString *line = g_string_new (NULL);
  g_autofree char *observers = pen_ledger_observers_to_text (row);

  pen_export_number (line, row->row);
  pen_export_time (line, row->at_us);
  pen_export_cell (line, row->account);
  pen_export_cell (line, pen_kind_to_string (row->kind));
  pen_export_cell (line, row->address);
  pen_export_cell (line, row->cover ? "true" : "false");
  pen_export_cell (line, pen_trigger_to_string (row->trigger));
  pen_export_cell (line, observers);
  pen_export_cell (line, row->source);
  pen_export_cell (line, row->stanza);
  pen_export_number (line, row->attempts);
  pen_export_number (line, row->bytes_out);
  pen_export_number (line, row->bytes_in);
  pen_export_cell (line, pen_row_status_to_string (row->status));
  pen_export_time (line, row->answered_at_us);
  pen_export_cell (line, row->result);
  pen_export_cell (line, row->batch);
  pen_export_cell (line, pen_disclosed_to_string (row->disclosed));
  pen_export_cell (line, row->rule);
  pen_export_time (line, row->retained_until_us);
  return pen_export_line (line);
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
  g_autofree char *text = export->to.is_json ? row_to_text (row) : row_to_csv (row);

  if (export->to.is_json)
    fputs (export->n_rows == 0 ? "\n" : ",\n", export->to.file);
  fputs (text, export->to.file);
  export->n_rows++;
}

static gboolean
write_rows (Export *export, PenLedger *ledger, const PenLedgerFilter *filter, GError **error)
{
  sqlite3_stmt *statement = pen_ledger_query_export (ledger, filter, error);
  int code;

  if (statement == NULL)
    return FALSE;
  fputs (export->to.is_json ? "[" : CSV_HEADING, export->to.file);
  while ((code = pen_database_step (ledger->database, statement, error)) == SQLITE_ROW)
    {
      g_autoptr (PenLedgerRow) row = pen_ledger_row_read (statement);

      write_row (export, row);
    }
  sqlite3_finalize (statement);
  if (export->to.is_json)
    fputs ("\n]\n", export->to.file);
  return code == SQLITE_DONE;
}

gint64
pen_ledger_export (PenLedger *ledger, const PenLedgerFilter *filter, const char *path, const char *format,
                   GError **error)
{
  Export export = { 0 };
  gboolean is_whole;

  if (!pen_export_file_open (&export.to, ledger->database, path, format, error))
    return -1;
  is_whole = write_rows (&export, ledger, filter, error);
  return pen_export_file_close (&export.to, is_whole, error) ? export.n_rows : -1;
}
