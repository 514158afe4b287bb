/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <plugin.h>

G_BEGIN_DECLS

/* The part that lets the buddy list's search find numbers in every form in
 * which they are written. */

void pen_entry_search_init (PurplePlugin *plugin);
void pen_entry_search_uninit (PurplePlugin *plugin);

G_END_DECLS
