/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The signal penregister-row: who listens is told of rows that were written or
 * completed. */

/** pen_row_news_add: @row has changed: told soon, once, however often it changes until then. */
void pen_row_news_add (gint64 row);

/** pen_row_news_tell: tells of all that wait, now. */
void pen_row_news_tell (void);

/** pen_row_news_stop: forgets what waits. */
void pen_row_news_stop (void);

G_END_DECLS
