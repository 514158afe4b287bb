/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides when our keys are made and published:
 *
 *   signed on -> keys, a slice a turn -> own list asked -> own bundle asked
 *     -> the same as ours? ---no---> published -> read back --\
 *                          \--yes----------------------------> list -> ready
 *
 * Published counts only by the server's answer; where none comes, because the
 * stream is full say, it begins anew after a while. A node that has another
 * access model is opened once by the owner's form, then published once more.
 * Nothing of this names anybody but ourselves. */

#include "purple/omemo-account.h"

#include "purple/backlog.h"
#include "purple/message.h"
#include "purple/omemo-talk.h"
#include "purple/request.h"
#include "purple/talk.h"
#include "wire/wire.h"

#include <debug.h>
#include <eventloop.h>
#include <glib/gi18n-lib.h>
#include <notify.h>

#define NS_PUBSUB "http://jabber.org/protocol/pubsub"
#define REPUBLISH_US (2 * G_USEC_PER_SEC)
/* Then the keys that were used up are deleted too. */
#define TIDY_US (70 * G_USEC_PER_SEC)
/* Two clients that drop each other must not fight for ever. */
#define MAX_LIST_TRIES 3
/* Several of ours that were dropped together must not overwrite each other: each waits a while of its own. */
#define REPAIR_MS 500
#define REPAIR_SPREAD_MS 4096
/* Without an answer it is tried again, each time after twice as long. */
#define RETRY_US (30 * G_USEC_PER_SEC)
#define MAX_RETRY_US (16 * RETRY_US)
/* Whoever writes past us, or shows us a list that cannot be read, makes us look at our list; not more often. */
#define LOOK_AGAIN_US (60 * G_USEC_PER_SEC)

/**
 * PenSecrets:
 * @omemo: the engine
 * @slice: main-loop source that makes keys, or 0
 * @timer: of the next publishing of the bundle, or 0; @tidy_timer: of the look at what was used up
 * @repair: of the next look at whether the own list still has this device, or 0
 * @retry: of the next try after no answer came, or 0; @retry_us: how long it waits, 0 while answers come
 * @looked_at_us: when the own list was asked for last
 * @is_new: the keys were made after this signing on: nothing was published under this number by us
 * @list_tries: how often the list was published since this device was first in it
 * @is_opened: the owner's form was sent once already
 * @is_published: the bundle was published in this round
 * @is_ready: bundle and list are published
 */
struct _PenSecrets
{
  PenAccount *account;
  PenOmemo *omemo;
  PenRandom random;
  guint slice;
  guint timer;
  guint tidy_timer;
  guint repair;
  guint retry;
  gint64 retry_us;
  gint64 looked_at_us;
  guint list_tries;
  gboolean is_new;
  gboolean is_opened;
  gboolean is_published;
  gboolean is_ready;
  GArray *own_list;
};

static void publish_bundle (PenSecrets *secrets);
static void publish_list (PenSecrets *secrets);
static void ask_own (PenSecrets *secrets, const char *node, PenRequestFunc function);
static void on_own_bundle (PenAccount *account, xmlnode *iq, gpointer data);
static void ask_own_list (gpointer data);

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
failed (PenSecrets *secrets, const char *reason)
{
  g_autofree char *text
    = g_strdup_printf (_("Nobody can write to %s encrypted now: %s. Sign off and on again; if it stays so, ask your "
                         "server's operator about PEP (XEP-0163)."), secrets->account->bare, reason);

  purple_notify_warning (secrets->account->gc, _("Pen Register"), _("Your keys could not be published"), text);
}

/* The user is told when the second try was in vain too: one answer may be late. */
static void
try_again (PenSecrets *secrets)
{
  if (secrets->retry_us != 0)
    failed (secrets, _("the server does not answer"));
  secrets->retry_us = secrets->retry_us == 0 ? RETRY_US : MIN (2 * secrets->retry_us, MAX_RETRY_US);
  pen_timers_cancel (pen_app ()->timers, secrets->retry);
  secrets->retry = pen_timers_add (pen_app ()->timers, secrets->retry_us, ask_own_list, secrets);
}

static gboolean
has_own_id (const PenSecrets *secrets)
{
  guint32 own = pen_omemo_device (secrets->omemo);

  for (guint i = 0; secrets->own_list != NULL && i < secrets->own_list->len; i++)
    if (g_array_index (secrets->own_list, guint32, i) == own)
      return TRUE;
  return FALSE;
}

static void
on_opened (PenAccount *account, xmlnode *iq, gpointer data)
{
  gboolean is_list = GPOINTER_TO_INT (data);

  if (account->secrets == NULL || !account->is_online)
    return;
  if (iq == NULL)
    try_again (account->secrets);
  else if (is_list)
    publish_list (account->secrets);
  else
    publish_bundle (account->secrets);
}

/* The node was made by another client with another access model (omemo.md 4.3). */
static void
open_node (PenSecrets *secrets, const char *node, gboolean is_list)
{
  PenRequest wish = { "set", NULL, on_opened, GINT_TO_POINTER (is_list) };
  PenGateTag tag = { .trigger = PEN_TRIGGER_LOGIN, .kind = -1 };

  secrets->is_opened = TRUE;
  pen_request_send (secrets->account, &wish, pen_omemo_configure_build (node), &tag);
}

static char *
bundle_node (const PenSecrets *secrets)
{
  return g_strdup_printf ("%s%u", PEN_OMEMO_NODE_BUNDLE, pen_omemo_device (secrets->omemo));
}

static void
repair_list (gpointer data)
{
  PenSecrets *secrets = data;

  secrets->repair = 0;
  if (secrets->account->is_online && !has_own_id (secrets))
    publish_list (secrets);
}

static void
look_after_list (PenSecrets *secrets)
{
  guint16 chance = 0;
  gint64 delay_us;

  if (secrets->repair != 0 || has_own_id (secrets))
    return;
  pen_app_random (pen_app (), (guint8 *) &chance, sizeof chance);
  delay_us = (REPAIR_MS + chance % REPAIR_SPREAD_MS) * (G_USEC_PER_SEC / 1000);
  secrets->repair = pen_timers_add (pen_app ()->timers, delay_us, repair_list, secrets);
}

static void
become_ready (PenSecrets *secrets)
{
  secrets->retry_us = 0;
  if (secrets->is_ready)
    return;
  secrets->is_ready = TRUE;
  secrets->list_tries = 0;
  /* Another of ours may have written its own list over this one meanwhile. */
  look_after_list (secrets);
  pen_message_resume (secrets->account);
  purple_debug_info ("penregister", "OMEMO keys of %s are published\n", secrets->account->bare);
}

static void
on_published (PenAccount *account, xmlnode *iq, gpointer data)
{
  gboolean is_list = GPOINTER_TO_INT (data);
  PenSecrets *secrets = account->secrets;
  g_autoptr (PenWireError) error = iq != NULL ? pen_wire_error_read (iq) : NULL;
  g_autofree char *node = NULL;

  if (secrets == NULL || !account->is_online)
    return;
  node = is_list ? g_strdup (PEN_OMEMO_NODE_DEVICES) : bundle_node (secrets);
  if (error != NULL && g_str_equal (error->condition, "conflict") && !secrets->is_opened)
    open_node (secrets, node, is_list);
  else if (iq == NULL)
    try_again (secrets);
  else if (error != NULL)
    failed (secrets, error->condition);
  else if (is_list)
    become_ready (secrets);
  else
    {
      secrets->is_published = TRUE;
      secrets->is_new = FALSE;
      ask_own (secrets, node, on_own_bundle);
    }
}

static void
publish (PenSecrets *secrets, const char *node, xmlnode *payload, gboolean is_list)
{
  PenRequest wish = { "set", NULL, on_published, GINT_TO_POINTER (is_list) };
  PenGateTag tag = { .trigger = PEN_TRIGGER_LOGIN, .kind = -1 };

  pen_request_send (secrets->account, &wish, pen_omemo_publish_build (node, payload), &tag);
}

static void
publish_bundle (PenSecrets *secrets)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PenOmemoBundle) bundle = pen_omemo_own_bundle (secrets->omemo, &error);
  g_autofree char *node = bundle_node (secrets);

  if (bundle == NULL)
    failed (secrets, error->message);
  else
    publish (secrets, node, pen_omemo_bundle_build (bundle), FALSE);
}

static void
publish_list (PenSecrets *secrets)
{
  guint32 own = pen_omemo_device (secrets->omemo);

  if (++secrets->list_tries > MAX_LIST_TRIES)
    {
      failed (secrets, _("another client of yours removes this one from the list again and again"));
      return;
    }
  if (secrets->own_list == NULL)
    secrets->own_list = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (!has_own_id (secrets))
    g_array_append_val (secrets->own_list, own);
  publish (secrets, PEN_OMEMO_NODE_DEVICES, pen_omemo_devices_build (secrets->own_list), TRUE);
}

static void
take_own_list (PenSecrets *secrets, const GArray *devices)
{
  g_clear_pointer (&secrets->own_list, g_array_unref);
  secrets->own_list = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (devices != NULL)
    g_array_append_vals (secrets->own_list, devices->data, devices->len);
  pen_secrets_learn_own (secrets->account, secrets->own_list);
}

static xmlnode *
items_of (xmlnode *iq)
{
  xmlnode *pubsub = iq != NULL ? xmlnode_get_child_with_namespace (iq, "pubsub", NS_PUBSUB) : NULL;

  return pubsub != NULL ? xmlnode_get_child (pubsub, "items") : NULL;
}

/* No answer and no list are not the same: whoever takes one for the other
 * publishes a list without the user's other devices. */
static gboolean
says_nothing (PenSecrets *secrets, xmlnode *iq)
{
  g_autoptr (PenWireError) error = iq != NULL ? pen_wire_error_read (iq) : NULL;

  if (iq == NULL)
    try_again (secrets);
  else if (error != NULL && !g_str_equal (error->condition, "item-not-found"))
    failed (secrets, _("the server does not show what is published there"));
  else
    return FALSE;
  return TRUE;
}

static void
ask_own (PenSecrets *secrets, const char *node, PenRequestFunc function)
{
  PenRequest wish = { "get", NULL, function, NULL };
  PenGateTag tag = { .trigger = PEN_TRIGGER_LOGIN, .kind = -1 };
  xmlnode *pubsub = xmlnode_new ("pubsub");

  xmlnode_set_namespace (pubsub, NS_PUBSUB);
  xmlnode_set_attrib (xmlnode_new_child (pubsub, "items"), "node", node);
  pen_request_send (secrets->account, &wish, pubsub, &tag);
}

/* Another device of this account may have drawn our number before us (omemo.md 7.5): what is there is its, and stays. */
static void
give_way_or_publish (PenSecrets *secrets, const PenOmemoBundle *theirs)
{
  g_autoptr (GError) error = NULL;

  if (!secrets->is_new || theirs == NULL || !has_own_id (secrets))
    publish_bundle (secrets);
  else if (pen_omemo_draw_device (secrets->omemo, &error))
    ask_own_list (secrets);
  else
    failed (secrets, error->message);
}

static void
on_own_bundle (PenAccount *account, xmlnode *iq, gpointer data)
{
  PenSecrets *secrets = account->secrets;
  xmlnode *items = items_of (iq);
  g_autoptr (PenOmemoBundle) theirs = items != NULL ? pen_omemo_bundle_read (items, NULL) : NULL;
  g_autoptr (PenOmemoBundle) ours = NULL;
  gboolean is_ours;

  if (secrets == NULL || !account->is_online || says_nothing (secrets, iq))
    return;
  ours = pen_omemo_own_bundle (secrets->omemo, NULL);
  is_ours = ours != NULL && theirs != NULL && pen_omemo_bundle_equal (ours, theirs);
  if (!is_ours && secrets->is_published)
    failed (secrets, _("it keeps other keys than those that were published"));
  else if (!is_ours)
    give_way_or_publish (secrets, theirs);
  else if (has_own_id (secrets))
    become_ready (secrets);
  else
    publish_list (secrets);
}

static void
on_own_list (PenAccount *account, xmlnode *iq, gpointer data)
{
  PenSecrets *secrets = account->secrets;
  xmlnode *items = items_of (iq);
  g_autofree char *node = NULL;
  g_autoptr (GArray) devices = items != NULL ? pen_omemo_devices_read (items, NULL) : NULL;

  if (secrets == NULL || !account->is_online || says_nothing (secrets, iq))
    return;
  take_own_list (secrets, devices);
  secrets->is_published = FALSE;
  node = bundle_node (secrets);
  ask_own (secrets, node, on_own_bundle);
}

static void
ask_own_list (gpointer data)
{
  PenSecrets *secrets = data;

  secrets->retry = 0;
  secrets->looked_at_us = pen_clock_now_us (&pen_app ()->clock);
  if (secrets->account->is_online)
    ask_own (secrets, PEN_OMEMO_NODE_DEVICES, on_own_list);
}

void
pen_secrets_look_again (PenAccount *account)
{
  PenSecrets *secrets = account->secrets;

  if (secrets != NULL && secrets->is_ready && secrets->retry == 0
      && pen_clock_now_us (&pen_app ()->clock) - secrets->looked_at_us >= LOOK_AGAIN_US)
    secrets->retry = pen_timers_add (pen_app ()->timers, 0, ask_own_list, secrets);
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
      failed (secrets, error->message);
      return G_SOURCE_REMOVE;
    }
  pen_app_touch (pen_app ());
  if (!done)
    return G_SOURCE_CONTINUE;
  secrets->slice = 0;
  ask_own_list (secrets);
  return G_SOURCE_REMOVE;
}

void
pen_secrets_start (PenAccount *account)
{
  PenSecrets *secrets = g_new0 (PenSecrets, 1);
  g_autoptr (GError) error = NULL;

  secrets->account = account;
  secrets->random.fill = pen_app_fill_random;
  secrets->omemo = pen_omemo_new (pen_app ()->database, &pen_app ()->clock, &secrets->random, account->bare, &error);
  if (secrets->omemo == NULL)
    {
      failed (secrets, error->message);
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
  take_own_list (secrets, devices);
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
