/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <time.h>

#include "penregister/schedule.h"

/* A schedule with a clock and chance of its own, and a log of every batch:
 * one line "at lane subject subject…". */

#define DESK_START_US (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC)
#define DESK_HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

typedef struct _Desk Desk;

struct _Desk
{
  PenSchedule *schedule;
  PenScheduleNow now;
  GString *log;
  GArray *sizes[PEN_SCHEDULE_N_LANES];
  GArray *times[PEN_SCHEDULE_N_LANES];
  guint covers;
  /* Exchanges names, for the swap test. */
  const char *(*rename) (const char *name, gpointer data);
  gpointer data;
  void (*on_batch) (Desk *desk, const PenScheduleBatch *batch);
};

static const PenPolicy desk_padded = { PEN_WHEN_BATCH, TRUE, 64, 3600, 8, 600, 7200 };
static const PenPolicy desk_batched = { PEN_WHEN_BATCH, FALSE, 64, 3600, 8, 600, 7200 };

static inline void
desk_fill (guint8 *buffer, gsize length_bytes, gpointer data)
{
  for (gsize i = 0; i < length_bytes; i++)
    buffer[i] = (guint8) (i * 7 + GPOINTER_TO_UINT (data));
}

static inline char *
desk_draw (const char *like, const PenRandom *random, gpointer data)
{
  Desk *desk = data;
  guint32 number;
  g_autofree char *name = NULL;

  (void) like;
  random->fill ((guint8 *) &number, sizeof number, random->data);
  name = g_strdup_printf ("+1%010u", number);
  return g_strdup (desk->rename != NULL ? desk->rename (name, desk->data) : name);
}

static inline Desk *
desk_new (const PenPolicy *policy, guint seed)
{
  Desk *desk = g_new0 (Desk, 1);
  PenRandom random = { desk_fill, GUINT_TO_POINTER (seed) };
  PenScheduleCover cover = { desk_draw, desk };

  desk->now = (PenScheduleNow) { DESK_START_US, 5000 };
  desk->log = g_string_new (NULL);
  for (guint i = 0; i < PEN_SCHEDULE_N_LANES; i++)
    {
      desk->sizes[i] = g_array_new (FALSE, FALSE, sizeof (guint));
      desk->times[i] = g_array_new (FALSE, FALSE, sizeof (gint64));
    }
  desk->schedule = pen_schedule_new (&random, &cover);
  pen_schedule_set_policy (desk->schedule, &desk->now, policy);
  return desk;
}

static inline void
desk_free (Desk *desk)
{
  pen_schedule_free (desk->schedule);
  g_string_free (desk->log, TRUE);
  for (guint i = 0; i < PEN_SCHEDULE_N_LANES; i++)
    {
      g_array_unref (desk->sizes[i]);
      g_array_unref (desk->times[i]);
    }
  g_free (desk);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Desk, desk_free)

static inline void
desk_add (Desk *desk, const char *name, PenScheduleClass of, int when)
{
  PenSchedulePerson person = { desk->rename != NULL ? desk->rename (name, desk->data) : name, of, when };

  g_assert_true (pen_schedule_add (desk->schedule, &person));
}

/* Numbers +1900…, JIDs u0@example.org … */
static inline char *
desk_name (PenScheduleClass of, guint i)
{
  return of == PEN_SCHEDULE_DIRECTORY ? g_strdup_printf ("+1900%07u", i) : g_strdup_printf ("u%u@example.org", i);
}

static inline void
desk_add_many (Desk *desk, PenScheduleClass of, guint from, guint until)
{
  for (guint i = from; i < until; i++)
    {
      g_autofree char *name = desk_name (of, i);

      desk_add (desk, name, of, PEN_SCHEDULE_NO_OVERRIDE);
    }
}

static inline PenScheduleReply
desk_want (Desk *desk, const char *name, PenScheduleClass of, PenTrigger trigger)
{
  PenScheduleWish wish = { { desk->rename != NULL ? desk->rename (name, desk->data) : name, of,
                             PEN_SCHEDULE_NO_OVERRIDE }, trigger, FALSE };
  PenScheduleReply reply;

  pen_schedule_want (desk->schedule, &desk->now, &wish, &reply);
  return reply;
}

static inline void
desk_log (Desk *desk, const PenScheduleBatch *batch)
{
  guint size = batch->slots->len;

  g_array_append_val (desk->sizes[batch->lane], size);
  g_array_append_val (desk->times[batch->lane], desk->now.wall_us);
  g_string_append_printf (desk->log, "%" G_GINT64_FORMAT " %u", desk->now.wall_us - DESK_START_US, batch->lane);
  for (guint i = 0; i < size; i++)
    {
      const PenScheduleSlot *slot = batch->slots->pdata[i];

      desk->covers += slot->is_cover;
      g_string_append_printf (desk->log, " %s", slot->subject);
    }
  g_string_append_c (desk->log, '\n');
}

/* Everything that is due now; as many batches as it gives. */
static inline guint
desk_step (Desk *desk)
{
  PenScheduleBatch *batch;
  guint n = 0;

  while ((batch = pen_schedule_step (desk->schedule, &desk->now)) != NULL)
    {
      desk_log (desk, batch);
      if (desk->on_batch != NULL)
        desk->on_batch (desk, batch);
      pen_schedule_batch_free (batch);
      n++;
    }
  return n;
}

static inline void
desk_pass (Desk *desk, gint64 span_us)
{
  desk->now.wall_us += span_us;
  desk->now.mono_us += span_us;
}

/* Lives on, waking when the schedule asks for it. */
static inline guint
desk_run (Desk *desk, gint64 span_us)
{
  gint64 until_us = desk->now.mono_us + span_us;
  guint n = desk_step (desk);

  while (desk->now.mono_us < until_us)
    {
      gint64 wake = pen_schedule_wake_us (desk->schedule, &desk->now);
      gint64 left = until_us - desk->now.mono_us;

      desk_pass (desk, wake < 0 || wake > left ? left : wake);
      n += desk_step (desk);
    }
  return n;
}

/* Logs are long: only where they part is shown. */
static inline void
desk_assert_same (const char *one, const char *other)
{
  gsize same = 0;

  while (one[same] != '\0' && one[same] == other[same])
    same++;
  if (one[same] != other[same])
    g_error ("the traces part after %" G_GSIZE_FORMAT " bytes: %.60s / %.60s", same, one + same, other + same);
}

/* Time of this process alone: other tests run beside it. */
static inline gint64
desk_cpu_us (void)
{
  struct timespec at;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &at);
  return (gint64) at.tv_sec * G_USEC_PER_SEC + at.tv_nsec / 1000;
}

static inline void
desk_go_online (Desk *desk)
{
  pen_schedule_set_online (desk->schedule, &desk->now, TRUE);
}
