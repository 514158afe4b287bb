/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "exposure-picture.h"

G_BEGIN_DECLS

/** PenPictureFormat: what a picture is saved as. */
typedef enum
{
  PEN_PICTURE_PDF,
  PEN_PICTURE_PNG
} PenPictureFormat;

/**
 * pen_picture_save:
 * @width_px: as wide as it is seen; a PDF has one page of as many points
 * @path: 0600; whole or untouched
 *
 * Returns: %FALSE with @error set
 */
gboolean pen_picture_save (const PenPicture *picture, int width_px, const char *path, PenPictureFormat format,
                           GError **error);

G_END_DECLS
