/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <xmlnode.h>

#include "purple/account.h"

G_BEGIN_DECLS

/* Our own IQ requests: sent through the gate, answered once: by the answer,
 * by silence, or by the end of the stream. */

/**
 * PenRequestFunc:
 * @iq: (nullable): the answer, result or error; %NULL when there was none
 *
 * Called exactly once for each request that pen_request_send() accepted.
 */
typedef void (*PenRequestFunc) (PenAccount *account, xmlnode *iq, gpointer data);

/**
 * PenRequest: one question of ours.
 * @type: "get" or "set"
 * @to: (nullable): whom
 * @function: called with the answer; @data: handed to it
 */
typedef struct
{
  const char *type;
  const char *to;
  PenRequestFunc function;
  gpointer data;
} PenRequest;

/**
 * pen_request_send:
 * @child: (transfer full): the payload
 * @tag: for the gate
 *
 * Returns: number of its first row, 0 when it names nobody, -1 when it did
 *   not leave (its function is not called then)
 */
gint64 pen_request_send (PenAccount *account, const PenRequest *wish, xmlnode *child, const PenGateTag *tag);

/** pen_request_saw: gives an IQ to its request. Returns: %TRUE when it was one of ours */
gboolean pen_request_saw (PenAccount *account, xmlnode *iq);

/** pen_request_give_up: the IQ @id did not leave after all. Returns: %TRUE when it was one of ours, which has its %NULL now */
gboolean pen_request_give_up (PenAccount *account, const char *id);

/** pen_request_cancel_all: the stream has ended: each open request gets its %NULL. */
void pen_request_cancel_all (PenAccount *account);

G_END_DECLS
