/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What goes out: one line an object, on a descriptor that nothing else can
 * write to. Whatever a library prints goes to the standard error. */

#include "harness.h"

#include <stdio.h>
#include <unistd.h>

static FILE *output;

gboolean
harness_output_open (void)
{
  int descriptor = dup (STDOUT_FILENO);

  if (descriptor < 0 || dup2 (STDERR_FILENO, STDOUT_FILENO) < 0)
    return FALSE;
  output = fdopen (descriptor, "w");
  return output != NULL;
}

void
harness_output_write (JsonObject *object)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *line = NULL;

  json_node_set_object (root, object);
  json_generator_set_root (generator, root);
  line = json_generator_to_data (generator, NULL);
  if (fputs (line, output) < 0 || fputc ('\n', output) < 0 || fflush (output) != 0)
    harness_core_quit ();
}
