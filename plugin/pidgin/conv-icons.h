/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

#include "penregister/vocabulary.h"

G_BEGIN_DECLS

/** PenConvIcon: the small pictures, which never stand without words. */
typedef enum
{
  PEN_CONV_ICON_ENCRYPTED,
  PEN_CONV_ICON_SMS,
  PEN_CONV_ICON_PLAIN,
  PEN_CONV_ICON_HELD,
  PEN_CONV_ICON_UNKNOWN,
  PEN_CONV_ICON_WARNING,
  PEN_N_CONV_ICONS
} PenConvIcon;

/** pen_conv_icons_load: / _unload: before the first use, and after the last. */
void pen_conv_icons_load (void);
void pen_conv_icons_unload (void);

/** pen_conv_icon_of: Returns: the picture of how one message goes. */
PenConvIcon pen_conv_icon_of (PenRoute route);

/** pen_conv_icon_pixbuf: Returns: (transfer none) (nullable): the picture, 16 pixels. */
GdkPixbuf *pen_conv_icon_pixbuf (PenConvIcon icon);

/** pen_conv_icon_html: Returns: (transfer full): the picture for a line of a conversation, empty if there is none. */
char *pen_conv_icon_html (PenConvIcon icon);

G_END_DECLS
