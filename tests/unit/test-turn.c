/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The turn's transaction: what a commit costs, what happens when the disk
 * fails, and that nothing that was committed is lost to a kill. */

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "database-private.h"
#include "penregister/ledger.h"
#include "store-place.h"

#define KILLS 20

static gint64
tell_time (gpointer data)
{
  (void) data;
  return G_GINT64_CONSTANT (1767225600123456);
}

static const PenClock test_clock = { tell_time, NULL };

static void
test_turn (Place *place, gconstpointer data)
{
  g_autoptr (PenDatabase) database = open_store (place);

  (void) data;
  g_assert_false (pen_database_in_transaction (database));
  g_assert_true (pen_database_commit (database, NULL));
  g_assert_true (pen_database_begin (database, NULL));
  g_assert_true (pen_database_begin (database, NULL));
  g_assert_true (pen_database_in_transaction (database));
  g_assert_true (pen_database_commit (database, NULL));
  g_assert_cmpuint (pen_database_stats (database).commits, ==, 0);

  set_committed (database, "key", "value");
  g_assert_cmpuint (pen_database_stats (database).commits, ==, 1);
  g_assert_true (pen_setting_set (database, "key", "other", NULL));
  pen_database_rollback (database);
  g_assert_false (pen_database_in_transaction (database));
  assert_setting (database, "key", "value");
  g_assert_cmpuint (pen_database_stats (database).commits, ==, 1);
}

/* A value that cannot be bound would be NULL: nothing is written, and no row is found by it. */
static void
test_unbound (Place *place, gconstpointer data)
{
  static const char put[] = "INSERT INTO contact (account, name, state, origin, asked_at_us, devices, pinned, choice,"
                            " override, jids) VALUES (?1, ?2, 0, 0, 0, 0, 0, 0, 0, ?3)";
  static const char ask[] = "SELECT name FROM contact WHERE jids IS ?1";
  g_autoptr (PenDatabase) database = open_store (place);
  g_autoptr (GError) error = NULL;

  (void) data;
  sqlite3_limit (pen_database_handle (database), SQLITE_LIMIT_LENGTH, 1000);
  {
    g_autofree char *text = g_strnfill (2000, 'x');

    g_assert_false (pen_database_change (database, put, &error, "ttt", "a", "b", text));
    g_assert_nonnull (error);
    g_clear_error (&error);
    g_assert_null (pen_database_query (database, ask, &error, "t", text));
    g_assert_nonnull (error);
  }
  g_assert_true (pen_database_commit (database, NULL));
  g_assert_cmpint (pen_database_step (database, pen_database_query (database, ask, NULL, "t", NULL), NULL), ==,
                   SQLITE_DONE);
}

static void
test_close_rolls_back (Place *place, gconstpointer data)
{
  PenDatabase *database = open_store (place);

  (void) data;
  g_assert_true (pen_setting_set (database, "key", "value", NULL));
  pen_database_close (database);
  database = open_store (place);
  assert_setting (database, "key", NULL);
  pen_database_close (database);
}

static void
test_syncs (Place *place, gconstpointer data)
{
  g_autoptr (PenDatabase) database = open_store (place);

  (void) data;
  set_committed (database, "key", "first");
  slow_vfs_install (0);
  for (int i = 0; i < 100; i++)
    g_assert_true (pen_setting_set (database, "key", i % 2 ? "odd" : "even", NULL));
  g_assert_cmpuint (slow_vfs_syncs (), ==, 0);
  g_assert_true (pen_database_commit (database, NULL));
  g_assert_cmpuint (slow_vfs_syncs (), ==, 1);
}

typedef struct
{
  const char *name;
  int sqlite_code;
  int after;
  PenDatabaseError error;
  gboolean on_sync;
} Failure;

static const Failure failures[] = {
  { "/database/failure/full-at-once", SQLITE_FULL, 0, PEN_DATABASE_ERROR_FULL, FALSE },
  { "/database/failure/full-midway", SQLITE_FULL, 1, PEN_DATABASE_ERROR_FULL, FALSE },
  { "/database/failure/io", SQLITE_IOERR_WRITE, 1, PEN_DATABASE_ERROR_FAILED, FALSE },
  { "/database/failure/sync", 0, 0, PEN_DATABASE_ERROR_FAILED, TRUE },
};

static void
test_failing_commit (Place *place, gconstpointer data)
{
  const Failure *failure = data;
  g_autoptr (PenDatabase) database = open_store (place);
  g_autoptr (GError) error = NULL;

  set_committed (database, "key", "before");
  g_assert_true (pen_setting_set (database, "key", "lost", NULL));
  slow_vfs_fail_code (failure->sqlite_code);
  if (failure->on_sync)
    slow_vfs_fail_syncs (failure->after);
  else
    slow_vfs_fail_writes (failure->after);
  g_assert_false (pen_database_commit (database, &error));
  g_assert_error (error, PEN_DATABASE_ERROR, (int) failure->error);
  g_assert_false (pen_database_in_transaction (database));
  slow_vfs_fail_writes (-1);
  slow_vfs_fail_syncs (-1);

  assert_setting (database, "key", "before");
  set_committed (database, "key", "after");
  assert_setting (database, "key", "after");
}

/* When SQLite gives up the transaction in its middle, what was written before
 * must not look committed, and what comes later must not be committed alone. */
static void
test_lost_turn (Place *place, gconstpointer data)
{
  g_autoptr (PenDatabase) database = open_store (place);
  g_autoptr (GError) error = NULL;
  g_autofree char *big = g_strnfill (4000, 'x');
  gboolean failed = FALSE;

  (void) data;
  sqlite3_exec (pen_database_handle (database), "PRAGMA cache_size=5", NULL, NULL, NULL);
  g_assert_true (pen_setting_set (database, "first", "in the turn", NULL));
  slow_vfs_fail_writes (2);
  for (int i = 0; i < 200 && !failed; i++)
    {
      g_autofree char *key = g_strdup_printf ("key %d", i);

      failed = !pen_setting_set (database, key, big, &error);
    }
  g_assert_true (failed);
  g_assert_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FULL);
  slow_vfs_fail_writes (-1);
  g_assert_true (sqlite3_get_autocommit (pen_database_handle (database)));

  g_assert_true (pen_database_in_transaction (database));
  g_assert_false (pen_setting_set (database, "alone", "value", NULL));
  g_clear_error (&error);
  g_assert_false (pen_database_commit (database, &error));
  g_assert_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FULL);
  assert_setting (database, "first", NULL);
  assert_setting (database, "alone", NULL);
  set_committed (database, "first", "value");
}

static void
test_no_space_at_open (Place *place, gconstpointer data)
{
  (void) data;
  slow_vfs_fail_writes (0);
  assert_refused (place, PEN_DATABASE_ERROR_FULL);
  slow_vfs_fail_writes (-1);
  make_store (place, "value");
}

/* Kills */

static void
append_and_report (const char *path, int report)
{
  PenDatabase *database = pen_database_open (path, NULL, NULL);
  PenLedger *ledger = pen_ledger_new (database, &test_clock);

  for (;;)
    {
      gint64 rows[3];

      for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        {
          g_autoptr (PenLedgerRow) row = g_new0 (PenLedgerRow, 1);

          row->account = g_strdup ("juliet@capulet.example");
          row->address = g_strdup ("tel:+15551234567");
          if (!pen_ledger_append (ledger, row, NULL))
            _exit (2);
          rows[i] = row->row;
        }
      if (!pen_database_commit (database, NULL) || write (report, rows, sizeof rows) != sizeof rows)
        _exit (3);
    }
}

static gint64
kill_one (const char *path)
{
  gint64 rows[3];
  gint64 last = 0;
  int ends[2];
  int status;
  pid_t child;

  g_assert_cmpint (pipe (ends), ==, 0);
  child = fork ();
  if (child == 0)
    append_and_report (path, ends[1]);
  close (ends[1]);
  g_usleep ((gulong) g_random_int_range (15000, 60000));
  kill (child, SIGKILL);
  waitpid (child, &status, 0);
  g_assert_true (WIFSIGNALED (status));
  while (read (ends[0], rows, sizeof rows) == sizeof rows)
    last = rows[2];
  close (ends[0]);
  return last;
}

static void
test_kill (Place *place, gconstpointer data)
{
  gint64 reported = 0;

  (void) data;
  for (int i = 0; i < KILLS; i++)
    {
      PenDatabase *database;
      g_autofree char *sql = NULL;
      g_autofree char *set_aside = NULL;
      gint64 last = kill_one (place->path);
      int code;

      reported = MAX (reported, last);
      database = pen_database_open (place->path, &set_aside, NULL);
      g_assert_nonnull (database);
      g_assert_null (set_aside);
      sql = g_strdup_printf ("SELECT count(*) FROM ledger WHERE row <= %" G_GINT64_FORMAT, reported);
      g_assert_cmpint (pen_database_pragma (pen_database_handle (database), sql, &code), ==, reported);
      g_assert_cmpint (pen_database_pragma (pen_database_handle (database), "SELECT count(*) % 3 FROM ledger", &code), ==, 0);
      pen_database_close (database);
    }
  g_test_message ("%" G_GINT64_FORMAT " rows reported over %d kills", reported, KILLS);
  g_assert_cmpint (reported, >, KILLS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  slow_vfs_install (0);

  TEST ("/database/turn/commits", NULL, test_turn);
  TEST ("/database/turn/unbound", NULL, test_unbound);
  TEST ("/database/turn/close", NULL, test_close_rolls_back);
  TEST ("/database/turn/syncs", NULL, test_syncs);
  TEST ("/database/turn/lost", NULL, test_lost_turn);
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    TEST (failures[i].name, &failures[i], test_failing_commit);
  TEST ("/database/failure/open", NULL, test_no_space_at_open);
  TEST ("/database/kill", NULL, test_kill);
  return g_test_run ();
}
