/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

#include "penregister/clock.h"

G_BEGIN_DECLS

/* Files that are shared encrypted (XEP-0454): the link that holds the key, and
 * the file itself, AES-256-GCM with the tag at its end. */

#define PEN_MEDIA_KEY_BYTES 32
#define PEN_MEDIA_IV_BYTES 12
#define PEN_MEDIA_OLD_IV_BYTES 16
#define PEN_MEDIA_TAG_BYTES 16
#define PEN_MEDIA_LINK_MAX_BYTES 2048

/** PEN_MEDIA_FILE_MAX_BYTES: no larger file is sent or kept. */
#define PEN_MEDIA_FILE_MAX_BYTES (G_GINT64_CONSTANT (100) * 1024 * 1024)

#define PEN_MEDIA_ERROR (pen_media_error_quark ())
GQuark pen_media_error_quark (void);

/** PenMediaError: why a file was not shared; the message is a sentence for a person. */
typedef enum
{
  PEN_MEDIA_ERROR_LINK,      /* not a link to an encrypted file */
  PEN_MEDIA_ERROR_TOO_LARGE,
  PEN_MEDIA_ERROR_CHANGED,   /* the tag does not fit, or the file changed while it was read */
  PEN_MEDIA_ERROR_FILE,      /* cannot be read or written here */
  PEN_MEDIA_ERROR_REFUSED,   /* may not be done */
  PEN_MEDIA_ERROR_NETWORK
} PenMediaError;

/**
 * PenMediaLink: what an aesgcm:// link says.
 * @url: where the encrypted file is: an https URL without a fragment
 * @host: its host, in small letters, without port and brackets
 * @name: a safe name for the file; one component, never empty or hidden
 * @iv: @iv_bytes of it are set
 */
typedef struct
{
  char *url;
  char *host;
  char *name;
  guint8 iv[PEN_MEDIA_OLD_IV_BYTES];
  gsize iv_bytes;
  guint8 key[PEN_MEDIA_KEY_BYTES];
} PenMediaLink;

/** pen_media_link_free: key and IV are cleared first. */
void pen_media_link_free (PenMediaLink *link);

/**
 * pen_media_link_parse:
 * @text: a whole text; blanks around it do not count
 *
 * Reads aesgcm://host[:port]/path#hex(IV, key) strictly (XEP-0454 3): ASCII
 * only, no user name, no dot segments, no control characters in any form, 88
 * or 96 hex digits.
 *
 * Returns: (transfer full) (nullable): the link, or %NULL with PEN_MEDIA_ERROR_LINK
 */
PenMediaLink *pen_media_link_parse (const char *text, GError **error);

/**
 * pen_media_link_build:
 * @url: where the encrypted file can be got: https, or http to a loopback host
 * @iv: PEN_MEDIA_IV_BYTES; @key: PEN_MEDIA_KEY_BYTES
 *
 * Returns: (transfer full) (nullable): the link, or %NULL with PEN_MEDIA_ERROR_LINK when no reader would take it
 */
char *pen_media_link_build (const char *url, const guint8 *iv, const guint8 *key, GError **error);

/** pen_media_holds_link: Returns: whether a key to a file may stand anywhere in @text: then it goes only encrypted. */
gboolean pen_media_holds_link (const char *text);

/** pen_media_is_loopback: Returns: whether @host, a name or literal address, is this computer. */
gboolean pen_media_is_loopback (const char *host);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenMediaLink, pen_media_link_free)

G_END_DECLS
