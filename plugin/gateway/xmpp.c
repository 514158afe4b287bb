/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which XMPP host is an SMS gateway, which JID it may give for a
 * number, and what a message to it holds. Facts: docs/gateways.md 2 and 5;
 * XEP-0030, XEP-0100, XEP-0184. */

#include "gateway.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "penregister/sms.h"

#define NS_GATEWAY "jabber:iq:gateway"
#define NS_RECEIPTS "urn:xmpp:receipts"

static const struct
{
  const char *feature;
  PenGatewayFlags flag;
} features[] = {
  { NS_GATEWAY, PEN_GATEWAY_PROMPT },
  { "jid\\20escaping", PEN_GATEWAY_ESCAPING },
  { NS_RECEIPTS, PEN_GATEWAY_RECEIPTS },
  { "http://jabber.org/protocol/address", PEN_GATEWAY_GROUPS },
  { "jabber:iq:register", PEN_GATEWAY_REGISTER },
};

/* The next identity of category gateway: @node itself or one behind it. */
static xmlnode *
find_gateway_identity (xmlnode *node)
{
  while (node != NULL && g_strcmp0 (xmlnode_get_attrib (node, "category"), "gateway") != 0)
    node = pen_wire_next (node);
  return node;
}

static gboolean
is_sms_type (const char *type)
{
  return type != NULL && (g_str_equal (type, "sms") || g_str_equal (type, "pstn") || g_str_has_prefix (type, "sms-"));
}

static xmlnode *
find_sms_identity (xmlnode *query)
{
  xmlnode *node = find_gateway_identity (pen_wire_child (query, "identity", NULL));

  while (node != NULL && !is_sms_type (xmlnode_get_attrib (node, "type")))
    node = find_gateway_identity (pen_wire_next (node));
  return node;
}

gboolean
pen_gateway_is_identity (xmlnode *query)
{
  if (find_sms_identity (query) != NULL)
    return TRUE;
  return (pen_gateway_flags (query) & PEN_GATEWAY_PROMPT) != 0
         && find_gateway_identity (pen_wire_child (query, "identity", NULL)) == NULL;
}

PenGatewayFlags
pen_gateway_flags (xmlnode *query)
{
  guint flags = PEN_GATEWAY_NONE;

  for (xmlnode *node = pen_wire_child (query, "feature", NULL); node != NULL; node = pen_wire_next (node))
    for (gsize i = 0; i < G_N_ELEMENTS (features); i++)
      if (g_strcmp0 (xmlnode_get_attrib (node, "var"), features[i].feature) == 0)
        flags |= features[i].flag;
  return (PenGatewayFlags) flags;
}

char *
pen_gateway_identity_name (xmlnode *query)
{
  xmlnode *node = find_sms_identity (query);
  g_autofree char *name = NULL;

  if (node == NULL)
    return NULL;
  name = pen_wire_clean_text (xmlnode_get_attrib (node, "name"), PEN_WIRE_LINE_MAX_BYTES);
  return name == NULL ? NULL : g_strdup (g_strstrip (g_strdelimit (name, "\n\t", ' ')));
}

static xmlnode *
new_query (void)
{
  xmlnode *query = xmlnode_new ("query");

  xmlnode_set_namespace (query, NS_GATEWAY);
  return query;
}

xmlnode *
pen_gateway_prompt_get (void)
{
  return new_query ();
}

xmlnode *
pen_gateway_prompt_set (const PenAddress *address)
{
  xmlnode *query;

  g_return_val_if_fail (address != NULL && address->name != NULL, NULL);

  query = new_query ();
  xmlnode_insert_data (xmlnode_new_child (query, "prompt"), address->name, -1);
  return query;
}

/* Returns: the query of a result, or NULL with the error set. */
static xmlnode *
find_answer (xmlnode *iq, GError **error)
{
  xmlnode *query = NULL;

  if (g_strcmp0 (xmlnode_get_attrib (iq, "type"), "result") == 0)
    query = pen_wire_child (iq, "query", NS_GATEWAY);
  if (query == NULL)
    g_set_error_literal (error, PEN_GATEWAY_ERROR, PEN_GATEWAY_ERROR_UNREADABLE,
                         N_ ("The gateway's answer could not be read, because it does not follow the protocol. "
                             "Nothing was changed; ask the gateway's operator."));
  return query;
}

gboolean
pen_gateway_prompt_read (xmlnode *iq, char **desc, char **prompt, GError **error)
{
  xmlnode *query = find_answer (iq, error);

  *desc = *prompt = NULL;
  if (query == NULL)
    return FALSE;
  *desc = pen_wire_line (pen_wire_child (query, "desc", NULL));
  *prompt = pen_wire_line (pen_wire_child (query, "prompt", NULL));
  return TRUE;
}

/* A JID that a gateway gives must not lead to anybody else. */
static char *
check_jid (const char *jid, const char *host, const PenAddress *asked, GError **error)
{
  g_autofree char *bare = pen_jid_bare (jid);
  g_autofree char *local = pen_jid_localpart (jid);
  g_autofree char *domain = pen_jid_domain (jid);
  g_autofree char *own = pen_jid_domain (host);
  g_autoptr (PenAddress) means = NULL;

  if (bare == NULL || local == NULL || g_strcmp0 (domain, own) != 0)
    {
      g_set_error_literal (error, PEN_GATEWAY_ERROR, PEN_GATEWAY_ERROR_FOREIGN,
                           N_ ("The gateway named an address that is not its own, and that is not used, because "
                               "the message would go to a stranger. Ask the gateway's operator."));
      return NULL;
    }
  /* A made-up localpart reads as a sender; only a number can be a wrong one. */
  means = pen_gateway_address_of (bare, host, NULL, NULL);
  if (means != NULL && means->kind != PEN_ADDRESS_ALPHA && !pen_address_equal (means, asked))
    {
      g_set_error_literal (error, PEN_GATEWAY_ERROR, PEN_GATEWAY_ERROR_OTHER_PERSON,
                           N_ ("The gateway named the address of another number, and that is not used, because the "
                               "message would go to somebody else. Check the number, or ask the gateway's operator."));
      return NULL;
    }
  return g_steal_pointer (&bare);
}

char *
pen_gateway_prompt_jid (xmlnode *iq, const char *host, const PenAddress *asked, GError **error)
{
  xmlnode *query = find_answer (iq, error);
  g_autofree char *jid = NULL;

  g_return_val_if_fail (host != NULL && asked != NULL, NULL);

  if (query == NULL)
    return NULL;
  jid = pen_wire_line (pen_wire_child (query, "jid", NULL));
  return check_jid (jid, host, asked, error);
}

char *
pen_gateway_moved_to (const PenWireError *error, const char *host, const PenAddress *asked)
{
  const char *jid;

  g_return_val_if_fail (error != NULL && host != NULL && asked != NULL, NULL);

  if (!g_str_equal (error->condition, "gone") || error->elsewhere == NULL)
    return NULL;
  jid = error->elsewhere;
  if (g_str_has_prefix (jid, "xmpp:"))
    jid += strlen ("xmpp:");
  return check_jid (jid, host, asked, NULL);
}

xmlnode *
pen_gateway_message (const char *to, const char *id, const char *text, gboolean receipt)
{
  g_autofree char *clean = NULL;
  xmlnode *message;

  g_return_val_if_fail (to != NULL && id != NULL && text != NULL, NULL);

  clean = pen_wire_clean_text (text, PEN_WIRE_TEXT_MAX_BYTES);
  if (clean == NULL || pen_sms_is_otr (clean))
    return NULL;
  message = xmlnode_new ("message");
  xmlnode_set_attrib (message, "type", "chat");
  xmlnode_set_attrib (message, "to", to);
  xmlnode_set_attrib (message, "id", id);
  xmlnode_insert_data (xmlnode_new_child (message, "body"), clean, -1);
  if (receipt)
    xmlnode_set_namespace (xmlnode_new_child (message, "request"), NS_RECEIPTS);
  return message;
}

const PenGatewayKind pen_gateway_xmpp = {
  .name = "xmpp",
  .is_identity = pen_gateway_is_identity,
  .flags = pen_gateway_flags,
  .wire_jid = pen_gateway_wire_jid,
  .address_of = pen_gateway_address_of,
  .message = pen_gateway_message,
  .incoming = pen_gateway_incoming_read,
};
