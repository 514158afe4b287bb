/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "simulate.h"

G_BEGIN_DECLS

/* Attackers T1 to T6 of docs/lookups.md. An attacker gets a Seen and the
 * question; the truth stays with whoever scores the answer. */

/** Seen: all that the directory's operator has. */
typedef struct
{
  const GArray *requests;
  const GArray *slots;
  const GArray *answers;
  guint n_subjects;
} Seen;

/** SeenTimes: when each subject was asked about: times[first[s]] to times[first[s + 1] - 1]. */
typedef struct
{
  guint *first;
  gint64 *times;
} SeenTimes;

Seen seen_of (const SimView *view);
SeenTimes seen_times_new (const Seen *seen);
void seen_times_clear (SeenTimes *times);
guint seen_times_between (const SeenTimes *times, guint32 subject, gint64 from_us, gint64 until_us);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SeenTimes, seen_times_clear)

/** Mean: of values that come in one by one, with its standard error. */
typedef struct
{
  double sum;
  double squares;
  guint n;
} Mean;

void mean_add (Mean *mean, double value);
double mean_value (const Mean *mean);
double mean_error (const Mean *mean);

/* Probability that a marked score is the higher one; ties count half. NaN if one kind is missing. */
double score_auc (const double *scores, const gboolean *marks, guint n);

/* T1: was there a trigger at that time? Practised on one half of the games, scored on the other. */
#define TIMING_BUCKETS 16
typedef struct
{
  double games[2][2][TIMING_BUCKETS];
  guint n;
} TimingGames;

void timing_play (TimingGames *games, const Seen *seen, gint64 at_us, gboolean is_triggered);
double timing_advantage (const TimingGames *games, double *error);
double timing_information (const TimingGames *games);

/* T5: how much more often somebody was looked up before a message than others were at the same time. */
#define CORRELATION_LAGS 4
extern const gint64 correlation_lags_us[CORRELATION_LAGS];
void correlation_play (Mean games[CORRELATION_LAGS], const SeenTimes *times, const SimEvent *message,
                       const GArray *others);

/* T2 and T6a: who is a contact? A score for each subject; -1 for those never seen. */
double *recurrence_scores (const Seen *seen);
double *recurrence_rates (const Seen *seen);
double *recurrence_halves (const Seen *seen);

/* T3: who of those first seen after the first day is a contact? Practised on one half, scored on the other. */
#define NOVELTY_BUCKETS 24
typedef struct
{
  double games[2][2][NOVELTY_BUCKETS];
} NoveltyGames;

void novelty_play (NoveltyGames *games, const Seen *seen, const gboolean *truth);
double novelty_precision (const NoveltyGames *games, double *all, guint *n);

/* T4: hits per question: a score for each subject; and what the answers say, in bits. */
double *plausibility_scores (const Seen *seen);
double plausibility_bits (const Seen *seen, const gboolean *truth);

/* T6b: how alike two sessions are: subjects in both over subjects in either. */
double linking_likeness (const Seen *one, gint64 until_us, const Seen *other, gint64 from_us, GPtrArray *const names[2]);

G_END_DECLS
