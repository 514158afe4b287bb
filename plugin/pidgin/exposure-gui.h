/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Small widgets that every one of our windows is made of. */

/** pen_gui_name: what a reader of the screen says of @widget; @description: (nullable). Returns: @widget */
GtkWidget *pen_gui_name (GtkWidget *widget, const char *name, const char *description);

/** pen_gui_drawing: Returns: (transfer floating): an area to be drawn on, that says what it shows by pen_gui_name(). */
GtkWidget *pen_gui_drawing (const char *name);

/** pen_gui_button: Returns: (transfer floating): with a mnemonic in @label, that calls @clicked. */
GtkWidget *pen_gui_button (const char *label, const char *description, GCallback clicked, gpointer data);

/** pen_gui_field: packs @field into @box behind a label with a mnemonic, which also names it. */
void pen_gui_field (GtkBox *box, const char *label, GtkWidget *field);

/** pen_gui_text: Returns: (transfer floating): a label that wraps, and can be selected by the keyboard. */
GtkWidget *pen_gui_text (const char *text);

/** pen_gui_combo: Returns: (transfer floating): an empty one, for pen_gui_combo_fill(). */
GtkWidget *pen_gui_combo (GCallback changed, gpointer data);

/** pen_gui_combo_fill: replaces what @combo offers, without telling that it changed, and chooses @active. */
void pen_gui_combo_fill (GtkWidget *combo, const GPtrArray *texts, int active);

/** pen_gui_column: appends a column of plain text to @view. */
void pen_gui_column (GtkTreeView *view, const char *title, int column);

/** pen_gui_scrolled: Returns: (transfer floating): @child with bars as needed. */
GtkWidget *pen_gui_scrolled (GtkWidget *child);

/**
 * pen_gui_wide_text:
 * @label: (out) (transfer none): holds the text
 * @height_px: of as many lines as the text may have
 *
 * Returns: (transfer floating): what to pack: a text that breaks its lines at the width it has, and does not keep its
 *   window from being made narrower
 */
GtkWidget *pen_gui_wide_text (GtkWidget **label, int height_px);

G_END_DECLS
