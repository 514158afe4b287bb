/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <blist.h>
#include <plugin.h>

G_BEGIN_DECLS

/* What stands in the menus of an account and of a buddy. */

/**
 * pen_actions:
 * @context: the account's connection, for PurplePluginInfo.actions
 *
 * Returns: (transfer full) (element-type PurplePluginAction): ours, then prpl-jabber's own
 */
GList *pen_actions (PurplePlugin *plugin, gpointer context);

/** pen_actions_buddy_menu: Returns: (transfer full) (element-type PurpleMenuAction): ours, then prpl-jabber's for JIDs. */
GList *pen_actions_buddy_menu (PurpleBlistNode *node);

G_END_DECLS
