/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * PenImportCount:
 * @copied: files copied; @kept: files that were there already, left as they are; @failed: what could not be copied
 */
typedef struct
{
  guint copied;
  guint kept;
  guint failed;
} PenImportCount;

/**
 * pen_import_logs:
 * @from: a folder; a missing one counts as empty
 * @to: a folder, made when there is something to copy
 *
 * Copies a tree: folders 0700, files 0600. Never overwrites; symbolic links
 * and special files are left out.
 *
 * Returns: what was done
 */
PenImportCount pen_import_logs (const char *from, const char *to);

G_END_DECLS
