/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Accounts: adding, removing, settings, status. */

#include "harness.h"

static PurpleAccountOption *
find_option (PurpleAccount *account, const char *name)
{
  PurplePlugin *prpl = purple_find_prpl (purple_account_get_protocol_id (account));

  if (prpl == NULL)
    return NULL;
  for (GList *l = PURPLE_PLUGIN_PROTOCOL_INFO (prpl)->protocol_options; l != NULL; l = l->next)
    if (g_strcmp0 (purple_account_option_get_setting (l->data), name) == 0)
      return l->data;
  return NULL;
}

static PurplePrefType
type_of (JsonNode *node)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (type == G_TYPE_BOOLEAN)
    return PURPLE_PREF_BOOLEAN;
  if (type == G_TYPE_INT64)
    return PURPLE_PREF_INT;
  return type == G_TYPE_STRING ? PURPLE_PREF_STRING : PURPLE_PREF_NONE;
}

static gboolean
option_takes (PurpleAccountOption *option, PurplePrefType type)
{
  PurplePrefType declared;

  if (option == NULL)
    return type != PURPLE_PREF_NONE;
  declared = purple_account_option_get_type (option);
  return declared == type || (declared == PURPLE_PREF_STRING_LIST && type == PURPLE_PREF_STRING);
}

static void
apply_setting (PurpleAccount *account, const char *name, JsonNode *node)
{
  if (JSON_NODE_HOLDS_NULL (node))
    purple_account_remove_setting (account, name);
  else if (type_of (node) == PURPLE_PREF_BOOLEAN)
    purple_account_set_bool (account, name, json_node_get_boolean (node));
  else if (type_of (node) == PURPLE_PREF_INT)
    purple_account_set_int (account, name, (int) json_node_get_int (node));
  else
    purple_account_set_string (account, name, json_node_get_string (node));
}

static gboolean
check_setting (HarnessCall *call, PurpleAccount *account, const char *name, JsonNode *node)
{
  gint64 number = type_of (node) == PURPLE_PREF_INT ? json_node_get_int (node) : 0;

  if (JSON_NODE_HOLDS_NULL (node)
      || (option_takes (find_option (account, name), type_of (node)) && number >= G_MININT && number <= G_MAXINT))
    return TRUE;
  harness_fail (call, "bad_setting", "The setting “%s” has another type.", name);
  return FALSE;
}

/* All settings are checked before the first is changed. */
static gboolean
apply_settings (HarnessCall *call, PurpleAccount *account, JsonObject *settings)
{
  g_autoptr (GList) names = settings != NULL ? json_object_get_members (settings) : NULL;

  for (GList *l = names; l != NULL; l = l->next)
    if (!check_setting (call, account, l->data, json_object_get_member (settings, l->data)))
      return FALSE;
  for (GList *l = names; l != NULL; l = l->next)
    apply_setting (account, l->data, json_object_get_member (settings, l->data));
  return TRUE;
}

static void
put_setting (JsonObject *object, PurpleAccount *account, PurpleAccountOption *option)
{
  const char *name = purple_account_option_get_setting (option);

  switch (purple_account_option_get_type (option))
    {
    case PURPLE_PREF_BOOLEAN:
      json_object_set_boolean_member (
        object, name, purple_account_get_bool (account, name, purple_account_option_get_default_bool (option)));
      break;
    case PURPLE_PREF_INT:
      json_object_set_int_member (
        object, name, purple_account_get_int (account, name, purple_account_option_get_default_int (option)));
      break;
    case PURPLE_PREF_STRING:
      harness_put (object, name,
                   purple_account_get_string (account, name, purple_account_option_get_default_string (option)));
      break;
    case PURPLE_PREF_STRING_LIST:
      harness_put (object, name,
                   purple_account_get_string (account, name, purple_account_option_get_default_list_value (option)));
      break;
    default:
      break;
    }
}

static JsonObject *
describe_settings (PurpleAccount *account, JsonObject *set)
{
  PurplePlugin *prpl = purple_find_prpl (purple_account_get_protocol_id (account));
  JsonObject *settings = json_object_new ();

  if (prpl != NULL)
    for (GList *l = PURPLE_PLUGIN_PROTOCOL_INFO (prpl)->protocol_options; l != NULL; l = l->next)
      put_setting (settings, account, l->data);
  if (set != NULL)
    harness_put_all (settings, set);
  return settings;
}

static void
reply_account (HarnessCall *call, PurpleAccount *account)
{
  JsonObject *members = json_object_new ();
  g_autofree char *handle = harness_account_handle (account);

  harness_put (members, "account", handle);
  harness_reply (call, members);
}

static void
add_account (HarnessCall *call, const char *protocol, const char *user)
{
  PurpleAccount *account = purple_accounts_find (user, protocol);
  gboolean is_new = account == NULL;
  g_autofree char *reason = NULL;
  const char *password;
  JsonObject *settings;

  if (!harness_call_text (call, "password", FALSE, &password) || !harness_call_object (call, "settings", &settings))
    return;
  if (is_new)
    account = purple_account_new (user, protocol);
  if (!apply_settings (call, account, settings))
    reason = g_strdup ("");
  else if (!harness_guard_account (account, &reason))
    harness_fail (call, "not_loopback", "%s", reason);
  if (reason != NULL)
    {
      if (is_new)
        purple_account_destroy (account);
      return;
    }
  if (password != NULL)
    purple_account_set_password (account, password);
  purple_account_set_remember_password (account, TRUE);
  if (is_new)
    purple_accounts_add (account);
  reply_account (call, account);
}

static void
run_account_add (HarnessCall *call)
{
  const char *protocol;
  const char *user;

  if (!harness_call_text (call, "protocol", FALSE, &protocol) || !harness_call_text (call, "user", TRUE, &user))
    return;
  if (protocol == NULL)
    protocol = PEN_PLUGIN_ID;
  if (purple_find_prpl (protocol) == NULL)
    harness_fail (call, "no_protocol", "There is no protocol “%s”.", protocol);
  else if (user[0] == '\0')
    harness_fail (call, "bad_request", "The member “user” is empty.");
  else
    add_account (call, protocol, user);
}

static void
run_account_remove (HarnessCall *call)
{
  PurpleAccount *account = harness_call_account (call);

  if (account == NULL)
    return;
  purple_accounts_delete (account);
  harness_reply (call, NULL);
}

static void
run_accounts (HarnessCall *call)
{
  JsonObject *members = json_object_new ();
  JsonArray *accounts = json_array_new ();

  for (GList *l = purple_accounts_get_all (); l != NULL; l = l->next)
    {
      JsonObject *entry = json_object_new ();
      g_autofree char *handle = harness_account_handle (l->data);

      harness_put (entry, "account", handle);
      harness_put (entry, "protocol", purple_account_get_protocol_id (l->data));
      harness_put (entry, "user", purple_account_get_username (l->data));
      json_object_set_boolean_member (entry, "connected", purple_account_is_connected (l->data));
      json_array_add_object_element (accounts, entry);
    }
  json_object_set_array_member (members, "accounts", accounts);
  harness_reply (call, members);
}

static void
run_settings (HarnessCall *call)
{
  PurpleAccount *account = harness_call_account (call);
  g_autofree char *reason = NULL;
  JsonObject *members;
  JsonObject *set;

  if (account == NULL || !harness_call_object (call, "set", &set) || !apply_settings (call, account, set))
    return;
  if (!harness_guard_account (account, &reason))
    {
      harness_fail (call, "not_loopback", "%s", reason);
      return;
    }
  members = json_object_new ();
  json_object_set_object_member (members, "settings", describe_settings (account, set));
  harness_reply (call, members);
}

static void
run_status (HarnessCall *call)
{
  PurpleAccount *account = harness_call_account (call);
  const char *state;
  const char *text;

  if (account == NULL || !harness_call_text (call, "state", TRUE, &state)
      || !harness_call_text (call, "text", FALSE, &text))
    return;
  if (purple_account_get_status_type (account, state) == NULL)
    {
      harness_fail (call, "unknown_state", "The account has no state “%s”.", state);
      return;
    }
  if (text != NULL)
    purple_account_set_status (account, state, TRUE, "message", text, NULL);
  else
    purple_account_set_status (account, state, TRUE, NULL);
  harness_reply (call, NULL);
}

const HarnessCommand harness_account_commands[] = {
  { "account-add", run_account_add },
  { "account-remove", run_account_remove },
  { "accounts", run_accounts },
  { "settings", run_settings },
  { "status", run_status },
  { NULL, NULL }
};
