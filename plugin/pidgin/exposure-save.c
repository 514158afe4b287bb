/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how a picture becomes a file: drawn by the same function that draws
 * it on the screen, and written only once all of it is there. */

#include "exposure-save.h"

#include <cairo-pdf.h>
#include <gio/gio.h>

#define FILE_MODE 0600

static cairo_status_t
append_bytes (void *closure, const unsigned char *data, unsigned int length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *
new_surface (PenPictureFormat format, GByteArray *bytes, int width_px, int height_px)
{
  if (format == PEN_PICTURE_PDF)
    return cairo_pdf_surface_create_for_stream (append_bytes, bytes, width_px, height_px);
  return cairo_image_surface_create (CAIRO_FORMAT_RGB24, width_px, height_px);
}

gboolean
pen_picture_save (const PenPicture *picture, int width_px, const char *path, PenPictureFormat format, GError **error)
{
  int width = MAX (width_px, PEN_PICTURE_MIN_WIDTH_PX);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  cairo_surface_t *surface = new_surface (format, bytes, width, pen_picture_draw (picture, NULL, width));
  cairo_t *cr = cairo_create (surface);
  cairo_status_t status;

  pen_picture_draw (picture, cr, width);
  status = cairo_status (cr);
  cairo_destroy (cr);
  if (status == CAIRO_STATUS_SUCCESS && format == PEN_PICTURE_PNG)
    status = cairo_surface_write_to_png_stream (surface, append_bytes, bytes);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status != CAIRO_STATUS_SUCCESS)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, cairo_status_to_string (status));
      return FALSE;
    }
  return g_file_set_contents_full (path, (const char *) bytes->data, bytes->len, G_FILE_SET_CONTENTS_CONSISTENT,
                                   FILE_MODE, error);
}
