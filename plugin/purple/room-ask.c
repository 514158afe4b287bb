/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Asks a room who may enter it, who sees whom, and, where that lets us encrypt,
 * who its owners, admins and members are, so that members who are away can read
 * too (XEP-0045 6.4, 9.5, 10.5, 10.8). A room that is open is not asked further. */

#include "purple/room.h"

#include "purple/request.h"
#include "wire/wire.h"

#define NS_DISCO_INFO "http://jabber.org/protocol/disco#info"
#define NS_ADMIN "http://jabber.org/protocol/muc#admin"

/* Who became a member while away is told by most rooms, not by all. */
#define LISTS_FRESH_US (10 * 60 * G_USEC_PER_SEC)

static const char *const lists[] = { "owner", "admin", "member" };

/* A question to a room, which may be left and joined again meanwhile. */
typedef struct
{
  char *jid;
  guint serial;
  PenTrigger trigger;
} Asked;

static Asked *
asked_new (const PenRoom *room, PenTrigger trigger)
{
  Asked *asked = g_new0 (Asked, 1);

  asked->jid = g_strdup (room->jid);
  asked->serial = room->serial;
  asked->trigger = trigger;
  return asked;
}

static PenRoom *
room_of_answer (PenAccount *account, Asked *asked, PenTrigger *trigger)
{
  PenRoom *room = pen_rooms_find (account, asked->jid);
  gboolean is_same = room != NULL && room->serial == asked->serial;

  *trigger = asked->trigger;
  g_free (asked->jid);
  g_free (asked);
  return is_same ? room : NULL;
}

static gboolean
ask (PenRoom *room, PenRequestFunc function, xmlnode *query, PenTrigger trigger)
{
  Asked *asked = asked_new (room, trigger);
  PenRequest wish = { "get", room->jid, function, asked };
  PenGateTag tag = { .trigger = trigger, .kind = -1 };

  if (pen_request_send (room->account, &wish, query, &tag) >= 0)
    return TRUE;
  g_free (asked->jid);
  g_free (asked);
  return FALSE;
}

static gboolean
is_private (const PenRoom *room)
{
  return room->config == PEN_ROOM_KNOWN && room->members_only && room->non_anonymous;
}

gboolean
pen_room_is_affiliation (const char *affiliation)
{
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    if (g_strcmp0 (affiliation, lists[i]) == 0)
      return TRUE;
  return FALSE;
}

/* A whole domain can be a member; nobody can encrypt to that. */
char *
pen_room_member_of (xmlnode *item)
{
  char *bare = pen_jid_bare (xmlnode_get_attrib (item, "jid"));

  if (bare == NULL || strchr (bare, '@') != NULL)
    return bare;
  g_free (bare);
  return NULL;
}

static void
read_list (PenRoom *room, xmlnode *iq)
{
  xmlnode *query = pen_wire_child (iq, "query", NS_ADMIN);

  for (xmlnode *item = pen_wire_child (query, "item", NULL); item != NULL; item = pen_wire_next (item))
    {
      char *bare = pen_room_member_of (item);

      if (bare != NULL && pen_room_is_affiliation (xmlnode_get_attrib (item, "affiliation"))
          && g_hash_table_size (room->coming) < PEN_ROOM_LIST_MAX)
        g_hash_table_add (room->coming, bare);
      else
        g_free (bare);
    }
}

static void
keep_members (PenRoom *room)
{
  g_autofree char *key = pen_room_key (room, "room-members");
  g_autofree gpointer *jids = g_hash_table_get_keys_as_array (room->affiliated, NULL);
  g_autofree char *text = g_strjoinv (" ", (char **) jids);

  if (pen_database_begin (pen_app ()->database, NULL)
      && pen_setting_set (pen_app ()->database, key, text[0] != '\0' ? text : NULL, NULL))
    pen_app_touch (pen_app ());
}

static void
end_lists (PenRoom *room)
{
  GHashTable *coming = g_steal_pointer (&room->coming);
  GHashTableIter iter;
  gpointer jid;

  room->members = room->lists_failed ? PEN_ROOM_FAILED : PEN_ROOM_KNOWN;
  room->members_at_us = pen_clock_now_us (&pen_app ()->clock);
  /* Without all of the lists, who was a member still is one. */
  if (room->lists_failed || room->hides_members)
    {
      g_hash_table_iter_init (&iter, room->affiliated);
      while (g_hash_table_iter_next (&iter, &jid, NULL))
        g_hash_table_add (coming, g_strdup (jid));
    }
  g_hash_table_unref (room->affiliated);
  room->affiliated = coming;
  keep_members (room);
  if (!room->lists_failed)
    pen_room_opened (room);
  pen_room_changed (room);
}

static void
on_list (PenAccount *account, xmlnode *iq, gpointer data)
{
  PenTrigger trigger;
  PenRoom *room = room_of_answer (account, data, &trigger);
  g_autoptr (PenWireError) error = iq != NULL ? pen_wire_error_read (iq) : NULL;

  if (room == NULL || room->coming == NULL)
    return;
  if (iq == NULL)
    room->lists_failed = TRUE;
  else if (error != NULL)
    room->hides_members = TRUE;
  else
    read_list (room, iq);
  if (--room->open_lists == 0)
    end_lists (room);
}

static void
ask_lists (PenRoom *room, PenTrigger trigger)
{
  room->coming = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  room->lists_failed = room->hides_members = FALSE;
  room->members = PEN_ROOM_ASKING;
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      xmlnode *query = xmlnode_new ("query");

      xmlnode_set_namespace (query, NS_ADMIN);
      xmlnode_set_attrib (xmlnode_new_child (query, "item"), "affiliation", lists[i]);
      if (ask (room, on_list, query, trigger))
        room->open_lists++;
      else
        room->lists_failed = TRUE;
    }
  if (room->open_lists == 0)
    {
      g_clear_pointer (&room->coming, g_hash_table_unref);
      room->members = PEN_ROOM_FAILED;
    }
}

static gboolean
has_feature (xmlnode *query, const char *name)
{
  for (xmlnode *feature = pen_wire_child (query, "feature", NULL); feature != NULL; feature = pen_wire_next (feature))
    if (g_strcmp0 (xmlnode_get_attrib (feature, "var"), name) == 0)
      return TRUE;
  return FALSE;
}

static void
on_config (PenAccount *account, xmlnode *iq, gpointer data)
{
  PenTrigger trigger;
  PenRoom *room = room_of_answer (account, data, &trigger);
  xmlnode *query = iq != NULL ? pen_wire_child (iq, "query", NS_DISCO_INFO) : NULL;

  if (room == NULL)
    return;
  room->is_asking_config = FALSE;
  room->config = PEN_ROOM_FAILED;
  if (query != NULL && g_strcmp0 (xmlnode_get_attrib (iq, "type"), "result") == 0)
    {
      room->config = PEN_ROOM_KNOWN;
      room->members_only = has_feature (query, "muc_membersonly");
      room->non_anonymous = has_feature (query, "muc_nonanonymous");
    }
  /* From here on it is taken for encrypted: no later answer makes it plain again. */
  if (is_private (room) && !room->pinned && !room->chosen_plain)
    {
      room->pinned = TRUE;
      pen_room_keep (room);
    }
  pen_room_ask (room, trigger);
  pen_room_changed (room);
}

void
pen_room_ask (PenRoom *room, PenTrigger trigger)
{
  gint64 age_us = pen_clock_now_us (&pen_app ()->clock) - room->members_at_us;

  if (room->config == PEN_ROOM_ASKING && !room->is_asking_config)
    {
      xmlnode *query = xmlnode_new ("query");

      xmlnode_set_namespace (query, NS_DISCO_INFO);
      room->is_asking_config = ask (room, on_config, query, trigger);
      if (!room->is_asking_config)
        room->config = PEN_ROOM_FAILED;
    }
  if (is_private (room) && room->open_lists == 0
      && (room->members != PEN_ROOM_KNOWN || age_us < 0 || age_us >= LISTS_FRESH_US))
    ask_lists (room, trigger);
}

void
pen_room_ask_again (PenRoom *room, PenTrigger trigger)
{
  if (room->config == PEN_ROOM_FAILED)
    room->config = PEN_ROOM_ASKING;
  pen_room_ask (room, trigger);
}

void
pen_room_forget_answers (PenRoom *room)
{
  room->config = PEN_ROOM_ASKING;
  room->is_asking_config = FALSE;
  room->members = PEN_ROOM_ASKING;
  room->open_lists = 0;
  g_clear_pointer (&room->coming, g_hash_table_unref);
}
