/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which numbers of a report stand in the table beside the picture:
 * all of them, as words, so that whoever cannot see the picture reads them. */

#include "exposure-table.h"

#include "exposure-gui.h"
#include "exposure-words.h"
#include "ledger-words.h"

#include <glib/gi18n-lib.h>

enum
{
  COLUMN_WHO,
  COLUMN_LOOKUPS,
  COLUMN_PEOPLE,
  COLUMN_COVER,
  COLUMN_BASE_LOOKUPS,
  COLUMN_BASE_PEOPLE,
  COLUMN_DELIVERIES,
  COLUMN_RECEIVERS,
  COLUMN_SAVED,
  COLUMN_SOURCES,
  COLUMN_TIMING,
  COLUMN_BASE_TIMING,
  COLUMN_RETAINED,
  N_COLUMNS
};

static const char *const titles[N_COLUMNS] = {
  N_("Who"), N_("Questions"), N_("People"), N_("Cover"), N_("2016: questions"), N_("2016: people"), N_("Messages"),
  N_("Receivers"), N_("Not asked"), N_("Network addresses"), N_("Timing"), N_("2016: timing"), N_("Kept until"),
};

GtkWidget *
pen_exposure_table_new (void)
{
  GType types[N_COLUMNS];
  GtkListStore *store;
  GtkWidget *table;

  for (int i = 0; i < N_COLUMNS; i++)
    types[i] = G_TYPE_STRING;
  store = gtk_list_store_newv (N_COLUMNS, types);
  table = gtk_tree_view_new_with_model (GTK_TREE_MODEL (store));
  g_object_unref (store);
  for (int i = 0; i < N_COLUMNS; i++)
    pen_gui_column (GTK_TREE_VIEW (table), _(titles[i]), i);
  pen_gui_name (table, _("What they could hand over, as a table"), NULL);
  return table;
}

static void
set_number (GtkListStore *store, GtkTreeIter *iter, int column, guint64 number)
{
  g_autofree char *text = pen_words_number ((gint64) MIN (number, G_MAXINT64));

  gtk_list_store_set (store, iter, column, text, -1);
}

static void
set_texts (GtkListStore *store, GtkTreeIter *iter, const PenExposureItem *item)
{
  g_autofree char *who = pen_exposure_words_who (item);
  g_autofree char *timing = pen_exposure_words_timing (item->timing_s);
  g_autofree char *base_timing = pen_exposure_words_timing (item->baseline.timing_s);
  g_autofree char *retained = pen_words_time (item->retained_until_us);

  gtk_list_store_set (store, iter, COLUMN_WHO, who, COLUMN_TIMING, item->lookups > 0 ? timing : "",
                      COLUMN_BASE_TIMING, item->baseline.lookups > 0 ? base_timing : "", COLUMN_RETAINED, retained, -1);
}

void
pen_exposure_table_fill (GtkWidget *table, const GPtrArray *items)
{
  GtkListStore *store = GTK_LIST_STORE (gtk_tree_view_get_model (GTK_TREE_VIEW (table)));

  gtk_list_store_clear (store);
  for (guint i = 0; i < items->len; i++)
    {
      const PenExposureItem *item = items->pdata[i];
      GtkTreeIter iter;

      gtk_list_store_append (store, &iter);
      set_texts (store, &iter, item);
      set_number (store, &iter, COLUMN_LOOKUPS, item->lookups);
      set_number (store, &iter, COLUMN_PEOPLE, item->people);
      set_number (store, &iter, COLUMN_COVER, item->cover);
      set_number (store, &iter, COLUMN_BASE_LOOKUPS, item->baseline.lookups);
      set_number (store, &iter, COLUMN_BASE_PEOPLE, item->baseline.people);
      set_number (store, &iter, COLUMN_DELIVERIES, item->deliveries);
      set_number (store, &iter, COLUMN_RECEIVERS, item->delivery_people);
      set_number (store, &iter, COLUMN_SAVED, item->saved);
      set_number (store, &iter, COLUMN_SOURCES, g_strv_length (item->sources));
    }
}
