/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides whether a wish to ask about a person is granted: one table of when
 * against trigger. */

#include "penregister/policy.h"

typedef struct
{
  PenVerdict verdict;
  const char *rule;
} Judgement;

#define ASK { PEN_VERDICT_ASK, NULL }
#define NOT_NOW { PEN_VERDICT_LATER, NULL }
#define NEVER { PEN_VERDICT_WITHHOLD, "never" }
#define LEAK { PEN_VERDICT_ASK, "explicit" }

/* PUSHED and LIBRARY never wish for a lookup of ours; they stand here so that
 * the table is whole. BATCH waits for its slot, which comes as SCHEDULE. */
static const Judgement judgements[PEN_N_WHENS][PEN_N_TRIGGERS] = {
  /*                   typed    opened   send     schedule pushed   library  manual login */
  [PEN_WHEN_TYPED] = { ASK,     ASK,     ASK,     ASK,     NOT_NOW, NOT_NOW, LEAK,  NOT_NOW },
  [PEN_WHEN_SEND]  = { NOT_NOW, NOT_NOW, ASK,     ASK,     NOT_NOW, NOT_NOW, LEAK,  NOT_NOW },
  [PEN_WHEN_BATCH] = { NOT_NOW, NOT_NOW, NOT_NOW, ASK,     NOT_NOW, NOT_NOW, LEAK,  NOT_NOW },
  [PEN_WHEN_NEVER] = { NOT_NOW, NOT_NOW, NEVER,   NEVER,   NOT_NOW, NOT_NOW, LEAK,  NOT_NOW },
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

gboolean
pen_policy_lets_library (PenWhen when, PenKind kind)
{
  switch (kind)
    {
    case PEN_KIND_VCARD:
    case PEN_KIND_AVATAR:
    case PEN_KIND_DISCO:
    case PEN_KIND_LIBRARY:
    case PEN_KIND_DEVICE_LIST:
    case PEN_KIND_BUNDLE:
      return when != PEN_WHEN_NEVER;
    default:
      return TRUE;
    }
}
