/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/schedule.h"
#include "purple/person.h"

G_BEGIN_DECLS

/* The one queue of an account: PenSchedule with a store, a clock and a timer.
 * Nothing asks about a person but what it hands out. */

PenQueue *pen_queue_new (PenAccount *account);
void pen_queue_free (PenQueue *queue);

/** pen_queue_start: after sign-on: takes in the contact list, in slices, then lets the schedule run. */
void pen_queue_start (PenAccount *account);

/** pen_queue_changed: policy or overrides may have changed. */
void pen_queue_changed (PenAccount *account);

/** pen_queue_override: what the user set for @person alone has changed, while online. */
void pen_queue_override (PenAccount *account, const PenPerson *person);

/**
 * pen_queue_want:
 * @is_fresh: an answer is at hand that may be used again
 * @reply: (out): what becomes of the wish
 *
 * Returns: number of the first row, if it was asked at once; else 0, or -1 when it could not be
 */
gint64 pen_queue_want (PenAccount *account, const PenPerson *person, PenTrigger trigger, gboolean is_fresh,
                       PenScheduleReply *reply);

/**
 * pen_queue_want_keys:
 * @trigger: SEND for a message that is to leave; PUSHED for one that came and could not be opened
 * @reply: (out): with ASK, pen_bundles_ask_wished() is called, mostly before this returns
 *
 * For bundles of @person's devices that are known and have no session.
 */
void pen_queue_want_keys (PenAccount *account, const PenPerson *person, PenTrigger trigger, PenScheduleReply *reply);

/** pen_queue_answered: as pen_schedule_answered(); what follows is asked at once. */
void pen_queue_answered (PenAccount *account, guint64 batch, const PenScheduleAnswer *answers, gsize n_answers);

/** pen_queue_spent: a request of @bytes leaves because of the schedule: what comes next waits until it is paid for. */
void pen_queue_spent (PenAccount *account, gint64 bytes);

/** pen_queue_fresh_s: Returns: seconds for which an answer about @person is used again. */
guint pen_queue_fresh_s (PenAccount *account, const PenPerson *person);

/** pen_queue_slots: Returns: subjects of a padded batch, 0 where nothing is padded. */
guint pen_queue_slots (PenAccount *account);

/** pen_queue_connect: listens to people being added to the contact list and taken off it. */
void pen_queue_connect (PurplePlugin *plugin);

G_END_DECLS
