/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What a filter asks, as SQL. Three ways lead to the rows, each named so that
 * SQLite cannot choose a slower one: by address through its index, by text
 * through the whole table, and everything else through the narrow index,
 * which is in the order of rows, so that no page needs sorting. */

#include "ledger-private.h"

#define MAX_CONDITIONS 14

/**
 * Condition: one value that is bound.
 * @sql: what asks for it; what is added after the conditions stand in the text needs none
 */
typedef struct
{
  const char *sql;
  const char *text;
  gint64 number;
} Condition;

typedef struct
{
  Condition items[MAX_CONDITIONS];
  guint n_items;
} Conditions;

/* Conditions */

static void
add (Conditions *conditions, const char *sql, const char *text, gint64 number)
{
  Condition *item = &conditions->items[conditions->n_items++];

  g_assert (conditions->n_items <= MAX_CONDITIONS);
  item->sql = sql;
  item->text = text;
  item->number = number;
}

static void
collect (Conditions *conditions, const PenLedgerFilter *filter)
{
  if (filter->account != NULL)
    add (conditions, "account = ?", filter->account, 0);
  if (filter->address != NULL)
    add (conditions, "address = ?", filter->address, 0);
  if (filter->kind >= 0)
    add (conditions, "kind = ?", NULL, filter->kind);
  if (filter->trigger >= 0)
    add (conditions, "trigger = ?", NULL, filter->trigger);
  if (filter->status >= 0)
    add (conditions, "status = ?", NULL, filter->status);
  if (filter->observer >= 0)
    add (conditions, "((observer_bits >> ?) & 1)", NULL, filter->observer);
  if (filter->cover >= 0)
    add (conditions, "cover = ?", NULL, filter->cover != 0);
  if (filter->since_us != 0)
    add (conditions, "at_us >= ?", NULL, filter->since_us);
  if (filter->until_us != 0)
    add (conditions, "at_us < ?", NULL, filter->until_us);
  if (filter->text != NULL && *filter->text != '\0')
    add (conditions, "pen_find (?, address, result, rule, observers, stanza)", filter->text, 0);
}

static const char *
choose_way (const PenLedgerFilter *filter)
{
  if (filter->address != NULL)
    return " FROM ledger INDEXED BY ledger_address";
  if (filter->text != NULL && *filter->text != '\0')
    return " FROM ledger NOT INDEXED";
  return " FROM ledger INDEXED BY ledger_narrow";
}

static void
append_conditions (GString *sql, const PenLedgerFilter *filter, Conditions *conditions, const char *way)
{
  collect (conditions, filter);
  g_string_append (sql, way);
  for (guint i = 0; i < conditions->n_items; i++)
    {
      g_string_append (sql, i == 0 ? " WHERE " : " AND ");
      g_string_append (sql, conditions->items[i].sql);
    }
}

static void
append_source (GString *sql, const PenLedgerFilter *filter, Conditions *conditions)
{
  append_conditions (sql, filter, conditions, choose_way (filter));
}

static sqlite3_stmt *
prepare (PenLedger *ledger, const char *sql, const Conditions *conditions, GError **error)
{
  sqlite3_stmt *statement = pen_database_prepare (ledger->database, sql, error);
  int code = SQLITE_OK;

  for (guint i = 0; statement != NULL && code == SQLITE_OK && i < conditions->n_items; i++)
    {
      const Condition *item = &conditions->items[i];

      code = item->text != NULL ? pen_database_bind_text (statement, (int) i + 1, item->text)
                                : sqlite3_bind_int64 (statement, (int) i + 1, item->number);
    }
  if (statement == NULL || pen_database_bound (ledger->database, statement, code, error) != NULL)
    return statement;
  sqlite3_finalize (statement);
  return NULL;
}

/* Questions */

GPtrArray *
pen_ledger_query (PenLedger *ledger, const PenLedgerFilter *filter, guint limit, guint offset, GError **error)
{
  g_autoptr (GString) sql = g_string_new ("SELECT " PEN_LEDGER_COLUMNS " FROM ledger WHERE row IN (SELECT row");
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) pen_ledger_row_free);
  Conditions conditions = { .n_items = 0 };
  sqlite3_stmt *statement;
  int code;

  append_source (sql, filter, &conditions);
  g_string_append (sql, " ORDER BY row DESC LIMIT ? OFFSET ?) ORDER BY row DESC");
  add (&conditions, NULL, NULL, limit);
  add (&conditions, NULL, NULL, offset);
  statement = prepare (ledger, sql->str, &conditions, error);
  if (statement == NULL)
    return NULL;
  while ((code = pen_database_step (ledger->database, statement, error)) == SQLITE_ROW)
    g_ptr_array_add (rows, pen_ledger_row_read (statement));
  sqlite3_finalize (statement);
  return code == SQLITE_DONE ? g_steal_pointer (&rows) : NULL;
}

gint64
pen_ledger_count (PenLedger *ledger, const PenLedgerFilter *filter, GError **error)
{
  g_autoptr (GString) sql = g_string_new ("SELECT count(*)");
  Conditions conditions = { .n_items = 0 };
  gint64 count = -1;
  sqlite3_stmt *statement;

  append_source (sql, filter, &conditions);
  statement = prepare (ledger, sql->str, &conditions, error);
  if (statement == NULL)
    return -1;
  if (pen_database_step (ledger->database, statement, error) == SQLITE_ROW)
    count = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  return count;
}

gboolean
pen_ledger_query_extent (PenLedger *ledger, PenLedgerExtent *extent, GError **error)
{
  static const char sql[] = "SELECT (SELECT min(row) FROM ledger), (SELECT max(row) FROM ledger),"
                            " (SELECT count(*) FROM ledger)";
  sqlite3_stmt *statement = pen_database_statement (ledger->database, sql, error);

  if (statement == NULL || pen_database_step (ledger->database, statement, error) != SQLITE_ROW)
    return FALSE;
  *extent = (PenLedgerExtent) { .first = sqlite3_column_int64 (statement, 0),
                                .last = sqlite3_column_int64 (statement, 1),
                                .rows = sqlite3_column_int64 (statement, 2) };
  sqlite3_reset (statement);
  return TRUE;
}

/* Rows are numbered in order and go oldest first, so where none is missing between the first and the last, all are
 * known without looking at them. NULL without an error: they have to be looked at. */
static GArray *
number_unbroken (PenLedger *ledger, GError **error)
{
  PenLedgerExtent all;
  GArray *numbers;

  if (!pen_ledger_query_extent (ledger, &all, error))
    return NULL;
  if (all.rows == 0 || all.rows > G_MAXUINT / (gint64) sizeof (gint64) || all.last - all.first != all.rows - 1)
    return NULL;
  numbers = g_array_sized_new (FALSE, FALSE, sizeof (gint64), (guint) all.rows);
  g_array_set_size (numbers, (guint) all.rows);
  for (gint64 i = 0; i < all.rows; i++)
    g_array_index (numbers, gint64, i) = all.last - i;
  return numbers;
}

static GArray *
look_for_numbers (PenLedger *ledger, const PenLedgerFilter *filter, const PenLedgerSpan *span, GError **error)
{
  g_autoptr (GString) sql = g_string_new ("SELECT row");
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (gint64));
  Conditions conditions = { .n_items = 0 };
  sqlite3_stmt *statement;
  int code;

  if (span->after > 0)
    add (&conditions, "row > ?", NULL, span->after);
  if (span->until > 0)
    add (&conditions, "row <= ?", NULL, span->until);
  append_source (sql, filter, &conditions);
  g_string_append (sql, " ORDER BY row DESC LIMIT ?");
  add (&conditions, NULL, NULL, span->limit > 0 ? (gint64) span->limit : -1);
  statement = prepare (ledger, sql->str, &conditions, error);
  if (statement == NULL)
    return NULL;
  while ((code = pen_database_step (ledger->database, statement, error)) == SQLITE_ROW)
    {
      gint64 row = sqlite3_column_int64 (statement, 0);

      g_array_append_val (numbers, row);
    }
  sqlite3_finalize (statement);
  return code == SQLITE_DONE ? g_steal_pointer (&numbers) : NULL;
}

static gboolean
asks_for_all (const PenLedgerFilter *filter, const PenLedgerSpan *span)
{
  Conditions conditions = { .n_items = 0 };

  collect (&conditions, filter);
  return conditions.n_items == 0 && span->after == 0 && span->until == 0 && span->limit == 0;
}

GArray *
pen_ledger_query_numbers (PenLedger *ledger, const PenLedgerFilter *filter, const PenLedgerSpan *span, GError **error)
{
  g_autoptr (GError) local = NULL;
  GArray *numbers = NULL;

  if (asks_for_all (filter, span))
    numbers = number_unbroken (ledger, &local);
  if (numbers != NULL || local == NULL)
    return numbers != NULL ? numbers : look_for_numbers (ledger, filter, span, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

static void
append_totals (GString *sql)
{
  g_string_append_printf (sql, "SELECT count(*), total(cover), total(kind = %d), total(status = %d),"
                          " count(DISTINCT CASE WHEN cover THEN NULL ELSE address END),"
                          " total(CASE status WHEN %d THEN 0 ELSE bytes_out END)",
                          PEN_KIND_DELIVERY, PEN_ROW_WITHHELD, PEN_ROW_WITHHELD);
}

gboolean
pen_ledger_query_totals (PenLedger *ledger, const PenLedgerFilter *filter, PenLedgerTotals *totals, GError **error)
{
  g_autoptr (GString) sql = g_string_new (NULL);
  Conditions conditions = { .n_items = 0 };
  sqlite3_stmt *statement;
  gboolean found;

  append_totals (sql);
  append_conditions (sql, filter, &conditions,
                     filter->address != NULL ? choose_way (filter) : " FROM ledger NOT INDEXED");
  statement = prepare (ledger, sql->str, &conditions, error);
  if (statement == NULL)
    return FALSE;
  found = pen_database_step (ledger->database, statement, error) == SQLITE_ROW;
  if (found)
    *totals = (PenLedgerTotals) { .rows = sqlite3_column_int64 (statement, 0),
                                  .cover = sqlite3_column_int64 (statement, 1),
                                  .deliveries = sqlite3_column_int64 (statement, 2),
                                  .withheld = sqlite3_column_int64 (statement, 3),
                                  .people = sqlite3_column_int64 (statement, 4),
                                  .bytes_out = sqlite3_column_int64 (statement, 5) };
  sqlite3_finalize (statement);
  return found;
}

sqlite3_stmt *
pen_ledger_query_export (PenLedger *ledger, const PenLedgerFilter *filter, GError **error)
{
  g_autoptr (GString) sql = g_string_new ("SELECT " PEN_LEDGER_COLUMNS " FROM ledger WHERE row IN (SELECT row");
  Conditions conditions = { .n_items = 0 };

  append_source (sql, filter, &conditions);
  g_string_append (sql, ") ORDER BY row");
  return prepare (ledger, sql->str, &conditions, error);
}

GArray *
pen_ledger_find_stanza (PenLedger *ledger, const char *account, const char *stanza, const char *host, GError **error)
{
  static const char sql[] = "SELECT row FROM ledger WHERE stanza = ?2 AND account = ?1"
                            " AND instr (' ' || observers || ' ', ':' || ?3 || ' ') > 0 ORDER BY row";
  sqlite3_stmt *statement = pen_database_query (ledger->database, sql, error, "ttt", account, stanza, host);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  int code;

  if (statement == NULL)
    return NULL;
  while ((code = pen_database_step (ledger->database, statement, error)) == SQLITE_ROW)
    {
      gint64 row = sqlite3_column_int64 (statement, 0);

      g_array_append_val (rows, row);
    }
  return code == SQLITE_DONE ? g_steal_pointer (&rows) : NULL;
}
