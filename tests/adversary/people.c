/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* T2, T3, T4 and T6: what it tells about a subject how often, since when and
 * with what answer it was asked about. */

#include "adversary.h"

#include <math.h>

static gint64
end_of (const Seen *seen)
{
  return seen->requests->len > 0 ? g_array_index (seen->requests, SimRequest, seen->requests->len - 1).at_us : 0;
}

double *
recurrence_scores (const Seen *seen)
{
  g_auto (SeenTimes) times = seen_times_new (seen);
  double *scores = g_new (double, seen->n_subjects);

  for (guint i = 0; i < seen->n_subjects; i++)
    {
      guint n = times.first[i + 1] - times.first[i];

      scores[i] = n > 0 ? (double) n : -1;
    }
  return scores;
}

/* Asked so often in the time since it was first seen; those first seen on the last day say nothing. */
double *
recurrence_rates (const Seen *seen)
{
  g_auto (SeenTimes) times = seen_times_new (seen);
  double *scores = recurrence_scores (seen);

  for (guint i = 0; i < seen->n_subjects; i++)
    if (scores[i] >= 0)
      {
        gint64 age_us = end_of (seen) - times.times[times.first[i]];

        scores[i] = age_us >= SIM_DAY_US ? (scores[i] - 1) / (double) age_us : -1;
      }
  return scores;
}

/* Statistical disclosure: the batches are cut in two, and who is frequent in both is believed to be a contact. */
double *
recurrence_halves (const Seen *seen)
{
  g_auto (SeenTimes) times = seen_times_new (seen);
  double *scores = recurrence_scores (seen);
  gint64 begin_us = seen->requests->len > 0 ? g_array_index (seen->requests, SimRequest, 0).at_us : 0;
  gint64 middle_us = begin_us + (end_of (seen) - begin_us) / 2;

  for (guint i = 0; i < seen->n_subjects; i++)
    if (scores[i] >= 0)
      {
        guint early = seen_times_between (&times, i, begin_us, middle_us);
        guint late = seen_times_between (&times, i, middle_us + 1, end_of (seen));

        scores[i] = sqrt ((double) early * late);
      }
  return scores;
}

/* What can be seen of a newcomer: the quarter of the day, its place in the request, and how large that was. */
static guint
look_at_newcomer (const SimRequest *request, guint place)
{
  guint quarter = (guint) (((request->at_us - SIM_START_US) % SIM_DAY_US) * 4 / SIM_DAY_US);
  guint third = place * 3 / request->n_slots;

  return quarter * 6 + third * 2 + (request->n_slots > 16);
}

void
novelty_play (NoveltyGames *games, const Seen *seen, const gboolean *truth)
{
  g_autofree gboolean *known = g_new0 (gboolean, seen->n_subjects);
  guint newcomers = 0;

  for (guint i = 0; i < seen->requests->len; i++)
    {
      const SimRequest *request = &g_array_index (seen->requests, SimRequest, i);

      for (guint k = 0; k < request->n_slots; k++)
        {
          guint32 subject = g_array_index (seen->slots, guint32, request->first + k);

          if (!known[subject] && request->at_us >= SIM_START_US + SIM_DAY_US)
            games->games[newcomers++ % 2][truth[subject] ? 1 : 0][look_at_newcomer (request, k)]++;
          known[subject] = TRUE;
        }
    }
}

/* Names those whom practice calls likelier than the average; and, for comparison, what naming all gives. */
double
novelty_precision (const NoveltyGames *games, double *all, guint *n)
{
  double sums[2][2] = { { 0, 0 }, { 0, 0 } };
  double named[2] = { 0, 0 };

  for (guint half = 0; half < 2; half++)
    for (guint k = 0; k < 2; k++)
      for (guint i = 0; i < NOVELTY_BUCKETS; i++)
        sums[half][k] += games->games[half][k][i];
  for (guint i = 0; i < NOVELTY_BUCKETS; i++)
    if (games->games[0][1][i] * sums[0][0] > games->games[0][0][i] * sums[0][1])
      for (guint k = 0; k < 2; k++)
        named[k] += games->games[1][k][i];
  *n = (guint) (sums[0][0] + sums[0][1] + sums[1][0] + sums[1][1]);
  *all = (sums[0][1] + sums[1][1]) / MAX (*n, 1);
  return named[0] + named[1] > 0 ? named[1] / (named[0] + named[1]) : *all;
}

double *
plausibility_scores (const Seen *seen)
{
  g_autofree double *asked = g_new0 (double, seen->n_subjects);
  double *hits = g_new0 (double, seen->n_subjects);

  for (guint i = 0; i < seen->slots->len; i++)
    {
      guint32 subject = g_array_index (seen->slots, guint32, i);

      asked[subject]++;
      hits[subject] += g_array_index (seen->answers, guint8, i);
    }
  for (guint i = 0; i < seen->n_subjects; i++)
    hits[i] = asked[i] > 0 ? hits[i] / asked[i] : -1;
  return hits;
}

/* Mean over the contacts of log2 of how much likelier their answer makes them. */
double
plausibility_bits (const Seen *seen, const gboolean *truth)
{
  g_autofree double *hits = plausibility_scores (seen);
  double counts[2][2] = { { 0.5, 0.5 }, { 0.5, 0.5 } };
  double n[2];
  double bits = 0;

  for (guint i = 0; i < seen->n_subjects; i++)
    if (hits[i] >= 0)
      counts[truth[i] ? 1 : 0][hits[i] > 0.5]++;
  n[0] = counts[0][0] + counts[0][1];
  n[1] = counts[1][0] + counts[1][1];
  for (guint hit = 0; hit < 2; hit++)
    bits += counts[1][hit] / n[1]
            * log2 (counts[1][hit] / (counts[0][hit] + counts[1][hit]) / (n[1] / (n[0] + n[1])));
  return bits;
}

static GHashTable *
collect_names (const Seen *seen, GPtrArray *names, gint64 from_us, gint64 until_us)
{
  GHashTable *set = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < seen->requests->len; i++)
    {
      const SimRequest *request = &g_array_index (seen->requests, SimRequest, i);

      for (guint k = 0; k < request->n_slots && request->at_us >= from_us && request->at_us < until_us; k++)
        g_hash_table_add (set, g_ptr_array_index (names, g_array_index (seen->slots, guint32, request->first + k)));
    }
  return set;
}

double
linking_likeness (const Seen *one, gint64 until_us, const Seen *other, gint64 from_us, GPtrArray *const names[2])
{
  g_autoptr (GHashTable) first = collect_names (one, names[0], 0, until_us);
  g_autoptr (GHashTable) second = collect_names (other, names[1], from_us, G_MAXINT64);
  GHashTableIter iter;
  gpointer name;
  guint common = 0;
  guint all;

  g_hash_table_iter_init (&iter, first);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    common += g_hash_table_contains (second, name);
  all = g_hash_table_size (first) + g_hash_table_size (second) - common;
  return all > 0 ? (double) common / all : 0;
}
