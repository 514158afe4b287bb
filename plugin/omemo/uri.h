/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Links by which people verify each other's devices, as Conversations and
 * Gajim make them: xmpp:juliet@example.org?omemo-sid-123=HEX;omemo-sid-456=HEX */

#define PEN_OMEMO_FINGERPRINT_CHARS 64

/** PenOmemoClaim: "this device has this key". @fingerprint: lower-case hex */
typedef struct
{
  guint32 device;
  char fingerprint[PEN_OMEMO_FINGERPRINT_CHARS + 1];
} PenOmemoClaim;

/** PenOmemoUri: @jid: bare JID; @claims: (element-type PenOmemoClaim): at least one, one a device */
typedef struct
{
  char *jid;
  GArray *claims;
} PenOmemoUri;

/**
 * pen_omemo_uri_read:
 * @text: a link from anywhere; parameters that are no claims are ignored (RFC 5122 2.2)
 *
 * Returns: (transfer full) (nullable): %NULL with PEN_OMEMO_ERROR_MALFORMED
 *   for no such link, a claim that is none, or two about one device
 */
PenOmemoUri *pen_omemo_uri_read (const char *text, GError **error);
PenOmemoUri *pen_omemo_uri_new (const char *jid);
void pen_omemo_uri_free (PenOmemoUri *uri);

/** pen_omemo_uri_add: Returns: %FALSE when @fingerprint is none, or the device is there with another one. */
gboolean pen_omemo_uri_add (PenOmemoUri *uri, guint32 device, const char *fingerprint);

/** pen_omemo_uri_build: Returns: (transfer full): the link. */
char *pen_omemo_uri_build (const PenOmemoUri *uri);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenOmemoUri, pen_omemo_uri_free)

G_END_DECLS
