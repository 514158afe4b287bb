/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <account.h>
#include <plugin.h>

#include "penregister/pane.h"

G_BEGIN_DECLS

/* The way to the protocol plugin. It stays loaded as long as ours is, because
 * ours depends on it. */

/** PEN_PANE_HAS: whether the interface @pane is new enough to have @member. */
#define PEN_PANE_HAS(pane, member) \
  ((pane)->size >= G_STRUCT_OFFSET (PenPane, member) + sizeof (pane)->member && (pane)->member != NULL)

/** pen_interface_load: Returns: whether the protocol plugin's interface was found and is known to us. */
gboolean pen_interface_load (void);

/** pen_interface_unload: forgets it. */
void pen_interface_unload (void);

/** pen_interface: Returns: (transfer none): the interface, between load and unload. */
const PenPane *pen_interface (void);

/** pen_interface_plugin: Returns: (transfer none): the protocol plugin's handle, for its signals. */
PurplePlugin *pen_interface_plugin (void);

/** pen_interface_is_ours: Returns: whether @account is one of the protocol plugin's. */
gboolean pen_interface_is_ours (PurpleAccount *account);

/** pen_interface_bare: Returns: (transfer full): the account's bare JID, as the ledger names it. */
char *pen_interface_bare (PurpleAccount *account);

/** pen_interface_address: Returns: (transfer full) (nullable): URI of the person whom @name names for @account. */
char *pen_interface_address (PurpleAccount *account, const char *name);

G_END_DECLS
