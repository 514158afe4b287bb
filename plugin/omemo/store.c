/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Statements, and the library's callbacks for sessions and our own keys.
 * Nothing is kept outside the file, so a rollback leaves nothing behind. */

#include "omemo/store.h"

#include <stdarg.h>
#include <string.h>

/* Statements */

void
pen_omemo_store_reset (PenOmemoStore *store)
{
  g_clear_error (&store->error);
  store->used_prekey = FALSE;
}

static GError **
error_of (PenOmemoStore *store)
{
  return store->error == NULL ? &store->error : NULL;
}

static sqlite3_stmt *
prepare (PenOmemoStore *store, const char *sql, const char *format, va_list *values)
{
  sqlite3_stmt *statement = pen_database_statement (store->database, sql, error_of (store));
  int code;

  if (statement == NULL)
    return NULL;
  /* A savepoint has none. */
  if (sqlite3_bind_parameter_count (statement) == 0)
    return statement;
  code = sqlite3_bind_text (statement, 1, store->account, -1, SQLITE_STATIC);
  if (code == SQLITE_OK)
    code = pen_database_bind_values (statement, 2, format, values);
  return pen_database_bound (store->database, statement, code, error_of (store));
}

sqlite3_stmt *
pen_omemo_store_query (PenOmemoStore *store, const char *sql, const char *format, ...)
{
  sqlite3_stmt *statement;
  va_list values;

  va_start (values, format);
  statement = prepare (store, sql, format, &values);
  va_end (values);
  return statement;
}

int
pen_omemo_store_step (PenOmemoStore *store, sqlite3_stmt *statement)
{
  int code = statement == NULL ? -1 : pen_database_step (store->database, statement, error_of (store));

  if (code == -1)
    return -1;
  return code == SQLITE_ROW ? 1 : 0;
}

gboolean
pen_omemo_store_change (PenOmemoStore *store, const char *sql, const char *format, ...)
{
  sqlite3_stmt *statement;
  va_list values;

  /* When the transaction was lost, a write would be committed by itself. */
  if (!pen_database_begin (store->database, error_of (store)))
    return FALSE;
  va_start (values, format);
  statement = prepare (store, sql, format, &values);
  va_end (values);
  return pen_omemo_store_step (store, statement) == 0;
}

gint64
pen_omemo_store_number (PenOmemoStore *store, sqlite3_stmt *statement, gint64 otherwise)
{
  int found = pen_omemo_store_step (store, statement);
  gint64 number = found == -1 ? -1 : otherwise;

  if (found == 1)
    {
      number = sqlite3_column_int64 (statement, 0);
      sqlite3_reset (statement);
    }
  return number;
}

GArray *
pen_omemo_store_devices (PenOmemoStore *store, sqlite3_stmt *statement)
{
  GArray *devices = g_array_new (FALSE, FALSE, sizeof (guint32));
  int found;

  while ((found = pen_omemo_store_step (store, statement)) == 1)
    {
      guint32 device = (guint32) sqlite3_column_int64 (statement, 0);

      g_array_append_val (devices, device);
    }
  if (found == 0)
    return devices;
  g_array_unref (devices);
  return NULL;
}

signal_buffer *
pen_omemo_store_blob (sqlite3_stmt *statement, int column)
{
  const void *bytes = sqlite3_column_blob (statement, column);

  return bytes == NULL ? NULL : signal_buffer_create (bytes, (size_t) sqlite3_column_bytes (statement, column));
}

gboolean
pen_omemo_store_own (PenOmemoStore *store, PenOmemoOwn *own)
{
  static const char sql[] = "SELECT device, registration, signed_id, signed_at_us, next_prekey FROM omemo_own"
                            " WHERE account = ?1";
  sqlite3_stmt *statement = pen_omemo_store_query (store, sql, "");
  int found = pen_omemo_store_step (store, statement);

  memset (own, 0, sizeof *own);
  if (found != 1)
    return found == 0;
  own->device = (guint32) sqlite3_column_int64 (statement, 0);
  own->registration = (guint32) sqlite3_column_int64 (statement, 1);
  own->signed_id = (guint32) sqlite3_column_int64 (statement, 2);
  own->signed_at_us = sqlite3_column_int64 (statement, 3);
  own->next_prekey = (guint32) sqlite3_column_int64 (statement, 4);
  sqlite3_reset (statement);
  return TRUE;
}

static int
code_of (gboolean succeeded)
{
  return succeeded ? SG_SUCCESS : SG_ERR_UNKNOWN;
}

/* Returns: 1 and @record, 0 without a row, negative on failure. */
static int
load (PenOmemoStore *store, sqlite3_stmt *statement, signal_buffer **record)
{
  int found = pen_omemo_store_step (store, statement);

  if (found != 1)
    return found == 0 ? 0 : SG_ERR_UNKNOWN;
  *record = pen_omemo_store_blob (statement, 0);
  sqlite3_reset (statement);
  return *record == NULL ? SG_ERR_UNKNOWN : 1;
}

static int
exists (PenOmemoStore *store, sqlite3_stmt *statement)
{
  gint64 number = pen_omemo_store_number (store, statement, 0);

  return number == -1 ? SG_ERR_UNKNOWN : number != 0;
}

/* Sessions */

static int
load_session (signal_buffer **record, signal_buffer **user_record, const signal_protocol_address *address,
              void *user_data)
{
  static const char sql[] = "SELECT record FROM omemo_session WHERE account = ?1 AND jid = ?2 AND device = ?3";

  (void) user_record;
  return load (user_data, pen_omemo_store_query (user_data, sql, "ti", address->name, (gint64) address->device_id),
               record);
}

static int
list_sessions (signal_int_list **sessions, const char *name, size_t length, void *user_data)
{
  static const char sql[] = "SELECT device FROM omemo_session WHERE account = ?1 AND jid = ?2";
  g_autofree char *jid = g_strndup (name, length);
  sqlite3_stmt *statement = pen_omemo_store_query (user_data, sql, "t", jid);
  signal_int_list *list = signal_int_list_alloc ();
  int found;

  while ((found = pen_omemo_store_step (user_data, statement)) == 1)
    signal_int_list_push_back (list, sqlite3_column_int (statement, 0));
  if (found == -1)
    {
      signal_int_list_free (list);
      return SG_ERR_UNKNOWN;
    }
  *sessions = list;
  return (int) signal_int_list_size (list);
}

/* The library decides the signature. */
static int
save_session (const signal_protocol_address *address, uint8_t *record, size_t length, uint8_t *user_record,
              size_t user_length, void *user_data)
{
  static const char sql[] = "INSERT INTO omemo_session (account, jid, device, record) VALUES (?1, ?2, ?3, ?4)"
                            " ON CONFLICT (account, jid, device) DO UPDATE SET record = excluded.record";

  (void) user_record;
  (void) user_length;
  return code_of (pen_omemo_store_change (user_data, sql, "tib", address->name, (gint64) address->device_id, record,
                                          (gsize) length));
}

static int
has_session (const signal_protocol_address *address, void *user_data)
{
  static const char sql[] = "SELECT 1 FROM omemo_session WHERE account = ?1 AND jid = ?2 AND device = ?3";

  return exists (user_data, pen_omemo_store_query (user_data, sql, "ti", address->name,
                                                   (gint64) address->device_id));
}

static int
delete_session (const signal_protocol_address *address, void *user_data)
{
  static const char sql[] = "DELETE FROM omemo_session WHERE account = ?1 AND jid = ?2 AND device = ?3";
  int found = has_session (address, user_data);

  if (found == 1 && !pen_omemo_store_change (user_data, sql, "ti", address->name, (gint64) address->device_id))
    return SG_ERR_UNKNOWN;
  return found;
}

static int
delete_sessions (const char *name, size_t length, void *user_data)
{
  static const char sql[] = "DELETE FROM omemo_session WHERE account = ?1 AND jid = ?2";
  static const char count[] = "SELECT count(*) FROM omemo_session WHERE account = ?1 AND jid = ?2";
  g_autofree char *jid = g_strndup (name, length);
  gint64 number = pen_omemo_store_number (user_data, pen_omemo_store_query (user_data, count, "t", jid), 0);

  return number >= 0 && pen_omemo_store_change (user_data, sql, "t", jid) ? (int) number : SG_ERR_UNKNOWN;
}

/* One-time keys */

static int
load_prekey (signal_buffer **record, uint32_t id, void *user_data)
{
  static const char sql[] = "SELECT record FROM omemo_prekey WHERE account = ?1 AND id = ?2";
  int found = load (user_data, pen_omemo_store_query (user_data, sql, "i", (gint64) id), record);

  if (found == 0)
    return SG_ERR_INVALID_KEY_ID;
  return found == 1 ? SG_SUCCESS : found;
}

static int
save_prekey (uint32_t id, uint8_t *record, size_t length, void *user_data)
{
  static const char sql[] = "INSERT INTO omemo_prekey (account, id, record) VALUES (?1, ?2, ?3)";

  return code_of (pen_omemo_store_change (user_data, sql, "ib", (gint64) id, record, (gsize) length));
}

static int
has_prekey (uint32_t id, void *user_data)
{
  static const char sql[] = "SELECT 1 FROM omemo_prekey WHERE account = ?1 AND id = ?2";

  return exists (user_data, pen_omemo_store_query (user_data, sql, "i", (gint64) id));
}

/* Two who wrote while we were away may have drawn the same key: it is published
 * no more from now on, and deleted a little later (docs/omemo.md 4.4). */
static int
remove_prekey (uint32_t id, void *user_data)
{
  static const char sql[] = "UPDATE omemo_prekey SET spent_at_us = ?3 WHERE account = ?1 AND id = ?2";
  PenOmemoStore *store = user_data;

  store->used_prekey = TRUE;
  return code_of (pen_omemo_store_change (store, sql, "ii", (gint64) id, MAX (1, pen_clock_now_us (store->clock))));
}

/* Signed keys */

static int
load_signed (signal_buffer **record, uint32_t id, void *user_data)
{
  static const char sql[] = "SELECT record FROM omemo_signed WHERE account = ?1 AND id = ?2";
  int found = load (user_data, pen_omemo_store_query (user_data, sql, "i", (gint64) id), record);

  if (found == 0)
    return SG_ERR_INVALID_KEY_ID;
  return found == 1 ? SG_SUCCESS : found;
}

static int
save_signed (uint32_t id, uint8_t *record, size_t length, void *user_data)
{
  static const char sql[] = "INSERT INTO omemo_signed (account, id, record, made_at_us, retired_at_us)"
                            " VALUES (?1, ?2, ?3, ?4, 0)";
  PenOmemoStore *store = user_data;

  return code_of (pen_omemo_store_change (store, sql, "ibi", (gint64) id, record, (gsize) length,
                                          pen_clock_now_us (store->clock)));
}

static int
has_signed (uint32_t id, void *user_data)
{
  static const char sql[] = "SELECT 1 FROM omemo_signed WHERE account = ?1 AND id = ?2";

  return exists (user_data, pen_omemo_store_query (user_data, sql, "i", (gint64) id));
}

static int
remove_signed (uint32_t id, void *user_data)
{
  static const char sql[] = "DELETE FROM omemo_signed WHERE account = ?1 AND id = ?2";

  return code_of (pen_omemo_store_change (user_data, sql, "i", (gint64) id));
}

/* Groups have keys of their own in the library; we never ask for them. The
 * library decides the signature. */
static int
refuse_sender_key (const signal_protocol_sender_key_name *name, uint8_t *record, size_t length, uint8_t *user_record,
                   size_t user_length, void *user_data)
{
  (void) name, (void) record, (void) length, (void) user_record, (void) user_length, (void) user_data;
  return SG_ERR_INVAL;
}

static int
load_no_sender_key (signal_buffer **record, signal_buffer **user_record, const signal_protocol_sender_key_name *name,
                    void *user_data)
{
  (void) record, (void) user_record, (void) name, (void) user_data;
  return 0;
}

static void
keep (void *user_data)
{
  (void) user_data;
}

static int
install_keys (PenOmemoStore *store, signal_protocol_store_context *keeper)
{
  signal_protocol_pre_key_store prekeys = { load_prekey, save_prekey, has_prekey, remove_prekey, keep, store };
  signal_protocol_signed_pre_key_store signed_keys = { load_signed,   save_signed, has_signed,
                                                       remove_signed, keep,        store };
  int code = signal_protocol_store_context_set_pre_key_store (keeper, &prekeys);

  return code == SG_SUCCESS ? signal_protocol_store_context_set_signed_pre_key_store (keeper, &signed_keys) : code;
}

int
pen_omemo_store_install (PenOmemoStore *store, signal_protocol_store_context *keeper)
{
  signal_protocol_session_store sessions = { load_session,   list_sessions,   save_session, has_session,
                                             delete_session, delete_sessions, keep,         store };
  signal_protocol_sender_key_store senders = { refuse_sender_key, load_no_sender_key, keep, store };
  int code = signal_protocol_store_context_set_session_store (keeper, &sessions);

  if (code == SG_SUCCESS)
    code = install_keys (store, keeper);
  if (code == SG_SUCCESS)
    code = pen_omemo_store_install_identity (store, keeper);
  return code == SG_SUCCESS ? signal_protocol_store_context_set_sender_key_store (keeper, &senders) : code;
}
