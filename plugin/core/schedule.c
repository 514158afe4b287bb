/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what an event changes in the schedule, and what becomes of a wish. */

#include "schedule-private.h"

#include <string.h>

static void
free_subject (PenSubject *subject)
{
  if (subject != NULL)
    g_free (subject->name);
  g_free (subject);
}

void
pen_schedule_touch (PenSchedule *schedule, guint parts)
{
  schedule->changed |= parts;
  if ((parts & PEN_SCHEDULE_PART_SUBJECTS) != 0)
    schedule->census.is_current = FALSE;
}

PenWhen
pen_schedule_when (const PenSchedule *schedule, const PenSubject *subject)
{
  return subject->when == PEN_SCHEDULE_NO_OVERRIDE ? schedule->policy.when : (PenWhen) subject->when;
}

gboolean
pen_schedule_pads (const PenSchedule *schedule)
{
  return schedule->policy.pad && schedule->policy.when == PEN_WHEN_BATCH;
}

gboolean
pen_schedule_awaits_consent (const PenSchedule *schedule)
{
  return schedule->policy.pad && schedule->policy.when == PEN_WHEN_NEVER;
}

PenSchedule *
pen_schedule_alloc (const PenScheduleCover *cover)
{
  static const PenPolicy nothing = { PEN_WHEN_NEVER, FALSE, PEN_SCHEDULE_SLOTS_MIN, 3600, 0, 3600, 3600 };
  PenSchedule *schedule = g_new0 (PenSchedule, 1);

  if (cover != NULL)
    schedule->cover = *cover;
  schedule->policy = nothing;
  schedule->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  schedule->people = g_ptr_array_new_with_free_func ((GDestroyNotify) free_subject);
  schedule->admitted = g_ptr_array_new ();
  for (guint i = 0; i < PEN_SCHEDULE_N_CLOCKED; i++)
    schedule->lanes[i].order = g_array_new (FALSE, FALSE, sizeof (guint32));
  schedule->wishes = g_queue_new ();
  schedule->open = g_queue_new ();
  schedule->follows = g_queue_new ();
  schedule->changed = PEN_SCHEDULE_PART_HEAD | PEN_SCHEDULE_PART_SUBJECTS;
  return schedule;
}

PenSchedule *
pen_schedule_new (const PenRandom *random, const PenScheduleCover *cover)
{
  PenSchedule *schedule = pen_schedule_alloc (cover);

  random->fill (schedule->key, sizeof schedule->key, random->data);
  schedule->next_batch = 1;
  return schedule;
}

static void
free_open (PenOpenBatch *open)
{
  g_ptr_array_unref (open->slots);
  g_free (open);
}

static void
free_follow (PenFollow *follow)
{
  g_free (follow->slot->subject);
  g_free (follow->slot->number);
  g_free (follow->slot);
  g_free (follow);
}

/* What waits to be sent, and what is awaited. */
static void
drop_running (PenSchedule *schedule)
{
  g_queue_clear_full (schedule->wishes, (GDestroyNotify) pen_schedule_batch_free);
  g_queue_clear_full (schedule->open, (GDestroyNotify) free_open);
  g_queue_clear_full (schedule->follows, (GDestroyNotify) free_follow);
  for (PenScheduleLane lane = 0; lane < PEN_SCHEDULE_N_CLOCKED; lane++)
    pen_schedule_cut (schedule, lane);
}

void
pen_schedule_free (PenSchedule *schedule)
{
  if (schedule == NULL)
    return;
  drop_running (schedule);
  g_queue_free (schedule->wishes);
  g_queue_free (schedule->open);
  g_queue_free (schedule->follows);
  for (guint i = 0; i < PEN_SCHEDULE_N_CLOCKED; i++)
    g_array_unref (schedule->lanes[i].order);
  g_hash_table_unref (schedule->by_name);
  g_ptr_array_unref (schedule->admitted);
  g_ptr_array_unref (schedule->people);
  memset (schedule->key, 0, sizeof schedule->key);
  g_free (schedule);
}

void
pen_schedule_set_policy (PenSchedule *schedule, const PenScheduleNow *now, const PenPolicy *policy)
{
  schedule->policy = *policy;
  schedule->policy.slots = CLAMP (policy->slots, PEN_SCHEDULE_SLOTS_MIN, PEN_SCHEDULE_SLOTS_MAX);
  schedule->policy.fast_slots = MIN (policy->fast_slots, PEN_SCHEDULE_FAST_SLOTS_MAX);
  if (policy->fast_period_s == 0)
    schedule->policy.fast_slots = 0;
  schedule->census.is_current = FALSE;
  pen_schedule_set_period (schedule, PEN_SCHEDULE_LANE_SLOT, policy->period_s);
  pen_schedule_set_period (schedule, PEN_SCHEDULE_LANE_FAST, policy->fast_period_s);
  pen_schedule_set_period (schedule, PEN_SCHEDULE_LANE_SWEEP, policy->period_s);
  if (schedule->is_online)
    pen_schedule_observe (schedule, now);
}

/* A chunk whose spacing has passed has left the machine. */
static void
settle_all (PenSchedule *schedule, const PenScheduleNow *now)
{
  for (PenScheduleLane lane = 0; lane < PEN_SCHEDULE_N_CLOCKED; lane++)
    if (schedule->chunks[lane].slots != NULL && schedule->chunks[lane].due_us <= now->mono_us)
      pen_schedule_settle (schedule, lane);
}

void
pen_schedule_set_online (PenSchedule *schedule, const PenScheduleNow *now, gboolean is_online)
{
  if (schedule->is_online == is_online)
    return;
  schedule->is_online = is_online;
  schedule->is_anchored = FALSE;
  settle_all (schedule, now);
  drop_running (schedule);
  if (!is_online)
    return;
  schedule->online_mono_us = now->mono_us;
  schedule->follow_due_us = now->mono_us;
  schedule->paid_us = now->mono_us;
  pen_schedule_observe (schedule, now);
}

static gboolean
is_good_name (const char *name)
{
  gsize length = strnlen (name, PEN_SCHEDULE_SUBJECT_MAX_BYTES + 1);

  return length > 0 && length <= PEN_SCHEDULE_SUBJECT_MAX_BYTES && g_utf8_validate (name, (gssize) length, NULL);
}

PenSubject *
pen_schedule_insert (PenSchedule *schedule, const char *name, PenScheduleClass of)
{
  PenSubject *subject;

  if (!is_good_name (name) || schedule->people->len - schedule->n_gone >= PEN_SCHEDULE_SUBJECTS_MAX)
    return NULL;
  subject = g_new0 (PenSubject, 1);
  subject->name = g_strdup (name);
  subject->of = of;
  subject->when = PEN_SCHEDULE_NO_OVERRIDE;
  subject->admitted = PEN_SCHEDULE_NOT_ADMITTED;
  subject->place = schedule->people->len;
  g_ptr_array_add (schedule->people, subject);
  g_hash_table_insert (schedule->by_name, subject->name, subject);
  pen_schedule_touch (schedule, PEN_SCHEDULE_PART_SUBJECTS);
  return subject;
}

/* The holes that people leave are closed when half of the list is holes. */
void
pen_schedule_forget (PenSchedule *schedule, PenSubject *subject)
{
  guint kept = 0;

  g_hash_table_remove (schedule->by_name, subject->name);
  schedule->people->pdata[subject->place] = NULL;
  free_subject (subject);
  pen_schedule_touch (schedule, PEN_SCHEDULE_PART_SUBJECTS);
  if (++schedule->n_gone * 2 < schedule->people->len)
    return;
  for (guint i = 0; i < schedule->people->len; i++)
    {
      PenSubject *it = schedule->people->pdata[i];

      if (it == NULL)
        continue;
      it->place = kept;
      schedule->people->pdata[i] = NULL;
      schedule->people->pdata[kept++] = it;
    }
  g_ptr_array_set_size (schedule->people, (int) kept);
  schedule->n_gone = 0;
}

gboolean
pen_schedule_add (PenSchedule *schedule, const PenSchedulePerson *person)
{
  PenSubject *subject;

  g_return_val_if_fail (person->of < PEN_SCHEDULE_N_CLASSES, FALSE);
  g_return_val_if_fail (person->when >= PEN_SCHEDULE_NO_OVERRIDE && person->when < PEN_N_WHENS, FALSE);
  subject = g_hash_table_lookup (schedule->by_name, person->subject);
  if (subject == NULL)
    subject = pen_schedule_insert (schedule, person->subject, person->of);
  if (subject == NULL)
    return FALSE;
  if (subject->is_real && subject->when == person->when)
    return TRUE;
  subject->is_real = TRUE;
  subject->when = person->when;
  /* Cover that could not be drawn may be like this one now. */
  schedule->lacks_cover = FALSE;
  pen_schedule_touch (schedule, PEN_SCHEDULE_PART_SUBJECTS);
  return TRUE;
}

void
pen_schedule_remove (PenSchedule *schedule, const char *subject)
{
  PenSubject *known = g_hash_table_lookup (schedule->by_name, subject);

  if (known == NULL || !known->is_real)
    return;
  if (known->admitted == PEN_SCHEDULE_NOT_ADMITTED)
    {
      pen_schedule_forget (schedule, known);
      return;
    }
  known->is_real = FALSE;
  if (known->when != PEN_WHEN_NEVER)
    known->when = PEN_SCHEDULE_NO_OVERRIDE;
  pen_schedule_touch (schedule, PEN_SCHEDULE_PART_SUBJECTS);
}

void
pen_schedule_keep_only (PenSchedule *schedule, GHashTable *names)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < schedule->people->len; i++)
    {
      const PenSubject *subject = schedule->people->pdata[i];

      if (subject != NULL && subject->is_real && !g_hash_table_contains (names, subject->name))
        g_ptr_array_add (gone, g_strdup (subject->name));
    }
  for (guint i = 0; i < gone->len; i++)
    pen_schedule_remove (schedule, gone->pdata[i]);
}

static void
ask_now (PenSchedule *schedule, const PenScheduleWish *wish, const char *rule)
{
  PenScheduleBatch *batch = g_new0 (PenScheduleBatch, 1);
  PenScheduleSlot *slot = g_new0 (PenScheduleSlot, 1);

  slot->subject = g_strdup (wish->person.subject);
  batch->lane = PEN_SCHEDULE_LANE_WISH;
  batch->of = wish->person.of;
  batch->trigger = wish->trigger;
  batch->chunks = 1;
  batch->rule = rule;
  batch->is_leak = wish->trigger == PEN_TRIGGER_MANUAL;
  batch->only_keys = wish->wants_keys;
  batch->slots = g_ptr_array_new ();
  g_ptr_array_add (batch->slots, slot);
  g_queue_push_tail (schedule->wishes, batch);
}

/* The schedule will ask; the wish only learns when. */
static void
wait_for_slot (PenSchedule *schedule, const PenScheduleNow *now, const PenScheduleWish *wish, PenScheduleReply *reply)
{
  PenSubject *subject = pen_schedule_add (schedule, &wish->person)
    ? g_hash_table_lookup (schedule->by_name, wish->person.subject) : NULL;
  gboolean is_padded = pen_schedule_pads (schedule) && subject != NULL && subject->of == PEN_SCHEDULE_DIRECTORY;

  reply->rule = is_padded ? "pad" : "batch";
  if (subject == NULL)
    return;
  if (wish->is_fresh)
    *reply = (PenScheduleReply) { PEN_VERDICT_FRESH, 0, "fresh" };
  else if (!schedule->is_online)
    reply->rule = "offline";
  else if (pen_schedule_awaits_consent (schedule))
    *reply = (PenScheduleReply) { PEN_VERDICT_WITHHOLD, 0, "never" };
  else if (is_padded && schedule->lacks_cover && !pen_schedule_has_begun (schedule))
    *reply = (PenScheduleReply) { PEN_VERDICT_WITHHOLD, 0, "no-cover" };
  else
    reply->at_us = now->wall_us + (is_padded ? pen_schedule_until_asked (schedule, subject, now)
                                             : pen_schedule_until_swept (schedule, subject, now));
}

void
pen_schedule_want (PenSchedule *schedule, const PenScheduleNow *now, const PenScheduleWish *wish,
                   PenScheduleReply *reply)
{
  PenWhen when = wish->person.when == PEN_SCHEDULE_NO_OVERRIDE ? schedule->policy.when : (PenWhen) wish->person.when;
  gboolean is_occasion = wish->trigger == PEN_TRIGGER_TYPED || wish->trigger == PEN_TRIGGER_OPENED
                         || wish->trigger == PEN_TRIGGER_SEND;

  *reply = (PenScheduleReply) { PEN_VERDICT_LATER, 0, NULL };
  if (schedule->is_online)
    pen_schedule_observe (schedule, now);
  reply->verdict = pen_policy_judge (when, wish->trigger, wish->is_fresh, &reply->rule);
  if (reply->verdict == PEN_VERDICT_ASK && !schedule->is_online)
    *reply = (PenScheduleReply) { PEN_VERDICT_LATER, 0, "offline" };
  else if (reply->verdict == PEN_VERDICT_ASK && is_good_name (wish->person.subject))
    ask_now (schedule, wish, reply->rule);
  else if (reply->verdict == PEN_VERDICT_ASK)
    reply->verdict = PEN_VERDICT_LATER;
  else if (reply->verdict == PEN_VERDICT_LATER && when == PEN_WHEN_BATCH && is_occasion)
    wait_for_slot (schedule, now, wish, reply);
}

gboolean
pen_schedule_is_padded (PenSchedule *schedule)
{
  return pen_schedule_pads (schedule) && pen_schedule_has_begun (schedule);
}

guint
pen_schedule_count (PenSchedule *schedule, PenScheduleClass of, guint *cover)
{
  guint real = 0;
  guint others = 0;

  for (guint i = 0; i < schedule->people->len; i++)
    {
      const PenSubject *subject = schedule->people->pdata[i];

      if (subject == NULL || subject->of != of)
        continue;
      real += subject->is_real;
      others += !subject->is_real && subject->admitted != PEN_SCHEDULE_NOT_ADMITTED && subject->when != PEN_WHEN_NEVER;
    }
  if (cover != NULL)
    *cover = others;
  return real;
}

guint
pen_schedule_slots (PenSchedule *schedule)
{
  return schedule->slots;
}

guint
pen_schedule_fresh_s (PenSchedule *schedule, PenScheduleClass of)
{
  guint period_s = (guint) (schedule->lanes[PEN_SCHEDULE_LANE_SLOT].period_us / G_USEC_PER_SEC);

  if (schedule->policy.when != PEN_WHEN_BATCH)
    return schedule->policy.fresh_s;
  if (of == PEN_SCHEDULE_DIRECTORY && pen_schedule_pads (schedule))
    return 2 * pen_schedule_round_s (schedule);
  return (pen_schedule_sweep_every (schedule) + 1) * period_s + 2 * pen_schedule_sweep_s (schedule, of);
}
