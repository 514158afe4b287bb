/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* One of our accounts: from login to close, and whom a text means in it. */

#include "purple/account.h"

#include "purple/archive.h"
#include "purple/backlog.h"
#include "purple/caps.h"
#include "purple/gateway-names.h"
#include "purple/http.h"
#include "purple/incoming-message.h"
#include "purple/message.h"
#include "purple/omemo-account.h"
#include "purple/omemo-bundles.h"
#include "purple/person.h"
#include "purple/question.h"
#include "purple/queue.h"
#include "purple/request.h"
#include "purple/room.h"
#include "purple/services.h"
#include "purple/upload.h"

#include <debug.h>
#include <glib/gi18n-lib.h>
#include <network.h>
#include <string.h>

/* Connected accounts: connection -> PenAccount. libpurple hands its functions
 * nothing but the connection, and its own data there is prpl-jabber's. */
static GHashTable *accounts;

gboolean
pen_account_is_ours (PurpleAccount *purple)
{
  return purple != NULL && g_strcmp0 (purple_account_get_protocol_id (purple), PEN_PLUGIN_ID) == 0;
}

PenAccount *
pen_account_of (PurpleConnection *gc)
{
  return accounts != NULL && gc != NULL ? g_hash_table_lookup (accounts, gc) : NULL;
}

PenAccount *
pen_account_find (PurpleAccount *purple)
{
  return purple != NULL ? pen_account_of (purple_account_get_connection (purple)) : NULL;
}

char *
pen_account_bare (PurpleAccount *purple)
{
  char *bare = pen_jid_bare (purple_account_get_username (purple));

  return bare != NULL ? bare : g_strdup (purple_account_get_username (purple));
}

PenAccount *
pen_account_open (PurpleAccount *purple)
{
  PenAccount *account = g_new0 (PenAccount, 1);
  const char *source = purple_network_get_local_system_ip (-1);

  account->purple = purple;
  account->gc = purple_account_get_connection (purple);
  account->bare = pen_account_bare (purple);
  account->domain = pen_jid_domain (account->bare);
  if (account->domain == NULL)
    account->domain = g_strdup (account->bare);
  account->source = g_strdup (source);
  account->login_at_us = pen_clock_now_us (&pen_app ()->clock);
  account->requests = g_hash_table_new (g_str_hash, g_str_equal);
  account->people = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) pen_person_free);
  account->services = pen_services_new (purple);
  account->gate = pen_gate_new (account, pen_message_fate);
  account->queue = pen_queue_new (account);
  account->backlog = pen_backlog_new (account, pen_incoming_late);
  account->archive = pen_archive_new (account);
  account->bundles = pen_bundles_new (account);
  if (accounts == NULL)
    accounts = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (accounts, account->gc, account);
  return account;
}

gboolean
pen_account_is_any_open (void)
{
  return accounts != NULL;
}

void
pen_account_close (PenAccount *account)
{
  account->is_online = FALSE;
  pen_timers_cancel (pen_app ()->timers, account->watch);
  pen_request_cancel_all (account);
  pen_bundles_free (account->bundles);
  pen_queue_free (account->queue);
  pen_http_close (account);
  g_hash_table_remove (accounts, account->gc);
  if (g_hash_table_size (accounts) == 0)
    g_clear_pointer (&accounts, g_hash_table_unref);
  pen_archive_free (account->archive);
  pen_backlog_free (account->backlog);
  pen_rooms_free (account->rooms);
  pen_gate_free (account->gate);
  pen_caps_forget (account);
  pen_upload_forget (account);
  pen_secrets_free (account->secrets);
  pen_services_free (account->services);
  g_hash_table_unref (account->people);
  g_hash_table_unref (account->requests);
  g_free (account->bare);
  g_free (account->domain);
  g_free (account->source);
  g_free (account);
}

PenStanzaContext
pen_account_stanza_context (PenAccount *account)
{
  return (PenStanzaContext) { account->bare, account->domain, pen_services_hosts (account),
                              pen_services_gateways (account) };
}

static gboolean
is_own (PenAccount *account, const char *jid)
{
  g_autofree char *bare = pen_jid_bare (jid);

  return g_strcmp0 (bare, account->bare) == 0;
}

static gboolean
is_same_jid (const char *a, const char *b)
{
  g_autofree char *bare_a = pen_jid_bare (a);
  g_autofree char *bare_b = pen_jid_bare (b);

  return bare_a != NULL && g_strcmp0 (bare_a, bare_b) == 0
         && g_strcmp0 (pen_jid_resource (a), pen_jid_resource (b)) == 0;
}

gboolean
pen_account_answers (PenAccount *account, const char *to, const char *from)
{
  if (to == NULL)
    return from == NULL || is_own (account, from) || g_strcmp0 (from, account->domain) == 0;
  if (from == NULL)
    return is_own (account, to);
  return g_str_equal (to, from) || is_same_jid (to, from);
}

static PenAddress *
read_link_to_gateway (PurpleAccount *purple, PenAddress *address, GError **error)
{
  PenAccount *account = pen_account_find (purple);
  const char *configured = pen_account_text (purple, PEN_OPTION_GATEWAY);
  const char *const only[] = { configured, NULL };
  const char *const *gateways = account != NULL ? pen_services_gateways (account) : only;
  PenAddress *number;
  gboolean is_opaque;

  if (address->kind != PEN_ADDRESS_XMPP)
    return address;
  number = pen_gateway_names_address (address->name, gateways);
  if (number == NULL)
    return address;
  is_opaque = number->kind == PEN_ADDRESS_XMPP && strchr (number->name, '@') != NULL
              && g_strv_contains (gateways, strchr (number->name, '@') + 1);
  pen_address_free (address);
  if (!is_opaque)
    return number;
  g_set_error_literal (error, PEN_ADDRESS_ERROR, PEN_ADDRESS_ERROR_NOT_AN_ADDRESS,
                       _("This address at an SMS gateway stands for no number that can be read. Write to the number "
                         "itself."));
  pen_address_free (number);
  return NULL;
}

PenAddress *
pen_account_resolve (PurpleAccount *purple, const char *typed, GError **error)
{
  PenAddress *address = pen_address_parse (typed, pen_account_text (purple, PEN_OPTION_REGION), error);

  return address != NULL ? read_link_to_gateway (purple, address, error) : NULL;
}
