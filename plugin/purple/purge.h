/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/pane.h"

G_BEGIN_DECLS

/* Deleting old rows of the ledger without keeping the user waiting. */

/** pen_purge_begin: as @purge_begin of PenPane; @purge (nullable): nobody is told. One that runs takes this one in. */
void pen_purge_begin (gint64 before_us, const PenPanePurge *purge);

/** pen_purge_forget: as @purge_forget of PenPane. */
void pen_purge_forget (gpointer data);

/** pen_purge_expire: begins one when rows are older than the retention; else does nothing. */
void pen_purge_expire (void);

/** pen_purge_stop: before the plugin goes. What is left to do is done by the next start's pen_purge_expire(). */
void pen_purge_stop (void);

G_END_DECLS
