/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The same result by a model that follows the words of the header with loops
 * over all rows and nothing clever, on random ledgers. */

#include "exposure-fixture.h"

#define GAMES 300
#define MAX_ROWS 60
#define DAYS 75

static const char *const addresses[] = { ANN, BOB, TEL, "xmpp:eve@a.example", "xmpp:rooms.example" };
static const char *const lists[] = { HOME, HOME_PEER_A, HOME_DIRECTORY, HOME " peer:b.example",
                                     HOME " gateway:sms.example", "web:files.example", "" };
static const char *const places[] = { HOME, "peer:a.example", "directory:book.example", "peer:b.example",
                                      "gateway:sms.example", "web:files.example" };
static const char *const sources[] = { NULL, "192.0.2.1", "192.0.2.2" };

static PenExposureRow
draw_row (GRand *dice, gint64 number)
{
  gint64 span_us = (DAYS + 5) * DAY_US;
  int status = g_rand_int_range (dice, 0, PEN_N_ROW_STATUSES);

  return (PenExposureRow) {
    .row = number,
    .at_us = UNTIL_US + DAY_US - (g_rand_boolean (dice) ? (gint64) (g_rand_double (dice) * (double) span_us)
                                                        : DAY_US + g_rand_int_range (dice, 1, 600) * 60 * SECOND_US),
    .kind = g_rand_boolean (dice) ? PEN_KIND_DEVICE_LIST : g_rand_int_range (dice, 0, PEN_N_KINDS),
    .trigger = g_rand_int_range (dice, 0, PEN_N_TRIGGERS),
    .status = status,
    .attempts = g_rand_int_range (dice, 0, 2),
    .cover = g_rand_int_range (dice, 0, 6) == 0,
    .address = addresses[g_rand_int_range (dice, 0, G_N_ELEMENTS (addresses))],
    .observers = lists[g_rand_int_range (dice, 0, G_N_ELEMENTS (lists))],
    .source = sources[g_rand_int_range (dice, 0, G_N_ELEMENTS (sources))],
    .batch = g_rand_boolean (dice) ? "slot:1" : g_rand_boolean (dice) ? "slot:2" : "fast:1",
    .retained_until_us = UNTIL_US + g_rand_int_range (dice, 0, 1000),
  };
}

/* The words of the header, one function each. */

static gboolean
in (const PenExposureRow *row, const PenExposureWindow *window)
{
  return row->at_us >= window->since_us && row->at_us < window->until_us;
}

static gboolean
names (const PenExposureRow *row, const char *place)
{
  g_auto (GStrv) words = g_strsplit (row->observers, " ", -1);

  return g_strv_contains ((const char *const *) words, place);
}

static gboolean
left (const PenExposureRow *row)
{
  return row->attempts > 0 || (row->status != PEN_ROW_WITHHELD && row->status != PEN_ROW_DROPPED);
}

static gboolean
withheld (const PenExposureRow *row)
{
  return !left (row) && row->status == PEN_ROW_WITHHELD;
}

static gboolean
asks (const PenExposureRow *row)
{
  return row->kind != PEN_KIND_DELIVERY;
}

static gboolean
reaches (const PenExposureRow *row)
{
  return (row->kind == PEN_KIND_DEVICE_LIST || row->kind == PEN_KIND_DIRECTORY) && !row->cover
         && (left (row) || withheld (row));
}

static gboolean
acts (const PenExposureRow *row)
{
  return row->trigger == PEN_TRIGGER_TYPED || row->trigger == PEN_TRIGGER_OPENED || row->trigger == PEN_TRIGGER_SEND
         || row->trigger == PEN_TRIGGER_MANUAL;
}

/* By 1 of the header. */
static gboolean
same_when_typed (const PenExposureRow *row)
{
  return asks (row) && !row->cover && row->trigger != PEN_TRIGGER_SCHEDULE
         && (left (row) || (withheld (row) && !(reaches (row) && acts (row))));
}

typedef struct
{
  const PenExposureRow *rows;
  guint n;
  PenExposureWindow span;
} Model;

static gboolean
is_quiet (const Model *model, const char *address)
{
  for (guint i = 0; i < model->n; i++)
    {
      const PenExposureRow *row = &model->rows[i];

      if (in (row, &model->span) && g_str_equal (row->address, address) && reaches (row)
          && (withheld (row) || row->trigger == PEN_TRIGGER_SCHEDULE))
        return TRUE;
    }
  return FALSE;
}

static gboolean
would_ask (const Model *model, const char *address, const char *place)
{
  for (guint i = 0; i < model->n; i++)
    {
      const PenExposureRow *row = &model->rows[i];

      if (in (row, &model->span) && g_str_equal (row->address, address) && reaches (row) && names (row, place))
        return TRUE;
    }
  return FALSE;
}

/* 0 for no act, 1 for one that was asked about in fact, 2 withheld, 3 a delivery */
static int
act_of (const PenExposureRow *row)
{
  if (reaches (row) && acts (row))
    return left (row) ? 1 : 2;
  return !asks (row) && left (row) && !row->cover ? 3 : 0;
}

static gboolean
comes_before (const PenExposureRow *a, const PenExposureRow *b)
{
  return a->at_us != b->at_us ? a->at_us < b->at_us
         : act_of (a) != act_of (b) ? act_of (a) < act_of (b) : a->row < b->row;
}

static const PenExposureRow *
act_after (const Model *model, const char *address, const PenExposureRow *done)
{
  const PenExposureRow *next = NULL;

  for (guint i = 0; i < model->n; i++)
    {
      const PenExposureRow *row = &model->rows[i];

      if (in (row, &model->span) && g_str_equal (row->address, address) && act_of (row) != 0
          && (done == NULL || comes_before (done, row)) && (next == NULL || comes_before (row, next)))
        next = row;
    }
  return next;
}

/* Put off, and asked in fact while the answer would have been fresh. */
static gboolean
is_asked_soon (const Model *model, const PenExposureRow *put_off)
{
  for (guint i = 0; i < model->n; i++)
    {
      const PenExposureRow *row = &model->rows[i];

      if (in (row, &model->span) && g_str_equal (row->address, put_off->address) && act_of (row) == 1
          && comes_before (put_off, row) && row->at_us - put_off->at_us < FRESH_S * SECOND_US)
        return TRUE;
    }
  return FALSE;
}

/* By 2 and 3: goes through the acts about one person, the earliest first. */
static guint
count_added (const Model *model, const char *address, const PenExposureWindow *window)
{
  const PenExposureRow *done = NULL;
  const PenExposureRow *asked = NULL;
  guint added = 0;

  for (;;)
    {
      const PenExposureRow *next = act_after (model, address, done);
      gboolean waited = next != NULL && act_of (next) == 3 && done != NULL && act_of (done) == 2;

      if (next == NULL)
        return added;
      done = next;
      if (act_of (next) != 1 && asked != NULL && next->at_us - asked->at_us < FRESH_S * SECOND_US)
        continue;
      if (waited || (act_of (next) == 2 && is_asked_soon (model, next)))
        continue;
      added += act_of (next) != 1 && in (next, window);
      asked = next;
    }
}

/* What one observer holds in one window. */
typedef struct
{
  guint64 lookups;
  guint64 cover;
  guint64 deliveries;
  guint64 saved;
  guint64 baseline;
  guint64 people;
  guint64 cover_people;
  guint64 receivers;
  guint64 baseline_people;
} Holding;

static void
hold_rows (const Model *model, const PenExposureWindow *window, const char *place, Holding *held)
{
  for (guint i = 0; i < model->n; i++)
    {
      const PenExposureRow *row = &model->rows[i];

      if (!in (row, window) || !names (row, place))
        continue;
      held->lookups += left (row) && asks (row);
      held->cover += left (row) && asks (row) && row->cover;
      held->deliveries += left (row) && !asks (row);
      held->saved += !left (row);
      held->baseline += same_when_typed (row);
    }
}

static void
hold_person (const Model *model, const PenExposureWindow *window, const char *place, const char *address,
             Holding *held)
{
  gboolean asked = FALSE;
  gboolean covered = FALSE;
  gboolean written = FALSE;
  gboolean typed = FALSE;
  guint added = is_quiet (model, address) && would_ask (model, address, place)
    ? count_added (model, address, window) : 0;

  for (guint i = 0; i < model->n; i++)
    {
      const PenExposureRow *row = &model->rows[i];

      if (!in (row, window) || !names (row, place) || !g_str_equal (row->address, address))
        continue;
      asked |= left (row) && asks (row) && !row->cover;
      covered |= left (row) && asks (row) && row->cover;
      written |= left (row) && !asks (row);
      typed |= same_when_typed (row);
    }
  held->baseline += added;
  if (strchr (address, '@') == NULL && g_str_has_prefix (address, "xmpp:"))
    return;
  held->people += asked;
  held->cover_people += covered && !asked;
  held->receivers += written;
  held->baseline_people += typed || added > 0;
}

static void
compare (const Model *model, const PenExposureWindow *window, const char *place)
{
  static const PenExposureItem nothing = { 0 };
  const PenExposureItem *item = find_item (window, place);
  Holding held = { 0 };

  if (item == NULL)
    item = &nothing;
  hold_rows (model, window, place, &held);
  for (guint a = 0; a < G_N_ELEMENTS (addresses); a++)
    hold_person (model, window, place, addresses[a], &held);
  g_assert_cmpuint (item->lookups, ==, held.lookups);
  g_assert_cmpuint (item->cover, ==, held.cover);
  g_assert_cmpuint (item->deliveries, ==, held.deliveries);
  g_assert_cmpuint (item->saved, ==, held.saved);
  g_assert_cmpuint (item->baseline.lookups, ==, held.baseline);
  g_assert_cmpuint (item->people, ==, held.people);
  g_assert_cmpuint (item->cover_people, ==, held.cover_people);
  g_assert_cmpuint (item->delivery_people, ==, held.receivers);
  g_assert_cmpuint (item->baseline.people, ==, held.baseline_people);
}

static void
test_model (void)
{
  g_autoptr (GRand) dice = g_rand_new_with_seed (20260131);
  const PenExposureQuery query = query_of (DAYS);

  for (int game = 0; game < GAMES; game++)
    {
      PenExposureRow rows[MAX_ROWS];
      guint n = (guint) g_rand_int_range (dice, 0, MAX_ROWS);
      g_autoptr (PenExposure) exposure = NULL;
      Model model = { rows, n, { UNTIL_US - DAYS * DAY_US, UNTIL_US, NULL } };

      g_test_message ("game %d", game);
      for (guint i = 0; i < n; i++)
        rows[i] = draw_row (dice, i + 1);
      exposure = expose (rows, n, &query);
      for (guint p = 0; p < G_N_ELEMENTS (places); p++)
        {
          compare (&model, exposure->total, places[p]);
          for (guint w = 0; w < exposure->windows->len; w++)
            compare (&model, exposure->windows->pdata[w], places[p]);
        }
    }
}

/* Order: the same rows backwards and in between say the same. */

static char *
say (const PenExposure *exposure)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < exposure->total->items->len; i++)
    {
      const PenExposureItem *item = exposure->total->items->pdata[i];
      g_autofree char *who = g_strjoinv (" ", item->who);
      g_autofree char *from = g_strjoinv (" ", item->sources);

      g_string_append_printf (text, "%s:%s %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT
                              " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " [%s] [%s]\n",
                              item->observer, item->host, item->lookups, item->timing_s, item->baseline.lookups,
                              item->first_us, item->last_us, who, from);
    }
  return g_string_free (text, FALSE);
}

static void
test_order (void)
{
  g_autoptr (GRand) dice = g_rand_new_with_seed (7);
  const PenExposureQuery query = query_of (DAYS);

  for (int game = 0; game < GAMES; game++)
    {
      PenExposureRow rows[MAX_ROWS];
      PenExposureRow mixed[MAX_ROWS];
      g_autoptr (PenExposure) one = NULL;
      g_autoptr (PenExposure) other = NULL;
      g_autofree char *said = NULL;
      g_autofree char *said_too = NULL;

      for (guint i = 0; i < MAX_ROWS; i++)
        rows[i] = draw_row (dice, i + 1);
      for (guint i = 0; i < MAX_ROWS; i++)
        mixed[i] = rows[(i * 37 + 11) % MAX_ROWS];
      one = expose (rows, MAX_ROWS, &query);
      other = expose (mixed, MAX_ROWS, &query);
      said = say (one);
      said_too = say (other);
      g_assert_cmpstr (said, ==, said_too);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/exposure-model/model", test_model);
  g_test_add_func ("/exposure-model/order", test_order);
  return g_test_run ();
}
