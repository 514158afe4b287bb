/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What each observer can hold: as a reply, and as a file. */

#include "harness.h"

#include <stddef.h>

#include "penregister/exposure-json.h"

/* A plugin of an older version offers less. */
static const PenPane *
take_pane (HarnessCall *call)
{
  const PenPane *pane = harness_call_pane (call);

  if (pane != NULL && pane->size < offsetof (PenPane, exposure_export) + sizeof pane->exposure_export)
    {
      harness_fail (call, "not_available", "The plugin does not offer this.");
      return NULL;
    }
  return pane;
}

static gboolean
take_account (HarnessCall *call, PurpleAccount **account)
{
  JsonNode *node = json_object_get_member (call->args, "account");

  *account = NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  *account = harness_call_account (call);
  return *account != NULL;
}

static gboolean
take_query (HarnessCall *call, PenExposureQuery *query)
{
  PenObserver observer;
  const char *until;
  const char *word;
  gint64 days;

  if (!harness_call_integer (call, "days", PEN_EXPOSURE_WINDOW_DAYS, &days)
      || !harness_call_text (call, "observer", FALSE, &word) || !harness_call_text (call, "until", FALSE, &until))
    return FALSE;
  *query = (PenExposureQuery) { .observer = -1, .days = (guint) CLAMP (days, 0, G_MAXINT) };
  if (days < 1 || days > PEN_EXPOSURE_MAX_DAYS)
    harness_fail (call, "bad_request", "The member “days” must be from 1 to %d.", PEN_EXPOSURE_MAX_DAYS);
  else if (word != NULL && !pen_observer_from_string (word, &observer))
    harness_fail (call, "bad_request", "“%s” is not a word for “observer”.", word);
  else if (until != NULL && !harness_time_from_text (until, &query->until_us))
    harness_fail (call, "bad_request", "The member “until” must be a time such as 2026-01-31T12:00:00Z.");
  else
    {
      query->observer = word != NULL ? (int) observer : -1;
      return TRUE;
    }
  return FALSE;
}

static void
run_exposure (HarnessCall *call)
{
  const PenPane *pane = take_pane (call);
  PenExposureQuery query;
  PurpleAccount *account;
  g_autoptr (GError) error = NULL;
  PenExposure *exposure;

  if (pane == NULL || !take_account (call, &account) || !take_query (call, &query))
    return;
  exposure = pane->exposure (account, &query, &error);
  if (exposure == NULL)
    {
      harness_fail_error (call, error);
      return;
    }
  harness_reply (call, pen_exposure_to_json (exposure));
  pane->exposure_free (exposure);
}

static void
run_exposure_export (HarnessCall *call)
{
  const PenPane *pane = take_pane (call);
  PenExposureQuery query;
  PurpleAccount *account;
  g_autoptr (GError) error = NULL;
  JsonObject *members;
  const char *path;
  const char *format;
  gint64 written;

  if (pane == NULL || !take_account (call, &account) || !take_query (call, &query)
      || !harness_call_text (call, "path", TRUE, &path) || !harness_call_text (call, "format", TRUE, &format))
    return;
  if (!g_str_equal (format, "csv") && !g_str_equal (format, "json"))
    {
      harness_fail (call, "bad_request", "The format must be csv or json.");
      return;
    }
  written = pane->exposure_export (account, &query, path, format, &error);
  if (written < 0)
    {
      harness_fail_error (call, error);
      return;
    }
  members = json_object_new ();
  json_object_set_int_member (members, "written", written);
  harness_reply (call, members);
}

const HarnessCommand harness_exposure_commands[] = {
  { "exposure", run_exposure },
  { "exposure-export", run_exposure_export },
  { NULL, NULL }
};
