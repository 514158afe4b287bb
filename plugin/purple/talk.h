/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/account.h"

G_BEGIN_DECLS

/* Lines in conversations, and the signals that tell of them. */

/** pen_talk_conversation: Returns: (transfer none): the person's conversation; opened when missing and @open. */
PurpleConversation *pen_talk_conversation (PurpleAccount *purple, const char *name, gboolean open);

/** pen_talk_is_deaf: Returns: whether this client (BitlBee) shows no line that nobody said, and knows no slash command. */
gboolean pen_talk_is_deaf (void);

/** pen_talk_notice: tells such a client's user beside the conversation, and in whose conversation it belongs. */
void pen_talk_notice (PurpleConversation *conv, const char *text);

/** pen_talk_system: writes a system line of plain text (never logged), if the conversation is open or @open. */
void pen_talk_system (PurpleAccount *purple, const char *name, const char *text, gboolean open);

/** pen_talk_warning: as pen_talk_system(), for what a person must not miss; clients may mark it. */
void pen_talk_warning (PurpleAccount *purple, const char *name, const char *text, gboolean open);

/** pen_talk_error: writes an error line of plain text, opening the conversation. */
void pen_talk_error (PurpleAccount *purple, const char *name, const char *text);

/** pen_talk_sent: writes the line of a message that we sent or hold. @html: as typed; @line: its mark */
void pen_talk_sent (PurpleAccount *purple, const char *html, const PenPaneMessage *line);

/** pen_talk_sent_elsewhere: writes the line of a message that another client of ours sent. @html: its text; @at_s: when, in seconds since 1970 */
void pen_talk_sent_elsewhere (PurpleAccount *purple, const char *html, const PenPaneMessage *line, gint64 at_s);

/** pen_talk_log: writes to the log what was held, and so not logged, and then went in clear. @html: as typed */
void pen_talk_log (PurpleAccount *purple, const char *name, const char *html);

/** pen_talk_received: shows a message that came in. @line->text is plain text from the wire; @at_s: seconds since 1970 */
void pen_talk_received (PurpleConnection *gc, const PenPaneMessage *line, gint64 at_s);

/** pen_talk_in_room: shows a message in the room @line->name, said by @line->from. @is_old: the room kept it */
void pen_talk_in_room (PurpleAccount *purple, const PenPaneMessage *line, gint64 at_s, gboolean is_old);

/** pen_talk_signals_register: / _unregister: the signals of pane.h. */
void pen_talk_signals_register (PurplePlugin *plugin);
void pen_talk_signals_unregister (PurplePlugin *plugin);

/** pen_talk_connect: listens to conversations, which must be there already. */
void pen_talk_connect (PurplePlugin *plugin);

void pen_talk_emit (const char *signal, PurpleAccount *purple, const PenPaneMessage *line);
void pen_talk_emit_route (PurpleAccount *purple, const char *name);

/**
 * pen_talk_route_words:
 * @devices: for a route that is encrypted
 * @slot_at_us: for a message that waits for its slot: when that is, 0 when nobody knows yet
 *
 * Returns: (transfer full): the route in words, for people
 */
char *pen_talk_route_words (const PenRouteDecision *decision, guint devices, gint64 slot_at_us);

G_END_DECLS
