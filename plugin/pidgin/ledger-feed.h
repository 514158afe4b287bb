/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/pane.h"

G_BEGIN_DECLS

/* A thread with a reader of the ledger, that does jobs in their order. */

typedef struct _PenLedgerFeed PenLedgerFeed;
typedef struct _PenLedgerJob PenLedgerJob;

/**
 * PenLedgerCall: what a job may use on the thread.
 * @pane: its reader functions alone
 * @stop: set when nobody wants the answer any more, unless the job is kept
 * @ending: set when the window is closing: kept jobs end early, too
 */
typedef struct
{
  const PenPane *pane;
  PenLedgerReader *reader;
  const gint *stop;
  const gint *ending;
} PenLedgerCall;

/**
 * PenLedgerJob: the head of every job.
 * @run: on the thread; sets @error when it fails
 * @done: on the main loop, unless the job was dropped meanwhile
 * @free: on the main loop, once
 * @is_kept: pen_ledger_feed_drop() leaves it alone
 * @is_urgent: goes before all that wait
 */
struct _PenLedgerJob
{
  void (*run) (PenLedgerJob *job, const PenLedgerCall *call);
  void (*done) (PenLedgerJob *job);
  void (*free) (PenLedgerJob *job);
  gboolean is_kept;
  gboolean is_urgent;
  gboolean is_dropped;
  GError *error;
};

/** pen_ledger_feed_new: Returns: (transfer full) (nullable): opens a reader and starts the thread. */
PenLedgerFeed *pen_ledger_feed_new (const PenPane *pane, GError **error);

/** pen_ledger_feed_free: stops and joins the thread; what is not done yet is only freed. */
void pen_ledger_feed_free (PenLedgerFeed *feed);

/** pen_ledger_feed_push: @job: (transfer full) */
void pen_ledger_feed_push (PenLedgerFeed *feed, PenLedgerJob *job);

/**
 * pen_ledger_feed_wait:
 * @job: was pushed, and not handed over yet
 * @until_us: of the monotonic clock; a few milliseconds from now
 *
 * What is painted at once need not be painted twice.
 *
 * Returns: whether @job succeeded meanwhile: then it is the caller's, who frees it with pen_ledger_feed_free_job().
 *   Otherwise it takes its usual way
 */
gboolean pen_ledger_feed_wait (PenLedgerFeed *feed, PenLedgerJob *job, gint64 until_us);

/** pen_ledger_feed_free_job: frees @job. */
void pen_ledger_feed_free_job (PenLedgerJob *job);

/** pen_ledger_feed_drop: gives up every job that is not kept: nothing is told of it any more. */
void pen_ledger_feed_drop (PenLedgerFeed *feed);

G_END_DECLS
