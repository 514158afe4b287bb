/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides where what is shown can be saved to, and as what: the picture as it
 * is seen, or the records behind it. */

#include "exposure-gui.h"
#include "exposure-pane.h"
#include "exposure-save.h"
#include "ledger-words.h"

#include <glib/gi18n-lib.h>

#define SPACE_PX 6
#define NAME_CHARS 400

typedef enum
{
  SAVE_PDF,
  SAVE_PNG,
  SAVE_CSV,
  SAVE_JSON,
  N_SAVES
} SaveAs;

static const struct
{
  const char *label;
  const char *description;
  const char *file;
} saves[N_SAVES] = {
  { N_("Save as _PDF…"), N_("Saves the timeline as it is seen"), "exposure.pdf" },
  { N_("Save as P_NG…"), N_("Saves the timeline as it is seen"), "exposure.png" },
  { N_("Save records (_CSV)…"), N_("Saves every record of these days as a table"), "exposure.csv" },
  { N_("Save records (_JSON)…"), N_("Saves every record of these days for programs"), "exposure.json" },
};

static gboolean
save (PenExposureView *view, SaveAs as, const char *path, GError **error)
{
  PenExposureQuery query = pen_exposure_query_of (view);
  GtkAllocation room;

  if (as == SAVE_CSV || as == SAVE_JSON)
    return pen_interface ()->exposure_export (pen_exposure_account_of (view), &query, path,
                                              as == SAVE_CSV ? "csv" : "json", error) >= 0;
  gtk_widget_get_allocation (view->drawing, &room);
  return pen_picture_save (view->picture, room.width, path, as == SAVE_PDF ? PEN_PICTURE_PDF : PEN_PICTURE_PNG, error);
}

static void
on_response (GtkWidget *dialog, int response, PenExposureView *view)
{
  SaveAs as = (SaveAs) GPOINTER_TO_INT (g_object_get_data (G_OBJECT (dialog), "pen-save"));
  g_autofree char *path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (dialog));
  g_autofree char *name = path != NULL ? g_filename_display_name (path) : NULL;
  g_autofree char *clean = pen_words_clean (name, NAME_CHARS);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  gtk_widget_hide (dialog);
  if (response == GTK_RESPONSE_ACCEPT && path != NULL && view->picture != NULL)
    {
      text = save (view, as, path, &error) ? g_strdup_printf (_("Saved in %s."), clean)
                                           : g_strdup_printf (_("Nothing was saved: %s"), error->message);
      pen_exposure_say (view, text);
    }
  gtk_widget_destroy (dialog);
}

static void
on_clicked (GtkWidget *button, PenExposureView *view)
{
  int as = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (button), "pen-save"));
  GtkWidget *top = gtk_widget_get_toplevel (button);
  GtkWidget *dialog;

  if (view->picture == NULL)
    return;
  dialog = gtk_file_chooser_dialog_new (_("Save what they could hand over"), GTK_WINDOW (top),
                                        GTK_FILE_CHOOSER_ACTION_SAVE, GTK_STOCK_CANCEL, GTK_RESPONSE_CANCEL,
                                        GTK_STOCK_SAVE, GTK_RESPONSE_ACCEPT, NULL);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog), TRUE);
  gtk_window_set_modal (GTK_WINDOW (dialog), TRUE);
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_ACCEPT);
  gtk_file_chooser_set_do_overwrite_confirmation (GTK_FILE_CHOOSER (dialog), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), saves[as].file);
  g_object_set_data (G_OBJECT (dialog), "pen-save", GINT_TO_POINTER (as));
  g_signal_connect (dialog, "response", G_CALLBACK (on_response), view);
  gtk_widget_show (dialog);
}

GtkWidget *
pen_exposure_buttons (PenExposureView *view)
{
  GtkWidget *box = gtk_hbox_new (FALSE, SPACE_PX);

  for (int i = 0; i < N_SAVES; i++)
    {
      GtkWidget *button = pen_gui_button (_(saves[i].label), _(saves[i].description), G_CALLBACK (on_clicked), view);

      g_object_set_data (G_OBJECT (button), "pen-save", GINT_TO_POINTER (i));
      gtk_box_pack_start (GTK_BOX (box), button, FALSE, FALSE, 0);
    }
  return box;
}
