/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What the plugin calls of libsignal-protocol-c and can fail. */

#include "inject.h"

#include <curve.h>
#include <key_helper.h>
#include <protocol.h>
#include <session_builder.h>
#include <session_cipher.h>
#include <session_pre_key.h>
#include <signal_protocol.h>

static int
code (void)
{
  static const int codes[] = { SG_ERR_NOMEM,       SG_ERR_UNKNOWN,     SG_ERR_INVALID_KEY,
                               SG_ERR_INVAL,       SG_ERR_NO_SESSION,  SG_ERR_INVALID_MAC,
                               SG_ERR_UNTRUSTED_IDENTITY, SG_ERR_DUPLICATE_MESSAGE };

  return codes[(inject_mode () & INJECT_CODE_MASK) % G_N_ELEMENTS (codes)];
}

#define SIGNAL(name, parameters, arguments) \
  INJECT_WRAP (inject_judge (INJECT_SIGNAL, #name, INJECT_CALLER), int, name, parameters, arguments, code ())
/* What it would have made is not made: there is no "after". */
#define BUFFER(name, parameters, arguments)                                                                     \
  INJECT_WRAP (inject_judge (INJECT_SIGNAL, #name, INJECT_CALLER) == INJECT_PASS ? INJECT_PASS : INJECT_FAIL,   \
               signal_buffer *, name, parameters, arguments, NULL)

SIGNAL (curve_decode_point, (ec_public_key **key, const uint8_t *data, size_t length, signal_context *context),
        (key, data, length, context))
SIGNAL (curve_generate_key_pair, (signal_context *context, ec_key_pair **pair), (context, pair))
SIGNAL (ec_private_key_serialize, (signal_buffer **buffer, const ec_private_key *key), (buffer, key))
SIGNAL (ec_public_key_serialize, (signal_buffer **buffer, const ec_public_key *key), (buffer, key))
SIGNAL (pre_key_signal_message_deserialize,
        (pre_key_signal_message **message, const uint8_t *data, size_t length, signal_context *context),
        (message, data, length, context))
SIGNAL (signal_message_deserialize,
        (signal_message **message, const uint8_t *data, size_t length, signal_context *context),
        (message, data, length, context))
SIGNAL (session_builder_create,
        (session_builder **builder, signal_protocol_store_context *store, const signal_protocol_address *address,
         signal_context *context),
        (builder, store, address, context))
SIGNAL (session_builder_process_pre_key_bundle, (session_builder *builder, session_pre_key_bundle *bundle),
        (builder, bundle))
SIGNAL (session_cipher_create,
        (session_cipher **cipher, signal_protocol_store_context *store, const signal_protocol_address *address,
         signal_context *context),
        (cipher, store, address, context))
SIGNAL (session_cipher_encrypt,
        (session_cipher *cipher, const uint8_t *text, size_t length, ciphertext_message **message),
        (cipher, text, length, message))
SIGNAL (session_cipher_decrypt_pre_key_signal_message,
        (session_cipher *cipher, pre_key_signal_message *message, void *context, signal_buffer **text),
        (cipher, message, context, text))
SIGNAL (session_cipher_decrypt_signal_message,
        (session_cipher *cipher, signal_message *message, void *context, signal_buffer **text),
        (cipher, message, context, text))
/* The library decides the signature. */
SIGNAL (session_pre_key_bundle_create,
        (session_pre_key_bundle **bundle, uint32_t registration, int device, uint32_t id, ec_public_key *key,
         uint32_t signed_id, ec_public_key *signed_key, const uint8_t *signature, size_t length,
         ec_public_key *identity),
        (bundle, registration, device, id, key, signed_id, signed_key, signature, length, identity))
SIGNAL (session_pre_key_create, (session_pre_key **key, uint32_t id, ec_key_pair *pair), (key, id, pair))
SIGNAL (session_pre_key_deserialize,
        (session_pre_key **key, const uint8_t *data, size_t length, signal_context *context),
        (key, data, length, context))
SIGNAL (signal_int_list_push_back, (signal_int_list *list, int value), (list, value))
SIGNAL (signal_protocol_identity_get_key_pair,
        (signal_protocol_store_context *store, ratchet_identity_key_pair **pair), (store, pair))
SIGNAL (signal_protocol_key_helper_generate_signed_pre_key,
        (session_signed_pre_key **key, const ratchet_identity_key_pair *pair, uint32_t id, uint64_t at,
         signal_context *context),
        (key, pair, id, at, context))
SIGNAL (signal_protocol_pre_key_contains_key, (signal_protocol_store_context *store, uint32_t id), (store, id))
SIGNAL (signal_protocol_pre_key_store_key, (signal_protocol_store_context *store, session_pre_key *key), (store, key))
SIGNAL (signal_protocol_signed_pre_key_load_key,
        (signal_protocol_store_context *store, session_signed_pre_key **key, uint32_t id), (store, key, id))
SIGNAL (signal_protocol_signed_pre_key_store_key,
        (signal_protocol_store_context *store, session_signed_pre_key *key), (store, key))
BUFFER (signal_buffer_alloc, (size_t length), (length))
BUFFER (signal_buffer_create, (const uint8_t *data, size_t length), (data, length))
BUFFER (signal_buffer_n_copy, (const signal_buffer *buffer, size_t length), (buffer, length))
