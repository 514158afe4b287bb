/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include <xmlnode.h>

G_BEGIN_DECLS

/* OMEMO as deployed (eu.siacs.conversations.axolotl, XEP-0384 0.3.0) on the
 * wire: stanzas to plain structs and back. Pure; whatever a stranger sends
 * gives an answer or an error, never more. */

#define PEN_OMEMO_NS "eu.siacs.conversations.axolotl"
#define PEN_OMEMO_NODE_DEVICES PEN_OMEMO_NS ".devicelist"
#define PEN_OMEMO_NODE_BUNDLE PEN_OMEMO_NS ".bundles:"

#define PEN_OMEMO_DEVICES_MAX 100
#define PEN_OMEMO_DEVICES_KEPT_MAX 300
#define PEN_OMEMO_KEYS_MAX 1000
#define PEN_OMEMO_PREKEYS_MAX 1000
#define PEN_OMEMO_BUNDLE_MAX_BYTES (256 * 1024)
#define PEN_OMEMO_PAYLOAD_MAX_BYTES (256 * 1024)
#define PEN_OMEMO_PUBLIC_KEY_BYTES 33
#define PEN_OMEMO_SIGNATURE_BYTES 64
#define PEN_OMEMO_IV_BYTES 12
#define PEN_OMEMO_IV_OLD_BYTES 16
#define PEN_OMEMO_DEVICE_MAX 0x7fffffffu

#define PEN_OMEMO_ERROR (pen_omemo_error_quark ())
GQuark pen_omemo_error_quark (void);

/**
 * PenOmemoError: why something is not used.
 * @PEN_OMEMO_ERROR_MALFORMED: not what it should be
 * @PEN_OMEMO_ERROR_KEY: a key that is none, or a signature that does not fit
 * @PEN_OMEMO_ERROR_TRUST: a known device with another identity key, or one that is not trusted
 * @PEN_OMEMO_ERROR_DUPLICATE: a message that was decrypted before
 * @PEN_OMEMO_ERROR_NO_SESSION: no session, or a broken one: repair
 * @PEN_OMEMO_ERROR_NOT_FOR_US: no key for this device
 * @PEN_OMEMO_ERROR_NO_DEVICE: nobody that could be encrypted to
 * @PEN_OMEMO_ERROR_STORE: the store refused
 * @PEN_OMEMO_ERROR_FAILED: anything else
 */
typedef enum
{
  PEN_OMEMO_ERROR_MALFORMED,
  PEN_OMEMO_ERROR_KEY,
  PEN_OMEMO_ERROR_TRUST,
  PEN_OMEMO_ERROR_DUPLICATE,
  PEN_OMEMO_ERROR_NO_SESSION,
  PEN_OMEMO_ERROR_NOT_FOR_US,
  PEN_OMEMO_ERROR_NO_DEVICE,
  PEN_OMEMO_ERROR_STORE,
  PEN_OMEMO_ERROR_FAILED
} PenOmemoError;

/** PenOmemoPreKey: one public one-time key. @id: 0 is legal; @key: 33 bytes */
typedef struct
{
  guint32 id;
  guint8 key[PEN_OMEMO_PUBLIC_KEY_BYTES];
} PenOmemoPreKey;

/**
 * PenOmemoBundle: what a device publishes for others to begin a session with.
 * @signed_id: 0 is legal
 * @prekeys: (element-type PenOmemoPreKey): at least one
 */
typedef struct
{
  guint8 identity[PEN_OMEMO_PUBLIC_KEY_BYTES];
  guint32 signed_id;
  guint8 signed_key[PEN_OMEMO_PUBLIC_KEY_BYTES];
  guint8 signature[PEN_OMEMO_SIGNATURE_BYTES];
  GArray *prekeys;
} PenOmemoBundle;

/** PenOmemoKey: the message key, wrapped for one device. @data: (element-type guint8) */
typedef struct
{
  guint32 device;
  gboolean is_prekey;
  GBytes *data;
} PenOmemoKey;

/**
 * PenOmemoMessage: an encrypted element.
 * @sender: the sending device's id
 * @iv: 12 or 16 bytes
 * @payload: (nullable): %NULL for a key transport
 * @keys: (element-type PenOmemoKey): all of them, several may be for one id
 */
typedef struct
{
  guint32 sender;
  GBytes *iv;
  GBytes *payload;
  GPtrArray *keys;
} PenOmemoMessage;

void pen_omemo_bundle_free (PenOmemoBundle *bundle);
PenOmemoMessage *pen_omemo_message_new (guint32 sender);
void pen_omemo_message_free (PenOmemoMessage *message);

/** pen_omemo_message_add_key: @data: (transfer full) */
void pen_omemo_message_add_key (PenOmemoMessage *message, guint32 device, gboolean is_prekey, GBytes *data);

/** pen_omemo_device_read: a strict decimal, 1 to 2^31-1. Returns: %FALSE for all else (nullable) */
gboolean pen_omemo_device_read (const char *text, guint32 *device);

/**
 * pen_omemo_devices_read:
 * @items: the items element of a result or an event: the item "current" counts, else the last
 *
 * Returns: (transfer full) (element-type guint32) (nullable): ids in order,
 *   each once, at most PEN_OMEMO_DEVICES_MAX; bad ones left out; %NULL with
 *   @error set when there is no list
 */
GArray *pen_omemo_devices_read (xmlnode *items, GError **error);

/** pen_omemo_devices_build: Returns: (transfer full): the list element. @devices: (element-type guint32) */
xmlnode *pen_omemo_devices_build (const GArray *devices);

/**
 * pen_omemo_bundle_read:
 * @items: as above; its node's name is not read
 *
 * Bad one-time keys are left out, and those beyond PEN_OMEMO_PREKEYS_MAX.
 *
 * Returns: (transfer full) (nullable): %NULL with PEN_OMEMO_ERROR_KEY for
 *   any other bad or missing key or signature, PEN_OMEMO_ERROR_MALFORMED for
 *   no bundle, one too big, or one without one-time keys
 */
PenOmemoBundle *pen_omemo_bundle_read (xmlnode *items, GError **error);
/** pen_omemo_bundle_equal: Returns: whether both hold the same keys under the same ids, in whatever order. */
gboolean pen_omemo_bundle_equal (const PenOmemoBundle *one, const PenOmemoBundle *other);
xmlnode *pen_omemo_bundle_build (const PenOmemoBundle *bundle);

/**
 * pen_omemo_message_read:
 * @encrypted: the element; the order of its children does not matter
 *
 * Keys for a bad id, or that are no base64, are left out, and those beyond
 * PEN_OMEMO_KEYS_MAX; there may be none at all.
 *
 * Returns: (transfer full) (nullable): %NULL with PEN_OMEMO_ERROR_MALFORMED
 */
PenOmemoMessage *pen_omemo_message_read (xmlnode *encrypted, GError **error);
xmlnode *pen_omemo_message_build (const PenOmemoMessage *message);

/** pen_omemo_bundle_node: Returns: (transfer full): the node that holds the bundle of @device. */
char *pen_omemo_bundle_node (guint32 device);

/** pen_omemo_items_build: Returns: (transfer full): the pubsub element that asks for what @node holds (XEP-0060 6.5). */
xmlnode *pen_omemo_items_build (const char *node);

/** pen_omemo_items_read: Returns: (transfer none) (nullable): what the answer to that holds. @iq: (nullable) */
xmlnode *pen_omemo_items_read (xmlnode *iq);

/**
 * pen_omemo_publish_build:
 * @payload: (transfer full): what the item holds
 *
 * Returns: (transfer full): the pubsub element that publishes @payload as item "current", open to all
 */
xmlnode *pen_omemo_publish_build (const char *node, xmlnode *payload);

/** pen_omemo_configure_build: Returns: (transfer full): the owner's form that opens @node (docs/omemo.md 4.3). */
xmlnode *pen_omemo_configure_build (const char *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenOmemoBundle, pen_omemo_bundle_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenOmemoMessage, pen_omemo_message_free)

G_END_DECLS
