/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <plugin.h>

G_BEGIN_DECLS

/* Links that a person follows: xmpp: (RFC 5122, XEP-0147), tel: (RFC 3966),
 * sms: and smsto: (RFC 5724) open our conversations. */

/**
 * pen_links_connect:
 * @plugin: our handle
 *
 * From now on such links are taken. A link never sends anything by itself: its
 * text is put before the user.
 */
void pen_links_connect (PurplePlugin *plugin);

G_END_DECLS
