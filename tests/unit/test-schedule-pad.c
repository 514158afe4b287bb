/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Padded batches: constant size and rate, whatever happens; and the swap test
 * of docs/design.md's invariant 5: real and cover subjects exchanged give the same
 * trace up to renaming. */

#include "schedule-desk.h"

#include <string.h>

#define CONTACTS 20

/* Every batch: as many as there must be, nobody twice. */
static void
check_batch (Desk *desk, const PenScheduleBatch *batch)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  guint whole = batch->lane == PEN_SCHEDULE_LANE_FAST ? 8 : pen_schedule_slots (desk->schedule);

  g_assert_cmpuint (batch->slots->len, ==, MIN (whole, PEN_SCHEDULE_NUMBERS_A_CHUNK));
  g_assert_cmpuint (batch->chunks, ==, (whole + PEN_SCHEDULE_NUMBERS_A_CHUNK - 1) / PEN_SCHEDULE_NUMBERS_A_CHUNK);
  for (guint i = 0; i < batch->slots->len; i++)
    g_assert_true (g_hash_table_add (seen, ((PenScheduleSlot *) batch->slots->pdata[i])->subject));
  g_assert_cmpstr (batch->rule, ==, "pad");
}

static void
add_numbered (Desk *desk, guint i)
{
  desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, i, i + 1);
}

/* One thing that a user does; those that change who is a contact on request only. */
static void
act (Desk *desk, GRand *rand, guint *contacts, gboolean changes_people)
{
  g_autofree char *name = desk_name (PEN_SCHEDULE_DIRECTORY, (guint) g_rand_int_range (rand, 0, (gint32) *contacts));
  guint what = (guint) g_rand_int_range (rand, 0, 10);

  if (what == 0 && changes_people)
    add_numbered (desk, (*contacts)++);
  else if (what == 1 && changes_people)
    pen_schedule_remove (desk->schedule, name);
  else
    desk_want (desk, name, PEN_SCHEDULE_DIRECTORY, what < 6 ? PEN_TRIGGER_OPENED : PEN_TRIGGER_SEND);
}

/* No skip, no extra: the slots of a random life lie on two combs without a gap. */
static void
test_constant_rate (void)
{
  for (guint seed = 0; seed < 10; seed++)
    {
      g_autoptr (Desk) desk = desk_new (&desk_padded, seed);
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      const GArray *slots = desk->times[PEN_SCHEDULE_LANE_SLOT];
      const GArray *fast = desk->times[PEN_SCHEDULE_LANE_FAST];
      guint contacts = CONTACTS;

      desk->on_batch = check_batch;
      desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, CONTACTS);
      desk_go_online (desk);
      for (guint i = 0; i < 1000; i++)
        {
          act (desk, rand, &contacts, TRUE);
          desk_run (desk, (gint64) g_rand_int_range (rand, 0, 1200) * G_USEC_PER_SEC);
        }
      g_assert_cmpuint (slots->len, >, 100);
      for (guint i = 1; i < slots->len; i++)
        g_assert_cmpint (g_array_index (slots, gint64, i) - g_array_index (slots, gint64, i - 1), ==, DESK_HOUR_US);
      for (guint i = 1; i < fast->len; i++)
        g_assert_cmpint (g_array_index (fast, gint64, i) - g_array_index (fast, gint64, i - 1), ==, DESK_HOUR_US / 6);
      g_assert_cmpuint (desk->sizes[PEN_SCHEDULE_LANE_WISH]->len, ==, 0);
      g_assert_cmpuint (pen_schedule_slots (desk->schedule), >=, 2 * contacts / 2);
    }
}

/* Names that the first life saw, and whom each is exchanged with in the second. */
static const char *
exchange (const char *name, gpointer data)
{
  const char *other = g_hash_table_lookup (data, name);

  return other != NULL ? other : name;
}

static void
collect (Desk *desk, const PenScheduleBatch *batch)
{
  GPtrArray *covers = desk->data;

  for (guint i = 0; i < batch->slots->len && batch->of == PEN_SCHEDULE_DIRECTORY; i++)
    {
      const PenScheduleSlot *slot = batch->slots->pdata[i];

      if (slot->is_cover && !g_ptr_array_find_with_equal_func (covers, slot->subject, g_str_equal, NULL))
        g_ptr_array_add (covers, g_strdup (slot->subject));
    }
}

static void
answer_by_name (Desk *desk, const PenScheduleBatch *batch)
{
  static const char *const jids[] = { "hit@x.example", NULL };
  g_autofree PenScheduleAnswer *answers = g_new0 (PenScheduleAnswer, batch->slots->len);

  for (guint i = 0; i < batch->slots->len; i++)
    {
      answers[i].subject = ((PenScheduleSlot *) batch->slots->pdata[i])->subject;
      answers[i].jids = i % 5 == 0 ? jids : NULL;
    }
  pen_schedule_answered (desk->schedule, &desk->now, batch->id, answers, batch->slots->len);
}

static void
collect_and_answer (Desk *desk, const PenScheduleBatch *batch)
{
  if (batch->of != PEN_SCHEDULE_DIRECTORY)
    return;
  if (desk->rename == NULL)
    collect (desk, batch);
  answer_by_name (desk, batch);
}

static void
live (Desk *desk, guint seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  guint contacts = CONTACTS;

  desk->on_batch = collect_and_answer;
  desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, CONTACTS);
  desk_go_online (desk);
  for (guint i = 0; i < 400; i++)
    {
      if (i % 25 == 24)
        add_numbered (desk, contacts++);
      act (desk, rand, &contacts, FALSE);
      desk_run (desk, (gint64) g_rand_int_range (rand, 0, 7200) * G_USEC_PER_SEC);
    }
}

static char *
rename_trace (const char *trace, GHashTable *names)
{
  GString *out = g_string_new (NULL);

  for (const char *word = trace; *word != '\0';)
    {
      g_autofree char *name = NULL;
      gsize length = 0;

      /* Not strcspn: the address sanitizer makes it look at all the rest of the trace, each time. */
      while (word[length] != ' ' && word[length] != '\n')
        length++;
      name = g_strndup (word, length);
      g_string_append (out, exchange (name, names));
      g_string_append_len (out, word + length, 1);
      word += length + 1;
    }
  return g_string_free (out, FALSE);
}

static void
test_swap (void)
{
  for (guint seed = 0; seed < 5; seed++)
    {
      g_autoptr (Desk) first = desk_new (&desk_padded, seed);
      g_autoptr (Desk) second = desk_new (&desk_padded, seed);
      g_autoptr (GPtrArray) covers = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      g_autofree char *renamed = NULL;

      first->data = covers;
      live (first, seed);
      for (guint i = 0; i < CONTACTS + 16; i++)
        {
          char *real = desk_name (PEN_SCHEDULE_DIRECTORY, i);
          const char *cover = covers->pdata[(i * 5 + seed) % covers->len];

          g_hash_table_insert (names, g_strdup (real), g_strdup (cover));
          g_hash_table_insert (names, g_strdup (cover), real);
        }
      second->rename = exchange;
      second->data = names;
      live (second, seed);
      renamed = rename_trace (second->log->str, names);
      g_assert_cmpuint (first->covers, >, 1000);
      g_assert_cmpuint (first->sizes[PEN_SCHEDULE_LANE_FOLLOW]->len, >, 100);
      g_assert_false (g_str_equal (first->log->str, second->log->str));
      desk_assert_same (first->log->str, renamed);
    }
}

static void
answer_hits (Desk *desk, const PenScheduleBatch *batch)
{
  static const char *const jids[] = { "hit@x.example", "other@x.example", NULL };
  g_autofree PenScheduleAnswer *answers = g_new0 (PenScheduleAnswer, batch->slots->len);

  if (desk->data != NULL)
    collect (desk, batch);
  for (guint i = 0; i < batch->slots->len; i++)
    {
      answers[i].subject = ((PenScheduleSlot *) batch->slots->pdata[i])->subject;
      answers[i].jids = g_str_hash (answers[i].subject) % 3 == 0 ? jids : NULL;
    }
  pen_schedule_answered (desk->schedule, &desk->now, batch->id, answers, batch->slots->len);
}

/* Who was real becomes cover, and as many who were cover become real; the names stay. */
static void
exchange_roles (Desk *desk, guint contacts, GPtrArray *covers)
{
  for (guint i = 0; i < contacts; i++)
    {
      g_autofree char *name = desk_name (PEN_SCHEDULE_DIRECTORY, i);

      pen_schedule_remove (desk->schedule, name);
      desk_add (desk, covers->pdata[i * 3], PEN_SCHEDULE_DIRECTORY, PEN_SCHEDULE_NO_OVERRIDE);
    }
}

/* The same subjects in other roles: the same trace, with hits, follow-ups, wishes and newcomers. */
static void
test_roles (void)
{
  g_autoptr (Desk) first = desk_new (&desk_padded, 21);
  g_autoptr (Desk) second = desk_new (&desk_padded, 21);
  g_autoptr (GPtrArray) covers = g_ptr_array_new_with_free_func (g_free);
  Desk *desks[] = { first, second };

  first->data = covers;
  for (guint i = 0; i < 2; i++)
    {
      desks[i]->on_batch = answer_hits;
      desk_add_many (desks[i], PEN_SCHEDULE_DIRECTORY, 0, CONTACTS);
      desk_go_online (desks[i]);
      desk_run (desks[i], 10 * DESK_HOUR_US);
    }
  exchange_roles (second, CONTACTS, covers);
  for (guint n = 0; n < 200; n++)
    {
      g_autofree char *name = desk_name (PEN_SCHEDULE_DIRECTORY, n % CONTACTS);

      desk_want (first, name, PEN_SCHEDULE_DIRECTORY, PEN_TRIGGER_SEND);
      desk_want (second, covers->pdata[n % CONTACTS * 3], PEN_SCHEDULE_DIRECTORY, PEN_TRIGGER_SEND);
      for (guint i = 0; n % 40 == 0 && i < 2; i++)
        add_numbered (desks[i], CONTACTS + n / 40);
      desk_run (first, DESK_HOUR_US);
      desk_run (second, DESK_HOUR_US);
      if (n % 40 == 1)
        exchange_roles (second, CONTACTS + n / 40 + 1, covers);
    }
  g_assert_cmpuint (first->sizes[PEN_SCHEDULE_LANE_FOLLOW]->len, >, 1000);
  g_assert_cmpuint (first->covers, !=, second->covers);
  desk_assert_same (first->log->str, second->log->str);
}

/* The contact list that is removed, or met before as a cover number, shows in nothing either. */
static void
test_removed_stays (void)
{
  g_autoptr (Desk) kept = desk_new (&desk_padded, 3);
  g_autoptr (Desk) cleared = desk_new (&desk_padded, 3);
  g_autoptr (GPtrArray) covers = g_ptr_array_new_with_free_func (g_free);
  Desk *desks[] = { kept, cleared };

  kept->data = covers;
  kept->on_batch = collect;
  for (guint i = 0; i < 2; i++)
    {
      desk_add_many (desks[i], PEN_SCHEDULE_DIRECTORY, 0, CONTACTS);
      desk_go_online (desks[i]);
      desk_run (desks[i], 10 * DESK_HOUR_US);
    }
  for (guint i = 0; i < CONTACTS; i++)
    {
      g_autofree char *name = desk_name (PEN_SCHEDULE_DIRECTORY, i);

      pen_schedule_remove (cleared->schedule, name);
    }
  desk_add (cleared, covers->pdata[0], PEN_SCHEDULE_DIRECTORY, PEN_SCHEDULE_NO_OVERRIDE);
  g_assert_cmpuint (pen_schedule_count (cleared->schedule, PEN_SCHEDULE_DIRECTORY, NULL), ==, 1);
  desk_run (kept, 1000 * DESK_HOUR_US);
  desk_run (cleared, 1000 * DESK_HOUR_US);
  desk_assert_same (kept->log->str, cleared->log->str);
}

/* `never` is the one thing that takes somebody out; the size stays. */
static void
test_never_leaves (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_padded, 3);
  g_autofree char *name = desk_name (PEN_SCHEDULE_DIRECTORY, 4);

  desk->on_batch = check_batch;
  desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, CONTACTS);
  desk_go_online (desk);
  desk_run (desk, 20 * DESK_HOUR_US);
  g_assert_nonnull (strstr (desk->log->str, name));
  g_string_truncate (desk->log, 0);
  desk_add (desk, name, PEN_SCHEDULE_DIRECTORY, PEN_WHEN_NEVER);
  pen_schedule_remove (desk->schedule, name);
  desk_run (desk, 100 * DESK_HOUR_US);
  g_assert_null (strstr (desk->log->str, name));
}

/* Everybody is asked about again within two rounds, newcomers at the next slot of the fast lane, as it was said. */
static void
test_asked_in_time (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_padded, 11);
  PenScheduleReply reply;

  desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, CONTACTS);
  desk_go_online (desk);
  desk_run (desk, 5 * DESK_HOUR_US);
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *name = desk_name (PEN_SCHEDULE_DIRECTORY, i % CONTACTS);

      reply = desk_want (desk, name, PEN_SCHEDULE_DIRECTORY, PEN_TRIGGER_SEND);
      g_assert_cmpint (reply.at_us - desk->now.wall_us, <=,
                       (gint64) pen_schedule_fresh_s (desk->schedule, PEN_SCHEDULE_DIRECTORY) * G_USEC_PER_SEC);
      g_string_truncate (desk->log, 0);
      desk_run (desk, reply.at_us - desk->now.wall_us);
      g_assert_nonnull (strstr (desk->log->str, name));
      desk_run (desk, DESK_HOUR_US / 7);
    }
  reply = desk_want (desk, "+19990000001", PEN_SCHEDULE_DIRECTORY, PEN_TRIGGER_OPENED);
  g_assert_cmpstr (reply.rule, ==, "pad");
  g_assert_cmpint (reply.at_us - desk->now.wall_us, <=, DESK_HOUR_US / 6);
  g_string_truncate (desk->log, 0);
  desk_run (desk, reply.at_us - desk->now.wall_us);
  g_assert_nonnull (strstr (desk->log->str, "+19990000001"));
}

/* More contacts: more slots, a power of two, at a slot of the main lane, never fewer again. */
static void
test_growth (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_padded, 12);
  guint before = 0;

  desk->on_batch = check_batch;
  desk_go_online (desk);
  desk_run (desk, 5 * DESK_HOUR_US);
  g_assert_cmpuint (pen_schedule_slots (desk->schedule), ==, 64);
  for (guint n = 33; n <= 700; n = n * 2 - 1)
    {
      desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, before, n);
      before = n;
      desk_run (desk, 5 * DESK_HOUR_US);
      g_assert_cmpuint (pen_schedule_slots (desk->schedule), >=, MIN (2 * n, PEN_SCHEDULE_SLOTS_MAX));
    }
  for (guint i = 0; i < before; i++)
    {
      g_autofree char *name = desk_name (PEN_SCHEDULE_DIRECTORY, i);

      pen_schedule_remove (desk->schedule, name);
    }
  desk_run (desk, 5 * DESK_HOUR_US);
  g_assert_cmpuint (pen_schedule_slots (desk->schedule), ==, PEN_SCHEDULE_SLOTS_MAX);
}

static char *
draw_nothing (const char *like, const PenRandom *random, gpointer data)
{
  return NULL;
}

/* Without cover nothing is asked: less padding than was promised would be none. */
static void
test_no_cover (void)
{
  PenRandom random = { desk_fill, GUINT_TO_POINTER (1) };
  PenScheduleCover nothing = { draw_nothing, NULL };
  g_autoptr (Desk) desk = desk_new (&desk_padded, 1);
  PenScheduleReply reply;

  pen_schedule_free (desk->schedule);
  desk->schedule = pen_schedule_new (&random, &nothing);
  pen_schedule_set_policy (desk->schedule, &desk->now, &desk_padded);
  desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, CONTACTS);
  desk_go_online (desk);
  g_assert_cmpuint (desk_run (desk, 50 * DESK_HOUR_US), ==, 0);
  reply = desk_want (desk, "+19000000001", PEN_SCHEDULE_DIRECTORY, PEN_TRIGGER_SEND);
  g_assert_cmpint (reply.verdict, ==, PEN_VERDICT_WITHHOLD);
  g_assert_cmpstr (reply.rule, ==, "no-cover");
  g_assert_false (pen_schedule_is_padded (desk->schedule));
}

/* Ten thousand contacts: what a step costs is printed. */
static void
test_ten_thousand (void)
{
  g_autoptr (Desk) desk = desk_new (&desk_padded, 2);
  gint64 worst_us = 0;

  desk_add_many (desk, PEN_SCHEDULE_DIRECTORY, 0, 10000);
  desk_go_online (desk);
  for (guint i = 0; i < 20000 && desk->sizes[PEN_SCHEDULE_LANE_SLOT]->len < 100; i++)
    {
      gint64 before_us;

      desk_pass (desk, pen_schedule_wake_us (desk->schedule, &desk->now));
      before_us = desk_cpu_us ();
      desk_step (desk);
      worst_us = MAX (worst_us, desk_cpu_us () - before_us);
    }
  g_test_message ("the slowest step took %" G_GINT64_FORMAT " us", worst_us);
  g_assert_cmpuint (desk->sizes[PEN_SCHEDULE_LANE_SLOT]->len, ==, 100);
  g_assert_cmpuint (pen_schedule_slots (desk->schedule), ==, PEN_SCHEDULE_SLOTS_MAX);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule-pad/constant-rate", test_constant_rate);
  g_test_add_func ("/schedule-pad/swap", test_swap);
  g_test_add_func ("/schedule-pad/roles", test_roles);
  g_test_add_func ("/schedule-pad/removed-stays", test_removed_stays);
  g_test_add_func ("/schedule-pad/never-leaves", test_never_leaves);
  g_test_add_func ("/schedule-pad/asked-in-time", test_asked_in_time);
  g_test_add_func ("/schedule-pad/growth", test_growth);
  g_test_add_func ("/schedule-pad/no-cover", test_no_cover);
  g_test_add_func ("/schedule-pad/ten-thousand", test_ten_thousand);
  return g_test_run ();
}
