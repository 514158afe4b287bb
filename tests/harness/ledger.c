/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The ledger: asking, exporting, purging. */

#include "harness.h"

#include "penregister/ledger-json.h"

#define DEFAULT_LIMIT 100
#define MAX_LIMIT 1000000

JsonObject *
harness_row_describe (gint64 number)
{
  const PenPane *pane = harness_get ()->pane;
  g_autoptr (PenLedgerRow) row = pane != NULL ? pane->get (number, NULL) : NULL;

  return row != NULL ? pen_ledger_row_to_json (row) : NULL;
}

typedef gboolean (*WordFunc) (const char *word, int *value);

#define DEFINE_WORD(name, Type)                                              \
  static gboolean name##_word (const char *word, int *value)                 \
  {                                                                          \
    Type found;                                                              \
    if (!pen_##name##_from_string (word, &found))                            \
      return FALSE;                                                          \
    *value = (int) found;                                                    \
    return TRUE;                                                             \
  }

DEFINE_WORD (kind, PenKind)
DEFINE_WORD (trigger, PenTrigger)
DEFINE_WORD (row_status, PenRowStatus)
DEFINE_WORD (observer, PenObserver)

static gboolean
take_word (HarnessCall *call, const char *name, WordFunc parse, int *value)
{
  const char *word;

  if (!harness_call_text (call, name, FALSE, &word))
    return FALSE;
  if (word == NULL || parse (word, value))
    return TRUE;
  harness_fail (call, "bad_request", "“%s” is not a word for “%s”.", word, name);
  return FALSE;
}

static gboolean
take_time (HarnessCall *call, const char *name, gboolean needed, gint64 *at_us)
{
  const char *text;

  if (!harness_call_text (call, name, needed, &text))
    return FALSE;
  if (text == NULL || harness_time_from_text (text, at_us))
    return TRUE;
  harness_fail (call, "bad_request", "The member “%s” must be a time such as 2026-01-31T12:00:00Z.", name);
  return FALSE;
}

static gboolean
take_cover (HarnessCall *call, int *cover)
{
  JsonNode *node = json_object_get_member (call->args, "cover");

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    {
      harness_fail (call, "bad_request", "The member “cover” must be true or false.");
      return FALSE;
    }
  *cover = json_node_get_boolean (node) ? 1 : 0;
  return TRUE;
}

/* @bare: (out) (transfer full): owns the account's name in the filter */
static gboolean
take_filter (HarnessCall *call, PenLedgerFilter *filter, char **bare)
{
  PurpleAccount *account;

  if (!harness_call_text (call, "account", FALSE, &filter->account)
      || !harness_call_text (call, "address", FALSE, &filter->address)
      || !harness_call_text (call, "text", FALSE, &filter->text) || !take_word (call, "kind", kind_word, &filter->kind)
      || !take_word (call, "trigger", trigger_word, &filter->trigger)
      || !take_word (call, "status", row_status_word, &filter->status)
      || !take_word (call, "observer", observer_word, &filter->observer)
      || !take_time (call, "since", FALSE, &filter->since_us) || !take_time (call, "until", FALSE, &filter->until_us)
      || !take_cover (call, &filter->cover))
    return FALSE;
  account = filter->account != NULL ? harness_account_find (filter->account) : NULL;
  if (account != NULL)
    filter->account = *bare = harness_account_bare (account);
  return TRUE;
}

static void
reply_rows (HarnessCall *call, GPtrArray *rows, gint64 total)
{
  JsonObject *members = json_object_new ();
  JsonArray *array = json_array_sized_new (rows->len);

  for (guint i = 0; i < rows->len; i++)
    json_array_add_object_element (array, pen_ledger_row_to_json (rows->pdata[i]));
  json_object_set_int_member (members, "total", total);
  json_object_set_array_member (members, "rows", array);
  harness_reply (call, members);
}

static void
run_ledger (HarnessCall *call)
{
  const PenPane *pane = harness_call_pane (call);
  PenLedgerFilter filter = PEN_LEDGER_FILTER_ALL;
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *bare = NULL;
  gint64 limit;
  gint64 offset;
  gint64 total;

  if (pane == NULL || !take_filter (call, &filter, &bare)
      || !harness_call_integer (call, "limit", DEFAULT_LIMIT, &limit)
      || !harness_call_integer (call, "offset", 0, &offset))
    return;
  if (limit > MAX_LIMIT || offset > G_MAXUINT)
    {
      harness_fail (call, "bad_request", "The member “limit” may be %d at most.", MAX_LIMIT);
      return;
    }
  total = pane->count (&filter, &error);
  if (total >= 0)
    rows = pane->rows (&filter, (guint) limit, (guint) offset, &error);
  if (rows != NULL)
    reply_rows (call, rows, total);
  else
    harness_fail_error (call, error);
}

static void
reply_count (HarnessCall *call, const char *name, gint64 count, const GError *error)
{
  JsonObject *members;

  if (count < 0)
    {
      harness_fail_error (call, error);
      return;
    }
  members = json_object_new ();
  json_object_set_int_member (members, name, count);
  harness_reply (call, members);
}

static void
run_ledger_export (HarnessCall *call)
{
  const PenPane *pane = harness_call_pane (call);
  PenLedgerFilter filter = PEN_LEDGER_FILTER_ALL;
  g_autoptr (GError) error = NULL;
  g_autofree char *bare = NULL;
  const char *format;
  const char *path;

  if (pane == NULL || !harness_call_text (call, "path", TRUE, &path)
      || !harness_call_text (call, "format", TRUE, &format) || !take_filter (call, &filter, &bare))
    return;
  if (!g_str_equal (format, "csv") && !g_str_equal (format, "json"))
    harness_fail (call, "bad_request", "The format must be csv or json.");
  else
    {
      gint64 written = pane->export_rows (&filter, path, format, &error);

      reply_count (call, "written", written, error);
    }
}

static void
run_ledger_purge (HarnessCall *call)
{
  const PenPane *pane = harness_call_pane (call);
  g_autoptr (GError) error = NULL;
  gint64 before_us;
  gint64 removed;

  if (pane == NULL || !take_time (call, "before", TRUE, &before_us))
    return;
  removed = pane->purge (before_us, &error);
  reply_count (call, "removed", removed, error);
}

const HarnessCommand harness_ledger_commands[] = {
  { "ledger", run_ledger },
  { "ledger-export", run_ledger_export },
  { "ledger-purge", run_ledger_purge },
  { NULL, NULL }
};
