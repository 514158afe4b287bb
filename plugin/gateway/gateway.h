/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <xmlnode.h>

#include "penregister/address.h"
#include "penregister/delivery.h"
#include "wire/wire.h"

G_BEGIN_DECLS

/* Handing a message to SMS. A kind of gateway is one file and one line in
 * pen_gateway_kinds[]; it only turns stanzas into plain structs and back. */

#define PEN_GATEWAY_ERROR (pen_gateway_error_quark ())
GQuark pen_gateway_error_quark (void);

/**
 * PenGatewayError: why an answer of a gateway is not used. Messages are
 * English sentences for a person.
 * @PEN_GATEWAY_ERROR_UNREADABLE: not an answer to the question
 * @PEN_GATEWAY_ERROR_FOREIGN: an address at another host
 * @PEN_GATEWAY_ERROR_OTHER_PERSON: the address of another number than the one asked for
 */
typedef enum
{
  PEN_GATEWAY_ERROR_UNREADABLE,
  PEN_GATEWAY_ERROR_FOREIGN,
  PEN_GATEWAY_ERROR_OTHER_PERSON
} PenGatewayError;

/**
 * PenGatewayFlags: what a gateway's host says it can do (XEP-0030).
 * @PEN_GATEWAY_PROMPT: jabber:iq:gateway: ask it for the JID of a number (XEP-0100 6.3)
 * @PEN_GATEWAY_ESCAPING: XEP-0106
 * @PEN_GATEWAY_RECEIPTS: XEP-0184
 * @PEN_GATEWAY_GROUPS: XEP-0033
 * @PEN_GATEWAY_REGISTER: XEP-0077
 * @PEN_GATEWAY_PHONE_CONTEXT: never announced: short codes are written as Cheogram does;
 *   only where the user says so, asking the gateway is better
 */
typedef enum
{
  PEN_GATEWAY_NONE = 0,
  PEN_GATEWAY_PROMPT = 1 << 0,
  PEN_GATEWAY_ESCAPING = 1 << 1,
  PEN_GATEWAY_RECEIPTS = 1 << 2,
  PEN_GATEWAY_GROUPS = 1 << 3,
  PEN_GATEWAY_REGISTER = 1 << 4,
  PEN_GATEWAY_PHONE_CONTEXT = 1 << 5
} PenGatewayFlags;

/**
 * PenGatewayIncoming: one message stanza from a gateway.
 * @address: (nullable): whose conversation it belongs to; %NULL for the gateway's host itself
 * @jid: the bare JID that it came from, as it may be written back to
 * @speaker: (nullable): in a group: the number that spoke, taken from the text
 * @nick: (nullable): a name for a person to read (XEP-0172), not trusted
 * @text: (nullable): what to show; never markup
 * @media: (nullable): http or https link (XEP-0066); a body that only repeats it is not in @text
 * @at_us: when it was sent, microseconds since 1970 (XEP-0203, or the folded line of sms4you); 0 unknown
 * @id: (nullable): the stanza's own id
 * @asks_receipt: whether it asks for a receipt (XEP-0184)
 * @about: (nullable): id of our message that @event speaks of
 * @event: what happened to that message; PEN_N_DELIVERY_EVENTS: nothing
 * @error: (nullable): for PEN_DELIVERY_ERROR
 */
typedef struct
{
  PenAddress *address;
  char *jid;
  char *speaker;
  char *nick;
  char *text;
  char *media;
  gint64 at_us;
  char *id;
  gboolean asks_receipt;
  char *about;
  PenDeliveryEvent event;
  PenWireError *error;
} PenGatewayIncoming;

/**
 * PenGatewayKind: one kind of gateway. The functions of the kind "xmpp" are
 * declared and documented below under their own names.
 */
typedef struct
{
  const char *name;
  gboolean (*is_identity) (xmlnode *query);
  PenGatewayFlags (*flags) (xmlnode *query);
  char *(*wire_jid) (const PenAddress *address, const char *host, PenGatewayFlags flags);
  PenAddress *(*address_of) (const char *jid, const char *host, const char *nick, const char *region);
  xmlnode *(*message) (const char *to, const char *id, const char *text, gboolean receipt);
  PenGatewayIncoming *(*incoming) (xmlnode *message, const char *host, const char *region);
} PenGatewayKind;

/** pen_gateway_kinds: all kinds, %NULL-terminated. */
extern const PenGatewayKind *const pen_gateway_kinds[];

/** pen_gateway_xmpp: a gateway that is an XMPP host (XEP-0100). */
extern const PenGatewayKind pen_gateway_xmpp;

/** pen_gateway_kind_by_name: Returns: (nullable): the kind with this name, static. */
const PenGatewayKind *pen_gateway_kind_by_name (const char *name);

/**
 * pen_gateway_is_identity:
 * @query: (nullable): the `query` of a disco#info answer
 *
 * Whether a host is an SMS gateway: an identity of category gateway and type sms, pstn, or
 * beginning with "sms-"; or the feature jabber:iq:gateway, unless every gateway identity that
 * the host has names another network (irc, xmpp, ...): numbers are not for those.
 * Source: XEP-0100 6.1, docs/gateways.md 5.7.
 */
gboolean pen_gateway_is_identity (xmlnode *query);

/** pen_gateway_flags: Returns: what the features in @query (nullable) announce. */
PenGatewayFlags pen_gateway_flags (xmlnode *query);

/** pen_gateway_identity_name: Returns: (transfer full) (nullable): the name of its SMS identity, one line, not trusted. */
char *pen_gateway_identity_name (xmlnode *query);

/** pen_gateway_prompt_get: Returns: (transfer full): the child of an IQ get that asks what to type (XEP-0100 6.3). */
xmlnode *pen_gateway_prompt_get (void);

/**
 * pen_gateway_prompt_set:
 * @address: whom: its name is the prompt, so numbers are in E.164 form
 *
 * Returns: (transfer full): the child of an IQ set that asks for the JID of @address (XEP-0100 6.3)
 */
xmlnode *pen_gateway_prompt_set (const PenAddress *address);

/**
 * pen_gateway_prompt_read:
 * @iq: the result of the get
 * @desc: (out) (nullable): what the gateway explains; @prompt: (out) (nullable): what it wants, one line each
 *
 * Returns: %FALSE with PEN_GATEWAY_ERROR_UNREADABLE when @iq has neither
 */
gboolean pen_gateway_prompt_read (xmlnode *iq, char **desc, char **prompt, GError **error);

/**
 * pen_gateway_prompt_jid:
 * @iq: the result of the set
 * @host: the gateway that was asked
 * @asked: whom it was asked about
 *
 * The JID in the answer, if it may be written to: it must be at @host, and if it can be read
 * as an address it must be @asked. A JID that cannot be read (an opaque one) is the gateway's to choose.
 *
 * Returns: (transfer full) (nullable): a bare JID, or %NULL with PEN_GATEWAY_ERROR set
 */
char *pen_gateway_prompt_jid (xmlnode *iq, const char *host, const PenAddress *asked, GError **error);

/**
 * pen_gateway_moved_to:
 * @error: an error of the gateway; @host, @asked: as for pen_gateway_prompt_jid()
 *
 * Follows `gone` under the same rules. Source: RFC 6120 8.3.3.5, docs/gateways.md 5.8.
 *
 * Returns: (transfer full) (nullable): the bare JID to use instead
 */
char *pen_gateway_moved_to (const PenWireError *error, const char *host, const PenAddress *asked);

/**
 * pen_gateway_wire_jid:
 * @address: whom
 * @host: the gateway
 * @flags: only PEN_GATEWAY_PHONE_CONTEXT is looked at
 *
 * The JID on the wire when the gateway cannot be asked for it: `+E164@host`, `12345@host`, or
 * the comma list of a group. Nobody can write to an alphanumeric sender.
 *
 * Returns: (transfer full) (nullable): a bare JID; %NULL for senders, XMPP addresses, and a bad @host
 */
char *pen_gateway_wire_jid (const PenAddress *address, const char *host, PenGatewayFlags flags);

/**
 * pen_gateway_address_of:
 * @jid: (nullable): where a stanza came from
 * @host: the gateway
 * @nick: (nullable): the name in the stanza (XEP-0172): alphanumeric senders have theirs there
 * @region: (nullable): the account's region, for gateways that give national numbers
 *
 * Whose conversation @jid belongs to: numbers with or without `+`, short codes with or without
 * a phone-context, alphanumeric and anonymous senders, groups. Digits without `+` are read as
 * an international number from 11 digits on, unless nobody has that number and the region's
 * reading is assigned; shorter ones only in a region. A JID that the gateway itself gave for an
 * address (PenContact's wire) is that address: the caller looks there first.
 *
 * Returns: (transfer full) (nullable): the address; %NULL when @jid is of another host, the
 *   host itself, or nothing that can be named without guessing
 */
PenAddress *pen_gateway_address_of (const char *jid, const char *host, const char *nick, const char *region);

/**
 * pen_gateway_message:
 * @to: the bare JID on the wire
 * @id: the stanza's id
 * @text: plain text, not markup
 * @receipt: whether to ask for a receipt (XEP-0184)
 *
 * The whole message: type chat, a body, the request; nothing else ever (docs/design.md, invariant
 * 4). Control characters are removed.
 *
 * Returns: (transfer full) (nullable): the stanza; %NULL when no text is left or it belongs to OTR
 */
xmlnode *pen_gateway_message (const char *to, const char *id, const char *text, gboolean receipt);

/**
 * pen_gateway_incoming_read:
 * @message: a message stanza
 * @host: the gateway; @region: (nullable): the account's region
 *
 * Reads what came from a gateway. Errors give no text: their body, if any, is our own.
 *
 * A receipt is always PEN_DELIVERY_RECEIPT here: a host that answers may only have taken the
 * stanza, and so may a number's JID (Cheogram acknowledges for routes that cannot). See
 * pen_gateway_receipt_event() for the one case that says more.
 *
 * Returns: (transfer full) (nullable): what it says; %NULL when it is not from @host
 */
PenGatewayIncoming *pen_gateway_incoming_read (xmlnode *message, const char *host, const char *region);

/** pen_gateway_incoming_free: @incoming: (nullable) (transfer full) */
void pen_gateway_incoming_free (PenGatewayIncoming *incoming);

/**
 * pen_gateway_receipt_event:
 * @incoming: a receipt
 * @requested: whether our message @about asked for a receipt
 *
 * A receipt that nobody asked for, from a number's JID, is a delivery report: gateways send
 * it when the phone network says "delivered". Where one was asked for the two look the same
 * on the wire, so it is only "accepted": never claim what nobody knows (docs/gateways.md 2.1, 2.2, 5.10).
 *
 * Returns: PEN_DELIVERY_REPORT or PEN_DELIVERY_RECEIPT; the stored event when that is no receipt
 */
PenDeliveryEvent pen_gateway_receipt_event (const PenGatewayIncoming *incoming, gboolean requested);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenGatewayIncoming, pen_gateway_incoming_free)

G_END_DECLS
