/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The options of our accounts: their forms, their defaults, and what a value
 * that fits none of them means: the safe default. */

#include "purple/account.h"

#include <accountopt.h>
#include <glib/gi18n-lib.h>

#define DEFAULT_PORT 5222
#define SECURITY "connection_security"
#define REQUIRE_TLS "require_tls"

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

  for (guint i = 0; pen_policy_preset_at (i) != NULL; i++)
    values = add_value (values, _(pen_policy_preset_at (i)->name), pen_policy_preset_at (i)->word);
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

  values = add_value (values, _("Require encryption"), REQUIRE_TLS);
  values = add_value (values, _("Use encryption if available"), "opportunistic_tls");
  values = add_value (values, _("Use old-style SSL"), "old_ssl");
  return purple_account_option_list_new (_("Connection security"), SECURITY, values);
}

void
pen_account_require_encryption (PurpleAccount *purple)
{
  if (purple_account_get_string (purple, SECURITY, NULL) == NULL)
    purple_account_set_string (purple, SECURITY, REQUIRE_TLS);
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

static guint
number_of (PurpleAccount *purple, const char *option, guint otherwise)
{
  int number = purple_account_get_int (purple, option, (int) otherwise);

  return number >= 0 ? (guint) number : otherwise;
}

/* Numbers that make no policy together count as not set. */
static PenPolicy
with_own_numbers (PurpleAccount *purple, PenPolicy policy)
{
  PenPolicy own = policy;

  own.slots = number_of (purple, PEN_OPTION_SLOTS, policy.slots);
  own.period_s = number_of (purple, PEN_OPTION_PERIOD_S, policy.period_s);
  own.fast_slots = number_of (purple, PEN_OPTION_FAST_SLOTS, policy.fast_slots);
  own.fast_period_s = number_of (purple, PEN_OPTION_FAST_PERIOD_S, policy.fast_period_s);
  return pen_policy_fault (&own) == NULL ? own : policy;
}

PenPolicy
pen_account_policy_chosen (PurpleAccount *purple)
{
  PenPolicy policy = PEN_POLICY_DEFAULT;
  const PenPolicyPreset *preset = pen_policy_preset_find (pen_account_text (purple, PEN_OPTION_WHEN));
  int minutes = purple_account_get_int (purple, PEN_OPTION_FRESH_MINUTES, PEN_POLICY_FRESH_S / 60);
  int seconds = purple_account_get_int (purple, PEN_OPTION_FRESH_SECONDS, 0);

  if (preset != NULL)
    policy = preset->policy;
  policy.pad = policy.pad || purple_account_get_bool (purple, PEN_OPTION_PAD, FALSE);
  policy.fresh_s = (guint) CLAMP (minutes, 0, G_MAXINT / 60 - 1) * 60 + (guint) CLAMP (seconds, 0, 59);
  return with_own_numbers (purple, policy);
}

gboolean
pen_account_awaits_consent (PurpleAccount *purple)
{
  PenPolicy policy = pen_account_policy_chosen (purple);

  return policy.when == PEN_WHEN_BATCH && policy.pad
         && !purple_account_get_bool (purple, PEN_OPTION_PAD_AGREED, FALSE);
}

void
pen_account_forget_consent (PurpleAccount *purple)
{
  PenPolicy policy = pen_account_policy_chosen (purple);

  if (policy.when != PEN_WHEN_BATCH || !policy.pad)
    purple_account_remove_setting (purple, PEN_OPTION_PAD_AGREED);
}

/* Strangers' numbers are asked about knowingly or not at all; and without
 * them first and with them later, both intersected would show who is real. */
PenPolicy
pen_account_policy (PurpleAccount *purple)
{
  PenPolicy policy = pen_account_policy_chosen (purple);

  if (pen_account_awaits_consent (purple))
    policy.when = PEN_WHEN_NEVER;
  return policy;
}

static void
keep_number (PurpleAccount *purple, const char *option, guint number, guint otherwise)
{
  if (number == otherwise)
    purple_account_remove_setting (purple, option);
  else
    purple_account_set_int (purple, option, (int) number);
}

static void
keep_flag (PurpleAccount *purple, const char *option, gboolean is_set)
{
  if (is_set)
    purple_account_set_bool (purple, option, TRUE);
  else
    purple_account_remove_setting (purple, option);
}

void
pen_account_policy_keep (PurpleAccount *purple, const PenPolicy *policy)
{
  const PenPolicy usual = PEN_POLICY_DEFAULT;
  gboolean is_padded = policy->when == PEN_WHEN_BATCH && policy->pad;

  purple_account_set_string (purple, PEN_OPTION_WHEN, is_padded ? "padded" : pen_when_to_string (policy->when));
  keep_flag (purple, PEN_OPTION_PAD, policy->pad && !is_padded);
  keep_flag (purple, PEN_OPTION_PAD_AGREED, is_padded);
  keep_number (purple, PEN_OPTION_SLOTS, policy->slots, usual.slots);
  keep_number (purple, PEN_OPTION_PERIOD_S, policy->period_s, usual.period_s);
  keep_number (purple, PEN_OPTION_FAST_SLOTS, policy->fast_slots, usual.fast_slots);
  keep_number (purple, PEN_OPTION_FAST_PERIOD_S, policy->fast_period_s, usual.fast_period_s);
  purple_account_set_int (purple, PEN_OPTION_FRESH_MINUTES, (int) (policy->fresh_s / 60));
  keep_number (purple, PEN_OPTION_FRESH_SECONDS, policy->fresh_s % 60, 0);
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
