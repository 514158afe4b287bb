/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* One entry, and what it does. */

#include "copy-part.h"

#include "interface.h"

#include <glib/gi18n-lib.h>
#include <plugin.h>

static void
on_action (PurplePluginAction *action)
{
  const PenPane *pane = pen_interface ();

  if (PEN_PANE_HAS (pane, copy_account))
    pane->copy_account ();
}

GList *
pen_copy_part_actions (GList *list)
{
  return g_list_prepend (list, purple_plugin_action_new (_("Copy an XMPP account into Pen Register…"), on_action));
}
