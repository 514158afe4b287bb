/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <plugin.h>

G_BEGIN_DECLS

/* The part that shows devices and verifies them: Tools, a buddy's and a
 * conversation's menu. */

void pen_devices_part_init (PurplePlugin *plugin);
void pen_devices_part_uninit (PurplePlugin *plugin);
GList *pen_devices_part_actions (GList *list);

G_END_DECLS
