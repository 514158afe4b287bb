/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* One element on its way through the gate: what is kept of it, and the answer
 * that it gets when it may not leave. */

#include "purple/gate-item.h"

#define NS_STANZA_ERRORS "urn:ietf:params:xml:ns:xmpp-stanzas"

PenGateItem *
pen_gate_item_new (xmlnode *element, const PenStanzaFacts *facts, const PenGateTag *tag)
{
  PenGateItem *item = g_new0 (PenGateItem, 1);

  item->element = xmlnode_copy (element);
  item->name = g_strdup (facts->name);
  item->id = g_strdup (facts->id);
  item->to = g_strdup (facts->to);
  item->rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  item->message = tag != NULL ? g_strdup (tag->message) : NULL;
  item->is_sms = tag != NULL && tag->is_sms;
  item->may_have_left = tag != NULL && tag->may_have_left;
  item->awaits_answer = g_strcmp0 (facts->name, "iq") == 0
                        && (g_strcmp0 (facts->type, "get") == 0 || g_strcmp0 (facts->type, "set") == 0);
  /* Nobody waits for the answer to one of our own on the next stream. */
  item->is_request = facts->is_request || (tag != NULL && item->awaits_answer);
  item->is_stanza = pen_stanza_is (element);
  return item;
}

void
pen_gate_item_free (PenGateItem *item)
{
  if (item == NULL)
    return;
  xmlnode_free (item->element);
  g_free (item->name);
  g_free (item->id);
  g_free (item->to);
  g_array_unref (item->rows);
  g_free (item->message);
  g_free (item);
}

gboolean
pen_gate_item_is (const PenGateItem *item, const PenStanzaFacts *facts)
{
  return g_strcmp0 (item->id, facts->id) == 0
         && g_strcmp0 (item->name, facts->name) == 0
         && g_strcmp0 (item->to, facts->to) == 0;
}

xmlnode *
pen_gate_item_refusal (const PenGateItem *item)
{
  xmlnode *iq;
  xmlnode *error;

  if (!item->awaits_answer || item->id == NULL)
    return NULL;

  iq = xmlnode_new ("iq");
  xmlnode_set_attrib (iq, "type", "error");
  xmlnode_set_attrib (iq, "id", item->id);
  if (item->to != NULL)
    xmlnode_set_attrib (iq, "from", item->to);
  error = xmlnode_new_child (iq, "error");
  xmlnode_set_attrib (error, "type", "cancel");
  xmlnode_set_namespace (xmlnode_new_child (error, "service-unavailable"), NS_STANZA_ERRORS);
  return iq;
}
