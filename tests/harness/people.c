/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The buddy list, and who may see whom. */

#include "harness.h"

#define DEFAULT_GROUP "Buddies"

static JsonObject *
describe_buddy (PurpleBuddy *buddy)
{
  PurpleAccount *account = purple_buddy_get_account (buddy);
  PurplePresence *presence = purple_buddy_get_presence (buddy);
  PurpleGroup *group = purple_buddy_get_group (buddy);
  JsonObject *object = json_object_new ();
  g_autofree char *address = harness_address_of (account, purple_buddy_get_name (buddy));

  harness_put (object, "name", purple_buddy_get_name (buddy));
  harness_put (object, "address", address);
  harness_put (object, "alias", purple_buddy_get_local_buddy_alias (buddy));
  harness_put (object, "group", group != NULL ? purple_group_get_name (group) : NULL);
  json_object_set_boolean_member (object, "online", PURPLE_BUDDY_IS_ONLINE (buddy));
  harness_put (object, "status", purple_status_get_id (purple_presence_get_active_status (presence)));
  return object;
}

static void
reply_buddies (HarnessCall *call, PurpleAccount *account)
{
  GSList *buddies = purple_find_buddies (account, NULL);
  JsonObject *members = json_object_new ();
  JsonArray *array = json_array_new ();

  for (GSList *l = buddies; l != NULL; l = l->next)
    json_array_add_object_element (array, describe_buddy (l->data));
  g_slist_free (buddies);
  json_object_set_array_member (members, "buddies", array);
  harness_reply (call, members);
}

static void
run_buddies (HarnessCall *call)
{
  PurpleAccount *account = harness_call_account (call);

  if (account != NULL)
    reply_buddies (call, account);
}

static void
run_buddy_add (HarnessCall *call)
{
  PurpleConnection *gc = harness_call_connection (call);
  PurpleAccount *account;
  PurpleBuddy *buddy;
  PurpleGroup *group;
  const char *name;
  const char *alias;
  const char *group_name;

  if (gc == NULL || !harness_call_text (call, "name", TRUE, &name) || !harness_call_text (call, "alias", FALSE, &alias)
      || !harness_call_text (call, "group", FALSE, &group_name))
    return;
  account = purple_connection_get_account (gc);
  group = purple_group_new (group_name != NULL ? group_name : DEFAULT_GROUP);
  purple_blist_add_group (group, NULL);
  buddy = purple_find_buddy_in_group (account, name, group);
  if (buddy == NULL)
    {
      buddy = purple_buddy_new (account, name, alias);
      purple_blist_add_buddy (buddy, NULL, group, NULL);
    }
  purple_account_add_buddy_with_invite (account, buddy, NULL);
  reply_buddies (call, account);
}

/* As typed, and as our plugin would name this person. */
static GSList *
find_buddies (PurpleAccount *account, const char *name)
{
  const PenPane *pane = harness_get ()->pane;
  GSList *buddies = purple_find_buddies (account, name);
  PenPaneStatus *status = NULL;

  if (buddies == NULL && pane != NULL && harness_is_ours (account))
    status = pane->status (account, name, NULL);
  if (status == NULL)
    return buddies;
  buddies = purple_find_buddies (account, status->name);
  pane->status_free (status);
  return buddies;
}

static void
run_buddy_remove (HarnessCall *call)
{
  PurpleConnection *gc = harness_call_connection (call);
  PurpleAccount *account;
  GSList *buddies;
  const char *name;

  if (gc == NULL || !harness_call_text (call, "name", TRUE, &name))
    return;
  account = purple_connection_get_account (gc);
  buddies = find_buddies (account, name);
  if (buddies == NULL)
    {
      harness_fail (call, "unknown_buddy", "“%s” is not in the buddy list.", name);
      return;
    }
  for (GSList *l = buddies; l != NULL; l = l->next)
    {
      purple_account_remove_buddy (account, l->data, purple_buddy_get_group (l->data));
      purple_blist_remove_buddy (l->data);
    }
  g_slist_free (buddies);
  reply_buddies (call, account);
}

static void
run_authorize (HarnessCall *call)
{
  PurpleAccount *account = harness_call_account (call);
  JsonNode *allow;
  const char *name;

  if (account == NULL || !harness_call_text (call, "name", TRUE, &name))
    return;
  allow = json_object_get_member (call->args, "allow");
  if (allow == NULL || json_node_get_value_type (allow) != G_TYPE_BOOLEAN)
    harness_fail (call, "bad_request", "The member “allow” must be true or false.");
  else if (!harness_request_authorize (account, name, json_node_get_boolean (allow)))
    harness_fail (call, "unknown_dialog", "“%s” has not asked for anything.", name);
  else
    reply_buddies (call, account);
}

const HarnessCommand harness_people_commands[] = {
  { "buddies", run_buddies },
  { "buddy-add", run_buddy_add },
  { "buddy-remove", run_buddy_remove },
  { "authorize", run_authorize },
  { NULL, NULL }
};
