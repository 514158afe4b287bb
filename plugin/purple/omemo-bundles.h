/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "omemo/engine.h"
#include "penregister/schedule.h"
#include "purple/person.h"

G_BEGIN_DECLS

/* Other people's bundles: asked for, each in the ledger, and made sessions of. */

/** pen_bundles_new: / pen_bundles_free: what came and is worked off in slices; what is left then comes again when asked for. */
PenBundles *pen_bundles_new (PenAccount *account);
void pen_bundles_free (PenBundles *bundles);

/**
 * PenBundleWish: why bundles are asked for.
 * @rule: (nullable); @batch: (nullable): for the row
 * @is_cover: the device's owner stands for no real contact: nothing is kept
 */
typedef struct
{
  PenTrigger trigger;
  const char *rule;
  const char *batch;
  gboolean is_cover;
} PenBundleWish;

/**
 * pen_bundles_ask_missing:
 * @jids: NULL-terminated: who shall be able to read
 *
 * All bundles of a message together, each once a session: a device that
 * publishes none does not hold up the others. The schedule says whether they
 * are asked for now; our own other devices always are. Where nobody could
 * read the message before the next slot, @person's lookup is left WAITING.
 *
 * Returns: whether some are to come: asked for already, or with the next slot
 */
gboolean pen_bundles_ask_missing (PenAccount *account, PenPerson *person, const char *const *jids);

/**
 * pen_bundles_ask_wished:
 * @batch: with @only_keys: about whom
 * @may_leave: %FALSE when the store refused
 *
 * The schedule says: now.
 */
void pen_bundles_ask_wished (PenAccount *account, const PenScheduleBatch *batch, gboolean may_leave);

/**
 * pen_bundles_ask_all:
 * @person: (nullable): whose they are; %NULL for cover
 * @devices: (element-type guint32)
 *
 * Of each device, whatever sessions exist already: what is asked follows from
 * the list alone, so nobody sees from it who is written to.
 */
void pen_bundles_ask_all (PenAccount *account, PenPerson *person, const char *jid, const GArray *devices,
                          const PenBundleWish *wish);

/** pen_bundles_forget_asked: a message found nobody to encrypt to: with the next one all are asked again. */
void pen_bundles_forget_asked (PenPerson *person);

/**
 * pen_bundles_repair: the session with a device is broken: a new one, once a connection, when the schedule lets it.
 *
 * While the archive is read it is put off: a later message may have begun a new one already.
 *
 * Returns: whether it was begun now, or put off
 */
gboolean pen_bundles_repair (PenAccount *account, const char *sender, guint32 device);

/** pen_bundles_healed: a message of that device was read: what was put off for it is not wanted any more. */
void pen_bundles_healed (PenAccount *account, const char *sender, guint32 device);

/** pen_bundles_repair_rest: all old messages are read: what was put off and is still broken. */
void pen_bundles_repair_rest (PenAccount *account);

G_END_DECLS
