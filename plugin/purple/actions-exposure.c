/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Says in words what each observer could hand over: as an account action and
 * as a slash command. What takes longer than a moment to add up is read in
 * steps, so that the client goes on meanwhile. */

#include "purple/actions-exposure.h"

#include "purple/pane-exposure.h"
#include "purple/words.h"

#include <notify.h>

#include <glib/gi18n-lib.h>

#define CELL_MAX_CHARS 120
#define MAX_ITEMS 25
#define FIRST_STEP_ROWS (2 * PEN_EXPOSURE_STEP_ROWS)
#define STEP_PAUSE_US 1000
#define SECONDS_A_MINUTE 60
#define SECONDS_AN_HOUR (60 * SECONDS_A_MINUTE)

typedef void (*ShowFunc) (PurpleAccount *purple, const char *name, const char *text);

/* One report on its way. @name: (nullable): of the conversation that waits for it */
typedef struct
{
  PenExposureReport *report;
  PurpleAccount *purple;
  char *name;
  char *bare;
  guint days;
  ShowFunc show;
} Run;

/* Words */

static const char *
say_observer (const char *word)
{
  PenObserver observer;

  if (!pen_observer_from_string (word, &observer))
    return _("somebody of an unknown kind");
  switch (observer)
    {
    case PEN_OBSERVER_HOME:
      return _("Your server");
    case PEN_OBSERVER_PEER:
      return _("Their server");
    case PEN_OBSERVER_DIRECTORY:
      return _("The directory");
    case PEN_OBSERVER_GATEWAY:
      return _("The SMS gateway");
    default:
      return _("The web host");
    }
}

static char *
say_timing (gint64 timing_s)
{
  if (timing_s == 0)
    return g_strdup (_("their times say nothing about when you did something"));
  if (timing_s < SECONDS_A_MINUTE)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                         "exact to %d second",
                                         "exact to %d seconds", (gulong) timing_s), (int) timing_s);
  if (timing_s < SECONDS_AN_HOUR)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "exact to %d minute", "exact to %d minutes",
                                         (gulong) (timing_s / SECONDS_A_MINUTE)),
                            (int) (timing_s / SECONDS_A_MINUTE));
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                       "exact to %d hour", "exact to %d hours", (gulong) (timing_s / SECONDS_AN_HOUR)),
                          (int) MIN (timing_s / SECONDS_AN_HOUR, G_MAXINT));
}

static char *
say_questions (guint64 lookups, guint64 people)
{
  g_autofree char *about = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                                         "%d person", "%d people", (gulong) people), (int) people);

  /* Translators: "12 questions about 5 people"; the second part is a phrase of its own. */
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                       "%d question about %s",
                                       "%d questions about %s", (gulong) lookups), (int) lookups,
                          about);
}

static void
append_asked (GString *out, const PenExposureItem *item)
{
  g_autofree char *questions = say_questions (item->lookups, item->people);
  g_autofree char *timing = say_timing (item->timing_s);
  guint n_sources = g_strv_length (item->sources);

  if (item->lookups == 0)
    {
      g_string_append_printf (out, "\n  %s", _("nothing was asked."));
      return;
    }
  g_string_append_printf (out, "\n  %s, %s", questions, timing);
  if (n_sources > 0)
    g_string_append_printf (out, g_dngettext (GETTEXT_PACKAGE,
                                              ", from %u network address", ", from %u network addresses", n_sources),
                            n_sources);
  g_string_append_c (out, '.');
  if (item->cover > 0)
    g_string_append_printf (out, g_dngettext (GETTEXT_PACKAGE, " %d of them is cover for no contact of yours.",
                                              " %d of them are cover for no contact of yours.", (gulong) item->cover),
                            (int) item->cover);
}

static void
append_others (GString *out, const PenExposureItem *item)
{
  g_autofree char *baseline = say_questions (item->baseline.lookups, item->baseline.people);
  g_autofree char *timing = say_timing (item->baseline.timing_s);
  g_autofree char *receivers = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                                             "%d person", "%d people", (gulong) item->delivery_people),
                                                (int) item->delivery_people);

  if (item->baseline.lookups > 0)
    g_string_append_printf (out, _("\n  Asking as soon as an address is entered: at least %s, %s."), baseline, timing);
  else
    g_string_append_printf (out, "\n  %s", _("Asking as soon as an address is entered: nothing either."));
  if (item->saved > 0)
    g_string_append_printf (out, g_dngettext (GETTEXT_PACKAGE,
                                              "\n  %d question was not asked.", "\n  %d questions were not asked.",
                                              (gulong) item->saved),
                            (int) item->saved);
  if (item->deliveries > 0)
    g_string_append_printf (out, g_dngettext (GETTEXT_PACKAGE, "\n  Besides, %d message to %s, whatever is asked.",
                                              "\n  Besides, %d messages to %s, whatever is asked.",
                                              (gulong) item->deliveries),
                            (int) item->deliveries, receivers);
  if (item->retained_until_us > 0)
    {
      g_autofree char *until = pen_words_time (item->retained_until_us);

      g_string_append_printf (out, _("\n  Kept until %s, if it keeps them for 30 days."), until);
    }
}

static void
append_item (GString *out, const PenExposureItem *item)
{
  g_autofree char *host = pen_words_cell (item->host, CELL_MAX_CHARS);

  g_string_append_printf (out, "\n\n%s (%s):", say_observer (item->observer), host);
  append_asked (out, item);
  append_others (out, item);
}

static char *
say_exposure (const Run *run, const PenExposure *exposure)
{
  GString *out = g_string_new (NULL);
  const GPtrArray *items = exposure->total->items;
  g_autofree char *bare = pen_words_cell (run->bare, CELL_MAX_CHARS);

  g_string_append_printf (out, g_dngettext (GETTEXT_PACKAGE,
                                            "What they could hand over about %s, from the last %u day:",
                                            "What they could hand over about %s, from the last %u days:", run->days),
                          bare, run->days);
  if (items->len == 0)
    g_string_append_printf (out, "\n\n%s", _("Nothing: the ledger has no row of these days."));
  for (guint i = 0; i < MIN (items->len, MAX_ITEMS); i++)
    append_item (out, items->pdata[i]);
  if (items->len > MAX_ITEMS)
    g_string_append_printf (out, g_dngettext (GETTEXT_PACKAGE, "\n\nAnd %u server more.", "\n\nAnd %u servers more.",
                                              items->len - MAX_ITEMS),
                            items->len - MAX_ITEMS);
  if (exposure->later > 0)
    g_string_append_printf (out, g_dngettext (GETTEXT_PACKAGE,
                                           "\n\n%d row is from the future: was the clock set back? It is not counted.",
                                              "\n\n%d rows are from the future: was the clock set back? They are not "
                                              "counted.",
                                              (gulong) exposure->later),
                            (int) exposure->later);
  return g_string_free (out, FALSE);
}

/* Steps */

static void
run_free (Run *run)
{
  pen_exposure_report_free (run->report);
  g_free (run->name);
  g_free (run->bare);
  g_free (run);
}

static Run *
run_begin (PurpleAccount *purple, guint days, GError **error)
{
  PenExposureQuery query = { .observer = -1, .days = days };
  PenExposureReport *report = pen_pane_exposure_begin (purple, &query, error);
  Run *run;

  if (report == NULL)
    return NULL;
  run = g_new0 (Run, 1);
  run->report = report;
  run->purple = purple;
  run->bare = pen_account_bare (purple);
  run->days = days;
  return run;
}

/* Returns: (transfer full) (nullable): the words once all is read; NULL without error when there is more */
static char *
run_step (Run *run, guint rows, GError **error)
{
  g_autoptr (PenExposure) exposure = NULL;
  gboolean done = FALSE;

  if (!pen_exposure_report_step (run->report, rows, &done, error) || !done)
    return NULL;
  exposure = pen_exposure_report_end (g_steal_pointer (&run->report));
  return say_exposure (run, exposure);
}

static void
on_step (gpointer data)
{
  Run *run = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = run_step (run, PEN_EXPOSURE_STEP_ROWS, &error);

  if (text == NULL && error == NULL)
    {
      pen_timers_add (pen_app ()->timers, STEP_PAUSE_US, on_step, run);
      return;
    }
  if (g_list_find (purple_accounts_get_all (), run->purple) != NULL)
    run->show (run->purple, run->name, text != NULL ? text : error->message);
  run_free (run);
}

/* The action */

static void
show_window (G_GNUC_UNUSED PurpleAccount *purple, G_GNUC_UNUSED const char *name, const char *text)
{
  g_autofree char *html = pen_words_html (text);

  purple_notify_formatted (pen_app ()->plugin, _("What they could hand over"), _("What they could hand over"), NULL,
                           html, NULL, NULL);
}

static void
on_action (PurplePluginAction *action)
{
  PurpleConnection *gc = action->context;
  g_autoptr (GError) error = NULL;
  Run *run = run_begin (purple_connection_get_account (gc), PEN_EXPOSURE_WINDOW_DAYS, &error);

  if (run == NULL)
    {
      purple_notify_error (gc, _("Pen Register"), _("The ledger could not be read."), error->message);
      return;
    }
  run->show = show_window;
  on_step (run);
}

PurplePluginAction *
pen_exposure_action (void)
{
  return purple_plugin_action_new (_("What they could hand over…"), on_action);
}

/* The command */

static void
show_line (PurpleAccount *purple, const char *name, const char *text)
{
  PurpleConversation *conv = purple_find_conversation_with_account (PURPLE_CONV_TYPE_ANY, name, purple);
  g_autofree char *html = pen_words_html (text);

  if (conv != NULL)
    purple_conversation_write (conv, NULL, html, PURPLE_MESSAGE_SYSTEM | PURPLE_MESSAGE_NO_LOG,
                               (time_t) (pen_clock_now_us (&pen_app ()->clock) / G_USEC_PER_SEC));
}

char *
pen_exposure_command (PurpleAccount *purple, const char *name, const char *word, GError **error)
{
  guint64 days = PEN_EXPOSURE_WINDOW_DAYS;
  g_autoptr (GError) failure = NULL;
  char *text;
  Run *run;

  if (word != NULL && !g_ascii_string_to_unsigned (word, 10, 1, PEN_EXPOSURE_MAX_DAYS, &days, NULL))
    return NULL;
  run = run_begin (purple, (guint) days, error);
  if (run == NULL)
    return NULL;
  text = run_step (run, FIRST_STEP_ROWS, &failure);
  if (text == NULL && failure == NULL)
    {
      run->name = g_strdup (name);
      run->show = show_line;
      pen_timers_add (pen_app ()->timers, STEP_PAUSE_US, on_step, run);
      return g_strdup (_("The ledger is being added up; the answer follows."));
    }
  run_free (run);
  if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return text;
}
