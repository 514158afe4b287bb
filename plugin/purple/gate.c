/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what leaves, and when: nothing that names a person before its rows
 * are durable, everything in its order, one commit a main-loop turn.
 *
 *   jabber_send -> on_sending -> admit -> record -> waiting
 *                                  |                   | end of turn: one commit
 *                                  v                   v
 *                            answered, kept        hand_over -> stream
 *
 * Stream management (XEP-0198) sends again what was not acknowledged; those
 * elements come through here too and are known by their id (docs/design.md, "The
 * gate"). */

#include "purple/gate-private.h"

#include "purple/backlog.h"
#include "purple/caps.h"
#include "purple/jabber.h"

#include <debug.h>
#include <eventloop.h>
#include <glib/gi18n-lib.h>
#include <signals.h>

static gboolean
end_turn (gpointer data)
{
  PenGate *gate = data;

  gate->turn = 0;
  pen_gate_flush (gate, NULL);
  return G_SOURCE_REMOVE;
}

static void
schedule_turn (PenGate *gate)
{
  if (gate->turn == 0)
    gate->turn = purple_timeout_add (pen_app_commit_delay_ms (pen_app ()), end_turn, gate);
}

/* Without an id, and presences have none, only the same bytes are the same. */
static gboolean
is_same_text (const PenGateItem *item, xmlnode *element)
{
  g_autofree char *sent = item->id == NULL ? xmlnode_to_str (item->element, NULL) : NULL;
  g_autofree char *now = item->id == NULL ? xmlnode_to_str (element, NULL) : NULL;

  return g_strcmp0 (sent, now) == 0;
}

/* An element of the former stream that comes again: the same row, one attempt
 * more; a question or an SMS is not put twice. */
static gboolean
admit_again (PenGate *gate, xmlnode *element, const PenStanzaFacts *facts)
{
  for (GList *link = gate->again->head; link != NULL; link = link->next)
    {
      PenGateItem *item = link->data;

      if (!pen_gate_item_is (item, facts) || !is_same_text (item, element))
        continue;
      g_queue_delete_link (gate->again, link);
      if (item->is_request || item->is_sms)
        {
          pen_gate_finish_rows (item->rows, PEN_ROW_UNKNOWN, "not-sent-again", 0);
          if (item->message != NULL)
            gate->on_message (gate->account, item->message, PEN_GATE_LOST);
          pen_gate_item_free (item);
          return TRUE;
        }
      item->rollbacks = pen_database_rollbacks (pen_app ()->database);
      item->is_judged = FALSE;
      item->may_have_left = TRUE;
      if (g_queue_is_empty (gate->waiting))
        pen_gate_hand_over (gate, item);
      else
        {
          g_queue_push_tail (gate->waiting, item);
          schedule_turn (gate);
        }
      return TRUE;
    }
  return FALSE;
}

/* Returns whether @item stays here; then it is freed. */
static gboolean
keep_back (PenGate *gate, PenGateItem *item, const PenStanzaFacts *facts, const PenGateTag *tag)
{
  PenRowStatus status;
  const char *rule = pen_gate_refusal_rule (gate, facts, tag, &status);

  if (rule == NULL)
    return FALSE;
  if (tag != NULL)
    g_set_error (&gate->tag_error, PEN_ADDRESS_ERROR, PEN_ADDRESS_ERROR_NOT_AN_ADDRESS,
                 _("This does not leave, by the rule “%s”."), rule);
  purple_debug_info ("penregister", "%s to %s does not leave: %s\n", facts->name, facts->to, rule);
  pen_gate_record_kept (gate, item->element, facts, status, rule);
  pen_gate_refuse (gate, item);
  pen_gate_item_free (item);
  return TRUE;
}

static void
admit (PenGate *gate, xmlnode *element)
{
  const PenGateTag *tag = g_steal_pointer (&gate->tag);
  g_auto (PenStanzaFacts) facts = { 0 };
  PenStanzaContext context;
  PenGateItem *item;

  gate->admitted++;
  context = pen_account_stanza_context (gate->account);
  pen_stanza_read (element, &context, &facts);
  if (tag == NULL && admit_again (gate, element, &facts))
    return;

  item = pen_gate_item_new (element, &facts, tag);
  if (keep_back (gate, item, &facts, tag))
    return;
  if (facts.persons->len == 0 && g_queue_is_empty (gate->waiting))
    {
      pen_gate_hand_over (gate, item);
      return;
    }
  if (!pen_gate_record (gate, item, &facts, tag, &gate->tag_error))
    {
      pen_app_store_failed (pen_app (), gate->tag_error);
      if (tag == NULL)
        g_clear_error (&gate->tag_error);
      pen_gate_refuse (gate, item);
      pen_gate_item_free (item);
      return;
    }
  if (tag != NULL && item->rows->len > 0)
    gate->tag_row = g_array_index (item->rows, gint64, 0);
  g_queue_push_tail (gate->waiting, item);
  if (gate->is_closing && !gate->account->is_broken)
    pen_gate_drain (gate, NULL);
  else if (!gate->is_closing)
    schedule_turn (gate);
}

/* Elements of the stream itself. Stream management counts from <enable/> on,
 * so what came before must have left before it. */
static void
pass_stream_element (PenGate *gate, xmlnode *element)
{
  if (g_str_equal (element->name, "enable"))
    {
      pen_gate_drain (gate, NULL);
      gate->has_management = TRUE;
      gate->acked = 0;
    }
  if (g_str_equal (element->name, "a") && !pen_backlog_acknowledge (gate->account->backlog, element))
    return;
  pen_jabber_pass (gate->account->gc, element);
}

static gboolean
is_stream_element (xmlnode *element)
{
  const char *ns = xmlnode_get_namespace (element);

  return !pen_stanza_is (element) && ns != NULL
         && (g_str_has_prefix (ns, "urn:xmpp:sm:") || g_str_has_prefix (ns, "urn:ietf:params:xml:ns:xmpp-")
             || g_str_has_prefix (ns, "http://etherx.jabber.org/"));
}

static void
on_sending (PurpleConnection *gc, xmlnode **element, gpointer data)
{
  PenAccount *account;

  if (element == NULL || *element == NULL || !PURPLE_CONNECTION_IS_VALID (gc))
    return;
  account = pen_account_of (gc);
  if (account == NULL)
    {
      purple_debug_error ("penregister", "an element without an account does not leave\n");
      return;
    }
  if (is_stream_element (*element))
    pass_stream_element (account->gate, *element);
  else if (pen_caps_out (account, *element))
    admit (account->gate, *element);
}

void
pen_gate_connect (PurplePlugin *plugin)
{
  purple_signal_disconnect (plugin, "jabber-sending-xmlnode", plugin, pen_jabber_send_signal ());
  purple_signal_connect_priority (plugin, "jabber-sending-xmlnode", plugin, PURPLE_CALLBACK (on_sending), NULL,
                                  PURPLE_SIGNAL_PRIORITY_HIGHEST);
}

void
pen_gate_disconnect (PurplePlugin *plugin)
{
  purple_signal_disconnect (plugin, "jabber-sending-xmlnode", plugin, PURPLE_CALLBACK (on_sending));
}

gint64
pen_gate_send (PenGate *gate, xmlnode *element, const PenGateTag *tag, GError **error)
{
  xmlnode *packet = element;
  guint64 before = gate->admitted;

  gate->tag = tag;
  gate->tag_row = 0;
  g_clear_error (&gate->tag_error);
  purple_signal_emit (pen_app ()->plugin, "jabber-sending-xmlnode", gate->account->gc, &packet);
  gate->tag = NULL;
  if (gate->tag_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&gate->tag_error));
      return -1;
    }
  if (gate->admitted == before)
    {
      g_set_error_literal (error, PEN_ADDRESS_ERROR, PEN_ADDRESS_ERROR_NOT_AN_ADDRESS,
                           _("The XMPP connection did not take the message, so it is kept and not sent. Send another "
                             "one, or sign off and on, to try again."));
      return -1;
    }
  return gate->tag_row;
}

void
pen_gate_by_hand (PenGate *gate, gboolean is_by_hand)
{
  if (is_by_hand)
    gate->by_hand++;
  else
    gate->by_hand--;
}

void
pen_gate_saw_ack (PenGate *gate, guint32 handled)
{
  /* The count wraps at 2^32; one that goes back is a lie and says nothing. */
  if (handled - gate->acked > G_MAXINT32)
    return;
  for (; gate->acked != handled && !g_queue_is_empty (gate->unacked); gate->acked++)
    {
      PenGateItem *item = g_queue_pop_head (gate->unacked);

      if (item->message != NULL)
        gate->on_message (gate->account, item->message, PEN_GATE_ACKED);
      pen_gate_item_free (item);
    }
  gate->acked = handled;
}

gboolean
pen_gate_has_management (const PenGate *gate)
{
  return gate->has_management;
}

void
pen_gate_saw_failed (PenGate *gate)
{
  gate->has_management = FALSE;
  g_queue_clear_full (gate->unacked, (GDestroyNotify) pen_gate_item_free);
}

static gboolean
queue_holds (GQueue *queue, const char *message)
{
  for (GList *link = queue->head; link != NULL; link = link->next)
    if (g_strcmp0 (((PenGateItem *) link->data)->message, message) == 0)
      return TRUE;
  return FALSE;
}

gboolean
pen_gate_holds (PenGate *gate, const char *message)
{
  return queue_holds (gate->waiting, message) || queue_holds (gate->unacked, message)
         || queue_holds (gate->again, message);
}

void
pen_gate_settle (PenGate *gate)
{
  PenGateItem *item;

  while ((item = g_queue_pop_head (gate->again)) != NULL)
    {
      if (item->is_sms && item->message != NULL)
        gate->on_message (gate->account, item->message, PEN_GATE_LOST);
      pen_gate_item_free (item);
    }
}

PenGate *
pen_gate_new (PenAccount *account, PenGateMessageFunc on_message)
{
  PenGate *gate = g_new0 (PenGate, 1);

  gate->account = account;
  gate->on_message = on_message;
  gate->waiting = g_queue_new ();
  gate->unacked = g_queue_new ();
  gate->answers = g_queue_new ();
  gate->again = pen_app_take_unacked (pen_app (), account->bare);
  pen_gate_pending_init (gate);
  return gate;
}

void
pen_gate_close (PenGate *gate, gboolean flush)
{
  PenGateItem *item;

  gate->is_closing = TRUE;
  pen_gate_drop_answers (gate);
  if (flush)
    pen_gate_drain (gate, NULL);
  while ((item = g_queue_pop_head (gate->waiting)) != NULL)
    {
      pen_gate_finish_rows (item->rows, PEN_ROW_DROPPED, "connection-lost", 0);
      pen_gate_tell_refused (gate, item);
      pen_gate_item_free (item);
    }
}

void
pen_gate_free (PenGate *gate)
{
  if (gate->turn != 0)
    purple_timeout_remove (gate->turn);
  if (gate->slice != 0)
    purple_timeout_remove (gate->slice);
  pen_gate_drop_answers (gate);
  g_queue_free (gate->answers);
  pen_gate_pending_clear (gate);
  /* libpurple's queue goes on from stream to stream, and so does its mirror. */
  while (!g_queue_is_empty (gate->unacked))
    g_queue_push_tail (gate->again, g_queue_pop_head (gate->unacked));
  pen_app_keep_unacked (pen_app (), gate->account->bare, g_steal_pointer (&gate->again));
  g_queue_free_full (gate->waiting, (GDestroyNotify) pen_gate_item_free);
  g_queue_free (gate->unacked);
  g_clear_error (&gate->tag_error);
  g_free (gate);
}
