/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Messages that we send: accepted into the outbox, held until their route is
 * known or the user has decided, released in their order.
 *
 *   send_im -> (lookup) -> route_decide -> go:   outbox + ledger, gate, one commit
 *                                      \-> hold: outbox; a question, or an answer that is awaited */

#include "purple/message.h"

#include "penregister/sms.h"
#include "purple/actions-policy.h"
#include "purple/jabber.h"
#include "purple/lookup.h"
#include "purple/outgoing.h"
#include "purple/question.h"
#include "purple/room.h"
#include "purple/talk.h"
#include "purple/wish.h"

#include <debug.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>

static PenPaneMessage
line_of (const PenOutboxEntry *entry, const char *text)
{
  return (PenPaneMessage) { .message = entry->message, .name = entry->name, .text = text, .route = entry->route,
                            .state = entry->state };
}

static PenOutboxEntry *
entry_new (PenAccount *account, const PenPerson *person, const char *html)
{
  PenOutboxEntry *entry = g_new0 (PenOutboxEntry, 1);

  entry->message = pen_app_new_id (pen_app ());
  entry->account = g_strdup (account->bare);
  entry->name = g_strdup (person->address->name);
  entry->text = g_strdup (html);
  entry->route = PEN_ROUTE_HOLD;
  entry->state = PEN_MESSAGE_HELD;
  entry->at_us = pen_clock_now_us (&pen_app ()->clock);
  return entry;
}

static gboolean
is_held (const PenOutboxEntry *entry)
{
  return entry->state == PEN_MESSAGE_HELD;
}

gboolean
pen_message_has_held (PenAccount *account, const PenPerson *person)
{
  return pen_outbox_has_held (pen_app ()->database, account->bare, person->address->name);
}

/* One hold, one question; an answer that is on its way is awaited first, and
 * so is a slot, of which a line tells. */
static void
explain_hold (PenAccount *account, PenPerson *person, const PenOutboxEntry *entry, const PenRouteDecision *decision)
{
  g_autofree char *text = pen_outgoing_plain_text (entry->text);

  if (decision->route != PEN_ROUTE_HOLD || decision->reason == PEN_REASON_LOOKING_UP
      || decision->reason == PEN_REASON_WAITS_FOR_SLOT)
    return;
  pen_question_ask (account, person, entry->message, text, decision);
}

static gboolean
put_held (PenOutboxEntry *entry, GError **error)
{
  pen_outbox_entry_hold (entry);
  return pen_database_begin (pen_app ()->database, error) && pen_outbox_put (pen_app ()->database, entry, error)
         && pen_database_commit (pen_app ()->database, error);
}

/* The text stays here: durable first, then shown. */
static gboolean
keep (PenAccount *account, PenOutboxEntry *entry)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = pen_outgoing_plain_text (entry->text);
  PenPaneMessage line;

  if (!put_held (entry, &error))
    {
      pen_app_store_failed (pen_app (), error);
      /* A question in the same turn is lost with it: that is known before the next text is written. */
      pen_gate_flush (account->gate, NULL);
      return FALSE;
    }
  line = line_of (entry, text);
  pen_talk_sent (account->purple, entry->text, &line);
  pen_talk_emit ("penregister-im-status", account->purple, &line);
  return TRUE;
}

static char *
say_hold (PenAccount *account, const PenPerson *person, const PenRouteDecision *decision)
{
  PenPolicy policy = pen_person_policy (account->purple, person->contact);

  /* Where the policy is to wait and there is nothing to wait for, its sentence would be wrong. */
  if (decision->reason == PEN_REASON_WAITS_FOR_SLOT
      || (decision->reason == PEN_REASON_WITHHELD && policy.when == PEN_WHEN_BATCH))
    return pen_wish_wait_words (account, person);
  return g_strdup (_(pen_route_reason_sentence (decision->reason)));
}

static int
hold (PenAccount *account, PenPerson *person, PenOutboxEntry *entry, const PenRouteDecision *decision)
{
  g_autofree char *words = say_hold (account, person, decision);

  if (!keep (account, entry))
    return -EIO;
  if (decision->reason == PEN_REASON_DOWNGRADE)
    pen_talk_warning (account->purple, entry->name, words, TRUE);
  else
    pen_talk_system (account->purple, entry->name, words, TRUE);
  explain_hold (account, person, entry, decision);
  /* It only stood behind an older one. */
  if (decision->route != PEN_ROUTE_HOLD)
    pen_message_release (account, person, TRUE);
  return 0;
}

/* How messages go is said once, and again when it changes. */
static void
say_route (PenAccount *account, PenPerson *person, const PenRouteDecision *decision)
{
  g_autofree char *words = NULL;

  if (person->said_route == decision->route)
    return;
  person->said_route = decision->route;
  words = pen_talk_route_words (decision, person->contact->devices, 0);
  pen_talk_system (account->purple, person->address->name, words, TRUE);
  if (decision->route == PEN_ROUTE_ENCRYPTED
      && !purple_account_get_bool (account->purple, PEN_OPTION_LOG_ENCRYPTED, FALSE))
    pen_talk_system (account->purple, person->address->name,
                     _("Encrypted messages are not written to the log. An option of the account changes that."), TRUE);
}

/* A long SMS is paid by the part: said before it goes. */
static void
say_parts (PenAccount *account, const PenPerson *person, PenRoute route, const char *text)
{
  guint parts = (guint) pen_sms_length (text).segments;
  g_autofree char *words = NULL;

  if (route != PEN_ROUTE_SMS || parts < 2)
    return;
  words = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "This SMS goes in %u part.", "This SMS goes in %u parts.",
                                        parts), parts);
  pen_talk_system (account->purple, person->address->name, words, FALSE);
}

/* Encryption failed: that never means clear text. The text stays, and the user is told why. */
static void
ask_about_keys (PenAccount *account, PenPerson *person, const PenOutboxEntry *entry)
{
  const PenRouteDecision decision = { PEN_ROUTE_HOLD, PEN_REASON_NO_KEYS,
                                      PEN_CHOICE_BIT (PEN_CHOICE_WAIT) | PEN_CHOICE_BIT (PEN_CHOICE_CANCEL) };

  explain_hold (account, person, entry, &decision);
}

static int
keep_failed (PenAccount *account, PenPerson *person, PenOutboxEntry *entry, const GError *reason)
{
  if (!keep (account, entry))
    return -EIO;
  pen_talk_error (account->purple, entry->name, reason->message);
  ask_about_keys (account, person, entry);
  return 0;
}

static int
go (PenAccount *account, PenPerson *person, PenOutboxEntry *entry, const PenRouteDecision *decision)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = pen_outgoing_plain_text (entry->text);
  PenRouteDecision waits = { PEN_ROUTE_HOLD, PEN_REASON_LOOKING_UP, 0 };
  PenPaneMessage line;

  entry->route = decision->route;
  say_route (account, person, decision);
  say_parts (account, person, entry->route, text);
  switch (pen_outgoing_send (account, person, entry, &error))
    {
    case PEN_OUTGOING_WAITS:
      if (person->lookup == PEN_LOOKUP_WAITING)
        waits.reason = PEN_REASON_WAITS_FOR_SLOT;
      return hold (account, person, entry, &waits);
    case PEN_OUTGOING_HANDED:
      if (pen_gate_commit (account->gate, &error))
        break;
      return -EIO;
    case PEN_OUTGOING_FAILED:
      return keep_failed (account, person, entry, error);
    default:
      pen_outbox_remove (pen_app ()->database, entry->message, NULL);
      pen_app_store_failed (pen_app (), error);
      return -EIO;
    }
  line = line_of (entry, text);
  pen_talk_sent (account->purple, entry->text, &line);
  return 0;
}

gboolean
pen_message_is_room_member (PurpleConnection *gc, const char *who)
{
  g_autofree char *room = g_strndup (who, strcspn (who, "/"));

  return strchr (who, '/') != NULL
         && purple_find_conversation_with_account (PURPLE_CONV_TYPE_CHAT, room, purple_connection_get_account (gc)) != NULL;
}

static gboolean
may_send_text (PenAccount *account, const PenAddress *address, const char *html)
{
  g_autofree char *text = pen_outgoing_plain_text (html);

  if (strlen (text) <= PEN_MESSAGE_MAX_TEXT_BYTES)
    return TRUE;
  pen_talk_error (account->purple, address->name,
                  _("The message is too long: servers do not carry it. It was not sent. Send it in parts, or as a file."));
  return FALSE;
}

/* A slot that has passed without an answer is no longer the one that is waited for. */
static void
look_up (PenAccount *account, PenPerson *person)
{
  if (!pen_message_needs_lookup (person))
    return;
  pen_policy_ask_consent (account->purple);
  if (person->lookup == PEN_LOOKUP_WAITING && person->slot_at_us <= pen_clock_now_us (&pen_app ()->clock))
    person->lookup = PEN_LOOKUP_DONE;
  pen_lookup_want (account, person, PEN_TRIGGER_SEND);
}

/* Messages keep their order. What waits for want of keys is tried again with the next one. */
static int
hold_behind (PenAccount *account, PenPerson *person, PenOutboxEntry *entry, const PenRouteDecision *decision)
{
  int result = hold (account, person, entry, decision);

  if (result == 0)
    pen_message_release (account, person, TRUE);
  return result;
}

int
pen_message_send_im (PurpleConnection *gc, const char *who, const char *html, PurpleMessageFlags flags)
{
  PenAccount *account = pen_account_of (gc);
  g_autoptr (GError) error = NULL;
  g_autoptr (PenAddress) address = NULL;
  g_autoptr (PenOutboxEntry) entry = NULL;
  g_autofree char *text = NULL;
  PenRouteDecision decision;
  PenPerson *person;

  if (account == NULL)
    return -ENOTCONN;
  if (pen_message_is_room_member (gc, who))
    return pen_jabber_send_private (gc, who, html, flags);
  address = pen_account_resolve (account->purple, who, &error);
  if (address == NULL)
    {
      pen_talk_error (account->purple, who, error->message);
      return 0;
    }
  if (!may_send_text (account, address, html))
    return 0;
  person = pen_person_get (account, address, &error);
  if (person == NULL)
    {
      pen_app_store_failed (pen_app (), error);
      return -EIO;
    }
  entry = entry_new (account, person, html);
  look_up (account, person);
  text = pen_outgoing_plain_text (html);
  decision = pen_person_route (account, person, text);
  if (decision.route == PEN_ROUTE_HOLD)
    return hold (account, person, entry, &decision);
  if (pen_message_has_held (account, person))
    return hold_behind (account, person, entry, &decision);
  return go (account, person, entry, &decision);
}

/* Whoever decided on SMS or plain for a contact lets nobody be asked each time. */
gboolean
pen_message_needs_lookup (const PenPerson *person)
{
  return person->contact->choice != PEN_CHOICE_SMS && person->contact->choice != PEN_CHOICE_PLAIN;
}

/* Whoever heard of an earlier one may have answered for this one meanwhile. */
static gboolean
is_still_held (const PenOutboxEntry *entry)
{
  g_autoptr (PenOutboxEntry) now
    = is_held (entry) ? pen_outbox_get (pen_app ()->database, entry->message, NULL) : NULL;

  return now != NULL && is_held (now);
}

/* Returns whether the next message may be looked at. */
static gboolean
release_one (PenAccount *account, PenPerson *person, PenOutboxEntry *entry, gboolean ask)
{
  g_autofree char *text = pen_outgoing_plain_text (entry->text);
  PenRouteDecision decision = pen_person_route (account, person, text);
  g_autoptr (GError) error = NULL;
  PenPaneMessage line;

  if (decision.route == PEN_ROUTE_HOLD)
    {
      if (ask)
        explain_hold (account, person, entry, &decision);
      return FALSE;
    }
  entry->route = decision.route;
  switch (pen_outgoing_send (account, person, entry, &error))
    {
    case PEN_OUTGOING_HANDED:
      /* An SMS is durable and leaves in one go; other messages share the turn's commit. */
      if (entry->route == PEN_ROUTE_SMS && !pen_gate_commit (account->gate, &error))
        return FALSE;
      line = line_of (entry, text);
      pen_question_close (account->purple, entry->name);
      say_route (account, person, &decision);
      if (decision.route != PEN_ROUTE_ENCRYPTED)
        pen_talk_log (account->purple, entry->name, entry->text);
      pen_talk_emit ("penregister-im-out", account->purple, &line);
      return TRUE;
    case PEN_OUTGOING_FAILED:
      pen_talk_error (account->purple, entry->name, error->message);
      ask_about_keys (account, person, entry);
      return FALSE;
    case PEN_OUTGOING_REFUSED:
      pen_app_store_failed (pen_app (), error);
      return FALSE;
    default:
      return FALSE;
    }
}

void
pen_message_release (PenAccount *account, PenPerson *person, gboolean ask)
{
  g_autoptr (GPtrArray) entries
    = pen_outbox_held (pen_app ()->database, account->bare, person->address->name, NULL);

  pen_rooms_look_again (account);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      PenOutboxEntry *entry = g_ptr_array_index (entries, i);

      if (is_still_held (entry) && !release_one (account, person, entry, ask))
        return;
    }
}

static gboolean
cancel (PurpleAccount *purple, PenOutboxEntry *entry, GError **error)
{
  PenPaneMessage line = line_of (entry, NULL);

  if (!pen_database_begin (pen_app ()->database, error)
      || !pen_outbox_remove (pen_app ()->database, entry->message, error)
      || !pen_database_commit (pen_app ()->database, error))
    return FALSE;
  line.state = PEN_MESSAGE_FAILED;
  line.error = _("You decided not to send it.");
  pen_talk_system (purple, entry->name, _("The message was not sent."), FALSE);
  pen_talk_emit ("penregister-im-status", purple, &line);
  return TRUE;
}

static gboolean
is_offered (PurpleAccount *purple, const PenOutboxEntry *entry, PenChoice choice, GError **error)
{
  PenAccount *account = pen_account_find (purple);
  g_autofree char *text = pen_outgoing_plain_text (entry->text);
  g_autoptr (PenAddress) address = account != NULL ? pen_account_resolve (purple, entry->name, error) : NULL;
  PenPerson *person = address != NULL ? pen_person_get (account, address, error) : NULL;
  PenRouteDecision decision;

  if (account == NULL)
    g_set_error_literal (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                         _("The account is offline. The message is kept; answer again when it is online."));
  if (person == NULL)
    return FALSE;
  decision = pen_person_route (account, person, text);
  if ((decision.choices & PEN_CHOICE_BIT (choice)) != 0)
    return TRUE;
  g_set_error_literal (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                       _("This cannot be chosen for this message now. It is kept."));
  return FALSE;
}

static gboolean
is_of (const PenOutboxEntry *entry, PurpleAccount *purple)
{
  g_autofree char *bare = pen_account_bare (purple);

  return g_strcmp0 (entry->account, bare) == 0;
}

gboolean
pen_message_answer (PurpleAccount *purple, const char *message, PenChoice choice, GError **error)
{
  g_autoptr (PenOutboxEntry) entry = pen_outbox_get (pen_app ()->database, message, error);

  if (entry == NULL || !is_held (entry) || !is_of (entry, purple))
    {
      if (error != NULL && *error == NULL)
        g_set_error_literal (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED, _("No such message is held."));
      return FALSE;
    }
  if (choice == PEN_CHOICE_WAIT)
    {
      pen_question_close (purple, entry->name);
      return TRUE;
    }
  if (choice == PEN_CHOICE_CANCEL)
    {
      pen_question_close (purple, entry->name);
      return cancel (purple, entry, error) && pen_message_choose (purple, entry->name, PEN_N_CHOICES, error);
    }
  return is_offered (purple, entry, choice, error) && pen_message_choose (purple, entry->name, choice, error);
}

gboolean
pen_message_choose (PurpleAccount *purple, const char *typed, PenChoice choice, GError **error)
{
  g_autoptr (PenAddress) address = pen_account_resolve (purple, typed, error);
  PenAccount *account = pen_account_find (purple);
  g_autofree char *bare = pen_account_bare (purple);
  g_autoptr (PenContact) contact = NULL;
  PenPerson *person;

  if (address == NULL)
    return FALSE;
  contact = pen_contact_load (pen_app ()->database, bare, address->name, error);
  person = account != NULL ? pen_person_get (account, address, error) : NULL;
  if (contact == NULL || (account != NULL && person == NULL))
    return FALSE;
  if (choice != PEN_N_CHOICES)
    {
      contact->choice = choice;
      if (!pen_database_begin (pen_app ()->database, error)
          || !pen_contact_save (pen_app ()->database, contact, error)
          || !pen_database_commit (pen_app ()->database, error))
        return FALSE;
      if (person != NULL)
        person->contact->choice = choice;
      pen_talk_emit_route (purple, address->name);
    }
  if (account != NULL && account->is_online)
    pen_message_release (account, person, TRUE);
  return TRUE;
}
