/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides nothing about when somebody is asked about: PenSchedule does. Here
 * it gets its events, its clock and its place in the store, and what it hands
 * out is asked. A batch and the state after it are durable together. */

#include "purple/queue-private.h"

#include "penregister/number.h"
#include "penregister/schedule-store.h"
#include "purple/lookup-ask.h"
#include "purple/message.h"

#include <blist.h>
#include <debug.h>
#include <eventloop.h>
#include <glib/gi18n-lib.h>
#include <notify.h>
#include <string.h>

static const PenSchedulePart parts[] = { PEN_SCHEDULE_PART_HEAD, PEN_SCHEDULE_PART_SUBJECTS };

PenScheduleNow
pen_queue_now (void)
{
  PenTimers *timers = pen_app ()->timers;

  return (PenScheduleNow) { pen_timers_now_us (timers), pen_timers_mono_us (timers) };
}

/* Without any number among the contacts cover numbers are those of the account's country. */
static char *
draw_cover (const char *like, const PenRandom *random, gpointer data)
{
  PenQueue *queue = data;
  g_autofree char *example = NULL;

  if (like != NULL)
    return pen_number_draw_mobile (like, random);
  example = pen_number_example_mobile (pen_account_text (queue->account->purple, PEN_OPTION_REGION));
  return example != NULL ? pen_number_draw_mobile (example, random) : NULL;
}

static PenSchedule *
load (PenQueue *queue, GError **error)
{
  PenDatabase *database = pen_app ()->database;
  const char *account = queue->account->bare;
  g_autoptr (GBytes) head = pen_schedule_store_get (database, account, parts[0], error);
  g_autoptr (GBytes) subjects = head != NULL ? pen_schedule_store_get (database, account, parts[1], error) : NULL;
  const PenScheduleCover cover = { draw_cover, queue };

  if (error != NULL && *error != NULL)
    return NULL;
  if (head == NULL || subjects == NULL)
    return pen_schedule_new (&queue->random, &cover);
  return pen_schedule_load (head, subjects, &cover, error);
}

/* With other cover subjects the real ones would stand out: two populations
 * intersected show them. Without padding there is nothing to keep. */
static void
begin_anew (PenQueue *queue, const GError *why)
{
  PenPolicy policy = pen_account_policy (queue->account->purple);
  const PenScheduleCover cover = { draw_cover, queue };

  purple_debug_error ("penregister", "the schedule of lookups is not readable: %s\n", why->message);
  if (policy.when == PEN_WHEN_BATCH && policy.pad)
    {
      purple_notify_error (pen_app ()->plugin, _("Pen Register"), _("Nobody is asked about anybody now"),
                           _("What was kept of the padded batches cannot be read. New cover numbers would show which "
                             "numbers are real. Switch padding off and on again if you want that."));
      return;
    }
  queue->schedule = pen_schedule_new (&queue->random, &cover);
}

PenQueue *
pen_queue_new (PenAccount *account)
{
  PenQueue *queue = g_new0 (PenQueue, 1);
  g_autoptr (GError) error = NULL;

  queue->account = account;
  queue->random.fill = pen_app_fill_random;
  queue->buddies = g_queue_new ();
  queue->schedule = load (queue, &error);
  if (queue->schedule == NULL)
    begin_anew (queue, error);
  return queue;
}

static gboolean
save (PenQueue *queue, GError **error)
{
  guint changed = pen_schedule_changed (queue->schedule);

  if (!pen_database_begin (pen_app ()->database, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autoptr (GBytes) bytes = (changed & parts[i]) != 0 ? pen_schedule_save (queue->schedule, parts[i]) : NULL;

      if (bytes != NULL
          && !pen_schedule_store_put (pen_app ()->database, queue->account->bare, parts[i], bytes, error))
        return FALSE;
    }
  if (changed != 0)
    pen_app_touch (pen_app ());
  return TRUE;
}

static void
stop (PenQueue *queue)
{
  if (queue->slice != 0)
    purple_timeout_remove (queue->slice);
  if (queue->change != 0)
    purple_timeout_remove (queue->change);
  pen_timers_cancel (pen_app ()->timers, queue->timer);
}

static void
sign_off (PenQueue *queue)
{
  PenScheduleNow now = pen_queue_now ();
  g_autoptr (GError) error = NULL;

  pen_schedule_set_online (queue->schedule, &now, FALSE);
  if (pen_schedule_changed (queue->schedule) != 0 && !save (queue, &error))
    purple_debug_warning ("penregister", "who was asked is not noted, they are asked again: %s\n", error->message);
}

void
pen_queue_free (PenQueue *queue)
{
  stop (queue);
  if (queue->schedule != NULL)
    sign_off (queue);
  g_queue_free_full (queue->buddies, g_free);
  g_clear_pointer (&queue->overrides, g_hash_table_unref);
  g_clear_pointer (&queue->listed, g_hash_table_unref);
  pen_schedule_free (queue->schedule);
  g_free (queue);
}

static void
on_timer (gpointer data)
{
  PenQueue *queue = data;

  queue->timer = 0;
  pen_queue_run (queue);
}

static void
set_timer (PenQueue *queue)
{
  PenScheduleNow now = pen_queue_now ();
  gint64 wake_us = pen_schedule_wake_us (queue->schedule, &now);

  pen_timers_cancel (pen_app ()->timers, queue->timer);
  queue->timer = wake_us >= 0 ? pen_timers_add_exact (pen_app ()->timers, wake_us, on_timer, queue) : 0;
}

void
pen_queue_sync_policy (PenQueue *queue)
{
  PenPolicy policy = pen_account_policy (queue->account->purple);
  PenScheduleNow now = pen_queue_now ();

  if (memcmp (&policy, &queue->policy, sizeof policy) == 0)
    return;
  pen_account_forget_consent (queue->account->purple);
  queue->policy = policy;
  pen_schedule_set_policy (queue->schedule, &now, &policy);
}

/* What the store refuses is not asked: its slot was missed. */
static void
hand_out (PenQueue *queue)
{
  PenScheduleNow now = pen_queue_now ();
  PenScheduleBatch *batch;

  while ((batch = pen_schedule_step (queue->schedule, &now)) != NULL)
    {
      g_autoptr (GError) error = NULL;
      gboolean is_saved = save (queue, &error);
      gint64 row;

      if (!is_saved)
        {
          pen_app_store_failed (pen_app (), error);
          pen_schedule_missed (queue->schedule, batch);
        }
      row = pen_lookup_ask (queue->account, batch, is_saved);
      if (batch->lane == PEN_SCHEDULE_LANE_WISH)
        queue->row = row;
      pen_schedule_batch_free (batch);
    }
}

/* Asking may lead to the next wish: that is handed out by the same loop. */
void
pen_queue_run (PenQueue *queue)
{
  g_autoptr (GError) error = NULL;

  if (queue->schedule == NULL || queue->account->is_closing)
    return;
  queue->again = TRUE;
  if (queue->is_running)
    return;
  queue->is_running = TRUE;
  pen_queue_sync_policy (queue);
  while (queue->again)
    {
      queue->again = FALSE;
      hand_out (queue);
    }
  queue->is_running = FALSE;
  if (!save (queue, &error))
    pen_app_store_failed (pen_app (), error);
  set_timer (queue);
  pen_message_renew_waits (queue->account);
}

PenScheduleClass
pen_queue_class_of (const PenAddress *address)
{
  return address->kind == PEN_ADDRESS_TEL ? PEN_SCHEDULE_DIRECTORY : PEN_SCHEDULE_CAPABILITY;
}

gboolean
pen_queue_is_person (const PenAddress *address)
{
  return address->kind == PEN_ADDRESS_TEL
         || (address->kind == PEN_ADDRESS_XMPP && strchr (address->name, '@') != NULL);
}

/* A padded schedule that could not be read begins anew once padding was switched off. */
void
pen_queue_changed (PenAccount *account)
{
  PenQueue *queue = account->queue;
  PenPolicy policy = pen_account_policy (account->purple);
  const PenScheduleCover cover = { draw_cover, queue };

  if (queue->schedule == NULL && !policy.pad)
    {
      queue->schedule = pen_schedule_new (&queue->random, &cover);
      pen_queue_start (account);
    }
  if (queue->slice == 0)
    pen_queue_run (queue);
}

/* Whoever is not on the list is known to the schedule by their wishes, which
 * bring the override along; one that forbids to ask counts at once. */
void
pen_queue_override (PenAccount *account, const PenPerson *person)
{
  PenQueue *queue = account->queue;
  const char *name = person->address->name;
  int when = person->contact->when;
  const PenSchedulePerson subject = { name, pen_queue_class_of (person->address), when };

  if (queue->overrides != NULL && when >= 0)
    g_hash_table_insert (queue->overrides, g_strdup (name), GINT_TO_POINTER (when));
  else if (queue->overrides != NULL)
    g_hash_table_remove (queue->overrides, name);
  if (queue->schedule == NULL || !pen_queue_is_person (person->address))
    return;
  if (when == PEN_WHEN_NEVER || purple_find_buddy (account->purple, name) != NULL)
    pen_schedule_add (queue->schedule, &subject);
  if (queue->slice == 0)
    pen_queue_run (queue);
}

static PenScheduleWish
wish_about (const PenPerson *person, PenTrigger trigger)
{
  int when = person->contact->when;

  return (PenScheduleWish) {
    .person = { person->address->name, pen_queue_class_of (person->address),
                when >= 0 && when < PEN_N_WHENS ? when : PEN_SCHEDULE_NO_OVERRIDE },
    .trigger = trigger,
  };
}

static gint64
want (PenAccount *account, const PenScheduleWish *wish, PenScheduleReply *reply)
{
  PenQueue *queue = account->queue;
  PenScheduleNow now = pen_queue_now ();

  *reply = (PenScheduleReply) { PEN_VERDICT_LATER, 0, "offline" };
  if (queue->schedule == NULL)
    return 0;
  pen_queue_sync_policy (queue);
  /* Before the contact list is in, wishes are granted all the same. */
  if (queue->slice != 0)
    pen_schedule_set_online (queue->schedule, &now, TRUE);
  pen_schedule_want (queue->schedule, &now, wish, reply);
  queue->row = 0;
  pen_queue_run (queue);
  return reply->verdict == PEN_VERDICT_ASK ? queue->row : 0;
}

gint64
pen_queue_want (PenAccount *account, const PenPerson *person, PenTrigger trigger, gboolean is_fresh,
                PenScheduleReply *reply)
{
  PenScheduleWish wish = wish_about (person, trigger);

  wish.is_fresh = is_fresh;
  return want (account, &wish, reply);
}

void
pen_queue_want_keys (PenAccount *account, const PenPerson *person, PenTrigger trigger, PenScheduleReply *reply)
{
  PenScheduleWish wish = wish_about (person, trigger);

  wish.wants_keys = TRUE;
  want (account, &wish, reply);
}

void
pen_queue_answered (PenAccount *account, guint64 batch, const PenScheduleAnswer *answers, gsize n_answers)
{
  PenQueue *queue = account->queue;
  PenScheduleNow now = pen_queue_now ();

  if (queue->schedule == NULL)
    return;
  pen_schedule_answered (queue->schedule, &now, batch, answers, n_answers);
  pen_queue_run (queue);
}

void
pen_queue_spent (PenAccount *account, gint64 bytes)
{
  PenScheduleNow now = pen_queue_now ();

  if (account->queue->schedule != NULL)
    pen_schedule_spent (account->queue->schedule, &now, bytes);
}

guint
pen_queue_fresh_s (PenAccount *account, const PenPerson *person)
{
  PenPolicy policy = pen_person_policy (account->purple, person->contact);

  if (policy.when != PEN_WHEN_BATCH || account->queue->schedule == NULL)
    return policy.fresh_s;
  pen_queue_sync_policy (account->queue);
  return pen_schedule_fresh_s (account->queue->schedule, pen_queue_class_of (person->address));
}

guint
pen_queue_slots (PenAccount *account)
{
  PenSchedule *schedule = account->queue->schedule;

  return schedule != NULL && pen_schedule_is_padded (schedule) ? pen_schedule_slots (schedule) : 0;
}
