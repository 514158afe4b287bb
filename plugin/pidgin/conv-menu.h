/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtkconv.h>

G_BEGIN_DECLS

/* What can be done about the person of a conversation: in the menu bar of
 * each window, for the keyboard, and behind the button. */

/** pen_conv_menu_popup: pops the menu for @conv up under @button. */
void pen_conv_menu_popup (PurpleConversation *conv, GtkWidget *button);

/** pen_conv_menu_popup_answers: likewise what a held message can be answered with. */
void pen_conv_menu_popup_answers (PurpleConversation *conv, GtkWidget *button);

/** pen_conv_menu_run: does what @line, a slash command without its slash, does when typed. */
void pen_conv_menu_run (PurpleConversation *conv, const char *line);

/** pen_conv_menu_show: puts the menu for the active conversation of @window into its menu bar, or takes it out. */
void pen_conv_menu_show (PidginWindow *window);

/** pen_conv_menu_remove: takes it out. */
void pen_conv_menu_remove (PidginWindow *window);

G_END_DECLS
