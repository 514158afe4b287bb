/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include <string.h>

/* How often @text stands in the file at @path. */
static inline guint
count_in_file (const char *path, const char *text)
{
  g_autofree char *bytes = NULL;
  const char *end;
  gsize length;
  guint found = 0;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  end = bytes + length;
  /* Not memmem: the address sanitizer makes it look at all the rest, each time. */
  for (const char *at = bytes; (at = memchr (at, *text, (gsize) (end - at))) != NULL; at++)
    found += (gsize) (end - at) >= strlen (text) && memcmp (at, text, strlen (text)) == 0;
  return found;
}
