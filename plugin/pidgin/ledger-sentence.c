/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what is said of the selected row: who knows what now, in which form
 * they got it, and how long they keep it. It never says less than a party may
 * know: what may have left counts as told. */

#include "ledger-words.h"

#include <glib/gi18n-lib.h>

#define MAX_SENTENCE_CHARS 200

/* What the account did; the place is for the person. */
static const char *const deeds[PEN_N_KINDS] = {
  N_("asked which devices %s has"),
  N_("fetched the keys of a device of %s"),
  N_("asked whether %s can be reached over XMPP"),
  N_("asked the gateway for the address of %s"),
  N_("asked what the program of %s can do"),
  N_("asked for the profile of %s"),
  N_("asked for the picture of %s"),
  N_("exchanged presence with %s"),
  N_("read or changed the entry of %s in the contact list"),
  N_("entered, left or asked about the room %s"),
  N_("connected to %s"),
  N_("sent something to %s"),
  N_("asked something about %s that the chat library wanted to know"),
  N_("sent a request that names %s"),
};

typedef enum
{
  TOLD_NOBODY,
  TOLD_US,
  TOLD_MAYBE,
  TOLD
} Told;

static Told
find_told (const PenLedgerRow *row)
{
  switch (row->status)
    {
    case PEN_ROW_WITHHELD:
      return TOLD_NOBODY;
    case PEN_ROW_RECORDED:
    case PEN_ROW_DROPPED:
      return row->attempts > 0 ? TOLD_MAYBE : TOLD_NOBODY;
    case PEN_ROW_UNKNOWN:
      return TOLD_MAYBE;
    default:
      return pen_words_is_news (row) ? TOLD_US : TOLD;
    }
}

static char *
say_news (const PenLedgerRow *row)
{
  g_autofree char *account = pen_words_clean (row->account, MAX_SENTENCE_CHARS);
  g_autofree char *person = pen_words_person (row->address);
  g_autofree char *time = pen_words_time (row->at_us);
  g_autofree char *change = pen_words_clean (row->result, MAX_SENTENCE_CHARS);

  return g_strdup_printf (_("Nobody was told anything: on %s the server showed %s another list of the devices of %s (%s)."),
                          time, account, person, change);
}

static char *
list_parties (const PenLedgerRow *row)
{
  g_autofree char *list = NULL;

  if (row->n_observers == 0)
    return g_strdup (_("Somebody"));
  for (guint i = 0; i < row->n_observers; i++)
    {
      g_autofree char *host = pen_words_clean (row->observers[i].host, MAX_SENTENCE_CHARS);
      g_autofree char *party = g_strdup_printf ("%s (%s)", host, pen_words_observer (row->observers[i].observer));
      g_autofree char *before = g_steal_pointer (&list);

      if (before == NULL)
        list = g_steal_pointer (&party);
      else if (i + 1 < row->n_observers)
        list = g_strdup_printf (_("%s, %s"), before, party);
      else
        list = g_strdup_printf (_("%s and %s"), before, party);
    }
  return g_steal_pointer (&list);
}

static char *
fill_in (const char *format, const char *word)
{
  g_auto (GStrv) parts = g_strsplit (format, "%s", 2);

  return g_strjoinv (word, parts);
}

static char *
say_deed (const PenLedgerRow *row)
{
  g_autofree char *person = pen_words_person (row->address);

  return fill_in (_(deeds[row->kind]), person);
}

static char *
say_knowledge (const PenLedgerRow *row)
{
  g_autofree char *account = pen_words_clean (row->account, MAX_SENTENCE_CHARS);
  g_autofree char *parties = list_parties (row);
  g_autofree char *time = pen_words_time (row->at_us);
  g_autofree char *deed = say_deed (row);

  switch (find_told (row))
    {
    case TOLD_US:
      return say_news (row);
    case TOLD_NOBODY:
      return g_strdup_printf (_("Nobody was told that %s %s on %s."), account, deed, time);
    case TOLD_MAYBE:
      return g_strdup_printf (_("%s may know that %s %s on %s: it is not certain whether it left."), parties, account,
                              deed, time);
    default:
      return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s now knows that %s %s on %s.",
                                           "%s now know that %s %s on %s.", row->n_observers),
                              parties, account, deed, time);
    }
}

static const char *
say_form (const PenLedgerRow *row)
{
  if (row->cover)
    return _("This was cover: it stands for no real contact, and was made to look as if it did.");
  switch (row->disclosed)
    {
    case PEN_DISCLOSED_HASHED:
      return _("They got a hash of the address; a phone number can be found from it by trying all numbers.");
    case PEN_DISCLOSED_BLINDED:
      return _("They got the address blinded, and cannot tell which it is.");
    case PEN_DISCLOSED_LIST:
      return _("They got the address itself, in a list with others.");
    default:
      return _("They got the address itself.");
    }
}

static gboolean
has_observer (const PenLedgerRow *row, PenObserver observer)
{
  for (guint i = 0; i < row->n_observers; i++)
    if (row->observers[i].observer == observer)
      return TRUE;
  return FALSE;
}

static void
append (GString *text, const char *sentence)
{
  g_string_append_c (text, ' ');
  g_string_append (text, sentence);
}

static void
append_with (GString *text, const char *format, const char *word)
{
  g_autofree char *sentence = fill_in (format, word);

  append (text, sentence);
}

static void
append_keeping (GString *text, const PenLedgerRow *row)
{
  g_autofree char *source = pen_words_clean (row->source, MAX_SENTENCE_CHARS);
  g_autofree char *until = pen_words_time (row->retained_until_us);

  if (*source != '\0')
    append_with (text, _("This computer's network address was %s; behind a router, the first of them saw the router's instead."), source);
  if (row->kind == PEN_KIND_DELIVERY && has_observer (row, PEN_OBSERVER_GATEWAY))
    append (text, _("The gateway and the phone network can read the text of an SMS."));
  if (*until != '\0')
    append_with (text, _("Their copy is counted as kept until %s."), until);
}

char *
pen_words_sentence (const PenLedgerRow *row)
{
  g_autofree char *knowledge = say_knowledge (row);
  g_autofree char *rule = pen_words_clean (row->rule, MAX_SENTENCE_CHARS);
  GString *text = g_string_new (knowledge);

  if (find_told (row) > TOLD_US)
    {
      append (text, say_form (row));
      append_keeping (text, row);
    }
  if (*rule != '\0' && find_told (row) != TOLD_US)
    append_with (text, _("The rule that decided it: %s."), rule);
  return g_string_free (text, FALSE);
}
