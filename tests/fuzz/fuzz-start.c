/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What each fuzz target needs before its first input. A critical of GLib is a
 * fault of ours that no input may bring about, so it ends the program. */

#include "fuzz.h"

#include "../unit/xml-fixture.h"

int
LLVMFuzzerInitialize (G_GNUC_UNUSED int *argc, G_GNUC_UNUSED char ***argv)
{
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  xml_fixture_init ();
  return 0;
}
