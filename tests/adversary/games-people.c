/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The games of T2, T3, T4 and T6: whole lives, and the question who of all
 * the subjects is a contact. */

#include "games.h"

#include <math.h>

#define ARRIVALS_A_DAY 0.2
#define DAY_S (24 * 60 * 60)
#define CONTROL_AUC 0.8
#define AUC_LOW 0.48
#define AUC_HIGH 0.52
#define AUC_LINKED 0.52
#define NOVELTY_LIFT 1.05
#define NOVELTY_DAYS 60
#define NOVELTY_CONTACTS 500
#define NOVELTY_ARRIVALS 2.0
#define NEVER_WRONG 0.99
/* The law of the schedule: plugin/core/schedule-pad.c. */
#define LAW_A_DAY (0.004 * 0.875)

typedef double *(*Scorer) (const Seen *seen);

static SimView *
live (Mode mode, guint days, guint life, double arrivals_a_day)
{
  SimSetup setup = setup_of (mode);

  setup.days = days;
  setup.policy.period_s = DAY_S;
  setup.arrivals_a_day = arrivals_a_day;
  setup.game = life + 1000;
  return sim_run (&setup);
}

static void
play_life (const SimView *view, const Scorer *scorers, Mean *means, guint n_scorers)
{
  Seen seen = seen_of (view);
  g_autofree gboolean *truth = sim_view_real (view);

  for (guint i = 0; i < n_scorers; i++)
    {
      g_autofree double *scores = scorers[i] (&seen);
      double auc = score_auc (scores, truth, seen.n_subjects);

      if (!isnan (auc))
        mean_add (&means[i], auc);
    }
}

static Score
score_auc_of (const Mean *mean, Mode mode, Kind kind)
{
  Score score = { .kind = mode == MODE_FRESH_DECOYS ? KIND_CONTROL : kind, .low = AUC_LOW, .high = AUC_HIGH };

  if (score.kind == KIND_CONTROL)
    score.low = CONTROL_AUC;
  score.value = mean_value (mean);
  score.error = mean_error (mean);
  score.games = mean->n;
  return score;
}

/* Rates need subjects that come again: fresh decoys have none, and so no control. */
static void
play_horizon (Row *rows, guint days, guint lives)
{
  static const Scorer scorers[] = { recurrence_scores, recurrence_halves, recurrence_rates };

  for (guint mode = MODE_PAD; mode < N_MODES; mode++)
    {
      Mean means[G_N_ELEMENTS (scorers)] = { 0 };

      for (guint life = 0; life < (mode == MODE_PAD ? lives : MIN (lives, 4)); life++)
        {
          g_autoptr (SimView) view = live ((Mode) mode, days, life, ARRIVALS_A_DAY);

          play_life (view, scorers, means, G_N_ELEMENTS (scorers));
        }
      for (guint i = 0; i < G_N_ELEMENTS (scorers); i++)
        if (i < 2 || mode != MODE_FRESH_DECOYS)
          rows[i].scores[mode] = score_auc_of (&means[i], (Mode) mode, mode == MODE_PAD ? KIND_BOUND : KIND_PRINTED);
    }
}

/* The law assumes how many a user adds; whoever adds more or fewer than that is told what it costs. */
static Score
play_unusual (double arrivals_a_day, guint lives)
{
  static const Scorer scorers[] = { recurrence_scores };
  Mean mean = { 0 };

  for (guint life = 0; life < lives; life++)
    {
      g_autoptr (SimView) view = live (MODE_PAD, 365, life, arrivals_a_day);

      play_life (view, scorers, &mean, 1);
    }
  return score_auc_of (&mean, MODE_PAD, KIND_PRINTED);
}

void
play_recurrence (GArray *table, const Effort *effort)
{
  Row rows[] = { { "T2", "30 epochs, number of batches with a subject: AUC" },
                 { "T6a", "30 epochs, in both halves of the batches: AUC" },
                 { "T2", "30 epochs, batches a day since first seen: AUC" },
                 { "T2", "365 epochs, number of batches with a subject: AUC" },
                 { "T6a", "365 epochs, in both halves of the batches: AUC" },
                 { "T2", "365 epochs, batches a day since first seen: AUC" },
                 { "T2", "365 epochs, number of batches, of somebody who adds nobody: AUC" },
                 { "T2", "365 epochs, number of batches, of somebody who adds four times as many: AUC" } };

  play_horizon (rows, 30, effort->month_lives);
  play_horizon (rows + 3, 365, effort->year_lives);
  rows[6].scores[MODE_PAD] = play_unusual (0, MIN (effort->year_lives, 20));
  rows[7].scores[MODE_PAD] = play_unusual (4 * ARRIVALS_A_DAY, MIN (effort->year_lives, 20));
  g_array_append_vals (table, rows, G_N_ELEMENTS (rows));
}

/* What the design itself gives away: arrivals of contacts among all arrivals. */
static double
own_share (guint slots)
{
  double law = LAW_A_DAY * PEN_SCHEDULE_POPULATION * slots;

  return NOVELTY_ARRIVALS / (NOVELTY_ARRIVALS + law);
}

static void
play_newcomers (Row *rows, Mode mode, guint lives)
{
  NoveltyGames games = { 0 };
  double all = 0;
  double share = mode == MODE_PAD ? own_share (PEN_SCHEDULE_SLOTS_MAX) : 1.0;
  guint n = 0;
  double precision;

  for (guint life = 0; life < lives; life++)
    {
      SimSetup setup = setup_of (mode);
      g_autoptr (SimView) view = NULL;
      g_autofree gboolean *truth = NULL;
      Seen seen;

      setup.days = NOVELTY_DAYS;
      setup.contacts = NOVELTY_CONTACTS;
      setup.policy.slots = PEN_SCHEDULE_SLOTS_MAX;
      setup.arrivals_a_day = NOVELTY_ARRIVALS;
      setup.game = life + 2000;
      view = sim_run (&setup);
      truth = sim_view_real (view);
      seen = seen_of (view);
      novelty_play (&games, &seen, truth);
    }
  precision = novelty_precision (&games, &all, &n);
  rows[0].scores[mode] = (Score) { mode == MODE_PAD ? KIND_BOUND : KIND_CONTROL, all / share,
                                   sqrt (all * (1 - all) / MAX (n, 1)) / share,
                                   mode == MODE_PAD ? -1 : NEVER_WRONG, NOVELTY_LIFT, n };
  rows[1].scores[mode] = rows[0].scores[mode];
  rows[1].scores[mode].value = precision / share;
  rows[1].scores[mode].error *= 2;
  rows[2].scores[mode] = (Score) { KIND_PRINTED, all, 0, 0, 0, n };
}

void
play_novelty (GArray *table, const Effort *effort)
{
  Row rows[] = { { "T3", "first seen: the share that is real, over λ/(λ+μ)" },
                 { "T3", "the same, of the newcomers that practice picks" },
                 { "T3", "the share itself (500 contacts, two new ones a day)" } };

  play_newcomers (rows, MODE_BATCH, 1);
  play_newcomers (rows, MODE_FIXED_DECOYS, 1);
  play_newcomers (rows, MODE_PAD, effort->novelty_lives);
  g_array_append_vals (table, rows, G_N_ELEMENTS (rows));
}

static void
play_plausibility (Row *rows, Mode mode)
{
  g_autoptr (SimView) view = live (mode, 30, 3000, ARRIVALS_A_DAY);
  Seen seen = seen_of (view);
  g_autofree gboolean *truth = sim_view_real (view);
  g_autofree double *hits = plausibility_scores (&seen);

  rows[0].scores[mode] = (Score) { KIND_PRINTED, score_auc (hits, truth, seen.n_subjects), 0, 0, 0, 1 };
  rows[1].scores[mode] = (Score) { KIND_PRINTED, plausibility_bits (&seen, truth), 0, 0, 0, 1 };
}

/* Day one of each user against day two of the same and of the next user. */
static Score
play_linking (Mode mode, guint users)
{
  g_autoptr (GPtrArray) views = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_view_free);
  g_autofree double *alike = g_new (double, 2 * users);
  g_autofree gboolean *same = g_new (gboolean, 2 * users);

  for (guint i = 0; i < users; i++)
    {
      SimSetup setup = setup_of (mode);

      setup.days = 2;
      setup.game = 5000 + i;
      g_ptr_array_add (views, sim_run (&setup));
    }
  for (guint i = 0; i < 2 * users; i++)
    {
      SimView *one = views->pdata[i / 2];
      SimView *other = views->pdata[(i / 2 + i % 2) % users];
      Seen seen[2] = { seen_of (one), seen_of (other) };
      GPtrArray *const names[2] = { one->names, other->names };

      same[i] = i % 2 == 0;
      alike[i] = linking_likeness (&seen[0], SIM_START_US + SIM_DAY_US, &seen[1], SIM_START_US + SIM_DAY_US, names);
    }
  return (Score) { KIND_PRINTED, score_auc (alike, same, 2 * users), 0, 0, 0, users };
}

void
play_answers (GArray *table, const Effort *effort)
{
  Row rows[] = { { "T4", "hits (contacts 50 %, strangers 0.5 %): AUC" },
                 { "T4", "bits that a contact's answer tells" },
                 { "T6b", "two days of one user from two addresses: AUC" } };

  play_plausibility (rows, MODE_PAD);
  play_plausibility (rows, MODE_FRESH_DECOYS);
  for (guint mode = MODE_BATCH; mode <= MODE_PAD; mode++)
    rows[2].scores[mode] = play_linking ((Mode) mode, effort->linked_users);
  g_array_append_vals (table, rows, G_N_ELEMENTS (rows));
}
