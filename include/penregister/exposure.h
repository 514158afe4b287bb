/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include "penregister/ledger.h"
#include "penregister/vocabulary.h"

G_BEGIN_DECLS

/* What each observer can hold about this user: a pure function over rows of
 * the ledger, and the same as a report over the store.
 *
 * What counts. A row has left unless it is withheld or dropped with no
 * attempt made: what may be out counts as out. Rows of kind delivery stand in
 * a column of their own; every other row is a lookup. A row counts once for
 * each observer that it names, and one that never left counts as saved.
 * Values of lists that this version does not know count as badly as they can:
 * a lookup, sent, at an act of the user.
 *
 * Timing is the smallest difference between an act of the user and the
 * question that the observer can make out. Lookups that are asked at an act
 * (typed, opened, send, manual, and library, which asks when something is
 * shown) have the time of the act: 1 s. Lookups by schedule have the smallest
 * time between two batches of their lane in the window, else in all windows,
 * else the period in the query. A lane is what stands before the first colon
 * of a batch's name ("sweep:17"), so that two lanes with phases of their own
 * are not taken for one; a scheduled row without a batch is a batch of its
 * own second. Lookups at login or after a push follow no act: they have none.
 *
 * Baseline: at least so much would the policy "typed" have given away for the
 * same days, by the ledger alone.
 *   1. Lookups that are not by schedule would have been made just so, those
 *      too that the policy withheld from libpurple. Cover would not exist.
 *   2. A lookup of device list or directory that was withheld at an act
 *      (typed, opened, send, manual), or put off to a slot, would have been
 *      asked at once. Where it was asked in fact at an act within @fresh_s
 *      after that, it is that one question, by 1.
 *   3. Likewise at a delivery, to a person whose device list or directory
 *      entry is asked for by schedule or was withheld: for others the policy
 *      asks at the act anyway, and a delivery without question had a fresh
 *      answer. A delivery next after what was withheld is the message that
 *      waited for it, however long, and no act of its own.
 *   By 2 and 3 nothing is asked within @fresh_s after a question about the
 *   same person, and each question goes to every observer that any lookup of
 *   device list or directory of that person names, the withheld ones too.
 * It is a lower bound: what was only entered leaves no row under `send` and
 * `never`, which do not ask then and wait for no slot. Device lists that servers push are not taken into
 * account by 3. Deliveries are the same under every policy. */

#define PEN_EXPOSURE_WINDOW_DAYS 30
#define PEN_EXPOSURE_MAX_DAYS 3660

/* Rows that one step of a report may read without being felt (below 20 ms). */
#define PEN_EXPOSURE_STEP_ROWS 4096

/**
 * PenExposureQuery:
 * @account: (nullable): bare JID; for reports, the pure function gets its rows chosen
 * @observer: a PenObserver, or -1 for all
 * @until_us: end of the newest window, exclusive; 0 for a report up to now
 * @days: how far back; cut to 1 … PEN_EXPOSURE_MAX_DAYS. Windows of 30 days
 *   are chained from @until_us backwards, the oldest may be shorter
 * @fresh_s: for how long an answer is used again, for the baseline
 * @period_s: period of the schedule where the rows cannot tell it, 0 for unknown
 */
typedef struct
{
  const char *account;
  int observer;
  gint64 until_us;
  guint days;
  guint fresh_s;
  guint period_s;
} PenExposureQuery;

#define PEN_EXPOSURE_QUERY_DEFAULT { .observer = -1, .days = PEN_EXPOSURE_WINDOW_DAYS, .fresh_s = 2 * 60 * 60 }

/**
 * PenExposureRow: what of a ledger row matters here; texts are borrowed.
 * @row: its number, for the export
 * @observers: as the ledger keeps them: "home:example.org peer:example.net"
 * Others as in PenLedgerRow.
 */
typedef struct
{
  gint64 row;
  gint64 at_us;
  int kind;
  int trigger;
  int status;
  int attempts;
  gboolean cover;
  const char *address;
  const char *observers;
  const char *source;
  const char *batch;
  gint64 retained_until_us;
} PenExposureRow;

/** PenExposureBaseline: what "typed" would have given away; members as in PenExposureItem. */
typedef struct
{
  guint64 lookups;
  guint64 people;
  gint64 timing_s;
} PenExposureBaseline;

/**
 * PenExposureItem: what one observer can hold.
 * @observer: the word, also one that this version does not know
 * @host: its host name
 * @lookups: rows, cover included
 * @people: different people whom lookups that are no cover name: @who, sorted; a host is nobody
 * @cover: rows among @lookups that are cover; @cover_people: addresses that only cover names
 * @timing_s: see above; 0 where no lookup is tied to an act
 * @sources: network addresses that rows came from, sorted
 * @deliveries: rows; @delivery_people: different receivers: @receivers, sorted
 * @saved: rows that would have named it and never left
 * @first_us, @last_us: of the rows that left; 0 when none did
 * @retained_until_us: when its copy of the last is gone, by what is known
 * @rows: (element-type gint64): numbers of the rows that left, as they were added
 */
typedef struct
{
  char *observer;
  char *host;
  guint64 lookups;
  guint64 people;
  guint64 cover;
  guint64 cover_people;
  gint64 timing_s;
  char **sources;
  guint64 deliveries;
  guint64 delivery_people;
  guint64 saved;
  gint64 first_us;
  gint64 last_us;
  gint64 retained_until_us;
  char **who;
  char **receivers;
  GArray *rows;
  PenExposureBaseline baseline;
} PenExposureItem;

/**
 * PenExposureWindow: from @since_us to before @until_us.
 * @items: (element-type PenExposureItem): by observer, then host
 */
typedef struct
{
  gint64 since_us;
  gint64 until_us;
  GPtrArray *items;
} PenExposureWindow;

/**
 * PenExposure:
 * @total: all windows as one; its items have no @rows
 * @windows: (element-type PenExposureWindow): newest first
 * @later: rows after the newest window (the clock was set back): in none of them
 */
typedef struct
{
  PenExposureWindow *total;
  GPtrArray *windows;
  guint64 later;
} PenExposure;

void pen_exposure_free (PenExposure *exposure);

/* The pure function. */

typedef struct _PenExposureTally PenExposureTally;

/** pen_exposure_begin: Returns: (transfer full): no rows yet; @query: @until_us must be set. */
PenExposureTally *pen_exposure_begin (const PenExposureQuery *query);

/** pen_exposure_add: one row more, in any order: the result depends on the set of rows alone, @rows apart. */
void pen_exposure_add (PenExposureTally *tally, const PenExposureRow *row);

/** pen_exposure_finish: @tally: (transfer full). Returns: (transfer full): what was added up. */
PenExposure *pen_exposure_finish (PenExposureTally *tally);

void pen_exposure_tally_free (PenExposureTally *tally);

/**
 * pen_exposure_of:
 * @rows: (element-type PenLedgerRow): rows of the ledger
 * @query: which days
 *
 * docs/design.md, "Exposure".
 *
 * Returns: (transfer full): what each observer can hold
 */
PenExposure *pen_exposure_of (const GPtrArray *rows, const PenExposureQuery *query);

/* The report over the store. */

typedef struct _PenExposureReport PenExposureReport;

/**
 * pen_exposure_report_begin:
 * @ledger: must outlive the report
 * @query: copied; by default the newest window ends after now
 *
 * Returns: (transfer full) (nullable): a report that has read nothing yet, or %NULL with @error set
 */
PenExposureReport *pen_exposure_report_begin (PenLedger *ledger, const PenExposureQuery *query, GError **error);

/**
 * pen_exposure_report_step:
 * @rows: look at so many rows more
 * @done: (out): whether all are read
 *
 * No statement stays open between steps. Rows that come in meanwhile are not
 * in the report.
 *
 * Returns: %FALSE with @error set when the store refuses
 */
gboolean pen_exposure_report_step (PenExposureReport *report, guint rows, gboolean *done, GError **error);

/** pen_exposure_report_end: @report: (transfer full). Returns: (transfer full): what was read so far. */
PenExposure *pen_exposure_report_end (PenExposureReport *report);

void pen_exposure_report_free (PenExposureReport *report);

/** pen_exposure_report: all of it at once. Returns: (transfer full) (nullable): as pen_exposure_report_end(). */
PenExposure *pen_exposure_report (PenLedger *ledger, const PenExposureQuery *query, GError **error);

/**
 * pen_exposure_export:
 * @path: file to write, 0600; must not be the store itself
 * @format: "csv" (RFC 4180, cells that begin with = + - @ guarded) or "json"
 *
 * The records return: for each window and observer what left, with when,
 * which address, from which network address, asked of whom, and the answer.
 * JSON has what pen_exposure_to_json() makes, and in each observer of a
 * window its "records". @path is whole or untouched.
 *
 * Returns: records written, or -1 with @error set (PEN_DATABASE_ERROR or G_FILE_ERROR)
 */
gint64 pen_exposure_export (PenLedger *ledger, const PenExposureQuery *query, const char *path, const char *format,
                            GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenExposure, pen_exposure_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenExposureTally, pen_exposure_tally_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenExposureReport, pen_exposure_report_free)

G_END_DECLS
