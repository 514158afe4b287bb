/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/exposure.h"
#include "penregister/policy.h"

G_BEGIN_DECLS

/* What a policy would have told in days that are over: a pure function over
 * the numbers of a report. It is an estimate for the one party that would
 * hold most, and says nothing of deliveries, which no policy changes. */

/**
 * PenPredictFrom:
 * @window: all days of a report about one account
 * @contacts: people on the contact list: no servers, no services
 */
typedef struct
{
  const PenExposureWindow *window;
  guint contacts;
} PenPredictFrom;

/**
 * PenPrediction:
 * @lookups: questions, @strangers among them that stand for no contact
 * @people: contacts that are named
 * @timing_s: as in PenExposureItem
 */
typedef struct
{
  guint64 lookups;
  guint64 strangers;
  guint64 people;
  gint64 timing_s;
} PenPrediction;

/** pen_predict_counted: Returns: what the one party that holds most was told in fact, under whatever policies. */
PenPrediction pen_predict_counted (const PenExposureWindow *window);

/**
 * pen_predict:
 * @policy: what would have been in force
 *
 * `typed`: the baseline. `send`: no more than the baseline, and no more than
 * the messages and their receivers. `batch`: everybody on the list, at every
 * period in which an answer grows stale. Padded: besides, all slots of all
 * batches. `never`: nothing.
 *
 * Returns: the estimate
 */
PenPrediction pen_predict (const PenPredictFrom *from, const PenPolicy *policy);

G_END_DECLS
