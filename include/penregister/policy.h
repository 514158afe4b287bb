/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include "penregister/vocabulary.h"

G_BEGIN_DECLS

/**
 * PenPolicy: when and how questions about people may be asked.
 * @when: when a lookup may be made
 * @pad: whether batches are padded
 * @slots: subjects a batch; @period_s: seconds between batches
 * @fast_slots, @fast_period_s: the same for the fast lane of new contacts
 * @fresh_s: for how many seconds an answer is used again
 */
typedef struct
{
  PenWhen when;
  gboolean pad;
  guint slots;
  guint period_s;
  guint fast_slots;
  guint fast_period_s;
  guint fresh_s;
} PenPolicy;

#define PEN_POLICY_FRESH_S (2 * 60 * 60)
/* Batches each hour: a message that waits does so for half an hour on average. Padded, 64 slots are the fewest
 * (docs/lookups.md), and somebody new is asked about within ten minutes, among eight. */
#define PEN_POLICY_DEFAULT { PEN_WHEN_SEND, FALSE, 64, 3600, 8, 600, PEN_POLICY_FRESH_S }

/** PenVerdict: what the policy says to one wish to ask. */
typedef enum
{
  PEN_VERDICT_ASK,
  PEN_VERDICT_FRESH,
  PEN_VERDICT_LATER,
  PEN_VERDICT_WITHHOLD,
  PEN_N_VERDICTS
} PenVerdict;

/**
 * pen_policy_judge:
 * @when: the policy in force for this person
 * @trigger: why the client wants to ask now
 * @fresh: whether an answer is at hand that may be used again
 * @rule: (out) (optional): the name of the rule that decided, static text
 *
 * ASK: ask now. FRESH: no need to. LATER: not on this occasion, another one
 * will come (a row says so where a slot is waited for). WITHHOLD: the policy forbids it; a row says
 * so. An explicit look-up is always allowed.
 *
 * Returns: the verdict
 */
PenVerdict pen_policy_judge (PenWhen when, PenTrigger trigger, gboolean fresh, const char **rule);

/**
 * pen_policy_lets_library:
 * @when: the policy in force for this person
 * @kind: kind of what libpurple asks
 * @by_hand: whether the user asked for it just now ("Get Info", an XMPP command); else libpurple did on its own
 * @rule: (out) (optional) (nullable): the name of the rule that decided, static text
 *
 * Whether something that libpurple asks about a person may leave. Recorded it
 * is always. With `batch` what libpurple asks on its own would tell when
 * somebody came online or was thought of, and is withheld: there is nothing
 * in it that a message needs. What the user asks for leaves, and is marked.
 *
 * Returns: %TRUE to let it through
 */
gboolean pen_policy_lets_library (PenWhen when, PenKind kind, gboolean by_hand, const char **rule);

/**
 * PenPolicyPreset: a usual policy, with words that a person understands.
 * @word: what is typed, and what the account's option keeps
 * @name: for lists, in English
 * @sentence: what it means, in English, one sentence
 * @policy: all of it; how long answers stay fresh is not part of a preset
 */
typedef struct
{
  const char *word;
  const char *name;
  const char *sentence;
  PenPolicy policy;
} PenPolicyPreset;

/** pen_policy_preset_at: Returns: (transfer none) (nullable): preset number @i, the default first; %NULL after the last. */
const PenPolicyPreset *pen_policy_preset_at (guint i);

/** pen_policy_preset_find: Returns: (transfer none) (nullable): by its word (nullable); `passive` is another word for `never`. */
const PenPolicyPreset *pen_policy_preset_find (const char *word);

/** pen_policy_preset_of: Returns: (transfer none) (nullable): the preset that @policy is; %NULL for settings of one's own. */
const PenPolicyPreset *pen_policy_preset_of (const PenPolicy *policy);

/**
 * pen_policy_fault:
 * @policy: a policy from outside
 *
 * Returns: (nullable): what is wrong with it, an English sentence for a
 *   person, static text; %NULL when nothing is
 */
const char *pen_policy_fault (const PenPolicy *policy);

G_END_DECLS
