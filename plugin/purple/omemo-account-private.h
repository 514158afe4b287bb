/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/omemo-account.h"

G_BEGIN_DECLS

/* omemo-account.c decides when, omemo-publish.c what is asked and published. */

/**
 * PenSecrets:
 * @omemo: the engine
 * @slice: main-loop source that makes keys, or 0
 * @timer: of the next publishing of the bundle, or 0; @tidy_timer: of the look at what was used up
 * @repair: of the next look at whether the own list still has this device, or 0
 * @retry: of the next try after no answer came, or a refusal, or 0; @retry_us: how long it waits, 0 while answers come
 * @refusals: how often the server has refused since all was published last
 * @looked_at_us: when the own list was asked for last
 * @is_new: the keys were made after this signing on: nothing was published under this number by us
 * @list_tries: how often the list was published since this device was first in it, or since there was a long pause;
 *   @listed_at_us: when it was tried last
 * @is_opened: the owner's form was sent once already: that of the bundle's node, that of the list's
 * @is_published: the bundle was published in this round
 * @is_ready: bundle and list are published
 * @transports: JID -> rule, of the row: messages without text that wait for that
 */
struct _PenSecrets
{
  PenAccount *account;
  PenOmemo *omemo;
  PenRandom random;
  guint slice;
  guint timer;
  guint tidy_timer;
  guint repair;
  guint retry;
  gint64 retry_us;
  guint refusals;
  gint64 looked_at_us;
  guint list_tries;
  gint64 listed_at_us;
  gboolean is_new;
  gboolean is_opened[2];
  gboolean is_published;
  gboolean is_ready;
  GHashTable *transports;
  GArray *own_list;
};

/** pen_secrets_failed: tells the user that nobody can write encrypted now. @reason: for a person */
void pen_secrets_failed (PenSecrets *secrets, const char *reason);

/** pen_secrets_try_again: no answer came: begins anew after a while. */
void pen_secrets_try_again (PenSecrets *secrets);

/** pen_secrets_refused: the server said no: begins anew after a moment; at the third time the user is told instead.
 * @reason: for a person */
void pen_secrets_refused (PenSecrets *secrets, const char *reason);

/** pen_secrets_become_ready: bundle and list are published: what waited for that goes. */
void pen_secrets_become_ready (PenSecrets *secrets);

/** pen_secrets_ask_list: the round begins. @data: the #PenSecrets; as a timer's function, too */
void pen_secrets_ask_list (gpointer data);

/** pen_secrets_publish_list: the list as it is known, with this device in it. */
void pen_secrets_publish_list (PenSecrets *secrets);

/** pen_secrets_take_list: @devices: (element-type guint32) (nullable): our own list as the server has it */
void pen_secrets_take_list (PenSecrets *secrets, const GArray *devices);

/** pen_secrets_has_own_id: Returns: whether this device is in the list. */
gboolean pen_secrets_has_own_id (const PenSecrets *secrets);

G_END_DECLS
