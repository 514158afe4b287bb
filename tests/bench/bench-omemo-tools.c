/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What all parts of the benchmark of OMEMO need: time, chance, middle values,
 * an end when something cannot be done, and a folder emptied. */

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "bench-omemo.h"

static void
fill_random (guint8 *buffer, gsize length_bytes, gpointer data)
{
  gsize done = 0;

  while (done < length_bytes)
    {
      gssize got = getrandom (buffer + done, length_bytes - done, 0);

      bench_check (got > 0 || errno == EINTR, "randomness");
      done += got > 0 ? (gsize) got : 0;
    }
}

const PenRandom bench_random = { fill_random, NULL };

void
bench_check (gboolean ok, const char *what)
{
  if (ok)
    return;
  g_printerr ("bench-omemo: this could not be done: %s\n", what);
  exit (1);
}

void
bench_check_error (GError *error)
{
  bench_check (error == NULL, error != NULL ? error->message : NULL);
}

void
bench_empty (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (folder, name, NULL);

      g_unlink (file);
    }
  if (dir != NULL)
    g_dir_close (dir);
  g_rmdir (folder);
}

double
bench_since_us (gint64 began_us)
{
  return (double) (g_get_monotonic_time () - began_us);
}

double
bench_cpu_now_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec * 1e6 + (double) now.tv_nsec / 1e3;
}

BenchTicks
bench_ticks_now (void)
{
  g_autofree char *text = NULL;
  double spent[8] = { 0 };
  BenchTicks ticks = { 0, 0 };

  /* user, nice, system, idle, iowait, irq, softirq, steal */
  if (!g_file_get_contents ("/proc/stat", &text, NULL, NULL)
      || sscanf (text, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &spent[0], &spent[1], &spent[2], &spent[3], &spent[4],
                 &spent[5], &spent[6], &spent[7]) != G_N_ELEMENTS (spent))
    return ticks;
  for (guint i = 0; i < G_N_ELEMENTS (spent); i++)
    ticks.all += spent[i];
  ticks.stolen = spent[G_N_ELEMENTS (spent) - 1];
  return ticks;
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x > y) - (x < y);
}

double
bench_median (double *values, guint n)
{
  qsort (values, n, sizeof (double), compare);
  return values[n / 2];
}
