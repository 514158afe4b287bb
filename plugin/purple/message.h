/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/person.h"

G_BEGIN_DECLS

/* Messages: out through outbox and gate, in from persons and gateways. */

/** PEN_MESSAGE_MAX_TEXT_BYTES: of one text, to a person or a room: above any server's limit for one stanza that is in use. */
#define PEN_MESSAGE_MAX_TEXT_BYTES (200 * 1000)

/** pen_message_has_held: Returns: whether a message to @person is kept. */
gboolean pen_message_has_held (PenAccount *account, const PenPerson *person);

/** pen_message_send_im: libpurple's send_im for our accounts. */
int pen_message_send_im (PurpleConnection *gc, const char *who, const char *html, PurpleMessageFlags flags);

/** pen_message_is_room_member: Returns: whether @who is somebody in a room that is open here. */
gboolean pen_message_is_room_member (PurpleConnection *gc, const char *who);

/** pen_message_needs_lookup: Returns: whether a message to @person depends on what can be asked. */
gboolean pen_message_needs_lookup (const PenPerson *person);

/** pen_message_release: re-decides the held messages of @person, oldest first. @ask: put the question again */
void pen_message_release (PenAccount *account, PenPerson *person, gboolean ask);

/** pen_message_resume: after sign-on: what a former process or connection left. */
void pen_message_resume (PenAccount *account);

/** pen_message_renew_waits: whoever waits for a slot that was missed learns when the next one is. */
void pen_message_renew_waits (PenAccount *account);

/** pen_message_answer: the user's answer to the question of a held message. */
gboolean pen_message_answer (PurpleAccount *purple, const char *message, PenChoice choice, GError **error);

/** pen_message_choose: keeps the user's choice for a contact: ask, sms or plain. Works offline. */
gboolean pen_message_choose (PurpleAccount *purple, const char *typed, PenChoice choice, GError **error);

/** pen_message_fate: told by the gate. */
void pen_message_fate (PenAccount *account, const char *message, PenGateFate fate);

/** pen_message_is_to: Returns: whether @id is a message that we sent to the person at @from. */
gboolean pen_message_is_to (PenAccount *account, const char *id, const char *from);

/** pen_message_is_sms: whether @id is a message of this account that went to a gateway: only then may one report on it. */
gboolean pen_message_is_sms (PenAccount *account, const char *id);

/** pen_message_event: moves a message on the status ladder and shows it. @error: (nullable): a sentence */
void pen_message_event (PenAccount *account, const char *message, int event, const char *error);

G_END_DECLS
