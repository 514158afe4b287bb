/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What each policy would have told, by the numbers of a report. */

#include "settings-predict.h"

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define HOURS (30 * 24)
#define FRESH_S 7200

static const PenPolicy at_send = PEN_POLICY_DEFAULT;
static const PenPolicy at_typing = { PEN_WHEN_TYPED, FALSE, 64, 3600, 8, 600, FRESH_S };
static const PenPolicy in_batches = { PEN_WHEN_BATCH, FALSE, 64, 3600, 8, 600, FRESH_S };
static const PenPolicy padded = { PEN_WHEN_BATCH, TRUE, 64, 3600, 8, 600, FRESH_S };
static const PenPolicy never = { PEN_WHEN_NEVER, FALSE, 64, 3600, 8, 600, FRESH_S };

/* The server saw 10 questions about 4, and 9 messages to 3; the directory 3 about 2; by typing 40 about 12. */
static PenExposureItem home = { .lookups = 10, .people = 4, .cover = 1, .timing_s = 1, .deliveries = 9,
                                .delivery_people = 3, .baseline = { 40, 12, 1 } };
static PenExposureItem directory = { .lookups = 3, .people = 2, .timing_s = 1, .baseline = { 20, 8, 1 } };

static PenExposureWindow *
new_window (gboolean is_empty)
{
  PenExposureWindow *window = g_new0 (PenExposureWindow, 1);

  window->until_us = 30 * DAY_US;
  window->items = g_ptr_array_new ();
  if (!is_empty)
    {
      g_ptr_array_add (window->items, &directory);
      g_ptr_array_add (window->items, &home);
    }
  return window;
}

static void
window_free (PenExposureWindow *window)
{
  g_ptr_array_unref (window->items);
  g_free (window);
}

static void
check_same (const PenPrediction *found, const PenPrediction *wanted)
{
  g_assert_cmpuint (found->lookups, ==, wanted->lookups);
  g_assert_cmpuint (found->strangers, ==, wanted->strangers);
  g_assert_cmpuint (found->people, ==, wanted->people);
  g_assert_cmpint (found->timing_s, ==, wanted->timing_s);
}

static void
check (const PenPredictFrom *from, const PenPolicy *policy, const PenPrediction *wanted)
{
  PenPrediction found = pen_predict (from, policy);

  check_same (&found, wanted);
}

static void
test_counted (void)
{
  PenExposureWindow *window = new_window (FALSE);
  PenPrediction found = pen_predict_counted (window);

  check_same (&found, &(PenPrediction) { 10, 1, 4, 1 });
  window_free (window);
}

static void
test_others (void)
{
  PenExposureWindow *window = new_window (FALSE);
  PenPredictFrom from = { window, 30 };
  guint64 slots = HOURS * 64 + HOURS * 6 * 8;
  guint64 sweeps = HOURS / 2 * 30;

  check (&from, &at_typing, &(PenPrediction) { 40, 0, 12, 1 });
  check (&from, &in_batches, &(PenPrediction) { sweeps, 0, 30, 3600 });
  check (&from, &padded, &(PenPrediction) { slots, slots - sweeps, 30, 3600 });
  check (&from, &never, &(PenPrediction) { 0, 0, 0, 0 });
  check (&from, &at_send, &(PenPrediction) { 9, 0, 3, 1 });
  from.contacts = 1;
  check (&from, &in_batches, &(PenPrediction) { HOURS / 2 * 4, 0, 4, 3600 });
  window_free (window);
}

static void
test_empty (void)
{
  PenExposureWindow *window = new_window (TRUE);
  PenPredictFrom from = { window, 0 };
  PenPolicy odd = padded;

  check (&from, &never, &(PenPrediction) { 0, 0, 0, 0 });
  check (&from, &at_send, &(PenPrediction) { 0, 0, 0, 0 });
  check (&from, &at_typing, &(PenPrediction) { 0, 0, 0, 0 });
  check (&from, &in_batches, &(PenPrediction) { 0, 0, 0, 0 });
  odd.period_s = odd.fast_period_s = odd.fresh_s = odd.slots = 0;
  check (&from, &odd, &(PenPrediction) { 0, 0, 0, 0 });
  window_free (window);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/predict/counted", test_counted);
  g_test_add_func ("/predict/others", test_others);
  g_test_add_func ("/predict/empty", test_empty);
  return g_test_run ();
}
