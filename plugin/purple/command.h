/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <cmds.h>
#include <connection.h>
#include <conversation.h>

G_BEGIN_DECLS

/* The slash command /pen. */

/** pen_command_register: Returns: for pen_command_unregister(). */
PurpleCmdId pen_command_register (void);
void pen_command_unregister (PurpleCmdId id);

/**
 * pen_command_send_im:
 *
 * As pen_message_send_im(); where the client knows no slash commands, what
 * begins with /pen is taken for one here, and goes to nobody.
 */
int pen_command_send_im (PurpleConnection *gc, const char *who, const char *html, PurpleMessageFlags flags);

G_END_DECLS
