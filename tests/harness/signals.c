/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* From signals to events: the plugin's own for our accounts, libpurple's for
 * accounts of other protocols. */

#include "harness.h"

#include <string.h>

static int anchor;

static void
put_address (JsonObject *event, const char *member, PurpleAccount *account, const char *name)
{
  g_autofree char *address = harness_address_of (account, name);

  harness_put (event, member, address);
}

static void
on_row (const gint64 *row, gpointer data)
{
  JsonObject *described = harness_row_describe (*row);
  JsonObject *event;

  if (described == NULL)
    return;
  event = harness_event_new ("row", NULL);
  json_object_set_object_member (event, "row", described);
  harness_event_emit (event);
}

static void
on_route (PurpleAccount *account, const char *name, gpointer data)
{
  const PenPane *pane = harness_get ()->pane;
  PenPaneStatus *status = pane != NULL ? pane->status (account, name, NULL) : NULL;
  JsonObject *event;

  if (status == NULL)
    return;
  event = harness_event_new ("route", account);
  harness_put (event, "to", status->address);
  harness_put (event, "route", pen_route_to_string (status->route));
  harness_put (event, "capability", pen_capability_to_string (status->capability));
  pane->status_free (status);
  harness_event_emit (event);
}

static void
on_in (PurpleAccount *account, const PenPaneMessage *message, gpointer data)
{
  JsonObject *event = harness_event_new ("im-in", account);

  put_address (event, "conversation", account, message->name);
  put_address (event, "from", account, message->from != NULL ? message->from : message->name);
  harness_put (event, "text", message->text);
  harness_put (event, "route", pen_route_to_string (message->route));
  harness_event_emit (event);
}

static void
on_out (PurpleAccount *account, const PenPaneMessage *message, gpointer data)
{
  JsonObject *event = harness_event_new ("im-out", account);

  harness_message_note (account, message->message, pen_message_state_to_string (message->state));
  harness_line_route (message->message, pen_route_to_string (message->route));
  harness_put (event, "message", message->message);
  put_address (event, "to", account, message->name);
  harness_put (event, "text", message->text);
  harness_put (event, "route", pen_route_to_string (message->route));
  harness_event_emit (event);
}

static void
on_devices (PurpleAccount *account, const char *name, const char *change, gpointer data)
{
  JsonObject *event = harness_event_new ("devices", account);
  g_auto (GStrv) words = g_strsplit (change, " ", -1);
  JsonArray *added = json_array_new ();
  JsonArray *removed = json_array_new ();

  for (guint i = 0; words[i] != NULL; i++)
    if (words[i][0] != '\0')
      json_array_add_int_element (words[i][0] == '+' ? added : removed, g_ascii_strtoll (words[i] + 1, NULL, 10));
  put_address (event, "to", account, name);
  json_object_set_array_member (event, "added", added);
  json_object_set_array_member (event, "removed", removed);
  harness_event_emit (event);
}

static void
on_status (PurpleAccount *account, const PenPaneMessage *message, gpointer data)
{
  JsonObject *event = harness_event_new ("im-status", account);
  const char *state = pen_message_state_to_string (message->state);

  harness_message_note (account, message->message, state);
  harness_line_status (message->message, state);
  harness_put (event, "message", message->message);
  put_address (event, "to", account, message->name);
  harness_put (event, "status", state);
  if (message->error != NULL)
    harness_put (event, "error", message->error);
  harness_event_emit (event);
}

static void
on_question (PurpleAccount *account, const PenPaneMessage *message, gpointer data)
{
  JsonObject *event = harness_event_new ("question", account);

  harness_message_note (account, message->message, pen_message_state_to_string (message->state));
  harness_put (event, "message", message->message);
  put_address (event, "to", account, message->name);
  harness_put (event, "text", message->text);
  harness_put_words (event, "choices", message->choices);
  harness_event_emit (event);
}

static void
on_plain_in (PurpleAccount *account, const char *sender, const char *html, PurpleConversation *conversation,
             PurpleMessageFlags flags)
{
  g_autofree char *text = harness_plain_text (html);
  JsonObject *event;

  /* Of ours only a room's member comes this way; they have no address but the one in the room. */
  if (harness_is_ours (account) && strchr (sender, '/') == NULL)
    return;
  event = harness_event_new ("im-in", account);
  if (harness_is_ours (account))
    harness_put (event, "conversation", sender);
  else
    put_address (event, "conversation", account, sender);
  put_address (event, "from", account, sender);
  harness_put (event, "text", text);
  harness_put (event, "route", pen_route_to_string (PEN_ROUTE_PLAIN));
  harness_event_emit (event);
}

static void
on_plain_out (PurpleAccount *account, const char *receiver, const char *html)
{
  g_autofree char *text = harness_plain_text (html);
  JsonObject *event;

  if (harness_is_ours (account))
    return;
  event = harness_event_new ("im-out", account);
  harness_put (event, "message", NULL);
  put_address (event, "to", account, receiver);
  harness_put (event, "text", text);
  harness_put (event, "route", pen_route_to_string (PEN_ROUTE_PLAIN));
  harness_event_emit (event);
}

static void
on_room_in (PurpleAccount *account, const char *sender, const char *html, PurpleConversation *conversation,
            PurpleMessageFlags flags)
{
  JsonObject *event = harness_event_new ("room-in", account);
  g_autofree char *text = harness_plain_text (html);

  harness_put (event, "room", purple_conversation_get_name (conversation));
  harness_put (event, "from", sender);
  harness_put (event, "text", text);
  harness_event_emit (event);
}

static void
emit_room (const char *name, PurpleConversation *conversation)
{
  JsonObject *event = harness_event_new (name, purple_conversation_get_account (conversation));

  harness_put (event, "room", purple_conversation_get_name (conversation));
  harness_event_emit (event);
}

static void
on_room_joined (PurpleConversation *conversation)
{
  emit_room ("room-joined", conversation);
}

static void
on_room_left (PurpleConversation *conversation)
{
  emit_room ("room-left", conversation);
}

static void
emit_wire (PurpleConnection *gc, const char *direction, xmlnode *element)
{
  JsonObject *event;
  char *xml;

  if (element == NULL)
    return;
  event = harness_event_new ("wire", purple_connection_get_account (gc));
  xml = xmlnode_to_str (element, NULL);
  harness_put (event, "direction", direction);
  harness_put (event, "xml", xml);
  g_free (xml);
  harness_event_emit (event);
}

static void
on_receiving (PurpleConnection *gc, xmlnode **element, gpointer data)
{
  emit_wire (gc, "in", *element);
}

static void
on_sending (PurpleConnection *gc, xmlnode **element, gpointer data)
{
  emit_wire (gc, "out", *element);
}

/* In: before anybody has rewritten it. Out: after everybody has; the plugin's
 * gate has taken it by then, and may still withhold it. */
static void
connect_wire (const char *protocol)
{
  PurplePlugin *plugin = purple_plugins_find_with_id (protocol);

  if (plugin == NULL)
    return;
  purple_signal_connect_priority (plugin, "jabber-receiving-xmlnode", &anchor, PURPLE_CALLBACK (on_receiving), NULL,
                                  PURPLE_SIGNAL_PRIORITY_LOWEST - 1);
  purple_signal_connect_priority (plugin, "jabber-sending-xmlnode", &anchor, PURPLE_CALLBACK (on_sending), NULL,
                                  PURPLE_SIGNAL_PRIORITY_HIGHEST + 1);
}

static void
connect_conversations (void)
{
  static const struct
  {
    const char *name;
    PurpleCallback function;
  } signals[] = { { "received-im-msg", PURPLE_CALLBACK (on_plain_in) },
                  { "sent-im-msg", PURPLE_CALLBACK (on_plain_out) },
                  { "received-chat-msg", PURPLE_CALLBACK (on_room_in) },
                  { "chat-joined", PURPLE_CALLBACK (on_room_joined) },
                  { "chat-left", PURPLE_CALLBACK (on_room_left) } };

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    purple_signal_connect (purple_conversations_get_handle (), signals[i].name, &anchor, signals[i].function, NULL);
}

void
harness_signals_connect (void)
{
  static const struct
  {
    const char *name;
    PurpleCallback function;
  } signals[] = { { "penregister-row", PURPLE_CALLBACK (on_row) },
                  { "penregister-route", PURPLE_CALLBACK (on_route) },
                  { "penregister-im-in", PURPLE_CALLBACK (on_in) },
                  { "penregister-im-out", PURPLE_CALLBACK (on_out) },
                  { "penregister-im-status", PURPLE_CALLBACK (on_status) },
                  { "penregister-question", PURPLE_CALLBACK (on_question) },
                  { "penregister-devices", PURPLE_CALLBACK (on_devices) } };

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    purple_signal_connect (harness_get ()->plugin, signals[i].name, &anchor, signals[i].function, NULL);
  connect_conversations ();
  if (!harness_get ()->options.debug)
    return;
  connect_wire (PEN_PLUGIN_ID);
  connect_wire ("prpl-jabber");
}
