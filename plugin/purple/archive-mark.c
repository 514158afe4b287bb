/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how the mark stands in the store: its time and its id, with a space between. */

#include "purple/archive-mark.h"

#include "penregister/contact.h"
#include "purple/app.h"

#include <debug.h>
#include <string.h>

#define KEY_PREFIX "archive:"

void
pen_archive_mark_load (PenArchiveMark *mark, const char *bare)
{
  g_autofree char *value = NULL;
  const char *space;

  *mark = (PenArchiveMark) { .key = g_strconcat (KEY_PREFIX, bare, NULL) };
  value = pen_setting_get (pen_app ()->database, mark->key, NULL);
  space = value != NULL ? strchr (value, ' ') : NULL;
  if (space == NULL)
    return;
  mark->at_us = g_ascii_strtoll (value, NULL, 10);
  mark->id = g_strdup (space + 1);
}

void
pen_archive_mark_clear (PenArchiveMark *mark)
{
  g_clear_pointer (&mark->key, g_free);
  g_clear_pointer (&mark->id, g_free);
}

gboolean
pen_archive_mark_move (PenArchiveMark *mark, const char *id, gint64 at_us)
{
  g_autofree char *value = g_strdup_printf ("%" G_GINT64_FORMAT " %s", at_us, id);
  g_autoptr (GError) error = NULL;

  if (!pen_setting_set (pen_app ()->database, mark->key, value, &error))
    {
      purple_debug_warning ("penregister", "what was read of the archive is not noted: %s\n", error->message);
      return FALSE;
    }
  g_free (mark->id);
  mark->id = g_strdup (id);
  mark->at_us = at_us;
  pen_app_touch (pen_app ());
  return TRUE;
}
