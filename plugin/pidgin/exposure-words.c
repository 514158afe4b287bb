/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how the numbers of a report are said. */

#include "exposure-words.h"

#include "ledger-words.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#define HOST_CHARS 80
#define SECONDS_A_MINUTE 60
#define SECONDS_AN_HOUR (60 * SECONDS_A_MINUTE)

/* ngettext() chooses by an unsigned long; what is beyond is "many" in every language. */
static gulong
many (guint64 n)
{
  return (gulong) MIN (n, G_MAXUINT32);
}

/* As in docs/design.md, "Words"; a word that this version does not know stands for itself. */
static const char *const observer_names[PEN_N_OBSERVERS] = { "home", "peer", "directory", "gateway", "web" };

static char *
say_kind (const char *observer)
{
  for (guint i = 0; i < PEN_N_OBSERVERS; i++)
    if (g_strcmp0 (observer_names[i], observer) == 0)
      return g_strdup (pen_words_observer ((PenObserver) i));
  return pen_words_clean (observer, HOST_CHARS);
}

char *
pen_exposure_words_who (const PenExposureItem *item)
{
  g_autofree char *host = pen_words_clean (item->host, HOST_CHARS);
  g_autofree char *kind = say_kind (item->observer);

  /* Translators: who can hold something, as in "your server: example.org". */
  return g_strdup_printf (_("%s: %s"), kind, host);
}

char *
pen_exposure_words_timing (gint64 timing_s)
{
  gint64 hours = timing_s / SECONDS_AN_HOUR;
  gint64 minutes = timing_s / SECONDS_A_MINUTE;

  if (timing_s == 0)
    return g_strdup (_("their times say nothing about when you did something"));
  if (minutes == 0)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                         "exact to %d second",
                                         "exact to %d seconds", (gulong) timing_s), (int) timing_s);
  if (hours == 0)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                         "exact to %d minute", "exact to %d minutes", (gulong) minutes), (int) minutes);
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "exact to %d hour", "exact to %d hours", (gulong) hours),
                          (int) MIN (hours, G_MAXINT));
}

static char *
say_people (guint64 people)
{
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                       "%'" PRIu64 " person", "%'" PRIu64 " people", many (people)),
                          people);
}

char *
pen_exposure_words_questions (guint64 lookups, guint64 people)
{
  g_autofree char *about = say_people (people);

  /* Translators: "12 questions about 5 people"; the second part is a phrase of its own. */
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%'" PRIu64 " question about %s",
                                       "%'" PRIu64 " questions about %s", many (lookups)),
                          lookups, about);
}

static void
append_deliveries (GString *text, const PenExposureItem *item)
{
  g_autofree char *receivers = say_people (item->delivery_people);

  if (item->deliveries > 0)
    {
      g_string_append (text, " ");
      g_string_append_printf (text, g_dngettext (GETTEXT_PACKAGE,
                                                 "Besides, %'" PRIu64 " message to %s, whatever is asked.",
                                                 "Besides, %'" PRIu64 " messages to %s, whatever is asked.",
                                                 many (item->deliveries)),
                              item->deliveries, receivers);
    }
}

char *
pen_exposure_words_numbers (const PenExposureItem *item)
{
  g_autofree char *questions = pen_exposure_words_questions (item->lookups, item->people);
  g_autofree char *timing = pen_exposure_words_timing (item->timing_s);
  GString *text = g_string_new (NULL);

  if (item->lookups == 0)
    g_string_append (text, _("Nothing was asked."));
  else
    g_string_append_printf (text, _("It can hold %s, %s."), questions, timing);
  if (item->cover > 0)
    {
      g_string_append (text, " ");
      g_string_append_printf (text, g_dngettext (GETTEXT_PACKAGE,
                                                 "%'" PRIu64 " of them is cover for no contact of yours.",
                                                 "%'" PRIu64 " of them are cover for no contact of yours.",
                                                 many (item->cover)),
                              item->cover);
    }
  append_deliveries (text, item);
  return g_string_free (text, FALSE);
}

char *
pen_exposure_words_baseline (const PenExposureBaseline *baseline)
{
  g_autofree char *questions = pen_exposure_words_questions (baseline->lookups, baseline->people);
  g_autofree char *timing = pen_exposure_words_timing (baseline->timing_s);

  if (baseline->lookups == 0)
    return g_strdup (_("As in 2016, asking as soon as an address is entered: nothing either."));
  return g_strdup_printf (_("As in 2016, asking as soon as an address is entered: at least %s, %s."), questions,
                          timing);
}

static char *
say_day (gint64 at_us)
{
  g_autoptr (GDateTime) day = g_date_time_new_from_unix_local (at_us / G_USEC_PER_SEC);
  char *text = day != NULL ? g_date_time_format (day, "%x") : NULL;

  return text != NULL ? text : g_strdup ("");
}

char *
pen_exposure_words_days (gint64 since_us, gint64 until_us)
{
  g_autofree char *first = say_day (since_us);
  g_autofree char *last = say_day (until_us - 1);

  /* Translators: from one day to another. */
  return g_strdup_printf (_("%s – %s"), first, last);
}
