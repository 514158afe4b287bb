/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <plugin.h>

#include "purple/account.h"

G_BEGIN_DECLS

/* Changes of the policy by a person: what changes for whom is said before. */

/** pen_policy_action: Returns: (transfer full): a new account action that offers the presets. */
PurplePluginAction *pen_policy_action (void);

/** pen_policy_confirm_contact: says what @when (a PenWhen or PEN_WISH_NO_POLICY) changes for @name, and does it if the user agrees. */
void pen_policy_confirm_contact (PurpleAccount *purple, const char *name, int when);

/** pen_policy_ask_consent: where padding was chosen in the account's form: asks once a session whether it may begin. */
void pen_policy_ask_consent (PurpleAccount *purple);

/** pen_policy_consent_words: Returns: (transfer full): what padding does and does not hide. @by_command: and what to type */
char *pen_policy_consent_words (PurpleAccount *purple, gboolean by_command);

/** pen_policy_preset_words: as PenPane.preset_words; there is a preset @i. */
char *pen_policy_preset_words (PurpleAccount *purple, guint i);

/** pen_policy_preset_keep: as PenPane.preset_set; there is a preset @i. A question about the same goes. */
gboolean pen_policy_preset_keep (PurpleAccount *purple, guint i, gboolean is_agreed, GError **error);

/**
 * pen_policy_pad:
 * @name: whose own setting gives way to the account's
 *
 * Switches padding on; the user has read pen_policy_consent_words().
 *
 * Returns: (transfer full) (nullable): what holds from now on; %NULL with @error set
 */
char *pen_policy_pad (PurpleAccount *purple, const char *name, GError **error);

G_END_DECLS
