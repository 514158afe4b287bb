/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The timeline as it is drawn: marks are counted by their ink on an image. */

#include <glib/gstdio.h>

#include "devices-code.h"
#include "exposure-picture.h"
#include "exposure-save.h"

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define SINCE_US (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC)
#define WIDTH_PX 900
#define N_DAYS 30
#define SQUARE_PX (PEN_PICTURE_SQUARE_PX * PEN_PICTURE_SQUARE_PX)

static const guint inks[PEN_N_TICKS] = PEN_PICTURE_INK;

static void
add_tick (PenLane *lane, PenTickKind kind, gint64 at_us)
{
  PenTick tick = { at_us, kind };

  g_array_append_val (lane->ticks, tick);
}

static PenPicture *
new_picture (guint n_lanes)
{
  PenPicture *picture = pen_picture_new ("Title", SINCE_US, SINCE_US + N_DAYS * DAY_US);

  for (guint i = 0; i < n_lanes; i++)
    {
      PenLane *lane = pen_picture_add (picture);

      lane->title = g_strdup ("your server: home.example");
      lane->numbers = g_strdup ("It can hold 3 questions about 2 people, exact to 1 second.");
      lane->baseline = g_strdup ("As in 2016: nothing either.");
    }
  return picture;
}

/* How many pixels have each kind's ink. */
static void
count_ink (const PenPicture *picture, guint *counts)
{
  int height = pen_picture_draw (picture, NULL, WIDTH_PX);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, WIDTH_PX, height);
  cairo_t *cr = cairo_create (surface);
  const guint8 *data;

  g_assert_cmpint (pen_picture_draw (picture, cr, WIDTH_PX), ==, height);
  g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  data = cairo_image_surface_get_data (surface);
  for (int kind = 0; kind < PEN_N_TICKS; kind++)
    {
      counts[kind] = 0;
      for (int y = 0; y < height; y++)
        for (int x = 0; x < WIDTH_PX; x++)
          {
            gconstpointer line = data + y * cairo_image_surface_get_stride (surface);
            const guint32 *row = line;

            counts[kind] += (row[x] & 0xffffff) == inks[kind];
          }
    }
  cairo_surface_destroy (surface);
}

static void
assert_ink (const PenPicture *picture, guint lookup, guint delivery)
{
  guint counts[PEN_N_TICKS];

  count_ink (picture, counts);
  g_assert_cmpuint (counts[PEN_TICK_LOOKUP], ==, lookup);
  g_assert_cmpuint (counts[PEN_TICK_DELIVERY], ==, delivery);
}

static void
test_empty (void)
{
  g_autoptr (PenPicture) none = new_picture (0);
  g_autoptr (PenPicture) quiet = new_picture (1);
  guint counts[PEN_N_TICKS];

  assert_ink (none, 0, 0);
  count_ink (quiet, counts);
  g_assert_cmpuint (counts[PEN_TICK_LOOKUP] + counts[PEN_TICK_COVER] + counts[PEN_TICK_DELIVERY], ==, 0);
  g_assert_cmpint (pen_picture_draw (quiet, NULL, WIDTH_PX), >, pen_picture_draw (none, NULL, WIDTH_PX));
}

/* Each mark is there as often as there are days with one, in each lane of its own. */
static void
test_marks (void)
{
  g_autoptr (PenPicture) picture = new_picture (2);
  guint counts[PEN_N_TICKS];
  guint one_diamond;

  for (int day = 1; day <= 7; day++)
    add_tick (picture->lanes->pdata[0], PEN_TICK_LOOKUP, SINCE_US + 3 * day * DAY_US);
  for (int day = 1; day <= 4; day++)
    add_tick (picture->lanes->pdata[1], PEN_TICK_DELIVERY, SINCE_US + 5 * day * DAY_US);
  add_tick (picture->lanes->pdata[1], PEN_TICK_COVER, SINCE_US + DAY_US);
  assert_ink (picture, 7 * PEN_PICTURE_STROKE_PX * (guint) pen_picture_stroke_px (1), 4 * SQUARE_PX);
  count_ink (picture, counts);
  one_diamond = counts[PEN_TICK_COVER];
  g_assert_cmpuint (one_diamond, >, 8);
  add_tick (picture->lanes->pdata[0], PEN_TICK_COVER, SINCE_US + 9 * DAY_US);
  count_ink (picture, counts);
  g_assert_cmpuint (counts[PEN_TICK_COVER], ==, 2 * one_diamond);
}

/* Many on one place are one stroke, a higher one; outside the days nothing is drawn. */
static void
test_many (void)
{
  g_autoptr (PenPicture) picture = new_picture (1);
  PenLane *lane = picture->lanes->pdata[0];

  for (int i = 0; i < 64; i++)
    add_tick (lane, PEN_TICK_LOOKUP, SINCE_US + 2 * DAY_US);
  assert_ink (picture, PEN_PICTURE_STROKE_PX * (guint) pen_picture_stroke_px (64), 0);
  g_assert_cmpint (pen_picture_stroke_px (64), >, pen_picture_stroke_px (1));
  g_assert_cmpint (pen_picture_stroke_px (0), ==, 0);
  g_assert_cmpint (pen_picture_stroke_px (G_MAXUINT), ==, pen_picture_stroke_px (1 << 20));
  add_tick (lane, PEN_TICK_DELIVERY, SINCE_US - 1);
  add_tick (lane, PEN_TICK_DELIVERY, picture->until_us);
  add_tick (lane, PEN_TICK_DELIVERY, G_MAXINT64);
  add_tick (lane, PEN_TICK_DELIVERY, G_MININT64 / 2);
  assert_ink (picture, PEN_PICTURE_STROKE_PX * (guint) pen_picture_stroke_px (64), 0);
}

static void
test_columns (void)
{
  g_autoptr (PenPicture) picture = new_picture (1);
  PenLane *lane = picture->lanes->pdata[0];
  g_autofree guint *counts = NULL;

  add_tick (lane, PEN_TICK_LOOKUP, SINCE_US);
  add_tick (lane, PEN_TICK_LOOKUP, SINCE_US + DAY_US - 1);
  add_tick (lane, PEN_TICK_LOOKUP, SINCE_US + DAY_US);
  add_tick (lane, PEN_TICK_COVER, SINCE_US + DAY_US);
  add_tick (lane, PEN_TICK_LOOKUP, SINCE_US + N_DAYS * DAY_US - 1);
  counts = pen_picture_columns (picture, lane, PEN_TICK_LOOKUP, N_DAYS);
  for (int i = 0; i < N_DAYS; i++)
    g_assert_cmpuint (counts[i], ==, i == 0 ? 2 : i == 1 || i == N_DAYS - 1 ? 1 : 0);
}

/* What a stranger's name holds is text, and a picture of very many lanes has an end. */
static void
test_bad (void)
{
  g_autoptr (PenPicture) picture = new_picture (5000);
  PenLane *lane = picture->lanes->pdata[0];
  guint counts[PEN_N_TICKS];

  g_free (lane->title);
  lane->title = g_strnfill (10000, 'w');
  g_free (lane->numbers);
  lane->numbers = g_strdup ("<b>&\xe2\x80\xae \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d</b>");
  g_clear_pointer (&lane->baseline, g_free);
  picture->font = g_strdup ("no such font 9");
  g_assert_cmpint (pen_picture_draw (picture, NULL, WIDTH_PX), <, 32767);
  g_assert_cmpint (pen_picture_draw (picture, NULL, -5), >, 0);
  count_ink (picture, counts);
}

static void
check_file (const PenPicture *picture, PenPictureFormat format, const char *head)
{
  g_autofree char *folder = g_dir_make_tmp ("pen-picture-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "picture", NULL);
  g_autofree char *missing = g_build_filename (folder, "none", "picture", NULL);
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  GStatBuf found;
  gsize length;

  g_assert_true (pen_picture_save (picture, WIDTH_PX, path, format, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &found), ==, 0);
  g_assert_cmpint (found.st_mode & 0777, ==, 0600);
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_true (g_str_has_prefix (bytes, head));
  g_assert_cmpuint (length, >, 1000);
  g_assert_false (pen_picture_save (picture, WIDTH_PX, missing, format, &error));
  g_assert_nonnull (error);
  g_remove (path);
  g_rmdir (folder);
}

static void
test_files (void)
{
  g_autoptr (PenPicture) picture = new_picture (3);

  add_tick (picture->lanes->pdata[0], PEN_TICK_COVER, SINCE_US + DAY_US);
  check_file (picture, PEN_PICTURE_PDF, "%PDF-1.");
  check_file (picture, PEN_PICTURE_PNG, "\x89PNG\r\n");
}

/* Fingerprints and codes */

static void
test_groups (void)
{
  g_autofree char *line = pen_devices_groups ("0123456789abcdef01", FALSE);
  g_autofree char *lines = pen_devices_groups ("0000000011111111222222223333333344444444", TRUE);
  g_autofree char *none = pen_devices_groups (NULL, TRUE);

  g_assert_cmpstr (line, ==, "01234567 89abcdef 01");
  g_assert_cmpstr (lines, ==, "00000000 11111111 22222222 33333333\n44444444");
  g_assert_cmpstr (none, ==, "");
}

/* The corners that every reader looks for: seven dark modules, five light ones in a ring, three by three dark. */
static void
assert_finder (const PenDevicesCode *code, guint left, guint top)
{
  for (guint y = 0; y < 7; y++)
    for (guint x = 0; x < 7; x++)
      {
        guint ring = MAX (x > 3 ? x - 3 : 3 - x, y > 3 ? y - 3 : 3 - y);

        g_assert_cmpuint (code->modules[(top + y) * code->side + left + x], ==, ring != 2);
      }
}

static void
test_code (void)
{
  g_autoptr (PenDevicesCode) code = pen_devices_code_new ("xmpp:juliet@example.org?omemo-sid-123=00");
  g_autofree char *too_long = g_strnfill (5000, 'x');
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 200, 200);
  cairo_t *cr = cairo_create (surface);

  g_assert_nonnull (code);
  assert_finder (code, 0, 0);
  assert_finder (code, code->side - 7, 0);
  assert_finder (code, 0, code->side - 7);
  g_assert_cmpuint (pen_devices_code_draw (code, cr, 200), ==, 200 / (code->side + 8));
  g_assert_cmpuint (pen_devices_code_draw (code, cr, 10), ==, 0);
  g_assert_null (pen_devices_code_new (too_long));
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picture/empty", test_empty);
  g_test_add_func ("/picture/marks", test_marks);
  g_test_add_func ("/picture/many", test_many);
  g_test_add_func ("/picture/columns", test_columns);
  g_test_add_func ("/picture/bad", test_bad);
  g_test_add_func ("/picture/files", test_files);
  g_test_add_func ("/devices/groups", test_groups);
  g_test_add_func ("/devices/code", test_code);
  return g_test_run ();
}
