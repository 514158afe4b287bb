/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The face in Pidgin: a table of parts. To add one, name it in the table.
 * A part takes back in uninit all that it put into Pidgin. */

#include "conv-part.h"
#include "copy-part.h"
#include "devices-part.h"
#include "entry-search.h"
#include "interface.h"
#include "ledger-part.h"
#include "settings-page.h"

#include <glib/gi18n-lib.h>
#include <gmodule.h>
#include <gtkplugin.h>
#include <version.h>

/* init: (nullable): sets the part up, once the interface is there. uninit: (nullable): takes it away.
 * actions: (nullable): prepends PurplePluginAction, the entries of Tools. */
typedef struct
{
  void (*init) (PurplePlugin *plugin);
  void (*uninit) (PurplePlugin *plugin);
  GList *(*actions) (GList *list);
} Part;

static const Part parts[] = {
  { pen_ledger_part_init, pen_ledger_part_uninit, pen_ledger_part_actions },
  { pen_conv_part_init, pen_conv_part_uninit, NULL },
  { pen_entry_search_init, pen_entry_search_uninit, NULL },
  { pen_devices_part_init, pen_devices_part_uninit, pen_devices_part_actions },
  { pen_settings_part_init, pen_settings_part_uninit, NULL },
  { NULL, NULL, pen_copy_part_actions },
};

static gboolean
load (PurplePlugin *plugin)
{
  if (!pen_interface_load ())
    return FALSE;
  /* GTK keeps our types, and with them our functions, for as long as the program runs. */
  g_module_make_resident (plugin->handle);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (parts[i].init != NULL)
      parts[i].init (plugin);
  return TRUE;
}

static gboolean
unload (PurplePlugin *plugin)
{
  for (gsize i = G_N_ELEMENTS (parts); i > 0; i--)
    if (parts[i - 1].uninit != NULL)
      parts[i - 1].uninit (plugin);
  purple_signals_disconnect_by_handle (plugin);
  pen_interface_unload ();
  return TRUE;
}

static GList *
list_actions (PurplePlugin *plugin, gpointer context)
{
  GList *list = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (parts[i].actions != NULL)
      list = parts[i].actions (list);
  return g_list_reverse (list);
}

static PurplePluginInfo info = {
  .magic = PURPLE_PLUGIN_MAGIC,
  .major_version = PURPLE_MAJOR_VERSION,
  .minor_version = PURPLE_MINOR_VERSION,
  .type = PURPLE_PLUGIN_STANDARD,
  .ui_requirement = (char *) PIDGIN_PLUGIN_TYPE,
  .priority = PURPLE_PRIORITY_DEFAULT,
  .id = (char *) "gtk-penregister",
  .name = (char *) N_("Pen Register: metadata ledger"),
  .version = (char *) PEN_VERSION,
  .summary = (char *) N_("Shows who was told what about whom"),
  .description = (char *) N_("The windows of Pen Register: the metadata ledger, and how each conversation goes."),
  .author = (char *) "The Pen Register authors",
  .load = load,
  .unload = unload,
  .ui_info = &pen_settings_ui,
  .actions = list_actions,
};

static void
init_plugin (PurplePlugin *plugin)
{
  bindtextdomain (GETTEXT_PACKAGE, PEN_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  info.dependencies = g_list_append (info.dependencies, (gpointer) PEN_PLUGIN_ID);
  info.name = (char *) _(info.name);
  info.summary = (char *) _(info.summary);
  info.description = (char *) _(info.description);
}

PURPLE_INIT_PLUGIN (penregister_pidgin, init_plugin, info)
