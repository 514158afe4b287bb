/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What is really gone from the store's files after a purge, and what is in
 * the file of an export. */

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "count-in-file.h"
#include "penregister/contact.h"
#include "penregister/ledger-json.h"
#include "store-desk.h"

/* Purging */

static guint
find_in_store (Desk *desk, const char *marker)
{
  static const char *const suffixes[] = { "", "-wal", "-shm" };
  guint found = 0;

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *file = g_strconcat (desk->path, suffixes[i], NULL);

      found += count_in_file (file, marker);
    }
  return found;
}

/* Rows to purge and rows to keep in turns, and keys in no order, so that pages
 * of indices are split and balanced with both on them. */
static void
fill_with_markers (Desk *desk, int n_rows)
{
  for (int i = 0; i < n_rows; i++)
    {
      const char *marker = i % 3 == 0 ? "kept" : "GONE";
      guint mixed = (guint) i * 2654435761u;
      g_autofree char *address = g_strdup_printf ("tel:%08x-%s-address", mixed, marker);
      PenLedgerRow *row = make_row (address);
      gint64 number;

      row->at_us = i % 3 == 0 ? START_US : START_US - DAY_US;
      row->stanza = g_strdup_printf ("%08x-%s-stanza", mixed * 40503u, marker);
      row->source = g_strdup_printf ("%s-source", marker);
      row->rule = g_strdup_printf ("%s-rule", marker);
      pen_ledger_row_observe (row, PEN_OBSERVER_WEB, i % 3 == 0 ? "kept-host" : "GONE-host");
      number = append (desk, row);
      if (i % 7 == 0)
        g_assert_true (pen_ledger_finish (desk->ledger, number, &(PenLedgerOutcome) { PEN_ROW_ERROR,
                                          i % 3 == 0 ? "kept-result" : "GONE-result", 1 }, NULL));
      if (i % 50 == 0)
        commit (desk);
    }
}

static void
test_purge (Desk *desk, gconstpointer data)
{
  int n_rows = GPOINTER_TO_INT (data);
  g_autofree char *when = NULL;

  fill_with_markers (desk, n_rows);
  commit (desk);
  g_assert_cmpuint (find_in_store (desk, "GONE"), >, 0);
  /* What the open turn holds is kept, or purged, like all the rest. */
  append (desk, make_row ("kept-in-turn"));
  {
    PenLedgerRow *row = make_row ("GONE-in-turn");

    row->at_us = START_US - DAY_US;
    append (desk, row);
  }
  g_assert_cmpint (pen_ledger_purge (desk->ledger, START_US, NULL), ==, n_rows - (n_rows + 2) / 3 + 1);
  g_assert_false (pen_database_in_transaction (desk->database));
  g_assert_cmpuint (find_in_store (desk, "GONE"), ==, 0);
  g_assert_cmpuint (find_in_store (desk, "kept-in-turn"), >, 0);
  g_assert_cmpint (count (desk), ==, (n_rows + 2) / 3 + 1);
  when = pen_setting_get (desk->database, "last-purge", NULL);
  g_assert_cmpstr (when, ==, "2026-01-01T00:00:00.123456Z");
}

/* In slices: each is durable, and until the last step it is known that something is left to do. */
static void
test_purge_slices (Desk *desk, gconstpointer data)
{
  gint64 before_us;
  gboolean is_due;
  gint64 removed;
  gint64 last;
  gint64 all = 0;
  PenLedgerRow *old;
  PenLedgerRow *late;

  (void) data;
  fill_with_markers (desk, 300);
  last = pen_ledger_last_row (desk->ledger, NULL);
  g_assert_cmpint (last, ==, 300);
  /* Their questions have left, but for one that still waits; and one is written while the others are deleted. */
  for (gint64 row = 1; row <= last; row++)
    g_assert_true (pen_ledger_mark_sent (desk->ledger, row, NULL));
  old = make_row ("tel:+15550100");
  old->at_us = START_US - DAY_US;
  append (desk, old);
  last = pen_ledger_last_row (desk->ledger, NULL);
  late = make_row ("tel:+15550101");
  late->at_us = START_US - DAY_US;
  g_assert_true (pen_ledger_mark_sent (desk->ledger, append (desk, late), NULL));
  commit (desk);
  while ((removed = pen_ledger_purge_some (desk->ledger, START_US, last, 7, NULL)) == 7)
    {
      all += removed;
      g_assert_false (pen_database_in_transaction (desk->database));
      g_assert_cmpint (count (desk), ==, 302 - all);
    }
  g_assert_cmpint (all + removed, ==, 200);
  pen_ledger_set_retention (desk->ledger, PEN_LEDGER_RETENTION_DAYS);
  g_assert_true (pen_ledger_expires (desk->ledger, &before_us, &is_due, NULL));
  g_assert_true (is_due);
  g_assert_cmpint (before_us, ==, START_US - PEN_LEDGER_RETENTION_DAYS * DAY_US);
  g_assert_true (pen_ledger_purge_complete (desk->ledger, NULL));
  g_assert_cmpuint (find_in_store (desk, "GONE"), ==, 0);
  g_assert_cmpint (count (desk), ==, 102);
  g_assert_true (pen_ledger_expires (desk->ledger, &before_us, &is_due, NULL));
  g_assert_false (is_due);
}

static void
test_purge_busy (Desk *desk, gconstpointer data)
{
  sqlite3 *other = NULL;
  g_autoptr (GError) error = NULL;

  (void) data;
  fill_with_markers (desk, 300);
  commit (desk);
  g_assert_cmpint (sqlite3_open (desk->path, &other), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (other, "BEGIN; SELECT count(*) FROM ledger", NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (pen_ledger_purge (desk->ledger, START_US, &error), ==, -1);
  g_assert_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_BUSY);
  g_assert_cmpint (count (desk), ==, 100);
  sqlite3_exec (other, "ROLLBACK", NULL, NULL, NULL);
  sqlite3_close (other);

  g_assert_cmpuint (find_in_store (desk, "GONE"), >, 0);

  /* Nothing is old any more, but a new process completes what was begun. */
  pen_ledger_free (desk->ledger);
  pen_database_close (desk->database);
  desk->database = pen_database_open (desk->path, NULL, NULL);
  desk->ledger = pen_ledger_new (desk->database, &desk->clock);
  g_assert_cmpint (pen_ledger_expire (desk->ledger, NULL), ==, 0);
  g_assert_cmpuint (find_in_store (desk, "GONE"), ==, 0);
}

static void
test_expire (Desk *desk, gconstpointer data)
{
  (void) data;
  append (desk, make_row ("tel:+15550000001"));
  commit (desk);
  desk->now_us = START_US + 30 * DAY_US;
  append (desk, make_row ("tel:+15550000002"));
  commit (desk);
  g_assert_cmpint (pen_ledger_expire (desk->ledger, NULL), ==, 0);
  desk->now_us++;
  pen_ledger_set_retention (desk->ledger, 0);
  g_assert_cmpint (pen_ledger_expire (desk->ledger, NULL), ==, 0);
  pen_ledger_set_retention (desk->ledger, PEN_LEDGER_RETENTION_DAYS);
  g_assert_cmpint (pen_ledger_expire (desk->ledger, NULL), ==, 1);
  g_assert_cmpint (count (desk), ==, 1);
}

/* Export */

static char *
export (Desk *desk, const char *format)
{
  const PenLedgerFilter all = PEN_LEDGER_FILTER_ALL;
  g_autofree char *path = g_build_filename (desk->folder, "export", NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;
  GStatBuf about;

  g_assert_true (g_file_set_contents (path, "an older export", -1, NULL));
  g_assert_cmpint (pen_ledger_export (desk->ledger, &all, path, format, &error), ==, count (desk));
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &about), ==, 0);
  g_assert_cmpuint (about.st_mode & 0777, ==, 0600);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
add_export_row (Desk *desk)
{
  PenLedgerRow *row = make_row ("=HYPERLINK(\"x\",1)");

  pen_ledger_row_observe (row, PEN_OBSERVER_PEER, "montague.example");
  row->status = PEN_ROW_ERROR;
  row->answered_at_us = START_US + 1;
  row->result = g_strdup ("@two\r\nlines");
  row->stanza = g_strdup ("-1");
  row->source = g_strdup ("+1");
  row->batch = g_strdup ("\ttab");
  row->attempts = 1;
  row->bytes_out = 214;
  append (desk, row);
}

static void
test_csv (Desk *desk, gconstpointer data)
{
  g_autofree char *text = NULL;

  (void) data;
  add_export_row (desk);
  append (desk, make_row ("tel:+15551234567"));
  text = export (desk, "csv");
  g_assert_cmpstr (text, ==,
                   "row,at,account,kind,address,cover,trigger,observers,source,stanza,attempts,bytes_out,bytes_in,"
                   "status,answered_at,result,batch,disclosed,rule,retained_until\r\n"
                   "1,2026-01-01T00:00:00.123456Z,juliet@capulet.example,device-list,\"'=HYPERLINK(\"\"x\"\",1)\",false,"
                   "typed,home:capulet.example peer:montague.example,'+1,'-1,1,214,0,error,2026-01-01T00:00:00.123457Z,"
                   "\"'@two\r\nlines\",'\ttab,clear,,2026-01-31T00:00:00.123456Z\r\n"
                   "2,2026-01-01T00:00:00.123456Z,juliet@capulet.example,device-list,tel:+15551234567,false,typed,"
                   "home:capulet.example,,,0,0,0,recorded,,,,clear,,2026-01-31T00:00:00.123456Z\r\n");
}

static void
test_json (Desk *desk, gconstpointer data)
{
  static const char members[] =
    "row at account kind address cover trigger observers source stanza attempts bytes_out bytes_in status "
    "answered_at result batch disclosed rule retained_until";
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = NULL;
  g_autofree char *names = NULL;
  JsonObject *first;

  (void) data;
  add_export_row (desk);
  append (desk, make_row ("tel:+15551234567"));
  text = export (desk, "json");
  node = json_from_string (text, NULL);
  g_assert_nonnull (node);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (node)), ==, 2);
  first = json_array_get_object_element (json_node_get_array (node), 0);
  {
    GString *joined = g_string_new (NULL);
    g_autoptr (GList) list = json_object_get_members (first);

    for (GList *l = list; l != NULL; l = l->next)
      g_string_append_printf (joined, "%s%s", l == list ? "" : " ", (const char *) l->data);
    names = g_string_free (joined, FALSE);
  }
  g_assert_cmpstr (names, ==, members);
  g_assert_cmpstr (json_object_get_string_member (first, "address"), ==, "=HYPERLINK(\"x\",1)");
  g_assert_true (json_object_get_null_member (first, "rule"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (first, "observers")), ==, 2);
}

static void
test_export_empty (Desk *desk, gconstpointer data)
{
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = export (desk, "json");

  (void) data;
  node = json_from_string (text, NULL);
  g_assert_nonnull (node);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (node)), ==, 0);
}

static void
test_export_refused (Desk *desk, gconstpointer data)
{
  static const char *const names[] = { "store.db", "store.db-wal", "store.db-shm", "./store.db", "store.db-journal",
                                       "link", "", "missing/export" };
  const PenLedgerFilter all = PEN_LEDGER_FILTER_ALL;
  g_autofree char *link_path = g_build_filename (desk->folder, "link", NULL);

  (void) data;
  append (desk, make_row ("tel:+15551234567"));
  commit (desk);
  g_assert_cmpint (symlink ("store.db", link_path), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = *names[i] == '\0' ? g_strdup ("") : g_strconcat (desk->folder, "/", names[i], NULL);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", names[i]);
      g_assert_cmpint (pen_ledger_export (desk->ledger, &all, path, "csv", &error), ==, -1);
      g_assert_nonnull (error);
      g_assert_true (error->domain == G_FILE_ERROR);
    }
  g_assert_cmpint (pen_ledger_export (desk->ledger, &all, "x", "xml", NULL), ==, -1);
  g_assert_cmpint (count (desk), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/ledger/purge/few", GINT_TO_POINTER (30), test_purge);
  TEST ("/ledger/purge/many", GINT_TO_POINTER (6000), test_purge);
  TEST ("/ledger/purge/slices", NULL, test_purge_slices);
  TEST ("/ledger/purge/busy", NULL, test_purge_busy);
  TEST ("/ledger/expire", NULL, test_expire);
  TEST ("/ledger/export/csv", NULL, test_csv);
  TEST ("/ledger/export/json", NULL, test_json);
  TEST ("/ledger/export/empty", NULL, test_export_empty);
  TEST ("/ledger/export/refused", NULL, test_export_refused);
  return g_test_run ();
}
