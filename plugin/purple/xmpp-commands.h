/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <cmds.h>

G_BEGIN_DECLS

/* The XMPP plugin's own slash commands: on our accounts too, and on plain XMPP
 * accounts still only once. */

/**
 * pen_xmpp_commands_mark:
 *
 * Returns: a number above the ids of all commands so far, and below those to come
 */
guint pen_xmpp_commands_mark (void);

/**
 * pen_xmpp_commands_drop:
 * @from: a mark set before the commands were registered
 * @to: a mark set after
 *
 * Unregisters all commands that were registered between the two marks.
 */
void pen_xmpp_commands_drop (guint from, guint to);

/**
 * pen_xmpp_commands_register:
 *
 * Gives our accounts the XMPP plugin's commands, which has to be loaded. Each
 * runs the plugin's own command, on our connection.
 *
 * Returns: (transfer full) (element-type PurpleCmdId): what to hand to pen_xmpp_commands_unregister()
 */
GArray *pen_xmpp_commands_register (void);

/** pen_xmpp_commands_unregister: undoes pen_xmpp_commands_register(). @ids: (transfer full) (nullable) */
void pen_xmpp_commands_unregister (GArray *ids);

G_END_DECLS
