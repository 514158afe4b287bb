/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <blist.h>
#include <connection.h>
#include <notify.h>

G_BEGIN_DECLS

/* What a person sees of another without asking: all of it is known already,
 * nothing leaves. */

/** pen_describe_tooltip: libpurple's tooltip_text: prpl-jabber's for JIDs, then route, knowledge and last look-up. */
void pen_describe_tooltip (PurpleBuddy *buddy, PurpleNotifyUserInfo *info, gboolean full);

/** pen_describe_status_text: libpurple's status_text. Returns: (transfer full) (nullable): markup */
char *pen_describe_status_text (PurpleBuddy *buddy);

/** pen_describe_emblem: libpurple's list_emblem. Returns: (transfer none) (nullable): an emblem's name */
const char *pen_describe_emblem (PurpleBuddy *buddy);

/** pen_describe_info: shows what we know of @who, for addresses that have no profile at any server. */
void pen_describe_info (PurpleConnection *gc, const char *who);

G_END_DECLS
