/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* A main loop whose turns the test runs. */

#include "turns.h"

#include <eventloop.h>

typedef struct
{
  guint number;
  GSourceFunc function;
  gpointer data;
} Source;

static GQueue *sources;
static guint last_source;

static guint
add_source (G_GNUC_UNUSED guint interval_ms, GSourceFunc function, gpointer data)
{
  Source *source = g_new0 (Source, 1);

  *source = (Source) { ++last_source, function, data };
  g_queue_push_tail (sources, source);
  return source->number;
}

static gboolean
remove_source (guint number)
{
  for (GList *link = sources->head; link != NULL; link = link->next)
    if (((Source *) link->data)->number == number)
      {
        g_free (link->data);
        g_queue_delete_link (sources, link);
        return TRUE;
      }
  return FALSE;
}

static Source *
find_source (guint after, guint last)
{
  for (GList *link = sources->head; link != NULL; link = link->next)
    if (((Source *) link->data)->number > after && ((Source *) link->data)->number <= last)
      return link->data;
  return NULL;
}

static void
run_turn (void)
{
  guint last = last_source;
  guint number = 0;
  Source *source;

  while ((source = find_source (number, last)) != NULL)
    {
      number = source->number;
      if (!source->function (source->data))
        remove_source (number);
    }
}

void
turns_begin (void)
{
  static PurpleEventLoopUiOps loop = { .timeout_add = add_source, .timeout_remove = remove_source };

  sources = g_queue_new ();
  purple_eventloop_set_ui_ops (&loop);
}

void
turns_run (guint n_turns)
{
  for (guint i = 0; i < n_turns; i++)
    run_turn ();
}

void
turns_end (void)
{
  g_queue_free_full (g_steal_pointer (&sources), g_free);
}
