/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What is said of a row: who knows what, and never less than they may know. */

#include "ledger-words.h"

#include <locale.h>
#include <string.h>

#define AT_US G_GINT64_CONSTANT (1767225600000000)

static PenLedgerRow *
make_row (PenRowStatus status)
{
  PenLedgerRow *row = g_new0 (PenLedgerRow, 1);

  row->row = 7;
  row->at_us = AT_US;
  row->account = g_strdup ("juliet@capulet.example");
  row->address = g_strdup ("tel:+15551230071");
  row->kind = PEN_KIND_DIRECTORY;
  row->status = status;
  row->attempts = status == PEN_ROW_RECORDED || status == PEN_ROW_WITHHELD ? 0 : 1;
  row->source = g_strdup ("192.0.2.17");
  row->retained_until_us = AT_US + G_GINT64_CONSTANT (30) * 86400 * G_USEC_PER_SEC;
  pen_ledger_row_observe (row, PEN_OBSERVER_HOME, "capulet.example");
  pen_ledger_row_observe (row, PEN_OBSERVER_DIRECTORY, "phones.example");
  return row;
}

static void
check_starts (PenRowStatus status, int attempts, const char *start)
{
  g_autoptr (PenLedgerRow) row = make_row (status);
  g_autofree char *sentence = NULL;

  row->attempts = attempts;
  sentence = pen_words_sentence (row);
  g_test_message ("%s", sentence);
  g_assert_true (g_str_has_prefix (sentence, start));
}

static void
test_told (void)
{
  static const char told[] = "capulet.example (your server) and phones.example (phone directory) now know that "
                             "juliet@capulet.example asked whether +15551230071 can be reached over XMPP on ";
  static const char maybe[] = "capulet.example (your server) and phones.example (phone directory) may know that ";
  static const char nobody[] = "Nobody was told that juliet@capulet.example ";

  check_starts (PEN_ROW_SENT, 1, told);
  check_starts (PEN_ROW_ANSWERED, 1, told);
  check_starts (PEN_ROW_ERROR, 1, told);
  check_starts (PEN_ROW_TIMEOUT, 1, told);
  check_starts (PEN_ROW_UNKNOWN, 0, maybe);
  check_starts (PEN_ROW_DROPPED, 1, maybe);
  check_starts (PEN_ROW_DROPPED, 0, nobody);
  check_starts (PEN_ROW_RECORDED, 0, nobody);
  check_starts (PEN_ROW_RECORDED, 1, maybe);
  check_starts (PEN_ROW_WITHHELD, 0, nobody);
}

static void
check_says (PenLedgerRow *row, const char *part, gboolean is_said)
{
  g_autofree char *sentence = pen_words_sentence (row);

  g_test_message ("%s", sentence);
  g_assert_cmpint (strstr (sentence, part) != NULL, ==, is_said);
}

static void
test_form (void)
{
  g_autoptr (PenLedgerRow) row = make_row (PEN_ROW_ANSWERED);

  check_says (row, "They got the address itself.", TRUE);
  check_says (row, "network address was 192.0.2.17", TRUE);
  check_says (row, "Their copy is counted as kept until", TRUE);
  row->disclosed = PEN_DISCLOSED_HASHED;
  check_says (row, "a hash of the address", TRUE);
  row->cover = TRUE;
  check_says (row, "This was cover", TRUE);
  check_says (row, "a hash of the address", FALSE);
  row->status = PEN_ROW_WITHHELD;
  row->rule = g_strdup ("never");
  check_says (row, "192.0.2.17", FALSE);
  check_says (row, "This was cover", FALSE);
  check_says (row, "The rule that decided it: never.", TRUE);
}

/* A list that changed was shown to us: nobody was asked. */
static void
test_news (void)
{
  g_autoptr (PenLedgerRow) row = make_row (PEN_ROW_ANSWERED);
  g_autofree char *disclosed = NULL;

  row->kind = PEN_KIND_DEVICE_LIST;
  row->trigger = PEN_TRIGGER_PUSHED;
  check_says (row, "now know", TRUE);
  for (guint i = 0; i < row->n_observers; i++)
    g_clear_pointer (&row->observers[i].host, g_free);
  row->n_observers = 0;
  row->result = g_strdup ("+31415");
  row->rule = g_strdup ("list-changed");
  check_says (row, "Nobody was told anything", TRUE);
  check_says (row, "(+31415)", TRUE);
  check_says (row, "now know", FALSE);
  check_says (row, "They got", FALSE);
  check_says (row, "The rule", FALSE);
  disclosed = pen_words_cell (row, PEN_COLUMN_DISCLOSED);
  g_assert_cmpstr (disclosed, ==, "nothing");
}

static void
test_sms (void)
{
  g_autoptr (PenLedgerRow) row = make_row (PEN_ROW_SENT);

  row->kind = PEN_KIND_DELIVERY;
  check_says (row, "can read the text", FALSE);
  pen_ledger_row_observe (row, PEN_OBSERVER_GATEWAY, "sms.example");
  check_says (row, "can read the text", TRUE);
}

/* Every member of every list has its words, in every cell. */
static void
test_all_words (void)
{
  for (int kind = 0; kind < PEN_N_KINDS; kind++)
    for (int status = 0; status < PEN_N_ROW_STATUSES; status++)
      {
        g_autoptr (PenLedgerRow) row = make_row ((PenRowStatus) status);
        g_autofree char *sentence = NULL;

        row->kind = (PenKind) kind;
        row->trigger = (PenTrigger) (kind % PEN_N_TRIGGERS);
        row->disclosed = (PenDisclosed) (kind % PEN_N_DISCLOSED);
        row->answered_at_us = row->at_us + 5000;
        sentence = pen_words_sentence (row);
        g_assert_nonnull (strstr (sentence, "+15551230071"));
        g_assert_null (strstr (sentence, "%s"));
        for (int column = 0; column < PEN_N_COLUMNS; column++)
          {
            g_autofree char *cell = pen_words_cell (row, (PenLedgerColumn) column);

            g_assert_cmpstr (cell, !=, "");
            g_assert_null (strstr (cell, "(null)"));
          }
      }
}

static void
check_clean (const char *text, const char *expected)
{
  g_autofree char *clean = pen_words_clean (text, 20);

  g_assert_cmpstr (clean, ==, expected);
}

static void
test_hostile (void)
{
  g_autoptr (PenLedgerRow) row = make_row (PEN_ROW_ANSWERED);
  g_autofree char *long_name = g_strnfill (10000, 'a');
  g_autofree char *sentence = NULL;

  check_clean (NULL, "");
  check_clean ("plain", "plain");
  check_clean ("a\nb\tc", "a\xef\xbf\xbd" "b\xef\xbf\xbd" "c");
  check_clean ("gpj.\xe2\x80\xae" "exe", "gpj.\xef\xbf\xbd" "exe");
  check_clean ("\xe2\x81\xa6x\xe2\x81\xa9", "\xef\xbf\xbdx\xef\xbf\xbd");
  check_clean ("\xff", "\xef\xbf\xbd");
  check_clean ("123456789012345678901", "12345678901234567890…");
  check_clean ("<b>&amp;", "<b>&amp;");
  g_free (row->address);
  row->address = g_strconcat ("xmpp:%s%n", long_name, NULL);
  sentence = pen_words_sentence (row);
  g_assert_cmpuint (strlen (sentence), <, 1000);
  g_assert_nonnull (strstr (sentence, "%s%n"));
}

static void
test_totals (void)
{
  PenLedgerTotals totals = { 412, 10, 3, 2, 31, 208 * 1024 };
  g_autofree char *line = pen_words_totals (&totals);

  g_assert_cmpstr (line, ==, "Rows: 412 · people: 31 · deliveries: 3 · cover: 10 · withheld: 2 · sent: 208.0\xc2\xa0KiB");
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger-words/told", test_told);
  g_test_add_func ("/ledger-words/form", test_form);
  g_test_add_func ("/ledger-words/news", test_news);
  g_test_add_func ("/ledger-words/sms", test_sms);
  g_test_add_func ("/ledger-words/all", test_all_words);
  g_test_add_func ("/ledger-words/hostile", test_hostile);
  g_test_add_func ("/ledger-words/totals", test_totals);
  return g_test_run ();
}
