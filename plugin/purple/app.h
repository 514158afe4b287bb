/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <plugin.h>

#include "penregister/clock.h"
#include "penregister/ledger.h"
#include "purple/timer.h"

G_BEGIN_DECLS

/* What all accounts of this process share. Made by plugin.c, the one file
 * that puts the parts together; handed out by pen_app(). */

/**
 * PenApp:
 * @plugin: our plugin's handle
 * @database: (nullable): the store; %NULL when it could not be opened
 * @store_error: (nullable): why, a sentence for a person
 * @ledger: (nullable): rows in @database
 * @clock: the time; real or virtual
 * @timers: everything that waits
 * @random: (nullable): where ids come from when a seed was given
 * @touch: main-loop source that commits what no gate does, or 0
 * @commit_debt_us: time spent in commits of late, less their share; at @commit_debt_at_us
 * @commit_seen_us: commits counted in it, as PenDatabaseStats has them
 * @opened_at_us: when the store was opened
 * @was_cut_off: the process before this one ended without closing the store
 * @has_window: another plugin shows the ledger in a window
 * @unacked: bare JID -> queue of what stream management will send again
 * @seen: bare JID -> ids of the archive that was not read to its end, of archive.c
 */
typedef struct
{
  PurplePlugin *plugin;
  PenDatabase *database;
  char *store_error;
  PenLedger *ledger;
  PenClock clock;
  PenTimers *timers;
  GRand *random;
  guint touch;
  gint64 commit_debt_us;
  gint64 commit_debt_at_us;
  gint64 commit_seen_us;
  gint64 opened_at_us;
  gboolean was_cut_off;
  gboolean has_window;
  GHashTable *unacked;
  GHashTable *seen;
} PenApp;

/** pen_app_new: / pen_app_free: made and ended by plugin.c alone. */
PenApp *pen_app_new (PurplePlugin *plugin);
void pen_app_free (PenApp *app);

/** pen_app: Returns: (transfer none): the process's state, valid while the plugin is loaded. */
PenApp *pen_app (void);

/** pen_app_open_store: tries to open the store unless it is open. Returns: %FALSE with store_error set */
gboolean pen_app_open_store (PenApp *app);

/**
 * pen_app_follow_folder: closes the store where the client's folder is another one by now; no account may be open.
 *
 * BitlBee knows whose folder it is only when somebody signs on: before that all its users have the same one.
 */
void pen_app_follow_folder (PenApp *app);

/** pen_app_need_store: opens it if it is not open. Returns: %FALSE with @error set when it cannot be opened */
gboolean pen_app_need_store (PenApp *app, GError **error);

/** pen_app_store_failed: tells the user, once a cause, that nothing can be recorded and so nothing leaves. */
void pen_app_store_failed (PenApp *app, const GError *error);

/** pen_app_seed: all ids follow from @seed from now on: for tests that compare two runs. */
void pen_app_seed (PenApp *app, guint64 seed);

/** pen_app_random: fills @buffer with random bytes fit for keys, or with bytes that follow from the seed. */
void pen_app_random (PenApp *app, guint8 *buffer, gsize length_bytes);

/** pen_app_fill_random: the same, as the function of a PenRandom. */
void pen_app_fill_random (guint8 *buffer, gsize length_bytes, gpointer data);

/** pen_app_new_id: Returns: (transfer full): an id for a stanza; nobody can guess it unless a seed was given. */
char *pen_app_new_id (PenApp *app);

/** pen_app_commit_delay_ms: Returns: how many ms a commit that no person waits for holds off, on a slow disk. */
guint pen_app_commit_delay_ms (PenApp *app);

/** pen_app_touch: what was changed is committed soon, with the next turn or on its own. */
void pen_app_touch (PenApp *app);

/** pen_app_touch_soon: as pen_app_touch(), at the end of this turn where the disk is fast. */
void pen_app_touch_soon (PenApp *app);

/** pen_app_take_unacked: Returns: (transfer full): the queue kept for @bare; empty when none is. */
GQueue *pen_app_take_unacked (PenApp *app, const char *bare);

/** pen_app_keep_unacked: @queue: (transfer full) */
void pen_app_keep_unacked (PenApp *app, const char *bare, GQueue *queue);

/** pen_app_take_seen: Returns: (transfer full) (nullable): what pen_app_keep_seen() kept for @bare. @ids: (transfer full) */
GHashTable *pen_app_take_seen (PenApp *app, const char *bare);
void pen_app_keep_seen (PenApp *app, const char *bare, GHashTable *ids);

G_END_DECLS
