/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* --loopback-only: which accounts are on this computer, and that no name of
 * another computer is ever asked for, whatever an account or a server says. */

#include "harness.h"

#include <gio/gio.h>
#include <string.h>

static gboolean
is_loopback (const char *host)
{
  g_autofree char *bare = g_strdup (host);
  g_autoptr (GInetAddress) address = NULL;

  if (bare[0] == '[' && g_str_has_suffix (bare, "]"))
    {
      memmove (bare, bare + 1, strlen (bare));
      bare[strlen (bare) - 1] = '\0';
    }
  if (g_ascii_strcasecmp (bare, "localhost") == 0)
    return TRUE;
  address = g_inet_address_new_from_string (bare);
  return address != NULL && g_inet_address_get_is_loopback (address);
}

static gboolean
refuse (const char *what, const char *host, char **reason)
{
  *reason = g_strdup_printf ("Only accounts on this computer may be used (--loopback-only): the %s is “%s”.", what,
                             host);
  return FALSE;
}

static char *
user_domain (PurpleAccount *account)
{
  const char *user = purple_account_get_username (account);
  const char *at = strchr (user, '@');
  const char *host = at != NULL ? at + 1 : user;

  return g_strndup (host, strcspn (host, "/"));
}

static gboolean
check_bosh (PurpleAccount *account, char **reason)
{
  const char *url = purple_account_get_string (account, "bosh_url", NULL);
  char *host = NULL;
  gboolean ok;

  if (url == NULL || url[0] == '\0')
    return TRUE;
  if (!purple_url_parse (url, &host, NULL, NULL, NULL, NULL) || host == NULL)
    {
      g_free (host);
      return refuse ("BOSH address", url, reason);
    }
  ok = is_loopback (host) || refuse ("BOSH address", url, reason);
  g_free (host);
  return ok;
}

static gboolean
check_proxy (PurpleAccount *account, char **reason)
{
  PurpleProxyInfo *info = purple_proxy_get_setup (account);
  const char *host = info != NULL ? purple_proxy_info_get_host (info) : NULL;
  const char *transfer = purple_account_get_string (account, "ft_proxies", NULL);

  if (info != NULL && purple_proxy_info_get_type (info) > PURPLE_PROXY_NONE && host != NULL && !is_loopback (host))
    return refuse ("proxy", host, reason);
  if (transfer != NULL && transfer[0] != '\0' && !is_loopback (transfer))
    return refuse ("file transfer proxy", transfer, reason);
  return TRUE;
}

gboolean
harness_guard_account (PurpleAccount *account, char **reason)
{
  const char *server = purple_account_get_string (account, "connect_server", NULL);
  g_autofree char *domain = user_domain (account);

  if (!harness_get ()->options.loopback_only)
    return TRUE;
  if (server != NULL && server[0] != '\0')
    {
      if (!is_loopback (server))
        return refuse ("server", server, reason);
    }
  else if (!is_loopback (domain))
    return refuse ("server", domain, reason);
  return check_bosh (account, reason) && check_proxy (account, reason);
}

/* Queries that are answered with a refusal from an idle source, by query. */
static GHashTable *refused;

typedef struct
{
  gpointer query;
  GCallback failed;
} Refusal;

static gboolean
tell_refused (gpointer data)
{
  const Refusal *refusal = data;

  g_hash_table_remove (refused, refusal->query);
  ((void (*) (gpointer, const char *)) refusal->failed) (
    refusal->query, "Names of other computers are not looked up (--loopback-only).");
  return G_SOURCE_REMOVE;
}

static void
refuse_query (gpointer query, GCallback failed)
{
  Refusal *refusal = g_new0 (Refusal, 1);
  guint source;

  refusal->query = query;
  refusal->failed = failed;
  source = g_idle_add_full (G_PRIORITY_DEFAULT, tell_refused, refusal, g_free);
  g_hash_table_insert (refused, query, GUINT_TO_POINTER (source));
}

static void
forget_query (gpointer query)
{
  guint source = GPOINTER_TO_UINT (g_hash_table_lookup (refused, query));

  g_hash_table_remove (refused, query);
  if (source != 0)
    g_source_remove (source);
}

static gboolean
resolve_host (PurpleDnsQueryData *query, PurpleDnsQueryResolvedCallback resolved, PurpleDnsQueryFailedCallback failed)
{
  if (is_loopback (purple_dnsquery_get_host (query)))
    return FALSE;
  refuse_query (query, G_CALLBACK (failed));
  return TRUE;
}

static void
forget_host (PurpleDnsQueryData *query)
{
  forget_query (query);
}

static gboolean
resolve_service (PurpleSrvTxtQueryData *query, PurpleSrvTxtQueryResolvedCallback resolved,
                 PurpleSrvTxtQueryFailedCallback failed)
{
  refuse_query (query, G_CALLBACK (failed));
  return TRUE;
}

static void
forget_service (PurpleSrvTxtQueryData *query)
{
  forget_query (query);
}

static PurpleDnsQueryUiOps host_ops = { .resolve_host = resolve_host, .destroy = forget_host };
static PurpleSrvTxtQueryUiOps service_ops = { .resolve = resolve_service, .destroy = forget_service };

void
harness_guard_install (void)
{
  refused = g_hash_table_new (NULL, NULL);
  purple_dnsquery_set_ui_ops (&host_ops);
  purple_srv_txt_query_set_ui_ops (&service_ops);
}
