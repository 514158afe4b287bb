/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "omemo/engine.h"
#include "purple/account.h"

G_BEGIN_DECLS

/* The account's own OMEMO keys: made, published, read back, and put back into
 * the list when another client drops us (docs/omemo.md 4.3). */

typedef struct _PenSecrets PenSecrets;

/** pen_secrets_start: after sign-on: makes keys in slices, then publishes. */
void pen_secrets_start (PenAccount *account);
void pen_secrets_free (PenSecrets *secrets);

/** pen_secrets_engine: Returns: (transfer none) (nullable): the engine, once bundle and list are published. */
PenOmemo *pen_secrets_engine (PenAccount *account);

/** pen_secrets_need_engine: the same, by libpurple's account; %NULL with @error set. */
PenOmemo *pen_secrets_need_engine (PurpleAccount *purple, GError **error);

/** pen_secrets_keep_transport: a message without text that goes to @jid once bundle and list are published. @rule: a literal */
void pen_secrets_keep_transport (PenAccount *account, const char *jid, const char *rule);

/** pen_secrets_store: Returns: (transfer none) (nullable): the engine also before that, for what is only kept. */
PenOmemo *pen_secrets_store (PenAccount *account);

/** pen_secrets_saw_own_list: @devices: (element-type guint32): our own list as the server has it now */
void pen_secrets_saw_own_list (PenAccount *account, const GArray *devices);

/** pen_secrets_look_again: somebody's program does not know of this device, or a list cannot be read: is it listed? */
void pen_secrets_look_again (PenAccount *account);

/** pen_secrets_used_prekey: a one-time key is gone: the bundle is published anew, soon. */
void pen_secrets_used_prekey (PenAccount *account);

G_END_DECLS
