/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides when conversation windows are looked at again: at once when another
 * tab comes to the front, else together in the next idle moment, and each
 * second while a message counts down to its batch. */

#include "conv-part.h"

#include "conv-icons.h"
#include "conv-mark.h"
#include "conv-menu.h"
#include "conv-strip.h"
#include "interface.h"

#include <gtkconv.h>
#include <gtkconvwin.h>

static guint idle;
static guint countdown;

static gboolean
show_strips (void)
{
  gboolean is_counting = FALSE;

  for (GList *window = pidgin_conv_windows_get_list (); window != NULL; window = window->next)
    for (GList *l = pidgin_conv_window_get_gtkconvs (window->data); l != NULL; l = l->next)
      is_counting = pen_conv_strip_show (l->data) || is_counting;
  return is_counting;
}

static gboolean
show_all (void)
{
  for (GList *l = pidgin_conv_windows_get_list (); l != NULL; l = l->next)
    pen_conv_menu_show (l->data);
  return show_strips ();
}

static gboolean
on_second (gpointer data)
{
  if (show_strips ())
    return G_SOURCE_CONTINUE;
  countdown = 0;
  return G_SOURCE_REMOVE;
}

static void
plan_countdown (gboolean is_needed)
{
  if (is_needed && countdown == 0)
    countdown = g_timeout_add_seconds (1, on_second, NULL);
}

static gboolean
on_idle (gpointer data)
{
  idle = 0;
  plan_countdown (show_all ());
  return G_SOURCE_REMOVE;
}

static void
look_again (void)
{
  if (idle == 0)
    idle = g_idle_add (on_idle, NULL);
}

static void
show_now (PidginConversation *gtkconv)
{
  PidginWindow *window = pidgin_conv_get_window (gtkconv);

  plan_countdown (pen_conv_strip_show (gtkconv));
  if (window != NULL && pidgin_conv_window_get_active_gtkconv (window) == gtkconv)
    pen_conv_menu_show (window);
}

static void
on_displayed (PidginConversation *gtkconv, gpointer data)
{
  show_now (gtkconv);
}

static void
on_switched (PurpleConversation *conv, gpointer data)
{
  if (PIDGIN_IS_PIDGIN_CONVERSATION (conv) && PIDGIN_CONVERSATION (conv) != NULL)
    show_now (PIDGIN_CONVERSATION (conv));
}

/* The pane may show another conversation next, or be gone. */
static void
on_deleting (PurpleConversation *conv, gpointer data)
{
  look_again ();
}

static void
on_route (PurpleAccount *account, const char *name, gpointer data)
{
  look_again ();
}

static void
on_message (PurpleAccount *account, PenPaneMessage *message, gpointer data)
{
  pen_conv_marks_update (message);
  look_again ();
}

static void
on_connection (PurpleConnection *gc, gpointer data)
{
  look_again ();
}

static void
connect_protocol (PurplePlugin *plugin)
{
  static const char *const messages[] = { "penregister-im-out", "penregister-im-status", "penregister-question" };
  PurplePlugin *protocol = pen_interface_plugin ();

  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    purple_signal_connect (protocol, messages[i], plugin, PURPLE_CALLBACK (on_message), NULL);
  purple_signal_connect (protocol, "penregister-route", plugin, PURPLE_CALLBACK (on_route), NULL);
}

void
pen_conv_part_init (PurplePlugin *plugin)
{
  void *windows = pidgin_conversations_get_handle ();
  void *connections = purple_connections_get_handle ();

  if (!PEN_PANE_HAS (pen_interface (), sms_parts))
    return;
  pen_conv_icons_load ();
  pen_conv_marks_load ();
  connect_protocol (plugin);
  purple_signal_connect (windows, "conversation-displayed", plugin, PURPLE_CALLBACK (on_displayed), NULL);
  purple_signal_connect (windows, "conversation-switched", plugin, PURPLE_CALLBACK (on_switched), NULL);
  purple_signal_connect (purple_conversations_get_handle (), "deleting-conversation", plugin,
                         PURPLE_CALLBACK (on_deleting), NULL);
  purple_signal_connect (connections, "signed-on", plugin, PURPLE_CALLBACK (on_connection), NULL);
  purple_signal_connect (connections, "signed-off", plugin, PURPLE_CALLBACK (on_connection), NULL);
  plan_countdown (show_all ());
}

/* Hidden conversations stand in a window that is in no list. */
static void
remove_from (PurpleConversation *conv)
{
  PidginConversation *gtkconv = PIDGIN_IS_PIDGIN_CONVERSATION (conv) ? PIDGIN_CONVERSATION (conv) : NULL;

  if (gtkconv == NULL)
    return;
  pen_conv_strip_remove (gtkconv);
  if (gtkconv->win != NULL)
    pen_conv_menu_remove (gtkconv->win);
}

void
pen_conv_part_uninit (PurplePlugin *plugin)
{
  if (idle != 0)
    g_source_remove (idle);
  if (countdown != 0)
    g_source_remove (countdown);
  idle = countdown = 0;
  for (GList *l = purple_get_conversations (); l != NULL; l = l->next)
    remove_from (l->data);
  pen_conv_marks_unload ();
  pen_conv_icons_unload ();
}
