/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include "penregister/ledger.h"

G_BEGIN_DECLS

/* Reading the ledger beside the program's main loop, for a list of a million
 * rows: a read-only handle of its own, used by one thread at a time. First the
 * numbers of all rows that match, then the rows that are looked at. Between
 * two calls no statement and no transaction is open, so that a purge can
 * truncate the log. */

typedef struct _PenLedgerReader PenLedgerReader;

/**
 * PenLedgerSpan: which of the matching rows.
 * @after: only rows with a higher number; 0 for all
 * @limit: at most so many; 0 for all
 * @stop: (nullable): set atomically by any thread to give up: then the call fails with %G_FILE_ERROR_INTR
 * @until: only rows with this number or a lower one; 0 for all
 */
typedef struct
{
  gint64 after;
  guint limit;
  const gint *stop;
  gint64 until;
} PenLedgerSpan;

/**
 * PenLedgerTotals: what a filter's rows come to.
 * @rows: how many; of these @cover stand for nobody, @deliveries are messages and the like, @withheld never left
 * @people: different addresses among those that are not cover
 * @bytes_out: size of all stanzas, without those that never left
 */
typedef struct
{
  gint64 rows;
  gint64 cover;
  gint64 deliveries;
  gint64 withheld;
  gint64 people;
  gint64 bytes_out;
} PenLedgerTotals;

/**
 * pen_ledger_reader_open:
 * @path: a store that this process has open already
 *
 * Returns: (transfer full) (nullable): the reader, or %NULL with PEN_DATABASE_ERROR set
 */
PenLedgerReader *pen_ledger_reader_open (const char *path, GError **error);
void pen_ledger_reader_close (PenLedgerReader *reader);

/**
 * pen_ledger_reader_numbers:
 *
 * A text is looked for in every row, by as many threads as there are
 * processors, up to four.
 *
 * Returns: (transfer full) (element-type gint64) (nullable): numbers of the matching rows, newest first
 */
GArray *pen_ledger_reader_numbers (PenLedgerReader *reader, const PenLedgerFilter *filter, const PenLedgerSpan *span,
                                   GError **error);

/**
 * pen_ledger_reader_rows:
 * @numbers: (array length=n_numbers): in any order
 *
 * Returns: (transfer full) (element-type PenLedgerRow) (nullable): as many as @numbers, in their order; %NULL
 *   stands for a row that is not there any more. Freeing the array frees them
 */
GPtrArray *pen_ledger_reader_rows (PenLedgerReader *reader, const gint64 *numbers, guint n_numbers, GError **error);

/**
 * pen_ledger_reader_totals:
 * @stop: as in PenLedgerSpan
 *
 * Reads every matching row: a second or two where a million match.
 *
 * Returns: %FALSE with @error set
 */
gboolean pen_ledger_reader_totals (PenLedgerReader *reader, const PenLedgerFilter *filter, const gint *stop,
                                   PenLedgerTotals *totals, GError **error);

/** pen_ledger_reader_export: as pen_ledger_export(), through the reader. */
gint64 pen_ledger_reader_export (PenLedgerReader *reader, const PenLedgerFilter *filter, const char *path,
                                 const char *format, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenLedgerReader, pen_ledger_reader_close)

G_END_DECLS
