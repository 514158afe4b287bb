/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides when a lane is due.
 *
 * Slots lie at fixed points of the wall clock. Between two looks at it the
 * monotonic clock carries the time on, so that a wall clock that is corrected
 * by a little moves nothing. When the two disagree by more, the machine slept
 * or somebody set the clock: slots that lie in between are dropped, and the
 * next point counts, unless it is less than half a period after the last
 * slot. So two slots are never nearer than half a period, and while online
 * never further than one and a half. */

#include "schedule-private.h"

#include <stdlib.h>

#define JUMP_US (30 * G_USEC_PER_SEC)
#define LATE_MAX_US (300 * G_USEC_PER_SEC)
/* A wall clock beyond these (some 30,000 years) is read as these. */
#define WALL_MAX_US G_GINT64_CONSTANT (1000000000000000000)

static gint64
wall_of (const PenScheduleNow *now)
{
  return CLAMP (now->wall_us, -WALL_MAX_US, WALL_MAX_US);
}

static gint64
find_point_after (const PenLane *lane, gint64 at_us)
{
  gint64 beyond = (at_us - lane->phase_us) % lane->period_us;

  if (beyond < 0)
    beyond += lane->period_us;
  return at_us - beyond + lane->period_us;
}

/* Microseconds since the last slot, or -1 if that is not known. A wall clock that went back a little since then
 * counts as no time at all. */
static gint64
since_last (const PenLane *lane, const PenScheduleNow *now)
{
  gint64 by_wall = wall_of (now) - lane->last_wall_us;

  if (lane->has_last && now->mono_us >= lane->last_mono_us)
    return now->mono_us - lane->last_mono_us;
  if (lane->last_wall_us != 0 && by_wall > -lane->period_us / 2 && by_wall < lane->period_us)
    return MAX (by_wall, 0);
  return -1;
}

static void
anchor_lane (const PenSchedule *schedule, PenLane *lane, const PenScheduleNow *now)
{
  gint64 wall_us = wall_of (now);
  gint64 since = since_last (lane, now);
  gint64 idle = schedule->seen_mono_us
                - MAX (schedule->online_mono_us, lane->has_last ? lane->last_mono_us : G_MININT64);
  gint64 limit = lane->period_us + lane->period_us / 2 - idle;

  lane->due_us = find_point_after (lane, wall_us);
  if (since >= 0 && since + lane->due_us - wall_us < lane->period_us / 2)
    lane->due_us += lane->period_us;
  if (idle >= 0 && limit > 0)
    lane->due_us = MIN (lane->due_us, wall_us + limit);
}

static void
drop_late_chunks (PenSchedule *schedule, const PenScheduleNow *now)
{
  gboolean went_back = now->mono_us < schedule->seen_mono_us;

  if (went_back)
    schedule->paid_us = now->mono_us;
  for (guint i = 0; i < PEN_SCHEDULE_N_CLOCKED; i++)
    {
      PenChunks *chunks = &schedule->chunks[i];

      if (went_back)
        chunks->due_us = now->mono_us;
      if (chunks->slots != NULL && now->mono_us - pen_schedule_chunk_due_us (schedule, i) > LATE_MAX_US)
        pen_schedule_cut (schedule, i);
    }
  if (went_back)
    schedule->follow_due_us = now->mono_us;
}

void
pen_schedule_observe (PenSchedule *schedule, const PenScheduleNow *now)
{
  gint64 drift = wall_of (now) - (now->mono_us + schedule->offset_us);
  gboolean went_back = now->mono_us < schedule->seen_mono_us;

  drop_late_chunks (schedule, now);
  if (!schedule->is_anchored || went_back || drift > JUMP_US || drift < -JUMP_US)
    {
      if (went_back)
        schedule->online_mono_us = now->mono_us;
      schedule->offset_us = wall_of (now) - now->mono_us;
      for (guint i = 0; i < PEN_SCHEDULE_N_CLOCKED; i++)
        anchor_lane (schedule, &schedule->lanes[i], now);
      schedule->is_anchored = TRUE;
    }
  schedule->seen_mono_us = now->mono_us;
}

void
pen_schedule_set_period (PenSchedule *schedule, PenScheduleLane lane, guint period_s)
{
  static const char *const labels[PEN_SCHEDULE_N_CLOCKED] = { "phase of slots", "phase of the fast lane",
                                                              "phase of sweeps" };
  g_auto (PenChance) chance = { 0 };
  gint64 seconds = CLAMP (period_s, PEN_SCHEDULE_PERIOD_MIN_S, PEN_SCHEDULE_PERIOD_MAX_S);
  PenLane *it = &schedule->lanes[lane];

  if (it->period_us == seconds * G_USEC_PER_SEC)
    return;
  pen_chance_init (&chance, schedule->key, labels[lane], 0);
  it->period_us = seconds * G_USEC_PER_SEC;
  it->phase_us = (gint64) pen_chance_below (&chance, (guint32) seconds) * G_USEC_PER_SEC;
  schedule->is_anchored = FALSE;
}

gboolean
pen_schedule_takes_turn (PenSchedule *schedule, PenScheduleLane lane, const PenScheduleNow *now)
{
  PenLane *it = &schedule->lanes[lane];
  gint64 at_us = now->mono_us + schedule->offset_us;
  gint64 late_us = at_us - it->due_us;

  if (late_us < 0)
    return FALSE;
  it->due_us = find_point_after (it, at_us);
  if (late_us > MIN (it->period_us / 4, LATE_MAX_US))
    return FALSE;
  if (it->due_us - at_us < it->period_us / 2)
    it->due_us += it->period_us;
  it->has_last = TRUE;
  it->last_mono_us = now->mono_us;
  it->last_wall_us = wall_of (now);
  it->epoch++;
  pen_schedule_touch (schedule, PEN_SCHEDULE_PART_HEAD);
  return TRUE;
}

gint64
pen_schedule_until_due (const PenSchedule *schedule, PenScheduleLane lane, const PenScheduleNow *now)
{
  return MAX (schedule->lanes[lane].due_us - (now->mono_us + schedule->offset_us), 0);
}
