/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include "penregister/database.h"
#include "penregister/vocabulary.h"

G_BEGIN_DECLS

/* Messages that send_im accepted and that are not done yet. */

/* Longest text or stanza of an entry, in bytes. A longer one is refused, not cut. */
#define PEN_OUTBOX_MAX_BYTES (1024 * 1024)

/**
 * PenOutboxEntry:
 * @message: id of the message, also the id of its stanza
 * @account: bare JID of the sending account
 * @name: the name that libpurple holds for the receiver
 * @text: what was typed, as libpurple's HTML
 * @route: how it goes; PEN_ROUTE_HOLD while that is not decided
 * @state: how far it has come
 * @stanza: (nullable): the bytes as handed to the gate, for sending again
 * @handed: whether the bytes were handed to the stream (in whatever process)
 * @at_us: when it was accepted
 */
typedef struct
{
  char *message;
  char *account;
  char *name;
  char *text;
  PenRoute route;
  PenMessageState state;
  char *stanza;
  gboolean handed;
  gint64 at_us;
} PenOutboxEntry;

void pen_outbox_entry_free (PenOutboxEntry *entry);

/**
 * pen_outbox_put: writes or replaces the entry with this id, inside the turn's
 *   transaction; its place in the order stays. Text and stanza are kept byte
 *   for byte. Returns: %FALSE with @error set when the store refuses, or when
 *   one of them is longer than PEN_OUTBOX_MAX_BYTES
 */
gboolean pen_outbox_put (PenDatabase *database, const PenOutboxEntry *entry, GError **error);

/** pen_outbox_get: Returns: (transfer full) (nullable): the entry; %NULL without @error when there is none. */
PenOutboxEntry *pen_outbox_get (PenDatabase *database, const char *message, GError **error);

/** pen_outbox_entry_hold: @entry did not leave: it waits again, and is built anew when it may go. */
void pen_outbox_entry_hold (PenOutboxEntry *entry);

/** pen_outbox_forget_stanza: the server has @message: there is nothing to send again. Inside the turn's transaction. */
gboolean pen_outbox_forget_stanza (PenDatabase *database, const char *message, GError **error);

/** pen_outbox_remove: forgets an entry; no error when there is none. */
gboolean pen_outbox_remove (PenDatabase *database, const char *message, GError **error);

/**
 * pen_outbox_list:
 * @account: bare JID
 * @name: (nullable): only entries to this receiver
 *
 * Returns: (transfer full) (element-type PenOutboxEntry) (nullable): oldest first
 */
GPtrArray *pen_outbox_list (PenDatabase *database, const char *account, const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenOutboxEntry, pen_outbox_entry_free)

/** pen_outbox_held: Returns: (transfer full) (element-type PenOutboxEntry) (nullable): as pen_outbox_list(), but held ones only. */
GPtrArray *pen_outbox_held (PenDatabase *database, const char *account, const char *name, GError **error);

/** pen_outbox_has_held: Returns: whether a message to @name is held; %FALSE too when the store cannot be read. */
gboolean pen_outbox_has_held (PenDatabase *database, const char *account, const char *name);

G_END_DECLS
