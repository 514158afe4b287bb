/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what the view of a report shows: which window of which days, whose
 * lanes, and what is said meanwhile. */

#include "exposure-pane.h"

#include "exposure-gui.h"
#include "exposure-table.h"
#include "exposure-view.h"
#include "exposure-words.h"
#include "ledger-words.h"

#include <glib/gi18n-lib.h>

#define HOST_CHARS 80

const PenExposureWindow *
pen_exposure_shown_window (const PenExposureView *view)
{
  int chosen = gtk_combo_box_get_active (GTK_COMBO_BOX (view->window));

  if (view->report == NULL)
    return NULL;
  /* One window needs no chain: the total has no numbers of rows. */
  if (chosen <= 0 || chosen > (int) view->report->windows->len)
    return view->report->total;
  return view->report->windows->pdata[chosen - 1];
}

static gboolean
is_same (const PenExposureItem *one, const PenExposureItem *other)
{
  return g_str_equal (one->observer, other->observer) && g_strcmp0 (one->host, other->host) == 0;
}

/* The rows of @item in every window that lies within @shown. */
static GArray *
numbers_of (const PenExposureView *view, const PenExposureWindow *shown, const PenExposureItem *item)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint w = 0; w < view->report->windows->len; w++)
    {
      const PenExposureWindow *window = view->report->windows->pdata[w];

      if (window->since_us < shown->since_us || window->until_us > shown->until_us)
        continue;
      for (guint i = 0; i < window->items->len; i++)
        {
          const PenExposureItem *found = window->items->pdata[i];

          if (is_same (found, item) && found->rows != NULL && found->rows->len > 0)
            g_array_append_vals (numbers, found->rows->data, found->rows->len);
        }
    }
  return numbers;
}

static void
choose_items (PenExposureView *view, const PenExposureWindow *shown)
{
  g_autofree char *chosen = gtk_combo_box_text_get_active_text (GTK_COMBO_BOX_TEXT (view->observer));
  gboolean all = gtk_combo_box_get_active (GTK_COMBO_BOX (view->observer)) <= 0;

  g_clear_pointer (&view->items, g_ptr_array_unref);
  view->items = g_ptr_array_new ();
  for (guint i = 0; i < shown->items->len; i++)
    {
      g_autofree char *who = pen_exposure_words_who (shown->items->pdata[i]);

      if (all || g_strcmp0 (who, chosen) == 0)
        g_ptr_array_add (view->items, shown->items->pdata[i]);
    }
}

static char *
title_of (const PenExposureView *view, const PenExposureWindow *shown)
{
  g_autofree char *days = pen_exposure_words_days (shown->since_us, shown->until_us);
  g_autofree char *account = gtk_combo_box_text_get_active_text (GTK_COMBO_BOX_TEXT (view->account));
  g_autofree char *clean = pen_words_clean (account, HOST_CHARS);

  /* Translators: title of a picture: whose account, and which days. */
  return g_strdup_printf (_("What they could hand over: %s, %s"), clean, days);
}

static void
measure (PenExposureView *view)
{
  GtkAllocation room;

  gtk_widget_get_allocation (view->drawing, &room);
  gtk_widget_set_size_request (view->drawing, PEN_PICTURE_MIN_WIDTH_PX,
                               pen_picture_draw (view->picture, NULL, room.width));
  gtk_widget_queue_draw (view->drawing);
}

static void
on_ticks (gboolean is_done, gpointer data)
{
  PenExposureView *view = data;

  gtk_widget_queue_draw (view->drawing);
  if (!is_done)
    return;
  view->fill = NULL;
  pen_exposure_say (view, view->report->later > 0
                            ? _("The ledger was read. Some rows are from the future and are not counted: was the clock "
                                "set back?")
                            : _("The ledger was read."));
}

static void
start_picture (PenExposureView *view, const PenExposureWindow *shown)
{
  g_autofree char *title = title_of (view, shown);
  GPtrArray *numbers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  const PenExposureWait wait = { .ticks = on_ticks, .data = view };
  g_autoptr (GError) error = NULL;

  pen_picture_fill_free (g_steal_pointer (&view->fill));
  pen_picture_free (view->picture);
  view->picture = pen_picture_new (title, shown->since_us, shown->until_us);
  view->picture->font = pango_font_description_to_string (gtk_widget_get_style (view->box)->font_desc);
  for (guint i = 0; i < view->items->len; i++)
    {
      PenLane *lane = pen_picture_add (view->picture);

      lane->title = pen_exposure_words_who (view->items->pdata[i]);
      lane->numbers = pen_exposure_words_numbers (view->items->pdata[i]);
      lane->baseline = pen_exposure_words_baseline (&((PenExposureItem *) view->items->pdata[i])->baseline);
      g_ptr_array_add (numbers, i < PEN_PICTURE_MAX_LANES ? numbers_of (view, shown, view->items->pdata[i])
                                                          : g_array_new (FALSE, FALSE, sizeof (gint64)));
    }
  view->fill = pen_picture_fill_new (view->picture, numbers, &wait, &error);
  if (view->fill == NULL)
    pen_exposure_say (view, error->message);
  measure (view);
}

static void
describe_picture (PenExposureView *view)
{
  GString *text = g_string_new (view->picture->title);

  for (guint i = 0; i < MIN (view->picture->lanes->len, PEN_PICTURE_MAX_LANES); i++)
    {
      const PenLane *lane = view->picture->lanes->pdata[i];

      g_string_append_printf (text, "\n%s. %s %s", lane->title, lane->numbers, lane->baseline);
    }
  pen_gui_name (view->drawing, _("Timeline"), text->str);
  g_string_free (text, TRUE);
}

void
pen_exposure_show (PenExposureView *view)
{
  const PenExposureWindow *shown = pen_exposure_shown_window (view);

  if (shown == NULL)
    return;
  choose_items (view, shown);
  pen_exposure_table_fill (view->table, view->items);
  start_picture (view, shown);
  describe_picture (view);
}
