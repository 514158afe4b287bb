/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The options of our accounts: their forms, their defaults, and what a value
 * that fits none of them means: the safe default. */

#include "purple/account.h"

#include <accountopt.h>
#include <glib/gi18n-lib.h>

#define DEFAULT_PORT 5222

static GList *
add_value (GList *values, const char *words, const char *value)
{
  PurpleKeyValuePair *pair = g_new0 (PurpleKeyValuePair, 1);

  pair->key = g_strdup (words);
  pair->value = g_strdup (value);
  return g_list_append (values, pair);
}

static PurpleAccountOption *
when_option (void)
{
  GList *values = NULL;

  values = add_value (values, _("When a message is to be sent"), "send");
  values = add_value (values, _("As soon as an address is entered"), "typed");
  values = add_value (values, _("Never"), "never");
  return purple_account_option_list_new (_("Ask about people"), PEN_OPTION_WHEN, values);
}

static PurpleAccountOption *
plain_option (void)
{
  GList *values = NULL;

  values = add_value (values, _("Send, and say so"), "send");
  values = add_value (values, _("Ask me first"), "ask");
  return purple_account_option_list_new (_("XMPP contacts without encryption"), PEN_OPTION_FALLBACK_PLAIN, values);
}

static GList *
our_options (GList *options)
{
  options = g_list_append (options, when_option ());
  options = g_list_append (options, plain_option ());
  options = g_list_append (options, purple_account_option_string_new (_("Country of national numbers (two letters)"),
                                                                      PEN_OPTION_REGION, ""));
  options = g_list_append (options, purple_account_option_string_new (_("SMS gateway (empty: found by itself)"),
                                                                      PEN_OPTION_GATEWAY, ""));
  options = g_list_append (options, purple_account_option_string_new (_("Phone directory (empty: found by itself)"),
                                                                      PEN_OPTION_DIRECTORY, ""));
  options = g_list_append (options, purple_account_option_int_new (_("Use an answer again for (minutes)"),
                                                                   PEN_OPTION_FRESH_MINUTES, PEN_POLICY_FRESH_S / 60));
  options = g_list_append (options, purple_account_option_bool_new (_("Ask for and send receipts"),
                                                                    PEN_OPTION_RECEIPTS, TRUE));
  options = g_list_append (options, purple_account_option_bool_new (_("Write encrypted conversations to the log"),
                                                                    PEN_OPTION_LOG_ENCRYPTED, FALSE));
  options = g_list_append (options, purple_account_option_bool_new (_("Trust no device before I compared its key"),
                                                                    PEN_OPTION_MANUAL_TRUST, FALSE));
  return g_list_append (options, purple_account_option_int_new (_("Keep the ledger for (days, 0: for ever)"),
                                                                PEN_OPTION_RETENTION_DAYS,
                                                                PEN_LEDGER_RETENTION_DAYS));
}

static PurpleAccountOption *
security_option (void)
{
  GList *values = NULL;

  values = add_value (values, _("Require encryption"), "require_tls");
  values = add_value (values, _("Use encryption if available"), "opportunistic_tls");
  values = add_value (values, _("Use old-style SSL"), "old_ssl");
  return purple_account_option_list_new (_("Connection security"), "connection_security", values);
}

/* The same names as prpl-jabber's, which reads them. */
static GList *
xmpp_options (GList *options)
{
  options = g_list_append (options, security_option ());
  options = g_list_append (options, purple_account_option_bool_new (_("Allow plaintext auth over unencrypted streams"),
                                                                    "auth_plain_in_clear", FALSE));
  options = g_list_append (options, purple_account_option_int_new (_("Connect port"), "port", DEFAULT_PORT));
  options = g_list_append (options, purple_account_option_string_new (_("Connect server"), "connect_server", NULL));
  options = g_list_append (options, purple_account_option_string_new (_("BOSH URL"), "bosh_url", NULL));
  return g_list_append (options, purple_account_option_bool_new (_("Show Custom Smileys"), "custom_smileys", TRUE));
}

GList *
pen_account_options (void)
{
  return xmpp_options (our_options (NULL));
}

GList *
pen_account_user_splits (void)
{
  PurpleAccountUserSplit *domain = purple_account_user_split_new (_("Domain"), NULL, '@');
  PurpleAccountUserSplit *resource = purple_account_user_split_new (_("Resource"), "", '/');

  purple_account_user_split_set_reverse (domain, FALSE);
  purple_account_user_split_set_reverse (resource, FALSE);
  return g_list_append (g_list_append (NULL, domain), resource);
}

const char *
pen_account_text (PurpleAccount *purple, const char *option)
{
  const char *text = purple_account_get_string (purple, option, NULL);

  return text != NULL && text[0] != '\0' ? text : NULL;
}

PenPolicy
pen_account_policy (PurpleAccount *purple)
{
  PenPolicy policy = PEN_POLICY_DEFAULT;
  int minutes = purple_account_get_int (purple, PEN_OPTION_FRESH_MINUTES, PEN_POLICY_FRESH_S / 60);

  pen_when_from_string (pen_account_text (purple, PEN_OPTION_WHEN), &policy.when);
  policy.fresh_s = (guint) CLAMP (minutes, 0, G_MAXINT / 60) * 60;
  return policy;
}

/* One ledger for all: the account that keeps rows longest decides. */
guint
pen_account_retention_days (void)
{
  int days = -1;

  for (GList *link = purple_accounts_get_all (); link != NULL; link = link->next)
    {
      int own;

      if (!pen_account_is_ours (link->data))
        continue;
      own = purple_account_get_int (link->data, PEN_OPTION_RETENTION_DAYS, PEN_LEDGER_RETENTION_DAYS);
      if (own <= 0)
        return 0;
      days = MAX (days, own);
    }
  return days > 0 ? (guint) days : PEN_LEDGER_RETENTION_DAYS;
}
