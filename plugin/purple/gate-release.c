/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how much leaves, and how much is answered, before the client may
 * draw again: a contact list of thousands makes libpurple ask thousands of
 * questions in one turn. Their rows share one commit; after it they leave in
 * slices, in their order. What a slice leaves behind is durable and goes on in
 * the next turn; what was recorded since then waits for its own commit. */

#include "purple/gate-private.h"

#include "purple/jabber.h"
#include "purple/request.h"
#include "purple/row-news.h"

#include <debug.h>
#include <eventloop.h>

#define SLICE_US 2000
/* So few leave at once however slow the machine is: nobody's message waits for the next turn because of them. */
#define SLICE_LEAST 8
/* Between slices the client draws and takes keys. */
#define PAUSE_MS 1

static gboolean
give_answers (gpointer data)
{
  PenGate *gate = data;
  gint64 until_us = g_get_monotonic_time () + SLICE_US;
  xmlnode *iq;

  while ((iq = g_queue_pop_head (gate->answers)) != NULL)
    {
      pen_jabber_answer (gate->account->gc, iq);
      xmlnode_free (iq);
      if (g_get_monotonic_time () >= until_us)
        break;
    }
  if (!g_queue_is_empty (gate->answers))
    return G_SOURCE_CONTINUE;
  gate->answering = 0;
  return G_SOURCE_REMOVE;
}

/* One that may have left before stays what it was, and is sent again with the
 * same bytes. Of two with one id the second may still leave. */
void
pen_gate_tell_refused (PenGate *gate, const PenGateItem *item)
{
  if (item->message != NULL && !item->may_have_left && !pen_gate_holds (gate, item->message))
    gate->on_message (gate->account, item->message, PEN_GATE_REFUSED);
}

/* Our own request learns that nobody was asked: an error would say something
 * of the person. libpurple registers its callback only after the send returns,
 * so its answer comes from the main loop. */
void
pen_gate_refuse (PenGate *gate, const PenGateItem *item)
{
  xmlnode *iq;

  pen_gate_tell_refused (gate, item);
  if (gate->is_closing || (item->id != NULL && pen_request_give_up (gate->account, item->id)))
    return;
  iq = pen_gate_item_refusal (item);
  if (iq == NULL)
    return;
  g_queue_push_tail (gate->answers, iq);
  if (gate->answering == 0)
    gate->answering = purple_timeout_add (PAUSE_MS, give_answers, gate);
}

void
pen_gate_drop_answers (PenGate *gate)
{
  if (gate->answering != 0)
    purple_timeout_remove (gate->answering);
  gate->answering = 0;
  g_queue_clear_full (gate->answers, (GDestroyNotify) xmlnode_free);
}

void
pen_gate_hand_over (PenGate *gate, PenGateItem *item)
{
  g_autofree char *message = g_strdup (item->message);
  gboolean is_mirrored = gate->has_management && item->is_stanza;

  for (guint i = 0; i < item->rows->len; i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 row = g_array_index (item->rows, gint64, i);

      if (!pen_ledger_mark_sent (pen_app ()->ledger, row, &error))
        purple_debug_error ("penregister", "row %" G_GINT64_FORMAT " not marked as sent: %s\n", row, error->message);
      pen_row_news_add (row);
    }
  pen_gate_pending_add (gate, item);
  item->may_have_left = TRUE;
  if (item->rows->len > 0)
    pen_app_touch (pen_app ());

  if (is_mirrored)
    g_queue_push_tail (gate->unacked, item);
  pen_jabber_pass (gate->account->gc, item->element);
  if (message != NULL)
    gate->on_message (gate->account, message, PEN_GATE_HANDED);
  if (!is_mirrored)
    {
      /* Nobody will say that it arrived. What a broken stream took is sent again on the next one. */
      if (message != NULL && !gate->account->is_broken)
        gate->on_message (gate->account, message, PEN_GATE_ACKED);
      pen_gate_item_free (item);
    }
}

/* Rows that were given up with their turn are not there: what they stood for
 * does not leave. Those of an earlier turn are judged, and stay so. */
static void
judge (PenGate *gate)
{
  guint64 rollbacks = pen_database_rollbacks (pen_app ()->database);

  for (GList *link = gate->waiting->tail; link != NULL; link = link->prev)
    {
      PenGateItem *item = link->data;

      if (item->is_judged)
        return;
      item->is_judged = TRUE;
      item->is_recorded = item->rows->len == 0 || item->rollbacks == rollbacks;
    }
}

/* Returns: (nullable): the next one that may leave or is to be refused now. On
 * a broken stream it waits: closing gives it up, and the outbox keeps it. */
static PenGateItem *
next_ready (PenGate *gate)
{
  PenGateItem *item = gate->account->is_broken ? NULL : g_queue_peek_head (gate->waiting);

  return item != NULL && (item->is_judged || item->rows->len == 0) ? item : NULL;
}

static void
release (PenGate *gate, gint64 until_us)
{
  PenGateItem *item;

  for (guint n = 0; (item = next_ready (gate)) != NULL; n++)
    {
      if (n >= SLICE_LEAST && g_get_monotonic_time () >= until_us)
        return;
      g_queue_pop_head (gate->waiting);
      if (item->is_recorded || item->rows->len == 0)
        {
          pen_gate_hand_over (gate, item);
          continue;
        }
      pen_gate_refuse (gate, item);
      pen_gate_item_free (item);
    }
}

static gboolean
release_slice (gpointer data)
{
  PenGate *gate = data;

  release (gate, g_get_monotonic_time () + SLICE_US);
  if (next_ready (gate) != NULL)
    return G_SOURCE_CONTINUE;
  gate->slice = 0;
  return G_SOURCE_REMOVE;
}

static void
release_later (PenGate *gate)
{
  if (next_ready (gate) != NULL && gate->slice == 0)
    gate->slice = purple_timeout_add (PAUSE_MS, release_slice, gate);
}

/* What waits is judged by it. */
static gboolean
commit (PenGate *gate, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (gate->turn != 0)
    purple_timeout_remove (gate->turn);
  gate->turn = 0;
  if (!pen_database_commit (pen_app ()->database, &failure))
    pen_app_store_failed (pen_app (), failure);
  judge (gate);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/* A durable one that waits would be taken for one whose fate nobody knows. */
static gboolean
holds_sms (PenGate *gate)
{
  for (GList *link = gate->waiting->head; link != NULL; link = link->next)
    if (((PenGateItem *) link->data)->is_sms)
      return TRUE;
  return FALSE;
}

static gboolean
finish_turn (PenGate *gate, gint64 until_us, GError **error)
{
  gboolean is_durable = commit (gate, error);

  release (gate, holds_sms (gate) ? G_MAXINT64 : until_us);
  release_later (gate);
  return is_durable;
}

gboolean
pen_gate_commit (PenGate *gate, GError **error)
{
  gboolean is_durable = commit (gate, error);

  if (!is_durable || holds_sms (gate))
    release (gate, G_MAXINT64);
  release_later (gate);
  return is_durable;
}

gboolean
pen_gate_flush (PenGate *gate, GError **error)
{
  return finish_turn (gate, g_get_monotonic_time () + SLICE_US, error);
}

gboolean
pen_gate_drain (PenGate *gate, GError **error)
{
  return finish_turn (gate, G_MAXINT64, error);
}
