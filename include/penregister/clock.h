/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * PenClock:
 * @now_us: tells the wall-clock time, in microseconds since 1970-01-01 UTC
 * @data: handed to @now_us
 *
 * How the core learns the time. Tests and the harness hand in a clock of
 * their own, so that no decision ever waits for a real one.
 */
typedef struct
{
  gint64 (*now_us) (gpointer data);
  gpointer data;
} PenClock;

/**
 * PenRandom:
 * @fill: writes @length_bytes random bytes to @buffer
 * @data: handed to @fill
 *
 * How the core gets randomness.
 */
typedef struct
{
  void (*fill) (guint8 *buffer, gsize length_bytes, gpointer data);
  gpointer data;
} PenRandom;

/**
 * pen_clock_now_us:
 * @clock: the clock to ask
 *
 * Returns: microseconds since 1970-01-01 UTC.
 */
static inline gint64
pen_clock_now_us (const PenClock *clock)
{
  return clock->now_us (clock->data);
}

G_END_DECLS
