/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Rooms that are joined: what is kept of them, and who is in them by what the
 * room itself says (XEP-0045 7.2, 7.14). Decides who wrote an old message. */

#include "purple/room.h"

#include "purple/omemo-account.h"
#include "wire/wire.h"

#include <connection.h>
#include <debug.h>
#include <signals.h>
#include <string.h>

#define NS_USER "http://jabber.org/protocol/muc#user"

/**
 * PenRooms:
 * @joined: bare JID -> PenRoom
 * @newest: (nullable): the newest presence of a room that is not joined yet: the one that joins it
 */
struct _PenRooms
{
  GHashTable *joined;
  xmlnode *newest;
  guint serial;
};

static void
room_free (gpointer data)
{
  PenRoom *room = data;

  g_hash_table_unref (room->occupants);
  g_hash_table_unref (room->affiliated);
  g_clear_pointer (&room->coming, g_hash_table_unref);
  g_queue_free_full (room->held, (GDestroyNotify) pen_room_held_free);
  g_hash_table_unref (room->sent);
  g_hash_table_unref (room->plain_nicks);
  g_free (room->said);
  g_free (room->jid);
  g_free (room);
}

static GHashTable *
set_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static PenRooms *
rooms_of (PenAccount *account)
{
  if (account->rooms == NULL)
    {
      account->rooms = g_new0 (PenRooms, 1);
      account->rooms->joined = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, room_free);
    }
  return account->rooms;
}

void
pen_rooms_free (PenRooms *rooms)
{
  if (rooms == NULL)
    return;
  g_hash_table_unref (rooms->joined);
  if (rooms->newest != NULL)
    xmlnode_free (rooms->newest);
  g_free (rooms);
}

PenRoom *
pen_rooms_find (PenAccount *account, const char *jid)
{
  g_autofree char *bare = account != NULL && account->rooms != NULL ? pen_jid_bare (jid) : NULL;

  return bare != NULL ? g_hash_table_lookup (account->rooms->joined, bare) : NULL;
}

GList *
pen_rooms_list (PenAccount *account)
{
  return account->rooms != NULL ? g_hash_table_get_values (account->rooms->joined) : NULL;
}

gboolean
pen_rooms_forbid_clear (PenAccount *account, const char *jid)
{
  PenRoom *room = pen_rooms_find (account, jid);

  return room != NULL && room->pinned && !room->chosen_plain;
}

/* What is kept of a room */

char *
pen_room_key (const PenRoom *room, const char *what)
{
  return g_strdup_printf ("%s:%s:%s", what, room->account->bare, room->jid);
}

static void
load (PenRoom *room)
{
  g_autofree char *key = pen_room_key (room, "room");
  g_autofree char *members = pen_room_key (room, "room-members");
  g_autoptr (GError) error = NULL;
  g_autofree char *kept = pen_setting_get (pen_app ()->database, key, &error);
  g_autofree char *known = pen_setting_get (pen_app ()->database, members, NULL);
  g_auto (GStrv) jids = g_strsplit (known != NULL ? known : "", " ", -1);

  /* A store that cannot tell whether the room was encrypted does not make it plain. */
  room->pinned = error != NULL || (kept != NULL && strstr (kept, "pinned") != NULL);
  room->chosen_plain = kept != NULL && strstr (kept, "plain") != NULL;
  room->saved_at_rollbacks = pen_database_rollbacks (pen_app ()->database);
  for (guint i = 0; jids[i] != NULL; i++)
    if (jids[i][0] != '\0')
      g_hash_table_add (room->affiliated, g_strdup (jids[i]));
}

gboolean
pen_room_keep (PenRoom *room)
{
  g_autofree char *key = pen_room_key (room, "room");
  g_autofree char *kept = g_strconcat (room->pinned ? "pinned" : "", room->chosen_plain ? " plain" : "", NULL);
  g_autoptr (GError) error = NULL;

  if (!pen_database_begin (pen_app ()->database, &error)
      || !pen_setting_set (pen_app ()->database, key, kept[0] != '\0' ? kept : NULL, &error))
    {
      pen_app_store_failed (pen_app (), error);
      return FALSE;
    }
  room->saved_at_rollbacks = pen_database_rollbacks (pen_app ()->database);
  pen_app_touch (pen_app ());
  return TRUE;
}

/* What the room says by itself */

/* Returns whether that is news. */
static gboolean
note_member (PenRoom *room, const char *bare, const char *affiliation)
{
  GHashTable *both[] = { room->affiliated, room->coming };
  gboolean is_news = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    {
      if (both[i] == NULL || affiliation == NULL)
        continue;
      if (!pen_room_is_affiliation (affiliation))
        is_news = g_hash_table_remove (both[i], bare) || is_news;
      else if (g_hash_table_size (both[i]) < PEN_ROOM_LIST_MAX)
        is_news = g_hash_table_add (both[i], g_strdup (bare)) || is_news;
    }
  return is_news;
}

/* Codes 104 and 172 to 174: who may enter, or who sees whom, may have changed. */
static gboolean
says_changed (xmlnode *user)
{
  static const char *const codes[] = { "104", "172", "173", "174", NULL };

  for (xmlnode *status = pen_wire_child (user, "status", NULL); status != NULL; status = pen_wire_next (status))
    {
      const char *code = xmlnode_get_attrib (status, "code");

      if (code != NULL && g_strv_contains (codes, code))
        return TRUE;
    }
  return FALSE;
}

void
pen_room_saw_user (PenRoom *room, xmlnode *stanza, const char *nick)
{
  xmlnode *user = pen_wire_child (stanza, "x", NS_USER);
  xmlnode *item = pen_wire_child (user, "item", NULL);
  g_autofree char *bare = item != NULL ? pen_room_member_of (item) : NULL;
  const char *type = xmlnode_get_attrib (stanza, "type");
  gboolean is_news;

  if (user == NULL || g_strcmp0 (type, "error") == 0)
    return;
  if (nick != NULL && type == NULL)
    g_hash_table_replace (room->occupants, g_strdup (nick), g_strdup (bare != NULL ? bare : ""));
  else if (nick != NULL)
    g_hash_table_remove (room->occupants, nick);
  is_news = bare != NULL && note_member (room, bare, xmlnode_get_attrib (item, "affiliation"));
  if (!says_changed (user))
    {
      /* Who was in the way of what is held may be a member no more. */
      if (is_news && !g_queue_is_empty (room->held))
        pen_room_changed (room);
      return;
    }
  /* An answer that is on its way may be older than this. */
  room->serial = ++room->account->rooms->serial;
  pen_room_forget_answers (room);
  pen_room_ask (room, PEN_TRIGGER_PUSHED);
}

static gboolean
is_listed (PenAccount *account, const char *jid, guint32 device)
{
  PenOmemo *omemo = pen_secrets_store (account);
  g_autoptr (GPtrArray) devices = omemo != NULL ? pen_omemo_devices (omemo, jid, NULL) : NULL;

  for (guint i = 0; devices != NULL && i < devices->len; i++)
    if (((const PenOmemoDevice *) g_ptr_array_index (devices, i))->device == device)
      return TRUE;
  return FALSE;
}

/* Of old messages the room says the nickname, which may be another's by now:
 * a member with that device wrote it, and the session proves it. */
char *
pen_room_author (PenRoom *room, const char *nick, guint32 device, gboolean is_old)
{
  const char *here = g_hash_table_lookup (room->occupants, nick);
  GHashTableIter iter;
  gpointer jid;

  if (here != NULL && here[0] != '\0' && (!is_old || is_listed (room->account, here, device)))
    return g_strdup (here);
  g_hash_table_iter_init (&iter, room->affiliated);
  while (is_old && g_hash_table_iter_next (&iter, &jid, NULL))
    if (is_listed (room->account, jid, device))
      return g_strdup (jid);
  return here != NULL && here[0] != '\0' ? g_strdup (here) : NULL;
}

/* Joining and leaving */

static gboolean
leaves (const PenRoom *room, xmlnode *presence, const char *nick)
{
  PurpleConversation *conv
    = purple_find_conversation_with_account (PURPLE_CONV_TYPE_CHAT, room->jid, room->account->purple);

  return conv != NULL && g_strcmp0 (xmlnode_get_attrib (presence, "type"), "unavailable") == 0
         && g_strcmp0 (nick, purple_conv_chat_get_nick (PURPLE_CONV_CHAT (conv))) == 0;
}

static gboolean
on_presence (PurpleConnection *gc, G_GNUC_UNUSED const char *type, const char *from, xmlnode *presence,
             G_GNUC_UNUSED gpointer data)
{
  PenAccount *account = pen_account_of (gc);
  PenRoom *room = pen_rooms_find (account, from);
  const char *nick = pen_jid_resource (from);

  if (account == NULL || nick == NULL || pen_wire_child (presence, "x", NS_USER) == NULL)
    return FALSE;
  if (room != NULL)
    {
      if (leaves (room, presence, nick))
        pen_room_give_up (room);
      pen_room_saw_user (room, presence, nick);
      return FALSE;
    }
  if (rooms_of (account)->newest != NULL)
    xmlnode_free (account->rooms->newest);
  account->rooms->newest = xmlnode_copy (presence);
  return FALSE;
}

/* The presence that joins is seen before there is a conversation. */
static void
take_newest (PenRooms *rooms, PenRoom *room)
{
  xmlnode *presence = g_steal_pointer (&rooms->newest);
  const char *from = presence != NULL ? xmlnode_get_attrib (presence, "from") : NULL;
  g_autofree char *bare = from != NULL ? pen_jid_bare (from) : NULL;

  if (g_strcmp0 (bare, room->jid) == 0)
    pen_room_saw_user (room, presence, pen_jid_resource (from));
  if (presence != NULL)
    xmlnode_free (presence);
}

static void
on_joined (PurpleConversation *conv, G_GNUC_UNUSED gpointer data)
{
  PenAccount *account = pen_account_find (purple_conversation_get_account (conv));
  char *jid = account != NULL ? pen_jid_bare (purple_conversation_get_name (conv)) : NULL;
  PenRoom *room;

  if (jid == NULL)
    return;
  room = g_new0 (PenRoom, 1);
  room->account = account;
  room->jid = jid;
  room->serial = ++rooms_of (account)->serial;
  room->occupants = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  room->affiliated = set_new ();
  room->plain_nicks = set_new ();
  room->sent = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  room->held = g_queue_new ();
  room->joined_at_us = pen_clock_now_us (&pen_app ()->clock);
  load (room);
  g_hash_table_replace (account->rooms->joined, room->jid, room);
  take_newest (account->rooms, room);
  pen_room_load_texts (room);
  pen_room_ask (room, PEN_TRIGGER_OPENED);
}

static void
on_left (PurpleConversation *conv, G_GNUC_UNUSED gpointer data)
{
  PenAccount *account = pen_account_find (purple_conversation_get_account (conv));
  PenRoom *room = purple_conversation_get_type (conv) == PURPLE_CONV_TYPE_CHAT
    ? pen_rooms_find (account, purple_conversation_get_name (conv)) : NULL;

  if (room != NULL)
    g_hash_table_remove (account->rooms->joined, room->jid);
}

/* When the connection is closed, rooms cannot be written into any more. */
static void
on_signing_off (PurpleConnection *gc, G_GNUC_UNUSED gpointer data)
{
  PenAccount *account = pen_account_of (gc);
  g_autoptr (GList) rooms = account != NULL ? pen_rooms_list (account) : NULL;

  for (GList *link = rooms; link != NULL; link = link->next)
    pen_room_give_up (link->data);
}

static void
on_signed_on (PurpleConnection *gc, G_GNUC_UNUSED gpointer data)
{
  PenAccount *account = pen_account_of (gc);

  if (account != NULL)
    pen_rooms_tell_kept (account);
}

void
pen_rooms_connect (PurplePlugin *plugin)
{
  void *conversations = purple_conversations_get_handle ();

  purple_signal_connect (plugin, "jabber-receiving-presence", plugin, PURPLE_CALLBACK (on_presence), NULL);
  purple_signal_connect (conversations, "chat-joined", plugin, PURPLE_CALLBACK (on_joined), NULL);
  purple_signal_connect (conversations, "chat-left", plugin, PURPLE_CALLBACK (on_left), NULL);
  purple_signal_connect (conversations, "deleting-conversation", plugin, PURPLE_CALLBACK (on_left), NULL);
  purple_signal_connect (purple_connections_get_handle (), "signing-off", plugin, PURPLE_CALLBACK (on_signing_off),
                         NULL);
  purple_signal_connect (purple_connections_get_handle (), "signed-on", plugin, PURPLE_CALLBACK (on_signed_on), NULL);
}
