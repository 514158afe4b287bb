/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What an encrypted message costs, next to lurch's library and to the bare
 * library, round by round in one run on one disk. One JSON object a line,
 * then a table of the goals.
 *
 *   bench-omemo [FOLDER]      (the present folder unless told otherwise)
 *
 * A goal that is missed does not change the exit status: that is for what
 * could not be done. */

#include <glib/gstdio.h>
#include <linux/magic.h>
#include <math.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bench-omemo.h"
#include "slow-vfs.h"

#define ROUNDS 7
#define MESSAGES 100
#define BURST 1000
#define SKIPPED 2000
#define AFTER_SKIPPED 50
#define SKIP_RUNS 3
#define CATCH_UP 5000
#define PACED_SENDS 40
#define PACE_US 100000
#define SLOW_SYNC_US 20000
#define SLOW_SENDS 20
#define BLOCK_LIMIT_MS 60.0

typedef enum
{
  AXC,
  BARE,
  OURS,
  PRODUCT,
  N_RIVALS
} RivalName;

typedef enum
{
  SEAL_US,
  OPEN_US,
  ONE_WAY_US,
  ONE_WAY_CPU_US,
  PING_PONG_US,
  BURST_US,
  N_FIGURES
} Figure;

static const char *const figure_names[N_FIGURES] = { "encrypt_us", "decrypt_us", "one_way_us", "one_way_cpu_us",
                                                     "ping_pong_us", "burst_us" };

/* Sample: one message. @cpu_us: what the processor was busy with it, both sides, without waiting for the disk */
typedef struct
{
  double seal_us;
  double open_us;
  double cpu_us;
} Sample;

/* @values: the middle one of each round; @syncs, @bytes: of all one-way and ping-pong messages, which were @stanzas,
 * counted on both sides */
typedef struct
{
  const BenchRival *rival;
  gpointer pair;
  double values[N_FIGURES][ROUNDS];
  guint64 syncs;
  guint64 bytes;
  guint64 stanzas;
} Lane;

typedef struct
{
  const char *name;
  double goal;
  double measured;
  gboolean is_least;
} Goal;

/* Rounds */

static GPtrArray *
seal_many (Lane *lane, guint from, guint n)
{
  GPtrArray *letters = g_ptr_array_new_with_free_func (lane->rival->free_letter);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (letters, lane->rival->seal (lane->pair, from));
  return letters;
}

/* Many letters whose writing is not measured. */
static GPtrArray *
prepare_many (Lane *lane, guint n)
{
  GPtrArray *letters;

  slow_vfs_skip_syncs (TRUE);
  letters = seal_many (lane, 0, n);
  slow_vfs_skip_syncs (FALSE);
  sync ();
  return letters;
}

/* One message there, which is read. */
static void
pass (Lane *lane, guint from, Sample *sample)
{
  guint64 syncs = slow_vfs_syncs ();
  guint64 bytes = slow_vfs_bytes ();
  double cpu_us = bench_cpu_now_us ();
  gint64 began_us = g_get_monotonic_time ();
  g_autoptr (GPtrArray) letters = seal_many (lane, from, 1);

  sample->seal_us = bench_since_us (began_us);
  began_us = g_get_monotonic_time ();
  lane->rival->open (lane->pair, 1 - from, letters);
  sample->open_us = bench_since_us (began_us);
  sample->cpu_us = bench_cpu_now_us () - cpu_us;
  lane->syncs += slow_vfs_syncs () - syncs;
  lane->bytes += slow_vfs_bytes () - bytes;
  lane->stanzas += 2;
}

static double
median_of (const Sample *samples, guint n, double (*read) (const Sample *sample))
{
  double values[MESSAGES];

  for (guint i = 0; i < n; i++)
    values[i] = read (&samples[i]);
  return bench_median (values, n);
}

static double
read_seal (const Sample *sample)
{
  return sample->seal_us;
}

static double
read_open (const Sample *sample)
{
  return sample->open_us;
}

static double
read_cpu (const Sample *sample)
{
  return sample->cpu_us;
}

static double
read_both (const Sample *sample)
{
  return sample->seal_us + sample->open_us;
}

/* The rivals take turns with each message, so that they share what the machine does besides; the order changes too. */
static void
pass_many (Lane *lanes, guint answers, Sample samples[N_RIVALS][MESSAGES])
{
  for (guint i = 0; i < MESSAGES; i++)
    for (guint j = 0; j < N_RIVALS; j++)
      {
        guint which = (i + j) % N_RIVALS;

        if (lanes[which].rival != NULL)
          pass (&lanes[which], i % (1 + answers), &samples[which][i]);
      }
}

static void
measure_burst (Lane *lane, guint round)
{
  g_autoptr (GPtrArray) letters = prepare_many (lane, BURST);
  gint64 began_us = g_get_monotonic_time ();

  lane->rival->open (lane->pair, 1, letters);
  lane->values[BURST_US][round] = bench_since_us (began_us) / BURST;
}

static void
measure_round (Lane *lanes, guint round)
{
  static Sample samples[N_RIVALS][MESSAGES];

  pass_many (lanes, 0, samples);
  for (guint i = 0; i < N_RIVALS; i++)
    {
      lanes[i].values[SEAL_US][round] = median_of (samples[i], MESSAGES, read_seal);
      lanes[i].values[OPEN_US][round] = median_of (samples[i], MESSAGES, read_open);
      lanes[i].values[ONE_WAY_US][round] = median_of (samples[i], MESSAGES, read_both);
      lanes[i].values[ONE_WAY_CPU_US][round] = median_of (samples[i], MESSAGES, read_cpu);
    }
  pass_many (lanes, 1, samples);
  for (guint i = 0; i < N_RIVALS; i++)
    lanes[i].values[PING_PONG_US][round] = median_of (samples[i], MESSAGES, read_both);
  for (guint i = 0; i < N_RIVALS; i++)
    if (lanes[i].rival != NULL && i != PRODUCT)
      measure_burst (&lanes[i], round);
}

static double
median_of_rounds (const double values[ROUNDS])
{
  double sorted[ROUNDS];

  for (guint i = 0; i < ROUNDS; i++)
    sorted[i] = values[i];
  return bench_median (sorted, ROUNDS);
}

/* How many times faster than @other: of each round, then the middle one. NAN when there is no other. */
static double
ratio (const Lane *lane, const Lane *other, Figure figure)
{
  double ratios[ROUNDS];

  if (other->rival == NULL)
    return NAN;
  for (guint i = 0; i < ROUNDS; i++)
    ratios[i] = other->values[figure][i] / lane->values[figure][i];
  return bench_median (ratios, ROUNDS);
}

static void
print_lane (const Lane *lane)
{
  if (lane->rival == NULL)
    return;
  g_print ("{\"bench\": \"omemo\", \"rival\": \"%s\"", lane->rival->name);
  for (guint i = 0; i < N_FIGURES; i++)
    if (lane->values[i][0] > 0)
      g_print (", \"%s\": %.1f", figure_names[i], median_of_rounds (lane->values[i]));
  g_print (", \"syncs_a_stanza\": %.3f, \"bytes_a_stanza\": %.0f}\n", (double) lane->syncs / (double) lane->stanzas,
           (double) lane->bytes / (double) lane->stanzas);
}

/* Each send after a pause, as a person's come, in turn. What the machine forgets meanwhile is in it, for the bare library
 * too: nothing built on it can be faster at that pace. */
static void
measure_paced (Lane *lanes)
{
  double values[N_RIVALS][PACED_SENDS];
  Sample sample;

  for (guint i = 0; i < PACED_SENDS; i++)
    for (guint j = 0; j < N_RIVALS; j++)
      if (lanes[j].rival != NULL)
        {
          g_usleep (PACE_US);
          pass (&lanes[j], 0, &sample);
          values[j][i] = sample.seal_us;
        }
  for (guint i = 0; i < N_RIVALS; i++)
    if (lanes[i].rival != NULL)
      g_print ("{\"bench\": \"paced send\", \"rival\": \"%s\", \"pause_us\": %d, \"send_us\": %.1f}\n",
               lanes[i].rival->name, PACE_US, bench_median (values[i], PACED_SENDS));
}

/* Ours alone */

static double
measure_slow (const char *folder, guint n_devices)
{
  gpointer pair = bench_ours_devices (folder, n_devices);
  Lane lane = { .rival = &bench_rival_ours, .pair = pair };
  gint64 began_us;
  double syncs;
  double took_us;

  slow_vfs_install (SLOW_SYNC_US);
  began_us = g_get_monotonic_time ();
  g_ptr_array_unref (seal_many (&lane, 0, SLOW_SENDS));
  took_us = bench_since_us (began_us);
  syncs = (double) slow_vfs_syncs () / SLOW_SENDS;
  g_print ("{\"bench\": \"slow send\", \"sync_us\": %d, \"devices\": %u, \"syncs_a_send\": %.2f, \"send_us\": %.0f, "
           "\"bytes_a_send\": %.0f}\n",
           SLOW_SYNC_US, n_devices, syncs, took_us / SLOW_SENDS, (double) slow_vfs_bytes () / SLOW_SENDS);
  slow_vfs_install (0);
  bench_rival_ours.end (pair);
  return syncs;
}

static double
open_range (Lane *lane, GPtrArray *letters, guint from, guint n)
{
  g_autoptr (GPtrArray) part = g_ptr_array_new ();
  gint64 began_us;

  for (guint i = from; i < from + n; i++)
    g_ptr_array_add (part, letters->pdata[i]);
  began_us = g_get_monotonic_time ();
  lane->rival->open (lane->pair, 1, part);
  return bench_since_us (began_us) / 1e3;
}

/* The last of many comes first, then some of those that were skipped. Returns: the longest block */
static double
skip_once (Lane *lane, double *first_ms, double *later_ms)
{
  g_autoptr (GPtrArray) letters = prepare_many (lane, SKIPPED + 1);
  double values[AFTER_SKIPPED];

  *first_ms = open_range (lane, letters, SKIPPED, 1);
  for (guint i = 0; i < AFTER_SKIPPED; i++)
    values[i] = open_range (lane, letters, i * (SKIPPED / AFTER_SKIPPED), 1);
  *later_ms = bench_median (values, AFTER_SKIPPED);
  return MAX (*first_ms, values[AFTER_SKIPPED - 1]);
}

/* A pair for each time: skipped keys stay in a session. Returns: the middle one of the longest blocks */
static double
measure_skipped (const BenchRival *rival, const char *folder)
{
  g_autofree char *place = g_build_filename (folder, "skipped", NULL);
  double first_ms[SKIP_RUNS];
  double later_ms[SKIP_RUNS];
  double worst_ms[SKIP_RUNS];
  double worst;

  for (guint i = 0; i < SKIP_RUNS; i++)
    {
      Lane lane = { .rival = rival };

      bench_check (g_mkdir (place, 0700) == 0, place);
      lane.pair = rival->begin (place);
      worst_ms[i] = skip_once (&lane, &first_ms[i], &later_ms[i]);
      rival->end (lane.pair);
      bench_empty (place);
    }
  worst = bench_median (worst_ms, SKIP_RUNS);
  g_print ("{\"bench\": \"skipped\", \"rival\": \"%s\", \"keys\": %d, \"first_ms\": %.1f, \"later_ms\": %.2f, "
           "\"worst_ms\": %.2f}\n",
           rival->name, SKIPPED, bench_median (first_ms, SKIP_RUNS), bench_median (later_ms, SKIP_RUNS), worst);
  return worst;
}

static void
measure_catch_up (Lane *lane)
{
  g_autoptr (GPtrArray) letters = prepare_many (lane, CATCH_UP);
  double took_ms = open_range (lane, letters, 0, CATCH_UP);

  g_print ("{\"bench\": \"catch-up\", \"messages\": %d, \"together_ms\": %.0f, \"messages_in_%.0f_ms\": %.0f}\n",
           CATCH_UP, took_ms, BLOCK_LIMIT_MS, CATCH_UP / took_ms * BLOCK_LIMIT_MS);
}

/* The table */

static const char *
judge (const Goal *goal)
{
  if (isnan (goal->measured))
    return "not measured";
  return (goal->is_least ? goal->measured >= goal->goal : goal->measured <= goal->goal) ? "ok" : "short";
}

static void
print_goals (const Goal *goals, guint n_goals)
{
  g_print ("\n%-58s %12s %12s  %s\n", "figure", "goal", "measured", "");
  for (guint i = 0; i < n_goals; i++)
    g_print ("%-58s %s %9.2f %12.2f  %s\n", goals[i].name, goals[i].is_least ? ">=" : "<=", goals[i].goal,
             goals[i].measured, judge (&goals[i]));
}

static void
measure_all (Lane *lanes, const char *folder)
{
  const Lane *ours = &lanes[OURS];
  const Lane *product = &lanes[PRODUCT];

  for (guint i = 0; i < ROUNDS; i++)
    measure_round (lanes, i);
  for (guint i = 0; i < N_RIVALS; i++)
    print_lane (&lanes[i]);
  measure_paced (lanes);
  measure_catch_up (&lanes[OURS]);
  {
    const Goal goals[] = {
      { "one way, times axc", 5, ratio (ours, &lanes[AXC], ONE_WAY_US), TRUE },
      { "ping-pong, times axc", 3, ratio (ours, &lanes[AXC], PING_PONG_US), TRUE },
      { "one way, times the bare loop", 0.9, ratio (ours, &lanes[BARE], ONE_WAY_US), TRUE },
      { "ping-pong, times the bare loop", 0.9, ratio (ours, &lanes[BARE], PING_PONG_US), TRUE },
      { "burst of 1,000 in one commit, times axc one by one", 40, ratio (ours, &lanes[AXC], BURST_US), TRUE },
      { "syncs a stanza and side", 1, (double) ours->syncs / (double) ours->stanzas, FALSE },
      { "bytes written a stanza and side", 4200, (double) ours->bytes / (double) ours->stanzas, FALSE },
      { "a send with its row and outbox entry, ms", 0.6, median_of_rounds (product->values[SEAL_US]) / 1e3, FALSE },
      { "slow disk: syncs a send to 1 device", 1, measure_slow (folder, 1), FALSE },
      { "slow disk: syncs a send to 5 devices", 1, measure_slow (folder, 5), FALSE },
      { "slow disk: syncs a send to 20 devices", 1, measure_slow (folder, 20), FALSE },
      { "a message of a session with 2,000 skipped keys, ms", BLOCK_LIMIT_MS,
        measure_skipped (&bench_rival_ours, folder), FALSE },
    };

    measure_skipped (&bench_rival_bare, folder);
    print_goals (goals, G_N_ELEMENTS (goals));
  }
}

/* Beginning and end */

/* Whoever reads the figures has to know whether others used the machine, or the host that it runs on: STOLEN_PERCENT of
 * the processors' time, before since the machine began, after since then. */
static void
print_machine (const char *when)
{
  static BenchTicks before;
  BenchTicks now = bench_ticks_now ();
  double load = 0;

  if (getloadavg (&load, 1) == 1 && now.all > before.all)
    g_print ("{\"bench\": \"machine\", \"when\": \"%s\", \"processors\": %u, \"load\": %.1f, \"stolen_percent\": %.1f}\n",
             when, g_get_num_processors (), load, 100 * (now.stolen - before.stolen) / (now.all - before.all));
  before = now;
}

static void
begin_lanes (Lane *lanes, const char *folder)
{
#ifdef HAVE_AXC
  lanes[AXC].rival = &bench_rival_axc;
#else
  g_print ("libaxc is not in this build: nothing is compared with it\n");
#endif
  lanes[BARE].rival = &bench_rival_bare;
  lanes[OURS].rival = &bench_rival_ours;
  lanes[PRODUCT].rival = &bench_rival_product;
  for (guint i = 0; i < N_RIVALS; i++)
    if (lanes[i].rival != NULL)
      lanes[i].pair = lanes[i].rival->begin (folder);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_build_filename (argc > 1 ? argv[1] : ".", "penregister-bench-XXXXXX", NULL);
  Lane *lanes = g_new0 (Lane, N_RIVALS);
  struct statfs about;

  if (argc > 2 || g_mkdtemp (folder) == NULL || statfs (folder, &about) != 0)
    {
      g_printerr ("usage: bench-omemo [FOLDER]  (one that can be written, on a disk)\n");
      return 2;
    }
  if (about.f_type == TMPFS_MAGIC)
    g_print ("the folder is in memory: these figures say nothing about a disk\n");
  slow_vfs_install (0);
  begin_lanes (lanes, folder);
  print_machine ("before");
  measure_all (lanes, folder);
  print_machine ("after");
  for (guint i = 0; i < N_RIVALS; i++)
    if (lanes[i].rival != NULL)
      lanes[i].rival->end (lanes[i].pair);
  g_free (lanes);
  bench_empty (folder);
  return 0;
}
