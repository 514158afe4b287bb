/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The gate's own files, with stand-ins for account, stream and main loop:
 * what thousands of elements of one turn leave, and are answered, in slices;
 * in their order, each once, each after its row. Here a millisecond passes
 * with every element, and only then. */

#include <connection.h>
#include <eventloop.h>
#include <signals.h>
#include <sqlite3.h>
#include <string.h>
#include <util.h>

#include "gate-stands.h"
#include "purple/gate-private.h"
#include "purple/jabber.h"
#include "purple/person.h"
#include "purple/request.h"
#include "purple/row-news.h"
#include "purple/services.h"
#include "store-place.h"
#include "turns.h"
#include "xml-fixture.h"

#define COST_US 1000
#define MANY 100
#define ASK \
  "<iq type='get' to='romeo@montague.example/x' id='%s'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
#define VCARD "<iq type='get' to='romeo@montague.example' id='%s'><vCard xmlns='vcard-temp'/></iq>"
#define MESSAGE "<message to='romeo@montague.example/x' type='chat' id='%s'><body>Psst</body></message>"
#define NOBODY "<iq type='get' to='" GATE_STANDS_HOST "' id='%s'><ping xmlns='urn:xmpp:ping'/></iq>"

static struct
{
  PurplePlugin plugin;
  PurpleConnection connection;
  GList connections;
  PenApp *app;
  PenAccount account;
  PenWhen when;
  gint64 now_us;
  GString *passed;
  GString *answered;
  GString *given_up;
  const char *own_id;
  guint n_passed;
  sqlite3 *reader;
} world = { .connections = { .data = &world.connection } };

/* Stands for GLib's: time is what the test says. */
gint64
g_get_monotonic_time (void)
{
  return world.now_us;
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
pen_services_directory (G_GNUC_UNUSED PenAccount *account, G_GNUC_UNUSED const PenDirectoryKind **kind)
{
  return NULL;
}

PenPolicy
pen_person_policy (G_GNUC_UNUSED PurpleAccount *purple, G_GNUC_UNUSED const PenContact *contact)
{
  PenPolicy policy = PEN_POLICY_DEFAULT;

  policy.when = world.when;
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

  g_assert_cmpint (sqlite3_prepare_v2 (world.reader, sql, -1, &statement, NULL), ==, SQLITE_OK);
  sqlite3_bind_text (statement, 1, stanza, -1, SQLITE_STATIC);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  found = sqlite3_column_int (statement, 0);
  sqlite3_finalize (statement);
  return found;
}

static int
durable_rows (const char *stanza)
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

  g_assert_cmpint (durable_rows (name_of (element)), ==, to != NULL && strchr (to, '@') != NULL ? 1 : 0);
  g_string_append_printf (world.passed, "%s ", name_of (element));
  world.n_passed++;
  world.now_us += COST_US;
}

/* One request is our own; the rest are libpurple's. */
gboolean
pen_request_give_up (G_GNUC_UNUSED PenAccount *account, const char *id)
{
  if (g_strcmp0 (id, world.own_id) != 0)
    return FALSE;
  g_string_append_printf (world.given_up, "%s ", id);
  world.now_us += COST_US;
  return TRUE;
}

void
pen_jabber_answer (G_GNUC_UNUSED PurpleConnection *gc, xmlnode *iq)
{
  g_assert_cmpstr (xmlnode_get_attrib (iq, "type"), ==, "error");
  g_string_append_printf (world.answered, "%s ", name_of (iq));
  world.now_us += COST_US;
}

static void
on_message (G_GNUC_UNUSED PenAccount *account, G_GNUC_UNUSED const char *message, G_GNUC_UNUSED PenGateFate fate)
{
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
  purple_signal_register (&world.plugin, "jabber-sending-xmlnode", purple_marshal_VOID__POINTER_POINTER, NULL, 2,
                          purple_value_new (PURPLE_TYPE_POINTER), purple_value_new_outgoing (PURPLE_TYPE_POINTER));
  world.passed = g_string_new (NULL);
  world.answered = g_string_new (NULL);
  world.given_up = g_string_new (NULL);
  world.own_id = NULL;
  world.n_passed = 0;
  world.when = PEN_WHEN_TYPED;
  world.app = pen_app_new (&world.plugin);
  g_assert_true (pen_app_open_store (world.app));
  g_assert_cmpint (sqlite3_open_v2 (store, &world.reader, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  world.account = (PenAccount) { .gc = &world.connection, .bare = (char *) "juliet@" GATE_STANDS_HOST, .domain = (char *) GATE_STANDS_HOST,
                                 .source = (char *) "192.0.2.17", .is_online = TRUE };
  world.account.gate = pen_gate_new (&world.account, on_message);
  purple_signal_connect (&world.plugin, "jabber-sending-xmlnode", &world.plugin, pen_jabber_send_signal (), NULL);
  pen_gate_connect (&world.plugin);
}

static void
end_world (Place *place, gconstpointer data)
{
  pen_gate_close (world.account.gate, TRUE);
  pen_gate_free (world.account.gate);
  pen_gate_disconnect (&world.plugin);
  sqlite3_close (world.reader);
  pen_app_free (world.app);
  purple_signals_uninit ();
  turns_end ();
  g_string_free (world.passed, TRUE);
  g_string_free (world.answered, TRUE);
  g_string_free (world.given_up, TRUE);
  tear_down (place, data);
}

static void
put (const char *xml, guint number)
{
  g_autofree char *id = g_strdup_printf ("e%04u", number);
  g_auto (GStrv) parts = g_strsplit (xml, "%s", 2);
  g_autofree char *text = g_strconcat (parts[0], parts[1] != NULL ? id : NULL, parts[1], NULL);
  xmlnode *element = xmlnode_from_str (text, -1);
  xmlnode *same = element;

  g_assert_nonnull (element);
  purple_signal_emit (&world.plugin, "jabber-sending-xmlnode", &world.connection, &same);
  xmlnode_free (element);
}

static void
put_many (const char *xml, guint from, guint until)
{
  for (guint i = from; i < until; i++)
    put (xml, i);
}

/* "e0000 e0001 …", all of them and in their order. */
static void
assert_order (const GString *found, guint from, guint until)
{
  g_autoptr (GString) wanted = g_string_new (NULL);

  for (guint i = from; i < until; i++)
    g_string_append_printf (wanted, "e%04u ", i);
  g_assert_cmpstr (found->str, ==, wanted->str);
}

static void
test_slices (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  guint turns = 0;

  put_many (ASK, 0, MANY);
  g_assert_cmpuint (world.n_passed, ==, 0);
  g_assert_cmpint (durable_rows ("e0000"), ==, 0);
  while (world.n_passed < MANY)
    {
      guint before = world.n_passed;

      turns_run (1);
      g_assert_cmpuint (world.n_passed, >, before);
      g_assert_cmpuint (world.n_passed - before, <=, 8);
      g_assert_cmpint (durable_rows ("e0099"), ==, 1);
      g_assert_cmpuint (++turns, <=, MANY);
    }
  turns_run (2 * MANY);
  assert_order (world.passed, 0, MANY);
}

/* What comes meanwhile, to a person, to nobody, or flushed at once, leaves after what was there before. */
static void
test_later (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  put_many (ASK, 0, MANY);
  turns_run (1);
  put (NOBODY, MANY);
  put (ASK, MANY + 1);
  g_assert_true (pen_gate_flush (world.account.gate, NULL));
  g_assert_cmpuint (world.n_passed, <, MANY);
  put (NOBODY, MANY + 2);
  turns_run (2 * MANY);
  assert_order (world.passed, 0, MANY + 3);
}

/* A slice stops before what was recorded after the commit: its own turn has not ended. */
static void
test_own_commit (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  put_many (ASK, 0, MANY);
  turns_run (1);
  put (ASK, MANY);
  purple_timeout_remove (world.account.gate->turn);
  turns_run (2 * MANY);
  assert_order (world.passed, 0, MANY);
  g_assert_true (pen_gate_flush (world.account.gate, NULL));
  assert_order (world.passed, 0, MANY + 1);
}

/* The answers to what is withheld come in slices too. */
static void
test_answers (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  world.when = PEN_WHEN_NEVER;
  put_many (VCARD, 0, MANY);
  g_assert_cmpuint (world.answered->len, ==, 0);
  for (guint i = 0; world.answered->len < MANY * strlen ("e0000 "); i++)
    {
      gsize before = world.answered->len;

      turns_run (1);
      g_assert_cmpuint (world.answered->len - before, <=, 2 * strlen ("e0000 "));
      g_assert_cmpuint (i, <, MANY);
    }
  turns_run (2 * MANY);
  assert_order (world.answered, 0, MANY);
  g_assert_cmpuint (world.n_passed, ==, 0);
}

/* Signing off in the middle: everything leaves at once, in order; on a broken stream nothing more does. */
static void
test_close (G_GNUC_UNUSED Place *place, gconstpointer data)
{
  gboolean is_broken = GPOINTER_TO_INT (data);
  guint before;

  put_many (ASK, 0, MANY);
  turns_run (1);
  world.account.is_broken = is_broken;
  before = world.n_passed;
  turns_run (1);
  g_assert_cmpint (world.n_passed == before, ==, is_broken);
  put (ASK, MANY);
  pen_gate_close (world.account.gate, !is_broken);
  assert_order (world.passed, 0, is_broken ? before : MANY + 1);
  turns_run (2 * MANY);
  assert_order (world.passed, 0, is_broken ? before : MANY + 1);
}

/* A turn that the store gave up takes its own elements along, not those that became durable before it. */
static void
test_given_up (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  put_many (ASK, 0, MANY);
  turns_run (1);
  put_many (ASK, MANY, MANY + 5);
  pen_database_rollback (world.app->database);
  pen_gate_flush (world.account.gate, NULL);
  turns_run (2 * MANY);
  assert_order (world.passed, 0, MANY);
  assert_order (world.answered, MANY, MANY + 5);
}

/* A commit makes durable and hands over nothing; the next turn does. A later turn that the store gives up changes
 * nothing of that. */
static void
test_commit (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  put_many (ASK, 0, 3);
  g_assert_true (pen_gate_commit (world.account.gate, NULL));
  g_assert_cmpint (durable_rows ("e0002"), ==, 1);
  put (ASK, 3);
  pen_database_rollback (world.app->database);
  g_assert_true (pen_gate_commit (world.account.gate, NULL));
  g_assert_cmpuint (world.n_passed, ==, 0);
  turns_run (2 * MANY);
  assert_order (world.passed, 0, 3);
  assert_order (world.answered, 3, 4);
}

/* Between commit and next turn the connection ends: in good order, and all leaves; or it is broken, and nothing does. */
static void
test_commit_closed (G_GNUC_UNUSED Place *place, gconstpointer data)
{
  gboolean is_broken = GPOINTER_TO_INT (data);

  put_many (ASK, 0, 3);
  g_assert_true (pen_gate_commit (world.account.gate, NULL));
  world.account.is_broken = is_broken;
  pen_gate_close (world.account.gate, !is_broken);
  turns_run (2 * MANY);
  assert_order (world.passed, 0, is_broken ? 0 : 3);
  g_assert_true (pen_database_commit (world.app->database, NULL));
  g_assert_cmpint (find ("SELECT status FROM ledger WHERE stanza = ?1", "e0002"), ==,
                   is_broken ? PEN_ROW_DROPPED : PEN_ROW_SENT);
}

/* What the store refuses at the commit is answered before the call returns, like with a flush. */
static void
test_commit_refused (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  world.own_id = "e0000";
  put (ASK, 0);
  g_assert_cmpint (g_unlink (pen_database_path (world.app->database)), ==, 0);
  g_assert_false (pen_gate_commit (world.account.gate, &error));
  g_assert_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED);
  assert_order (world.given_up, 0, 1);
  turns_run (2 * MANY);
  g_assert_cmpuint (world.n_passed, ==, 0);
}

static void
assert_receipt (const char *from, PenRowStatus status)
{
  pen_gate_saw_delivery (world.account.gate, "e0000", from, PEN_ROW_ANSWERED, "delivered");
  g_assert_true (pen_database_commit (world.app->database, NULL));
  g_assert_cmpint (find ("SELECT status FROM ledger WHERE stanza = ?1", "e0000"), ==, (int) status);
}

/* A receipt counts from whom the message went to, and not before it has left; on a later stream too. */
static void
test_receipt (G_GNUC_UNUSED Place *place, gconstpointer data)
{
  gboolean is_later_stream = GPOINTER_TO_INT (data);

  put (MESSAGE, 0);
  g_assert_true (pen_gate_commit (world.account.gate, NULL));
  assert_receipt ("romeo@montague.example/y", PEN_ROW_RECORDED);
  turns_run (2 * MANY);
  assert_order (world.passed, 0, 1);
  if (is_later_stream)
    g_hash_table_remove_all (world.account.gate->pending);
  assert_receipt ("tybalt@montague.example/y", PEN_ROW_SENT);
  assert_receipt ("romeo@capulet.example/y", PEN_ROW_SENT);
  assert_receipt ("romeo@montague.example/y", PEN_ROW_ANSWERED);
}

/* A request of our own that was lost with its turn gets no error, which would say something of the person asked about. */
static void
test_own_request (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  world.own_id = "e0000";
  put_many (ASK, 0, 2);
  pen_database_rollback (world.app->database);
  pen_gate_flush (world.account.gate, NULL);
  turns_run (2 * MANY);
  assert_order (world.given_up, 0, 1);
  assert_order (world.answered, 1, 2);
  g_assert_cmpuint (world.n_passed, ==, 0);
}

/* Stream management counts from <enable/> on: what was there before leaves before. */
static void
test_enable (G_GNUC_UNUSED Place *place, G_GNUC_UNUSED gconstpointer data)
{
  put_many (ASK, 0, MANY);
  turns_run (1);
  g_assert_cmpuint (world.n_passed, <, MANY);
  put ("<enable xmlns='urn:xmpp:sm:3'/>", 0);
  g_assert_cmpuint (world.n_passed, ==, MANY + 1);
  g_assert_true (g_str_has_suffix (world.passed->str, "e0099 enable "));
}

static void
add (const char *path, gconstpointer data, void (*test) (Place *, gconstpointer))
{
  g_test_add (path, Place, data, begin_world, test, end_world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  xml_fixture_init ();
  add ("/gate-release/slices", NULL, test_slices);
  add ("/gate-release/later", NULL, test_later);
  add ("/gate-release/own-commit", NULL, test_own_commit);
  add ("/gate-release/answers", NULL, test_answers);
  add ("/gate-release/close", GINT_TO_POINTER (FALSE), test_close);
  add ("/gate-release/close-broken", GINT_TO_POINTER (TRUE), test_close);
  add ("/gate-release/given-up", NULL, test_given_up);
  add ("/gate-release/commit", NULL, test_commit);
  add ("/gate-release/commit-closed", GINT_TO_POINTER (FALSE), test_commit_closed);
  add ("/gate-release/commit-broken", GINT_TO_POINTER (TRUE), test_commit_closed);
  add ("/gate-release/commit-refused", NULL, test_commit_refused);
  add ("/gate-release/receipt", GINT_TO_POINTER (FALSE), test_receipt);
  add ("/gate-release/receipt-later", GINT_TO_POINTER (TRUE), test_receipt);
  add ("/gate-release/own-request", NULL, test_own_request);
  add ("/gate-release/enable", NULL, test_enable);
  return g_test_run ();
}
