/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Up to where the archive of an account was read. It is a setting, so that it
 * is in the same commit as what the message that moved it changed. */

/**
 * PenArchiveMark:
 * @key: of the setting
 * @id: (nullable): of the newest message that was seen; empty for an archive without any
 * @at_us: when that was
 */
typedef struct
{
  char *key;
  char *id;
  gint64 at_us;
} PenArchiveMark;

/**
 * pen_archive_mark_load:
 * @mark: (out caller-allocates): filled; without an id when none was ever kept
 * @bare: the account's bare JID
 */
void pen_archive_mark_load (PenArchiveMark *mark, const char *bare);

void pen_archive_mark_clear (PenArchiveMark *mark);

/** pen_archive_mark_move: Returns: %FALSE when the store refused; then @mark stays, and a line is in the debug log. */
gboolean pen_archive_mark_move (PenArchiveMark *mark, const char *id, gint64 at_us);

G_END_DECLS
