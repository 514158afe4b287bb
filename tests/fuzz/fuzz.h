/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

/* The two functions of a libFuzzer target. The first is the same for all and
 * stands in fuzz-start.c. */

/* Before the first input; @argc and @argv are the program's own. Returns: 0. */
int LLVMFuzzerInitialize (int *argc, char ***argv);

/* One input of @size bytes, which may hold anything and is not NUL-terminated. Returns: 0. */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
