/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what leaves now: wishes that are granted, slots that are due, the
 * next chunk of what is leaving, and what answers lead to. */

#include "schedule-private.h"

#include <string.h>

/* Between two lots of cover numbers that are collected. */
#define DRAW_PAUSE_US (20 * 1000)
#define FOLLOWS_MAX 65536

static void
free_slot (PenScheduleSlot *slot)
{
  g_free (slot->subject);
  g_free (slot->number);
  g_free (slot);
}

void
pen_schedule_batch_free (PenScheduleBatch *batch)
{
  if (batch == NULL)
    return;
  g_ptr_array_set_free_func (batch->slots, (GDestroyNotify) free_slot);
  g_ptr_array_unref (batch->slots);
  g_free (batch);
}

static void
free_open (PenOpenBatch *open)
{
  g_ptr_array_unref (open->slots);
  g_free (open);
}

/* Gives the batch its number, and remembers a directory's for its answer. */
static PenScheduleBatch *
hand_out (PenSchedule *schedule, PenScheduleBatch *batch)
{
  PenOpenBatch *open;

  batch->id = schedule->next_batch++;
  pen_schedule_touch (schedule, PEN_SCHEDULE_PART_HEAD);
  if (batch->of != PEN_SCHEDULE_DIRECTORY || batch->only_keys)
    return batch;
  open = g_new0 (PenOpenBatch, 1);
  open->id = batch->id;
  open->trigger = batch->trigger;
  open->slots = g_ptr_array_new_full (batch->slots->len, g_free);
  for (guint i = 0; i < batch->slots->len; i++)
    g_ptr_array_add (open->slots, g_strdup (((PenScheduleSlot *) batch->slots->pdata[i])->subject));
  g_queue_push_tail (schedule->open, open);
  if (schedule->open->length > PEN_SCHEDULE_OPEN_MAX)
    free_open (g_queue_pop_head (schedule->open));
  return batch;
}

static gboolean
is_lane_on (const PenSchedule *schedule, PenScheduleLane lane)
{
  return lane != PEN_SCHEDULE_LANE_FAST || (pen_schedule_pads (schedule) && pen_schedule_has_fast_lane (schedule));
}

static void
run_lanes (PenSchedule *schedule, const PenScheduleNow *now)
{
  for (PenScheduleLane lane = 0; lane < PEN_SCHEDULE_N_CLOCKED; lane++)
    {
      if (!is_lane_on (schedule, lane) || !pen_schedule_takes_turn (schedule, lane, now))
        continue;
      if (lane != PEN_SCHEDULE_LANE_SWEEP && pen_schedule_pads (schedule))
        pen_schedule_pad (schedule, lane, now);
      else
        pen_schedule_sweep (schedule, lane, now);
    }
}

static gboolean
may_be_asked (const PenSchedule *schedule, const PenSubject *subject, PenScheduleLane lane)
{
  /* Cover is asked for the account; a person may be asked about though the account asks about nobody else. */
  if (subject == NULL || pen_schedule_awaits_consent (schedule)
      || (subject->is_real ? pen_schedule_when (schedule, subject) : schedule->policy.when) == PEN_WHEN_NEVER)
    return FALSE;
  return lane != PEN_SCHEDULE_LANE_SWEEP || subject->is_real;
}

static PenScheduleBatch *
take_chunk (PenSchedule *schedule, PenScheduleLane lane, const PenScheduleNow *now)
{
  PenChunks *chunks = &schedule->chunks[lane];
  PenScheduleClass of = lane == PEN_SCHEDULE_LANE_SWEEP ? PEN_SCHEDULE_CAPABILITY : PEN_SCHEDULE_DIRECTORY;
  guint end = MIN (chunks->next + pen_schedule_chunk_size (of), chunks->slots->len);
  PenScheduleBatch *batch = g_new0 (PenScheduleBatch, 1);

  batch->epoch = chunks->epoch;
  batch->lane = lane;
  batch->of = of;
  batch->trigger = PEN_TRIGGER_SCHEDULE;
  batch->chunk = chunks->chunk++;
  batch->chunks = chunks->chunks;
  batch->rule = of == PEN_SCHEDULE_DIRECTORY && pen_schedule_pads (schedule) ? "pad" : "batch";
  batch->slots = g_ptr_array_sized_new (end - chunks->next);
  for (; chunks->next < end; chunks->next++)
    {
      const char *name = chunks->slots->pdata[chunks->next];
      const PenSubject *subject = g_hash_table_lookup (schedule->by_name, name);
      PenScheduleSlot *slot;

      if (!may_be_asked (schedule, subject, lane))
        continue;
      slot = g_new0 (PenScheduleSlot, 1);
      slot->subject = g_strdup (name);
      slot->is_cover = !subject->is_real;
      g_ptr_array_add (batch->slots, slot);
    }
  chunks->due_us = now->mono_us + pen_schedule_chunk_spacing_us (of);
  return batch;
}

static PenScheduleBatch *
next_chunk (PenSchedule *schedule, const PenScheduleNow *now)
{
  for (PenScheduleLane lane = 0; lane < PEN_SCHEDULE_N_CLOCKED; lane++)
    while (schedule->chunks[lane].slots != NULL && pen_schedule_chunk_due_us (schedule, lane) <= now->mono_us)
      {
        PenScheduleBatch *batch;

        pen_schedule_settle (schedule, lane);
        if (schedule->chunks[lane].slots == NULL)
          break;
        batch = take_chunk (schedule, lane, now);
        if (batch->slots->len > 0)
          return batch;
        pen_schedule_batch_free (batch);
      }
  return NULL;
}

static PenScheduleBatch *
next_follows (PenSchedule *schedule, const PenScheduleNow *now)
{
  PenFollow *follow = g_queue_peek_head (schedule->follows);
  PenScheduleBatch *batch;

  if (follow == NULL || pen_schedule_follow_due_us (schedule) > now->mono_us)
    return NULL;
  batch = g_new0 (PenScheduleBatch, 1);
  batch->lane = PEN_SCHEDULE_LANE_FOLLOW;
  batch->of = PEN_SCHEDULE_CAPABILITY;
  batch->trigger = follow->trigger;
  batch->chunks = 1;
  batch->slots = g_ptr_array_new ();
  while (follow != NULL && follow->trigger == batch->trigger && batch->slots->len < PEN_SCHEDULE_JIDS_A_CHUNK)
    {
      g_ptr_array_add (batch->slots, follow->slot);
      g_free (g_queue_pop_head (schedule->follows));
      follow = g_queue_peek_head (schedule->follows);
    }
  schedule->follow_due_us = now->mono_us + PEN_SCHEDULE_JIDS_SPACING_S * G_USEC_PER_SEC;
  return batch;
}

PenScheduleBatch *
pen_schedule_step (PenSchedule *schedule, const PenScheduleNow *now)
{
  PenScheduleBatch *batch;

  if (!schedule->is_online)
    return NULL;
  pen_schedule_observe (schedule, now);
  if (pen_schedule_pads (schedule))
    pen_schedule_draw_stock (schedule);
  run_lanes (schedule, now);
  batch = g_queue_pop_head (schedule->wishes);
  if (batch == NULL)
    batch = next_chunk (schedule, now);
  if (batch == NULL)
    batch = next_follows (schedule, now);
  return batch != NULL ? hand_out (schedule, batch) : NULL;
}

gint64
pen_schedule_wake_us (PenSchedule *schedule, const PenScheduleNow *now)
{
  gint64 wake = G_MAXINT64;

  if (!schedule->is_online)
    return -1;
  pen_schedule_observe (schedule, now);
  for (PenScheduleLane lane = 0; lane < PEN_SCHEDULE_N_CLOCKED; lane++)
    {
      if (is_lane_on (schedule, lane))
        wake = MIN (wake, pen_schedule_until_due (schedule, lane, now));
      if (schedule->chunks[lane].slots != NULL)
        wake = MIN (wake, pen_schedule_chunk_due_us (schedule, lane) - now->mono_us);
    }
  if (!g_queue_is_empty (schedule->follows))
    wake = MIN (wake, pen_schedule_follow_due_us (schedule) - now->mono_us);
  if (pen_schedule_pads (schedule) && pen_schedule_wants_stock (schedule))
    wake = MIN (wake, DRAW_PAUSE_US);
  return g_queue_is_empty (schedule->wishes) ? MAX (wake, 0) : 0;
}

static void
follow_jids (PenSchedule *schedule, const PenOpenBatch *open, const char *number, const char *const *jids)
{
  for (guint i = 0; jids != NULL && jids[i] != NULL && i < PEN_SCHEDULE_FOLLOW_MAX; i++)
    {
      const PenSubject *subject = g_hash_table_lookup (schedule->by_name, number);
      gsize length = strnlen (jids[i], PEN_SCHEDULE_SUBJECT_MAX_BYTES + 1);
      PenFollow *follow;

      if (length == 0 || length > PEN_SCHEDULE_SUBJECT_MAX_BYTES || !g_utf8_validate (jids[i], (gssize) length, NULL)
          || schedule->follows->length >= FOLLOWS_MAX)
        continue;
      follow = g_new0 (PenFollow, 1);
      follow->trigger = open->trigger;
      follow->slot = g_new0 (PenScheduleSlot, 1);
      follow->slot->subject = g_strdup (jids[i]);
      follow->slot->number = g_strdup (number);
      follow->slot->is_cover = subject != NULL && !subject->is_real;
      g_queue_push_tail (schedule->follows, follow);
    }
}

static PenOpenBatch *
take_open (PenSchedule *schedule, guint64 id)
{
  for (GList *link = schedule->open->head; link != NULL; link = link->next)
    {
      PenOpenBatch *open = link->data;

      if (open->id != id)
        continue;
      g_queue_delete_link (schedule->open, link);
      return open;
    }
  return NULL;
}

void
pen_schedule_answered (PenSchedule *schedule, const PenScheduleNow *now, guint64 batch,
                       const PenScheduleAnswer *answers, gsize n_answers)
{
  PenOpenBatch *open = take_open (schedule, batch);
  g_autoptr (GHashTable) by_subject = NULL;

  if (open == NULL)
    return;
  if (g_queue_is_empty (schedule->follows))
    schedule->follow_due_us = MAX (schedule->follow_due_us, now->mono_us);
  by_subject = g_hash_table_new (g_str_hash, g_str_equal);
  for (gsize i = n_answers; i > 0; i--)
    g_hash_table_insert (by_subject, (gpointer) answers[i - 1].subject, (gpointer) answers[i - 1].jids);
  for (guint i = 0; i < open->slots->len; i++)
    follow_jids (schedule, open, open->slots->pdata[i],
                 g_hash_table_lookup (by_subject, open->slots->pdata[i]));
  free_open (open);
}
