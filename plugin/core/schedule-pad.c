/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides who is in a padded batch: the law of arrival, first ask and asking
 * again, which is one for real and cover subjects (docs/design.md, invariant 5).
 * Whether a subject is real is looked at in three places only: how many there
 * are (slots, a power of two, and how much cover joins many newcomers), who
 * has arrived, and whom new cover numbers are to look like. */

#include "schedule-private.h"

/* New subjects a day for each cover subject of the founding population: what a person with fifty contacts adds who
 * meets somebody new every five days. Equal shares among the founders and among the newcomers are what keeps a
 * subject's age from telling anything (T2, T3). */
#define ARRIVALS_A_DAY 0.004
#define COVER_SHARE 0.875
#define DAY_US (24.0 * 60 * 60 * G_USEC_PER_SEC)
/* A draw costs a look at a numbering plan: a few at a time keep the main loop free. */
#define DRAWS_A_STEP 8
#define STOCK_RESERVE 8
#define DRAW_TRIES 16

gboolean
pen_schedule_has_begun (const PenSchedule *schedule)
{
  return schedule->founded > 0;
}

gboolean
pen_schedule_has_fast_lane (const PenSchedule *schedule)
{
  return schedule->policy.fast_slots > 0;
}

static gboolean
is_waiting (const PenSchedule *schedule, const PenSubject *subject)
{
  if (subject->of != PEN_SCHEDULE_DIRECTORY || subject->admitted != PEN_SCHEDULE_NOT_ADMITTED)
    return FALSE;
  return subject->is_arriving || (subject->is_real && pen_schedule_when (schedule, subject) == PEN_WHEN_BATCH);
}

static gboolean
is_stock (const PenSubject *subject)
{
  return subject->of == PEN_SCHEDULE_DIRECTORY && !subject->is_real && !subject->is_arriving
         && subject->admitted == PEN_SCHEDULE_NOT_ADMITTED;
}

const PenCensus *
pen_schedule_census (PenSchedule *schedule)
{
  PenCensus *census = &schedule->census;

  if (census->is_current)
    return census;
  *census = (PenCensus) { .is_current = TRUE };
  for (guint i = 0; i < schedule->people->len; i++)
    {
      const PenSubject *subject = schedule->people->pdata[i];

      if (subject == NULL)
        continue;
      census->listed[subject->of] += subject->is_real;
      if (subject->of != PEN_SCHEDULE_DIRECTORY)
        continue;
      census->real += subject->is_real && pen_schedule_when (schedule, subject) == PEN_WHEN_BATCH;
      census->waiting += is_waiting (schedule, subject);
      census->stock += is_stock (subject);
    }
  return census;
}

/* The slots that the number of contacts asks for: never fewer than there are. */
static guint
wanted_slots (PenSchedule *schedule)
{
  guint wanted = MAX (2 * pen_schedule_census (schedule)->real, schedule->policy.slots);
  guint slots = MAX (schedule->slots, PEN_SCHEDULE_SLOTS_MIN);

  while (slots < wanted && slots < PEN_SCHEDULE_SLOTS_MAX)
    slots *= 2;
  return slots;
}

/* More than the lane for newcomers takes at once: a list that was loaded, say. They come in with cover of their own. */
static gboolean
is_bulk (PenSchedule *schedule)
{
  guint room = pen_schedule_has_fast_lane (schedule) ? schedule->policy.fast_slots : wanted_slots (schedule) / 4;

  return pen_schedule_census (schedule)->waiting > room;
}

/* Cover subjects that join those who wait, when these come in at a slot of the main lane. */
static guint
wanted_cover (PenSchedule *schedule)
{
  const PenCensus *census = pen_schedule_census (schedule);
  guint all = schedule->admitted->len + census->waiting;
  guint slots = wanted_slots (schedule);
  guint cover = 0;

  if (!pen_schedule_has_begun (schedule))
    return MAX (PEN_SCHEDULE_POPULATION * slots, 2 * census->waiting) - census->waiting;
  if (is_bulk (schedule))
    cover = (PEN_SCHEDULE_POPULATION - 1) * census->waiting;
  if (all + cover < slots)
    cover = slots - all;
  return cover;
}

gboolean
pen_schedule_wants_stock (PenSchedule *schedule)
{
  guint room = PEN_SCHEDULE_SUBJECTS_MAX - g_hash_table_size (schedule->by_name);

  return !schedule->lacks_cover && room > 0
         && pen_schedule_census (schedule)->stock < wanted_cover (schedule) + STOCK_RESERVE;
}

/* Its chance is its own: how many contacts there are must not change what is drawn after it. */
static const char *
choose_model (PenSchedule *schedule)
{
  g_autoptr (GPtrArray) models = g_ptr_array_new ();
  g_auto (PenChance) chance = { 0 };

  for (guint i = 0; i < schedule->people->len; i++)
    {
      PenSubject *subject = schedule->people->pdata[i];

      if (subject != NULL && subject->is_real && subject->of == PEN_SCHEDULE_DIRECTORY)
        g_ptr_array_add (models, subject);
    }
  pen_chance_init (&chance, schedule->key, "model", schedule->draws);
  return models->len > 0 ? ((PenSubject *) models->pdata[pen_chance_below (&chance, models->len)])->name : NULL;
}

/* One new subject for the stock; its name must be nobody's yet. */
static gboolean
draw_one (PenSchedule *schedule)
{
  for (guint i = 0; i < DRAW_TRIES; i++)
    {
      g_auto (PenChance) chance = { 0 };
      g_autofree char *name = NULL;
      PenRandom random;

      pen_chance_init (&chance, schedule->key, "cover", schedule->draws++);
      pen_schedule_touch (schedule, PEN_SCHEDULE_PART_HEAD);
      random = pen_chance_random (&chance);
      name = schedule->cover.draw (choose_model (schedule), &random, schedule->cover.data);
      if (name == NULL || g_hash_table_contains (schedule->by_name, name))
        continue;
      if (pen_schedule_insert (schedule, name, PEN_SCHEDULE_DIRECTORY) != NULL)
        return TRUE;
    }
  return FALSE;
}

void
pen_schedule_draw_stock (PenSchedule *schedule)
{
  for (guint i = 0; i < DRAWS_A_STEP && pen_schedule_wants_stock (schedule); i++)
    schedule->lacks_cover = schedule->cover.draw == NULL || !draw_one (schedule);
}

static void
admit (PenSchedule *schedule, PenSubject *subject)
{
  subject->admitted = schedule->admitted->len;
  subject->is_arriving = FALSE;
  subject->was_asked = TRUE;
  g_ptr_array_add (schedule->admitted, subject);
  pen_schedule_touch (schedule, PEN_SCHEDULE_PART_SUBJECTS);
}

/* Cover subjects that arrive in one period of the lane that takes newcomers in. */
static void
let_cover_arrive (PenSchedule *schedule, PenScheduleLane lane)
{
  const PenLane *it = &schedule->lanes[lane];
  double mean = ARRIVALS_A_DAY * COVER_SHARE * schedule->founded * (double) it->period_us / DAY_US;
  g_auto (PenChance) chance = { 0 };
  guint arrivals;

  pen_chance_init (&chance, schedule->key, "arrivals", it->epoch);
  arrivals = pen_chance_poisson (&chance, mean, PEN_SCHEDULE_FAST_SLOTS_MAX);
  for (guint i = 0; i < schedule->people->len && arrivals > 0; i++)
    {
      PenSubject *subject = schedule->people->pdata[i];

      if (subject == NULL || !is_stock (subject))
        continue;
      subject->is_arriving = TRUE;
      arrivals--;
      pen_schedule_touch (schedule, PEN_SCHEDULE_PART_SUBJECTS);
    }
}

/* Takes those who wait, and as much stock as asked for, into the population. */
static void
admit_all (PenSchedule *schedule, guint cover, GPtrArray *batch)
{
  for (guint i = 0; i < schedule->people->len; i++)
    {
      PenSubject *subject = schedule->people->pdata[i];
      gboolean waits = subject != NULL && is_waiting (schedule, subject);

      if (!waits && (subject == NULL || cover == 0 || !is_stock (subject)))
        continue;
      cover -= !waits;
      admit (schedule, subject);
      if (batch != NULL)
        g_ptr_array_add (batch, subject);
    }
}

static void
begin_round (PenSchedule *schedule, PenScheduleLane lane)
{
  static const char *const labels[] = { "round of slots", "round of the fast lane" };
  PenLane *it = &schedule->lanes[lane];
  g_autoptr (GPtrArray) order = g_ptr_array_sized_new (schedule->admitted->len);
  g_auto (PenChance) chance = { 0 };

  for (guint i = 0; i < schedule->admitted->len; i++)
    if (((PenSubject *) schedule->admitted->pdata[i])->when != PEN_WHEN_NEVER)
      g_ptr_array_add (order, GUINT_TO_POINTER (i));
  pen_chance_init (&chance, schedule->key, labels[lane], ++it->round);
  pen_chance_shuffle (&chance, order, 0);
  g_array_set_size (it->order, order->len);
  for (guint i = 0; i < order->len; i++)
    g_array_index (it->order, guint32, i) = GPOINTER_TO_UINT (order->pdata[i]);
  it->cursor = 0;
  pen_schedule_touch (schedule, PEN_SCHEDULE_PART_SUBJECTS | PEN_SCHEDULE_PART_HEAD);
}

/* The next of the round that is not in this batch yet; one that is changes places with the first that is not. */
static PenSubject *
take_next (PenSchedule *schedule, PenLane *lane, guint64 stamp)
{
  for (guint i = lane->cursor; i < lane->order->len; i++)
    {
      guint32 *here = &g_array_index (lane->order, guint32, lane->cursor);
      guint32 chosen = g_array_index (lane->order, guint32, i);
      PenSubject *subject = schedule->admitted->pdata[chosen];

      if (subject->seen_in == stamp && subject->when != PEN_WHEN_NEVER)
        continue;
      g_array_index (lane->order, guint32, i) = *here;
      *here = chosen;
      lane->cursor++;
      if (subject->when != PEN_WHEN_NEVER)
        return subject;
    }
  return NULL;
}

static void
fill_up (PenSchedule *schedule, PenScheduleLane lane, GPtrArray *batch, guint slots)
{
  guint64 stamp = ++schedule->last_stamp;
  PenLane *it = &schedule->lanes[lane];

  for (guint i = 0; i < batch->len; i++)
    ((PenSubject *) batch->pdata[i])->seen_in = stamp;
  for (gboolean is_new_round = FALSE; batch->len < slots; is_new_round = TRUE)
    {
      PenSubject *subject;

      while (batch->len < slots && (subject = take_next (schedule, it, stamp)) != NULL)
        {
          subject->seen_in = stamp;
          g_ptr_array_add (batch, subject);
        }
      if (is_new_round || batch->len == slots)
        return;
      begin_round (schedule, lane);
    }
}

/* At a slot of the main lane the population is founded, is joined by many at once, or gets more slots. */
static gboolean
settle (PenSchedule *schedule, GPtrArray *batch)
{
  guint cover = wanted_cover (schedule);
  guint slots = wanted_slots (schedule);
  const PenCensus *census = pen_schedule_census (schedule);
  gboolean is_founding = !pen_schedule_has_begun (schedule);

  if (census->stock < cover)
    return !is_founding;
  if (is_founding || cover > 0)
    {
      schedule->founded += census->waiting + cover;
      admit_all (schedule, cover, NULL);
      g_array_set_size (schedule->lanes[PEN_SCHEDULE_LANE_SLOT].order, 0);
      g_array_set_size (schedule->lanes[PEN_SCHEDULE_LANE_FAST].order, 0);
      schedule->lanes[PEN_SCHEDULE_LANE_SLOT].cursor = schedule->lanes[PEN_SCHEDULE_LANE_FAST].cursor = 0;
    }
  else if (!pen_schedule_has_fast_lane (schedule))
    admit_all (schedule, 0, batch);
  schedule->slots = slots;
  return TRUE;
}

void
pen_schedule_pad (PenSchedule *schedule, PenScheduleLane lane, const PenScheduleNow *now)
{
  gboolean is_fast = lane == PEN_SCHEDULE_LANE_FAST;
  g_autoptr (GPtrArray) batch = g_ptr_array_new ();
  g_auto (PenChance) chance = { 0 };

  if (pen_schedule_has_begun (schedule) && is_fast == pen_schedule_has_fast_lane (schedule))
    let_cover_arrive (schedule, lane);
  if (pen_schedule_is_leaving (schedule, lane) || (is_fast && !pen_schedule_has_begun (schedule)))
    return;
  schedule->lacks_cover = FALSE;
  if (is_fast && !is_bulk (schedule) && pen_schedule_census (schedule)->waiting > 0)
    admit_all (schedule, 0, batch);
  if (!is_fast && !settle (schedule, batch))
    return;
  fill_up (schedule, lane, batch, is_fast ? schedule->policy.fast_slots : schedule->slots);
  pen_chance_init (&chance, schedule->key, is_fast ? "fast slot" : "slot", schedule->lanes[lane].epoch);
  pen_chance_shuffle (&chance, batch, 0);
  pen_schedule_begin_chunks (schedule, lane, batch, now);
}

static gint64
until_in_lane (PenSchedule *schedule, PenScheduleLane lane, const PenSubject *subject, const PenScheduleNow *now)
{
  const PenLane *it = &schedule->lanes[lane];
  guint slots = MAX (lane == PEN_SCHEDULE_LANE_FAST ? schedule->policy.fast_slots : schedule->slots, 1);
  guint place = it->order->len + schedule->admitted->len - 1;

  for (guint i = it->cursor; i < it->order->len; i++)
    if (g_array_index (it->order, guint32, i) == subject->admitted)
      place = i;
  return pen_schedule_until_due (schedule, lane, now) + (place - it->cursor) / slots * it->period_us;
}

gint64
pen_schedule_until_asked (PenSchedule *schedule, const PenSubject *subject, const PenScheduleNow *now)
{
  gboolean has_fast = pen_schedule_has_fast_lane (schedule) && pen_schedule_has_begun (schedule);
  gint64 until;

  if (subject->admitted == PEN_SCHEDULE_NOT_ADMITTED)
    return pen_schedule_until_due (schedule, has_fast && !is_bulk (schedule) ? PEN_SCHEDULE_LANE_FAST
                                                                              : PEN_SCHEDULE_LANE_SLOT, now);
  until = until_in_lane (schedule, PEN_SCHEDULE_LANE_SLOT, subject, now);
  return has_fast ? MIN (until, until_in_lane (schedule, PEN_SCHEDULE_LANE_FAST, subject, now)) : until;
}

guint
pen_schedule_round_s (PenSchedule *schedule)
{
  guint slots = MAX (schedule->slots, PEN_SCHEDULE_SLOTS_MIN);
  guint batches = MAX (schedule->admitted->len, PEN_SCHEDULE_POPULATION * slots) / slots + 1;

  return (guint) (schedule->lanes[PEN_SCHEDULE_LANE_SLOT].period_us / G_USEC_PER_SEC) * batches;
}
