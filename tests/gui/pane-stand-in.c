/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* A window's world for tests: the store itself, and nothing of Pidgin. */

#include "pane-stand-in.h"

#include <stdlib.h>

#define START_US G_GINT64_CONSTANT (1767225600000000)
#define STEP_US 1000000
#define PEOPLE 5000
#define TURN_ROWS 10000

static StandIn *current;

static gint64
tell_time (gpointer data)
{
  return g_get_real_time ();
}

static const PenClock wall_clock = { tell_time, NULL };

static void
stop_on (GError *error)
{
  if (error == NULL)
    return;
  g_printerr ("%s\n", error->message);
  exit (1);
}

void
stand_in_open (StandIn *stand_in, const char *path)
{
  GError *error = NULL;

  stand_in->database = pen_database_open (path, NULL, &error);
  stop_on (error);
  stand_in->ledger = pen_ledger_new (stand_in->database, &wall_clock);
  current = stand_in;
}

void
stand_in_close (StandIn *stand_in)
{
  pen_ledger_free (stand_in->ledger);
  pen_database_close (stand_in->database);
  current = NULL;
}

static void
append (PenLedger *ledger, gint64 number)
{
  g_autoptr (PenLedgerRow) row = g_new0 (PenLedgerRow, 1);
  GError *error = NULL;

  row->at_us = START_US + number * STEP_US;
  row->account = g_strdup (number % 10 == 0 ? "nurse@capulet.example" : "juliet@capulet.example");
  row->kind = (PenKind) (number % PEN_N_KINDS);
  row->address = g_strdup_printf ("tel:+1555%07u", (guint) ((guint64) number * 2654435761u % PEOPLE));
  row->cover = number % 4 == 0;
  row->trigger = (PenTrigger) (number % PEN_N_TRIGGERS);
  row->source = g_strdup ("192.0.2.17");
  row->stanza = g_strdup_printf ("purple%08x", (guint) ((guint64) number * 2654435761u));
  row->bytes_out = 214;
  pen_ledger_row_observe (row, PEN_OBSERVER_HOME, "capulet.example");
  pen_ledger_row_observe (row, number % 3 == 0 ? PEN_OBSERVER_GATEWAY : PEN_OBSERVER_PEER, "montague.example");
  pen_ledger_append (ledger, row, &error);
  stop_on (error);
}

gint64
stand_in_fill (StandIn *stand_in, gint64 n_rows)
{
  PenLedgerFilter all = PEN_LEDGER_FILTER_ALL;
  GError *error = NULL;
  gint64 number = pen_ledger_count (stand_in->ledger, &all, &error);

  stop_on (error);
  while (number < n_rows)
    {
      append (stand_in->ledger, number++);
      if (number % TURN_ROWS == 0)
        pen_database_commit (stand_in->database, &error);
      stop_on (error);
    }
  pen_database_commit (stand_in->database, &error);
  stop_on (error);
  return number;
}

static PenLedgerReader *
reader_open (GError **error)
{
  return pen_ledger_reader_open (pen_database_path (current->database), error);
}

static gint64
purge (gint64 before_us, GError **error)
{
  return pen_ledger_purge (current->ledger, before_us, error);
}

static void
purge_begin (gint64 before_us, const PenPanePurge *listener)
{
  g_autoptr (GError) error = NULL;
  gint64 rows = purge (before_us, &error);

  listener->done (rows, error, listener->data);
}

static void
purge_forget (gpointer data)
{
}

static char **
accounts (void)
{
  return g_strsplit ("juliet@capulet.example nurse@capulet.example", " ", -1);
}

static char *
resolve (const char *account, const char *typed)
{
  return g_str_has_prefix (typed, "+") ? g_strconcat ("tel:", typed, NULL) : NULL;
}

static void
on_closed (gpointer data)
{
  ((StandIn *) data)->is_closed = TRUE;
}

PenLedgerHost
stand_in_host (StandIn *stand_in)
{
  static const PenPane pane = {
    .version = PEN_PANE_VERSION,
    .size = sizeof (PenPane),
    .purge = purge,
    .purge_begin = purge_begin,
    .purge_forget = purge_forget,
    .reader_open = reader_open,
    .reader_close = pen_ledger_reader_close,
    .reader_numbers = pen_ledger_reader_numbers,
    .reader_rows = pen_ledger_reader_rows,
    .reader_totals = pen_ledger_reader_totals,
    .reader_export = pen_ledger_reader_export,
  };

  stand_in->is_closed = FALSE;
  return (PenLedgerHost) { &pane, accounts, resolve, on_closed, stand_in };
}

typedef struct
{
  const char *name;
  GtkWidget *found;
} Search;

static void
look (GtkWidget *widget, gpointer data)
{
  Search *search = data;

  if (search->found == NULL && g_strcmp0 (atk_object_get_name (gtk_widget_get_accessible (widget)), search->name) == 0)
    search->found = widget;
  if (search->found == NULL && GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), look, search);
}

GtkWidget *
stand_in_find (GtkWidget *root, const char *name)
{
  Search search = { name, NULL };

  look (root, &search);
  return search.found;
}

static gboolean
on_tick (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

gboolean
stand_in_wait (gboolean (*test) (gpointer data), gpointer data, int seconds)
{
  gint64 until_us = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  guint tick = g_timeout_add (50, on_tick, NULL);
  gboolean done;

  while (!(done = test (data)) && g_get_monotonic_time () < until_us)
    gtk_main_iteration ();
  g_source_remove (tick);
  return done;
}
