/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include <signal_protocol.h>

#include "penregister/clock.h"

G_BEGIN_DECLS

/**
 * pen_omemo_provider_install:
 * @random: must outlive @signal
 *
 * Hands nettle's primitives to the library: HMAC-SHA256 and AES-256-CBC are
 * all that sessions of version 3 need.
 *
 * Returns: 0, or the library's code
 */
int pen_omemo_provider_install (signal_context *signal, const PenRandom *random);

G_END_DECLS
