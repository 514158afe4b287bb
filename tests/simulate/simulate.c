/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what the synthetic user does and what the directory answers, and
 * writes down what it was asked. All lookups are the schedule's. */

#include "simulate.h"

#include <math.h>

#define DIRECTORY_HIT_REAL 0.5
#define DIRECTORY_HIT_COVER 0.005
/* A conversation is opened this long before its message goes out; one in five is closed without one. */
#define WRITE_MIN_US (10 * G_USEC_PER_SEC)
#define WRITE_SPREAD_S 110
#define OPENS_A_SEND 1.25
#define REQUEST_BYTES 200
#define REQUEST_SLOT_BYTES 60
#define REPLY_BYTES 150
#define REPLY_SLOT_BYTES 90

typedef struct
{
  const SimSetup *setup;
  SimView *view;
  PenSchedule *schedule;
  SimChance user;
  SimChance world;
  GHashTable *numbers;
  GArray *contacts;
  GArray *answered_us;
  GArray *writing;
  GArray *decoys;
  double next_arrival_us;
  double next_open_us;
  gint64 now_us;
} Life;

guint64
sim_chance_u64 (SimChance *chance)
{
  guint64 z = chance->state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

double
sim_chance_unit (SimChance *chance)
{
  return ((double) (sim_chance_u64 (chance) >> 11) + 0.5) / 9007199254740992.0;
}

guint32
sim_chance_below (SimChance *chance, guint32 bound)
{
  return (guint32) (sim_chance_unit (chance) * bound);
}

double
sim_chance_wait_us (SimChance *chance, double per_day)
{
  return per_day > 0 ? -log (sim_chance_unit (chance)) * (double) SIM_DAY_US / per_day : INFINITY;
}

static void
fill_from_world (guint8 *buffer, gsize length_bytes, gpointer data)
{
  for (gsize i = 0; i < length_bytes; i++)
    buffer[i] = (guint8) (sim_chance_u64 (data) >> 24);
}

/* Real and cover numbers come from one range. */
static char *
make_name (const PenRandom *random)
{
  guint64 digits = 0;

  random->fill ((guint8 *) &digits, sizeof digits, random->data);
  return g_strdup_printf ("tel:+1%010" G_GUINT64_FORMAT,
                          G_GUINT64_CONSTANT (2000000000) + digits % G_GUINT64_CONSTANT (8000000000));
}

static char *
draw_cover (const char *like, const PenRandom *random, gpointer data)
{
  (void) like;
  (void) data;
  return make_name (random);
}

static guint32
number_of (Life *life, const char *name)
{
  gpointer found;
  guint32 number = life->view->names->len;
  gint64 never = 0;
  char *copy;

  if (g_hash_table_lookup_extended (life->numbers, name, NULL, &found))
    return GPOINTER_TO_UINT (found);
  copy = g_strdup (name);
  g_ptr_array_add (life->view->names, copy);
  g_array_append_val (life->answered_us, never);
  g_hash_table_insert (life->numbers, copy, GUINT_TO_POINTER (number));
  return number;
}

static guint32
new_subject (Life *life)
{
  PenRandom random = { fill_from_world, &life->user };
  g_autofree char *name = make_name (&random);

  return number_of (life, name);
}

static void
record_slot (Life *life, guint32 subject, gboolean is_real)
{
  SimChance hit = { life->setup->seed ^ ((guint64) subject << 20) };
  guint8 answer;

  sim_chance_u64 (&hit);
  answer = sim_chance_unit (&hit) < (is_real ? DIRECTORY_HIT_REAL : DIRECTORY_HIT_COVER);
  g_array_append_val (life->view->slots, subject);
  g_array_append_val (life->view->answers, answer);
}

/* What somebody would do who has not read docs/lookups.md: numbers that nobody asked for fill the request up. */
static void
add_decoys (Life *life, guint n_real)
{
  guint want = life->setup->policy.slots > n_real ? life->setup->policy.slots - n_real : 0;

  if (life->setup->naive == SIM_SOUND)
    return;
  for (guint i = 0; i < want; i++)
    {
      guint32 decoy = life->setup->naive == SIM_FRESH_DECOYS || i >= life->decoys->len
        ? new_subject (life) : g_array_index (life->decoys, guint32, i);

      if (i >= life->decoys->len)
        g_array_append_val (life->decoys, decoy);
      record_slot (life, decoy, FALSE);
    }
}

static void
record_batch (Life *life, const PenScheduleBatch *batch)
{
  SimRequest request = { .at_us = life->now_us, .first = life->view->slots->len };

  for (guint i = 0; i < batch->slots->len; i++)
    {
      const PenScheduleSlot *slot = batch->slots->pdata[i];
      guint32 subject = number_of (life, slot->subject);

      g_array_index (life->answered_us, gint64, subject) = life->now_us;
      record_slot (life, subject, !slot->is_cover);
    }
  add_decoys (life, batch->slots->len);
  request.n_slots = life->view->slots->len - request.first;
  request.bytes_out = REQUEST_BYTES + REQUEST_SLOT_BYTES * request.n_slots;
  request.bytes_in = REPLY_BYTES + REPLY_SLOT_BYTES * request.n_slots;
  g_array_append_val (life->view->requests, request);
}

static PenScheduleNow
clock_of (const Life *life)
{
  PenScheduleNow now = { life->now_us, life->now_us };

  return now;
}

static void
run_schedule (Life *life)
{
  PenScheduleNow now = clock_of (life);
  PenScheduleBatch *batch;

  while ((batch = pen_schedule_step (life->schedule, &now)) != NULL)
    {
      record_batch (life, batch);
      pen_schedule_answered (life->schedule, &now, batch->id, NULL, 0);
      pen_schedule_batch_free (batch);
    }
}

static void
add_contact (Life *life, guint32 subject)
{
  PenSchedulePerson person = { g_ptr_array_index (life->view->names, subject), PEN_SCHEDULE_DIRECTORY,
                               PEN_SCHEDULE_NO_OVERRIDE };

  pen_schedule_add (life->schedule, &person);
  g_array_append_val (life->contacts, subject);
}

static void
want (Life *life, guint32 subject, PenTrigger trigger)
{
  gint64 answered_us = g_array_index (life->answered_us, gint64, subject);
  gint64 fresh_s = pen_schedule_fresh_s (life->schedule, PEN_SCHEDULE_DIRECTORY);
  PenScheduleWish wish = { { g_ptr_array_index (life->view->names, subject), PEN_SCHEDULE_DIRECTORY,
                             PEN_SCHEDULE_NO_OVERRIDE },
                           trigger, answered_us != 0 && life->now_us - answered_us < fresh_s * G_USEC_PER_SEC };
  PenScheduleNow now = clock_of (life);
  PenScheduleReply reply;

  pen_schedule_want (life->schedule, &now, &wish, &reply);
}

static void
note (Life *life, GArray *events, guint32 subject)
{
  SimEvent event = { subject, life->now_us };

  g_array_append_val (events, event);
}

static void
open_conversation (Life *life, guint32 subject)
{
  note (life, life->view->opened, subject);
  want (life, subject, PEN_TRIGGER_OPENED);
}

/* Opens a conversation with anybody; mostly, a message follows. */
static void
act_open (Life *life)
{
  guint32 subject = g_array_index (life->contacts, guint32, sim_chance_below (&life->user, life->contacts->len));
  gint64 takes_us = WRITE_MIN_US + (gint64) (sim_chance_unit (&life->user) * WRITE_SPREAD_S * G_USEC_PER_SEC);
  SimEvent message = { subject, life->now_us + takes_us };

  life->next_open_us += sim_chance_wait_us (&life->user, life->setup->sends_a_day * OPENS_A_SEND);
  open_conversation (life, subject);
  if (sim_chance_unit (&life->user) * OPENS_A_SEND < 1.0)
    g_array_append_val (life->writing, message);
}

static void
act_arrival (Life *life)
{
  guint32 subject = new_subject (life);

  life->next_arrival_us += sim_chance_wait_us (&life->user, life->setup->arrivals_a_day);
  note (life, life->view->added, subject);
  add_contact (life, subject);
  open_conversation (life, subject);
}

static void
act_send (Life *life, guint index)
{
  guint32 subject = g_array_index (life->writing, SimEvent, index).subject;

  g_array_remove_index_fast (life->writing, index);
  note (life, life->view->sends, subject);
  want (life, subject, PEN_TRIGGER_SEND);
}

static guint
find_next_send (const Life *life)
{
  guint first = 0;

  for (guint i = 1; i < life->writing->len; i++)
    if (g_array_index (life->writing, SimEvent, i).at_us < g_array_index (life->writing, SimEvent, first).at_us)
      first = i;
  return first;
}

/* One step to whatever happens next: something the user does, or the schedule wakes. */
static void
live_on (Life *life, gint64 end_us)
{
  PenScheduleNow now = clock_of (life);
  gint64 wake = pen_schedule_wake_us (life->schedule, &now);
  double next = wake < 0 || wake > end_us - life->now_us ? (double) end_us : (double) (life->now_us + wake);
  guint message = find_next_send (life);
  double send_us = life->writing->len > 0 ? (double) g_array_index (life->writing, SimEvent, message).at_us : INFINITY;
  double first = MIN (MIN (next, send_us), MIN (life->next_arrival_us, life->next_open_us));

  life->now_us = MAX (life->now_us, (gint64) first);
  if (life->now_us >= end_us)
    return;
  if (first == send_us)
    act_send (life, message);
  else if (first == life->next_arrival_us)
    act_arrival (life);
  else if (first == life->next_open_us)
    act_open (life);
  run_schedule (life);
}

static SimView *
view_new (guint game)
{
  SimView *view = g_new0 (SimView, 1);

  view->game = game;
  view->names = g_ptr_array_new_with_free_func (g_free);
  view->requests = g_array_new (FALSE, FALSE, sizeof (SimRequest));
  view->slots = g_array_new (FALSE, FALSE, sizeof (guint32));
  view->answers = g_array_new (FALSE, FALSE, sizeof (guint8));
  view->contacts = g_array_new (FALSE, FALSE, sizeof (guint32));
  view->added = g_array_new (FALSE, FALSE, sizeof (SimEvent));
  view->sends = g_array_new (FALSE, FALSE, sizeof (SimEvent));
  view->opened = g_array_new (FALSE, FALSE, sizeof (SimEvent));
  return view;
}

void
sim_view_free (SimView *view)
{
  g_ptr_array_unref (view->names);
  g_array_unref (view->requests);
  g_array_unref (view->slots);
  g_array_unref (view->answers);
  g_array_unref (view->contacts);
  g_array_unref (view->added);
  g_array_unref (view->sends);
  g_array_unref (view->opened);
  g_free (view);
}

gboolean *
sim_view_real (const SimView *view)
{
  gboolean *real = g_new0 (gboolean, view->names->len);

  for (guint i = 0; i < view->contacts->len; i++)
    real[g_array_index (view->contacts, guint32, i)] = TRUE;
  for (guint i = 0; i < view->added->len; i++)
    real[g_array_index (view->added, SimEvent, i).subject] = TRUE;
  return real;
}

static void
begin_life (Life *life, const SimSetup *setup)
{
  PenScheduleCover cover = { draw_cover, NULL };
  PenRandom random = { fill_from_world, &life->world };
  PenScheduleNow now;

  life->setup = setup;
  life->view = view_new (setup->game);
  life->user.state = setup->seed * 2654435761u + (guint64) setup->game * G_GUINT64_CONSTANT (0x1000000000001);
  life->world.state = ~life->user.state;
  life->numbers = g_hash_table_new (g_str_hash, g_str_equal);
  life->contacts = g_array_new (FALSE, FALSE, sizeof (guint32));
  life->answered_us = g_array_new (FALSE, FALSE, sizeof (gint64));
  life->writing = g_array_new (FALSE, FALSE, sizeof (SimEvent));
  life->decoys = g_array_new (FALSE, FALSE, sizeof (guint32));
  life->now_us = SIM_START_US;
  life->next_arrival_us = (double) SIM_START_US + sim_chance_wait_us (&life->user, setup->arrivals_a_day);
  life->next_open_us = setup->contacts > 0
    ? (double) SIM_START_US + sim_chance_wait_us (&life->user, setup->sends_a_day * OPENS_A_SEND) : INFINITY;
  life->schedule = pen_schedule_new (&random, &cover);
  now = clock_of (life);
  pen_schedule_set_policy (life->schedule, &now, &setup->policy);
  for (guint i = 0; i < setup->contacts; i++)
    {
      guint32 subject = new_subject (life);

      g_array_append_val (life->view->contacts, subject);
      add_contact (life, subject);
    }
  pen_schedule_set_online (life->schedule, &now, TRUE);
}

SimView *
sim_run (const SimSetup *setup)
{
  Life life = { 0 };
  gint64 end_us = SIM_START_US + (gint64) setup->days * SIM_DAY_US;

  begin_life (&life, setup);
  run_schedule (&life);
  while (life.now_us < end_us)
    live_on (&life, end_us);
  pen_schedule_free (life.schedule);
  g_hash_table_unref (life.numbers);
  g_array_unref (life.contacts);
  g_array_unref (life.answered_us);
  g_array_unref (life.writing);
  g_array_unref (life.decoys);
  return life.view;
}
