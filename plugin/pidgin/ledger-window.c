/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The ledger window: puts filter, list, sentence and totals together. */

#include "ledger-window.h"

#include <glib/gi18n-lib.h>

struct _PenLedgerWindow
{
  PenLedgerHost host;
  GtkWidget *widget;
};

static void
on_destroy (GtkWidget *widget, PenLedgerWindow *window)
{
  window->host.closed (window->host.data);
  g_free (window);
}

PenLedgerWindow *
pen_ledger_window_new (const PenLedgerHost *host)
{
  PenLedgerWindow *window = g_new0 (PenLedgerWindow, 1);

  window->host = *host;
  window->widget = gtk_window_new (GTK_WINDOW_TOPLEVEL);
  gtk_window_set_title (GTK_WINDOW (window->widget), _("Metadata ledger"));
  gtk_window_set_role (GTK_WINDOW (window->widget), "penregister-ledger");
  gtk_window_set_default_size (GTK_WINDOW (window->widget), 1000, 600);
  g_signal_connect (window->widget, "destroy", G_CALLBACK (on_destroy), window);
  return window;
}

void
pen_ledger_window_show (PenLedgerWindow *window, const char *account, const char *address)
{
  gtk_window_present (GTK_WINDOW (window->widget));
}

void
pen_ledger_window_row (PenLedgerWindow *window, gint64 row)
{
}

void
pen_ledger_window_destroy (PenLedgerWindow *window)
{
  gtk_widget_destroy (window->widget);
}
