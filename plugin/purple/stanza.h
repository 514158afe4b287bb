/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <xmlnode.h>

#include "penregister/vocabulary.h"

G_BEGIN_DECLS

/* Reading an outgoing element into plain facts: what it is and whom it names. */

/**
 * PenStanzaContext: what does not count as a person.
 * @own: our bare JID; @server: our server's domain
 * @services: (nullable): configured services: host names, NULL-terminated
 * @gateways: (nullable): hosts among them that are SMS gateways, NULL-terminated
 */
typedef struct
{
  const char *own;
  const char *server;
  const char *const *services;
  const char *const *gateways;
} PenStanzaContext;

/**
 * PenStanzaFacts:
 * @name: "message", "presence", "iq"; @type, @id, @to: its attributes, (nullable), owned by the element
 * @child_name, @child_ns: (nullable): its first child, owned by the element
 * @kind: what sort of row it makes
 * @is_request: an IQ that asks (get), or one known to ask though it sets
 * @persons: (element-type utf8): canonical addresses of the persons named, in order, each once
 */
typedef struct
{
  const char *name;
  const char *type;
  const char *id;
  const char *to;
  const char *child_name;
  const char *child_ns;
  PenKind kind;
  gboolean is_request;
  GPtrArray *persons;
} PenStanzaFacts;

/** pen_stanza_is: Returns: whether @element is a message, presence or IQ of a client stream (RFC 6120 8). */
gboolean pen_stanza_is (xmlnode *element);

/** pen_stanza_read: reads @element; free with pen_stanza_facts_clear(). Pure. */
void pen_stanza_read (xmlnode *element, const PenStanzaContext *context, PenStanzaFacts *facts);
void pen_stanza_facts_clear (PenStanzaFacts *facts);

/** pen_stanza_empty: removes all that a stanza holds, in place: it is still counted, and does nothing. */
void pen_stanza_empty (xmlnode *stanza);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenStanzaFacts, pen_stanza_facts_clear)

G_END_DECLS
