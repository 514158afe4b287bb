/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how fast a batch leaves. Its chunks have one size and one spacing;
 * how much a list makes us ask for afterwards is known only when it came, so
 * that chunks of JIDs also wait until the bytes that were really asked, the
 * bundles too, are paid for at a rate that servers let pass. It counts what
 * the schedule asks and nothing else: what the user asks must move no chunk. */

#include "schedule-private.h"

/* A chunk whose every JID has as many devices as are asked about asks for so much: 4 lists and 80 bundles. */
#define CHUNK_MOST_BYTES 20000
/* No element that leaves is longer (the servers' limit of a stanza). */
#define SPENT_MAX_BYTES 262144

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

/* In whole steps of the spacing: the time shows the schedule's tick, not how fast somebody answered. */
static gint64
pace (const PenSchedule *schedule, gint64 due_us)
{
  gint64 spacing_us = PEN_SCHEDULE_JIDS_SPACING_S * G_USEC_PER_SEC;
  gint64 over_us = schedule->paid_us - due_us;

  return over_us > 0 ? due_us + (over_us + spacing_us - 1) / spacing_us * spacing_us : due_us;
}

gint64
pen_schedule_chunk_due_us (const PenSchedule *schedule, PenScheduleLane lane)
{
  gint64 due_us = schedule->chunks[lane].due_us;

  return lane == PEN_SCHEDULE_LANE_SWEEP ? pace (schedule, due_us) : due_us;
}

gint64
pen_schedule_follow_due_us (const PenSchedule *schedule)
{
  return pace (schedule, schedule->follow_due_us);
}

void
pen_schedule_spent (PenSchedule *schedule, const PenScheduleNow *now, gint64 bytes)
{
  gint64 counted = CLAMP (bytes, 0, SPENT_MAX_BYTES);

  schedule->paid_us = MAX (schedule->paid_us, now->mono_us) + counted * G_USEC_PER_SEC / PEN_SCHEDULE_BYTES_A_S;
}

guint
pen_schedule_sweep_s (PenSchedule *schedule, PenScheduleClass of)
{
  guint chunks = pen_schedule_census (schedule)->listed[of] / pen_schedule_chunk_size (of) + 1;
  guint spacing_s = (guint) (pen_schedule_chunk_spacing_us (of) / G_USEC_PER_SEC);

  if (of == PEN_SCHEDULE_CAPABILITY)
    spacing_s = MAX (spacing_s, CHUNK_MOST_BYTES / PEN_SCHEDULE_BYTES_A_S);
  return chunks * spacing_s;
}
