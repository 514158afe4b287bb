/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what the menu of one person offers. The answer stands in the
 * conversation with that person, as that of the slash command does. */

#include "purple/actions.h"

#include "purple/actions-policy.h"
#include "purple/app.h"
#include "purple/jabber.h"
#include "purple/services.h"
#include "purple/talk.h"
#include "purple/wish.h"

#include <glib/gi18n-lib.h>

#define MENU_ROWS 20

static void
show (PurpleBuddy *buddy, const char *text, const GError *error)
{
  const char *shown = text != NULL ? text : error != NULL ? error->message : _("That could not be done.");

  pen_talk_system (purple_buddy_get_account (buddy), purple_buddy_get_name (buddy), shown, TRUE);
}

static void
on_lookup (PurpleBlistNode *node, G_GNUC_UNUSED gpointer data)
{
  PurpleBuddy *buddy = PURPLE_BUDDY (node);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = pen_wish_lookup (purple_buddy_get_account (buddy), purple_buddy_get_name (buddy), &error);

  show (buddy, text, error);
}

static void
on_asked (PurpleBlistNode *node, G_GNUC_UNUSED gpointer data)
{
  PurpleBuddy *buddy = PURPLE_BUDDY (node);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = pen_wish_ledger (purple_buddy_get_account (buddy), purple_buddy_get_name (buddy), MENU_ROWS,
                                           &error);

  show (buddy, text, error);
}

static void
on_why (PurpleBlistNode *node, G_GNUC_UNUSED gpointer data)
{
  PurpleBuddy *buddy = PURPLE_BUDDY (node);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = pen_wish_why (purple_buddy_get_account (buddy), purple_buddy_get_name (buddy), &error);

  show (buddy, text, error);
}

static void
on_choose (PurpleBlistNode *node, gpointer data)
{
  PurpleBuddy *buddy = PURPLE_BUDDY (node);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = pen_wish_choose (purple_buddy_get_account (buddy), purple_buddy_get_name (buddy),
                                           GPOINTER_TO_INT (data), &error);

  show (buddy, text, error);
}

static void
on_policy (PurpleBlistNode *node, gpointer data)
{
  PurpleBuddy *buddy = PURPLE_BUDDY (node);

  pen_policy_confirm_contact (purple_buddy_get_account (buddy), purple_buddy_get_name (buddy), GPOINTER_TO_INT (data));
}

typedef void (*MenuFunc) (PurpleBlistNode *node, gpointer data);

static void
add (GList **menu, const char *label, MenuFunc function, int data)
{
  *menu = g_list_append (*menu, purple_menu_action_new (label, PURPLE_CALLBACK (function), GINT_TO_POINTER (data),
                                                        NULL));
}

static void
add_lookup (GList **menu, PurpleBuddy *buddy)
{
  PenAccount *account = pen_account_find (purple_buddy_get_account (buddy));
  g_autofree char *hosts = account != NULL ? pen_wish_told (account, purple_buddy_get_name (buddy)) : NULL;
  g_autofree char *label = NULL;

  if (hosts == NULL)
    return;
  label = g_strdup_printf (_("Look up now (tells %s)"), hosts);
  add (menu, label, on_lookup, 0);
}

static void
add_choices (GList **menu, PenAddressKind kind, const PenContact *contact)
{
  PenChoice now = contact != NULL ? contact->choice : PEN_CHOICE_ASK;

  if (kind != PEN_ADDRESS_XMPP && now != PEN_CHOICE_SMS)
    add (menu, _("Always SMS"), on_choose, PEN_CHOICE_SMS);
  if ((kind == PEN_ADDRESS_XMPP || kind == PEN_ADDRESS_TEL) && now != PEN_CHOICE_PLAIN)
    add (menu, _("Always without encryption"), on_choose, PEN_CHOICE_PLAIN);
  if (now != PEN_CHOICE_ASK)
    add (menu, _("Ask me each time"), on_choose, PEN_CHOICE_ASK);
}

static const struct
{
  int when;
  const char *label;
} policies[] = {
  { PEN_WHEN_TYPED, N_("Ask about this person as soon as I type") },
  { PEN_WHEN_SEND, N_("Ask about this person when I send") },
  { PEN_WHEN_BATCH, N_("Ask about this person at fixed times, with others") },
  { PEN_WHEN_NEVER, N_("Never ask anybody about this person") },
  { PEN_WISH_NO_POLICY, N_("Use the account's setting") },
};

static void
add_policies (GList **menu, const PenContact *contact)
{
  int now = contact != NULL && contact->when >= 0 ? contact->when : PEN_WISH_NO_POLICY;

  for (gsize i = 0; i < G_N_ELEMENTS (policies); i++)
    if (policies[i].when != now)
      add (menu, _(policies[i].label), on_policy, policies[i].when);
}

static GList *
own_menu (PurpleBuddy *buddy, PenAddressKind kind)
{
  g_autoptr (PenContact) contact = pen_wish_contact (purple_buddy_get_account (buddy), purple_buddy_get_name (buddy),
                                                     NULL);
  GList *menu = NULL;

  add (&menu, _("Why this route?"), on_why, 0);
  if (!pen_app ()->has_window)
    add (&menu, _("What was asked about this person"), on_asked, 0);
  add_lookup (&menu, buddy);
  if (kind != PEN_ADDRESS_ALPHA)
    add_choices (&menu, kind, contact);
  add_policies (&menu, contact);
  return menu;
}

static GList *
jabber_menu (PurpleBuddy *buddy)
{
  const PurplePluginProtocolInfo *jabber = pen_jabber_prpl ();
  PurpleConnection *gc = purple_account_get_connection (purple_buddy_get_account (buddy));

  if (jabber == NULL || jabber->blist_node_menu == NULL || gc == NULL
      || purple_connection_get_protocol_data (gc) == NULL)
    return NULL;
  return jabber->blist_node_menu (PURPLE_BLIST_NODE (buddy));
}

GList *
pen_actions_buddy_menu (PurpleBlistNode *node)
{
  PurpleBuddy *buddy;
  PenAddressKind kind;
  GList *menu;

  if (!PURPLE_BLIST_NODE_IS_BUDDY (node))
    return NULL;
  buddy = PURPLE_BUDDY (node);
  kind = pen_address_kind_of_name (purple_buddy_get_name (buddy));
  if (kind == PEN_ADDRESS_NONE)
    return NULL;
  menu = own_menu (buddy, kind);
  return kind == PEN_ADDRESS_XMPP ? g_list_concat (menu, jabber_menu (buddy)) : menu;
}
