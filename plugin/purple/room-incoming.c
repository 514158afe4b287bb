/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Messages that rooms send us. Decides whose session opens an encrypted one,
 * which are our own coming back, and what is said of those in clear. */

#include "purple/room.h"

#include "purple/backlog.h"
#include "purple/incoming-message.h"
#include "purple/omemo-account.h"
#include "purple/omemo-talk.h"
#include "purple/talk.h"
#include "wire/wire.h"

#include <debug.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define NS_DELAY "urn:xmpp:delay"

static void
say (PenRoom *room, const char *text)
{
  pen_talk_system (room->account->purple, room->jid, text, FALSE);
}

static gboolean
is_old (xmlnode *message)
{
  return pen_wire_child (message, "delay", NS_DELAY) != NULL;
}

static void
show (PenRoom *room, xmlnode *message, const char *who, const char *text)
{
  PenPaneMessage line = { .name = room->jid, .from = who, .text = text, .route = PEN_ROUTE_ENCRYPTED,
                          .state = PEN_MESSAGE_DELIVERED };

  pen_talk_in_room (room->account->purple, &line, pen_incoming_time_s (message), is_old (message));
}

static gboolean
is_ours (const PenRoom *room, const char *nick)
{
  return g_strcmp0 (g_hash_table_lookup (room->occupants, nick), room->account->bare) == 0;
}

static void
done_with (PenRoom *room, const char *id)
{
  g_autoptr (GError) error = NULL;

  if (!pen_room_drop_text (id, &error))
    purple_debug_error ("penregister", "a message that arrived is kept as if it had not: %s\n", error->message);
  g_hash_table_remove (room->sent, id);
}

/* Our own device has no key in it: the room's copy says that it arrived, and
 * the text is the one that was kept. */
static gboolean
show_own (PenRoom *room, xmlnode *message, const char *nick)
{
  const char *id = xmlnode_get_attrib (message, "id");
  const char *text = id != NULL ? g_hash_table_lookup (room->sent, id) : NULL;

  if (text == NULL)
    return FALSE;
  show (room, message, nick, text);
  done_with (room, id);
  return TRUE;
}

static gboolean
has_key_for_us (const PenRoom *room, const PenOmemoMessage *sealed)
{
  PenOmemo *omemo = pen_secrets_store (room->account);
  guint32 own = omemo != NULL ? pen_omemo_device (omemo) : 0;

  for (guint i = 0; i < sealed->keys->len; i++)
    if (((const PenOmemoKey *) g_ptr_array_index (sealed->keys, i))->device == own)
      return TRUE;
  return FALSE;
}

/* What was written before this device was known stays closed: said once, not for each. */
static void
say_old (PenRoom *room)
{
  if (!room->said_old)
    say (room, _("Messages that were written here before are not encrypted for this device, and are not shown."));
  room->said_old = TRUE;
}

/* Returns the bare JID whose session may open it, NULL when there is nothing to open. */
static char *
author_of (PenRoom *room, xmlnode *message, const char *nick)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PenOmemoMessage) sealed
    = pen_omemo_message_read (pen_wire_child (message, "encrypted", PEN_OMEMO_NS), &error);
  PenOmemo *omemo = pen_secrets_store (room->account);
  char *author;

  if (sealed == NULL)
    {
      purple_debug_warning ("penregister", "a malformed encrypted message in a room: %s\n", error->message);
      return NULL;
    }
  author = pen_room_author (room, nick, sealed->sender, is_old (message));
  if ((author == NULL || g_str_equal (author, room->account->bare)) && sealed->sender == pen_omemo_device (omemo))
    g_clear_pointer (&author, g_free);
  else if (is_old (message) && sealed->payload != NULL && !has_key_for_us (room, sealed))
    {
      say_old (room);
      g_clear_pointer (&author, g_free);
    }
  else if (author == NULL)
    say (room, _("An encrypted message came in, and the room does not say who wrote it. It is not shown."));
  return author;
}

static void
open_sealed (PenRoom *room, xmlnode *message, const char *nick)
{
  g_autofree char *author = author_of (room, message, nick);
  const char *here = g_hash_table_lookup (room->occupants, nick);
  g_autofree char *text = NULL;

  if (author == NULL || pen_secrets_open (room->account, message, author, room->jid) != PEN_OPENED_TEXT)
    return;
  if (!room->pinned && !room->chosen_plain)
    {
      room->pinned = TRUE;
      pen_room_keep (room);
    }
  text = pen_wire_text (pen_wire_child (message, "body", NULL), PEN_WIRE_TEXT_MAX_BYTES);
  /* The nickname is another's now: the name that the keys prove is said instead. */
  if (text != NULL)
    show (room, message, here == NULL || g_str_equal (here, author) ? nick : author, text);
}

static void
mark_clear (PenRoom *room, xmlnode *message, const char *nick)
{
  g_autofree char *words = NULL;

  if (!pen_rooms_forbid_clear (room->account, room->jid) || is_old (message) || is_ours (room, nick)
      || pen_wire_child (message, "body", NULL) == NULL || !g_hash_table_add (room->plain_nicks, g_strdup (nick)))
    return;
  words = g_strdup_printf (_("%s writes here without encryption: the servers can read that."), nick);
  say (room, words);
}

static void
failed (PenRoom *room, xmlnode *message)
{
  const char *id = xmlnode_get_attrib (message, "id");
  const char *text = id != NULL ? g_hash_table_lookup (room->sent, id) : NULL;
  g_autoptr (PenWireError) error = pen_wire_error_read (message);
  g_autofree char *words = NULL;

  pen_gate_saw_delivery (room->account->gate, id, xmlnode_get_attrib (message, "from"), PEN_ROW_ERROR, error->condition);
  if (text == NULL)
    return;
  words = g_strdup_printf (_("The room did not take this message (%s):\n%s"),
                           error->text != NULL ? error->text : error->condition, text);
  say (room, words);
  done_with (room, id);
  pen_stanza_empty (message);
}

static void
from_member (PenRoom *room, xmlnode *message, const char *nick)
{
  gint64 began_us = g_get_monotonic_time ();

  /* Without keys of our own the sender's words for other programs are shown. */
  if (pen_wire_child (message, "encrypted", PEN_OMEMO_NS) == NULL || pen_secrets_store (room->account) == NULL)
    {
      mark_clear (room, message, nick);
      return;
    }
  if (!show_own (room, message, nick))
    open_sealed (room, message, nick);
  pen_stanza_empty (message);
  pen_backlog_spent (room->account->backlog, began_us);
}

/* XEP-0045 7.2.15: the subject comes after the history, and is alone in its message. */
static gboolean
ends_history (xmlnode *message)
{
  return g_strcmp0 (xmlnode_get_attrib (message, "type"), "groupchat") == 0
         && pen_wire_child (message, "subject", NULL) != NULL && pen_wire_child (message, "body", NULL) == NULL;
}

void
pen_rooms_saw_message (PenAccount *account, xmlnode *message)
{
  const char *from = xmlnode_get_attrib (message, "from");
  const char *type = xmlnode_get_attrib (message, "type");
  g_autofree char *nick = g_strdup (pen_jid_resource (from));
  PenRoom *room = pen_rooms_find (account, from);

  if (room == NULL)
    return;
  if (ends_history (message))
    pen_room_saw_history (room);
  if (g_strcmp0 (type, "error") == 0)
    failed (room, message);
  else if (nick == NULL)
    pen_room_saw_user (room, message, NULL);
  else if (g_strcmp0 (type, "groupchat") == 0)
    from_member (room, message, nick);
}
