/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Shows the model. Fixed height is not a matter of taste: without it GTK
 * measures every row before it paints the first. */

#include "ledger-list.h"

#include <glib/gi18n-lib.h>

#include "exposure-gui.h"

#define SENTENCE_LINES_PX 64
/* What a title's button has around the title. */
#define TITLE_FRAME_PX 24
/* GTK frees a node for each: this many take some milliseconds. */
#define MANY_ROWS 50000

struct _PenLedgerList
{
  PenLedgerModel *model;
  GtkWidget *box;
  GtkWidget *view;
  GtkWidget *sentence;
  gint64 selected;
};

/* From left to right. What says who was told what, why and how it ended is seen in a window of the first size. */
static const struct
{
  PenLedgerColumn column;
  int width_px;
} places[PEN_N_COLUMNS] = {
  { PEN_COLUMN_TIME, 150 }, { PEN_COLUMN_ABOUT, 150 }, { PEN_COLUMN_OBSERVERS, 240 }, { PEN_COLUMN_KIND, 130 },
  { PEN_COLUMN_TRIGGER, 120 }, { PEN_COLUMN_RESULT, 160 }, { PEN_COLUMN_COVER, 60 }, { PEN_COLUMN_DISCLOSED, 130 },
  { PEN_COLUMN_ACCOUNT, 170 }, { PEN_COLUMN_BYTES, 60 }, { PEN_COLUMN_LATENCY, 80 }, { PEN_COLUMN_RETAINED, 150 },
};

static void
show_sentence (PenLedgerList *list)
{
  g_autofree char *text = NULL;
  const PenLedgerRow *row;
  GtkTreeIter iter;

  if (list->selected == 0 || !pen_ledger_model_find (list->model, list->selected, &iter))
    {
      gtk_label_set_text (GTK_LABEL (list->sentence), _("Select a row to read what was told to whom."));
      return;
    }
  row = pen_ledger_model_row (list->model, &iter);
  text = row != NULL ? pen_words_sentence (row) : g_strdup ("…");
  gtk_label_set_text (GTK_LABEL (list->sentence), text);
}

static void
on_selected (GtkTreeSelection *selection, PenLedgerList *list)
{
  GtkTreeIter iter;

  if (gtk_tree_view_get_model (GTK_TREE_VIEW (list->view)) == NULL)
    return;
  list->selected = gtk_tree_selection_get_selected (selection, NULL, &iter)
                     ? pen_ledger_model_number (list->model, &iter) : 0;
  show_sentence (list);
}

static void
on_row_changed (GtkTreeModel *model, GtkTreePath *path, GtkTreeIter *iter, PenLedgerList *list)
{
  if (list->selected != 0 && pen_ledger_model_number (list->model, iter) == list->selected)
    show_sentence (list);
}

/* As wide as the cells want, and no title is cut in any language. */
static int
width_of (GtkWidget *view, PenLedgerColumn column, int width_px)
{
  PangoLayout *title = gtk_widget_create_pango_layout (view, pen_words_column (column));
  int title_px;

  pango_layout_get_pixel_size (title, &title_px, NULL);
  g_object_unref (title);
  return MAX (width_px, title_px + TITLE_FRAME_PX);
}

static void
add_column (GtkWidget *view, PenLedgerColumn column, int width_px)
{
  GtkCellRenderer *cell = gtk_cell_renderer_text_new ();
  GtkTreeViewColumn *shown = gtk_tree_view_column_new_with_attributes (pen_words_column (column), cell, "text",
                                                                       (int) column, NULL);

  g_object_set (cell, "ellipsize", PANGO_ELLIPSIZE_END, "single-paragraph-mode", TRUE, NULL);
  if (column == PEN_COLUMN_BYTES || column == PEN_COLUMN_LATENCY)
    g_object_set (cell, "xalign", 1.0, NULL);
  gtk_cell_renderer_text_set_fixed_height_from_font (GTK_CELL_RENDERER_TEXT (cell), 1);
  gtk_tree_view_column_set_sizing (shown, GTK_TREE_VIEW_COLUMN_FIXED);
  gtk_tree_view_column_set_fixed_width (shown, width_of (view, column, width_px));
  gtk_tree_view_column_set_resizable (shown, TRUE);
  gtk_tree_view_column_set_reorderable (shown, TRUE);
  gtk_tree_view_append_column (GTK_TREE_VIEW (view), shown);
}

static GtkWidget *
make_view (PenLedgerList *list)
{
  GtkWidget *view = gtk_tree_view_new ();

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    add_column (view, places[i].column, places[i].width_px);
  gtk_tree_view_set_fixed_height_mode (GTK_TREE_VIEW (view), TRUE);
  gtk_tree_view_set_rules_hint (GTK_TREE_VIEW (view), TRUE);
  /* It would look through every row on the main loop. */
  gtk_tree_view_set_enable_search (GTK_TREE_VIEW (view), FALSE);
  gtk_tree_view_set_model (GTK_TREE_VIEW (view), GTK_TREE_MODEL (list->model));
  atk_object_set_name (gtk_widget_get_accessible (view), _("Rows of the ledger"));
  g_signal_connect (gtk_tree_view_get_selection (GTK_TREE_VIEW (view)), "changed", G_CALLBACK (on_selected), list);
  return view;
}

static void
free_list (gpointer data)
{
  PenLedgerList *list = data;

  g_signal_handlers_disconnect_by_data (list->model, list);
  g_object_unref (list->model);
  g_free (list);
}

PenLedgerList *
pen_ledger_list_new (PenLedgerModel *model)
{
  PenLedgerList *list = g_new0 (PenLedgerList, 1);
  GtkWidget *scrolled = gtk_scrolled_window_new (NULL, NULL);
  GtkWidget *sentence = pen_gui_wide_text (&list->sentence, SENTENCE_LINES_PX);

  list->model = g_object_ref (model);
  list->box = gtk_vbox_new (FALSE, 6);
  list->view = make_view (list);
  g_object_set_data_full (G_OBJECT (list->box), "penregister-list", list, free_list);
  g_signal_connect (model, "row-changed", G_CALLBACK (on_row_changed), list);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_AUTOMATIC, GTK_POLICY_ALWAYS);
  gtk_scrolled_window_set_shadow_type (GTK_SCROLLED_WINDOW (scrolled), GTK_SHADOW_IN);
  gtk_container_add (GTK_CONTAINER (scrolled), list->view);
  gtk_box_pack_start (GTK_BOX (list->box), scrolled, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (list->box), sentence, FALSE, FALSE, 0);
  show_sentence (list);
  return list;
}

GtkWidget *
pen_ledger_list_widget (PenLedgerList *list)
{
  return list->box;
}

GtkWidget *
pen_ledger_list_view (PenLedgerList *list)
{
  return list->view;
}

void
pen_ledger_list_set (PenLedgerList *list, GArray *numbers)
{
  GtkTreeView *view = GTK_TREE_VIEW (list->view);
  GtkTreeIter iter;

  gtk_tree_view_set_model (view, NULL);
  pen_ledger_model_set (list->model, numbers);
  gtk_tree_view_set_model (view, GTK_TREE_MODEL (list->model));
  if (list->selected != 0 && pen_ledger_model_find (list->model, list->selected, &iter))
    gtk_tree_selection_select_iter (gtk_tree_view_get_selection (view), &iter);
  else
    list->selected = 0;
  show_sentence (list);
}

gboolean
pen_ledger_list_clear_many (PenLedgerList *list)
{
  gint64 selected = list->selected;

  if (pen_ledger_model_length (list->model) < MANY_ROWS)
    return FALSE;
  pen_ledger_list_set (list, g_array_new (FALSE, FALSE, sizeof (gint64)));
  list->selected = selected;
  return TRUE;
}
