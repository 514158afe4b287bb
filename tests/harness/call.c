/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* One request: its members, and its one reply. */

#include "harness.h"

#include "penregister/address.h"

static const HarnessCommand *const groups[] = {
  harness_account_commands, harness_connection_commands, harness_talk_commands,    harness_people_commands,
  harness_pane_commands,    harness_ledger_commands,     harness_request_commands, harness_menu_commands,
  harness_room_commands,    harness_core_commands,       harness_loop_commands,    harness_exposure_commands
};

static GHashTable *calls;
static guint n_foreground;

static gboolean
is_true (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_boolean (node);
}

static HarnessCall *
call_new (JsonObject *args)
{
  HarnessCall *call = g_new0 (HarnessCall, 1);

  if (calls == NULL)
    calls = g_hash_table_new (NULL, NULL);
  if (args != NULL && json_object_has_member (args, "id"))
    call->id = json_object_dup_member (args, "id");
  else
    call->id = json_node_init_null (json_node_alloc ());
  if (args != NULL && json_object_has_member (args, "background"))
    call->is_background = is_true (json_object_get_member (args, "background"));
  call->args = args;
  if (!call->is_background)
    n_foreground++;
  g_hash_table_add (calls, call);
  return call;
}

static void
call_finish (HarnessCall *call, JsonObject *reply)
{
  harness_output_write (reply);
  g_hash_table_remove (calls, call);
  if (!call->is_background)
    n_foreground--;
  g_clear_pointer (&call->args, json_object_unref);
  json_node_unref (call->id);
  g_free (call);
  if (harness_get ()->options.in_order)
    harness_input_resume ();
}

static JsonObject *
reply_new (HarnessCall *call, gboolean ok)
{
  JsonObject *reply = json_object_new ();

  json_object_set_member (reply, "re", json_node_copy (call->id));
  json_object_set_boolean_member (reply, "ok", ok);
  return reply;
}

/* @members: (transfer full) (nullable) */
void
harness_reply (HarnessCall *call, JsonObject *members)
{
  g_autoptr (JsonObject) reply = reply_new (call, TRUE);

  if (members != NULL)
    {
      harness_put_all (reply, members);
      json_object_unref (members);
    }
  call_finish (call, reply);
}

void
harness_fail (HarnessCall *call, const char *code, const char *format, ...)
{
  g_autoptr (JsonObject) reply = reply_new (call, FALSE);
  JsonObject *error = json_object_new ();
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  harness_put (error, "code", code);
  harness_put (error, "message", message);
  json_object_set_object_member (reply, "error", error);
  call_finish (call, reply);
}

void
harness_fail_error (HarnessCall *call, const GError *error)
{
  const char *code = "refused";

  if (error == NULL)
    harness_fail (call, "failed", "The plugin could not do this and gave no reason.");
  else
    {
      if (error->domain == PEN_ADDRESS_ERROR)
        code = "bad_address";
      else if (error->domain == PEN_DATABASE_ERROR)
        code = "store";
      else if (error->domain == G_FILE_ERROR)
        code = "file";
      harness_fail (call, code, "%s", error->message);
    }
}

gboolean
harness_call_is_busy (void)
{
  return harness_get ()->options.in_order && n_foreground > 0;
}

guint
harness_call_count (void)
{
  return calls != NULL ? g_hash_table_size (calls) : 0;
}

void
harness_call_abandon_all (void)
{
  GHashTableIter iter;
  gpointer call;

  while (harness_call_count () > 0)
    {
      g_hash_table_iter_init (&iter, calls);
      g_hash_table_iter_next (&iter, &call, NULL);
      harness_connections_forget (call);
      harness_event_forget (call);
      harness_files_forget (call);
      harness_fail (call, "quit", "The program ends before this was done.");
    }
}

static HarnessFunc
find_command (const char *name)
{
  for (guint g = 0; g < G_N_ELEMENTS (groups); g++)
    for (const HarnessCommand *command = groups[g]; command->name != NULL; command++)
      if (g_str_equal (command->name, name))
        return command->run;
  return NULL;
}

/* @length_bytes 0 stands for a line that was too long to be read. */
void
harness_call_dispatch (const char *line, gsize length_bytes)
{
  g_autoptr (GError) error = NULL;
  JsonObject *args = NULL;
  HarnessCall *call;
  HarnessFunc run;
  const char *name;

  if (length_bytes > 0)
    args = harness_json_parse (line, length_bytes, &error);
  call = call_new (args);
  if (args == NULL)
    {
      harness_fail (call, "bad_line", "%s", error != NULL ? error->message : "The line is longer than 16 MB.");
      return;
    }
  if (!harness_call_text (call, "do", TRUE, &name))
    return;
  run = find_command (name);
  if (run != NULL)
    run (call);
  else
    harness_fail (call, "unknown_request", "There is no request “%s”.", name);
}

gboolean
harness_call_text (HarnessCall *call, const char *name, gboolean needed, const char **text)
{
  JsonNode *node = json_object_get_member (call->args, name);

  *text = NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    {
      if (needed)
        harness_fail (call, "bad_request", "The member “%s” is missing.", name);
      return !needed;
    }
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    {
      *text = json_node_get_string (node);
      return TRUE;
    }
  harness_fail (call, "bad_request", "The member “%s” must be a text.", name);
  return FALSE;
}

gboolean
harness_call_integer (HarnessCall *call, const char *name, gint64 fallback, gint64 *value)
{
  JsonNode *node = json_object_get_member (call->args, name);

  *value = fallback;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (json_node_get_value_type (node) != G_TYPE_INT64 || json_node_get_int (node) < 0)
    {
      harness_fail (call, "bad_request", "The member “%s” must be a whole number, zero or more.", name);
      return FALSE;
    }
  *value = json_node_get_int (node);
  return TRUE;
}

gboolean
harness_call_boolean (HarnessCall *call, const char *name, gboolean fallback, gboolean *value)
{
  JsonNode *node = json_object_get_member (call->args, name);

  *value = fallback;
  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    {
      harness_fail (call, "bad_request", "The member “%s” must be true or false.", name);
      return FALSE;
    }
  *value = json_node_get_boolean (node);
  return TRUE;
}

gboolean
harness_call_object (HarnessCall *call, const char *name, JsonObject **object)
{
  JsonNode *node = json_object_get_member (call->args, name);

  *object = NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      harness_fail (call, "bad_request", "The member “%s” must be an object.", name);
      return FALSE;
    }
  *object = json_node_get_object (node);
  return TRUE;
}

PurpleAccount *
harness_call_account (HarnessCall *call)
{
  PurpleAccount *account;
  const char *handle;

  if (!harness_call_text (call, "account", TRUE, &handle))
    return NULL;
  account = harness_account_find (handle);
  if (account == NULL)
    harness_fail (call, "unknown_account", "There is no account “%s”.", handle);
  return account;
}

PurpleConnection *
harness_call_connection (HarnessCall *call)
{
  PurpleAccount *account = harness_call_account (call);

  if (account == NULL)
    return NULL;
  if (purple_account_is_connected (account))
    return purple_account_get_connection (account);
  harness_fail (call, "not_connected", "The account is not connected.");
  return NULL;
}

const PenPane *
harness_call_pane (HarnessCall *call)
{
  const PenPane *pane = harness_get ()->pane;

  if (pane == NULL)
    harness_fail (call, "not_available", "The plugin does not offer its interface for panes.");
  return pane;
}
