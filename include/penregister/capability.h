/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include "penregister/vocabulary.h"

G_BEGIN_DECLS

/** PenAskOutcome: what an answer to "has this address an OMEMO device list?" means (docs/gateways.md 1.4). */
typedef enum
{
  PEN_ASK_YES,
  PEN_ASK_NOT_VISIBLE,
  PEN_ASK_COULD_NOT,
  PEN_N_ASK_OUTCOMES
} PenAskOutcome;

/**
 * PenCapability: what is known of an address.
 * @state: the knowledge; @origin: where it comes from
 * @at_us: when it was learnt, microseconds since 1970, 0 for never
 * @devices: devices in the newest list
 * @pinned: was ever encrypted
 */
typedef struct
{
  PenCapabilityState state;
  PenOrigin origin;
  gint64 at_us;
  guint devices;
  gboolean pinned;
} PenCapability;

/**
 * pen_ask_outcome_from_error:
 * @condition: (nullable): the defined condition of the stanza error (RFC 6120 8.3.3)
 * @text: (nullable): the error's text: ejabberd says only there that a domain cannot be reached
 *
 * Maps the refusals of Prosody and ejabberd (docs/gateways.md 1.4). What is not in
 * the table could not be asked: never a reason for another route.
 *
 * Returns: not visible, or could not ask
 */
PenAskOutcome pen_ask_outcome_from_error (const char *condition, const char *text);

/**
 * pen_capability_learn:
 * @known: what was known
 * @outcome: what an answer or push says
 * @devices: devices in the list, for PEN_ASK_YES; an empty list counts as not visible
 * @origin: asked or pushed
 * @now_us: microseconds since 1970
 *
 * Pure: the new knowledge. "Could not ask" keeps what was known but is never
 * fresh. A pin is set by the first list with a device and stays.
 */
PenCapability pen_capability_learn (PenCapability known, PenAskOutcome outcome, guint devices, PenOrigin origin,
                                    gint64 now_us);

/**
 * pen_capability_is_fresh:
 * @fresh_s: seconds for which an answer is used again
 *
 * Pushed lists stay fresh: the server tells of each change.
 */
gboolean pen_capability_is_fresh (const PenCapability *known, guint fresh_s, gint64 now_us);

G_END_DECLS
