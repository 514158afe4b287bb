/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <connection.h>
#include <plugin.h>
#include <prpl.h>
#include <xmlnode.h>

G_BEGIN_DECLS

/* What we take from libpurple's XMPP plugin, without private headers and
 * without linking it (docs/design.md, "The protocol is derived"). */

/**
 * pen_jabber_load:
 * @plugin: our plugin
 *
 * Finds prpl-jabber and its five functions, and registers its signals on
 * our handle.
 *
 * Returns: %FALSE when something is missing; the reason is in the debug log
 *   and in *@reason (transfer full)
 */
gboolean pen_jabber_load (PurplePlugin *plugin, char **reason);
void pen_jabber_unload (PurplePlugin *plugin);

/** pen_jabber_prpl: Returns: (transfer none): prpl-jabber's own functions. */
const PurplePluginProtocolInfo *pen_jabber_prpl (void);

/** pen_jabber_plugin: Returns: (transfer none): the XMPP plugin. */
PurplePlugin *pen_jabber_plugin (void);

/** pen_jabber_pass: writes an element to the stream, past the gate: only the gate calls this. */
void pen_jabber_pass (PurpleConnection *gc, xmlnode *element);

/** pen_jabber_answer: lets libpurple take @iq for an answer that came in. Never from inside the gate. */
void pen_jabber_answer (PurpleConnection *gc, xmlnode *iq);

/** pen_jabber_take_message: lets libpurple take @message for one that came in. Never from inside the gate. */
void pen_jabber_take_message (PurpleConnection *gc, xmlnode *message);

/** pen_jabber_send_private: prpl-jabber's own send_im, for members of rooms (XEP-0045 7.5). */
int pen_jabber_send_private (PurpleConnection *gc, const char *who, const char *html, PurpleMessageFlags flags);

/** pen_jabber_send_signal: Returns: prpl-jabber's own handler of "jabber-sending-xmlnode". */
gpointer pen_jabber_send_signal (void);

G_END_DECLS
