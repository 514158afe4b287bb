/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* How long the main loop was away from its poll: each stretch between the end
 * of one poll and the begin of the next is time in which nothing else could be
 * served.
 *
 * On a virtual machine the time that its host takes away is counted as this
 * thread's. So a timer that goes by the thread's time beats while it works:
 * what is taken away at one go is one beat, however long it was. */

#include "harness.h"

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LONG_BLOCK_US 20000
#define BEAT_US 5000
#define BEAT_SIGNAL (SIGRTMIN + 3)

static struct
{
  GPollFunc poll;
  gint64 resumed_us;
  gint64 resumed_cpu_us;
  gint64 max_block_us;
  gint64 max_block_cpu_us;
  gint64 max_block_beats;
  gint64 total_block_us;
  guint64 blocks_over_20ms;
  guint64 turns;
} stats;

/* What this thread worked: a stretch is longer where it waited for the disk, or other programs ran. */
static gint64
cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static volatile sig_atomic_t beats;

static void
on_beat (G_GNUC_UNUSED int number)
{
  beats++;
}

/* Without a timer no stretch ever beats: whoever goes by max_block_work_us has to look whether any did. */
static void
begin_beats (void)
{
  struct sigaction action = { .sa_handler = on_beat, .sa_flags = SA_RESTART };
  struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = BEAT_SIGNAL };
  const struct timespec interval = { 0, BEAT_US * 1000 };
  const struct itimerspec beat = { interval, interval };
  timer_t timer;

  event._sigev_un._tid = (pid_t) syscall (SYS_gettid);
  if (sigaction (BEAT_SIGNAL, &action, NULL) == 0 && timer_create (CLOCK_THREAD_CPUTIME_ID, &event, &timer) == 0)
    timer_settime (timer, 0, &beat, NULL);
}

static void
count_block (gint64 block_us)
{
  stats.max_block_beats = MAX (stats.max_block_beats, beats);
  stats.turns++;
  stats.total_block_us += block_us;
  if (block_us > stats.max_block_us)
    {
      stats.max_block_us = block_us;
      stats.max_block_cpu_us = cpu_us () - stats.resumed_cpu_us;
    }
  if (block_us > LONG_BLOCK_US)
    stats.blocks_over_20ms++;
}

static gint
watched_poll (GPollFD *descriptors, guint n_descriptors, gint timeout_ms)
{
  gint n;

  if (stats.resumed_us != 0)
    count_block (g_get_monotonic_time () - stats.resumed_us);
  n = stats.poll (descriptors, n_descriptors, timeout_ms);
  stats.resumed_us = g_get_monotonic_time ();
  stats.resumed_cpu_us = cpu_us ();
  beats = 0;
  return n;
}

void
harness_loop_watch (void)
{
  stats.poll = g_main_context_get_poll_func (NULL);
  g_main_context_set_poll_func (NULL, watched_poll);
  begin_beats ();
}

static gboolean
is_watching (HarnessCall *call)
{
  if (stats.poll != NULL)
    return TRUE;
  harness_fail (call, "not_available", "The program was started without --main-loop-stats.");
  return FALSE;
}

static void
run_loop (HarnessCall *call)
{
  JsonObject *members;

  if (!is_watching (call))
    return;
  members = json_object_new ();
  json_object_set_int_member (members, "max_block_us", stats.max_block_us);
  json_object_set_int_member (members, "max_block_cpu_us", stats.max_block_cpu_us);
  json_object_set_int_member (members, "max_block_work_us", stats.max_block_beats * BEAT_US);
  json_object_set_int_member (members, "blocks_over_20ms", (gint64) stats.blocks_over_20ms);
  json_object_set_int_member (members, "total_block_us", stats.total_block_us);
  json_object_set_int_member (members, "turns", (gint64) stats.turns);
  harness_reply (call, members);
}

static void
run_loop_reset (HarnessCall *call)
{
  if (!is_watching (call))
    return;
  stats.max_block_us = 0;
  stats.max_block_cpu_us = 0;
  stats.max_block_beats = 0;
  stats.total_block_us = 0;
  stats.blocks_over_20ms = 0;
  stats.turns = 0;
  stats.resumed_us = 0;
  harness_reply (call, NULL);
}

const HarnessCommand harness_loop_commands[] = {
  { "loop", run_loop },
  { "loop-reset", run_loop_reset },
  { NULL, NULL }
};
