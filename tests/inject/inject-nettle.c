/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Nettle's primitives say nothing of failure: what fails is the provider's
 * callbacks around them, and the one comparison. */

#include "inject.h"

#include <nettle/memops.h>
#include <signal_protocol.h>

static signal_crypto_provider ours;

static int
code (void)
{
  static const int codes[] = { SG_ERR_NOMEM, SG_ERR_INVAL, SG_ERR_UNKNOWN };

  return codes[(inject_mode () & INJECT_CODE_MASK) % G_N_ELEMENTS (codes)];
}

#define CALLBACK(member, parameters, arguments)                                             \
  static int fail_##member parameters                                                       \
  {                                                                                         \
    return inject_judge (INJECT_NETTLE, #member, NULL) == INJECT_PASS ? ours.member arguments : code (); \
  }

CALLBACK (random_func, (uint8_t *data, size_t length, void *user), (data, length, user))
/* libsignal cleans up with what it holds after a start that failed, and hkdf_extract holds what was on the stack: a
 * provider has to leave nothing there. */
static int
fail_hmac_sha256_init_func (void **context, const uint8_t *key, size_t length, void *user)
{
  *context = NULL;
  return inject_judge (INJECT_NETTLE, "hmac_sha256_init_func", NULL) == INJECT_PASS
           ? ours.hmac_sha256_init_func (context, key, length, user) : code ();
}

CALLBACK (hmac_sha256_update_func, (void *context, const uint8_t *data, size_t length, void *user),
          (context, data, length, user))
CALLBACK (hmac_sha256_final_func, (void *context, signal_buffer **output, void *user), (context, output, user))
/* The library decides the signature. */
CALLBACK (encrypt_func,
          (signal_buffer **output, int cipher, const uint8_t *key, size_t key_length, const uint8_t *iv,
           size_t iv_length, const uint8_t *text, size_t length, void *user),
          (output, cipher, key, key_length, iv, iv_length, text, length, user))
/* The library decides the signature. */
CALLBACK (decrypt_func,
          (signal_buffer **output, int cipher, const uint8_t *key, size_t key_length, const uint8_t *iv,
           size_t iv_length, const uint8_t *text, size_t length, void *user),
          (output, cipher, key, key_length, iv, iv_length, text, length, user))

/* All engines of a program have the same functions; what differs goes with each call. */
int
signal_context_set_crypto_provider (signal_context *context, const signal_crypto_provider *provider)
{
  static int (*real) (signal_context *, const signal_crypto_provider *);
  signal_crypto_provider wrapped = *provider;

  if (real == NULL)
    *(gpointer *) &real = inject_real ("signal_context_set_crypto_provider");
  ours = *provider;
  wrapped.random_func = fail_random_func;
  wrapped.hmac_sha256_init_func = fail_hmac_sha256_init_func;
  wrapped.hmac_sha256_update_func = fail_hmac_sha256_update_func;
  wrapped.hmac_sha256_final_func = fail_hmac_sha256_final_func;
  wrapped.encrypt_func = fail_encrypt_func;
  wrapped.decrypt_func = fail_decrypt_func;
  return real (context, &wrapped);
}

INJECT_WRAP (inject_judge (INJECT_NETTLE, "memeql_sec", INJECT_CALLER), int, nettle_memeql_sec,
             (const void *a, const void *b, size_t length), (a, b, length), 0)
