/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which message that came in is opened at once and which one waits:
 *
 *   in -> time left in this turn? -> opened
 *                   \-> queue -> slice, pause, slice ... -> opened
 *
 * While an archive is read, what is new waits in a queue of its own behind it.
 *
 * One message may take 60 ms inside the library (2,000 skipped keys), so a
 * slice ends soon after it began. The server is told that it was received only
 * when the queue is empty and all is durable. */

#include "purple/backlog.h"

#include "purple/jabber.h"

#include <debug.h>
#include <eventloop.h>

#define SLICE_US 2000
/* Between slices the client draws and takes keys. */
#define PAUSE_MS 1
/* A server that sends without end must not fill the memory: then the oldest is opened at once. */
#define WAITING_MAX 20000

/**
 * _PenBacklog:
 * @open: what opens a message
 * @waiting: (element-type xmlnode): in their order
 * @behind: (element-type xmlnode): likewise, behind all of @waiting while @is_held
 * @ack: (nullable): the newest acknowledgement that had to wait
 * @spent_us: of the time of this turn
 * @source: main-loop source that ends the turn or works off a slice, or 0
 * @is_changed: a ratchet has moved since the last commit here
 */
struct _PenBacklog
{
  PenAccount *account;
  PenBacklogFunc open;
  GQueue *waiting;
  GQueue *behind;
  gboolean is_held;
  xmlnode *ack;
  gint64 spent_us;
  guint source;
  gboolean is_changed;
};

PenBacklog *
pen_backlog_new (PenAccount *account, PenBacklogFunc open)
{
  PenBacklog *backlog = g_new0 (PenBacklog, 1);

  backlog->account = account;
  backlog->open = open;
  backlog->waiting = g_queue_new ();
  backlog->behind = g_queue_new ();
  return backlog;
}

void
pen_backlog_free (PenBacklog *backlog)
{
  if (backlog->source != 0)
    purple_timeout_remove (backlog->source);
  if (backlog->ack != NULL)
    xmlnode_free (backlog->ack);
  g_queue_free_full (backlog->waiting, (GDestroyNotify) xmlnode_free);
  g_queue_free_full (backlog->behind, (GDestroyNotify) xmlnode_free);
  g_free (backlog);
}

gboolean
pen_backlog_is_busy (const PenBacklog *backlog)
{
  return backlog->is_held || !g_queue_is_empty (backlog->waiting) || backlog->spent_us >= SLICE_US;
}

gboolean
pen_backlog_is_empty (const PenBacklog *backlog)
{
  return g_queue_is_empty (backlog->waiting) && g_queue_is_empty (backlog->behind);
}

static gboolean
make_durable (PenBacklog *backlog)
{
  if (backlog->is_changed && !pen_gate_flush (backlog->account->gate, NULL))
    return FALSE;
  backlog->is_changed = FALSE;
  return TRUE;
}

static void
open_next (PenBacklog *backlog, GQueue *queue)
{
  xmlnode *message = g_queue_pop_head (queue);

  backlog->open (backlog->account, message);
  xmlnode_free (message);
}

static void
release_ack (PenBacklog *backlog)
{
  if (backlog->ack == NULL || !pen_backlog_is_empty (backlog) || !make_durable (backlog))
    return;
  pen_jabber_pass (backlog->account->gc, backlog->ack);
  g_clear_pointer (&backlog->ack, xmlnode_free);
}

static gboolean
work_off (gpointer data)
{
  PenBacklog *backlog = data;
  gint64 until_us = g_get_monotonic_time () + SLICE_US;

  backlog->spent_us = 0;
  while (!g_queue_is_empty (backlog->waiting))
    {
      open_next (backlog, backlog->waiting);
      if (g_get_monotonic_time () >= until_us)
        break;
    }
  if (!g_queue_is_empty (backlog->waiting))
    return G_SOURCE_CONTINUE;
  backlog->source = 0;
  release_ack (backlog);
  return G_SOURCE_REMOVE;
}

static void
schedule (PenBacklog *backlog)
{
  if (backlog->source == 0)
    backlog->source = purple_timeout_add (PAUSE_MS, work_off, backlog);
}

static void
push (PenBacklog *backlog, GQueue *queue, xmlnode *element)
{
  if (g_queue_get_length (queue) >= WAITING_MAX)
    open_next (backlog, queue);
  g_queue_push_tail (queue, xmlnode_copy (element));
  schedule (backlog);
}

void
pen_backlog_push (PenBacklog *backlog, xmlnode *message)
{
  push (backlog, backlog->is_held ? backlog->behind : backlog->waiting, message);
}

void
pen_backlog_push_old (PenBacklog *backlog, xmlnode *element)
{
  push (backlog, backlog->waiting, element);
}

void
pen_backlog_hold (PenBacklog *backlog, gboolean is_held)
{
  xmlnode *message;

  backlog->is_held = is_held;
  if (is_held)
    return;
  while ((message = g_queue_pop_head (backlog->behind)) != NULL)
    g_queue_push_tail (backlog->waiting, message);
  schedule (backlog);
}

void
pen_backlog_spent (PenBacklog *backlog, gint64 began_us)
{
  backlog->spent_us += g_get_monotonic_time () - began_us;
  schedule (backlog);
}

void
pen_backlog_changed (PenBacklog *backlog)
{
  backlog->is_changed = TRUE;
}

gboolean
pen_backlog_acknowledge (PenBacklog *backlog, xmlnode *ack)
{
  if (pen_backlog_is_empty (backlog) && make_durable (backlog))
    return TRUE;
  if (backlog->ack != NULL)
    xmlnode_free (backlog->ack);
  backlog->ack = xmlnode_copy (ack);
  schedule (backlog);
  return FALSE;
}

void
pen_backlog_drain (PenBacklog *backlog)
{
  pen_backlog_hold (backlog, FALSE);
  while (!g_queue_is_empty (backlog->waiting))
    open_next (backlog, backlog->waiting);
}
