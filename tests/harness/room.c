/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Rooms, files, and raw elements. */

#include "harness.h"

#include <stddef.h>
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

/* A file that is being fetched. @call: (nullable): who is told; the program may end first */
typedef struct
{
  HarnessCall *call;
} Fetching;

static GList *fetching;

void
harness_files_forget (HarnessCall *call)
{
  for (GList *l = fetching; l != NULL; l = l->next)
    if (((Fetching *) l->data)->call == call)
      ((Fetching *) l->data)->call = NULL;
}

static void
on_file (const char *path, const GError *error, gpointer data)
{
  Fetching *file = data;
  JsonObject *members;

  fetching = g_list_remove (fetching, file);
  if (file->call != NULL && path != NULL)
    {
      members = json_object_new ();
      harness_put (members, "path", path);
      harness_reply (file->call, members);
    }
  else if (file->call != NULL)
    harness_fail_error (file->call, error);
  g_free (file);
}

static void
run_file_open (HarnessCall *call)
{
  const PenPane *pane = harness_call_pane (call);
  g_autoptr (GError) error = NULL;
  Fetching *file;
  PurpleAccount *account;
  const char *to;
  const char *url;

  if (pane == NULL || (account = harness_call_account (call)) == NULL || !harness_call_text (call, "to", TRUE, &to)
      || !harness_call_text (call, "url", FALSE, &url))
    return;
  if (pane->size < offsetof (PenPane, file_open) + sizeof pane->file_open)
    {
      harness_fail (call, "not_available", "The plugin does not offer this.");
      return;
    }
  file = g_new0 (Fetching, 1);
  file->call = call;
  fetching = g_list_prepend (fetching, file);
  if (pane->file_open (account, to, url, &(PenPaneFile) { on_file, file }, &error))
    return;
  fetching = g_list_remove (fetching, file);
  g_free (file);
  harness_fail_error (call, error);
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
