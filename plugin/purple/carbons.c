/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What our other clients send and get. Only our own bare JID may say so: else
 * a stranger could speak for anyone (XEP-0280 11, docs/omemo.md 7.19). */

#include "purple/carbons.h"

#include "purple/incoming-message.h"
#include "purple/omemo-talk.h"
#include "purple/request.h"
#include "purple/services.h"
#include "purple/talk.h"
#include "wire/wire.h"

#include <debug.h>

#define NS_CARBONS "urn:xmpp:carbons:2"

static void
on_enabled (PenAccount *account, xmlnode *iq, gpointer data)
{
  if (iq == NULL || g_strcmp0 (xmlnode_get_attrib (iq, "type"), "result") != 0)
    purple_debug_info ("penregister", "the server sends no carbons: other clients' messages do not show here\n");
}

void
pen_carbons_enable (PenAccount *account)
{
  PenRequest wish = { "set", NULL, on_enabled, NULL };
  PenGateTag tag = { .trigger = PEN_TRIGGER_LOGIN, .kind = -1 };
  xmlnode *enable = xmlnode_new ("enable");

  xmlnode_set_namespace (enable, NS_CARBONS);
  pen_request_send (account, &wish, enable, &tag);
}

static void
show_sent (PenAccount *account, const PenPaneMessage *line, gint64 at_s)
{
  g_autofree char *html = g_markup_escape_text (line->text, -1);

  pen_talk_sent_elsewhere (account->purple, html, line, at_s);
}

/* What another client of ours sent to a number stands in the number's conversation. */
PenOpened
pen_carbons_open_sent (PenAccount *account, xmlnode *inner)
{
  const char *to = xmlnode_get_attrib (inner, "to");
  g_autofree char *bare = to != NULL ? pen_jid_bare (to) : NULL;
  g_autoptr (PenAddress) number = NULL;
  g_autofree char *text = NULL;
  PenPaneMessage line;
  PenOpened opened;

  if (bare == NULL)
    return PEN_OPENED_NOTHING;
  number = pen_services_number_at (account, bare);
  opened = number == NULL ? pen_secrets_open (account, inner, account->bare, bare) : PEN_OPENED_NOT_ENCRYPTED;
  if (opened != PEN_OPENED_TEXT && opened != PEN_OPENED_NOT_ENCRYPTED)
    return opened;
  text = pen_wire_text (pen_wire_child (inner, "body", NULL), PEN_WIRE_TEXT_MAX_BYTES);
  if (text == NULL)
    return opened;
  line = (PenPaneMessage) { .name = number != NULL ? number->name : bare, .text = text, .state = PEN_MESSAGE_SENT };
  line.route = number != NULL ? PEN_ROUTE_SMS : opened == PEN_OPENED_TEXT ? PEN_ROUTE_ENCRYPTED : PEN_ROUTE_PLAIN;
  show_sent (account, &line, pen_incoming_time_s (inner));
  return opened;
}

static xmlnode *
copy_of (xmlnode *message)
{
  xmlnode *sent = pen_wire_child (message, "sent", NS_CARBONS);

  return sent != NULL ? sent : pen_wire_child (message, "received", NS_CARBONS);
}

xmlnode *
pen_carbons_inner (xmlnode *message)
{
  return pen_wire_forwarded (copy_of (message));
}

gboolean
pen_carbons_is (xmlnode *message)
{
  return copy_of (message) != NULL;
}

void
pen_carbons_open (PenAccount *account, xmlnode *message)
{
  xmlnode *sent = pen_wire_child (message, "sent", NS_CARBONS);
  xmlnode *inner = pen_carbons_inner (message);

  if (inner == NULL || g_strcmp0 (xmlnode_get_attrib (message, "from"), account->bare) != 0)
    {
      purple_debug_warning ("penregister", "a copy of a message that is none, or not from our own account, is not believed\n");
      return;
    }
  if (sent != NULL)
    pen_carbons_open_sent (account, inner);
  else
    pen_incoming_carbon (account, inner);
}
