/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Copies a folder of logs beside another one, changing nothing that is there. */

#include "purple/import-logs.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

#define FOLDER_MODE 0700
#define FILE_MODE 0600
#define DEPTH_MAX 16
#define LISTED G_FILE_ATTRIBUTE_STANDARD_NAME "," G_FILE_ATTRIBUTE_STANDARD_TYPE

static void copy_folder (GFile *from, GFile *to, guint depth, PenImportCount *count);

static gboolean
make_folder (GFile *folder)
{
  g_autofree char *path = g_file_get_path (folder);

  return path != NULL && g_mkdir_with_parents (path, FOLDER_MODE) == 0;
}

static void
copy_file (GFile *from, GFile *to, PenImportCount *count)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_file_get_path (to);

  if (g_file_copy (from, to, G_FILE_COPY_NOFOLLOW_SYMLINKS | G_FILE_COPY_TARGET_DEFAULT_PERMS, NULL, NULL, NULL,
                   &error))
    count->copied++;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    {
      count->kept++;
      return;
    }
  else
    {
      count->failed++;
      return;
    }
  if (g_chmod (path, FILE_MODE) != 0)
    count->failed++;
}

static void
copy_entry (GFile *from_folder, GFile *to_folder, GFileInfo *info, guint depth, PenImportCount *count)
{
  g_autoptr (GFile) from = g_file_get_child (from_folder, g_file_info_get_name (info));
  g_autoptr (GFile) to = g_file_get_child (to_folder, g_file_info_get_name (info));

  switch (g_file_info_get_file_type (info))
    {
    case G_FILE_TYPE_DIRECTORY:
      copy_folder (from, to, depth + 1, count);
      break;
    case G_FILE_TYPE_REGULAR:
      copy_file (from, to, count);
      break;
    default:
      break;
    }
}

static void
copy_folder (GFile *from, GFile *to, guint depth, PenImportCount *count)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileEnumerator) entries = NULL;
  GFileInfo *info;

  entries = g_file_enumerate_children (from, LISTED, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, &error);
  if (entries == NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return;
  if (entries == NULL || depth > DEPTH_MAX || !make_folder (to))
    {
      count->failed++;
      return;
    }
  while (g_file_enumerator_iterate (entries, &info, NULL, NULL, &error) && info != NULL)
    copy_entry (from, to, info, depth, count);
  if (error != NULL)
    count->failed++;
}

PenImportCount
pen_import_logs (const char *from, const char *to)
{
  PenImportCount count = { 0 };
  g_autoptr (GFile) source = g_file_new_for_path (from);
  g_autoptr (GFile) target = g_file_new_for_path (to);

  if (!g_file_equal (source, target) && !g_file_has_prefix (target, source))
    copy_folder (source, target, 0, &count);
  return count;
}
