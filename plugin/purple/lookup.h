/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/person.h"

G_BEGIN_DECLS

/* Asking whether a person can be reached encrypted. */

/**
 * pen_lookup_want:
 * @trigger: what happened
 *
 * Asks if the policy says so; records what the policy withheld or put off.
 *
 * Returns: number of the first row, 0 when nothing was asked, -1 when it could not be recorded
 */
gint64 pen_lookup_want (PenAccount *account, PenPerson *person, PenTrigger trigger);

/** pen_lookup_saw_push: reads a device list pushed by the server (XEP-0163 4). Returns: %TRUE when @message was one */
gboolean pen_lookup_saw_push (PenAccount *account, xmlnode *message);

/**
 * PenWithheld: a question that the policy keeps back.
 * @uri: about whom; @jid: (nullable): the JID that would have been asked; %NULL for a directory
 */
typedef struct
{
  const char *uri;
  const char *jid;
  PenKind kind;
  PenTrigger trigger;
  const char *rule;
} PenWithheld;

/** pen_lookup_record_withheld: its row; failures are reported. */
void pen_lookup_record_withheld (PenAccount *account, const PenWithheld *withheld);

G_END_DECLS
