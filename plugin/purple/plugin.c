/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The protocol plugin: the one file that puts the parts together. Its
 * functions are a copy of prpl-jabber's with ours in the place of those that
 * take names, log in or send (docs/design.md, "The protocol is derived"). */

#include "purple/account.h"
#include "purple/actions-policy.h"
#include "purple/actions.h"
#include "purple/app.h"
#include "purple/archive.h"
#include "purple/backlog.h"
#include "purple/carbons.h"
#include "purple/command.h"
#include "purple/describe.h"
#include "purple/import.h"
#include "purple/incoming.h"
#include "purple/jabber.h"
#include "purple/links.h"
#include "purple/lookup.h"
#include "purple/media.h"
#include "purple/message.h"
#include "purple/names.h"
#include "purple/omemo-account.h"
#include "purple/pane.h"
#include "purple/purge.h"
#include "purple/question.h"
#include "purple/queue.h"
#include "purple/reachable.h"
#include "purple/room.h"
#include "purple/row-news.h"
#include "purple/services.h"
#include "purple/talk.h"
#include "purple/xmpp-commands.h"

#include <debug.h>
#include <glib/gi18n-lib.h>
#include <notify.h>
#include <request.h>
#include <string.h>
#include <version.h>

#define EXPIRE_US (G_GINT64_CONSTANT (6) * 60 * 60 * G_USEC_PER_SEC)

static PenApp *app;
static PurpleCmdId command;
static GArray *xmpp_commands;
static gboolean is_started;
static guint start_source;

PenApp *
pen_app (void)
{
  return app;
}

static const char *
list_icon (PurpleAccount *purple, PurpleBuddy *buddy)
{
  return "penregister";
}

static void
close_connection (PurpleConnection *gc)
{
  PenAccount *account = pen_account_of (gc);

  if (account == NULL)
    {
      if (purple_connection_get_protocol_data (gc) != NULL)
        pen_jabber_prpl ()->close (gc);
      return;
    }
  account->is_closing = TRUE;
  pen_question_close (account->purple, NULL);
  if (!pen_gate_has_management (account->gate))
    pen_backlog_drain (account->backlog);
  pen_gate_close (account->gate, !account->is_broken);
  pen_jabber_prpl ()->close (gc);
  purple_notify_close_with_handle (gc);
  pen_account_close (account);
}

static void
expire (gpointer data)
{
  if (app->ledger != NULL)
    pen_ledger_set_retention (app->ledger, pen_account_retention_days ());
  pen_purge_expire ();
  pen_timers_add (app->timers, EXPIRE_US, expire, NULL);
}

static void
on_signed_on (PurpleConnection *gc, gpointer data)
{
  PenAccount *account = pen_account_of (gc);

  if (account == NULL)
    return;
  account->is_online = TRUE;
  pen_gate_settle (account->gate);
  pen_services_start (account);
  pen_queue_start (account);
  pen_reachable_show (account);
  pen_secrets_start (account);
  pen_carbons_enable (account);
  pen_archive_start (account);
  pen_message_resume (account);
  pen_import_warn_twins (account->purple);
  pen_policy_ask_consent (account->purple);
}

static void
on_connection_error (PurpleConnection *gc, PurpleConnectionError reason, const char *words, gpointer data)
{
  PenAccount *account = pen_account_of (gc);

  if (account != NULL)
    account->is_broken = TRUE;
}

/* Entering an address in a client ends here, however it was entered. */
static void
on_conversation (PurpleConversation *conversation, gpointer data)
{
  PurpleAccount *purple = purple_conversation_get_account (conversation);
  PenAccount *account = pen_account_find (purple);
  const char *name = purple_conversation_get_name (conversation);
  g_autoptr (PenAddress) address = NULL;
  PenPerson *person;

  if (account == NULL || purple_conversation_get_type (conversation) != PURPLE_CONV_TYPE_IM || strchr (name, '/') != NULL)
    return;
  address = pen_account_resolve (purple, name, NULL);
  if (address == NULL)
    return;
  if (!g_str_equal (address->name, name))
    purple_conversation_set_name (conversation, address->name);
  person = pen_person_get (account, address, NULL);
  if (person != NULL)
    pen_lookup_want (account, person, PEN_TRIGGER_TYPED);
}

/* libpurple loads protocols before it has conversations, connections and ways
 * to tell the user something: what needs those comes with the main loop. */
static void
start (void)
{
  PurplePlugin *plugin = app->plugin;

  if (is_started)
    return;
  is_started = TRUE;
  pen_talk_connect (plugin);
  pen_media_connect (plugin);
  pen_import_connect (plugin);
  pen_rooms_connect (plugin);
  pen_queue_connect (plugin);
  purple_signal_connect (purple_connections_get_handle (), "signed-on", plugin, PURPLE_CALLBACK (on_signed_on), NULL);
  purple_signal_connect (purple_connections_get_handle (), "connection-error", plugin,
                         PURPLE_CALLBACK (on_connection_error), NULL);
  purple_signal_connect (purple_conversations_get_handle (), "conversation-created", plugin,
                         PURPLE_CALLBACK (on_conversation), NULL);
  pen_app_open_store (app);
  expire (NULL);
}

static gboolean
on_main_loop (gpointer data)
{
  start_source = 0;
  start ();
  return G_SOURCE_REMOVE;
}

/* Without a store nothing can be recorded, and so nothing may be asked. */
static gboolean
open_account (PurpleAccount *purple)
{
  PurpleConnection *gc = purple_account_get_connection (purple);

  start ();
  if (!pen_account_is_any_open ())
    pen_app_follow_folder (app);
  if (!pen_app_open_store (app))
    {
      purple_connection_error_reason (gc, PURPLE_CONNECTION_ERROR_OTHER_ERROR, app->store_error);
      return FALSE;
    }
  pen_account_require_encryption (purple);
  pen_account_open (purple);
  return TRUE;
}

static void
login (PurpleAccount *purple)
{
  if (open_account (purple))
    pen_jabber_prpl ()->login (purple);
}

/* These two log in by themselves. */
static void
register_user (PurpleAccount *purple)
{
  if (open_account (purple))
    pen_jabber_prpl ()->register_user (purple);
}

static void
unregister_user (PurpleAccount *purple, PurpleAccountUnregistrationCb done, void *data)
{
  if (pen_account_find (purple) != NULL)
    pen_jabber_prpl ()->unregister_user (purple, done, data);
  else if (open_account (purple))
    {
      pen_jabber_prpl ()->login (purple);
      if (purple_connection_get_protocol_data (purple_account_get_connection (purple)) != NULL)
        pen_jabber_prpl ()->unregister_user (purple, done, data);
    }
}

/* libpurple has no marshaller for a function without arguments. */
static void
marshal_pane (PurpleCallback callback, va_list arguments, void *data, void **result)
{
  *result = (void *) pen_pane_interface ();
}

static PurplePluginProtocolInfo prpl_info = {
  .list_icon = list_icon,
  .login = login,
  .close = close_connection,
  .struct_size = sizeof (PurplePluginProtocolInfo),
};

/* What the probe already looked at stays; the rest is prpl-jabber's. */
static void
derive (void)
{
  GList *user_splits = prpl_info.user_splits;
  GList *protocol_options = prpl_info.protocol_options;

  prpl_info = *pen_jabber_prpl ();
  prpl_info.user_splits = user_splits;
  prpl_info.protocol_options = protocol_options;
  prpl_info.list_icon = list_icon;
  prpl_info.login = login;
  prpl_info.close = close_connection;
  prpl_info.register_user = register_user;
  prpl_info.unregister_user = unregister_user;
  prpl_info.blist_node_menu = pen_actions_buddy_menu;
  pen_names_override (&prpl_info);
}

static gboolean
load (PurplePlugin *plugin)
{
  g_autofree char *reason = NULL;

  if (!pen_jabber_load (plugin, &reason))
    {
      purple_debug_error ("penregister", "%s\n", reason);
      purple_notify_error (plugin, _("Pen Register"), _("Pen Register cannot be loaded"), reason);
      return FALSE;
    }
  app = pen_app_new (plugin);
  derive ();
  pen_talk_signals_register (plugin);
  purple_plugin_ipc_register (plugin, "pane", PURPLE_CALLBACK (pen_pane_interface), marshal_pane,
                              purple_value_new (PURPLE_TYPE_POINTER), 0);
  pen_gate_connect (plugin);
  pen_incoming_connect (plugin);
  xmpp_commands = pen_xmpp_commands_register ();
  command = pen_command_register ();
  pen_links_connect (plugin);
  start_source = purple_timeout_add (0, on_main_loop, NULL);
  return TRUE;
}

static gboolean
unload (PurplePlugin *plugin)
{
  if (start_source != 0)
    purple_timeout_remove (start_source);
  purple_signals_disconnect_by_handle (plugin);
  pen_command_unregister (command);
  pen_xmpp_commands_unregister (g_steal_pointer (&xmpp_commands));
  purple_notify_close_with_handle (plugin);
  purple_request_close_with_handle (plugin);
  pen_row_news_tell ();
  pen_row_news_stop ();
  pen_talk_signals_unregister (plugin);
  purple_plugin_ipc_unregister_all (plugin);
  pen_jabber_unload (plugin);
  pen_purge_stop ();
  g_clear_pointer (&app, pen_app_free);
  is_started = FALSE;
  start_source = 0;
  return TRUE;
}

static PurplePluginInfo info = {
  .magic = PURPLE_PLUGIN_MAGIC,
  .major_version = PURPLE_MAJOR_VERSION,
  .minor_version = PURPLE_MINOR_VERSION,
  .type = PURPLE_PLUGIN_PROTOCOL,
  .priority = PURPLE_PRIORITY_DEFAULT,
  .id = (char *) PEN_PLUGIN_ID,
  .name = (char *) "Pen Register",
  .version = (char *) PEN_VERSION,
  .summary = (char *) N_("XMPP and SMS, with a ledger of every question that is asked about a person"),
  .description = (char *) N_("An XMPP account that also takes phone numbers, says how each message goes, and writes "
                             "down every question about a person before it leaves."),
  .author = (char *) "The Pen Register authors",
  .load = load,
  .unload = unload,
  .extra_info = &prpl_info,
  .actions = pen_actions,
};

static void
init_plugin (PurplePlugin *plugin)
{
  bindtextdomain (GETTEXT_PACKAGE, PEN_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  info.dependencies = g_list_append (info.dependencies, (gpointer) "prpl-jabber");
  info.summary = (char *) _(info.summary);
  info.description = (char *) _(info.description);
  prpl_info.user_splits = pen_account_user_splits ();
  prpl_info.protocol_options = pen_account_options ();
}

PURPLE_INIT_PLUGIN (penregister, init_plugin, info)
