/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "omemo/media-file.h"
#include "purple/account.h"

G_BEGIN_DECLS

/* HTTP upload (XEP-0363): which service of our own server takes files, and one
 * file on its way there. */

/** PenUploadFunc: @url: (nullable): where the file can be got; %NULL with @error set */
typedef void (*PenUploadFunc) (PenAccount *account, const char *url, const GError *error, gpointer data);

/** pen_upload_saw_disco: reads a disco#info answer of a host of our own server (XEP-0363 4). */
void pen_upload_saw_disco (PenAccount *account, xmlnode *iq);

/** pen_upload_host: Returns: (transfer none) (nullable): the service that takes files. */
const char *pen_upload_host (PenAccount *account);

/** pen_upload_max_bytes: Returns: the largest file that it takes. */
gint64 pen_upload_max_bytes (PenAccount *account);

/** pen_upload_forget: the account closes. */
void pen_upload_forget (PenAccount *account);

/**
 * pen_upload_start:
 * @source: (transfer none): read as it goes; must live until @function is called
 * @function: called exactly once, unless %FALSE is returned
 *
 * Asks for a slot, under a name made by chance, and puts the file there.
 */
gboolean pen_upload_start (PenAccount *account, PenMediaSource *source, PenUploadFunc function, gpointer data,
                           GError **error);

G_END_DECLS
