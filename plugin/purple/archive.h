/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/account.h"

G_BEGIN_DECLS

/* What the server's archive of our own account holds and this device has not
 * seen (XEP-0313): what came, and what our other clients sent, while it was
 * away. Asking our own server for all of it names nobody, so it is no row. */

PenArchive *pen_archive_new (PenAccount *account);
void pen_archive_free (PenArchive *archive);

/** pen_archive_is_reading: Returns: whether old messages are still to come. */
gboolean pen_archive_is_reading (const PenArchive *archive);

/** pen_archive_start: after sign-on, once the presence has left: offline messages come only to who asked later than that. */
void pen_archive_start (PenAccount *account);

/**
 * pen_archive_take:
 * @message: a message that came in
 *
 * Puts a result of our query into the backlog; one that nobody asked for, or that
 * our own account did not send, is dropped with a line in the debug log.
 *
 * Returns: whether @message is a result, believed or not
 */
gboolean pen_archive_take (PenAccount *account, xmlnode *message);

/** pen_archive_open: Returns: %TRUE when @element of the backlog was a result, now shown, or the end of a page. */
gboolean pen_archive_open (PenAccount *account, xmlnode *element);

/**
 * pen_archive_saw:
 * @message: a message that came in, about to be opened
 * @is_late: it waited in the backlog: nothing older does
 * @was_read: (out): when it was seen before: whether it could be read
 *
 * Notes that the archive is known as far as this, unless older messages wait.
 *
 * Returns: whether it came out of the archive before
 */
gboolean pen_archive_saw (PenAccount *account, xmlnode *message, gboolean is_late, gboolean *was_read);

G_END_DECLS
