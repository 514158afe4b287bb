/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how a text becomes a payload, and which payloads become a text: one
 * whose tag fits and that is UTF-8. Facts: docs/omemo.md 4.1 and 7; NIST SP 800-38D. */

#include "omemo/payload.h"

#include <glib/gi18n-lib.h>
#include <nettle/gcm.h>
#include <nettle/memops.h>
#include <string.h>

#include "wire/wire.h"

G_STATIC_ASSERT (PEN_OMEMO_PAYLOAD_KEY_BYTES == AES128_KEY_SIZE);
G_STATIC_ASSERT (PEN_OMEMO_TAG_BYTES == GCM_DIGEST_SIZE);
G_STATIC_ASSERT (PEN_OMEMO_IV_BYTES == GCM_IV_SIZE);

static void
start_cipher (struct gcm_aes128_ctx *cipher, const guint8 *key, GBytes *iv)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (iv, &length);

  gcm_aes128_set_key (cipher, key);
  gcm_aes128_set_iv (cipher, length, data);
}

void
pen_omemo_payload_seal (const PenRandom *random, const char *text, PenOmemoMessage *message,
                        guint8 wrapped[PEN_OMEMO_WRAPPED_BYTES])
{
  guint8 iv[PEN_OMEMO_IV_BYTES];
  guint8 *sealed;
  gsize length;
  struct gcm_aes128_ctx cipher;

  g_return_if_fail (random != NULL && text != NULL && message != NULL && wrapped != NULL);

  length = strlen (text);
  sealed = g_malloc (MAX (length, 1));
  random->fill (wrapped, PEN_OMEMO_PAYLOAD_KEY_BYTES, random->data);
  random->fill (iv, sizeof iv, random->data);
  g_clear_pointer (&message->iv, g_bytes_unref);
  g_clear_pointer (&message->payload, g_bytes_unref);
  message->iv = g_bytes_new (iv, sizeof iv);
  start_cipher (&cipher, wrapped, message->iv);
  gcm_aes128_encrypt (&cipher, length, sealed, (const guint8 *) text);
  gcm_aes128_digest (&cipher, PEN_OMEMO_TAG_BYTES, wrapped + PEN_OMEMO_PAYLOAD_KEY_BYTES);
  message->payload = g_bytes_new_take (sealed, length);
  explicit_bzero (&cipher, sizeof cipher);
}

/* Returns: whether the tag fits. @opened: as long as the payload */
static gboolean
open_sealed (const PenOmemoMessage *message, const guint8 *wrapped, guint8 *opened)
{
  guint8 tag[PEN_OMEMO_TAG_BYTES];
  gsize length;
  const guint8 *sealed = g_bytes_get_data (message->payload, &length);
  struct gcm_aes128_ctx cipher;

  start_cipher (&cipher, wrapped, message->iv);
  gcm_aes128_decrypt (&cipher, length, opened, sealed);
  gcm_aes128_digest (&cipher, sizeof tag, tag);
  explicit_bzero (&cipher, sizeof cipher);
  return memeql_sec (tag, wrapped + PEN_OMEMO_PAYLOAD_KEY_BYTES, sizeof tag) != 0;
}

/* NUL is UTF-8, but would end the text for all who read it later. */
static gsize
drop_nul (char *text, gsize length)
{
  gsize kept = 0;

  for (gsize i = 0; i < length; i++)
    if (text[i] != '\0')
      text[kept++] = text[i];
  text[kept] = '\0';
  return kept;
}

char *
pen_omemo_payload_open (const PenOmemoMessage *message, GBytes *wrapped, GError **error)
{
  gsize length = message->payload == NULL ? 0 : g_bytes_get_size (message->payload);
  g_autofree char *opened = g_malloc (length + 1);
  char *text = NULL;

  if (message->payload == NULL || message->iv == NULL || g_bytes_get_size (wrapped) != PEN_OMEMO_WRAPPED_BYTES
      || !open_sealed (message, g_bytes_get_data (wrapped, NULL), (guint8 *) opened)
      || !g_utf8_validate_len (opened, drop_nul (opened, length), NULL))
    g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_MALFORMED,
                         N_ ("An encrypted message could not be read, because its text was changed on the way or is "
                             "no text."));
  else
    {
      text = pen_wire_clean_text (opened, PEN_OMEMO_PAYLOAD_MAX_BYTES);
      text = text == NULL ? g_strdup ("") : text;
    }
  explicit_bzero (opened, length + 1);
  return text;
}
