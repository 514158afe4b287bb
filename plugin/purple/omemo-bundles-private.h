/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/omemo-bundles.h"

G_BEGIN_DECLS

/* What omemo-bundles.c, which asks, and omemo-keys.c, which wishes, share. */

/**
 * PenBundlePurpose: what a bundle is wanted for, and with the last two what is only noted of a device.
 * @PEN_BUNDLE_FOR_MESSAGE: a message waits for it
 * @PEN_BUNDLE_FOR_REPAIR: the session is broken
 * @PEN_BUNDLE_FOR_SWEEP: nobody waits
 * @PEN_BUNDLE_FOR_COVER: nobody is meant
 * @PEN_BUNDLE_REPAIR_LATER: the session is broken, and the schedule brings the bundle
 * @PEN_BUNDLE_PUT_OFF: the wish for it was put off, and has its row
 */
typedef enum
{
  PEN_BUNDLE_FOR_MESSAGE,
  PEN_BUNDLE_FOR_REPAIR,
  PEN_BUNDLE_FOR_SWEEP,
  PEN_BUNDLE_FOR_COVER,
  PEN_BUNDLE_REPAIR_LATER,
  PEN_BUNDLE_PUT_OFF
} PenBundlePurpose;

/** PenBundleFetch: a bundle that is wanted, or is being asked for. @address: (nullable) for cover */
typedef struct
{
  PenAddress *address;
  PenOmemoPeer peer;
  PenBundlePurpose purpose;
} PenBundleFetch;

/** _PenBundles: @wished: wanted, and not asked for yet; @arrived: what came; @source: that works it off, or 0;
 * @broken: (element-type PenBundleFetch): sessions that an old message could not be read with, until all old ones are read */
struct _PenBundles
{
  PenAccount *account;
  GQueue *wished;
  GQueue *arrived;
  GQueue *broken;
  guint source;
};

PenBundleFetch *pen_bundle_fetch_new (const PenAddress *address, const PenOmemoPeer *peer, PenBundlePurpose purpose);
void pen_bundle_fetch_free (PenBundleFetch *fetch);

/** pen_bundle_fetch_send: @fetch: (transfer full). Returns: whether it left, with its row */
gboolean pen_bundle_fetch_send (PenAccount *account, PenBundleFetch *fetch, const PenBundleWish *why);

/** pen_bundle_mark: notes @purpose of a device of @person, once a connection. Returns: whether it was noted before */
gboolean pen_bundle_mark (PenPerson *person, const PenOmemoPeer *peer, PenBundlePurpose purpose);

/** pen_bundle_unmark: Returns: whether it was noted */
gboolean pen_bundle_unmark (PenPerson *person, const PenOmemoPeer *peer, PenBundlePurpose purpose);

G_END_DECLS
