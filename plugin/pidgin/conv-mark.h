/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <account.h>

#include "penregister/pane.h"

G_BEGIN_DECLS

/* The mark behind each message, that says how it went, and how far it came. */

/** pen_conv_marks_load: / _unload: marks what is written between the two; marks that stand stay. */
void pen_conv_marks_load (void);
void pen_conv_marks_unload (void);

/** pen_conv_marks_update: @message came further, or got its route. */
void pen_conv_marks_update (const PenPaneMessage *message);

G_END_DECLS
