/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <connection.h>
#include <sqlite3.h>

#include "gate-stands.h"
#include "purple/account.h"
#include "store-place.h"

G_BEGIN_DECLS

/* An account with its gate, on a store of its own, and what came of what was
 * put into the gate: stand-ins for stream, clock and main loop. */

/**
 * GateWorld:
 * @passed, @answered, @given_up: ids of what left, of what libpurple was answered to, of our own that were given up
 * @fates: of messages: "e0000 handed, e0000 acked, "
 * @own_id: (nullable): id of the one request that is our own
 * @n_passed: how many left; @breaks: the stream breaks with the next one
 * @reader: another handle on the store
 */
typedef struct
{
  PurplePlugin plugin;
  PurpleConnection connection;
  GList connections;
  PenApp *app;
  PenAccount account;
  PenWhen when;
  gint64 now_us;
  GString *passed;
  GString *answered;
  GString *given_up;
  GString *fates;
  const char *own_id;
  guint n_passed;
  gboolean breaks;
  sqlite3 *reader;
} GateWorld;

extern GateWorld gate_world;

/** gate_world_init: before the first test. */
void gate_world_init (int *argc, char ***argv);

/** gate_world_add: @test gets a world of its own, and @data. */
void gate_world_add (const char *path, gconstpointer data, void (*test) (Place *place, gconstpointer data));

/** gate_put: libpurple sends @xml, whose "%s" becomes "e" and the four digits of @number. */
void gate_put (const char *xml, guint number);

/** gate_put_many: likewise, for each number from @from, up to @until. */
void gate_put_many (const char *xml, guint from, guint until);

/** gate_put_message: we send @xml likewise, as a message of the outbox with this id; @tag: what else is known of it. */
void gate_put_message (const char *xml, guint number, PenGateTag tag);

/** gate_assert_order: @found is "e0000 e0001 …": all from @from up to @until, in their order. */
void gate_assert_order (const GString *found, guint from, guint until);

/** gate_row_status: Returns: the status that another process would find now for the row of @stanza. */
int gate_row_status (const char *stanza);

/** gate_durable_rows: Returns: how many rows of @stanza another process would find now. */
int gate_durable_rows (const char *stanza);

G_END_DECLS
