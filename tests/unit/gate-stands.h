/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/account.h"

G_BEGIN_DECLS

/* For programs that hold the gate's own files and not the rest of the plugin:
 * stand-ins for what these call and what says nothing in such a program. There
 * is one gateway, nobody is known, and nothing is kept back for a room. */

#define GATE_STANDS_HOST "capulet.example"
#define GATE_STANDS_GATEWAY "sms." GATE_STANDS_HOST

G_END_DECLS
