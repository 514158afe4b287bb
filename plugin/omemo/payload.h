/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "omemo/codec.h"
#include "penregister/clock.h"

G_BEGIN_DECLS

/* The body's cipher: AES-128-GCM, a fresh key a message, 12-byte IV, the tag
 * cut from the payload and appended to the key (docs/omemo.md 4.1). */

#define PEN_OMEMO_PAYLOAD_KEY_BYTES 16
#define PEN_OMEMO_TAG_BYTES 16
#define PEN_OMEMO_WRAPPED_BYTES (PEN_OMEMO_PAYLOAD_KEY_BYTES + PEN_OMEMO_TAG_BYTES)

/**
 * pen_omemo_payload_seal:
 * @text: UTF-8; not empty, for readers refuse an empty payload (docs/omemo.md 7.10)
 * @message: its iv and payload are set
 * @wrapped: (out): key and tag, to be encrypted for each device; clear it after use
 */
void pen_omemo_payload_seal (const PenRandom *random, const char *text, PenOmemoMessage *message,
                             guint8 wrapped[PEN_OMEMO_WRAPPED_BYTES]);

/**
 * pen_omemo_payload_open:
 * @wrapped: key and tag as a session gave them; must be 32 bytes
 *
 * Returns: (transfer full) (nullable): valid UTF-8 without control characters
 *   but tab and line feed, or %NULL with PEN_OMEMO_ERROR_MALFORMED
 */
char *pen_omemo_payload_open (const PenOmemoMessage *message, GBytes *wrapped, GError **error);

G_END_DECLS
