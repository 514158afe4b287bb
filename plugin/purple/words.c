/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how things are said to a person: addresses, times, policies, ledger
 * rows; and what is taken out of text that comes from others. */

#include "purple/words.h"

#include "penregister/delivery.h"
#include "penregister/number.h"

#include <glib/gi18n-lib.h>

#include <langinfo.h>
#include <string.h>

#define SECONDS_A_MINUTE 60
#define SECONDS_AN_HOUR (60 * SECONDS_A_MINUTE)
#define SECONDS_A_DAY (24 * SECONDS_AN_HOUR)
#define CELL_MAX_CHARS 120

#define FIRST_STRONG_ISOLATE 0x2068u
#define POP_ISOLATE 0x2069u

static char *
make_valid (const char *text)
{
  const char *end = memchr (text, '\0', PEN_WORDS_TEXT_MAX_BYTES);

  return g_utf8_make_valid (text, end != NULL ? end - text : PEN_WORDS_TEXT_MAX_BYTES);
}

static gboolean
is_direction_control (gunichar c)
{
  return (c >= 0x202Au && c <= 0x202Eu) || (c >= 0x2066u && c <= POP_ISOLATE);
}

static gboolean
is_shown (gunichar c)
{
  return c == '\t' || !g_unichar_iscntrl (c);
}

static gboolean
has_direction_control (const char *line)
{
  for (const char *p = line; *p != '\0'; p = g_utf8_next_char (p))
    if (is_direction_control (g_utf8_get_char (p)))
      return TRUE;
  return FALSE;
}

/* An isolate of its own round each line that has controls, and every isolate
 * that the line leaves open is closed inside: nothing before or after moves. */
static char *
isolate_line (const char *line)
{
  GString *out = g_string_new (NULL);
  gboolean isolated = has_direction_control (line);
  guint depth = 0;

  if (isolated)
    g_string_append_unichar (out, FIRST_STRONG_ISOLATE);
  for (const char *p = line; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (!is_shown (c) || (c == POP_ISOLATE && depth == 0))
        continue;
      if (c == POP_ISOLATE)
        depth--;
      else if (c > 0x2065u && c < POP_ISOLATE)
        depth++;
      g_string_append_unichar (out, c);
    }
  for (; depth > 0; depth--)
    g_string_append_unichar (out, POP_ISOLATE);
  if (isolated)
    g_string_append_unichar (out, POP_ISOLATE);
  return g_string_free (out, FALSE);
}

char *
pen_words_html (const char *text)
{
  g_autofree char *valid = NULL;
  g_auto (GStrv) lines = NULL;
  GString *html = g_string_new (NULL);

  if (text == NULL)
    return g_string_free (html, FALSE);
  valid = make_valid (text);
  lines = g_strsplit (valid, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *line = isolate_line (lines[i]);
      g_autofree char *escaped = g_markup_escape_text (line, -1);

      if (i > 0)
        g_string_append (html, "<br>");
      g_string_append (html, escaped);
    }
  return g_string_free (html, FALSE);
}

char *
pen_words_cell (const char *text, glong max)
{
  g_autofree char *valid = NULL;
  GString *out = g_string_new (NULL);
  glong n = 0;

  if (text == NULL)
    return g_string_free (out, FALSE);
  valid = make_valid (text);
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (is_direction_control (c))
        continue;
      if (n++ == max)
        {
          g_string_append (out, "…");
          break;
        }
      g_string_append_unichar (out, g_unichar_isspace (c) || g_unichar_iscntrl (c) ? ' ' : c);
    }
  return g_string_free (out, FALSE);
}

char *
pen_words_who (PurpleAccount *purple, const char *name)
{
  const char *region = pen_account_text (purple, PEN_OPTION_REGION);
  g_auto (GStrv) numbers = NULL;

  switch (pen_address_kind_of_name (name))
    {
    case PEN_ADDRESS_TEL:
      return pen_number_format (name, region);
    case PEN_ADDRESS_GROUP:
      numbers = g_strsplit (name, ",", -1);
      for (guint i = 0; numbers[i] != NULL; i++)
        {
          g_autofree char *number = g_steal_pointer (&numbers[i]);

          numbers[i] = pen_number_format (number, region);
        }
      return g_strjoinv (", ", numbers);
    default:
      return pen_words_cell (name, CELL_MAX_CHARS);
    }
}

const char *
pen_words_when (PenWhen when)
{
  switch (when)
    {
    case PEN_WHEN_TYPED:
      return _("as soon as an address is entered");
    case PEN_WHEN_SEND:
      return _("when a message is to be sent");
    case PEN_WHEN_BATCH:
      return _("at fixed times, together with others");
    case PEN_WHEN_NEVER:
      return _("never");
    default:
      return _("as the account says");
    }
}

const char *
pen_words_choice (PenChoice choice)
{
  switch (choice)
    {
    case PEN_CHOICE_SMS:
      return _("always as SMS");
    case PEN_CHOICE_PLAIN:
      return _("always over XMPP, also without encryption");
    default:
      return _("ask me");
    }
}

char *
pen_words_age (gint64 age_s)
{
  if (age_s < 0)
    return g_strdup (_("never"));
  if (age_s < SECONDS_A_MINUTE)
    return g_strdup (_("just now"));
  if (age_s < SECONDS_AN_HOUR)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                         "%d minute ago", "%d minutes ago", (gulong) (age_s / SECONDS_A_MINUTE)),
                            (int) (age_s / SECONDS_A_MINUTE));
  if (age_s < SECONDS_A_DAY)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                         "%d hour ago", "%d hours ago", (gulong) (age_s / SECONDS_AN_HOUR)),
                            (int) (age_s / SECONDS_AN_HOUR));
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%d day ago", "%d days ago", (gulong) (age_s / SECONDS_A_DAY)),
                          (int) (age_s / SECONDS_A_DAY));
}

static char *
say_state (const PenPaneStatus *status)
{
  switch (status->capability)
    {
    case PEN_CAPABILITY_ENCRYPTED:
      return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                           "reachable encrypted, %u device", "reachable encrypted, %u devices",
                                           status->devices),
                              status->devices);
    case PEN_CAPABILITY_ABSENT:
      return g_strdup (_("no device list is visible to us"));
    default:
      return g_strdup (_("nothing"));
    }
}

char *
pen_words_capability (const PenPaneStatus *status)
{
  g_autofree char *state = say_state (status);
  g_autofree char *age = pen_words_age (status->age_s);

  switch (status->origin)
    {
    case PEN_ORIGIN_PUSHED:
      return g_strdup_printf (_("%s (told by the server unasked, %s)"), state, age);
    case PEN_ORIGIN_ASKED:
      return g_strdup_printf (_("%s (asked %s)"), state, age);
    case PEN_ORIGIN_PINNED:
      return g_strdup_printf (_("%s (was encrypted before)"), state);
    case PEN_ORIGIN_CHOSEN:
      return g_strdup_printf (_("%s (chosen by you)"), state);
    default:
      return g_steal_pointer (&state);
    }
}

char *
pen_words_time (gint64 at_us)
{
  g_autoptr (GDateTime) at = g_date_time_new_from_unix_local (at_us / G_USEC_PER_SEC);
  char *text = at != NULL ? g_date_time_format (at, "%Y-%m-%d %H:%M:%S") : NULL;

  return text != NULL ? text : g_strdup ("?");
}

/* The locale says whether the clock has 12 hours. */
static const char *
clock_format (void)
{
  const char *format = nl_langinfo (T_FMT);

  return strstr (format, "%r") != NULL || strstr (format, "%I") != NULL || strstr (format, "%p") != NULL
    ? "%-I:%M %p" : "%H:%M";
}

char *
pen_words_clock (gint64 at_us, gint64 now_us)
{
  g_autoptr (GDateTime) at = g_date_time_new_from_unix_local (at_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_local (now_us / G_USEC_PER_SEC);
  g_autofree char *clock = at != NULL ? g_date_time_format (at, clock_format ()) : NULL;
  g_autofree char *day = at != NULL ? g_date_time_format (at, "%x") : NULL;

  if (clock == NULL || day == NULL || now == NULL)
    return g_strdup ("?");
  if (g_date_time_get_year (at) == g_date_time_get_year (now)
      && g_date_time_get_day_of_year (at) == g_date_time_get_day_of_year (now))
    return g_steal_pointer (&clock);
  return g_strdup_printf ("%s %s", day, clock);
}

char *
pen_words_wait (gint64 wait_us)
{
  gint64 minutes = (wait_us / G_USEC_PER_SEC + SECONDS_A_MINUTE - 1) / SECONDS_A_MINUTE;
  gint64 hours = (minutes + 30) / 60;

  if (minutes <= 90)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                         "in %d minute", "in %d minutes", (gulong) minutes), (int) minutes);
  if (hours <= 48)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "in %d hour", "in %d hours", (gulong) hours), (int) hours);
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                       "in %d day", "in %d days", (gulong) (hours / 24)), (int) (hours / 24));
}

static char *
say_numbers (const PenPolicy *policy)
{
  if (!policy->pad)
    return g_strdup_printf (_("own settings: together every %u seconds"), policy->period_s);
  return g_strdup_printf (_("own settings: together every %u seconds, padded to %u numbers, and %u more every %u "
                            "seconds"),
                          policy->period_s, policy->slots, policy->fast_period_s > 0 ? policy->fast_slots : 0,
                          policy->fast_period_s);
}

char *
pen_words_policy (const PenPolicy *policy)
{
  const PenPolicyPreset *preset = pen_policy_preset_of (policy);

  return preset != NULL ? g_strdup (_(preset->name)) : say_numbers (policy);
}

static const char *
say_observer (PenObserver observer)
{
  switch (observer)
    {
    case PEN_OBSERVER_HOME:
      return _("your server");
    case PEN_OBSERVER_PEER:
      return _("their server");
    case PEN_OBSERVER_DIRECTORY:
      return _("the directory");
    case PEN_OBSERVER_GATEWAY:
      return _("the SMS gateway");
    default:
      return _("the web host");
    }
}

char *
pen_words_observers (const PenLedgerRow *row)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < row->n_observers; i++)
    {
      g_autofree char *host = pen_words_cell (row->observers[i].host, CELL_MAX_CHARS);

      g_string_append_printf (out, i > 0 ? ", %s (%s)" : "%s (%s)", say_observer (row->observers[i].observer), host);
    }
  if (out->len == 0)
    g_string_append (out, _("nobody"));
  return g_string_free (out, FALSE);
}

char *
pen_words_row (const PenLedgerRow *row, gboolean with_address)
{
  g_autofree char *at = pen_words_time (row->at_us);
  g_autofree char *observers = pen_words_observers (row);
  g_autofree char *address = pen_words_cell (row->address, CELL_MAX_CHARS);
  g_autofree char *result = pen_words_cell (row->result, CELL_MAX_CHARS);
  g_autoptr (GPtrArray) cells = g_ptr_array_new ();

  g_ptr_array_add (cells, at);
  if (with_address)
    g_ptr_array_add (cells, address);
  g_ptr_array_add (cells, (char *) pen_kind_to_string (row->kind));
  g_ptr_array_add (cells, observers);
  g_ptr_array_add (cells, (char *) pen_trigger_to_string (row->trigger));
  g_ptr_array_add (cells, (char *) pen_row_status_to_string (row->status));
  if (*result != '\0')
    g_ptr_array_add (cells, result);
  g_ptr_array_add (cells, NULL);
  return g_strjoinv (" | ", (char **) cells->pdata);
}

char *
pen_words_row_head (gboolean with_address)
{
  return g_strdup (with_address ? _("time | about | kind | asked of | trigger | status | result")
                                : _("time | kind | asked of | trigger | status | result"));
}

char *
pen_words_error (const PenWireError *error, gboolean is_gateway)
{
  return pen_delivery_error_join (_(pen_delivery_error_sentence (error->condition, is_gateway)), error->text);
}
