/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what an account's menu offers: the ledger to see, to export and to
 * shorten, and when this account asks about people. prpl-jabber's own entries
 * follow: they need nothing but the connection in their context. */

#include "purple/actions.h"

#include "purple/actions-exposure.h"
#include "purple/actions-policy.h"
#include "purple/import.h"
#include "purple/jabber.h"
#include "purple/pane.h"
#include "purple/purge.h"
#include "purple/words.h"

#include <notify.h>
#include <request.h>

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include <string.h>

#define SHOWN_ROWS 200
#define CELL_MAX_CHARS 200
#define PURGE_DAYS 7
#define DAY_US (G_GINT64_CONSTANT (24) * 60 * 60 * G_USEC_PER_SEC)

static void
show_error (PurpleConnection *gc, const char *primary, const GError *error)
{
  purple_notify_error (gc, _("Pen Register"), primary, error != NULL ? error->message : NULL);
}

static void
add_columns (PurpleNotifySearchResults *results)
{
  const char *const titles[] = { _("Time"), _("About"), _("Kind"), _("Asked of"), _("Trigger"), _("Status"),
                                 _("Result") };

  for (gsize i = 0; i < G_N_ELEMENTS (titles); i++)
    purple_notify_searchresults_column_add (results, purple_notify_searchresults_column_new (titles[i]));
}

/* Clients show cells as plain text: no markup is made of them, only one line. */
static GList *
row_cells (const PenLedgerRow *row)
{
  GList *cells = NULL;

  cells = g_list_prepend (cells, pen_words_cell (row->result, CELL_MAX_CHARS));
  cells = g_list_prepend (cells, g_strdup (pen_row_status_to_string (row->status)));
  cells = g_list_prepend (cells, g_strdup (pen_trigger_to_string (row->trigger)));
  cells = g_list_prepend (cells, pen_words_observers (row));
  cells = g_list_prepend (cells, g_strdup (pen_kind_to_string (row->kind)));
  cells = g_list_prepend (cells, pen_words_cell (row->address, CELL_MAX_CHARS));
  return g_list_prepend (cells, pen_words_time (row->at_us));
}

static GPtrArray *
newest_rows (PurpleConnection *gc, gint64 *total, GError **error)
{
  g_autofree char *bare = pen_account_bare (purple_connection_get_account (gc));
  PenLedgerFilter filter = PEN_LEDGER_FILTER_ALL;
  const PenPane *pane = pen_pane_interface ();

  filter.account = bare;
  *total = pane->count (&filter, error);
  return *total >= 0 ? pane->rows (&filter, SHOWN_ROWS, 0, error) : NULL;
}

/* The table belongs to the client once it was handed over, whatever comes back. */
static gboolean
client_has_tables (void)
{
  PurpleNotifyUiOps *ops = purple_notify_get_ui_ops ();

  return ops != NULL && ops->notify_searchresults != NULL;
}

static void
on_ledger (PurplePluginAction *action)
{
  PurpleConnection *gc = action->context;
  g_autoptr (GError) error = NULL;
  gint64 total = 0;
  g_autoptr (GPtrArray) rows = newest_rows (gc, &total, &error);
  g_autofree char *secondary = NULL;
  PurpleNotifySearchResults *results;

  if (rows == NULL)
    {
      show_error (gc, _("The ledger could not be read."), error);
      return;
    }
  if (!client_has_tables ())
    {
      purple_notify_info (gc, _("Metadata ledger"), _("This program cannot show tables."),
                          _("Type /pen ledger all in a conversation, or export the ledger."));
      return;
    }
  results = purple_notify_searchresults_new ();
  add_columns (results);
  for (guint i = 0; i < rows->len; i++)
    purple_notify_searchresults_row_add (results, row_cells (g_ptr_array_index (rows, i)));
  secondary = g_strdup_printf (_("The newest %u of %" PRId64 " rows, newest first. Times are local."),
                               rows->len, total);
  purple_notify_searchresults (gc, _("Metadata ledger"), _("Who was asked about whom"), secondary, results, NULL, NULL);
}

static void
export_to (PurpleConnection *gc, const char *path)
{
  g_autofree char *bare = pen_account_bare (purple_connection_get_account (gc));
  g_autofree char *folded = g_ascii_strdown (path, -1);
  PenLedgerFilter filter = PEN_LEDGER_FILTER_ALL;
  g_autoptr (GError) error = NULL;
  const PenPane *pane = pen_pane_interface ();
  g_autofree char *text = NULL;
  gint64 rows;

  filter.account = bare;
  rows = pane->export_rows (&filter, path, g_str_has_suffix (folded, ".json") ? "json" : "csv", &error);
  if (rows < 0)
    {
      show_error (gc, _("The ledger could not be exported."), error);
      return;
    }
  text = g_strdup_printf (_("%" PRId64 " rows were written to %s. Only you can read the file."), rows, path);
  purple_notify_info (gc, _("Metadata ledger"), _("The ledger is exported."), text);
}

static void
on_export (PurplePluginAction *action)
{
  PurpleConnection *gc = action->context;
  PurpleRequestUiOps *ops = purple_request_get_ui_ops ();

  if (ops == NULL || ops->request_file == NULL)
    {
      purple_notify_error (gc, _("Pen Register"), _("This program cannot ask for a file."),
                           _("Type /pen ledger all in a conversation to see the newest rows."));
      return;
    }
  purple_request_file (gc, _("Export the ledger (.csv or .json)"), "ledger.csv", TRUE, G_CALLBACK (export_to), NULL,
                       purple_connection_get_account (gc), NULL, NULL, gc);
}

/* The connection may have ended meanwhile. */
static void
on_purged (gint64 rows, const GError *error, G_GNUC_UNUSED gpointer data)
{
  g_autofree char *text = NULL;

  if (rows < 0)
    {
      purple_notify_error (pen_app ()->plugin, _("Pen Register"), _("The rows could not be deleted."), error->message);
      return;
    }
  text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                       "%d row was deleted for good.", "%d rows were deleted for good.", (gulong) rows),
                          (int) rows);
  purple_notify_info (pen_app ()->plugin, _("Metadata ledger"), text, NULL);
}

static void
purge_before (gint64 before_us)
{
  PenPanePurge purge = { on_purged, NULL };

  pen_purge_begin (before_us, &purge);
}

static gint64
old_limit_us (void)
{
  return pen_clock_now_us (&pen_app ()->clock) - PURGE_DAYS * DAY_US;
}

static void
on_purge_old (G_GNUC_UNUSED PurpleConnection *gc, G_GNUC_UNUSED int action)
{
  purge_before (old_limit_us ());
}

static void
on_purge_all (G_GNUC_UNUSED PurpleConnection *gc, G_GNUC_UNUSED int action)
{
  purge_before (G_MAXINT64);
}

static void
on_nothing (G_GNUC_UNUSED PurpleConnection *gc, G_GNUC_UNUSED int action)
{
}

static void
on_purge (PurplePluginAction *action)
{
  PurpleConnection *gc = action->context;
  PenLedgerFilter everything = PEN_LEDGER_FILTER_ALL;
  PenLedgerFilter old = PEN_LEDGER_FILTER_ALL;
  g_autoptr (GError) error = NULL;
  const PenPane *pane = pen_pane_interface ();
  gint64 n_all = pane->count (&everything, &error);
  g_autofree char *text = NULL;
  gint64 n_old;

  old.until_us = old_limit_us ();
  n_old = n_all >= 0 ? pane->count (&old, &error) : -1;
  if (n_old < 0)
    {
      show_error (gc, _("The ledger could not be read."), error);
      return;
    }
  text = g_strdup_printf (_("The ledger of all your accounts has %" PRId64 " rows; %" PRId64 " of "
                            "them are older than %d days. What is deleted cannot be brought back: you can no longer "
                            "see who was asked about whom. The servers keep what they have."),
                          n_all, n_old, PURGE_DAYS);
  purple_request_action (gc, _("Delete old ledger rows"), _("Delete rows of the ledger?"), text, 0,
                         purple_connection_get_account (gc), NULL, NULL, gc, 3, _("_Cancel"), on_nothing,
                         _("Delete the _older ones"), on_purge_old, _("Delete _all"), on_purge_all);
}

static GList *
jabber_own (PurpleConnection *gc)
{
  PurplePlugin *jabber = pen_jabber_plugin ();

  if (jabber == NULL || !PURPLE_PLUGIN_HAS_ACTIONS (jabber) || gc == NULL
      || purple_connection_get_protocol_data (gc) == NULL)
    return NULL;
  return PURPLE_PLUGIN_ACTIONS (jabber, gc);
}

GList *
pen_actions (G_GNUC_UNUSED PurplePlugin *plugin, gpointer context)
{
  PurpleConnection *gc = context;
  GList *actions = NULL;
  GList *theirs;

  if (gc == NULL)
    return NULL;
  actions = g_list_append (actions, purple_plugin_action_new (_("Metadata ledger…"), on_ledger));
  actions = g_list_append (actions, pen_exposure_action ());
  actions = g_list_append (actions, purple_plugin_action_new (_("Export the ledger…"), on_export));
  actions = g_list_append (actions, purple_plugin_action_new (_("Delete old ledger rows…"), on_purge));
  actions = g_list_append (actions, pen_policy_action ());
  actions = g_list_append (actions, pen_import_action ());
  theirs = jabber_own (gc);
  if (theirs != NULL)
    theirs = g_list_prepend (theirs, NULL);
  return g_list_concat (actions, theirs);
}
