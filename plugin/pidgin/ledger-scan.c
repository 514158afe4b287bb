/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The questions as jobs of the feed. */

#include "ledger-scan.h"

typedef struct
{
  PenLedgerJob head;
  PenLedgerWish *wish;
  PenLedgerScan scan;
  PenLedgerScanner scanner;
} ScanJob;

static gboolean
find_newest (ScanJob *job, const PenLedgerCall *call)
{
  PenLedgerFilter all = PEN_LEDGER_FILTER_ALL;
  PenLedgerSpan one = { .limit = 1, .stop = call->stop };
  g_autoptr (GArray) numbers = call->pane->reader_numbers (call->reader, &all, &one, &job->head.error);

  if (numbers == NULL)
    return FALSE;
  job->scan.newest = numbers->len > 0 ? g_array_index (numbers, gint64, 0) : 0;
  return TRUE;
}

static void
run (PenLedgerJob *head, const PenLedgerCall *call)
{
  ScanJob *job = (ScanJob *) head;
  PenLedgerSpan span = { .after = job->scan.after, .stop = call->stop };

  if (job->scan.kind == PEN_SCAN_TOTALS)
    {
      call->pane->reader_totals (call->reader, &job->wish->filter, call->stop, &job->scan.totals, &head->error);
      return;
    }
  span.limit = job->scan.kind == PEN_SCAN_FIRST ? PEN_SCAN_FIRST_ROWS : 0;
  if (find_newest (job, call))
    job->scan.numbers = call->pane->reader_numbers (call->reader, &job->wish->filter, &span, &head->error);
}

static void
done (PenLedgerJob *head)
{
  ScanJob *job = (ScanJob *) head;

  job->scan.error = head->error;
  job->scanner.scanned (&job->scan, job->scanner.data);
}

static void
free_scan (PenLedgerJob *head)
{
  ScanJob *job = (ScanJob *) head;

  if (job->scanner.gone != NULL)
    job->scanner.gone (job->scanner.data);
  g_clear_pointer (&job->scan.numbers, g_array_unref);
  pen_ledger_wish_free (job->wish);
  g_free (job);
}

void
pen_ledger_scan (PenLedgerFeed *feed, const PenLedgerWish *wish, const PenLedgerScan *scan,
                 const PenLedgerScanner *scanner)
{
  ScanJob *job = g_new0 (ScanJob, 1);

  job->head = (PenLedgerJob) { .run = run, .done = done, .free = free_scan, .is_kept = scanner->is_kept };
  job->wish = pen_ledger_wish_copy (wish);
  job->scan = *scan;
  job->scanner = *scanner;
  pen_ledger_feed_push (feed, &job->head);
}
