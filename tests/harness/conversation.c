/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What a person saw: each line of each conversation as it was written, kept
 * after the conversation is closed, and found by old and new names. */

#include "harness.h"

#define MAX_LINES 10000
#define MAX_TRANSCRIPTS 20000

typedef struct
{
  gint64 at_us;
  char *who;
  char *text;
  char *message;
  const char *route;
  const char *status;
  gboolean is_system;
} Line;

struct _HarnessTranscript
{
  GQueue lines;
  guint64 written;
};

static GHashTable *by_name;
static GHashTable *by_message;
static int anchor;

static void
line_free (gpointer data)
{
  Line *line = data;

  if (line->message != NULL && g_hash_table_lookup (by_message, line->message) == line)
    g_hash_table_remove (by_message, line->message);
  g_free (line->who);
  g_free (line->text);
  g_free (line->message);
  g_free (line);
}

static char *
key_of (PurpleAccount *account, const char *name)
{
  g_autofree char *handle = harness_account_handle (account);

  return g_strconcat (handle, "\n", purple_normalize (account, name), NULL);
}

HarnessTranscript *
harness_transcript_find (PurpleAccount *account, const char *name)
{
  g_autofree char *key = key_of (account, name);

  return g_hash_table_lookup (by_name, key);
}

/* Beyond the bound all share one transcript: a process that opens so many is a benchmark. */
static HarnessTranscript *
transcript_for (PurpleAccount *account, const char *name)
{
  HarnessTranscript *transcript = harness_transcript_find (account, name);
  static HarnessTranscript overflow = { G_QUEUE_INIT, 0 };

  if (transcript != NULL)
    return transcript;
  if (g_hash_table_size (by_name) >= MAX_TRANSCRIPTS)
    return &overflow;
  transcript = g_new0 (HarnessTranscript, 1);
  g_hash_table_insert (by_name, key_of (account, name), transcript);
  return transcript;
}

HarnessTranscript *
harness_transcript_of (PurpleConversation *conversation)
{
  if (conversation->ui_data == NULL)
    conversation->ui_data = transcript_for (purple_conversation_get_account (conversation),
                                            purple_conversation_get_name (conversation));
  return conversation->ui_data;
}

static void
transcript_add (HarnessTranscript *transcript, Line *line)
{
  g_queue_push_tail (&transcript->lines, line);
  transcript->written++;
  if (line->message != NULL)
    g_hash_table_replace (by_message, line->message, line);
  if (transcript->lines.length > MAX_LINES)
    line_free (g_queue_pop_head (&transcript->lines));
}

static void
tell_of_system_line (PurpleConversation *conversation, const char *text)
{
  PurpleAccount *account = purple_conversation_get_account (conversation);
  JsonObject *event = harness_event_new ("system", account);
  g_autofree char *address = harness_address_of (account, purple_conversation_get_name (conversation));

  harness_put (event, "conversation", address);
  harness_put (event, "text", text);
  harness_event_emit (event);
}

/* The signature is libpurple's write_conv. */
static void
write_line (PurpleConversation *conversation, const char *name, const char *alias, const char *html,
            PurpleMessageFlags flags, time_t at_s)
{
  const PenPaneMessage *origin = purple_conversation_get_data (conversation, "penregister/line");
  Line *line;

  if (flags & PURPLE_MESSAGE_INVISIBLE)
    return;
  line = g_new0 (Line, 1);
  line->at_us = (flags & PURPLE_MESSAGE_DELAYED) ? (gint64) at_s * G_USEC_PER_SEC : harness_now_us ();
  line->who = g_strdup (alias != NULL && alias[0] != '\0' ? alias : name);
  line->text = harness_plain_text (html);
  line->is_system = (flags & (PURPLE_MESSAGE_SYSTEM | PURPLE_MESSAGE_ERROR | PURPLE_MESSAGE_NOTIFY)) != 0;
  if (origin != NULL)
    {
      line->message = g_strdup (origin->message);
      line->route = pen_route_to_string (origin->route);
      line->status = origin->message != NULL ? pen_message_state_to_string (origin->state) : NULL;
    }
  else if (!line->is_system && !harness_is_ours (purple_conversation_get_account (conversation)))
    line->route = pen_route_to_string (PEN_ROUTE_PLAIN);
  transcript_add (harness_transcript_of (conversation), line);
  if (line->is_system)
    tell_of_system_line (conversation, line->text);
}

static void
create_conversation (PurpleConversation *conversation)
{
  harness_transcript_of (conversation);
}

static PurpleConversationUiOps conversation_ops = { .create_conversation = create_conversation,
                                                    .write_conv = write_line };

static void
follow_name (PurpleConversation *conversation, PurpleConvUpdateType type, gpointer data)
{
  PurpleAccount *account = purple_conversation_get_account (conversation);
  const char *name = purple_conversation_get_name (conversation);

  if (type == PURPLE_CONV_UPDATE_TITLE && harness_transcript_find (account, name) == NULL)
    g_hash_table_insert (by_name, key_of (account, name), harness_transcript_of (conversation));
}

void
harness_conversation_install (void)
{
  by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  by_message = g_hash_table_new (g_str_hash, g_str_equal);
  purple_conversations_set_ui_ops (&conversation_ops);
  purple_signal_connect (purple_conversations_get_handle (), "conversation-updated", &anchor,
                         PURPLE_CALLBACK (follow_name), NULL);
}

guint64
harness_transcript_count (HarnessTranscript *transcript)
{
  return transcript->written;
}

static JsonObject *
line_describe (const Line *line)
{
  JsonObject *object = json_object_new ();

  harness_put_time (object, "at", line->at_us);
  harness_put (object, "who", line->who);
  harness_put (object, "text", line->text);
  harness_put (object, "route", line->route);
  harness_put (object, "status", line->status);
  json_object_set_boolean_member (object, "system", line->is_system);
  if (line->message != NULL)
    harness_put (object, "message", line->message);
  return object;
}

JsonArray *
harness_transcript_lines (HarnessTranscript *transcript)
{
  JsonArray *array = json_array_new ();

  if (transcript != NULL)
    for (GList *l = transcript->lines.head; l != NULL; l = l->next)
      json_array_add_object_element (array, line_describe (l->data));
  return array;
}

JsonArray *
harness_transcript_texts_since (HarnessTranscript *transcript, guint64 since)
{
  JsonArray *array = json_array_new ();
  guint fresh = (guint) MIN (transcript->written - since, transcript->lines.length);

  for (GList *l = g_queue_peek_nth_link (&transcript->lines, transcript->lines.length - fresh); l != NULL; l = l->next)
    {
      g_autofree char *valid = g_utf8_make_valid (((const Line *) l->data)->text, -1);

      json_array_add_string_element (array, valid);
    }
  return array;
}

char *
harness_transcript_text_since (HarnessTranscript *transcript, guint64 since)
{
  g_autoptr (JsonArray) texts = harness_transcript_texts_since (transcript, since);
  GString *joined = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (texts); i++)
    g_string_append_printf (joined, "%s%s", i > 0 ? "\n" : "", json_array_get_string_element (texts, i));
  return g_string_free (joined, FALSE);
}

void
harness_line_route (const char *message, const char *route)
{
  Line *line = message != NULL ? g_hash_table_lookup (by_message, message) : NULL;

  if (line != NULL)
    line->route = g_intern_string (route);
}

void
harness_line_status (const char *message, const char *status)
{
  Line *line = message != NULL ? g_hash_table_lookup (by_message, message) : NULL;

  if (line != NULL)
    line->status = g_intern_string (status);
}
