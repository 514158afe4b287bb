/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/omemo-talk.h"

G_BEGIN_DECLS

/** pen_incoming_message: takes what is ours from a message that came in; what is emptied, libpurple does not show. */
void pen_incoming_message (PenAccount *account, xmlnode *message);

/** pen_incoming_late: opens and shows what comes out of the backlog, which libpurple does not see. */
void pen_incoming_late (PenAccount *account, xmlnode *element);

/** pen_incoming_time_s: Returns: when a message was sent, if server or room kept it (XEP-0203), else now; seconds since 1970. */
gint64 pen_incoming_time_s (xmlnode *message);

/** pen_incoming_carbon: shows a message that another client of ours got. Returns: what it was */
PenOpened pen_incoming_carbon (PenAccount *account, xmlnode *inner);

/**
 * pen_incoming_archived:
 * @is_left_out: (out): nothing was done with it; one that comes otherwise is for libpurple
 *
 * Shows a message that the server kept, of either side. Returns: what it was
 */
PenOpened pen_incoming_archived (PenAccount *account, xmlnode *inner, gboolean *is_left_out);

G_END_DECLS
