/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* libFuzzer target: any XML as a directory's answer. */

#include "fuzz.h"

#include "directory.h"

#include "../unit/xml-fixture.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const char *const asked[] = { "+15551230001", "+15551230002", NULL };
  g_autofree char *text = g_strndup ((const char *) data, size);
  xmlnode *node = xmlnode_from_str (text, -1);
  gint64 seconds;

  pen_directory_retry_read (text, &seconds);
  if (node == NULL)
    return 0;
  for (const PenDirectoryKind *const *kind = pen_directory_kinds; *kind != NULL; kind++)
    {
      g_autoptr (PenDirectoryAnswer) answer = pen_directory_answer_new ();

      (*kind)->parse (node, asked, answer, NULL);
    }
  pen_directory_kind_of (node);
  xmlnode_free (node);
  return 0;
}
