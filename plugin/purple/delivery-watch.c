/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Follows messages that have left: the status ladder, what a former process or
 * connection left behind, and the silence of gateways. */

#include "purple/message.h"

#include "penregister/delivery.h"
#include "purple/lookup.h"
#include "purple/outgoing.h"
#include "purple/room.h"
#include "purple/talk.h"
#include "purple/wish.h"

#include <debug.h>
#include <glib/gi18n-lib.h>

/* A gateway that has said nothing for so long will not: nobody can tell. */
#define SILENCE_US (10 * 60 * G_USEC_PER_SEC)
#define WATCH_US (60 * G_USEC_PER_SEC)
/* So long after its time a slot is no more to come (the schedule gives it up then). */
#define SLOT_PATIENCE_US (310 * G_USEC_PER_SEC)
/* Messages that are done stay this long, for a late error. */
#define KEEP_DONE_US (G_GINT64_CONSTANT (24) * 60 * 60 * G_USEC_PER_SEC)

static gboolean
put (const PenOutboxEntry *entry)
{
  g_autoptr (GError) error = NULL;

  if (pen_database_begin (pen_app ()->database, &error) && pen_outbox_put (pen_app ()->database, entry, &error))
    {
      pen_app_touch (pen_app ());
      return TRUE;
    }
  purple_debug_error ("penregister", "the state of a message is not kept: %s\n", error->message);
  return FALSE;
}

static void
show (PenAccount *account, const PenOutboxEntry *entry, const char *sentence)
{
  PenPaneMessage line = { .message = entry->message, .name = entry->name, .route = entry->route,
                          .state = entry->state, .error = sentence };

  if (entry->state == PEN_MESSAGE_FAILED && sentence != NULL)
    pen_talk_error (account->purple, entry->name, sentence);
  else if (entry->state == PEN_MESSAGE_UNKNOWN && entry->route == PEN_ROUTE_SMS)
    pen_talk_system (account->purple, entry->name,
                     _("Nobody can tell whether this SMS was sent. It is not sent again by itself, as it might be paid "
                       "twice: ask the other side before you repeat it."), TRUE);
  pen_talk_emit ("penregister-im-status", account->purple, &line);
}

void
pen_message_event (PenAccount *account, const char *message, int event, const char *error)
{
  g_autoptr (PenOutboxEntry) entry = pen_outbox_get (pen_app ()->database, message, NULL);
  PenMessageState state;

  if (entry == NULL || g_strcmp0 (entry->account, account->bare) != 0)
    return;
  state = pen_delivery_step (entry->state, (PenDeliveryEvent) event);
  if (state == entry->state)
    return;
  entry->state = state;
  if (put (entry))
    show (account, entry, error);
}

gboolean
pen_message_is_to (PenAccount *account, const char *id, const char *from)
{
  g_autoptr (PenOutboxEntry) entry = pen_outbox_get (pen_app ()->database, id, NULL);
  g_autofree char *bare = pen_jid_bare (from);
  g_autoptr (PenContact) contact = NULL;

  if (entry == NULL || bare == NULL || g_strcmp0 (entry->account, account->bare) != 0)
    return FALSE;
  if (g_str_equal (entry->name, bare))
    return TRUE;
  contact = pen_contact_load (pen_app ()->database, account->bare, entry->name, NULL);
  return contact != NULL && pen_contact_has_jid (contact, bare);
}

gboolean
pen_message_is_sms (PenAccount *account, const char *id)
{
  g_autoptr (PenOutboxEntry) entry = pen_outbox_get (pen_app ()->database, id, NULL);

  return entry != NULL && g_strcmp0 (entry->account, account->bare) == 0 && entry->route == PEN_ROUTE_SMS;
}

static void
watch (gpointer data)
{
  PenAccount *account = data;
  g_autoptr (GPtrArray) entries = pen_outbox_list (pen_app ()->database, account->bare, NULL, NULL);
  gint64 now_us = pen_clock_now_us (&pen_app ()->clock);
  gboolean goes_on = FALSE;

  pen_timers_cancel (pen_app ()->timers, account->watch);
  account->watch = 0;
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const PenOutboxEntry *entry = g_ptr_array_index (entries, i);

      if (entry->route != PEN_ROUTE_SMS || entry->state != PEN_MESSAGE_SENT)
        continue;
      if (now_us - entry->at_us >= SILENCE_US)
        pen_message_event (account, entry->message, PEN_DELIVERY_SILENCE, NULL);
      else
        goes_on = TRUE;
    }
  if (goes_on)
    account->watch = pen_timers_add (pen_app ()->timers, WATCH_US, watch, account);
}

static void
on_handed (PenAccount *account, const PenOutboxEntry *entry)
{
  PenPaneMessage line = { .message = entry->message, .name = entry->name, .route = entry->route,
                          .state = entry->state };

  pen_talk_emit ("penregister-im-status", account->purple, &line);
  if (entry->route == PEN_ROUTE_SMS && account->watch == 0)
    account->watch = pen_timers_add (pen_app ()->timers, WATCH_US, watch, account);
}

/* With each acknowledgement: the text is not read and written anew. */
static void
on_acked (const char *message)
{
  g_autoptr (GError) error = NULL;

  if (pen_outbox_forget_stanza (pen_app ()->database, message, &error))
    pen_app_touch (pen_app ());
  else
    purple_debug_error ("penregister", "that a message arrived is not kept: %s\n", error->message);
}

void
pen_message_fate (PenAccount *account, const char *message, PenGateFate fate)
{
  g_autoptr (PenOutboxEntry) entry
    = fate != PEN_GATE_ACKED ? pen_outbox_get (pen_app ()->database, message, NULL) : NULL;

  if (fate == PEN_GATE_ACKED)
    on_acked (message);
  else if (entry != NULL && fate == PEN_GATE_HANDED)
    on_handed (account, entry);
  else if (entry != NULL && fate == PEN_GATE_REFUSED)
    {
      pen_outbox_entry_hold (entry);
      if (put (entry))
        show (account, entry, NULL);
    }
  else if (entry != NULL)
    {
      g_clear_pointer (&entry->stanza, g_free);
      put (entry);
      pen_message_event (account, message, PEN_DELIVERY_LOST, NULL);
    }
}

static void
resume_held (PenAccount *account, const PenOutboxEntry *entry)
{
  g_autoptr (PenAddress) address = pen_account_resolve (account->purple, entry->name, NULL);
  PenPerson *person = address != NULL ? pen_person_get (account, address, NULL) : NULL;

  if (person == NULL)
    return;
  if (pen_message_needs_lookup (person))
    pen_lookup_want (account, person, PEN_TRIGGER_SEND);
  pen_message_release (account, person, TRUE);
}

static void
resume_one (PenAccount *account, const PenOutboxEntry *entry)
{
  gint64 age_us = pen_clock_now_us (&pen_app ()->clock) - entry->at_us;
  g_autoptr (GError) error = NULL;

  if (entry->state == PEN_MESSAGE_HELD)
    resume_held (account, entry);
  else if (entry->stanza == NULL || entry->state != PEN_MESSAGE_SENT)
    {
      if (age_us > KEEP_DONE_US && pen_database_begin (pen_app ()->database, NULL))
        pen_outbox_remove (pen_app ()->database, entry->message, NULL);
    }
  else if (pen_gate_holds (account->gate, entry->message))
    return;
  else if (entry->route == PEN_ROUTE_SMS)
    pen_message_fate (account, entry->message, PEN_GATE_LOST);
  else if (!pen_outgoing_send_again (account, entry, &error))
    purple_debug_error ("penregister", "message %s is not sent again: %s\n", entry->message,
                        error != NULL ? error->message : "its text is damaged");
}

void
pen_message_resume (PenAccount *account)
{
  g_autoptr (GPtrArray) entries = pen_outbox_list (pen_app ()->database, account->bare, NULL, NULL);

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    resume_one (account, g_ptr_array_index (entries, i));
  pen_rooms_look_again (account);
  watch (account);
}

static gboolean
has_missed_slot (const PenPerson *person)
{
  return person->lookup == PEN_LOOKUP_WAITING && person->slot_at_us > 0
         && pen_clock_now_us (&pen_app ()->clock) - person->slot_at_us > SLOT_PATIENCE_US;
}

/* The computer slept, say: the next slot is said, where a message waits for it. */
static void
renew_wait (PenAccount *account, PenPerson *person)
{
  g_autofree char *words = NULL;

  /* The wish runs the schedule, which comes back here. */
  person->slot_at_us = 0;
  pen_lookup_want (account, person, PEN_TRIGGER_SEND);
  if (!pen_message_has_held (account, person))
    return;
  /* Nothing to ask any more, or nobody: it goes, waits for keys, or the user is asked. */
  if (person->lookup != PEN_LOOKUP_WAITING)
    pen_message_release (account, person, TRUE);
  if (person->lookup != PEN_LOOKUP_WAITING || person->slot_at_us == 0)
    return;
  words = pen_wish_wait_words (account, person);
  pen_talk_system (account->purple, person->address->name, words, TRUE);
  pen_talk_emit_route (account->purple, person->address->name);
}

void
pen_message_renew_waits (PenAccount *account)
{
  g_autoptr (GList) people = g_hash_table_get_values (account->people);

  for (GList *link = people; link != NULL; link = link->next)
    if (has_missed_slot (link->data))
      renew_wait (account, link->data);
}
