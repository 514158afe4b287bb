/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how one row of the ledger is put in words in the list's cells. */

#include "ledger-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_CELL_CHARS 120
#define LEFT_TO_RIGHT_MARK "\xe2\x80\x8e"
#define REPLACEMENT 0xfffd

static const char *const column_titles[PEN_N_COLUMNS] = {
  N_("Time"), N_("Account"), N_("About whom"), N_("Who learned it"), N_("What was asked"), N_("What was disclosed"),
  N_("Real or cover"), N_("Because"), N_("Bytes"), N_("Result"), N_("Answered after"), N_("Their copy is kept until"),
};
static const char *const kind_words[PEN_N_KINDS] = {
  N_("list of devices"), N_("keys of a device"), N_("phone directory"), N_("address at the gateway"),
  N_("abilities"), N_("profile"), N_("picture"), N_("presence"), N_("contact list"), N_("room"), N_("web"),
  N_("delivery"), N_("by the chat library"), N_("other"),
};
static const char *const trigger_words[PEN_N_TRIGGERS] = {
  N_("address entered"), N_("conversation opened"), N_("message sent"), N_("schedule"), N_("pushed by the server"),
  N_("chat library"), N_("you asked"), N_("signing on"),
};
static const char *const observer_words[PEN_N_OBSERVERS] = {
  N_("your server"), N_("their server"), N_("phone directory"), N_("SMS gateway"), N_("web server"),
};
static const char *const status_words[PEN_N_ROW_STATUSES] = {
  N_("not sent yet"), N_("sent, no answer yet"), N_("answered"), N_("error"), N_("no answer came"),
  N_("withheld, never sent"), N_("dropped"), N_("unknown, the program ended"),
};
static const char *const disclosed_words[PEN_N_DISCLOSED] = {
  N_("the address itself"), N_("a hash of the address"), N_("a blinded address"), N_("the address in a list"),
};

/* Texts */

static gboolean
is_harmless (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SURROGATE:
      return FALSE;
    default:
      return TRUE;
    }
}

char *
pen_words_clean (const char *text, guint max_chars)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  GString *clean = g_string_new (NULL);
  guint n_chars = 0;

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (n_chars++ == max_chars)
        {
          g_string_append (clean, "…");
          break;
        }
      g_string_append_unichar (clean, is_harmless (c) ? c : REPLACEMENT);
    }
  return g_string_free (clean, FALSE);
}

/* A number's sign of plus would wander to its end in a line that is written from the right. */
static gboolean
is_written_from_right (void)
{
  static const char gtk_says[] = "default:LTR";

  return g_str_equal (g_dgettext ("gtk20", gtk_says), "default:RTL");
}

char *
pen_words_person (const char *uri)
{
  static const char *const schemes[] = { "tel:", "xmpp:", "sms:" };
  g_autofree char *clean = NULL;
  const char *rest = uri != NULL ? uri : "";

  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_has_prefix (rest, schemes[i]))
      {
        rest += strlen (schemes[i]);
        break;
      }
  clean = pen_words_clean (rest, MAX_CELL_CHARS);
  return is_written_from_right () && g_ascii_ispunct (*clean)
           ? g_strconcat (LEFT_TO_RIGHT_MARK, clean, LEFT_TO_RIGHT_MARK, NULL)
           : g_steal_pointer (&clean);
}

char *
pen_words_time (gint64 at_us)
{
  g_autoptr (GDateTime) utc = at_us != 0 ? g_date_time_new_from_unix_utc (at_us / G_USEC_PER_SEC) : NULL;
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_local (utc) : NULL;
  char *text = local != NULL ? g_date_time_format (local, "%x %X") : NULL;

  return text != NULL ? text : g_strdup ("");
}

char *
pen_words_number (gint64 number)
{
  return g_strdup_printf ("%'" G_GINT64_FORMAT, number);
}

const char *
pen_words_column (PenLedgerColumn column)
{
  return _(column_titles[column]);
}

const char *
pen_words_kind (PenKind kind)
{
  return _(kind_words[kind]);
}

const char *
pen_words_trigger (PenTrigger trigger)
{
  return _(trigger_words[trigger]);
}

const char *
pen_words_observer (PenObserver observer)
{
  return _(observer_words[observer]);
}

/* Cells */

static char *
say_observers (const PenLedgerRow *row)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < row->n_observers; i++)
    {
      g_autofree char *host = pen_words_clean (row->observers[i].host, MAX_CELL_CHARS);

      if (i > 0)
        g_string_append (text, ", ");
      g_string_append_printf (text, "%s (%s)", host, pen_words_observer (row->observers[i].observer));
    }
  return g_string_free (text, FALSE);
}

static char *
say_result (const PenLedgerRow *row)
{
  g_autofree char *result = pen_words_clean (row->result, MAX_CELL_CHARS);
  g_autofree char *rule = pen_words_clean (row->rule, MAX_CELL_CHARS);
  const char *more = *result != '\0' ? result : rule;

  return *more != '\0' ? g_strdup_printf ("%s: %s", _(status_words[row->status]), more)
                       : g_strdup (_(status_words[row->status]));
}

static char *
say_latency (const PenLedgerRow *row)
{
  gint64 took_us = row->answered_at_us - row->at_us;

  if (row->answered_at_us == 0 || took_us < 0)
    return g_strdup ("");
  if (took_us < 10 * G_USEC_PER_SEC)
    return g_strdup_printf (_("%d ms"), (int) (took_us / 1000));
  return g_strdup_printf (_("%d s"), (int) MIN (took_us / G_USEC_PER_SEC, G_MAXINT));
}

gboolean
pen_words_is_news (const PenLedgerRow *row)
{
  return row->trigger == PEN_TRIGGER_PUSHED && row->n_observers == 0;
}

char *
pen_words_cell (const PenLedgerRow *row, PenLedgerColumn column)
{
  switch (column)
    {
    case PEN_COLUMN_TIME:
      return pen_words_time (row->at_us);
    case PEN_COLUMN_ACCOUNT:
      return pen_words_clean (row->account, MAX_CELL_CHARS);
    case PEN_COLUMN_ABOUT:
      return pen_words_person (row->address);
    case PEN_COLUMN_OBSERVERS:
      return say_observers (row);
    case PEN_COLUMN_KIND:
      return g_strdup (pen_words_kind (row->kind));
    case PEN_COLUMN_DISCLOSED:
      return g_strdup (row->status == PEN_ROW_WITHHELD || pen_words_is_news (row) ? _("nothing")
                                                                                 : _(disclosed_words[row->disclosed]));
    case PEN_COLUMN_COVER:
      return g_strdup (row->cover ? _("cover") : _("real"));
    case PEN_COLUMN_TRIGGER:
      return g_strdup (pen_words_trigger (row->trigger));
    case PEN_COLUMN_BYTES:
      return pen_words_number (row->bytes_out);
    case PEN_COLUMN_RESULT:
      return say_result (row);
    case PEN_COLUMN_LATENCY:
      return say_latency (row);
    case PEN_COLUMN_RETAINED:
      return pen_words_time (row->retained_until_us);
    default:
      return g_strdup ("");
    }
}

/* Totals */

char *
pen_words_totals (const PenLedgerTotals *totals)
{
  g_autofree char *rows = pen_words_number (totals->rows);
  g_autofree char *people = pen_words_number (totals->people);
  g_autofree char *cover = pen_words_number (totals->cover);
  g_autofree char *deliveries = pen_words_number (totals->deliveries);
  g_autofree char *withheld = pen_words_number (totals->withheld);
  g_autofree char *size = g_format_size_full ((guint64) MAX (totals->bytes_out, 0), G_FORMAT_SIZE_IEC_UNITS);

  return g_strdup_printf (_("Rows: %s · people: %s · deliveries: %s · cover: %s · withheld: %s · sent: %s"), rows,
                          people, deliveries, cover, withheld, size);
}
