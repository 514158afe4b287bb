/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/omemo-talk.h"

G_BEGIN_DECLS

/* Message carbons (XEP-0280): what our other clients send and get. libpurple has none. */

/** pen_carbons_enable: after sign-on. */
void pen_carbons_enable (PenAccount *account);

/** pen_carbons_is: Returns: whether @message says that it is one, whoever sent it. */
gboolean pen_carbons_is (xmlnode *message);

/** pen_carbons_inner: Returns: (transfer none) (nullable): the message that is in one. */
xmlnode *pen_carbons_inner (xmlnode *message);

/** pen_carbons_open_sent: shows a message that another client of ours sent. Returns: what it was */
PenOpened pen_carbons_open_sent (PenAccount *account, xmlnode *inner);

/** pen_carbons_open: shows what is in it, if our own account sent it. */
void pen_carbons_open (PenAccount *account, xmlnode *message);

G_END_DECLS
