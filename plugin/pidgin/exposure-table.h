/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

#include "penregister/exposure.h"

G_BEGIN_DECLS

/** pen_exposure_table_new: Returns: (transfer floating): an observer a line, with all numbers of a report. */
GtkWidget *pen_exposure_table_new (void);

/** pen_exposure_table_fill: @items: (element-type PenExposureItem): replaces what the table shows. */
void pen_exposure_table_fill (GtkWidget *table, const GPtrArray *items);

G_END_DECLS
