/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Conversations: opening, typing, sending, reading, slash commands. */

#include "harness.h"

static void
put_status (JsonObject *members, const PenPaneStatus *status)
{
  harness_put (members, "address", status->address);
  harness_put (members, "route", pen_route_to_string (status->route));
  harness_put (members, "capability", pen_capability_to_string (status->capability));
}

static void
run_open (HarnessCall *call)
{
  g_auto (HarnessPerson) person = { NULL };
  const PenPane *pane = harness_get ()->pane;
  PurpleConversation *conversation = harness_call_conversation (call, &person);
  PenPaneStatus *status = NULL;
  JsonObject *members;

  if (conversation == NULL)
    return;
  members = json_object_new ();
  if (pane != NULL && harness_is_ours (person.account))
    status = pane->status (person.account, purple_conversation_get_name (conversation), NULL);
  if (status != NULL)
    {
      put_status (members, status);
      pane->status_free (status);
    }
  else
    {
      g_autofree char *address = harness_address_of (person.account, purple_conversation_get_name (conversation));

      harness_put (members, "address", address);
      harness_put (members, "route", pen_route_to_string (PEN_ROUTE_PLAIN));
      harness_put (members, "capability", pen_capability_to_string (PEN_CAPABILITY_UNKNOWN));
    }
  harness_reply (call, members);
}

static void
run_close (HarnessCall *call)
{
  g_auto (HarnessPerson) person = { NULL };
  PurpleConversation *conversation;

  if (!harness_call_person (call, &person))
    return;
  conversation = purple_find_conversation_with_account (PURPLE_CONV_TYPE_IM, person.name, person.account);
  if (conversation == NULL)
    {
      harness_fail (call, "not_open", "There is no open conversation with this person.");
      return;
    }
  purple_conversation_destroy (conversation);
  harness_reply (call, NULL);
}

static void
run_type (HarnessCall *call)
{
  g_auto (HarnessPerson) person = { NULL };
  PurpleConversation *conversation = harness_call_conversation (call, &person);

  if (conversation == NULL)
    return;
  serv_send_typing (person.gc, purple_conversation_get_name (conversation), PURPLE_TYPING);
  harness_reply (call, NULL);
}

static char *
as_html (const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  return purple_strdup_withhtml (escaped);
}

/* Returns: how long the client stood still for it. */
static gint64
send_im (PurpleConversation *conversation, const char *html)
{
  gint64 began_us = g_get_monotonic_time ();

  purple_conv_im_send (PURPLE_CONV_IM (conversation), html);
  return g_get_monotonic_time () - began_us;
}

static void
reply_sent (HarnessCall *call, const char *message, const char *state, gint64 took_us)
{
  JsonObject *members = json_object_new ();

  harness_put (members, "message", message);
  harness_put (members, "state", state);
  json_object_set_int_member (members, "took_us", took_us);
  harness_reply (call, members);
}

static void
reply_refused (HarnessCall *call, HarnessTranscript *transcript, guint64 before)
{
  g_autofree char *lines = harness_transcript_text_since (transcript, before);

  harness_fail (call, "refused", "%s", lines[0] != '\0' ? lines : "The message was not accepted.");
}

static void
run_send (HarnessCall *call)
{
  g_auto (HarnessPerson) person = { NULL };
  g_autofree char *before = NULL;
  g_autofree char *html = NULL;
  PurpleConversation *conversation;
  HarnessTranscript *transcript;
  guint64 lines_before;
  gint64 took_us;
  const char *message;
  const char *text;
  gboolean is_html;

  if (!harness_call_text (call, "text", TRUE, &text) || !harness_call_boolean (call, "html", FALSE, &is_html))
    return;
  conversation = harness_call_conversation (call, &person);
  if (conversation == NULL)
    return;
  html = is_html ? g_strdup (text) : as_html (text);
  before = g_strdup (purple_conversation_get_data (conversation, "penregister/message"));
  transcript = harness_transcript_of (conversation);
  lines_before = harness_transcript_count (transcript);
  took_us = send_im (conversation, html);
  message = purple_conversation_get_data (conversation, "penregister/message");
  if (!harness_is_ours (person.account))
    reply_sent (call, NULL, pen_message_state_to_string (PEN_MESSAGE_SENT), took_us);
  else if (message == NULL || g_strcmp0 (message, before) == 0)
    reply_refused (call, transcript, lines_before);
  else
    {
      const char *state = purple_conversation_get_data (conversation, "penregister/state");

      harness_message_note (person.account, message, state);
      reply_sent (call, message, state, took_us);
    }
}

static gboolean
answer_for_any (const PenPane *pane, const char *message, PenChoice choice, GError **error)
{
  for (GList *l = purple_accounts_get_all (); l != NULL; l = l->next)
    {
      if (!harness_is_ours (l->data))
        continue;
      g_clear_error (error);
      if (pane->answer (l->data, message, choice, error))
        return TRUE;
    }
  return FALSE;
}

static gboolean
take_choice (HarnessCall *call, const char **message, PenChoice *choice)
{
  const char *word;

  if (!harness_call_text (call, "message", TRUE, message) || !harness_call_text (call, "choice", TRUE, &word))
    return FALSE;
  if (pen_choice_from_string (word, choice) && *choice != PEN_CHOICE_ASK)
    return TRUE;
  harness_fail (call, "bad_request", "The choice must be one of wait, encrypted, sms, plain, cancel.");
  return FALSE;
}

static void
run_answer (HarnessCall *call)
{
  const PenPane *pane = harness_call_pane (call);
  g_autoptr (GError) error = NULL;
  PurpleAccount *account;
  const char *message;
  const char *state;
  JsonObject *members;
  PenChoice choice;

  if (pane == NULL || !take_choice (call, &message, &choice))
    return;
  account = harness_message_account (message);
  if (!(account != NULL ? pane->answer (account, message, choice, &error)
                        : answer_for_any (pane, message, choice, &error)))
    {
      harness_fail_error (call, error);
      return;
    }
  state = harness_message_state (message);
  members = json_object_new ();
  harness_put (members, "message", message);
  harness_put (members, "state", state != NULL ? state : pen_message_state_to_string (PEN_MESSAGE_HELD));
  harness_reply (call, members);
}

static void
run_conversation (HarnessCall *call)
{
  g_auto (HarnessPerson) person = { NULL };
  PurpleConversation *open;
  HarnessTranscript *transcript;
  JsonObject *members;

  if (!harness_call_person (call, &person))
    return;
  open = purple_find_conversation_with_account (PURPLE_CONV_TYPE_ANY, person.name, person.account);
  transcript = open != NULL ? harness_transcript_of (open) : harness_transcript_find (person.account, person.name);
  members = json_object_new ();
  json_object_set_array_member (members, "lines", harness_transcript_lines (transcript));
  harness_reply (call, members);
}

static void
fail_command (HarnessCall *call, PurpleCmdStatus status, const char *message)
{
  static const char *const codes[] = { [PURPLE_CMD_STATUS_FAILED] = "command_failed",
                                       [PURPLE_CMD_STATUS_NOT_FOUND] = "unknown_command",
                                       [PURPLE_CMD_STATUS_WRONG_ARGS] = "wrong_arguments",
                                       [PURPLE_CMD_STATUS_WRONG_PRPL] = "wrong_protocol",
                                       [PURPLE_CMD_STATUS_WRONG_TYPE] = "wrong_conversation" };
  g_autofree char *plain = harness_plain_text (message);

  harness_fail (call, codes[status], "%s", plain[0] != '\0' ? plain : "There is no such command, or not in this way.");
}

static void
do_command (HarnessCall *call, PurpleConversation *conversation, const char *text)
{
  HarnessTranscript *transcript = harness_transcript_of (conversation);
  guint64 before = harness_transcript_count (transcript);
  g_autofree char *markup = g_markup_escape_text (text, -1);
  g_autofree char *written = NULL;
  char *complaint = NULL;
  PurpleCmdStatus status = purple_cmd_do_command (conversation, text, markup, &complaint);
  JsonObject *members;

  written = harness_transcript_text_since (transcript, before);
  if (status != PURPLE_CMD_STATUS_OK)
    fail_command (call, status, complaint != NULL ? complaint : written);
  else
    {
      members = json_object_new ();
      json_object_set_array_member (members, "lines", harness_transcript_texts_since (transcript, before));
      harness_reply (call, members);
    }
  g_free (complaint);
}

static PurpleConversation *
room_or_conversation (HarnessCall *call, HarnessPerson *person)
{
  g_auto (HarnessPerson) named = { NULL };
  PurpleConversation *room;

  if (!harness_call_person (call, &named))
    return NULL;
  room = purple_find_conversation_with_account (PURPLE_CONV_TYPE_CHAT, named.name, named.account);
  return room != NULL ? room : harness_call_conversation (call, person);
}

static void
run_command (HarnessCall *call)
{
  g_auto (HarnessPerson) person = { NULL };
  PurpleConversation *conversation;
  const char *text;

  if (!harness_call_text (call, "text", TRUE, &text))
    return;
  conversation = room_or_conversation (call, &person);
  if (conversation != NULL)
    do_command (call, conversation, text[0] == '/' ? text + 1 : text);
}

/* What /help would list in this conversation; a name that stands twice is registered twice. */
static void
run_commands (HarnessCall *call)
{
  g_auto (HarnessPerson) person = { NULL };
  PurpleConversation *conversation = harness_call_conversation (call, &person);
  JsonObject *members;
  JsonArray *names;
  GList *listed;

  if (conversation == NULL)
    return;
  names = json_array_new ();
  listed = purple_cmd_list (conversation);
  for (GList *l = listed; l != NULL; l = l->next)
    json_array_add_string_element (names, l->data);
  g_list_free (listed);
  members = json_object_new ();
  json_object_set_array_member (members, "names", names);
  harness_reply (call, members);
}

/* As a click in any program: whoever knows the link's scheme takes it. */
static void
run_link (HarnessCall *call)
{
  const char *url;

  if (!harness_call_text (call, "url", TRUE, &url))
    return;
  purple_got_protocol_handler_uri (url);
  harness_reply (call, NULL);
}

const HarnessCommand harness_talk_commands[] = {
  { "open", run_open },
  { "close", run_close },
  { "type", run_type },
  { "send", run_send },
  { "answer", run_answer },
  { "conversation", run_conversation },
  { "command", run_command },
  { "commands", run_commands },
  { "link", run_link },
  { NULL, NULL }
};
