/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "database-private.h"
#include "penregister/ledger.h"
#include "penregister/ledger-reader.h"

G_BEGIN_DECLS

/* What the files of the ledger share. */

struct _PenLedger
{
  PenDatabase *database;
  const PenClock *clock;
  guint retention_days;
};

/* The columns in the order that pen_ledger_row_read() and _bind() use. */
#define PEN_LEDGER_COLUMNS                                                             \
  "row, at_us, account, kind, address, cover, trigger, observers, source, stanza, "    \
  "attempts, bytes_out, bytes_in, status, answered_at_us, result, batch, disclosed, "  \
  "rule, retained_until_us"

/** pen_ledger_row_read: Returns: (transfer full): the row that @statement stands on. */
PenLedgerRow *pen_ledger_row_read (sqlite3_stmt *statement);

/** pen_ledger_observers_to_text: Returns: (transfer full): "home:example.org peer:example.net" */
char *pen_ledger_observers_to_text (const PenLedgerRow *row);

/** pen_ledger_observer_bits: Returns: one bit for each kind of observer of @row. */
int pen_ledger_observer_bits (const PenLedgerRow *row);

/** pen_ledger_time_to_text: Returns: (transfer full) (nullable): RFC 3339 in UTC, NULL for 0 or outside the years 1 to 9999. */
char *pen_ledger_time_to_text (gint64 at_us);

/** pen_ledger_query_register: gives SQLite the function that searches for a text. */
void pen_ledger_query_register (PenDatabase *database);

/**
 * pen_ledger_query_export:
 *
 * Returns: (transfer full) (nullable): a statement over all matching rows,
 *   oldest first
 */
sqlite3_stmt *pen_ledger_query_export (PenLedger *ledger, const PenLedgerFilter *filter, GError **error);

/** PenLedgerExtent: numbers of the oldest and the newest row, and how many there are. */
typedef struct
{
  gint64 first;
  gint64 last;
  gint64 rows;
} PenLedgerExtent;

/** pen_ledger_query_extent: Returns: %FALSE with @error set. Takes a hundredth of a second for a million rows. */
gboolean pen_ledger_query_extent (PenLedger *ledger, PenLedgerExtent *extent, GError **error);

/** pen_ledger_query_numbers: as pen_ledger_reader_numbers(). */
GArray *pen_ledger_query_numbers (PenLedger *ledger, const PenLedgerFilter *filter, const PenLedgerSpan *span,
                                  GError **error);

/** pen_ledger_query_totals: as pen_ledger_reader_totals(). */
gboolean pen_ledger_query_totals (PenLedger *ledger, const PenLedgerFilter *filter, PenLedgerTotals *totals,
                                  GError **error);

G_END_DECLS
