/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Messages that come in, now or out of the archive. From a person: their bare
 * JID's conversation, receipts, errors, which libpurple would drop when they
 * have no body. What libpurple shows better is left to it. */

#include "purple/incoming-message.h"

#include "purple/archive.h"
#include "purple/backlog.h"
#include "purple/carbons.h"
#include "purple/incoming-gateway.h"
#include "purple/jabber.h"
#include "purple/lookup.h"
#include "purple/message.h"
#include "purple/omemo-talk.h"
#include "purple/outgoing.h"
#include "purple/room.h"
#include "purple/services.h"
#include "purple/talk.h"
#include "purple/words.h"
#include "wire/wire.h"

#include <blist.h>
#include <debug.h>
#include <glib/gi18n-lib.h>
#include <privacy.h>
#include <string.h>

#define NS_RECEIPTS "urn:xmpp:receipts"
#define NS_DELAY "urn:xmpp:delay"
#define DATA_CUT_OFF "penregister/cut-off"
#define DATA_CLEAR "penregister/clear"
#define NS_INVITATION "jabber:x:conference"
#define NS_ROOM_USER "http://jabber.org/protocol/muc#user"
#define NS_PUBSUB_EVENT "http://jabber.org/protocol/pubsub#event"

/* message, carbon, forwarded, message, event, items, item, metadata, info: and room to spare. */
#define AVATAR_DEPTH_MAX 16

static gboolean
is_room (PenAccount *account, const char *from)
{
  g_autofree char *bare = pen_jid_bare (from);

  return bare != NULL
         && purple_find_conversation_with_account (PURPLE_CONV_TYPE_CHAT, bare, account->purple) != NULL;
}

static void
failed (PenAccount *account, xmlnode *message, const char *from)
{
  const char *id = xmlnode_get_attrib (message, "id");
  g_autoptr (PenWireError) error = pen_wire_error_read (message);
  g_autofree char *sentence = pen_words_error (error, FALSE);
  g_autofree char *bare = pen_jid_bare (from);

  pen_gate_saw_delivery (account->gate, id, from, PEN_ROW_ERROR, error->condition);
  if (id != NULL && pen_message_is_to (account, id, from))
    pen_message_event (account, id, PEN_DELIVERY_ERROR, sentence);
  else if (bare != NULL && pen_talk_conversation (account->purple, bare, FALSE) != NULL)
    pen_talk_error (account->purple, bare, sentence);
}

static void
saw_receipt (PenAccount *account, xmlnode *message, const char *from)
{
  xmlnode *received = xmlnode_get_child_with_namespace (message, "received", NS_RECEIPTS);
  const char *id = received != NULL ? xmlnode_get_attrib (received, "id") : NULL;

  if (id == NULL)
    return;
  pen_gate_saw_delivery (account->gate, id, from, PEN_ROW_ANSWERED, "delivered");
  if (pen_message_is_to (account, id, from))
    pen_message_event (account, id, PEN_DELIVERY_REPORT, NULL);
}

/* Only people on the list learn that a message arrived: a receipt says that
 * somebody is there. */
static gboolean
wants_receipt (PenAccount *account, xmlnode *message, const char *bare)
{
  return xmlnode_get_attrib (message, "id") != NULL
         && xmlnode_get_child_with_namespace (message, "request", NS_RECEIPTS) != NULL
         && xmlnode_get_child_with_namespace (message, "received", NS_RECEIPTS) == NULL
         && purple_account_get_bool (account->purple, PEN_OPTION_RECEIPTS, TRUE)
         && purple_find_buddy (account->purple, bare) != NULL;
}

/* The number that we wrote to when it is this JID that answers. */
static char *
number_of (PenAccount *account, const char *bare)
{
  if (purple_find_buddy (account->purple, bare) != NULL)
    return NULL;
  return pen_contact_number_of (pen_app ()->database, account->bare, bare, NULL);
}

gint64
pen_incoming_time_s (xmlnode *message)
{
  xmlnode *delay = xmlnode_get_child_with_namespace (message, "delay", NS_DELAY);
  const char *stamp = delay != NULL ? xmlnode_get_attrib (delay, "stamp") : NULL;
  g_autoptr (GDateTime) time = stamp != NULL ? g_date_time_new_from_iso8601 (stamp, NULL) : NULL;

  return time != NULL ? g_date_time_to_unix (time) : pen_clock_now_us (&pen_app ()->clock) / G_USEC_PER_SEC;
}

/* Returns: (nullable): where something is said ahead of a message; nothing opens for whom the user blocks. */
static PurpleConversation *
place_ahead (PenAccount *account, const char *name)
{
  return purple_privacy_check (account->purple, name) ? pen_talk_conversation (account->purple, name, TRUE) : NULL;
}

static void
say_once (PenAccount *account, const char *name, const char *key, const char *text)
{
  PurpleConversation *conv = place_ahead (account, name);

  if (conv == NULL || purple_conversation_get_data (conv, key) != NULL)
    return;
  purple_conversation_set_data (conv, key, GINT_TO_POINTER (TRUE));
  pen_talk_system (account->purple, name, text, TRUE);
}

/* What was shown just before a sudden end was perhaps not durable: its ratchet
 * opens it once more, and nobody can tell it from one that is new. */
static void
warn_of_repeats (PenAccount *account, xmlnode *message, const char *name)
{
  const PenApp *app = pen_app ();

  if (!app->was_cut_off || xmlnode_get_child_with_namespace (message, "delay", NS_DELAY) == NULL
      || pen_incoming_time_s (message) > app->opened_at_us / G_USEC_PER_SEC)
    return;
  say_once (account, name, DATA_CUT_OFF, _("Pen Register ended suddenly last time: messages that came just before may "
                                           "stand here a second time."));
}

/* Whoever can leave the encryption out can also have written it. Once, until an encrypted one comes. */
static void
mark_route (PenAccount *account, const char *name, PenRoute route)
{
  g_autoptr (PenContact) contact = NULL;
  PurpleConversation *conv;

  if (route == PEN_ROUTE_ENCRYPTED)
    {
      conv = pen_talk_conversation (account->purple, name, FALSE);
      if (conv != NULL)
        purple_conversation_set_data (conv, DATA_CLEAR, NULL);
      return;
    }
  contact = pen_contact_load (pen_app ()->database, account->bare, name, NULL);
  if (contact != NULL && contact->pinned)
    say_once (account, name, DATA_CLEAR, _("What comes now was not encrypted, though this contact can encrypt: others "
                                           "may have read it, changed it or written it."));
}

/* libpurple takes no number for a sender, and would read markup into what was
 * decrypted: that we show. */
static void
show (PenAccount *account, xmlnode *message, const char *name, PenRoute route)
{
  g_autofree char *text = pen_wire_text (pen_wire_child (message, "body", NULL), PEN_WIRE_TEXT_MAX_BYTES);
  PenPaneMessage line = { .name = name, .from = name, .text = text, .route = route, .state = PEN_MESSAGE_DELIVERED };

  if (text == NULL)
    return;
  if (route == PEN_ROUTE_ENCRYPTED)
    warn_of_repeats (account, message, name);
  mark_route (account, name, route);
  pen_talk_received (account->gc, &line, pen_incoming_time_s (message));
}

static void
leave_to_libpurple (PenAccount *account, xmlnode *message, const char *bare)
{
  xmlnode *body = xmlnode_get_child (message, "body");
  g_autofree char *text = body != NULL ? xmlnode_get_data (body) : NULL;
  PenPaneMessage line = { .name = bare, .from = bare, .text = text, .route = PEN_ROUTE_PLAIN,
                          .state = PEN_MESSAGE_DELIVERED };

  if (text == NULL)
    return;
  mark_route (account, bare, PEN_ROUTE_PLAIN);
  pen_talk_emit ("penregister-im-in", account->purple, &line);
}

/* What a person says, at once or out of the backlog: libpurple does not see
 * the latter. */
static void
from_person (PenAccount *account, xmlnode *message, const char *bare, gboolean is_late)
{
  g_autofree char *from = g_strdup (xmlnode_get_attrib (message, "from"));
  gboolean wanted = wants_receipt (account, message, bare);
  PenOpened opened = pen_secrets_open (account, message, bare, bare);
  g_autofree char *number = number_of (account, bare);
  const char *name = number != NULL ? number : bare;

  /* Never for what could not be read: the sender shall know. */
  if (wanted && opened != PEN_OPENED_NOTHING && opened != PEN_OPENED_REFUSED)
    pen_outgoing_receipt (account, from, xmlnode_get_attrib (message, "id"));
  /* One person, one conversation, whichever of their clients speaks. */
  xmlnode_set_attrib (message, "from", bare);
  if (opened == PEN_OPENED_NOT_ENCRYPTED && number == NULL && !is_late)
    {
      leave_to_libpurple (account, message, bare);
      return;
    }
  if (opened == PEN_OPENED_NOT_ENCRYPTED || opened == PEN_OPENED_TEXT)
    show (account, message, name, opened == PEN_OPENED_TEXT ? PEN_ROUTE_ENCRYPTED : PEN_ROUTE_PLAIN);
  pen_stanza_empty (message);
}

/* An avatar by URL would be fetched from a web server past the ledger.
 * libpurple reads all lists of all events, forwarded ones too: none is left. */
static void
drop_avatar_links (xmlnode *element, guint depth)
{
  if (g_strcmp0 (element->name, "info") == 0)
    xmlnode_remove_attrib (element, "url");
  for (xmlnode *child = element->child; child != NULL && depth < AVATAR_DEPTH_MAX; child = child->next)
    if (child->type == XMLNODE_TYPE_TAG)
      drop_avatar_links (child, depth + 1);
}

/* Whoever writes a message can put such an element into it: with a text for us it is one for us. */
static gboolean
is_invitation (xmlnode *message)
{
  xmlnode *direct = xmlnode_get_child_with_namespace (message, "x", NS_INVITATION);
  xmlnode *mediated = xmlnode_get_child_with_namespace (message, "x", NS_ROOM_USER);

  return xmlnode_get_child (message, "encrypted") == NULL
         && ((direct != NULL && xmlnode_get_attrib (direct, "jid") != NULL)
             || (mediated != NULL && xmlnode_get_child (mediated, "invite") != NULL));
}

/* An invitation is libpurple's to show, and so is what a service says of itself: both want the whole element at once. */
static gboolean
is_for_libpurple (xmlnode *message)
{
  const char *from = xmlnode_get_attrib (message, "from");

  return from == NULL || strchr (from, '@') == NULL || is_invitation (message);
}

/* Returns whether it waits: in a burst, and behind what waits already. */
static gboolean
put_off (PenAccount *account, xmlnode *message)
{
  if (!pen_backlog_is_busy (account->backlog) || is_for_libpurple (message))
    return FALSE;
  if (!pen_carbons_is (message) && xmlnode_get_child (message, "body") == NULL
      && xmlnode_get_child (message, "encrypted") == NULL)
    return FALSE;
  pen_backlog_push (account->backlog, message);
  pen_stanza_empty (message);
  return TRUE;
}

/* What came out of the archive before stands there already; only its sender has not heard of it. */
static gboolean
is_again (PenAccount *account, xmlnode *message, gboolean is_late)
{
  g_autofree char *bare = pen_jid_bare (xmlnode_get_attrib (message, "from"));
  gboolean was_read;

  if (!pen_archive_saw (account, message, is_late, &was_read))
    return FALSE;
  if (was_read && bare != NULL && !pen_carbons_is (message) && wants_receipt (account, message, bare))
    pen_outgoing_receipt (account, xmlnode_get_attrib (message, "from"), xmlnode_get_attrib (message, "id"));
  pen_stanza_empty (message);
  return TRUE;
}

static void
open_now (PenAccount *account, xmlnode *message, gboolean is_late)
{
  const char *from = xmlnode_get_attrib (message, "from");
  g_autofree char *domain = from != NULL ? pen_jid_domain (from) : NULL;
  g_autofree char *bare = from != NULL ? pen_jid_bare (from) : NULL;

  if (is_again (account, message, is_late))
    return;
  if (pen_carbons_is (message))
    {
      pen_carbons_open (account, message);
      pen_stanza_empty (message);
    }
  else if (domain != NULL && pen_services_is_gateway (account, domain))
    {
      if (pen_incoming_gateway (account, message, domain))
        pen_stanza_empty (message);
      else if (is_late)
        pen_jabber_take_message (account->gc, message);
    }
  else if (bare != NULL)
    from_person (account, message, bare, is_late);
}

static void
open_or_put_off (PenAccount *account, xmlnode *message)
{
  gint64 began_us = g_get_monotonic_time ();

  if (put_off (account, message))
    return;
  open_now (account, message, FALSE);
  pen_backlog_spent (account->backlog, began_us);
}

void
pen_incoming_late (PenAccount *account, xmlnode *element)
{
  if (!pen_archive_open (account, element))
    open_now (account, element, TRUE);
}

PenOpened
pen_incoming_carbon (PenAccount *account, xmlnode *inner)
{
  const char *from = xmlnode_get_attrib (inner, "from");
  g_autofree char *domain = from != NULL ? pen_jid_domain (from) : NULL;
  g_autofree char *bare = from != NULL ? pen_jid_bare (from) : NULL;
  g_autofree char *number = NULL;
  PenOpened opened;

  if (bare == NULL || strchr (bare, '@') == NULL)
    return PEN_OPENED_NOTHING;
  if (pen_services_is_gateway (account, domain))
    return pen_incoming_gateway (account, inner, domain) ? PEN_OPENED_NOT_ENCRYPTED : PEN_OPENED_NOTHING;
  opened = pen_secrets_open (account, inner, bare, bare);
  number = number_of (account, bare);
  if (opened == PEN_OPENED_NOT_ENCRYPTED || opened == PEN_OPENED_TEXT)
    show (account, inner, number != NULL ? number : bare,
          opened == PEN_OPENED_TEXT ? PEN_ROUTE_ENCRYPTED : PEN_ROUTE_PLAIN);
  return opened;
}

/* A room keeps its own history, and what is pushed is of its day. */
static gboolean
is_of_its_day (PenAccount *account, xmlnode *inner)
{
  const char *type = xmlnode_get_attrib (inner, "type");

  return (type != NULL && !g_str_equal (type, "chat") && !g_str_equal (type, "normal") && !g_str_equal (type, "error"))
         || is_room (account, xmlnode_get_attrib (inner, "from"))
         || xmlnode_get_child_with_namespace (inner, "event", NS_PUBSUB_EVENT) != NULL;
}

/* An error of long ago belongs to its message, and is said nowhere else. */
static void
failed_then (PenAccount *account, xmlnode *inner, const char *from)
{
  const char *id = xmlnode_get_attrib (inner, "id");

  if (id != NULL && pen_message_is_to (account, id, from))
    failed (account, inner, from);
}

/* A server may keep it in its archive only: then nothing else brings it here. What
 * libpurple asks about it would be closed with the connection. */
static PenOpened
hand_to_libpurple (PenAccount *account, xmlnode *inner, const char *bare)
{
  if (account->is_closing)
    return PEN_OPENED_REFUSED;
  xmlnode_set_attrib (inner, "from", bare);
  pen_jabber_take_message (account->gc, inner);
  return PEN_OPENED_NOT_ENCRYPTED;
}

PenOpened
pen_incoming_archived (PenAccount *account, xmlnode *inner, gboolean *is_left_out)
{
  const char *from = xmlnode_get_attrib (inner, "from");
  g_autofree char *bare = from != NULL ? pen_jid_bare (from) : NULL;
  g_autofree char *domain = from != NULL ? pen_jid_domain (from) : NULL;
  gboolean is_own = g_strcmp0 (bare, account->bare) == 0;

  drop_avatar_links (inner, 0);
  *is_left_out = bare == NULL || domain == NULL || is_of_its_day (account, inner)
                 || (is_own && is_for_libpurple (inner));
  if (*is_left_out)
    return PEN_OPENED_NOTHING;
  if (is_own)
    return pen_carbons_open_sent (account, inner);
  if (pen_services_is_gateway (account, domain))
    return pen_incoming_gateway (account, inner, domain) ? PEN_OPENED_NOT_ENCRYPTED
                                                         : hand_to_libpurple (account, inner, bare);
  if (g_strcmp0 (xmlnode_get_attrib (inner, "type"), "error") == 0)
    {
      failed_then (account, inner, from);
      return PEN_OPENED_NOTHING;
    }
  if (is_for_libpurple (inner))
    return hand_to_libpurple (account, inner, bare);
  saw_receipt (account, inner, from);
  return pen_incoming_carbon (account, inner);
}

void
pen_incoming_message (PenAccount *account, xmlnode *message)
{
  const char *from = xmlnode_get_attrib (message, "from");
  const char *type = xmlnode_get_attrib (message, "type");
  g_autofree char *domain = from != NULL ? pen_jid_domain (from) : NULL;

  drop_avatar_links (message, 0);
  if (pen_archive_take (account, message))
    {
      pen_stanza_empty (message);
      return;
    }
  if (domain == NULL)
    return;
  if (pen_carbons_is (message) || pen_services_is_gateway (account, domain))
    {
      open_or_put_off (account, message);
      return;
    }
  if (pen_lookup_saw_push (account, message))
    return;
  if (is_room (account, from))
    {
      pen_rooms_saw_message (account, message);
      return;
    }
  if (g_strcmp0 (type, "error") == 0)
    {
      failed (account, message, from);
      pen_stanza_empty (message);
    }
  else if (type == NULL || g_str_equal (type, "chat") || g_str_equal (type, "normal"))
    {
      if (xmlnode_get_child_with_namespace (message, "event", NS_PUBSUB_EVENT) != NULL)
        return;
      if (strchr (from, '@') == NULL)
        {
          is_again (account, message, FALSE);
          return;
        }
      saw_receipt (account, message, from);
      open_or_put_off (account, message);
    }
}
