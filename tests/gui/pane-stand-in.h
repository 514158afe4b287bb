/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "ledger-window.h"

#include "penregister/ledger.h"

G_BEGIN_DECLS

/* The interface of the protocol plugin without the plugin: a store in a file,
 * for windows that are tried without Pidgin. One at a time. */

typedef struct
{
  PenDatabase *database;
  PenLedger *ledger;
  gboolean is_closed;
} StandIn;

/** stand_in_open: the store at @path; ends the program when that cannot be. */
void stand_in_open (StandIn *stand_in, const char *path);
void stand_in_close (StandIn *stand_in);

/** stand_in_fill: appends rows until there are @n_rows, and commits. Returns: the last one's number. */
gint64 stand_in_fill (StandIn *stand_in, gint64 n_rows);

/** stand_in_host: Returns: what a window needs; is_closed tells that it is gone. */
PenLedgerHost stand_in_host (StandIn *stand_in);

/** stand_in_find: Returns: (transfer none) (nullable): the widget under @root whose accessible name is @name. */
GtkWidget *stand_in_find (GtkWidget *root, const char *name);

/** stand_in_wait: runs the main loop until @test is true. Returns: %FALSE after @seconds in vain. */
gboolean stand_in_wait (gboolean (*test) (gpointer data), gpointer data, int seconds);

G_END_DECLS
