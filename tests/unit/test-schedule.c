/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The schedule without padding: what each policy does with each event, sweeps
 * that do not know whom the user writes to, chunks, answers, and the clock. */

#include "schedule-desk.h"

#include <string.h>

static const PenTrigger wishes[] = { PEN_TRIGGER_TYPED, PEN_TRIGGER_OPENED, PEN_TRIGGER_SEND, PEN_TRIGGER_MANUAL };

/* For each policy and wish: ask, wait for a slot, later (nothing), or withhold. */
static const char *const expected[PEN_N_WHENS][G_N_ELEMENTS (wishes)] = {
  [PEN_WHEN_TYPED] = { "ask", "ask", "ask", "leak" },
  [PEN_WHEN_SEND] = { "later", "later", "ask", "leak" },
  [PEN_WHEN_BATCH] = { "wait", "wait", "wait", "leak" },
  [PEN_WHEN_NEVER] = { "later", "later", "never", "leak" },
};

static const char *
word_of (Desk *desk, const PenScheduleReply *reply)
{
  g_autoptr (PenScheduleBatch) batch = pen_schedule_step (desk->schedule, &desk->now);

  g_assert_cmpint (batch != NULL, ==, reply->verdict == PEN_VERDICT_ASK);
  if (batch != NULL)
    {
      g_assert_cmpuint (batch->slots->len, ==, 1);
      g_assert_cmpint (batch->lane, ==, PEN_SCHEDULE_LANE_WISH);
      g_assert_cmpint (batch->is_leak, ==, g_strcmp0 (batch->rule, "explicit") == 0);
      return batch->is_leak ? "leak" : "ask";
    }
  if (reply->verdict == PEN_VERDICT_WITHHOLD)
    return reply->rule;
  g_assert_cmpint (reply->verdict, ==, PEN_VERDICT_LATER);
  return reply->at_us > 0 ? "wait" : "later";
}

static void
test_table (void)
{
  for (guint account = 0; account < PEN_N_WHENS; account++)
    for (int person = PEN_SCHEDULE_NO_OVERRIDE; person < PEN_N_WHENS; person++)
      for (guint i = 0; i < G_N_ELEMENTS (wishes); i++)
        for (guint is_known = 0; is_known < 2; is_known++)
          {
            PenPolicy policy = { (PenWhen) account, FALSE, 64, 3600, 8, 600, 7200 };
            g_autoptr (Desk) desk = desk_new (&policy, 1);
            guint when = person < 0 ? account : (guint) person;
            PenScheduleWish wish = { { "+19000000001", PEN_SCHEDULE_DIRECTORY, person }, wishes[i], FALSE };
            PenScheduleReply reply;

            desk_go_online (desk);
            if (is_known)
              desk_add (desk, "+19000000001", PEN_SCHEDULE_DIRECTORY, person);
            pen_schedule_want (desk->schedule, &desk->now, &wish, &reply);
            g_assert_cmpstr (word_of (desk, &reply), ==, expected[when][i]);
          }
}

static void
test_offline (void)
{
  static const PenPolicy typed = { PEN_WHEN_TYPED, FALSE, 64, 3600, 8, 600, 7200 };
  g_autoptr (Desk) desk = desk_new (&typed, 1);
  PenScheduleReply reply = desk_want (desk, "+19000000001", PEN_SCHEDULE_DIRECTORY, PEN_TRIGGER_SEND);

  g_assert_cmpint (reply.verdict, ==, PEN_VERDICT_LATER);
  g_assert_cmpstr (reply.rule, ==, "offline");
  g_assert_cmpuint (desk_step (desk), ==, 0);
  g_assert_cmpint (pen_schedule_wake_us (desk->schedule, &desk->now), ==, -1);
}

/* A wish learns the very time at which its slot comes. */
static void
test_wish_time (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_batched, 3);
  PenScheduleReply reply;

  desk_add_many (desk, PEN_SCHEDULE_CAPABILITY, 0, 4);
  desk_go_online (desk);
  for (guint hour = 0; hour < 5; hour++)
    {
      g_autofree char *name = g_strdup_printf ("new%u@example.org", hour);
      g_autofree char *line = NULL;

      reply = desk_want (desk, name, PEN_SCHEDULE_CAPABILITY, PEN_TRIGGER_SEND);
      g_assert_cmpstr (reply.rule, ==, "batch");
      g_assert_cmpint (reply.at_us - desk->now.wall_us, <=, DESK_HOUR_US);
      g_string_truncate (desk->log, 0);
      desk_run (desk, reply.at_us - desk->now.wall_us);
      line = g_strdup_printf ("%" G_GINT64_FORMAT " %u", reply.at_us - DESK_START_US, PEN_SCHEDULE_LANE_SWEEP);
      g_assert_nonnull (strstr (desk->log->str, line));
      desk_run (desk, 60 * G_USEC_PER_SEC);
      g_assert_nonnull (strstr (desk->log->str, name));
    }
  reply = desk_want (desk, "u1@example.org", PEN_SCHEDULE_CAPABILITY, PEN_TRIGGER_SEND);
  g_string_truncate (desk->log, 0);
  desk_run (desk, reply.at_us - desk->now.wall_us + 60 * G_USEC_PER_SEC);
  g_assert_nonnull (strstr (desk->log->str, "u1@example.org"));
}

/* Every second slot (fresh is twice the period) asks everybody once, in another order; the rest ask nobody. */
static void
test_sweep (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_batched, 3);
  g_auto (GStrv) lines = NULL;

  desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, 40);
  desk_add (desk, "+19990000001", PEN_SCHEDULE_DIRECTORY, PEN_WHEN_NEVER);
  desk_add (desk, "+19990000002", PEN_SCHEDULE_DIRECTORY, PEN_WHEN_TYPED);
  desk_go_online (desk);
  desk_run (desk, 8 * DESK_HOUR_US);
  lines = g_strsplit (desk->log->str, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 4 + 1);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_cmpuint (g_array_index (desk->sizes[PEN_SCHEDULE_LANE_SLOT], guint, i), ==, 40);
      for (guint k = 0; k < 40; k++)
        {
          g_autofree char *name = desk_name (PEN_SCHEDULE_DIRECTORY, k);

          g_assert_nonnull (strstr (lines[i], name));
        }
      g_assert_true (i == 0 || strcmp (strchr (lines[i], '+'), strchr (lines[i - 1], '+')) != 0);
    }
}

static void
act_at_random (Desk *desk, GRand *rand, PenScheduleClass of, guint contacts)
{
  g_autofree char *name = desk_name (of, (guint) g_rand_int_range (rand, 0, (gint32) contacts));
  PenScheduleReply reply = desk_want (desk, name, of, wishes[g_rand_int_range (rand, 0, 3)]);

  g_assert_cmpint (reply.verdict, ==, PEN_VERDICT_LATER);
}

/* Whatever the user types, opens and sends to contacts: the same requests at the same times. */
static void
test_wishes_show_nothing (void)
{
  for (guint of = 0; of < PEN_SCHEDULE_N_CLASSES; of++)
    for (guint padded = 0; padded < 2; padded++)
      {
        const PenPolicy *policy = padded ? &desk_padded : &desk_batched;
        g_autoptr (Desk) quiet = desk_new (policy, 4);
        g_autoptr (Desk) busy = desk_new (policy, 4);
        g_autoptr (GRand) rand = g_rand_new_with_seed (17);

        desk_add_many (quiet, (PenScheduleClass) of, 0, 30);
        desk_add_many (busy, (PenScheduleClass) of, 0, 30);
        desk_go_online (quiet);
        desk_go_online (busy);
        desk_run (quiet, 48 * DESK_HOUR_US);
        while (busy->now.mono_us < quiet->now.mono_us)
          {
            act_at_random (busy, rand, (PenScheduleClass) of, 30);
            desk_run (busy, MIN ((gint64) g_rand_int_range (rand, 1, 2000) * G_USEC_PER_SEC,
                                 quiet->now.mono_us - busy->now.mono_us));
          }
        g_assert_cmpuint (quiet->log->len, >, 1000);
        desk_assert_same (quiet->log->str, busy->log->str);
      }
}

static void
test_ten_thousand (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_batched, 5);
  const GArray *sizes = desk->sizes[PEN_SCHEDULE_LANE_SWEEP];
  const GArray *times = desk->times[PEN_SCHEDULE_LANE_SWEEP];
  gint64 worst_us = 0;

  desk_add_many (desk, PEN_SCHEDULE_CAPABILITY, 0, 10000);
  desk_go_online (desk);
  while (sizes->len < 2500)
    {
      gint64 wake = pen_schedule_wake_us (desk->schedule, &desk->now);
      gint64 before_us;

      desk_pass (desk, wake);
      before_us = desk_cpu_us ();
      desk_step (desk);
      worst_us = MAX (worst_us, desk_cpu_us () - before_us);
    }
  g_test_message ("the slowest step took %" G_GINT64_FORMAT " us", worst_us);
  for (guint i = 0; i < 2500; i++)
    {
      g_assert_cmpuint (g_array_index (sizes, guint, i), ==, PEN_SCHEDULE_JIDS_A_CHUNK);
      if (i > 0)
        g_assert_cmpint (g_array_index (times, gint64, i) - g_array_index (times, gint64, i - 1), ==,
                         PEN_SCHEDULE_JIDS_SPACING_S * G_USEC_PER_SEC);
    }
  g_assert_cmpint (g_array_index (times, gint64, 2499) - g_array_index (times, gint64, 0), <, 2 * DESK_HOUR_US);
}

/* A stalled main loop gets one chunk, then the usual spacing: no burst. */
static void
test_stalled_chunks (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_batched, 5);

  desk_add_many (desk, PEN_SCHEDULE_CAPABILITY, 0, 100);
  desk_go_online (desk);
  desk_pass (desk, pen_schedule_wake_us (desk->schedule, &desk->now));
  while (desk_step (desk) == 0)
    desk_pass (desk, pen_schedule_wake_us (desk->schedule, &desk->now));
  desk_pass (desk, 25 * G_USEC_PER_SEC);
  g_assert_cmpuint (desk_step (desk), ==, 1);
  g_assert_cmpint (pen_schedule_wake_us (desk->schedule, &desk->now), ==, PEN_SCHEDULE_JIDS_SPACING_S * G_USEC_PER_SEC);
  pen_schedule_set_online (desk->schedule, &desk->now, FALSE);
  desk_go_online (desk);
  g_assert_cmpint (pen_schedule_wake_us (desk->schedule, &desk->now), >, 60 * G_USEC_PER_SEC);
}

static void
answer_all (Desk *desk, const PenScheduleBatch *batch)
{
  static const char *const jids[] = { "a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example", NULL };
  static const char *const bad[] = { "", "\xff\xfe@x", NULL };
  const PenScheduleAnswer answers[] = { { "+15550000000", jids },
                                        { ((PenScheduleSlot *) batch->slots->pdata[1])->subject, jids },
                                        { ((PenScheduleSlot *) batch->slots->pdata[0])->subject, jids },
                                        { ((PenScheduleSlot *) batch->slots->pdata[2])->subject, bad } };

  if (batch->lane != PEN_SCHEDULE_LANE_SLOT)
    return;
  pen_schedule_answered (desk->schedule, &desk->now, batch->id + 7, answers, 4);
  pen_schedule_answered (desk->schedule, &desk->now, batch->id, answers, 4);
  pen_schedule_answered (desk->schedule, &desk->now, batch->id, answers, 4);
}

/* Answers lead to bounded questions in the batch's order, once, whatever else a directory says. */
static void
test_answers (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_batched, 6);
  const GArray *sizes = desk->sizes[PEN_SCHEDULE_LANE_FOLLOW];

  desk->on_batch = answer_all;
  desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, 10);
  desk_go_online (desk);
  desk_run (desk, DESK_HOUR_US);
  g_assert_cmpuint (desk->sizes[PEN_SCHEDULE_LANE_SLOT]->len, ==, 1);
  g_assert_cmpuint (sizes->len, ==, 2);
  g_assert_cmpuint (g_array_index (sizes, guint, 0) + g_array_index (sizes, guint, 1), ==, 2 * PEN_SCHEDULE_FOLLOW_MAX);
}

/* Clocks that jump: how far the wall clock goes while the monotonic one goes on by the second number. */
static const struct
{
  gint64 wall_s;
  gint64 mono_s;
} jumps[] = {
  { 3600, 0 },      { 100, 0 },       { 20, 0 },         { -20, 0 },        { -100, 0 },   { -3600, 0 },
  { 8 * 3600, 60 }, { 315360000, 0 }, { -1576800000, 0 }, { 0, 8 * 3600 },  { 86400, 86400 }, { -1800, 0 },
  { 1800, 0 },      { 10000000000, 0 }, { 0, -4000 },     { -86400, -86400 },
};

static void
test_jumps (void)
{
  for (guint padded = 0; padded < 2; padded++)
    for (guint at_s = 0; at_s < 3600; at_s += 225)
      for (guint i = 0; i < G_N_ELEMENTS (jumps); i++)
        {
          PenPolicy policy = padded ? desk_padded : desk_batched;
          g_autoptr (Desk) desk = NULL;
          const GArray *slots;
          guint before;

          policy.fresh_s = 0;
          desk = desk_new (&policy, 7);
          slots = desk->sizes[PEN_SCHEDULE_LANE_SLOT];
          desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, 5);
          desk_go_online (desk);
          desk_run (desk, 3 * DESK_HOUR_US + (gint64) at_s * G_USEC_PER_SEC);
          before = slots->len;
          desk->now.wall_us += jumps[i].wall_s * G_USEC_PER_SEC;
          desk->now.mono_us += jumps[i].mono_s * G_USEC_PER_SEC;
          desk_step (desk);
          g_assert_cmpuint (slots->len - before, <=, 1);
          desk_run (desk, DESK_HOUR_US / 2 - G_USEC_PER_SEC);
          g_assert_cmpuint (slots->len - before, <=, 1);
          desk_run (desk, DESK_HOUR_US + G_USEC_PER_SEC);
          g_assert_cmpuint (slots->len - before, >=, 1);
          g_assert_cmpuint (slots->len - before, <=, 2);
        }
}

/* A clock that is torn to and fro all the time still neither bursts nor starves. */
static void
test_torn_clock (void)
{
  PenPolicy policy = desk_batched;
  g_autoptr (Desk) desk = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  gint64 began_us;

  policy.fresh_s = 0;
  desk = desk_new (&policy, 8);
  desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, 5);
  desk_go_online (desk);
  began_us = desk->now.mono_us;
  while (desk->now.mono_us - began_us < 1000 * DESK_HOUR_US)
    {
      desk->now.wall_us += (gint64) g_rand_int_range (rand, -200000, 200000) * G_USEC_PER_SEC;
      desk_run (desk, 300 * G_USEC_PER_SEC);
    }
  g_assert_cmpuint (desk->sizes[PEN_SCHEDULE_LANE_SLOT]->len, >=, 600);
  g_assert_cmpuint (desk->sizes[PEN_SCHEDULE_LANE_SLOT]->len, <=, 2000);
}

/* A clock that is set back again and again, always before the slot: it comes all the same. */
static void
test_held_clock (void)
{
  PenPolicy policy = desk_batched;
  g_autoptr (Desk) desk = NULL;
  guint n;

  policy.fresh_s = 0;
  desk = desk_new (&policy, 8);
  desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, 5);
  desk_go_online (desk);
  for (n = 0; n < 12 * 100; n++)
    {
      desk_run (desk, 300 * G_USEC_PER_SEC);
      desk->now.wall_us -= 300 * G_USEC_PER_SEC;
    }
  g_assert_cmpuint (desk->sizes[PEN_SCHEDULE_LANE_SLOT]->len, >=, 60);
  g_assert_cmpuint (desk->sizes[PEN_SCHEDULE_LANE_SLOT]->len, <=, 200);
}

/* A machine that slept, or a program that was stopped: what passed is dropped, and the slots are where they were. */
static void
test_slept (void)
{
  for (gint64 mono_s = 1; mono_s < 200000; mono_s *= 7)
    {
      PenPolicy policy = desk_batched;
      g_autoptr (Desk) desk = NULL;
      const GArray *times;
      gint64 phase_us;

      policy.fresh_s = 0;
      desk = desk_new (&policy, 10);
      times = desk->times[PEN_SCHEDULE_LANE_SLOT];
      desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, 5);
      desk_go_online (desk);
      while (times->len == 0)
        desk_run (desk, G_USEC_PER_SEC);
      phase_us = g_array_index (times, gint64, 0) % DESK_HOUR_US;
      desk_run (desk, DESK_HOUR_US / 2);
      desk->now.wall_us += 10 * DESK_HOUR_US;
      desk->now.mono_us += MIN (mono_s * G_USEC_PER_SEC, 10 * DESK_HOUR_US);
      g_assert_cmpuint (desk_step (desk), ==, 0);
      g_assert_cmpuint (desk_run (desk, DESK_HOUR_US), ==, 1);
      g_assert_cmpint (g_array_index (times, gint64, 1) % DESK_HOUR_US, ==, phase_us);
    }
}

/* Signing on and off all the time makes no extra slot; missed ones are not caught up. */
static void
test_flapping (void)
{
  PenPolicy policy = desk_batched;
  g_autoptr (Desk) desk = NULL;

  policy.fresh_s = 0;
  desk = desk_new (&policy, 9);
  desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, 5);
  for (guint i = 0; i < 60 * 24; i++)
    {
      desk_go_online (desk);
      desk_run (desk, 60 * G_USEC_PER_SEC);
      pen_schedule_set_online (desk->schedule, &desk->now, FALSE);
    }
  g_assert_cmpuint (desk->sizes[PEN_SCHEDULE_LANE_SLOT]->len, >=, 23);
  g_assert_cmpuint (desk->sizes[PEN_SCHEDULE_LANE_SLOT]->len, <=, 24);
  desk_pass (desk, 1000 * DESK_HOUR_US);
  desk_go_online (desk);
  g_assert_cmpuint (desk_step (desk), ==, 0);
}

/* Every period is kept, and one that is out of range is brought into it. */
static void
test_periods (void)
{
  static const guint periods_s[] = { 0, 10, 4295, 86400, 2678400, G_MAXUINT };

  for (guint i = 0; i < G_N_ELEMENTS (periods_s); i++)
    {
      PenPolicy policy = { PEN_WHEN_BATCH, FALSE, 0, periods_s[i], 0, 0, 0 };
      gint64 period_us = CLAMP (periods_s[i], 10, 2678400) * DESK_HOUR_US / 3600;
      g_autoptr (Desk) desk = desk_new (&policy, i);
      const GArray *times = desk->times[PEN_SCHEDULE_LANE_SLOT];

      desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, 5);
      desk_go_online (desk);
      desk_run (desk, 4 * period_us);
      g_assert_cmpuint (times->len, ==, 4);
      for (guint k = 1; k < times->len; k++)
        g_assert_cmpint (g_array_index (times, gint64, k) - g_array_index (times, gint64, k - 1), ==, period_us);
    }
}

static void
test_bad_subjects (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_batched, 1);
  g_autofree char *longest = g_strnfill (PEN_SCHEDULE_SUBJECT_MAX_BYTES, 'a');
  g_autofree char *longer = g_strnfill (PEN_SCHEDULE_SUBJECT_MAX_BYTES + 1, 'a');
  const PenSchedulePerson people[] = { { "", PEN_SCHEDULE_DIRECTORY, -1 }, { "\xff", PEN_SCHEDULE_DIRECTORY, -1 },
                                       { longer, PEN_SCHEDULE_DIRECTORY, -1 } };

  for (guint i = 0; i < G_N_ELEMENTS (people); i++)
    g_assert_false (pen_schedule_add (desk->schedule, &people[i]));
  desk_add (desk, longest, PEN_SCHEDULE_CAPABILITY, PEN_SCHEDULE_NO_OVERRIDE);
  pen_schedule_remove (desk->schedule, "nobody");
  pen_schedule_remove (desk->schedule, longest);
  g_assert_cmpuint (pen_schedule_count (desk->schedule, PEN_SCHEDULE_CAPABILITY, NULL), ==, 0);
}

static void
check_keys_batch (Desk *desk, gboolean is_asked)
{
  static const char *const jids[] = { "a@example.org", NULL };
  const PenScheduleAnswer answer = { "somebody", jids };
  g_autoptr (PenScheduleBatch) batch = pen_schedule_step (desk->schedule, &desk->now);
  g_autoptr (PenScheduleBatch) next = NULL;

  g_assert_true ((batch != NULL) == is_asked);
  if (batch == NULL)
    return;
  g_assert_true (batch->only_keys && batch->lane == PEN_SCHEDULE_LANE_WISH && !batch->is_leak);
  g_assert_cmpstr (((PenScheduleSlot *) batch->slots->pdata[0])->subject, ==, "somebody");
  /* It is no question to a directory: nothing follows from what somebody says was its answer. */
  pen_schedule_answered (desk->schedule, &desk->now, batch->id, &answer, 1);
  next = pen_schedule_step (desk->schedule, &desk->now);
  g_assert_null (next);
}

/* Missing bundles: judged like the rest, asked at once or with the slot of their owner, and never beside it. */
static void
test_keys (void)
{
  static const PenScheduleClass classes[] = { PEN_SCHEDULE_DIRECTORY, PEN_SCHEDULE_CAPABILITY };
  static const PenTrigger triggers[] = { PEN_TRIGGER_SEND, PEN_TRIGGER_PUSHED };

  for (PenWhen when = 0; when < PEN_N_WHENS; when++)
    for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
      for (guint k = 0; k < G_N_ELEMENTS (triggers); k++)
        {
          PenPolicy policy = desk_batched;
          PenScheduleWish wish = { { "somebody", classes[i], PEN_SCHEDULE_NO_OVERRIDE }, triggers[k], FALSE, TRUE };
          gboolean may_wait = when == PEN_WHEN_BATCH && triggers[k] == PEN_TRIGGER_SEND;
          PenScheduleReply reply;
          Desk *desk;

          policy.when = when;
          desk = desk_new (&policy, 1);
          pen_schedule_set_online (desk->schedule, &desk->now, TRUE);
          pen_schedule_want (desk->schedule, &desk->now, &wish, &reply);
          g_assert_cmpint (reply.verdict, ==, when == PEN_WHEN_NEVER ? PEN_VERDICT_WITHHOLD
                                              : when == PEN_WHEN_BATCH ? PEN_VERDICT_LATER : PEN_VERDICT_ASK);
          g_assert_true ((reply.at_us > desk->now.wall_us) == may_wait);
          /* Whoever only wrote to us is not asked about ever after. */
          g_assert_cmpuint (pen_schedule_count (desk->schedule, classes[i], NULL), ==, may_wait);
          check_keys_batch (desk, reply.verdict == PEN_VERDICT_ASK);
          desk_free (desk);
        }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule/table", test_table);
  g_test_add_func ("/schedule/keys", test_keys);
  g_test_add_func ("/schedule/offline", test_offline);
  g_test_add_func ("/schedule/wish-time", test_wish_time);
  g_test_add_func ("/schedule/sweep", test_sweep);
  g_test_add_func ("/schedule/wishes-show-nothing", test_wishes_show_nothing);
  g_test_add_func ("/schedule/ten-thousand", test_ten_thousand);
  g_test_add_func ("/schedule/stalled-chunks", test_stalled_chunks);
  g_test_add_func ("/schedule/answers", test_answers);
  g_test_add_func ("/schedule/jumps", test_jumps);
  g_test_add_func ("/schedule/torn-clock", test_torn_clock);
  g_test_add_func ("/schedule/held-clock", test_held_clock);
  g_test_add_func ("/schedule/slept", test_slept);
  g_test_add_func ("/schedule/flapping", test_flapping);
  g_test_add_func ("/schedule/periods", test_periods);
  g_test_add_func ("/schedule/bad-subjects", test_bad_subjects);
  return g_test_run ();
}
