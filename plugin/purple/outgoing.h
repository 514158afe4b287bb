/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/outbox.h"
#include "purple/person.h"

G_BEGIN_DECLS

/* From a decided route to a stanza at the gate. */

/** PenOutgoing: what became of a message that may go. */
typedef enum
{
  PEN_OUTGOING_HANDED,   /* recorded, at the gate */
  PEN_OUTGOING_WAITS,    /* the gateway is being asked for the number's JID first */
  PEN_OUTGOING_FAILED,   /* there is no way for it; it is held again */
  PEN_OUTGOING_REFUSED   /* the store refused; nothing leaves */
} PenOutgoing;

/**
 * pen_outgoing_send:
 * @entry: a message; its route, state and stanza are set
 *
 * Writes the outbox row and the ledger row into the turn's transaction and
 * puts the stanza into the gate.
 */
PenOutgoing pen_outgoing_send (PenAccount *account, PenPerson *person, PenOutboxEntry *entry, GError **error);

/** pen_outgoing_send_again: the bytes of a former process once more, under the same id. */
gboolean pen_outgoing_send_again (PenAccount *account, const PenOutboxEntry *entry, GError **error);

/** pen_outgoing_plain_text: Returns: (transfer full): libpurple's HTML as plain text. */
char *pen_outgoing_plain_text (const char *html);

/** pen_outgoing_receipt: tells @to that its message @id arrived (XEP-0184 5.1). */
void pen_outgoing_receipt (PenAccount *account, const char *to, const char *id);

G_END_DECLS
