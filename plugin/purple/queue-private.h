/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/queue.h"

G_BEGIN_DECLS

/* For the queue's own files: queue.c has the schedule, its clock and its place
 * in the store; queue-list.c tells it who is on the contact list. */

/**
 * _PenQueue:
 * @schedule: (nullable): %NULL when what was saved cannot be read
 * @policy: the account's, as the schedule knows it
 * @timer: of the next slot, or 0
 * @slice: main-loop source that takes in the contact list, or 0
 * @change: main-loop source that makes known who was added or removed in this turn, or 0
 * @buddies: (element-type utf8): still to be taken in; @overrides: name -> #PenWhen
 * @listed: (nullable): names taken in so far, as a set
 * @row: first row of what was asked last
 * @is_running: batches are being handed out; @again: more came meanwhile
 */
struct _PenQueue
{
  PenAccount *account;
  PenSchedule *schedule;
  PenPolicy policy;
  PenRandom random;
  guint timer;
  guint slice;
  guint change;
  GQueue *buddies;
  GHashTable *overrides;
  GHashTable *listed;
  gint64 row;
  gboolean is_running;
  gboolean again;
};

/** pen_queue_now: Returns: one reading of the clocks. */
PenScheduleNow pen_queue_now (void);

/** pen_queue_sync_policy: the account's policy may be another one now. */
void pen_queue_sync_policy (PenQueue *queue);

/** pen_queue_run: after every event: what is due is asked, saved, and the timer set to what comes next. */
void pen_queue_run (PenQueue *queue);

/** pen_queue_class_of: Returns: what is asked about @address. */
PenScheduleClass pen_queue_class_of (const PenAddress *address);

/** pen_queue_is_person: Returns: whether @address can be asked about at all: hosts and short codes cannot. */
gboolean pen_queue_is_person (const PenAddress *address);

G_END_DECLS
