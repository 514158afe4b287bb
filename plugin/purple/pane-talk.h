/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/pane.h"
#include "purple/account.h"

G_BEGIN_DECLS

/** pen_pane_talk: as PenPane.talk. */
PenPaneTalk *pen_pane_talk (PurpleAccount *purple, const char *typed, GError **error);

/** pen_pane_talk_free: as PenPane.talk_free. */
void pen_pane_talk_free (PenPaneTalk *talk);

/** pen_pane_sms_parts: as PenPane.sms_parts. */
guint pen_pane_sms_parts (const char *text);

G_END_DECLS
