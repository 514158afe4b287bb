/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* One person as an account knows them. Decides nothing by itself: it gathers
 * what capability, policy and route_decide want to know. */

#include "purple/person.h"

#include "penregister/sms.h"
#include "purple/omemo-account.h"
#include "purple/queue.h"
#include "purple/services.h"
#include "purple/talk.h"

#include <debug.h>
#include <glib/gi18n-lib.h>

void
pen_person_free (PenPerson *person)
{
  pen_address_free (person->address);
  pen_contact_free (person->contact);
  g_clear_pointer (&person->bundles_asked, g_hash_table_unref);
  g_free (person);
}

PenPerson *
pen_person_get (PenAccount *account, const PenAddress *address, GError **error)
{
  PenPerson *person = g_hash_table_lookup (account->people, address->name);
  PenContact *contact;

  if (person != NULL)
    {
      /* What was learnt in a turn that the store gave up, a pin above all, is written again. */
      if (person->saved_at_rollbacks != pen_database_rollbacks (pen_app ()->database))
        pen_person_save (person);
      return person;
    }
  contact = pen_contact_load (pen_app ()->database, account->bare, address->name, error);
  if (contact == NULL)
    return NULL;
  person = g_new0 (PenPerson, 1);
  person->address = pen_address_copy (address);
  person->contact = contact;
  person->lookup = PEN_LOOKUP_DONE;
  person->said_route = PEN_ROUTE_HOLD;
  person->saved_at_rollbacks = pen_database_rollbacks (pen_app ()->database);
  g_hash_table_insert (account->people, person->address->name, person);
  return person;
}

/* A list that was pushed in a former session may have changed since: it ages
 * like one that was asked for. */
PenCapability
pen_person_capability (PenAccount *account, const PenPerson *person)
{
  const PenContact *contact = person->contact;
  PenCapability known = { contact->state, contact->origin, contact->asked_at_us, contact->devices, contact->pinned };

  if (known.origin == PEN_ORIGIN_PUSHED && (account == NULL || known.at_us < account->login_at_us))
    known.origin = PEN_ORIGIN_ASKED;
  return known;
}

gboolean
pen_person_is_fresh (PenAccount *account, const PenPerson *person)
{
  PenCapability known = pen_person_capability (account, person);

  return pen_capability_is_fresh (&known, pen_queue_fresh_s (account, person), pen_clock_now_us (&pen_app ()->clock));
}

PenPolicy
pen_person_policy (PurpleAccount *purple, const PenContact *contact)
{
  PenPolicy policy = pen_account_policy (purple);

  if (contact != NULL && contact->when >= 0 && contact->when < PEN_N_WHENS)
    policy.when = (PenWhen) contact->when;
  return policy;
}

gboolean
pen_person_save (PenPerson *person)
{
  g_autoptr (GError) error = NULL;

  if (pen_database_begin (pen_app ()->database, &error)
      && pen_contact_save (pen_app ()->database, person->contact, &error))
    {
      person->saved_at_rollbacks = pen_database_rollbacks (pen_app ()->database);
      pen_app_touch (pen_app ());
      return TRUE;
    }
  pen_app_store_failed (pen_app (), error);
  return FALSE;
}

void
pen_person_learn (PenAccount *account, PenPerson *person, PenAskOutcome outcome, guint devices, PenOrigin origin)
{
  PenContact *contact = person->contact;
  PenCapability known = pen_person_capability (account, person);
  PenCapability learnt = pen_capability_learn (known, outcome, devices, origin, pen_clock_now_us (&pen_app ()->clock));

  /* A choice made while nothing could be encrypted does not outlive that. */
  if (learnt.pinned && !contact->pinned)
    contact->choice = PEN_CHOICE_ASK;
  contact->state = learnt.state;
  contact->origin = learnt.origin;
  contact->asked_at_us = learnt.at_us;
  contact->devices = learnt.devices;
  contact->pinned = learnt.pinned;
  pen_person_save (person);
  pen_talk_emit_route (account->purple, person->address->name);
}

/* Offline nobody can be asked, and what is known has to do. */
static PenRouteInput
route_input (PurpleAccount *purple, PenAccount *account, const PenPerson *person, const char *text)
{
  PenCapability known = pen_person_capability (account, person);
  const char *gateway = account != NULL ? pen_services_gateway (account)
                                        : pen_account_text (purple, PEN_OPTION_GATEWAY);
  PenRouteInput input = {
    .kind = person->address->kind,
    .capability = known.state,
    .pinned = known.pinned,
    .lookup = person->lookup,
    .choice = person->contact->choice,
    .omemo = pen_secrets_engine (account) != NULL,
    .gateway = gateway != NULL,
    .has_jid = person->contact->jids != NULL && person->contact->jids[0] != '\0',
    .is_otr = text != NULL && pen_sms_is_otr (text),
    .plain_asks = g_strcmp0 (pen_account_text (purple, PEN_OPTION_FALLBACK_PLAIN), "ask") == 0,
  };

  return input;
}

PenRouteDecision
pen_person_route (PenAccount *account, const PenPerson *person, const char *text)
{
  PenRouteInput input = route_input (account->purple, account, person, text);

  return pen_route_decide (&input);
}

void
pen_pane_status_free (PenPaneStatus *status)
{
  g_free (status->address);
  g_free (status->name);
  g_strfreev (status->why);
  g_free (status->words);
  g_free (status);
}

static char **
reasons_of (const PenCapability *known, const PenRouteDecision *decision)
{
  g_autoptr (GPtrArray) why = g_ptr_array_new ();

  if (known->state == PEN_CAPABILITY_UNKNOWN && decision->reason != PEN_REASON_NOT_ASKED)
    g_ptr_array_add (why, g_strdup (_("Nobody has been asked about this contact, or nobody could be asked.")));
  else if (known->state == PEN_CAPABILITY_ABSENT)
    g_ptr_array_add (why, g_strdup (_("No device list of this contact is visible to us. They may still use XMPP.")));
  else if (known->state == PEN_CAPABILITY_ENCRYPTED)
    g_ptr_array_add (why, g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "This contact has a list with %u device.",
                                                        "This contact has a list with %u devices.", known->devices),
                                           known->devices));
  g_ptr_array_add (why, g_strdup (_(pen_route_reason_sentence (decision->reason))));
  g_ptr_array_add (why, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&why), FALSE);
}

static PenPerson *
person_offline (PurpleAccount *purple, const PenAddress *address, GError **error)
{
  g_autofree char *bare = pen_account_bare (purple);
  PenContact *contact = pen_contact_load (pen_app ()->database, bare, address->name, error);
  PenPerson *person;

  if (contact == NULL)
    return NULL;
  person = g_new0 (PenPerson, 1);
  person->address = pen_address_copy (address);
  person->contact = contact;
  /* Offline nobody can be asked; what is known has to do. */
  person->lookup = contact->state == PEN_CAPABILITY_ENCRYPTED ? PEN_LOOKUP_DONE : PEN_LOOKUP_FAILED;
  return person;
}

/* What a message would do: where the policy would ask first, it waits. */
static PenLookupState
expected_lookup (PenAccount *account, const PenPerson *person)
{
  PenPolicy policy = pen_person_policy (account->purple, person->contact);
  PenAddressKind kind = person->address->kind;

  if (person->lookup == PEN_LOOKUP_PENDING || person->lookup == PEN_LOOKUP_WAITING
      || pen_person_is_fresh (account, person))
    return person->lookup;
  if (kind == PEN_ADDRESS_TEL && pen_services_directory (account, NULL) == NULL)
    return PEN_LOOKUP_DONE;
  switch (pen_policy_judge (policy.when, PEN_TRIGGER_SEND, FALSE, NULL))
    {
    case PEN_VERDICT_WITHHOLD:
      return PEN_LOOKUP_WITHHELD;
    case PEN_VERDICT_ASK:
      return person->lookup == PEN_LOOKUP_FAILED ? PEN_LOOKUP_FAILED : PEN_LOOKUP_NOT_YET;
    default:
      /* WITHHELD: a batch was wanted, and none can be made. */
      return person->lookup == PEN_LOOKUP_WITHHELD ? PEN_LOOKUP_WITHHELD : PEN_LOOKUP_WAITING;
    }
}

static PenPaneStatus *
status_of (PurpleAccount *purple, PenAccount *account, PenPerson *person)
{
  PenPaneStatus *status = g_new0 (PenPaneStatus, 1);
  PenCapability known = pen_person_capability (account, person);
  PenPerson view = *person;
  PenRouteInput input;
  PenRouteDecision decision;

  if (account != NULL)
    view.lookup = expected_lookup (account, person);
  input = route_input (purple, account, &view, NULL);
  decision = pen_route_decide (&input);
  status->address = pen_address_to_uri (person->address);
  status->name = g_strdup (person->address->name);
  status->route = decision.route;
  status->capability = known.state;
  status->origin = known.origin;
  status->age_s = person->contact->asked_at_us == 0
    ? -1 : (pen_clock_now_us (&pen_app ()->clock) - person->contact->asked_at_us) / G_USEC_PER_SEC;
  status->devices = known.devices;
  status->why = reasons_of (&known, &decision);
  status->words = pen_talk_route_words (&decision, known.devices,
                                        person->lookup == PEN_LOOKUP_WAITING ? person->slot_at_us : 0);
  return status;
}

PenPaneStatus *
pen_person_status (PurpleAccount *purple, const char *typed, GError **error)
{
  g_autoptr (PenAddress) address = pen_account_resolve (purple, typed, error);
  PenAccount *account = pen_account_find (purple);
  PenPaneStatus *status;
  PenPerson *person;

  if (address == NULL)
    return NULL;
  if (pen_app ()->database == NULL)
    {
      g_set_error_literal (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED, pen_app ()->store_error);
      return NULL;
    }
  if (account != NULL)
    {
      person = pen_person_get (account, address, error);
      return person != NULL ? status_of (purple, account, person) : NULL;
    }
  person = person_offline (purple, address, error);
  if (person == NULL)
    return NULL;
  status = status_of (purple, NULL, person);
  pen_person_free (person);
  return status;
}
