/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <plugin.h>
#include <xmlnode.h>

#include "penregister/ledger.h"

G_BEGIN_DECLS

/* The gate: every element that leaves an account passes here. An element that
 * names a person has its durable rows first; what could not be recorded does
 * not leave, and libpurple gets an answer for it. */

typedef struct _PenGate PenGate;
struct _PenAccount;

/* Nobody waits longer for the answer to a request. */
#define PEN_ANSWER_TIMEOUT_S 30

/**
 * PenGateTag: what the sender of our own elements knows better than the gate.
 * @trigger: why
 * @kind: kind of the row, or -1 to let the gate see
 * @address: (nullable): whom it is about, where the element has another form of it
 * @rule: (nullable): noted in the row
 * @batch: (nullable): noted in the row
 * @covers: (nullable): NULL-terminated: URIs of those named that stand for no real contact
 * @message: (nullable): id of the outbox entry that this is
 * @is_sms: it costs money: never handed over twice
 * @may_have_left: it comes again: nobody can say of it that it did not leave
 * @bytes_out: length of the element in bytes where the sender knows it, else 0
 */
typedef struct
{
  PenTrigger trigger;
  int kind;
  const char *address;
  const char *rule;
  const char *batch;
  const char *const *covers;
  const char *message;
  gboolean is_sms;
  gboolean may_have_left;
  gint64 bytes_out;
} PenGateTag;

/** PenGateFate: what has become of an outbox message. */
typedef enum
{
  PEN_GATE_HANDED,   /* written to the stream */
  PEN_GATE_ACKED,    /* the server has it (XEP-0198) */
  PEN_GATE_LOST,     /* an SMS whose fate nobody can tell; it is not sent again */
  PEN_GATE_REFUSED   /* it never left: it could not be recorded, or the stream ended first */
} PenGateFate;

/** PenGateMessageFunc: told of messages by id. */
typedef void (*PenGateMessageFunc) (struct _PenAccount *account, const char *message, PenGateFate fate);

PenGate *pen_gate_new (struct _PenAccount *account, PenGateMessageFunc on_message);
void pen_gate_free (PenGate *gate);

/**
 * pen_gate_connect: / pen_gate_disconnect:
 * @plugin: our plugin
 *
 * Puts the gate into the place of prpl-jabber's own handler on our handle.
 */
void pen_gate_connect (PurplePlugin *plugin);
void pen_gate_disconnect (PurplePlugin *plugin);

/**
 * pen_gate_send:
 * @element: (transfer none): copied
 * @tag: what is known of it
 *
 * Sends an element of our own, by the signal that everything takes.
 *
 * Returns: number of its first row, 0 when it names nobody, -1 with @error
 *   set when it could not be recorded: then it does not leave
 */
gint64 pen_gate_send (PenGate *gate, xmlnode *element, const PenGateTag *tag, GError **error);

/** pen_gate_by_hand: @is_by_hand: from now on, until %FALSE, the user has asked libpurple for what it sends. May nest. */
void pen_gate_by_hand (PenGate *gate, gboolean is_by_hand);

/**
 * pen_gate_commit:
 *
 * One commit for all that waits. It is handed over in the next turn, so that
 * the client does not stand still for both in one. Where an SMS is in it all of
 * it leaves before this returns: of one that was about to leave at a sudden end
 * nobody could tell later.
 *
 * Returns: %FALSE with @error set when the store refused: nothing of this turn
 *   leaves, and whoever waits for it is told before this returns
 */
gboolean pen_gate_commit (PenGate *gate, GError **error);

/**
 * pen_gate_flush:
 *
 * One commit for all that waits, then hands it over in order: so much of it
 * that the client does not stand still, and the rest in the next turns.
 *
 * Returns: %FALSE with @error set when the store refused: nothing of this turn leaves
 */
gboolean pen_gate_flush (PenGate *gate, GError **error);

/** pen_gate_saw_ack: an <a/> of stream management came in (XEP-0198 4): @handled stanzas are with the server. */
void pen_gate_saw_ack (PenGate *gate, guint32 handled);

/** pen_gate_has_management: Returns: whether this stream counts and acknowledges. */
gboolean pen_gate_has_management (const PenGate *gate);

/** pen_gate_saw_failed: stream management was refused. */
void pen_gate_saw_failed (PenGate *gate);

/**
 * pen_gate_saw_answer:
 * @iq: a result or error that came in
 *
 * Completes the rows of the request that this answers, matched by id and sender (RFC 6120 8.1.2.1).
 *
 * Returns: whether it answers something that was asked
 */
gboolean pen_gate_saw_answer (PenGate *gate, xmlnode *iq);

/** pen_gate_saw_delivery: completes the row of a message that has left, when @from may speak of it. */
void pen_gate_saw_delivery (PenGate *gate, const char *id, const char *from, PenRowStatus status, const char *result);

/** pen_gate_settle: after sign-on nothing of the former stream comes again by itself. */
void pen_gate_settle (PenGate *gate);

/** pen_gate_holds: Returns: whether an outbox message is still on its way through gate or stream management. */
gboolean pen_gate_holds (PenGate *gate, const char *message);

/** pen_gate_close: the stream ends. @flush: hand over all that waits, else give it up. */
void pen_gate_close (PenGate *gate, gboolean flush);

G_END_DECLS
