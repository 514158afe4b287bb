/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* A schedule that is saved and loaded has the same future; bytes that were
 * damaged are refused, and whatever is accepted can be lived with. */

#include "schedule-desk.h"

#include <string.h>

static const PenPolicy *const policies[] = { &desk_padded, &desk_batched };

static PenSchedule *
load_again (Desk *desk)
{
  PenScheduleCover cover = { desk_draw, desk };
  g_autoptr (GBytes) head = pen_schedule_save (desk->schedule, PEN_SCHEDULE_PART_HEAD);
  g_autoptr (GBytes) subjects = pen_schedule_save (desk->schedule, PEN_SCHEDULE_PART_SUBJECTS);
  g_autoptr (GError) error = NULL;
  PenSchedule *schedule = pen_schedule_load (head, subjects, &cover, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (head), <, 300);
  g_assert_cmpuint (pen_schedule_changed (desk->schedule), ==, 0);
  return schedule;
}

static void
restart (Desk *desk, const PenPolicy *policy)
{
  PenSchedule *schedule = load_again (desk);

  pen_schedule_free (desk->schedule);
  desk->schedule = schedule;
  pen_schedule_set_policy (schedule, &desk->now, policy);
}

static void
people (Desk *desk)
{
  desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, 25);
  desk_add_many (desk, PEN_SCHEDULE_CAPABILITY, 0, 9);
  desk_add (desk, "+19990000002", PEN_SCHEDULE_DIRECTORY, PEN_WHEN_NEVER);
  pen_schedule_remove (desk->schedule, "u3@example.org");
}

/* Both sign off; one is saved, thrown away and loaded. */
static void
test_same_future (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (policies); i++)
    for (guint hours = 0; hours < 60; hours += 7)
      {
        g_autoptr (Desk) kept = desk_new (policies[i], hours);
        g_autoptr (Desk) saved = desk_new (policies[i], hours);
        Desk *desks[] = { kept, saved };

        for (guint k = 0; k < 2; k++)
          {
            people (desks[k]);
            desk_go_online (desks[k]);
            desk_run (desks[k], hours * DESK_HOUR_US + 1234567890);
            desk_add (desks[k], "+19990000003", PEN_SCHEDULE_DIRECTORY, PEN_SCHEDULE_NO_OVERRIDE);
            pen_schedule_set_online (desks[k]->schedule, &desks[k]->now, FALSE);
          }
        restart (saved, policies[i]);
        for (guint k = 0; k < 2; k++)
          {
            desk_go_online (desks[k]);
            desk_run (desks[k], 50 * DESK_HOUR_US);
          }
        g_assert_cmpuint (kept->log->len, >, 1000);
        desk_assert_same (kept->log->str, saved->log->str);
      }
}

/* A crash right after a batch: its slot is not asked a second time, even by a clock that went back a little. */
static void
test_no_second_slot (void)
{
  for (gint64 back_s = 0; back_s < 1000; back_s += 250)
    {
      PenPolicy policy = desk_batched;
      g_autoptr (Desk) desk = NULL;

      policy.fresh_s = 0;
      desk = desk_new (&policy, 3);
      people (desk);
      desk_go_online (desk);
      while (desk->sizes[PEN_SCHEDULE_LANE_SLOT]->len == 0)
        desk_run (desk, G_USEC_PER_SEC);
      restart (desk, &policy);
      desk->now.wall_us -= back_s * G_USEC_PER_SEC;
      desk->now.mono_us = 77;
      desk_go_online (desk);
      desk_run (desk, DESK_HOUR_US / 3);
      g_assert_cmpuint (desk->sizes[PEN_SCHEDULE_LANE_SLOT]->len, ==, 1);
      desk_run (desk, DESK_HOUR_US + DESK_HOUR_US / 3);
      g_assert_cmpuint (desk->sizes[PEN_SCHEDULE_LANE_SLOT]->len, >, 1);
    }
}

static void
test_parts (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_padded, 3);
  guint heads = 0;
  guint both = 0;

  people (desk);
  desk_go_online (desk);
  desk_run (desk, 3 * DESK_HOUR_US);
  restart (desk, &desk_padded);
  g_assert_cmpuint (pen_schedule_changed (desk->schedule), ==, 0);
  desk_go_online (desk);
  for (guint i = 0; i < 500; i++)
    {
      guint changed;

      desk_run (desk, 600 * G_USEC_PER_SEC);
      changed = pen_schedule_changed (desk->schedule);
      heads += changed == PEN_SCHEDULE_PART_HEAD;
      both += (changed & PEN_SCHEDULE_PART_SUBJECTS) != 0;
      restart (desk, &desk_padded);
      desk_go_online (desk);
    }
  g_assert_cmpuint (heads, >, 3 * both);
}

static GBytes *
damage (GBytes *bytes, GRand *rand, gsize cut)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  guint8 *copy;

  if (cut < size)
    return g_bytes_new (data, cut);
  copy = g_memdup2 (data, size);
  copy[g_rand_int_range (rand, 0, (gint32) size)] = (guint8) g_rand_int_range (rand, 0, 256);
  return g_bytes_new_take (copy, size);
}

static void
load_and_live (GBytes *head, GBytes *subjects, gboolean must_fail)
{
  g_autoptr (Desk) desk = desk_new (&desk_padded, 1);
  PenScheduleCover cover = { desk_draw, desk };
  g_autoptr (GError) error = NULL;
  PenSchedule *schedule = pen_schedule_load (head, subjects, &cover, &error);

  if (schedule == NULL)
    {
      g_assert_error (error, PEN_SCHEDULE_ERROR, PEN_SCHEDULE_ERROR_UNREADABLE);
      return;
    }
  g_assert_false (must_fail);
  pen_schedule_free (desk->schedule);
  desk->schedule = schedule;
  pen_schedule_set_policy (schedule, &desk->now, &desk_padded);
  desk_go_online (desk);
  desk_run (desk, 3 * DESK_HOUR_US);
}

static void
test_hostile (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_padded, 3);
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autoptr (GBytes) head = NULL;
  g_autoptr (GBytes) subjects = NULL;
  g_autoptr (GBytes) none = g_bytes_new_static ("", 0);

  people (desk);
  desk_go_online (desk);
  desk_run (desk, 6 * DESK_HOUR_US);
  head = pen_schedule_save (desk->schedule, PEN_SCHEDULE_PART_HEAD);
  subjects = pen_schedule_save (desk->schedule, PEN_SCHEDULE_PART_SUBJECTS);
  load_and_live (subjects, head, TRUE);
  load_and_live (head, none, TRUE);
  for (gsize cut = 0; cut < g_bytes_get_size (subjects); cut += cut < 200 ? 1 : 37)
    {
      g_autoptr (GBytes) short_head = damage (head, rand, cut);
      g_autoptr (GBytes) short_subjects = damage (subjects, rand, cut);

      load_and_live (short_head, subjects, cut < g_bytes_get_size (head));
      load_and_live (head, short_subjects, TRUE);
    }
  for (guint i = 0; i < 600; i++)
    {
      g_autoptr (GBytes) bad_head = damage (head, rand, G_MAXSIZE);
      g_autoptr (GBytes) bad_subjects = damage (subjects, rand, G_MAXSIZE);

      load_and_live (i % 2 == 0 ? bad_head : head, i % 2 == 0 ? subjects : bad_subjects, FALSE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule-save/same-future", test_same_future);
  g_test_add_func ("/schedule-save/no-second-slot", test_no_second_slot);
  g_test_add_func ("/schedule-save/parts", test_parts);
  g_test_add_func ("/schedule-save/hostile", test_hostile);
  return g_test_run ();
}
