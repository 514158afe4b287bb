/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <connection.h>
#include <plugin.h>

G_BEGIN_DECLS

/* From a plain XMPP account to one of ours: its settings, contacts' local
 * settings, rooms and logs; and a warning when both are on. */

/**
 * pen_import_ask:
 * @gc: (nullable): one of our connections; the dialog needs none
 *
 * Lets the user choose a plain XMPP account and copies it. Nothing of the
 * plain account is changed, nothing of ours is overwritten, and the copy is
 * signed on only when the user says so.
 */
void pen_import_ask (PurpleConnection *gc);

/** pen_import_action: Returns: (transfer full): a new account action that calls pen_import_ask(). */
PurplePluginAction *pen_import_action (void);

/**
 * pen_import_warn_twins:
 * @purple: an account of ours or a plain XMPP account
 *
 * Warns, once in this process for each account of ours, when both kinds are
 * enabled for the same JID.
 */
void pen_import_warn_twins (PurpleAccount *purple);

/**
 * pen_import_connect:
 * @plugin: our handle
 *
 * Watches for plain accounts that are turned on beside one of ours. libpurple
 * loads protocols before it has accounts, so not from a plugin's load().
 */
void pen_import_connect (PurplePlugin *plugin);

G_END_DECLS
