/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Sweeps that are cut: who was not asked is asked next, and nothing that the
 * user does shows in it. How fast a sweep leaves when its answers make it ask
 * for more, and what a wish learns of one that is leaving. */

#include "schedule-desk.h"

#include <string.h>

#define CONTACTS 40
#define CUT_AT_CHUNK 5
#define LIST_BYTES 190
#define BUNDLE_BYTES 205

/* How often @name was asked about, by the log. */
static guint
count (const Desk *desk, guint contact)
{
  g_autofree char *name = desk_name (PEN_SCHEDULE_CAPABILITY, contact);
  g_autofree char *word = g_strdup_printf (" %s", name);
  guint n = 0;

  for (const char *at = strstr (desk->log->str, word); at != NULL; at = strstr (at + 1, word))
    n++;
  return n;
}

static guint
count_all (const Desk *desk, guint times)
{
  guint n = 0;

  for (guint i = 0; i < CONTACTS; i++)
    n += count (desk, i) == times;
  return n;
}

/* @rand: (nullable): the user opens, types to and writes to contacts. */
static void
live (Desk *desk, GRand *rand, gint64 span_s)
{
  static const PenTrigger acts[] = { PEN_TRIGGER_TYPED, PEN_TRIGGER_OPENED, PEN_TRIGGER_SEND };

  for (gint64 i = 0; i < span_s; i++)
    {
      if (rand != NULL && g_rand_int_range (rand, 0, 3) == 0)
        {
          g_autofree char *name = desk_name (PEN_SCHEDULE_CAPABILITY, (guint) g_rand_int_range (rand, 0, CONTACTS));

          desk_want (desk, name, PEN_SCHEDULE_CAPABILITY, acts[g_rand_int_range (rand, 0, G_N_ELEMENTS (acts))]);
        }
      desk_run (desk, G_USEC_PER_SEC);
    }
}

static void
begin_sweep (Desk *desk, GRand *rand, guint chunks)
{
  desk_add_many (desk, PEN_SCHEDULE_CAPABILITY, 0, CONTACTS);
  desk_go_online (desk);
  while (desk->sizes[PEN_SCHEDULE_LANE_SWEEP]->len < chunks)
    live (desk, rand, 1);
}

static void
sign_off_and_on (Desk *desk)
{
  pen_schedule_set_online (desk->schedule, &desk->now, FALSE);
  desk_pass (desk, DESK_HOUR_US / 6);
  desk_go_online (desk);
}

/* Signed off in the middle of a sweep: the next slot asks those whose turn did not come, the chunk that was just
 * leaving among them, and nobody else; whatever the user did meanwhile. */
static void
test_cut (void)
{
  const guint size = PEN_SCHEDULE_JIDS_A_CHUNK;
  g_autoptr (Desk) quiet = desk_new (&desk_batched, 3);
  g_autoptr (Desk) busy = desk_new (&desk_batched, 3);
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);
  Desk *desks[] = { quiet, busy };

  for (guint i = 0; i < G_N_ELEMENTS (desks); i++)
    {
      GRand *acts = desks[i] == busy ? rand : NULL;

      begin_sweep (desks[i], acts, CUT_AT_CHUNK);
      g_assert_cmpuint (count_all (desks[i], 0), ==, CONTACTS - CUT_AT_CHUNK * size);
      sign_off_and_on (desks[i]);
      live (desks[i], acts, 3600);
      g_assert_cmpuint (count_all (desks[i], 0), ==, 0);
      g_assert_cmpuint (count_all (desks[i], 2), ==, size);
      live (desks[i], acts, 5400);
      g_assert_cmpuint (count_all (desks[i], 2), ==, CONTACTS - size);
      g_assert_cmpuint (count_all (desks[i], 3), ==, size);
    }
  desk_assert_same (quiet->log->str, busy->log->str);
}

/* A sweep that was cut again and again, each time after one chunk, still gets to everybody. */
static void
test_cut_often (void)
{
  PenPolicy policy = desk_batched;
  g_autoptr (Desk) desk = NULL;

  policy.fresh_s = 40 * 3600;
  desk = desk_new (&policy, 3);
  begin_sweep (desk, NULL, 1);
  for (guint i = 0; i < 20; i++)
    {
      guint before = desk->sizes[PEN_SCHEDULE_LANE_SWEEP]->len;

      desk_run (desk, 3 * G_USEC_PER_SEC);
      sign_off_and_on (desk);
      while (desk->sizes[PEN_SCHEDULE_LANE_SWEEP]->len == before && desk->now.mono_us < 39 * DESK_HOUR_US)
        desk_run (desk, G_USEC_PER_SEC);
    }
  g_assert_cmpuint (count_all (desk, 0), ==, 0);
}

/* A machine that sleeps in the middle of a sweep. */
static void
test_slept (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_batched, 3);

  begin_sweep (desk, NULL, CUT_AT_CHUNK);
  desk_pass (desk, DESK_HOUR_US / 3);
  desk_run (desk, DESK_HOUR_US);
  g_assert_cmpuint (count_all (desk, 0), ==, 0);
  g_assert_cmpuint (count_all (desk, 2), ==, PEN_SCHEDULE_JIDS_A_CHUNK);
}

/* What the plugin keeps: each part when it says that it changed. */
static void
keep (Desk *desk, GBytes **parts)
{
  static const PenSchedulePart both[] = { PEN_SCHEDULE_PART_HEAD, PEN_SCHEDULE_PART_SUBJECTS };

  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    if ((pen_schedule_changed (desk->schedule) & both[i]) != 0)
      {
        g_clear_pointer (&parts[i], g_bytes_unref);
        parts[i] = pen_schedule_save (desk->schedule, both[i]);
      }
}

/* The program ends in the middle of a sweep, cleanly or killed; a sweep writes the subjects down twice, not with every
 * chunk, so that after a kill all of them are asked again. */
static void
test_cut_saved (void)
{
  for (guint killed = 0; killed < 2; killed++)
    {
      g_autoptr (Desk) desk = desk_new (&desk_batched, 3);
      const PenScheduleCover cover = { desk_draw, desk };
      GBytes *parts[2] = { NULL, NULL };
      guint subjects = 0;

      desk_add_many (desk, PEN_SCHEDULE_CAPABILITY, 0, CONTACTS);
      desk_go_online (desk);
      while (desk->sizes[PEN_SCHEDULE_LANE_SWEEP]->len < CUT_AT_CHUNK)
        {
          desk_run (desk, G_USEC_PER_SEC);
          subjects += (pen_schedule_changed (desk->schedule) & PEN_SCHEDULE_PART_SUBJECTS) != 0;
          keep (desk, parts);
        }
      g_assert_cmpuint (subjects, <=, 2);
      if (!killed)
        pen_schedule_set_online (desk->schedule, &desk->now, FALSE);
      if (!killed)
        keep (desk, parts);
      pen_schedule_free (desk->schedule);
      desk->schedule = pen_schedule_load (parts[0], parts[1], &cover, NULL);
      g_assert_nonnull (desk->schedule);
      pen_schedule_set_policy (desk->schedule, &desk->now, &desk_batched);
      desk_go_online (desk);
      desk_run (desk, DESK_HOUR_US + DESK_HOUR_US / 4);
      g_assert_cmpuint (count_all (desk, 0), ==, 0);
      g_assert_cmpuint (count_all (desk, 2), ==, killed ? CUT_AT_CHUNK * PEN_SCHEDULE_JIDS_A_CHUNK
                                                        : PEN_SCHEDULE_JIDS_A_CHUNK);
      g_clear_pointer (&parts[0], g_bytes_unref);
      g_clear_pointer (&parts[1], g_bytes_unref);
    }
}

static void
miss_second_chunk (Desk *desk, const PenScheduleBatch *batch)
{
  if (batch->lane == PEN_SCHEDULE_LANE_SWEEP && batch->epoch == 1 && batch->chunk == 1)
    pen_schedule_missed (desk->schedule, batch);
}

static void
test_missed (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_batched, 3);

  desk->on_batch = miss_second_chunk;
  begin_sweep (desk, NULL, CONTACTS / PEN_SCHEDULE_JIDS_A_CHUNK);
  desk_run (desk, DESK_HOUR_US);
  g_assert_cmpuint (desk->sizes[PEN_SCHEDULE_LANE_SWEEP]->len, ==, CONTACTS / PEN_SCHEDULE_JIDS_A_CHUNK + 1);
  g_assert_cmpuint (count_all (desk, 2), ==, PEN_SCHEDULE_JIDS_A_CHUNK);
}

static guint devices;
static gint64 asked_bytes;

/* The lists, and at once their answers: each with so many devices. */
static void
ask_and_answer (Desk *desk, const PenScheduleBatch *batch)
{
  for (guint i = 0; i < batch->slots->len * (devices + 1); i++)
    {
      gint64 bytes = i < batch->slots->len ? LIST_BYTES : BUNDLE_BYTES;

      pen_schedule_spent (desk->schedule, &desk->now, bytes);
      asked_bytes += bytes;
    }
}

static gint64
longest_gap_us (const GArray *times)
{
  gint64 gap_us = 0;

  for (guint i = 1; i < times->len; i++)
    gap_us = MAX (gap_us, g_array_index (times, gint64, i) - g_array_index (times, gint64, i - 1));
  return gap_us;
}

/* However many devices people have, no more bytes a second are asked than servers let pass; times stay on the tick. */
static void
test_pace (void)
{
  static const guint rows[] = { 0, 1, 6, 7, 8, 20 };

  for (guint k = 0; k < G_N_ELEMENTS (rows); k++)
    {
      g_autoptr (Desk) desk = desk_new (&desk_batched, 3);
      const GArray *times = desk->times[PEN_SCHEDULE_LANE_SWEEP];
      const gint64 tick_us = PEN_SCHEDULE_JIDS_SPACING_S * G_USEC_PER_SEC;
      gint64 span_us;

      devices = rows[k];
      asked_bytes = 0;
      desk->on_batch = ask_and_answer;
      desk_add_many (desk, PEN_SCHEDULE_CAPABILITY, 0, 1000);
      desk_go_online (desk);
      while (times->len < 250)
        desk_run (desk, G_USEC_PER_SEC);
      span_us = g_array_index (times, gint64, 249) - g_array_index (times, gint64, 0) + tick_us;
      g_test_message ("%u devices: %" G_GINT64_FORMAT " bytes/s", devices, asked_bytes * G_USEC_PER_SEC / span_us);
      g_assert_cmpint (asked_bytes * G_USEC_PER_SEC / span_us, <=, PEN_SCHEDULE_BYTES_A_S * 101 / 100);
      for (guint i = 1; i < times->len; i++)
        g_assert_cmpint ((g_array_index (times, gint64, i) - g_array_index (times, gint64, 0)) % tick_us, ==, 0);
      g_assert_cmpint (longest_gap_us (times) == tick_us, ==, devices <= 3);
      g_assert_cmpint (span_us, <=, (gint64) pen_schedule_fresh_s (desk->schedule, PEN_SCHEDULE_CAPABILITY)
                                      * G_USEC_PER_SEC / 2);
    }
}

/* A wish for somebody whose sweep is leaving learns the time of their chunk. */
static void
test_wish_in_sweep (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_batched, 3);

  begin_sweep (desk, NULL, CUT_AT_CHUNK);
  for (guint i = 0; i < CONTACTS; i++)
    {
      g_autofree char *name = desk_name (PEN_SCHEDULE_CAPABILITY, i);
      PenScheduleReply reply = desk_want (desk, name, PEN_SCHEDULE_CAPABILITY, PEN_TRIGGER_SEND);
      g_autofree char *line = g_strdup_printf ("%" G_GINT64_FORMAT " %u ", reply.at_us - DESK_START_US,
                                               PEN_SCHEDULE_LANE_SWEEP);
      gboolean was_asked = count (desk, i) > 0;
      g_autoptr (Desk) later = desk_new (&desk_batched, 3);
      const char *found;

      g_assert_cmpint (reply.at_us - desk->now.wall_us >= DESK_HOUR_US / 2, ==, was_asked);
      begin_sweep (later, NULL, CUT_AT_CHUNK);
      desk_run (later, 3 * DESK_HOUR_US);
      found = strstr (later->log->str, line);
      g_assert_nonnull (found);
      g_assert_true (was_asked || strstr (found, name) < strchr (found, '\n'));
    }
}

/* How long an answer stands follows from how many people there are. */
static void
test_fresh (void)
{
  for (guint of = 0; of < PEN_SCHEDULE_N_CLASSES; of++)
    {
      g_autoptr (Desk) desk = desk_new (&desk_batched, 3);
      guint none_s = pen_schedule_fresh_s (desk->schedule, (PenScheduleClass) of);
      guint others_s = pen_schedule_fresh_s (desk->schedule, (PenScheduleClass) !of);

      desk_add_many (desk, (PenScheduleClass) of, 0, 2000);
      g_assert_cmpuint (pen_schedule_fresh_s (desk->schedule, (PenScheduleClass) of), >, none_s);
      g_assert_cmpuint (pen_schedule_fresh_s (desk->schedule, (PenScheduleClass) !of), ==, others_s);
      for (guint i = 0; i < 2000; i++)
        {
          g_autofree char *name = desk_name ((PenScheduleClass) of, i);

          pen_schedule_remove (desk->schedule, name);
        }
      g_assert_cmpuint (pen_schedule_fresh_s (desk->schedule, (PenScheduleClass) of), ==, none_s);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule-sweep/cut", test_cut);
  g_test_add_func ("/schedule-sweep/cut-often", test_cut_often);
  g_test_add_func ("/schedule-sweep/slept", test_slept);
  g_test_add_func ("/schedule-sweep/cut-saved", test_cut_saved);
  g_test_add_func ("/schedule-sweep/missed", test_missed);
  g_test_add_func ("/schedule-sweep/pace", test_pace);
  g_test_add_func ("/schedule-sweep/wish-in-sweep", test_wish_in_sweep);
  g_test_add_func ("/schedule-sweep/fresh", test_fresh);
  return g_test_run ();
}
