/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What all accounts share: the store, the ledger in it, the clock. Decides
 * what happens when the store refuses: nothing leaves, and the user is told. */

#include "purple/app.h"

#include "penregister/contact.h"
#include "purple/gate-item.h"

#include <debug.h>
#include <errno.h>
#include <eventloop.h>
#include <glib/gi18n-lib.h>
#include <notify.h>
#include <sys/random.h>
#include <util.h>

/* Stands in the store while a process has it open. */
#define SETTING_RUNNING "running"

/* Changes that no element waits for are made durable together, this late. */
#define TOUCH_MS 500

/* A slow disk must not hold up the client: commits may take this share of the
 * time, with something in hand after a quiet while, and none waits longer than
 * the limit. With 20 ms a sync, a sign-on of three seconds spends less than
 * 100 ms in commits, and one for each page of the server's archive. */
#define COMMIT_SHARE 50
#define COMMIT_IN_HAND_US (10 * 1000)
#define COMMIT_WAIT_MAX_US (1000 * 1000)

static gint64
now_of_timers (gpointer data)
{
  return pen_timers_now_us (data);
}

static void
queue_free (gpointer queue)
{
  g_queue_free_full (queue, (GDestroyNotify) pen_gate_item_free);
}

PenApp *
pen_app_new (PurplePlugin *plugin)
{
  PenApp *app = g_new0 (PenApp, 1);

  app->plugin = plugin;
  app->timers = pen_timers_new ();
  app->clock.now_us = now_of_timers;
  app->clock.data = app->timers;
  app->unacked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, queue_free);
  app->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref);
  return app;
}

static void
close_store (PenApp *app)
{
  g_autoptr (GError) error = NULL;

  if (app->database != NULL && !pen_setting_set (app->database, SETTING_RUNNING, NULL, &error))
    purple_debug_warning ("penregister", "a clean end is not noted: %s\n", error->message);
  g_clear_error (&error);
  if (app->database != NULL && !pen_database_commit (app->database, &error))
    purple_debug_error ("penregister", "the last changes are lost: %s\n", error->message);
  g_clear_pointer (&app->ledger, pen_ledger_free);
  g_clear_pointer (&app->database, pen_database_close);
}

void
pen_app_free (PenApp *app)
{
  if (app->touch != 0)
    purple_timeout_remove (app->touch);
  g_hash_table_unref (app->unacked);
  g_hash_table_unref (app->seen);
  close_store (app);
  pen_timers_free (app->timers);
  g_clear_pointer (&app->random, g_rand_free);
  g_free (app->store_error);
  g_free (app);
}

static void
tell_set_aside (PenApp *app, const char *name)
{
  g_autofree char *text
    = g_strdup_printf (_("The file was damaged. It is kept as %s, and a new ledger has been begun. Contacts that were "
                         "known as encrypted are not known any more: check them before you write."), name);

  purple_notify_warning (app->plugin, _("Metadata ledger"), _("The metadata ledger could not be read"), text);
}

/* What was shown and not yet durable when a process ends comes again: the next one has to know. */
static void
note_running (PenApp *app)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *running = pen_setting_get (app->database, SETTING_RUNNING, NULL);

  app->was_cut_off = running != NULL;
  app->opened_at_us = pen_clock_now_us (&app->clock);
  if (!pen_setting_set (app->database, SETTING_RUNNING, "yes", &error))
    purple_debug_warning ("penregister", "a sudden end would not be noticed: %s\n", error->message);
}

static char *
make_store_path (void)
{
  return g_build_filename (purple_user_dir (), "penregister", "penregister.db", NULL);
}

void
pen_app_follow_folder (PenApp *app)
{
  g_autofree char *path = make_store_path ();
  g_autofree char *full = g_canonicalize_filename (path, NULL);

  if (app->database != NULL && !g_str_equal (pen_database_path (app->database), full))
    close_store (app);
}

gboolean
pen_app_open_store (PenApp *app)
{
  g_autofree char *path = NULL;
  g_autofree char *set_aside = NULL;
  g_autoptr (GError) error = NULL;

  if (app->database != NULL)
    return TRUE;
  path = make_store_path ();
  app->database = pen_database_open (path, &set_aside, &error);
  g_clear_pointer (&app->store_error, g_free);
  if (app->database == NULL)
    {
      app->store_error = g_strdup (error->message);
      purple_debug_error ("penregister", "no store: %s\n", error->message);
      return FALSE;
    }
  app->ledger = pen_ledger_new (app->database, &app->clock);
  if (set_aside != NULL)
    tell_set_aside (app, set_aside);
  note_running (app);
  if (pen_ledger_recover (app->ledger, &error) < 0 || !pen_database_commit (app->database, &error))
    purple_debug_error ("penregister", "rows in flight are not marked: %s\n", error->message);
  return TRUE;
}

gboolean
pen_app_need_store (PenApp *app, GError **error)
{
  if (pen_app_open_store (app))
    return TRUE;
  g_set_error_literal (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                       app->store_error != NULL ? app->store_error : _("The ledger could not be opened."));
  return FALSE;
}

void
pen_app_store_failed (PenApp *app, const GError *error)
{
  purple_debug_error ("penregister", "not recorded, so not sent: %s\n", error->message);
  /* A turn that SQLite gave up refuses everything until its end, which may have nobody else to bring it about. */
  pen_app_touch (app);
  if (g_strcmp0 (app->store_error, error->message) == 0)
    return;
  g_free (app->store_error);
  app->store_error = g_strdup (error->message);
  purple_notify_error (app->plugin, _("Metadata ledger"),
                       _("The metadata ledger cannot be written, so nothing is sent"), error->message);
}

void
pen_app_seed (PenApp *app, guint64 seed)
{
  const guint32 words[] = { (guint32) seed, (guint32) (seed >> 32) };

  g_clear_pointer (&app->random, g_rand_free);
  app->random = g_rand_new_with_seed_array (words, G_N_ELEMENTS (words));
}

void
pen_app_random (PenApp *app, guint8 *buffer, gsize length_bytes)
{
  gsize done = 0;

  while (app->random != NULL && done < length_bytes)
    buffer[done++] = (guint8) g_rand_int (app->random);
  while (done < length_bytes)
    {
      gssize got = getrandom (buffer + done, length_bytes - done, 0);

      /* Without randomness no key may be made. */
      if (got <= 0 && errno != EINTR)
        g_error ("the system gives no random bytes");
      done += got > 0 ? (gsize) got : 0;
    }
}

void
pen_app_fill_random (guint8 *buffer, gsize length_bytes, G_GNUC_UNUSED gpointer data)
{
  pen_app_random (pen_app (), buffer, length_bytes);
}

char *
pen_app_new_id (PenApp *app)
{
  guint32 a;
  guint32 b;

  if (app->random == NULL)
    return g_uuid_string_random ();
  a = g_rand_int (app->random);
  b = g_rand_int (app->random);
  return g_strdup_printf ("seeded-%08x%08x", a, b);
}

guint
pen_app_commit_delay_ms (PenApp *app)
{
  PenDatabaseStats stats = pen_database_stats (app->database);
  gint64 now_us = g_get_monotonic_time ();
  gint64 over_us;

  app->commit_debt_us = MAX (0, app->commit_debt_us - (now_us - app->commit_debt_at_us) / COMMIT_SHARE);
  app->commit_debt_us += stats.commit_us - app->commit_seen_us;
  app->commit_debt_us = MIN (app->commit_debt_us, COMMIT_IN_HAND_US + COMMIT_WAIT_MAX_US / COMMIT_SHARE);
  app->commit_debt_at_us = now_us;
  app->commit_seen_us = stats.commit_us;
  over_us = app->commit_debt_us - COMMIT_IN_HAND_US;
  return over_us > 0 ? (guint) (over_us * COMMIT_SHARE / 1000) : 0;
}

static gboolean
on_touch (gpointer data)
{
  PenApp *app = data;
  g_autoptr (GError) error = NULL;
  guint delay_ms = pen_app_commit_delay_ms (app);

  app->touch = 0;
  if (delay_ms > 0 && pen_database_in_transaction (app->database))
    app->touch = purple_timeout_add (delay_ms, on_touch, app);
  else if (!pen_database_commit (app->database, &error))
    pen_app_store_failed (app, error);
  return G_SOURCE_REMOVE;
}

void
pen_app_touch (PenApp *app)
{
  if (app->touch == 0)
    app->touch = purple_timeout_add (TOUCH_MS, on_touch, app);
}

/* Within the share of the time that commits may take. */
void
pen_app_touch_soon (PenApp *app)
{
  if (app->touch != 0)
    purple_timeout_remove (app->touch);
  app->touch = purple_timeout_add (pen_app_commit_delay_ms (app), on_touch, app);
}

/* Returns: (transfer full) (nullable): the value of @bare, which is in @table no more. */
static gpointer
take (GHashTable *table, const char *bare)
{
  gpointer key = NULL;
  gpointer value = NULL;

  if (g_hash_table_steal_extended (table, bare, &key, &value))
    g_free (key);
  return value;
}

GQueue *
pen_app_take_unacked (PenApp *app, const char *bare)
{
  GQueue *queue = take (app->unacked, bare);

  return queue != NULL ? queue : g_queue_new ();
}

GHashTable *
pen_app_take_seen (PenApp *app, const char *bare)
{
  return take (app->seen, bare);
}

void
pen_app_keep_seen (PenApp *app, const char *bare, GHashTable *ids)
{
  g_hash_table_replace (app->seen, g_strdup (bare), ids);
}

void
pen_app_keep_unacked (PenApp *app, const char *bare, GQueue *queue)
{
  g_hash_table_replace (app->unacked, g_strdup (bare), queue);
}
