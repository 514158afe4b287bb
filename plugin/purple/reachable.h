/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/account.h"

G_BEGIN_DECLS

/** pen_reachable_show: numbers in the buddy list are shown as there as long as a gateway is known. Nothing leaves. */
void pen_reachable_show (PenAccount *account);

G_END_DECLS
