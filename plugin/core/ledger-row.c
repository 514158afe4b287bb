/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* One row as a value: its life, its observers as one text, its columns, and
 * its shape as a JSON object. */

#include <string.h>

#include "ledger-private.h"
#include "penregister/ledger-json.h"

/* A host name that is longer is no host name (RFC 7622, section 3.2). */
#define MAX_HOST_BYTES 1023

void
pen_ledger_row_free (PenLedgerRow *row)
{
  if (row == NULL)
    return;
  for (guint i = 0; i < row->n_observers; i++)
    g_free (row->observers[i].host);
  g_free (row->account);
  g_free (row->address);
  g_free (row->source);
  g_free (row->stanza);
  g_free (row->result);
  g_free (row->batch);
  g_free (row->rule);
  g_free (row);
}

void
pen_ledger_row_observe (PenLedgerRow *row, PenObserver observer, const char *host)
{
  g_return_if_fail ((guint) observer < PEN_N_OBSERVERS);

  if (row->n_observers == PEN_LEDGER_MAX_OBSERVERS)
    return;
  row->observers[row->n_observers].observer = observer;
  row->observers[row->n_observers].host = g_strdup (host == NULL ? "" : host);
  row->n_observers++;
}

/* The texts of observers are separated by spaces, and a host comes from the wire. */
static char *
clean_host (const char *host)
{
  g_autofree char *cut = g_strndup (host, MAX_HOST_BYTES);
  char *valid = g_utf8_make_valid (cut, -1);

  for (char *c = valid; *c != '\0'; c++)
    if ((guchar) *c <= ' ' || *c == 0x7f)
      *c = '_';
  return valid;
}

char *
pen_ledger_observers_to_text (const PenLedgerRow *row)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < row->n_observers; i++)
    {
      g_autofree char *host = clean_host (row->observers[i].host);

      if (i > 0)
        g_string_append_c (text, ' ');
      g_string_append_printf (text, "%s:%s", pen_observer_to_string (row->observers[i].observer), host);
    }
  return g_string_free (text, FALSE);
}

int
pen_ledger_observer_bits (const PenLedgerRow *row)
{
  int bits = 0;

  for (guint i = 0; i < row->n_observers; i++)
    bits |= 1 << row->observers[i].observer;
  return bits;
}

static void
read_observers (PenLedgerRow *row, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text == NULL ? "" : text, " ", PEN_LEDGER_MAX_OBSERVERS);

  for (guint i = 0; words[i] != NULL; i++)
    {
      char *colon = strchr (words[i], ':');
      PenObserver observer;

      if (colon == NULL)
        continue;
      *colon = '\0';
      if (pen_observer_from_string (words[i], &observer))
        pen_ledger_row_observe (row, observer, colon + 1);
    }
}

/* The file may have been changed by hand: a number outside the list must not reach a table of words. */
static int
read_member (sqlite3_stmt *statement, int column, int n_members, int otherwise)
{
  int value = sqlite3_column_int (statement, column);

  return value >= 0 && value < n_members ? value : otherwise;
}

PenLedgerRow *
pen_ledger_row_read (sqlite3_stmt *statement)
{
  PenLedgerRow *row = g_new0 (PenLedgerRow, 1);

  row->row = sqlite3_column_int64 (statement, 0);
  row->at_us = sqlite3_column_int64 (statement, 1);
  row->account = pen_database_column_text (statement, 2);
  row->kind = (PenKind) read_member (statement, 3, PEN_N_KINDS, PEN_KIND_OTHER);
  row->address = pen_database_column_text (statement, 4);
  row->cover = sqlite3_column_int (statement, 5) != 0;
  row->trigger = (PenTrigger) read_member (statement, 6, PEN_N_TRIGGERS, PEN_TRIGGER_LIBRARY);
  read_observers (row, (const char *) sqlite3_column_text (statement, 7));
  row->source = pen_database_column_text (statement, 8);
  row->stanza = pen_database_column_text (statement, 9);
  row->attempts = sqlite3_column_int (statement, 10);
  row->bytes_out = sqlite3_column_int64 (statement, 11);
  row->bytes_in = sqlite3_column_int64 (statement, 12);
  row->status = (PenRowStatus) read_member (statement, 13, PEN_N_ROW_STATUSES, PEN_ROW_UNKNOWN);
  row->answered_at_us = sqlite3_column_int64 (statement, 14);
  row->result = pen_database_column_text (statement, 15);
  row->batch = pen_database_column_text (statement, 16);
  row->disclosed = (PenDisclosed) read_member (statement, 17, PEN_N_DISCLOSED, PEN_DISCLOSED_CLEAR);
  row->rule = pen_database_column_text (statement, 18);
  row->retained_until_us = sqlite3_column_int64 (statement, 19);
  return row;
}

char *
pen_ledger_time_to_text (gint64 at_us)
{
  gint64 seconds = at_us / G_USEC_PER_SEC;
  gint64 rest_us = at_us % G_USEC_PER_SEC;
  g_autoptr (GDateTime) time = NULL;
  g_autofree char *text = NULL;

  if (at_us == 0)
    return NULL;
  if (rest_us < 0)
    {
      rest_us += G_USEC_PER_SEC;
      seconds--;
    }
  time = g_date_time_new_from_unix_utc (seconds);
  if (time == NULL)
    return NULL;
  text = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf ("%s.%06dZ", text, (int) rest_us);
}

static void
set_text (JsonObject *object, const char *member, const char *text)
{
  if (text == NULL)
    json_object_set_null_member (object, member);
  else
    json_object_set_string_member (object, member, text);
}

static void
set_time (JsonObject *object, const char *member, gint64 at_us)
{
  g_autofree char *text = pen_ledger_time_to_text (at_us);

  set_text (object, member, text);
}

static JsonArray *
observers_to_json (const PenLedgerRow *row)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < row->n_observers; i++)
    {
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "observer", pen_observer_to_string (row->observers[i].observer));
      json_object_set_string_member (object, "host", row->observers[i].host);
      json_array_add_object_element (array, object);
    }
  return array;
}

JsonObject *
pen_ledger_row_to_json (const PenLedgerRow *row)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "row", row->row);
  set_time (object, "at", row->at_us);
  set_text (object, "account", row->account);
  set_text (object, "kind", pen_kind_to_string (row->kind));
  set_text (object, "address", row->address);
  json_object_set_boolean_member (object, "cover", row->cover);
  set_text (object, "trigger", pen_trigger_to_string (row->trigger));
  json_object_set_array_member (object, "observers", observers_to_json (row));
  set_text (object, "source", row->source);
  set_text (object, "stanza", row->stanza);
  json_object_set_int_member (object, "attempts", row->attempts);
  json_object_set_int_member (object, "bytes_out", row->bytes_out);
  json_object_set_int_member (object, "bytes_in", row->bytes_in);
  set_text (object, "status", pen_row_status_to_string (row->status));
  set_time (object, "answered_at", row->answered_at_us);
  set_text (object, "result", row->result);
  set_text (object, "batch", row->batch);
  set_text (object, "disclosed", pen_disclosed_to_string (row->disclosed));
  set_text (object, "rule", row->rule);
  set_time (object, "retained_until", row->retained_until_us);
  return object;
}
