/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what of a plain XMPP account goes over into its copy. */

#include "purple/import-settings.h"

#include "purple/account.h"

#include <blist.h>
#include <buddyicon.h>
#include <proxy.h>
#include <string.h>

/* libpurple lists no settings, so they are asked for by name. */
static const char *const text_settings[] = { "connection_security", "connect_server", "ft_proxies", "bosh_url" };
static const char *const flag_settings[] = { "auth_plain_in_clear", "custom_smileys", "use-global-buddyicon" };
static const char *const number_settings[] = { "port" };

static void
copy_options (PurpleAccount *from, PurpleAccount *to)
{
  for (gsize i = 0; i < G_N_ELEMENTS (text_settings); i++)
    {
      const char *value = purple_account_get_string (from, text_settings[i], NULL);

      if (value != NULL)
        purple_account_set_string (to, text_settings[i], value);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (flag_settings); i++)
    {
      gboolean value = purple_account_get_bool (from, flag_settings[i], TRUE);

      if (value == purple_account_get_bool (from, flag_settings[i], FALSE))
        purple_account_set_bool (to, flag_settings[i], value);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (number_settings); i++)
    {
      int value = purple_account_get_int (from, number_settings[i], 0);

      if (value != 0)
        purple_account_set_int (to, number_settings[i], value);
    }
}

static void
copy_proxy (PurpleAccount *from, PurpleAccount *to)
{
  PurpleProxyInfo *old = purple_account_get_proxy_info (from);
  PurpleProxyInfo *proxy;

  if (old == NULL)
    return;
  proxy = purple_proxy_info_new ();
  purple_proxy_info_set_type (proxy, purple_proxy_info_get_type (old));
  purple_proxy_info_set_host (proxy, purple_proxy_info_get_host (old));
  purple_proxy_info_set_port (proxy, purple_proxy_info_get_port (old));
  purple_proxy_info_set_username (proxy, purple_proxy_info_get_username (old));
  purple_proxy_info_set_password (proxy, purple_proxy_info_get_password (old));
  purple_account_set_proxy_info (to, proxy);
}

static void
copy_icon (PurpleAccount *from, PurpleAccount *to)
{
  PurpleStoredImage *image = purple_buddy_icons_find_account_icon (from);
  gsize length;

  if (image == NULL)
    return;
  length = purple_imgstore_get_size (image);
  if (length > 0)
    {
      guchar *data = g_malloc (length);

      memcpy (data, purple_imgstore_get_data (image), length);
      purple_account_set_buddy_icon_path (to, purple_account_get_buddy_icon_path (from));
      purple_buddy_icons_set_account_icon (to, data, length);
    }
  purple_imgstore_unref (image);
}

void
pen_import_settings (PurpleAccount *from, PurpleAccount *to)
{
  copy_options (from, to);
  copy_proxy (from, to);
  copy_icon (from, to);
  purple_account_set_alias (to, purple_account_get_alias (from));
  purple_account_set_user_info (to, purple_account_get_user_info (from));
  purple_account_set_remember_password (to, purple_account_get_remember_password (from));
  if (purple_account_get_remember_password (from))
    purple_account_set_password (to, purple_account_get_password (from));
}

static void
copy_node_setting (gpointer key, gpointer value, gpointer data)
{
  PurpleBlistNode *node = data;

  switch (purple_value_get_type (value))
    {
    case PURPLE_TYPE_BOOLEAN:
      purple_blist_node_set_bool (node, key, purple_value_get_boolean (value));
      break;
    case PURPLE_TYPE_INT:
      purple_blist_node_set_int (node, key, purple_value_get_int (value));
      break;
    case PURPLE_TYPE_STRING:
      purple_blist_node_set_string (node, key, purple_value_get_string (value));
      break;
    default:
      break;
    }
}

static void
copy_node_settings (PurpleBlistNode *from, PurpleBlistNode *to)
{
  if (from->settings != NULL)
    g_hash_table_foreach (from->settings, copy_node_setting, to);
}

/* The name that libpurple shall hold for this person on an account of ours. */
static char *
name_for (PurpleAccount *to, const char *name)
{
  g_autoptr (PenAddress) address = pen_account_resolve (to, name, NULL);

  return g_strdup (address != NULL ? address->name : name);
}

static void
copy_buddy (PurpleBuddy *old, PurpleAccount *to)
{
  g_autofree char *name = name_for (to, purple_buddy_get_name (old));
  PurpleGroup *group = purple_buddy_get_group (old);
  PurpleContact *old_contact = purple_buddy_get_contact (old);
  PurpleBuddy *buddy;

  if (group == NULL || purple_find_buddy_in_group (to, name, group) != NULL)
    return;
  buddy = purple_buddy_new (to, name, purple_buddy_get_alias_only (old));
  purple_blist_add_buddy (buddy, NULL, group, NULL);
  copy_node_settings (PURPLE_BLIST_NODE (old), PURPLE_BLIST_NODE (buddy));
  if (old_contact != NULL && old_contact->alias != NULL)
    purple_blist_alias_contact (purple_buddy_get_contact (buddy), old_contact->alias);
}

static void
add_component (gpointer key, gpointer value, gpointer data)
{
  g_hash_table_insert (data, g_strdup (key), g_strdup (value));
}

static gboolean
has_room (PurpleAccount *account, GHashTable *components)
{
  const char *room = g_hash_table_lookup (components, "room");
  const char *server = g_hash_table_lookup (components, "server");

  if (room == NULL || server == NULL)
    return TRUE;
  for (PurpleBlistNode *node = purple_blist_get_root (); node != NULL; node = purple_blist_node_next (node, TRUE))
    {
      GHashTable *other;

      if (!PURPLE_BLIST_NODE_IS_CHAT (node) || purple_chat_get_account (PURPLE_CHAT (node)) != account)
        continue;
      other = purple_chat_get_components (PURPLE_CHAT (node));
      if (g_strcmp0 (g_hash_table_lookup (other, "room"), room) == 0
          && g_strcmp0 (g_hash_table_lookup (other, "server"), server) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
copy_chat (PurpleChat *old, PurpleAccount *to)
{
  GHashTable *components;
  PurpleChat *chat;

  if (has_room (to, purple_chat_get_components (old)))
    return;
  components = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_foreach (purple_chat_get_components (old), add_component, components);
  chat = purple_chat_new (to, old->alias, components);
  purple_blist_add_chat (chat, purple_chat_get_group (old), NULL);
  copy_node_settings (PURPLE_BLIST_NODE (old), PURPLE_BLIST_NODE (chat));
}

void
pen_import_contacts (PurpleAccount *from, PurpleAccount *to)
{
  GSList *nodes = NULL;

  for (PurpleBlistNode *node = purple_blist_get_root (); node != NULL; node = purple_blist_node_next (node, TRUE))
    {
      gboolean is_buddy = PURPLE_BLIST_NODE_IS_BUDDY (node) && purple_buddy_get_account (PURPLE_BUDDY (node)) == from;
      gboolean is_chat = PURPLE_BLIST_NODE_IS_CHAT (node) && purple_chat_get_account (PURPLE_CHAT (node)) == from;

      if ((is_buddy || is_chat) && (purple_blist_node_get_flags (node) & PURPLE_BLIST_NODE_FLAG_NO_SAVE) == 0)
        nodes = g_slist_prepend (nodes, node);
    }
  nodes = g_slist_reverse (nodes);
  for (GSList *item = nodes; item != NULL; item = item->next)
    {
      if (PURPLE_BLIST_NODE_IS_BUDDY ((PurpleBlistNode *) item->data))
        copy_buddy (item->data, to);
      else
        copy_chat (item->data, to);
    }
  g_slist_free (nodes);
}
