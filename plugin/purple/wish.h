/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/contact.h"
#include "purple/person.h"

G_BEGIN_DECLS

/* What the slash command and the menus have in common: each does one thing
 * and returns it in words. They take names as libpurple holds them, and work
 * offline unless something has to be asked. */

#define PEN_WISH_NO_POLICY (-1)

/** pen_wish_contact: Returns: (transfer full) (nullable): what the store keeps of @name. */
PenContact *pen_wish_contact (PurpleAccount *purple, const char *name, GError **error);

/** pen_wish_status: Returns: (transfer full) (nullable): route, knowledge, choice and policy, a line each. */
char *pen_wish_status (PurpleAccount *purple, const char *name, GError **error);

/** pen_wish_why: Returns: (transfer full) (nullable): the route and the rules that lead to it. */
char *pen_wish_why (PurpleAccount *purple, const char *name, GError **error);

/** pen_wish_lookup: asks now. Returns: (transfer full) (nullable): whom this told. */
char *pen_wish_lookup (PurpleAccount *purple, const char *name, GError **error);

/**
 * pen_wish_ledger:
 * @name: (nullable): only rows about this person; %NULL for all of the account
 * @limit: at most so many rows
 *
 * Returns: (transfer full) (nullable): the newest rows, oldest of them first
 */
char *pen_wish_ledger (PurpleAccount *purple, const char *name, guint limit, GError **error);

/** pen_wish_choose: keeps ask, sms or plain for @name. Returns: (transfer full) (nullable): what holds from now on. */
char *pen_wish_choose (PurpleAccount *purple, const char *name, PenChoice choice, GError **error);

/**
 * pen_wish_policy:
 * @when: a PenWhen, or PEN_WISH_NO_POLICY for what the account says
 *
 * Returns: (transfer full) (nullable): what holds from now on
 */
char *pen_wish_policy (PurpleAccount *purple, const char *name, int when, GError **error);

/** pen_wish_policy_sentence: Returns: (transfer full): what that changes, for whom, in one sentence. */
char *pen_wish_policy_sentence (PurpleAccount *purple, const char *name, int when);

/** pen_wish_told: Returns: (transfer full) (nullable): hosts that a look-up of @name tells; %NULL where nobody can be asked. */
char *pen_wish_told (PenAccount *account, const char *name);

/** pen_wish_wait_words: Returns: (transfer full): until when a message to @person waits, and what can be done. */
char *pen_wish_wait_words (PenAccount *account, const PenPerson *person);

/** pen_wish_policy_words: Returns: (transfer full) (nullable): the policy in force for @name. */
char *pen_wish_policy_words (PurpleAccount *purple, const char *name, GError **error);

G_END_DECLS
