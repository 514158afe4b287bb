/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what a row tells its observers, and what it says about the baseline;
 * the law stands in the header. Adds up, one row at a time, in any order. */

#include <string.h>

#include "exposure-private.h"
#include "ledger-private.h"

/* The name of the lane of batches that name none. */
#define COMMON_LANE ""

/* What becomes of a time must not overflow. */
#define UTMOST_US (G_MAXINT64 / 4)

/* Life */

static void
person_free (gpointer data)
{
  PenExposurePerson *person = data;

  g_clear_pointer (&person->acts, g_array_unref);
  g_clear_pointer (&person->asked_of, g_hash_table_unref);
  g_free (person->address);
  g_free (person);
}

PenExposureCell *
pen_exposure_cell_new (void)
{
  PenExposureCell *cell = g_new0 (PenExposureCell, 1);

  cell->people = g_hash_table_new (NULL, NULL);
  cell->sources = g_hash_table_new (NULL, NULL);
  cell->lanes = g_hash_table_new (NULL, NULL);
  cell->rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  return cell;
}

void
pen_exposure_cell_free (PenExposureCell *cell)
{
  if (cell == NULL)
    return;
  g_hash_table_unref (cell->people);
  g_hash_table_unref (cell->sources);
  g_hash_table_unref (cell->lanes);
  g_array_unref (cell->rows);
  g_free (cell);
}

static void
observer_free (gpointer data)
{
  PenExposureObserver *observer = data;

  g_ptr_array_unref (observer->cells);
  g_free (observer->word);
  g_free (observer->host);
  g_free (observer);
}

PenExposureTally *
pen_exposure_begin (const PenExposureQuery *query)
{
  PenExposureTally *tally = g_new0 (PenExposureTally, 1);

  tally->query = *query;
  tally->query.account = NULL;
  tally->query.days = CLAMP (query->days, 1, PEN_EXPOSURE_MAX_DAYS);
  tally->query.until_us = CLAMP (query->until_us, -UTMOST_US, UTMOST_US);
  tally->since_us = tally->query.until_us - tally->query.days * PEN_EXPOSURE_DAY_US;
  tally->n_windows = (tally->query.days + PEN_EXPOSURE_WINDOW_DAYS - 1) / PEN_EXPOSURE_WINDOW_DAYS;
  tally->people = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, person_free);
  tally->observers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, observer_free);
  tally->lists = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  tally->texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  tally->batches = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return tally;
}

void
pen_exposure_tally_free (PenExposureTally *tally)
{
  if (tally == NULL)
    return;
  g_hash_table_unref (tally->lists);
  g_hash_table_unref (tally->observers);
  g_hash_table_unref (tally->people);
  g_hash_table_unref (tally->batches);
  g_hash_table_unref (tally->texts);
  g_free (tally);
}

/* Names */

static const char *
keep_text (PenExposureTally *tally, const char *text)
{
  gpointer kept = (gpointer) tally->last_text;

  /* The same one mostly comes again and again. */
  if (kept != NULL && strcmp (kept, text) == 0)
    return kept;
  if (!g_hash_table_lookup_extended (tally->texts, text, &kept, NULL))
    {
      kept = g_strdup (text);
      g_hash_table_add (tally->texts, kept);
    }
  tally->last_text = kept;
  return kept;
}

/* A JID without a localpart: a server, a directory, a place for rooms (RFC 7622, 3.1). */
static gboolean
is_host (const char *address)
{
  static const char xmpp[] = "xmpp:";

  if (strncmp (address, xmpp, strlen (xmpp)) != 0)
    return FALSE;
  address += strlen (xmpp);
  return address[strcspn (address, "@/")] != '@';
}

static PenExposurePerson *
find_person (PenExposureTally *tally, const char *address)
{
  PenExposurePerson *person = g_hash_table_lookup (tally->people, address);

  if (person == NULL)
    {
      person = g_new0 (PenExposurePerson, 1);
      person->address = g_strdup (address);
      person->is_host = is_host (address);
      g_hash_table_insert (tally->people, person->address, person);
    }
  return person;
}

static PenExposureObserver *
find_observer (PenExposureTally *tally, const char *word)
{
  PenExposureObserver *observer = g_hash_table_lookup (tally->observers, word);
  const char *colon = strchr (word, ':');

  if (observer == NULL)
    {
      observer = g_new0 (PenExposureObserver, 1);
      observer->word = colon != NULL ? g_strndup (word, (gsize) (colon - word)) : g_strdup (word);
      observer->host = g_strdup (colon != NULL ? colon + 1 : "");
      observer->cells = g_ptr_array_new_with_free_func ((GDestroyNotify) pen_exposure_cell_free);
      g_hash_table_insert (tally->observers, g_strdup (word), observer);
    }
  return observer;
}

static gboolean
holds (const GArray *list, const PenExposureObserver *observer)
{
  for (guint i = 0; i < list->len; i++)
    if (g_array_index (list, PenExposureObserver *, i) == observer)
      return TRUE;
  return FALSE;
}

static GArray *
make_list (PenExposureTally *tally, const char *text)
{
  GArray *list;
  g_auto (GStrv) words = NULL;

  list = g_array_new (FALSE, FALSE, sizeof (PenExposureObserver *));
  words = g_strsplit (text, " ", PEN_LEDGER_MAX_OBSERVERS);
  for (guint i = 0; words[i] != NULL; i++)
    {
      PenExposureObserver *observer = *words[i] != '\0' ? find_observer (tally, words[i]) : NULL;

      if (observer != NULL && !holds (list, observer))
        g_array_append_val (list, observer);
    }
  g_hash_table_insert (tally->lists, g_strdup (text), list);
  return list;
}

/* Whoever asks about one person mostly asks the same ones. */
static const GArray *
find_list (PenExposureTally *tally, PenExposurePerson *person, const char *text)
{
  gpointer kept;
  gpointer list;

  if (person->last_observers != NULL && strcmp (person->last_observers, text) == 0)
    return person->last_list;
  if (!g_hash_table_lookup_extended (tally->lists, text, NULL, NULL))
    make_list (tally, text);
  g_hash_table_lookup_extended (tally->lists, text, &kept, &list);
  person->last_observers = kept;
  person->last_list = list;
  return list;
}

static const char *
note_batch (PenExposureTally *tally, const PenExposureRow *row)
{
  g_autofree char *second = NULL;
  const char *name = row->batch;
  PenExposureBatch *batch;

  if (name == NULL || *name == '\0')
    name = second = g_strdup_printf ("\n%" G_GINT64_FORMAT, row->at_us / G_USEC_PER_SEC);
  batch = g_hash_table_lookup (tally->batches, name);
  if (batch == NULL)
    {
      const char *colon = strchr (name, ':');
      g_autofree char *lane = colon != NULL ? g_strndup (name, (gsize) (colon - name)) : g_strdup (COMMON_LANE);

      batch = g_new0 (PenExposureBatch, 1);
      batch->lane = keep_text (tally, lane);
      batch->at_us = row->at_us;
      g_hash_table_insert (tally->batches, g_strdup (name), batch);
    }
  batch->at_us = MIN (batch->at_us, row->at_us);
  return batch->lane;
}

/* Cells */

guint
pen_exposure_window_of (const PenExposureTally *tally, gint64 at_us)
{
  return (guint) ((tally->query.until_us - 1 - at_us) / PEN_EXPOSURE_WINDOW_US);
}

PenExposureCell *
pen_exposure_cell (PenExposureObserver *observer, guint window)
{
  if (window >= observer->cells->len)
    g_ptr_array_set_size (observer->cells, (int) window + 1);
  if (observer->cells->pdata[window] == NULL)
    observer->cells->pdata[window] = pen_exposure_cell_new ();
  return observer->cells->pdata[window];
}

void
pen_exposure_cell_flag (PenExposureCell *cell, PenExposurePerson *person, guint known)
{
  guint flags = known != 0 ? GPOINTER_TO_UINT (g_hash_table_lookup (cell->people, person)) : 0;

  if ((flags & known) != known)
    g_hash_table_insert (cell->people, person, GUINT_TO_POINTER (flags | known));
}

/* Rows */

/* What was found out about one row. */
typedef struct
{
  const PenExposureRow *row;
  PenExposurePerson *person;
  const GArray *observers;
  const char *source;
  const char *lane;
  guint window;
  gboolean has_left;
  gboolean is_withheld;
  gboolean is_delivery;
  gboolean is_reach;
  gboolean is_act;
  gboolean is_baseline;
} Facts;

static gboolean
is_user_act (int trigger)
{
  return trigger == PEN_TRIGGER_TYPED || trigger == PEN_TRIGGER_OPENED || trigger == PEN_TRIGGER_SEND
         || trigger == PEN_TRIGGER_MANUAL;
}

static gboolean
is_at_act (int trigger)
{
  return trigger != PEN_TRIGGER_SCHEDULE && trigger != PEN_TRIGGER_LOGIN && trigger != PEN_TRIGGER_PUSHED;
}

static void
judge_row (PenExposureTally *tally, const PenExposureRow *row, Facts *facts)
{
  gboolean is_kept = row->status == PEN_ROW_WITHHELD || row->status == PEN_ROW_DROPPED;

  facts->row = row;
  facts->person = find_person (tally, row->address != NULL ? row->address : "");
  facts->observers = find_list (tally, facts->person, row->observers != NULL ? row->observers : "");
  facts->window = pen_exposure_window_of (tally, row->at_us);
  facts->has_left = !is_kept || row->attempts > 0;
  facts->is_withheld = !facts->has_left && row->status == PEN_ROW_WITHHELD;
  facts->is_delivery = row->kind == PEN_KIND_DELIVERY;
  facts->is_reach = (row->kind == PEN_KIND_DEVICE_LIST || row->kind == PEN_KIND_DIRECTORY) && !row->cover;
  facts->is_act = facts->is_reach && is_user_act (row->trigger);
  facts->is_baseline = !row->cover && !facts->is_delivery && row->trigger != PEN_TRIGGER_SCHEDULE
                       && (facts->has_left || (facts->is_withheld && !facts->is_act));
  if (facts->has_left && row->source != NULL && *row->source != '\0')
    facts->source = keep_text (tally, row->source);
  if (facts->has_left && !facts->is_delivery && row->trigger == PEN_TRIGGER_SCHEDULE)
    facts->lane = note_batch (tally, row);
}

static void
note_time (PenExposureCell *cell, const PenExposureRow *row)
{
  cell->first_us = cell->has_left ? MIN (cell->first_us, row->at_us) : row->at_us;
  cell->last_us = cell->has_left ? MAX (cell->last_us, row->at_us) : row->at_us;
  cell->retained_until_us = MAX (cell->retained_until_us, row->retained_until_us);
  cell->has_left = TRUE;
}

/* Returns how the person is known by it. */
static guint
note_lookup (PenExposureCell *cell, const Facts *facts)
{
  gboolean cover = facts->row->cover;

  cell->lookups++;
  cell->cover += cover ? 1 : 0;
  cell->has_act |= !cover && is_at_act (facts->row->trigger);
  if (facts->lane != NULL && facts->lane != cell->last_lane)
    {
      cell->last_lane = facts->lane;
      g_hash_table_add (cell->lanes, (gpointer) facts->lane);
    }
  return cover ? PEN_EXPOSURE_COVER : PEN_EXPOSURE_ASKED;
}

static guint
note_left (PenExposureCell *cell, const Facts *facts)
{
  note_time (cell, facts->row);
  g_array_append_val (cell->rows, facts->row->row);
  if (facts->source != NULL && facts->source != cell->last_source)
    {
      cell->last_source = facts->source;
      g_hash_table_add (cell->sources, (gpointer) facts->source);
    }
  if (!facts->is_delivery)
    return note_lookup (cell, facts);
  cell->deliveries++;
  return PEN_EXPOSURE_DELIVERED;
}

static void
note_observer (PenExposureObserver *observer, const Facts *facts)
{
  PenExposureCell *cell = pen_exposure_cell (observer, facts->window);
  guint known = 0;

  if (facts->has_left)
    known = note_left (cell, facts);
  else
    cell->saved++;
  if (facts->is_baseline)
    {
      cell->base_lookups++;
      cell->base_has_act |= is_at_act (facts->row->trigger);
      known |= PEN_EXPOSURE_BASELINE;
    }
  pen_exposure_cell_flag (cell, facts->person, known);
}

static void
note_act (PenExposurePerson *person, gint64 at_us, PenExposureActKind kind)
{
  PenExposureAct act = { at_us, kind };

  if (person->acts == NULL)
    person->acts = g_array_new (FALSE, FALSE, sizeof (PenExposureAct));
  g_array_append_val (person->acts, act);
}

static void
note_person (const Facts *facts)
{
  PenExposurePerson *person = facts->person;
  gboolean is_out = facts->has_left || facts->is_withheld;

  if (facts->is_act && is_out)
    note_act (person, facts->row->at_us, facts->has_left ? PEN_EXPOSURE_ACT_ASKED : PEN_EXPOSURE_ACT_WITHHELD);
  else if (facts->is_delivery && facts->has_left && !facts->row->cover)
    note_act (person, facts->row->at_us, PEN_EXPOSURE_ACT_DELIVERY);
  if (!facts->is_reach || !is_out)
    return;
  person->is_quiet |= facts->is_withheld || facts->row->trigger == PEN_TRIGGER_SCHEDULE;
  if (person->asked_of == NULL)
    person->asked_of = g_hash_table_new (NULL, NULL);
  g_hash_table_add (person->asked_of, (gpointer) facts->observers);
}

void
pen_exposure_add (PenExposureTally *tally, const PenExposureRow *row)
{
  Facts facts = { .row = row };

  if (row->at_us >= tally->query.until_us)
    {
      tally->later++;
      return;
    }
  if (row->at_us < tally->since_us)
    return;
  judge_row (tally, row, &facts);
  note_person (&facts);
  for (guint i = 0; i < facts.observers->len; i++)
    note_observer (g_array_index (facts.observers, PenExposureObserver *, i), &facts);
}

PenExposure *
pen_exposure_of (const GPtrArray *rows, const PenExposureQuery *query)
{
  PenExposureTally *tally = pen_exposure_begin (query);

  for (guint i = 0; i < rows->len; i++)
    {
      const PenLedgerRow *row = rows->pdata[i];
      g_autofree char *observers = pen_ledger_observers_to_text (row);
      PenExposureRow view = { .row = row->row, .at_us = row->at_us, .kind = (int) row->kind,
                              .trigger = (int) row->trigger, .status = (int) row->status, .attempts = row->attempts,
                              .cover = row->cover, .address = row->address, .observers = observers,
                              .source = row->source, .batch = row->batch,
                              .retained_until_us = row->retained_until_us };

      pen_exposure_add (tally, &view);
    }
  return pen_exposure_finish (tally);
}
