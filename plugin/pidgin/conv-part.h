/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <plugin.h>

G_BEGIN_DECLS

/* The part that stands in conversation windows: the state in words, a menu,
 * a mark at each message. */

void pen_conv_part_init (PurplePlugin *plugin);
void pen_conv_part_uninit (PurplePlugin *plugin);

G_END_DECLS
