/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/account.h"

G_BEGIN_DECLS

/* Connections to web servers: none without its durable row in the ledger,
 * none past the account's proxy, and never to another host than was named. */

typedef struct _PenHttp PenHttp;

/** PenHttpDone: how a connection ended. @error: (nullable): none when the server answered as it should */
typedef void (*PenHttpDone) (const GError *error, gpointer data);

/**
 * PenHttpWish: what is wanted; all but @data is copied or used at once.
 * @url: https, or http to a loopback host of an account whose server is on loopback too
 * @address: whom the row names
 * @headers: (nullable): lines to add to an upload
 * @body_bytes: length of what is uploaded by PUT, or -1 to GET
 * @max_bytes: the largest answer that is taken
 * @read: gives the next bytes of the body, 0 at the end, -1 with an error
 * @write: (nullable): takes bytes of a good answer; %FALSE with an error ends the connection
 * @done: called once, unless pen_http_start() failed
 */
typedef struct
{
  const char *url;
  const char *address;
  const char *const *headers;
  gint64 body_bytes;
  gint64 max_bytes;
  gssize (*read) (guint8 *buffer, gsize length, GError **error, gpointer data);
  gboolean (*write) (const guint8 *bytes, gsize length, GError **error, gpointer data);
  PenHttpDone done;
  gpointer data;
} PenHttpWish;

/**
 * pen_http_start:
 *
 * Writes the row (kind http), makes it durable, and only then looks up the
 * host and connects. Redirects are not followed.
 *
 * Returns: (transfer none) (nullable): the connection, valid until @done; or
 *   %NULL with PEN_MEDIA_ERROR or PEN_DATABASE_ERROR: then nothing left
 */
PenHttp *pen_http_start (PenAccount *account, const PenHttpWish *wish, GError **error);

/** pen_http_close: the account goes: each of its connections ends with an error. */
void pen_http_close (PenAccount *account);

G_END_DECLS
