/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Messages that we send to rooms. Every text stands in the room's queue first
 * and leaves it by the decision of that moment, oldest first:
 *
 *   chat_send -> held -> pen_room_decide -> encrypted: ratchets and row, gate, one commit
 *                                        -> plain: prpl-jabber's own chat_send
 *                                        -> hold: stays, with a line that says why
 *
 * What waits, and what the room has not shown yet, is kept (room-kept.c). */

#include "purple/room.h"

#include "purple/jabber.h"
#include "purple/message.h"
#include "purple/omemo-account.h"
#include "purple/omemo-talk.h"
#include "purple/outgoing.h"
#include "purple/talk.h"

#include <debug.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <server.h>
#include <string.h>

#define NS_ORIGIN_ID "urn:xmpp:sid:0"

void
pen_room_held_free (PenRoomHeld *held)
{
  if (held == NULL)
    return;
  g_free (held->id);
  g_free (held->html);
  g_free (held);
}

static void
say (PenRoom *room, const char *text)
{
  pen_talk_system (room->account->purple, room->jid, text, FALSE);
}

static void
say_with_text (PenRoom *room, const char *format, const char *html_or_text, gboolean is_html)
{
  g_autofree char *text = is_html ? pen_outgoing_plain_text (html_or_text) : g_strdup (html_or_text);
  g_autofree char *words = g_strdup_printf ("%s\n%s", format, text);

  say (room, words);
}

/* How messages go is said once, and again when it changes; what waits for the
 * user, and how to decide, with it. */
static void
say_view (PenRoom *room, const PenRoomView *view)
{
  g_autofree char *words = pen_room_words (room, view);

  if (g_strcmp0 (words, room->said) == 0)
    return;
  g_free (room->said);
  room->said = g_steal_pointer (&words);
  say (room, room->said);
  if (!g_queue_is_empty (room->held) && view->decision.route == PEN_ROUTE_HOLD
      && !pen_room_reason_waits (view->decision.reason))
    say (room, _("What you wrote is held. /pen room cancel takes it back; /pen room plain sends it without encryption."));
  if (view->decision.route == PEN_ROUTE_ENCRYPTED
      && !purple_account_get_bool (room->account->purple, PEN_OPTION_LOG_ENCRYPTED, FALSE))
    say (room, _("Encrypted messages are not written to the log. An option of the account changes that."));
}

static xmlnode *
stanza_of (const PenRoom *room, const char *id, const PenOmemoMessage *sealed)
{
  xmlnode *message = pen_secrets_stanza ("groupchat", room->jid, id, sealed);
  xmlnode *origin = xmlnode_new_child (message, "origin-id");

  xmlnode_set_namespace (origin, NS_ORIGIN_ID);
  xmlnode_set_attrib (origin, "id", id);
  return message;
}

static PenOmemoMessage *
seal (PenRoom *room, const PenRoomView *view, const char *text, GError **error)
{
  PenOmemoMessage *sealed;

  g_ptr_array_add (view->others, NULL);
  sealed = pen_omemo_encrypt (pen_secrets_engine (room->account), (const char *const *) view->others->pdata, text, error);
  g_ptr_array_set_size (view->others, (int) view->others->len - 1);
  return sealed;
}

/* The room shows it when it comes back: until then its text is kept. */
static gboolean
send_sealed (PenRoom *room, const PenRoomView *view, const PenRoomHeld *held, GError **error)
{
  PenGateTag tag = { .trigger = PEN_TRIGGER_SEND, .kind = PEN_KIND_DELIVERY };
  g_autofree char *text = pen_outgoing_plain_text (held->html);
  g_autoptr (PenOmemoMessage) sealed = NULL;
  g_autofree char *bytes = NULL;
  gboolean is_out;
  xmlnode *stanza;

  for (guint i = 0; i < view->others->len; i++)
    pen_secrets_announce_in (room->account, g_ptr_array_index (view->others, i), room->jid);
  if (!pen_database_begin (pen_app ()->database, error))
    return FALSE;
  sealed = seal (room, view, text, error);
  if (sealed == NULL)
    return FALSE;
  stanza = stanza_of (room, held->id, sealed);
  bytes = xmlnode_to_str (stanza, NULL);
  is_out = pen_room_put_text (room, held, bytes, error)
           && pen_gate_send (room->account->gate, stanza, &tag, error) >= 0
           && pen_gate_flush (room->account->gate, error);
  xmlnode_free (stanza);
  if (!is_out)
    return FALSE;
  g_hash_table_replace (room->sent, g_strdup (held->id), g_steal_pointer (&text));
  return TRUE;
}

/* A text that stays kept though it left would go a second time. */
static void
drop (PenRoom *room, const PenRoomHeld *held)
{
  g_autoptr (GError) error = NULL;

  if (!pen_room_drop_text (held->id, &error))
    pen_app_store_failed (pen_app (), error);
}

static void
send_plain (PenRoom *room, const PenRoomHeld *held)
{
  PurpleConversation *conv
    = purple_find_conversation_with_account (PURPLE_CONV_TYPE_CHAT, room->jid, room->account->purple);

  if (conv == NULL)
    return;
  drop (room, held);
  pen_jabber_prpl ()->chat_send (room->account->gc, purple_conv_chat_get_id (PURPLE_CONV_CHAT (conv)), held->html, 0);
}

static void
release (PenRoom *room, const PenRoomView *view)
{
  if (view->decision.route == PEN_ROUTE_HOLD)
    return;
  /* A pin that was given up with its turn is written again, before anything relies on it. */
  if (room->saved_at_rollbacks != pen_database_rollbacks (pen_app ()->database))
    pen_room_keep (room);
  while (!g_queue_is_empty (room->held))
    {
      g_autoptr (PenRoomHeld) held = g_queue_pop_head (room->held);
      g_autoptr (GError) error = NULL;

      if (view->decision.route == PEN_ROUTE_PLAIN)
        send_plain (room, held);
      else if (view->decision.route == PEN_ROUTE_ENCRYPTED && !send_sealed (room, view, held, &error))
        {
          g_autofree char *words = g_strdup_printf (_("This message could not be encrypted and was not sent (%s). Write "
                                                      "it again:"), error->message);

          say_with_text (room, words, held->html, TRUE);
          drop (room, held);
        }
    }
}

void
pen_room_changed (PenRoom *room)
{
  g_auto (PenRoomView) view = { 0 };

  pen_room_look (room, g_queue_is_empty (room->held) ? PEN_ROOM_ASK_NOTHING : PEN_ROOM_ASK_REST, &view);
  if (!pen_room_reason_waits (view.decision.reason))
    say_view (room, &view);
  release (room, &view);
}

void
pen_rooms_look_again (PenAccount *account)
{
  g_autoptr (GList) rooms = pen_rooms_list (account);

  for (GList *link = rooms; link != NULL; link = link->next)
    {
      PenRoom *room = link->data;

      if (room->said == NULL || !g_queue_is_empty (room->held))
        pen_room_changed (room);
    }
}

void
pen_room_give_up (PenRoom *room)
{
  GHashTableIter iter;
  gpointer text;

  while (!g_queue_is_empty (room->held))
    {
      g_autoptr (PenRoomHeld) held = g_queue_pop_head (room->held);

      say_with_text (room, _("You left before this message could be sent. It is kept, and goes when you are in the room "
                             "again. /pen room cancel takes it back then:"), held->html, TRUE);
    }
  g_hash_table_iter_init (&iter, room->sent);
  while (g_hash_table_iter_next (&iter, NULL, &text))
    say_with_text (room, _("You left before the room showed this message. If it did not arrive, it goes again when you "
                           "are in the room again:"), text, FALSE);
  g_hash_table_remove_all (room->sent);
}

static void
hold (PenRoom *room, const char *html, const PenRoomView *view)
{
  say_with_text (room, pen_room_reason_waits (view->decision.reason)
                 ? _("This message waits, and goes by itself:")
                 : _("This message is not sent:"), html, TRUE);
  g_clear_pointer (&room->said, g_free);
  say_view (room, view);
}

static gboolean
is_too_long (PenRoom *room, const char *html)
{
  g_autofree char *text = pen_outgoing_plain_text (html);

  if (strlen (text) <= PEN_MESSAGE_MAX_TEXT_BYTES)
    return FALSE;
  say (room, _("The message is too long: servers do not carry it. It was not sent. Send it in parts, or as a file."));
  return TRUE;
}

static char *
push (PenRoom *room, const char *html)
{
  PenRoomHeld *held = g_new0 (PenRoomHeld, 1);

  held->id = pen_app_new_id (pen_app ());
  held->html = g_strdup (html);
  g_queue_push_tail (room->held, held);
  return g_strdup (held->id);
}

static GList *
find_held (const PenRoom *room, const char *id)
{
  for (GList *link = room->held->head; link != NULL; link = link->next)
    if (g_str_equal (((const PenRoomHeld *) link->data)->id, id))
      return link;
  return NULL;
}

/* Durable before it is said to be held. What an answer that came meanwhile has let go needs no place. */
static gboolean
keep (PenRoom *room, const char *id)
{
  GList *link = find_held (room, id);
  g_autoptr (PenRoomHeld) refused = NULL;
  g_autoptr (GError) error = NULL;

  if (link == NULL || (pen_room_put_text (room, link->data, NULL, &error)
                       && pen_database_commit (pen_app ()->database, &error)))
    return TRUE;
  pen_app_store_failed (pen_app (), error);
  refused = link->data;
  g_queue_delete_link (room->held, link);
  say_with_text (room, _("This message could not be kept, so it is not sent. Write it again:"), refused->html, TRUE);
  return FALSE;
}

int
pen_rooms_chat_send (PurpleConnection *gc, int id, const char *html, G_GNUC_UNUSED PurpleMessageFlags flags)
{
  PenAccount *account = pen_account_of (gc);
  PurpleConversation *conv = purple_find_chat (gc, id);
  PenRoom *room = conv != NULL ? pen_rooms_find (account, purple_conversation_get_name (conv)) : NULL;
  g_auto (PenRoomView) view = { 0 };
  g_autofree char *message = NULL;

  if (room == NULL)
    return -ENOTCONN;
  if (is_too_long (room, html))
    return 0;
  message = push (room, html);
  pen_room_ask_again (room, PEN_TRIGGER_SEND);
  pen_room_look (room, PEN_ROOM_ASK_ALL, &view);
  if (view.decision.route == PEN_ROUTE_HOLD && !keep (room, message))
    return -EIO;
  if (view.decision.route == PEN_ROUTE_HOLD)
    hold (room, html, &view);
  else
    say_view (room, &view);
  release (room, &view);
  return 0;
}

/* /pen room */

static char *
take_back (PenRoom *room, GError **error)
{
  guint n = room->held->length;

  for (const GList *link = room->held->head; link != NULL; link = link->next)
    if (!pen_room_drop_text (((const PenRoomHeld *) link->data)->id, error))
      return NULL;
  if (!pen_database_commit (pen_app ()->database, error))
    return NULL;
  g_queue_clear_full (room->held, (GDestroyNotify) pen_room_held_free);
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u message was taken back. It was not sent.",
                                       "%u messages were taken back. They were not sent.", n), n);
}

static char *
choose (PenRoom *room, gboolean plain, GError **error)
{
  gboolean was_pinned = room->pinned;
  gboolean was_plain = room->chosen_plain;
  g_auto (PenRoomView) view = { 0 };

  room->chosen_plain = plain;
  room->pinned = was_pinned || !plain;
  if (!pen_room_keep (room) || !pen_database_commit (pen_app ()->database, error))
    {
      room->chosen_plain = was_plain;
      room->pinned = was_pinned;
      if (*error == NULL)
        g_set_error_literal (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                             _("This could not be kept, so nothing changes."));
      return NULL;
    }
  pen_room_ask_again (room, PEN_TRIGGER_MANUAL);
  pen_room_look (room, g_queue_is_empty (room->held) ? PEN_ROOM_ASK_NOTHING : PEN_ROOM_ASK_ALL, &view);
  g_free (room->said);
  room->said = pen_room_words (room, &view);
  release (room, &view);
  return g_strdup (room->said);
}

char *
pen_rooms_command (PurpleAccount *purple, const char *name, const char *word, GError **error)
{
  PenRoom *room = pen_rooms_find (pen_account_find (purple), name);
  g_auto (PenRoomView) view = { 0 };

  if (room == NULL)
    {
      g_set_error_literal (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                           _("This works in a room that you are in only."));
      return NULL;
    }
  if (g_strcmp0 (word, "cancel") == 0)
    return take_back (room, error);
  if (g_strcmp0 (word, "plain") == 0 || g_strcmp0 (word, "encrypted") == 0)
    return choose (room, g_str_equal (word, "plain"), error);
  if (word != NULL)
    return NULL;
  pen_room_look (room, PEN_ROOM_ASK_NOTHING, &view);
  return pen_room_words (room, &view);
}
