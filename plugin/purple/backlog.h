/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/account.h"

G_BEGIN_DECLS

/* What came in and is worked off in slices: a burst (offline messages,
 * carbons, an archive) must not hold up the client. */

/** PenBacklogFunc: opens and shows a message that had to wait. @message: (transfer none) */
typedef void (*PenBacklogFunc) (PenAccount *account, xmlnode *message);

PenBacklog *pen_backlog_new (PenAccount *account, PenBacklogFunc open);

/** pen_backlog_free: what still waits is dropped: it was not acknowledged, so the server sends it again, or has it in its archive. */
void pen_backlog_free (PenBacklog *backlog);

/** pen_backlog_is_busy: Returns: whether a new message has to wait: behind another, or for time. */
gboolean pen_backlog_is_busy (const PenBacklog *backlog);

/** pen_backlog_is_empty: Returns: whether nothing waits. */
gboolean pen_backlog_is_empty (const PenBacklog *backlog);

/** pen_backlog_push: puts a copy of @message behind what waits, and of what is old, when new messages are held. */
void pen_backlog_push (PenBacklog *backlog, xmlnode *message);

/** pen_backlog_push_old: puts a copy of @element, of an archive, before the new messages that are held. */
void pen_backlog_push_old (PenBacklog *backlog, xmlnode *element);

/** pen_backlog_hold: @is_held: from now on, until %FALSE, new messages wait for all that is old. */
void pen_backlog_hold (PenBacklog *backlog, gboolean is_held);

/** pen_backlog_spent: @began_us: g_get_monotonic_time() when the work on a message of this turn began */
void pen_backlog_spent (PenBacklog *backlog, gint64 began_us);

/** pen_backlog_changed: a ratchet moved by what came in: it is made durable before it is acknowledged. */
void pen_backlog_changed (PenBacklog *backlog);

/**
 * pen_backlog_acknowledge:
 * @ack: the <a/> that libpurple wants to send (XEP-0198 4)
 *
 * What was acknowledged does not come again: so all of it is opened and
 * durable first, and the acknowledgement waits for that.
 *
 * Returns: whether it may leave now
 */
gboolean pen_backlog_acknowledge (PenBacklog *backlog, xmlnode *ack);

/** pen_backlog_drain: works off all that waits, at once: on a stream without acknowledgements that ends. */
void pen_backlog_drain (PenBacklog *backlog);

G_END_DECLS
