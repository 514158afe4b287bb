/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how much is asked for at once, and how far before a time. */

#include "purple/archive-query.h"

#include "wire/wire.h"

#define PAGE "50"
#define CLOCK_MARGIN_US (G_GINT64_CONSTANT (60) * 60 * G_USEC_PER_SEC)

static xmlnode *
new_query (const char *id)
{
  xmlnode *query = xmlnode_new ("query");

  xmlnode_set_namespace (query, PEN_ARCHIVE_NS);
  xmlnode_set_attrib (query, "queryid", id);
  return query;
}

static xmlnode *
add_pages (xmlnode *query, const char *most)
{
  xmlnode *set = xmlnode_new_child (query, "set");

  xmlnode_set_namespace (set, PEN_ARCHIVE_PAGES_NS);
  xmlnode_insert_data (xmlnode_new_child (set, "max"), most, -1);
  return set;
}

xmlnode *
pen_archive_query_end (const char *id)
{
  xmlnode *query = new_query (id);

  xmlnode_new_child (add_pages (query, "1"), "before");
  return query;
}

xmlnode *
pen_archive_query_after (const char *id, const char *after)
{
  xmlnode *query = new_query (id);

  xmlnode_insert_data (xmlnode_new_child (add_pages (query, PAGE), "after"), after, -1);
  return query;
}

xmlnode *
pen_archive_query_since (const char *id, gint64 since_us)
{
  g_autoptr (GDateTime) begin = g_date_time_new_from_unix_utc (MAX (0, (since_us - CLOCK_MARGIN_US) / G_USEC_PER_SEC));
  g_autofree char *from = g_date_time_format_iso8601 (begin);
  xmlnode *query = new_query (id);

  pen_wire_field_add (pen_wire_form_add (query, PEN_ARCHIVE_NS), "start", from);
  add_pages (query, PAGE);
  return query;
}
