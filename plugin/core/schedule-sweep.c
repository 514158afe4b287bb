/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides who is asked about at an unpadded slot, in which chunks a batch
 * leaves, and who counts as asked. Answers that are at hand, pushed ones too,
 * make nobody skipped. Whoever did not get their turn because a sweep was cut
 * (sign-off, sleep) is asked at the next slot, with those who are new. */

#include "schedule-private.h"

#include <string.h>

guint
pen_schedule_sweep_every (const PenSchedule *schedule)
{
  guint period_s = (guint) (schedule->lanes[PEN_SCHEDULE_LANE_SLOT].period_us / G_USEC_PER_SEC);
  guint fresh_s = MIN (schedule->policy.fresh_s, PEN_SCHEDULE_PERIOD_MAX_S);

  return MAX ((fresh_s + period_s - 1) / period_s, 1);
}

void
pen_schedule_begin_chunks (PenSchedule *schedule, PenScheduleLane lane, GPtrArray *subjects,
                           const PenScheduleNow *now)
{
  PenChunks *chunks = &schedule->chunks[lane];
  guint size = pen_schedule_chunk_size (lane == PEN_SCHEDULE_LANE_SWEEP ? PEN_SCHEDULE_CAPABILITY
                                                                         : PEN_SCHEDULE_DIRECTORY);

  g_clear_pointer (&chunks->slots, g_ptr_array_unref);
  if (subjects->len == 0)
    return;
  chunks->slots = g_ptr_array_new_full (subjects->len, g_free);
  for (guint i = 0; i < subjects->len; i++)
    {
      PenSubject *subject = subjects->pdata[i];

      subject->turn = i;
      g_ptr_array_add (chunks->slots, g_strdup (subject->name));
    }
  chunks->next = 0;
  chunks->settled = 0;
  chunks->chunk = 0;
  chunks->chunks = (subjects->len + size - 1) / size;
  chunks->epoch = schedule->lanes[lane].epoch;
  chunks->due_us = now->mono_us;
}

void
pen_schedule_settle (PenSchedule *schedule, PenScheduleLane lane)
{
  PenChunks *chunks = &schedule->chunks[lane];

  for (; chunks->settled < chunks->next; chunks->settled++)
    {
      PenSubject *subject = g_hash_table_lookup (schedule->by_name, chunks->slots->pdata[chunks->settled]);

      if (subject == NULL || subject->was_asked)
        continue;
      subject->was_asked = TRUE;
      chunks->has_news = TRUE;
    }
  if (chunks->next == chunks->slots->len)
    pen_schedule_cut (schedule, lane);
}

/* Who was asked is not saved with each chunk: after a crash all of them are asked again. */
void
pen_schedule_cut (PenSchedule *schedule, PenScheduleLane lane)
{
  PenChunks *chunks = &schedule->chunks[lane];

  if (chunks->has_news)
    pen_schedule_touch (schedule, PEN_SCHEDULE_PART_SUBJECTS);
  chunks->has_news = FALSE;
  g_clear_pointer (&chunks->slots, g_ptr_array_unref);
}

gboolean
pen_schedule_is_leaving (PenSchedule *schedule, PenScheduleLane lane)
{
  const PenChunks *chunks = &schedule->chunks[lane];

  if (chunks->slots != NULL && chunks->next == chunks->slots->len)
    pen_schedule_settle (schedule, lane);
  return chunks->slots != NULL;
}

void
pen_schedule_missed (PenSchedule *schedule, const PenScheduleBatch *batch)
{
  PenChunks *chunks = batch->lane < PEN_SCHEDULE_N_CLOCKED ? &schedule->chunks[batch->lane] : NULL;

  if (chunks != NULL && chunks->slots != NULL && chunks->epoch == batch->epoch && chunks->chunk == batch->chunk + 1)
    chunks->settled = chunks->next;
}

/* The place of @subject in the batch that leaves, or -1. */
static gint64
find_turn (const PenChunks *chunks, const PenSubject *subject)
{
  if (chunks->slots == NULL || subject->turn >= chunks->slots->len
      || strcmp (chunks->slots->pdata[subject->turn], subject->name) != 0)
    return -1;
  return subject->turn;
}

gint64
pen_schedule_until_swept (const PenSchedule *schedule, const PenSubject *subject, const PenScheduleNow *now)
{
  PenScheduleLane lane = subject->of == PEN_SCHEDULE_DIRECTORY ? PEN_SCHEDULE_LANE_SLOT : PEN_SCHEDULE_LANE_SWEEP;
  const PenLane *it = &schedule->lanes[lane];
  const PenChunks *chunks = &schedule->chunks[lane];
  gint64 turn = find_turn (chunks, subject);
  gint64 spacing_us = pen_schedule_chunk_spacing_us (subject->of);
  guint every = pen_schedule_sweep_every (schedule);
  guint passed = (guint) (it->epoch % every);
  gint64 next = MAX (pen_schedule_chunk_due_us (schedule, lane) - now->mono_us, 0);
  gint64 until;
  gint64 over;

  if (turn >= chunks->next)
    return next + (turn - chunks->next) / pen_schedule_chunk_size (subject->of) * spacing_us;
  until = pen_schedule_until_due (schedule, lane, now);
  if ((subject->was_asked || turn >= 0) && passed != 0)
    until += (every - passed) * it->period_us;
  if (chunks->slots == NULL || chunks->next == chunks->slots->len)
    return until;
  /* A sweep that is still leaving is not overtaken. */
  over = next + (chunks->slots->len - chunks->next) / pen_schedule_chunk_size (subject->of) * spacing_us - until;
  return over > 0 ? until + (over + it->period_us - 1) / it->period_us * it->period_us : until;
}

/* Everybody whom the policy has asked about at fixed times; at a slot between two sweeps, who was not asked yet. */
static GPtrArray *
choose (PenSchedule *schedule, PenScheduleClass of, gboolean asks_all)
{
  GPtrArray *chosen = g_ptr_array_new ();

  for (guint i = 0; i < schedule->people->len; i++)
    {
      PenSubject *subject = schedule->people->pdata[i];

      if (subject == NULL || subject->of != of || !subject->is_real || (!asks_all && subject->was_asked)
          || pen_schedule_when (schedule, subject) != PEN_WHEN_BATCH)
        continue;
      if (subject->was_asked)
        pen_schedule_touch (schedule, PEN_SCHEDULE_PART_SUBJECTS);
      subject->was_asked = FALSE;
      g_ptr_array_add (chosen, subject);
    }
  return chosen;
}

void
pen_schedule_sweep (PenSchedule *schedule, PenScheduleLane lane, const PenScheduleNow *now)
{
  PenScheduleClass of = lane == PEN_SCHEDULE_LANE_SWEEP ? PEN_SCHEDULE_CAPABILITY : PEN_SCHEDULE_DIRECTORY;
  guint64 epoch = schedule->lanes[lane].epoch;
  gboolean asks_all = (epoch - 1) % pen_schedule_sweep_every (schedule) == 0;
  g_autoptr (GPtrArray) asked = NULL;
  g_auto (PenChance) chance = { 0 };

  if (pen_schedule_is_leaving (schedule, lane))
    return;
  asked = choose (schedule, of, asks_all);
  pen_chance_init (&chance, schedule->key, of == PEN_SCHEDULE_CAPABILITY ? "sweep of jids" : "sweep of numbers", epoch);
  pen_chance_shuffle (&chance, asked, 0);
  pen_schedule_begin_chunks (schedule, lane, asked, now);
}
