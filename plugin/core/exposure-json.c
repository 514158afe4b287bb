/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* A report as a JSON object: how harness and export show it. */

#include "ledger-private.h"
#include "penregister/exposure-json.h"

static void
set_time (JsonObject *object, const char *member, gint64 at_us)
{
  g_autofree char *text = pen_ledger_time_to_text (at_us);

  if (text == NULL)
    json_object_set_null_member (object, member);
  else
    json_object_set_string_member (object, member, text);
}

static void
set_timing (JsonObject *object, gint64 timing_s)
{
  if (timing_s == 0)
    json_object_set_null_member (object, "timing_s");
  else
    json_object_set_int_member (object, "timing_s", timing_s);
}

static void
set_count (JsonObject *object, const char *member, guint64 count)
{
  json_object_set_int_member (object, member, (gint64) count);
}

/* The file may have been changed by hand. */
static void
set_text (JsonObject *object, const char *member, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  json_object_set_string_member (object, member, valid);
}

static void
set_texts (JsonObject *object, const char *member, char **texts)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; texts[i] != NULL; i++)
    {
      g_autofree char *valid = g_utf8_make_valid (texts[i], -1);

      json_array_add_string_element (array, valid);
    }
  json_object_set_array_member (object, member, array);
}

static JsonObject *
baseline_to_json (const PenExposureItem *item)
{
  JsonObject *object = json_object_new ();

  set_count (object, "lookups", item->baseline.lookups);
  set_count (object, "people", item->baseline.people);
  set_timing (object, item->baseline.timing_s);
  set_count (object, "deliveries", item->deliveries);
  set_count (object, "delivery_people", item->delivery_people);
  return object;
}

JsonObject *
pen_exposure_item_to_json (const PenExposureItem *item)
{
  JsonObject *object = json_object_new ();

  set_text (object, "observer", item->observer);
  set_text (object, "host", item->host);
  set_count (object, "lookups", item->lookups);
  set_count (object, "people", item->people);
  set_count (object, "cover", item->cover);
  set_count (object, "cover_people", item->cover_people);
  set_timing (object, item->timing_s);
  set_texts (object, "sources", item->sources);
  set_count (object, "deliveries", item->deliveries);
  set_count (object, "delivery_people", item->delivery_people);
  set_count (object, "saved", item->saved);
  set_time (object, "first", item->first_us);
  set_time (object, "last", item->last_us);
  set_time (object, "retained_until", item->retained_until_us);
  set_texts (object, "who", item->who);
  set_texts (object, "receivers", item->receivers);
  json_object_set_object_member (object, "baseline", baseline_to_json (item));
  return object;
}

static void
set_window (JsonObject *object, const PenExposureWindow *window)
{
  JsonArray *observers = json_array_sized_new (window->items->len);

  set_time (object, "from", window->since_us);
  set_time (object, "until", window->until_us);
  for (guint i = 0; i < window->items->len; i++)
    json_array_add_object_element (observers, pen_exposure_item_to_json (window->items->pdata[i]));
  json_object_set_array_member (object, "observers", observers);
}

JsonObject *
pen_exposure_to_json (const PenExposure *exposure)
{
  JsonObject *object = json_object_new ();
  JsonArray *windows = json_array_sized_new (exposure->windows->len);

  set_window (object, exposure->total);
  for (guint i = 0; i < exposure->windows->len; i++)
    {
      JsonObject *window = json_object_new ();

      set_window (window, exposure->windows->pdata[i]);
      json_array_add_object_element (windows, window);
    }
  json_object_set_array_member (object, "windows", windows);
  set_count (object, "later", exposure->later);
  return object;
}
