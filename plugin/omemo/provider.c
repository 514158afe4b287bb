/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The primitives that libsignal-protocol-c asks for, from nettle. SHA-512 is
 * left out: only the parts of the library that sign devices and senders of
 * groups ask for it. */

#include "omemo/provider.h"

#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <nettle/hmac.h>
#include <string.h>

static int
fill_random (uint8_t *data, size_t length, void *user_data)
{
  const PenRandom *random = user_data;

  random->fill (data, length, random->data);
  return SG_SUCCESS;
}

/* HMAC-SHA256 */

static int
begin_hmac (void **context, const uint8_t *key, size_t key_length, void *user_data)
{
  struct hmac_sha256_ctx *hmac = g_new0 (struct hmac_sha256_ctx, 1);

  (void) user_data;
  hmac_sha256_set_key (hmac, key_length, key);
  *context = hmac;
  return SG_SUCCESS;
}

static int
update_hmac (void *context, const uint8_t *data, size_t length, void *user_data)
{
  (void) user_data;
  hmac_sha256_update (context, length, data);
  return SG_SUCCESS;
}

static int
finish_hmac (void *context, signal_buffer **output, void *user_data)
{
  (void) user_data;
  *output = signal_buffer_alloc (SHA256_DIGEST_SIZE);
  if (*output == NULL)
    return SG_ERR_NOMEM;
  hmac_sha256_digest (context, SHA256_DIGEST_SIZE, signal_buffer_data (*output));
  return SG_SUCCESS;
}

/* The library cleans up after a failed start too, with nothing in hand. */
static void
free_hmac (void *context, void *user_data)
{
  (void) user_data;
  if (context == NULL)
    return;
  explicit_bzero (context, sizeof (struct hmac_sha256_ctx));
  g_free (context);
}

/* AES-256-CBC with PKCS #7 padding (RFC 5652, section 6.3) */

static gboolean
is_known (int cipher, size_t key_length, size_t iv_length)
{
  return cipher == SG_CIPHER_AES_CBC_PKCS5 && key_length == AES256_KEY_SIZE && iv_length == AES_BLOCK_SIZE;
}

/* The library decides the signature. */
static int
encrypt (signal_buffer **output, int cipher, const uint8_t *key, size_t key_length, const uint8_t *iv,
         size_t iv_length, const uint8_t *plain, size_t length, void *user_data)
{
  size_t padding = AES_BLOCK_SIZE - length % AES_BLOCK_SIZE;
  struct CBC_CTX (struct aes256_ctx, AES_BLOCK_SIZE) cbc;
  uint8_t *bytes;

  (void) user_data;
  if (!is_known (cipher, key_length, iv_length))
    return SG_ERR_INVAL;
  *output = signal_buffer_alloc (length + padding);
  if (*output == NULL)
    return SG_ERR_NOMEM;
  bytes = signal_buffer_data (*output);
  memcpy (bytes, plain, length);
  memset (bytes + length, (int) padding, padding);
  aes256_set_encrypt_key (&cbc.ctx, key);
  CBC_SET_IV (&cbc, iv);
  CBC_ENCRYPT (&cbc, aes256_encrypt, length + padding, bytes, bytes);
  explicit_bzero (&cbc, sizeof cbc);
  return SG_SUCCESS;
}

/* Returns: 0 when the padding is none. The MAC was checked before, so this tells nothing to a stranger. */
static size_t
padding_of (const uint8_t *bytes, size_t length)
{
  size_t padding = bytes[length - 1];

  if (padding == 0 || padding > AES_BLOCK_SIZE)
    return 0;
  for (size_t i = length - padding; i < length; i++)
    if (bytes[i] != padding)
      return 0;
  return padding;
}

/* The library decides the signature. */
static int
decrypt (signal_buffer **output, int cipher, const uint8_t *key, size_t key_length, const uint8_t *iv,
         size_t iv_length, const uint8_t *data, size_t length, void *user_data)
{
  struct CBC_CTX (struct aes256_ctx, AES_BLOCK_SIZE) cbc;
  signal_buffer *padded;
  size_t padding;

  (void) user_data;
  if (!is_known (cipher, key_length, iv_length) || length == 0 || length % AES_BLOCK_SIZE != 0)
    return SG_ERR_INVAL;
  padded = signal_buffer_alloc (length);
  if (padded == NULL)
    return SG_ERR_NOMEM;
  aes256_set_decrypt_key (&cbc.ctx, key);
  CBC_SET_IV (&cbc, iv);
  CBC_DECRYPT (&cbc, aes256_decrypt, length, signal_buffer_data (padded), data);
  explicit_bzero (&cbc, sizeof cbc);
  padding = padding_of (signal_buffer_data (padded), length);
  *output = padding == 0 ? NULL : signal_buffer_n_copy (padded, length - padding);
  signal_buffer_bzero_free (padded);
  if (padding == 0)
    return SG_ERR_INVAL;
  return *output == NULL ? SG_ERR_NOMEM : SG_SUCCESS;
}

int
pen_omemo_provider_install (signal_context *signal, const PenRandom *random)
{
  signal_crypto_provider provider = {
    .random_func = fill_random,
    .hmac_sha256_init_func = begin_hmac,
    .hmac_sha256_update_func = update_hmac,
    .hmac_sha256_final_func = finish_hmac,
    .hmac_sha256_cleanup_func = free_hmac,
    .encrypt_func = encrypt,
    .decrypt_func = decrypt,
    .user_data = (void *) random,
  };

  return signal_context_set_crypto_provider (signal, &provider);
}
