/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Rows from their beginning to their end: what may change them, and what
 * filters find. */

#include <string.h>

#include "store-desk.h"

/* A row's life */

static void
test_append (Desk *desk, gconstpointer data)
{
  g_autoptr (PenLedgerRow) row = make_row ("tel:+15551234567");
  g_autoptr (PenLedgerRow) found = NULL;

  (void) data;
  row->kind = PEN_KIND_GATEWAY;
  row->trigger = PEN_TRIGGER_SEND;
  row->cover = TRUE;
  row->stanza = g_strdup ("purple1234");
  row->source = g_strdup ("192.0.2.1");
  row->batch = g_strdup ("b1");
  row->rule = g_strdup ("r1");
  row->bytes_out = 214;
  row->disclosed = PEN_DISCLOSED_HASHED;
  pen_ledger_row_observe (row, PEN_OBSERVER_PEER, "montague.example:5269");
  pen_ledger_row_observe (row, PEN_OBSERVER_WEB, "a b\nc");
  pen_ledger_row_observe (row, PEN_OBSERVER_GATEWAY, "one too many");
  g_assert_true (pen_ledger_append (desk->ledger, row, NULL));
  g_assert_cmpint (row->row, ==, 1);
  g_assert_cmpint (row->at_us, ==, START_US);
  g_assert_cmpint (row->retained_until_us, ==, START_US + PEN_LEDGER_RETENTION_DAYS * DAY_US);

  found = pen_ledger_get (desk->ledger, row->row, NULL);
  g_assert_cmpstr (found->address, ==, "tel:+15551234567");
  g_assert_cmpint (found->kind, ==, PEN_KIND_GATEWAY);
  g_assert_cmpint (found->trigger, ==, PEN_TRIGGER_SEND);
  g_assert_cmpint (found->disclosed, ==, PEN_DISCLOSED_HASHED);
  g_assert_cmpint (found->status, ==, PEN_ROW_RECORDED);
  g_assert_true (found->cover);
  g_assert_cmpstr (found->batch, ==, "b1");
  g_assert_cmpstr (found->rule, ==, "r1");
  g_assert_null (found->result);
  g_assert_cmpuint (found->n_observers, ==, 3);
  g_assert_cmpstr (found->observers[1].host, ==, "montague.example:5269");
  g_assert_cmpstr (found->observers[2].host, ==, "a_b_c");
}

static void
test_numbers_never_again (Desk *desk, gconstpointer data)
{
  gint64 last;

  (void) data;
  append (desk, make_row ("tel:+15550000001"));
  last = append (desk, make_row ("tel:+15550000002"));
  g_assert_cmpint (pen_ledger_purge (desk->ledger, START_US + 1, NULL), ==, 2);
  g_assert_cmpint (append (desk, make_row ("tel:+15550000003")), ==, last + 1);
}

static void
test_sent (Desk *desk, gconstpointer data)
{
  gint64 number = append (desk, make_row ("tel:+15551234567"));
  g_autoptr (PenLedgerRow) row = NULL;
  g_autoptr (GError) error = NULL;

  (void) data;
  g_assert_true (pen_ledger_mark_sent (desk->ledger, number, NULL));
  g_assert_true (pen_ledger_finish (desk->ledger, number, &(PenLedgerOutcome) { PEN_ROW_ANSWERED, "found", 300 }, NULL));
  g_assert_true (pen_ledger_mark_sent (desk->ledger, number, NULL));
  row = pen_ledger_get (desk->ledger, number, NULL);
  g_assert_cmpint (row->attempts, ==, 2);
  g_assert_cmpint (row->status, ==, PEN_ROW_ANSWERED);
  g_assert_cmpint (row->answered_at_us, ==, START_US);
  g_assert_cmpint (row->bytes_in, ==, 300);
  g_assert_cmpstr (row->result, ==, "found");

  g_assert_false (pen_ledger_mark_sent (desk->ledger, number + 1, &error));
  g_assert_error (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED);
  g_assert_true (pen_ledger_finish (desk->ledger, number + 1, &(PenLedgerOutcome) { PEN_ROW_ERROR, NULL, 0 }, NULL));
}

/* In the order of PenRowStatus: recorded sent answered error timeout withheld
 * dropped unknown. A row of the table is what the row says, a column the news. */
static const char *const truth[PEN_N_ROW_STATUSES] = {
  "--xxxxxx", /* recorded */
  "--xxx-xx", /* sent */
  "---x----", /* answered */
  "--------", /* error */
  "--xx----", /* timeout */
  "--------", /* withheld */
  "--------", /* dropped */
  "--xx----", /* unknown */
};

static void
test_truth (Desk *desk, gconstpointer data)
{
  (void) data;
  for (int old = 0; old < PEN_N_ROW_STATUSES; old++)
    for (int news = 0; news < PEN_N_ROW_STATUSES; news++)
      {
        PenLedgerRow *row = make_row ("tel:+15551234567");
        g_autoptr (PenLedgerRow) after = NULL;
        gint64 number;
        gboolean changes = truth[old][news] == 'x';

        g_test_message ("%s, then %s", pen_row_status_to_string ((PenRowStatus) old),
                        pen_row_status_to_string ((PenRowStatus) news));
        row->status = (PenRowStatus) old;
        row->result = g_strdup ("old");
        number = append (desk, row);
        g_assert_true (pen_ledger_finish (desk->ledger, number, &(PenLedgerOutcome) { (PenRowStatus) news, "new", 1 }, NULL));
        after = pen_ledger_get (desk->ledger, number, NULL);
        g_assert_cmpint (after->status, ==, changes ? news : old);
        g_assert_cmpstr (after->result, ==, changes ? "new" : "old");
        g_assert_cmpint (after->answered_at_us, ==,
                         changes && (news == PEN_ROW_ANSWERED || news == PEN_ROW_ERROR) ? START_US : 0);
      }
}

static void
test_recover (Desk *desk, gconstpointer data)
{
  static const PenRowStatus after[PEN_N_ROW_STATUSES] = {
    PEN_ROW_UNKNOWN, PEN_ROW_UNKNOWN, PEN_ROW_ANSWERED, PEN_ROW_ERROR,
    PEN_ROW_TIMEOUT, PEN_ROW_WITHHELD, PEN_ROW_DROPPED, PEN_ROW_UNKNOWN };

  (void) data;
  for (int status = 0; status < PEN_N_ROW_STATUSES; status++)
    {
      PenLedgerRow *row = make_row ("tel:+15551234567");

      row->status = (PenRowStatus) status;
      append (desk, row);
    }
  g_assert_cmpint (pen_ledger_recover (desk->ledger, NULL), ==, 2);
  for (int status = 0; status < PEN_N_ROW_STATUSES; status++)
    {
      g_autoptr (PenLedgerRow) row = pen_ledger_get (desk->ledger, status + 1, NULL);

      g_assert_cmpint (row->status, ==, after[status]);
    }
}

static char *
make_long (const char *unit, gsize bytes)
{
  GString *text = g_string_new (NULL);

  while (text->len < bytes)
    g_string_append (text, unit);
  return g_string_free (text, FALSE);
}

static void
test_hostile_texts (Desk *desk, gconstpointer data)
{
  static const char *const units[] = { "a", "é", "€", "😀", "\xff", "a\xe2\x82", "aé\x80" };

  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    {
      g_autofree char *text = make_long (units[i], 10 * 1024 * 1024);
      g_autoptr (PenLedgerRow) found = NULL;
      PenLedgerFilter filter = PEN_LEDGER_FILTER_ALL;
      gint64 number = append (desk, make_row (text));

      g_assert_true (pen_ledger_finish (desk->ledger, number, &(PenLedgerOutcome) { PEN_ROW_ERROR, text, 0 }, NULL));
      found = pen_ledger_get (desk->ledger, number, NULL);
      g_assert_true (g_utf8_validate (found->address, -1, NULL));
      g_assert_cmpuint (strlen (found->address), <=, PEN_DATABASE_MAX_TEXT_BYTES);
      g_assert_cmpuint (strlen (found->address), >, PEN_DATABASE_MAX_TEXT_BYTES - 4);
      g_assert_cmpstr (found->result, ==, found->address);
      filter.address = text;
      g_assert_cmpint (pen_ledger_count (desk->ledger, &filter, NULL), ==, 1);
    }
}

/* Filters */

static void
fill (Desk *desk)
{
  for (int i = 0; i < 100; i++)
    {
      g_autofree char *address = g_strdup_printf ("tel:+1555%07d", i % 10);
      PenLedgerRow *row = make_row (address);

      row->at_us = START_US + i;
      row->kind = (PenKind) (i % PEN_N_KINDS);
      row->trigger = (PenTrigger) (i % PEN_N_TRIGGERS);
      row->cover = i % 4 == 0;
      row->status = i % 5 == 0 ? PEN_ROW_WITHHELD : PEN_ROW_SENT;
      row->stanza = g_strdup_printf ("id%03d", i);
      row->result = g_strdup (i == 7 ? "Ärger" : i == 8 ? "item-not-found" : NULL);
      row->rule = g_strdup (i == 9 ? "100%_sure" : NULL);
      if (i % 2 == 0)
        {
          g_free (row->account);
          row->account = g_strdup ("romeo@montague.example");
        }
      if (i % 3 == 0)
        pen_ledger_row_observe (row, PEN_OBSERVER_GATEWAY, "sms.example");
      append (desk, row);
    }
  commit (desk);
}

typedef struct
{
  const char *name;
  PenLedgerFilter filter;
  gint64 matches;
  gint64 newest;
} Search;

#define ANY NULL, NULL, -1, -1, -1, -1, -1, 0, 0

static const Search searches[] = {
  { "all", { ANY, NULL }, 100, 100 },
  { "account", { .account = "romeo@montague.example", NULL, -1, -1, -1, -1, -1, 0, 0, NULL }, 50, 99 },
  { "address", { NULL, "tel:+15550000003", -1, -1, -1, -1, -1, 0, 0, NULL }, 10, 94 },
  { "address prefix", { NULL, "tel:+1555000000", -1, -1, -1, -1, -1, 0, 0, NULL }, 0, 0 },
  { "kind", { NULL, NULL, PEN_KIND_BUNDLE, -1, -1, -1, -1, 0, 0, NULL }, 8, 100 },
  { "trigger", { NULL, NULL, -1, PEN_TRIGGER_LOGIN, -1, -1, -1, 0, 0, NULL }, 12, 96 },
  { "status", { NULL, NULL, -1, -1, PEN_ROW_WITHHELD, -1, -1, 0, 0, NULL }, 20, 96 },
  { "observer home", { NULL, NULL, -1, -1, -1, PEN_OBSERVER_HOME, -1, 0, 0, NULL }, 100, 100 },
  { "observer gateway", { NULL, NULL, -1, -1, -1, PEN_OBSERVER_GATEWAY, -1, 0, 0, NULL }, 34, 100 },
  { "observer web", { NULL, NULL, -1, -1, -1, PEN_OBSERVER_WEB, -1, 0, 0, NULL }, 0, 0 },
  { "cover", { NULL, NULL, -1, -1, -1, -1, 1, 0, 0, NULL }, 25, 97 },
  { "no cover", { NULL, NULL, -1, -1, -1, -1, 0, 0, 0, NULL }, 75, 100 },
  { "since", { NULL, NULL, -1, -1, -1, -1, -1, START_US + 90, 0, NULL }, 10, 100 },
  { "until", { NULL, NULL, -1, -1, -1, -1, -1, 0, START_US + 90, NULL }, 90, 90 },
  { "window", { NULL, NULL, -1, -1, -1, -1, -1, START_US + 10, START_US + 20, NULL }, 10, 20 },
  { "text address", { ANY, "TEL:+15550000009" }, 10, 100 },
  { "text stanza", { ANY, "ID04" }, 10, 50 },
  { "text observer", { ANY, "SMS.example" }, 34, 100 },
  { "text result", { ANY, "Not-Found" }, 1, 9 },
  { "text folded", { ANY, "äRGER" }, 1, 8 },
  { "text rule", { ANY, "100%_" }, 1, 10 },
  { "text wildcard", { ANY, "1%_" }, 0, 0 },
  { "text quote", { ANY, "' OR 1=1 --" }, 0, 0 },
  { "text none", { ANY, "account" }, 0, 0 },
  { "text empty", { ANY, "" }, 100, 100 },
  { "many", { "romeo@montague.example", "tel:+15550000000", PEN_KIND_DEVICE_LIST, -1, PEN_ROW_WITHHELD,
              PEN_OBSERVER_HOME, -1, START_US, START_US + 100, "id070" }, 1, 71 },
};

static void
test_filters (Desk *desk, gconstpointer data)
{
  (void) data;
  fill (desk);
  for (guint i = 0; i < G_N_ELEMENTS (searches); i++)
    {
      const Search *search = &searches[i];
      g_autoptr (GPtrArray) rows = pen_ledger_query (desk->ledger, &search->filter, 1000, 0, NULL);
      g_autoptr (GPtrArray) page = pen_ledger_query (desk->ledger, &search->filter, 3, 4, NULL);

      g_test_message ("%s", search->name);
      g_assert_cmpint (pen_ledger_count (desk->ledger, &search->filter, NULL), ==, search->matches);
      g_assert_cmpint (rows->len, ==, search->matches);
      if (rows->len > 0)
        g_assert_cmpint (((PenLedgerRow *) rows->pdata[0])->row, ==, search->newest);
      for (guint k = 1; k < rows->len; k++)
        g_assert_cmpint (((PenLedgerRow *) rows->pdata[k])->row, <, ((PenLedgerRow *) rows->pdata[k - 1])->row);
      for (guint k = 0; k < page->len; k++)
        g_assert_cmpint (((PenLedgerRow *) page->pdata[k])->row, ==, ((PenLedgerRow *) rows->pdata[k + 4])->row);
      g_assert_cmpuint (page->len, ==, (guint) CLAMP (search->matches - 4, 0, 3));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/ledger/append", NULL, test_append);
  TEST ("/ledger/numbers", NULL, test_numbers_never_again);
  TEST ("/ledger/sent", NULL, test_sent);
  TEST ("/ledger/finish", NULL, test_truth);
  TEST ("/ledger/recover", NULL, test_recover);
  TEST ("/ledger/hostile", NULL, test_hostile_texts);
  TEST ("/ledger/filters", NULL, test_filters);
  return g_test_run ();
}
