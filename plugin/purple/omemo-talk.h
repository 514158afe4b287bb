/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "omemo/engine.h"
#include "penregister/outbox.h"
#include "purple/person.h"

G_BEGIN_DECLS

/* Encrypted messages: bundles asked for, one payload to every trusted device,
 * what comes in opened, sessions repaired, new devices announced. */

/** PenSealed: what became of a text that is to go encrypted. */
typedef enum
{
  PEN_SEALED,          /* here is the stanza */
  PEN_SEALED_WAITS,    /* bundles are asked for first */
  PEN_SEALED_FAILED    /* nobody could be encrypted to */
} PenSealed;

/**
 * pen_secrets_seal:
 * @to: the bare JID that the stanza goes to; @id: its id
 * @text: plain text
 * @stanza: (out): (transfer full): the message, from an allow list of children only
 *
 * Inside the turn's transaction. Nothing of @text stands in @stanza in clear.
 */
PenSealed pen_secrets_seal (PenAccount *account, PenPerson *person, const PenOutboxEntry *entry, xmlnode **stanza,
                            GError **error);

/** pen_secrets_jids: Returns: (transfer full): the JIDs that a person is reached at. */
char **pen_secrets_jids (const PenPerson *person);

/** PenOpened: what an encrypted message that came in is. */
typedef enum
{
  PEN_OPENED_NOT_ENCRYPTED,
  PEN_OPENED_TEXT,     /* its body is the decrypted text now, everything else is gone */
  PEN_OPENED_AGAIN,    /* a duplicate of what was opened before */
  PEN_OPENED_NOTHING,  /* a key transport, or said to the user already */
  PEN_OPENED_REFUSED   /* the store refused, which was said: it can be opened when it is there once more */
} PenOpened;

/**
 * pen_secrets_open:
 * @message: a message that came in
 * @sender: bare JID of who speaks
 * @name: in whose conversation trouble is said
 */
PenOpened pen_secrets_open (PenAccount *account, xmlnode *message, const char *sender, const char *name);

/**
 * pen_secrets_learn_list:
 * @jid: bare JID; @items: an items element with its device list
 * @count: (out): devices in it
 *
 * Keeps the list and announces what is new. Returns: %FALSE when there is no list in @items, or, with a @count,
 * when the store refused it
 */
gboolean pen_secrets_learn_list (PenAccount *account, const char *jid, xmlnode *items, guint *count);

/** pen_secrets_learn_own: keeps our own list; what is new in it is told to the user. @devices: (element-type guint32) */
void pen_secrets_learn_own (PenAccount *account, const GArray *devices);

/** pen_secrets_announce: says what is new about a person's devices, before the next message. */
void pen_secrets_announce (PenAccount *account, const char *name);

/** pen_secrets_announce_in: the same, said in the conversation or room @place. */
void pen_secrets_announce_in (PenAccount *account, const char *name, const char *place);

/**
 * pen_secrets_ask_bundles:
 * @jids: NULL-terminated: bare JIDs
 *
 * Asks for the keys of all their devices, and of our own other ones, that
 * there is no session with, each once a connection.
 *
 * Returns: whether some were asked for and did not come yet
 */
gboolean pen_secrets_ask_bundles (PenAccount *account, const char *const *jids);

/** pen_secrets_send_key_transport: a message without text: it moves the ratchet on, so that the other side can. */
void pen_secrets_send_key_transport (PenAccount *account, const char *jid, const char *rule);

/** pen_secrets_stanza: Returns: (transfer full): a message, with nothing in it but what @sealed holds and what goes with it. */
xmlnode *pen_secrets_stanza (const char *type, const char *to, const char *id, const PenOmemoMessage *sealed);

G_END_DECLS
