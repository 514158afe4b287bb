/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtkplugin.h>

G_BEGIN_DECLS

/** pen_settings_ui: for the plugin's info: the page that Pidgin shows behind “Configure Plugin”. */
extern PidginPluginUiInfo pen_settings_ui;

/** pen_settings_part_init, pen_settings_part_uninit: the page must not outlive the plugin. */
void pen_settings_part_init (PurplePlugin *plugin);
void pen_settings_part_uninit (PurplePlugin *plugin);

G_END_DECLS
