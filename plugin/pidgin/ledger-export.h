/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "ledger-delete.h"
#include "ledger-filter.h"

G_BEGIN_DECLS

/** pen_ledger_export_show: asks where to, and writes what @wish matches as CSV, JSON or PDF. */
void pen_ledger_export_show (const PenLedgerDesk *desk, const PenLedgerWish *wish);

/** PenLedgerPaper: its size in points. */
typedef struct
{
  double width;
  double height;
} PenLedgerPaper;

/**
 * pen_ledger_print:
 * @numbers: (element-type gint64): the rows to print, at most @n_rows of them
 * @path: written under another name first: it is whole or untouched; 0600
 *
 * On the feed's thread.
 *
 * Returns: rows printed, or -1 with @error set
 */
gint64 pen_ledger_print (const PenLedgerCall *call, GArray *numbers, const PenLedgerPaper *paper, const char *path,
                         GError **error);

/** How many rows are printed at most, some three hundred pages; the other files hold all. */
#define PEN_PRINT_MAX_ROWS 10000

G_END_DECLS
