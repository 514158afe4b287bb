/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how a simulated life is written: the lines of
 * penregister-simulate(1). Times have microseconds; every value is plain
 * ASCII, so nothing needs escaping. */

#include "simulate.h"

#include <stdio.h>

static void
print_time (gint64 at_us)
{
  g_autoptr (GDateTime) at = g_date_time_new_from_unix_utc (at_us / G_USEC_PER_SEC);
  g_autofree char *text = g_date_time_format (at, "%Y-%m-%dT%H:%M:%S");

  printf ("\"%s.%06dZ\"", text, (int) (at_us % G_USEC_PER_SEC));
}

static void
print_name (const SimView *view, guint32 subject)
{
  printf ("\"%s\"", (const char *) g_ptr_array_index (view->names, subject));
}

/* Another address each day, as many have at home. */
static void
print_request (const SimView *view, const SimRequest *request)
{
  guint day = (guint) ((request->at_us - SIM_START_US) / SIM_DAY_US);

  printf ("{\"game\": %u, \"user\": \"user-%u\", \"source\": \"198.51.100.%u\", \"at\": ", view->game, view->game,
          1 + (view->game * 31 + day) % 254);
  print_time (request->at_us);
  printf (", \"bytes_out\": %u, \"bytes_in\": %u, \"slots\": [", request->bytes_out, request->bytes_in);
  for (guint i = 0; i < request->n_slots; i++)
    {
      fputs (i > 0 ? ", " : "", stdout);
      print_name (view, g_array_index (view->slots, guint32, request->first + i));
    }
  fputs ("], \"answers\": [", stdout);
  for (guint i = 0; i < request->n_slots; i++)
    printf ("%s\"%s\"", i > 0 ? ", " : "", g_array_index (view->answers, guint8, request->first + i) ? "hit" : "miss");
  fputs ("]}\n", stdout);
}

static void
print_events (const SimView *view, const char *name, const GArray *events, gint64 from_us, gint64 until_us)
{
  const char *comma = "";

  printf (", \"%s\": [", name);
  for (guint i = 0; i < events->len; i++)
    {
      const SimEvent *event = &g_array_index (events, SimEvent, i);

      if (event->at_us < from_us || event->at_us >= until_us)
        continue;
      printf ("%s[", comma);
      print_name (view, event->subject);
      fputs (", ", stdout);
      print_time (event->at_us);
      fputs ("]", stdout);
      comma = ", ";
    }
  fputs ("]", stdout);
}

void
sim_print (const SimView *view, gint64 from_us, gint64 until_us)
{
  for (guint i = 0; i < view->requests->len; i++)
    {
      const SimRequest *request = &g_array_index (view->requests, SimRequest, i);

      if (request->at_us >= from_us && request->at_us < until_us)
        print_request (view, request);
    }
  printf ("{\"game\": %u, \"truth\": {\"contacts\": [", view->game);
  for (guint i = 0; i < view->contacts->len; i++)
    {
      fputs (i > 0 ? ", " : "", stdout);
      print_name (view, g_array_index (view->contacts, guint32, i));
    }
  fputs ("]", stdout);
  print_events (view, "added", view->added, from_us, until_us);
  print_events (view, "sends", view->sends, from_us, until_us);
  print_events (view, "opened", view->opened, from_us, until_us);
  fputs ("}}\n", stdout);
}
