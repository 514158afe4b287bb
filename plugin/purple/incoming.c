/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what each element that comes in is to us: an acknowledgement, an
 * answer, a roster, a presence or a message. libpurple gets what is left. An
 * element is emptied in place, never taken away: it has to be counted. */

#include "purple/incoming.h"

#include "purple/account.h"
#include "purple/caps.h"
#include "purple/incoming-message.h"
#include "purple/request.h"
#include "purple/services.h"
#include "purple/talk.h"
#include "purple/upload.h"

#include <blist.h>
#include <debug.h>
#include <glib/gi18n-lib.h>
#include <signals.h>
#include <string.h>

#define NS_ROSTER "jabber:iq:roster"
#define NS_REFUSED "urn:penregister:refused"

/* Offers that would open connections of their own, past the ledger. In a
 * namespace that nobody handles, libpurple itself says that it cannot. */
static const char *const refused_offers[] = {
  "http://jabber.org/protocol/si",   "http://jabber.org/protocol/bytestreams",
  "http://jabber.org/protocol/ibb",  "jabber:iq:oob",
  "urn:xmpp:jingle:1",               "http://www.google.com/session",
};

static void
saw_stream_element (PenAccount *account, xmlnode *element)
{
  const char *handled = xmlnode_get_attrib (element, "h");
  guint64 number;

  if (g_str_equal (element->name, "failed"))
    pen_gate_saw_failed (account->gate);
  else if (g_str_equal (element->name, "a") && handled != NULL
           && g_ascii_string_to_unsigned (handled, 10, 0, G_MAXUINT32, &number, NULL))
    pen_gate_saw_ack (account->gate, (guint32) number);
}

/* A number is a buddy under its own name; the gateway's JID for it never is. */
static void
take_number (PenAccount *account, xmlnode *item, const PenAddress *address)
{
  const char *subscription = xmlnode_get_attrib (item, "subscription");
  PurpleGroup *group;

  if (g_strcmp0 (subscription, "remove") == 0 || purple_find_buddy (account->purple, address->name) != NULL)
    return;
  group = purple_find_group (_("SMS"));
  if (group == NULL)
    {
      group = purple_group_new (_("SMS"));
      purple_blist_add_group (group, NULL);
    }
  purple_blist_add_buddy (purple_buddy_new (account->purple, address->name, xmlnode_get_attrib (item, "name")), NULL,
                          group, NULL);
}

static void
take_numbers_from_roster (PenAccount *account, xmlnode *query)
{
  xmlnode *item = xmlnode_get_child (query, "item");

  while (item != NULL)
    {
      xmlnode *next = xmlnode_get_next_twin (item);
      g_autoptr (PenAddress) address = pen_services_number_at (account, xmlnode_get_attrib (item, "jid"));

      if (address != NULL)
        {
          take_number (account, item, address);
          xmlnode_free (item);
        }
      item = next;
    }
}

static void
refuse_offers (PenAccount *account, xmlnode *iq)
{
  for (xmlnode *child = iq->child; child != NULL; child = child->next)
    {
      const char *ns = child->type == XMLNODE_TYPE_TAG ? xmlnode_get_namespace (child) : NULL;

      for (guint i = 0; ns != NULL && i < G_N_ELEMENTS (refused_offers); i++)
        if (g_str_equal (ns, refused_offers[i]))
          {
            purple_debug_info ("penregister", "an offer in %s is refused: it would connect past the ledger\n", ns);
            xmlnode_set_namespace (child, NS_REFUSED);
            break;
          }
    }
}

static void
saw_iq (PenAccount *account, xmlnode *iq)
{
  const char *type = xmlnode_get_attrib (iq, "type");
  const char *from = xmlnode_get_attrib (iq, "from");
  xmlnode *roster = xmlnode_get_child_with_namespace (iq, "query", NS_ROSTER);

  if (roster != NULL && pen_account_answers (account, NULL, from))
    take_numbers_from_roster (account, roster);
  /* libpurple takes an offer for one whatever the type of the IQ is. */
  refuse_offers (account, iq);
  if (g_strcmp0 (type, "result") == 0 || g_strcmp0 (type, "error") == 0)
    {
      if (pen_gate_saw_answer (account->gate, iq))
        {
          pen_services_saw_disco (account, iq);
          pen_upload_saw_disco (account, iq);
        }
      if (pen_request_saw (account, iq))
        pen_stanza_empty (iq);
      return;
    }
  pen_caps_in (account, iq);
}

static void
on_receiving (PurpleConnection *gc, xmlnode **packet, gpointer data)
{
  PenAccount *account = pen_account_of (gc);
  xmlnode *element = packet != NULL ? *packet : NULL;

  if (account == NULL || element == NULL || element->name == NULL)
    return;
  if (g_str_equal (element->name, "iq"))
    saw_iq (account, element);
  else if (g_str_equal (element->name, "message"))
    pen_incoming_message (account, element);
  else if (!g_str_equal (element->name, "presence"))
    saw_stream_element (account, element);
}

/* What a gateway says of a number's presence means nothing, and its JID for it
 * is nobody's name. Emptied, it would offend prpl-jabber, which wants a sender. */
static gboolean
on_presence (PurpleConnection *gc, G_GNUC_UNUSED const char *type, const char *from, G_GNUC_UNUSED xmlnode *presence,
             G_GNUC_UNUSED gpointer data)
{
  PenAccount *account = pen_account_of (gc);
  g_autoptr (PenAddress) address = account != NULL ? pen_services_number_at (account, from) : NULL;

  return address != NULL;
}

void
pen_incoming_connect (PurplePlugin *plugin)
{
  purple_signal_connect_priority (plugin, "jabber-receiving-presence", plugin, PURPLE_CALLBACK (on_presence), NULL,
                                  PURPLE_SIGNAL_PRIORITY_LOWEST);
  purple_signal_connect_priority (plugin, "jabber-receiving-xmlnode", plugin, PURPLE_CALLBACK (on_receiving), NULL,
                                  PURPLE_SIGNAL_PRIORITY_LOWEST);
}

void
pen_incoming_disconnect (PurplePlugin *plugin)
{
  purple_signal_disconnect (plugin, "jabber-receiving-presence", plugin, PURPLE_CALLBACK (on_presence));
  purple_signal_disconnect (plugin, "jabber-receiving-xmlnode", plugin, PURPLE_CALLBACK (on_receiving));
}
