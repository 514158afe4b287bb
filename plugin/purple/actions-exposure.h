/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <plugin.h>

#include "purple/account.h"

G_BEGIN_DECLS

/* What each observer could hand over, in words. */

/** pen_exposure_action: Returns: (transfer full): a new account action that shows it for the last 30 days. */
PurplePluginAction *pen_exposure_action (void);

/**
 * pen_exposure_command:
 * @name: the conversation's name, where an answer that takes longer is written
 * @word: (nullable): how many days back
 *
 * For "/pen exposure". A large ledger is read in steps; the answer follows then.
 *
 * Returns: (transfer full) (nullable): the answer, or that it follows; %NULL without @error when @word is wrong
 */
char *pen_exposure_command (PurpleAccount *purple, const char *name, const char *word, GError **error);

G_END_DECLS
