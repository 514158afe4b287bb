/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Reading beside the main loop: what is committed and matches, newest first;
 * nothing stays open between two calls; another thread can stop it. */

#include "penregister/ledger-reader.h"
#include "store-desk.h"

#include <string.h>

#define MANY_ROWS 30000
/* So many that more than one thread looks. */
#define SEARCHED_ROWS 90000
#define FINDINGS 20000

static gint64
write_row (Desk *desk, const char *address, gboolean cover, PenRowStatus status)
{
  g_autoptr (PenLedgerRow) row = make_row (address);
  GError *error = NULL;

  row->cover = cover;
  row->bytes_out = 100;
  row->status = status;
  pen_ledger_append (desk->ledger, row, &error);
  g_assert_no_error (error);
  return row->row;
}

static PenLedgerReader *
open_reader (Desk *desk)
{
  GError *error = NULL;
  PenLedgerReader *reader = pen_ledger_reader_open (desk->path, &error);

  g_assert_no_error (error);
  return reader;
}

static void
check_numbers (PenLedgerReader *reader, const PenLedgerFilter *filter, const PenLedgerSpan *span, const char *expected)
{
  GError *error = NULL;
  g_autoptr (GArray) numbers = pen_ledger_reader_numbers (reader, filter, span, &error);
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < numbers->len; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? " " : "", g_array_index (numbers, gint64, i));
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_numbers (Desk *desk, gconstpointer data)
{
  g_autoptr (PenLedgerReader) reader = open_reader (desk);
  PenLedgerFilter filter = PEN_LEDGER_FILTER_ALL;

  for (int i = 1; i <= 6; i++)
    write_row (desk, i % 2 == 0 ? "tel:+1555" : "tel:+1666", i > 4, PEN_ROW_RECORDED);
  check_numbers (reader, &filter, &(PenLedgerSpan) { 0 }, "");
  commit (desk);
  check_numbers (reader, &filter, &(PenLedgerSpan) { 0 }, "6 5 4 3 2 1");
  check_numbers (reader, &filter, &(PenLedgerSpan) { .limit = 2 }, "6 5");
  check_numbers (reader, &filter, &(PenLedgerSpan) { .after = 4 }, "6 5");
  filter.address = "tel:+1555";
  check_numbers (reader, &filter, &(PenLedgerSpan) { .after = 2 }, "6 4");
  filter.cover = 0;
  check_numbers (reader, &filter, &(PenLedgerSpan) { 0 }, "4 2");
  filter.text = "1555";
  check_numbers (reader, &filter, &(PenLedgerSpan) { .limit = 1 }, "4");
}

/* All rows are known without a look only where none is missing. */
static void
test_gap (Desk *desk, gconstpointer data)
{
  g_autoptr (PenLedgerReader) reader = open_reader (desk);
  PenLedgerFilter filter = PEN_LEDGER_FILTER_ALL;

  for (int i = 1; i <= 6; i++)
    write_row (desk, "tel:+1555", FALSE, PEN_ROW_RECORDED);
  commit (desk);
  g_assert_cmpint (sqlite3_exec (pen_database_handle (desk->database), "DELETE FROM ledger WHERE row IN (1, 4)", NULL,
                                 NULL, NULL), ==, SQLITE_OK);
  check_numbers (reader, &filter, &(PenLedgerSpan) { 0 }, "6 5 3 2");
  check_numbers (reader, &filter, &(PenLedgerSpan) { .until = 5 }, "5 3 2");
}

static void
test_search (Desk *desk, gconstpointer data)
{
  g_autoptr (PenLedgerReader) reader = open_reader (desk);
  PenLedgerFilter filter = PEN_LEDGER_FILTER_ALL;

  for (int i = 1; i <= SEARCHED_ROWS; i++)
    write_row (desk, i == 1 || i % 30000 == 0 ? "xmpp:Zo\xc3\xab@Verona.example" : i % 2 == 0 ? "tel:+1555" : "tel:+1666",
               FALSE, PEN_ROW_SENT);
  commit (desk);
  filter.text = "@vERONA";
  check_numbers (reader, &filter, &(PenLedgerSpan) { 0 }, "90000 60000 30000 1");
  check_numbers (reader, &filter, &(PenLedgerSpan) { .limit = 3 }, "90000 60000 30000");
  check_numbers (reader, &filter, &(PenLedgerSpan) { .limit = 1 }, "90000");
  check_numbers (reader, &filter, &(PenLedgerSpan) { .after = 59999 }, "90000 60000");
  filter.text = "zO\xc3\x8b";
  check_numbers (reader, &filter, &(PenLedgerSpan) { 0 }, "90000 60000 30000 1");
  filter.text = "CAPULET.example";
  check_numbers (reader, &filter, &(PenLedgerSpan) { .limit = 2 }, "90000 89999");
  filter.text = "+1666";
  check_numbers (reader, &filter, &(PenLedgerSpan) { .limit = 2 }, "89999 89997");
  filter.text = "Zo\xc3\xab@Verona.example/";
  check_numbers (reader, &filter, &(PenLedgerSpan) { 0 }, "");
}

static char *
random_text (GRand *random, int most_chars)
{
  static const char chars[] = "aAbB1.";
  int length = g_rand_int_range (random, 1, most_chars + 1);
  char *text = g_malloc0 ((gsize) length + 1);

  for (int i = 0; i < length; i++)
    text[i] = chars[g_rand_int_range (random, 0, (int) sizeof (chars) - 1)];
  return text;
}

/* Against the plainest way to find a text: repeats and overlaps are many in so few letters. */
static void
test_find (Desk *desk, gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  sqlite3_stmt *statement = NULL;

  g_assert_cmpint (sqlite3_prepare_v2 (pen_database_handle (desk->database), "SELECT pen_find (?, ?)", -1, &statement,
                                       NULL), ==, SQLITE_OK);
  for (int i = 0; i < FINDINGS; i++)
    {
      g_autofree char *needle = random_text (random, 4);
      g_autofree char *text = random_text (random, 12);
      g_autofree char *low_needle = g_ascii_strdown (needle, -1);
      g_autofree char *low_text = g_ascii_strdown (text, -1);

      sqlite3_bind_text (statement, 1, needle, -1, SQLITE_TRANSIENT);
      sqlite3_bind_text (statement, 2, text, -1, SQLITE_TRANSIENT);
      g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
      if (sqlite3_column_int (statement, 0) != (strstr (low_text, low_needle) != NULL))
        g_error ("\"%s\" in \"%s\"", needle, text);
      sqlite3_reset (statement);
    }
  sqlite3_finalize (statement);
}

static void
test_rows (Desk *desk, gconstpointer data)
{
  g_autoptr (PenLedgerReader) reader = open_reader (desk);
  const gint64 numbers[] = { 2, 9, 1 };
  g_autoptr (GPtrArray) rows = NULL;
  GError *error = NULL;

  write_row (desk, "tel:+1555", FALSE, PEN_ROW_RECORDED);
  write_row (desk, "tel:+1666", FALSE, PEN_ROW_RECORDED);
  commit (desk);
  rows = pen_ledger_reader_rows (reader, numbers, G_N_ELEMENTS (numbers), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 3);
  g_assert_cmpstr (((PenLedgerRow *) g_ptr_array_index (rows, 0))->address, ==, "tel:+1666");
  g_assert_null (g_ptr_array_index (rows, 1));
  g_assert_cmpint (((PenLedgerRow *) g_ptr_array_index (rows, 2))->row, ==, 1);
}

static void
test_totals (Desk *desk, gconstpointer data)
{
  g_autoptr (PenLedgerReader) reader = open_reader (desk);
  PenLedgerFilter filter = PEN_LEDGER_FILTER_ALL;
  PenLedgerTotals totals;
  GError *error = NULL;

  write_row (desk, "tel:+1555", FALSE, PEN_ROW_SENT);
  write_row (desk, "tel:+1555", FALSE, PEN_ROW_WITHHELD);
  write_row (desk, "tel:+1666", FALSE, PEN_ROW_SENT);
  write_row (desk, "tel:+1777", TRUE, PEN_ROW_SENT);
  commit (desk);
  pen_ledger_reader_totals (reader, &filter, NULL, &totals, &error);
  g_assert_no_error (error);
  g_assert_cmpint (totals.rows, ==, 4);
  g_assert_cmpint (totals.cover, ==, 1);
  g_assert_cmpint (totals.withheld, ==, 1);
  g_assert_cmpint (totals.deliveries, ==, 0);
  g_assert_cmpint (totals.people, ==, 2);
  g_assert_cmpint (totals.bytes_out, ==, 300);
  filter.address = "tel:+1555";
  pen_ledger_reader_totals (reader, &filter, NULL, &totals, &error);
  g_assert_no_error (error);
  g_assert_cmpint (totals.rows, ==, 2);
}

/* A reader that kept a transaction or a statement would make the purge fail with BUSY. */
static void
test_lets_purge (Desk *desk, gconstpointer data)
{
  g_autoptr (PenLedgerReader) reader = open_reader (desk);
  PenLedgerFilter filter = PEN_LEDGER_FILTER_ALL;
  PenLedgerTotals totals;
  g_autoptr (GPtrArray) rows = NULL;
  gint64 first = write_row (desk, "tel:+1555", FALSE, PEN_ROW_SENT);
  GError *error = NULL;

  write_row (desk, "tel:+1666", FALSE, PEN_ROW_SENT);
  commit (desk);
  check_numbers (reader, &filter, &(PenLedgerSpan) { .limit = 1 }, "2");
  rows = pen_ledger_reader_rows (reader, &first, 1, &error);
  g_assert_no_error (error);
  pen_ledger_reader_totals (reader, &filter, NULL, &totals, &error);
  g_assert_no_error (error);
  g_assert_cmpint (pen_ledger_purge (desk->ledger, G_MAXINT64, &error), ==, 2);
  g_assert_no_error (error);
  check_numbers (reader, &filter, &(PenLedgerSpan) { 0 }, "");
}

static void
test_stop (Desk *desk, gconstpointer data)
{
  g_autoptr (PenLedgerReader) reader = open_reader (desk);
  PenLedgerFilter filter = PEN_LEDGER_FILTER_ALL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) second = NULL;
  PenLedgerTotals totals;
  gint stop = 1;

  for (int i = 0; i < MANY_ROWS; i++)
    write_row (desk, "tel:+1555", FALSE, PEN_ROW_SENT);
  commit (desk);
  g_assert_null (pen_ledger_reader_numbers (reader, &filter, &(PenLedgerSpan) { .stop = &stop }, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INTR);
  g_assert_false (pen_ledger_reader_totals (reader, &filter, &stop, &totals, &second));
  g_assert_error (second, G_FILE_ERROR, G_FILE_ERROR_INTR);
  check_numbers (reader, &filter, &(PenLedgerSpan) { .limit = 1 }, "30000");
}

static void
test_cannot_write (Desk *desk, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  PenDatabase *database = pen_database_open_to_read (desk->path, &error);

  g_assert_no_error (error);
  g_assert_cmpint (sqlite3_exec (pen_database_handle (database), "DELETE FROM ledger", NULL, NULL, NULL), ==,
                   SQLITE_READONLY);
  pen_database_close (database);
}

static void
test_no_store (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (pen_ledger_reader_open ("/nonexistent/store.db", &error));
  g_assert_nonnull (error);
  g_assert_cmpint (error->domain, ==, PEN_DATABASE_ERROR);
}

#define ADD(name, test) g_test_add ("/ledger-reader/" name, Desk, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("numbers", test_numbers);
  ADD ("gap", test_gap);
  ADD ("search", test_search);
  ADD ("find", test_find);
  ADD ("rows", test_rows);
  ADD ("totals", test_totals);
  ADD ("lets-purge", test_lets_purge);
  ADD ("stop", test_stop);
  ADD ("cannot-write", test_cannot_write);
  g_test_add_func ("/ledger-reader/no-store", test_no_store);
  return g_test_run ();
}
