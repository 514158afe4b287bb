/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what is done and said for a wish about one person, whether it came
 * as a slash command or from a menu. */

#include "purple/pane.h"
#include "purple/wish.h"

#include "purple/message.h"
#include "purple/services.h"
#include "purple/talk.h"
#include "purple/words.h"

#include <glib/gi18n-lib.h>

static PenContact *
load_contact (PurpleAccount *purple, const PenAddress *address, GError **error)
{
  g_autofree char *bare = pen_account_bare (purple);

  return pen_app_need_store (pen_app (), error) ? pen_contact_load (pen_app ()->database, bare, address->name, error) : NULL;
}

PenContact *
pen_wish_contact (PurpleAccount *purple, const char *name, GError **error)
{
  g_autoptr (PenAddress) address = pen_account_resolve (purple, name, error);

  return address != NULL ? load_contact (purple, address, error) : NULL;
}

char *
pen_wish_policy_words (PurpleAccount *purple, const char *name, GError **error)
{
  g_autoptr (PenContact) contact = pen_wish_contact (purple, name, error);
  PenPolicy chosen = pen_account_policy_chosen (purple);
  g_autofree char *of_account = pen_words_policy (&chosen);

  if (contact == NULL)
    return NULL;
  if (contact->when >= 0)
    return g_strdup_printf (_("Asks about this person: %s (set for this person; the account says: %s)."),
                            pen_words_when (pen_person_policy (purple, contact).when), of_account);
  if (pen_account_awaits_consent (purple))
    return g_strdup_printf (_("Asks about this person: never, until you agree to padding (the account says: %s). Read "
                              "/pen policy padded."), of_account);
  return g_strdup_printf (_("Asks about this person: %s (the account says: %s)."),
                          pen_words_when (chosen.when), of_account);
}

char *
pen_wish_status (PurpleAccount *purple, const char *name, GError **error)
{
  g_autofree char *policy = pen_wish_policy_words (purple, name, error);
  g_autoptr (PenContact) contact = policy != NULL ? pen_wish_contact (purple, name, error) : NULL;
  PenPaneStatus *status = contact != NULL ? pen_person_status (purple, name, error) : NULL;
  g_autofree char *who = NULL;
  g_autofree char *known = NULL;
  char *text;

  if (status == NULL)
    return NULL;
  who = pen_words_who (purple, status->name);
  known = pen_words_capability (status);
  text = g_strdup_printf (_("%s (%s)\nRoute: %s\nKnown: %s\nYour choice: %s\n%s"), who, status->address,
                          status->words, known, pen_words_choice (contact->choice), policy);
  pen_pane_status_free (status);
  return text;
}

char *
pen_wish_why (PurpleAccount *purple, const char *name, GError **error)
{
  PenPaneStatus *status = pen_person_status (purple, name, error);
  g_autofree char *sentences = NULL;
  char *text;

  if (status == NULL)
    return NULL;
  sentences = status->why != NULL ? g_strjoinv ("\n", status->why) : g_strdup ("");
  text = g_strdup_printf (_("Route: %s\n%s"), status->words, sentences);
  pen_pane_status_free (status);
  return text;
}

static char *
say_asked (PurpleAccount *purple, const char *name, const PenLedgerRow *row)
{
  g_autofree char *observers = pen_words_observers (row);
  g_autofree char *who = pen_words_who (purple, name);

  return g_strdup_printf (_("Asked now; this told %s that you are interested in %s."), observers, who);
}

char *
pen_wish_lookup (PurpleAccount *purple, const char *name, GError **error)
{
  const PenPane *pane = pen_pane_interface ();
  g_autoptr (PenLedgerRow) row = NULL;
  gint64 number;

  number = pane->lookup (purple, name, error);
  if (number < 0)
    return NULL;
  if (number == 0)
    return g_strdup (_("Nobody was asked: there is nobody who could tell about this address."));
  row = pane->get (number, NULL);
  if (row == NULL)
    return g_strdup (_("Asked now; the ledger shows who was told."));
  return say_asked (purple, name, row);
}

static GString *
begin_list (PurpleAccount *purple, const char *name, guint n)
{
  g_autofree char *head = pen_words_row_head (name == NULL);
  GString *out = g_string_new (NULL);
  g_autofree char *who = name != NULL ? pen_words_who (purple, name) : NULL;

  if (name != NULL)
    g_string_append_printf (out, g_dngettext (GETTEXT_PACKAGE,
                                              "The last row about %s:", "The last rows about %s:", n), who);
  else
    g_string_append (out, _("The last rows of this account:"));
  g_string_append_printf (out, "\n%s", head);
  return out;
}

static char *
say_rows (PurpleAccount *purple, const char *name, GPtrArray *rows)
{
  GString *out;

  if (rows->len == 0)
    return g_strdup (name != NULL
                       ? _("Nothing was asked of anybody about this address, as far as the ledger goes back.")
                       : _("The ledger has no rows of this account."));
  out = begin_list (purple, name, rows->len);
  for (guint i = rows->len; i > 0; i--)
    {
      g_autofree char *line = pen_words_row (g_ptr_array_index (rows, i - 1), name == NULL);

      g_string_append_printf (out, "\n%s", line);
    }
  return g_string_free (out, FALSE);
}

char *
pen_wish_ledger (PurpleAccount *purple, const char *name, guint limit, GError **error)
{
  g_autofree char *bare = pen_account_bare (purple);
  PenLedgerFilter filter = PEN_LEDGER_FILTER_ALL;
  const PenPane *pane = pen_pane_interface ();
  g_autoptr (PenAddress) address = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  g_autofree char *uri = NULL;

  filter.account = bare;
  if (name != NULL)
    {
      address = pen_account_resolve (purple, name, error);
      if (address == NULL)
        return NULL;
      filter.address = uri = pen_address_to_uri (address);
    }
  rows = pane->rows (&filter, limit, 0, error);
  return rows != NULL ? say_rows (purple, address != NULL ? address->name : NULL, rows) : NULL;
}

static char *
say_sms (PurpleAccount *purple, const char *who)
{
  PenAccount *account = pen_account_find (purple);
  const char *host = account != NULL ? pen_services_gateway (account) : pen_account_text (purple, PEN_OPTION_GATEWAY);

  if (host == NULL)
    return g_strdup_printf (_("Messages to %s go as SMS from now on, as soon as an SMS gateway is known. "
                              "The gateway and the carriers can read them."),
                            who);
  return g_strdup_printf (_("Messages to %s go as SMS through %s from now on. The gateway and the carriers can "
                            "read them, and they may cost money."),
                          who, host);
}

static char *
say_choice (PurpleAccount *purple, const char *name, PenChoice choice)
{
  g_autofree char *who = pen_words_who (purple, name);

  switch (choice)
    {
    case PEN_CHOICE_SMS:
      return say_sms (purple, who);
    case PEN_CHOICE_PLAIN:
      return g_strdup_printf (_("Messages to %s may go over XMPP without encryption from now on. "
                                "The servers can read them."),
                              who);
    default:
      return g_strdup_printf (_("You are asked before anything to %s goes as SMS, or unencrypted where that is a "
                                "step back."),
                              who);
    }
}

static gboolean
may_choose (PenAddressKind kind, PenChoice choice, GError **error)
{
  const char *why = NULL;

  if (choice == PEN_CHOICE_SMS && kind == PEN_ADDRESS_XMPP)
    why = _("An SMS needs a phone number, and this is an XMPP address.");
  else if (choice == PEN_CHOICE_PLAIN && kind != PEN_ADDRESS_XMPP && kind != PEN_ADDRESS_TEL)
    why = _("This address can be reached by SMS only.");
  if (why != NULL)
    g_set_error_literal (error, PEN_ADDRESS_ERROR, PEN_ADDRESS_ERROR_NOT_AN_ADDRESS, why);
  return why == NULL;
}

char *
pen_wish_choose (PurpleAccount *purple, const char *name, PenChoice choice, GError **error)
{
  g_autoptr (PenAddress) address = pen_account_resolve (purple, name, error);

  if (address == NULL || !may_choose (address->kind, choice, error) || !pen_app_need_store (pen_app (), error)
      || !pen_message_choose (purple, name, choice, error))
    return NULL;
  return say_choice (purple, address->name, choice);
}

char *
pen_wish_told (PenAccount *account, const char *name)
{
  g_autofree char *peer = NULL;
  const PenDirectoryKind *kind = NULL;
  const char *other = NULL;

  switch (pen_address_kind_of_name (name))
    {
    case PEN_ADDRESS_XMPP:
      other = peer = pen_jid_domain (name);
      break;
    case PEN_ADDRESS_TEL:
      other = pen_services_directory (account, &kind);
      break;
    default:
      break;
    }
  if (other == NULL)
    return NULL;
  if (g_str_equal (other, account->domain))
    return g_strdup (other);
  return g_strdup_printf (_("%s and %s"), account->domain, other);
}

static char *
say_wait (const PenPerson *person)
{
  gint64 slot_at_us = person->lookup == PEN_LOOKUP_WAITING ? person->slot_at_us : 0;
  gint64 now_us = pen_clock_now_us (&pen_app ()->clock);
  g_autofree char *at = NULL;
  g_autofree char *wait = NULL;

  if (person->lookup == PEN_LOOKUP_WITHHELD && person->address->kind != PEN_ADDRESS_TEL)
    return g_strdup (_(pen_route_reason_sentence (PEN_REASON_WITHHELD)));
  if (person->lookup == PEN_LOOKUP_WITHHELD)
    return g_strdup (_("Held: your policy asks among other numbers, and none that look like this one were found yet."));
  if (slot_at_us <= now_us)
    return g_strdup (_("Held: waits for the next batch."));
  at = pen_words_clock (slot_at_us, now_us);
  wait = pen_words_wait (slot_at_us - now_us);
  return g_strdup_printf (_("Held: waits for the %s batch (%s)."), at, wait);
}

char *
pen_wish_wait_words (PenAccount *account, const PenPerson *person)
{
  g_autofree char *wait = say_wait (person);
  g_autofree char *told = pen_wish_told (account, person->address->name);
  g_autofree char *who = pen_words_who (account->purple, person->address->name);

  if (told == NULL)
    return g_steal_pointer (&wait);
  return g_strdup_printf (_("%s /pen lookup asks now, and tells %s that you are interested in %s."), wait, told, who);
}

char *
pen_wish_policy_sentence (PurpleAccount *purple, const char *name, int when)
{
  g_autofree char *who = pen_words_who (purple, name);

  switch (when)
    {
    case PEN_WHEN_TYPED:
      return g_strdup_printf (_("Pen Register asks about %s from now on as soon as an address is entered: servers learn "
                                "that you think of this person, even if you never write."), who);
    case PEN_WHEN_SEND:
      return g_strdup_printf (_("Pen Register asks about %s from now on when a message is to be sent and nothing fresh is "
                                "known: servers learn of it at that time."), who);
    case PEN_WHEN_BATCH:
      return g_strdup_printf (_("Pen Register asks about %s from now on at fixed times, together with others: the time says "
                                "nothing about you, and a message that needs the answer waits for it."), who);
    case PEN_WHEN_NEVER:
      return g_strdup_printf (_("Nobody is asked about %s from now on, unless you look up yourself: what servers tell "
                                "by themselves and what was known before has to do."), who);
    default:
      return g_strdup_printf (_("%s is treated as the account says from now on: asks %s."), who,
                              pen_words_when (pen_account_policy (purple).when));
    }
}

char *
pen_wish_policy (PurpleAccount *purple, const char *name, int when, GError **error)
{
  g_autoptr (PenAddress) address = pen_account_resolve (purple, name, error);
  PenPolicy policy = PEN_POLICY_DEFAULT;

  if (when != PEN_WISH_NO_POLICY)
    policy.when = (PenWhen) when;
  if (address == NULL
      || !pen_pane_policy_set (purple, name, &policy, when != PEN_WISH_NO_POLICY ? PEN_POLICY_WHEN : 0, error))
    return NULL;
  pen_talk_emit_route (purple, address->name);
  return pen_wish_policy_sentence (purple, address->name, when);
}
