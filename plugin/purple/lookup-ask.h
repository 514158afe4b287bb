/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/schedule.h"
#include "purple/person.h"

G_BEGIN_DECLS

/* Puts what the queue hands out to the servers, and takes their answers in. */

/**
 * pen_lookup_ask:
 * @batch: who is asked about, together and in this order
 * @may_leave: %FALSE when the store refused: then all of them could not be asked about
 *
 * Returns: number of the first row, 0 if nothing was asked, -1 if it did not leave
 */
gint64 pen_lookup_ask (PenAccount *account, const PenScheduleBatch *batch, gboolean may_leave);

G_END_DECLS
