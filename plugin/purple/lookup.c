/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* A wish to know whether a person can be reached encrypted goes to the queue;
 * what the policy keeps back is a row too. Lists that servers push are taken
 * as they come. */

#include "purple/lookup.h"

#include "purple/message.h"
#include "purple/omemo-account.h"
#include "purple/omemo-talk.h"
#include "purple/queue.h"
#include "purple/row-news.h"
#include "purple/services.h"

#include <blist.h>
#include <debug.h>
#include <string.h>

#define NS_PUBSUB_EVENT "http://jabber.org/protocol/pubsub#event"

void
pen_lookup_record_withheld (PenAccount *account, const PenWithheld *withheld)
{
  g_autoptr (PenLedgerRow) row = g_new0 (PenLedgerRow, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *domain = withheld->jid != NULL ? pen_jid_domain (withheld->jid) : NULL;
  const char *directory = withheld->jid == NULL ? pen_services_directory (account, NULL) : NULL;

  row->account = g_strdup (account->bare);
  row->address = g_strdup (withheld->uri);
  row->kind = withheld->kind;
  row->trigger = withheld->trigger;
  row->status = PEN_ROW_WITHHELD;
  row->rule = g_strdup (withheld->rule);
  pen_ledger_row_observe (row, PEN_OBSERVER_HOME, account->domain);
  if (domain != NULL && !g_str_equal (domain, account->domain))
    pen_ledger_row_observe (row, PEN_OBSERVER_PEER, domain);
  if (directory != NULL)
    pen_ledger_row_observe (row, PEN_OBSERVER_DIRECTORY, directory);
  if (!pen_database_begin (pen_app ()->database, &error) || !pen_ledger_append (pen_app ()->ledger, row, &error))
    {
      pen_app_store_failed (pen_app (), error);
      return;
    }
  pen_app_touch (pen_app ());
  pen_row_news_add (row->row);
}

static void
record_withheld (PenAccount *account, PenPerson *person, PenTrigger trigger, const char *rule)
{
  gboolean is_tel = person->address->kind == PEN_ADDRESS_TEL;
  g_autofree char *uri = pen_address_to_uri (person->address);
  const PenWithheld withheld = { uri, is_tel ? NULL : person->address->name,
                                 is_tel ? PEN_KIND_DIRECTORY : PEN_KIND_DEVICE_LIST, trigger, rule };

  pen_lookup_record_withheld (account, &withheld);
}

/* One row for one wish: whoever opens a conversation, types and writes wishes
 * once, until somebody is asked. */
static void
keep_wish (PenAccount *account, PenPerson *person, PenTrigger trigger, const char *rule)
{
  if (!person->has_wish_row)
    record_withheld (account, person, trigger, rule);
  person->has_wish_row = TRUE;
}

static gboolean
has_somebody_to_ask (PenAccount *account, const PenPerson *person)
{
  if (person->address->kind == PEN_ADDRESS_XMPP)
    return strchr (person->address->name, '@') != NULL;
  return person->address->kind == PEN_ADDRESS_TEL && pen_services_directory (account, NULL) != NULL;
}

/* Where no slot will ever ask the policy wants a batch that cannot be made. */
static void
wait_for_slot (PenAccount *account, PenPerson *person, PenTrigger trigger, const PenScheduleReply *reply)
{
  if (reply->at_us > 0 || trigger == PEN_TRIGGER_SEND)
    keep_wish (account, person, trigger, reply->rule != NULL ? reply->rule : "batch");
  if (trigger != PEN_TRIGGER_SEND)
    return;
  person->slot_at_us = reply->at_us;
  person->lookup = reply->at_us > 0 ? PEN_LOOKUP_WAITING : PEN_LOOKUP_WITHHELD;
}

gint64
pen_lookup_want (PenAccount *account, PenPerson *person, PenTrigger trigger)
{
  PenScheduleReply reply;
  gint64 row;

  if (person->lookup == PEN_LOOKUP_PENDING)
    return 0;
  if (!has_somebody_to_ask (account, person))
    {
      person->lookup = PEN_LOOKUP_DONE;
      return 0;
    }
  row = pen_queue_want (account, person, trigger, pen_person_is_fresh (account, person), &reply);
  switch (reply.verdict)
    {
    case PEN_VERDICT_ASK:
      return row;
    case PEN_VERDICT_WITHHOLD:
      keep_wish (account, person, trigger, reply.rule);
      person->lookup = PEN_LOOKUP_WITHHELD;
      return 0;
    case PEN_VERDICT_FRESH:
      person->has_wish_row = FALSE;
      person->lookup = PEN_LOOKUP_DONE;
      return 0;
    default:
      wait_for_slot (account, person, trigger, &reply);
      return 0;
    }
}

gboolean
pen_lookup_saw_push (PenAccount *account, xmlnode *message)
{
  xmlnode *event = xmlnode_get_child_with_namespace (message, "event", NS_PUBSUB_EVENT);
  xmlnode *items = event != NULL ? xmlnode_get_child (event, "items") : NULL;
  const char *from = xmlnode_get_attrib (message, "from");
  g_autoptr (PenAddress) address = NULL;
  PenPerson *person;
  guint devices;

  if (items == NULL || g_strcmp0 (xmlnode_get_attrib (items, "node"), PEN_OMEMO_NODE_DEVICES) != 0)
    return FALSE;
  /* A retracted item is not an empty list, and only a bare JID speaks for its account (docs/omemo.md 4.3, 7.3). */
  if (from == NULL || strchr (from, '/') != NULL)
    {
      purple_debug_warning ("penregister", "a device list from %s is not believed\n", from != NULL ? from : "nobody");
      return TRUE;
    }
  if (xmlnode_get_child (items, "item") == NULL)
    return TRUE;
  address = pen_address_parse (from, NULL, NULL);
  if (address == NULL || address->kind != PEN_ADDRESS_XMPP)
    return TRUE;
  if (g_str_equal (address->name, account->bare))
    {
      g_autoptr (GArray) own = pen_omemo_devices_read (items, NULL);

      if (own != NULL)
        pen_secrets_saw_own_list (account, own);
      else
        pen_secrets_look_again (account);
      return TRUE;
    }
  /* Strangers cannot fill the store: a person is on the list, or was met in this session. */
  if (purple_find_buddy (account->purple, address->name) == NULL
      && !g_hash_table_contains (account->people, address->name))
    return TRUE;
  person = pen_person_get (account, address, NULL);
  if (person == NULL)
    return TRUE;
  if (!pen_secrets_learn_list (account, address->name, items, &devices))
    return TRUE;
  pen_person_learn (account, person, devices > 0 ? PEN_ASK_YES : PEN_ASK_NOT_VISIBLE, devices, PEN_ORIGIN_PUSHED);
  if (account->is_online && person->lookup != PEN_LOOKUP_PENDING)
    pen_message_release (account, person, TRUE);
  return TRUE;
}
