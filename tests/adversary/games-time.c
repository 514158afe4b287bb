/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The games of T1 and T5: lives full of messages, and at each of them the
 * question whether the directory could have known. */

#include "games.h"

#include <math.h>

#define DAYS 120
#define SENDS_A_DAY 50
#define ARRIVALS_A_DAY 0.2
/* Lives in which many are added, for the games about that. */
#define BUSY_DAYS 60
#define BUSY_ARRIVALS_A_DAY 10
#define ADVANTAGE_MAX 0.01
#define INFORMATION_MAX 0.001
#define BROKEN 0.5
/* Lookups of somebody who was added just now are additions, which have rows of their own. */
#define SETTLED_US SIM_DAY_US

typedef enum
{
  ON_OPENED,
  ON_SENT,
  ON_ADDED,
  N_OCCASIONS
} Occasion;

typedef struct
{
  TimingGames timing[N_OCCASIONS];
  Mean correlation[CORRELATION_LAGS];
  Mean first_message[CORRELATION_LAGS];
} Games;

static gint64
added_at (const SimView *view, guint32 subject)
{
  for (guint i = 0; i < view->added->len; i++)
    if (g_array_index (view->added, SimEvent, i).subject == subject)
      return g_array_index (view->added, SimEvent, i).at_us;
  return SIM_START_US;
}

/* As many times at which nothing in particular happened as there were events. */
static void
play_occasion (TimingGames *games, const SimView *view, const GArray *events, guint days)
{
  SimChance chance = { view->game * 3 + days };
  Seen seen = seen_of (view);

  for (guint i = 0; i < events->len; i++)
    {
      const SimEvent *event = &g_array_index (events, SimEvent, i);
      gint64 control_us = SIM_START_US + SIM_DAY_US
                          + (gint64) (sim_chance_unit (&chance) * (days - 2) * (double) SIM_DAY_US);

      if (event->at_us < SIM_START_US + SIM_DAY_US || event->at_us > SIM_START_US + (days - 1) * SIM_DAY_US
          || (events == view->opened && added_at (view, event->subject) == event->at_us))
        continue;
      timing_play (games, &seen, event->at_us, TRUE);
      timing_play (games, &seen, control_us, FALSE);
    }
}

/* Contacts that are settled, and to whom nothing was sent just now. */
static GArray *
find_others (const SimView *view, guint message)
{
  const SimEvent *it = &g_array_index (view->sends, SimEvent, message);
  g_autoptr (GHashTable) busy = g_hash_table_new (NULL, NULL);
  GArray *others = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = message + 1; i > 0; i--)
    {
      const SimEvent *sent = &g_array_index (view->sends, SimEvent, i - 1);

      if (sent->at_us < it->at_us - 600 * G_USEC_PER_SEC)
        break;
      g_hash_table_add (busy, GUINT_TO_POINTER (sent->subject + 1));
    }
  for (guint i = 0; i < view->contacts->len; i++)
    {
      guint32 contact = g_array_index (view->contacts, guint32, i);

      if (!g_hash_table_contains (busy, GUINT_TO_POINTER (contact + 1)))
        g_array_append_val (others, contact);
    }
  return others;
}

static void
play_correlation (Games *games, const SimView *view)
{
  Seen seen = seen_of (view);
  g_auto (SeenTimes) times = seen_times_new (&seen);

  for (guint i = 0; i < view->sends->len; i++)
    {
      const SimEvent *message = &g_array_index (view->sends, SimEvent, i);
      gint64 known_us = message->at_us - added_at (view, message->subject);
      g_autoptr (GArray) others = NULL;

      if (message->at_us < SIM_START_US + 2 * SIM_DAY_US)
        continue;
      others = find_others (view, i);
      if (others->len > 0)
        correlation_play (known_us >= SETTLED_US ? games->correlation : games->first_message, &times, message, others);
    }
}

static void
live (Games *games, Mode mode, guint life)
{
  SimSetup setup = setup_of (mode);
  g_autoptr (SimView) view = NULL;

  setup.days = DAYS;
  setup.sends_a_day = SENDS_A_DAY;
  setup.arrivals_a_day = ARRIVALS_A_DAY;
  setup.game = life;
  view = sim_run (&setup);
  play_occasion (&games->timing[ON_OPENED], view, view->opened, DAYS);
  play_occasion (&games->timing[ON_SENT], view, view->sends, DAYS);
  play_correlation (games, view);
}

static void
live_busily (Games *games, Mode mode, guint life)
{
  SimSetup setup = setup_of (mode);
  g_autoptr (SimView) view = NULL;

  setup.days = BUSY_DAYS;
  setup.arrivals_a_day = BUSY_ARRIVALS_A_DAY;
  setup.game = 10000 + life;
  view = sim_run (&setup);
  play_occasion (&games->timing[ON_ADDED], view, view->added, BUSY_DAYS);
}

static Score
score_timing (const TimingGames *games, Kind kind)
{
  Score score = { .kind = kind, .low = kind == KIND_CONTROL ? BROKEN : -1, .high = ADVANTAGE_MAX };

  score.value = timing_advantage (games, &score.error);
  score.games = games->n;
  return score;
}

static Score
score_correlation (const Mean means[CORRELATION_LAGS], Kind kind)
{
  Score score = { .kind = kind, .value = -1, .low = kind == KIND_CONTROL ? BROKEN : -1, .high = ADVANTAGE_MAX };

  for (guint lag = 0; lag < CORRELATION_LAGS; lag++)
    if (mean_value (&means[lag]) > score.value)
      {
        score.value = mean_value (&means[lag]);
        score.error = mean_error (&means[lag]);
      }
  score.games = means[0].n;
  return score;
}

static Score
score_information (const TimingGames *games)
{
  Score score = { KIND_BOUND, timing_information (games), 0, -1, INFORMATION_MAX, games->n };

  score.error = sqrt (TIMING_BUCKETS) / (games->n * G_LN2);
  return score;
}

void
play_timing (GArray *table, const Effort *effort)
{
  static const Kind kinds[N_OCCASIONS][MODE_PAD + 1] = { { KIND_CONTROL, KIND_PRINTED, KIND_BOUND, KIND_BOUND },
                                              { KIND_PRINTED, KIND_CONTROL, KIND_BOUND, KIND_BOUND },
                                              { KIND_CONTROL, KIND_PRINTED, KIND_PRINTED, KIND_BOUND } };
  Row rows[] = { { "T1", "conversation opened: advantage within 10 min" }, { "T1", "message sent: the same" },
                 { "T1", "contact added: the same" }, { "T1", "conversation opened: bits that the times tell" },
                 { "T5", "lookup before a message, best of 1 s, 1 min, 10 min, 1 d: advantage" },
                 { "T5", "the same on the first day of a new contact" } };

  for (guint mode = 0; mode <= MODE_PAD; mode++)
    {
      Games games = { 0 };

      for (guint life = 0; life < effort->timing_lives; life++)
        live (&games, (Mode) mode, life);
      for (guint life = 0; life < effort->busy_lives; life++)
        live_busily (&games, (Mode) mode, life);
      for (guint occasion = 0; occasion < N_OCCASIONS; occasion++)
        rows[occasion].scores[mode] = score_timing (&games.timing[occasion], kinds[occasion][mode]);
      if (mode >= MODE_BATCH)
        rows[3].scores[mode] = score_information (&games.timing[ON_OPENED]);
      rows[4].scores[mode] = score_correlation (games.correlation, mode >= MODE_BATCH ? KIND_BOUND : KIND_CONTROL);
      rows[5].scores[mode] = score_correlation (games.first_message, KIND_PRINTED);
    }
  g_array_append_vals (table, rows, G_N_ELEMENTS (rows));
}
