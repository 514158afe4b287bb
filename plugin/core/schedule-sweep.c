/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides who is asked about at an unpadded slot, and in which chunks a batch
 * leaves. Answers that are at hand, pushed ones too, make nobody skipped. */

#include "schedule-private.h"

guint
pen_schedule_chunk_size (PenScheduleClass of)
{
  return of == PEN_SCHEDULE_DIRECTORY ? PEN_SCHEDULE_NUMBERS_A_CHUNK : PEN_SCHEDULE_JIDS_A_CHUNK;
}

gint64
pen_schedule_chunk_spacing_us (PenScheduleClass of)
{
  return (of == PEN_SCHEDULE_DIRECTORY ? PEN_SCHEDULE_NUMBERS_SPACING_S : PEN_SCHEDULE_JIDS_SPACING_S) * G_USEC_PER_SEC;
}

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
    g_ptr_array_add (chunks->slots, g_strdup (((PenSubject *) subjects->pdata[i])->name));
  chunks->next = 0;
  chunks->chunk = 0;
  chunks->chunks = (subjects->len + size - 1) / size;
  chunks->epoch = schedule->lanes[lane].epoch;
  chunks->due_us = now->mono_us;
}

void
pen_schedule_sweep (PenSchedule *schedule, PenScheduleLane lane, const PenScheduleNow *now)
{
  PenScheduleClass of = lane == PEN_SCHEDULE_LANE_SWEEP ? PEN_SCHEDULE_CAPABILITY : PEN_SCHEDULE_DIRECTORY;
  guint64 epoch = schedule->lanes[lane].epoch;
  gboolean asks_all = (epoch - 1) % pen_schedule_sweep_every (schedule) == 0;
  g_autoptr (GPtrArray) asked = g_ptr_array_new ();
  g_auto (PenChance) chance = { 0 };

  /* A sweep that is still leaving is not overtaken. */
  if (schedule->chunks[lane].slots != NULL)
    return;
  for (guint i = 0; i < schedule->people->len; i++)
    {
      PenSubject *subject = schedule->people->pdata[i];

      if (subject == NULL || subject->of != of || !subject->is_real || (!asks_all && subject->was_asked)
          || pen_schedule_when (schedule, subject) != PEN_WHEN_BATCH)
        continue;
      if (!subject->was_asked)
        pen_schedule_touch (schedule, PEN_SCHEDULE_PART_SUBJECTS);
      subject->was_asked = TRUE;
      g_ptr_array_add (asked, subject);
    }
  pen_chance_init (&chance, schedule->key, of == PEN_SCHEDULE_CAPABILITY ? "sweep of jids" : "sweep of numbers", epoch);
  pen_chance_shuffle (&chance, asked, 0);
  pen_schedule_begin_chunks (schedule, lane, asked, now);
}
