/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "omemo/uri.h"
#include "purple/account.h"

G_BEGIN_DECLS

/* Verifying devices by a link that came by a safe way. */

/** pen_secrets_own_uri: Returns: (transfer full) (nullable): the link to this device of ours, and to those of ours that we verified. */
char *pen_secrets_own_uri (PurpleAccount *purple, GError **error);

/**
 * pen_secrets_verify:
 * @typed: (nullable): in whose conversation it is done; %NULL for whoever the link names
 *
 * All devices that the link names are trusted from now on, or, if one of them
 * shows another key, none.
 *
 * Returns: (transfer full) (nullable): what was done, in a sentence
 */
char *pen_secrets_verify (PurpleAccount *purple, const char *typed, const PenOmemoUri *uri, GError **error);

/** pen_secrets_offer_verify: asks the user whether a link that was followed is to be believed. */
void pen_secrets_offer_verify (PurpleAccount *purple, const PenOmemoUri *uri);

G_END_DECLS
