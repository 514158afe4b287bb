/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "ledger-feed.h"
#include "ledger-window.h"

G_BEGIN_DECLS

/**
 * PenLedgerDesk: what the dialogs of the window share.
 * @window: the one that they belong to
 * @scans: counts and exports
 * @say: shows a sentence under the list
 * @deleting: nothing is to be read until @deleted: rows are gone, read anew
 */
typedef struct
{
  GtkWindow *window;
  const PenPane *pane;
  PenLedgerFeed *scans;
  void (*say) (const char *sentence, gpointer data);
  void (*deleting) (gpointer data);
  void (*deleted) (gpointer data);
  gpointer data;
} PenLedgerDesk;

/** pen_ledger_delete_show: asks how old rows must be, says what will be gone, and deletes it when told so. */
void pen_ledger_delete_show (const PenLedgerDesk *desk);

G_END_DECLS
