/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides in which slices a report is added up, and the times of its rows are
 * read, beside what the user does meanwhile. */

#include "exposure-run.h"

#define SLICE_ROWS 512

struct _PenExposureRun
{
  PurpleAccount *account;
  PenExposureQuery query;
  char *bare;
  PenExposureReport *report;
  PenExposureWait wait;
  guint source;
};

struct _PenPictureFill
{
  PenPicture *picture;
  GPtrArray *numbers;
  PenLedgerReader *reader;
  guint lane;
  guint next;
  PenExposureWait wait;
  guint source;
};

void
pen_exposure_run_free (PenExposureRun *run)
{
  if (run == NULL)
    return;
  if (run->source != 0)
    g_source_remove (run->source);
  pen_interface ()->exposure_drop (run->report);
  g_free (run->bare);
  g_free (run);
}

/* The run goes first: whoever is told may begin another one. */
static void
finish_run (PenExposureRun *run, PenExposure *exposure, const GError *error)
{
  PenExposureWait wait = run->wait;

  run->source = 0;
  pen_exposure_run_free (run);
  wait.report (exposure, error, wait.data);
}

static gboolean
on_run_slice (gpointer data)
{
  PenExposureRun *run = data;
  const PenPane *pane = pen_interface ();
  g_autoptr (GError) error = NULL;
  gboolean done = FALSE;

  /* It may have been deleted since. */
  if (g_list_find (purple_accounts_get_all (), run->account) == NULL)
    run->account = NULL;
  if (run->report == NULL)
    run->report = pane->exposure_begin (run->account, &run->query, &error);
  if (run->report == NULL || !pane->exposure_step (run->report, SLICE_ROWS, &done, &error))
    {
      finish_run (run, NULL, error);
      return G_SOURCE_REMOVE;
    }
  if (!done)
    return G_SOURCE_CONTINUE;
  finish_run (run, pane->exposure_end (g_steal_pointer (&run->report)), NULL);
  return G_SOURCE_REMOVE;
}

PenExposureRun *
pen_exposure_run_new (PurpleAccount *account, const PenExposureQuery *query, const PenExposureWait *wait)
{
  PenExposureRun *run = g_new0 (PenExposureRun, 1);

  run->account = account;
  run->query = *query;
  run->bare = g_strdup (query->account);
  run->query.account = run->bare;
  run->wait = *wait;
  run->source = g_idle_add_full (G_PRIORITY_LOW, on_run_slice, run, NULL);
  return run;
}

/* Ticks */

void
pen_picture_fill_free (PenPictureFill *fill)
{
  if (fill == NULL)
    return;
  if (fill->source != 0)
    g_source_remove (fill->source);
  pen_interface ()->reader_close (fill->reader);
  g_ptr_array_unref (fill->numbers);
  g_free (fill);
}

static void
add_ticks (PenLane *lane, const GPtrArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const PenLedgerRow *row = rows->pdata[i];
      PenTick tick;

      if (row == NULL)
        continue;
      tick.at_us = row->at_us;
      tick.kind = row->kind == PEN_KIND_DELIVERY ? PEN_TICK_DELIVERY : row->cover ? PEN_TICK_COVER : PEN_TICK_LOOKUP;
      g_array_append_val (lane->ticks, tick);
    }
}

/* Returns: whether there is more. A row that cannot be read has no tick; the table counts it all the same. */
static gboolean
read_slice (PenPictureFill *fill)
{
  const GArray *numbers;
  guint n_rows;
  g_autoptr (GPtrArray) rows = NULL;

  while (fill->lane < fill->numbers->len && fill->next >= ((GArray *) fill->numbers->pdata[fill->lane])->len)
    {
      fill->lane++;
      fill->next = 0;
    }
  if (fill->lane >= MIN (fill->numbers->len, fill->picture->lanes->len))
    return FALSE;
  numbers = fill->numbers->pdata[fill->lane];
  n_rows = MIN (SLICE_ROWS, numbers->len - fill->next);
  rows = pen_interface ()->reader_rows (fill->reader, &g_array_index (numbers, gint64, fill->next), n_rows, NULL);
  if (rows != NULL)
    add_ticks (fill->picture->lanes->pdata[fill->lane], rows);
  fill->next += n_rows;
  return TRUE;
}

static gboolean
on_fill_slice (gpointer data)
{
  PenPictureFill *fill = data;
  PenExposureWait wait = fill->wait;
  gboolean more = read_slice (fill);

  if (!more)
    {
      fill->source = 0;
      pen_picture_fill_free (fill);
    }
  wait.ticks (!more, wait.data);
  return more ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

PenPictureFill *
pen_picture_fill_new (PenPicture *picture, GPtrArray *numbers, const PenExposureWait *wait, GError **error)
{
  PenLedgerReader *reader = pen_interface ()->reader_open (error);
  PenPictureFill *fill;

  if (reader == NULL)
    {
      g_ptr_array_unref (numbers);
      return NULL;
    }
  fill = g_new0 (PenPictureFill, 1);
  fill->picture = picture;
  fill->numbers = numbers;
  fill->reader = reader;
  fill->wait = *wait;
  fill->source = g_idle_add_full (G_PRIORITY_LOW, on_fill_slice, fill, NULL);
  return fill;
}
