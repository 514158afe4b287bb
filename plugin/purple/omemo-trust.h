/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/pane.h"
#include "purple/account.h"

G_BEGIN_DECLS

/** pen_secrets_devices: as PenPane.devices. */
GPtrArray *pen_secrets_devices (PurpleAccount *purple, const char *typed, GError **error);

/** pen_secrets_trust: as PenPane.trust. */
gboolean pen_secrets_trust (PurpleAccount *purple, const char *typed, guint32 device, const char *trust,
                            GError **error);

/** pen_secrets_fingerprints: Returns: (transfer full) (nullable): one's own and the person's devices, a line each, in groups of eight. */
char *pen_secrets_fingerprints (PurpleAccount *purple, const char *typed, GError **error);

/** pen_secrets_forget_device: its key, trust and session are gone: a new key under its id is judged anew. */
gboolean pen_secrets_forget_device (PurpleAccount *purple, const char *typed, guint32 device, GError **error);

/** pen_secrets_jids_of: Returns: (transfer full) (nullable): the JIDs that whoever @typed means is reached at. */
char **pen_secrets_jids_of (PurpleAccount *purple, const char *typed, GError **error);

G_END_DECLS
