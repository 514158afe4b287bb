/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The ledger window: puts filter, list, sentence and totals together, and
 * decides what is read again when. A new filter shows its first rows at once
 * and all of them as soon as they are known; rows that come are gathered. */

#include "ledger-window.h"

#include <gdk/gdkkeysyms.h>
#include <glib/gi18n-lib.h>

#include "exposure-gui.h"
#include "ledger-export.h"
#include "ledger-list.h"
#include "ledger-scan.h"

#define WIDTH_PX 1100
#define HEIGHT_PX 640
/* Two lines. */
#define NOTICE_PX 40
#define LIVE_MS 100
#define LIVE_AGAIN_MS 500
/* A row is told of before its turn is durable, on a slow disk long before. */
#define MAX_LIVE_TRIES 20
#define TOTALS_MS 2000
/* Whoever types the next letter by then is not held up by the rows of this one. */
#define TYPING_PAUSE_MS 200

struct _PenLedgerWindow
{
  PenLedgerHost host;
  GtkWidget *widget;
  GtkWidget *pages;
  PenLedgerBar *bar;
  PenLedgerList *list;
  PenLedgerModel *model;
  PenLedgerFeed *reads;
  PenLedgerFeed *scans;
  PenLedgerWish *wish;
  GtkWidget *totals;
  GtkWidget *notice;
  GArray *touched;
  gint64 told_row;
  gint64 scanned_to;
  guint live;
  guint live_tries;
  guint counting;
  guint going_on;
  gboolean has_news;
  gboolean is_deleting;
};

static void refresh (PenLedgerWindow *window);
static void ask (PenLedgerWindow *window, PenLedgerScanKind kind);

/* Sentences */

static void
say (const char *sentence, gpointer data)
{
  PenLedgerWindow *window = data;

  gtk_label_set_text (GTK_LABEL (window->notice), sentence);
  gtk_widget_set_visible (gtk_widget_get_parent (window->notice), *sentence != '\0');
}

/* What a dialog did is to be read until something else is asked for. */
static void
say_news (const char *sentence, gpointer data)
{
  PenLedgerWindow *window = data;

  window->has_news = TRUE;
  say (sentence, window);
}

static void
say_trouble (const GError *error, gpointer data)
{
  g_autofree char *sentence = g_strdup_printf (_("The ledger cannot be read: %s Press F5 to try again."), error->message);

  say (sentence, data);
}

static void
say_length (PenLedgerWindow *window)
{
  g_autofree char *rows = pen_words_number (pen_ledger_model_length (window->model));
  g_autofree char *text = g_strdup_printf (_("Rows: %s · counting…"), rows);

  gtk_label_set_text (GTK_LABEL (window->totals), text);
}

static void
say_found (PenLedgerWindow *window)
{
  const char *problem = pen_ledger_bar_problem (window->bar);

  if (window->has_news)
    return;
  if (problem == NULL && pen_ledger_model_length (window->model) == 0)
    problem = _("No row matches. What is asked about people from now on is written here.");
  say (problem != NULL ? problem : "", window);
}

/* Scans */

static gboolean
on_painted (gpointer data)
{
  PenLedgerWindow *window = data;

  window->going_on = 0;
  ask (window, PEN_SCAN_ALL);
  return G_SOURCE_REMOVE;
}

static void
stop_going_on (PenLedgerWindow *window)
{
  if (window->going_on != 0)
    g_source_remove (window->going_on);
  window->going_on = 0;
}

/* Putting a million rows into the list takes longer than painting the first. */
static void
go_on_when_painted (PenLedgerWindow *window)
{
  stop_going_on (window);
  if (pen_ledger_bar_is_typed (window->bar))
    window->going_on = g_timeout_add (TYPING_PAUSE_MS, on_painted, window);
  else
    window->going_on = g_idle_add_full (G_PRIORITY_LOW, on_painted, window, NULL);
}

static void
show_all (PenLedgerWindow *window, PenLedgerScan *scan)
{
  gboolean is_whole = scan->kind == PEN_SCAN_ALL || scan->numbers->len < PEN_SCAN_FIRST_ROWS;

  window->scanned_to = scan->newest;
  pen_ledger_list_set (window->list, g_steal_pointer (&scan->numbers));
  say_length (window);
  say_found (window);
  if (is_whole)
    ask (window, PEN_SCAN_TOTALS);
  else
    go_on_when_painted (window);
}

static gboolean
on_count (gpointer data)
{
  PenLedgerWindow *window = data;

  window->counting = 0;
  ask (window, PEN_SCAN_TOTALS);
  return G_SOURCE_REMOVE;
}

static gboolean
on_live (gpointer data)
{
  PenLedgerWindow *window = data;

  window->live = 0;
  for (guint i = 0; i < window->touched->len; i++)
    pen_ledger_model_touch (window->model, g_array_index (window->touched, gint64, i));
  g_array_set_size (window->touched, 0);
  if (window->told_row > window->scanned_to)
    ask (window, PEN_SCAN_FRESH);
  if (window->counting == 0)
    window->counting = g_timeout_add (TOTALS_MS, on_count, window);
  return G_SOURCE_REMOVE;
}

static void
wait_for_live (PenLedgerWindow *window, guint ms)
{
  if (window->live == 0)
    window->live = g_timeout_add (ms, on_live, window);
}

static void
show_fresh (PenLedgerWindow *window, PenLedgerScan *scan)
{
  gboolean was_empty = pen_ledger_model_length (window->model) == 0;

  window->scanned_to = MAX (window->scanned_to, scan->newest);
  pen_ledger_model_add (window->model, g_steal_pointer (&scan->numbers));
  if (was_empty && pen_ledger_model_length (window->model) > 0)
    say_found (window);
  if (window->told_row > window->scanned_to && window->live_tries++ < MAX_LIVE_TRIES)
    wait_for_live (window, LIVE_AGAIN_MS);
}

static void
on_scanned (PenLedgerScan *scan, gpointer data)
{
  PenLedgerWindow *window = data;
  g_autofree char *totals = NULL;

  if (scan->error != NULL)
    say_trouble (scan->error, window);
  else if (scan->kind == PEN_SCAN_TOTALS)
    {
      totals = pen_words_totals (&scan->totals);
      gtk_label_set_text (GTK_LABEL (window->totals), totals);
    }
  else if (scan->kind == PEN_SCAN_FRESH)
    show_fresh (window, scan);
  else
    show_all (window, scan);
}

static void
ask (PenLedgerWindow *window, PenLedgerScanKind kind)
{
  PenLedgerScan scan = { .kind = kind, .after = kind == PEN_SCAN_FRESH ? window->scanned_to : 0 };
  PenLedgerScanner scanner = { on_scanned, window, NULL, FALSE };

  if (window->scans != NULL && !window->is_deleting)
    pen_ledger_scan (window->scans, window->wish, &scan, &scanner);
}

static gboolean
open_feeds (PenLedgerWindow *window)
{
  g_autoptr (GError) error = NULL;

  if (window->reads == NULL)
    window->reads = pen_ledger_feed_new (window->host.pane, &error);
  if (window->reads != NULL && window->scans == NULL)
    window->scans = pen_ledger_feed_new (window->host.pane, &error);
  pen_ledger_model_set_feed (window->model, window->reads);
  if (window->scans != NULL)
    return TRUE;
  say_trouble (error, window);
  return FALSE;
}

static void
refresh (PenLedgerWindow *window)
{
  if (!open_feeds (window))
    return;
  pen_ledger_feed_drop (window->scans);
  stop_going_on (window);
  g_clear_pointer (&window->wish, pen_ledger_wish_free);
  window->wish = pen_ledger_bar_wish (window->bar);
  ask (window, PEN_SCAN_FIRST);
  if (window->wish->text != NULL && pen_ledger_list_clear_many (window->list))
    gtk_label_set_text (GTK_LABEL (window->totals), _("Searching…"));
}

static void
on_filter (gpointer data)
{
  PenLedgerWindow *window = data;

  window->has_news = FALSE;
  refresh (window);
}

/* Buttons and keys */

/* A reader in the middle of something would keep the text alive in the log. */
static void
on_deleting (gpointer data)
{
  PenLedgerWindow *window = data;

  window->is_deleting = TRUE;
  pen_ledger_feed_drop (window->scans);
}

static void
on_deleted (gpointer data)
{
  PenLedgerWindow *window = data;

  window->is_deleting = FALSE;
  refresh (window);
}

static PenLedgerDesk
make_desk (PenLedgerWindow *window)
{
  return (PenLedgerDesk) { GTK_WINDOW (window->widget), window->host.pane, window->scans, say_news, on_deleting,
                           on_deleted, window };
}

static void
on_export (PenLedgerWindow *window)
{
  PenLedgerDesk desk = make_desk (window);

  if (window->scans != NULL)
    pen_ledger_export_show (&desk, window->wish);
}

static void
on_delete (PenLedgerWindow *window)
{
  PenLedgerDesk desk = make_desk (window);

  if (window->scans != NULL)
    pen_ledger_delete_show (&desk);
}

static void
on_find (PenLedgerWindow *window)
{
  pen_ledger_bar_focus (window->bar);
}

static void
on_close (PenLedgerWindow *window)
{
  gtk_widget_destroy (window->widget);
}

typedef void (*KeyFunc) (PenLedgerWindow *window);

static void
add_key (GtkAccelGroup *group, PenLedgerWindow *window, const char *key, KeyFunc function)
{
  GdkModifierType modifiers;
  guint value;

  gtk_accelerator_parse (key, &value, &modifiers);
  gtk_accel_group_connect (group, value, modifiers, GTK_ACCEL_VISIBLE,
                           g_cclosure_new_swap (G_CALLBACK (function), window, NULL));
}

static void
add_keys (PenLedgerWindow *window)
{
  GtkAccelGroup *group = gtk_accel_group_new ();

  add_key (group, window, "<Control>f", on_find);
  add_key (group, window, "<Control>e", on_export);
  add_key (group, window, "<Control>w", on_close);
  add_key (group, window, "Escape", on_close);
  add_key (group, window, "F5", refresh);
  gtk_window_add_accel_group (GTK_WINDOW (window->widget), group);
  g_object_unref (group);
}

static void
add_button (PenLedgerWindow *window, GtkWidget *box, const char *label, KeyFunc function)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  g_signal_connect_swapped (button, "clicked", G_CALLBACK (function), window);
  gtk_box_pack_start (GTK_BOX (box), button, FALSE, FALSE, 0);
}

/* Life */

static void
on_destroy (GtkWidget *widget, PenLedgerWindow *window)
{
  if (window->live != 0)
    g_source_remove (window->live);
  if (window->counting != 0)
    g_source_remove (window->counting);
  stop_going_on (window);
  pen_ledger_feed_free (window->scans);
  pen_ledger_feed_free (window->reads);
  pen_ledger_model_set_feed (window->model, NULL);
  g_object_unref (window->model);
  g_array_unref (window->touched);
  pen_ledger_wish_free (window->wish);
  window->host.closed (window->host.data);
  g_free (window);
}

static GtkWidget *
make_totals (void)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_misc_set_alignment (GTK_MISC (label), 0, 0.5f);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  atk_object_set_description (gtk_widget_get_accessible (label), _("Totals"));
  return label;
}

static GtkWidget *
make_notice (PenLedgerWindow *window)
{
  GtkWidget *frame = pen_gui_wide_text (&window->notice, NOTICE_PX);

  atk_object_set_description (gtk_widget_get_accessible (window->notice), _("Notice"));
  gtk_widget_show (window->notice);
  gtk_widget_set_no_show_all (frame, TRUE);
  return frame;
}

static GtkWidget *
make_rows_page (PenLedgerWindow *window)
{
  GtkWidget *box = gtk_vbox_new (FALSE, 6);
  GtkWidget *buttons = gtk_hbox_new (FALSE, 6);

  window->bar = pen_ledger_bar_new (&window->host, on_filter, window);
  window->list = pen_ledger_list_new (window->model);
  window->totals = make_totals ();
  add_button (window, buttons, _("_Export…"), on_export);
  add_button (window, buttons, _("_Delete old rows…"), on_delete);
  add_button (window, buttons, _("_Close"), on_close);
  gtk_container_set_border_width (GTK_CONTAINER (box), 6);
  gtk_box_pack_start (GTK_BOX (box), pen_ledger_bar_widget (window->bar), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), make_notice (window), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), pen_ledger_list_widget (window->list), TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), window->totals, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), buttons, FALSE, FALSE, 0);
  return box;
}

PenLedgerWindow *
pen_ledger_window_new (const PenLedgerHost *host)
{
  PenLedgerWindow *window = g_new0 (PenLedgerWindow, 1);

  window->host = *host;
  window->touched = g_array_new (FALSE, FALSE, sizeof (gint64));
  window->model = pen_ledger_model_new (say_trouble, window);
  window->widget = gtk_window_new (GTK_WINDOW_TOPLEVEL);
  window->pages = gtk_notebook_new ();
  gtk_window_set_title (GTK_WINDOW (window->widget), _("Metadata ledger"));
  gtk_window_set_role (GTK_WINDOW (window->widget), "penregister-ledger");
  gtk_window_set_default_size (GTK_WINDOW (window->widget), WIDTH_PX, HEIGHT_PX);
  gtk_container_add (GTK_CONTAINER (window->widget), window->pages);
  pen_ledger_window_add_page (window, _("_Rows"), make_rows_page (window));
  add_keys (window);
  g_signal_connect (window->widget, "destroy", G_CALLBACK (on_destroy), window);
  gtk_widget_show_all (window->pages);
  refresh (window);
  return window;
}

void
pen_ledger_window_add_page (PenLedgerWindow *window, const char *title, GtkWidget *page)
{
  GtkWidget *label = gtk_label_new_with_mnemonic (title);

  gtk_widget_show_all (page);
  gtk_notebook_append_page (GTK_NOTEBOOK (window->pages), page, label);
  gtk_notebook_set_show_tabs (GTK_NOTEBOOK (window->pages), gtk_notebook_get_n_pages (GTK_NOTEBOOK (window->pages)) > 1);
}

GtkWidget *
pen_ledger_window_widget (PenLedgerWindow *window)
{
  return window->widget;
}

GtkWidget *
pen_ledger_window_view (PenLedgerWindow *window)
{
  return pen_ledger_list_view (window->list);
}

void
pen_ledger_window_show (PenLedgerWindow *window, const char *account, const char *address)
{
  if (address != NULL)
    {
      pen_ledger_bar_set_person (window->bar, account, address);
      gtk_notebook_set_current_page (GTK_NOTEBOOK (window->pages), 0);
    }
  gtk_window_present (GTK_WINDOW (window->widget));
}

void
pen_ledger_window_row (PenLedgerWindow *window, gint64 row)
{
  if (row > window->told_row)
    {
      window->told_row = row;
      window->live_tries = 0;
    }
  if (row <= window->scanned_to)
    g_array_append_val (window->touched, row);
  wait_for_live (window, LIVE_MS);
}

void
pen_ledger_window_destroy (PenLedgerWindow *window)
{
  gtk_widget_destroy (window->widget);
}
