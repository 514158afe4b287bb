/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A main loop for libpurple's timeouts that runs when the test says so: a turn
 * runs, in their order, those that were there when it began, however long they
 * wanted to wait. */

void turns_begin (void);
void turns_run (guint n_turns);
void turns_end (void);

G_END_DECLS
