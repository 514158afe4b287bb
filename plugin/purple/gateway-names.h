/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/address.h"

G_BEGIN_DECLS

/**
 * pen_gateway_names_address:
 * @text: a JID, number or URI as it stands in a stanza
 * @gateways: (nullable): hosts that are SMS gateways, NULL-terminated
 *
 * Whom a text means: JIDs at a gateway are the number that they stand for.
 * Pure.
 *
 * Returns: (transfer full) (nullable): the person; %NULL when it is no address
 */
PenAddress *pen_gateway_names_address (const char *text, const char *const *gateways);

/** pen_gateway_names_uri: Returns: (transfer full): the same as a URI, or @text as it stood. */
char *pen_gateway_names_uri (const char *text, const char *const *gateways);

G_END_DECLS
