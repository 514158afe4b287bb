/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Asks whether a person can be reached encrypted, when the policy lets it:
 *
 *   JID     -> device list of the JID
 *   number  -> directory -> device list of each JID that it answers
 *
 * and decides what the answers together say: one list with a device is yes;
 * a question that could not be put means that nothing is known. */

#include "purple/lookup.h"

#include "purple/message.h"
#include "purple/omemo-account.h"
#include "purple/omemo-talk.h"
#include "purple/request.h"
#include "purple/services.h"
#include "purple/talk.h"
#include "wire/wire.h"

#include <blist.h>
#include <debug.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define NS_PUBSUB "http://jabber.org/protocol/pubsub"
#define NS_PUBSUB_EVENT "http://jabber.org/protocol/pubsub#event"
#define NS_OMEMO "eu.siacs.conversations.axolotl"
#define NODE_DEVICE_LIST NS_OMEMO ".devicelist"

/* What a running request needs to find its person again. */
typedef struct
{
  PenAddress *address;
  char *jid;
  PenTrigger trigger;
  char *rule;
} Asking;

static Asking *
asking_new (const PenPerson *person, const char *jid, const Asking *why)
{
  Asking *asking = g_new0 (Asking, 1);

  asking->address = pen_address_copy (person->address);
  asking->jid = g_strdup (jid);
  asking->trigger = why->trigger;
  asking->rule = g_strdup (why->rule);
  return asking;
}

static void
asking_free (Asking *asking)
{
  pen_address_free (asking->address);
  g_free (asking->jid);
  g_free (asking->rule);
  g_free (asking);
}

static void
conclude (PenAccount *account, PenPerson *person)
{
  PenAskOutcome outcome = person->best;

  if (--person->open_requests > 0)
    return;
  if (outcome != PEN_ASK_YES && person->could_not)
    outcome = PEN_ASK_COULD_NOT;
  person->lookup = outcome == PEN_ASK_COULD_NOT ? PEN_LOOKUP_FAILED : PEN_LOOKUP_DONE;
  pen_person_learn (account, person, outcome, person->devices, PEN_ORIGIN_ASKED);
  if (account->is_online)
    pen_message_release (account, person, TRUE);
}

static void
note_outcome (PenPerson *person, PenAskOutcome outcome, guint devices)
{
  if (outcome == PEN_ASK_YES && devices > 0)
    person->best = PEN_ASK_YES;
  if (outcome == PEN_ASK_COULD_NOT)
    person->could_not = TRUE;
  person->devices += devices;
}

static void
on_device_list (PenAccount *account, xmlnode *iq, gpointer data)
{
  Asking *asking = data;
  PenPerson *person = pen_person_get (account, asking->address, NULL);
  xmlnode *pubsub;
  xmlnode *items;
  g_autoptr (PenWireError) failure = iq != NULL ? pen_wire_error_read (iq) : NULL;
  g_autofree char *jid = NULL;
  guint devices = 0;

  jid = g_steal_pointer (&asking->jid);
  asking_free (asking);
  if (person == NULL)
    return;
  if (iq == NULL)
    note_outcome (person, PEN_ASK_COULD_NOT, 0);
  else if (failure != NULL)
    note_outcome (person, pen_ask_outcome_from_error (failure->condition, failure->text), 0);
  else
    {
      pubsub = xmlnode_get_child_with_namespace (iq, "pubsub", NS_PUBSUB);
      items = pubsub != NULL ? xmlnode_get_child (pubsub, "items") : NULL;
      if (items != NULL && g_strcmp0 (xmlnode_get_attrib (items, "node"), NODE_DEVICE_LIST) == 0)
        {
          pen_secrets_learn_list (account, jid, items, &devices);
          note_outcome (person, PEN_ASK_YES, devices);
        }
      else
        note_outcome (person, PEN_ASK_COULD_NOT, 0);
    }
  conclude (account, person);
}

static gint64
ask_device_list (PenAccount *account, PenPerson *person, const char *jid, const Asking *why)
{
  Asking *asking = asking_new (person, jid, why);
  PenRequest wish = { "get", jid, on_device_list, asking };
  PenGateTag tag = { .trigger = why->trigger, .kind = PEN_KIND_DEVICE_LIST, .rule = why->rule };
  xmlnode *pubsub = xmlnode_new ("pubsub");
  gint64 row;

  xmlnode_set_namespace (pubsub, NS_PUBSUB);
  xmlnode_set_attrib (xmlnode_new_child (pubsub, "items"), "node", NODE_DEVICE_LIST);
  person->open_requests++;
  row = pen_request_send (account, &wish, pubsub, &tag);
  if (row < 0)
    {
      person->open_requests--;
      asking_free (asking);
    }
  return row;
}

/* Asks about each JID; one that does not leave counts as not asked. */
static void
ask_each (PenAccount *account, PenPerson *person, const char *const *jids, const Asking *why)
{
  for (guint i = 0; jids[i] != NULL; i++)
    if (ask_device_list (account, person, jids[i], why) < 0)
      person->could_not = TRUE;
}

static void
heed_verdict (PenAccount *account, PenPerson *person, const PenDirectoryAnswer *answer)
{
  g_autofree char *text = NULL;

  if (answer->verdict == PEN_DIRECTORY_OK)
    return;
  person->could_not = TRUE;
  if (answer->verdict == PEN_DIRECTORY_OWN_USERS_ONLY)
    pen_services_directory_pause (account, 0);
  else if (answer->retry_s > 0)
    pen_services_directory_pause (account, (guint) answer->retry_s);
  text = answer->text != NULL
    ? g_strdup_printf ("%s (%s)", _(pen_directory_verdict_sentence (answer->verdict)), answer->text)
    : g_strdup (_(pen_directory_verdict_sentence (answer->verdict)));
  pen_talk_system (account->purple, person->address->name, text, FALSE);
}

/* A JID at a gateway is a phone: the number itself decides about SMS. And who
 * agreed to write to one person in clear did not agree to another. */
static void
take_jids (PenAccount *account, PenContact *contact, const char *const *jids)
{
  g_autoptr (GString) usable = g_string_new (NULL);

  for (guint i = 0; jids[i] != NULL; i++)
    {
      g_autofree char *domain = pen_jid_domain (jids[i]);

      if (!pen_services_is_gateway (account, domain))
        g_string_append_printf (usable, usable->len > 0 ? " %s" : "%s", jids[i]);
    }
  if (g_strcmp0 (contact->jids, usable->str) != 0 && contact->choice == PEN_CHOICE_PLAIN)
    contact->choice = PEN_CHOICE_ASK;
  g_free (contact->jids);
  contact->jids = g_string_free (g_steal_pointer (&usable), FALSE);
}

static void
on_directory (PenAccount *account, xmlnode *iq, gpointer data)
{
  Asking *asking = data;
  PenPerson *person = pen_person_get (account, asking->address, NULL);
  const char *const asked[] = { asking->address->name, NULL };
  g_autoptr (PenDirectoryAnswer) answer = iq != NULL ? pen_directory_answer_new () : pen_directory_answer_new_timeout ();
  const PenDirectoryKind *kind = pen_directory_kinds[0];
  g_autoptr (GError) error = NULL;

  pen_services_directory (account, &kind);
  if (iq != NULL && !kind->parse (iq, asked, answer, &error))
    {
      purple_debug_warning ("penregister", "the directory's answer is not believed: %s\n", error->message);
      answer->verdict = PEN_DIRECTORY_FAILED;
    }
  if (person != NULL)
    {
      heed_verdict (account, person, answer);
      if (answer->verdict == PEN_DIRECTORY_OK)
        {
          g_auto (GStrv) jids = NULL;

          take_jids (account, person->contact, pen_directory_answer_jids (answer, asking->address->name));
          jids = g_strsplit (person->contact->jids, " ", -1);
          ask_each (account, person, (const char *const *) jids, asking);
        }
      conclude (account, person);
    }
  asking_free (asking);
}

static gint64
ask_directory (PenAccount *account, PenPerson *person, const Asking *why)
{
  const PenDirectoryKind *kind = NULL;
  const char *host = pen_services_directory (account, &kind);
  const char *const numbers[] = { person->address->name, NULL };
  Asking *asking = asking_new (person, NULL, why);
  PenRequest wish = { "get", host, on_directory, asking };
  PenGateTag tag = { .trigger = why->trigger, .kind = PEN_KIND_DIRECTORY, .rule = why->rule };
  gint64 row;

  person->open_requests++;
  row = pen_request_send (account, &wish, kind->build (numbers), &tag);
  if (row < 0)
    {
      person->open_requests--;
      asking_free (asking);
    }
  return row;
}

static gint64
ask (PenAccount *account, PenPerson *person, PenTrigger trigger, const char *rule)
{
  g_autofree char *words = g_strdup (rule);
  Asking why = { person->address, NULL, trigger, words };
  gint64 row;

  person->best = PEN_ASK_NOT_VISIBLE;
  person->devices = 0;
  person->could_not = FALSE;
  person->lookup = PEN_LOOKUP_PENDING;
  row = person->address->kind == PEN_ADDRESS_TEL ? ask_directory (account, person, &why)
                                                 : ask_device_list (account, person, person->address->name, &why);
  if (row < 0)
    person->lookup = PEN_LOOKUP_FAILED;
  pen_talk_emit_route (account->purple, person->address->name);
  return row;
}

static gint64
record_withheld (PenAccount *account, PenPerson *person, PenTrigger trigger, const char *rule)
{
  g_autoptr (PenLedgerRow) row = g_new0 (PenLedgerRow, 1);
  g_autoptr (GError) error = NULL;
  const char *directory = pen_services_directory (account, NULL);
  gboolean is_tel = person->address->kind == PEN_ADDRESS_TEL;

  row->account = g_strdup (account->bare);
  row->address = pen_address_to_uri (person->address);
  row->kind = is_tel ? PEN_KIND_DIRECTORY : PEN_KIND_DEVICE_LIST;
  row->trigger = trigger;
  row->status = PEN_ROW_WITHHELD;
  row->rule = g_strdup (rule);
  pen_ledger_row_observe (row, PEN_OBSERVER_HOME, account->domain);
  if (is_tel)
    pen_ledger_row_observe (row, PEN_OBSERVER_DIRECTORY, directory);
  if (!pen_database_begin (pen_app ()->database, &error) || !pen_ledger_append (pen_app ()->ledger, row, &error))
    {
      pen_app_store_failed (pen_app (), error);
      return -1;
    }
  pen_app_touch (pen_app ());
  pen_talk_emit_row (row->row);
  return row->row;
}

static gboolean
has_somebody_to_ask (PenAccount *account, const PenPerson *person)
{
  if (person->address->kind == PEN_ADDRESS_XMPP)
    return strchr (person->address->name, '@') != NULL;
  return person->address->kind == PEN_ADDRESS_TEL && pen_services_directory (account, NULL) != NULL;
}

gint64
pen_lookup_want (PenAccount *account, PenPerson *person, PenTrigger trigger)
{
  PenPolicy policy = pen_person_policy (account->purple, person->contact);
  const char *rule = NULL;

  if (person->lookup == PEN_LOOKUP_PENDING)
    return 0;
  if (!has_somebody_to_ask (account, person))
    {
      person->lookup = PEN_LOOKUP_DONE;
      return 0;
    }
  switch (pen_policy_judge (policy.when, trigger, pen_person_is_fresh (account, person), &rule))
    {
    case PEN_VERDICT_ASK:
      return ask (account, person, trigger, rule);
    case PEN_VERDICT_WITHHOLD:
      /* One row for one wish: a message that asks again is not a new one. */
      if (person->lookup != PEN_LOOKUP_WITHHELD)
        record_withheld (account, person, trigger, rule);
      person->lookup = PEN_LOOKUP_WITHHELD;
      return 0;
    case PEN_VERDICT_FRESH:
      person->lookup = PEN_LOOKUP_DONE;
      return 0;
    default:
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

  if (items == NULL || g_strcmp0 (xmlnode_get_attrib (items, "node"), NODE_DEVICE_LIST) != 0)
    return FALSE;
  /* A retracted item is not an empty list, and only a bare JID speaks for its account (omemo.md 4.3, 7.3). */
  if (from == NULL || strchr (from, '/') != NULL || xmlnode_get_child (items, "item") == NULL)
    return TRUE;
  address = pen_address_parse (from, NULL, NULL);
  if (address == NULL || address->kind != PEN_ADDRESS_XMPP)
    return TRUE;
  if (g_str_equal (address->name, account->bare))
    {
      g_autoptr (GArray) own = pen_omemo_devices_read (items, NULL);

      if (own != NULL)
        pen_secrets_saw_own_list (account, own);
      return TRUE;
    }
  /* Strangers cannot fill the store: a person is on the list, or was met in this session. */
  if (purple_find_buddy (account->purple, address->name) == NULL
      && !g_hash_table_contains (account->people, address->name))
    return TRUE;
  person = pen_person_get (account, address, NULL);
  if (person == NULL)
    return TRUE;
  pen_secrets_learn_list (account, address->name, items, &devices);
  pen_person_learn (account, person, devices > 0 ? PEN_ASK_YES : PEN_ASK_NOT_VISIBLE, devices, PEN_ORIGIN_PUSHED);
  if (account->is_online && person->lookup != PEN_LOOKUP_PENDING)
    pen_message_release (account, person, TRUE);
  return TRUE;
}
