/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/database.h"

G_BEGIN_DECLS

/* Where the parts of a PenSchedule are kept, one set an account. */

/**
 * pen_schedule_store_get:
 * @account: bare JID
 * @part: a #PenSchedulePart
 *
 * Returns: (transfer full) (nullable): what was put there; %NULL without @error when there is nothing
 */
GBytes *pen_schedule_store_get (PenDatabase *database, const char *account, guint part, GError **error);

/** pen_schedule_store_put: inside the turn's transaction; @bytes replace what was there. */
gboolean pen_schedule_store_put (PenDatabase *database, const char *account, guint part, GBytes *bytes,
                                 GError **error);

G_END_DECLS
