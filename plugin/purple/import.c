/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how a plain XMPP account becomes one of ours, and when two accounts
 * of the same JID are one too many. */

#include "purple/import.h"

#include "purple/account.h"
#include "purple/import-logs.h"
#include "purple/import-settings.h"

#include <core.h>
#include <glib/gi18n-lib.h>
#include <log.h>
#include <notify.h>
#include <request.h>
#include <signals.h>

#define PRPL_JABBER "prpl-jabber"
#define FIELD_ACCOUNT "account"
#define FIELD_LOGS "logs"
#define SETTING_WARNED "twin_warned"

static gboolean
is_plain (PurpleAccount *account)
{
  return g_strcmp0 (purple_account_get_protocol_id (account), PRPL_JABBER) == 0;
}

static gboolean
is_on (PurpleAccount *account)
{
  return purple_account_get_enabled (account, purple_core_get_ui ());
}

static gboolean
is_same_jid (PurpleAccount *a, PurpleAccount *b)
{
  g_autofree char *bare_a = pen_jid_bare (purple_account_get_username (a));
  g_autofree char *bare_b = pen_jid_bare (purple_account_get_username (b));

  return bare_a != NULL && g_strcmp0 (bare_a, bare_b) == 0;
}

/* The account of the other kind with the same JID. */
static PurpleAccount *
find_twin (PurpleAccount *account)
{
  for (GList *item = purple_accounts_get_all (); item != NULL; item = item->next)
    {
      PurpleAccount *other = item->data;
      gboolean is_other_kind = is_plain (account) ? pen_account_is_ours (other) : is_plain (other);

      if (is_other_kind && is_same_jid (account, other))
        return other;
    }
  return NULL;
}

static char *
log_folder (PurpleAccount *account)
{
  g_autofree char *system = purple_log_get_log_dir (PURPLE_LOG_SYSTEM, purple_account_get_username (account), account);

  return system != NULL ? g_path_get_dirname (system) : NULL;
}

static PenImportCount
copy_logs (PurpleAccount *from, PurpleAccount *to)
{
  g_autofree char *from_folder = log_folder (from);
  g_autofree char *to_folder = log_folder (to);
  PenImportCount nothing = { 0 };

  if (from_folder == NULL || to_folder == NULL)
    return nothing;
  return pen_import_logs (from_folder, to_folder);
}

static char *
words_of_count (const PenImportCount *count)
{
  GString *words = g_string_new (NULL);

  g_string_append_printf (words, g_dngettext (GETTEXT_PACKAGE, "%u log file was copied.", "%u log files were copied.",
                                              count->copied),
                          count->copied);
  if (count->kept > 0)
    g_string_append_printf (words, g_dngettext (GETTEXT_PACKAGE, " %u was there already and was left as it is.",
                                                " %u were there already and were left as they are.", count->kept),
                            count->kept);
  if (count->failed > 0)
    g_string_append_printf (words, g_dngettext (GETTEXT_PACKAGE, " %u could not be copied.", " %u could not be copied.",
                                                count->failed),
                            count->failed);
  return g_string_free (words, FALSE);
}

static gboolean
still_exists (PurpleAccount *account)
{
  return g_list_find (purple_accounts_get_all (), account) != NULL;
}

static void
switch_over (PurpleAccount *copy, int choice)
{
  PurpleAccount *plain = still_exists (copy) ? find_twin (copy) : NULL;

  if (plain != NULL)
    purple_account_set_enabled (plain, purple_core_get_ui (), FALSE);
  if (still_exists (copy))
    purple_account_set_enabled (copy, purple_core_get_ui (), TRUE);
}

static void
ask_to_switch (PurpleAccount *plain, PurpleAccount *copy, const char *done)
{
  const char *username = purple_account_get_username (plain);
  g_autofree char *primary = g_strdup_printf (_("%s was copied into Pen Register"), username);
  g_autofree char *secondary = NULL;

  if (is_on (copy))
    {
      purple_notify_info (copy, _("Pen Register"), primary, done);
      return;
    }
  secondary = g_strdup_printf (
    "%s\n\n%s", done,
    is_on (plain) ? _("The copy is not signed on while the plain account is: what the plain one asks about people "
                      "would not be in the ledger.")
                  : _("The copy is not signed on yet."));
  purple_request_action (copy, _("Pen Register"), primary, secondary, 1, copy, NULL, NULL, copy, 2,
                         is_on (plain) ? _("_Switch to the copy") : _("_Sign on"), G_CALLBACK (switch_over),
                         _("_Later"), NULL);
}

static void
copy_account (PurpleAccount *plain, gboolean with_logs)
{
  PurpleAccount *copy = find_twin (plain);
  PenImportCount count = { 0 };
  g_autofree char *done = NULL;

  if (copy == NULL)
    {
      copy = purple_account_new (purple_account_get_username (plain), PEN_PLUGIN_ID);
      pen_import_settings (plain, copy);
      purple_accounts_add (copy);
    }
  pen_import_contacts (plain, copy);
  if (with_logs)
    count = copy_logs (plain, copy);
  done = words_of_count (&count);
  ask_to_switch (plain, copy, done);
}

static void
on_chosen (gpointer data, PurpleRequestFields *fields)
{
  PurpleRequestField *field = purple_request_fields_get_field (fields, FIELD_ACCOUNT);
  const char *username = g_list_nth_data (purple_request_field_choice_get_labels (field),
                                          (guint) MAX (0, purple_request_field_choice_get_value (field)));
  PurpleAccount *plain = username != NULL ? purple_accounts_find (username, PRPL_JABBER) : NULL;

  if (plain != NULL)
    copy_account (plain, purple_request_fields_get_bool (fields, FIELD_LOGS));
}

/* Returns: (nullable): the field with all plain accounts, NULL without any. */
static PurpleRequestField *
account_field (void)
{
  PurpleRequestField *field = NULL;

  for (GList *item = purple_accounts_get_all (); item != NULL; item = item->next)
    {
      if (!is_plain (item->data))
        continue;
      if (field == NULL)
        field = purple_request_field_choice_new (FIELD_ACCOUNT, _("_Account"), 0);
      purple_request_field_choice_add (field, purple_account_get_username (item->data));
    }
  return field;
}

void
pen_import_ask (PurpleConnection *gc)
{
  PurpleRequestField *field = account_field ();
  PurpleRequestFields *fields;
  PurpleRequestFieldGroup *group;

  if (field == NULL)
    {
      purple_notify_info (pen_app ()->plugin, _("Pen Register"), _("There is no plain XMPP account to copy"), NULL);
      return;
    }
  group = purple_request_field_group_new (NULL);
  purple_request_field_group_add_field (group, field);
  purple_request_field_group_add_field (group,
                                        purple_request_field_bool_new (FIELD_LOGS, _("Copy the logs too"), TRUE));
  fields = purple_request_fields_new ();
  purple_request_fields_add_group (fields, group);
  purple_request_fields (pen_app ()->plugin, _("Pen Register"), _("Copy an XMPP account into Pen Register"),
                         _("Settings, contacts' names, rooms and logs are copied. The plain account stays as it is."),
                         fields, _("C_opy"), G_CALLBACK (on_chosen), _("_Cancel"), NULL,
                         gc != NULL ? purple_connection_get_account (gc) : NULL, NULL, NULL, NULL);
}

static void
on_action (PurplePluginAction *action)
{
  pen_import_ask (action->context);
}

PurplePluginAction *
pen_import_action (void)
{
  return purple_plugin_action_new (_("Copy an XMPP account into Pen Register…"), on_action);
}

void
pen_import_warn_twins (PurpleAccount *purple)
{
  PurpleAccount *twin = find_twin (purple);
  PurpleAccount *ours = pen_account_is_ours (purple) ? purple : twin;
  g_autofree char *primary = NULL;

  if (ours == NULL)
    return;
  if (twin == NULL || !is_on (twin) || !is_on (purple))
    {
      purple_account_remove_setting (ours, SETTING_WARNED);
      return;
    }
  if (purple_account_get_bool (ours, SETTING_WARNED, FALSE))
    return;
  purple_account_set_bool (ours, SETTING_WARNED, TRUE);
  primary = g_strdup_printf (_("%s is on twice: as XMPP and as Pen Register"), purple_account_get_username (ours));
  purple_notify_warning (ours, _("Pen Register"), primary,
                         _("Messages may arrive in either of the two, and what the plain XMPP account asks about "
                           "people is not in the ledger. Turn the plain one off in the list of accounts. To take its "
                           "settings and logs along, use the account action “Copy an XMPP account into Pen "
                           "Register…” first."));
}

static void
on_enabled (PurpleAccount *account, gpointer data)
{
  PurpleAccount *twin = is_plain (account) ? find_twin (account) : NULL;

  if (twin == NULL)
    return;
  purple_account_remove_setting (twin, SETTING_WARNED);
  pen_import_warn_twins (account);
}

void
pen_import_connect (PurplePlugin *plugin)
{
  purple_signal_connect (purple_accounts_get_handle (), "account-enabled", plugin, PURPLE_CALLBACK (on_enabled), NULL);
}
