/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Lets every attacker loose on every design. As a test it says whether each
 * bound holds and each control breaks; with --table it prints the table of
 * docs/adversaries.md. PEN_TEST_LONG=1: enough games for the bounds as they
 * stand, which the table always has. */

#include "games.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One-sided 99 % of the normal distribution. */
#define SHORT_ERRORS 2.33

static const char *const mode_names[N_MODES] = { "typed", "send", "batch", "batch + pad", "fresh decoys",
                                                 "fixed decoys" };

SimSetup
setup_of (Mode mode)
{
  static const PenWhen whens[N_MODES] = { PEN_WHEN_TYPED, PEN_WHEN_SEND, PEN_WHEN_BATCH, PEN_WHEN_BATCH,
                                          PEN_WHEN_BATCH, PEN_WHEN_BATCH };
  SimSetup setup = { .policy = { whens[mode], mode == MODE_PAD, 128, 3600, 8, 600, PEN_POLICY_FRESH_S },
                     .contacts = 50, .seed = 2026 };

  if (mode == MODE_PAD)
    setup.policy.slots = PEN_SCHEDULE_SLOTS_MIN;
  if (mode == MODE_FRESH_DECOYS)
    setup.naive = SIM_FRESH_DECOYS;
  if (mode == MODE_FIXED_DECOYS)
    setup.naive = SIM_FIXED_DECOYS;
  return setup;
}

gboolean
score_holds (const Score *score, gboolean is_long)
{
  double slack = is_long ? 0 : SHORT_ERRORS * score->error;

  if (score->kind == KIND_CONTROL)
    return score->value >= score->low;
  if (score->kind == KIND_BOUND)
    return score->value - slack <= score->high && score->value + slack >= score->low;
  return TRUE;
}

static GArray *
play (const Effort *effort)
{
  GArray *table = g_array_new (FALSE, TRUE, sizeof (Row));

  play_timing (table, effort);
  play_recurrence (table, effort);
  play_novelty (table, effort);
  play_answers (table, effort);
  return table;
}

static int
report (const GArray *table, gboolean is_long)
{
  guint number = 0;
  guint failed = 0;

  for (guint i = 0; i < table->len; i++)
    for (guint mode = 0; mode < N_MODES; mode++)
      {
        const Row *row = &g_array_index (table, Row, i);
        const Score *score = &row->scores[mode];
        gboolean holds = score_holds (score, is_long);

        if (score->kind == KIND_NONE)
          continue;
        failed += !holds;
        printf ("%sok %u %s, %s: %s: %.4f +- %.4f in %u games%s\n", holds ? "" : "not ", ++number, row->id,
                mode_names[mode], row->measure, score->value, score->error, score->games,
                score->kind == KIND_CONTROL ? ", control" : score->kind == KIND_PRINTED ? ", printed only" : "");
      }
  printf ("1..%u\n", number);
  return failed > 0 ? 1 : 0;
}

static void
print_cell (const Score *score)
{
  const char *mark = score->kind == KIND_BOUND ? "**" : "";

  if (score->kind == KIND_NONE)
    printf (" – |");
  else
    printf (" %s%.3f%s%s |", mark, fabs (score->value) < 0.0005 ? 0 : score->value, mark,
            score->kind == KIND_CONTROL ? " †" : "");
}

static void
print_bound (const Row *row)
{
  const Score *bound = NULL;
  guint games = 0;

  for (guint mode = 0; mode < N_MODES; mode++)
    {
      if (row->scores[mode].kind == KIND_BOUND)
        bound = &row->scores[mode];
      games = MAX (games, row->scores[mode].games);
    }
  printf ("| %s | %s |", row->id, row->measure);
  if (bound == NULL)
    printf (" printed |");
  else if (bound->low < 0)
    printf (" ≤ %g |", bound->high);
  else
    printf (" %g–%g |", bound->low, bound->high);
  printf (" %u |", games);
}

static void
print_table (const GArray *table)
{
  printf ("| | what the attacker reaches | bound | games |");
  for (guint mode = 0; mode < N_MODES; mode++)
    printf (" %s |", mode_names[mode]);
  printf ("\n|---|---|---|---|");
  for (guint mode = 0; mode < N_MODES; mode++)
    printf ("---|");
  printf ("\n");
  for (guint i = 0; i < table->len; i++)
    {
      print_bound (&g_array_index (table, Row, i));
      for (guint mode = 0; mode < N_MODES; mode++)
        print_cell (&g_array_index (table, Row, i).scores[mode]);
      printf ("\n");
    }
}

int
main (int argc, char **argv)
{
  static const Effort short_form = { 1, 2, 16, 4, 2, 60, FALSE };
  static const Effort long_form = { 6, 40, 100, 40, 40, 300, TRUE };
  gboolean prints_table = argc == 2 && strcmp (argv[1], "--table") == 0;
  gboolean is_long = prints_table || g_strcmp0 (g_getenv ("PEN_TEST_LONG"), "1") == 0;
  g_autoptr (GArray) table = NULL;
  int result;

  if (argc > 1 && !prints_table)
    {
      g_printerr ("Usage: adversary [--table]\n");
      return 2;
    }
  table = play (is_long ? &long_form : &short_form);
  if (!prints_table)
    return report (table, is_long);
  print_table (table);
  result = 0;
  for (guint i = 0; i < table->len; i++)
    for (guint mode = 0; mode < N_MODES; mode++)
      result |= !score_holds (&g_array_index (table, Row, i).scores[mode], TRUE);
  return result;
}
