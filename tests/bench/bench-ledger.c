/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What the ledger costs: a row without its commit, a commit, filters over
 * many rows, a purge, and a turn on a slow disk. One JSON object a line.
 *
 *   bench-ledger [ROWS]      (1,000,000 unless told otherwise) */

#include <glib/gstdio.h>
#include <stdlib.h>

#include "penregister/ledger.h"
#include "slow-vfs.h"

#define DEFAULT_ROWS 1000000
#define TURN_ROWS 100
#define PEOPLE 5000
#define SLOW_SYNC_US 20000
#define SIGN_ON_ROWS 500
#define START_US G_GINT64_CONSTANT (1767225600000000)
#define STEP_US 1000000

static gint64
tell_start (gpointer data)
{
  (void) data;
  return START_US;
}

static const PenClock clock_fixed = { tell_start, NULL };

static void
stop_on (GError *error)
{
  if (error == NULL)
    return;
  g_printerr ("%s\n", error->message);
  exit (1);
}

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
  stop_on (error);
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
fill (PenDatabase *database, PenLedger *ledger, gint64 n_rows)
{
  g_autoptr (GArray) appends = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) commits = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GTimer) timer = g_timer_new ();
  GError *error = NULL;

  for (gint64 i = 0; i < n_rows; i++)
    {
      double us;

      g_timer_start (timer);
      append (ledger, i);
      us = g_timer_elapsed (timer, NULL) * 1e6;
      g_array_append_val (appends, us);
      if ((i + 1) % TURN_ROWS != 0)
        continue;
      g_timer_start (timer);
      pen_database_commit (database, &error);
      stop_on (error);
      us = g_timer_elapsed (timer, NULL) * 1e6;
      g_array_append_val (commits, us);
    }
  pen_database_commit (database, &error);
  stop_on (error);
  sort (appends);
  sort (commits);
  g_print ("{\"bench\": \"append\", \"rows\": %" G_GINT64_FORMAT ", \"append_us\": %.1f, \"p99_us\": %.1f}\n", n_rows,
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

  stop_on (error);
  count_ms = g_timer_elapsed (timer, NULL) * 1e3;
  g_timer_start (timer);
  rows = pen_ledger_query (ledger, &question->filter, 256, question->deep ? (guint) count / 10 * 9 : 0, &error);
  stop_on (error);
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

static void
purge_half (PenLedger *ledger, gint64 n_rows)
{
  g_autoptr (GTimer) timer = g_timer_new ();
  GError *error = NULL;
  gint64 removed = pen_ledger_purge (ledger, START_US + n_rows / 2 * STEP_US, &error);

  stop_on (error);
  g_print ("{\"bench\": \"purge\", \"rows\": %" G_GINT64_FORMAT ", \"ms\": %.0f}\n", removed,
           g_timer_elapsed (timer, NULL) * 1e3);
}

static void
turn_on_slow_disk (PenDatabase *database, PenLedger *ledger, int n_rows)
{
  g_autoptr (GTimer) timer = NULL;
  GError *error = NULL;

  slow_vfs_install (SLOW_SYNC_US);
  timer = g_timer_new ();
  for (int i = 0; i < n_rows; i++)
    append (ledger, (gint64) G_MAXINT32 + i);
  pen_database_commit (database, &error);
  stop_on (error);
  g_print ("{\"bench\": \"slow turn\", \"sync_us\": %d, \"rows\": %d, \"syncs\": %" G_GUINT64_FORMAT
           ", \"turn_ms\": %.1f}\n",
           SLOW_SYNC_US, n_rows, slow_vfs_syncs (), g_timer_elapsed (timer, NULL) * 1e3);
  slow_vfs_install (0);
}

static PenDatabase *
open_timed (const char *path, const char *name)
{
  g_autoptr (GTimer) timer = g_timer_new ();
  GError *error = NULL;
  PenDatabase *database = pen_database_open (path, NULL, &error);

  stop_on (error);
  g_print ("{\"bench\": \"open\", \"store\": \"%s\", \"ms\": %.1f}\n", name, g_timer_elapsed (timer, NULL) * 1e3);
  return database;
}

static void
measure (const char *path, gint64 n_rows)
{
  PenDatabase *database = open_timed (path, "new");
  PenLedger *ledger = pen_ledger_new (database, &clock_fixed);

  fill (database, ledger, n_rows);
  pen_ledger_free (ledger);
  pen_database_close (database);

  database = open_timed (path, "full");
  ledger = pen_ledger_new (database, &clock_fixed);
  ask_all (ledger, n_rows);
  turn_on_slow_disk (database, ledger, 1);
  turn_on_slow_disk (database, ledger, SIGN_ON_ROWS);
  purge_half (ledger, n_rows);
  pen_ledger_free (ledger);
  pen_database_close (database);
}

int
main (int argc, char **argv)
{
  gint64 n_rows = argc > 1 ? g_ascii_strtoll (argv[1], NULL, 10) : DEFAULT_ROWS;
  g_autofree char *folder = g_dir_make_tmp ("penregister-bench-XXXXXX", NULL);
  g_autofree char *path = NULL;

  if (folder == NULL || n_rows < TURN_ROWS)
    {
      g_printerr ("usage: bench-ledger [ROWS]  (at least %d)\n", TURN_ROWS);
      return 2;
    }
  path = g_build_filename (folder, "store.db", NULL);
  slow_vfs_install (0);
  measure (path, n_rows);
  g_unlink (path);
  g_rmdir (folder);
  return 0;
}
