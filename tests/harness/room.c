/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Rooms, files, and raw elements. */

#include "harness.h"

#include <string.h>

static PurplePluginProtocolInfo *
prpl_of (PurpleConnection *gc)
{
  return PURPLE_PLUGIN_PROTOCOL_INFO (purple_connection_get_prpl (gc));
}

static void
run_chat_join (HarnessCall *call)
{
  PurpleConnection *gc = harness_call_connection (call);
  GHashTable *components;
  const char *room;

  if (gc == NULL || !harness_call_text (call, "room", TRUE, &room))
    return;
  if (prpl_of (gc)->chat_info_defaults == NULL || prpl_of (gc)->join_chat == NULL)
    {
      harness_fail (call, "not_available", "This protocol has no rooms.");
      return;
    }
  components = prpl_of (gc)->chat_info_defaults (gc, room);
  serv_join_chat (gc, components);
  g_hash_table_destroy (components);
  harness_reply (call, NULL);
}

static void
run_chat_send (HarnessCall *call)
{
  PurpleConnection *gc = harness_call_connection (call);
  g_autofree char *html = NULL;
  PurpleConversation *conversation;
  const char *room;
  const char *text;

  if (gc == NULL || !harness_call_text (call, "room", TRUE, &room) || !harness_call_text (call, "text", TRUE, &text))
    return;
  conversation = purple_find_conversation_with_account (PURPLE_CONV_TYPE_CHAT, room, purple_connection_get_account (gc));
  if (conversation == NULL || purple_conv_chat_has_left (PURPLE_CONV_CHAT (conversation)))
    {
      harness_fail (call, "not_in_room", "The account is not in the room “%s”.", room);
      return;
    }
  html = g_markup_escape_text (text, -1);
  purple_conv_chat_send (PURPLE_CONV_CHAT (conversation), html);
  harness_reply (call, NULL);
}

static void
run_file_send (HarnessCall *call)
{
  g_auto (HarnessPerson) person = { NULL };
  const char *path;

  if (!harness_call_text (call, "path", TRUE, &path) || !harness_call_online_person (call, &person))
    return;
  if (prpl_of (person.gc)->send_file == NULL)
    harness_fail (call, "not_available", "This protocol sends no files.");
  else if (prpl_of (person.gc)->can_receive_file != NULL
           && !prpl_of (person.gc)->can_receive_file (person.gc, person.name))
    harness_fail (call, "refused", "This person cannot be sent a file.");
  else
    {
      serv_send_file (person.gc, person.name, path);
      harness_reply (call, NULL);
    }
}

static void
run_file_open (HarnessCall *call)
{
  harness_fail (call, "not_available", "The plugin does not offer this.");
}

static void
run_raw (HarnessCall *call)
{
  PurpleConnection *gc = harness_call_connection (call);
  const char *xml;

  if (gc == NULL || !harness_call_text (call, "xml", TRUE, &xml))
    return;
  if (prpl_of (gc)->send_raw == NULL)
    harness_fail (call, "not_available", "This protocol takes no raw elements.");
  else if (strlen (xml) > G_MAXINT || prpl_of (gc)->send_raw (gc, xml, (int) strlen (xml)) < 0)
    harness_fail (call, "refused", "The element was not accepted.");
  else
    harness_reply (call, NULL);
}

const HarnessCommand harness_room_commands[] = {
  { "chat-join", run_chat_join },
  { "chat-send", run_chat_send },
  { "file-send", run_file_send },
  { "file-open", run_file_open },
  { "raw", run_raw },
  { NULL, NULL }
};
