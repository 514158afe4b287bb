/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

#include "penregister/ledger-reader.h"

G_BEGIN_DECLS

/* The ledger's rows in words: plain values in, translated text out. What came
 * from the wire is made harmless: no control characters, no overrides of the
 * direction of writing, never longer than a line. */

typedef enum
{
  PEN_COLUMN_TIME,
  PEN_COLUMN_ACCOUNT,
  PEN_COLUMN_ABOUT,
  PEN_COLUMN_OBSERVERS,
  PEN_COLUMN_KIND,
  PEN_COLUMN_DISCLOSED,
  PEN_COLUMN_COVER,
  PEN_COLUMN_TRIGGER,
  PEN_COLUMN_BYTES,
  PEN_COLUMN_RESULT,
  PEN_COLUMN_LATENCY,
  PEN_COLUMN_RETAINED,
  PEN_N_COLUMNS
} PenLedgerColumn;

/** pen_words_clean: Returns: (transfer full): @text (nullable) on one line, of at most @max_chars characters. */
char *pen_words_clean (const char *text, guint max_chars);

/** pen_words_person: Returns: (transfer full): the address @uri without its scheme, cleaned. */
char *pen_words_person (const char *uri);

/** pen_words_time: Returns: (transfer full): @at_us (since 1970) in local time and the user's form; empty for 0. */
char *pen_words_time (gint64 at_us);

/** pen_words_number: Returns: (transfer full): with the user's separators. */
char *pen_words_number (gint64 number);

/** pen_words_column: Returns: the column's title. */
const char *pen_words_column (PenLedgerColumn column);

/** pen_words_kind: likewise _trigger, _observer: a member of the closed lists as a filter offers it. */
const char *pen_words_kind (PenKind kind);
const char *pen_words_trigger (PenTrigger trigger);
const char *pen_words_observer (PenObserver observer);

/** pen_words_cell: Returns: (transfer full): what stands in @column of @row. */
char *pen_words_cell (const PenLedgerRow *row, PenLedgerColumn column);

/** pen_words_is_news: Returns: whether @row is about something that we were told, and nobody was asked. */
gboolean pen_words_is_news (const PenLedgerRow *row);

/** pen_words_sentence: Returns: (transfer full): what those who learned of @row know now, in sentences. */
char *pen_words_sentence (const PenLedgerRow *row);

/** pen_words_totals: Returns: (transfer full): the line under the list. */
char *pen_words_totals (const PenLedgerTotals *totals);

G_END_DECLS
