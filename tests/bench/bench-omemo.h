/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

#include "penregister/clock.h"

G_BEGIN_DECLS

/* Those that the benchmark of OMEMO compares, each behind the same few calls. */

#define BENCH_ALICE "alice@example.org"
#define BENCH_BOB "bob@example.org"

/* lurch and all others wrap a key and a tag of 16 bytes each. */
#define BENCH_WRAPPED_BYTES 32

/**
 * BenchRival:
 * @begin: two devices below @folder, 0 Alice's and 1 Bob's, which have answered each other
 * @seal: what device @from says; durable when it returns
 * @open: device @to reads @letters, in one commit where the rival can; durable when it returns
 * @free_letter: frees what @seal returned
 * @end: closes the files
 */
typedef struct
{
  const char *name;
  gpointer (*begin) (const char *folder);
  gpointer (*seal) (gpointer pair, guint from);
  void (*open) (gpointer pair, guint to, GPtrArray *letters);
  GDestroyNotify free_letter;
  GDestroyNotify end;
} BenchRival;

/** bench_rival_bare: libsignal-protocol-c with as little round it as there can be, on our primitives. */
extern const BenchRival bench_rival_bare;

/** bench_rival_axc: lurch's library, used as lurch uses it. Only in builds with HAVE_AXC. */
extern const BenchRival bench_rival_axc;

/** bench_rival_ours: plugin/omemo's engine on the store. */
extern const BenchRival bench_rival_ours;

/** bench_rival_product: the same, and what the plugin writes in the same commit: ledger row and outbox. */
extern const BenchRival bench_rival_product;

/** bench_ours_devices: as the rival's begin, but Bob has @n_devices, of which only the first reads. */
gpointer bench_ours_devices (const char *folder, guint n_devices);

/** bench_random: the system's. */
extern const PenRandom bench_random;

/** bench_check: ends the program when @ok is false: @what could not be done. */
void bench_check (gboolean ok, const char *what);

/** bench_check_error: the same for a GError. */
void bench_check_error (GError *error);

/** bench_since_us: Returns: microseconds since @began_us of the monotonic clock. */
double bench_since_us (gint64 began_us);

/** bench_cpu_now_us: Returns: how long the processor has been busy with this thread. */
double bench_cpu_now_us (void);

/** BenchTicks: how the processors' time was spent since the machine began. @stolen: by others on the same host */
typedef struct
{
  double stolen;
  double all;
} BenchTicks;

/** bench_ticks_now: Returns: zeros where it cannot be known. */
BenchTicks bench_ticks_now (void);

/** bench_median: Returns: the middle one of @n values, which are sorted by it. */
double bench_median (double *values, guint n);

/** bench_empty: deletes @folder and its files. */
void bench_empty (const char *folder);

G_END_DECLS
