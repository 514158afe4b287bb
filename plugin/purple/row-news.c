/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides when rows are told of: not while somebody's message is being sent,
 * but after it; and not so many at a time that the client stands still, for
 * each listener reads the row again. */

#include "purple/row-news.h"

#include "purple/app.h"

#include <eventloop.h>
#include <signals.h>

#define SLICE_US 2000
/* Between slices the client draws and takes keys. */
#define PAUSE_MS 1

/**
 * News:
 * @rows: (element-type gint64): in the order in which they were told first
 * @known: the same, to find them
 */
static struct
{
  GQueue rows;
  GHashTable *known;
  guint source;
} news;

/* A listener may change rows: what it adds is told later. */
static gboolean
tell_until (gint64 until_us)
{
  gint64 *waiting;

  while ((waiting = g_queue_pop_head (&news.rows)) != NULL)
    {
      gint64 row = *waiting;

      g_hash_table_remove (news.known, waiting);
      purple_signal_emit (pen_app ()->plugin, "penregister-row", &row);
      if (g_get_monotonic_time () >= until_us)
        break;
    }
  return !g_queue_is_empty (&news.rows);
}

static gboolean
on_slice (G_GNUC_UNUSED gpointer data)
{
  if (tell_until (g_get_monotonic_time () + SLICE_US))
    return G_SOURCE_CONTINUE;
  news.source = 0;
  return G_SOURCE_REMOVE;
}

void
pen_row_news_add (gint64 row)
{
  gint64 *waiting;

  if (news.known == NULL)
    news.known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  if (g_hash_table_contains (news.known, &row))
    return;
  waiting = g_new (gint64, 1);
  *waiting = row;
  g_hash_table_add (news.known, waiting);
  g_queue_push_tail (&news.rows, waiting);
  if (news.source == 0)
    news.source = purple_timeout_add (PAUSE_MS, on_slice, NULL);
}

void
pen_row_news_tell (void)
{
  tell_until (G_MAXINT64);
}

void
pen_row_news_stop (void)
{
  if (news.source != 0)
    purple_timeout_remove (news.source);
  news.source = 0;
  g_queue_clear (&news.rows);
  g_clear_pointer (&news.known, g_hash_table_unref);
}
