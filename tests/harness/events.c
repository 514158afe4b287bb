/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Events: written at once, and kept for a `wait` that comes later. A wait
 * takes the event that it found and everything before it. */

#include "harness.h"

#define MAX_KEPT_EVENTS 20000

typedef struct
{
  HarnessCall *call;
  char *name;
  JsonObject *match;
  guint timer;
} Wait;

static GQueue kept = G_QUEUE_INIT;
static GList *waits;

JsonObject *
harness_event_new (const char *name, PurpleAccount *account)
{
  JsonObject *event = json_object_new ();

  harness_put (event, "event", name);
  harness_put_time (event, "at", harness_now_us ());
  if (account != NULL)
    {
      g_autofree char *handle = harness_account_handle (account);

      harness_put (event, "account", handle);
    }
  return event;
}

static gboolean
event_fits (JsonObject *event, const char *name, JsonObject *match)
{
  return g_str_equal (json_object_get_string_member (event, "event"), name)
         && (match == NULL || harness_json_matches (event, match));
}

/* The event's members stand in the reply as well, except its error, which is not the reply's. */
static void
reply_event (HarnessCall *call, JsonObject *event)
{
  JsonObject *members = json_object_new ();

  harness_put_all (members, event);
  json_object_set_object_member (members, "event", json_object_ref (event));
  if (json_object_has_member (members, "error"))
    json_object_remove_member (members, "error");
  harness_reply (call, members);
}

static void
drop_kept (guint count)
{
  while (count-- > 0)
    json_object_unref (g_queue_pop_head (&kept));
}

static void
wait_free (Wait *wait)
{
  waits = g_list_remove (waits, wait);
  if (wait->timer != 0)
    g_source_remove (wait->timer);
  g_clear_pointer (&wait->match, json_object_unref);
  g_free (wait->name);
  g_free (wait);
}

static gboolean
wait_expired (gpointer data)
{
  Wait *wait = data;
  HarnessCall *call = wait->call;

  wait->timer = 0;
  wait_free (wait);
  harness_fail (call, "timeout", "No such event came in time.");
  return G_SOURCE_REMOVE;
}

static gboolean
satisfy_waits (JsonObject *event)
{
  for (GList *l = waits; l != NULL; l = l->next)
    {
      Wait *wait = l->data;
      HarnessCall *call = wait->call;

      if (!event_fits (event, wait->name, wait->match))
        continue;
      wait_free (wait);
      reply_event (call, event);
      return TRUE;
    }
  return FALSE;
}

/* @event: (transfer full) */
void
harness_event_emit (JsonObject *event)
{
  harness_output_write (event);
  if (satisfy_waits (event))
    {
      drop_kept (kept.length);
      json_object_unref (event);
      return;
    }
  g_queue_push_tail (&kept, event);
  if (kept.length > MAX_KEPT_EVENTS)
    drop_kept (1);
}

void
harness_event_forget (HarnessCall *call)
{
  for (GList *l = waits; l != NULL; l = l->next)
    if (((Wait *) l->data)->call == call)
      {
        wait_free (l->data);
        return;
      }
}

/* @match: (nullable) (transfer none) */
void
harness_event_attend (HarnessCall *call, const char *name, JsonObject *match, guint timeout_ms)
{
  guint position = 0;
  Wait *wait;

  for (GList *l = kept.head; l != NULL; l = l->next)
    {
      position++;
      if (!event_fits (l->data, name, match))
        continue;
      reply_event (call, l->data);
      drop_kept (position);
      return;
    }
  wait = g_new0 (Wait, 1);
  wait->call = call;
  wait->name = g_strdup (name);
  wait->match = match != NULL ? json_object_ref (match) : NULL;
  wait->timer = g_timeout_add (timeout_ms, wait_expired, wait);
  waits = g_list_append (waits, wait);
}
