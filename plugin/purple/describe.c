/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what buddy list, tooltip and "get info" say of a person, from the
 * store alone. */

#include "purple/describe.h"

#include "penregister/number.h"
#include "purple/jabber.h"
#include "purple/pane.h"
#include "purple/wish.h"
#include "purple/words.h"

#include <glib/gi18n-lib.h>

#define INFO_ROWS 5

static gboolean
is_jid (const char *name)
{
  return pen_address_kind_of_name (name) == PEN_ADDRESS_XMPP;
}

/* prpl-jabber's functions need a stream of their own. */
static gboolean
is_connected (PurpleBuddy *buddy)
{
  PurpleConnection *gc = purple_account_get_connection (purple_buddy_get_account (buddy));

  return gc != NULL && purple_connection_get_protocol_data (gc) != NULL;
}

static void
add_status (PurpleNotifyUserInfo *info, const PenPaneStatus *status)
{
  g_autofree char *known = pen_words_capability (status);
  g_autofree char *age = pen_words_age (status->age_s);

  purple_notify_user_info_add_pair_plaintext (info, _("Route"), status->words);
  purple_notify_user_info_add_pair_plaintext (info, _("Known"), known);
  purple_notify_user_info_add_pair_plaintext (info, _("Last answer"), age);
}

void
pen_describe_tooltip (PurpleBuddy *buddy, PurpleNotifyUserInfo *info, gboolean full)
{
  const PurplePluginProtocolInfo *jabber = pen_jabber_prpl ();
  const char *name = purple_buddy_get_name (buddy);
  PenPaneStatus *status;

  if (is_jid (name) && is_connected (buddy) && jabber->tooltip_text != NULL)
    jabber->tooltip_text (buddy, info, full);
  status = pen_person_status (purple_buddy_get_account (buddy), name, NULL);
  if (status == NULL)
    return;
  if (!is_jid (name))
    {
      g_autofree char *who = pen_words_who (purple_buddy_get_account (buddy), name);

      purple_notify_user_info_add_pair_plaintext (info, _("Number"), who);
    }
  add_status (info, status);
  pen_pane_status_free (status);
}

char *
pen_describe_status_text (PurpleBuddy *buddy)
{
  const PurplePluginProtocolInfo *jabber = pen_jabber_prpl ();
  const char *name = purple_buddy_get_name (buddy);
  PenPaneStatus *status = pen_person_status (purple_buddy_get_account (buddy), name, NULL);
  g_autofree char *theirs = NULL;
  g_autofree char *words = NULL;

  if (is_jid (name) && jabber->status_text != NULL)
    theirs = jabber->status_text (buddy);
  if (status == NULL)
    return g_steal_pointer (&theirs);
  words = g_markup_escape_text (status->words, -1);
  pen_pane_status_free (status);
  if (theirs == NULL || *theirs == '\0')
    return g_steal_pointer (&words);
  return g_strdup_printf ("%s · %s", theirs, words);
}

const char *
pen_describe_emblem (PurpleBuddy *buddy)
{
  const PurplePluginProtocolInfo *jabber = pen_jabber_prpl ();

  if (!is_jid (purple_buddy_get_name (buddy)) || jabber->list_emblem == NULL)
    return NULL;
  return jabber->list_emblem (buddy);
}

static const char *
say_number_type (PenNumberType type)
{
  switch (type)
    {
    case PEN_NUMBER_TYPE_MOBILE:
      return _("mobile");
    case PEN_NUMBER_TYPE_FIXED:
      return _("fixed line: it may not take SMS");
    case PEN_NUMBER_TYPE_FIXED_OR_MOBILE:
      return _("mobile or fixed line");
    case PEN_NUMBER_TYPE_OTHER:
      return _("special service");
    default:
      return _("not known");
    }
}

static void
add_number (PurpleNotifyUserInfo *info, PurpleAccount *purple, const char *e164)
{
  g_autofree char *who = pen_words_who (purple, e164);
  g_autofree char *region = pen_number_region (e164);

  purple_notify_user_info_add_pair_plaintext (info, _("Number"), who);
  purple_notify_user_info_add_pair_plaintext (info, _("Region"), region != NULL ? region : _("not known"));
  purple_notify_user_info_add_pair_plaintext (info, _("Line"), say_number_type (pen_number_type (e164)));
}

static void
add_why (PurpleNotifyUserInfo *info, const PenPaneStatus *status)
{
  g_autofree char *why = status->why != NULL ? g_strjoinv (" ", status->why) : g_strdup ("");

  if (*why != '\0')
    purple_notify_user_info_add_pair_plaintext (info, _("Why"), why);
}

static void
add_rows (PurpleNotifyUserInfo *info, PurpleAccount *purple, const char *address)
{
  g_autofree char *bare = pen_account_bare (purple);
  PenLedgerFilter filter = PEN_LEDGER_FILTER_ALL;
  const PenPane *pane = pen_pane_interface ();
  g_autoptr (GPtrArray) rows = NULL;

  filter.account = bare;
  filter.address = address;
  rows = pane->rows (&filter, INFO_ROWS, 0, NULL);
  purple_notify_user_info_add_section_break (info);
  purple_notify_user_info_add_section_header (info, _("What was asked about this address"));
  if (rows == NULL || rows->len == 0)
    purple_notify_user_info_add_pair_plaintext (info, NULL, _("Nothing, as far as the ledger goes back."));
  for (guint i = 0; rows != NULL && i < rows->len; i++)
    {
      g_autofree char *line = pen_words_row (g_ptr_array_index (rows, i), FALSE);

      purple_notify_user_info_add_pair_plaintext (info, NULL, line);
    }
}

static void
fill_info (PurpleNotifyUserInfo *info, PurpleAccount *purple, const PenPaneStatus *status)
{
  purple_notify_user_info_add_pair_plaintext (info, _("Address"), status->address);
  if (pen_address_kind_of_name (status->name) == PEN_ADDRESS_TEL)
    add_number (info, purple, status->name);
  add_status (info, status);
  add_why (info, status);
  add_rows (info, purple, status->address);
}

void
pen_describe_info (PurpleConnection *gc, const char *who)
{
  PurpleAccount *purple = purple_connection_get_account (gc);
  PurpleNotifyUserInfo *info = purple_notify_user_info_new ();
  g_autoptr (GError) error = NULL;
  PenPaneStatus *status = pen_person_status (purple, who, &error);

  if (status != NULL)
    fill_info (info, purple, status);
  else
    purple_notify_user_info_add_pair_plaintext (info, _("Address"), error != NULL ? error->message : who);
  purple_notify_userinfo (gc, status != NULL ? status->name : who, info, NULL, NULL);
  if (status != NULL)
    pen_pane_status_free (status);
  purple_notify_user_info_destroy (info);
}
