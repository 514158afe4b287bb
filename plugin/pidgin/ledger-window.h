/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

#include "penregister/pane.h"

G_BEGIN_DECLS

/* The window that shows the ledger. It knows GTK and the interface, but
 * neither libpurple nor Pidgin. */

/**
 * PenLedgerHost: what the window needs of the world.
 * @pane: the protocol plugin's interface; must outlive the window
 * @accounts: (transfer full): bare JIDs to offer, NULL-terminated
 * @resolve: (transfer full) (nullable): URI of whom @typed means for @account (nullable: any)
 * @closed: told once, when the window is gone
 * @data: for @closed
 */
typedef struct
{
  const PenPane *pane;
  char **(*accounts) (void);
  char *(*resolve) (const char *account, const char *typed);
  void (*closed) (gpointer data);
  gpointer data;
} PenLedgerHost;

typedef struct _PenLedgerWindow PenLedgerWindow;

/** pen_ledger_window_new: Returns: (transfer full): the window; it frees itself when a person closes it. */
PenLedgerWindow *pen_ledger_window_new (const PenLedgerHost *host);

/** pen_ledger_window_show: brings it to the front, about @address (nullable) asked by @account (nullable). */
void pen_ledger_window_show (PenLedgerWindow *window, const char *account, const char *address);

/** pen_ledger_window_row: row number @row was written or completed. */
void pen_ledger_window_row (PenLedgerWindow *window, gint64 row);

/** pen_ledger_window_add_page: @page: another view of the ledger, under a tab named @title (with a mnemonic). */
void pen_ledger_window_add_page (PenLedgerWindow *window, const char *title, GtkWidget *page);

/** pen_ledger_window_widget: Returns: (transfer none): the GtkWindow; _view: the GtkTreeView of rows in it. */
GtkWidget *pen_ledger_window_widget (PenLedgerWindow *window);
GtkWidget *pen_ledger_window_view (PenLedgerWindow *window);

/** pen_ledger_window_destroy: closes it; closed() is told before this returns. */
void pen_ledger_window_destroy (PenLedgerWindow *window);

G_END_DECLS
