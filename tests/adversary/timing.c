/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* T1 and T5: what the times of requests tell about what the user did. */

#include "adversary.h"

#include <math.h>

#define WINDOW_US (G_GINT64_CONSTANT (600) * G_USEC_PER_SEC)

const gint64 correlation_lags_us[CORRELATION_LAGS] = { G_USEC_PER_SEC, 60 * G_USEC_PER_SEC, 600 * G_USEC_PER_SEC,
                                                       SIM_DAY_US };

static guint
find_first_after (const Seen *seen, gint64 at_us)
{
  guint low = 0;
  guint high = seen->requests->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (g_array_index (seen->requests, SimRequest, middle).at_us < at_us)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* How many requests follow within the window (up to three), and how soon the first one. */
static guint
look (const Seen *seen, gint64 at_us)
{
  static const gint64 delays_us[] = { G_USEC_PER_SEC, 60 * G_USEC_PER_SEC, WINDOW_US };
  guint first = find_first_after (seen, at_us);
  gint64 delay_us = G_MAXINT64;
  guint count = 0;
  guint soon = 0;

  if (first < seen->requests->len)
    delay_us = g_array_index (seen->requests, SimRequest, first).at_us - at_us;
  while (count < 3 && first + count < seen->requests->len
         && g_array_index (seen->requests, SimRequest, first + count).at_us < at_us + WINDOW_US)
    count++;
  while (soon < G_N_ELEMENTS (delays_us) && delay_us >= delays_us[soon])
    soon++;
  return count * 4 + soon;
}

void
timing_play (TimingGames *games, const Seen *seen, gint64 at_us, gboolean is_triggered)
{
  games->games[games->n++ / 2 % 2][is_triggered ? 1 : 0][look (seen, at_us)]++;
}

static double
total (const double *buckets)
{
  double sum = 0;

  for (guint i = 0; i < TIMING_BUCKETS; i++)
    sum += buckets[i];
  return sum;
}

/* Names a trigger wherever practice says that one is likelier; true less false positives on games not seen before. */
double
timing_advantage (const TimingGames *games, double *error)
{
  double practised[2] = { total (games->games[0][0]), total (games->games[0][1]) };
  double played[2] = { total (games->games[1][0]), total (games->games[1][1]) };
  double named[2] = { 0, 0 };

  for (guint i = 0; i < TIMING_BUCKETS; i++)
    for (guint k = 0; k < 2; k++)
      if (games->games[0][1][i] / practised[1] > games->games[0][0][i] / practised[0])
        named[k] += games->games[1][k][i] / played[k];
  *error = sqrt (named[0] * (1 - named[0]) / played[0] + named[1] * (1 - named[1]) / played[1]);
  return named[1] - named[0];
}

/* Mutual information in bits, less what that many games and buckets give by chance (Miller, Madow). */
double
timing_information (const TimingGames *games)
{
  double n = 0;
  double bits = 0;
  guint used = 0;

  for (guint k = 0; k < 2; k++)
    n += total (games->games[1][k]);
  for (guint i = 0; i < TIMING_BUCKETS; i++)
    {
      double both = games->games[1][0][i] + games->games[1][1][i];

      used += both > 0;
      for (guint k = 0; k < 2; k++)
        if (games->games[1][k][i] > 0)
          bits += games->games[1][k][i] / n * log2 (games->games[1][k][i] * n / (both * total (games->games[1][k])));
    }
  return MAX (bits - (used - 1.0) / (2 * n * G_LN2), 0);
}

/* The others are the control at the very same time: what all are asked in common cancels out. */
void
correlation_play (Mean games[CORRELATION_LAGS], const SeenTimes *times, const SimEvent *message, const GArray *others)
{
  for (guint lag = 0; lag < CORRELATION_LAGS; lag++)
    {
      gint64 from_us = message->at_us - correlation_lags_us[lag];
      double looked_up = seen_times_between (times, message->subject, from_us, message->at_us) > 0;
      double control = 0;

      for (guint i = 0; i < others->len; i++)
        control += seen_times_between (times, g_array_index (others, guint32, i), from_us, message->at_us) > 0;
      mean_add (&games[lag], looked_up - control / others->len);
    }
}
