/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The engine's life, its errors, and the step that is undone as a whole: the
 * library saves an identity before it has checked the message that shows it,
 * so everything that fails is taken back. */

#include "omemo/engine-private.h"

#include <string.h>

#include "omemo/provider.h"

/* RFC 7622, section 3: localpart, "@" and domainpart of a bare JID. */
#define JID_MAX_BYTES 2047

#define POINT_TYPE 0x05

static gboolean
make_contexts (PenOmemo *omemo)
{
  return signal_context_create (&omemo->signal, NULL) == SG_SUCCESS
         && pen_omemo_provider_install (omemo->signal, omemo->random) == SG_SUCCESS
         && signal_protocol_store_context_create (&omemo->keeper, omemo->signal) == SG_SUCCESS
         && pen_omemo_store_install (&omemo->store, omemo->keeper) == SG_SUCCESS;
}

PenOmemo *
pen_omemo_new (PenDatabase *database, const PenClock *clock, const PenRandom *random, const char *account,
               GError **error)
{
  g_autoptr (PenOmemo) omemo = NULL;

  g_return_val_if_fail (database != NULL && clock != NULL && random != NULL && account != NULL, NULL);

  if (!pen_omemo_check_jid (account, error))
    return NULL;
  omemo = g_new0 (PenOmemo, 1);
  omemo->store.database = database;
  omemo->store.clock = clock;
  omemo->store.account = g_strdup (account);
  omemo->random = random;
  if (!make_contexts (omemo))
    {
      g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_FAILED,
                           _("Encryption could not be started: the library for it refused."));
      return NULL;
    }
  return g_steal_pointer (&omemo);
}

void
pen_omemo_free (PenOmemo *omemo)
{
  if (omemo == NULL)
    return;
  if (omemo->keeper != NULL)
    signal_protocol_store_context_destroy (omemo->keeper);
  if (omemo->signal != NULL)
    signal_context_destroy (omemo->signal);
  pen_omemo_store_reset (&omemo->store);
  g_free (omemo->store.account);
  g_free (omemo);
}

void
pen_omemo_set_manual (PenOmemo *omemo, gboolean manual)
{
  omemo->store.manual = manual;
}

/* Errors */

typedef struct
{
  int code;
  PenOmemoError error;
  const char *message;
} Meaning;

static const Meaning meanings[] = {
  { SG_ERR_DUPLICATE_MESSAGE, PEN_OMEMO_ERROR_DUPLICATE, N_("The message was read before.") },
  { SG_ERR_INVALID_KEY, PEN_OMEMO_ERROR_KEY, N_("A key is not a key, or its signature does not fit.") },
  { SG_ERR_VRF_SIG_VERIF_FAILED, PEN_OMEMO_ERROR_KEY, N_("A key's signature does not fit.") },
  { SG_ERR_UNTRUSTED_IDENTITY, PEN_OMEMO_ERROR_TRUST, N_("A known device shows another key. It was refused.") },
  { SG_ERR_INVALID_KEY_ID, PEN_OMEMO_ERROR_NO_SESSION, N_("The message needs a key that is no longer here.") },
  { SG_ERR_INVALID_MESSAGE, PEN_OMEMO_ERROR_NO_SESSION, N_("The message does not fit the session with its sender.") },
  { SG_ERR_INVALID_MAC, PEN_OMEMO_ERROR_NO_SESSION, N_("The message does not fit the session with its sender.") },
  { SG_ERR_STALE_KEY_EXCHANGE, PEN_OMEMO_ERROR_NO_SESSION, N_("The message belongs to an older session.") },
  { SG_ERR_NO_SESSION, PEN_OMEMO_ERROR_NO_SESSION, N_("There is no session with the sender's device.") },
  { SG_ERR_INVALID_VERSION, PEN_OMEMO_ERROR_MALFORMED, N_("The message is of an unknown kind.") },
  { SG_ERR_LEGACY_MESSAGE, PEN_OMEMO_ERROR_MALFORMED, N_("The message is of a kind that is no longer used.") },
  { SG_ERR_INVALID_PROTO_BUF, PEN_OMEMO_ERROR_MALFORMED, N_("The message is not what it should be.") },
  { SG_ERR_INVAL, PEN_OMEMO_ERROR_MALFORMED, N_("The message is not what it should be.") },
};

gboolean
pen_omemo_fail (PenOmemo *omemo, int code, GError **error)
{
  if (omemo->store.error != NULL)
    {
      g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_STORE, omemo->store.error->message);
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (meanings); i++)
    if (meanings[i].code == code)
      {
        g_set_error_literal (error, PEN_OMEMO_ERROR, (int) meanings[i].error, _(meanings[i].message));
        return FALSE;
      }
  g_set_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_FAILED, _("Encryption failed (%d)."), code);
  return FALSE;
}

/* Checks */

gboolean
pen_omemo_check_jid (const char *jid, GError **error)
{
  gsize length = strnlen (jid, JID_MAX_BYTES + 1);

  if (length > 0 && length <= JID_MAX_BYTES && strchr (jid, '/') == NULL && g_utf8_validate_len (jid, length, NULL))
    return TRUE;
  g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_MALFORMED, _("This is not the address of an account."));
  return FALSE;
}

gboolean
pen_omemo_check_point (const guint8 *key, gsize length)
{
  guint8 seen = 0;

  if (length != PEN_OMEMO_PUBLIC_KEY_BYTES || key[0] != POINT_TYPE)
    return FALSE;
  for (gsize i = 1; i < length; i++)
    seen |= key[i];
  return seen != 0;
}

gboolean
pen_omemo_check_key (const ec_public_key *key)
{
  signal_buffer *bytes = NULL;
  gboolean sound = key != NULL && ec_public_key_serialize (&bytes, key) == SG_SUCCESS
                   && pen_omemo_check_point (signal_buffer_data (bytes), signal_buffer_len (bytes));

  signal_buffer_free (bytes);
  return sound;
}

/* The step */

gboolean
pen_omemo_enter (PenOmemo *omemo, GError **error)
{
  if (pen_omemo_store_change (&omemo->store, "SAVEPOINT omemo", ""))
    return TRUE;
  return pen_omemo_fail (omemo, SG_ERR_UNKNOWN, error);
}

/* A turn that SQLite gave up by itself fails at its commit, which its owner has to see. */
static void
give_up_turn (PenOmemo *omemo)
{
  if (pen_database_begin (omemo->store.database, NULL))
    pen_database_rollback (omemo->store.database);
}

gboolean
pen_omemo_leave (PenOmemo *omemo, GError **error)
{
  /* The library goes on after some callbacks that failed. */
  if (omemo->store.error != NULL)
    {
      pen_omemo_undo (omemo);
      return pen_omemo_fail (omemo, SG_ERR_UNKNOWN, error);
    }
  if (pen_omemo_store_change (&omemo->store, "RELEASE omemo", ""))
    return TRUE;
  give_up_turn (omemo);
  return pen_omemo_fail (omemo, SG_ERR_UNKNOWN, error);
}

void
pen_omemo_undo (PenOmemo *omemo)
{
  if (!pen_omemo_store_change (&omemo->store, "ROLLBACK TO omemo", "")
      || !pen_omemo_store_change (&omemo->store, "RELEASE omemo", ""))
    give_up_turn (omemo);
}

/* What all files need */

gboolean
pen_omemo_has_keys (PenOmemo *omemo, PenOmemoOwn *own, GError **error)
{
  if (!pen_omemo_store_own (&omemo->store, own))
    return pen_omemo_fail (omemo, SG_ERR_UNKNOWN, error);
  if (own->device != 0)
    return TRUE;
  g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_FAILED, _("Our own keys are not made yet."));
  return FALSE;
}

guint32
pen_omemo_random_below (PenOmemo *omemo, guint32 limit)
{
  guint32 surplus = (G_MAXUINT32 % limit + 1) % limit;
  guint32 number;

  /* Numbers of the last, incomplete round would make the first ones likelier. */
  do
    omemo->random->fill ((guint8 *) &number, sizeof number, omemo->random->data);
  while (number > G_MAXUINT32 - surplus);
  return number % limit;
}

char *
pen_omemo_hex (const guint8 *identity)
{
  GString *text = g_string_sized_new (2 * PEN_OMEMO_PUBLIC_KEY_BYTES);

  for (int i = 1; i < PEN_OMEMO_PUBLIC_KEY_BYTES; i++)
    g_string_append_printf (text, "%02x", identity[i]);
  return g_string_free (text, FALSE);
}

void
pen_omemo_device_free (PenOmemoDevice *device)
{
  if (device == NULL)
    return;
  g_free (device->fingerprint);
  g_free (device);
}

void
pen_omemo_peer_free (PenOmemoPeer *peer)
{
  if (peer == NULL)
    return;
  g_free (peer->jid);
  g_free (peer);
}

void
pen_omemo_plain_free (PenOmemoPlain *plain)
{
  if (plain == NULL)
    return;
  g_free (plain->text);
  g_free (plain->jid);
  g_free (plain);
}
