/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* When rows are told of: not at once, each once, in their order, in slices.
 * Here a millisecond passes with every row that is told, and only then. */

#include <eventloop.h>
#include <signals.h>
#include <string.h>

#include "purple/app.h"
#include "purple/row-news.h"

#define COST_US 1000
#define MANY 100

static struct
{
  PurplePlugin plugin;
  PenApp app;
  gint64 now_us;
  GString *told;
  GSourceFunc slice;
  gint64 again;
} world;

/* Stands for GLib's: time is what the test says. */
gint64
g_get_monotonic_time (void)
{
  return world.now_us;
}

PenApp *
pen_app (void)
{
  return &world.app;
}

static guint
add_source (G_GNUC_UNUSED guint interval_ms, GSourceFunc function, G_GNUC_UNUSED gpointer data)
{
  g_assert_null (world.slice);
  world.slice = function;
  return 1;
}

static gboolean
remove_source (guint number)
{
  g_assert_cmpuint (number, ==, 1);
  world.slice = NULL;
  return TRUE;
}

static PurpleEventLoopUiOps loop = { .timeout_add = add_source, .timeout_remove = remove_source };

static void
run_slice (void)
{
  GSourceFunc slice = world.slice;

  g_assert_nonnull (slice);
  if (!slice (NULL))
    world.slice = NULL;
}

static void
on_row (const gint64 *row, G_GNUC_UNUSED gpointer data)
{
  world.now_us += COST_US;
  g_string_append_printf (world.told, "%" G_GINT64_FORMAT " ", *row);
  if (world.again != 0 && *row != world.again)
    pen_row_news_add (world.again);
}

static void
check_told (const char *wanted)
{
  g_assert_cmpstr (world.told->str, ==, wanted);
  g_string_truncate (world.told, 0);
}

static void
test_once (void)
{
  pen_row_news_add (7);
  pen_row_news_add (3);
  pen_row_news_add (7);
  check_told ("");
  run_slice ();
  check_told ("7 3 ");
  g_assert_null (world.slice);
  /* What changes after it was told is told again. */
  pen_row_news_add (7);
  run_slice ();
  check_told ("7 ");
}

static void
test_slices (void)
{
  gsize before = 0;
  guint n_slices = 0;

  for (gint64 row = 1; row <= MANY; row++)
    pen_row_news_add (row);
  for (; world.slice != NULL; n_slices++)
    {
      run_slice ();
      g_assert_cmpuint (world.told->len, >, before);
      before = world.told->len;
    }
  g_assert_cmpuint (n_slices, ==, MANY / 2);
  g_assert_true (g_str_has_prefix (world.told->str, "1 2 3 ") && g_str_has_suffix (world.told->str, "98 99 100 "));
  g_string_truncate (world.told, 0);
}

/* Who listens writes a row itself. */
static void
test_again (void)
{
  world.again = 9;
  pen_row_news_add (1);
  pen_row_news_add (2);
  run_slice ();
  run_slice ();
  check_told ("1 2 9 ");
  world.again = 0;
}

static void
test_tell_and_stop (void)
{
  for (gint64 row = 1; row <= 4; row++)
    pen_row_news_add (row);
  pen_row_news_tell ();
  check_told ("1 2 3 4 ");
  run_slice ();
  pen_row_news_add (5);
  pen_row_news_stop ();
  g_assert_null (world.slice);
  check_told ("");
  pen_row_news_stop ();
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  purple_eventloop_set_ui_ops (&loop);
  purple_signals_init ();
  world.app.plugin = &world.plugin;
  world.told = g_string_new (NULL);
  purple_signal_register (&world.plugin, "penregister-row", purple_marshal_VOID__POINTER, NULL, 1,
                          purple_value_new (PURPLE_TYPE_POINTER));
  purple_signal_connect (&world.plugin, "penregister-row", &world, PURPLE_CALLBACK (on_row), NULL);
  g_test_add_func ("/row-news/once", test_once);
  g_test_add_func ("/row-news/slices", test_slices);
  g_test_add_func ("/row-news/again", test_again);
  g_test_add_func ("/row-news/tell-and-stop", test_tell_and_stop);
  result = g_test_run ();
  purple_signals_disconnect_by_handle (&world);
  purple_signals_uninit ();
  g_string_free (world.told, TRUE);
  return result;
}
