/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

/* A place for one store, and what the tests of its file have in common. */

#include <glib/gstdio.h>
#include <string.h>

#include "database-private.h"
#include "penregister/contact.h"
#include "slow-vfs.h"

typedef struct
{
  char *folder;
  char *path;
} Place;

static inline void
set_up (Place *place, gconstpointer data)
{
  g_autofree char *root = g_dir_make_tmp ("penregister-test-XXXXXX", NULL);

  (void) data;
  place->folder = g_build_filename (root, "penregister", NULL);
  place->path = g_build_filename (place->folder, "store.db", NULL);
}

static inline void
empty_folder (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (folder, name, NULL);

      g_unlink (file);
    }
  if (dir != NULL)
    g_dir_close (dir);
  g_rmdir (folder);
}

static inline void
tear_down (Place *place, gconstpointer data)
{
  g_autofree char *root = g_path_get_dirname (place->folder);

  (void) data;
  slow_vfs_fail_writes (-1);
  slow_vfs_fail_syncs (-1);
  slow_vfs_fail_code (SQLITE_FULL);
  slow_vfs_read_only (FALSE);
  empty_folder (place->folder);
  g_unlink (place->folder);
  empty_folder (root);
  g_free (place->folder);
  g_free (place->path);
}

static inline PenDatabase *
open_store (const Place *place)
{
  GError *error = NULL;
  PenDatabase *database = pen_database_open (place->path, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (database);
  return database;
}

static inline void
set_committed (PenDatabase *database, const char *key, const char *value)
{
  GError *error = NULL;

  pen_setting_set (database, key, value, &error);
  g_assert_no_error (error);
  pen_database_commit (database, &error);
  g_assert_no_error (error);
}

static inline void
assert_setting (PenDatabase *database, const char *key, const char *value)
{
  GError *error = NULL;
  g_autofree char *found = pen_setting_get (database, key, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, value);
}

static inline void
run_sql (const char *path, const char *sql)
{
  sqlite3 *handle = NULL;

  g_assert_cmpint (sqlite3_open (path, &handle), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (handle);
}

static inline void
make_store (const Place *place, const char *value)
{
  g_autoptr (PenDatabase) database = open_store (place);

  set_committed (database, "key", value);
}

static inline void
assert_refused (const Place *place, PenDatabaseError code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *set_aside = NULL;

  g_assert_null (pen_database_open (place->path, &set_aside, &error));
  g_assert_error (error, PEN_DATABASE_ERROR, (int) code);
  g_assert_null (set_aside);
  g_assert_cmpint (error->message[strlen (error->message) - 1], ==, '.');
}

static inline guint
mode_of (const char *path)
{
  GStatBuf about;

  g_assert_cmpint (g_stat (path, &about), ==, 0);
  return about.st_mode & 0777;
}

#define TEST(path, data, function) g_test_add (path, Place, data, set_up, function, tear_down)
