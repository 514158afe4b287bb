/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

#include "interface.h"

G_BEGIN_DECLS

/* The list of devices: one's own and one person's. */

/**
 * PenDeviceChosen: the line that is selected.
 * @typed: (transfer full): whose it is
 * @is_this: the device that this program is
 */
typedef struct
{
  char *typed;
  guint32 device;
  char *fingerprint;
  gboolean is_this;
} PenDeviceChosen;

/** pen_devices_list_new: Returns: (transfer floating): an empty list. */
GtkWidget *pen_devices_list_new (void);

/**
 * pen_devices_list_fill: shows the devices of @typed (nullable) and the account's own; what was selected stays so
 *
 * Returns: %FALSE with @error set when either cannot be had
 */
gboolean pen_devices_list_fill (GtkWidget *list, PurpleAccount *account, const char *typed, GError **error);

/** pen_devices_list_chosen: Returns: (transfer full) (nullable): the selected line. */
PenDeviceChosen *pen_devices_list_chosen (GtkWidget *list);
void pen_device_chosen_free (PenDeviceChosen *chosen);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenDeviceChosen, pen_device_chosen_free)

G_END_DECLS
