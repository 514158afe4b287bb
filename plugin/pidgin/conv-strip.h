/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtkconv.h>

G_BEGIN_DECLS

/* The widgets in one pane of Pidgin's conversation window: a button that says
 * how a message would go, right in the formatting toolbar, and a notice above
 * the lines. Several conversations may share one pane. */

typedef struct _PenConvStrip PenConvStrip;

/**
 * pen_conv_strip_show:
 *
 * Shows how things stand in the pane's active conversation; makes the widgets
 * that are missing, hides them for conversations that are not ours.
 *
 * Returns: whether it counts down, so that it has to be shown again soon
 */
gboolean pen_conv_strip_show (PidginConversation *gtkconv);

/** pen_conv_strip_remove: takes the widgets out of the pane, if there are any. */
void pen_conv_strip_remove (PidginConversation *gtkconv);

G_END_DECLS
