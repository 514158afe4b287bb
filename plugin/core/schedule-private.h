/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/schedule.h"

G_BEGIN_DECLS

#define PEN_SCHEDULE_KEY_BYTES 32
/* Lanes with a clock of their own: SLOT, FAST and SWEEP. */
#define PEN_SCHEDULE_N_CLOCKED (PEN_SCHEDULE_LANE_SWEEP + 1)
#define PEN_SCHEDULE_NOT_ADMITTED G_MAXUINT32

/* Chance: a stream of numbers that only the key's owner can foretell. What
 * order a batch has must not tell in which order people were learnt of. */
typedef struct
{
  GChecksum *hash;
  guint8 seed[PEN_SCHEDULE_KEY_BYTES];
  guint8 block[PEN_SCHEDULE_KEY_BYTES];
  guint64 counter;
  guint used_bytes;
} PenChance;

void pen_chance_init (PenChance *chance, const guint8 *key, const char *label, guint64 number);
void pen_chance_clear (PenChance *chance);
guint32 pen_chance_below (PenChance *chance, guint32 bound);
guint pen_chance_poisson (PenChance *chance, double mean, guint most);
void pen_chance_shuffle (PenChance *chance, GPtrArray *array, guint from);
PenRandom pen_chance_random (PenChance *chance);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenChance, pen_chance_clear)

/* Somebody who is asked about. A cover subject that is neither admitted nor
 * arriving is in stock. Admitted ones keep their place for ever. @was_asked:
 * not since the last sweep of all began, or ever, if it is %FALSE. @turn: where
 * they stand in the batch that they left in last. */
typedef struct
{
  char *name;
  PenScheduleClass of;
  int when;
  gboolean is_real;
  gboolean is_arriving;
  gboolean was_asked;
  guint32 admitted;
  guint place;
  guint turn;
  guint64 seen_in;
} PenSubject;

/* What recurs: its clock, and the round that it is in. */
typedef struct
{
  gint64 period_us;
  gint64 phase_us;
  gint64 due_us;
  gint64 last_mono_us;
  gint64 last_wall_us;
  gboolean has_last;
  guint64 epoch;
  guint64 round;
  guint32 cursor;
  GArray *order;
} PenLane;

/* A batch that leaves in chunks: what is before @next was handed out, what is
 * before @settled counts as asked. The last chunk does when its spacing has
 * passed online: before, its stanzas may not have left the machine. */
typedef struct
{
  GPtrArray *slots;
  guint next;
  guint settled;
  gboolean has_news;
  guint64 epoch;
  guint chunk;
  guint chunks;
  gint64 due_us;
} PenChunks;

/* A batch whose answer is awaited. */
typedef struct
{
  guint64 id;
  PenTrigger trigger;
  GPtrArray *slots;
} PenOpenBatch;

/* A question that an answer leads to. */
typedef struct
{
  PenScheduleSlot *slot;
  PenTrigger trigger;
} PenFollow;

/* How many there are, counted when it changed. @listed: real ones, of each
 * class; the rest is what the padded lanes know about the population. */
typedef struct
{
  gboolean is_current;
  guint listed[PEN_SCHEDULE_N_CLASSES];
  guint real;
  guint waiting;
  guint stock;
} PenCensus;

struct _PenSchedule
{
  guint8 key[PEN_SCHEDULE_KEY_BYTES];
  PenScheduleCover cover;
  PenPolicy policy;
  gboolean is_online;
  gint64 offset_us;
  gint64 seen_mono_us;
  gint64 online_mono_us;
  gboolean is_anchored;

  GHashTable *by_name;
  GPtrArray *people;
  GPtrArray *admitted;
  guint n_gone;
  PenCensus census;

  PenLane lanes[PEN_SCHEDULE_N_CLOCKED];
  PenChunks chunks[PEN_SCHEDULE_N_CLOCKED];
  GQueue *wishes;
  GQueue *open;
  GQueue *follows;
  gint64 follow_due_us;
  gint64 paid_us;

  guint64 next_batch;
  guint64 draws;
  guint64 last_stamp;
  guint32 slots;
  guint32 founded;
  gboolean lacks_cover;
  guint changed;
};

/* schedule.c */
PenSubject *pen_schedule_insert (PenSchedule *schedule, const char *name, PenScheduleClass of);
void pen_schedule_forget (PenSchedule *schedule, PenSubject *subject);
PenWhen pen_schedule_when (const PenSchedule *schedule, const PenSubject *subject);

/** pen_schedule_awaits_consent: Returns: whether padding is chosen and not agreed to: then nobody is asked by the clock. */
gboolean pen_schedule_awaits_consent (const PenSchedule *schedule);
gboolean pen_schedule_pads (const PenSchedule *schedule);
void pen_schedule_touch (PenSchedule *schedule, guint parts);
PenSchedule *pen_schedule_alloc (const PenScheduleCover *cover);

/* schedule-time.c */
void pen_schedule_observe (PenSchedule *schedule, const PenScheduleNow *now);
void pen_schedule_set_period (PenSchedule *schedule, PenScheduleLane lane, guint period_s);
gboolean pen_schedule_takes_turn (PenSchedule *schedule, PenScheduleLane lane, const PenScheduleNow *now);
gint64 pen_schedule_until_due (const PenSchedule *schedule, PenScheduleLane lane, const PenScheduleNow *now);

/* schedule-sweep.c */
guint pen_schedule_sweep_every (const PenSchedule *schedule);
void pen_schedule_sweep (PenSchedule *schedule, PenScheduleLane lane, const PenScheduleNow *now);
void pen_schedule_begin_chunks (PenSchedule *schedule, PenScheduleLane lane, GPtrArray *subjects,
                                const PenScheduleNow *now);
gboolean pen_schedule_is_leaving (PenSchedule *schedule, PenScheduleLane lane);
void pen_schedule_settle (PenSchedule *schedule, PenScheduleLane lane);
void pen_schedule_cut (PenSchedule *schedule, PenScheduleLane lane);
gint64 pen_schedule_until_swept (const PenSchedule *schedule, const PenSubject *subject, const PenScheduleNow *now);

/* schedule-pace.c */
guint pen_schedule_chunk_size (PenScheduleClass of);
gint64 pen_schedule_chunk_spacing_us (PenScheduleClass of);
gint64 pen_schedule_chunk_due_us (const PenSchedule *schedule, PenScheduleLane lane);
gint64 pen_schedule_follow_due_us (const PenSchedule *schedule);
guint pen_schedule_sweep_s (PenSchedule *schedule, PenScheduleClass of);

/* schedule-pad.c */
const PenCensus *pen_schedule_census (PenSchedule *schedule);
gboolean pen_schedule_has_begun (const PenSchedule *schedule);
gboolean pen_schedule_has_fast_lane (const PenSchedule *schedule);
gboolean pen_schedule_wants_stock (PenSchedule *schedule);
void pen_schedule_draw_stock (PenSchedule *schedule);
void pen_schedule_pad (PenSchedule *schedule, PenScheduleLane lane, const PenScheduleNow *now);
gint64 pen_schedule_until_asked (PenSchedule *schedule, const PenSubject *subject, const PenScheduleNow *now);
guint pen_schedule_round_s (PenSchedule *schedule);

G_END_DECLS
