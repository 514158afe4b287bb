/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <json-glib/json-glib.h>

#include "penregister/ledger.h"

G_BEGIN_DECLS

/**
 * pen_ledger_row_to_json:
 * @row: the row, with texts in valid UTF-8 (as those that the ledger returns)
 *
 * The row as the harness and the JSON export show it: the members row, at,
 * account, kind, address, cover, trigger, observers, source, stanza,
 * attempts, bytes_out, bytes_in, status, answered_at, result, batch,
 * disclosed, rule, retained_until, in this order. Times are RFC 3339 in UTC
 * with microseconds; what is not set is null.
 *
 * Returns: (transfer full): a new object
 */
JsonObject *pen_ledger_row_to_json (const PenLedgerRow *row);

G_END_DECLS
