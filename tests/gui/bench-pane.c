/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What the ledger window costs with a million rows, in a real window: each
 * time is from the cause to rows painted, not to a function's return. One
 * JSON object a line, with the median and the goal; and with the processor
 * time of the main loop alone, which other programs change less.
 *
 *   bench-pane STORE [ROWS]      (1,000,000 unless told otherwise) */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "pane-stand-in.h"

#define DEFAULT_ROWS 1000000
#define OPENINGS 3
#define FILTERINGS 3
#define SCROLLS 200
#define PATIENCE_S 60
/* Instead of a number of rows: as many as there are, or as there were not before. */
#define ANY_ROWS (-1)
#define OTHER_ROWS (-2)

typedef struct
{
  GtkWidget *view;
  gint64 painted_rows;
  gint64 wanted_rows;
  gint64 rows_before;
  gboolean is_painted;
} Watch;

typedef struct
{
  double ms;
  double cpu_ms;
} Cost;

static Cost
now (void)
{
  struct timespec cpu;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &cpu);
  return (Cost) { (double) g_get_monotonic_time () / 1e3, (double) cpu.tv_sec * 1e3 + (double) cpu.tv_nsec / 1e6 };
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x > y) - (x < y);
}

static int
compare_cpu (const void *a, const void *b)
{
  return compare (&((const Cost *) a)->cpu_ms, &((const Cost *) b)->cpu_ms);
}

static void
report (const char *what, GArray *costs, int goal_ms)
{
  double cpu_ms;

  qsort (costs->data, costs->len, sizeof (Cost), compare_cpu);
  cpu_ms = g_array_index (costs, Cost, costs->len / 2).cpu_ms;
  /* The first member is the time. */
  qsort (costs->data, costs->len, sizeof (Cost), compare);
  g_print ("{\"bench\": \"pane\", \"what\": \"%s\", \"median_ms\": %.1f, \"max_ms\": %.1f, \"cpu_ms\": %.1f, "
           "\"goal_ms\": %d}\n", what, g_array_index (costs, Cost, costs->len / 2).ms,
           g_array_index (costs, Cost, costs->len - 1).ms, cpu_ms, goal_ms);
  g_array_set_size (costs, 0);
}

static double
resident_mb (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    return 0;
  words = g_strsplit (text, " ", 3);
  return g_ascii_strtod (words[1], NULL) * (double) sysconf (_SC_PAGESIZE) / 1e6;
}

/* Whether what stands in the middle of the view is a row, and not a place for one. */
static gboolean
shows_rows (GtkWidget *view)
{
  GtkTreeModel *model = gtk_tree_view_get_model (GTK_TREE_VIEW (view));
  GtkTreePath *first = NULL;
  GtkTreePath *last = NULL;
  gboolean shown = FALSE;
  GtkTreeIter iter;

  if (model == NULL || !gtk_tree_view_get_visible_range (GTK_TREE_VIEW (view), &first, &last))
    return FALSE;
  if (gtk_tree_model_get_iter (model, &iter, first))
    {
      g_autofree char *top = NULL;
      g_autofree char *bottom = NULL;

      gtk_tree_model_get (model, &iter, 0, &top, -1);
      gtk_tree_model_get_iter (model, &iter, last);
      gtk_tree_model_get (model, &iter, 0, &bottom, -1);
      shown = !g_str_equal (top, "…") && !g_str_equal (bottom, "…");
    }
  gtk_tree_path_free (first);
  gtk_tree_path_free (last);
  return shown;
}

static gboolean
on_painted (GtkWidget *view, GdkEventExpose *event, Watch *watch)
{
  GtkTreeModel *model = gtk_tree_view_get_model (GTK_TREE_VIEW (view));

  watch->painted_rows = model != NULL ? gtk_tree_model_iter_n_children (model, NULL) : 0;
  watch->is_painted = model != NULL && (watch->painted_rows == 0 || shows_rows (view));
  return FALSE;
}

static gboolean
is_painted (gpointer data)
{
  Watch *watch = data;

  if (watch->wanted_rows == ANY_ROWS)
    return watch->is_painted && watch->painted_rows > 0;
  if (watch->wanted_rows == OTHER_ROWS)
    return watch->is_painted && watch->painted_rows != watch->rows_before;
  return watch->is_painted && watch->painted_rows == watch->wanted_rows;
}

static Cost
wait_cost (Watch *watch, const Cost *from, gint64 rows)
{
  Cost to;

  watch->wanted_rows = rows;
  if (!stand_in_wait (is_painted, watch, PATIENCE_S))
    {
      g_printerr ("%" G_GINT64_FORMAT " rows were never painted, but %" G_GINT64_FORMAT " were\n", rows,
                  watch->painted_rows);
      exit (1);
    }
  gdk_display_sync (gdk_display_get_default ());
  to = now ();
  return (Cost) { to.ms - from->ms, to.cpu_ms - from->cpu_ms };
}

static void
watch_view (Watch *watch, PenLedgerWindow *window)
{
  *watch = (Watch) { .view = pen_ledger_window_view (window) };
  g_signal_connect_after (watch->view, "expose-event", G_CALLBACK (on_painted), watch);
}

static PenLedgerWindow *
open_window (StandIn *stand_in, Watch *watch, gint64 n_rows, GArray *firsts, GArray *wholes)
{
  PenLedgerHost host = stand_in_host (stand_in);
  Cost from = now ();
  PenLedgerWindow *window = pen_ledger_window_new (&host);
  Cost cost;

  watch_view (watch, window);
  pen_ledger_window_show (window, NULL, NULL);
  cost = wait_cost (watch, &from, ANY_ROWS);
  g_array_append_val (firsts, cost);
  cost = wait_cost (watch, &from, n_rows);
  g_array_append_val (wholes, cost);
  return window;
}

static PenLedgerWindow *
bench_open (StandIn *stand_in, Watch *watch, gint64 n_rows)
{
  g_autoptr (GArray) firsts = g_array_new (FALSE, FALSE, sizeof (Cost));
  g_autoptr (GArray) wholes = g_array_new (FALSE, FALSE, sizeof (Cost));
  double before_mb = resident_mb ();
  PenLedgerWindow *window = NULL;

  for (int i = 0; i < OPENINGS; i++)
    {
      if (window != NULL)
        pen_ledger_window_destroy (window);
      window = open_window (stand_in, watch, n_rows, firsts, wholes);
      if (i == 0)
        g_print ("{\"bench\": \"pane\", \"what\": \"memory\", \"more_mb\": %.1f, \"goal_mb\": 80}\n",
                 resident_mb () - before_mb);
    }
  report ("open to first paint", firsts, 500);
  report ("open to all rows in the list", wholes, 500);
  return window;
}

typedef struct
{
  const char *field;
  int choice;
  const char *text;
  const PenLedgerFilter *filter;
} Question;

static void
ask (Watch *watch, const Question *question, gboolean is_on)
{
  GtkWidget *field = stand_in_find (gtk_widget_get_toplevel (watch->view), question->field);

  watch->is_painted = FALSE;
  watch->rows_before = watch->painted_rows;
  if (question->text == NULL)
    gtk_combo_box_set_active (GTK_COMBO_BOX (field), is_on ? question->choice : 0);
  else
    gtk_entry_set_text (GTK_ENTRY (field), is_on ? question->text : "");
}

/* A filter on, measured to its first rows and to all of them; and off again. What is typed is waited for 250 ms. */
static void
bench_filter (StandIn *stand_in, Watch *watch, const Question *question)
{
  g_autoptr (GArray) firsts = g_array_new (FALSE, FALSE, sizeof (Cost));
  g_autoptr (GArray) wholes = g_array_new (FALSE, FALSE, sizeof (Cost));
  g_autofree char *first = g_strdup_printf ("filter to first rows: %s", question->field);
  g_autofree char *whole = g_strdup_printf ("filter to all rows: %s", question->field);
  PenLedgerFilter all = PEN_LEDGER_FILTER_ALL;
  gint64 n_matching = pen_ledger_count (stand_in->ledger, question->filter, NULL);
  gint64 n_all = pen_ledger_count (stand_in->ledger, &all, NULL);

  for (int i = 0; i < FILTERINGS; i++)
    {
      Cost from = now ();
      Cost cost;

      ask (watch, question, TRUE);
      cost = wait_cost (watch, &from, OTHER_ROWS);
      g_array_append_val (firsts, cost);
      cost = wait_cost (watch, &from, n_matching);
      g_array_append_val (wholes, cost);
      ask (watch, question, FALSE);
      wait_cost (watch, &from, n_all);
    }
  report (first, firsts, 500);
  report (whole, wholes, 500);
}

static void
bench_filters (StandIn *stand_in, Watch *watch)
{
  PenLedgerFilter observer = PEN_LEDGER_FILTER_ALL;
  PenLedgerFilter cover = PEN_LEDGER_FILTER_ALL;
  PenLedgerFilter person = PEN_LEDGER_FILTER_ALL;
  PenLedgerFilter text = PEN_LEDGER_FILTER_ALL;

  observer.observer = PEN_OBSERVER_GATEWAY;
  cover.cover = 0;
  person.address = "tel:+15550000042";
  text.text = "purple7347da11";
  bench_filter (stand_in, watch, &(Question) { "Who learned it", PEN_OBSERVER_GATEWAY + 1, NULL, &observer });
  bench_filter (stand_in, watch, &(Question) { "Real or cover", 1, NULL, &cover });
  bench_filter (stand_in, watch, &(Question) { "Person", 0, "+15550000042", &person });
  bench_filter (stand_in, watch, &(Question) { "Text", 0, "purple7347da11", &text });
}

static void
bench_scroll (Watch *watch, gboolean is_far, const char *what)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (Cost));
  GtkAdjustment *place = gtk_tree_view_get_vadjustment (GTK_TREE_VIEW (watch->view));
  double end = gtk_adjustment_get_upper (place) - gtk_adjustment_get_page_size (place);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  for (int i = 0; i < SCROLLS; i++)
    {
      Cost from = now ();
      Cost cost;

      watch->is_painted = FALSE;
      gtk_adjustment_set_value (place, is_far ? g_rand_double_range (random, 0, end)
                                              : gtk_adjustment_get_page_increment (place) * (i + 1));
      cost = wait_cost (watch, &from, ANY_ROWS);
      g_array_append_val (values, cost);
    }
  report (what, values, 16);
}

int
main (int argc, char **argv)
{
  StandIn stand_in = { 0 };
  PenLedgerWindow *window;
  Watch watch = { 0 };
  gint64 n_rows;

  if (argc < 2 || !gtk_init_check (&argc, &argv))
    {
      g_printerr ("Usage: bench-pane STORE [ROWS], on a display\n");
      return 2;
    }
  n_rows = argc > 2 ? g_ascii_strtoll (argv[2], NULL, 10) : DEFAULT_ROWS;
  stand_in_open (&stand_in, argv[1]);
  stand_in_fill (&stand_in, n_rows);
  window = bench_open (&stand_in, &watch, n_rows);
  bench_scroll (&watch, FALSE, "scroll a page");
  bench_scroll (&watch, TRUE, "scroll anywhere");
  bench_filters (&stand_in, &watch);
  pen_ledger_window_destroy (window);
  stand_in_close (&stand_in);
  return 0;
}
