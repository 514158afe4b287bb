/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

#include "interface.h"

G_BEGIN_DECLS

/**
 * PenDevicesWindow: the one window of people and devices.
 * @accounts: (element-type PurpleAccount): as offered
 * @typed: (nullable): about whom, besides one's own devices
 * @question: (nullable): what is being asked
 */
typedef struct
{
  GtkWidget *widget;
  GtkWidget *account;
  GtkWidget *person;
  GtkWidget *list;
  GtkWidget *buttons[3];
  GtkWidget *link;
  GtkWidget *own_link;
  GtkWidget *code;
  GtkWidget *state;
  GtkWidget *question;
  GPtrArray *accounts;
  char *typed;
} PenDevicesWindow;

/** pen_devices_fill: shows the chosen account and person anew. */
void pen_devices_fill (PenDevicesWindow *window);

/** pen_devices_say: puts a sentence under the list. */
void pen_devices_say (PenDevicesWindow *window, const char *text);

/** pen_devices_account: Returns: (transfer none) (nullable): the chosen account. */
PurpleAccount *pen_devices_account (const PenDevicesWindow *window);

/** pen_devices_buttons: Returns: (transfer floating): Trust, Distrust and Forget. */
GtkWidget *pen_devices_buttons (PenDevicesWindow *window);

/** pen_devices_links: Returns: (transfer floating): verifying by a link, and one's own link and code. */
GtkWidget *pen_devices_links (PenDevicesWindow *window);

/** pen_devices_show_link: shows the link of the chosen account's own devices. */
void pen_devices_show_link (PenDevicesWindow *window);

G_END_DECLS
