/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What a report of exposure costs, over a year and over one window: in
 * all, and the longest of its steps. One JSON object a line.
 *
 *   bench-exposure [ROWS]      (1,000,000 unless told otherwise, about 1,000 people) */

#include <glib/gstdio.h>
#include <time.h>

#include "bench-store.h"
#include "penregister/exposure.h"

#define TURN_ROWS 10000
#define PEOPLE 1000
#define PEER_HOSTS 40
#define DAYS 365
#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define END_US (G_GINT64_CONSTANT (1767225600000000) + DAYS * DAY_US)

static void
append (PenLedger *ledger, gint64 number, gint64 step_us)
{
  g_autoptr (PenLedgerRow) row = g_new0 (PenLedgerRow, 1);
  guint dice = (guint) ((guint64) number * 2654435761u >> 8);
  g_autofree char *peer = g_strdup_printf ("montague%u.example", dice % PEER_HOSTS);
  GError *error = NULL;

  row->at_us = END_US - DAYS * DAY_US + number * step_us;
  row->account = g_strdup ("juliet@capulet.example");
  row->kind = (PenKind) (dice % PEN_N_KINDS);
  row->address = g_strdup_printf ("xmpp:person%u@%s", dice / PEER_HOSTS % (PEOPLE / PEER_HOSTS), peer);
  row->trigger = (PenTrigger) (dice / 7 % PEN_N_TRIGGERS);
  row->status = dice % 9 == 0 ? PEN_ROW_WITHHELD : PEN_ROW_ANSWERED;
  row->attempts = row->status == PEN_ROW_ANSWERED ? 1 : 0;
  row->source = g_strdup_printf ("192.0.2.%u", (guint) (row->at_us / (7 * DAY_US) % 250));
  row->stanza = g_strdup_printf ("purple%08x", dice);
  row->batch = g_strdup_printf ("sweep:%u", (guint) (row->at_us / (DAY_US / 24)));
  row->bytes_out = 214;
  pen_ledger_row_observe (row, PEN_OBSERVER_HOME, "capulet.example");
  pen_ledger_row_observe (row, PEN_OBSERVER_PEER, peer);
  pen_ledger_append (ledger, row, &error);
  bench_stop_on (error);
}

static void
fill (BenchStore *store)
{
  for (gint64 i = 0; i < store->n_rows; i++)
    {
      append (store->ledger, i, DAYS * DAY_US / store->n_rows);
      if ((i + 1) % TURN_ROWS == 0)
        bench_store_commit (store);
    }
  bench_store_commit (store);
}

static guint64
count_lookups (const PenExposure *exposure)
{
  guint64 lookups = 0;

  for (guint i = 0; i < exposure->total->items->len; i++)
    lookups += ((const PenExposureItem *) exposure->total->items->pdata[i])->lookups;
  return lookups;
}

static void
report_stepped (PenLedger *ledger, guint days)
{
  const PenExposureQuery query = { .observer = -1, .days = days, .fresh_s = 7200 };
  GError *error = NULL;
  g_autoptr (GTimer) all = g_timer_new ();
  g_autoptr (GTimer) one = g_timer_new ();
  PenExposureReport *report = pen_exposure_report_begin (ledger, &query, &error);
  g_autoptr (PenExposure) exposure = NULL;
  double begin_ms = g_timer_elapsed (one, NULL) * 1e3;
  double longest_ms = 0;
  gboolean done = FALSE;
  clock_t cpu = clock ();

  bench_stop_on (error);
  while (!done)
    {
      g_timer_start (one);
      pen_exposure_report_step (report, PEN_EXPOSURE_STEP_ROWS, &done, &error);
      bench_stop_on (error);
      longest_ms = MAX (longest_ms, g_timer_elapsed (one, NULL) * 1e3);
    }
  g_timer_start (one);
  exposure = pen_exposure_report_end (report);
  g_print ("{\"bench\": \"exposure\", \"days\": %u, \"observers\": %u, \"lookups\": %" G_GUINT64_FORMAT
           ", \"ms\": %.0f, \"cpu_ms\": %.0f, \"begin_ms\": %.1f, \"longest_step_ms\": %.1f, \"end_ms\": %.1f}\n",
           days, exposure->total->items->len, count_lookups (exposure), g_timer_elapsed (all, NULL) * 1e3,
           (double) (clock () - cpu) * 1e3 / CLOCKS_PER_SEC, begin_ms, longest_ms, g_timer_elapsed (one, NULL) * 1e3);
}

static void
export_timed (PenLedger *ledger, const char *folder, const char *format)
{
  const PenExposureQuery query = { .observer = -1, .days = 30, .fresh_s = 7200 };
  g_autofree char *path = g_build_filename (folder, "return", NULL);
  g_autoptr (GTimer) timer = g_timer_new ();
  GError *error = NULL;
  gint64 records = pen_exposure_export (ledger, &query, path, format, &error);

  bench_stop_on (error);
  g_print ("{\"bench\": \"exposure export\", \"format\": \"%s\", \"records\": %" G_GINT64_FORMAT ", \"ms\": %.0f}\n",
           format, records, g_timer_elapsed (timer, NULL) * 1e3);
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  BenchStore store;

  bench_store_begin (&store, argc, argv, 1, END_US);
  bench_store_open (&store);
  fill (&store);
  report_stepped (store.ledger, DAYS);
  report_stepped (store.ledger, PEN_EXPOSURE_WINDOW_DAYS);
  export_timed (store.ledger, store.folder, "csv");
  export_timed (store.ledger, store.folder, "json");
  bench_store_close (&store);
  bench_store_end (&store);
  return 0;
}
