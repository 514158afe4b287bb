/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Asks for bundles, and decides when one that came becomes a session. */

#include "purple/omemo-bundles-private.h"

#include "purple/message.h"
#include "purple/omemo-account.h"
#include "purple/omemo-talk.h"
#include "purple/request.h"

#include <debug.h>
#include <eventloop.h>

/* A list may hold more; whoever is asked about in a sweep costs no more than this. */
#define SWEEP_MAX 20
/* A session costs some milliseconds of elliptic curves, and bundles come in lots: no more than this in one go. */
#define SLICE_US 2000
#define PAUSE_MS 1

/* A bundle that came. */
typedef struct
{
  PenBundleFetch *fetch;
  xmlnode *iq;
} Arrived;

PenBundleFetch *
pen_bundle_fetch_new (const PenAddress *address, const PenOmemoPeer *peer, PenBundlePurpose purpose)
{
  PenBundleFetch *fetch = g_new0 (PenBundleFetch, 1);

  fetch->address = address != NULL ? pen_address_copy (address) : NULL;
  fetch->peer.jid = g_strdup (peer->jid);
  fetch->peer.device = peer->device;
  fetch->purpose = purpose;
  return fetch;
}

void
pen_bundle_fetch_free (PenBundleFetch *fetch)
{
  pen_address_free (fetch->address);
  g_free (fetch->peer.jid);
  g_free (fetch);
}

static gboolean
has_session (PenOmemo *omemo, const PenOmemoPeer *peer)
{
  g_autoptr (GPtrArray) devices = pen_omemo_devices (omemo, peer->jid, NULL);

  for (guint i = 0; devices != NULL && i < devices->len; i++)
    {
      const PenOmemoDevice *device = g_ptr_array_index (devices, i);

      if (device->device == peer->device)
        return device->has_session;
    }
  return FALSE;
}

/* Returns whether it is worth asking once more: what came was not to blame. */
static gboolean
use_bundle (PenAccount *account, xmlnode *iq, const PenBundleFetch *fetch)
{
  PenOmemo *omemo = pen_secrets_store (account);
  xmlnode *items = pen_omemo_items_read (iq);
  g_autoptr (GError) error = NULL;
  g_autoptr (PenOmemoBundle) bundle = items != NULL ? pen_omemo_bundle_read (items, &error) : NULL;

  if (omemo == NULL)
    return FALSE;
  if (fetch->purpose == PEN_BUNDLE_FOR_SWEEP && has_session (omemo, &fetch->peer))
    return TRUE;
  if (bundle == NULL || !pen_database_begin (pen_app ()->database, &error)
      || !pen_omemo_begin_session (omemo, &fetch->peer, bundle, &error))
    {
      purple_debug_warning ("penregister", "no session with %s, device %u: %s\n", fetch->peer.jid, fetch->peer.device,
                            error != NULL ? error->message : "no bundle");
      if (bundle == NULL)
        return iq == NULL;
      return error->domain != PEN_OMEMO_ERROR || error->code == PEN_OMEMO_ERROR_STORE
             || error->code == PEN_OMEMO_ERROR_FAILED;
    }
  pen_app_touch (pen_app ());
  if (fetch->purpose == PEN_BUNDLE_FOR_REPAIR)
    pen_secrets_send_key_transport (account, fetch->peer.jid, "repair");
  return FALSE;
}

/* Each is noted once a connection: a message and a repair are two reasons to ask. */
static char *
mark_of (const PenOmemoPeer *peer, PenBundlePurpose purpose)
{
  static const char *const words[] = {
    [PEN_BUNDLE_FOR_MESSAGE] = "message", [PEN_BUNDLE_FOR_REPAIR] = "repair", [PEN_BUNDLE_FOR_SWEEP] = "message",
    [PEN_BUNDLE_FOR_COVER] = "message",   [PEN_BUNDLE_REPAIR_LATER] = "due",  [PEN_BUNDLE_PUT_OFF] = "later",
  };

  return g_strdup_printf ("%s %s %u", words[purpose], peer->jid, peer->device);
}

gboolean
pen_bundle_mark (PenPerson *person, const PenOmemoPeer *peer, PenBundlePurpose purpose)
{
  g_autofree char *mark = mark_of (peer, purpose);

  if (person->bundles_asked == NULL)
    person->bundles_asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return !g_hash_table_add (person->bundles_asked, g_steal_pointer (&mark));
}

gboolean
pen_bundle_unmark (PenPerson *person, const PenOmemoPeer *peer, PenBundlePurpose purpose)
{
  g_autofree char *mark = mark_of (peer, purpose);

  return person->bundles_asked != NULL && g_hash_table_remove (person->bundles_asked, mark);
}

/* What is worth asking again is asked with the next message, not with the one
 * that is released now: two that fail would ask each other's question for ever. */
static void
conclude (PenAccount *account, PenBundleFetch *fetch, xmlnode *iq)
{
  PenPerson *person = fetch->address != NULL ? pen_person_get (account, fetch->address, NULL) : NULL;
  gboolean again = fetch->purpose != PEN_BUNDLE_FOR_COVER && use_bundle (account, iq, fetch);
  guint *open = person == NULL || fetch->purpose == PEN_BUNDLE_FOR_REPAIR ? NULL
                : fetch->purpose == PEN_BUNDLE_FOR_SWEEP ? &person->swept_bundles : &person->open_bundles;

  if (open != NULL && --*open == 0 && account->is_online)
    pen_message_release (account, person, TRUE);
  if (person != NULL && again)
    pen_bundle_unmark (person, &fetch->peer, fetch->purpose);
  pen_bundle_fetch_free (fetch);
}

static void
arrived_free (Arrived *arrived)
{
  xmlnode_free (arrived->iq);
  g_free (arrived);
}

static gboolean
work_off (gpointer data)
{
  PenBundles *bundles = data;
  gint64 until_us = g_get_monotonic_time () + SLICE_US;
  Arrived *arrived;

  do
    {
      arrived = g_queue_pop_head (bundles->arrived);
      conclude (bundles->account, arrived->fetch, arrived->iq);
      arrived_free (arrived);
    }
  while (!g_queue_is_empty (bundles->arrived) && g_get_monotonic_time () < until_us);
  if (!g_queue_is_empty (bundles->arrived))
    return G_SOURCE_CONTINUE;
  bundles->source = 0;
  return G_SOURCE_REMOVE;
}

static void
on_bundle (PenAccount *account, xmlnode *iq, gpointer data)
{
  PenBundles *bundles = account->bundles;
  Arrived *arrived;

  if (iq == NULL)
    {
      conclude (account, data, NULL);
      return;
    }
  arrived = g_new0 (Arrived, 1);
  arrived->fetch = data;
  arrived->iq = xmlnode_copy (iq);
  g_queue_push_tail (bundles->arrived, arrived);
  if (bundles->source == 0)
    bundles->source = purple_timeout_add (PAUSE_MS, work_off, bundles);
}

PenBundles *
pen_bundles_new (PenAccount *account)
{
  PenBundles *bundles = g_new0 (PenBundles, 1);

  bundles->account = account;
  bundles->wished = g_queue_new ();
  bundles->arrived = g_queue_new ();
  bundles->broken = g_queue_new ();
  return bundles;
}

void
pen_bundles_free (PenBundles *bundles)
{
  Arrived *arrived;

  if (bundles->source != 0)
    purple_timeout_remove (bundles->source);
  while ((arrived = g_queue_pop_head (bundles->arrived)) != NULL)
    {
      pen_bundle_fetch_free (arrived->fetch);
      arrived_free (arrived);
    }
  g_queue_free (bundles->arrived);
  g_queue_free_full (bundles->wished, (GDestroyNotify) pen_bundle_fetch_free);
  g_queue_free_full (bundles->broken, (GDestroyNotify) pen_bundle_fetch_free);
  g_free (bundles);
}

/* @fetch: (transfer full): kept until the answer came. */
gboolean
pen_bundle_fetch_send (PenAccount *account, PenBundleFetch *fetch, const PenBundleWish *why)
{
  PenRequest wish = { "get", fetch->peer.jid, on_bundle, fetch };
  g_autofree char *cover = why->is_cover ? g_strconcat ("xmpp:", fetch->peer.jid, NULL) : NULL;
  const char *covers[] = { cover, NULL };
  PenGateTag tag = { .trigger = why->trigger, .kind = PEN_KIND_BUNDLE, .rule = why->rule, .batch = why->batch,
                     .covers = covers };
  g_autofree char *node = pen_omemo_bundle_node (fetch->peer.device);

  if (pen_request_send (account, &wish, pen_omemo_items_build (node), &tag) >= 0)
    return TRUE;
  pen_bundle_fetch_free (fetch);
  return FALSE;
}

static PenBundlePurpose
purpose_of (PenPerson *person, const PenOmemoPeer *peer, const PenBundleWish *wish)
{
  if (person == NULL)
    return PEN_BUNDLE_FOR_COVER;
  pen_bundle_unmark (person, peer, PEN_BUNDLE_PUT_OFF);
  if (pen_bundle_unmark (person, peer, PEN_BUNDLE_REPAIR_LATER))
    return PEN_BUNDLE_FOR_REPAIR;
  return wish->trigger == PEN_TRIGGER_MANUAL ? PEN_BUNDLE_FOR_MESSAGE : PEN_BUNDLE_FOR_SWEEP;
}

void
pen_bundles_ask_all (PenAccount *account, PenPerson *person, const char *jid, const GArray *devices,
                     const PenBundleWish *wish)
{
  for (guint i = 0; i < MIN (devices->len, SWEEP_MAX); i++)
    {
      const PenOmemoPeer peer = { (char *) jid, g_array_index (devices, guint32, i) };
      PenBundlePurpose purpose = purpose_of (person, &peer, wish);
      PenBundleFetch *fetch = pen_bundle_fetch_new (person != NULL ? person->address : NULL, &peer, purpose);

      if (!pen_bundle_fetch_send (account, fetch, wish) || person == NULL)
        continue;
      pen_bundle_mark (person, &peer, purpose);
      person->swept_bundles += purpose == PEN_BUNDLE_FOR_SWEEP ? 1 : 0;
      person->open_bundles += purpose == PEN_BUNDLE_FOR_MESSAGE ? 1 : 0;
    }
}

