/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Carries one HTTP request by libcurl on libpurple's main loop, so that nobody
 * waits. Decides when it has taken too long or is too large. The signatures of
 * what libcurl calls are libcurl's. */

#include "purple/http-private.h"

#include "omemo/media.h"

#include <debug.h>
#include <eventloop.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#define CONNECT_TIMEOUT_S 30L
#define SILENCE_TIMEOUT_S 60L
#define WHOLE_TIMEOUT_S (2L * 60 * 60)

static void
set_error (PenHttp *http, PenMediaError code, const char *sentence)
{
  if (http->error == NULL)
    http->error = g_error_new (PEN_MEDIA_ERROR, code, "%s", sentence);
}

/* With the host's name in the place of %s. */
static void
set_error_host (PenHttp *http, const char *format)
{
  g_autofree char *sentence = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  sentence = g_strdup_printf (format, http->host);
#pragma GCC diagnostic pop
  set_error (http, PEN_MEDIA_ERROR_NETWORK, sentence);
}

static void
unwatch (gpointer input)
{
  purple_input_remove (GPOINTER_TO_UINT (input));
}

static void
http_free (PenHttp *http)
{
  if (http->query != NULL)
    purple_dnsquery_destroy (http->query);
  if (http->multi != NULL)
    {
      curl_multi_remove_handle (http->multi, http->easy);
      curl_multi_cleanup (http->multi);
    }
  g_clear_pointer (&http->easy, curl_easy_cleanup);
  curl_slist_free_all (http->headers);
  curl_slist_free_all (http->resolved);
  g_hash_table_unref (http->watches);
  if (http->timer != 0)
    purple_timeout_remove (http->timer);
  g_clear_error (&http->error);
  g_free (http->url);
  g_free (http->host);
  g_free (http->path);
  g_free (http);
}

static gboolean
is_good (const PenHttp *http)
{
  long status = 0;

  curl_easy_getinfo (http->easy, CURLINFO_RESPONSE_CODE, &status);
  return status == 200 || (http->wish.body_bytes >= 0 && (status == 201 || status == 204));
}

static void
explain_status (PenHttp *http)
{
  g_autofree char *sentence = NULL;
  long status = 0;

  curl_easy_getinfo (http->easy, CURLINFO_RESPONSE_CODE, &status);
  if (status == 404 || status == 410)
    set_error_host (http, _("The file is not on %s any more. Ask for it to be sent again."));
  else if (status == 413)
    set_error_host (http, _("The file is too large for %s."));
  sentence = g_strdup_printf (_("%s refused the file (HTTP %ld)."), http->host, status);
  set_error (http, PEN_MEDIA_ERROR_NETWORK, sentence);
}

static void
explain (PenHttp *http, CURLcode code)
{
  switch (code)
    {
    case CURLE_OK:
      if (!is_good (http))
        explain_status (http);
      break;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
      set_error_host (http, _("%s could not be reached."));
      break;
    case CURLE_PROXY:
      set_error_host (http, _("The account's proxy did not connect to %s."));
      break;
    case CURLE_OPERATION_TIMEDOUT:
      set_error_host (http, _("%s took too long to answer."));
      break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
      set_error_host (http, _("%s could not prove that it is the server it claims to be."));
      break;
    case CURLE_FILESIZE_EXCEEDED:
      set_error (http, PEN_MEDIA_ERROR_TOO_LARGE, _("The file is larger than what is taken here. It was not kept."));
      break;
    default:
      purple_debug_info ("penregister", "a connection ended: %s\n", curl_easy_strerror (code));
      set_error_host (http, _("The connection to %s broke off."));
    }
}

/* The row first, then whoever waits: that may start the next one. */
static void
finish (PenHttp *http, CURLcode code)
{
  PenHttpDone done = http->wish.done;
  gpointer data = http->wish.data;
  g_autoptr (GError) error = NULL;

  http->account->transfers = g_slist_remove (http->account->transfers, http);
  explain (http, code);
  pen_http_finish_row (http, code);
  error = g_steal_pointer (&http->error);
  http_free (http);
  done (error, data);
}

/* Returns with @http gone when it has ended. */
static void
heed (PenHttp *http)
{
  int left;
  CURLMsg *message = curl_multi_info_read (http->multi, &left);

  if (message != NULL && message->msg == CURLMSG_DONE)
    finish (http, message->data.result);
}

static void
on_ready (gpointer data, int fd, PurpleInputCondition condition)
{
  PenHttp *http = data;
  int events = 0;
  int running;

  if ((condition & PURPLE_INPUT_READ) != 0)
    events |= CURL_CSELECT_IN;
  if ((condition & PURPLE_INPUT_WRITE) != 0)
    events |= CURL_CSELECT_OUT;
  curl_multi_socket_action (http->multi, fd, events, &running);
  heed (http);
}

static gboolean
on_timer (gpointer data)
{
  PenHttp *http = data;
  int running;

  http->timer = 0;
  curl_multi_socket_action (http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
  heed (http);
  return FALSE;
}

static int
set_timer (G_GNUC_UNUSED CURLM *multi, long after_ms, void *data)
{
  PenHttp *http = data;

  if (http->timer != 0)
    purple_timeout_remove (http->timer);
  http->timer = after_ms >= 0 ? purple_timeout_add ((guint) after_ms, on_timer, http) : 0;
  return 0;
}

static int
watch_socket (G_GNUC_UNUSED CURL *easy, curl_socket_t fd, int what, void *data, G_GNUC_UNUSED void *more)
{
  PenHttp *http = data;
  int condition = 0;

  g_hash_table_remove (http->watches, GINT_TO_POINTER (fd));
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
    condition |= PURPLE_INPUT_READ;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
    condition |= PURPLE_INPUT_WRITE;
  if (condition != 0)
    g_hash_table_insert (http->watches, GINT_TO_POINTER (fd),
                         GUINT_TO_POINTER (purple_input_add (fd, (PurpleInputCondition) condition, on_ready, http)));
  return 0;
}

static size_t
take_body (char *bytes, size_t size, size_t count, void *data)
{
  PenHttp *http = data;
  gsize length = size * count;

  /* What a server says about a failure or an upload is not read. */
  if (http->wish.write == NULL || !is_good (http))
    return length;
  if (!http->wish.write ((const guint8 *) bytes, length, &http->error, http->wish.data))
    return CURL_WRITEFUNC_ERROR;
  return length;
}

static size_t
give_body (char *buffer, size_t size, size_t count, void *data)
{
  PenHttp *http = data;
  gssize length = http->wish.read ((guint8 *) buffer, size * count, &http->error, http->wish.data);

  return length >= 0 ? (size_t) length : CURL_READFUNC_ABORT;
}

static void
limit (PenHttp *http)
{
  curl_easy_setopt (http->easy, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
  curl_easy_setopt (http->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt (http->easy, CURLOPT_LOW_SPEED_TIME, SILENCE_TIMEOUT_S);
  curl_easy_setopt (http->easy, CURLOPT_TIMEOUT, WHOLE_TIMEOUT_S);
  curl_easy_setopt (http->easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) http->wish.max_bytes);
  curl_easy_setopt (http->easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt (http->easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt (http->easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
  curl_easy_setopt (http->easy, CURLOPT_NOSIGNAL, 1L);
}

static void
prepare (PenHttp *http)
{
  http->easy = curl_easy_init ();
  curl_easy_setopt (http->easy, CURLOPT_URL, http->url);
  curl_easy_setopt (http->easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt (http->easy, CURLOPT_WRITEDATA, http);
  limit (http);
  pen_http_proxy (http);
  if (http->wish.body_bytes >= 0)
    {
      curl_easy_setopt (http->easy, CURLOPT_UPLOAD, 1L);
      curl_easy_setopt (http->easy, CURLOPT_READFUNCTION, give_body);
      curl_easy_setopt (http->easy, CURLOPT_READDATA, http);
      curl_easy_setopt (http->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t) http->wish.body_bytes);
      curl_easy_setopt (http->easy, CURLOPT_HTTPHEADER, http->headers);
    }
  if (http->resolved != NULL)
    curl_easy_setopt (http->easy, CURLOPT_RESOLVE, http->resolved);
}

static void
connect_now (PenHttp *http)
{
  int running;

  prepare (http);
  http->multi = curl_multi_init ();
  curl_multi_setopt (http->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
  curl_multi_setopt (http->multi, CURLMOPT_SOCKETDATA, http);
  curl_multi_setopt (http->multi, CURLMOPT_TIMERFUNCTION, set_timer);
  curl_multi_setopt (http->multi, CURLMOPT_TIMERDATA, http);
  curl_multi_add_handle (http->multi, http->easy);
  curl_multi_socket_action (http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
  heed (http);
}

/* Returns: whether @address may be connected to. */
static gboolean
add_address (PenHttp *http, GPtrArray *texts, gpointer address, gsize length)
{
  g_autoptr (GSocketAddress) place = g_socket_address_new_from_native (address, length);
  GInetAddress *ip;

  if (!G_IS_INET_SOCKET_ADDRESS (place))
    return TRUE;
  ip = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (place));
  g_ptr_array_add (texts, g_inet_address_to_string (ip));
  return http->may_loop || !g_inet_address_get_is_loopback (ip);
}

/* libpurple hands out lengths and addresses in turn. libcurl gets them, and asks nobody itself. */
static gboolean
take_addresses (PenHttp *http, GSList *hosts)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *list = NULL;
  g_autofree char *entry = NULL;
  gboolean ok = TRUE;

  for (GSList *link = hosts; link != NULL && link->next != NULL; link = link->next->next)
    ok = add_address (http, texts, link->next->data, GPOINTER_TO_SIZE (link->data)) && ok;
  if (texts->len == 0 || !ok)
    return FALSE;
  g_ptr_array_add (texts, NULL);
  list = g_strjoinv (",", (char **) texts->pdata);
  entry = g_strdup_printf ("%s:%ld:%s", http->host, http->port, list);
  if (!g_hostname_is_ip_address (http->host))
    http->resolved = curl_slist_append (NULL, entry);
  return TRUE;
}

static void
on_resolved (GSList *hosts, gpointer data, G_GNUC_UNUSED const char *why)
{
  PenHttp *http = data;
  gboolean ok = take_addresses (http, hosts);

  http->query = NULL;
  for (GSList *link = hosts; link != NULL && link->next != NULL; link = link->next->next)
    g_free (link->next->data);
  g_slist_free (hosts);
  if (ok)
    connect_now (http);
  else
    finish (http, CURLE_COULDNT_RESOLVE_HOST);
}

static gboolean
on_proxied (gpointer data)
{
  PenHttp *http = data;

  http->timer = 0;
  connect_now (http);
  return FALSE;
}

/* With a proxy nobody here is asked for the name. */
static void
begin (PenHttp *http)
{
  if (http->is_direct)
    http->query = purple_dnsquery_a_account (http->account->purple, http->host, (int) http->port, on_resolved, http);
  else
    http->timer = purple_timeout_add (0, on_proxied, http);
}

static struct curl_slist *
header_lines (const PenHttpWish *wish)
{
  struct curl_slist *lines = NULL;

  if (wish->body_bytes < 0)
    return NULL;
  for (guint i = 0; wish->headers != NULL && wish->headers[i] != NULL; i++)
    lines = curl_slist_append (lines, wish->headers[i]);
  lines = curl_slist_append (lines, "Content-Type: application/octet-stream");
  /* Some servers never say that they are ready for the body. */
  return curl_slist_append (lines, "Expect:");
}

PenHttp *
pen_http_start (PenAccount *account, const PenHttpWish *wish, GError **error)
{
  static gsize is_ready;
  PenHttp *http = g_new0 (PenHttp, 1);

  if (g_once_init_enter (&is_ready))
    {
      curl_global_init (CURL_GLOBAL_DEFAULT);
      g_once_init_leave (&is_ready, 1);
    }
  http->account = account;
  http->wish = *wish;
  http->url = g_strdup (wish->url);
  http->watches = g_hash_table_new_full (NULL, NULL, NULL, unwatch);
  http->headers = header_lines (wish);
  if (!pen_http_place (http, error) || !pen_http_record (http, wish->address, error))
    {
      http_free (http);
      return NULL;
    }
  http->wish.url = http->wish.address = NULL;
  http->wish.headers = NULL;
  account->transfers = g_slist_prepend (account->transfers, http);
  begin (http);
  return http;
}

void
pen_http_close (PenAccount *account)
{
  while (account->transfers != NULL)
    {
      PenHttp *http = account->transfers->data;

      set_error (http, PEN_MEDIA_ERROR_NETWORK, _("The account went offline before the file was through."));
      finish (http, CURLE_ABORTED_BY_CALLBACK);
    }
}
