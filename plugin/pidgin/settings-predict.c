/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides about how much each policy would have told in the days of a report. */

#include "settings-predict.h"

#define ACT_TIMING_S 1

/* The most that one observer holds: by people, then by questions. */
static void
keep_most (PenPrediction *most, const PenPrediction *other)
{
  if (other->people > most->people || (other->people == most->people && other->lookups > most->lookups))
    *most = *other;
}

PenPrediction
pen_predict_counted (const PenExposureWindow *window)
{
  PenPrediction most = { 0 };

  for (guint i = 0; i < window->items->len; i++)
    {
      const PenExposureItem *item = window->items->pdata[i];
      PenPrediction one = { item->lookups, item->cover, item->people, item->timing_s };

      keep_most (&most, &one);
    }
  return most;
}

static PenPrediction
baseline (const PenExposureWindow *window)
{
  PenPrediction most = { 0 };

  for (guint i = 0; i < window->items->len; i++)
    {
      const PenExposureItem *item = window->items->pdata[i];
      PenPrediction one = { item->baseline.lookups, 0, item->baseline.people, item->baseline.timing_s };

      keep_most (&most, &one);
    }
  return most;
}

static PenPrediction
at_sending (const PenExposureWindow *window)
{
  PenPrediction most = baseline (window);
  guint64 deliveries = 0;
  guint64 receivers = 0;

  for (guint i = 0; i < window->items->len; i++)
    {
      const PenExposureItem *item = window->items->pdata[i];

      deliveries = MAX (deliveries, item->deliveries);
      receivers = MAX (receivers, item->delivery_people);
    }
  most.lookups = MIN (most.lookups, deliveries);
  most.people = MIN (most.people, receivers);
  most.timing_s = most.lookups > 0 ? ACT_TIMING_S : 0;
  return most;
}

static PenPrediction
in_batches (const PenPredictFrom *from, const PenPolicy *policy)
{
  guint64 window_s = (guint64) (from->window->until_us - from->window->since_us) / G_USEC_PER_SEC;
  guint64 period_s = MAX (policy->period_s, 1);
  guint64 sweep_s = (MAX (policy->fresh_s, 1) + period_s - 1) / period_s * period_s;
  PenPrediction most = { 0 };
  guint64 slots;

  most.people = MAX (from->contacts, pen_predict_counted (from->window).people);
  most.lookups = most.people * (window_s / sweep_s);
  most.timing_s = most.people > 0 ? (gint64) period_s : 0;
  if (!policy->pad)
    return most;
  slots = window_s / period_s * policy->slots;
  if (policy->fast_period_s > 0)
    slots += window_s / policy->fast_period_s * policy->fast_slots;
  most.strangers = slots > most.lookups ? slots - most.lookups : 0;
  most.lookups = MAX (most.lookups, slots);
  return most;
}

PenPrediction
pen_predict (const PenPredictFrom *from, const PenPolicy *policy)
{
  PenPrediction found = { 0 };

  switch (policy->when)
    {
    case PEN_WHEN_TYPED:
      return baseline (from->window);
    case PEN_WHEN_SEND:
      return at_sending (from->window);
    case PEN_WHEN_BATCH:
      return in_batches (from, policy);
    default:
      return found;
    }
}
