/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "adversary.h"

G_BEGIN_DECLS

/** Mode: designs that attackers are let loose on. */
typedef enum
{
  MODE_TYPED,
  MODE_SEND,
  MODE_BATCH,
  MODE_PAD,
  MODE_FRESH_DECOYS,
  MODE_FIXED_DECOYS,
  N_MODES
} Mode;

/**
 * Kind: what a score has to be.
 * @KIND_BOUND: between low and high; @KIND_CONTROL: at least low, or the attacker proves nothing; @KIND_PRINTED: anything
 */
typedef enum
{
  KIND_NONE,
  KIND_PRINTED,
  KIND_CONTROL,
  KIND_BOUND
} Kind;

/** Score: what an attacker reached against a design. */
typedef struct
{
  Kind kind;
  double value;
  double error;
  double low;
  double high;
  guint games;
} Score;

/** Row: one attacker's measure, against all designs. */
typedef struct
{
  const char *id;
  const char *measure;
  Score scores[N_MODES];
} Row;

/** Effort: how many lives are played; the long form has enough games for the bounds as they stand. */
typedef struct
{
  guint timing_lives;
  guint busy_lives;
  guint month_lives;
  guint year_lives;
  guint novelty_lives;
  guint linked_users;
  gboolean is_long;
} Effort;

SimSetup setup_of (Mode mode);

/* Each appends its rows (Row) to @table. */
void play_timing (GArray *table, const Effort *effort);
void play_recurrence (GArray *table, const Effort *effort);
void play_novelty (GArray *table, const Effort *effort);
void play_answers (GArray *table, const Effort *effort);

/* Whether the bound holds: as it stands in the long form, else as far as that many games can tell (99 %, one-sided). */
gboolean score_holds (const Score *score, gboolean is_long);

G_END_DECLS
