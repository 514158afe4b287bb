/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

#include "ledger-words.h"

G_BEGIN_DECLS

#define PEN_LEDGER_PAGE_ROWS 128

/**
 * PenLedgerPage: some rows that follow each other, and the words of their cells.
 * @number: first row divided by PEN_LEDGER_PAGE_ROWS
 * @rows: (nullable): once they are read; %NULL in it for one that is gone
 * @job: (nullable): reads them
 * @is_waited: that job was waited for in vain
 * @is_stale: they are to be read again
 * @link: in the model's list of pages
 */
typedef struct
{
  guint number;
  GPtrArray *rows;
  gpointer job;
  gboolean is_waited;
  gboolean is_stale;
  GList link;
  guint first_missed;
  guint end_missed;
  char **cells;
} PenLedgerPage;

PenLedgerPage *pen_ledger_page_new (guint number);
void pen_ledger_page_free (PenLedgerPage *page);

/** pen_ledger_page_take: @rows: (transfer full): what was read. */
void pen_ledger_page_take (PenLedgerPage *page, GPtrArray *rows);

/** pen_ledger_page_miss: somebody looked at @slot who could not be told what stands there now. */
void pen_ledger_page_miss (PenLedgerPage *page, guint slot);

/** pen_ledger_page_missed: Returns: how many slots were missed since it was last asked, from @first (out) on. */
guint pen_ledger_page_missed (PenLedgerPage *page, guint *first);

/** pen_ledger_page_cell: Returns: (nullable): the words; %NULL while they are not read, or for a row that is gone. */
const char *pen_ledger_page_cell (PenLedgerPage *page, guint slot, PenLedgerColumn column);

G_END_DECLS
