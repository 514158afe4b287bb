/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides where a connection may go and by which proxy, and writes its row
 * before it is opened. A way that would lead past the user's proxy is refused. */

#include "purple/http-private.h"

#include "omemo/media.h"
#include "purple/row-news.h"

#include <debug.h>
#include <glib/gi18n-lib.h>
#include <proxy.h>
#include <string.h>

#define MAX_TEXT_BYTES 64

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_REFUSED, why);
  return FALSE;
}

/* Returns: (transfer full) (nullable): a part of the URL. */
static char *
part_of (CURLU *url, CURLUPart part)
{
  char *text = NULL;
  char *copy;

  if (curl_url_get (url, part, &text, part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0) != CURLUE_OK)
    return NULL;
  copy = g_strdup (text);
  curl_free (text);
  return copy;
}

static gboolean
read_url (PenHttp *http, gboolean *is_plain)
{
  CURLU *url = curl_url ();
  g_autofree char *user = NULL;
  g_autofree char *port = NULL;
  gboolean ok = curl_url_set (url, CURLUPART_URL, http->url, 0) == CURLUE_OK;

  if (ok)
    {
      user = part_of (url, CURLUPART_USER);
      port = part_of (url, CURLUPART_PORT);
      http->host = part_of (url, CURLUPART_HOST);
      http->path = part_of (url, CURLUPART_PATH);
    }
  curl_url_cleanup (url);
  *is_plain = g_str_has_prefix (http->url, "http://");
  if (!ok || http->host == NULL || port == NULL || user != NULL
      || (!*is_plain && !g_str_has_prefix (http->url, "https://")))
    return FALSE;
  http->port = (long) g_ascii_strtoull (port, NULL, 10);
  if (http->host[0] == '[')
    {
      memmove (http->host, http->host + 1, strlen (http->host));
      http->host[strcspn (http->host, "]")] = '\0';
    }
  return http->port > 0;
}

/* Somebody else's link must not reach what listens on the user's own computer,
 * unless the account's server is there too. */
static gboolean
is_account_on_loopback (PenAccount *account)
{
  const char *server = pen_account_text (account->purple, "connect_server");

  return pen_media_is_loopback (server != NULL ? server : account->domain);
}

static gboolean
check_proxy (PenHttp *http, GError **error)
{
  PurpleProxyInfo *info = purple_proxy_get_setup (http->account->purple);
  PurpleProxyType type = info != NULL ? purple_proxy_info_get_type (info) : PURPLE_PROXY_NONE;

  http->is_direct = type == PURPLE_PROXY_NONE;
  switch (type)
    {
    case PURPLE_PROXY_NONE:
      return TRUE;
    case PURPLE_PROXY_HTTP:
    case PURPLE_PROXY_SOCKS4:
    case PURPLE_PROXY_SOCKS5:
    case PURPLE_PROXY_TOR:
      if (purple_proxy_info_get_host (info) != NULL && purple_proxy_info_get_port (info) > 0)
        return TRUE;
      return refuse (error, _("The proxy of the account has no host or port, so nothing was connected to. Mend the "
                              "account's proxy."));
    default:
      return refuse (error, _("This kind of proxy cannot be used for files, so nothing was connected to. Set the "
                              "account's proxy to SOCKS, HTTP or Tor, or to none."));
    }
}

gboolean
pen_http_place (PenHttp *http, GError **error)
{
  gboolean is_plain = FALSE;
  gboolean is_loopback;

  if (!read_url (http, &is_plain))
    return refuse (error, _("The place of the file is no web address that can be used."));
  http->may_loop = is_account_on_loopback (http->account);
  is_loopback = pen_media_is_loopback (http->host);
  if (is_loopback && !http->may_loop)
    return refuse (error, _("The place of the file is this computer itself. It was not connected to."));
  if (is_plain && !is_loopback)
    return refuse (error, _("The place of the file has no encrypted connection (https). It was not connected to."));
  return check_proxy (http, error);
}

void
pen_http_proxy (PenHttp *http)
{
  PurpleProxyInfo *info = purple_proxy_get_setup (http->account->purple);
  PurpleProxyType type = http->is_direct ? PURPLE_PROXY_NONE : purple_proxy_info_get_type (info);
  /* The kinds whose other end looks names up: they must not be asked for here. */
  long kind = type == PURPLE_PROXY_HTTP ? CURLPROXY_HTTP
              : type == PURPLE_PROXY_SOCKS4 ? CURLPROXY_SOCKS4A : CURLPROXY_SOCKS5_HOSTNAME;

  curl_easy_setopt (http->easy, CURLOPT_NOPROXY, "");
  /* Empty: no proxy, whatever the environment says. */
  curl_easy_setopt (http->easy, CURLOPT_PROXY, http->is_direct ? "" : purple_proxy_info_get_host (info));
  if (http->is_direct)
    return;
  curl_easy_setopt (http->easy, CURLOPT_PROXYTYPE, kind);
  curl_easy_setopt (http->easy, CURLOPT_PROXYPORT, (long) purple_proxy_info_get_port (info));
  curl_easy_setopt (http->easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
  if (purple_proxy_info_get_username (info) != NULL)
    curl_easy_setopt (http->easy, CURLOPT_PROXYUSERNAME, purple_proxy_info_get_username (info));
  if (purple_proxy_info_get_password (info) != NULL)
    curl_easy_setopt (http->easy, CURLOPT_PROXYPASSWORD, purple_proxy_info_get_password (info));
}

static gint64
request_bytes (const PenHttp *http)
{
  gint64 bytes = (gint64) strlen (http->url) + MAX_TEXT_BYTES;

  for (const struct curl_slist *line = http->headers; line != NULL; line = line->next)
    bytes += (gint64) strlen (line->data) + 2;
  return bytes + MAX (http->wish.body_bytes, 0);
}

gboolean
pen_http_record (PenHttp *http, const char *address, GError **error)
{
  PenApp *app = pen_app ();
  g_autoptr (PenLedgerRow) row = g_new0 (PenLedgerRow, 1);

  row->account = g_strdup (http->account->bare);
  row->kind = PEN_KIND_HTTP;
  row->address = g_strdup (address);
  row->trigger = PEN_TRIGGER_MANUAL;
  row->source = g_strdup (http->account->source);
  row->status = PEN_ROW_RECORDED;
  row->disclosed = PEN_DISCLOSED_CLEAR;
  row->bytes_out = request_bytes (http);
  pen_ledger_row_observe (row, PEN_OBSERVER_WEB, http->host);
  if (!pen_database_begin (app->database, error) || !pen_ledger_append (app->ledger, row, error)
      || !pen_database_commit (app->database, error))
    return FALSE;
  http->row = row->row;
  pen_row_news_add (http->row);
  if (!pen_database_begin (app->database, error) || !pen_ledger_mark_sent (app->ledger, http->row, error))
    return FALSE;
  pen_app_touch (app);
  return TRUE;
}

static PenLedgerOutcome
outcome_of (const PenHttp *http, CURLcode code, long status, char *number)
{
  PenLedgerOutcome outcome = { PEN_ROW_ERROR, "failed", 0 };
  curl_off_t body_bytes = 0;
  long head_bytes = 0;

  if (http->easy != NULL && curl_easy_getinfo (http->easy, CURLINFO_SIZE_DOWNLOAD_T, &body_bytes) == CURLE_OK
      && curl_easy_getinfo (http->easy, CURLINFO_HEADER_SIZE, &head_bytes) == CURLE_OK)
    outcome.bytes_in = (gint64) body_bytes + head_bytes;
  if (status > 0)
    {
      g_snprintf (number, MAX_TEXT_BYTES, "%ld", status);
      outcome.status = PEN_ROW_ANSWERED;
      outcome.result = number;
    }
  else if (code == CURLE_OPERATION_TIMEDOUT)
    outcome = (PenLedgerOutcome) { PEN_ROW_TIMEOUT, NULL, 0 };
  else if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST)
    outcome.result = "unreachable";
  return outcome;
}

void
pen_http_finish_row (const PenHttp *http, CURLcode code)
{
  PenApp *app = pen_app ();
  g_autoptr (GError) error = NULL;
  char number[MAX_TEXT_BYTES];
  PenLedgerOutcome outcome;
  long status = 0;

  if (http->easy != NULL)
    curl_easy_getinfo (http->easy, CURLINFO_RESPONSE_CODE, &status);
  outcome = outcome_of (http, code, status, number);
  if (!pen_database_begin (app->database, &error) || !pen_ledger_finish (app->ledger, http->row, &outcome, &error))
    {
      purple_debug_warning ("penregister", "a row is not completed: %s\n", error->message);
      return;
    }
  pen_app_touch (app);
  pen_row_news_add (http->row);
}
