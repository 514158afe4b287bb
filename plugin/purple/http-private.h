/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <curl/curl.h>
#include <dnsquery.h>

#include "purple/http.h"

G_BEGIN_DECLS

/* For http's own files: http.c carries a connection, http-place.c decides
 * where it may go and writes its row. */

/**
 * PenHttp: one connection
 * @wish: as it was asked for; its texts are gone
 * @row: its row
 * @host: without brackets; @port, @path: likewise of @url
 * @is_direct: no proxy stands between
 * @may_loop: it may go to this computer
 * @watches: socket -> libpurple's input
 * @error: (nullable): what ended it
 */
struct _PenHttp
{
  PenAccount *account;
  PenHttpWish wish;
  gint64 row;
  char *url;
  char *host;
  char *path;
  long port;
  gboolean is_direct;
  gboolean may_loop;
  PurpleDnsQueryData *query;
  CURLM *multi;
  CURL *easy;
  struct curl_slist *headers;
  struct curl_slist *resolved;
  GHashTable *watches;
  guint timer;
  GError *error;
};

/** pen_http_place: reads the URL and the account's proxy. Returns: %FALSE with PEN_MEDIA_ERROR when it may not go there */
gboolean pen_http_place (PenHttp *http, GError **error);

/** pen_http_proxy: sets the account's proxy, which looks up names itself. */
void pen_http_proxy (PenHttp *http);

/** pen_http_record: makes the row durable. Returns: %FALSE with @error set */
gboolean pen_http_record (PenHttp *http, const char *address, GError **error);

/** pen_http_finish_row: what became of it. */
void pen_http_finish_row (const PenHttp *http, CURLcode code);

G_END_DECLS
