/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which hosts are our SMS gateways and directories: what the options
 * name comes first, else what its own disco answer says it is. libpurple asks
 * the server's items anyway, so finding them costs no question of ours. */

#include "purple/services.h"

#include "purple/reachable.h"
#include "purple/request.h"
#include "purple/talk.h"

#include <debug.h>
#include <string.h>

#define NS_DISCO_INFO "http://jabber.org/protocol/disco#info"
#define SETTING_GATEWAYS "gateways:"
#define MAX_GATEWAYS 32

/**
 * PenServices:
 * @gateways: host -> PenGatewayFlags: all that are or once were ours
 * @gateway: (nullable): in use
 * @directory: (nullable): in use; @directory_kind: its kind
 * @paused_until_us: the directory is not asked before
 * @hosts, @gateway_hosts: the same as vectors, for PenStanzaContext
 */
struct _PenServices
{
  char *bare;
  GHashTable *gateways;
  char *gateway;
  char *directory;
  const PenDirectoryKind *directory_kind;
  gint64 paused_until_us;
  char **hosts;
  char **gateway_hosts;
};

static void
rebuild_vectors (PenServices *services)
{
  g_autoptr (GPtrArray) hosts = g_ptr_array_new ();
  g_autoptr (GPtrArray) gateways = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer host;

  g_hash_table_iter_init (&iter, services->gateways);
  while (g_hash_table_iter_next (&iter, &host, NULL))
    {
      g_ptr_array_add (hosts, g_strdup (host));
      g_ptr_array_add (gateways, g_strdup (host));
    }
  if (services->directory != NULL)
    g_ptr_array_add (hosts, g_strdup (services->directory));
  g_ptr_array_add (hosts, NULL);
  g_ptr_array_add (gateways, NULL);
  g_strfreev (services->hosts);
  g_strfreev (services->gateway_hosts);
  services->hosts = (char **) g_ptr_array_free (g_steal_pointer (&hosts), FALSE);
  services->gateway_hosts = (char **) g_ptr_array_free (g_steal_pointer (&gateways), FALSE);
}

/* A number stays one conversation after the gateway was changed, so all hosts
 * that once were the gateway are kept. */
static void
remember_gateway (PenServices *services, const char *host, guint flags)
{
  g_autofree char *key = g_strconcat (SETTING_GATEWAYS, services->bare, NULL);
  g_autofree char *list = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_new = !g_hash_table_contains (services->gateways, host);

  if (is_new && g_hash_table_size (services->gateways) >= MAX_GATEWAYS)
    return;
  g_hash_table_replace (services->gateways, g_strdup (host), GUINT_TO_POINTER (flags));
  rebuild_vectors (services);
  if (!is_new)
    return;
  list = g_strjoinv (" ", services->gateway_hosts);
  if (!pen_database_begin (pen_app ()->database, &error)
      || !pen_setting_set (pen_app ()->database, key, list, &error))
    purple_debug_error ("penregister", "the gateway is not remembered: %s\n", error->message);
  else
    pen_app_touch (pen_app ());
}

static void
load_gateways (PenServices *services)
{
  g_autofree char *key = g_strconcat (SETTING_GATEWAYS, services->bare, NULL);
  g_autofree char *list = pen_setting_get (pen_app ()->database, key, NULL);
  g_auto (GStrv) hosts = g_strsplit (list != NULL ? list : "", " ", MAX_GATEWAYS);

  for (guint i = 0; hosts[i] != NULL; i++)
    if (hosts[i][0] != '\0')
      g_hash_table_replace (services->gateways, g_strdup (hosts[i]), GUINT_TO_POINTER (PEN_GATEWAY_NONE));
}

PenServices *
pen_services_new (PurpleAccount *purple)
{
  PenServices *services = g_new0 (PenServices, 1);
  const char *gateway = pen_account_text (purple, PEN_OPTION_GATEWAY);
  const char *directory = pen_account_text (purple, PEN_OPTION_DIRECTORY);

  services->bare = pen_account_bare (purple);
  services->gateways = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  load_gateways (services);
  rebuild_vectors (services);
  if (gateway != NULL)
    {
      services->gateway = g_ascii_strdown (gateway, -1);
      remember_gateway (services, services->gateway, PEN_GATEWAY_NONE);
    }
  if (directory != NULL)
    {
      services->directory = g_ascii_strdown (directory, -1);
      services->directory_kind = pen_directory_kinds[0];
      rebuild_vectors (services);
    }
  return services;
}

void
pen_services_free (PenServices *services)
{
  g_hash_table_unref (services->gateways);
  g_strfreev (services->hosts);
  g_strfreev (services->gateway_hosts);
  g_free (services->bare);
  g_free (services->gateway);
  g_free (services->directory);
  g_free (services);
}

static void
use_directory (PenAccount *account, const char *host, const PenDirectoryKind *kind)
{
  PenServices *services = account->services;

  if (services->directory != NULL && !g_str_equal (services->directory, host))
    return;
  g_free (services->directory);
  services->directory = g_strdup (host);
  services->directory_kind = kind;
  rebuild_vectors (services);
}

static void
use_gateway (PenAccount *account, const char *host, guint flags)
{
  PenServices *services = account->services;

  remember_gateway (services, host, flags);
  if (services->gateway == NULL)
    {
      services->gateway = g_strdup (host);
      purple_debug_info ("penregister", "SMS gateway found: %s\n", host);
      pen_reachable_show (account);
    }
}

/* Only hosts of our own server, or named by the user, are taken: a stranger
 * who calls himself a gateway gets nobody's messages. */
static gboolean
is_trusted_host (PenAccount *account, const char *host)
{
  g_autofree char *suffix = g_strconcat (".", account->domain, NULL);

  return g_str_has_suffix (host, suffix) || g_strcmp0 (host, account->services->gateway) == 0
         || g_strcmp0 (host, account->services->directory) == 0;
}

void
pen_services_saw_disco (PenAccount *account, xmlnode *iq)
{
  xmlnode *query = xmlnode_get_child_with_namespace (iq, "query", NS_DISCO_INFO);
  const char *host = xmlnode_get_attrib (iq, "from");
  const PenDirectoryKind *kind;

  if (query == NULL || host == NULL || strpbrk (host, "@/") != NULL
      || g_strcmp0 (xmlnode_get_attrib (iq, "type"), "result") != 0 || !is_trusted_host (account, host))
    return;
  if (pen_gateway_is_identity (query))
    use_gateway (account, host, pen_gateway_flags (query));
  kind = pen_directory_kind_of (query);
  if (kind != NULL)
    use_directory (account, host, kind);
}

static void
on_disco (PenAccount *account, xmlnode *iq, gpointer data)
{
  if (iq == NULL)
    purple_debug_warning ("penregister", "a configured service does not say what it can do\n");
}

static void
ask_disco (PenAccount *account, const char *host)
{
  PenRequest wish = { "get", host, on_disco, NULL };
  PenGateTag tag = { .trigger = PEN_TRIGGER_LOGIN, .kind = PEN_KIND_DISCO };
  xmlnode *query = xmlnode_new ("query");

  xmlnode_set_namespace (query, NS_DISCO_INFO);
  pen_request_send (account, &wish, query, &tag);
}

void
pen_services_start (PenAccount *account)
{
  if (pen_account_text (account->purple, PEN_OPTION_GATEWAY) != NULL)
    ask_disco (account, account->services->gateway);
  if (pen_account_text (account->purple, PEN_OPTION_DIRECTORY) != NULL)
    ask_disco (account, account->services->directory);
}

const char *
pen_services_gateway (PenAccount *account)
{
  return account->services->gateway;
}

guint
pen_services_gateway_flags (PenAccount *account, const char *host)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (account->services->gateways, host));
}

gboolean
pen_services_is_gateway (PenAccount *account, const char *host)
{
  return host != NULL && g_hash_table_contains (account->services->gateways, host);
}

PenAddress *
pen_services_number_at (PenAccount *account, const char *jid)
{
  g_autofree char *domain = jid != NULL ? pen_jid_domain (jid) : NULL;

  if (domain == NULL || strchr (jid, '@') == NULL || !pen_services_is_gateway (account, domain))
    return NULL;
  return pen_gateway_address_of (jid, domain, NULL, pen_account_text (account->purple, PEN_OPTION_REGION));
}

const char *
pen_services_directory (PenAccount *account, const PenDirectoryKind **kind)
{
  PenServices *services = account->services;

  if (services->directory == NULL || pen_clock_now_us (&pen_app ()->clock) < services->paused_until_us)
    return NULL;
  if (kind != NULL)
    *kind = services->directory_kind;
  return services->directory;
}

void
pen_services_directory_pause (PenAccount *account, guint seconds)
{
  account->services->paused_until_us = seconds == 0
    ? G_MAXINT64 : pen_clock_now_us (&pen_app ()->clock) + (gint64) seconds * G_USEC_PER_SEC;
}

const char *const *
pen_services_hosts (PenAccount *account)
{
  return (const char *const *) account->services->hosts;
}

const char *const *
pen_services_gateways (PenAccount *account)
{
  return (const char *const *) account->services->gateway_hosts;
}
