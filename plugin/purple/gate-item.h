/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <xmlnode.h>

#include "purple/gate.h"
#include "purple/stanza.h"

G_BEGIN_DECLS

/**
 * PenGateItem: one element on its way through the gate.
 * @element: a copy of it
 * @name, @id, @to: what it is known by when stream management sends it again
 * @rows: (element-type gint64): its rows; empty when it names nobody
 * @message: (nullable): outbox entry that it is
 * @is_sms: never handed over twice; @is_request: likewise, a question
 * @may_have_left: on this stream or a former one, in whatever process
 * @awaits_answer: an IQ get or set, which libpurple or we wait for
 * @is_stanza: counted by stream management
 * @rollbacks: how often the store had given up a turn when the rows were written
 * @is_judged: the turn in which they were written has ended; @is_recorded: then: they are durable
 */
typedef struct
{
  xmlnode *element;
  char *name;
  char *id;
  char *to;
  GArray *rows;
  char *message;
  gboolean is_sms;
  gboolean is_request;
  gboolean may_have_left;
  gboolean awaits_answer;
  gboolean is_stanza;
  guint64 rollbacks;
  gboolean is_judged;
  gboolean is_recorded;
} PenGateItem;

PenGateItem *pen_gate_item_new (xmlnode *element, const PenStanzaFacts *facts, const PenGateTag *tag);
void pen_gate_item_free (PenGateItem *item);

/** pen_gate_item_is: Returns: whether @item is the stanza that @facts describe, sent before. */
gboolean pen_gate_item_is (const PenGateItem *item, const PenStanzaFacts *facts);

/** pen_gate_item_refusal: Returns: (transfer full) (nullable): the error that answers it, when somebody waits for one. */
xmlnode *pen_gate_item_refusal (const PenGateItem *item);

G_END_DECLS
