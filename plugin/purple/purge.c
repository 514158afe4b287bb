/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how much is deleted at a time. A hundred thousand rows take tens of
 * seconds on a slow disk, and messages wait for the main loop: a slice is as
 * many rows as were deleted in a frame's time before, and between two slices
 * everything else has its turn. */

#include "purple/purge.h"

#include "purple/app.h"

#include <debug.h>
#include <eventloop.h>

#define SLICE_US (G_GINT64_CONSTANT (15000))
#define PAUSE_MS 10
#define FIRST_ROWS 64
#define MIN_ROWS 8
#define MAX_ROWS 4096
/* A reader may hold the log for a moment. */
#define AGAIN_MS 1000
#define MAX_TRIES 3

/**
 * Purge:
 * @last_row: none that is newer: what is written meanwhile was not meant
 * @is_completing: all are deleted, and their text is being removed
 */
typedef struct
{
  gint64 before_us;
  gint64 last_row;
  gint64 removed;
  guint rows;
  guint source;
  guint tries;
  gboolean is_completing;
  GArray *listeners;
} Purge;

static Purge *running;

static void
end (gint64 rows, const GError *error)
{
  Purge *purge = g_steal_pointer (&running);

  if (purge->source != 0)
    purple_timeout_remove (purge->source);
  if (error != NULL)
    purple_debug_warning ("penregister", "old rows are not deleted yet: %s\n", error->message);
  for (guint i = 0; i < purge->listeners->len; i++)
    {
      PenPanePurge *listener = &g_array_index (purge->listeners, PenPanePurge, i);

      listener->done (rows, error, listener->data);
    }
  g_array_unref (purge->listeners);
  g_free (purge);
}

static void
adapt (Purge *purge, gint64 took_us)
{
  if (took_us > SLICE_US)
    purge->rows = MAX (MIN_ROWS, purge->rows / 2);
  else if (took_us < SLICE_US / 2)
    purge->rows = MIN (MAX_ROWS, purge->rows * 2);
}

static gboolean on_last (gpointer data);

static void
complete (void)
{
  g_autoptr (GError) error = NULL;

  if (pen_app_need_store (pen_app (), &error) && pen_ledger_purge_complete (pen_app ()->ledger, &error))
    end (running->removed, NULL);
  else if (g_error_matches (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_BUSY) && ++running->tries < MAX_TRIES)
    running->source = purple_timeout_add (AGAIN_MS, on_last, NULL);
  else
    end (-1, error);
}

static gboolean
on_last (G_GNUC_UNUSED gpointer data)
{
  running->source = 0;
  complete ();
  return FALSE;
}

static gboolean
on_slice (G_GNUC_UNUSED gpointer data)
{
  guint asked = running->rows;
  gint64 from_us = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  /* The store may have been closed between two slices. */
  gint64 rows = pen_app_need_store (pen_app (), &error)
                  ? pen_ledger_purge_some (pen_app ()->ledger, running->before_us, running->last_row, asked,
                                             &error) : -1;

  adapt (running, g_get_monotonic_time () - from_us);
  if (rows > 0)
    running->removed += rows;
  if (rows == asked)
    return TRUE;
  running->source = 0;
  running->is_completing = TRUE;
  if (rows < 0)
    end (-1, error);
  else
    complete ();
  return FALSE;
}

static void
listen (Purge *purge, const PenPanePurge *listener)
{
  if (listener != NULL)
    g_array_append_vals (purge->listeners, listener, 1);
}

void
pen_purge_begin (gint64 before_us, const PenPanePurge *purge)
{
  g_autoptr (GError) error = NULL;

  if (running == NULL)
    {
      running = g_new0 (Purge, 1);
      running->listeners = g_array_new (FALSE, FALSE, sizeof (PenPanePurge));
      running->rows = FIRST_ROWS;
      running->before_us = before_us;
    }
  running->before_us = MAX (running->before_us, before_us);
  listen (running, purge);
  running->last_row = pen_app_need_store (pen_app (), &error) ? pen_ledger_last_row (pen_app ()->ledger, &error) : -1;
  if (running->last_row < 0)
    {
      end (-1, error);
      return;
    }
  /* One that is at its end already has not deleted what is asked for now. */
  if (running->source != 0 && running->is_completing)
    {
      purple_timeout_remove (running->source);
      running->source = 0;
    }
  running->is_completing = FALSE;
  running->tries = 0;
  if (running->source == 0)
    running->source = purple_timeout_add (PAUSE_MS, on_slice, NULL);
}

void
pen_purge_forget (gpointer data)
{
  for (guint i = running != NULL ? running->listeners->len : 0; i > 0; i--)
    if (g_array_index (running->listeners, PenPanePurge, i - 1).data == data)
      g_array_remove_index (running->listeners, i - 1);
}

void
pen_purge_expire (void)
{
  PenLedger *ledger = pen_app ()->ledger;
  g_autoptr (GError) error = NULL;
  gint64 before_us;
  gboolean is_due;

  if (ledger == NULL || running != NULL)
    return;
  if (!pen_ledger_expires (ledger, &before_us, &is_due, &error))
    purple_debug_warning ("penregister", "old rows are not deleted yet: %s\n", error->message);
  else if (is_due)
    pen_purge_begin (before_us, NULL);
}

void
pen_purge_stop (void)
{
  if (running == NULL)
    return;
  if (running->source != 0)
    purple_timeout_remove (running->source);
  g_array_unref (running->listeners);
  g_clear_pointer (&running, g_free);
}
