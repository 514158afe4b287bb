/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What we take from libpurple's XMPP plugin: its table of functions, and five
 * functions that libjabber exports, found in the loaded module. */

#include "purple/jabber.h"

#include "purple/xmpp-commands.h"

#include <glib/gi18n-lib.h>
#include <gmodule.h>

typedef void (*PluginFunc) (PurplePlugin *plugin);
typedef void (*SendFunc) (PurpleConnection *gc, xmlnode **element, gpointer unused);
typedef void (*ParseFunc) (gpointer stream, xmlnode *element);

static struct
{
  PurplePlugin *plugin;
  PluginFunc init;
  PluginFunc uninit;
  SendFunc send;
  ParseFunc parse_iq;
  ParseFunc parse_message;
} jabber;

static gboolean
find_symbol (const char *name, gpointer symbol, char **reason)
{
  if (g_module_symbol (jabber.plugin->handle, name, symbol))
    return TRUE;
  *reason = g_strdup_printf (_("libpurple's XMPP plugin has no function %s. This version of libpurple does not fit: "
                               "2.14 is needed."), name);
  return FALSE;
}

gboolean
pen_jabber_load (PurplePlugin *plugin, char **reason)
{
  guint from;

  jabber.plugin = purple_plugins_find_with_id ("prpl-jabber");
  if (jabber.plugin == NULL || jabber.plugin->handle == NULL)
    {
      *reason = g_strdup (_("libpurple's XMPP plugin (prpl-jabber) is not there. Install it with your client."));
      return FALSE;
    }
  if (!find_symbol ("jabber_plugin_init", &jabber.init, reason)
      || !find_symbol ("jabber_plugin_uninit", &jabber.uninit, reason)
      || !find_symbol ("jabber_send_signal_cb", &jabber.send, reason)
      || !find_symbol ("jabber_iq_parse", &jabber.parse_iq, reason)
      || !find_symbol ("jabber_message_parse", &jabber.parse_message, reason))
    return FALSE;

  /* It registers prpl-jabber's slash commands a second time: those go again. */
  from = pen_xmpp_commands_mark ();
  jabber.init (plugin);
  pen_xmpp_commands_drop (from, pen_xmpp_commands_mark ());
  return TRUE;
}

void
pen_jabber_unload (PurplePlugin *plugin)
{
  jabber.uninit (plugin);
}

const PurplePluginProtocolInfo *
pen_jabber_prpl (void)
{
  return PURPLE_PLUGIN_PROTOCOL_INFO (jabber.plugin);
}

PurplePlugin *
pen_jabber_plugin (void)
{
  return jabber.plugin;
}

void
pen_jabber_pass (PurpleConnection *gc, xmlnode *element)
{
  jabber.send (gc, &element, NULL);
}

void
pen_jabber_answer (PurpleConnection *gc, xmlnode *iq)
{
  gpointer stream = purple_connection_get_protocol_data (gc);

  if (stream != NULL)
    jabber.parse_iq (stream, iq);
}

void
pen_jabber_take_message (PurpleConnection *gc, xmlnode *message)
{
  gpointer stream = purple_connection_get_protocol_data (gc);

  if (stream != NULL)
    jabber.parse_message (stream, message);
}

int
pen_jabber_send_private (PurpleConnection *gc, const char *who, const char *html, PurpleMessageFlags flags)
{
  return pen_jabber_prpl ()->send_im (gc, who, html, flags);
}

gpointer
pen_jabber_send_signal (void)
{
  return PURPLE_CALLBACK (jabber.send);
}
