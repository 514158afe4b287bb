/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides when our keys are made, and when they are looked after: after signing
 * on, a slice a turn; when some are used up; when another client of ours has
 * dropped us from the list; where no answer came, because the stream is full
 * say, after a while; and where the server refused, soon, a few times. What is
 * published then: omemo-publish.c. */

#include "purple/omemo-account-private.h"

#include "purple/backlog.h"
#include "purple/message.h"
#include "purple/omemo-talk.h"

#include <debug.h>
#include <eventloop.h>
#include <glib/gi18n-lib.h>

#define REPUBLISH_US (2 * G_USEC_PER_SEC)
/* Then the keys that were used up are deleted too. */
#define TIDY_US (70 * G_USEC_PER_SEC)
/* Several of ours that were dropped together must not overwrite each other: each waits a while of its own. */
#define REPAIR_MS 500
#define SPREAD_MS 4096
/* Without an answer it is tried again, each time after twice as long. */
#define RETRY_US (30 * G_USEC_PER_SEC)
#define MAX_RETRY_US (16 * RETRY_US)
/* ejabberd refuses one of two who make a node at the same moment: neither may meet the other again. */
#define REFUSED_MS 1000
#define MAX_REFUSALS 3
/* Whoever writes past us, or shows us a list that cannot be read, makes us look at our list; not more often. */
#define LOOK_AGAIN_US (60 * G_USEC_PER_SEC)

static GHashTable *
new_transports (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
pen_secrets_free (PenSecrets *secrets)
{
  if (secrets == NULL)
    return;
  if (secrets->slice != 0)
    purple_timeout_remove (secrets->slice);
  pen_timers_cancel (pen_app ()->timers, secrets->timer);
  pen_timers_cancel (pen_app ()->timers, secrets->repair);
  pen_timers_cancel (pen_app ()->timers, secrets->retry);
  pen_timers_cancel (pen_app ()->timers, secrets->tidy_timer);
  g_clear_pointer (&secrets->own_list, g_array_unref);
  g_clear_pointer (&secrets->transports, g_hash_table_unref);
  g_clear_pointer (&secrets->omemo, pen_omemo_free);
  g_free (secrets);
}

PenOmemo *
pen_secrets_engine (PenAccount *account)
{
  return account != NULL && account->secrets != NULL && account->secrets->is_ready ? account->secrets->omemo : NULL;
}

PenOmemo *
pen_secrets_need_engine (PurpleAccount *purple, GError **error)
{
  PenOmemo *omemo = pen_secrets_engine (pen_account_find (purple));

  if (omemo == NULL)
    g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_FAILED,
                         _("Your keys are not there yet. They are made and published after signing on."));
  return omemo;
}

PenOmemo *
pen_secrets_store (PenAccount *account)
{
  return account->secrets != NULL ? account->secrets->omemo : NULL;
}

static void
begin_again (PenSecrets *secrets, gint64 delay_us)
{
  pen_timers_cancel (pen_app ()->timers, secrets->retry);
  secrets->retry = pen_timers_add (pen_app ()->timers, delay_us, pen_secrets_ask_list, secrets);
}

/* The user is told when the second try was in vain too: one answer may be late. */
void
pen_secrets_try_again (PenSecrets *secrets)
{
  if (secrets->retry_us != 0)
    pen_secrets_failed (secrets, _("the server does not answer"));
  secrets->retry_us = secrets->retry_us == 0 ? RETRY_US : MIN (2 * secrets->retry_us, MAX_RETRY_US);
  begin_again (secrets, secrets->retry_us);
}

static gint64
own_delay_us (guint at_least_ms)
{
  guint16 chance = 0;

  pen_app_random (pen_app (), (guint8 *) &chance, sizeof chance);
  return (at_least_ms + chance % SPREAD_MS) * (G_USEC_PER_SEC / 1000);
}

void
pen_secrets_refused (PenSecrets *secrets, const char *reason)
{
  if (++secrets->refusals >= MAX_REFUSALS)
    pen_secrets_failed (secrets, reason);
  else
    begin_again (secrets, (gint64) secrets->refusals * own_delay_us (REFUSED_MS));
}

static void
repair_list (gpointer data)
{
  PenSecrets *secrets = data;

  secrets->repair = 0;
  if (secrets->account->is_online && !pen_secrets_has_own_id (secrets))
    pen_secrets_publish_list (secrets);
}

static void
look_after_list (PenSecrets *secrets)
{
  if (secrets->repair != 0 || pen_secrets_has_own_id (secrets))
    return;
  secrets->repair = pen_timers_add (pen_app ()->timers, own_delay_us (REPAIR_MS), repair_list, secrets);
}

/* The other side writes on with a session that is not there any more until it hears of the new one. */
void
pen_secrets_keep_transport (PenAccount *account, const char *jid, const char *rule)
{
  if (account->secrets != NULL)
    g_hash_table_replace (account->secrets->transports, g_strdup (jid), (gpointer) rule);
}

static void
send_transports (PenSecrets *secrets)
{
  g_autoptr (GHashTable) waiting = g_steal_pointer (&secrets->transports);
  GHashTableIter iter;
  gpointer jid;
  gpointer rule;

  secrets->transports = new_transports ();
  g_hash_table_iter_init (&iter, waiting);
  while (g_hash_table_iter_next (&iter, &jid, &rule))
    pen_secrets_send_key_transport (secrets->account, jid, rule);
}

void
pen_secrets_become_ready (PenSecrets *secrets)
{
  secrets->retry_us = 0;
  secrets->refusals = 0;
  if (secrets->is_ready)
    return;
  secrets->is_ready = TRUE;
  secrets->list_tries = 0;
  /* Another of ours may have written its own list over this one meanwhile. */
  look_after_list (secrets);
  send_transports (secrets);
  pen_message_resume (secrets->account);
  purple_debug_info ("penregister", "OMEMO keys of %s are published\n", secrets->account->bare);
}

void
pen_secrets_look_again (PenAccount *account)
{
  PenSecrets *secrets = account->secrets;

  if (secrets != NULL && secrets->is_ready && secrets->retry == 0
      && pen_clock_now_us (&pen_app ()->clock) - secrets->looked_at_us >= LOOK_AGAIN_US)
    begin_again (secrets, 0);
}

/* Keys cost time: a little each turn, so that the client stays fluent. */
static gboolean
make_keys (gpointer data)
{
  PenSecrets *secrets = data;
  g_autoptr (GError) error = NULL;
  gboolean done = FALSE;

  if (!pen_omemo_prepare (secrets->omemo, &done, &error))
    {
      secrets->slice = 0;
      pen_secrets_failed (secrets, error->message);
      return G_SOURCE_REMOVE;
    }
  pen_app_touch (pen_app ());
  if (!done)
    return G_SOURCE_CONTINUE;
  secrets->slice = 0;
  pen_secrets_ask_list (secrets);
  return G_SOURCE_REMOVE;
}

void
pen_secrets_start (PenAccount *account)
{
  PenSecrets *secrets = g_new0 (PenSecrets, 1);
  g_autoptr (GError) error = NULL;

  secrets->account = account;
  secrets->random.fill = pen_app_fill_random;
  secrets->transports = new_transports ();
  secrets->omemo = pen_omemo_new (pen_app ()->database, &pen_app ()->clock, &secrets->random, account->bare, &error);
  if (secrets->omemo == NULL)
    {
      pen_secrets_failed (secrets, error->message);
      pen_secrets_free (secrets);
      return;
    }
  secrets->is_new = pen_omemo_device (secrets->omemo) == 0;
  pen_omemo_set_manual (secrets->omemo, purple_account_get_bool (account->purple, PEN_OPTION_MANUAL_TRUST, FALSE));
  account->secrets = secrets;
  secrets->slice = purple_timeout_add (0, make_keys, secrets);
}

void
pen_secrets_saw_own_list (PenAccount *account, const GArray *devices)
{
  PenSecrets *secrets = account->secrets;

  if (secrets == NULL)
    return;
  pen_secrets_take_list (secrets, devices);
  if (secrets->is_ready)
    look_after_list (secrets);
}

static void
look_after_keys (gpointer data)
{
  PenSecrets *secrets = data;

  pen_timers_cancel (pen_app ()->timers, secrets->tidy_timer);
  secrets->tidy_timer = 0;
  if (secrets->slice == 0)
    secrets->slice = purple_timeout_add (0, make_keys, secrets);
}

/* Not in the middle of a burst: what comes with it may need the same keys. */
static void
republish (gpointer data)
{
  PenSecrets *secrets = data;

  secrets->timer = 0;
  if (pen_backlog_is_busy (secrets->account->backlog))
    {
      pen_secrets_used_prekey (secrets->account);
      return;
    }
  look_after_keys (secrets);
  secrets->tidy_timer = pen_timers_add (pen_app ()->timers, TIDY_US, look_after_keys, secrets);
}

void
pen_secrets_used_prekey (PenAccount *account)
{
  PenSecrets *secrets = account->secrets;

  if (secrets != NULL && secrets->timer == 0)
    secrets->timer = pen_timers_add (pen_app ()->timers, REPUBLISH_US, republish, secrets);
}
