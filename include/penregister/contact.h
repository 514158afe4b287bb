/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include "penregister/database.h"
#include "penregister/vocabulary.h"

G_BEGIN_DECLS

/* What is kept of a person between runs: capability, pin, the user's choice
 * and policy override, and the JIDs that a directory or gateway answered. */

/**
 * PenContact:
 * @account: bare JID of our account
 * @name: the name that libpurple holds for the person
 * @state: capability; @origin: where it comes from
 * @asked_at_us: time of that answer, 0 for never
 * @devices: number of devices in the newest list
 * @pinned: was ever encrypted; never goes back by itself (docs/design.md, invariant 3)
 * @choice: what the user decided: ask, sms or plain
 * @when: override of the account's policy, or -1 for the account's
 * @jids: (nullable): JIDs that a directory answered for a number, separated by spaces
 * @wire: (nullable): JID at the gateway that the gateway itself gave
 */
typedef struct
{
  char *account;
  char *name;
  PenCapabilityState state;
  PenOrigin origin;
  gint64 asked_at_us;
  guint devices;
  gboolean pinned;
  PenChoice choice;
  int when;
  char *jids;
  char *wire;
} PenContact;

void pen_contact_free (PenContact *contact);

/**
 * pen_contact_load:
 *
 * Returns: (transfer full) (nullable): what is known, a blank one (unknown,
 *   ask, no override) when nothing is; %NULL only with @error set
 */
PenContact *pen_contact_load (PenDatabase *database, const char *account, const char *name, GError **error);

/** pen_contact_has_jid: Returns: whether a directory answered @jid, a bare JID, for @contact. */
gboolean pen_contact_has_jid (const PenContact *contact, const char *jid);

/**
 * pen_contact_number_of:
 * @jid: a bare JID
 *
 * The number in whose conversation @jid speaks: one that a directory gave
 * this JID for, and to which the user chose to write over XMPP.
 *
 * Returns: (transfer full) (nullable): the number; %NULL without @error when there is none
 */
char *pen_contact_number_of (PenDatabase *database, const char *account, const char *jid, GError **error);

/** pen_contact_save: writes or replaces, inside the turn's transaction. */
gboolean pen_contact_save (PenDatabase *database, const PenContact *contact, GError **error);

/**
 * pen_contact_forget:
 * @name: (nullable): only this person; %NULL for all of the account
 */
gboolean pen_contact_forget (PenDatabase *database, const char *account, const char *name, GError **error);

/**
 * pen_contact_overrides:
 *
 * Returns: (transfer full) (element-type utf8 int) (nullable): name to the
 *   #PenWhen that the user set for it, as GINT_TO_POINTER(); all others have none
 */
GHashTable *pen_contact_overrides (PenDatabase *database, const char *account, GError **error);

/** pen_setting_get: Returns: (transfer full) (nullable): a text kept under @key; %NULL without @error when there is none. */
char *pen_setting_get (PenDatabase *database, const char *key, GError **error);

/** pen_setting_set: @value: (nullable): %NULL removes it. Inside the turn's transaction. */
gboolean pen_setting_set (PenDatabase *database, const char *key, const char *value, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenContact, pen_contact_free)

G_END_DECLS
