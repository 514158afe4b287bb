/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What the ledger costs: a row without its commit, a commit, filters over
 * many rows, a purge, and a turn on a slow disk. One JSON object a line.
 *
 *   bench-ledger [ROWS]      (1,000,000 unless told otherwise) */

#include <stdlib.h>

#include "bench-store.h"
#include "slow-vfs.h"

#define TURN_ROWS 100
#define PEOPLE 5000
#define SLOW_SYNC_US 20000
#define SIGN_ON_ROWS 500
#define START_US G_GINT64_CONSTANT (1767225600000000)
#define STEP_US 1000000
#define PURGE_SLICE_ROWS 64
#define PURGE_SLICES 200

static void
append (PenLedger *ledger, gint64 number)
{
  g_autoptr (PenLedgerRow) row = g_new0 (PenLedgerRow, 1);
  g_autoptr (GError) error = NULL;

  row->at_us = START_US + number * STEP_US;
  row->account = g_strdup ("juliet@capulet.example");
  row->kind = (PenKind) (number % PEN_N_KINDS);
  row->address = g_strdup_printf ("tel:+1555%07u", (guint) ((guint64) number * 2654435761u % PEOPLE));
  row->trigger = (PenTrigger) (number % PEN_N_TRIGGERS);
  row->source = g_strdup ("192.0.2.17");
  row->stanza = g_strdup_printf ("purple%08x", (guint) number * 2654435761u);
  row->bytes_out = 214;
  pen_ledger_row_observe (row, PEN_OBSERVER_HOME, "capulet.example");
  pen_ledger_row_observe (row, number % 3 == 0 ? PEN_OBSERVER_GATEWAY : PEN_OBSERVER_PEER, "montague.example");
  pen_ledger_append (ledger, row, &error);
  bench_stop_on (error);
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x > y) - (x < y);
}

static void
sort (GArray *values)
{
  qsort (values->data, values->len, sizeof (double), compare);
}

static double
percentile (GArray *sorted, guint percent)
{
  return g_array_index (sorted, double, sorted->len * percent / 100);
}

static void
fill (BenchStore *store)
{
  g_autoptr (GArray) appends = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) commits = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GTimer) timer = g_timer_new ();

  for (gint64 i = 0; i < store->n_rows; i++)
    {
      double us;

      g_timer_start (timer);
      append (store->ledger, i);
      us = g_timer_elapsed (timer, NULL) * 1e6;
      g_array_append_val (appends, us);
      if ((i + 1) % TURN_ROWS != 0)
        continue;
      g_timer_start (timer);
      bench_store_commit (store);
      us = g_timer_elapsed (timer, NULL) * 1e6;
      g_array_append_val (commits, us);
    }
  bench_store_commit (store);
  sort (appends);
  sort (commits);
  g_print ("{\"bench\": \"append\", \"rows\": %" G_GINT64_FORMAT ", \"append_us\": %.1f, \"p99_us\": %.1f}\n", store->n_rows,
           percentile (appends, 50), percentile (appends, 99));
  g_print ("{\"bench\": \"commit\", \"turn_rows\": %d, \"commit_us\": %.0f, \"p99_us\": %.0f}\n", TURN_ROWS,
           percentile (commits, 50), percentile (commits, 99));
}

typedef struct
{
  const char *name;
  PenLedgerFilter filter;
  gboolean deep;
} Question;

static void
ask (PenLedger *ledger, const Question *question)
{
  g_autoptr (GTimer) timer = g_timer_new ();
  g_autoptr (GPtrArray) rows = NULL;
  GError *error = NULL;
  double count_ms;
  gint64 count = pen_ledger_count (ledger, &question->filter, &error);

  bench_stop_on (error);
  count_ms = g_timer_elapsed (timer, NULL) * 1e3;
  g_timer_start (timer);
  rows = pen_ledger_query (ledger, &question->filter, 256, question->deep ? (guint) count / 10 * 9 : 0, &error);
  bench_stop_on (error);
  g_print ("{\"bench\": \"query\", \"filter\": \"%s\", \"matches\": %" G_GINT64_FORMAT
           ", \"count_ms\": %.1f, \"page_ms\": %.1f}\n",
           question->name, count, count_ms, g_timer_elapsed (timer, NULL) * 1e3);
}

static void
ask_all (PenLedger *ledger, gint64 n_rows)
{
  const Question questions[] = {
    { "all", PEN_LEDGER_FILTER_ALL, FALSE },
    { "all, deep page", PEN_LEDGER_FILTER_ALL, TRUE },
    { "account", { .account = "juliet@capulet.example", NULL, -1, -1, -1, -1, -1, 0, 0, NULL }, TRUE },
    { "address", { NULL, "tel:+15550000042", -1, -1, -1, -1, -1, 0, 0, NULL }, FALSE },
    { "kind", { NULL, NULL, PEN_KIND_DELIVERY, -1, -1, -1, -1, 0, 0, NULL }, TRUE },
    { "observer", { NULL, NULL, -1, -1, -1, PEN_OBSERVER_GATEWAY, -1, 0, 0, NULL }, TRUE },
    { "status, none", { NULL, NULL, -1, -1, PEN_ROW_ERROR, -1, -1, 0, 0, NULL }, FALSE },
    { "window", { NULL, NULL, -1, -1, -1, -1, -1, START_US + n_rows / 2 * STEP_US,
                  START_US + n_rows / 4 * 3 * STEP_US, NULL }, TRUE },
    { "text, many", { NULL, NULL, -1, -1, -1, -1, -1, 0, 0, "MONTAGUE" }, FALSE },
    { "text, none", { NULL, NULL, -1, -1, -1, -1, -1, 0, 0, "nobody here" }, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (questions); i++)
    ask (ledger, &questions[i]);
}

/* What the main loop waits for at a time, when a purge goes on beside everything else. */
static void
purge_slices (PenLedger *ledger, gint64 n_rows)
{
  double longest_ms = 0;
  double all_ms = 0;
  GError *error = NULL;

  for (int i = 0; i < PURGE_SLICES; i++)
    {
      g_autoptr (GTimer) timer = g_timer_new ();

      pen_ledger_purge_some (ledger, START_US + n_rows / 2 * STEP_US, G_MAXINT64, PURGE_SLICE_ROWS, &error);
      bench_stop_on (error);
      all_ms += g_timer_elapsed (timer, NULL) * 1e3;
      longest_ms = MAX (longest_ms, g_timer_elapsed (timer, NULL) * 1e3);
    }
  g_print ("{\"bench\": \"purge slice\", \"rows\": %d, \"mean_ms\": %.1f, \"max_ms\": %.1f}\n", PURGE_SLICE_ROWS,
           all_ms / PURGE_SLICES, longest_ms);
}

static void
purge_half (PenLedger *ledger, gint64 n_rows)
{
  g_autoptr (GTimer) timer = g_timer_new ();
  GError *error = NULL;
  gint64 removed = pen_ledger_purge (ledger, START_US + n_rows / 2 * STEP_US, &error);

  bench_stop_on (error);
  g_print ("{\"bench\": \"purge\", \"rows\": %" G_GINT64_FORMAT ", \"ms\": %.0f}\n", removed,
           g_timer_elapsed (timer, NULL) * 1e3);
}

static void
turn_on_slow_disk (BenchStore *store, int n_rows)
{
  g_autoptr (GTimer) timer = NULL;

  slow_vfs_install (SLOW_SYNC_US);
  timer = g_timer_new ();
  for (int i = 0; i < n_rows; i++)
    append (store->ledger, (gint64) G_MAXINT32 + i);
  bench_store_commit (store);
  g_print ("{\"bench\": \"slow turn\", \"sync_us\": %d, \"rows\": %d, \"syncs\": %" G_GUINT64_FORMAT
           ", \"turn_ms\": %.1f}\n",
           SLOW_SYNC_US, n_rows, slow_vfs_syncs (), g_timer_elapsed (timer, NULL) * 1e3);
  slow_vfs_install (0);
}

static void
open_timed (BenchStore *store, const char *name)
{
  g_autoptr (GTimer) timer = g_timer_new ();

  bench_store_open (store);
  g_print ("{\"bench\": \"open\", \"store\": \"%s\", \"ms\": %.1f}\n", name, g_timer_elapsed (timer, NULL) * 1e3);
}

int
main (int argc, char **argv)
{
  BenchStore store;

  bench_store_begin (&store, argc, argv, TURN_ROWS, START_US);
  slow_vfs_install (0);
  open_timed (&store, "new");
  fill (&store);
  bench_store_close (&store);

  open_timed (&store, "full");
  ask_all (store.ledger, store.n_rows);
  turn_on_slow_disk (&store, 1);
  turn_on_slow_disk (&store, SIGN_ON_ROWS);
  purge_slices (store.ledger, store.n_rows);
  purge_half (store.ledger, store.n_rows);
  bench_store_close (&store);
  bench_store_end (&store);
  return 0;
}
