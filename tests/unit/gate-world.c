/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The world that the gate's own files are tested in: a millisecond passes with
 * every element that leaves or is answered, and only then. */

#include "gate-world.h"

#include <eventloop.h>
#include <signals.h>
#include <string.h>
#include <util.h>

#include "purple/gate-private.h"
#include "purple/jabber.h"
#include "purple/person.h"
#include "purple/request.h"
#include "purple/row-news.h"
#include "purple/services.h"
#include "turns.h"
#include "xml-fixture.h"

#define COST_US 1000

GateWorld gate_world = { .connections = { .data = &gate_world.connection } };

/* Stands for GLib's: time is what the test says. */
gint64
g_get_monotonic_time (void)
{
  return gate_world.now_us;
}

GList *
purple_connections_get_all (void)
{
  return &gate_world.connections;
}

PenApp *
pen_app (void)
{
  return gate_world.app;
}

PenAccount *
pen_account_of (PurpleConnection *gc)
{
  return gc == &gate_world.connection ? &gate_world.account : NULL;
}

const char *
pen_services_directory (G_GNUC_UNUSED PenAccount *account, G_GNUC_UNUSED const PenDirectoryKind **kind)
{
  return NULL;
}

PenPolicy
pen_person_policy (G_GNUC_UNUSED PurpleAccount *purple, G_GNUC_UNUSED const PenContact *contact)
{
  PenPolicy policy = PEN_POLICY_DEFAULT;

  policy.when = gate_world.when;
  return policy;
}

void
pen_row_news_add (G_GNUC_UNUSED gint64 row)
{
}

/* What another process would find now. */
static int
find (const char *sql, const char *stanza)
{
  sqlite3_stmt *statement = NULL;
  int found;

  g_assert_cmpint (sqlite3_prepare_v2 (gate_world.reader, sql, -1, &statement, NULL), ==, SQLITE_OK);
  sqlite3_bind_text (statement, 1, stanza, -1, SQLITE_STATIC);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  found = sqlite3_column_int (statement, 0);
  sqlite3_finalize (statement);
  return found;
}

int
gate_row_status (const char *stanza)
{
  return find ("SELECT status FROM ledger WHERE stanza = ?1", stanza);
}

int
gate_durable_rows (const char *stanza)
{
  return find ("SELECT count(*) FROM ledger WHERE stanza = ?1", stanza);
}

static const char *
name_of (xmlnode *element)
{
  const char *id = xmlnode_get_attrib (element, "id");

  return id != NULL ? id : element->name;
}

void
pen_jabber_pass (G_GNUC_UNUSED PurpleConnection *gc, xmlnode *element)
{
  const char *to = xmlnode_get_attrib (element, "to");

  g_assert_cmpint (gate_durable_rows (name_of (element)), ==, to != NULL && strchr (to, '@') != NULL ? 1 : 0);
  g_string_append_printf (gate_world.passed, "%s ", name_of (element));
  gate_world.n_passed++;
  gate_world.now_us += COST_US;
  gate_world.account.is_broken |= gate_world.breaks;
}

/* One request is our own; the rest are libpurple's. */
gboolean
pen_request_give_up (G_GNUC_UNUSED PenAccount *account, const char *id)
{
  if (g_strcmp0 (id, gate_world.own_id) != 0)
    return FALSE;
  g_string_append_printf (gate_world.given_up, "%s ", id);
  gate_world.now_us += COST_US;
  return TRUE;
}

void
pen_jabber_answer (G_GNUC_UNUSED PurpleConnection *gc, xmlnode *iq)
{
  g_assert_cmpstr (xmlnode_get_attrib (iq, "type"), ==, "error");
  g_string_append_printf (gate_world.answered, "%s ", name_of (iq));
  gate_world.now_us += COST_US;
}

static void
on_message (G_GNUC_UNUSED PenAccount *account, const char *message, PenGateFate fate)
{
  static const char *const names[] = { "handed", "acked", "lost", "refused" };

  g_string_append_printf (gate_world.fates, "%s %s, ", message, names[fate]);
}

static void
begin_world (Place *place, gconstpointer data)
{
  g_autofree char *user_dir = NULL;
  g_autofree char *store = NULL;

  set_up (place, data);
  user_dir = g_path_get_dirname (place->folder);
  store = g_build_filename (place->folder, "penregister.db", NULL);
  turns_begin ();
  purple_util_set_user_dir (user_dir);
  purple_signals_init ();
  purple_signal_register (&gate_world.plugin, "jabber-sending-xmlnode", purple_marshal_VOID__POINTER_POINTER, NULL, 2,
                          purple_value_new (PURPLE_TYPE_POINTER), purple_value_new_outgoing (PURPLE_TYPE_POINTER));
  gate_world.passed = g_string_new (NULL);
  gate_world.answered = g_string_new (NULL);
  gate_world.given_up = g_string_new (NULL);
  gate_world.fates = g_string_new (NULL);
  gate_world.own_id = NULL;
  gate_world.n_passed = 0;
  gate_world.breaks = FALSE;
  gate_world.when = PEN_WHEN_TYPED;
  gate_world.app = pen_app_new (&gate_world.plugin);
  g_assert_true (pen_app_open_store (gate_world.app));
  g_assert_cmpint (sqlite3_open_v2 (store, &gate_world.reader, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  gate_world.account = (PenAccount) { .gc = &gate_world.connection, .bare = (char *) "juliet@" GATE_STANDS_HOST, .domain = (char *) GATE_STANDS_HOST,
                                 .source = (char *) "192.0.2.17", .is_online = TRUE };
  gate_world.account.gate = pen_gate_new (&gate_world.account, on_message);
  purple_signal_connect (&gate_world.plugin, "jabber-sending-xmlnode", &gate_world.plugin, pen_jabber_send_signal (), NULL);
  pen_gate_connect (&gate_world.plugin);
}

static void
end_world (Place *place, gconstpointer data)
{
  pen_gate_close (gate_world.account.gate, TRUE);
  pen_gate_free (gate_world.account.gate);
  pen_gate_disconnect (&gate_world.plugin);
  sqlite3_close (gate_world.reader);
  pen_app_free (gate_world.app);
  purple_signals_uninit ();
  turns_end ();
  g_string_free (gate_world.passed, TRUE);
  g_string_free (gate_world.answered, TRUE);
  g_string_free (gate_world.given_up, TRUE);
  g_string_free (gate_world.fates, TRUE);
  tear_down (place, data);
}

void
gate_world_init (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  xml_fixture_init ();
}

void
gate_world_add (const char *path, gconstpointer data, void (*test) (Place *place, gconstpointer data))
{
  g_test_add (path, Place, data, begin_world, test, end_world);
}

static xmlnode *
element_of (const char *xml, guint number)
{
  g_autofree char *id = g_strdup_printf ("e%04u", number);
  g_auto (GStrv) parts = g_strsplit (xml, "%s", 2);
  g_autofree char *text = g_strconcat (parts[0], parts[1] != NULL ? id : NULL, parts[1], NULL);
  xmlnode *element = xmlnode_from_str (text, -1);

  g_assert_nonnull (element);
  return element;
}

void
gate_put (const char *xml, guint number)
{
  xmlnode *element = element_of (xml, number);
  xmlnode *same = element;

  purple_signal_emit (&gate_world.plugin, "jabber-sending-xmlnode", &gate_world.connection, &same);
  xmlnode_free (element);
}

void
gate_put_many (const char *xml, guint from, guint until)
{
  for (guint i = from; i < until; i++)
    gate_put (xml, i);
}

void
gate_put_message (const char *xml, guint number, PenGateTag tag)
{
  g_autofree char *id = g_strdup_printf ("e%04u", number);
  xmlnode *element = element_of (xml, number);
  g_autoptr (GError) error = NULL;

  tag.trigger = PEN_TRIGGER_SEND;
  tag.kind = PEN_KIND_DELIVERY;
  tag.message = id;
  g_assert_cmpint (pen_gate_send (gate_world.account.gate, element, &tag, &error), >, 0);
  g_assert_no_error (error);
  xmlnode_free (element);
}

void
gate_assert_order (const GString *found, guint from, guint until)
{
  g_autoptr (GString) wanted = g_string_new (NULL);

  for (guint i = from; i < until; i++)
    g_string_append_printf (wanted, "e%04u ", i);
  g_assert_cmpstr (found->str, ==, wanted->str);
}
