/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/pane.h"
#include "purple/account.h"

G_BEGIN_DECLS

/* The part of the interface of pane.h that verifies devices. */

/** pen_pane_own_device: as PenPane.own_device. */
gboolean pen_pane_own_device (PurpleAccount *purple, guint32 *device, char **fingerprint, GError **error);

/** pen_pane_own_uri: as PenPane.own_uri. */
char *pen_pane_own_uri (PurpleAccount *purple, GError **error);

/** pen_pane_verify_uri: as PenPane.verify_uri. */
char *pen_pane_verify_uri (PurpleAccount *purple, const char *typed, const char *uri, GError **error);

/** pen_pane_forget_device: as PenPane.forget_device. */
gboolean pen_pane_forget_device (PurpleAccount *purple, const char *typed, guint32 device, GError **error);

G_END_DECLS
