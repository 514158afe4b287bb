/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how the timeline is laid out and drawn: a function of plain values. */

#include "exposure-picture.h"

#include <glib/gi18n-lib.h>
#include <pango/pangocairo.h>

#define MARGIN_PX 12
#define GAP_PX 6
#define ROW_PX 28
#define STROKE_MIN_PX 10
#define STROKE_STEP_PX 2
#define STROKE_MAX_PX (ROW_PX - 4)
#define DIAMOND_PX 4
#define PAPER 0xffffff
#define TEXT 0x1a1a1a
#define FAINT 0xb8b8b8
#define WEEK_US (G_GINT64_CONSTANT (7) * 24 * 60 * 60 * G_USEC_PER_SEC)
#define MAX_RULES 10

static const guint inks[PEN_N_TICKS] = PEN_PICTURE_INK;
static const char *const row_words[PEN_N_TICKS] = { N_("Questions"), N_("Cover"), N_("Messages") };

/* @left: where the rows begin; @width: of the rows; @page: of the picture */
typedef struct
{
  const PenPicture *picture;
  cairo_t *cr;
  PangoLayout *layout;
  int page;
  int left;
  int width;
  int y;
} Pen;

static void
free_lane (gpointer data)
{
  PenLane *lane = data;

  g_free (lane->title);
  g_free (lane->numbers);
  g_free (lane->baseline);
  g_array_unref (lane->ticks);
  g_free (lane);
}

PenPicture *
pen_picture_new (const char *title, gint64 since_us, gint64 until_us)
{
  PenPicture *picture = g_new0 (PenPicture, 1);

  picture->title = g_strdup (title);
  picture->since_us = since_us;
  picture->until_us = MAX (until_us, since_us + 1);
  picture->lanes = g_ptr_array_new_with_free_func (free_lane);
  return picture;
}

void
pen_picture_free (PenPicture *picture)
{
  if (picture == NULL)
    return;
  g_free (picture->title);
  g_free (picture->font);
  g_ptr_array_unref (picture->lanes);
  g_free (picture);
}

PenLane *
pen_picture_add (PenPicture *picture)
{
  PenLane *lane = g_new0 (PenLane, 1);

  lane->ticks = g_array_new (FALSE, FALSE, sizeof (PenTick));
  g_ptr_array_add (picture->lanes, lane);
  return lane;
}

/* In floating point: days in microseconds times pixels would be near the end of 64 bits. */
static int
column_of (const PenPicture *picture, gint64 at_us, int width_px)
{
  double part = (double) (at_us - picture->since_us) / (double) (picture->until_us - picture->since_us);

  return (int) CLAMP (part * width_px, 0, width_px - 1);
}

guint *
pen_picture_columns (const PenPicture *picture, const PenLane *lane, PenTickKind kind, int width_px)
{
  guint *counts = g_new0 (guint, MAX (width_px, 1));

  for (guint i = 0; i < lane->ticks->len; i++)
    {
      const PenTick *tick = &g_array_index (lane->ticks, PenTick, i);

      if (tick->kind == kind && tick->at_us >= picture->since_us && tick->at_us < picture->until_us)
        counts[column_of (picture, tick->at_us, width_px)]++;
    }
  return counts;
}

int
pen_picture_stroke_px (guint n_ticks)
{
  int height = n_ticks > 0 ? STROKE_MIN_PX : 0;

  for (; n_ticks > 1; n_ticks /= 2)
    height += STROKE_STEP_PX;
  return MIN (height, STROKE_MAX_PX);
}

/* Ink */

static void
set_ink (cairo_t *cr, guint ink)
{
  cairo_set_source_rgb (cr, (ink >> 16) / 255.0, (ink >> 8 & 0xff) / 255.0, (ink & 0xff) / 255.0);
}

static void
fill_box (const Pen *pen, guint ink, const cairo_rectangle_int_t *box)
{
  if (pen->cr == NULL)
    return;
  set_ink (pen->cr, ink);
  cairo_rectangle (pen->cr, box->x, box->y, box->width, box->height);
  cairo_fill (pen->cr);
}

/* Returns: the text's height. What it says is kept within @width, by new lines. */
static int
write_text (const Pen *pen, const char *text, int x, int width)
{
  int height;

  pango_layout_set_width (pen->layout, width * PANGO_SCALE);
  pango_layout_set_text (pen->layout, text != NULL ? text : "", -1);
  pango_layout_get_pixel_size (pen->layout, NULL, &height);
  if (pen->cr != NULL)
    {
      set_ink (pen->cr, TEXT);
      cairo_move_to (pen->cr, x, pen->y);
      pango_cairo_show_layout (pen->cr, pen->layout);
    }
  return height;
}

static void
write_line (Pen *pen, const char *text)
{
  pen->y += write_text (pen, text, MARGIN_PX, pen->page - 2 * MARGIN_PX);
}

static void
draw_mark (const Pen *pen, PenTickKind kind, int column, guint n_ticks)
{
  int x = pen->left + column;
  int middle = pen->y + ROW_PX / 2;
  int stroke = pen_picture_stroke_px (n_ticks);

  switch (kind)
    {
    case PEN_TICK_LOOKUP:
      fill_box (pen, inks[kind], &(cairo_rectangle_int_t) { x, pen->y + ROW_PX - 2 - stroke, PEN_PICTURE_STROKE_PX,
                                                            stroke });
      break;
    case PEN_TICK_DELIVERY:
      fill_box (pen, inks[kind], &(cairo_rectangle_int_t) { x, middle - PEN_PICTURE_SQUARE_PX / 2,
                                                            PEN_PICTURE_SQUARE_PX, PEN_PICTURE_SQUARE_PX });
      break;
    default:
      set_ink (pen->cr, inks[kind]);
      cairo_set_line_width (pen->cr, 1);
      cairo_move_to (pen->cr, x, middle - DIAMOND_PX);
      cairo_line_to (pen->cr, x + DIAMOND_PX, middle);
      cairo_line_to (pen->cr, x, middle + DIAMOND_PX);
      cairo_line_to (pen->cr, x - DIAMOND_PX, middle);
      cairo_close_path (pen->cr);
      cairo_stroke (pen->cr);
      break;
    }
}

static void
draw_row (Pen *pen, const PenLane *lane, PenTickKind kind)
{
  if (pen->cr != NULL)
    {
      g_autofree guint *counts = pen_picture_columns (pen->picture, lane, kind, pen->width);

      write_text (pen, _(row_words[kind]), MARGIN_PX, pen->left - MARGIN_PX - GAP_PX);
      fill_box (pen, FAINT, &(cairo_rectangle_int_t) { pen->left, pen->y + ROW_PX - 1, pen->width, 1 });
      for (int x = 0; x < pen->width; x++)
        if (counts[x] > 0)
          draw_mark (pen, kind, x, counts[x]);
    }
  pen->y += ROW_PX;
}

/* A rule a week; in a long chain fewer, so that their days can be read. They lie under the marks. Returns: the height
 * of the days, which stand at @bottom. */
static int
draw_rules (Pen *pen, int top, int bottom)
{
  const PenPicture *picture = pen->picture;
  gint64 weeks = (picture->until_us - picture->since_us) / WEEK_US + 1;
  gint64 step_us = (weeks / MAX_RULES + 1) * WEEK_US;
  int height = 0;

  pen->y = bottom;
  for (gint64 at_us = picture->since_us; at_us < picture->until_us; at_us += step_us)
    {
      int x = pen->left + column_of (picture, at_us, pen->width);
      g_autoptr (GDateTime) day = g_date_time_new_from_unix_local (at_us / G_USEC_PER_SEC);
      g_autofree char *text = day != NULL ? g_date_time_format (day, "%x") : NULL;
      int room = column_of (picture, MIN (at_us + step_us, picture->until_us), pen->width) + pen->left - x;

      fill_box (pen, FAINT, &(cairo_rectangle_int_t) { x, top, 1, bottom - top });
      if (at_us == picture->since_us || room > pen->width / (MAX_RULES + 2))
        {
          int text_height = write_text (pen, text, x, MAX (room, 1));

          height = MAX (height, text_height);
        }
    }
  return height;
}

static void
draw_lane (Pen *pen, const PenLane *lane)
{
  int days;
  int top;

  pen->y += GAP_PX;
  write_line (pen, lane->title);
  write_line (pen, lane->numbers);
  write_line (pen, lane->baseline);
  top = pen->y + 1;
  days = draw_rules (pen, top, top + PEN_N_TICKS * ROW_PX);
  pen->y = top;
  for (int kind = 0; kind < PEN_N_TICKS; kind++)
    draw_row (pen, lane, kind);
  pen->y += days + GAP_PX;
}

/* The picture */

static PangoLayout *
new_layout (const PenPicture *picture, cairo_t *cr)
{
  PangoContext *context = pango_font_map_create_context (pango_cairo_font_map_get_default ());
  PangoLayout *layout = cr != NULL ? pango_cairo_create_layout (cr) : pango_layout_new (context);
  PangoFontDescription *font = pango_font_description_from_string (picture->font != NULL ? picture->font : "Sans 9");

  pango_layout_set_font_description (layout, font);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_font_description_free (font);
  g_object_unref (context);
  return layout;
}

static int
label_width (PangoLayout *layout)
{
  int widest = 0;

  for (int kind = 0; kind < PEN_N_TICKS; kind++)
    {
      int width;

      pango_layout_set_width (layout, -1);
      pango_layout_set_text (layout, _(row_words[kind]), -1);
      pango_layout_get_pixel_size (layout, &width, NULL);
      widest = MAX (widest, width);
    }
  return widest;
}

static void
draw_all (Pen *pen)
{
  const GPtrArray *lanes = pen->picture->lanes;

  write_line (pen, pen->picture->title);
  if (lanes->len == 0)
    write_line (pen, _("Nothing: the ledger has no row of these days."));
  for (guint i = 0; i < MIN (lanes->len, PEN_PICTURE_MAX_LANES); i++)
    draw_lane (pen, lanes->pdata[i]);
  if (lanes->len > PEN_PICTURE_MAX_LANES)
    {
      guint more = lanes->len - PEN_PICTURE_MAX_LANES;
      g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u more is in the table alone.",
                                                            "%u more are in the table alone.", more), more);

      write_line (pen, text);
    }
  pen->y += MARGIN_PX;
}

int
pen_picture_draw (const PenPicture *picture, cairo_t *cr, int width_px)
{
  PangoLayout *layout = new_layout (picture, cr);
  Pen pen = { picture, cr, layout, MAX (width_px, PEN_PICTURE_MIN_WIDTH_PX), 0, 0, MARGIN_PX };

  pen.left = MIN (MARGIN_PX + label_width (layout) + GAP_PX, pen.page / 2);
  pen.width = pen.page - pen.left - MARGIN_PX;
  if (cr != NULL)
    {
      cairo_save (cr);
      cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
      set_ink (cr, PAPER);
      cairo_paint (cr);
    }
  draw_all (&pen);
  if (cr != NULL)
    cairo_restore (cr);
  g_object_unref (layout);
  return pen.y;
}
