/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what an answer says about an address, and what is known after it.
 * Facts: docs/gateways.md 1.4; XEP-0384 0.3.0, XEP-0060 6.5.9. */

#include "penregister/capability.h"

typedef struct
{
  const char *condition;
  const char *text;
  PenAskOutcome outcome;
} Refusal;

/* First match wins; a text of NULL matches any. */
static const Refusal refusals[] = {
  { "forbidden", "Access denied by service policy", PEN_ASK_COULD_NOT },
  { "forbidden", NULL, PEN_ASK_NOT_VISIBLE },
  { "not-authorized", NULL, PEN_ASK_NOT_VISIBLE },
  { "item-not-found", NULL, PEN_ASK_NOT_VISIBLE },
  { "subscription-required", NULL, PEN_ASK_NOT_VISIBLE },
  { "service-unavailable", NULL, PEN_ASK_NOT_VISIBLE },
  { "feature-not-implemented", NULL, PEN_ASK_NOT_VISIBLE },
};

PenAskOutcome
pen_ask_outcome_from_error (const char *condition, const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      const Refusal *refusal = &refusals[i];

      if (g_strcmp0 (condition, refusal->condition) == 0
          && (refusal->text == NULL || g_strcmp0 (text, refusal->text) == 0))
        return refusal->outcome;
    }
  return PEN_ASK_COULD_NOT;
}

PenCapability
pen_capability_learn (PenCapability known, PenAskOutcome outcome, guint devices, PenOrigin origin, gint64 now_us)
{
  PenCapability learnt = known;

  if (outcome == PEN_ASK_COULD_NOT)
    {
      learnt.at_us = 0;
      return learnt;
    }
  learnt.devices = outcome == PEN_ASK_YES ? devices : 0;
  learnt.state = learnt.devices > 0 ? PEN_CAPABILITY_ENCRYPTED : PEN_CAPABILITY_ABSENT;
  learnt.origin = origin;
  learnt.at_us = now_us;
  learnt.pinned = known.pinned || learnt.state == PEN_CAPABILITY_ENCRYPTED;
  return learnt;
}

gboolean
pen_capability_is_fresh (const PenCapability *known, guint fresh_s, gint64 now_us)
{
  if (known->state == PEN_CAPABILITY_UNKNOWN || known->at_us == 0)
    return FALSE;
  if (known->origin == PEN_ORIGIN_PUSHED)
    return TRUE;
  /* A clock that went back makes no answer fresh for ever. */
  return now_us >= known->at_us && now_us - known->at_us < (gint64) fresh_s * G_USEC_PER_SEC;
}
