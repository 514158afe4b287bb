/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <json-glib/json-glib.h>

#include "penregister/exposure.h"

G_BEGIN_DECLS

/**
 * pen_exposure_item_to_json:
 *
 * The members observer, host, lookups, people, cover, cover_people, timing_s
 * (null where nothing is tied to an act), sources [], deliveries,
 * delivery_people, saved, first, last, retained_until, who [], receivers [],
 * baseline {lookups, people, timing_s, deliveries, delivery_people}. Times
 * are RFC 3339 in UTC, null where there is none.
 *
 * Returns: (transfer full): a new object
 */
JsonObject *pen_exposure_item_to_json (const PenExposureItem *item);

/**
 * pen_exposure_to_json:
 *
 * The members from, until, observers [] (all windows as one), windows
 * [{from, until, observers []}] newest first, later.
 *
 * Returns: (transfer full): a new object
 */
JsonObject *pen_exposure_to_json (const PenExposure *exposure);

G_END_DECLS
