/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include "penregister/vocabulary.h"

G_BEGIN_DECLS

/** PenDeliveryEvent: what can happen to a message on its way. */
typedef enum
{
  PEN_DELIVERY_HANDED,     /* handed to the stream */
  PEN_DELIVERY_RECEIPT,    /* a receipt from the gateway's host or number (XEP-0184): accepted, no more */
  PEN_DELIVERY_REPORT,     /* a delivery report of the network, or a receipt from a person's own client */
  PEN_DELIVERY_ERROR,      /* an error with our id */
  PEN_DELIVERY_SILENCE,    /* nothing was heard for too long */
  PEN_DELIVERY_LOST,       /* the connection or the program ended, nobody can tell */
  PEN_N_DELIVERY_EVENTS
} PenDeliveryEvent;

/**
 * pen_delivery_step:
 * @state: how far the message has come
 * @event: what happened
 *
 * The status ladder (docs/gateways.md 5.10) as one table: only upwards, but an
 * error always wins, even after a receipt or a report.
 *
 * Returns: the new state; the same one when the event changes nothing
 */
PenMessageState pen_delivery_step (PenMessageState state, PenDeliveryEvent event);

/**
 * pen_delivery_error_sentence:
 * @condition: (nullable): defined condition of the stanza error
 * @gateway: whether it comes from an SMS gateway
 *
 * Conditions that are not in RFC 6120 8.3.3 read like undefined-condition.
 *
 * Returns: what happened, why, and what to do next: English sentences for a
 *   person, to be translated by the caller; static text (docs/gateways.md 5.11)
 */
const char *pen_delivery_error_sentence (const char *condition, gboolean gateway);

/**
 * pen_delivery_error_join:
 * @sentence: the sentence, translated by the caller
 * @text: (nullable): what the other side itself said (the error's text); not markup, and not trusted
 *
 * Source: RFC 6120 8.3.4: the text adds to the condition, it never replaces it.
 *
 * Returns: (transfer full): @sentence, with @text behind it in brackets when there is one
 */
char *pen_delivery_error_join (const char *sentence, const char *text);

G_END_DECLS
