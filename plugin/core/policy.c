/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides whether a wish to ask about a person is granted: one table of when
 * against trigger; what of libpurple's own questions leaves: one of when
 * against who wants it; and which policies have a name. */

#include "penregister/policy.h"

#include <glib/gi18n-lib.h>

#include "penregister/schedule.h"

typedef struct
{
  PenVerdict verdict;
  const char *rule;
} Judgement;

#define ASK { PEN_VERDICT_ASK, NULL }
#define NOT_NOW { PEN_VERDICT_LATER, NULL }
#define NEVER { PEN_VERDICT_WITHHOLD, "never" }
#define LEAK { PEN_VERDICT_ASK, "explicit" }

/* PUSHED is a message whose keys are broken; what is pushed otherwise wishes
 * for nothing, and LIBRARY never does: it stands here so that the table is
 * whole. BATCH waits for its slot, which comes as SCHEDULE. */
static const Judgement judgements[PEN_N_WHENS][PEN_N_TRIGGERS] = {
  /*                   typed    opened   send     schedule pushed   library  manual login */
  [PEN_WHEN_TYPED] = { ASK,     ASK,     ASK,     ASK,     ASK,     NOT_NOW, LEAK,  NOT_NOW },
  [PEN_WHEN_SEND]  = { NOT_NOW, NOT_NOW, ASK,     ASK,     ASK,     NOT_NOW, LEAK,  NOT_NOW },
  [PEN_WHEN_BATCH] = { NOT_NOW, NOT_NOW, NOT_NOW, ASK,     NOT_NOW, NOT_NOW, LEAK,  NOT_NOW },
  [PEN_WHEN_NEVER] = { NOT_NOW, NOT_NOW, NEVER,   NEVER,   NEVER,   NOT_NOW, LEAK,  NOT_NOW },
};

PenVerdict
pen_policy_judge (PenWhen when, PenTrigger trigger, gboolean fresh, const char **rule)
{
  const Judgement *judgement;

  g_return_val_if_fail (when < PEN_N_WHENS && trigger < PEN_N_TRIGGERS, PEN_VERDICT_WITHHOLD);

  judgement = &judgements[when][trigger];
  if (rule != NULL)
    *rule = judgement->rule;
  if (fresh && trigger != PEN_TRIGGER_MANUAL && judgement->verdict != PEN_VERDICT_LATER)
    {
      if (rule != NULL)
        *rule = "fresh";
      return PEN_VERDICT_FRESH;
    }
  return judgement->verdict;
}

typedef struct
{
  gboolean lets;
  const char *rule;
} LibraryRule;

static const LibraryRule library_rules[PEN_N_WHENS][2] = {
  /*                   on its own           by hand */
  [PEN_WHEN_TYPED] = { { TRUE, NULL },      { TRUE, NULL } },
  [PEN_WHEN_SEND]  = { { TRUE, NULL },      { TRUE, NULL } },
  [PEN_WHEN_BATCH] = { { FALSE, "batch" },  { TRUE, "explicit" } },
  [PEN_WHEN_NEVER] = { { FALSE, "never" },  { FALSE, "never" } },
};

/* The rest is what the user does: presence, contact list, rooms, messages. */
static const gboolean asks_about_person[PEN_N_KINDS] = {
  [PEN_KIND_DEVICE_LIST] = TRUE, [PEN_KIND_BUNDLE] = TRUE, [PEN_KIND_DISCO] = TRUE,
  [PEN_KIND_VCARD] = TRUE,       [PEN_KIND_AVATAR] = TRUE, [PEN_KIND_LIBRARY] = TRUE,
};

gboolean
pen_policy_lets_library (PenWhen when, PenKind kind, gboolean by_hand, const char **rule)
{
  const LibraryRule *found;

  g_return_val_if_fail (when < PEN_N_WHENS && kind < PEN_N_KINDS, FALSE);

  found = &library_rules[when][by_hand ? 1 : 0];
  if (rule != NULL)
    *rule = asks_about_person[kind] ? found->rule : NULL;
  return found->lets || !asks_about_person[kind];
}

#define NUMBERS 64, 3600, 8, 600, PEN_POLICY_FRESH_S

static const PenPolicyPreset presets[] = {
  { "send", N_("When I send"),
    N_("Servers and the directory learn of a person when you write to them and nothing fresh is known, and the time "
       "shows it."),
    { PEN_WHEN_SEND, FALSE, NUMBERS } },
  { "typed", N_("As soon as I type (what the 2016 story describes)"),
    N_("Servers and the directory learn of everybody whose address you enter, even of those whom you never write to."),
    { PEN_WHEN_TYPED, FALSE, NUMBERS } },
  { "batch", N_("Together, at fixed times"),
    N_("Everybody on your contact list is asked about together, at fixed times, so that servers and the directory "
       "learn whom you know but not whom you think of; a message to somebody new waits for the next time."),
    { PEN_WHEN_BATCH, FALSE, NUMBERS } },
  { "padded", N_("Together, padded with strangers' numbers"),
    N_("As together at fixed times, and phone numbers are asked about in batches of one size, among numbers of "
       "strangers; a message to somebody new waits for the next time."),
    { PEN_WHEN_BATCH, TRUE, NUMBERS } },
  { "never", N_("Only what servers tell by themselves"),
    N_("Nobody is asked about anybody: what servers tell by themselves and what was known before has to do, and where "
       "that is not enough you decide how a message goes."),
    { PEN_WHEN_NEVER, FALSE, NUMBERS } },
};

const PenPolicyPreset *
pen_policy_preset_at (guint i)
{
  return i < G_N_ELEMENTS (presets) ? &presets[i] : NULL;
}

const PenPolicyPreset *
pen_policy_preset_find (const char *word)
{
  const char *wanted = g_strcmp0 (word, "passive") == 0 ? "never" : word;

  for (gsize i = 0; i < G_N_ELEMENTS (presets); i++)
    if (g_strcmp0 (presets[i].word, wanted) == 0)
      return &presets[i];
  return NULL;
}

/* Without batches their numbers mean nothing. */
static gboolean
is_same (const PenPolicy *one, const PenPolicy *other)
{
  if (one->when != other->when || one->when != PEN_WHEN_BATCH)
    return one->when == other->when;
  return !one->pad == !other->pad && one->slots == other->slots && one->period_s == other->period_s
         && one->fast_slots == other->fast_slots && one->fast_period_s == other->fast_period_s;
}

const PenPolicyPreset *
pen_policy_preset_of (const PenPolicy *policy)
{
  for (gsize i = 0; i < G_N_ELEMENTS (presets); i++)
    if (is_same (&presets[i].policy, policy))
      return &presets[i];
  return NULL;
}

static gboolean
is_period (guint period_s)
{
  return period_s >= PEN_SCHEDULE_PERIOD_MIN_S && period_s <= PEN_SCHEDULE_PERIOD_MAX_S;
}

const char *
pen_policy_fault (const PenPolicy *policy)
{
  guint slots = policy->slots;

  if (policy->when >= PEN_N_WHENS)
    return N_("When others are asked is one of typed, send, batch and never.");
  if (slots < PEN_SCHEDULE_SLOTS_MIN || slots > PEN_SCHEDULE_SLOTS_MAX || (slots & (slots - 1)) != 0)
    return N_("A padded batch has 64, 128, 256, 512 or 1024 slots.");
  if (!is_period (policy->period_s))
    return N_("Batches are between 10 seconds and 31 days apart.");
  if (policy->fast_slots > PEN_SCHEDULE_FAST_SLOTS_MAX)
    return N_("The fast lane has at most 64 slots.");
  if (policy->fast_period_s != 0 && !is_period (policy->fast_period_s))
    return N_("Slots of the fast lane are between 10 seconds and 31 days apart; 0 switches it off.");
  return policy->fresh_s > G_MAXINT ? N_("An answer stays fresh for at most 2147483647 seconds.") : NULL;
}
