/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include "penregister/clock.h"
#include "penregister/database.h"
#include "penregister/vocabulary.h"

G_BEGIN_DECLS

/* The metadata ledger: one row for each address that one request or delivery
 * names. Several addresses in one request are several rows with the same
 * stanza id. */

#define PEN_LEDGER_MAX_OBSERVERS 3
#define PEN_LEDGER_RETENTION_DAYS 30

/**
 * PenLedgerObserver:
 * @observer: who
 * @host: its host name
 */
typedef struct
{
  PenObserver observer;
  char *host;
} PenLedgerObserver;

/**
 * PenLedgerRow:
 * @row: number of the row, ascending, never used again
 * @at_us: when it was recorded (microseconds since 1970, UTC)
 * @account: bare JID of the asking account
 * @kind: what sort of question
 * @address: whom it names: a URI ("tel:+1…", "xmpp:…") or the text as it stood
 * @cover: whether it stands for no real contact
 * @trigger: what made the client ask
 * @observers: who learns it; @n_observers of them are set
 * @source: (nullable): the network address that the question came from
 * @stanza: (nullable): id of the stanza
 * @attempts: how often the stanza was handed over
 * @bytes_out: size of the whole stanza as sent; @bytes_in: of its answer
 * @status: how far it has come
 * @answered_at_us: 0 while there is no answer
 * @result: (nullable): a short word or error condition
 * @batch: (nullable): the batch that it went with
 * @disclosed: in which form the address left
 * @rule: (nullable): the rule that withheld, dropped or marked it
 * @retained_until_us: when the observer's copy is gone, by what is known of it
 */
typedef struct
{
  gint64 row;
  gint64 at_us;
  char *account;
  PenKind kind;
  char *address;
  gboolean cover;
  PenTrigger trigger;
  PenLedgerObserver observers[PEN_LEDGER_MAX_OBSERVERS];
  guint n_observers;
  char *source;
  char *stanza;
  int attempts;
  gint64 bytes_out;
  gint64 bytes_in;
  PenRowStatus status;
  gint64 answered_at_us;
  char *result;
  char *batch;
  PenDisclosed disclosed;
  char *rule;
  gint64 retained_until_us;
} PenLedgerRow;

/** pen_ledger_row_free: frees the row and all its texts. */
void pen_ledger_row_free (PenLedgerRow *row);

/** pen_ledger_row_observe: adds an observer; silently full at PEN_LEDGER_MAX_OBSERVERS. */
void pen_ledger_row_observe (PenLedgerRow *row, PenObserver observer, const char *host);

/**
 * PenLedgerFilter: what is asked of the ledger; unset members match all.
 * @account: (nullable): bare JID
 * @address: (nullable): exact address
 * @kind, @trigger, @status, @observer: -1 for all
 * @cover: -1 for all, else 0 or 1
 * @since_us: inclusive, 0 for all; @until_us: exclusive, 0 for all
 * @text: (nullable): found anywhere in address, result, rule, observers or stanza id, case-insensitively
 */
typedef struct
{
  const char *account;
  const char *address;
  int kind;
  int trigger;
  int status;
  int observer;
  int cover;
  gint64 since_us;
  gint64 until_us;
  const char *text;
} PenLedgerFilter;

#define PEN_LEDGER_FILTER_ALL { .kind = -1, .trigger = -1, .status = -1, .observer = -1, .cover = -1 }

typedef struct _PenLedger PenLedger;

/**
 * pen_ledger_new:
 * @database: (transfer none): must outlive the ledger
 * @clock: (transfer none): likewise
 */
PenLedger *pen_ledger_new (PenDatabase *database, const PenClock *clock);
void pen_ledger_free (PenLedger *ledger);

/** pen_ledger_set_retention: days after which pen_ledger_expire() deletes; 0 keeps for ever. */
void pen_ledger_set_retention (PenLedger *ledger, guint days);

/**
 * pen_ledger_append:
 * @row: (inout): the row to write; @row->row is set, and @row->at_us and
 *   @row->retained_until_us where they are 0
 *
 * Writes the row inside the turn's transaction. It is durable, and the
 * request may leave, only after pen_database_commit(). Texts longer than 4,096
 * bytes are cut at a character's boundary, and invalid UTF-8 is replaced, in
 * what is stored; @row keeps its own. @row->retained_until_us becomes 30 days
 * after @row->at_us, whatever the ledger's own retention is.
 *
 * Returns: %FALSE with @error set when it could not be recorded: then the
 *   request must not leave
 */
gboolean pen_ledger_append (PenLedger *ledger, PenLedgerRow *row, GError **error);

/**
 * pen_ledger_mark_sent: one attempt more; status becomes sent unless it is
 *   finished already. Returns: %FALSE with @error set when the store refuses
 *   or when the row is not there any more (purged)
 */
gboolean pen_ledger_mark_sent (PenLedger *ledger, gint64 row, GError **error);

/**
 * PenLedgerOutcome: how a row ends.
 * @status: answered, error, timeout, withheld, dropped or unknown
 * @result: (nullable): a short word
 * @bytes_in: size of the answer, 0 without one
 */
typedef struct
{
  PenRowStatus status;
  const char *result;
  gint64 bytes_in;
} PenLedgerOutcome;

/**
 * pen_ledger_finish:
 * @row: number of the row
 * @outcome: how it ends
 *
 * Completes a row. An error always wins over an answer, even late; nothing
 * else changes a row that was answered. A late answer replaces timeout and
 * unknown; the first error, withheld and dropped are final; what was sent is
 * never withheld. Succeeds without a change where nothing may change, and
 * when the row has been purged.
 */
gboolean pen_ledger_finish (PenLedger *ledger, gint64 row, const PenLedgerOutcome *outcome, GError **error);

/** pen_ledger_get: Returns: (transfer full) (nullable): the row, or %NULL when there is none. */
PenLedgerRow *pen_ledger_get (PenLedger *ledger, gint64 row, GError **error);

/**
 * pen_ledger_query:
 * @filter: what is wanted
 * @limit: at most so many rows; @offset: after so many
 *
 * Newest first. No statement stays open.
 *
 * Returns: (transfer full) (element-type PenLedgerRow) (nullable): the rows
 */
GPtrArray *pen_ledger_query (PenLedger *ledger, const PenLedgerFilter *filter, guint limit, guint offset,
                             GError **error);

/**
 * pen_ledger_find_stanza:
 * @account: bare JID; @stanza: id of a stanza
 * @host: a host that learnt of it
 *
 * Returns: (transfer full) (element-type gint64) (nullable): numbers of the
 *   rows of the newest stanza with this id of which @host learnt; empty when there is none
 */
GArray *pen_ledger_find_stanza (PenLedger *ledger, const char *account, const char *stanza, const char *host,
                                GError **error);

/** pen_ledger_count: Returns: how many rows match, or -1 with @error set. */
gint64 pen_ledger_count (PenLedger *ledger, const PenLedgerFilter *filter, GError **error);

/**
 * pen_ledger_purge:
 * @before_us: rows recorded earlier than this are deleted
 *
 * Deletes, commits, and truncates the log, so that the deleted text is in
 * none of the store's three files afterwards. An open turn is committed
 * first. With PEN_DATABASE_ERROR_BUSY the rows are deleted, but a reader kept
 * the log: purge again, or wait for pen_ledger_expire(), which does it.
 *
 * Returns: rows removed, or -1 with @error set
 */
gint64 pen_ledger_purge (PenLedger *ledger, gint64 before_us, GError **error);

/** pen_ledger_last_row: Returns: number of the newest row, 0 when there is none, or -1 with @error set. */
gint64 pen_ledger_last_row (PenLedger *ledger, GError **error);

/**
 * pen_ledger_purge_some:
 * @last_row: none that is newer: between two slices rows are written
 * @rows: at most so many, the oldest first
 *
 * Rows whose question has not left yet stay: it must not leave without its row.
 * A slice of a purge, durable when this returns. The text is gone only after
 * pen_ledger_purge_complete(), which pen_ledger_expires() asks for, too.
 *
 * Returns: rows removed, less than @rows when no more are that old; or -1 with @error set
 */
gint64 pen_ledger_purge_some (PenLedger *ledger, gint64 before_us, gint64 last_row, guint rows, GError **error);

/** pen_ledger_purge_complete: scrubs and truncates after slices. Returns: %FALSE with @error set, as pen_ledger_purge(). */
gboolean pen_ledger_purge_complete (PenLedger *ledger, GError **error);

/**
 * pen_ledger_expires:
 * @before_us: (out): what is older is not to be kept, by the retention
 * @is_due: (out): something is that old, or a purge was not completed
 *
 * Returns: %FALSE with @error set
 */
gboolean pen_ledger_expires (PenLedger *ledger, gint64 *before_us, gboolean *is_due, GError **error);

/** pen_ledger_expire: purges by the retention, only when something is that old. Returns: as pen_ledger_purge(). */
gint64 pen_ledger_expire (PenLedger *ledger, GError **error);

/**
 * pen_ledger_recover:
 *
 * For a new process: rows that were recorded or sent and have no answer were
 * in flight when the last one ended; they become unknown. Inside the turn's
 * transaction: commit it.
 *
 * Returns: rows changed, or -1 with @error set
 */
gint64 pen_ledger_recover (PenLedger *ledger, GError **error);

/**
 * pen_ledger_export:
 * @path: file to write, 0600; must not be the store itself
 * @format: "csv" (RFC 4180, cells that begin with = + - @ guarded) or "json" (an array of objects)
 *
 * Oldest first, the columns in the order of ledger-json.h. Written under
 * another name first and then renamed: @path is whole or untouched.
 *
 * Returns: rows written, or -1 with @error set (PEN_DATABASE_ERROR or G_FILE_ERROR)
 */
gint64 pen_ledger_export (PenLedger *ledger, const PenLedgerFilter *filter, const char *path, const char *format,
                          GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenLedgerRow, pen_ledger_row_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenLedger, pen_ledger_free)

G_END_DECLS
