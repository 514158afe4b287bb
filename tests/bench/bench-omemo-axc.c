/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* lurch's way: for each message a context of axc, made and thrown away, whose
 * callbacks open the file one by one; the device's id is read and the session
 * looked for before each use, and an incoming message is taken for one that
 * begins a session first. What lurch does besides is left out. */

#include <axc.h>
#include <string.h>

#include "bench-omemo.h"

#define DEVICE 1

typedef struct
{
  char *paths[2];
} Pair;

static const char *const jids[] = { BENCH_ALICE, BENCH_BOB };

static axc_context *
make_context (Pair *pair, guint side)
{
  axc_context *context = NULL;

  bench_check (axc_context_create (&context) == 0
                 && axc_context_set_db_fn (context, pair->paths[side], strlen (pair->paths[side])) == 0
                 && axc_init (context) == 0,
               "a context of axc");
  return context;
}

static void
check_device (axc_context *context)
{
  uint32_t device = 0;

  bench_check (axc_get_device_id (context, &device) == 0, "the device of axc");
}

static gpointer
seal (gpointer pair, guint from)
{
  static const guint8 wrapped[BENCH_WRAPPED_BYTES] = { 1 };
  axc_address peer = { jids[1 - from], strlen (jids[1 - from]), DEVICE };
  axc_context *context = make_context (pair, from);
  axc_buf *plain = axc_buf_create (wrapped, sizeof wrapped);
  axc_buf *letter = NULL;

  check_device (context);
  /* Once to know whose bundles are missing, once for each key. */
  bench_check (axc_session_exists_initiated (&peer, context) == 1 && axc_session_exists_initiated (&peer, context) == 1
                 && axc_message_encrypt_and_serialize (plain, &peer, context, &letter) == 0,
               "encrypting with axc");
  axc_buf_free (plain);
  axc_context_destroy_all (context);
  return letter;
}

static void
open_one (Pair *pair, guint to, axc_buf *letter)
{
  axc_address peer = { jids[1 - to], strlen (jids[1 - to]), DEVICE };
  axc_context *context = make_context (pair, to);
  axc_buf *plain = NULL;
  int code;

  check_device (context);
  code = axc_pre_key_message_process (letter, &peer, context, &plain);
  if (code == AXC_ERR_NOT_A_PREKEY_MSG)
    code = axc_session_exists_initiated (&peer, context) == 1
             ? axc_message_decrypt_from_serialized (letter, &peer, context, &plain)
             : code;
  bench_check (code == 0 && axc_buf_get_len (plain) == BENCH_WRAPPED_BYTES, "decrypting with axc");
  axc_buf_free (plain);
  axc_context_destroy_all (context);
}

static void
open_all (gpointer pair, guint to, GPtrArray *letters)
{
  for (guint i = 0; i < letters->len; i++)
    open_one (pair, to, letters->pdata[i]);
}

static void
free_letter (gpointer letter)
{
  axc_buf_free (letter);
}

static void
install (Pair *pair, guint side)
{
  axc_context *context = make_context (pair, side);

  bench_check (axc_install (context) == 0, "the keys of axc");
  axc_context_destroy_all (context);
}

static void
begin_session (Pair *pair)
{
  axc_address peer = { BENCH_BOB, strlen (BENCH_BOB), DEVICE };
  axc_context *alice = make_context (pair, 0);
  axc_context *bob = make_context (pair, 1);
  axc_bundle *bundle = NULL;
  axc_buf_list_item *prekey;

  bench_check (axc_bundle_collect (AXC_PRE_KEYS_AMOUNT, bob, &bundle) == 0, "the bundle of axc");
  prekey = axc_bundle_get_pre_key_list (bundle);
  bench_check (axc_session_from_bundle (axc_buf_list_item_get_id (prekey), axc_buf_list_item_get_buf (prekey),
                                        axc_bundle_get_signed_pre_key_id (bundle),
                                        axc_bundle_get_signed_pre_key (bundle), axc_bundle_get_signature (bundle),
                                        axc_bundle_get_identity_key (bundle), &peer, alice) == 0,
               "the session of axc");
  axc_bundle_destroy (bundle);
  axc_context_destroy_all (alice);
  axc_context_destroy_all (bob);
}

static void
pass (Pair *pair, guint from)
{
  axc_buf *letter = seal (pair, from);

  open_one (pair, 1 - from, letter);
  axc_buf_free (letter);
}

static gpointer
begin (const char *folder)
{
  Pair *pair = g_new0 (Pair, 1);
  axc_address peer = { BENCH_BOB, strlen (BENCH_BOB), DEVICE };
  axc_buf *plain = axc_buf_create ((const guint8[BENCH_WRAPPED_BYTES]) { 1 }, BENCH_WRAPPED_BYTES);
  axc_buf *letter = NULL;
  axc_context *context;

  pair->paths[0] = g_build_filename (folder, "axc-alice.db", NULL);
  pair->paths[1] = g_build_filename (folder, "axc-bob.db", NULL);
  install (pair, 0);
  install (pair, 1);
  begin_session (pair);
  context = make_context (pair, 0);
  bench_check (axc_message_encrypt_and_serialize (plain, &peer, context, &letter) == 0, "the first message of axc");
  axc_buf_free (plain);
  axc_context_destroy_all (context);
  open_one (pair, 1, letter);
  axc_buf_free (letter);
  pass (pair, 1);
  return pair;
}

static void
end (gpointer data)
{
  Pair *pair = data;

  g_free (pair->paths[0]);
  g_free (pair->paths[1]);
  g_free (pair);
}

const BenchRival bench_rival_axc = { "axc", begin, seal, open_all, free_letter, end };
