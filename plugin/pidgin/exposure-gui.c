/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how our windows' widgets are named and reached by the keyboard. */

#include "exposure-gui.h"

GtkWidget *
pen_gui_name (GtkWidget *widget, const char *name, const char *description)
{
  AtkObject *accessible = gtk_widget_get_accessible (widget);

  atk_object_set_name (accessible, name);
  if (description != NULL)
    atk_object_set_description (accessible, description);
  return widget;
}

GtkWidget *
pen_gui_drawing (const char *name)
{
  GtkWidget *area = gtk_drawing_area_new ();

  atk_object_set_role (gtk_widget_get_accessible (area), ATK_ROLE_DRAWING_AREA);
  return pen_gui_name (area, name, NULL);
}

GtkWidget *
pen_gui_button (const char *label, const char *description, GCallback clicked, gpointer data)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_widget_set_tooltip_text (button, description);
  atk_object_set_description (gtk_widget_get_accessible (button), description);
  g_signal_connect (button, "clicked", clicked, data);
  return button;
}

void
pen_gui_field (GtkBox *box, const char *label, GtkWidget *field)
{
  GtkWidget *words = gtk_label_new_with_mnemonic (label);

  gtk_label_set_mnemonic_widget (GTK_LABEL (words), field);
  atk_object_set_name (gtk_widget_get_accessible (field), gtk_label_get_text (GTK_LABEL (words)));
  gtk_box_pack_start (box, words, FALSE, FALSE, 0);
  gtk_box_pack_start (box, field, GTK_IS_ENTRY (field), GTK_IS_ENTRY (field), 0);
}

GtkWidget *
pen_gui_text (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_line_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_misc_set_alignment (GTK_MISC (label), 0, 0);
  return label;
}

/* A label breaks its lines at the width that it asked for. */
static void
on_room (GtkWidget *frame, GtkAllocation *room, GtkWidget *label)
{
  int width_px;

  gtk_widget_get_size_request (label, &width_px, NULL);
  if (width_px != room->width)
    gtk_widget_set_size_request (label, room->width, -1);
}

GtkWidget *
pen_gui_wide_text (GtkWidget **label, int height_px)
{
  GtkWidget *frame = gtk_viewport_new (NULL, NULL);

  *label = pen_gui_text (NULL);
  gtk_viewport_set_shadow_type (GTK_VIEWPORT (frame), GTK_SHADOW_NONE);
  gtk_container_add (GTK_CONTAINER (frame), *label);
  gtk_widget_set_size_request (frame, 1, height_px);
  g_signal_connect_object (frame, "size-allocate", G_CALLBACK (on_room), *label, 0);
  return frame;
}

GtkWidget *
pen_gui_combo (GCallback changed, gpointer data)
{
  GtkWidget *combo = gtk_combo_box_text_new ();

  g_object_set_data (G_OBJECT (combo), "pen-changed",
                     GSIZE_TO_POINTER (g_signal_connect_swapped (combo, "changed", changed, data)));
  return combo;
}

void
pen_gui_combo_fill (GtkWidget *combo, const GPtrArray *texts, int active)
{
  gulong handler = (gulong) GPOINTER_TO_SIZE (g_object_get_data (G_OBJECT (combo), "pen-changed"));

  g_signal_handler_block (combo, handler);
  gtk_list_store_clear (GTK_LIST_STORE (gtk_combo_box_get_model (GTK_COMBO_BOX (combo))));
  for (guint i = 0; i < texts->len; i++)
    gtk_combo_box_text_append_text (GTK_COMBO_BOX_TEXT (combo), texts->pdata[i]);
  gtk_combo_box_set_active (GTK_COMBO_BOX (combo), active < (int) texts->len ? active : 0);
  g_signal_handler_unblock (combo, handler);
}

void
pen_gui_column (GtkTreeView *view, const char *title, int column)
{
  GtkCellRenderer *cell = gtk_cell_renderer_text_new ();
  GtkTreeViewColumn *shown = gtk_tree_view_column_new_with_attributes (title, cell, "text", column, NULL);

  gtk_tree_view_column_set_resizable (shown, TRUE);
  gtk_tree_view_append_column (view, shown);
}

GtkWidget *
pen_gui_scrolled (GtkWidget *child)
{
  GtkWidget *scrolled = gtk_scrolled_window_new (NULL, NULL);

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_AUTOMATIC, GTK_POLICY_AUTOMATIC);
  if (GTK_WIDGET_GET_CLASS (child)->set_scroll_adjustments_signal != 0)
    gtk_container_add (GTK_CONTAINER (scrolled), child);
  else
    gtk_scrolled_window_add_with_viewport (GTK_SCROLLED_WINDOW (scrolled), child);
  return scrolled;
}
