/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <signal_protocol.h>
#include <sqlite3.h>

#include "omemo/engine.h"

G_BEGIN_DECLS

/* What the library's callbacks and the engine keep in the one file. */

/**
 * PenOmemoStore:
 * @error: (nullable): why the file refused, of the first statement that
 *   failed since pen_omemo_store_reset(): the library's codes cannot tell it
 * @used_prekey: a one-time key was used up since then
 */
typedef struct
{
  PenDatabase *database;
  const PenClock *clock;
  char *account;
  gboolean manual;
  GError *error;
  gboolean used_prekey;
} PenOmemoStore;

/** PenOmemoOwn: our own row. @device: 0 when there is none yet */
typedef struct
{
  guint32 device;
  guint32 registration;
  guint32 signed_id;
  gint64 signed_at_us;
  guint32 next_prekey;
} PenOmemoOwn;

/** pen_omemo_store_reset: forgets what the last call left. */
void pen_omemo_store_reset (PenOmemoStore *store);

/**
 * pen_omemo_store_query:
 * @sql: a string literal; its parameter 1 is the account
 * @format: of the parameters from 2: t a text, i a gint64, b bytes and their gsize.
 *   They must stay until the statement is stepped
 *
 * Returns: (transfer none) (nullable): reset it after the last row that is read; %NULL with @store->error set
 */
sqlite3_stmt *pen_omemo_store_query (PenOmemoStore *store, const char *sql, const char *format, ...);

/** pen_omemo_store_step: Returns: 1 for a row, 0 at the end, -1 with @store->error set. */
int pen_omemo_store_step (PenOmemoStore *store, sqlite3_stmt *statement);

/** pen_omemo_store_change: runs a statement that writes, inside the turn's transaction. @format: as above. */
gboolean pen_omemo_store_change (PenOmemoStore *store, const char *sql, const char *format, ...);

/**
 * pen_omemo_store_number:
 *
 * Returns: the first column of the first row, @otherwise without one, -1 with @store->error set
 */
gint64 pen_omemo_store_number (PenOmemoStore *store, sqlite3_stmt *statement, gint64 otherwise);

/**
 * pen_omemo_store_devices:
 *
 * Returns: (transfer full) (element-type guint32) (nullable): the first column
 *   of all rows; %NULL with @store->error set
 */
GArray *pen_omemo_store_devices (PenOmemoStore *store, sqlite3_stmt *statement);

/** pen_omemo_store_blob: Returns: (transfer full) (nullable): a copy of the column, %NULL when it holds none. */
signal_buffer *pen_omemo_store_blob (sqlite3_stmt *statement, int column);

/** pen_omemo_store_own: Returns: %FALSE with @store->error set. */
gboolean pen_omemo_store_own (PenOmemoStore *store, PenOmemoOwn *own);

/** pen_omemo_store_install: the callbacks of @keeper. @store must outlive it. Returns: 0, or the library's code */
int pen_omemo_store_install (PenOmemoStore *store, signal_protocol_store_context *keeper);

/** pen_omemo_store_install_identity: those of the identities alone. */
int pen_omemo_store_install_identity (PenOmemoStore *store, signal_protocol_store_context *keeper);

G_END_DECLS
