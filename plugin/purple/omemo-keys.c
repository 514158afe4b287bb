/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides whose bundles are wanted. To ask for one says that its owner is
 * about to be written to: whether and when that may be is the schedule's to
 * say, and nothing here asks before it has said so. */

#include "purple/omemo-bundles-private.h"

#include "purple/archive.h"
#include "purple/lookup.h"
#include "purple/omemo-account.h"
#include "purple/omemo-talk.h"
#include "purple/queue.h"

/* Sessions that are put off to be repaired. */
#define BROKEN_MAX 50

static gboolean
is_own (const PenAccount *account, const PenOmemoPeer *peer)
{
  return g_str_equal (peer->jid, account->bare);
}

/* Our own devices are nobody else's: to ask about them tells nothing of anybody. */
static void
ask_own (PenAccount *account, PenPerson *person, const PenOmemoPeer *peer)
{
  const PenBundleWish why = { .trigger = PEN_TRIGGER_SEND };

  if (pen_bundle_mark (person, peer, PEN_BUNDLE_FOR_MESSAGE))
    return;
  if (pen_bundle_fetch_send (account, pen_bundle_fetch_new (person->address, peer, PEN_BUNDLE_FOR_MESSAGE), &why))
    person->open_bundles++;
  else
    pen_bundle_unmark (person, peer, PEN_BUNDLE_FOR_MESSAGE);
}

/* What is wished of one person. */

static gboolean
is_of (const PenBundleFetch *fetch, const char *name)
{
  return g_str_equal (fetch->address->name, name);
}

/* Returns: (transfer full): a wish about @name that nobody has asked for yet; NULL for none */
static PenBundleFetch *
take_wished (PenBundles *bundles, const char *name)
{
  for (GList *link = bundles->wished->head; link != NULL; link = link->next)
    {
      PenBundleFetch *fetch = link->data;

      if (!is_of (fetch, name))
        continue;
      g_queue_delete_link (bundles->wished, link);
      return fetch;
    }
  return NULL;
}

/* The schedule may be busy handing out: then it comes to this one next. */
static gboolean
has_wished (const PenBundles *bundles, const PenPerson *person)
{
  for (const GList *link = bundles->wished->head; link != NULL; link = link->next)
    if (is_of (link->data, person->address->name))
      return TRUE;
  return FALSE;
}

/* What did not leave was not asked. @fetch: (transfer full) */
static void
ask_wished (PenAccount *account, PenBundleFetch *fetch, const PenScheduleBatch *batch, gboolean may_leave)
{
  PenPerson *person = pen_person_get (account, fetch->address, NULL);
  PenBundlePurpose purpose = fetch->purpose;
  gboolean is_repair = purpose == PEN_BUNDLE_FOR_REPAIR;
  const PenBundleWish why = { .trigger = is_repair ? PEN_TRIGGER_SEND : batch->trigger,
                              .rule = is_repair ? "repair" : batch->rule };
  g_autofree char *jid = g_strdup (fetch->peer.jid);
  const PenOmemoPeer peer = { jid, fetch->peer.device };
  gboolean is_sent = FALSE;

  if (person != NULL && may_leave)
    is_sent = pen_bundle_fetch_send (account, fetch, &why);
  else
    pen_bundle_fetch_free (fetch);
  if (is_sent && !is_repair)
    person->open_bundles++;
  if (!is_sent && person != NULL)
    pen_bundle_unmark (person, &peer, purpose);
}

void
pen_bundles_ask_wished (PenAccount *account, const PenScheduleBatch *batch, gboolean may_leave)
{
  for (guint i = 0; i < batch->slots->len; i++)
    {
      const PenScheduleSlot *slot = g_ptr_array_index (batch->slots, i);
      PenBundleFetch *fetch;

      while ((fetch = take_wished (account->bundles, slot->subject)) != NULL)
        ask_wished (account, fetch, batch, may_leave);
    }
}

static void
keep_back (PenAccount *account, const PenBundleFetch *fetch, const char *rule)
{
  g_autofree char *uri = g_strconcat ("xmpp:", fetch->peer.jid, NULL);
  const PenWithheld withheld = { uri, fetch->peer.jid, PEN_KIND_BUNDLE, PEN_TRIGGER_SEND, rule };

  pen_lookup_record_withheld (account, &withheld);
}

/* With `batch` the next sweep brings them; with `never` only the user's own
 * look-up does. One row for one wish: what waits is wished again and again. */
static void
give_up_wished (PenAccount *account, PenPerson *person, const PenScheduleReply *reply)
{
  PenBundleFetch *fetch;

  while ((fetch = take_wished (account->bundles, person->address->name)) != NULL)
    {
      if (reply->verdict == PEN_VERDICT_WITHHOLD
          || (reply->at_us > 0 && !pen_bundle_mark (person, &fetch->peer, PEN_BUNDLE_PUT_OFF)))
        keep_back (account, fetch, reply->rule);
      if (reply->verdict == PEN_VERDICT_LATER)
        pen_bundle_unmark (person, &fetch->peer, fetch->purpose);
      if (reply->verdict == PEN_VERDICT_LATER && fetch->purpose == PEN_BUNDLE_FOR_REPAIR)
        pen_bundle_mark (person, &fetch->peer, PEN_BUNDLE_REPAIR_LATER);
      pen_bundle_fetch_free (fetch);
    }
}

/* The one way to a bundle that something needs now: the schedule decides. */
static PenScheduleReply
wish_for (PenAccount *account, PenPerson *person, const GPtrArray *peers, PenBundlePurpose purpose)
{
  PenTrigger trigger = purpose == PEN_BUNDLE_FOR_REPAIR ? PEN_TRIGGER_PUSHED : PEN_TRIGGER_SEND;
  PenScheduleReply reply = { PEN_VERDICT_FRESH, 0, NULL };
  gboolean is_any = FALSE;

  for (guint i = 0; i < peers->len; i++)
    if (!pen_bundle_mark (person, g_ptr_array_index (peers, i), purpose))
      {
        g_queue_push_tail (account->bundles->wished,
                           pen_bundle_fetch_new (person->address, g_ptr_array_index (peers, i), purpose));
        is_any = TRUE;
      }
  if (!is_any)
    return reply;
  pen_queue_want_keys (account, person, trigger, &reply);
  if (reply.verdict != PEN_VERDICT_ASK)
    give_up_wished (account, person, &reply);
  return reply;
}

/* Messages */

static gboolean
can_anybody_read (PenOmemo *omemo, const char *const *jids)
{
  for (guint i = 0; jids[i] != NULL; i++)
    {
      g_autoptr (GPtrArray) devices = pen_omemo_devices (omemo, jids[i], NULL);

      for (guint k = 0; devices != NULL && k < devices->len; k++)
        {
          const PenOmemoDevice *device = g_ptr_array_index (devices, k);

          if (device->is_active && device->has_session)
            return TRUE;
        }
    }
  return FALSE;
}

/* A device more is not worth hours; without any there is nobody to encrypt to. */
static gboolean
waits_for_slot (PenAccount *account, PenPerson *person, const char *const *jids, const PenScheduleReply *reply)
{
  if (reply->verdict != PEN_VERDICT_LATER || reply->at_us == 0
      || can_anybody_read (pen_secrets_engine (account), jids))
    return FALSE;
  person->lookup = PEN_LOOKUP_WAITING;
  person->slot_at_us = reply->at_us;
  return TRUE;
}

gboolean
pen_bundles_ask_missing (PenAccount *account, PenPerson *person, const char *const *jids)
{
  g_autoptr (GPtrArray) missing = pen_omemo_missing (pen_secrets_engine (account), jids, NULL);
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  PenScheduleReply reply;

  for (guint i = 0; missing != NULL && i < missing->len; i++)
    {
      const PenOmemoPeer *peer = g_ptr_array_index (missing, i);

      if (is_own (account, peer))
        ask_own (account, person, peer);
      else
        g_ptr_array_add (others, (gpointer) peer);
    }
  reply = wish_for (account, person, others, PEN_BUNDLE_FOR_MESSAGE);
  return waits_for_slot (account, person, jids, &reply) || person->open_bundles > 0
         || has_wished (account->bundles, person)
         || (missing != NULL && missing->len > 0 && person->swept_bundles > 0);
}

/* Rooms, repairs, and what is forgotten */

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

/* Returns whether an answer is to come. */
static gboolean
ask_for_room (PenAccount *account, const PenOmemoPeer *peer)
{
  g_autoptr (PenAddress) address = pen_address_parse (peer->jid, NULL, NULL);
  PenPerson *person = address != NULL ? pen_person_get (account, address, NULL) : NULL;
  g_autoptr (GPtrArray) one = g_ptr_array_new ();

  if (person == NULL)
    return FALSE;
  g_ptr_array_add (one, (gpointer) peer);
  if (is_own (account, peer))
    ask_own (account, person, peer);
  else
    wish_for (account, person, one, PEN_BUNDLE_FOR_MESSAGE);
  return person->open_bundles > 0 || has_wished (account->bundles, person);
}

gboolean
pen_secrets_ask_bundles (PenAccount *account, const char *const *jids)
{
  PenOmemo *omemo = pen_secrets_engine (account);
  g_autoptr (GPtrArray) missing = omemo != NULL ? pen_omemo_missing (omemo, jids, NULL) : NULL;
  gboolean is_open = FALSE;

  for (guint i = 0; missing != NULL && i < missing->len; i++)
    is_open = ask_for_room (account, g_ptr_array_index (missing, i)) || is_open;
  return is_open;
}

static GList *
find_broken (const PenBundles *bundles, const char *sender, guint32 device)
{
  for (GList *link = bundles->broken->head; link != NULL; link = link->next)
    {
      const PenOmemoPeer *peer = &((PenBundleFetch *) link->data)->peer;

      if (peer->device == device && g_str_equal (peer->jid, sender))
        return link;
    }
  return NULL;
}

void
pen_bundles_healed (PenAccount *account, const char *sender, guint32 device)
{
  GList *link = find_broken (account->bundles, sender, device);

  if (link == NULL)
    return;
  pen_bundle_fetch_free (link->data);
  g_queue_delete_link (account->bundles->broken, link);
}

void
pen_bundles_repair_rest (PenAccount *account)
{
  PenBundleFetch *fetch;

  while ((fetch = g_queue_pop_head (account->bundles->broken)) != NULL)
    {
      pen_bundles_repair (account, fetch->peer.jid, fetch->peer.device);
      pen_bundle_fetch_free (fetch);
    }
}

gboolean
pen_bundles_repair (PenAccount *account, const char *sender, guint32 device)
{
  const PenBundleWish why = { .trigger = PEN_TRIGGER_SEND, .rule = "repair" };
  g_autoptr (PenAddress) address = pen_address_parse (sender, NULL, NULL);
  PenPerson *person = address != NULL ? pen_person_get (account, address, NULL) : NULL;
  PenOmemoPeer peer = { (char *) sender, device };
  g_autoptr (GPtrArray) one = g_ptr_array_new ();

  if (person == NULL)
    return FALSE;
  if (pen_archive_is_reading (account->archive))
    {
      if (find_broken (account->bundles, sender, device) == NULL)
        g_queue_push_tail (account->bundles->broken, pen_bundle_fetch_new (address, &peer, PEN_BUNDLE_FOR_REPAIR));
      /* Whoever invents devices is asked for few of them. */
      if (g_queue_get_length (account->bundles->broken) > BROKEN_MAX)
        pen_bundle_fetch_free (g_queue_pop_head (account->bundles->broken));
      return TRUE;
    }
  /* Once a device and session: two that repair each other would never end. */
  if (is_own (account, &peer))
    return !pen_bundle_mark (person, &peer, PEN_BUNDLE_FOR_REPAIR)
           && pen_bundle_fetch_send (account, pen_bundle_fetch_new (address, &peer, PEN_BUNDLE_FOR_REPAIR), &why);
  g_ptr_array_add (one, &peer);
  return wish_for (account, person, one, PEN_BUNDLE_FOR_REPAIR).verdict == PEN_VERDICT_ASK;
}
