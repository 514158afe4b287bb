/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

/* A ledger in a store of its own with a clock that stands, for its tests. */

#include <glib/gstdio.h>

#include "database-private.h"
#include "penregister/ledger.h"

#define START_US G_GINT64_CONSTANT (1767225600123456)
#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

typedef struct
{
  char *folder;
  char *path;
  gint64 now_us;
  PenClock clock;
  PenDatabase *database;
  PenLedger *ledger;
} Desk;

static inline gint64
tell_time (gpointer data)
{
  return *(gint64 *) data;
}

static inline void
set_up (Desk *desk, gconstpointer data)
{
  GError *error = NULL;

  (void) data;
  desk->folder = g_dir_make_tmp ("penregister-test-XXXXXX", NULL);
  desk->path = g_build_filename (desk->folder, "store.db", NULL);
  desk->now_us = START_US;
  desk->clock.now_us = tell_time;
  desk->clock.data = &desk->now_us;
  desk->database = pen_database_open (desk->path, NULL, &error);
  g_assert_no_error (error);
  desk->ledger = pen_ledger_new (desk->database, &desk->clock);
}

static inline void
tear_down (Desk *desk, gconstpointer data)
{
  GDir *dir;
  const char *name;

  (void) data;
  pen_ledger_free (desk->ledger);
  pen_database_close (desk->database);
  dir = g_dir_open (desk->folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (desk->folder, name, NULL);

      g_unlink (file);
    }
  g_dir_close (dir);
  g_rmdir (desk->folder);
  g_free (desk->folder);
  g_free (desk->path);
}

static inline PenLedgerRow *
make_row (const char *address)
{
  PenLedgerRow *row = g_new0 (PenLedgerRow, 1);

  row->account = g_strdup ("juliet@capulet.example");
  row->address = g_strdup (address);
  row->kind = PEN_KIND_DEVICE_LIST;
  pen_ledger_row_observe (row, PEN_OBSERVER_HOME, "capulet.example");
  return row;
}

static inline gint64
append (Desk *desk, PenLedgerRow *row)
{
  g_autoptr (PenLedgerRow) owned = row;
  g_autoptr (GError) error = NULL;

  g_assert_true (pen_ledger_append (desk->ledger, owned, &error));
  g_assert_no_error (error);
  return owned->row;
}

static inline void
commit (Desk *desk)
{
  g_assert_true (pen_database_commit (desk->database, NULL));
}

static inline gint64
count (Desk *desk)
{
  const PenLedgerFilter all = PEN_LEDGER_FILTER_ALL;

  return pen_ledger_count (desk->ledger, &all, NULL);
}

#define TEST(path, data, function) g_test_add (path, Desk, data, set_up, function, tear_down)
