/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Keeps reading off the main loop. The main loop waits for the thread only for
 * less than a frame, when it would paint without what it needs, and at the
 * end, when the thread is told to stop first. */

#include "ledger-feed.h"

struct _PenLedgerFeed
{
  const PenPane *pane;
  PenLedgerReader *reader;
  GThread *thread;
  GMutex lock;
  GCond wake;
  GCond is_finished;
  GQueue waiting;
  GQueue finished;
  PenLedgerJob *current;
  guint source;
  gint is_ending;
  gint stop;
};

void
pen_ledger_feed_free_job (PenLedgerJob *job)
{
  g_clear_error (&job->error);
  job->free (job);
}

static PenLedgerJob *
take_finished (PenLedgerFeed *feed)
{
  PenLedgerJob *job;

  g_mutex_lock (&feed->lock);
  job = g_queue_pop_head (&feed->finished);
  if (job == NULL)
    feed->source = 0;
  g_mutex_unlock (&feed->lock);
  return job;
}

/* One a turn: what a job's end does may end the feed. */
static gboolean
hand_over (gpointer data)
{
  PenLedgerJob *job = take_finished (data);

  if (job == NULL)
    return G_SOURCE_REMOVE;
  if (!job->is_dropped)
    job->done (job);
  pen_ledger_feed_free_job (job);
  return G_SOURCE_CONTINUE;
}

/* The lock is held. */
static void
finish (PenLedgerFeed *feed, PenLedgerJob *job)
{
  g_queue_push_tail (&feed->finished, job);
  g_cond_broadcast (&feed->is_finished);
  if (feed->source == 0 && !feed->is_ending)
    feed->source = g_idle_add_full (G_PRIORITY_DEFAULT, hand_over, feed, NULL);
}

static gpointer
work (gpointer data)
{
  PenLedgerFeed *feed = data;
  PenLedgerCall call = { feed->pane, feed->reader, &feed->stop, &feed->is_ending };

  g_mutex_lock (&feed->lock);
  while (!feed->is_ending)
    {
      feed->current = g_queue_pop_head (&feed->waiting);
      if (feed->current == NULL)
        {
          g_cond_wait (&feed->wake, &feed->lock);
          continue;
        }
      g_atomic_int_set (&feed->stop, 0);
      g_mutex_unlock (&feed->lock);
      feed->current->run (feed->current, &call);
      g_mutex_lock (&feed->lock);
      finish (feed, g_steal_pointer (&feed->current));
    }
  g_mutex_unlock (&feed->lock);
  return NULL;
}

PenLedgerFeed *
pen_ledger_feed_new (const PenPane *pane, GError **error)
{
  PenLedgerReader *reader = pane->reader_open (error);
  PenLedgerFeed *feed;

  if (reader == NULL)
    return NULL;
  feed = g_new0 (PenLedgerFeed, 1);
  feed->pane = pane;
  feed->reader = reader;
  g_mutex_init (&feed->lock);
  g_cond_init (&feed->wake);
  g_cond_init (&feed->is_finished);
  g_queue_init (&feed->waiting);
  g_queue_init (&feed->finished);
  feed->thread = g_thread_new ("pen-ledger", work, feed);
  return feed;
}

static void
free_all (GQueue *jobs)
{
  PenLedgerJob *job;

  while ((job = g_queue_pop_head (jobs)) != NULL)
    pen_ledger_feed_free_job (job);
}

void
pen_ledger_feed_free (PenLedgerFeed *feed)
{
  if (feed == NULL)
    return;
  g_mutex_lock (&feed->lock);
  g_atomic_int_set (&feed->is_ending, 1);
  g_atomic_int_set (&feed->stop, 1);
  g_cond_signal (&feed->wake);
  g_mutex_unlock (&feed->lock);
  g_thread_join (feed->thread);

  if (feed->source != 0)
    g_source_remove (feed->source);
  free_all (&feed->waiting);
  free_all (&feed->finished);
  feed->pane->reader_close (feed->reader);
  g_mutex_clear (&feed->lock);
  g_cond_clear (&feed->wake);
  g_cond_clear (&feed->is_finished);
  g_free (feed);
}

void
pen_ledger_feed_push (PenLedgerFeed *feed, PenLedgerJob *job)
{
  g_mutex_lock (&feed->lock);
  if (job->is_urgent)
    g_queue_push_head (&feed->waiting, job);
  else
    g_queue_push_tail (&feed->waiting, job);
  g_cond_signal (&feed->wake);
  g_mutex_unlock (&feed->lock);
}

gboolean
pen_ledger_feed_wait (PenLedgerFeed *feed, PenLedgerJob *job, gint64 until_us)
{
  gboolean in_time = TRUE;
  GList *link;

  g_mutex_lock (&feed->lock);
  while ((link = g_queue_find (&feed->finished, job)) == NULL && in_time)
    in_time = g_cond_wait_until (&feed->is_finished, &feed->lock, until_us);
  if (link != NULL && job->error == NULL)
    g_queue_delete_link (&feed->finished, link);
  else
    link = NULL;
  g_mutex_unlock (&feed->lock);
  return link != NULL;
}

static void
drop (gpointer item, gpointer data)
{
  PenLedgerJob *job = item;

  if (!job->is_kept)
    job->is_dropped = TRUE;
}

static void
drop_waiting (PenLedgerFeed *feed)
{
  for (GList *l = feed->waiting.head, *next; l != NULL; l = next)
    {
      PenLedgerJob *job = l->data;

      next = l->next;
      if (!job->is_dropped)
        continue;
      g_queue_delete_link (&feed->waiting, l);
      finish (feed, job);
    }
}

void
pen_ledger_feed_drop (PenLedgerFeed *feed)
{
  g_mutex_lock (&feed->lock);
  g_queue_foreach (&feed->waiting, drop, NULL);
  g_queue_foreach (&feed->finished, drop, NULL);
  if (feed->current != NULL)
    drop (feed->current, NULL);
  drop_waiting (feed);
  g_atomic_int_set (&feed->stop, 1);
  g_mutex_unlock (&feed->lock);
}
