/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The store's log: it is as long as many commits need before the first one,
 * and what was made ready is in nobody's way. */

#include <stdlib.h>

#include "count-in-file.h"
#include "store-place.h"

#define COMMITS 50
#define NEWER "99"
#define MARKER "a text that is deleted later"
/* Head, one frame, and every piece of what is made ready: more than opening a store writes. */
#define WRITES_MAX (26 + PEN_DATABASE_LOG_READY_BYTES / (64 << 10))

static char *
log_of (const Place *place)
{
  return g_strconcat (place->path, "-wal", NULL);
}

static gint64
length_of_log (const Place *place)
{
  g_autofree char *path = log_of (place);
  GStatBuf about;

  return g_stat (path, &about) == 0 ? (gint64) about.st_size : -1;
}

static guint
count_in_log (const Place *place, const char *text)
{
  g_autofree char *path = log_of (place);

  return count_in_file (path, text);
}

static void
test_ready (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (PenDatabase) database = open_store (place);

  g_assert_cmpint (length_of_log (place), ==, PEN_DATABASE_LOG_READY_BYTES);
  for (guint i = 0; i < COMMITS; i++)
    {
      g_autofree char *value = g_strdup_printf ("%u", i);

      set_committed (database, "key", value);
    }
  g_assert_cmpint (length_of_log (place), ==, PEN_DATABASE_LOG_READY_BYTES);
}

/* Only file and log are there after a sudden end: the index is made anew out of the log, up to what was made ready. */
static void
test_sudden_end (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (PenDatabase) database = open_store (place);
  g_autofree char *copy_folder = g_strconcat (place->folder, "-copy", NULL);
  Place copy = { copy_folder, NULL };

  copy.path = g_build_filename (copy.folder, "store.db", NULL);
  g_assert_cmpint (g_mkdir (copy.folder, 0700), ==, 0);
  set_committed (database, "key", "kept");
  for (guint i = 0; i < 2; i++)
    {
      const char *suffix = i == 0 ? "" : "-wal";
      g_autofree char *from = g_strconcat (place->path, suffix, NULL);
      g_autofree char *to = g_strconcat (copy.path, suffix, NULL);
      g_autofree char *bytes = NULL;
      gsize length;

      g_assert_true (g_file_get_contents (from, &bytes, &length, NULL));
      g_assert_true (g_file_set_contents (to, bytes, (gssize) length, NULL));
    }
  {
    g_autoptr (PenDatabase) again = open_store (&copy);

    assert_setting (again, "key", "kept");
    g_assert_cmpint (length_of_log (&copy), ==, PEN_DATABASE_LOG_READY_BYTES);
  }
  empty_folder (copy.folder);
  g_free (copy.path);
}

/* Another program opens the store meanwhile, and both go on. */
static void
test_opened_twice (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (PenDatabase) one = open_store (place);
  g_autoptr (PenDatabase) two = NULL;

  set_committed (one, "one", "before");
  two = open_store (place);
  assert_setting (two, "one", "before");
  pen_database_rollback (two);
  for (guint i = 0; i < COMMITS; i++)
    {
      g_autofree char *value = g_strdup_printf ("%u", i);

      set_committed (one, "one", value);
      set_committed (two, "two", value);
      assert_setting (two, "one", value);
      pen_database_rollback (two);
    }
  assert_setting (one, "two", "49");
}

/* A newer version of the program has opened the store meanwhile: its number stays. */
static void
test_newer_meanwhile (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (PenDatabase) database = open_store (place);
  int code;

  run_sql (place->path, "PRAGMA user_version=" NEWER);
  g_assert_true (pen_database_truncate_log (database, NULL));
  g_assert_cmpint (pen_database_pragma (pen_database_handle (database), "PRAGMA user_version", &code), ==, atoi (NEWER));
}

/* After a purge there is room again, and nothing in it. */
static void
test_renewed (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (PenDatabase) database = open_store (place);
  g_autoptr (GError) error = NULL;

  set_committed (database, "key", MARKER);
  g_assert_cmpuint (count_in_log (place, MARKER), >, 0);
  set_committed (database, "key", NULL);
  g_assert_true (pen_database_truncate_log (database, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_in_log (place, MARKER), ==, 0);
  g_assert_cmpint (length_of_log (place), ==, PEN_DATABASE_LOG_READY_BYTES);
  set_committed (database, "key", "after");
}

/* The disk is full from some write on: what was in the store stays, and all goes on when there is room again. */
static void
test_no_room (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  guint n_short = 0;

  make_store (place, "kept");
  for (int writes = 0; writes < WRITES_MAX; writes++)
    {
      g_autoptr (PenDatabase) database = NULL;

      slow_vfs_fail_writes (writes);
      database = open_store (place);
      slow_vfs_fail_writes (-1);
      n_short += length_of_log (place) < PEN_DATABASE_LOG_READY_BYTES;
      assert_setting (database, "key", "kept");
      pen_database_rollback (database);
      set_committed (database, "key", "kept");
    }
  g_assert_cmpuint (n_short, >, PEN_DATABASE_LOG_READY_BYTES >> 17);
  g_assert_cmpuint (n_short, <, WRITES_MAX);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  slow_vfs_install (0);
  TEST ("/database-log/ready", NULL, test_ready);
  TEST ("/database-log/sudden-end", NULL, test_sudden_end);
  TEST ("/database-log/opened-twice", NULL, test_opened_twice);
  TEST ("/database-log/newer-meanwhile", NULL, test_newer_meanwhile);
  TEST ("/database-log/renewed", NULL, test_renewed);
  TEST ("/database-log/no-room", NULL, test_no_room);
  return g_test_run ();
}
