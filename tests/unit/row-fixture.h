/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

typedef struct
{
  const char *path;
  const char *name;
  const char *want;
} PairRow;

/* Every row type begins with its path. */
static inline void
add_rows (const char *prefix, const void *rows, gsize n, gsize size, GTestDataFunc test)
{
  for (gsize i = 0; i < n; i++)
    {
      const char *row = (const char *) rows + i * size;
      g_autofree char *path = g_strconcat (prefix, *(const char *const *) (const void *) row, NULL);

      g_test_add_data_func (path, row, test);
    }
}

#define ADD_ROWS(prefix, rows, test) add_rows (prefix, rows, G_N_ELEMENTS (rows), sizeof (rows)[0], test)
