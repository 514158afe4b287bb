/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Where the ledger window opens from, and about whom. One window is enough:
 * asked for again, it comes to the front with the filter that was asked for. */

#include "ledger-part.h"

#include "exposure-view.h"
#include "interface.h"
#include "ledger-window.h"

#include <blist.h>
#include <conversation.h>
#include <glib/gi18n-lib.h>
#include <util.h>

static PenLedgerWindow *window;

static void
on_closed (gpointer data)
{
  window = NULL;
}

static char *
resolve (const char *account, const char *typed)
{
  for (GList *l = purple_accounts_get_all (); l != NULL; l = l->next)
    {
      g_autofree char *bare = pen_interface_is_ours (l->data) ? pen_interface_bare (l->data) : NULL;

      if (bare != NULL && (account == NULL || g_str_equal (account, bare)))
        return pen_interface_address (l->data, typed);
    }
  return NULL;
}

static char **
list_accounts (void)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (GList *l = purple_accounts_get_all (); l != NULL; l = l->next)
    if (pen_interface_is_ours (l->data))
      g_ptr_array_add (names, pen_interface_bare (l->data));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static void
show (const char *account, const char *address)
{
  PenLedgerHost host = { pen_interface (), list_accounts, resolve, on_closed, NULL };

  if (window == NULL)
    {
      window = pen_ledger_window_new (&host);
      pen_ledger_window_add_page (window, _("What they could hand o_ver"), pen_exposure_view_new ());
    }
  pen_ledger_window_show (window, account, address);
}

void
pen_ledger_part_show_person (PurpleAccount *account, const char *name)
{
  g_autofree char *bare = pen_interface_bare (account);
  g_autofree char *address = pen_interface_address (account, name);

  show (bare, address != NULL ? address : name);
}

static void
on_action (PurplePluginAction *action)
{
  show (NULL, NULL);
}

GList *
pen_ledger_part_actions (GList *list)
{
  return g_list_prepend (list, purple_plugin_action_new (_("Metadata ledger"), on_action));
}

static void
on_buddy_chosen (PurpleBlistNode *node, gpointer data)
{
  PurpleBuddy *buddy = PURPLE_BUDDY (node);

  pen_ledger_part_show_person (purple_buddy_get_account (buddy), purple_buddy_get_name (buddy));
}

static void
on_buddy_menu (PurpleBlistNode *node, GList **menu, gpointer data)
{
  if (!PURPLE_BLIST_NODE_IS_BUDDY (node) || !pen_interface_is_ours (purple_buddy_get_account (PURPLE_BUDDY (node))))
    return;
  *menu = g_list_append (*menu, purple_menu_action_new (_("What was asked about this person…"),
                                                        PURPLE_CALLBACK (on_buddy_chosen), NULL, NULL));
}

static void
on_conversation_chosen (PurpleConversation *conv, gpointer data)
{
  pen_ledger_part_show_person (purple_conversation_get_account (conv), purple_conversation_get_name (conv));
}

static void
on_conversation_menu (PurpleConversation *conv, GList **menu, gpointer data)
{
  if (purple_conversation_get_type (conv) != PURPLE_CONV_TYPE_IM
      || !pen_interface_is_ours (purple_conversation_get_account (conv)))
    return;
  *menu = g_list_append (*menu, purple_menu_action_new (_("What was asked about this person…"),
                                                        PURPLE_CALLBACK (on_conversation_chosen), NULL, NULL));
}

static void
on_row (gint64 *row, gpointer data)
{
  if (window != NULL)
    pen_ledger_window_row (window, *row);
}

void
pen_ledger_part_init (PurplePlugin *plugin)
{
  purple_signal_connect (purple_blist_get_handle (), "blist-node-extended-menu", plugin,
                         PURPLE_CALLBACK (on_buddy_menu), NULL);
  purple_signal_connect (purple_conversations_get_handle (), "conversation-extended-menu", plugin,
                         PURPLE_CALLBACK (on_conversation_menu), NULL);
  purple_signal_connect (pen_interface_plugin (), "penregister-row", plugin, PURPLE_CALLBACK (on_row), NULL);
  pen_interface ()->ledger_window (TRUE);
}

void
pen_ledger_part_uninit (PurplePlugin *plugin)
{
  if (window != NULL)
    pen_ledger_window_destroy (window);
  pen_interface ()->ledger_window (FALSE);
}
