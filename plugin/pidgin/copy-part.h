/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The entry of Tools that copies an XMPP account. An account has its own menu
 * only while it is online, and who comes from plain XMPP has none of ours yet. */

/** pen_copy_part_actions: Returns: (transfer full): @list with the entry before it. */
GList *pen_copy_part_actions (GList *list);

G_END_DECLS
