/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Timers that follow the app's clock: the real one through the client's main
 * loop, a virtual one when it is set. */

typedef struct _PenTimers PenTimers;
typedef void (*PenTimerFunc) (gpointer data);

PenTimers *pen_timers_new (void);
void pen_timers_free (PenTimers *timers);

/** pen_timers_now_us: Returns: microseconds since 1970 by the clock in force. */
gint64 pen_timers_now_us (PenTimers *timers);

/** pen_timers_mono_us: Returns: microseconds by a clock that only goes forward. Timers follow this one: the other may jump. */
gint64 pen_timers_mono_us (PenTimers *timers);

/** pen_timers_set_virtual: time stands at @now_us from now on; due timers run before this returns. */
void pen_timers_set_virtual (PenTimers *timers, gint64 now_us);

/**
 * pen_timers_add:
 * @delay_us: microseconds from now
 * @function: called once
 *
 * Returns: a number above 0 for pen_timers_cancel()
 */
guint pen_timers_add (PenTimers *timers, gint64 delay_us, PenTimerFunc function, gpointer data);

/** pen_timers_add_exact: as pen_timers_add(), but a move of a virtual clock stops at its time: for what goes by a schedule. */
guint pen_timers_add_exact (PenTimers *timers, gint64 delay_us, PenTimerFunc function, gpointer data);

/** pen_timers_cancel: no harm in a number that has fired or is 0. */
void pen_timers_cancel (PenTimers *timers, guint timer);

G_END_DECLS
