/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <plugin.h>
#include <xmlnode.h>

#include "penregister/room.h"
#include "purple/account.h"

G_BEGIN_DECLS

/* Rooms (XEP-0045): who is in them and who may be, and messages that go
 * encrypted to all of them. */

/** PEN_ROOM_LIST_MAX: no more are remembered: that many show that there are too many. */
#define PEN_ROOM_LIST_MAX (2 * PEN_ROOM_MEMBERS_MAX)

/**
 * PenRoom: one room that is joined.
 * @jid: its bare JID, also the conversation's name
 * @serial: differs for each time that it is joined
 * @occupants: nickname -> bare JID (empty where the room hides it)
 * @affiliated: (element-type utf8): bare JIDs of owners, admins and members
 * @coming: (nullable): the same, while the lists are being asked for
 * @open_lists: lists that did not come yet; @lists_failed: one of them never will
 * @hides_members: the room refused a list: members who are not here are unknown
 * @config, @members_only, @non_anonymous, @members: as in PenRoomFacts
 * @members_at_us: when @members became known
 * @pinned: was encrypted before; @chosen_plain: the user's choice: both are kept
 * @saved_at_rollbacks: how often the store had given up a turn when they were saved
 * @held: (element-type PenRoomHeld): texts that wait, oldest first
 * @sent: id -> text: handed over, and not yet shown by the room
 * @joined_at_us: when it was entered; @has_history: its history has come since
 * @plain_nicks: who was already said to write in clear
 * @said: (nullable): the last thing said about how messages go
 * @said_old: it was said that old messages cannot be read
 */
typedef struct
{
  PenAccount *account;
  char *jid;
  guint serial;
  GHashTable *occupants;
  GHashTable *affiliated;
  GHashTable *coming;
  guint open_lists;
  gboolean lists_failed;
  gboolean hides_members;
  PenRoomAnswer config;
  gboolean is_asking_config;
  gboolean members_only;
  gboolean non_anonymous;
  PenRoomAnswer members;
  gint64 members_at_us;
  gboolean pinned;
  gboolean chosen_plain;
  guint64 saved_at_rollbacks;
  GQueue *held;
  GHashTable *sent;
  gint64 joined_at_us;
  gboolean has_history;
  GHashTable *plain_nicks;
  char *said;
  gboolean said_old;
} PenRoom;

/** PenRoomHeld: @id: of the stanza that it will be; @html: as typed */
typedef struct
{
  char *id;
  char *html;
} PenRoomHeld;

void pen_room_held_free (PenRoomHeld *held);

/**
 * PenRoomView: what holds for a room at one moment.
 * @decision: how a message goes
 * @others: (element-type utf8): bare JIDs of the members beside ourselves, sorted
 * @in_the_way: (element-type utf8): those of them because of whom it is held
 */
typedef struct
{
  PenRoomDecision decision;
  GPtrArray *others;
  GPtrArray *in_the_way;
} PenRoomView;

/** pen_rooms_connect: listens to rooms being joined and left. */
void pen_rooms_connect (PurplePlugin *plugin);

/** pen_rooms_free: the account's rooms go. */
void pen_rooms_free (PenRooms *rooms);

/** pen_rooms_find: Returns: (transfer none) (nullable): a room that is joined. */
PenRoom *pen_rooms_find (PenAccount *account, const char *jid);

/** pen_rooms_list: Returns: (transfer container) (element-type PenRoom): all that are joined. */
GList *pen_rooms_list (PenAccount *account);

/** pen_rooms_forbid_clear: Returns: whether nothing may go to @jid in clear. */
gboolean pen_rooms_forbid_clear (PenAccount *account, const char *jid);

/** pen_room_saw_user: who is in @room, or may be: from an element that the room itself sent. @nick: (nullable) */
void pen_room_saw_user (PenRoom *room, xmlnode *stanza, const char *nick);

/** pen_room_ask: asks the room what is not known of it, or not any more. */
void pen_room_ask (PenRoom *room, PenTrigger trigger);

/** pen_room_ask_again: also what it did not answer before. */
void pen_room_ask_again (PenRoom *room, PenTrigger trigger);

/** pen_room_forget_answers: nothing that it answered counts any more. */
void pen_room_forget_answers (PenRoom *room);

/** pen_room_is_affiliation: Returns: whether @affiliation (nullable) is one of a member: owner, admin or member. */
gboolean pen_room_is_affiliation (const char *affiliation);

/** pen_room_member_of: Returns: (transfer full) (nullable): the bare JID of the person that @item is about. */
char *pen_room_member_of (xmlnode *item);

/** pen_room_key: Returns: (transfer full): the key under which @what of the room is kept. */
char *pen_room_key (const PenRoom *room, const char *what);

/** pen_room_keep: keeps pin and choice in the turn's transaction. Returns: %FALSE when the store refused */
gboolean pen_room_keep (PenRoom *room);

/** pen_room_author: Returns: (transfer full) (nullable): the bare JID of who wrote as @nick from @device. @is_old: some time ago */
char *pen_room_author (PenRoom *room, const char *nick, guint32 device, gboolean is_old);

/** PenRoomAsks: what may be asked about the members while looking. */
typedef enum
{
  PEN_ROOM_ASK_NOTHING,
  PEN_ROOM_ASK_REST,    /* keys, and whoever was never asked about: what an answer that came makes possible */
  PEN_ROOM_ASK_ALL      /* also whose answer is old, or never came */
} PenRoomAsks;

/** pen_room_look: @view: (out): clear with pen_room_view_clear() */
void pen_room_look (PenRoom *room, PenRoomAsks asks, PenRoomView *view);
void pen_room_view_clear (PenRoomView *view);

/** pen_room_changed: the room's state changed: says how messages go, if that is news, and lets go what waited. */
void pen_room_changed (PenRoom *room);

/** pen_rooms_look_again: something became known about a person: what is held may go. */
void pen_rooms_look_again (PenAccount *account);

/** pen_room_words: Returns: (transfer full): how messages go, with the names of who is in the way. */
char *pen_room_words (const PenRoom *room, const PenRoomView *view);

/** pen_room_opened: its members are known: asks about them where the policy wants that at once. */
void pen_room_opened (PenRoom *room);

/** pen_room_give_up: the room is left: says what becomes of all that is held or unconfirmed. */
void pen_room_give_up (PenRoom *room);

/**
 * pen_room_put_text: keeps @held in the turn's transaction.
 * @stanza: (nullable): the bytes as handed to the gate; %NULL while it is held
 *
 * Returns: %FALSE with @error set when the store refuses
 */
gboolean pen_room_put_text (PenRoom *room, const PenRoomHeld *held, const char *stanza, GError **error);

/** pen_room_drop_text: it is done with, in the turn's transaction. Returns: %FALSE with @error set when the store refuses */
gboolean pen_room_drop_text (const char *id, GError **error);

/** pen_room_load_texts: takes up what was kept when the room was left. */
void pen_room_load_texts (PenRoom *room);

/** pen_room_saw_history: all that was written before is shown now: what of ours is not among it goes again. */
void pen_room_saw_history (PenRoom *room);

/** pen_rooms_tell_kept: after signing on: says in which rooms something waits. */
void pen_rooms_tell_kept (PenAccount *account);

/** pen_rooms_chat_send: libpurple's chat_send for our accounts. */
int pen_rooms_chat_send (PurpleConnection *gc, int id, const char *html, PurpleMessageFlags flags);

/** pen_rooms_saw_message: takes what is ours from a message of a room; what is emptied, libpurple does not show. */
void pen_rooms_saw_message (PenAccount *account, xmlnode *message);

/** pen_rooms_command: /pen room. @word: (nullable). Returns: (transfer full) (nullable): %NULL without @error: a wrong word */
char *pen_rooms_command (PurpleAccount *purple, const char *name, const char *word, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenRoomHeld, pen_room_held_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenRoomView, pen_room_view_clear)

G_END_DECLS
