/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "ledger-feed.h"
#include "ledger-filter.h"

G_BEGIN_DECLS

/* What is asked of the whole ledger: which rows a filter matches, which came
 * since, and what they come to. */

typedef enum
{
  PEN_SCAN_FIRST,
  PEN_SCAN_ALL,
  PEN_SCAN_FRESH,
  PEN_SCAN_TOTALS
} PenLedgerScanKind;

/** How many rows the first scan gives, to have something to show at once. */
#define PEN_SCAN_FIRST_ROWS 500

/**
 * PenLedgerScan: one question and its answer.
 * @kind: what is asked; @after: for fresh rows, those with a higher number
 * @numbers: (nullable): take it; newest first
 * @newest: the highest number in the ledger before it was searched
 * @totals: what they come to
 * @error: (nullable): why there is no answer
 */
typedef struct
{
  PenLedgerScanKind kind;
  gint64 after;
  GArray *numbers;
  gint64 newest;
  PenLedgerTotals totals;
  const GError *error;
} PenLedgerScan;

typedef void (*PenLedgerScanned) (PenLedgerScan *scan, gpointer data);

/**
 * PenLedgerScanner: who is told; @is_kept as in PenLedgerJob.
 * @gone: (nullable): frees @data, however it ends
 */
typedef struct
{
  PenLedgerScanned scanned;
  gpointer data;
  GDestroyNotify gone;
  gboolean is_kept;
} PenLedgerScanner;

/** pen_ledger_scan: asks; @scan is copied. */
void pen_ledger_scan (PenLedgerFeed *feed, const PenLedgerWish *wish, const PenLedgerScan *scan,
                      const PenLedgerScanner *scanner);

G_END_DECLS
