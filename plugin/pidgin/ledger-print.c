/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The rows on paper: one line each, in a table. Drawn on the feed's thread:
 * GtkPrintOperation would draw on the main loop, and after the plugin is
 * unloaded. */

#include <cairo-pdf.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>

#include "ledger-export.h"
#include "ledger-words.h"

#define LINE_POINTS 11.0
#define FONT "Sans 6.5"
#define TITLE_LINES 4
#define MARGIN_POINTS 36.0
#define GAP_POINTS 4.0

/* What a person looks for on paper, and how much of the width it gets. */
static const struct
{
  PenLedgerColumn column;
  double share;
} printed[] = {
  { PEN_COLUMN_TIME, 0.11 }, { PEN_COLUMN_ACCOUNT, 0.13 }, { PEN_COLUMN_ABOUT, 0.13 },
  { PEN_COLUMN_OBSERVERS, 0.23 }, { PEN_COLUMN_KIND, 0.10 }, { PEN_COLUMN_COVER, 0.04 },
  { PEN_COLUMN_TRIGGER, 0.10 }, { PEN_COLUMN_RESULT, 0.16 },
};

typedef struct
{
  cairo_t *cairo;
  PangoLayout *layout;
  double width;
  guint rows_on_page;
  GArray *numbers;
} Print;

static void
draw_text (const Print *print, const char *text, double width)
{
  double x, y;

  cairo_get_current_point (print->cairo, &x, &y);
  pango_layout_set_width (print->layout, (int) (MAX (width - GAP_POINTS, 1) * PANGO_SCALE));
  pango_layout_set_text (print->layout, text, -1);
  pango_cairo_show_layout (print->cairo, print->layout);
  cairo_move_to (print->cairo, x + width, y);
}

/* @row: NULL for the titles of the columns. */
static void
draw_line (const Print *print, const PenLedgerRow *row, double y)
{
  cairo_move_to (print->cairo, MARGIN_POINTS, y);
  for (gsize i = 0; i < G_N_ELEMENTS (printed); i++)
    {
      g_autofree char *cell = row != NULL ? pen_words_cell (row, printed[i].column)
                                          : g_strdup (pen_words_column (printed[i].column));

      draw_text (print, cell, printed[i].share * print->width);
    }
}

static void
draw_title (const Print *print, guint page)
{
  g_autofree char *rows = pen_words_number (print->numbers->len);
  g_autofree char *now = pen_words_time (g_get_real_time ());
  g_autofree char *title = g_strdup_printf (_("Metadata ledger, rows: %s, printed on %s, page %u"), rows, now, page + 1);

  cairo_move_to (print->cairo, MARGIN_POINTS, MARGIN_POINTS);
  draw_text (print, title, print->width);
}

static gboolean
draw_page (const PenLedgerCall *call, const Print *print, guint page, GError **error)
{
  guint first = page * print->rows_on_page;
  guint n_rows = MIN (print->rows_on_page, MIN (print->numbers->len, PEN_PRINT_MAX_ROWS) - first);
  const gint64 *numbers = (const gint64 *) (gpointer) print->numbers->data;
  g_autoptr (GPtrArray) rows = call->pane->reader_rows (call->reader, numbers + first, n_rows, error);
  double y = MARGIN_POINTS + 2 * LINE_POINTS;

  if (rows == NULL)
    return FALSE;
  draw_title (print, page);
  draw_line (print, NULL, y);
  for (guint i = 0; i < rows->len; i++)
    {
      y += LINE_POINTS;
      if (g_ptr_array_index (rows, i) != NULL)
        draw_line (print, g_ptr_array_index (rows, i), y);
    }
  cairo_show_page (print->cairo);
  return TRUE;
}

static gboolean
draw_pages (const PenLedgerCall *call, const Print *print, GError **error)
{
  guint n_rows = MAX (1, MIN (print->numbers->len, PEN_PRINT_MAX_ROWS));
  guint n_pages = (n_rows + print->rows_on_page - 1) / print->rows_on_page;

  for (guint page = 0; page < n_pages; page++)
    {
      if (g_atomic_int_get (call->ending) != 0)
        {
          g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_INTR, _("Writing was stopped."));
          return FALSE;
        }
      if (!draw_page (call, print, page, error))
        return FALSE;
    }
  return TRUE;
}

static PangoLayout *
make_layout (cairo_t *cairo)
{
  PangoLayout *layout = pango_cairo_create_layout (cairo);
  PangoFontDescription *font = pango_font_description_from_string (FONT);

  pango_layout_set_font_description (layout, font);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_font_description_free (font);
  return layout;
}

static cairo_status_t
write_bytes (void *file, const unsigned char *bytes, unsigned int n_bytes)
{
  return fwrite (bytes, 1, n_bytes, file) == n_bytes ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static gboolean
draw (const PenLedgerCall *call, GArray *numbers, const PenLedgerPaper *paper, FILE *file, GError **error)
{
  cairo_surface_t *surface = cairo_pdf_surface_create_for_stream (write_bytes, file, paper->width, paper->height);
  Print print = { .cairo = cairo_create (surface), .width = paper->width - 2 * MARGIN_POINTS, .numbers = numbers };
  double lines = (paper->height - 2 * MARGIN_POINTS) / LINE_POINTS;
  cairo_status_t status;
  gboolean done;

  print.layout = make_layout (print.cairo);
  print.rows_on_page = (guint) MAX (1, (int) lines - TITLE_LINES);
  done = draw_pages (call, &print, error);
  g_object_unref (print.layout);
  cairo_destroy (print.cairo);
  cairo_surface_finish (surface);
  status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (done && status != CAIRO_STATUS_SUCCESS)
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, cairo_status_to_string (status));
  return done && status == CAIRO_STATUS_SUCCESS;
}

static gboolean
report (const char *path, int number, GError **error)
{
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (number), _("%s cannot be written: %s."), path,
               g_strerror (number));
  return FALSE;
}

static gboolean
put_in_place (FILE *file, gboolean is_drawn, const char *part, const char *path)
{
  gboolean is_closed = fclose (file) == 0;

  return is_drawn && is_closed && g_rename (part, path) == 0;
}

gint64
pen_ledger_print (const PenLedgerCall *call, GArray *numbers, const PenLedgerPaper *paper, const char *path,
                  GError **error)
{
  g_autofree char *part = g_strdup_printf ("%s.XXXXXX", path);
  /* Made for its owner alone, before anything stands in it. */
  int fd = g_mkstemp_full (part, O_WRONLY | O_CLOEXEC, 0600);
  FILE *file = fd >= 0 ? fdopen (fd, "wb") : NULL;
  gboolean is_drawn;

  if (file == NULL)
    return report (path, errno, error) - 1;
  is_drawn = draw (call, numbers, paper, file, error);
  if (put_in_place (file, is_drawn, part, path))
    return MIN (numbers->len, PEN_PRINT_MAX_ROWS);
  if (is_drawn)
    report (path, errno, error);
  g_unlink (part);
  return -1;
}
