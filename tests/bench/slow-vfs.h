/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* SQLite's file system with a slow or a failing disk, for tests and
 * benchmarks. One for the process; not for threads. */

/** slow_vfs_install: makes it the default; each sync then takes @sync_us microseconds more. May be called again. */
void slow_vfs_install (guint sync_us);

/** slow_vfs_syncs: Returns: how many syncs there were since the last slow_vfs_install(). */
guint64 slow_vfs_syncs (void);

/** slow_vfs_bytes: Returns: how many bytes were written since then, to whatever file of a database. */
guint64 slow_vfs_bytes (void);

/** slow_vfs_fail_writes: after @after_n more writes each one fails; -1 ends that. */
void slow_vfs_fail_writes (int after_n);

/** slow_vfs_fail_syncs: after @after_n more syncs each one fails with SQLITE_IOERR_FSYNC; -1 ends that. */
void slow_vfs_fail_syncs (int after_n);

/** slow_vfs_fail_code: SQLite's code of a write that fails; SQLITE_FULL unless set. */
void slow_vfs_fail_code (int code);

/** slow_vfs_read_only: whether database files opened from now on can be read only. */
void slow_vfs_read_only (gboolean read_only);

/** slow_vfs_skip_syncs: whether syncs are counted and not done, while something is made ready that will be measured. */
void slow_vfs_skip_syncs (gboolean skip);

G_END_DECLS
