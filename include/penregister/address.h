/*
 * Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** PEN_ADDRESS_TYPED_MAX_BYTES: longer entries are refused unread. */
#define PEN_ADDRESS_TYPED_MAX_BYTES 16384
/** PEN_ADDRESS_GROUP_MIN: fewest numbers of a group text. */
#define PEN_ADDRESS_GROUP_MIN 2
/** PEN_ADDRESS_GROUP_MAX: most numbers of a group text. */
#define PEN_ADDRESS_GROUP_MAX 10
/** PEN_JID_PART_MAX_BYTES: most bytes of localpart, domainpart and resourcepart (RFC 7622 §3). */
#define PEN_JID_PART_MAX_BYTES 1023

/**
 * PEN_ADDRESS_ERROR:
 *
 * Domain of refusals. Each code has one message: what is wrong, why, and what to do.
 */
#define PEN_ADDRESS_ERROR (pen_address_error_quark ())

/**
 * PenAddressError:
 * @PEN_ADDRESS_ERROR_EMPTY: nothing but white space
 * @PEN_ADDRESS_ERROR_TOO_LONG: over %PEN_ADDRESS_TYPED_MAX_BYTES
 * @PEN_ADDRESS_ERROR_INVALID_UTF8: not text
 * @PEN_ADDRESS_ERROR_INVALID_URI: a link with broken escapes, or no canonical URI
 * @PEN_ADDRESS_ERROR_NOT_AN_ADDRESS: neither number, sender nor JID
 * @PEN_ADDRESS_ERROR_NEEDS_REGION: a national number without a region
 * @PEN_ADDRESS_ERROR_UNKNOWN_REGION: the region option is no ISO 3166 code
 * @PEN_ADDRESS_ERROR_NOT_A_NUMBER: meant as a number, with other characters in it
 * @PEN_ADDRESS_ERROR_INVALID_COUNTRY_CODE: no country has this calling code
 * @PEN_ADDRESS_ERROR_NUMBER_TOO_SHORT: digits are missing
 * @PEN_ADDRESS_ERROR_NUMBER_TOO_LONG: too many digits
 * @PEN_ADDRESS_ERROR_INVALID_NUMBER: no number of that country has this length
 * @PEN_ADDRESS_ERROR_EXTENSION: a number with an extension
 * @PEN_ADDRESS_ERROR_GROUP_MEMBER: an entry of a list is no full number
 * @PEN_ADDRESS_ERROR_GROUP_SIZE: more than %PEN_ADDRESS_GROUP_MAX numbers
 * @PEN_ADDRESS_ERROR_INVALID_JID: a malformed JID
 * @PEN_ADDRESS_ERROR_JID_TOO_LONG: a part over %PEN_JID_PART_MAX_BYTES
 * @PEN_ADDRESS_ERROR_LIBRARY: the number library failed
 */
typedef enum
{
  PEN_ADDRESS_ERROR_EMPTY,
  PEN_ADDRESS_ERROR_TOO_LONG,
  PEN_ADDRESS_ERROR_INVALID_UTF8,
  PEN_ADDRESS_ERROR_INVALID_URI,
  PEN_ADDRESS_ERROR_NOT_AN_ADDRESS,
  PEN_ADDRESS_ERROR_NEEDS_REGION,
  PEN_ADDRESS_ERROR_UNKNOWN_REGION,
  PEN_ADDRESS_ERROR_NOT_A_NUMBER,
  PEN_ADDRESS_ERROR_INVALID_COUNTRY_CODE,
  PEN_ADDRESS_ERROR_NUMBER_TOO_SHORT,
  PEN_ADDRESS_ERROR_NUMBER_TOO_LONG,
  PEN_ADDRESS_ERROR_INVALID_NUMBER,
  PEN_ADDRESS_ERROR_EXTENSION,
  PEN_ADDRESS_ERROR_GROUP_MEMBER,
  PEN_ADDRESS_ERROR_GROUP_SIZE,
  PEN_ADDRESS_ERROR_INVALID_JID,
  PEN_ADDRESS_ERROR_JID_TOO_LONG,
  PEN_ADDRESS_ERROR_LIBRARY
} PenAddressError;

/**
 * pen_address_error_quark:
 *
 * Returns: the error domain's quark
 */
GQuark pen_address_error_quark (void);

/**
 * PenAddressKind:
 * @PEN_ADDRESS_NONE: no address
 * @PEN_ADDRESS_TEL: a phone number, name `+15551234567`
 * @PEN_ADDRESS_XMPP: a bare JID, lower-cased, name `juliet@example.org` or `example.org`
 * @PEN_ADDRESS_SHORT: a short code, name `12345`
 * @PEN_ADDRESS_ALPHA: an alphanumeric SMS sender, name `SomeBank`
 * @PEN_ADDRESS_GROUP: a group text, name `+15551230001,+15551230002`, sorted
 *
 * The kinds never share a name, so a name alone tells its kind.
 */
typedef enum
{
  PEN_ADDRESS_NONE = 0,
  PEN_ADDRESS_TEL,
  PEN_ADDRESS_XMPP,
  PEN_ADDRESS_SHORT,
  PEN_ADDRESS_ALPHA,
  PEN_ADDRESS_GROUP
} PenAddressKind;

/**
 * PenAddress:
 * @kind: which kind
 * @name: (transfer full): the one name that libpurple holds for it
 *
 * A canonical address.
 */
typedef struct
{
  PenAddressKind kind;
  char *name;
} PenAddress;

/**
 * pen_address_new:
 * @kind: its kind
 * @name: its canonical name
 *
 * Makes an address of parts that are known to be canonical; text from outside goes
 * through pen_address_parse().
 *
 * Returns: (transfer full): a new address
 */
PenAddress *pen_address_new (PenAddressKind kind, const char *name);

/**
 * pen_address_copy:
 * @address: (nullable): an address
 *
 * Returns: (transfer full) (nullable): a copy; %NULL of %NULL
 */
PenAddress *pen_address_copy (const PenAddress *address);

/**
 * pen_address_free:
 * @address: (nullable) (transfer full): an address
 */
void pen_address_free (PenAddress *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenAddress, pen_address_free)

/**
 * pen_address_equal:
 * @a: (type PenAddress): an address
 * @b: (type PenAddress): an address
 *
 * A #GEqualFunc.
 *
 * Returns: %TRUE if both are the same address
 */
gboolean pen_address_equal (gconstpointer a, gconstpointer b);

/**
 * pen_address_hash:
 * @address: (type PenAddress): an address
 *
 * A #GHashFunc that goes with pen_address_equal().
 *
 * Returns: the hash
 */
guint pen_address_hash (gconstpointer address);

/**
 * pen_address_parse:
 * @typed: (nullable): what a person typed, pasted, or followed as a link
 * @region: (nullable): ISO 3166 alpha-2 region of national numbers; %NULL or "": none, and
 *   national numbers are refused, never guessed
 * @error: a #PenAddressError
 *
 * Turns @typed into the canonical address: numbers in any common writing, comma separated
 * numbers, short codes, alphanumeric senders, JIDs (a word with a dot is a host), and
 * `tel:`, `sms:`, `smsto:`, `mms:`, `mmsto:`, `xmpp:` and `mailto:` links. Text of a link
 * that is not the address (a message, an action) is ignored.
 *
 * Source: E.164 §6, RFC 3966, RFC 5724 §2.2, RFC 5122 §2.2, RFC 6068 §2, RFC 7622 §3.
 *
 * Returns: (transfer full) (nullable): the address, or %NULL with @error set
 */
PenAddress *pen_address_parse (const char *typed, const char *region, GError **error);

/**
 * pen_address_kind_of_name:
 * @name: (nullable): any text
 *
 * The kind of a canonical name.
 *
 * Returns: the kind; %PEN_ADDRESS_NONE if @name is not canonical
 */
PenAddressKind pen_address_kind_of_name (const char *name);

/**
 * pen_address_normalize:
 * @name: a name as libpurple, a file or a person wrote it
 *
 * The canonical name, without any region, so that it never changes with an option. Text
 * that is no address without a region is returned as it is. Idempotent; `+` and digits
 * are taken as canonical and cost one scan.
 *
 * Returns: (transfer full): the canonical name, or a copy of @name
 */
char *pen_address_normalize (const char *name);

/**
 * pen_address_to_uri:
 * @address: an address
 *
 * The form that the ledger and the harness show: `tel:+15551234567`,
 * `xmpp:juliet@example.org`, `sms:12345`, `sms:Some%20Bank`, `sms:+15551230001,+15551230002`.
 *
 * Source: RFC 3966 §3, RFC 5122 §2.2, RFC 5724 §2.2.
 *
 * Returns: (transfer full): the URI
 */
char *pen_address_to_uri (const PenAddress *address);

/**
 * pen_address_from_uri:
 * @uri: (nullable): a URI of pen_address_to_uri()
 * @error: %PEN_ADDRESS_ERROR_INVALID_URI for anything else
 *
 * The exact inverse of pen_address_to_uri(). Links from outside go through
 * pen_address_parse().
 *
 * Returns: (transfer full) (nullable): the address, or %NULL with @error set
 */
PenAddress *pen_address_from_uri (const char *uri, GError **error);

/**
 * pen_jid_bare:
 * @jid: (nullable): a JID, with or without resource
 *
 * The canonical bare JID: resource and final dot of the host removed, NFKC, lower case.
 * Source: RFC 7622 §3.
 *
 * Returns: (transfer full) (nullable): the bare JID, or %NULL if it is malformed
 */
char *pen_jid_bare (const char *jid);

/**
 * pen_jid_resource:
 * @jid: (nullable): a JID
 *
 * Returns: (transfer none) (nullable): the resource, inside @jid; %NULL if there is none
 */
const char *pen_jid_resource (const char *jid);

/**
 * pen_jid_localpart:
 * @jid: (nullable): a JID
 *
 * Returns: (transfer full) (nullable): the canonical localpart; %NULL of a host, or if
 *   @jid is malformed
 */
char *pen_jid_localpart (const char *jid);

/**
 * pen_jid_domain:
 * @jid: (nullable): a JID
 *
 * Returns: (transfer full) (nullable): the canonical domainpart; %NULL if @jid is malformed
 */
char *pen_jid_domain (const char *jid);

/**
 * pen_jid_is_valid:
 * @jid: (nullable): any text
 *
 * Whether @jid is a well-formed JID, bare or full, in canonical form or not.
 * Source: RFC 7622 §3.
 *
 * Returns: %TRUE if it is
 */
gboolean pen_jid_is_valid (const char *jid);

/**
 * pen_jid_escape_localpart:
 * @text: (nullable): what shall stand before the `@`
 *
 * Escapes what no localpart may hold. Source: XEP-0106 §4.
 *
 * Returns: (transfer full) (nullable): the localpart; %NULL if @text is empty, or begins or
 *   ends with a space, which XEP-0106 forbids
 */
char *pen_jid_escape_localpart (const char *text);

/**
 * pen_jid_unescape_localpart:
 * @localpart: (nullable): a localpart
 *
 * Undoes pen_jid_escape_localpart(). For the eye and for gateways, never for comparing.
 * Source: XEP-0106 §4.
 *
 * Returns: (transfer full) (nullable): the text; %NULL of %NULL
 */
char *pen_jid_unescape_localpart (const char *localpart);

G_END_DECLS
