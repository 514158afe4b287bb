/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The report over a store says what the pure function says of its rows, in
 * steps of any size; and its files hold what left, safe for a spreadsheet. */

#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>

#include "penregister/exposure-json.h"
#include "store-desk.h"

static void
draw_rows (Desk *desk, guint seed, guint n)
{
  g_autoptr (GRand) dice = g_rand_new_with_seed (seed);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *address = g_strdup_printf ("xmpp:p%d@peer.example", g_rand_int_range (dice, 0, 9));
      PenLedgerRow *row = make_row (address);

      row->at_us = START_US - (gint64) (g_rand_double (dice) * 100 * (double) DAY_US);
      row->kind = (PenKind) g_rand_int_range (dice, 0, PEN_N_KINDS);
      row->trigger = (PenTrigger) g_rand_int_range (dice, 0, PEN_N_TRIGGERS);
      row->status = (PenRowStatus) g_rand_int_range (dice, 0, PEN_N_ROW_STATUSES);
      row->attempts = g_rand_int_range (dice, 0, 3);
      row->cover = g_rand_int_range (dice, 0, 5) == 0;
      row->source = g_rand_boolean (dice) ? g_strdup ("192.0.2.7") : NULL;
      row->batch = g_strdup_printf ("sweep:%d", g_rand_int_range (dice, 0, 40));
      if (g_rand_boolean (dice))
        pen_ledger_row_observe (row, PEN_OBSERVER_PEER, "peer.example");
      append (desk, row);
    }
  commit (desk);
}

static char *
to_text (const PenExposure *exposure)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, pen_exposure_to_json (exposure));
  return json_to_string (node, TRUE);
}

static void
test_agrees (Desk *desk, gconstpointer data)
{
  static const guint steps[] = { 1, 7, 100, 100000 };
  const PenLedgerFilter all = PEN_LEDGER_FILTER_ALL;
  PenExposureQuery query = { .observer = -1, .until_us = START_US, .days = 65, .fresh_s = 7200 };
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (PenExposure) pure = NULL;
  g_autofree char *truth = NULL;

  (void) data;
  draw_rows (desk, 1, 500);
  rows = pen_ledger_query (desk->ledger, &all, 1000, 0, NULL);
  pure = pen_exposure_of (rows, &query);
  truth = to_text (pure);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      PenExposureReport *report = pen_exposure_report_begin (desk->ledger, &query, NULL);
      g_autoptr (PenExposure) exposure = NULL;
      g_autofree char *text = NULL;
      gboolean done = FALSE;

      while (!done)
        {
          g_assert_true (pen_exposure_report_step (report, steps[i], &done, NULL));
          g_assert_true (pen_database_truncate_log (desk->database, NULL));
        }
      exposure = pen_exposure_report_end (report);
      text = to_text (exposure);
      g_assert_cmpstr (text, ==, truth);
    }
}

static void
test_account_and_now (Desk *desk, gconstpointer data)
{
  PenExposureQuery query = PEN_EXPOSURE_QUERY_DEFAULT;
  PenLedgerRow *row = make_row ("xmpp:ann@peer.example");
  g_autoptr (PenExposure) none = pen_exposure_report (desk->ledger, &query, NULL);
  g_autoptr (PenExposure) both = NULL;
  g_autoptr (PenExposure) one = NULL;

  (void) data;
  g_assert_cmpuint (none->total->items->len, ==, 0);
  append (desk, make_row ("xmpp:ann@peer.example"));
  g_free (row->account);
  row->account = g_strdup ("romeo@montague.example");
  append (desk, row);
  both = pen_exposure_report (desk->ledger, &query, NULL);
  query.account = "romeo@montague.example";
  one = pen_exposure_report (desk->ledger, &query, NULL);
  g_assert_cmpuint (((PenExposureItem *) both->total->items->pdata[0])->lookups, ==, 2);
  g_assert_cmpuint (((PenExposureItem *) one->total->items->pdata[0])->lookups, ==, 1);
}

/* A newer version's numbers, and what a hand has changed. */
static void
test_hostile_store (Desk *desk, gconstpointer data)
{
  const PenExposureQuery query = PEN_EXPOSURE_QUERY_DEFAULT;
  g_autoptr (PenExposure) exposure = NULL;
  g_autofree char *text = NULL;

  (void) data;
  append (desk, make_row ("xmpp:ann@peer.example"));
  append (desk, make_row ("xmpp:bob@peer.example"));
  commit (desk);
  g_assert_cmpint (sqlite3_exec (pen_database_handle (desk->database),
                                 "UPDATE ledger SET kind = 99, trigger = -5, status = 1e18, attempts = 'many',"
                                 " observers = x'ff3aff20636f6d65743a78', address = x'fffe', source = x'fd', batch = 3,"
                                 " row = 4611686018427387904 WHERE row = 2",
                                 NULL, NULL, NULL), ==, SQLITE_OK);
  exposure = pen_exposure_report (desk->ledger, &query, NULL);
  text = to_text (exposure);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpuint (exposure->total->items->len, ==, 3);
  g_assert_cmpstr (((PenExposureItem *) exposure->total->items->pdata[1])->observer, ==, "comet");
  g_assert_cmpuint (((PenExposureItem *) exposure->total->items->pdata[1])->lookups, ==, 1);
}

/* Files */

static void
fill_few (Desk *desk)
{
  PenLedgerRow *row = make_row ("=cmd|' /C calc'!A0");

  row->status = PEN_ROW_ANSWERED;
  row->attempts = 1;
  row->source = g_strdup ("192.0.2.9");
  row->result = g_strdup ("a \"b\", c");
  pen_ledger_row_observe (row, PEN_OBSERVER_PEER, "+peer.example");
  append (desk, row);
  row = make_row ("xmpp:never@peer.example");
  row->status = PEN_ROW_WITHHELD;
  append (desk, row);
  row = make_row ("xmpp:old@peer.example");
  row->at_us = START_US - 40 * DAY_US;
  append (desk, row);
}

static char *
export_text (Desk *desk, const char *format, guint days, gint64 records)
{
  g_autofree char *path = g_build_filename (desk->folder, "return.out", NULL);
  PenExposureQuery query = PEN_EXPOSURE_QUERY_DEFAULT;
  g_autoptr (GError) error = NULL;
  GStatBuf about;
  char *text = NULL;

  query.days = days;
  g_assert_cmpint (pen_exposure_export (desk->ledger, &query, path, format, &error), ==, records);
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &about), ==, 0);
  g_assert_cmpint (about.st_mode & 0777, ==, 0600);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
test_csv (Desk *desk, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  (void) data;
  fill_few (desk);
  text = export_text (desk, "csv", 60, 3);
  lines = g_strsplit (text, "\r\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 5);
  g_assert_true (g_str_has_prefix (lines[0], "window_from,window_until,observer,host,at,address,source,"));
  g_assert_nonnull (strstr (lines[1], ",home,capulet.example,2026-01-01T00:00:00.123456Z,"));
  g_assert_nonnull (strstr (lines[1], ",'=cmd|' /C calc'!A0,192.0.2.9,"));
  g_assert_nonnull (strstr (lines[1], ",device-list,typed,1,answered,,\"a \"\"b\"\", c\",clear,false,"));
  g_assert_nonnull (strstr (lines[2], ",peer,'+peer.example,"));
  g_assert_nonnull (strstr (lines[3], "xmpp:old@peer.example"));
  g_assert_null (strstr (text, "never@"));
}

static void
test_json (Desk *desk, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *root;
  JsonObject *window;
  JsonObject *home;

  (void) data;
  fill_few (desk);
  text = export_text (desk, "json", 60, 3);
  node = json_from_string (text, NULL);
  g_assert_nonnull (node);
  root = json_node_get_object (node);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (root, "windows")), ==, 2);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (root, "observers")), ==, 2);
  window = json_array_get_object_element (json_object_get_array_member (root, "windows"), 0);
  home = json_array_get_object_element (json_object_get_array_member (window, "observers"), 0);
  g_assert_cmpint (json_object_get_int_member (home, "lookups"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (home, "saved"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (json_object_get_object_member (home, "baseline"), "lookups"), ==, 2);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (home, "records")), ==, 1);
}

static void
test_refusals (Desk *desk, gconstpointer data)
{
  static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
  const PenExposureQuery query = PEN_EXPOSURE_QUERY_DEFAULT;
  g_autofree char *nowhere = g_build_filename (desk->folder, "no", "such", "place", NULL);
  g_autofree char *other = g_build_filename (desk->folder, "x.csv", NULL);

  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat (desk->path, suffixes[i], NULL);
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (pen_exposure_export (desk->ledger, &query, path, "csv", &error), ==, -1);
      g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST);
    }
  g_assert_cmpint (pen_exposure_export (desk->ledger, &query, nowhere, "csv", NULL), ==, -1);
  g_assert_cmpint (pen_exposure_export (desk->ledger, &query, "", "csv", NULL), ==, -1);
  g_assert_cmpint (pen_exposure_export (desk->ledger, &query, other, "xml", NULL), ==, -1);
  g_assert_false (g_file_test (other, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/exposure-report/agrees", NULL, test_agrees);
  TEST ("/exposure-report/account", NULL, test_account_and_now);
  TEST ("/exposure-report/hostile", NULL, test_hostile_store);
  TEST ("/exposure-report/csv", NULL, test_csv);
  TEST ("/exposure-report/json", NULL, test_json);
  TEST ("/exposure-report/refusals", NULL, test_refusals);
  return g_test_run ();
}
