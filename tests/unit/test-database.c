/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The store's file: its rights, its versions, what is refused and what is set
 * aside. */

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store-place.h"

/* Rights */

static void
test_rights (Place *place, gconstpointer data)
{
  static const char *const suffixes[] = { "", "-wal", "-shm" };
  mode_t before = umask (GPOINTER_TO_UINT (data));
  g_autoptr (PenDatabase) database = open_store (place);

  set_committed (database, "key", "value");
  umask (before);
  g_assert_cmpuint (mode_of (place->folder), ==, 0700);
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *file = g_strconcat (place->path, suffixes[i], NULL);

      g_assert_cmpuint (mode_of (file), ==, 0600);
    }
}

static void
test_rights_tightened (Place *place, gconstpointer data)
{
  (void) data;
  make_store (place, "kept");
  g_chmod (place->folder, 0755);
  g_chmod (place->path, 0644);
  g_autoptr (PenDatabase) database = open_store (place);
  g_assert_cmpuint (mode_of (place->folder), ==, 0700);
  g_assert_cmpuint (mode_of (place->path), ==, 0600);
  assert_setting (database, "key", "kept");
}

static void
test_settings (Place *place, gconstpointer data)
{
  static const struct
  {
    const char *sql;
    int value;
  } rows[] = {
    { "PRAGMA synchronous", 2 },
    { "PRAGMA secure_delete", 1 },
    { "PRAGMA foreign_keys", 1 },
    { "PRAGMA temp_store", 2 },
    { "PRAGMA busy_timeout", PEN_DATABASE_BUSY_MS },
    { "SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1 },
    { "SELECT locking_mode = 'normal' FROM pragma_locking_mode", 1 },
    { "PRAGMA user_version", PEN_DATABASE_SCHEMA_VERSION },
  };
  g_autoptr (PenDatabase) database = open_store (place);

  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      int code;

      g_test_message ("%s", rows[i].sql);
      g_assert_cmpint (pen_database_pragma (pen_database_handle (database), rows[i].sql, &code), ==, rows[i].value);
    }
}

/* Versions */

/* As a program that was killed leaves it: the change is in the log alone. */
static void
leave_in_log (const char *path, const char *sql)
{
  sqlite3 *handle = NULL;

  g_assert_cmpint (sqlite3_open (path, &handle), ==, SQLITE_OK);
  sqlite3_db_config (handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  g_assert_cmpint (sqlite3_exec (handle, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (handle);
}

static void
test_newer (Place *place, gconstpointer data)
{
  g_autofree char *log = g_strconcat (place->path, "-wal", NULL);
  GStatBuf about;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize before_bytes;
  gsize after_bytes;

  (void) data;
  make_store (place, "value");
  leave_in_log (place->path, "PRAGMA user_version=99");
  g_assert_true (g_file_get_contents (place->path, &before, &before_bytes, NULL));
  assert_refused (place, PEN_DATABASE_ERROR_NEWER);
  g_assert_true (g_file_get_contents (place->path, &after, &after_bytes, NULL));
  g_assert_cmpmem (before, (int) before_bytes, after, (int) after_bytes);
  g_assert_cmpint (g_stat (log, &about), ==, 0);
  g_assert_cmpint (about.st_size, >, 0);
}

static void
test_foreign (Place *place, gconstpointer data)
{
  (void) data;
  g_assert_cmpint (g_mkdir_with_parents (place->folder, 0700), ==, 0);
  run_sql (place->path, "CREATE TABLE songs (title TEXT); INSERT INTO songs VALUES ('kept')");
  assert_refused (place, PEN_DATABASE_ERROR_FAILED);
  run_sql (place->path, "INSERT INTO songs SELECT title FROM songs");
}

/* A file of version 0 as this program would have left it: its mark, no tables. */
static void
test_older (Place *place, gconstpointer data)
{
  (void) data;
  g_assert_cmpint (g_mkdir_with_parents (place->folder, 0700), ==, 0);
  run_sql (place->path, "PRAGMA application_id=1349875282; PRAGMA user_version=0");
  make_store (place, "value");
  g_autoptr (PenDatabase) database = open_store (place);
  assert_setting (database, "key", "value");
}

/* A store of version 1, as it was before there was any encryption. */
static void
test_first_version (Place *place, gconstpointer data)
{
  sqlite3 *handle = NULL;
  int code;

  (void) data;
  g_assert_cmpint (g_mkdir_with_parents (place->folder, 0700), ==, 0);
  g_assert_cmpint (sqlite3_open (place->path, &handle), ==, SQLITE_OK);
  g_assert_true (pen_database_migrate (handle, place->path, pen_database_migrations (), 1, NULL));
  g_assert_cmpint (pen_database_pragma (handle, "PRAGMA user_version", &code), ==, 1);
  g_assert_cmpint (pen_database_pragma (handle, "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'omemo*'", &code),
                   ==, 0);
  g_assert_cmpint (sqlite3_exec (handle, "INSERT INTO setting VALUES ('key', 'kept')", NULL, NULL, NULL), ==,
                   SQLITE_OK);
  sqlite3_close (handle);

  g_autoptr (PenDatabase) database = open_store (place);
  handle = pen_database_handle (database);
  assert_setting (database, "key", "kept");
  g_assert_cmpint (pen_database_pragma (handle, "PRAGMA user_version", &code), ==, PEN_DATABASE_SCHEMA_VERSION);
  g_assert_cmpint (pen_database_pragma (handle, "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'omemo*'", &code),
                   ==, 5);
}

#define NEXT_VERSION (PEN_DATABASE_SCHEMA_VERSION + 1)

static void
test_migration_steps (Place *place, gconstpointer data)
{
  static const PenMigration last_good = { "ALTER TABLE setting ADD COLUMN more TEXT; UPDATE setting SET more = value" };
  static const PenMigration last_bad = { "DELETE FROM setting; INSERT INTO nowhere VALUES (1)" };
  PenMigration steps[NEXT_VERSION];
  g_autoptr (GError) error = NULL;
  sqlite3 *handle = NULL;
  int code;

  (void) data;
  memcpy (steps, pen_database_migrations (), PEN_DATABASE_SCHEMA_VERSION * sizeof *steps);
  make_store (place, "value");
  g_assert_cmpint (sqlite3_open (place->path, &handle), ==, SQLITE_OK);
  steps[PEN_DATABASE_SCHEMA_VERSION] = last_bad;
  g_assert_false (pen_database_migrate (handle, place->path, steps, NEXT_VERSION, &error));
  g_assert_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED);
  g_assert_cmpint (pen_database_pragma (handle, "PRAGMA user_version", &code), ==, PEN_DATABASE_SCHEMA_VERSION);
  g_assert_cmpint (pen_database_pragma (handle, "SELECT count(*) FROM setting", &code), ==, 1);

  steps[PEN_DATABASE_SCHEMA_VERSION] = last_good;
  g_assert_true (pen_database_migrate (handle, place->path, steps, NEXT_VERSION, NULL));
  g_assert_cmpint (pen_database_pragma (handle, "PRAGMA user_version", &code), ==, NEXT_VERSION);
  g_assert_cmpint (pen_database_pragma (handle, "SELECT count(*) FROM setting WHERE more = 'value'", &code), ==, 1);
  sqlite3_close (handle);
}

/* Damage */

static void
write_garbage (const char *path)
{
  GString *text = g_string_new ("this is no database");

  for (int i = 0; i < 9000; i++)
    g_string_append_c (text, (char) ('a' + i % 26));
  g_assert_true (g_file_set_contents (path, text->str, (gssize) text->len, NULL));
  g_string_free (text, TRUE);
}

static void
cut_in_half (const char *path)
{
  GStatBuf about;

  g_assert_cmpint (g_stat (path, &about), ==, 0);
  g_assert_cmpint (truncate (path, about.st_size / 2), ==, 0);
}

static void
flip_middle (const char *path)
{
  g_autofree char *bytes = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  for (gsize i = length / 4096 / 2 * 4096; i < length / 4096 / 2 * 4096 + 64; i++)
    bytes[i] = (char) ~bytes[i];
  g_assert_true (g_file_set_contents (path, bytes, (gssize) length, NULL));
}

static void
break_schema (const char *path)
{
  run_sql (path, "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE nonsense' WHERE name = 'ledger'");
}

typedef struct
{
  const char *name;
  void (*damage) (const char *path);
} Damage;

static const Damage damages[] = {
  { "/database/damage/garbage", write_garbage },
  { "/database/damage/truncated", cut_in_half },
  { "/database/damage/flipped", flip_middle },
  { "/database/damage/schema", break_schema },
};

static void
test_damage (Place *place, gconstpointer data)
{
  const Damage *damage = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL;
  gsize before_bytes;

  make_store (place, "value");
  damage->damage (place->path);
  g_assert_true (g_file_get_contents (place->path, &before, &before_bytes, NULL));

  for (int i = 0; i < 2; i++)
    {
      g_autofree char *set_aside = NULL;
      g_autofree char *after = NULL;
      gsize after_bytes;
      PenDatabase *database = pen_database_open (place->path, &set_aside, &error);

      g_assert_no_error (error);
      g_assert_nonnull (set_aside);
      g_assert_true (g_str_has_prefix (set_aside, place->path));
      g_assert_nonnull (strstr (set_aside, ".corrupt-"));
      g_assert_true (g_file_get_contents (set_aside, &after, &after_bytes, NULL));
      g_assert_cmpmem (before, (int) before_bytes, after, (int) after_bytes);
      g_assert_cmpuint (mode_of (place->path), ==, 0600);
      assert_setting (database, "key", NULL);
      pen_database_close (database);
      /* The second one of the same second must not take the first one's name. */
      g_assert_true (g_file_set_contents (place->path, before, (gssize) before_bytes, NULL));
    }
}

static void
test_damage_met_later (Place *place, gconstpointer data)
{
  g_autofree char *request = g_strconcat (place->path, "-check", NULL);
  g_autofree char *set_aside = NULL;
  g_autoptr (GError) error = NULL;
  PenDatabase *database;

  (void) data;
  make_store (place, "value");
  database = open_store (place);
  {
    /* In place: the handle must see it. */
    int fd = g_open (place->path, O_WRONLY, 0);
    char junk[4096];

    memset (junk, 0xa5, sizeof junk);
    for (int page = 1; page < 16; page++)
      g_assert_cmpint (pwrite (fd, junk, sizeof junk, page * 4096), ==, sizeof junk);
    close (fd);
    sqlite3_db_release_memory (pen_database_handle (database));
  }
  g_assert_null (pen_setting_get (database, "key", &error));
  g_assert_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "damaged"));
  g_assert_true (g_file_test (request, G_FILE_TEST_EXISTS));
  pen_database_close (database);

  database = pen_database_open (place->path, &set_aside, NULL);
  g_assert_nonnull (database);
  g_assert_nonnull (set_aside);
  g_assert_false (g_file_test (request, G_FILE_TEST_EXISTS));
  pen_database_close (database);
}

/* Refusals */

static void
test_locked_handle (Place *place, gconstpointer data)
{
  sqlite3 *other = NULL;

  (void) data;
  make_store (place, "value");
  g_assert_cmpint (sqlite3_open (place->path, &other), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), ==, SQLITE_OK);
  assert_refused (place, PEN_DATABASE_ERROR_LOCKED);
  g_assert_cmpint (sqlite3_exec (other, "COMMIT", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (other);
  make_store (place, "value");
}

static void
hold_lock (const char *path, int ready)
{
  sqlite3 *handle = NULL;

  sqlite3_open (path, &handle);
  sqlite3_exec (handle, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM outbox", NULL, NULL, NULL);
  if (write (ready, "x", 1) == 1)
    pause ();
  _exit (0);
}

static void
test_locked_process (Place *place, gconstpointer data)
{
  int ends[2];
  char byte;
  pid_t child;

  (void) data;
  make_store (place, "value");
  g_assert_cmpint (pipe (ends), ==, 0);
  child = fork ();
  if (child == 0)
    hold_lock (place->path, ends[1]);
  g_assert_cmpint (read (ends[0], &byte, 1), ==, 1);
  assert_refused (place, PEN_DATABASE_ERROR_LOCKED);
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  close (ends[0]);
  close (ends[1]);
  g_autoptr (PenDatabase) database = open_store (place);
  assert_setting (database, "key", "value");
}

/* Five hundred rows that meet a lock must not wait for it five hundred times. */
static void
test_locked_is_brief (Place *place, gconstpointer data)
{
  g_autoptr (PenDatabase) database = open_store (place);
  gint64 started_us = g_get_monotonic_time ();
  sqlite3 *other = NULL;

  (void) data;
  g_assert_cmpint (sqlite3_open (place->path, &other), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (other, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  for (int i = 0; i < 500; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (pen_setting_set (database, "key", "value", &error));
      g_assert_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_LOCKED);
    }
  g_assert_cmpint (g_get_monotonic_time () - started_us, <, 2 * G_USEC_PER_SEC);
  sqlite3_exec (other, "ROLLBACK", NULL, NULL, NULL);
  sqlite3_close (other);
  set_committed (database, "key", "value");
}

static void
test_below_a_file (Place *place, gconstpointer data)
{
  (void) data;
  g_assert_true (g_file_set_contents (place->folder, "a file", -1, NULL));
  assert_refused (place, PEN_DATABASE_ERROR_READ_ONLY);
}

static void
test_is_a_folder (Place *place, gconstpointer data)
{
  (void) data;
  g_assert_cmpint (g_mkdir_with_parents (place->path, 0700), ==, 0);
  assert_refused (place, PEN_DATABASE_ERROR_FAILED);
  g_assert_cmpint (g_rmdir (place->path), ==, 0);
}

static void
test_read_only (Place *place, gconstpointer data)
{
  (void) data;
  make_store (place, "value");
  slow_vfs_read_only (TRUE);
  assert_refused (place, PEN_DATABASE_ERROR_READ_ONLY);
  slow_vfs_read_only (FALSE);
  g_autoptr (PenDatabase) database = open_store (place);
  assert_setting (database, "key", "value");
}

static void
test_deleted_in_use (Place *place, gconstpointer data)
{
  g_autoptr (PenDatabase) database = open_store (place);
  g_autoptr (GError) error = NULL;

  (void) data;
  g_assert_cmpint (g_unlink (place->path), ==, 0);
  g_assert_false (pen_database_begin (database, &error));
  g_assert_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED);
}

static void
test_deleted_in_turn (Place *place, gconstpointer data)
{
  g_autoptr (PenDatabase) database = open_store (place);
  g_autoptr (GError) error = NULL;

  (void) data;
  for (guint turn = 0; turn < 2; turn++)
    {
      g_assert_true (pen_database_begin (database, &error));
      g_assert_true (pen_setting_set (database, "key", turn == 0 ? "kept" : "lost", &error));
      g_assert_cmpint (turn == 0 ? 0 : g_unlink (place->path), ==, 0);
      g_assert_true (pen_database_commit (database, &error) == (turn == 0));
    }
  g_assert_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_false (pen_database_begin (database, &error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  slow_vfs_install (0);

  TEST ("/database/rights/umask-open", GUINT_TO_POINTER (0), test_rights);
  TEST ("/database/rights/umask-usual", GUINT_TO_POINTER (022), test_rights);
  TEST ("/database/rights/tightened", NULL, test_rights_tightened);
  TEST ("/database/settings", NULL, test_settings);
  TEST ("/database/version/newer", NULL, test_newer);
  TEST ("/database/version/older", NULL, test_older);
  TEST ("/database/version/first", NULL, test_first_version);
  TEST ("/database/version/foreign", NULL, test_foreign);
  TEST ("/database/version/steps", NULL, test_migration_steps);
  for (guint i = 0; i < G_N_ELEMENTS (damages); i++)
    TEST (damages[i].name, &damages[i], test_damage);
  TEST ("/database/damage/later", NULL, test_damage_met_later);
  TEST ("/database/refused/locked-handle", NULL, test_locked_handle);
  TEST ("/database/refused/locked-process", NULL, test_locked_process);
  TEST ("/database/refused/locked-is-brief", NULL, test_locked_is_brief);
  TEST ("/database/refused/below-a-file", NULL, test_below_a_file);
  TEST ("/database/refused/folder", NULL, test_is_a_folder);
  TEST ("/database/refused/read-only", NULL, test_read_only);
  TEST ("/database/refused/deleted", NULL, test_deleted_in_use);
  TEST ("/database/refused/deleted-in-turn", NULL, test_deleted_in_turn);
  return g_test_run ();
}
