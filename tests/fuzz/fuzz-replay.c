/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Runs a fuzz target on the files of a folder, without libFuzzer, and prints
 * TAP: every build goes through what was found once.
 *
 * Usage: replay-TARGET FOLDER */

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gboolean
replay (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = NULL;
  g_autofree guint8 *exact = NULL;
  gsize size;

  if (!g_file_get_contents (path, &text, &size, NULL))
    return FALSE;
  /* A copy without the NUL, so that a sanitizer sees a read past the end. */
  exact = g_malloc (MAX (size, 1));
  memcpy (exact, text, size);
  return LLVMFuzzerTestOneInput (exact, size) == 0;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
list_names (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

int
main (int argc, char **argv)
{
  const char *folder = argc == 2 ? argv[1] : "";
  g_autoptr (GPtrArray) names = list_names (folder);
  int result = names->len > 0 ? EXIT_SUCCESS : EXIT_FAILURE;

  LLVMFuzzerInitialize (&argc, &argv);
  printf ("1..%u\n", names->len);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      gboolean is_good = replay (folder, name);

      printf ("%s %u /fuzz-corpus/%s\n", is_good ? "ok" : "not ok", i + 1, name);
      fflush (stdout);
      result = is_good ? result : EXIT_FAILURE;
    }
  return result;
}
