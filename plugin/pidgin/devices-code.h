/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

/* Fingerprints for eyes and cameras. */

/** pen_devices_groups: Returns: (transfer full): @fingerprint (nullable) in groups of eight; @in_lines: four a line. */
char *pen_devices_groups (const char *fingerprint, gboolean in_lines);

/** PenDevicesCode: a QR code. @modules: side * side bytes, each 1 for dark */
typedef struct
{
  guint side;
  guint8 *modules;
} PenDevicesCode;

/** pen_devices_code_new: Returns: (transfer full) (nullable): the code of @text; %NULL when it is too long for one. */
PenDevicesCode *pen_devices_code_new (const char *text);
void pen_devices_code_free (PenDevicesCode *code);

/**
 * pen_devices_code_draw: draws dark on light into @size_px by @size_px, with the quiet zone that readers need
 *
 * Returns: the width of a module in pixels, 0 when @size_px is too small: nothing is drawn then
 */
guint pen_devices_code_draw (const PenDevicesCode *code, cairo_t *cr, guint size_px);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenDevicesCode, pen_devices_code_free)

G_END_DECLS
