/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/account.h"

G_BEGIN_DECLS

/* Files in conversations: sent encrypted or not at all, fetched only when the
 * user says so. */

/** pen_media_connect: watches for links in encrypted messages. The conversations must be there already. */
void pen_media_connect (PurplePlugin *plugin);

/** pen_media_can_send: libpurple's can_receive_file: whether a file to @who would go now. */
gboolean pen_media_can_send (PurpleConnection *gc, const char *who);

/** pen_media_send_file: libpurple's send_file. @path: (nullable): %NULL lets the user choose one */
void pen_media_send_file (PurpleConnection *gc, const char *who, const char *path);

/** pen_media_open: as PenPane.file_open. */
gboolean pen_media_open (PurpleAccount *purple, const char *typed, const char *url, const PenPaneFile *file,
                         GError **error);

/** pen_media_open_last: for /pen open. Returns: (transfer full) (nullable): a line for the user */
char *pen_media_open_last (PurpleAccount *purple, const char *name, GError **error);

G_END_DECLS
