/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

#include "ledger-feed.h"
#include "ledger-words.h"

G_BEGIN_DECLS

/* The list's rows, newest first: the number of every row is held, the rows
 * themselves a page at a time, as they are looked at. All columns are texts
 * (PenLedgerColumn). A row that is not read yet has "…" for its time. */

#define PEN_TYPE_LEDGER_MODEL (pen_ledger_model_get_type ())
G_DECLARE_FINAL_TYPE (PenLedgerModel, pen_ledger_model, PEN, LEDGER_MODEL, GObject)

/** PenLedgerTrouble: told when a page could not be read. */
typedef void (*PenLedgerTrouble) (const GError *error, gpointer data);

PenLedgerModel *pen_ledger_model_new (PenLedgerTrouble trouble, gpointer data);

/** pen_ledger_model_set_feed: @feed: (nullable): reads the pages from now on. */
void pen_ledger_model_set_feed (PenLedgerModel *model, PenLedgerFeed *feed);

/**
 * pen_ledger_model_set:
 * @numbers: (transfer full) (element-type gint64): all rows, newest first
 *
 * Only while no view shows the model: nothing is told of the change.
 */
void pen_ledger_model_set (PenLedgerModel *model, GArray *numbers);

/** pen_ledger_model_add: @numbers: (transfer full): rows newer than all others, newest first. */
void pen_ledger_model_add (PenLedgerModel *model, GArray *numbers);

/** pen_ledger_model_touch: row number @row has changed: it is read again when it is looked at. */
void pen_ledger_model_touch (PenLedgerModel *model, gint64 row);

/** pen_ledger_model_newest: Returns: the highest row number that is held, 0 for none. */
gint64 pen_ledger_model_newest (PenLedgerModel *model);

/** pen_ledger_model_length: Returns: how many rows there are. */
guint pen_ledger_model_length (PenLedgerModel *model);

/** pen_ledger_model_number: Returns: the number of the row at @iter. */
gint64 pen_ledger_model_number (PenLedgerModel *model, GtkTreeIter *iter);

/** pen_ledger_model_find: Returns: whether row number @row is in the list; @iter (out). */
gboolean pen_ledger_model_find (PenLedgerModel *model, gint64 row, GtkTreeIter *iter);

/** pen_ledger_model_row: Returns: (transfer none) (nullable): the row at @iter, if it is read; else it is read now. */
const PenLedgerRow *pen_ledger_model_row (PenLedgerModel *model, GtkTreeIter *iter);

G_END_DECLS
