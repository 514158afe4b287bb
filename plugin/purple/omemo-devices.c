/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Device lists of contacts: kept, compared with what was known, and what is
 * new is announced in the conversation before the next message goes. */

#include "purple/omemo-account.h"
#include "purple/omemo-talk.h"
#include "purple/row-news.h"
#include "purple/talk.h"

#include "penregister/contact.h"

#include <debug.h>
#include <glib/gi18n-lib.h>
#include <notify.h>
#include <signals.h>

static char *
news_key (PenAccount *account, const char *name)
{
  return g_strdup_printf ("news:%s:%s", account->bare, name);
}

void
pen_secrets_announce_in (PenAccount *account, const char *name, const char *place)
{
  g_autofree char *key = news_key (account, name);
  g_autofree char *text = pen_setting_get (pen_app ()->database, key, NULL);

  if (text == NULL || !pen_database_begin (pen_app ()->database, NULL)
      || !pen_setting_set (pen_app ()->database, key, NULL, NULL))
    return;
  pen_talk_warning (account->purple, place, text, TRUE);
  pen_app_touch (pen_app ());
}

void
pen_secrets_announce (PenAccount *account, const char *name)
{
  pen_secrets_announce_in (account, name, name);
}

static void
keep_news (PenAccount *account, const char *jid, const PenOmemoChange *change)
{
  g_autofree char *key = news_key (account, jid);
  g_autoptr (GString) ids = g_string_new (NULL);
  g_autofree char *text = NULL;

  for (guint i = 0; i < change->added->len; i++)
    g_string_append_printf (ids, "%s%u", i > 0 ? ", " : "", g_array_index (change->added, guint32, i));
  text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                       "%s has a new device: %s. Compare its fingerprint with /pen fp before you write "
                                       "anything that matters.",
                                       "%s has new devices: %s. Compare their fingerprints with /pen fp before you "
                                       "write anything that matters.", change->added->len), jid, ids->str);

  if (pen_database_begin (pen_app ()->database, NULL))
    pen_setting_set (pen_app ()->database, key, text, NULL);
  if (pen_talk_conversation (account->purple, jid, FALSE) != NULL)
    pen_secrets_announce (account, jid);
}

/* Returns: (transfer full): "+1 -2" */
static char *
words_of (const PenOmemoChange *change)
{
  g_autoptr (GString) words = g_string_new (NULL);

  for (guint i = 0; change->added != NULL && i < change->added->len; i++)
    g_string_append_printf (words, "+%u ", g_array_index (change->added, guint32, i));
  for (guint i = 0; change->removed != NULL && i < change->removed->len; i++)
    g_string_append_printf (words, "-%u ", g_array_index (change->removed, guint32, i));
  return g_strchomp (g_string_free (g_steal_pointer (&words), FALSE));
}

/* A server that adds a ghost device leaves a trace: nothing was asked here, so
 * the row names nobody who learns of it. */
static void
record_change (PenAccount *account, const char *jid, const char *words)
{
  g_autoptr (PenLedgerRow) row = g_new0 (PenLedgerRow, 1);
  g_autoptr (PenAddress) address = pen_address_parse (jid, NULL, NULL);
  g_autoptr (GError) error = NULL;

  if (address == NULL)
    return;
  row->account = g_strdup (account->bare);
  row->address = pen_address_to_uri (address);
  row->kind = PEN_KIND_DEVICE_LIST;
  row->trigger = PEN_TRIGGER_PUSHED;
  row->status = PEN_ROW_ANSWERED;
  row->answered_at_us = pen_clock_now_us (&pen_app ()->clock);
  row->result = g_strdup (words);
  row->rule = g_strdup ("list-changed");
  if (!pen_ledger_append (pen_app ()->ledger, row, &error))
    pen_app_store_failed (pen_app (), error);
  else
    pen_row_news_add (row->row);
}

static gboolean
was_known (PenOmemo *omemo, const char *jid)
{
  g_autoptr (GPtrArray) devices = pen_omemo_devices (omemo, jid, NULL);

  return devices != NULL && devices->len > 0;
}

/* Keeps a list; whatever changed is a row and a signal. */
static gboolean
keep_list (PenAccount *account, const char *jid, const GArray *devices, PenOmemoChange *change)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *words = NULL;

  if (!pen_database_begin (pen_app ()->database, &error)
      || !pen_omemo_learn_devices (pen_secrets_store (account), jid, devices, change, &error))
    {
      purple_debug_warning ("penregister", "the device list of %s is not kept: %s\n", jid, error->message);
      return FALSE;
    }
  words = words_of (change);
  pen_app_touch (pen_app ());
  if (*words == '\0')
    return TRUE;
  record_change (account, jid, words);
  purple_signal_emit (pen_app ()->plugin, "penregister-devices", account->purple, jid, words);
  return TRUE;
}

gboolean
pen_secrets_learn_list (PenAccount *account, const char *jid, xmlnode *items, guint *count)
{
  PenOmemo *omemo = pen_secrets_store (account);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) devices = pen_omemo_devices_read (items, &error);
  PenOmemoChange change = { 0 };
  gboolean is_first;
  gboolean is_kept;

  *count = devices != NULL ? devices->len : 0;
  if (devices == NULL)
    {
      purple_debug_warning ("penregister", "the device list of %s: %s\n", jid, error->message);
      return FALSE;
    }
  if (omemo == NULL)
    return TRUE;
  is_first = !was_known (omemo, jid);
  is_kept = keep_list (account, jid, devices, &change);
  if (is_kept && !is_first && change.added->len > 0)
    keep_news (account, jid, &change);
  pen_omemo_change_clear (&change);
  return is_kept;
}

static void
tell_own_news (PenAccount *account, const PenOmemoChange *change)
{
  g_autoptr (GString) ids = g_string_new (NULL);
  g_autofree char *text = NULL;

  for (guint i = 0; i < change->added->len; i++)
    g_string_append_printf (ids, "%s%u", i > 0 ? ", " : "", g_array_index (change->added, guint32, i));
  text = g_strdup_printf (_("%s has a new device: %s. From now on it reads what you send and get. If it is none of yours, "
                            "change your password, and distrust it with “/pen fp” in a conversation with yourself."),
                          account->bare, ids->str);
  purple_notify_warning (account->gc, _("Pen Register"), _("A device was added to your own account"), text);
}

void
pen_secrets_learn_own (PenAccount *account, const GArray *devices)
{
  g_autofree char *key = g_strdup_printf ("own-list:%s", account->bare);
  g_autofree char *known = pen_setting_get (pen_app ()->database, key, NULL);
  PenOmemoChange change = { 0 };

  if (keep_list (account, account->bare, devices, &change))
    {
      if (known == NULL)
        pen_setting_set (pen_app ()->database, key, "known", NULL);
      else if (change.added->len > 0)
        tell_own_news (account, &change);
    }
  pen_omemo_change_clear (&change);
}
