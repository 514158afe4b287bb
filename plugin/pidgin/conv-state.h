/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <conversation.h>

#include "conv-icons.h"
#include "interface.h"

G_BEGIN_DECLS

/* What the window of a conversation says, as plain values. */

/**
 * PenConvState:
 * @icon: goes with @words
 * @words: how a message would go now
 * @why: sentences, one a line
 * @notice: (nullable): what the user should know before sending, or while a message is held
 * @talk: (nullable): what can be chosen; %NULL when the store cannot be read
 * @route: as PenPaneStatus.route
 * @may_refuse: @notice says who would be asked, and that can be refused
 */
typedef struct
{
  PenConvIcon icon;
  char *words;
  char *why;
  char *notice;
  PenPaneTalk *talk;
  PenRoute route;
  gboolean may_refuse;
} PenConvState;

/** pen_conv_is_ours: Returns: whether @conv (nullable) is a conversation with one person, of an account of ours. */
gboolean pen_conv_is_ours (PurpleConversation *conv);

/**
 * pen_conv_state_new:
 * @draft: (nullable): what stands in the entry
 *
 * Returns: (transfer full): how things stand in @conv, which is ours
 */
PenConvState *pen_conv_state_new (PurpleConversation *conv, const char *draft);
void pen_conv_state_free (PenConvState *state);

/** pen_conv_state_waits: Returns: whether it counts down to a batch. */
gboolean pen_conv_state_waits (const PenConvState *state);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenConvState, pen_conv_state_free)

G_END_DECLS
