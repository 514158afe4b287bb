/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides, for each function of libpurple that takes the name of a person,
 * whether prpl-jabber may have it. A number, a short code or a sender stays
 * with us: it is a buddy in the local list only, and nobody is told of it. */

#include "purple/names.h"

#include "purple/account.h"
#include "purple/command.h"
#include "purple/describe.h"
#include "purple/jabber.h"
#include "purple/lookup.h"
#include "purple/media.h"
#include "purple/message.h"
#include "purple/reachable.h"
#include "purple/room.h"
#include "purple/talk.h"

#include <debug.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_NAME_BYTES 3072

static gboolean
is_jid (const char *who)
{
  return who != NULL && pen_address_kind_of_name (who) == PEN_ADDRESS_XMPP;
}

const char *
pen_names_normalize (const PurpleAccount *purple, const char *who)
{
  static char buffer[MAX_NAME_BYTES];
  g_autofree char *name = NULL;
  const char *slash;

  if (who == NULL)
    return NULL;
  /* prpl-jabber knows which rooms are joined: there the resource is a person. */
  slash = strchr (who, '/');
  if (slash != NULL && strchr (who, '@') != NULL && strchr (who, '@') < slash)
    return pen_jabber_prpl ()->normalize (purple, who);
  name = pen_address_normalize (who);
  g_strlcpy (buffer, name, sizeof buffer);
  return buffer;
}

static unsigned int
send_typing (PurpleConnection *gc, const char *who, PurpleTypingState state)
{
  PenAccount *account = pen_account_of (gc);
  g_autoptr (PenAddress) address = NULL;
  PenPerson *person;

  if (account == NULL || !is_jid (who))
    return 0;
  if (pen_message_is_room_member (gc, who))
    return pen_jabber_prpl ()->send_typing (gc, who, state);
  address = pen_account_resolve (account->purple, who, NULL);
  person = address != NULL ? pen_person_get (account, address, NULL) : NULL;
  /* A notice may go only where a message would go by itself, over XMPP. */
  if (person == NULL || address->kind != PEN_ADDRESS_XMPP || pen_person_route (account, person, NULL).route != PEN_ROUTE_PLAIN)
    return 0;
  return pen_jabber_prpl ()->send_typing (gc, address->name, state);
}

static void
get_info (PurpleConnection *gc, const char *who)
{
  PenAccount *account = pen_account_of (gc);
  g_autoptr (PenAddress) address = NULL;
  PenPerson *person;

  if (account == NULL)
    return;
  address = pen_account_resolve (account->purple, who, NULL);
  person = address != NULL ? pen_person_get (account, address, NULL) : NULL;
  if (person != NULL)
    pen_lookup_want (account, person, PEN_TRIGGER_OPENED);
  if (address == NULL || address->kind != PEN_ADDRESS_XMPP)
    {
      pen_describe_info (gc, who);
      return;
    }
  pen_gate_by_hand (account->gate, TRUE);
  pen_jabber_prpl ()->get_info (gc, who);
  pen_gate_by_hand (account->gate, FALSE);
}

static void
add_buddy (PurpleConnection *gc, PurpleBuddy *buddy, PurpleGroup *group)
{
  PurpleAccount *purple = purple_connection_get_account (gc);
  g_autoptr (GError) error = NULL;
  g_autoptr (PenAddress) address = pen_account_resolve (purple, purple_buddy_get_name (buddy), &error);

  if (address == NULL)
    {
      purple_notify_error (gc, _("Add buddy"), _("This is not an address"), error->message);
      purple_blist_remove_buddy (buddy);
      return;
    }
  if (!g_str_equal (address->name, purple_buddy_get_name (buddy)))
    purple_blist_rename_buddy (buddy, address->name);
  if (address->kind == PEN_ADDRESS_XMPP)
    pen_jabber_prpl ()->add_buddy (gc, buddy, group);
  else
    pen_reachable_show (pen_account_of (gc));
}

static void
remove_buddy (PurpleConnection *gc, PurpleBuddy *buddy, PurpleGroup *group)
{
  if (is_jid (purple_buddy_get_name (buddy)))
    pen_jabber_prpl ()->remove_buddy (gc, buddy, group);
}

static void
alias_buddy (PurpleConnection *gc, const char *who, const char *alias)
{
  if (is_jid (who))
    pen_jabber_prpl ()->alias_buddy (gc, who, alias);
}

static void
group_buddy (PurpleConnection *gc, const char *who, const char *old_group, const char *new_group)
{
  if (is_jid (who))
    pen_jabber_prpl ()->group_buddy (gc, who, old_group, new_group);
}

static void
rename_group (PurpleConnection *gc, const char *old_name, PurpleGroup *group, GList *moved_buddies)
{
  g_autoptr (GList) jids = NULL;

  for (GList *link = moved_buddies; link != NULL; link = link->next)
    if (is_jid (purple_buddy_get_name (link->data)))
      jids = g_list_append (jids, link->data);
  if (jids != NULL)
    pen_jabber_prpl ()->rename_group (gc, old_name, group, jids);
}

static void
add_deny (PurpleConnection *gc, const char *who)
{
  if (is_jid (who))
    pen_jabber_prpl ()->add_deny (gc, who);
}

static void
rem_deny (PurpleConnection *gc, const char *who)
{
  if (is_jid (who))
    pen_jabber_prpl ()->rem_deny (gc, who);
}

static void
chat_invite (PurpleConnection *gc, int id, const char *message, const char *who)
{
  if (is_jid (who))
    pen_jabber_prpl ()->chat_invite (gc, id, message, who);
  else
    purple_notify_error (gc, _("Invite"), _("A phone number cannot join a room"),
                         _("Invite an XMPP address, like juliet@example.org."));
}

static void
convo_closed (PurpleConnection *gc, const char *who)
{
  if (is_jid (who))
    pen_jabber_prpl ()->convo_closed (gc, who);
}

static gboolean
send_attention (PurpleConnection *gc, const char *who, guint type)
{
  return is_jid (who) && pen_jabber_prpl ()->send_attention (gc, who, type);
}

/* May hold several elements; each enters the gate like everything else. */
static int
send_raw (PurpleConnection *gc, const char *text, int length)
{
  g_autofree char *copy = length < 0 ? g_strdup (text) : g_strndup (text, (gsize) length);
  g_autofree char *wrapped = NULL;
  xmlnode *root;

  if (g_strstrip (copy)[0] == '\0')
    return pen_jabber_prpl ()->send_raw (gc, " ", 1);
  wrapped = g_strconcat ("<raw>", copy, "</raw>", NULL);
  root = xmlnode_from_str (wrapped, -1);
  if (root == NULL || root->child == NULL)
    {
      purple_debug_error ("penregister", "text that is not XML does not leave\n");
      if (root != NULL)
        xmlnode_free (root);
      return -1;
    }
  for (xmlnode *element = root->child; element != NULL; element = element->next)
    if (element->type == XMLNODE_TYPE_TAG)
      {
        xmlnode *packet = element;

        purple_signal_emit (pen_app ()->plugin, "jabber-sending-xmlnode", gc, &packet);
      }
  xmlnode_free (root);
  return (int) strlen (text);
}

void
pen_names_override (PurplePluginProtocolInfo *info)
{
  info->send_im = pen_command_send_im;
  info->chat_send = pen_rooms_chat_send;
  info->send_typing = send_typing;
  info->get_info = get_info;
  info->add_buddy = add_buddy;
  info->remove_buddy = remove_buddy;
  info->alias_buddy = alias_buddy;
  info->group_buddy = group_buddy;
  info->rename_group = rename_group;
  info->add_deny = add_deny;
  info->rem_deny = rem_deny;
  info->chat_invite = chat_invite;
  info->convo_closed = convo_closed;
  info->send_attention = send_attention;
  info->send_raw = send_raw;
  info->normalize = pen_names_normalize;
  info->tooltip_text = pen_describe_tooltip;
  info->status_text = pen_describe_status_text;
  info->list_emblem = pen_describe_emblem;
  info->can_receive_file = pen_media_can_send;
  info->send_file = pen_media_send_file;
  /* libpurple's transfers and calls open connections of their own, past the ledger. */
  info->new_xfer = NULL;
  info->initiate_media = NULL;
  info->get_media_caps = NULL;
}
