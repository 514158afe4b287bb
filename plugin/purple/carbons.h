/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/account.h"

G_BEGIN_DECLS

/* Message carbons (XEP-0280): what our other clients send and get. libpurple has none. */

/** pen_carbons_enable: after sign-on. */
void pen_carbons_enable (PenAccount *account);

/** pen_carbons_saw: takes a carbon out of @message. Returns: %TRUE when it was one: then @message is empty */
gboolean pen_carbons_saw (PenAccount *account, xmlnode *message);

G_END_DECLS
