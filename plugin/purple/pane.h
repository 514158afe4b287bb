/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/pane.h"
#include "purple/account.h"

G_BEGIN_DECLS

/** pen_pane_interface: Returns: (transfer none): what the plugin offers to ledger pane and harness. */
const PenPane *pen_pane_interface (void);

/** pen_pane_policy_get: / pen_pane_policy_set: as PenPane.policy_get and PenPane.policy_set. */
gboolean pen_pane_policy_get (PurpleAccount *purple, const char *typed, PenPolicy *policy, GError **error);
gboolean pen_pane_policy_set (PurpleAccount *purple, const char *typed, const PenPolicy *policy, guint fields,
                              GError **error);

/** pen_pane_preset_words: / pen_pane_preset_set: as PenPane.preset_words and PenPane.preset_set. */
char *pen_pane_preset_words (PurpleAccount *purple, guint i);
gboolean pen_pane_preset_set (PurpleAccount *purple, guint i, gboolean is_agreed, GError **error);

/** pen_pane_lookup: as PenPane.lookup. */
gint64 pen_pane_lookup (PurpleAccount *purple, const char *typed, GError **error);

G_END_DECLS
