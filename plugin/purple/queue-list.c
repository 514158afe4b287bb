/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides nothing: tells the schedule who is on the contact list. The whole
 * list is taken in by slices after sign-on; what changes later is saved once a
 * main-loop turn, however many people it is. */

#include "purple/queue-private.h"

#include <blist.h>
#include <eventloop.h>
#include <signals.h>

/* A contact list of thousands is taken in so much at a time. */
#define SLICE_US 2000

static void
take_in (PenQueue *queue, const char *name)
{
  g_autoptr (PenAddress) address = pen_account_resolve (queue->account->purple, name, NULL);
  gpointer when = NULL;
  PenSchedulePerson person = { .when = PEN_SCHEDULE_NO_OVERRIDE };

  if (address == NULL || !pen_queue_is_person (address))
    return;
  if (queue->overrides != NULL && g_hash_table_lookup_extended (queue->overrides, address->name, NULL, &when))
    person.when = GPOINTER_TO_INT (when);
  person.subject = address->name;
  person.of = pen_queue_class_of (address);
  pen_schedule_add (queue->schedule, &person);
  if (queue->listed != NULL)
    g_hash_table_add (queue->listed, g_strdup (address->name));
}

static gboolean
take_slice (gpointer data)
{
  PenQueue *queue = data;
  gint64 until_us = g_get_monotonic_time () + SLICE_US;
  PenScheduleNow now = pen_queue_now ();

  while (!g_queue_is_empty (queue->buddies))
    {
      g_autofree char *name = g_queue_pop_head (queue->buddies);

      /* Who was removed meanwhile is in the copy still. */
      if (purple_find_buddy (queue->account->purple, name) != NULL)
        take_in (queue, name);
      if (g_get_monotonic_time () >= until_us)
        return G_SOURCE_CONTINUE;
    }
  queue->slice = 0;
  pen_schedule_keep_only (queue->schedule, queue->listed);
  g_clear_pointer (&queue->overrides, g_hash_table_unref);
  g_clear_pointer (&queue->listed, g_hash_table_unref);
  pen_schedule_set_online (queue->schedule, &now, TRUE);
  pen_queue_run (queue);
  return G_SOURCE_REMOVE;
}

void
pen_queue_start (PenAccount *account)
{
  PenQueue *queue = account->queue;
  GSList *buddies = purple_find_buddies (account->purple, NULL);

  for (GSList *link = buddies; link != NULL; link = link->next)
    g_queue_push_tail (queue->buddies, g_strdup (purple_buddy_get_name (link->data)));
  g_slist_free (buddies);
  if (queue->schedule == NULL)
    return;
  pen_queue_sync_policy (queue);
  queue->overrides = pen_contact_overrides (pen_app ()->database, account->bare, NULL);
  queue->listed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  queue->slice = purple_timeout_add (0, take_slice, queue);
}

static PenQueue *
queue_of (const PurpleBuddy *buddy)
{
  PenAccount *account = pen_account_find (buddy->account);

  return account != NULL && account->is_online && account->queue->schedule != NULL ? account->queue : NULL;
}

static gboolean
on_change (gpointer data)
{
  PenQueue *queue = data;

  queue->change = 0;
  pen_queue_run (queue);
  return G_SOURCE_REMOVE;
}

/* A contact list may change by thousands at once: all of one turn is saved once. */
static void
changed (PenQueue *queue)
{
  if (queue->slice == 0 && queue->change == 0)
    queue->change = purple_timeout_add (0, on_change, queue);
}

static void
on_added (PurpleBuddy *buddy, gpointer data)
{
  PenQueue *queue = queue_of (buddy);

  if (queue == NULL)
    return;
  take_in (queue, buddy->name);
  changed (queue);
}

static void
on_removed (PurpleBuddy *buddy, gpointer data)
{
  PenQueue *queue = queue_of (buddy);
  g_autoptr (PenAddress) address = queue != NULL ? pen_account_resolve (buddy->account, buddy->name, NULL) : NULL;

  /* A person may stand in several groups. */
  if (address == NULL || purple_find_buddy (buddy->account, buddy->name) != NULL)
    return;
  pen_schedule_remove (queue->schedule, address->name);
  changed (queue);
}

void
pen_queue_connect (PurplePlugin *plugin)
{
  purple_signal_connect (purple_blist_get_handle (), "buddy-added", plugin, PURPLE_CALLBACK (on_added), NULL);
  purple_signal_connect (purple_blist_get_handle (), "buddy-removed", plugin, PURPLE_CALLBACK (on_removed), NULL);
}
