/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include "penregister/vocabulary.h"

G_BEGIN_DECLS

/** PEN_ROOM_MEMBERS_MAX: a room with more members is not encrypted to: one message would ask about all of them. */
#define PEN_ROOM_MEMBERS_MAX 100

/** PenRoomAnswer: where a question to a room stands. */
typedef enum
{
  PEN_ROOM_ASKING,   /* not asked yet, or no answer yet */
  PEN_ROOM_KNOWN,
  PEN_ROOM_FAILED,   /* refused, or nobody answered */
  PEN_N_ROOM_ANSWERS
} PenRoomAnswer;

/**
 * PenRoomFacts: all that pen_room_decide() looks at.
 * @config: whether it is known who may enter and who sees whom
 * @members_only: only members may enter; counts when @config is known
 * @non_anonymous: everybody sees everybody's address; counts when @config is known
 * @members: whether it is known who the members are
 * @chosen_plain: the user decided to talk here without encryption
 * @pinned: this room was encrypted before
 * @omemo: whether this program can encrypt
 * @others: members beside ourselves
 * @asking: of these, whose device lists or keys are being asked for
 * @withheld: about whom the policy lets nobody be asked
 * @could_not: about whom nobody could be asked
 * @unreachable: who have no device list, or no device whose key may be used
 */
typedef struct
{
  PenRoomAnswer config;
  gboolean members_only;
  gboolean non_anonymous;
  PenRoomAnswer members;
  gboolean chosen_plain;
  gboolean pinned;
  gboolean omemo;
  guint others;
  guint asking;
  guint withheld;
  guint could_not;
  guint unreachable;
} PenRoomFacts;

/** PenRoomReason: the rule that fired. */
typedef enum
{
  PEN_ROOM_REASON_ENCRYPTED,
  PEN_ROOM_REASON_CHOSEN_PLAIN,
  PEN_ROOM_REASON_OPEN,             /* plain: anybody may enter */
  PEN_ROOM_REASON_ANONYMOUS,        /* plain: nobody can tell who the members are */
  PEN_ROOM_REASON_NO_LONGER,        /* hold: was encrypted, and everybody may enter or hide now */
  PEN_ROOM_REASON_ASKING_ROOM,      /* hold: the room's answer is not there yet */
  PEN_ROOM_REASON_SILENT,           /* hold: the room does not answer */
  PEN_ROOM_REASON_OMEMO_MISSING,    /* hold: our own keys are not published yet */
  PEN_ROOM_REASON_ALONE,            /* hold: nobody else is a member */
  PEN_ROOM_REASON_TOO_MANY,         /* hold: more than PEN_ROOM_MEMBERS_MAX */
  PEN_ROOM_REASON_LOOKING_UP,       /* hold: devices or keys are being asked for */
  PEN_ROOM_REASON_WITHHELD,         /* hold: the policy forbids to ask about a member */
  PEN_ROOM_REASON_COULD_NOT_ASK,    /* hold: nobody could be asked about a member */
  PEN_ROOM_REASON_UNREACHABLE,      /* hold: a member could not read it */
  PEN_N_ROOM_REASONS
} PenRoomReason;

/** PenRoomDecision: @route: encrypted, plain or hold; @reason: the rule that fired */
typedef struct
{
  PenRoute route;
  PenRoomReason reason;
} PenRoomDecision;

/**
 * pen_room_decide:
 *
 * Pure: how a message to a room (XEP-0045) goes. Encrypted where all of the
 * room's members are known and can read it; in clear where the user said so,
 * or where the room is known to be open or anonymous and never was encrypted;
 * in every other case it is held (docs/design.md, invariant 3).
 */
PenRoomDecision pen_room_decide (const PenRoomFacts *facts);

/** pen_room_reason_sentence: Returns: an English sentence for a person, to be translated by the caller; static text. */
const char *pen_room_reason_sentence (PenRoomReason reason);

/** pen_room_reason_name: Returns: the reason's short name, static text. */
const char *pen_room_reason_name (PenRoomReason reason);

/** pen_room_reason_waits: Returns: whether a message held for @reason goes by itself, once something comes. */
gboolean pen_room_reason_waits (PenRoomReason reason);

G_END_DECLS
