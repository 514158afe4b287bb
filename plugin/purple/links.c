/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which links are ours, and what following one does. A link comes from
 * anywhere, so it opens things and sends nothing. */

#include "purple/links.h"

#include "purple/account.h"
#include "purple/omemo-verify.h"
#include "purple/talk.h"

#include <core.h>
#include <glib/gi18n-lib.h>
#include <notify.h>
#include <request.h>
#include <server.h>
#include <signals.h>
#include <string.h>
#include <util.h>

#define PRPL_JABBER "prpl-jabber"
#define BODY_MAX_BYTES 16384
/* The account in the components of a room, until the user has said yes. */
#define JOIN_ACCOUNT "penregister-account"

#define NAME_MAX_BYTES 256

/**
 * Link: what libpurple made of a link
 * @scheme: before the colon; @target: up to the question mark
 * @params: (nullable): after it
 */
typedef struct
{
  const char *scheme;
  const char *target;
  GHashTable *params;
} Link;

static gboolean
is_scheme (const Link *link, const char *scheme)
{
  return g_ascii_strcasecmp (link->scheme, scheme) == 0;
}

static gboolean
has_param (const Link *link, const char *name)
{
  return link->params != NULL && g_hash_table_contains (link->params, name);
}

/* Some clients hand the values over decoded, libpurple does not. */
static char *
param_text (const Link *link, const char *name)
{
  const char *value = link->params != NULL ? g_hash_table_lookup (link->params, name) : NULL;
  char *text;

  if (value == NULL)
    return NULL;
  text = g_uri_unescape_string (value, NULL);
  if (text == NULL)
    text = g_strdup (value);
  if (!g_utf8_validate (text, -1, NULL))
    g_clear_pointer (&text, g_free);
  return text;
}

static void
tell (PurpleAccount *purple, const char *why)
{
  purple_notify_error (purple, _("Pen Register"), _("This link cannot be followed"), why);
}

static PurpleAccount *
first_connected (const char *protocol_id)
{
  for (GList *item = purple_accounts_get_all (); item != NULL; item = item->next)
    if (g_strcmp0 (purple_account_get_protocol_id (item->data), protocol_id) == 0
        && purple_account_is_connected (item->data))
      return item->data;
  return NULL;
}

static PurpleAccount *
connected_by_name (const char *name, const char *protocol_id)
{
  PurpleAccount *account = purple_accounts_find (name, protocol_id);

  return account != NULL && purple_account_is_connected (account) ? account : NULL;
}

/* Our account for this link. The XMPP plugin follows xmpp: links too and does
 * not say so afterwards: what it will take is not ours. */
static PurpleAccount *
account_for (const Link *link)
{
  g_autofree char *wanted = param_text (link, "account");
  gboolean is_shared = is_scheme (link, "xmpp");

  if (wanted != NULL && *wanted != '\0')
    {
      if (is_shared && connected_by_name (wanted, PRPL_JABBER) != NULL)
        return NULL;
      return connected_by_name (wanted, PEN_PLUGIN_ID);
    }
  if (is_shared && first_connected (PRPL_JABBER) != NULL)
    return NULL;
  return first_connected (PEN_PLUGIN_ID);
}

static char *
html_of (const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  return purple_strdup_withhtml (escaped);
}

static void
send_draft (PurpleConversation *conv, const char *text)
{
  g_autofree char *html = html_of (text);

  if (*html != '\0')
    purple_conv_im_send (PURPLE_CONV_IM (conv), html);
}

/* purple_conv_send_confirm() keeps no copy of the text where the client has no
 * entry field of its own to put it into. */
static void
offer_draft (PurpleConversation *conv, const char *body)
{
  PurpleConversationUiOps *ops = purple_conversation_get_ui_ops (conv);

  if (ops != NULL && ops->send_confirm != NULL)
    {
      g_autofree char *html = html_of (body);

      purple_conv_send_confirm (conv, html);
      return;
    }
  purple_request_input (conv, _("Pen Register"), _("Send this message?"),
                        _("A link brought this text. Nothing is sent before you say so."), body, TRUE, FALSE, NULL,
                        _("_Send"), G_CALLBACK (send_draft), _("_Cancel"), NULL,
                        purple_conversation_get_account (conv), purple_conversation_get_name (conv), conv, conv);
}

static void
open_conversation (PurpleAccount *purple, const Link *link, const char *name)
{
  g_autofree char *body = param_text (link, "body");
  PurpleConversation *conv;

  if (body != NULL && strlen (body) > BODY_MAX_BYTES)
    {
      tell (purple, _("The text that it brings is too long for a message."));
      return;
    }
  conv = pen_talk_conversation (purple, name, TRUE);
  if (conv == NULL)
    return;
  purple_conversation_present (conv);
  if (body != NULL && *body != '\0')
    offer_draft (conv, body);
}

static void
add_to_roster (PurpleAccount *purple, const Link *link, const char *name)
{
  g_autofree char *alias = param_text (link, "name");

  if (alias != NULL && strlen (alias) > NAME_MAX_BYTES)
    g_clear_pointer (&alias, g_free);
  purple_blist_request_add_buddy (purple, name, NULL, alias);
}

static void
join_room (GHashTable *components, G_GNUC_UNUSED int action)
{
  PurpleAccount *purple = purple_accounts_find (g_hash_table_lookup (components, JOIN_ACCOUNT), PEN_PLUGIN_ID);
  PurpleConnection *gc = purple != NULL ? purple_account_get_connection (purple) : NULL;

  g_hash_table_remove (components, JOIN_ACCOUNT);
  if (gc != NULL)
    serv_join_chat (gc, components);
  g_hash_table_destroy (components);
}

static void
forget_room (GHashTable *components, G_GNUC_UNUSED int action)
{
  g_hash_table_destroy (components);
}

/* To join tells the room's server who we are: no link does that by itself. */
static void
offer_room (PurpleAccount *purple, const Link *link, const char *room)
{
  PurpleConnection *gc = purple_account_get_connection (purple);
  PurplePluginProtocolInfo *prpl = PURPLE_PLUGIN_PROTOCOL_INFO (purple_connection_get_prpl (gc));
  g_autofree char *password = param_text (link, "password");
  g_autofree char *question = g_strdup_printf (_("Join the room %s?"), room);
  GHashTable *components;

  if (strchr (room, '@') == NULL)
    {
      tell (purple, _("It does not name a room."));
      return;
    }
  components = prpl->chat_info_defaults (gc, room);
  if (password != NULL && strlen (password) <= NAME_MAX_BYTES)
    g_hash_table_replace (components, (char *) "password", g_steal_pointer (&password));
  g_hash_table_replace (components, (char *) JOIN_ACCOUNT, g_strdup (purple_account_get_username (purple)));
  purple_request_action (gc, _("Pen Register"), question,
                         _("A link asks for this. The room's server, and the people in it, see that you come."), 1,
                         purple, NULL, NULL, components, 2, _("_Join"), G_CALLBACK (join_room), _("_Cancel"),
                         G_CALLBACK (forget_room));
}

/* libpurple has taken the parameters apart. */
static PenOmemoUri *
keys_of (const Link *link)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer name;
  gpointer value;

  g_string_printf (text, "%s:%s?", link->scheme, link->target);
  if (link->params != NULL)
    {
      g_hash_table_iter_init (&iter, link->params);
      while (g_hash_table_iter_next (&iter, &name, &value))
        if (value != NULL)
          g_string_append_printf (text, "%s=%s;", (char *) name, (char *) value);
    }
  return pen_omemo_uri_read (text->str, NULL);
}

static void
follow (PurpleAccount *purple, const Link *link)
{
  g_autofree char *typed = g_strconcat (link->scheme, ":", link->target, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PenAddress) address = pen_account_resolve (purple, typed, &error);
  gboolean is_xmpp = is_scheme (link, "xmpp");
  g_autoptr (PenOmemoUri) keys = is_xmpp ? keys_of (link) : NULL;

  if (address == NULL)
    tell (purple, error->message);
  else if (keys != NULL)
    pen_secrets_offer_verify (purple, keys);
  else if (is_xmpp && address->kind == PEN_ADDRESS_XMPP && has_param (link, "join"))
    offer_room (purple, link, address->name);
  else if (is_xmpp && (has_param (link, "roster") || has_param (link, "subscribe")))
    add_to_roster (purple, link, address->name);
  else
    open_conversation (purple, link, address->name);
}

static gboolean
has_account_of_ours (void)
{
  for (GList *item = purple_accounts_get_all (); item != NULL; item = item->next)
    if (pen_account_is_ours (item->data))
      return TRUE;
  return FALSE;
}

static gboolean
on_link (const char *scheme, const char *target, GHashTable *params, gpointer data)
{
  Link link = { scheme, target, params };
  PurpleAccount *purple;
  gboolean is_number = is_scheme (&link, "tel") || is_scheme (&link, "sms") || is_scheme (&link, "smsto");

  if (!is_number && !is_scheme (&link, "xmpp"))
    return FALSE;
  purple = account_for (&link);
  if (purple != NULL)
    {
      follow (purple, &link);
      return TRUE;
    }
  if (!is_number || !has_account_of_ours ())
    return FALSE;
  tell (data, _("None of your Pen Register accounts is online."));
  return TRUE;
}

void
pen_links_connect (PurplePlugin *plugin)
{
  purple_signal_connect (purple_get_core (), "uri-handler", plugin, PURPLE_CALLBACK (on_link), plugin);
}
