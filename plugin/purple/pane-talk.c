/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what the window of a conversation may offer: whom sending would
 * ask, what a held message waits for, and how it can be answered. */

#include "purple/pane-talk.h"

#include "penregister/outbox.h"
#include "penregister/sms.h"
#include "purple/message.h"
#include "purple/outgoing.h"
#include "purple/person.h"
#include "purple/wish.h"

/* As long as an answer is awaited, or a slot, nothing more is asked. */
static gboolean
would_ask (PenAccount *account, const PenPerson *person)
{
  PenPolicy policy = pen_person_policy (account->purple, person->contact);

  if (person->lookup == PEN_LOOKUP_PENDING || person->lookup == PEN_LOOKUP_WAITING
      || !pen_message_needs_lookup (person))
    return FALSE;
  return pen_policy_judge (policy.when, PEN_TRIGGER_SEND, pen_person_is_fresh (account, person), NULL)
         == PEN_VERDICT_ASK;
}

static void
fill_online (PenPaneTalk *talk, PenAccount *account, const PenPerson *person)
{
  talk->told = pen_wish_told (account, person->address->name);
  if (talk->told != NULL && would_ask (account, person))
    talk->asks = g_strdup (talk->told);
  if (person->lookup == PEN_LOOKUP_WAITING)
    talk->slot_at_us = person->slot_at_us;
}

static void
fill_held (PenPaneTalk *talk, PenAccount *account, const PenPerson *person, const PenOutboxEntry *entry)
{
  g_autofree char *text = pen_outgoing_plain_text (entry->text);

  talk->held = g_strdup (entry->message);
  talk->choices = PEN_CHOICE_BIT (PEN_CHOICE_CANCEL);
  if (account != NULL && person != NULL)
    talk->choices |= pen_person_route (account, person, text).choices;
}

PenPaneTalk *
pen_pane_talk (PurpleAccount *purple, const char *typed, GError **error)
{
  g_autoptr (PenContact) contact = pen_wish_contact (purple, typed, error);
  g_autoptr (PenAddress) address = contact != NULL ? pen_account_resolve (purple, typed, error) : NULL;
  PenAccount *account = pen_account_find (purple);
  g_autofree char *bare = pen_account_bare (purple);
  g_autoptr (GPtrArray) held = NULL;
  PenPerson *person = NULL;
  PenPaneTalk *talk;

  if (address == NULL)
    return NULL;
  held = pen_outbox_held (pen_app ()->database, bare, address->name, error);
  if (held == NULL)
    return NULL;
  if (account != NULL)
    person = pen_person_get (account, address, NULL);
  talk = g_new0 (PenPaneTalk, 1);
  talk->kind = address->kind;
  talk->choice = contact->choice;
  talk->when = contact->when;
  talk->n_held = held->len;
  if (held->len > 0)
    fill_held (talk, account, person, g_ptr_array_index (held, 0));
  if (person != NULL && account->is_online)
    fill_online (talk, account, person);
  return talk;
}

void
pen_pane_talk_free (PenPaneTalk *talk)
{
  g_free (talk->asks);
  g_free (talk->told);
  g_free (talk->held);
  g_free (talk);
}

guint
pen_pane_sms_parts (const char *text)
{
  return (guint) pen_sms_length (text).segments;
}
