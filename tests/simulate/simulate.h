/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/schedule.h"

G_BEGIN_DECLS

/* Years of lookups of one synthetic user in a second, by the plugin's own
 * schedule on a virtual clock; and what the directory's operator sees of it. */

#define SIM_DAY_US (G_GINT64_CONSTANT (24) * 60 * 60 * G_USEC_PER_SEC)
/* 2026-01-01T00:00:00Z */
#define SIM_START_US G_GINT64_CONSTANT (1767225600000000)

/** SimNaive: designs that do not hold, for the attackers to break. */
typedef enum
{
  SIM_SOUND,
  SIM_FRESH_DECOYS,
  SIM_FIXED_DECOYS
} SimNaive;

/**
 * SimSetup: one user's life.
 * @policy: of the account; @naive: decoys up to policy.slots that are not the schedule's, with an unpadded policy
 * @contacts: on the first day; @arrivals_a_day: that are added; @sends_a_day: messages to contacts
 * @days: how long; @seed: of everything that is left to chance; @game: which life with this seed
 */
typedef struct
{
  PenPolicy policy;
  SimNaive naive;
  guint contacts;
  double arrivals_a_day;
  double sends_a_day;
  guint days;
  guint64 seed;
  guint game;
} SimSetup;

/** SimRequest: one request: its time, size, and where its slots stand in #SimView.slots. */
typedef struct
{
  gint64 at_us;
  guint first;
  guint n_slots;
  guint bytes_out;
  guint bytes_in;
} SimRequest;

/** SimEvent: something the user did about a subject. */
typedef struct
{
  guint32 subject;
  gint64 at_us;
} SimEvent;

/**
 * SimView: a life that was lived.
 * @names: (element-type utf8): subjects by number
 * @requests, @slots, @answers: what the directory saw: #SimRequest, subjects (guint32), whether it knew them (guint8)
 * @contacts, @added, @sends, @opened: the truth: subjects of the first day (guint32), then #SimEvent
 */
typedef struct
{
  guint game;
  GPtrArray *names;
  GArray *requests;
  GArray *slots;
  GArray *answers;
  GArray *contacts;
  GArray *added;
  GArray *sends;
  GArray *opened;
} SimView;

SimView *sim_run (const SimSetup *setup);
void sim_view_free (SimView *view);

/* Marks those who ever were contacts: as many as view->names. Free it. */
gboolean *sim_view_real (const SimView *view);

/* The lines of penregister-simulate(1): one a request and one of the truth; of days FROM to UNTIL only. */
void sim_print (const SimView *view, gint64 from_us, gint64 until_us);

/* Chance that is the same everywhere: SplitMix64. */
typedef struct
{
  guint64 state;
} SimChance;

guint64 sim_chance_u64 (SimChance *chance);
double sim_chance_unit (SimChance *chance);
guint32 sim_chance_below (SimChance *chance, guint32 bound);
double sim_chance_wait_us (SimChance *chance, double per_day);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimView, sim_view_free)

G_END_DECLS
