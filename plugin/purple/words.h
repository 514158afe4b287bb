/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/account.h"
#include "wire/wire.h"

G_BEGIN_DECLS

/* How things are said to a person. All results are translated. */

/** PEN_WORDS_TEXT_MAX_BYTES: longer texts are cut before they are shown. */
#define PEN_WORDS_TEXT_MAX_BYTES (1024 * 1024)

/**
 * pen_words_html:
 * @text: (nullable): plain text from anywhere
 *
 * Makes text safe to show: never markup, no control characters, not longer
 * than PEN_WORDS_TEXT_MAX_BYTES, and writing direction controls (UAX 9) have
 * no effect beyond their own line.
 *
 * Returns: (transfer full): HTML, lines separated by <br>
 */
char *pen_words_html (const char *text);

/** pen_words_cell: Returns: (transfer full): untrusted text (nullable) as one plain line of at most @max characters. */
char *pen_words_cell (const char *text, glong max);

/** pen_words_who: Returns: (transfer full): a name as a person reads it: numbers with spaces. */
char *pen_words_who (PurpleAccount *purple, const char *name);

/** pen_words_when: Returns: a lookup policy as the end of "asks about a person …", static text. */
const char *pen_words_when (PenWhen when);

/** pen_words_choice: Returns: what the user decided for a contact, static text. */
const char *pen_words_choice (PenChoice choice);

/** pen_words_capability: Returns: (transfer full): what is known, how and since when. */
char *pen_words_capability (const PenPaneStatus *status);

/** pen_words_age: Returns: (transfer full): "5 minutes ago"; "never" below 0. */
char *pen_words_age (gint64 age_s);

/** pen_words_time: Returns: (transfer full): local date and time of microseconds since 1970. */
char *pen_words_time (gint64 at_us);

/** pen_words_clock: Returns: (transfer full): local time of day in the user's form, with the date if that is not @now_us's. */
char *pen_words_clock (gint64 at_us, gint64 now_us);

/** pen_words_wait: Returns: (transfer full): "in 23 minutes". */
char *pen_words_wait (gint64 wait_us);

/** pen_words_policy: Returns: (transfer full): the preset's name, or the settings of one's own. */
char *pen_words_policy (const PenPolicy *policy);

/** pen_words_error: Returns: (transfer full): what went wrong, and what the other side said; @is_gateway: it comes from one */
char *pen_words_error (const PenWireError *error, gboolean is_gateway);

/** pen_words_observers: Returns: (transfer full): who learns of @row, with hosts. */
char *pen_words_observers (const PenLedgerRow *row);

/** pen_words_row: Returns: (transfer full): a ledger row as one plain line. @with_address: say whom it is about */
char *pen_words_row (const PenLedgerRow *row, gboolean with_address);

/** pen_words_row_head: Returns: (transfer full): the heads of the columns of pen_words_row(). */
char *pen_words_row_head (gboolean with_address);

G_END_DECLS
