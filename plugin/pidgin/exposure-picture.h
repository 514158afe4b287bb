/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

/* A timeline that a person can look at: plain values in, a drawing out, on a
 * screen as on paper. One lane an observer; in a lane a row each for
 * questions, cover and messages. Marks differ by shape, place and shade. */

/** PenTickKind: upright strokes, hollow diamonds and filled squares, from top to bottom. */
typedef enum
{
  PEN_TICK_LOOKUP,
  PEN_TICK_COVER,
  PEN_TICK_DELIVERY,
  PEN_N_TICKS
} PenTickKind;

/** PEN_PICTURE_INK: shade of the marks of each kind, 0xRRGGBB. */
#define PEN_PICTURE_INK { 0x1f3d7a, 0x9a6ac8, 0x2e7d32 }

/* A mark's size in pixels: strokes are this wide, and as high as pen_picture_stroke_px() says. */
#define PEN_PICTURE_STROKE_PX 2
#define PEN_PICTURE_SQUARE_PX 5

#define PEN_PICTURE_MIN_WIDTH_PX 360

/* More lanes than these are not drawn: a picture has to fit into 32,767 pixels. */
#define PEN_PICTURE_MAX_LANES 100

typedef struct
{
  gint64 at_us;
  PenTickKind kind;
} PenTick;

/**
 * PenLane: one observer.
 * @title: who; @numbers: what it can hold; @baseline: what it could hold otherwise
 * @ticks: (element-type PenTick): in any order
 */
typedef struct
{
  char *title;
  char *numbers;
  char *baseline;
  GArray *ticks;
} PenLane;

/**
 * PenPicture:
 * @title: what is shown
 * @font: (nullable): as Pango describes fonts
 * @since_us, @until_us: the days, @until_us exclusive
 * @lanes: (element-type PenLane)
 */
typedef struct
{
  char *title;
  char *font;
  gint64 since_us;
  gint64 until_us;
  GPtrArray *lanes;
} PenPicture;

/** pen_picture_new: Returns: (transfer full): without lanes. */
PenPicture *pen_picture_new (const char *title, gint64 since_us, gint64 until_us);
void pen_picture_free (PenPicture *picture);

/** pen_picture_add: Returns: (transfer none): a new lane without texts and ticks. */
PenLane *pen_picture_add (PenPicture *picture);

/**
 * pen_picture_columns:
 * @width_px: width of the row
 *
 * Returns: (transfer full) (array length=width_px): how many ticks of @kind fall on each column; what is outside the
 *   picture's days is in none
 */
guint *pen_picture_columns (const PenPicture *picture, const PenLane *lane, PenTickKind kind, int width_px);

/** pen_picture_stroke_px: Returns: how high a stroke for so many questions is: it grows with their logarithm. */
int pen_picture_stroke_px (guint n_ticks);

/**
 * pen_picture_draw:
 * @cr: (nullable): %NULL only measures
 * @width_px: brought to PEN_PICTURE_MIN_WIDTH_PX at least
 *
 * Returns: the height in pixels
 */
int pen_picture_draw (const PenPicture *picture, cairo_t *cr, int width_px);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenPicture, pen_picture_free)

G_END_DECLS
