/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The policy of an account and of single people, read and changed; decides
 * what a change means for messages that wait because of the old one. */

#include "purple/pane.h"

#include "penregister/outbox.h"
#include "purple/actions-policy.h"
#include "purple/lookup.h"
#include "purple/message.h"
#include "purple/queue.h"
#include "purple/talk.h"

#include <conversation.h>
#include <glib/gi18n-lib.h>

gboolean
pen_pane_policy_get (PurpleAccount *purple, const char *typed, PenPolicy *policy, GError **error)
{
  g_autoptr (PenAddress) address = typed != NULL ? pen_account_resolve (purple, typed, error) : NULL;
  g_autofree char *bare = pen_account_bare (purple);
  g_autoptr (PenContact) contact = NULL;

  if ((typed != NULL && address == NULL) || !pen_app_need_store (pen_app (), error))
    return FALSE;
  if (address != NULL)
    contact = pen_contact_load (pen_app ()->database, bare, address->name, error);
  if (address != NULL && contact == NULL)
    return FALSE;
  *policy = pen_person_policy (purple, contact);
  return TRUE;
}

/* A message that waits for a slot waits for another one now, or for none. */
static void
look_again (PenAccount *account, PenPerson *person)
{
  gboolean was_waiting = person->lookup == PEN_LOOKUP_WAITING;

  /* By another rule the wish is another row. */
  person->has_wish_row = FALSE;
  if (was_waiting || person->lookup == PEN_LOOKUP_WITHHELD)
    person->lookup = PEN_LOOKUP_DONE;
  if (!was_waiting || !account->is_online || !pen_message_has_held (account, person))
    return;
  if (pen_message_needs_lookup (person))
    pen_lookup_want (account, person, PEN_TRIGGER_SEND);
  pen_message_release (account, person, TRUE);
}

static gboolean
keep_override (const PenContact *contact, GError **error)
{
  return pen_database_begin (pen_app ()->database, error) && pen_contact_save (pen_app ()->database, contact, error)
         && pen_database_commit (pen_app ()->database, error);
}

/* @when: a PenWhen, or -1 for the account's. */
static gboolean
set_contact (PurpleAccount *purple, const char *typed, int when, GError **error)
{
  g_autoptr (PenAddress) address = pen_account_resolve (purple, typed, error);
  PenAccount *account = pen_account_find (purple);
  g_autofree char *bare = pen_account_bare (purple);
  g_autoptr (PenContact) contact = NULL;
  PenPerson *person = NULL;

  if (address == NULL || !pen_app_need_store (pen_app (), error))
    return FALSE;
  contact = pen_contact_load (pen_app ()->database, bare, address->name, error);
  if (contact == NULL)
    return FALSE;
  contact->when = when;
  if (!keep_override (contact, error))
    return FALSE;
  if (account != NULL)
    person = pen_person_get (account, address, NULL);
  if (person == NULL)
    return TRUE;
  person->contact->when = when;
  if (account->is_online)
    pen_queue_override (account, person);
  look_again (account, person);
  return TRUE;
}

static void
take_fields (PenPolicy *policy, const PenPolicy *wanted, guint fields)
{
  if ((fields & PEN_POLICY_WHEN) != 0)
    policy->when = wanted->when;
  if ((fields & PEN_POLICY_PAD) != 0)
    policy->pad = wanted->pad;
  if ((fields & PEN_POLICY_SLOTS) != 0)
    policy->slots = wanted->slots;
  if ((fields & PEN_POLICY_PERIOD) != 0)
    policy->period_s = wanted->period_s;
  if ((fields & PEN_POLICY_FAST_SLOTS) != 0)
    policy->fast_slots = wanted->fast_slots;
  if ((fields & PEN_POLICY_FAST_PERIOD) != 0)
    policy->fast_period_s = wanted->fast_period_s;
  if ((fields & PEN_POLICY_FRESH) != 0)
    policy->fresh_s = wanted->fresh_s;
}

static void
look_again_at_all (PenAccount *account)
{
  g_autoptr (GList) people = g_hash_table_get_values (account->people);

  for (GList *link = people; link != NULL; link = link->next)
    look_again (account, link->data);
}

/* What stands above an open conversation follows the policy. */
static void
tell_conversations (PurpleAccount *purple)
{
  for (GList *link = purple_get_ims (); link != NULL; link = link->next)
    if (purple_conversation_get_account (link->data) == purple)
      pen_talk_emit_route (purple, purple_conversation_get_name (link->data));
}

/* Whoever agreed may go on as agreed, with answers that are used longer. */
static gboolean
lacks_consent (PurpleAccount *purple, const PenPolicy *policy, guint fields)
{
  gboolean goes_on = (fields & ~(guint) PEN_POLICY_FRESH) == 0 && !pen_account_awaits_consent (purple);

  return policy->when == PEN_WHEN_BATCH && policy->pad && !goes_on && (fields & PEN_POLICY_AGREED) == 0;
}

static gboolean
set_account (PurpleAccount *purple, const PenPolicy *wanted, guint fields, GError **error)
{
  PenAccount *account = pen_account_find (purple);
  PenPolicy policy = pen_account_policy_chosen (purple);
  const char *fault;

  take_fields (&policy, wanted, fields);
  fault = pen_policy_fault (&policy);
  if (fault != NULL)
    {
      g_set_error_literal (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED, _(fault));
      return FALSE;
    }
  if (lacks_consent (purple, &policy, fields))
    {
      g_set_error_literal (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                           _("Nothing is padded before you have read what padding does and agreed to it."));
      return FALSE;
    }
  pen_account_policy_keep (purple, &policy);
  if (account != NULL && account->is_online)
    {
      pen_queue_changed (account);
      look_again_at_all (account);
    }
  tell_conversations (purple);
  return TRUE;
}

gboolean
pen_pane_policy_set (PurpleAccount *purple, const char *typed, const PenPolicy *policy, guint fields, GError **error)
{
  if (typed == NULL)
    return set_account (purple, policy, fields, error);
  if ((fields & ~(guint) PEN_POLICY_WHEN) != 0 || policy->when >= PEN_N_WHENS)
    {
      g_set_error_literal (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                           _("For one person only “when” can be set: typed, send, batch or never. The rest holds for "
                             "the whole account."));
      return FALSE;
    }
  return set_contact (purple, typed, (fields & PEN_POLICY_WHEN) != 0 ? (int) policy->when : -1, error);
}

char *
pen_pane_preset_words (PurpleAccount *purple, guint i)
{
  return pen_policy_preset_words (purple, i);
}

gboolean
pen_pane_preset_set (PurpleAccount *purple, guint i, gboolean is_agreed, GError **error)
{
  return pen_policy_preset_keep (purple, i, is_agreed, error);
}
