/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how a fingerprint looks to people, and a link to cameras. */

#include "devices-code.h"

#include <qrencode.h>
#include <string.h>

#define GROUP 8
#define GROUPS_A_LINE 4
/* ISO/IEC 18004: four modules of light on each side. */
#define QUIET 4

char *
pen_devices_groups (const char *fingerprint, gboolean in_lines)
{
  GString *text = g_string_new (NULL);
  gsize length = fingerprint != NULL ? strlen (fingerprint) : 0;

  for (gsize i = 0; i < length; i += GROUP)
    {
      gboolean breaks = in_lines && i / GROUP % GROUPS_A_LINE == 0;

      if (i > 0)
        g_string_append_c (text, breaks ? '\n' : ' ');
      g_string_append_len (text, fingerprint + i, (gssize) MIN (GROUP, length - i));
    }
  return g_string_free (text, FALSE);
}

PenDevicesCode *
pen_devices_code_new (const char *text)
{
  QRcode *qr = QRcode_encodeString8bit (text, 0, QR_ECLEVEL_M);
  PenDevicesCode *code;

  if (qr == NULL)
    return NULL;
  code = g_new0 (PenDevicesCode, 1);
  code->side = (guint) qr->width;
  code->modules = g_malloc (code->side * code->side);
  for (guint i = 0; i < code->side * code->side; i++)
    code->modules[i] = qr->data[i] & 1;
  QRcode_free (qr);
  return code;
}

void
pen_devices_code_free (PenDevicesCode *code)
{
  if (code == NULL)
    return;
  g_free (code->modules);
  g_free (code);
}

guint
pen_devices_code_draw (const PenDevicesCode *code, cairo_t *cr, guint size_px)
{
  guint module = size_px / (code->side + 2 * QUIET);
  guint margin = (size_px - module * code->side) / 2;

  if (module == 0)
    return 0;
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_rectangle (cr, 0, 0, size_px, size_px);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, 0, 0, 0);
  for (guint i = 0; i < code->side * code->side; i++)
    if (code->modules[i] != 0)
      cairo_rectangle (cr, margin + i % code->side * module, margin + i / code->side * module, module, module);
  cairo_fill (cr);
  return module;
}
