/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides whose bundles are asked for, and when a bundle that came becomes a
 * session. To ask for one says that its owner is about to be written to: the
 * policy is asked here too. */

#include "purple/omemo-bundles.h"

#include "purple/lookup.h"
#include "purple/message.h"
#include "purple/omemo-account.h"
#include "purple/omemo-talk.h"
#include "purple/request.h"

#include <debug.h>
#include <eventloop.h>

#define NS_PUBSUB "http://jabber.org/protocol/pubsub"
/* A list may hold more; whoever is asked about in a sweep costs no more than this. */
#define SWEEP_MAX 20
/* A session costs some milliseconds of elliptic curves, and bundles come in lots: no more than this in one go. */
#define SLICE_US 2000
#define PAUSE_MS 1

typedef enum
{
  FOR_MESSAGE,   /* a message waits for it */
  FOR_REPAIR,    /* the session is broken */
  FOR_SWEEP,     /* nobody waits */
  FOR_COVER      /* nobody is meant */
} Purpose;

/* A bundle that is being asked for. @address: (nullable) with FOR_COVER */
typedef struct
{
  PenAddress *address;
  PenOmemoPeer peer;
  Purpose purpose;
} Fetch;

/* A bundle that came. */
typedef struct
{
  Fetch *fetch;
  xmlnode *iq;
} Arrived;

struct _PenBundles
{
  PenAccount *account;
  GQueue *arrived;
  guint source;
};

static void
fetch_free (Fetch *fetch)
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
use_bundle (PenAccount *account, xmlnode *iq, const Fetch *fetch)
{
  PenOmemo *omemo = pen_secrets_store (account);
  xmlnode *pubsub = iq != NULL ? xmlnode_get_child_with_namespace (iq, "pubsub", NS_PUBSUB) : NULL;
  xmlnode *items = pubsub != NULL ? xmlnode_get_child (pubsub, "items") : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (PenOmemoBundle) bundle = items != NULL ? pen_omemo_bundle_read (items, &error) : NULL;

  if (omemo == NULL || (fetch->purpose == FOR_SWEEP && has_session (omemo, &fetch->peer)))
    return FALSE;
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
  if (fetch->purpose == FOR_REPAIR)
    pen_secrets_send_key_transport (account, fetch->peer.jid, "repair");
  return FALSE;
}

/* A message and a repair are two reasons to ask, each once a connection. */
static char *
mark_of (const PenOmemoPeer *peer, Purpose purpose)
{
  return g_strdup_printf ("%s %s %u", purpose == FOR_REPAIR ? "repair" : "message", peer->jid, peer->device);
}

static gboolean
was_asked (PenPerson *person, const PenOmemoPeer *peer, Purpose purpose)
{
  g_autofree char *mark = mark_of (peer, purpose);

  if (person->bundles_asked == NULL)
    person->bundles_asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return !g_hash_table_add (person->bundles_asked, g_steal_pointer (&mark));
}

static void
unmark (PenPerson *person, const PenOmemoPeer *peer, Purpose purpose)
{
  g_autofree char *mark = mark_of (peer, purpose);

  if (person->bundles_asked != NULL)
    g_hash_table_remove (person->bundles_asked, mark);
}

/* What is worth asking again is asked with the next message, not with the one
 * that is released now: two that fail would ask each other's question for ever. */
static void
conclude (PenAccount *account, Fetch *fetch, xmlnode *iq)
{
  PenPerson *person = fetch->address != NULL ? pen_person_get (account, fetch->address, NULL) : NULL;
  gboolean again = fetch->purpose != FOR_COVER && use_bundle (account, iq, fetch);
  guint *open = person == NULL || fetch->purpose == FOR_REPAIR ? NULL
                : fetch->purpose == FOR_SWEEP ? &person->swept_bundles : &person->open_bundles;

  if (open != NULL && --*open == 0 && account->is_online)
    pen_message_release (account, person, TRUE);
  if (person != NULL && again)
    unmark (person, &fetch->peer, fetch->purpose);
  fetch_free (fetch);
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
  bundles->arrived = g_queue_new ();
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
      fetch_free (arrived->fetch);
      arrived_free (arrived);
    }
  g_queue_free (bundles->arrived);
  g_free (bundles);
}

static gboolean
ask (PenAccount *account, const PenAddress *address, const PenOmemoPeer *peer, Purpose purpose,
     const PenBundleWish *why)
{
  Fetch *fetch = g_new0 (Fetch, 1);
  PenRequest wish = { "get", peer->jid, on_bundle, fetch };
  g_autofree char *cover = why->is_cover ? g_strconcat ("xmpp:", peer->jid, NULL) : NULL;
  const char *covers[] = { cover, NULL };
  PenGateTag tag = { .trigger = why->trigger, .kind = PEN_KIND_BUNDLE, .rule = why->rule, .batch = why->batch,
                     .covers = covers };
  g_autofree char *node = g_strdup_printf ("%s%u", PEN_OMEMO_NODE_BUNDLE, peer->device);
  xmlnode *pubsub = xmlnode_new ("pubsub");

  fetch->address = address != NULL ? pen_address_copy (address) : NULL;
  fetch->peer.jid = g_strdup (peer->jid);
  fetch->peer.device = peer->device;
  fetch->purpose = purpose;
  xmlnode_set_namespace (pubsub, NS_PUBSUB);
  xmlnode_set_attrib (xmlnode_new_child (pubsub, "items"), "node", node);
  if (pen_request_send (account, &wish, pubsub, &tag) >= 0)
    return TRUE;
  fetch_free (fetch);
  return FALSE;
}

/* With `batch` the next sweep brings it; with `never` only the user's own
 * look-up does. Ours are nobody else's. */
static gboolean
may_ask (PenAccount *account, PenPerson *person, const PenOmemoPeer *peer)
{
  PenPolicy policy = pen_person_policy (account->purple, person->contact);

  if (g_str_equal (peer->jid, account->bare))
    return !was_asked (person, peer, FOR_MESSAGE);
  if (policy.when == PEN_WHEN_BATCH || was_asked (person, peer, FOR_MESSAGE))
    return FALSE;
  if (policy.when == PEN_WHEN_NEVER)
    {
      g_autofree char *uri = g_strconcat ("xmpp:", peer->jid, NULL);
      const PenWithheld withheld = { uri, peer->jid, PEN_KIND_BUNDLE, PEN_TRIGGER_SEND, "never" };

      pen_lookup_record_withheld (account, &withheld);
    }
  return policy.when != PEN_WHEN_NEVER;
}

/* What did not leave was not asked. */
static void
ask_for_message (PenAccount *account, PenPerson *person, const PenOmemoPeer *peer)
{
  const PenBundleWish wish = { .trigger = PEN_TRIGGER_SEND };

  if (!may_ask (account, person, peer))
    return;
  if (ask (account, person->address, peer, FOR_MESSAGE, &wish))
    person->open_bundles++;
  else
    unmark (person, peer, FOR_MESSAGE);
}

gboolean
pen_bundles_ask_missing (PenAccount *account, PenPerson *person, const char *const *jids)
{
  g_autoptr (GPtrArray) missing = pen_omemo_missing (pen_secrets_engine (account), jids, NULL);

  for (guint i = 0; missing != NULL && i < missing->len; i++)
    ask_for_message (account, person, g_ptr_array_index (missing, i));
  return person->open_bundles > 0 || (missing != NULL && missing->len > 0 && person->swept_bundles > 0);
}

static gboolean
is_for_message (gpointer mark, gpointer value, gpointer data)
{
  return g_str_has_prefix (mark, "message ");
}

void
pen_bundles_forget_asked (PenPerson *person)
{
  if (person->bundles_asked != NULL)
    g_hash_table_foreach_remove (person->bundles_asked, is_for_message, NULL);
}

gboolean
pen_secrets_ask_bundles (PenAccount *account, const char *const *jids)
{
  PenOmemo *omemo = pen_secrets_engine (account);
  g_autoptr (GPtrArray) missing = omemo != NULL ? pen_omemo_missing (omemo, jids, NULL) : NULL;
  gboolean is_open = FALSE;

  for (guint i = 0; missing != NULL && i < missing->len; i++)
    {
      const PenOmemoPeer *peer = g_ptr_array_index (missing, i);
      g_autoptr (PenAddress) address = pen_address_parse (peer->jid, NULL, NULL);
      PenPerson *person = address != NULL ? pen_person_get (account, address, NULL) : NULL;

      if (person == NULL)
        continue;
      ask_for_message (account, person, peer);
      is_open = is_open || person->open_bundles > 0;
    }
  return is_open;
}

void
pen_bundles_ask_all (PenAccount *account, PenPerson *person, const char *jid, const GArray *devices,
                     const PenBundleWish *wish)
{
  Purpose purpose = person == NULL ? FOR_COVER : wish->trigger == PEN_TRIGGER_MANUAL ? FOR_MESSAGE : FOR_SWEEP;

  for (guint i = 0; i < MIN (devices->len, SWEEP_MAX); i++)
    {
      PenOmemoPeer peer = { (char *) jid, g_array_index (devices, guint32, i) };

      if (!ask (account, person != NULL ? person->address : NULL, &peer, purpose, wish) || person == NULL)
        continue;
      if (purpose == FOR_SWEEP)
        person->swept_bundles++;
      else
        person->open_bundles++;
    }
}

gboolean
pen_bundles_repair (PenAccount *account, const char *sender, guint32 device)
{
  const PenBundleWish wish = { .trigger = PEN_TRIGGER_SEND, .rule = "repair" };
  g_autoptr (PenAddress) address = pen_address_parse (sender, NULL, NULL);
  PenPerson *person = address != NULL ? pen_person_get (account, address, NULL) : NULL;
  PenOmemoPeer peer = { (char *) sender, device };

  /* Once a device and session: two that repair each other would never end. */
  return person != NULL && !was_asked (person, &peer, FOR_REPAIR)
         && ask (account, address, &peer, FOR_REPAIR, &wish);
}
