/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Makes the result of what was added up: what "typed" would have asked, how
 * fine the timing of a schedule is, and the windows in their order. Whatever
 * order the rows came in, the result is the same. */

#include "exposure-private.h"

/* How fine the timing is at an act: a row's own time, as records show it. */
#define ACT_TIMING_S 1

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a;
  gint64 y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

/* The baseline */

/* What was asked in fact comes first: it makes fresh. */
static int
compare_acts (gconstpointer a, gconstpointer b)
{
  const PenExposureAct *x = a;
  const PenExposureAct *y = b;
  int order = compare_times (&x->at_us, &y->at_us);

  return order != 0 ? order : (int) x->kind - (int) y->kind;
}

static GHashTable *
observers_of (const PenExposurePerson *person)
{
  GHashTable *observers = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer list;

  g_hash_table_iter_init (&iter, person->asked_of);
  while (g_hash_table_iter_next (&iter, &list, NULL))
    for (guint i = 0; i < ((GArray *) list)->len; i++)
      g_hash_table_add (observers, g_array_index ((GArray *) list, PenExposureObserver *, i));
  return observers;
}

static void
ask_all (GHashTable *observers, PenExposurePerson *person, guint window)
{
  GHashTableIter iter;
  gpointer observer;

  g_hash_table_iter_init (&iter, observers);
  while (g_hash_table_iter_next (&iter, &observer, NULL))
    {
      PenExposureCell *cell = pen_exposure_cell (observer, window);

      cell->base_lookups++;
      cell->base_has_act = TRUE;
      pen_exposure_cell_flag (cell, person, PEN_EXPOSURE_BASELINE);
    }
}

/* @next: (inout): place of the first act at or after @i that was asked in fact; the array's length for none */
static const PenExposureAct *
next_asked (const GArray *acts, guint i, guint *next)
{
  for (*next = MAX (*next, i); *next < acts->len; (*next)++)
    if (g_array_index (acts, PenExposureAct, *next).kind == PEN_EXPOSURE_ACT_ASKED)
      return &g_array_index (acts, PenExposureAct, *next);
  return NULL;
}

/* What was put off and asked in fact soon after is that one question, and a
 * message that was waiting is no other act than the wish that it waited with. */
static gboolean
is_same_wish (const GArray *acts, guint i, const PenExposureAct *asked, gint64 fresh_us)
{
  const PenExposureAct *act = &g_array_index (acts, PenExposureAct, i);

  if (act->kind == PEN_EXPOSURE_ACT_WITHHELD)
    return asked != NULL && asked->at_us - act->at_us < fresh_us;
  return i > 0 && g_array_index (acts, PenExposureAct, i - 1).kind == PEN_EXPOSURE_ACT_WITHHELD;
}

static void
ask_person (PenExposureTally *tally, PenExposurePerson *person)
{
  g_autoptr (GHashTable) observers = observers_of (person);
  gint64 fresh_us = (gint64) tally->query.fresh_s * G_USEC_PER_SEC;
  gint64 last_us = 0;
  gboolean was_asked = FALSE;
  guint next = 0;

  g_array_sort (person->acts, compare_acts);
  for (guint i = 0; i < person->acts->len; i++)
    {
      const PenExposureAct *act = &g_array_index (person->acts, PenExposureAct, i);
      const PenExposureAct *asked = next_asked (person->acts, i, &next);

      if (act != asked)
        {
          if ((was_asked && act->at_us - last_us < fresh_us) || is_same_wish (person->acts, i, asked, fresh_us))
            continue;
          ask_all (observers, person, pen_exposure_window_of (tally, act->at_us));
        }
      was_asked = TRUE;
      last_us = act->at_us;
    }
}

void
pen_exposure_ask_typed (PenExposureTally *tally)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, tally->people);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      PenExposurePerson *person = value;

      if (person->is_quiet && person->acts != NULL)
        ask_person (tally, person);
    }
}

/* The schedule */

/* The smallest time between two batches, over all and by window; 0 for none. */
typedef struct
{
  GArray *times;
  GArray *by_window;
  gint64 smallest_s;
} Lane;

static void
lane_free (gpointer data)
{
  Lane *lane = data;

  g_array_unref (lane->times);
  g_array_unref (lane->by_window);
  g_free (lane);
}

static void
note_gap (gint64 *smallest_s, gint64 gap_us)
{
  gint64 gap_s = MAX ((gap_us + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC, ACT_TIMING_S);

  if (*smallest_s == 0 || gap_s < *smallest_s)
    *smallest_s = gap_s;
}

static void
measure_lane (const PenExposureTally *tally, Lane *lane)
{
  g_array_sort (lane->times, compare_times);
  for (guint i = 1; i < lane->times->len; i++)
    {
      gint64 at_us = g_array_index (lane->times, gint64, i);
      gint64 gap_us = at_us - g_array_index (lane->times, gint64, i - 1);
      guint window = pen_exposure_window_of (tally, at_us);

      if (window >= lane->by_window->len)
        g_array_set_size (lane->by_window, window + 1);
      note_gap (&g_array_index (lane->by_window, gint64, window), gap_us);
      note_gap (&lane->smallest_s, gap_us);
    }
}

static GHashTable *
measure_lanes (const PenExposureTally *tally)
{
  GHashTable *lanes = g_hash_table_new_full (NULL, NULL, NULL, lane_free);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, tally->batches);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const PenExposureBatch *batch = value;
      Lane *lane = g_hash_table_lookup (lanes, batch->lane);

      if (lane == NULL)
        {
          lane = g_new0 (Lane, 1);
          lane->times = g_array_new (FALSE, FALSE, sizeof (gint64));
          lane->by_window = g_array_new (FALSE, TRUE, sizeof (gint64));
          g_hash_table_insert (lanes, (gpointer) batch->lane, lane);
        }
      g_array_append_val (lane->times, batch->at_us);
    }
  g_hash_table_iter_init (&iter, lanes);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    measure_lane (tally, value);
  return lanes;
}

/* Results */

/* What the makers of items share. @window: -1 for all of them as one */
typedef struct
{
  PenExposureTally *tally;
  GHashTable *lanes;
  int window;
} Maker;

static gint64
period_of (const Maker *maker, const Lane *lane)
{
  gint64 period_s = 0;

  if (maker->window >= 0 && (guint) maker->window < lane->by_window->len)
    period_s = g_array_index (lane->by_window, gint64, maker->window);
  if (period_s == 0)
    period_s = lane->smallest_s;
  return period_s > 0 ? period_s : maker->tally->query.period_s;
}

static gint64
timing_of (const Maker *maker, const PenExposureCell *cell)
{
  gint64 timing_s = 0;
  GHashTableIter iter;
  gpointer name;

  if (cell->has_act)
    return ACT_TIMING_S;
  g_hash_table_iter_init (&iter, cell->lanes);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      gint64 period_s = period_of (maker, g_hash_table_lookup (maker->lanes, name));

      if (period_s > 0 && (timing_s == 0 || period_s < timing_s))
        timing_s = period_s;
    }
  return timing_s;
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

/* @texts: (transfer container): texts that are copied */
static char **
sort_texts (GPtrArray *texts)
{
  g_autoptr (GPtrArray) owned = texts;

  g_ptr_array_sort (owned, compare_texts);
  for (guint i = 0; i < owned->len; i++)
    owned->pdata[i] = g_strdup (owned->pdata[i]);
  g_ptr_array_add (owned, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&owned), FALSE);
}

static void
take_people (PenExposureItem *item, const PenExposureCell *cell)
{
  GPtrArray *who = g_ptr_array_new ();
  GPtrArray *receivers = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer person;
  gpointer value;

  g_hash_table_iter_init (&iter, cell->people);
  while (g_hash_table_iter_next (&iter, &person, &value))
    {
      guint flags = GPOINTER_TO_UINT (value);

      if (((PenExposurePerson *) person)->is_host)
        continue;
      if ((flags & PEN_EXPOSURE_ASKED) != 0)
        g_ptr_array_add (who, ((PenExposurePerson *) person)->address);
      else if ((flags & PEN_EXPOSURE_COVER) != 0)
        item->cover_people++;
      if ((flags & PEN_EXPOSURE_DELIVERED) != 0)
        g_ptr_array_add (receivers, ((PenExposurePerson *) person)->address);
      if ((flags & PEN_EXPOSURE_BASELINE) != 0)
        item->baseline.people++;
    }
  item->people = who->len;
  item->delivery_people = receivers->len;
  item->who = sort_texts (who);
  item->receivers = sort_texts (receivers);
}

static char **
take_sources (const PenExposureCell *cell)
{
  GPtrArray *sources = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer source;

  g_hash_table_iter_init (&iter, cell->sources);
  while (g_hash_table_iter_next (&iter, &source, NULL))
    g_ptr_array_add (sources, source);
  return sort_texts (sources);
}

static PenExposureItem *
make_item (const Maker *maker, const PenExposureObserver *observer, PenExposureCell *cell)
{
  PenExposureItem *item = g_new0 (PenExposureItem, 1);

  item->observer = g_strdup (observer->word);
  item->host = g_strdup (observer->host);
  item->lookups = cell->lookups;
  item->cover = cell->cover;
  item->deliveries = cell->deliveries;
  item->saved = cell->saved;
  item->first_us = cell->first_us;
  item->last_us = cell->last_us;
  item->retained_until_us = cell->retained_until_us;
  item->timing_s = timing_of (maker, cell);
  item->baseline.lookups = cell->base_lookups;
  item->baseline.timing_s = cell->base_has_act ? ACT_TIMING_S : 0;
  item->sources = take_sources (cell);
  item->rows = g_array_ref (cell->rows);
  take_people (item, cell);
  return item;
}

static void
item_free (gpointer data)
{
  PenExposureItem *item = data;

  g_free (item->observer);
  g_free (item->host);
  g_strfreev (item->sources);
  g_strfreev (item->who);
  g_strfreev (item->receivers);
  g_array_unref (item->rows);
  g_free (item);
}

static void
merge_times (PenExposureCell *into, const PenExposureCell *cell)
{
  if (!cell->has_left)
    return;
  into->first_us = into->has_left ? MIN (into->first_us, cell->first_us) : cell->first_us;
  into->last_us = into->has_left ? MAX (into->last_us, cell->last_us) : cell->last_us;
  into->retained_until_us = MAX (into->retained_until_us, cell->retained_until_us);
  into->has_left = TRUE;
}

static void
merge (PenExposureCell *into, const PenExposureCell *cell)
{
  GHashTableIter iter;
  gpointer key;
  gpointer value;

  into->lookups += cell->lookups;
  into->cover += cell->cover;
  into->deliveries += cell->deliveries;
  into->saved += cell->saved;
  into->base_lookups += cell->base_lookups;
  into->has_act |= cell->has_act;
  into->base_has_act |= cell->base_has_act;
  merge_times (into, cell);
  g_hash_table_iter_init (&iter, cell->people);
  while (g_hash_table_iter_next (&iter, &key, &value))
    pen_exposure_cell_flag (into, key, GPOINTER_TO_UINT (value));
  g_hash_table_iter_init (&iter, cell->sources);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_hash_table_add (into->sources, key);
  g_hash_table_iter_init (&iter, cell->lanes);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_hash_table_add (into->lanes, key);
}

static PenExposureCell *
merge_all (const PenExposureObserver *observer)
{
  PenExposureCell *all = pen_exposure_cell_new ();

  for (guint i = 0; i < observer->cells->len; i++)
    if (observer->cells->pdata[i] != NULL)
      merge (all, observer->cells->pdata[i]);
  return all;
}

static void
add_item (const Maker *maker, const PenExposureObserver *observer, GPtrArray *items)
{
  if (maker->window < 0)
    {
      PenExposureCell *all = merge_all (observer);

      g_ptr_array_add (items, make_item (maker, observer, all));
      pen_exposure_cell_free (all);
    }
  else if ((guint) maker->window < observer->cells->len && observer->cells->pdata[maker->window] != NULL)
    g_ptr_array_add (items, make_item (maker, observer, observer->cells->pdata[maker->window]));
}

static int
rank (const char *word)
{
  PenObserver observer;

  return pen_observer_from_string (word, &observer) ? (int) observer : PEN_N_OBSERVERS;
}

static int
compare_items (gconstpointer a, gconstpointer b)
{
  const PenExposureItem *x = *(const PenExposureItem *const *) a;
  const PenExposureItem *y = *(const PenExposureItem *const *) b;
  int order = rank (x->observer) - rank (y->observer);

  if (order == 0)
    order = g_strcmp0 (x->observer, y->observer);
  return order != 0 ? order : g_strcmp0 (x->host, y->host);
}

static PenExposureWindow *
make_window (const Maker *maker)
{
  const PenExposureTally *tally = maker->tally;
  PenExposureWindow *window = g_new0 (PenExposureWindow, 1);
  GHashTableIter iter;
  gpointer observer;

  window->since_us = tally->since_us;
  window->until_us = tally->query.until_us;
  if (maker->window >= 0)
    {
      window->until_us -= maker->window * PEN_EXPOSURE_WINDOW_US;
      window->since_us = MAX (window->since_us, window->until_us - PEN_EXPOSURE_WINDOW_US);
    }
  window->items = g_ptr_array_new_with_free_func (item_free);
  g_hash_table_iter_init (&iter, tally->observers);
  while (g_hash_table_iter_next (&iter, NULL, &observer))
    if (tally->query.observer < 0 || rank (((PenExposureObserver *) observer)->word) == tally->query.observer)
      add_item (maker, observer, window->items);
  g_ptr_array_sort (window->items, compare_items);
  return window;
}

static void
window_free (gpointer data)
{
  PenExposureWindow *window = data;

  g_ptr_array_unref (window->items);
  g_free (window);
}

PenExposure *
pen_exposure_finish (PenExposureTally *tally)
{
  g_autoptr (PenExposureTally) owned = tally;
  g_autoptr (GHashTable) lanes = measure_lanes (owned);
  Maker maker = { owned, lanes, -1 };
  PenExposure *exposure = g_new0 (PenExposure, 1);

  pen_exposure_ask_typed (owned);
  exposure->later = owned->later;
  exposure->total = make_window (&maker);
  exposure->windows = g_ptr_array_new_with_free_func (window_free);
  for (maker.window = 0; maker.window < (int) owned->n_windows; maker.window++)
    g_ptr_array_add (exposure->windows, make_window (&maker));
  return exposure;
}

void
pen_exposure_free (PenExposure *exposure)
{
  if (exposure == NULL)
    return;
  window_free (exposure->total);
  g_ptr_array_unref (exposure->windows);
  g_free (exposure);
}
