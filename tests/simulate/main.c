/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* penregister-simulate: its command line, as in penregister-simulate(1). Exit:
 * 0, 1 if the output cannot be written, 2 for a command line that makes no sense. */

#include "simulate.h"

#include <locale.h>
#include <stdio.h>

typedef struct
{
  char *when;
  gboolean pad;
  int contacts;
  double arrivals;
  double sends;
  int days;
  gint64 seed;
  int games;
  int slots;
  int period;
  int fast_slots;
  int fast_period;
  double from;
  double until;
} Options;

#define MOST_DAYS 36500
#define MOST_A_DAY 100000.0
#define CONTACTS 50
#define DAYS 30
#define SEED 1
#define GAMES 1
#define OR(number) "; " G_STRINGIFY (number) " if not given"

static gboolean
is_in_range (const Options *options)
{
  return options->contacts >= 0 && options->contacts < PEN_SCHEDULE_SUBJECTS_MAX && options->days >= 0
         && options->days <= MOST_DAYS && options->games >= 0 && options->arrivals >= 0 && options->sends >= 0
         && options->arrivals <= MOST_A_DAY && options->sends <= MOST_A_DAY && options->slots >= 0
         && options->fast_slots >= 0 && options->period > 0 && options->fast_period >= 0 && options->from >= 0
         && options->until <= MOST_DAYS;
}

static gboolean
read_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "when", 0, 0, G_OPTION_ARG_STRING, &options->when, "When people are asked about; needed",
      "typed|send|batch|never" },
    { "pad", 0, 0, G_OPTION_ARG_NONE, &options->pad, "Pad the batches", NULL },
    { "contacts", 0, 0, G_OPTION_ARG_INT, &options->contacts, "Contacts on the first day" OR (CONTACTS), "N" },
    { "arrivals", 0, 0, G_OPTION_ARG_DOUBLE, &options->arrivals, "Contacts that are added" OR (0), "PER_DAY" },
    { "sends", 0, 0, G_OPTION_ARG_DOUBLE, &options->sends, "Messages" OR (0), "PER_DAY" },
    { "days", 0, 0, G_OPTION_ARG_INT, &options->days, "Days of each life" OR (DAYS), "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options->seed, "The same seed gives the same bytes" OR (SEED), "N" },
    { "games", 0, 0, G_OPTION_ARG_INT, &options->games, "Lives to simulate" OR (GAMES), "N" },
    { "slots", 0, 0, G_OPTION_ARG_INT, &options->slots, "Fewest slots of a padded batch" OR (64), "N" },
    { "period", 0, 0, G_OPTION_ARG_INT, &options->period, "Seconds between batches" OR (3600), "S" },
    { "fast-slots", 0, 0, G_OPTION_ARG_INT, &options->fast_slots, "Slots of the fast lane" OR (8), "N" },
    { "fast-period", 0, 0, G_OPTION_ARG_INT, &options->fast_period, "Seconds between its slots" OR (600), "S" },
    { "from", 0, 0, G_OPTION_ARG_DOUBLE, &options->from, "Print from this day on" OR (0), "DAY" },
    { "until", 0, 0, G_OPTION_ARG_DOUBLE, &options->until, "Print until this day; to the end if not given", "DAY" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context, "Prints what a phone directory's operator sees of a synthetic user's lookups, "
                                         "one JSON object a line, then the truth.");
  g_option_context_add_main_entries (context, entries, NULL);
  return g_option_context_parse (context, argc, argv, error);
}

/* Returns: (nullable): what is wrong with them. */
static const char *
find_fault (const Options *options, PenWhen *when)
{
  if (options->when == NULL)
    return "--when is missing";
  if (!pen_when_from_string (options->when, when))
    return "--when must be typed, send, batch or never";
  return is_in_range (options) ? NULL : "a number is too small or too large";
}

static void
play (const Options *options, SimSetup *setup)
{
  double until = options->until < 0 ? setup->days : options->until;

  for (guint game = 0; game < (guint) options->games; game++)
    {
      g_autoptr (SimView) view = NULL;

      setup->game = game;
      view = sim_run (setup);
      sim_print (view, SIM_START_US + (gint64) (options->from * (double) SIM_DAY_US),
                 SIM_START_US + (gint64) (until * (double) SIM_DAY_US));
    }
}

int
main (int argc, char **argv)
{
  PenPolicy policy = PEN_POLICY_DEFAULT;
  Options options = { .days = DAYS, .contacts = CONTACTS, .seed = SEED, .games = GAMES, .slots = (int) policy.slots,
                      .period = (int) policy.period_s, .fast_slots = (int) policy.fast_slots,
                      .fast_period = (int) policy.fast_period_s, .until = -1 };
  SimSetup setup = { .policy = policy };
  g_autoptr (GError) error = NULL;
  const char *fault;

  setlocale (LC_ALL, "");
  if (!read_options (&options, &argc, &argv, &error) || argc > 1)
    {
      g_printerr ("%s\n", error != NULL ? error->message : "penregister-simulate takes options only; see --help");
      return 2;
    }
  fault = find_fault (&options, &setup.policy.when);
  if (fault != NULL)
    {
      g_printerr ("%s; see --help\n", fault);
      return 2;
    }
  g_free (options.when);
  setup.policy.pad = options.pad;
  setup.policy.slots = (guint) options.slots;
  setup.policy.period_s = (guint) options.period;
  setup.policy.fast_slots = (guint) options.fast_slots;
  setup.policy.fast_period_s = (guint) options.fast_period;
  setup.contacts = (guint) options.contacts;
  setup.arrivals_a_day = options.arrivals;
  setup.sends_a_day = options.sends;
  setup.days = (guint) options.days;
  setup.seed = (guint64) options.seed;
  play (&options, &setup);
  return fflush (stdout) == 0 ? 0 : 1;
}
