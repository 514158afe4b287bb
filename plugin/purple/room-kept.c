/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What was written in rooms and is not done yet, kept in the outbox, so that
 * neither a crash nor signing off loses it without a word:
 *
 *   held -> handed over, with its bytes -> the room shows it -> gone
 *
 * Rooms have a place of their own there: what takes messages to people out of
 * the outbox must not send these to a room as if it were a person. When the
 * room is entered again, what was held is held again, and what the room's
 * history does not show is sent once more, with the same id and bytes. A room
 * that changes ids would be told the same for ever: after that it is said. */

#include "purple/room.h"

#include "penregister/outbox.h"
#include "purple/outgoing.h"
#include "purple/talk.h"
#include "wire/wire.h"

#include <conversation.h>
#include <debug.h>
#include <glib/gi18n-lib.h>
#include <notify.h>

#define MAX_NAMES 5

/* No bare JID has a slash: an account's own messages are never found under it. */
static char *
place_of (const PenAccount *account)
{
  return g_strconcat (account->bare, "/rooms", NULL);
}

static GPtrArray *
list (const PenAccount *account, const char *room)
{
  g_autofree char *place = place_of (account);
  g_autoptr (GError) error = NULL;
  GPtrArray *entries = pen_outbox_list (pen_app ()->database, place, room, &error);

  if (entries == NULL)
    purple_debug_error ("penregister", "what was written in rooms is not read: %s\n", error->message);
  return entries;
}

gboolean
pen_room_put_text (PenRoom *room, const PenRoomHeld *held, const char *stanza, GError **error)
{
  g_autofree char *place = place_of (room->account);
  const PenOutboxEntry entry = {
    .message = held->id,
    .account = place,
    .name = room->jid,
    .text = held->html,
    .route = stanza != NULL ? PEN_ROUTE_ENCRYPTED : PEN_ROUTE_HOLD,
    .state = stanza != NULL ? PEN_MESSAGE_SENT : PEN_MESSAGE_HELD,
    .stanza = (char *) stanza,
    .handed = stanza != NULL,
    .at_us = pen_clock_now_us (&pen_app ()->clock),
  };

  return pen_database_begin (pen_app ()->database, error) && pen_outbox_put (pen_app ()->database, &entry, error);
}

gboolean
pen_room_drop_text (const char *id, GError **error)
{
  if (!pen_database_begin (pen_app ()->database, error) || !pen_outbox_remove (pen_app ()->database, id, error))
    return FALSE;
  pen_app_touch (pen_app ());
  return TRUE;
}

static void
say (PenRoom *room, const char *sentence, const char *html)
{
  g_autofree char *text = pen_outgoing_plain_text (html);
  g_autofree char *words = g_strdup_printf ("%s\n%s", sentence, text);

  pen_talk_system (room->account->purple, room->jid, words, FALSE);
}

static void
hold_again (PenRoom *room, PenOutboxEntry *entry)
{
  PenRoomHeld *held = g_new0 (PenRoomHeld, 1);

  held->id = g_steal_pointer (&entry->message);
  held->html = g_strdup (entry->text);
  g_queue_push_tail (room->held, held);
  say (room, _("You wrote this here before, and it was not sent. It goes when it can; /pen room cancel takes it back:"),
       held->html);
}

void
pen_room_load_texts (PenRoom *room)
{
  g_autoptr (GPtrArray) entries = list (room->account, room->jid);

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      PenOutboxEntry *entry = g_ptr_array_index (entries, i);

      if (entry->stanza == NULL)
        hold_again (room, entry);
      else
        g_hash_table_replace (room->sent, g_strdup (entry->message), pen_outgoing_plain_text (entry->text));
    }
}

static void
send_again (PenRoom *room, PenOutboxEntry *entry)
{
  PenGateTag tag = { .trigger = PEN_TRIGGER_SEND, .kind = PEN_KIND_DELIVERY };
  xmlnode *stanza = xmlnode_from_str (entry->stanza, -1);
  g_autoptr (GError) error = NULL;

  entry->state = PEN_MESSAGE_UNKNOWN;
  if (stanza == NULL || !pen_database_begin (pen_app ()->database, &error)
      || !pen_outbox_put (pen_app ()->database, entry, &error)
      || pen_gate_send (room->account->gate, stanza, &tag, &error) < 0)
    purple_debug_error ("penregister", "message %s to a room is not sent again: %s\n", entry->message,
                        error != NULL ? error->message : "its text is damaged");
  if (stanza != NULL)
    xmlnode_free (stanza);
}

static void
give_up (PenRoom *room, const PenOutboxEntry *entry)
{
  say (room, _("The room did not show this message, though it was sent twice. It may not have arrived:"), entry->text);
  g_hash_table_remove (room->sent, entry->message);
  pen_room_drop_text (entry->message, NULL);
}

void
pen_room_saw_history (PenRoom *room)
{
  g_autoptr (GPtrArray) entries = room->has_history ? NULL : list (room->account, room->jid);

  room->has_history = TRUE;
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      PenOutboxEntry *entry = g_ptr_array_index (entries, i);

      if (entry->stanza == NULL || entry->at_us >= room->joined_at_us
          || !g_hash_table_contains (room->sent, entry->message))
        continue;
      if (entry->state == PEN_MESSAGE_SENT)
        send_again (room, entry);
      else
        give_up (room, entry);
    }
}

/* The room that is open in a window has said it there. */
static gboolean
is_open (const PenAccount *account, const char *room)
{
  return purple_find_conversation_with_account (PURPLE_CONV_TYPE_CHAT, room, account->purple) != NULL;
}

void
pen_rooms_tell_kept (PenAccount *account)
{
  g_autoptr (GPtrArray) entries = list (account, NULL);
  g_autoptr (GHashTable) rooms = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) names = g_string_new (NULL);
  g_autofree char *text = NULL;

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const char *room = ((const PenOutboxEntry *) g_ptr_array_index (entries, i))->name;

      if (!is_open (account, room) && g_hash_table_add (rooms, (gpointer) room)
          && g_hash_table_size (rooms) <= MAX_NAMES)
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", room);
    }
  if (names->len == 0)
    return;
  text = g_strdup_printf (_("What you wrote in these rooms was not sent, or may not have arrived: %s. It is kept. Enter "
                            "the room and it goes; “/pen room cancel” there takes back what was not sent."), names->str);
  purple_notify_info (account->gc, _("Pen Register"), _("Messages to rooms wait"), text);
}
