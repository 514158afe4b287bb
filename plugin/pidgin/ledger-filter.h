/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

#include "ledger-window.h"

G_BEGIN_DECLS

/* The bar of filters over the list. */

typedef struct _PenLedgerBar PenLedgerBar;

/** PenLedgerWish: a filter that owns its texts. */
typedef struct
{
  PenLedgerFilter filter;
  char *account;
  char *address;
  char *text;
} PenLedgerWish;

/**
 * pen_ledger_bar_new:
 * @changed: told a moment after the last change, with @data
 *
 * Returns: (transfer none): lives as long as its widget
 */
PenLedgerBar *pen_ledger_bar_new (const PenLedgerHost *host, void (*changed) (gpointer data), gpointer data);

/** pen_ledger_bar_widget: Returns: (transfer none): the widget to pack. */
GtkWidget *pen_ledger_bar_widget (PenLedgerBar *bar);

/** pen_ledger_bar_wish: Returns: (transfer full): what is asked for now. */
PenLedgerWish *pen_ledger_bar_wish (PenLedgerBar *bar);

/** pen_ledger_bar_set_person: shows what was asked about @address by @account (both nullable), and nothing else. */
void pen_ledger_bar_set_person (PenLedgerBar *bar, const char *account, const char *address);

/** pen_ledger_bar_clear: takes all filters off. */
void pen_ledger_bar_clear (PenLedgerBar *bar);

/** pen_ledger_bar_focus: puts the keyboard into the search for a text. */
void pen_ledger_bar_focus (PenLedgerBar *bar);

/** pen_ledger_bar_is_typed: Returns: whether somebody is writing: the newest change is one of a text. */
gboolean pen_ledger_bar_is_typed (PenLedgerBar *bar);

/** pen_ledger_bar_problem: Returns: (nullable): why a field is not understood, a sentence. */
const char *pen_ledger_bar_problem (PenLedgerBar *bar);

/** pen_ledger_wish_copy: / pen_ledger_wish_free */
PenLedgerWish *pen_ledger_wish_copy (const PenLedgerWish *wish);
void pen_ledger_wish_free (PenLedgerWish *wish);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenLedgerWish, pen_ledger_wish_free)

G_END_DECLS
