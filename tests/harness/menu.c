/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Menus: the account's actions, and what a right click on a buddy offers. */

#include "harness.h"

#include <string.h>

/* Labels mark their keyboard letter with an underscore. */
static gboolean
label_is (const char *label, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (label, "_", -1);
  g_autofree char *plain = g_strjoinv ("", parts);

  return g_str_equal (label, name) || g_str_equal (plain, name);
}

static void
reply_names (HarnessCall *call, JsonArray *names)
{
  JsonObject *members = json_object_new ();

  json_object_set_array_member (members, "names", names);
  harness_reply (call, members);
}

static GList *
actions_of (PurpleConnection *gc)
{
  return PURPLE_PLUGIN_ACTIONS (purple_connection_get_prpl (gc), gc);
}

static void
actions_free (GList *actions)
{
  for (GList *l = actions; l != NULL; l = l->next)
    if (l->data != NULL)
      purple_plugin_action_free (l->data);
  g_list_free (actions);
}

static void
run_actions (HarnessCall *call)
{
  PurpleConnection *gc = harness_call_connection (call);
  JsonArray *names;
  GList *actions;

  if (gc == NULL)
    return;
  names = json_array_new ();
  actions = actions_of (gc);
  for (GList *l = actions; l != NULL; l = l->next)
    if (l->data != NULL)
      json_array_add_string_element (names, ((const PurplePluginAction *) l->data)->label);
  actions_free (actions);
  reply_names (call, names);
}

static PurplePluginAction *
find_action (GList *actions, const char *name)
{
  for (GList *l = actions; l != NULL; l = l->next)
    if (l->data != NULL && label_is (((const PurplePluginAction *) l->data)->label, name))
      return l->data;
  return NULL;
}

static void
run_action (HarnessCall *call)
{
  PurpleConnection *gc = harness_call_connection (call);
  PurplePluginAction *action;
  const char *name;
  GList *actions;

  if (gc == NULL || !harness_call_text (call, "name", TRUE, &name))
    return;
  actions = actions_of (gc);
  action = find_action (actions, name);
  if (action != NULL)
    {
      action->plugin = purple_connection_get_prpl (gc);
      action->context = gc;
      action->callback (action);
      harness_reply (call, NULL);
    }
  else
    harness_fail (call, "unknown_action", "The account has no action “%s”.", name);
  actions_free (actions);
}

static PurpleBlistNode *
find_node (HarnessCall *call, PurplePluginProtocolInfo **prpl)
{
  g_auto (HarnessPerson) person = { NULL };
  PurpleBuddy *buddy;

  if (!harness_call_online_person (call, &person))
    return NULL;
  buddy = purple_find_buddy (person.account, person.name);
  *prpl = PURPLE_PLUGIN_PROTOCOL_INFO (purple_connection_get_prpl (person.gc));
  if (buddy != NULL && (*prpl)->blist_node_menu != NULL)
    return PURPLE_BLIST_NODE (buddy);
  harness_fail (call, "unknown_buddy", "“%s” is not in the buddy list, or has no menu.", person.name);
  return NULL;
}

static void
menu_free (GList *menu)
{
  for (GList *l = menu; l != NULL; l = l->next)
    {
      PurpleMenuAction *entry = l->data;

      if (entry == NULL)
        continue;
      menu_free (entry->children);
      entry->children = NULL;
      purple_menu_action_free (entry);
    }
  g_list_free (menu);
}

static void
collect_names (GList *menu, const char *prefix, JsonArray *names)
{
  for (GList *l = menu; l != NULL; l = l->next)
    {
      const PurpleMenuAction *entry = l->data;
      g_autofree char *name = entry != NULL ? g_strconcat (prefix, entry->label, NULL) : NULL;
      g_autofree char *deeper = entry != NULL ? g_strconcat (name, "/", NULL) : NULL;

      if (entry != NULL && entry->callback != NULL)
        json_array_add_string_element (names, name);
      if (entry != NULL)
        collect_names (entry->children, deeper, names);
    }
}

static PurpleMenuAction *
find_entry (GList *menu, const char *name)
{
  for (GList *l = menu; l != NULL; l = l->next)
    {
      PurpleMenuAction *entry = l->data;
      size_t length = entry != NULL ? strlen (entry->label) : 0;
      PurpleMenuAction *found = NULL;

      if (entry != NULL && entry->callback != NULL && label_is (entry->label, name))
        return entry;
      if (entry != NULL && strncmp (entry->label, name, length) == 0 && name[length] == '/')
        found = find_entry (entry->children, name + length + 1);
      if (found != NULL)
        return found;
    }
  return NULL;
}

static void
run_menu (HarnessCall *call)
{
  PurplePluginProtocolInfo *prpl = NULL;
  PurpleBlistNode *node = find_node (call, &prpl);
  JsonArray *names;
  GList *menu;

  if (node == NULL)
    return;
  names = json_array_new ();
  menu = prpl->blist_node_menu (node);
  collect_names (menu, "", names);
  menu_free (menu);
  reply_names (call, names);
}

static void
run_menu_do (HarnessCall *call)
{
  PurplePluginProtocolInfo *prpl = NULL;
  PurpleMenuAction *entry;
  PurpleBlistNode *node;
  const char *name;
  GList *menu;

  if (!harness_call_text (call, "name", TRUE, &name) || (node = find_node (call, &prpl)) == NULL)
    return;
  menu = prpl->blist_node_menu (node);
  entry = find_entry (menu, name);
  if (entry != NULL)
    {
      ((void (*) (PurpleBlistNode *, gpointer)) entry->callback) (node, entry->data);
      harness_reply (call, NULL);
    }
  else
    harness_fail (call, "unknown_action", "The buddy's menu has no entry “%s”.", name);
  menu_free (menu);
}

/* What “Get Info” does; the answer comes as a notice. */
static void
run_info (HarnessCall *call)
{
  g_auto (HarnessPerson) person = { NULL };

  if (!harness_call_online_person (call, &person))
    return;
  serv_get_info (person.gc, person.name);
  harness_reply (call, NULL);
}

const HarnessCommand harness_menu_commands[] = {
  { "actions", run_actions },
  { "action", run_action },
  { "menu", run_menu },
  { "menu-do", run_menu_do },
  { "info", run_info },
  { NULL, NULL }
};
