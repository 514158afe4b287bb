/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what an outgoing element is and whom it names (docs/design.md, "Words").
 * Nothing has to be recognised to be recorded: what fits no line of the table
 * is "other", and a JID or number counts wherever it stands. */

#include "purple/stanza.h"

#include "penregister/address.h"
#include "purple/gateway-names.h"

#include <string.h>

#define NS_CLIENT "jabber:client"
#define NS_SERVER "jabber:server"
#define NS_PUBSUB "http://jabber.org/protocol/pubsub"

/* One element deep inside another is still read; deeper ones name nobody that
 * a server could act on, and recursion has an end. */
#define MAX_DEPTH 32

typedef struct
{
  const char *ns;
  PenKind kind;
} NamespaceKind;

/* First match by prefix. */
static const NamespaceKind iq_kinds[] = {
  { "im.quicksy.synchronization:", PEN_KIND_DIRECTORY },
  { "jabber:iq:search", PEN_KIND_DIRECTORY },
  { "jabber:iq:gateway", PEN_KIND_GATEWAY },
  { "http://jabber.org/protocol/disco#", PEN_KIND_DISCO },
  { "vcard-temp", PEN_KIND_VCARD },
  { "urn:ietf:params:xml:ns:vcard-4.0", PEN_KIND_VCARD },
  { "jabber:iq:roster", PEN_KIND_ROSTER },
  { "http://jabber.org/protocol/muc", PEN_KIND_ROOM },
  { "jabber:iq:last", PEN_KIND_LIBRARY },
  { "jabber:iq:version", PEN_KIND_LIBRARY },
  { "urn:xmpp:time", PEN_KIND_LIBRARY },
  { "urn:xmpp:ping", PEN_KIND_LIBRARY },
  { "urn:xmpp:blocking", PEN_KIND_LIBRARY },
  { "urn:xmpp:bob", PEN_KIND_LIBRARY },
};

/* Nodes of publish-subscribe, by prefix. */
static const NamespaceKind node_kinds[] = {
  { "eu.siacs.conversations.axolotl.devicelist", PEN_KIND_DEVICE_LIST },
  { "urn:xmpp:omemo:2:devices", PEN_KIND_DEVICE_LIST },
  { "eu.siacs.conversations.axolotl.bundles", PEN_KIND_BUNDLE },
  { "urn:xmpp:omemo:2:bundles", PEN_KIND_BUNDLE },
  { "urn:xmpp:avatar:", PEN_KIND_AVATAR },
};

/* Children whose text names somebody. */
static const char *const naming_children[] = { "prompt", "jid", "value", "email", "user", "username" };

/* Attributes that never do, whatever stands in them. */
static const char *const mute_attributes[] = { "xmlns", "id", "node", "ver", "ext", "hash", "type", "var", "name" };

static gboolean
is_in (const char *const *words, gsize n_words, const char *word)
{
  for (gsize i = 0; i < n_words; i++)
    if (g_strcmp0 (words[i], word) == 0)
      return TRUE;
  return FALSE;
}

gboolean
pen_stanza_is (xmlnode *element)
{
  const char *ns = xmlnode_get_namespace (element);

  return (g_str_equal (element->name, "message") || g_str_equal (element->name, "presence")
          || g_str_equal (element->name, "iq"))
         && (ns == NULL || g_str_equal (ns, NS_CLIENT) || g_str_equal (ns, NS_SERVER));
}

static xmlnode *
first_child (xmlnode *element)
{
  for (xmlnode *child = element->child; child != NULL; child = child->next)
    if (child->type == XMLNODE_TYPE_TAG)
      return child;
  return NULL;
}

static gboolean
find_kind (const NamespaceKind *kinds, gsize n_kinds, const char *text, PenKind *kind)
{
  for (gsize i = 0; text != NULL && i < n_kinds; i++)
    if (g_str_has_prefix (text, kinds[i].ns))
      {
        *kind = kinds[i].kind;
        return TRUE;
      }
  return FALSE;
}

static PenKind
kind_of_pubsub (xmlnode *pubsub)
{
  PenKind kind = PEN_KIND_OTHER;

  for (xmlnode *child = pubsub->child; child != NULL; child = child->next)
    if (child->type == XMLNODE_TYPE_TAG
        && find_kind (node_kinds, G_N_ELEMENTS (node_kinds), xmlnode_get_attrib (child, "node"), &kind))
      return kind;
  return kind;
}

static PenKind
kind_of_iq (xmlnode *child, const char *ns, const char *type)
{
  PenKind kind;

  if (child == NULL)
    return g_strcmp0 (type, "result") == 0 ? PEN_KIND_LIBRARY : PEN_KIND_OTHER;
  if (ns != NULL && g_str_has_prefix (ns, NS_PUBSUB))
    return kind_of_pubsub (child);
  return find_kind (iq_kinds, G_N_ELEMENTS (iq_kinds), ns, &kind) ? kind : PEN_KIND_OTHER;
}

static gboolean
has_child_of (xmlnode *element, const char *ns_prefix)
{
  for (xmlnode *child = element->child; child != NULL; child = child->next)
    {
      const char *ns = child->type == XMLNODE_TYPE_TAG ? xmlnode_get_namespace (child) : NULL;

      if (ns != NULL && g_str_has_prefix (ns, ns_prefix))
        return TRUE;
    }
  return FALSE;
}

static PenKind
kind_of (xmlnode *element, const PenStanzaFacts *facts)
{
  gboolean is_room = has_child_of (element, "http://jabber.org/protocol/muc")
                     || has_child_of (element, "jabber:x:conference");

  if (g_str_equal (facts->name, "message"))
    return is_room || g_strcmp0 (facts->type, "groupchat") == 0 ? PEN_KIND_ROOM : PEN_KIND_DELIVERY;
  if (g_str_equal (facts->name, "presence"))
    return is_room ? PEN_KIND_ROOM : PEN_KIND_PRESENCE;
  if (g_str_equal (facts->name, "iq"))
    return kind_of_iq (first_child (element), facts->child_ns, facts->type);
  return PEN_KIND_OTHER;
}

/* Whether a text in an attribute or child that may hold anything is a JID or number. */
static gboolean
looks_like_person (const char *text)
{
  gsize plus = text[0] == '+' ? 1 : 0;

  if (g_str_has_prefix (text, "tel:") || g_str_has_prefix (text, "sms:") || g_str_has_prefix (text, "xmpp:")
      || g_str_has_prefix (text, "mailto:"))
    return TRUE;
  if (plus == 1 && strspn (text + 1, "0123456789") >= 5)
    return TRUE;
  return strchr (text, '@') != NULL && strpbrk (text, " \t\r\n<>\"") == NULL && strlen (text) < 3072;
}

static void
add_person (PenStanzaFacts *facts, const PenStanzaContext *context, const char *text)
{
  g_autofree char *bare = pen_jid_bare (text);
  g_autofree char *address = NULL;

  if (text[0] == '\0' || g_strcmp0 (bare, context->own) == 0 || g_strcmp0 (bare, context->server) == 0)
    return;
  if (bare != NULL && context->services != NULL && g_strv_contains (context->services, bare))
    return;
  address = pen_gateway_names_uri (text, context->gateways);
  for (guint i = 0; i < facts->persons->len; i++)
    if (g_strcmp0 (g_ptr_array_index (facts->persons, i), address) == 0)
      return;
  g_ptr_array_add (facts->persons, g_steal_pointer (&address));
}

static gboolean
may_name (const char *attribute, const char *text, int depth)
{
  if (g_str_equal (attribute, "jid") || g_str_equal (attribute, "number") || g_str_equal (attribute, "uri"))
    return text[0] != '\0';
  if (depth == 0 && g_str_equal (attribute, "from"))
    return FALSE;
  return !is_in (mute_attributes, G_N_ELEMENTS (mute_attributes), attribute) && looks_like_person (text);
}

static void
read_persons (xmlnode *element, const PenStanzaContext *context, PenStanzaFacts *facts, int depth)
{
  for (xmlnode *child = element->child; child != NULL; child = child->next)
    {
      if (child->type == XMLNODE_TYPE_ATTRIB && child->name != NULL && child->data != NULL)
        {
          gboolean is_receiver = depth == 0 && g_str_equal (child->name, "to");

          if (is_receiver || may_name (child->name, child->data, depth))
            add_person (facts, context, child->data);
        }
      else if (child->type == XMLNODE_TYPE_TAG && depth < MAX_DEPTH)
        read_persons (child, context, facts, depth + 1);
    }
  if (depth > 0 && is_in (naming_children, G_N_ELEMENTS (naming_children), element->name))
    {
      g_autofree char *text = xmlnode_get_data (element);

      if (text != NULL && text[0] != '\0'
          && (g_str_equal (element->name, "prompt") || looks_like_person (g_strstrip (text))))
        add_person (facts, context, text);
    }
}

void
pen_stanza_read (xmlnode *element, const PenStanzaContext *context, PenStanzaFacts *facts)
{
  xmlnode *child = first_child (element);

  facts->name = element->name;
  facts->type = xmlnode_get_attrib (element, "type");
  facts->id = xmlnode_get_attrib (element, "id");
  facts->to = xmlnode_get_attrib (element, "to");
  facts->child_name = child != NULL ? child->name : NULL;
  facts->child_ns = child != NULL ? xmlnode_get_namespace (child) : NULL;
  facts->persons = g_ptr_array_new_with_free_func (g_free);
  facts->kind = kind_of (element, facts);
  facts->is_request = g_str_equal (facts->name, "iq")
                      && (g_strcmp0 (facts->type, "get") == 0
                          || (g_strcmp0 (facts->type, "set") == 0
                              && (facts->kind == PEN_KIND_GATEWAY || facts->kind == PEN_KIND_DIRECTORY)));
  read_persons (element, context, facts, 0);
}

void
pen_stanza_facts_clear (PenStanzaFacts *facts)
{
  g_clear_pointer (&facts->persons, g_ptr_array_unref);
}

void
pen_stanza_empty (xmlnode *stanza)
{
  xmlnode *child = stanza->child;

  while (child != NULL)
    {
      xmlnode *next = child->next;

      if (child->type != XMLNODE_TYPE_ATTRIB)
        xmlnode_free (child);
      child = next;
    }
  xmlnode_remove_attrib (stanza, "type");
  xmlnode_remove_attrib (stanza, "from");
}
