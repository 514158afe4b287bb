/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib/gi18n-lib.h>

#include "omemo/store.h"

G_BEGIN_DECLS

/* What the engine's files share with each other and with nobody else. */

/**
 * _PenOmemo:
 * @filling: one-time keys are being made up to their full number
 */
struct _PenOmemo
{
  PenOmemoStore store;
  const PenRandom *random;
  signal_context *signal;
  signal_protocol_store_context *keeper;
  gboolean filling;
};

/** pen_omemo_fail: turns the library's @code, or what the file said, into @error. Returns: %FALSE */
gboolean pen_omemo_fail (PenOmemo *omemo, int code, GError **error);

/** pen_omemo_check_jid: a bare JID as it can be a key of the tables. It may come from the wire. */
gboolean pen_omemo_check_jid (const char *jid, GError **error);

/** pen_omemo_check_point: 33 bytes, of which the first is 0x05 and the others are not all zero (docs/omemo.md 7.16). */
gboolean pen_omemo_check_point (const guint8 *key, gsize length);

/** pen_omemo_check_key: pen_omemo_check_point() of a key that the library has read. */
gboolean pen_omemo_check_key (const ec_public_key *key);

/** pen_omemo_enter: begins a step that is undone as a whole, inside the turn's transaction. */
gboolean pen_omemo_enter (PenOmemo *omemo, GError **error);

/**
 * pen_omemo_leave: ends it, or undoes it when the file refused anything
 * meanwhile. Where neither can be done the whole turn is given up.
 */
gboolean pen_omemo_leave (PenOmemo *omemo, GError **error);

/** pen_omemo_undo: everything since pen_omemo_enter() is as before. Where it cannot be, the whole turn is given up. */
void pen_omemo_undo (PenOmemo *omemo);

/** pen_omemo_has_keys: Returns: whether there are keys, and @own; %FALSE with @error set otherwise. */
gboolean pen_omemo_has_keys (PenOmemo *omemo, PenOmemoOwn *own, GError **error);

/** pen_omemo_random_below: Returns: 0 to @limit - 1, each as likely. @limit: at least 1 */
guint32 pen_omemo_random_below (PenOmemo *omemo, guint32 limit);

/** pen_omemo_hex: Returns: (transfer full): an identity key as people compare it. */
char *pen_omemo_hex (const guint8 *identity);

G_END_DECLS
