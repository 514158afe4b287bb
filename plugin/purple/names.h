/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <prpl.h>

G_BEGIN_DECLS

/**
 * pen_names_override:
 * @info: a copy of prpl-jabber's functions
 *
 * Puts ours in the place of each function that takes the name of a person:
 * prpl-jabber's get JIDs only. Given a number they would take it for the name
 * of a server (docs/design.md, "Names").
 */
void pen_names_override (PurplePluginProtocolInfo *info);

/** pen_names_normalize: libpurple's normalize: pure, needs no connection. Returns: static text, until the next call. */
const char *pen_names_normalize (const PurpleAccount *purple, const char *who);

G_END_DECLS
