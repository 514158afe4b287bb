/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/account.h"
#include "purple/gate-item.h"

G_BEGIN_DECLS

/* For the gate's own files: gate.c decides what may leave, gate-record.c
 * writes the rows, gate-release.c hands over, gate-pending.c completes the rows. */

/**
 * PenGate:
 * @account: whose way out this is
 * @on_message: told of outbox messages
 * @waiting: (element-type PenGateItem): recorded, not yet handed over
 * @unacked: (element-type PenGateItem): handed over, not yet acknowledged: what
 *   libpurple's own queue holds, in the same order
 * @again: (element-type PenGateItem): of the former stream, to come again
 * @pending: id -> PenGatePending: requests and deliveries without an answer
 * @answers: (element-type xmlnode): to libpurple, for what did not leave
 * @answering: main-loop source that gives them, or 0
 * @turn: main-loop source that ends the turn, or 0
 * @slice: main-loop source that hands over what is durable, or 0
 * @sweep: timer that finds what nobody answered, or 0
 * @acked: stanzas acknowledged on this stream
 * @has_management: stream management was asked for
 * @tag: (nullable): of the element of our own that is being sent
 * @tag_row, @tag_error: what came of it
 * @admitted: elements that came here, counted
 * @by_hand: above 0 while libpurple does what the user has just asked it for
 */
struct _PenGate
{
  PenAccount *account;
  PenGateMessageFunc on_message;
  GQueue *waiting;
  GQueue *unacked;
  GQueue *again;
  GHashTable *pending;
  GQueue *answers;
  guint answering;
  guint turn;
  guint slice;
  guint sweep;
  guint32 acked;
  gboolean has_management;
  gboolean is_closing;
  const PenGateTag *tag;
  gint64 tag_row;
  GError *tag_error;
  guint64 admitted;
  guint by_hand;
};

/** pen_gate_record: writes the rows of @item. Returns: %FALSE with @error set when the store refuses */
gboolean pen_gate_record (PenGate *gate, PenGateItem *item, const PenStanzaFacts *facts, const PenGateTag *tag,
                          GError **error);

/** pen_gate_record_kept: writes rows of an element that does not leave, and says why. */
void pen_gate_record_kept (PenGate *gate, xmlnode *element, const PenStanzaFacts *facts, PenRowStatus status,
                           const char *rule);

/** pen_gate_refusal_rule: Returns: (nullable): the name of the rule by which an element may not leave. */
const char *pen_gate_refusal_rule (PenGate *gate, const PenStanzaFacts *facts, const PenGateTag *tag,
                                   PenRowStatus *status);

/** pen_gate_refuse: @item does not leave: tells who waits for it, libpurple from the main loop. */
void pen_gate_refuse (PenGate *gate, const PenGateItem *item);

/** pen_gate_tell_refused: tells that @item, which is in no queue any more, never left; nothing where that is not so. */
void pen_gate_tell_refused (PenGate *gate, const PenGateItem *item);

/** pen_gate_drop_answers: nobody waits for them any more. */
void pen_gate_drop_answers (PenGate *gate);

/** pen_gate_hand_over: @item: (transfer full): goes to the stream; its rows are durable, and it is the first in order */
void pen_gate_hand_over (PenGate *gate, PenGateItem *item);

/** pen_gate_drain: as pen_gate_flush(), but all of it leaves now, however long that takes. */
gboolean pen_gate_drain (PenGate *gate, GError **error);

void pen_gate_pending_init (PenGate *gate);
void pen_gate_pending_clear (PenGate *gate);

/** pen_gate_pending_add: from now on answers to @item complete its rows. */
void pen_gate_pending_add (PenGate *gate, const PenGateItem *item);

/** pen_gate_finish_rows: completes rows and tells of it. */
void pen_gate_finish_rows (const GArray *rows, PenRowStatus status, const char *result, gint64 bytes_in);

G_END_DECLS
