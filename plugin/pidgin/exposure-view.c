/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what can be chosen of a report, and when the ledger is read for it. */

#include "exposure-view.h"

#include "exposure-gui.h"
#include "exposure-pane.h"
#include "exposure-table.h"
#include "exposure-words.h"

#include <glib/gi18n-lib.h>

#define SPACE_PX 6
#define PICTURE_HEIGHT_PX 260
#define OBSERVER_PX 320

/* One window, and chains of them. */
static const guint lengths[] = { 30, 60, 90, 180, 360, 720 };

void
pen_exposure_say (PenExposureView *view, const char *text)
{
  gtk_label_set_text (GTK_LABEL (view->state), text);
}

PurpleAccount *
pen_exposure_account_of (const PenExposureView *view)
{
  int chosen = gtk_combo_box_get_active (GTK_COMBO_BOX (view->account));
  PurpleAccount *account = chosen > 0 && chosen < (int) view->accounts->len ? view->accounts->pdata[chosen] : NULL;

  return g_list_find (purple_accounts_get_all (), account) != NULL ? account : NULL;
}

PenExposureQuery
pen_exposure_query_of (const PenExposureView *view)
{
  int chosen = gtk_combo_box_get_active (GTK_COMBO_BOX (view->days));
  PenExposureQuery query = PEN_EXPOSURE_QUERY_DEFAULT;

  query.days = lengths[CLAMP (chosen, 0, (int) G_N_ELEMENTS (lengths) - 1)];
  return query;
}

/* What was chosen stays chosen when the ledger is read again. */
static int
place_of (const GPtrArray *texts, const char *text)
{
  for (guint i = 0; text != NULL && i < texts->len; i++)
    if (g_str_equal (texts->pdata[i], text))
      return (int) i;
  return 0;
}

static void
offer_windows (PenExposureView *view)
{
  g_autofree char *now = gtk_combo_box_text_get_active_text (GTK_COMBO_BOX_TEXT (view->window));
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  const GPtrArray *windows = view->report->windows;

  g_ptr_array_add (texts, g_strdup (_("All of these days")));
  for (guint i = 0; i < windows->len; i++)
    {
      const PenExposureWindow *window = windows->pdata[i];

      g_ptr_array_add (texts, pen_exposure_words_days (window->since_us, window->until_us));
    }
  pen_gui_combo_fill (view->window, texts, place_of (texts, now));
}

static void
offer_observers (PenExposureView *view)
{
  g_autofree char *now = gtk_combo_box_text_get_active_text (GTK_COMBO_BOX_TEXT (view->observer));
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  const GPtrArray *items = view->report->total->items;

  g_ptr_array_add (texts, g_strdup (_("Everybody")));
  for (guint i = 0; i < items->len; i++)
    g_ptr_array_add (texts, pen_exposure_words_who (items->pdata[i]));
  pen_gui_combo_fill (view->observer, texts, place_of (texts, now));
}

static void
on_report (PenExposure *exposure, const GError *error, gpointer data)
{
  PenExposureView *view = data;

  view->run = NULL;
  if (exposure == NULL)
    {
      pen_exposure_say (view, error->message);
      return;
    }
  pen_picture_fill_free (g_steal_pointer (&view->fill));
  pen_interface ()->exposure_free (view->report);
  view->report = exposure;
  offer_windows (view);
  offer_observers (view);
  pen_exposure_show (view);
}

static void
read_again (PenExposureView *view)
{
  PenExposureQuery query = pen_exposure_query_of (view);
  const PenExposureWait wait = { .report = on_report, .data = view };

  pen_exposure_run_free (g_steal_pointer (&view->run));
  view->run = pen_exposure_run_new (pen_exposure_account_of (view), &query, &wait);
  pen_exposure_say (view, _("The ledger is being added up…"));
}

static void
on_read_again (GtkWidget *button, PenExposureView *view)
{
  read_again (view);
}

static gboolean
on_expose (GtkWidget *drawing, GdkEventExpose *event, PenExposureView *view)
{
  GtkAllocation room;
  cairo_t *cr;

  if (view->picture == NULL)
    return FALSE;
  gtk_widget_get_allocation (drawing, &room);
  cr = gdk_cairo_create (gtk_widget_get_window (drawing));
  gdk_cairo_region (cr, event->region);
  cairo_clip (cr);
  pen_picture_draw (view->picture, cr, room.width);
  cairo_destroy (cr);
  return TRUE;
}

/* Another width breaks lines elsewhere. */
static void
on_room (GtkWidget *drawing, GtkAllocation *room, PenExposureView *view)
{
  int height = view->picture != NULL ? pen_picture_draw (view->picture, NULL, room->width) : 0;
  int now;

  gtk_widget_get_size_request (drawing, NULL, &now);
  if (view->picture != NULL && height != now)
    gtk_widget_set_size_request (drawing, PEN_PICTURE_MIN_WIDTH_PX, height);
}

/* Building */

static void
offer_accounts (PenExposureView *view)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_set_size (view->accounts, 0);
  g_ptr_array_add (view->accounts, NULL);
  g_ptr_array_add (texts, g_strdup (_("all accounts")));
  for (GList *l = purple_accounts_get_all (); l != NULL; l = l->next)
    if (pen_interface_is_ours (l->data))
      {
        g_ptr_array_add (view->accounts, l->data);
        g_ptr_array_add (texts, pen_interface_bare (l->data));
      }
  pen_gui_combo_fill (view->account, texts, 0);
}

static void
offer_days (PenExposureView *view)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    g_ptr_array_add (texts, g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                                          "the last %u day",
                                                          "the last %u days", lengths[i]), lengths[i]));
  pen_gui_combo_fill (view->days, texts, 0);
}

static GtkWidget *
build_choices (PenExposureView *view)
{
  GtkWidget *table = gtk_vbox_new (FALSE, SPACE_PX);
  GtkWidget *upper = gtk_hbox_new (FALSE, SPACE_PX);
  GtkWidget *lower = gtk_hbox_new (FALSE, SPACE_PX);

  view->account = pen_gui_combo (G_CALLBACK (read_again), view);
  view->days = pen_gui_combo (G_CALLBACK (read_again), view);
  view->window = pen_gui_combo (G_CALLBACK (pen_exposure_show), view);
  view->observer = pen_gui_combo (G_CALLBACK (pen_exposure_show), view);
  /* The name of a host may be as long as a page; the list that opens has all of it. */
  gtk_widget_set_size_request (view->observer, OBSERVER_PX, -1);
  pen_gui_field (GTK_BOX (upper), _("_Account of yours:"), view->account);
  pen_gui_field (GTK_BOX (upper), _("_Days:"), view->days);
  pen_gui_field (GTK_BOX (lower), _("_Window of 30 days:"), view->window);
  pen_gui_field (GTK_BOX (lower), _("Wh_o holds it:"), view->observer);
  gtk_box_pack_start (GTK_BOX (table), upper, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (table), lower, FALSE, FALSE, 0);
  offer_accounts (view);
  offer_days (view);
  return table;
}

static GtkWidget *
build_panes (PenExposureView *view)
{
  GtkWidget *panes = gtk_vpaned_new ();

  view->drawing = pen_gui_drawing (_("Timeline"));
  g_signal_connect (view->drawing, "expose-event", G_CALLBACK (on_expose), view);
  g_signal_connect (view->drawing, "size-allocate", G_CALLBACK (on_room), view);
  view->table = pen_exposure_table_new ();
  gtk_paned_pack1 (GTK_PANED (panes), pen_gui_scrolled (view->drawing), TRUE, FALSE);
  gtk_paned_pack2 (GTK_PANED (panes), pen_gui_scrolled (view->table), TRUE, FALSE);
  gtk_paned_set_position (GTK_PANED (panes), PICTURE_HEIGHT_PX);
  return panes;
}

/* A widget may live on for whoever reads the screen: it must not call back. */
static void
on_destroy (GtkWidget *box, PenExposureView *view)
{
  GtkWidget *const silent[] = { view->account, view->days, view->window, view->observer, view->drawing };

  for (gsize i = 0; i < G_N_ELEMENTS (silent); i++)
    g_signal_handlers_disconnect_matched (silent[i], G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, view);
  pen_exposure_run_free (view->run);
  pen_picture_fill_free (view->fill);
  pen_picture_free (view->picture);
  pen_interface ()->exposure_free (view->report);
  g_clear_pointer (&view->items, g_ptr_array_unref);
  g_ptr_array_unref (view->accounts);
  g_free (view);
}

static void
on_first_map (GtkWidget *box, PenExposureView *view)
{
  if (view->report == NULL && view->run == NULL)
    read_again (view);
}

GtkWidget *
pen_exposure_view_new (void)
{
  PenExposureView *view = g_new0 (PenExposureView, 1);
  GtkWidget *buttons = gtk_hbox_new (FALSE, SPACE_PX);
  GtkWidget *again;

  view->accounts = g_ptr_array_new ();
  view->box = gtk_vbox_new (FALSE, SPACE_PX);
  gtk_container_set_border_width (GTK_CONTAINER (view->box), SPACE_PX);
  view->state = pen_gui_text ("");
  gtk_box_pack_start (GTK_BOX (view->box), build_choices (view), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (view->box), build_panes (view), TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (view->box), view->state, FALSE, FALSE, 0);
  again = pen_gui_button (_("Read a_gain"), _("Reads the ledger as it is now"), G_CALLBACK (on_read_again), view);
  gtk_box_pack_start (GTK_BOX (buttons), again, FALSE, FALSE, 0);
  gtk_box_pack_end (GTK_BOX (buttons), pen_exposure_buttons (view), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (view->box), buttons, FALSE, FALSE, 0);
  g_signal_connect (view->box, "destroy", G_CALLBACK (on_destroy), view);
  g_signal_connect (view->box, "map", G_CALLBACK (on_first_map), view);
  gtk_widget_show_all (view->box);
  return view->box;
}
