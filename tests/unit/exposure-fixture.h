/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

/* Rows for exposure, and finding one observer in the result. */

#include <string.h>

#include "exposure-private.h"
#include "penregister/exposure.h"

#define SECOND_US (G_GINT64_CONSTANT (1000000))
#define HOUR_US (G_GINT64_CONSTANT (3600) * SECOND_US)
#define DAY_US PEN_EXPOSURE_DAY_US
#define UNTIL_US (G_GINT64_CONSTANT (1767225600000000))
#define FRESH_S 7200

#define ANN "xmpp:ann@a.example"
#define BOB "xmpp:bob@b.example"
#define TEL "tel:+15551234567"
#define HOME "home:home.example"
#define HOME_PEER_A HOME " peer:a.example"
#define HOME_DIRECTORY HOME " directory:book.example"

static inline PenExposureQuery
query_of (guint days)
{
  return (PenExposureQuery) { .observer = -1, .until_us = UNTIL_US, .days = days, .fresh_s = FRESH_S };
}

/* A device list asked about Ann at a send, an hour ago, with an answer. */
static inline PenExposureRow
plain_row (void)
{
  return (PenExposureRow) { .row = 1, .at_us = UNTIL_US - HOUR_US, .kind = PEN_KIND_DEVICE_LIST,
                            .trigger = PEN_TRIGGER_SEND, .status = PEN_ROW_ANSWERED, .attempts = 1, .address = ANN,
                            .observers = HOME_PEER_A, .source = "192.0.2.1", .retained_until_us = UNTIL_US };
}

static inline PenExposure *
expose (const PenExposureRow *rows, gsize n, const PenExposureQuery *query)
{
  PenExposureTally *tally = pen_exposure_begin (query);

  for (gsize i = 0; i < n; i++)
    pen_exposure_add (tally, &rows[i]);
  return pen_exposure_finish (tally);
}

static inline const PenExposureItem *
find_item (const PenExposureWindow *window, const char *text)
{
  for (guint i = 0; i < window->items->len; i++)
    {
      const PenExposureItem *item = window->items->pdata[i];
      g_autofree char *name = g_strdup_printf ("%s:%s", item->observer, item->host);

      if (g_str_equal (name, text))
        return item;
    }
  return NULL;
}
