/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/ledger.h"

/* A store of so many rows in a folder of its own, for the benchmarks of the ledger. */

/** BenchStore: @n_rows: as many as the command line says; @clock: stands still at @now_us */
typedef struct
{
  char *folder;
  char *path;
  gint64 n_rows;
  gint64 now_us;
  PenClock clock;
  PenDatabase *database;
  PenLedger *ledger;
} BenchStore;

/** bench_stop_on: @error: (nullable): said, and the end. */
void bench_stop_on (GError *error);

/** bench_store_begin: reads the command line, "NAME [ROWS]", 1,000,000 by default; the end with a wrong one. */
void bench_store_begin (BenchStore *store, int argc, char **argv, gint64 least_rows, gint64 now_us);

/** bench_store_open: database and ledger. */
void bench_store_open (BenchStore *store);
void bench_store_close (BenchStore *store);

/** bench_store_commit: what was appended so far. */
void bench_store_commit (BenchStore *store);

/** bench_store_end: removes the folder. */
void bench_store_end (BenchStore *store);
