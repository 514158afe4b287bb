/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What the tables look like, and how an older file becomes a newer one.
 *
 * The ledger's closed lists are kept as numbers of their enum, so members may
 * be added at the end of a list only. ledger_narrow holds every short column
 * in the order of rows: whatever a filter asks, a scan of it is an order of
 * magnitude less to read than the table. */

#include "database-private.h"

static const PenMigration migrations[PEN_DATABASE_SCHEMA_VERSION] = {
  { "CREATE TABLE ledger ("
    "  row INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  at_us INTEGER NOT NULL,"
    "  account TEXT NOT NULL,"
    "  kind INTEGER NOT NULL,"
    "  address TEXT NOT NULL,"
    "  cover INTEGER NOT NULL,"
    "  trigger INTEGER NOT NULL,"
    "  observers TEXT NOT NULL,"
    "  observer_bits INTEGER NOT NULL,"
    "  source TEXT,"
    "  stanza TEXT,"
    "  attempts INTEGER NOT NULL,"
    "  bytes_out INTEGER NOT NULL,"
    "  bytes_in INTEGER NOT NULL,"
    "  status INTEGER NOT NULL,"
    "  answered_at_us INTEGER NOT NULL,"
    "  result TEXT,"
    "  batch TEXT,"
    "  disclosed INTEGER NOT NULL,"
    "  rule TEXT,"
    "  retained_until_us INTEGER NOT NULL);"
    "CREATE INDEX ledger_narrow ON ledger"
    "  (row, at_us, account, kind, cover, trigger, observer_bits, status);"
    "CREATE INDEX ledger_at ON ledger (at_us);"
    "CREATE INDEX ledger_address ON ledger (address);"
    "CREATE INDEX ledger_stanza ON ledger (stanza) WHERE stanza IS NOT NULL;"
    "CREATE TABLE outbox ("
    "  number INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  message TEXT NOT NULL UNIQUE,"
    "  account TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  text TEXT NOT NULL,"
    "  route INTEGER NOT NULL,"
    "  state INTEGER NOT NULL,"
    "  stanza TEXT,"
    "  handed INTEGER NOT NULL,"
    "  at_us INTEGER NOT NULL);"
    "CREATE INDEX outbox_account ON outbox (account, name);"
    "CREATE TABLE contact ("
    "  account TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  state INTEGER NOT NULL,"
    "  origin INTEGER NOT NULL,"
    "  asked_at_us INTEGER NOT NULL,"
    "  devices INTEGER NOT NULL,"
    "  pinned INTEGER NOT NULL,"
    "  choice INTEGER NOT NULL,"
    "  override INTEGER NOT NULL,"
    "  jids TEXT,"
    "  wire TEXT,"
    "  PRIMARY KEY (account, name)) WITHOUT ROWID;"
    "CREATE TABLE setting ("
    "  key TEXT NOT NULL PRIMARY KEY,"
    "  value TEXT NOT NULL) WITHOUT ROWID;" },
  { "CREATE TABLE omemo_own ("
    "  account TEXT NOT NULL PRIMARY KEY,"
    "  device INTEGER NOT NULL,"
    "  registration INTEGER NOT NULL,"
    "  public BLOB NOT NULL,"
    "  private BLOB NOT NULL,"
    "  signed_id INTEGER NOT NULL,"
    "  signed_at_us INTEGER NOT NULL,"
    "  next_prekey INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE omemo_prekey ("
    "  account TEXT NOT NULL,"
    "  id INTEGER NOT NULL,"
    "  record BLOB NOT NULL,"
    "  PRIMARY KEY (account, id)) WITHOUT ROWID;"
    "CREATE TABLE omemo_signed ("
    "  account TEXT NOT NULL,"
    "  id INTEGER NOT NULL,"
    "  record BLOB NOT NULL,"
    "  made_at_us INTEGER NOT NULL,"
    "  retired_at_us INTEGER NOT NULL,"
    "  PRIMARY KEY (account, id)) WITHOUT ROWID;"
    "CREATE TABLE omemo_session ("
    "  account TEXT NOT NULL,"
    "  jid TEXT NOT NULL,"
    "  device INTEGER NOT NULL,"
    "  record BLOB NOT NULL,"
    "  PRIMARY KEY (account, jid, device)) WITHOUT ROWID;"
    "CREATE TABLE omemo_device ("
    "  account TEXT NOT NULL,"
    "  jid TEXT NOT NULL,"
    "  device INTEGER NOT NULL,"
    "  identity BLOB,"
    "  trust INTEGER NOT NULL,"
    "  active INTEGER NOT NULL,"
    "  last_seen_us INTEGER NOT NULL,"
    "  first_seen_us INTEGER NOT NULL,"
    "  PRIMARY KEY (account, jid, device)) WITHOUT ROWID;" },
  { "ALTER TABLE omemo_prekey ADD COLUMN spent_at_us INTEGER NOT NULL DEFAULT 0;" },
  { "CREATE TABLE schedule ("
    "  account TEXT NOT NULL,"
    "  part INTEGER NOT NULL,"
    "  bytes BLOB NOT NULL,"
    "  PRIMARY KEY (account, part)) WITHOUT ROWID;" },
  /* Only held messages are looked for by person (state 0); one that goes at once is in no index of persons. */
  { "DROP INDEX outbox_account;"
    "CREATE INDEX outbox_held ON outbox (account, name) WHERE state = 0;" }
};

const PenMigration *
pen_database_migrations (void)
{
  return migrations;
}

int
pen_database_pragma (sqlite3 *handle, const char *sql, int *code)
{
  sqlite3_stmt *statement = NULL;
  int value = -1;

  *code = sqlite3_prepare_v2 (handle, sql, -1, &statement, NULL);
  if (*code == SQLITE_OK)
    {
      *code = sqlite3_step (statement);
      if (*code == SQLITE_ROW)
        value = sqlite3_column_int (statement, 0);
      *code = sqlite3_finalize (statement);
    }
  return *code == SQLITE_OK ? value : -1;
}

static int
run_steps (sqlite3 *handle, const PenMigration *steps, int from, int to)
{
  g_autofree char *version = NULL;
  int code = SQLITE_OK;

  for (int i = from; i < to && code == SQLITE_OK; i++)
    code = sqlite3_exec (handle, steps[i].sql, NULL, NULL, NULL);
  if (code != SQLITE_OK)
    return code;

  version = g_strdup_printf ("PRAGMA user_version=%d; PRAGMA application_id=%d", to, PEN_DATABASE_APPLICATION_ID);
  return sqlite3_exec (handle, version, NULL, NULL, NULL);
}

gboolean
pen_database_migrate (sqlite3 *handle, const char *path, const PenMigration *steps, int n_steps, GError **error)
{
  int code = sqlite3_exec (handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);
  int version = -1;

  /* The version is read under the lock: another program may have migrated since the first look. */
  if (code == SQLITE_OK)
    version = pen_database_pragma (handle, "PRAGMA user_version", &code);
  if (code == SQLITE_OK && version < n_steps)
    code = run_steps (handle, steps, version, n_steps);
  if (code == SQLITE_OK)
    code = sqlite3_exec (handle, "COMMIT", NULL, NULL, NULL);
  if (code == SQLITE_OK)
    return TRUE;

  pen_database_set_error (error, handle, code, path);
  if (!sqlite3_get_autocommit (handle))
    sqlite3_exec (handle, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}
