/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* libpurple's core: how it starts, finds the plugin, and ends. */

#include "harness.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define SIGN_OFF_LIMIT_US (5 * G_USEC_PER_SEC)
#define SIGN_OFF_TICK_MS 10
#define NETWORK_PREF "/purple/network"

static gint64 quit_began_us;

gint64
harness_now_us (void)
{
  return harness_get ()->is_virtual ? harness_get ()->virtual_now_us : g_get_real_time ();
}

static void
print_debug (PurpleDebugLevel level, const char *category, const char *text)
{
  fprintf (stderr, "%s: %s", category != NULL ? category : "core", text);
}

static gboolean
is_debug_wanted (PurpleDebugLevel level, const char *category)
{
  return harness_get ()->options.debug;
}

static PurpleDebugUiOps debug_ops = { .print = print_debug, .is_enabled = is_debug_wanted };

/* libpurple asks the neighbourhood for a router when it starts, unless these are off. */
static void
stop_router_search (void)
{
  purple_prefs_add_none (NETWORK_PREF);
  purple_prefs_add_bool (NETWORK_PREF "/auto_ip", FALSE);
  purple_prefs_add_bool (NETWORK_PREF "/map_ports", FALSE);
}

static void
install_debug (void)
{
  purple_debug_set_ui_ops (&debug_ops);
}

static void
install_ui (void)
{
  harness_connections_install ();
  harness_conversation_install ();
  harness_request_install ();
  harness_notify_install ();
  if (harness_get ()->options.loopback_only)
    harness_guard_install ();
}

static GHashTable *
describe_ui (void)
{
  static GHashTable *info;

  if (info == NULL)
    {
      info = g_hash_table_new (g_str_hash, g_str_equal);
      g_hash_table_insert (info, (gpointer) "name", (gpointer) HARNESS_UI_ID);
      g_hash_table_insert (info, (gpointer) "version", (gpointer) PEN_VERSION);
      g_hash_table_insert (info, (gpointer) "client_type", (gpointer) "console");
    }
  return info;
}

static PurpleCoreUiOps core_ops = { .ui_prefs_init = stop_router_search,
                                    .debug_ui_init = install_debug,
                                    .ui_init = install_ui,
                                    .get_ui_info = describe_ui };

static gboolean
prepare_folder (GError **error)
{
  g_autofree char *folder = g_canonicalize_filename (harness_get ()->options.config_dir, NULL);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "The folder “%s” cannot be made.", folder);
      return FALSE;
    }
  purple_util_set_user_dir (folder);
  return TRUE;
}

static gboolean
find_plugin (GError **error)
{
  PurplePlugin *plugin = purple_plugins_find_with_id (PEN_PLUGIN_ID);

  if (plugin == NULL)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                   "The plugin %s was not found; name its folder with --plugin-path.", PEN_PLUGIN_ID);
      return FALSE;
    }
  if (!purple_plugin_is_loaded (plugin) && !purple_plugin_load (plugin))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "The plugin %s did not load: %s", PEN_PLUGIN_ID,
                   plugin->error != NULL ? plugin->error : "it gave no reason");
      return FALSE;
    }
  harness_get ()->plugin = plugin;
  return TRUE;
}

static void
find_pane (void)
{
  gboolean found = FALSE;
  const PenPane *pane = purple_plugin_ipc_call (harness_get ()->plugin, "pane", &found);

  if (found && pane != NULL && pane->version == PEN_PANE_VERSION && pane->size >= sizeof (PenPane))
    harness_get ()->pane = pane;
}

static gboolean
hand_over_world (GError **error)
{
  Harness *harness = harness_get ();

  if (harness->options.seed == NULL && harness->options.virtual_clock == NULL)
    return TRUE;
  if (harness->pane == NULL)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "The plugin %s takes no clock and no seed.",
                   PEN_PLUGIN_ID);
      return FALSE;
    }
  if (harness->options.seed != NULL)
    harness->pane->seed (g_ascii_strtoull (harness->options.seed, NULL, 10));
  if (harness->options.virtual_clock != NULL)
    harness->pane->virtual_clock (harness->virtual_now_us);
  return TRUE;
}

static void
load_state (void)
{
  /* libpurple keeps the buddy list for those only who have a screen for it, and completes what is missing here. */
  static PurpleBlistUiOps blist_ops;

  purple_blist_set_ui_ops (&blist_ops);
  purple_set_blist (purple_blist_new ());
  purple_prefs_load ();
  purple_prefs_set_bool (NETWORK_PREF "/auto_ip", FALSE);
  purple_prefs_set_bool (NETWORK_PREF "/map_ports", FALSE);
  purple_blist_load ();
  purple_pounces_load ();
}

gboolean
harness_core_start (GError **error)
{
  Harness *harness = harness_get ();

  signal (SIGPIPE, SIG_IGN);
  signal (SIGCHLD, SIG_IGN);
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent", FALSE);
  if (!prepare_folder (error))
    return FALSE;
  purple_debug_set_enabled (FALSE);
  purple_core_set_ui_ops (&core_ops);
  harness_eventloop_install ();
  for (guint i = 0; harness->options.plugin_paths != NULL && harness->options.plugin_paths[i] != NULL; i++)
    purple_plugins_add_search_path (harness->options.plugin_paths[i]);
  purple_plugins_add_search_path (PURPLE_PLUGINDIR);
  purple_network_force_online ();
  if (!purple_core_init (HARNESS_UI_ID))
    {
      g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "libpurple's core did not start.");
      return FALSE;
    }
  load_state ();
  if (!find_plugin (error))
    return FALSE;
  find_pane ();
  harness_signals_connect ();
  return hand_over_world (error);
}

static gboolean
wait_for_sign_off (gpointer data)
{
  if (purple_connections_get_all () != NULL && g_get_monotonic_time () - quit_began_us < SIGN_OFF_LIMIT_US)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (harness_get ()->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
begin_quit (gpointer data)
{
  g_autoptr (GList) connections = g_list_copy (purple_connections_get_all ());

  harness_call_abandon_all ();
  harness_request_cancel_all ();
  for (GList *l = connections; l != NULL; l = l->next)
    if (g_list_find (purple_connections_get_all (), l->data) != NULL)
      purple_account_disconnect (purple_connection_get_account (l->data));
  quit_began_us = g_get_monotonic_time ();
  g_timeout_add (SIGN_OFF_TICK_MS, wait_for_sign_off, NULL);
  return G_SOURCE_REMOVE;
}

/* From an idle source: nothing of libpurple may be on the stack. */
void
harness_core_quit (void)
{
  if (harness_get ()->quitting)
    return;
  harness_get ()->quitting = TRUE;
  g_idle_add (begin_quit, NULL);
}

static void
run_quit (HarnessCall *call)
{
  harness_reply (call, NULL);
  harness_core_quit ();
}

static void
run_wait (HarnessCall *call)
{
  const guint default_timeout_ms = 10000;
  const char *name;
  JsonObject *match;
  gint64 timeout_ms;

  if (!harness_call_text (call, "event", TRUE, &name) || !harness_call_object (call, "match", &match)
      || !harness_call_integer (call, "timeout_ms", default_timeout_ms, &timeout_ms))
    return;
  if (timeout_ms > G_MAXINT)
    harness_fail (call, "bad_request", "The member “timeout_ms” is too large.");
  else
    harness_event_attend (call, name, match, (guint) timeout_ms);
}

static gboolean
advance_clock (HarnessCall *call, gint64 *now_us)
{
  const gint64 longest_s = G_GINT64_CONSTANT (100) * 366 * 24 * 60 * 60;
  const char *set;
  gint64 advance_s;

  if (!harness_call_text (call, "set", FALSE, &set) || !harness_call_integer (call, "advance_s", 0, &advance_s))
    return FALSE;
  *now_us = harness_get ()->virtual_now_us;
  if (set != NULL && !harness_time_from_text (set, now_us))
    {
      harness_fail (call, "bad_request", "The member “set” must be a time such as 2026-01-31T12:00:00Z.");
      return FALSE;
    }
  if (advance_s > longest_s)
    {
      harness_fail (call, "bad_request", "The member “advance_s” is longer than a hundred years.");
      return FALSE;
    }
  *now_us += advance_s * G_USEC_PER_SEC;
  return TRUE;
}

static void
run_clock (HarnessCall *call)
{
  JsonObject *members;
  gint64 now_us;

  if (!harness_get ()->is_virtual)
    {
      harness_fail (call, "not_virtual", "The program was started without --virtual-clock.");
      return;
    }
  if (!advance_clock (call, &now_us))
    return;
  harness_get ()->virtual_now_us = now_us;
  harness_get ()->pane->virtual_clock (now_us);
  members = json_object_new ();
  harness_put_time (members, "now", now_us);
  harness_reply (call, members);
}

/* Other people's plugins are loaded when asked for, as a person ticks them in a client. */
static void
run_plugin_load (HarnessCall *call)
{
  PurplePlugin *plugin;
  const char *id;

  if (!harness_call_text (call, "plugin", TRUE, &id))
    return;
  plugin = purple_plugins_find_with_id (id);
  if (plugin == NULL)
    harness_fail (call, "no_plugin", "There is no plugin “%s”.", id);
  else if (!purple_plugin_is_loaded (plugin) && !purple_plugin_load (plugin))
    harness_fail (call, "not_loaded", "The plugin “%s” did not load: %s", id,
                  plugin->error != NULL ? plugin->error : "it gave no reason");
  else
    harness_reply (call, NULL);
}

const HarnessCommand harness_core_commands[] = {
  { "plugin-load", run_plugin_load },
  { "quit", run_quit },
  { "wait", run_wait },
  { "clock", run_clock },
  { NULL, NULL }
};
