/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides when something that waits is due: by the real clock, or by a
 * virtual one that stands still between two settings. */

#include "purple/timer.h"

#include <eventloop.h>

/* Pauses in work are shorter, and waiting for a server is longer. */
#define SHORT_US (1 * G_USEC_PER_SEC)
/* One move of a virtual clock runs no more timers that were set in it than this. */
#define RUNS_MAX 10000
/* A move so long is time that passes; a longer one is a jump: the schedule takes a slot for missed that is so late. */
#define PASSES_US (G_GINT64_CONSTANT (300) * G_USEC_PER_SEC)

typedef struct
{
  guint number;
  gint64 due_us;
  gboolean is_exact;
  gboolean is_short;
  PenTimerFunc function;
  gpointer data;
} Timer;

struct _PenTimers
{
  GQueue *queue;
  guint last;
  guint source;
  gboolean is_virtual;
  gint64 virtual_us;
  gint64 virtual_mono_us;
  gint64 end_us;
};

PenTimers *
pen_timers_new (void)
{
  PenTimers *timers = g_new0 (PenTimers, 1);

  timers->queue = g_queue_new ();
  return timers;
}

void
pen_timers_free (PenTimers *timers)
{
  if (timers == NULL)
    return;
  if (timers->source != 0)
    purple_timeout_remove (timers->source);
  g_queue_free_full (timers->queue, g_free);
  g_free (timers);
}

gint64
pen_timers_now_us (PenTimers *timers)
{
  return timers->is_virtual ? timers->virtual_us : g_get_real_time ();
}

gint64
pen_timers_mono_us (PenTimers *timers)
{
  return timers->is_virtual ? timers->virtual_mono_us : g_get_monotonic_time ();
}

static void
run_due (PenTimers *timers)
{
  gint64 now_us = pen_timers_mono_us (timers);
  Timer *timer;

  while ((timer = g_queue_peek_head (timers->queue)) != NULL && timer->due_us <= now_us)
    {
      g_queue_pop_head (timers->queue);
      timer->function (timer->data);
      g_free (timer);
    }
}

static void schedule (PenTimers *timers);

static gboolean
on_due (gpointer data)
{
  PenTimers *timers = data;

  timers->source = 0;
  run_due (timers);
  schedule (timers);
  return G_SOURCE_REMOVE;
}

static void
schedule (PenTimers *timers)
{
  Timer *timer = g_queue_peek_head (timers->queue);
  gint64 delay_us;

  if (timers->source != 0)
    purple_timeout_remove (timers->source);
  timers->source = 0;
  if (timer == NULL || timers->is_virtual)
    return;
  delay_us = CLAMP (timer->due_us - pen_timers_mono_us (timers), 0, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
  timers->source = purple_timeout_add ((guint) ((delay_us + 999) / 1000), on_due, timers);
}

/* What a jump leaps over is not caught up: then only what was set before it runs, and pauses. */
static gboolean
may_run (const Timer *timer, guint last, gboolean is_jump)
{
  if (!timer->is_exact || timer->number > last + RUNS_MAX)
    return FALSE;
  return timer->number <= last || timer->is_short || !is_jump;
}

/* Returns: (transfer full) (nullable): the next exact one that is due by the end of the move. */
static Timer *
take_exact (PenTimers *timers, guint last, gboolean is_jump)
{
  for (GList *link = timers->queue->head; link != NULL; link = link->next)
    {
      Timer *timer = link->data;

      if (timer->due_us > timers->end_us)
        return NULL;
      if (!may_run (timer, last, is_jump))
        continue;
      g_queue_delete_link (timers->queue, link);
      return timer;
    }
  return NULL;
}

/* Exact timers see the time for which they were set, and what they set in turn
 * counts from the end of the move: no server can have answered meanwhile. All
 * others see the end. */
void
pen_timers_set_virtual (PenTimers *timers, gint64 now_us)
{
  guint last = timers->last;
  gboolean is_jump;
  Timer *timer;

  timers->virtual_mono_us = pen_timers_mono_us (timers);
  if (!timers->is_virtual)
    timers->virtual_us = now_us;
  timers->is_virtual = TRUE;
  timers->end_us = timers->virtual_mono_us + MAX (0, now_us - timers->virtual_us);
  is_jump = timers->end_us - timers->virtual_mono_us > PASSES_US;
  schedule (timers);
  while ((timer = take_exact (timers, last, is_jump)) != NULL)
    {
      gint64 ahead_us = MAX (0, timer->due_us - timers->virtual_mono_us);

      timers->virtual_us += ahead_us;
      timers->virtual_mono_us += ahead_us;
      timer->function (timer->data);
      g_free (timer);
    }
  timers->virtual_us = now_us;
  timers->virtual_mono_us = timers->end_us;
  timers->end_us = 0;
  run_due (timers);
}

static int
compare_due (gconstpointer a, gconstpointer b, gpointer data)
{
  const Timer *first = a;
  const Timer *second = b;

  return (first->due_us > second->due_us) - (first->due_us < second->due_us);
}

static guint
add (PenTimers *timers, gint64 delay_us, PenTimerFunc function, gpointer data, gboolean is_exact)
{
  Timer *timer = g_new0 (Timer, 1);
  gint64 from_us = pen_timers_mono_us (timers);

  timer->number = ++timers->last;
  timer->due_us = (is_exact ? from_us : MAX (from_us, timers->end_us)) + delay_us;
  timer->is_exact = is_exact;
  timer->is_short = delay_us < SHORT_US;
  timer->function = function;
  timer->data = data;
  g_queue_insert_sorted (timers->queue, timer, compare_due, NULL);
  if (g_queue_peek_head (timers->queue) == timer)
    schedule (timers);
  return timer->number;
}

guint
pen_timers_add (PenTimers *timers, gint64 delay_us, PenTimerFunc function, gpointer data)
{
  return add (timers, delay_us, function, data, FALSE);
}

guint
pen_timers_add_exact (PenTimers *timers, gint64 delay_us, PenTimerFunc function, gpointer data)
{
  return add (timers, delay_us, function, data, TRUE);
}

void
pen_timers_cancel (PenTimers *timers, guint number)
{
  for (GList *link = timers->queue->head; number != 0 && link != NULL; link = link->next)
    if (((Timer *) link->data)->number == number)
      {
        g_free (link->data);
        g_queue_delete_link (timers->queue, link);
        return;
      }
}
