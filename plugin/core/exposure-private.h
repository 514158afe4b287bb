/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/exposure.h"

G_BEGIN_DECLS

/* What exposure.c adds up and exposure-result.c makes a result of. */

#define PEN_EXPOSURE_DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define PEN_EXPOSURE_WINDOW_US (PEN_EXPOSURE_WINDOW_DAYS * PEN_EXPOSURE_DAY_US)

/* How a person is known to an observer. */
#define PEN_EXPOSURE_ASKED (1u << 0)
#define PEN_EXPOSURE_COVER (1u << 1)
#define PEN_EXPOSURE_DELIVERED (1u << 2)
#define PEN_EXPOSURE_BASELINE (1u << 3)

/** PenExposureActKind: asked for in fact; withheld; a message with no question of its own. */
typedef enum
{
  PEN_EXPOSURE_ACT_ASKED,
  PEN_EXPOSURE_ACT_WITHHELD,
  PEN_EXPOSURE_ACT_DELIVERY
} PenExposureActKind;

typedef struct
{
  gint64 at_us;
  PenExposureActKind kind;
} PenExposureAct;

/**
 * PenExposurePerson: one address.
 * @acts: (nullable) (element-type PenExposureAct)
 * @asked_of: (nullable): set of the observer lists (GArray) that lookups of reachability name
 * @last_list: (nullable): the list of the row that was added last; @last_observers: its text, both of the tally
 * @is_quiet: such a lookup was made by schedule or was withheld
 * @is_host: a server or service, which is asked about and is nobody
 */
typedef struct
{
  char *address;
  GArray *acts;
  GHashTable *asked_of;
  const char *last_observers;
  GArray *last_list;
  gboolean is_quiet;
  gboolean is_host;
} PenExposurePerson;

/** PenExposureBatch: @at_us: its first row; @lane: what its name begins with, owned by the tally. */
typedef struct
{
  const char *lane;
  gint64 at_us;
} PenExposureBatch;

/**
 * PenExposureCell: one observer in one window.
 * @has_act: a lookup right at an act; @base_has_act: likewise by the baseline
 * @people: PenExposurePerson -> flags
 * @sources: set of texts that the tally owns; @last_source: the one added last
 * @lanes: set of lanes; @last_lane: likewise
 * @rows: numbers of the rows that left
 */
typedef struct
{
  guint64 lookups;
  guint64 cover;
  guint64 deliveries;
  guint64 saved;
  guint64 base_lookups;
  gboolean has_act;
  gboolean base_has_act;
  gboolean has_left;
  gint64 first_us;
  gint64 last_us;
  gint64 retained_until_us;
  GHashTable *people;
  GHashTable *sources;
  const char *last_source;
  GHashTable *lanes;
  const char *last_lane;
  GArray *rows;
} PenExposureCell;

/** PenExposureObserver: @cells: (element-type PenExposureCell): by window, %NULL where it has none. */
typedef struct
{
  char *word;
  char *host;
  GPtrArray *cells;
} PenExposureObserver;

/**
 * PenExposureTally:
 * @people: address -> PenExposurePerson
 * @observers: "word:host" -> PenExposureObserver
 * @lists: text of a row's observers -> GArray of PenExposureObserver
 * @texts: set of sources and lanes, which it owns; @last_text: the one that was used last
 * @batches: name -> PenExposureBatch
 */
struct _PenExposureTally
{
  PenExposureQuery query;
  gint64 since_us;
  guint n_windows;
  guint64 later;
  GHashTable *people;
  GHashTable *observers;
  GHashTable *lists;
  GHashTable *texts;
  const char *last_text;
  GHashTable *batches;
};

/** pen_exposure_cell: Returns: (transfer none): @observer in @window, made when there is none. */
PenExposureCell *pen_exposure_cell (PenExposureObserver *observer, guint window);

PenExposureCell *pen_exposure_cell_new (void);
void pen_exposure_cell_free (PenExposureCell *cell);

/** pen_exposure_cell_flag: @person is known there in more ways: @known, or'ed together; 0 for none. */
void pen_exposure_cell_flag (PenExposureCell *cell, PenExposurePerson *person, guint known);

/** pen_exposure_window_of: Returns: the window of a time within the tally's days. */
guint pen_exposure_window_of (const PenExposureTally *tally, gint64 at_us);

/** pen_exposure_ask_typed: adds what "typed" would have asked at acts that left no question. */
void pen_exposure_ask_typed (PenExposureTally *tally);

G_END_DECLS
