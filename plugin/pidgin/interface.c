/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides whether the protocol plugin's interface can be used, and answers
 * what only it knows of accounts and names. */

#include "interface.h"

#include <debug.h>
#include <string.h>

static const PenPane *pane;
static PurplePlugin *protocol;

gboolean
pen_interface_load (void)
{
  gboolean found = FALSE;
  const PenPane *offered = NULL;

  protocol = purple_plugins_find_with_id (PEN_PLUGIN_ID);
  if (protocol != NULL && purple_plugin_is_loaded (protocol))
    offered = purple_plugin_ipc_call (protocol, "pane", &found);
  if (!found || offered == NULL || offered->version != PEN_PANE_VERSION)
    {
      purple_debug_error ("penregister", "the protocol plugin offers no interface that this version knows\n");
      return FALSE;
    }
  pane = offered;
  return TRUE;
}

void
pen_interface_unload (void)
{
  pane = NULL;
  protocol = NULL;
}

const PenPane *
pen_interface (void)
{
  return pane;
}

PurplePlugin *
pen_interface_plugin (void)
{
  return protocol;
}

gboolean
pen_interface_is_ours (PurpleAccount *account)
{
  return account != NULL && g_strcmp0 (purple_account_get_protocol_id (account), PEN_PLUGIN_ID) == 0;
}

char *
pen_interface_bare (PurpleAccount *account)
{
  const char *name = purple_account_get_username (account);
  g_autofree char *bare = g_strndup (name, strcspn (name, "/"));
  const char *normal = purple_normalize (account, bare);

  return g_strdup (normal != NULL && *normal != '\0' ? normal : bare);
}

char *
pen_interface_address (PurpleAccount *account, const char *name)
{
  PenPaneStatus *status = pane->status (account, name, NULL);
  char *address = status != NULL ? g_strdup (status->address) : NULL;

  if (status != NULL)
    pane->status_free (status);
  return address;
}
