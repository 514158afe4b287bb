/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how a message to a room goes: read from the top, the first rule
 * that fits wins. Clear text stands behind two rules only: the user said so,
 * or the room is known to be open and never was encrypted. */

#include "penregister/room.h"

#include <glib/gi18n-lib.h>

static PenRoomDecision
hold (PenRoomReason reason)
{
  return (PenRoomDecision) { PEN_ROUTE_HOLD, reason };
}

static PenRoomDecision
decide_about_members (const PenRoomFacts *facts)
{
  if (facts->members != PEN_ROOM_KNOWN)
    return hold (facts->members == PEN_ROOM_FAILED ? PEN_ROOM_REASON_SILENT : PEN_ROOM_REASON_ASKING_ROOM);
  if (facts->others == 0)
    return hold (PEN_ROOM_REASON_ALONE);
  if (facts->others > PEN_ROOM_MEMBERS_MAX)
    return hold (PEN_ROOM_REASON_TOO_MANY);
  if (facts->asking > 0)
    return hold (PEN_ROOM_REASON_LOOKING_UP);
  if (facts->withheld > 0)
    return hold (PEN_ROOM_REASON_WITHHELD);
  if (facts->could_not > 0)
    return hold (PEN_ROOM_REASON_COULD_NOT_ASK);
  if (facts->unreachable > 0)
    return hold (PEN_ROOM_REASON_UNREACHABLE);
  return (PenRoomDecision) { PEN_ROUTE_ENCRYPTED, PEN_ROOM_REASON_ENCRYPTED };
}

PenRoomDecision
pen_room_decide (const PenRoomFacts *facts)
{
  if (facts->chosen_plain)
    return (PenRoomDecision) { PEN_ROUTE_PLAIN, PEN_ROOM_REASON_CHOSEN_PLAIN };
  if (facts->config != PEN_ROOM_KNOWN)
    return hold (facts->config == PEN_ROOM_FAILED ? PEN_ROOM_REASON_SILENT : PEN_ROOM_REASON_ASKING_ROOM);
  if (!facts->members_only || !facts->non_anonymous)
    {
      if (facts->pinned)
        return hold (PEN_ROOM_REASON_NO_LONGER);
      return (PenRoomDecision) { PEN_ROUTE_PLAIN,
                                 facts->members_only ? PEN_ROOM_REASON_ANONYMOUS : PEN_ROOM_REASON_OPEN };
    }
  if (!facts->omemo)
    return hold (PEN_ROOM_REASON_OMEMO_MISSING);
  return decide_about_members (facts);
}

static const struct
{
  const char *name;
  const char *sentence;
  gboolean waits;
} reasons[PEN_N_ROOM_REASONS] = {
  [PEN_ROOM_REASON_ENCRYPTED] = { "encrypted", N_("Messages in this room are end-to-end encrypted to its members."), FALSE },
  [PEN_ROOM_REASON_CHOSEN_PLAIN] = { "chosen-plain", N_("You chose not to encrypt in this room: the servers can read what you write. /pen room encrypted changes that."), FALSE },
  [PEN_ROOM_REASON_OPEN] = { "open", N_("Not encrypted: anybody may enter this room, so there are no members to encrypt to. The servers can read what you write."), FALSE },
  [PEN_ROOM_REASON_ANONYMOUS] = { "anonymous", N_("Not encrypted: this room hides who its members are, so nobody can encrypt to them. The servers can read what you write."), FALSE },
  [PEN_ROOM_REASON_NO_LONGER] = { "no-longer", N_("This room was encrypted before. Now anybody may enter it, or it hides who its members are, so messages to it are not sent. Ask its owner to make it members-only and non-anonymous again, or type /pen room plain to write there without encryption."), FALSE },
  [PEN_ROOM_REASON_ASKING_ROOM] = { "asking-room", N_("The room is being asked who may enter it and who its members are."), TRUE },
  [PEN_ROOM_REASON_SILENT] = { "silent", N_("The room does not say who may enter it or who its members are, so nothing can be encrypted, and nothing is sent. Write again to ask again, or type /pen room plain to write without encryption."), FALSE },
  [PEN_ROOM_REASON_OMEMO_MISSING] = { "omemo-missing", N_("Your own keys are not published yet, so nothing can be encrypted in this room."), TRUE },
  [PEN_ROOM_REASON_ALONE] = { "alone", N_("Nobody else is a member of this room, so there is nobody to encrypt to, and nothing is sent. Invite somebody first."), FALSE },
  [PEN_ROOM_REASON_TOO_MANY] = { "too-many", N_("This room has too many members to encrypt to, so nothing is sent. Type /pen room plain to write without encryption."), FALSE },
  [PEN_ROOM_REASON_LOOKING_UP] = { "looking-up", N_("The devices of this room's members, or their keys, are being asked for."), TRUE },
  [PEN_ROOM_REASON_WITHHELD] = { "withheld", N_("Your policy lets nobody be asked about some members of this room, so nothing can be encrypted to them, and nothing is sent. Look them up yourself with /pen lookup in a conversation with each, or type /pen room plain to write without encryption."), FALSE },
  [PEN_ROOM_REASON_COULD_NOT_ASK] = { "could-not-ask", N_("Nobody could tell whether some members of this room can read encrypted messages, so nothing is sent. Write again to ask again, or type /pen room plain to write without encryption."), FALSE },
  [PEN_ROOM_REASON_UNREACHABLE] = { "unreachable", N_("Some members of this room could not read an encrypted message: they have no device with a key that may be used. Nothing is sent. Ask them to switch OMEMO on, or type /pen room plain to write without encryption."), FALSE },
};

const char *
pen_room_reason_sentence (PenRoomReason reason)
{
  g_return_val_if_fail (reason < PEN_N_ROOM_REASONS, "");
  return reasons[reason].sentence;
}

const char *
pen_room_reason_name (PenRoomReason reason)
{
  g_return_val_if_fail (reason < PEN_N_ROOM_REASONS, "");
  return reasons[reason].name;
}

gboolean
pen_room_reason_waits (PenRoomReason reason)
{
  g_return_val_if_fail (reason < PEN_N_ROOM_REASONS, FALSE);
  return reasons[reason].waits;
}
