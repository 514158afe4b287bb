/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/account.h"

G_BEGIN_DECLS

/** pen_incoming_message: takes what is ours from a message that came in; what is emptied, libpurple does not show. */
void pen_incoming_message (PenAccount *account, xmlnode *message);

G_END_DECLS
