/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What the gate adds to one element on its way from jabber_send to the
 * stream, without the commit: the gate's own files, with stand-ins for the
 * account, its services and the stream. One JSON object a line.
 *
 *   bench-send [ELEMENTS]
 *
 * Ends with 1 when the row of a message costs more than it may. */

#include <connection.h>
#include <eventloop.h>
#include <glib/gstdio.h>
#include <signals.h>
#include <stdlib.h>
#include <util.h>

#include "gate-stands.h"
#include "purple/gate-private.h"
#include "purple/jabber.h"
#include "purple/person.h"
#include "purple/request.h"
#include "purple/row-news.h"
#include "purple/services.h"
#include "xml-fixture.h"

#define DEFAULT_ELEMENTS 2000
#define WARM_ELEMENTS 200
#define BURST_ELEMENTS 100
#define CROWD_ELEMENTS 2000
#define FULL_ROWS 100000
#define MEDIAN_LIMIT_US 60.0

#define MESSAGE \
  "<message type='chat' to='romeo@montague.example' id='%s'><body>How much does this cost? Not more than it did " \
  "yesterday, they say.</body><request xmlns='urn:xmpp:receipts'/>" \
  "<active xmlns='http://jabber.org/protocol/chatstates'/></message>"
#define LOOKUP \
  "<iq type='get' to='romeo@montague.example' id='%s'><pubsub xmlns='http://jabber.org/protocol/pubsub'>" \
  "<items node='eu.siacs.conversations.axolotl.devicelist'/></pubsub></iq>"

/* The world round the gate. */

static struct
{
  PurplePlugin plugin;
  PurpleConnection connection;
  PenApp *app;
  PenAccount account;
  GList connections;
  gint64 passed_ns;
  guint64 passed_bytes;
} world = { .connections = { .data = &world.connection } };

static gint64
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

GList *
purple_connections_get_all (void)
{
  return &world.connections;
}

PenApp *
pen_app (void)
{
  return world.app;
}

PenAccount *
pen_account_of (PurpleConnection *gc)
{
  return gc == &world.connection ? &world.account : NULL;
}

const char *
pen_services_directory (PenAccount *account, const PenDirectoryKind **kind)
{
  return "directory." GATE_STANDS_HOST;
}

PenPolicy
pen_person_policy (PurpleAccount *purple, const PenContact *contact)
{
  return (PenPolicy) PEN_POLICY_DEFAULT;
}

void
pen_row_news_add (gint64 row)
{
  purple_signal_emit (&world.plugin, "penregister-row", &row);
}

gboolean
pen_request_give_up (PenAccount *account, const char *id)
{
  return FALSE;
}

void
pen_jabber_answer (PurpleConnection *gc, xmlnode *iq)
{
}

/* The stream: what prpl-jabber does with every element, and all that it would do without us. */
void
pen_jabber_pass (PurpleConnection *gc, xmlnode *element)
{
  gint64 began_ns = now_ns ();
  int length_bytes = 0;
  g_free (xmlnode_to_str (element, &length_bytes));

  world.passed_bytes += (guint64) length_bytes;
  world.passed_ns += now_ns () - began_ns;
}

static void
on_message (PenAccount *account, const char *message, PenGateFate fate)
{
}

/* Measuring */

typedef struct
{
  const char *name;
  const char *xml;
  const PenGateTag *tag;
} Way;

typedef struct
{
  GArray *row_us;
  GArray *bare_us;
  GArray *commit_us;
} Sample;

static void
stop_on (GError *error)
{
  if (error == NULL)
    return;
  g_printerr ("%s\n", error->message);
  exit (1);
}

static xmlnode *
make (const Way *way)
{
  static guint number;
  g_autofree char *id = g_strdup_printf ("purple%08x", ++number * 2654435761u);
  g_autofree char *xml = NULL;
  g_auto (GStrv) parts = g_strsplit (way->xml, "%s", 2);

  xml = g_strconcat (parts[0], id, parts[1], NULL);
  return xmlnode_from_str (xml, -1);
}

static void
put (const Way *way, xmlnode *element)
{
  GError *error = NULL;

  if (way->tag == NULL)
    purple_signal_emit (&world.plugin, "jabber-sending-xmlnode", &world.connection, &element);
  else
    pen_gate_send (world.account.gate, element, way->tag, &error);
  stop_on (error);
}

static void
add (GArray *values, double value)
{
  g_array_append_val (values, value);
}

/* One turn of @n_elements; what it took, less its commit and what the stream took, is the rows'. */
static void
take_turn (const Way *way, guint n_elements, Sample *sample)
{
  g_autoptr (GPtrArray) elements = g_ptr_array_new_with_free_func ((GDestroyNotify) xmlnode_free);
  GError *error = NULL;
  gint64 commit_us = pen_database_stats (world.app->database).commit_us;
  gint64 took_ns;

  for (guint i = 0; i < n_elements; i++)
    g_ptr_array_add (elements, make (way));
  world.passed_ns = 0;
  took_ns = now_ns ();
  for (guint i = 0; i < n_elements; i++)
    put (way, elements->pdata[i]);
  pen_gate_drain (world.account.gate, &error);
  took_ns = now_ns () - took_ns;
  stop_on (error);
  commit_us = pen_database_stats (world.app->database).commit_us - commit_us;
  add (sample->row_us, ((double) (took_ns - world.passed_ns) / 1e3 - (double) commit_us) / n_elements);
  add (sample->bare_us, (double) world.passed_ns / 1e3 / n_elements);
  add (sample->commit_us, (double) commit_us);
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
percentile (GArray *values, guint percent)
{
  qsort (values->data, values->len, sizeof (double), compare);
  return g_array_index (values, double, values->len * percent / 100);
}

static double
measure (const Way *way, guint n_turns, guint n_elements)
{
  Sample sample = { g_array_new (FALSE, FALSE, sizeof (double)), g_array_new (FALSE, FALSE, sizeof (double)),
                    g_array_new (FALSE, FALSE, sizeof (double)) };
  double row_us;
  double bare_us;

  for (guint i = 0; i < n_turns; i++)
    take_turn (way, n_elements, &sample);
  row_us = percentile (sample.row_us, 50);
  bare_us = percentile (sample.bare_us, 50);
  g_print ("{\"bench\": \"send\", \"element\": \"%s\", \"turns\": %u, \"elements_a_turn\": %u, \"row_us\": %.1f, "
           "\"p99_us\": %.1f, \"serialise_us\": %.1f, \"ratio\": %.1f, \"commit_us\": %.0f}\n",
           way->name, n_turns, n_elements, row_us, percentile (sample.row_us, 99), bare_us, row_us / bare_us,
           percentile (sample.commit_us, 50));
  g_array_unref (sample.row_us);
  g_array_unref (sample.bare_us);
  g_array_unref (sample.commit_us);
  return row_us;
}

/* What a contact list of thousands makes libpurple ask in one turn: how long recording it takes, and then how long the
 * client stands still until it may draw again. */
static void
measure_crowd (const Way *way)
{
  g_autoptr (GPtrArray) elements = g_ptr_array_new_with_free_func ((GDestroyNotify) xmlnode_free);
  GError *error = NULL;
  gint64 began_ns;
  gint64 recorded_ns;
  gint64 released_ns;

  for (guint i = 0; i < CROWD_ELEMENTS; i++)
    g_ptr_array_add (elements, make (way));
  began_ns = now_ns ();
  for (guint i = 0; i < CROWD_ELEMENTS; i++)
    put (way, elements->pdata[i]);
  recorded_ns = now_ns ();
  pen_gate_flush (world.account.gate, &error);
  stop_on (error);
  released_ns = now_ns ();
  pen_gate_drain (world.account.gate, &error);
  stop_on (error);
  g_print ("{\"bench\": \"send\", \"element\": \"%s\", \"elements_a_turn\": %u, \"record_ms\": %.1f, "
           "\"turn_ms\": %.1f, \"rest_ms\": %.1f}\n", way->name, CROWD_ELEMENTS,
           (double) (recorded_ns - began_ns) / 1e6, (double) (released_ns - recorded_ns) / 1e6,
           (double) (now_ns () - released_ns) / 1e6);
}

static void
fill (void)
{
  GError *error = NULL;

  for (guint i = 0; i < FULL_ROWS; i++)
    {
      g_autoptr (PenLedgerRow) row = g_new0 (PenLedgerRow, 1);

      row->account = g_strdup (world.account.bare);
      row->address = g_strdup_printf ("tel:+1555%07u", i * 2654435761u % 5000);
      row->stanza = g_strdup_printf ("old%08x", i * 2654435761u);
      row->kind = PEN_KIND_DELIVERY;
      row->status = PEN_ROW_ANSWERED;
      pen_ledger_row_observe (row, PEN_OBSERVER_HOME, GATE_STANDS_HOST);
      pen_ledger_append (world.app->ledger, row, &error);
      stop_on (error);
    }
  pen_database_commit (world.app->database, &error);
  stop_on (error);
}

static double
measure_all (guint n_elements)
{
  const PenGateTag send = { .trigger = PEN_TRIGGER_SEND, .kind = PEN_KIND_DELIVERY,
                            .address = "xmpp:romeo@montague.example", .message = "m1",
                            .bytes_out = sizeof MESSAGE };
  const Way message = { "message", MESSAGE, &send };
  const Way lookup = { "request of libpurple", LOOKUP, NULL };
  Sample none = { g_array_new (FALSE, FALSE, sizeof (double)), g_array_new (FALSE, FALSE, sizeof (double)),
                  g_array_new (FALSE, FALSE, sizeof (double)) };
  double row_us;

  for (guint i = 0; i < WARM_ELEMENTS; i++)
    take_turn (&message, 1, &none);
  row_us = measure (&message, n_elements, 1);
  measure (&lookup, n_elements, 1);
  measure (&message, n_elements / 10, BURST_ELEMENTS);
  measure (&lookup, n_elements / 10, BURST_ELEMENTS);
  measure_crowd (&lookup);
  g_array_unref (none.row_us);
  g_array_unref (none.bare_us);
  g_array_unref (none.commit_us);
  return row_us;
}

static guint
never_due (guint interval_ms, GSourceFunc function, gpointer data)
{
  static guint number;

  return ++number;
}

static gboolean
forget_source (guint number)
{
  return TRUE;
}

/* The main loop does not run: turns end when the benchmark says so. */
static void
begin_world (const char *folder)
{
  static PurpleEventLoopUiOps loop = { .timeout_add = never_due, .timeout_remove = forget_source };

  xml_fixture_init ();
  purple_eventloop_set_ui_ops (&loop);
  purple_util_set_user_dir (folder);
  purple_signals_init ();
  purple_signal_register (&world.plugin, "jabber-sending-xmlnode", purple_marshal_VOID__POINTER_POINTER, NULL, 2,
                          purple_value_new (PURPLE_TYPE_POINTER), purple_value_new_outgoing (PURPLE_TYPE_POINTER));
  purple_signal_register (&world.plugin, "penregister-row", purple_marshal_VOID__POINTER, NULL, 1,
                          purple_value_new (PURPLE_TYPE_POINTER));
  world.app = pen_app_new (&world.plugin);
  if (!pen_app_open_store (world.app))
    {
      g_printerr ("%s\n", world.app->store_error);
      exit (1);
    }
  world.account.gc = &world.connection;
  world.account.bare = (char *) "juliet@" GATE_STANDS_HOST;
  world.account.domain = (char *) GATE_STANDS_HOST;
  world.account.source = (char *) "192.0.2.17";
  world.account.is_online = TRUE;
  world.account.gate = pen_gate_new (&world.account, on_message);
  purple_signal_connect (&world.plugin, "jabber-sending-xmlnode", &world.plugin, pen_jabber_send_signal (), NULL);
  pen_gate_connect (&world.plugin);
}

static void
end_world (const char *folder)
{
  g_autofree char *store = g_build_filename (folder, "penregister", "penregister.db", NULL);
  g_autofree char *store_folder = g_path_get_dirname (store);

  pen_gate_close (world.account.gate, TRUE);
  pen_gate_free (world.account.gate);
  pen_gate_disconnect (&world.plugin);
  pen_app_free (world.app);
  purple_signals_uninit ();
  g_unlink (store);
  g_rmdir (store_folder);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  gint64 n_elements = argc > 1 ? g_ascii_strtoll (argv[1], NULL, 10) : DEFAULT_ELEMENTS;
  g_autofree char *folder = g_dir_make_tmp ("penregister-bench-XXXXXX", NULL);
  double row_us;

  if (folder == NULL || n_elements < 100 || n_elements > G_MAXINT)
    {
      g_printerr ("usage: bench-send [ELEMENTS]  (at least 100)\n");
      return 2;
    }
  begin_world (folder);
  fill ();
  row_us = measure_all ((guint) n_elements);
  end_world (folder);
  g_print ("the row of a message: %.1f us without its commit, %.0f us are allowed\n", row_us, MEDIAN_LIMIT_US);
  return row_us < MEDIAN_LIMIT_US ? 0 : 1;
}
