/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/account.h"

G_BEGIN_DECLS

/**
 * pen_incoming_gateway:
 * @message: from the gateway at @host, or one of its numbers
 *
 * Shows an SMS that came in, and what the gateway says of one that was sent.
 * Returns: %FALSE when @message is neither
 */
gboolean pen_incoming_gateway (PenAccount *account, xmlnode *message, const char *host);

G_END_DECLS
