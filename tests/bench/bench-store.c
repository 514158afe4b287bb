/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What the benchmarks of the ledger begin and end with. */

#include "bench-store.h"

#include <glib/gstdio.h>
#include <stdlib.h>

#define DEFAULT_ROWS 1000000

static gint64
tell_now (gpointer data)
{
  return ((const BenchStore *) data)->now_us;
}

void
bench_stop_on (GError *error)
{
  if (error == NULL)
    return;
  g_printerr ("%s\n", error->message);
  exit (1);
}

void
bench_store_begin (BenchStore *store, int argc, char **argv, gint64 least_rows, gint64 now_us)
{
  *store = (BenchStore) { .n_rows = argc > 1 ? g_ascii_strtoll (argv[1], NULL, 10) : DEFAULT_ROWS, .now_us = now_us };
  store->clock = (PenClock) { tell_now, store };
  store->folder = g_dir_make_tmp ("penregister-bench-XXXXXX", NULL);
  if (store->folder == NULL || store->n_rows < least_rows || argc > 2)
    {
      g_printerr ("usage: %s [ROWS]  (at least %" G_GINT64_FORMAT ")\n", g_get_prgname (), least_rows);
      exit (2);
    }
  store->path = g_build_filename (store->folder, "store.db", NULL);
}

void
bench_store_open (BenchStore *store)
{
  GError *error = NULL;

  store->database = pen_database_open (store->path, NULL, &error);
  bench_stop_on (error);
  store->ledger = pen_ledger_new (store->database, &store->clock);
}

void
bench_store_close (BenchStore *store)
{
  g_clear_pointer (&store->ledger, pen_ledger_free);
  g_clear_pointer (&store->database, pen_database_close);
}

void
bench_store_commit (BenchStore *store)
{
  GError *error = NULL;

  pen_database_commit (store->database, &error);
  bench_stop_on (error);
}

void
bench_store_end (BenchStore *store)
{
  g_unlink (store->path);
  g_rmdir (store->folder);
  g_free (store->path);
  g_free (store->folder);
}
