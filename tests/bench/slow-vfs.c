/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* A layer over SQLite's default file system: everything is passed on, but
 * syncs sleep, and writes, syncs and the right to write can be taken away. */

#include "slow-vfs.h"

#include <sqlite3.h>

typedef struct
{
  sqlite3_file base;
  sqlite3_file *real;
} SlowFile;

static struct
{
  sqlite3_vfs vfs;
  sqlite3_vfs *real;
  guint sync_us;
  guint64 syncs;
  guint64 bytes;
  int writes_left;
  int syncs_left;
  int fail_code;
  gboolean read_only;
  gboolean skips_syncs;
} slow;

static sqlite3_file *
real_of (sqlite3_file *file)
{
  return ((SlowFile *) file)->real;
}

static gboolean
runs_out (int *left)
{
  if (*left < 0)
    return FALSE;
  if (*left == 0)
    return TRUE;
  (*left)--;
  return FALSE;
}

static int
slow_close (sqlite3_file *file)
{
  return real_of (file)->pMethods->xClose (real_of (file));
}

static int
slow_read (sqlite3_file *file, void *buffer, int n, sqlite3_int64 offset)
{
  return real_of (file)->pMethods->xRead (real_of (file), buffer, n, offset);
}

static int
slow_write (sqlite3_file *file, const void *buffer, int n, sqlite3_int64 offset)
{
  if (runs_out (&slow.writes_left))
    return slow.fail_code;
  slow.bytes += (guint64) n;
  return real_of (file)->pMethods->xWrite (real_of (file), buffer, n, offset);
}

static int
slow_truncate (sqlite3_file *file, sqlite3_int64 size)
{
  return real_of (file)->pMethods->xTruncate (real_of (file), size);
}

static int
slow_sync (sqlite3_file *file, int flags)
{
  slow.syncs++;
  if (runs_out (&slow.syncs_left))
    return SQLITE_IOERR_FSYNC;
  if (slow.skips_syncs)
    return SQLITE_OK;
  if (slow.sync_us > 0)
    g_usleep (slow.sync_us);
  return real_of (file)->pMethods->xSync (real_of (file), flags);
}

static int
slow_file_size (sqlite3_file *file, sqlite3_int64 *size)
{
  return real_of (file)->pMethods->xFileSize (real_of (file), size);
}

static int
slow_lock (sqlite3_file *file, int lock)
{
  return real_of (file)->pMethods->xLock (real_of (file), lock);
}

static int
slow_unlock (sqlite3_file *file, int lock)
{
  return real_of (file)->pMethods->xUnlock (real_of (file), lock);
}

static int
slow_check_reserved_lock (sqlite3_file *file, int *result)
{
  return real_of (file)->pMethods->xCheckReservedLock (real_of (file), result);
}

static int
slow_file_control (sqlite3_file *file, int op, void *argument)
{
  return real_of (file)->pMethods->xFileControl (real_of (file), op, argument);
}

static int
slow_sector_size (sqlite3_file *file)
{
  return real_of (file)->pMethods->xSectorSize (real_of (file));
}

static int
slow_device_characteristics (sqlite3_file *file)
{
  return real_of (file)->pMethods->xDeviceCharacteristics (real_of (file));
}

static int
slow_shm_map (sqlite3_file *file, int page, int size, int extend, void volatile **map)
{
  return real_of (file)->pMethods->xShmMap (real_of (file), page, size, extend, map);
}

static int
slow_shm_lock (sqlite3_file *file, int offset, int n, int flags)
{
  return real_of (file)->pMethods->xShmLock (real_of (file), offset, n, flags);
}

static void
slow_shm_barrier (sqlite3_file *file)
{
  real_of (file)->pMethods->xShmBarrier (real_of (file));
}

static int
slow_shm_unmap (sqlite3_file *file, int remove)
{
  return real_of (file)->pMethods->xShmUnmap (real_of (file), remove);
}

static const sqlite3_io_methods methods = {
  .iVersion = 2,
  .xClose = slow_close,
  .xRead = slow_read,
  .xWrite = slow_write,
  .xTruncate = slow_truncate,
  .xSync = slow_sync,
  .xFileSize = slow_file_size,
  .xLock = slow_lock,
  .xUnlock = slow_unlock,
  .xCheckReservedLock = slow_check_reserved_lock,
  .xFileControl = slow_file_control,
  .xSectorSize = slow_sector_size,
  .xDeviceCharacteristics = slow_device_characteristics,
  .xShmMap = slow_shm_map,
  .xShmLock = slow_shm_lock,
  .xShmBarrier = slow_shm_barrier,
  .xShmUnmap = slow_shm_unmap,
};

static int
slow_open (sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
  SlowFile *slow_file = (SlowFile *) file;
  int code;

  (void) vfs;
  slow_file->base.pMethods = NULL;
  slow_file->real = (sqlite3_file *) (slow_file + 1);
  if (slow.read_only && (flags & SQLITE_OPEN_MAIN_DB))
    flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
  code = slow.real->xOpen (slow.real, name, slow_file->real, flags, out_flags);
  if (slow_file->real->pMethods != NULL)
    slow_file->base.pMethods = &methods;
  return code;
}

void
slow_vfs_install (guint sync_us)
{
  if (slow.real == NULL)
    {
      slow.real = sqlite3_vfs_find (NULL);
      /* What is not overridden works on names alone and does not look at the layer. */
      slow.vfs = *slow.real;
      slow.vfs.iVersion = MIN (slow.real->iVersion, 2);
      slow.vfs.zName = "slow";
      slow.vfs.szOsFile = (int) sizeof (SlowFile) + slow.real->szOsFile;
      slow.vfs.pNext = NULL;
      slow.vfs.xOpen = slow_open;
      slow.writes_left = -1;
      slow.syncs_left = -1;
      slow.fail_code = SQLITE_FULL;
      sqlite3_vfs_register (&slow.vfs, 1);
    }
  slow.sync_us = sync_us;
  slow.syncs = 0;
  slow.bytes = 0;
}

guint64
slow_vfs_syncs (void)
{
  return slow.syncs;
}

guint64
slow_vfs_bytes (void)
{
  return slow.bytes;
}

void
slow_vfs_fail_writes (int after_n)
{
  slow.writes_left = after_n;
}

void
slow_vfs_fail_syncs (int after_n)
{
  slow.syncs_left = after_n;
}

void
slow_vfs_fail_code (int code)
{
  slow.fail_code = code;
}

void
slow_vfs_read_only (gboolean read_only)
{
  slow.read_only = read_only;
}

void
slow_vfs_skip_syncs (gboolean skip)
{
  slow.skips_syncs = skip;
}
