/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Accounts and people by the names that requests and events use. */

#include "harness.h"

#include "penregister/address.h"

#include <string.h>

gboolean
harness_is_ours (PurpleAccount *account)
{
  return g_str_equal (purple_account_get_protocol_id (account), PEN_PLUGIN_ID);
}

char *
harness_account_handle (PurpleAccount *account)
{
  return g_strdup_printf ("%s@%s", purple_account_get_username (account), purple_account_get_protocol_id (account));
}

PurpleAccount *
harness_account_find (const char *handle)
{
  for (GList *l = purple_accounts_get_all (); l != NULL; l = l->next)
    {
      g_autofree char *candidate = harness_account_handle (l->data);

      if (g_str_equal (candidate, handle))
        return l->data;
    }
  return NULL;
}

char *
harness_account_bare (PurpleAccount *account)
{
  const char *user = purple_account_get_username (account);

  return pen_jid_bare (user);
}

char *
harness_address_of (PurpleAccount *account, const char *name)
{
  g_autoptr (PenAddress) address = NULL;
  PenAddressKind kind;

  if (name == NULL)
    return NULL;
  if (!harness_is_ours (account) && !g_str_equal (purple_account_get_protocol_id (account), "prpl-jabber"))
    return g_strdup (name);
  kind = pen_address_kind_of_name (name);
  if (kind == PEN_ADDRESS_NONE)
    {
      g_autofree char *bare = strchr (name, '@') != NULL ? pen_jid_bare (name) : NULL;

      return bare != NULL ? g_strconcat ("xmpp:", bare, NULL) : g_strdup (name);
    }
  address = pen_address_new (kind, name);
  return pen_address_to_uri (address);
}

void
harness_person_clear (HarnessPerson *person)
{
  g_clear_pointer (&person->name, g_free);
}

gboolean
harness_call_person (HarnessCall *call, HarnessPerson *person)
{
  const PenPane *pane = harness_get ()->pane;
  g_autoptr (GError) error = NULL;
  PenPaneStatus *status;
  const char *to;

  person->account = harness_call_account (call);
  if (person->account == NULL || !harness_call_text (call, "to", TRUE, &to))
    return FALSE;
  person->gc = purple_account_get_connection (person->account);
  if (!harness_is_ours (person->account) || pane == NULL)
    {
      person->name = g_strdup (to);
      return TRUE;
    }
  status = pane->status (person->account, to, &error);
  if (status == NULL)
    {
      harness_fail_error (call, error);
      return FALSE;
    }
  person->name = g_strdup (status->name);
  pane->status_free (status);
  return TRUE;
}

gboolean
harness_call_online_person (HarnessCall *call, HarnessPerson *person)
{
  if (!harness_call_person (call, person))
    return FALSE;
  if (person->gc != NULL && PURPLE_CONNECTION_IS_CONNECTED (person->gc))
    return TRUE;
  harness_fail (call, "not_connected", "The account is not connected.");
  return FALSE;
}

/* As when a person enters an address into a client. */
PurpleConversation *
harness_call_conversation (HarnessCall *call, HarnessPerson *person)
{
  PurpleConversation *conversation;

  if (!harness_call_online_person (call, person))
    return NULL;
  conversation = purple_conversation_new (PURPLE_CONV_TYPE_IM, person->account, person->name);
  if (conversation == NULL)
    harness_fail (call, "refused", "libpurple could not open the conversation.");
  return conversation;
}
