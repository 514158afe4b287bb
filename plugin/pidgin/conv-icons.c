/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The pictures of routes, from the plugin's own resources: for widgets as
 * pixbufs, for conversations as images of libpurple's store. */

#include "conv-icons.h"

#include <imgstore.h>

static const char *const names[PEN_N_CONV_ICONS] = {
  [PEN_CONV_ICON_ENCRYPTED] = "encrypted", [PEN_CONV_ICON_SMS] = "sms",         [PEN_CONV_ICON_PLAIN] = "plain",
  [PEN_CONV_ICON_HELD] = "held",           [PEN_CONV_ICON_UNKNOWN] = "unknown", [PEN_CONV_ICON_WARNING] = "warning",
};

static GdkPixbuf *pixbufs[PEN_N_CONV_ICONS];
static int image_ids[PEN_N_CONV_ICONS];

static GdkPixbuf *
read_pixbuf (GBytes *bytes)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();
  gsize length = 0;
  const guchar *data = g_bytes_get_data (bytes, &length);
  gboolean is_read = gdk_pixbuf_loader_write (loader, data, length, NULL);
  GdkPixbuf *pixbuf;

  if (!gdk_pixbuf_loader_close (loader, NULL) || !is_read)
    return NULL;
  pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  return pixbuf != NULL ? g_object_ref (pixbuf) : NULL;
}

static void
load_one (PenConvIcon icon)
{
  g_autofree char *file = g_strconcat (names[icon], ".png", NULL);
  g_autofree char *path = g_strconcat ("/org/penregister/route/", file, NULL);
  g_autoptr (GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize length = 0;
  gconstpointer data;

  if (bytes == NULL)
    return;
  data = g_bytes_get_data (bytes, &length);
  pixbufs[icon] = read_pixbuf (bytes);
  image_ids[icon] = purple_imgstore_add_with_id (g_memdup2 (data, length), length, file);
}

void
pen_conv_icons_load (void)
{
  for (guint i = 0; i < PEN_N_CONV_ICONS; i++)
    load_one (i);
}

void
pen_conv_icons_unload (void)
{
  for (guint i = 0; i < PEN_N_CONV_ICONS; i++)
    {
      g_clear_object (&pixbufs[i]);
      if (image_ids[i] != 0)
        purple_imgstore_unref_by_id (image_ids[i]);
      image_ids[i] = 0;
    }
}

GdkPixbuf *
pen_conv_icon_pixbuf (PenConvIcon icon)
{
  return pixbufs[icon];
}

char *
pen_conv_icon_html (PenConvIcon icon)
{
  return image_ids[icon] != 0 ? g_strdup_printf ("<IMG ID=\"%d\">", image_ids[icon]) : g_strdup ("");
}

PenConvIcon
pen_conv_icon_of (PenRoute route)
{
  switch (route)
    {
    case PEN_ROUTE_ENCRYPTED:
      return PEN_CONV_ICON_ENCRYPTED;
    case PEN_ROUTE_SMS:
      return PEN_CONV_ICON_SMS;
    case PEN_ROUTE_PLAIN:
      return PEN_CONV_ICON_PLAIN;
    default:
      return PEN_CONV_ICON_HELD;
    }
}
