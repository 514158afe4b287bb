/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "ledger-model.h"

G_BEGIN_DECLS

/* The list of rows and the sentence under it. */

typedef struct _PenLedgerList PenLedgerList;

/** pen_ledger_list_new: Returns: (transfer none): lives as long as its widget. */
PenLedgerList *pen_ledger_list_new (PenLedgerModel *model);

/** pen_ledger_list_widget: Returns: (transfer none): the widget to pack. */
GtkWidget *pen_ledger_list_widget (PenLedgerList *list);

/** pen_ledger_list_view: Returns: (transfer none): the GtkTreeView in it. */
GtkWidget *pen_ledger_list_view (PenLedgerList *list);

/** pen_ledger_list_set: @numbers: (transfer full): shows these rows; what was selected stays so, if it is there. */
void pen_ledger_list_set (PenLedgerList *list, GArray *numbers);

/**
 * pen_ledger_list_clear_many:
 *
 * Takes all rows out if they are so many that this takes long: then it is best
 * done while others are searched.
 *
 * Returns: whether the list is empty now for that reason
 */
gboolean pen_ledger_list_clear_many (PenLedgerList *list);

G_END_DECLS
