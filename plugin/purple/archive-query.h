/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include <xmlnode.h>

G_BEGIN_DECLS

/* What is asked of an archive (XEP-0313 4, XEP-0059). */

#define PEN_ARCHIVE_NS "urn:xmpp:mam:2"
#define PEN_ARCHIVE_PAGES_NS "http://jabber.org/protocol/rsm"

/** pen_archive_query_end: Returns: (transfer full): where does the archive end? @id: of the query */
xmlnode *pen_archive_query_end (const char *id);

/** pen_archive_query_after: Returns: (transfer full): the page after the message @after. @id: of the query */
xmlnode *pen_archive_query_after (const char *id, const char *after);

/** pen_archive_query_since: Returns: (transfer full): the page that begins at @since_us, less what clocks may differ. @id: of the query */
xmlnode *pen_archive_query_since (const char *id, gint64 since_us);

G_END_DECLS
