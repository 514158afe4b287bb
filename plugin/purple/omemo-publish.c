/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what of our keys is published:
 *
 *   own list asked -> own bundle asked
 *     -> the same as ours? ---no---> published -> read back --\
 *                          \--yes----------------------------> list -> ready
 *
 * Published counts only by the server's answer. A node that has another access
 * model is opened once by the owner's form, then published once more. Nothing
 * of this names anybody but ourselves. */

#include "purple/omemo-account-private.h"

#include "purple/omemo-talk.h"
#include "purple/request.h"
#include "wire/wire.h"

#include <glib/gi18n-lib.h>
#include <notify.h>

/* Two clients that drop each other must not fight for ever; one that drops this device now and then is no fight. */
#define MAX_LIST_TRIES 3
#define FIGHT_US (10 * 60 * G_USEC_PER_SEC)

static void publish_bundle (PenSecrets *secrets);
static void on_own_bundle (PenAccount *account, xmlnode *iq, gpointer data);

/* To our own server, about our own nodes. */
static void
request (PenSecrets *secrets, const PenRequest *wish, xmlnode *pubsub)
{
  PenGateTag tag = { .trigger = PEN_TRIGGER_LOGIN, .kind = -1 };

  pen_request_send (secrets->account, wish, pubsub, &tag);
}

static char *
own_bundle_node (const PenSecrets *secrets)
{
  return pen_omemo_bundle_node (pen_omemo_device (secrets->omemo));
}

static void
ask_bundle (PenSecrets *secrets)
{
  const PenRequest wish = { "get", NULL, on_own_bundle, NULL };
  g_autofree char *node = own_bundle_node (secrets);

  request (secrets, &wish, pen_omemo_items_build (node));
}

void
pen_secrets_failed (PenSecrets *secrets, const char *reason)
{
  g_autofree char *text
    = g_strdup_printf (_("Nobody can write to %s encrypted now: %s. Sign off and on again; if it stays so, ask your "
                         "server's operator about PEP (XEP-0163)."), secrets->account->bare, reason);

  purple_notify_warning (secrets->account->gc, _("Pen Register"), _("Your keys could not be published"), text);
}

gboolean
pen_secrets_has_own_id (const PenSecrets *secrets)
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
    pen_secrets_try_again (account->secrets);
  else if (is_list)
    pen_secrets_publish_list (account->secrets);
  else
    publish_bundle (account->secrets);
}

/* The node was made by another client with another access model (docs/omemo.md 4.3). */
static void
open_node (PenSecrets *secrets, gboolean is_list)
{
  const PenRequest wish = { "set", NULL, on_opened, GINT_TO_POINTER (is_list) };
  g_autofree char *node = is_list ? g_strdup (PEN_OMEMO_NODE_DEVICES) : own_bundle_node (secrets);

  secrets->is_opened[is_list] = TRUE;
  request (secrets, &wish, pen_omemo_configure_build (node));
}

static void
on_published (PenAccount *account, xmlnode *iq, gpointer data)
{
  gboolean is_list = GPOINTER_TO_INT (data);
  PenSecrets *secrets = account->secrets;
  g_autoptr (PenWireError) error = iq != NULL ? pen_wire_error_read (iq) : NULL;

  if (secrets == NULL || !account->is_online)
    return;
  if (error != NULL && g_str_equal (error->condition, "conflict") && !secrets->is_opened[is_list])
    open_node (secrets, is_list);
  else if (iq == NULL)
    pen_secrets_try_again (secrets);
  else if (error != NULL)
    pen_secrets_refused (secrets, error->condition);
  else if (is_list)
    pen_secrets_become_ready (secrets);
  else
    {
      secrets->is_published = TRUE;
      secrets->is_new = FALSE;
      ask_bundle (secrets);
    }
}

static void
publish (PenSecrets *secrets, const char *node, xmlnode *payload, gboolean is_list)
{
  const PenRequest wish = { "set", NULL, on_published, GINT_TO_POINTER (is_list) };

  request (secrets, &wish, pen_omemo_publish_build (node, payload));
}

static void
publish_bundle (PenSecrets *secrets)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PenOmemoBundle) bundle = pen_omemo_own_bundle (secrets->omemo, &error);
  g_autofree char *node = own_bundle_node (secrets);

  if (bundle == NULL)
    pen_secrets_failed (secrets, error->message);
  else
    publish (secrets, node, pen_omemo_bundle_build (bundle), FALSE);
}

void
pen_secrets_publish_list (PenSecrets *secrets)
{
  guint32 own = pen_omemo_device (secrets->omemo);
  gint64 now_us = pen_clock_now_us (&pen_app ()->clock);

  if (now_us - secrets->listed_at_us > FIGHT_US)
    secrets->list_tries = 0;
  secrets->listed_at_us = now_us;
  if (++secrets->list_tries > MAX_LIST_TRIES)
    {
      pen_secrets_failed (secrets, _("another client of yours removes this one from the list again and again"));
      return;
    }
  if (secrets->own_list == NULL)
    secrets->own_list = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (!pen_secrets_has_own_id (secrets))
    g_array_append_val (secrets->own_list, own);
  publish (secrets, PEN_OMEMO_NODE_DEVICES, pen_omemo_devices_build (secrets->own_list), TRUE);
}

void
pen_secrets_take_list (PenSecrets *secrets, const GArray *devices)
{
  g_clear_pointer (&secrets->own_list, g_array_unref);
  secrets->own_list = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (devices != NULL)
    g_array_append_vals (secrets->own_list, devices->data, devices->len);
  pen_secrets_learn_own (secrets->account, secrets->own_list);
}

/* No answer and no list are not the same: whoever takes one for the other
 * publishes a list without the user's other devices. */
static gboolean
says_nothing (PenSecrets *secrets, xmlnode *iq)
{
  g_autoptr (PenWireError) error = iq != NULL ? pen_wire_error_read (iq) : NULL;

  if (iq == NULL)
    pen_secrets_try_again (secrets);
  else if (error != NULL && !g_str_equal (error->condition, "item-not-found"))
    pen_secrets_refused (secrets, _("the server does not show what is published there"));
  else
    return FALSE;
  return TRUE;
}

/* Another device of this account may have drawn our number before us (docs/omemo.md 7.5): what is there is its, and
 * stays. */
static void
give_way_or_publish (PenSecrets *secrets, const PenOmemoBundle *theirs)
{
  g_autoptr (GError) error = NULL;

  if (!secrets->is_new || theirs == NULL || !pen_secrets_has_own_id (secrets))
    publish_bundle (secrets);
  else if (pen_omemo_draw_device (secrets->omemo, &error))
    pen_secrets_ask_list (secrets);
  else
    pen_secrets_failed (secrets, error->message);
}

static void
on_own_bundle (PenAccount *account, xmlnode *iq, gpointer data)
{
  PenSecrets *secrets = account->secrets;
  xmlnode *items = pen_omemo_items_read (iq);
  g_autoptr (PenOmemoBundle) theirs = items != NULL ? pen_omemo_bundle_read (items, NULL) : NULL;
  g_autoptr (PenOmemoBundle) ours = NULL;
  gboolean is_ours;

  if (secrets == NULL || !account->is_online || says_nothing (secrets, iq))
    return;
  ours = pen_omemo_own_bundle (secrets->omemo, NULL);
  is_ours = ours != NULL && theirs != NULL && pen_omemo_bundle_equal (ours, theirs);
  if (!is_ours && secrets->is_published)
    pen_secrets_failed (secrets, _("it keeps other keys than those that were published"));
  else if (!is_ours)
    give_way_or_publish (secrets, theirs);
  else if (pen_secrets_has_own_id (secrets))
    pen_secrets_become_ready (secrets);
  else
    pen_secrets_publish_list (secrets);
}

static void
on_own_list (PenAccount *account, xmlnode *iq, gpointer data)
{
  PenSecrets *secrets = account->secrets;
  xmlnode *items = pen_omemo_items_read (iq);
  g_autoptr (GArray) devices = items != NULL ? pen_omemo_devices_read (items, NULL) : NULL;

  if (secrets == NULL || !account->is_online || says_nothing (secrets, iq))
    return;
  pen_secrets_take_list (secrets, devices);
  secrets->is_published = FALSE;
  ask_bundle (secrets);
}

void
pen_secrets_ask_list (gpointer data)
{
  const PenRequest wish = { "get", NULL, on_own_list, NULL };
  PenSecrets *secrets = data;

  /* Used-up keys may be the reason before the time of another try has come. */
  pen_timers_cancel (pen_app ()->timers, secrets->retry);
  secrets->retry = 0;
  secrets->looked_at_us = pen_clock_now_us (&pen_app ()->clock);
  if (secrets->account->is_online)
    request (secrets, &wish, pen_omemo_items_build (PEN_OMEMO_NODE_DEVICES));
}
