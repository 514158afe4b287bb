/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "omemo/codec.h"
#include "penregister/clock.h"
#include "penregister/database.h"

G_BEGIN_DECLS

/* One account's OMEMO: keys, sessions and trust in the one SQLite file, on
 * libsignal-protocol-c. All changes are made inside the turn's transaction
 * (pen_database_begin); commit is the caller's, before anything leaves. No
 * network, no libpurple. */

typedef struct _PenOmemo PenOmemo;

/** PenOmemoTrust: what the user thinks of one device's key. */
typedef enum
{
  PEN_OMEMO_UNDECIDED,
  PEN_OMEMO_BLIND,      /* trusted because nobody of this contact was verified yet */
  PEN_OMEMO_TRUSTED,    /* verified by the user */
  PEN_OMEMO_DISTRUSTED
} PenOmemoTrust;

/**
 * PenOmemoDevice: one device of a person, or of ourselves.
 * @fingerprint: (nullable): the identity key without its first byte, in lower-case hex, 64 characters; %NULL while unknown
 * @is_active: in the newest list
 * @last_seen_us: of its newest message, 0 for never
 */
typedef struct
{
  guint32 device;
  char *fingerprint;
  PenOmemoTrust trust;
  gboolean is_active;
  gboolean has_session;
  gint64 last_seen_us;
} PenOmemoDevice;

/** PenOmemoChange: how a list differs from the one before. (element-type guint32) */
typedef struct
{
  GArray *added;
  GArray *removed;
} PenOmemoChange;

/** PenOmemoPeer: one device of one person. */
typedef struct
{
  char *jid;
  guint32 device;
} PenOmemoPeer;

/**
 * PenOmemoPlain: what came out of a message.
 * @text: (nullable): %NULL for a key transport
 * @jid, @device: who encrypted it, by the key that fitted
 * @trust: of that device
 * @was_prekey: it began a session
 * @counter: of the receiving chain: above about 50 without an answer a heartbeat is due
 * @used_prekey: a one-time key was used up: publish the bundle anew, and a key transport back lets the peer go on
 *   (docs/omemo.md 4.4)
 * @is_listed: the device is in the list that is known of @jid
 */
typedef struct
{
  char *text;
  char *jid;
  guint32 device;
  PenOmemoTrust trust;
  gboolean was_prekey;
  guint32 counter;
  gboolean used_prekey;
  gboolean is_listed;
} PenOmemoPlain;

/**
 * pen_omemo_new:
 * @account: bare JID of our account
 *
 * Returns: (transfer full) (nullable): the engine; its keys may still be missing
 */
PenOmemo *pen_omemo_new (PenDatabase *database, const PenClock *clock, const PenRandom *random, const char *account,
                         GError **error);
void pen_omemo_free (PenOmemo *omemo);

/** pen_omemo_set_manual: trust nobody blindly. */
void pen_omemo_set_manual (PenOmemo *omemo, gboolean manual);

/**
 * pen_omemo_prepare:
 * @done: (out): whether all keys are there
 *
 * One step of making keys, a few milliseconds: identity, signed pre-key, then
 * some one-time keys; also rotation and topping up. Call again until @done.
 */
gboolean pen_omemo_prepare (PenOmemo *omemo, gboolean *done, GError **error);

/** pen_omemo_device: Returns: our device id, 0 while there are no keys. */
guint32 pen_omemo_device (PenOmemo *omemo);

/** pen_omemo_draw_device: our id is another own device's: draws a new one (docs/omemo.md 7.5). */
gboolean pen_omemo_draw_device (PenOmemo *omemo, GError **error);

/** pen_omemo_own_bundle: Returns: (transfer full) (nullable): what we publish. */
PenOmemoBundle *pen_omemo_own_bundle (PenOmemo *omemo, GError **error);

/** pen_omemo_fingerprint: Returns: (transfer full) (nullable): ours. */
char *pen_omemo_fingerprint (PenOmemo *omemo);

/**
 * pen_omemo_learn_devices:
 * @jid: bare JID; @devices: (element-type guint32): the newest list
 * @change: (out) (optional): clear with pen_omemo_change_clear()
 */
gboolean pen_omemo_learn_devices (PenOmemo *omemo, const char *jid, const GArray *devices, PenOmemoChange *change,
                                  GError **error);
void pen_omemo_change_clear (PenOmemoChange *change);

/** pen_omemo_devices: Returns: (transfer full) (element-type PenOmemoDevice) (nullable): all that were ever seen. */
GPtrArray *pen_omemo_devices (PenOmemo *omemo, const char *jid, GError **error);

/** pen_omemo_trust: sets the trust of one device's present key; an unknown device is an error. */
gboolean pen_omemo_trust (PenOmemo *omemo, const char *jid, guint32 device, PenOmemoTrust trust, GError **error);

/**
 * pen_omemo_forget_device:
 *
 * Its key, its trust and its session are gone: the next key that it shows is
 * judged as a new one. For a device that was set up anew under its old id.
 * An unknown device is an error.
 */
gboolean pen_omemo_forget_device (PenOmemo *omemo, const char *jid, guint32 device, GError **error);

/**
 * pen_omemo_missing:
 * @jids: NULL-terminated: the receivers; our own other devices are added
 *
 * Returns: (transfer full) (element-type PenOmemoPeer) (nullable): active devices without a session, whose bundles are to be asked for
 */
GPtrArray *pen_omemo_missing (PenOmemo *omemo, const char *const *jids, GError **error);

/** pen_omemo_begin_session: from a bundle that we asked for. A known device with another key is refused (TRUST). */
gboolean pen_omemo_begin_session (PenOmemo *omemo, const PenOmemoPeer *peer, const PenOmemoBundle *bundle,
                                  GError **error);

/**
 * pen_omemo_encrypt:
 * @text: (nullable): %NULL for a key transport
 *
 * To every active trusted device of @jids that has a session, and to our own
 * other devices. Devices without a session are left out.
 *
 * Returns: (transfer full) (nullable): the message; PEN_OMEMO_ERROR_NO_DEVICE
 *   when no device of @jids could be encrypted to (own ones do not count)
 */
PenOmemoMessage *pen_omemo_encrypt (PenOmemo *omemo, const char *const *jids, const char *text, GError **error);

/**
 * pen_omemo_decrypt:
 * @jid: bare JID of the sender
 *
 * Tries each key for our device, and the other parser where the prekey mark
 * lies. On any error the ratchets are as before (a savepoint).
 *
 * Returns: (transfer full) (nullable): what it says
 */
PenOmemoPlain *pen_omemo_decrypt (PenOmemo *omemo, const char *jid, const PenOmemoMessage *message, GError **error);

void pen_omemo_device_free (PenOmemoDevice *device);
void pen_omemo_peer_free (PenOmemoPeer *peer);
void pen_omemo_plain_free (PenOmemoPlain *plain);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenOmemo, pen_omemo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenOmemoPlain, pen_omemo_plain_free)

G_END_DECLS
