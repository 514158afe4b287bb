/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The program: command line, exit status. */

#include "harness.h"

#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#ifdef HARNESS_SLOW_VFS
#include "slow-vfs.h"
#endif

static Harness harness;

Harness *
harness_get (void)
{
  return &harness;
}

static gboolean
parse_options (int argc, char **argv, GError **error)
{
  HarnessOptions *o = &harness.options;
  const GOptionEntry entries[] = {
    { "config-dir", 0, 0, G_OPTION_ARG_FILENAME, &o->config_dir, "The libpurple user directory", "DIR" },
    { "plugin-path", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->plugin_paths, "Look for plugins here as well", "DIR" },
    { "virtual-clock", 0, 0, G_OPTION_ARG_STRING, &o->virtual_clock, "The plugin's clock starts here", "RFC3339" },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &o->seed, "The plugin's randomness follows from this", "N" },
    { "loopback-only", 0, 0, G_OPTION_ARG_NONE, &o->loopback_only, "Refuse servers elsewhere", NULL },
    { "exec", 0, 0, G_OPTION_ARG_FILENAME, &o->exec_file, "Read the requests from here, in order", "FILE" },
    { "in-order", 0, 0, G_OPTION_ARG_NONE, &o->in_order, "Begin a request when the last one is answered", NULL },
    { "debug", 0, 0, G_OPTION_ARG_NONE, &o->debug, "Show libpurple's log and each stanza", NULL },
    { "main-loop-stats", 0, 0, G_OPTION_ARG_NONE, &o->loop_stats, "Measure how long the main loop is busy", NULL },
    { "slow-sync-us", 0, 0, G_OPTION_ARG_INT64, &o->slow_sync_us, "Make the disk this slow", "N" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &o->version, "Show the version", NULL },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context, "libpurple without a screen: JSON lines in, JSON lines out.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (argc == 1)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "“%s” is not an option", argv[1]);
  return FALSE;
}

static gboolean
is_number (const char *text)
{
  return g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, NULL, NULL);
}

static gboolean
check_options (GError **error)
{
  HarnessOptions *o = &harness.options;
  const char *complaint = NULL;

  harness.is_virtual = o->virtual_clock != NULL;
  if (o->exec_file != NULL)
    o->in_order = TRUE;
  if (o->config_dir == NULL || o->config_dir[0] == '\0')
    complaint = "--config-dir is missing";
  else if (harness.is_virtual && !harness_time_from_text (o->virtual_clock, &harness.virtual_now_us))
    complaint = "--virtual-clock needs a time such as 2026-01-31T12:00:00Z";
  else if (o->seed != NULL && !is_number (o->seed))
    complaint = "--seed needs a whole number";
  else if (o->slow_sync_us < 0 || o->slow_sync_us > G_MAXUINT)
    complaint = "--slow-sync-us needs a whole number";
  if (complaint == NULL)
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, complaint);
  return FALSE;
}

static gboolean
slow_the_disk (GError **error)
{
  if (harness.options.slow_sync_us == 0)
    return TRUE;
#ifdef HARNESS_SLOW_VFS
  slow_vfs_install ((guint) harness.options.slow_sync_us);
  return TRUE;
#else
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--slow-sync-us is not in this build");
  return FALSE;
#endif
}

static int
complain (int status, const GError *error)
{
  fprintf (stderr, HARNESS_UI_ID ": %s\n", error->message);
  return status;
}

static gboolean
on_signal (gpointer data)
{
  harness_core_quit ();
  return G_SOURCE_CONTINUE;
}

static int
run (void)
{
  g_autoptr (GError) error = NULL;

  if (!slow_the_disk (&error))
    return complain (HARNESS_EXIT_USAGE, error);
  harness.loop = g_main_loop_new (NULL, FALSE);
  if (!harness_input_open (harness.options.exec_file, &error))
    return complain (HARNESS_EXIT_USAGE, error);
  if (!harness_output_open () || !harness_core_start (&error))
    return error != NULL ? complain (HARNESS_EXIT_NO_CORE, error) : HARNESS_EXIT_NO_CORE;
  if (harness.options.loop_stats)
    harness_loop_watch ();
  g_unix_signal_add (SIGTERM, on_signal, NULL);
  g_unix_signal_add (SIGINT, on_signal, NULL);
  g_main_loop_run (harness.loop);
  purple_core_quit ();
  g_main_loop_unref (harness.loop);
  return HARNESS_EXIT_CLEAN;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  if (!parse_options (argc, argv, &error) || (!harness.options.version && !check_options (&error)))
    return complain (HARNESS_EXIT_USAGE, error);
  if (!harness.options.version)
    return run ();
  puts (HARNESS_UI_ID " " PEN_VERSION);
  return HARNESS_EXIT_CLEAN;
}
