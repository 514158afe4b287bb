/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/person.h"

G_BEGIN_DECLS

/* The one question that a held message asks, by purple_request_action with a
 * safe default, so that every libpurple client can show it. */

/**
 * pen_question_ask:
 * @message: id of the oldest held message
 * @decision: why it is held, and what may be chosen
 *
 * Asks unless a question about this person is open already. Closing the
 * dialog keeps the message.
 */
void pen_question_ask (PenAccount *account, PenPerson *person, const char *message, const char *text,
                       const PenRouteDecision *decision);

/** pen_question_close: closes the open question about @name, if any, or all of the account's when @name is NULL. */
void pen_question_close (PurpleAccount *purple, const char *name);

G_END_DECLS
