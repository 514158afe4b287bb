/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * pen_exposure_view_new:
 *
 * What each observer could hand over: the choice of account, observer and
 * days, the timeline, and the numbers. It reads the ledger when it is shown
 * first, and again when asked. It must be gone before the plugin is unloaded.
 *
 * Returns: (transfer floating): the view, to be packed into a window
 */
GtkWidget *pen_exposure_view_new (void);

G_END_DECLS
