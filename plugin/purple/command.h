/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <cmds.h>

G_BEGIN_DECLS

/* The slash command /pen. */

/** pen_command_register: Returns: for pen_command_unregister(). */
PurpleCmdId pen_command_register (void);
void pen_command_unregister (PurpleCmdId id);

G_END_DECLS
