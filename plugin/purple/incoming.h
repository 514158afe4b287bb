/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <plugin.h>

G_BEGIN_DECLS

/* Everything that comes in, before libpurple sees it. */

/** pen_incoming_connect: / pen_incoming_disconnect: listens on our plugin's "jabber-receiving-xmlnode". */
void pen_incoming_connect (PurplePlugin *plugin);
void pen_incoming_disconnect (PurplePlugin *plugin);

G_END_DECLS
