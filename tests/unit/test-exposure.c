/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What each observer can hold, by tables: what a row counts as, how fine its
 * time is, how windows chain, and what asking as one types would have told. */

#include "exposure-fixture.h"

/* Kind, trigger and status */

static gboolean
says_left (int status, int attempts)
{
  return attempts > 0 || !(status == PEN_ROW_WITHHELD || status == PEN_ROW_DROPPED);
}

/* In the order of PenTrigger, and one that this version does not know. */
static const gint64 timings[PEN_N_TRIGGERS + 1] = { 1, 1, 1, 77, 0, 1, 1, 0, 1 };

static void
check_one (const PenExposureRow *row, const char *observer)
{
  PenExposureQuery query = query_of (30);
  g_autoptr (PenExposure) exposure = NULL;
  const PenExposureItem *item;
  gboolean left = says_left (row->status, row->attempts);
  gboolean asked = left && row->kind != PEN_KIND_DELIVERY;

  query.period_s = 77;
  exposure = expose (row, 1, &query);
  item = find_item (exposure->total, observer);
  g_assert_nonnull (item);
  g_assert_cmpuint (exposure->total->items->len, ==, 1);
  g_assert_cmpuint (item->lookups, ==, asked);
  g_assert_cmpuint (item->people, ==, asked && !row->cover);
  g_assert_cmpuint (item->cover, ==, asked && row->cover);
  g_assert_cmpuint (item->cover_people, ==, asked && row->cover);
  g_assert_cmpuint (item->deliveries, ==, left && !asked);
  g_assert_cmpuint (item->delivery_people, ==, left && !asked);
  g_assert_cmpuint (item->saved, ==, !left);
  g_assert_cmpuint (g_strv_length (item->sources), ==, left);
  g_assert_cmpint (item->last_us, ==, left ? row->at_us : 0);
  g_assert_cmpint (item->retained_until_us, ==, left ? UNTIL_US : 0);
  if (!row->cover)
    g_assert_cmpint (item->timing_s, ==, asked ? timings[MIN (row->trigger, PEN_N_TRIGGERS)] : 0);
}

static void
test_rows (void)
{
  static const char *const observers[] = { "home:h", "peer:h", "directory:h", "gateway:h", "web:h", "satellite:h" };

  for (guint o = 0; o < G_N_ELEMENTS (observers); o++)
    for (int kind = 0; kind <= PEN_N_KINDS; kind++)
      for (int trigger = 0; trigger <= PEN_N_TRIGGERS; trigger++)
        for (int status = 0; status <= PEN_N_ROW_STATUSES; status++)
          for (int bits = 0; bits < 4; bits++)
            {
              PenExposureRow row = plain_row ();

              row.kind = kind;
              row.trigger = trigger;
              row.status = status;
              row.attempts = bits & 1;
              row.cover = bits >> 1;
              row.observers = observers[o];
              check_one (&row, observers[o]);
            }
}

static void
test_people (void)
{
  PenExposureRow rows[] = { plain_row (), plain_row (), plain_row (), plain_row () };
  const PenExposureQuery query = query_of (30);
  g_autoptr (PenExposure) exposure = NULL;
  const PenExposureItem *item;

  rows[1].address = TEL;
  rows[1].observers = HOME_DIRECTORY;
  rows[1].source = "2001:db8::1";
  rows[2].cover = TRUE;
  rows[3].kind = PEN_KIND_DELIVERY;
  rows[3].address = BOB;
  exposure = expose (rows, G_N_ELEMENTS (rows), &query);
  item = find_item (exposure->total, HOME);
  g_assert_cmpuint (item->lookups, ==, 3);
  g_assert_cmpuint (item->people, ==, 2);
  g_assert_cmpstr (item->who[0], ==, TEL);
  g_assert_cmpstr (item->who[1], ==, ANN);
  g_assert_cmpuint (item->cover, ==, 1);
  g_assert_cmpuint (item->cover_people, ==, 0);
  g_assert_cmpstr (item->receivers[0], ==, BOB);
  g_assert_cmpstr (item->sources[0], ==, "192.0.2.1");
  g_assert_cmpstr (item->sources[1], ==, "2001:db8::1");
  g_assert_cmpuint (find_item (exposure->total, "directory:book.example")->people, ==, 1);
  g_assert_cmpuint (find_item (exposure->total, "peer:a.example")->lookups, ==, 2);
  g_assert_cmpstr (((PenExposureItem *) exposure->total->items->pdata[1])->observer, ==, "peer");
}

/* Hosts are asked about like people, and are nobody. */
static void
test_hosts (void)
{
  static const char *const hosts[] = { "xmpp:rooms.example", "xmpp:rooms.example/nick@x", "xmpp:[2001:db8::1]" };
  static const char *const people[] = { ANN, TEL, "xmpp:a%40b@rooms.example", "sms:12345", "xmpp:r@rooms.example/n" };
  PenExposureRow rows[2 * G_N_ELEMENTS (hosts) + G_N_ELEMENTS (people)];
  const PenExposureQuery query = query_of (30);
  g_autoptr (PenExposure) exposure = NULL;
  const PenExposureItem *item;
  guint n = 0;

  for (guint i = 0; i < 2 * G_N_ELEMENTS (hosts); i++, n++)
    {
      rows[n] = plain_row ();
      rows[n].address = hosts[i / 2];
      rows[n].kind = i % 2 == 0 ? PEN_KIND_DISCO : PEN_KIND_DELIVERY;
    }
  for (guint i = 0; i < G_N_ELEMENTS (people); i++, n++)
    {
      rows[n] = plain_row ();
      rows[n].address = people[i];
    }
  exposure = expose (rows, n, &query);
  item = find_item (exposure->total, HOME);
  g_assert_cmpuint (item->lookups, ==, G_N_ELEMENTS (hosts) + G_N_ELEMENTS (people));
  g_assert_cmpuint (item->people, ==, G_N_ELEMENTS (people));
  g_assert_cmpuint (g_strv_length (item->who), ==, G_N_ELEMENTS (people));
  g_assert_cmpuint (item->baseline.people, ==, G_N_ELEMENTS (people));
  g_assert_cmpuint (item->deliveries, ==, G_N_ELEMENTS (hosts));
  g_assert_cmpuint (item->delivery_people, ==, 0);
}

/* A wish that was put off tells nobody anything, and is what "typed" would have told. */
static void
test_put_off (void)
{
  PenExposureRow row = plain_row ();
  const PenExposureQuery query = query_of (30);
  g_autoptr (PenExposure) exposure = NULL;

  row.status = PEN_ROW_WITHHELD;
  row.attempts = 0;
  row.kind = PEN_KIND_DIRECTORY;
  row.address = TEL;
  row.observers = HOME_DIRECTORY;
  exposure = expose (&row, 1, &query);
  for (guint i = 0; i < exposure->total->items->len; i++)
    {
      const PenExposureItem *item = exposure->total->items->pdata[i];

      g_assert_cmpuint (item->lookups + item->people + item->deliveries + item->cover + item->rows->len, ==, 0);
      g_assert_cmpint (item->timing_s, ==, 0);
      g_assert_null (item->sources[0]);
      g_assert_cmpuint (item->saved, ==, 1);
      g_assert_cmpuint (item->baseline.lookups, ==, 1);
      g_assert_cmpuint (item->baseline.people, ==, 1);
      g_assert_cmpint (item->baseline.timing_s, ==, 1);
    }
  g_assert_cmpuint (exposure->total->items->len, ==, 2);
}

/* Timing of schedules */

typedef struct
{
  const char *name;
  const char *batches;
  gint64 seconds[6];
  guint period_s;
  gint64 timing_s;
} ScheduleCase;

static const ScheduleCase schedules[] = {
  { "hourly", "sweep:1 sweep:2 sweep:3", { 0, 3600, 7200 }, 0, 3600 },
  { "spread out, in one batch", "sweep:1 sweep:1 sweep:2 sweep:2", { 0, 40, 3600, 3700 }, 0, 3600 },
  { "a slot was missed", "sweep:1 sweep:3 sweep:4", { 0, 7200, 10800 }, 0, 3600 },
  { "two lanes with their own phases", "slot:1 fast:1 slot:2 fast:2", { 0, 1, 3600, 601 }, 0, 600 },
  { "one batch, nothing known", "sweep:1", { 0 }, 0, 0 },
  { "one batch, period known", "sweep:1", { 0 }, 900, 900 },
  { "no names", "- - -", { 0, 300, 600 }, 0, 300 },
  { "no lane", "1 2 3", { 0, 86400, 172800 }, 60, 86400 },
  { "same second", "1 2", { 5, 5 }, 0, 1 },
};

static void
test_schedule (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (schedules); i++)
    {
      const ScheduleCase *one = &schedules[i];
      g_auto (GStrv) batches = g_strsplit (one->batches, " ", -1);
      g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (PenExposureRow));
      g_autoptr (PenExposure) exposure = NULL;
      PenExposureQuery query = query_of (30);

      g_test_message ("%s", one->name);
      for (guint k = 0; batches[k] != NULL; k++)
        {
          PenExposureRow row = plain_row ();

          row.trigger = PEN_TRIGGER_SCHEDULE;
          row.batch = g_str_equal (batches[k], "-") ? NULL : batches[k];
          row.at_us = UNTIL_US - 5 * DAY_US + one->seconds[k] * SECOND_US;
          g_array_append_val (rows, row);
        }
      query.period_s = one->period_s;
      exposure = expose ((PenExposureRow *) (void *) rows->data, rows->len, &query);
      g_assert_cmpint (find_item (exposure->total, HOME)->timing_s, ==, one->timing_s);
      g_assert_cmpint (find_item (exposure->windows->pdata[0], HOME)->timing_s, ==, one->timing_s);
    }
}

/* One question at an act among scheduled ones gives its second away. */
static void
test_finest (void)
{
  PenExposureRow rows[] = { plain_row (), plain_row (), plain_row () };
  const PenExposureQuery query = query_of (30);
  g_autoptr (PenExposure) exposure = NULL;

  rows[0].trigger = rows[1].trigger = PEN_TRIGGER_SCHEDULE;
  rows[0].batch = "slot:1";
  rows[1].batch = "slot:2";
  rows[1].at_us += 600 * SECOND_US;
  rows[0].observers = rows[1].observers = HOME_DIRECTORY;
  rows[2].trigger = PEN_TRIGGER_MANUAL;
  exposure = expose (rows, G_N_ELEMENTS (rows), &query);
  g_assert_cmpint (find_item (exposure->total, "directory:book.example")->timing_s, ==, 600);
  g_assert_cmpint (find_item (exposure->total, HOME)->timing_s, ==, 1);
}

/* Windows */

typedef struct
{
  guint days;
  guint windows;
  gint64 oldest_days;
} ChainCase;

static const ChainCase chains[] = { { 0, 1, 1 },    { 1, 1, 1 },    { 30, 1, 30 },      { 31, 2, 1 },
                                    { 60, 2, 30 },  { 90, 3, 30 },  { 365, 13, 5 },     { 3660, 122, 30 },
                                    { 9999, 122, 30 } };

static void
test_chain (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (chains); i++)
    {
      const PenExposureQuery query = query_of (chains[i].days);
      g_autoptr (PenExposure) exposure = expose (NULL, 0, &query);
      const PenExposureWindow *window = exposure->windows->pdata[0];

      g_assert_cmpuint (exposure->windows->len, ==, chains[i].windows);
      g_assert_cmpint (window->until_us, ==, UNTIL_US);
      for (guint k = 1; k < exposure->windows->len; k++)
        {
          const PenExposureWindow *older = exposure->windows->pdata[k];

          g_assert_cmpint (older->until_us, ==, window->since_us);
          g_assert_cmpint (window->until_us - window->since_us, ==, 30 * DAY_US);
          window = older;
        }
      g_assert_cmpint (window->until_us - window->since_us, ==, chains[i].oldest_days * DAY_US);
      g_assert_cmpint (exposure->total->since_us, ==, window->since_us);
    }
}

typedef struct
{
  gint64 before_us;
  int window;
} EdgeCase;

static const EdgeCase edges[] = { { 1, 0 },                { 30 * DAY_US, 0 },      { 30 * DAY_US + 1, 1 },
                                  { 60 * DAY_US, 1 },      { 60 * DAY_US + 1, -1 }, { 0, -2 },
                                  { -DAY_US, -2 },         { UNTIL_US + DAY_US, -1 },
                                  { UNTIL_US - G_MAXINT64, -2 }, { UNTIL_US + (G_MAXINT64 - UNTIL_US), -1 } };

static void
test_edges (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (edges); i++)
    {
      const PenExposureQuery query = query_of (60);
      PenExposureRow row = plain_row ();
      g_autoptr (PenExposure) exposure = NULL;

      row.at_us = UNTIL_US - edges[i].before_us;
      exposure = expose (&row, 1, &query);
      g_assert_cmpuint (exposure->later, ==, edges[i].window == -2);
      for (int k = 0; k < 2; k++)
        g_assert_cmpuint (((PenExposureWindow *) exposure->windows->pdata[k])->items->len, ==,
                          edges[i].window == k ? 2 : 0);
    }
}

static void
test_filter (void)
{
  const PenExposureRow row = plain_row ();

  for (int observer = 0; observer < PEN_N_OBSERVERS; observer++)
    {
      PenExposureQuery query = query_of (30);
      g_autoptr (PenExposure) exposure = NULL;

      query.observer = observer;
      exposure = expose (&row, 1, &query);
      g_assert_cmpuint (exposure->total->items->len, ==, observer <= PEN_OBSERVER_PEER);
    }
}

/* The baseline. A line is: minutes, what, status: T typed, S send, C schedule, M by hand,
 * L library, K cover by schedule, m message; . answered, w withheld, d dropped. */

typedef struct
{
  const char *name;
  const char *rows;
  guint64 lookups;
  guint64 people;
  gint64 timing_s;
} BaselineCase;

static const BaselineCase baselines[] = {
  { "nothing", "", 0, 0, 0 },
  { "asked as typed", "0T.", 1, 1, 1 },
  { "asked twice", "0T. 1T.", 2, 1, 1 },
  { "never: withheld", "0Sw", 1, 1, 1 },
  { "never: withheld twice while fresh", "0Sw 119Sw", 1, 1, 1 },
  { "never: withheld again", "0Sw 120Sw", 2, 1, 1 },
  { "put off, asked by schedule, written", "0Sw 30C. 31m.", 1, 1, 1 },
  { "put off for long, then its message", "0Sw 500C. 501m.", 1, 1, 1 },
  { "put off for long, then its message and another", "0Sw 500m. 501m.", 2, 1, 1 },
  { "put off, then looked up by hand", "0Sw 10M. 11m.", 1, 1, 1 },
  { "put off, looked up by hand much later", "0Sw 120M.", 2, 1, 1 },
  { "entered, put off, and never written to", "0Tw 30C. 60C.", 1, 1, 1 },
  { "never: messages after", "0Sw 1m. 60m. 121m. 300m.", 3, 1, 1 },
  { "send: messages after a question", "0S. 1m. 300m.", 1, 1, 1 },
  { "schedule alone", "0C. 60C. 120C.", 0, 0, 0 },
  { "schedule and messages", "0C. 30m. 60C. 90m. 200m.", 2, 1, 1 },
  { "withheld schedule is no act", "0Cw", 0, 0, 0 },
  { "cover", "0K. 60K. 70m.", 0, 0, 0 },
  { "library is the same", "0L. 1L.", 2, 1, 1 },
  { "library was withheld", "0Lw", 1, 1, 1 },
  { "dropped", "0Td", 0, 0, 0 },
  { "messages alone had fresh answers", "0m. 500m.", 0, 0, 0 },
};

static PenExposureRow
parse_row (const char *text)
{
  static const char letters[] = "TSCLKM";
  static const int triggers[] = { PEN_TRIGGER_TYPED, PEN_TRIGGER_SEND, PEN_TRIGGER_SCHEDULE, PEN_TRIGGER_LIBRARY,
                                  PEN_TRIGGER_SCHEDULE, PEN_TRIGGER_MANUAL };
  char *rest;
  PenExposureRow row = plain_row ();
  const char *letter;

  row.at_us = UNTIL_US - DAY_US + g_ascii_strtoll (text, &rest, 10) * 60 * SECOND_US;
  letter = strchr (letters, rest[0]);
  row.kind = rest[0] == 'm' ? PEN_KIND_DELIVERY : PEN_KIND_DEVICE_LIST;
  row.trigger = letter != NULL ? triggers[letter - letters] : PEN_TRIGGER_SEND;
  row.cover = rest[0] == 'K';
  row.status = rest[1] == 'w' ? PEN_ROW_WITHHELD : rest[1] == 'd' ? PEN_ROW_DROPPED : PEN_ROW_ANSWERED;
  row.attempts = row.status == PEN_ROW_ANSWERED;
  return row;
}

static void
test_baseline (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (baselines); i++)
    {
      g_auto (GStrv) texts = g_strsplit (baselines[i].rows, " ", -1);
      PenExposureTally *tally;
      g_autoptr (PenExposure) exposure = NULL;
      const PenExposureQuery query = query_of (30);
      const PenExposureItem *item;

      g_test_message ("%s", baselines[i].name);
      tally = pen_exposure_begin (&query);
      for (guint k = 0; texts[k] != NULL; k++)
        {
          PenExposureRow row = parse_row (texts[k]);

          if (*texts[k] != '\0')
            pen_exposure_add (tally, &row);
        }
      exposure = pen_exposure_finish (tally);
      item = find_item (exposure->total, "peer:a.example");
      g_assert_cmpuint (item != NULL ? item->baseline.lookups : 0, ==, baselines[i].lookups);
      g_assert_cmpuint (item != NULL ? item->baseline.people : 0, ==, baselines[i].people);
      g_assert_cmpint (item != NULL ? item->baseline.timing_s : 0, ==, baselines[i].timing_s);
    }
}

/* Under "typed" itself nothing is saved and nothing more would have been asked. */
static void
test_baseline_of_typed (void)
{
  PenExposureRow rows[40];
  const PenExposureQuery query = query_of (30);
  g_autoptr (PenExposure) exposure = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      rows[i] = plain_row ();
      rows[i].at_us -= i * HOUR_US;
      rows[i].trigger = i % 4 == 0 ? PEN_TRIGGER_OPENED : i % 4 == 1 ? PEN_TRIGGER_TYPED : PEN_TRIGGER_SEND;
      rows[i].kind = i % 4 == 3 ? PEN_KIND_DELIVERY : i % 3 == 0 ? PEN_KIND_DIRECTORY : PEN_KIND_DEVICE_LIST;
      rows[i].address = i % 2 == 0 ? ANN : BOB;
    }
  exposure = expose (rows, G_N_ELEMENTS (rows), &query);
  for (guint i = 0; i < exposure->total->items->len; i++)
    {
      const PenExposureItem *item = exposure->total->items->pdata[i];

      g_assert_cmpuint (item->lookups, ==, 30);
      g_assert_cmpuint (item->baseline.lookups, ==, item->lookups);
      g_assert_cmpuint (item->baseline.people, ==, item->people);
      g_assert_cmpint (item->baseline.timing_s, ==, item->timing_s);
    }
}

/* Hostile rows */

static void
test_hostile (void)
{
  static const char *const observers[] = { "", " ", ":", "home", "home:", ":x", " home:x home:x", "home:x home:x",
                                          "home:x:y",
                                           "\xff:\xfe", "a:b c:d e:f g:h i:j" };

  for (guint i = 0; i < G_N_ELEMENTS (observers); i++)
    for (int extreme = 0; extreme < 4; extreme++)
      {
        PenExposureQuery query = query_of (extreme % 2 == 0 ? 30 : G_MAXUINT);
        PenExposureRow row = plain_row ();
        g_autoptr (PenExposure) exposure = NULL;

        query.until_us = extreme < 2 ? G_MAXINT64 : G_MININT64;
        query.fresh_s = G_MAXUINT;
        row.at_us = extreme < 2 ? G_MAXINT64 / 4 - 1 : G_MININT64 / 4 - 1;
        row.kind = row.trigger = row.status = extreme % 2 == 0 ? G_MAXINT : G_MININT;
        row.attempts = -1;
        row.observers = i > 0 ? observers[i] : NULL;
        row.address = i % 2 == 0 ? NULL : "\xff\xfe";
        row.source = "";
        row.batch = ":::";
        exposure = expose (&row, 1, &query);
        for (guint k = 0; k < exposure->total->items->len; k++)
          g_assert_cmpuint (((PenExposureItem *) exposure->total->items->pdata[k])->lookups, ==, 1);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/exposure/rows", test_rows);
  g_test_add_func ("/exposure/people", test_people);
  g_test_add_func ("/exposure/hosts", test_hosts);
  g_test_add_func ("/exposure/put-off", test_put_off);
  g_test_add_func ("/exposure/schedule", test_schedule);
  g_test_add_func ("/exposure/finest", test_finest);
  g_test_add_func ("/exposure/chain", test_chain);
  g_test_add_func ("/exposure/edges", test_edges);
  g_test_add_func ("/exposure/filter", test_filter);
  g_test_add_func ("/exposure/baseline", test_baseline);
  g_test_add_func ("/exposure/baseline-of-typed", test_baseline_of_typed);
  g_test_add_func ("/exposure/hostile", test_hostile);
  return g_test_run ();
}
