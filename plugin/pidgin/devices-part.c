/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Where the window of devices opens from, and what it is told of. */

#include "devices-part.h"

#include "devices-window.h"
#include "interface.h"

#include <blist.h>
#include <connection.h>
#include <conversation.h>
#include <glib/gi18n-lib.h>

static void
on_action (PurplePluginAction *action)
{
  pen_devices_show (NULL, NULL);
}

GList *
pen_devices_part_actions (GList *list)
{
  return g_list_prepend (list, purple_plugin_action_new (_("People and devices"), on_action));
}

static void
on_buddy_chosen (PurpleBlistNode *node, gpointer data)
{
  PurpleBuddy *buddy = PURPLE_BUDDY (node);

  pen_devices_show (purple_buddy_get_account (buddy), purple_buddy_get_name (buddy));
}

static void
on_buddy_menu (PurpleBlistNode *node, GList **menu, gpointer data)
{
  if (PURPLE_BLIST_NODE_IS_BUDDY (node) && pen_interface_is_ours (purple_buddy_get_account (PURPLE_BUDDY (node))))
    *menu = g_list_append (*menu, purple_menu_action_new (_("Devices of this person…"),
                                                          PURPLE_CALLBACK (on_buddy_chosen), NULL, NULL));
}

static void
on_conversation_chosen (PurpleConversation *conv, gpointer data)
{
  pen_devices_show (purple_conversation_get_account (conv), purple_conversation_get_name (conv));
}

static void
on_conversation_menu (PurpleConversation *conv, GList **menu, gpointer data)
{
  if (purple_conversation_get_type (conv) == PURPLE_CONV_TYPE_IM
      && pen_interface_is_ours (purple_conversation_get_account (conv)))
    *menu = g_list_append (*menu, purple_menu_action_new (_("Devices of this person…"),
                                                          PURPLE_CALLBACK (on_conversation_chosen), NULL, NULL));
}

static void
on_devices (PurpleAccount *account, const char *name, const char *change, gpointer data)
{
  pen_devices_changed (account);
}

static void
on_connection (PurpleConnection *gc, gpointer data)
{
  pen_devices_changed (purple_connection_get_account (gc));
}

static void
on_removed (PurpleAccount *account, gpointer data)
{
  pen_devices_forget_account (account);
}

void
pen_devices_part_init (PurplePlugin *plugin)
{
  purple_signal_connect (purple_blist_get_handle (), "blist-node-extended-menu", plugin,
                         PURPLE_CALLBACK (on_buddy_menu), NULL);
  purple_signal_connect (purple_conversations_get_handle (), "conversation-extended-menu", plugin,
                         PURPLE_CALLBACK (on_conversation_menu), NULL);
  purple_signal_connect (pen_interface_plugin (), "penregister-devices", plugin, PURPLE_CALLBACK (on_devices), NULL);
  purple_signal_connect (purple_connections_get_handle (), "signed-on", plugin, PURPLE_CALLBACK (on_connection), NULL);
  purple_signal_connect (purple_connections_get_handle (), "signed-off", plugin, PURPLE_CALLBACK (on_connection),
                         NULL);
  purple_signal_connect (purple_accounts_get_handle (), "account-removed", plugin, PURPLE_CALLBACK (on_removed),
                         NULL);
}

void
pen_devices_part_uninit (PurplePlugin *plugin)
{
  pen_devices_close ();
}
