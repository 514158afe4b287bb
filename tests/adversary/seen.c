/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What all attackers need: the view by subject, means, and the area under
 * the curve of a score. */

#include "adversary.h"

#include <math.h>

Seen
seen_of (const SimView *view)
{
  Seen seen = { view->requests, view->slots, view->answers, view->names->len };

  return seen;
}

SeenTimes
seen_times_new (const Seen *seen)
{
  SeenTimes times = { g_new0 (guint, seen->n_subjects + 1), g_new (gint64, seen->slots->len + 1) };
  g_autofree guint *next = g_new (guint, seen->n_subjects + 1);

  for (guint i = 0; i < seen->slots->len; i++)
    times.first[g_array_index (seen->slots, guint32, i) + 1]++;
  for (guint i = 0; i < seen->n_subjects; i++)
    {
      times.first[i + 1] += times.first[i];
      next[i] = times.first[i];
    }
  for (guint i = 0; i < seen->requests->len; i++)
    {
      const SimRequest *request = &g_array_index (seen->requests, SimRequest, i);

      for (guint k = 0; k < request->n_slots; k++)
        times.times[next[g_array_index (seen->slots, guint32, request->first + k)]++] = request->at_us;
    }
  return times;
}

void
seen_times_clear (SeenTimes *times)
{
  g_clear_pointer (&times->first, g_free);
  g_clear_pointer (&times->times, g_free);
}

/* How many of the times of a subject lie before @at_us. */
static guint
count_before (const SeenTimes *times, guint32 subject, gint64 at_us)
{
  guint low = times->first[subject];
  guint high = times->first[subject + 1];

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (times->times[middle] < at_us)
        low = middle + 1;
      else
        high = middle;
    }
  return low - times->first[subject];
}

guint
seen_times_between (const SeenTimes *times, guint32 subject, gint64 from_us, gint64 until_us)
{
  return count_before (times, subject, until_us + 1) - count_before (times, subject, from_us);
}

void
mean_add (Mean *mean, double value)
{
  mean->sum += value;
  mean->squares += value * value;
  mean->n++;
}

double
mean_value (const Mean *mean)
{
  return mean->n > 0 ? mean->sum / mean->n : 0;
}

double
mean_error (const Mean *mean)
{
  double value = mean_value (mean);

  if (mean->n < 2)
    return 1;
  return sqrt (MAX (mean->squares / mean->n - value * value, 0) / (mean->n - 1));
}

typedef struct
{
  double score;
  gboolean mark;
} Scored;

static int
compare_scored (gconstpointer a, gconstpointer b)
{
  double x = ((const Scored *) a)->score;
  double y = ((const Scored *) b)->score;

  return (x > y) - (x < y);
}

/* Mann and Whitney's U over the number of pairs; scores below 0 are left out. */
double
score_auc (const double *scores, const gboolean *marks, guint n)
{
  g_autoptr (GArray) sorted = g_array_new (FALSE, FALSE, sizeof (Scored));
  double wins = 0;
  double others_below = 0;
  double marked = 0;

  for (guint i = 0; i < n; i++)
    if (scores[i] >= 0)
      {
        Scored it = { scores[i], marks[i] };

        g_array_append_val (sorted, it);
      }
  g_array_sort (sorted, compare_scored);
  for (guint i = 0; i < sorted->len;)
    {
      double here[2] = { 0, 0 };
      double score = g_array_index (sorted, Scored, i).score;

      for (; i < sorted->len && g_array_index (sorted, Scored, i).score == score; i++)
        here[g_array_index (sorted, Scored, i).mark ? 1 : 0]++;
      wins += here[1] * (others_below + here[0] / 2);
      others_below += here[0];
      marked += here[1];
    }
  return marked > 0 && others_below > 0 ? wins / (marked * others_below) : NAN;
}
