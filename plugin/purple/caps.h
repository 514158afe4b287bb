/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <xmlnode.h>

#include "purple/account.h"

G_BEGIN_DECLS

/* Entity capabilities (XEP-0115) of our accounts alone: the device list's
 * "+notify" stands in what we announce and in what we answer, so that the
 * server pushes device lists of contacts. */

/**
 * pen_caps_out:
 * @account: whose element it is
 * @element: an element on its way out, rewritten in place
 *
 * Presence: the ver attribute becomes the hash with our feature. Answers to
 * disco#info about ourselves: our feature is added.
 *
 * Source: XEP-0115 §5, XEP-0163 §4.
 *
 * Returns: %FALSE when the element is the answer to a question of caps.c
 *   itself: it must not leave, and needs no record
 */
gboolean pen_caps_out (PenAccount *account, xmlnode *element);

/**
 * pen_caps_in:
 * @account: who is asked
 * @iq: an IQ that came in, rewritten in place
 *
 * A disco#info question for our node#ver becomes one that libpurple knows;
 * pen_caps_out() turns its answer back. Other elements are left alone.
 */
void pen_caps_in (PenAccount *account, xmlnode *iq);

/**
 * pen_caps_hash:
 * @query: a disco#info query element
 *
 * The verification string. Pure.
 *
 * Source: XEP-0115 §5.1; what is ill-formed: §5.4 rule 3.
 *
 * Returns: (transfer full) (nullable): base64 of the SHA-1, or %NULL when
 *   @query is ill-formed
 */
char *pen_caps_hash (xmlnode *query);

/** pen_caps_forget: frees what is known of @account's capabilities, when it closes. */
void pen_caps_forget (PenAccount *account);

G_END_DECLS
