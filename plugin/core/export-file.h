/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <stdio.h>

#include "penregister/database.h"

G_BEGIN_DECLS

/* What all exports have in common: a file that stands there whole or not at
 * all, and cells that no spreadsheet takes for formulas. */

/**
 * PenExportFile:
 * @file: what is written to; its errors are seen at the end
 * @path: where it shall stand; @temporary: where it stands meanwhile
 */
typedef struct
{
  FILE *file;
  gboolean is_json;
  char *path;
  char *temporary;
} PenExportFile;

/**
 * pen_export_file_open:
 * @path: (nullable): of the export; the store itself and its log are refused
 * @format: (nullable): "csv" or "json"
 *
 * Returns: %FALSE with @error set; then there is nothing to close
 */
gboolean pen_export_file_open (PenExportFile *export, PenDatabase *database, const char *path, const char *format,
                               GError **error);

/** pen_export_file_close: @is_whole: all was written: it takes its place. Returns: %FALSE with @error set, or when it was not whole */
gboolean pen_export_file_close (PenExportFile *export, gboolean is_whole, GError **error);

/** pen_export_cell: / _number / _time: one more cell of a CSV line (RFC 4180). @text: (nullable) */
void pen_export_cell (GString *line, const char *text);
void pen_export_number (GString *line, gint64 number);
void pen_export_time (GString *line, gint64 at_us);

/** pen_export_line: Returns: (transfer full): the line, ended. @line: (transfer full) */
char *pen_export_line (GString *line);

G_END_DECLS
