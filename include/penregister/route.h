/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include "penregister/address.h"
#include "penregister/vocabulary.h"

G_BEGIN_DECLS

/** PenLookupState: where the lookup for this message stands. */
typedef enum
{
  PEN_LOOKUP_DONE,      /* a fresh answer, or nobody to ask */
  PEN_LOOKUP_PENDING,   /* asked, no answer yet */
  PEN_LOOKUP_FAILED,    /* could not be asked, or timed out */
  PEN_LOOKUP_WITHHELD,  /* the policy forbids it */
  PEN_LOOKUP_NOT_YET,   /* nobody was asked; sending would ask first */
  PEN_LOOKUP_WAITING,   /* will be asked at the next slot of the schedule */
  PEN_N_LOOKUP_STATES
} PenLookupState;

/**
 * PenRouteInput: all that route_decide looks at.
 * @kind: kind of the address
 * @capability: what is known
 * @pinned: was ever encrypted
 * @lookup: where the lookup stands
 * @choice: what the user decided for this contact: ask, sms or plain
 * @omemo: whether this program can encrypt
 * @gateway: whether an SMS gateway is configured or found
 * @has_jid: whether a number has a JID known to us
 * @is_otr: whether the text has OTR tags or queries
 * @plain_asks: whether the account wants to be asked before plain XMPP
 */
typedef struct
{
  PenAddressKind kind;
  PenCapabilityState capability;
  gboolean pinned;
  PenLookupState lookup;
  PenChoice choice;
  gboolean omemo;
  gboolean gateway;
  gboolean has_jid;
  gboolean is_otr;
  gboolean plain_asks;
} PenRouteInput;

/** PenRouteReason: the rule that fired. pen_route_reason_sentence() says it to a person. */
typedef enum
{
  PEN_REASON_ENCRYPTED,          /* reachable with OMEMO */
  PEN_REASON_OMEMO_MISSING,      /* reachable with OMEMO, but our own keys are not published */
  PEN_REASON_NO_KEYS,            /* reachable with OMEMO, but none of the devices gives a key that may be used */
  PEN_REASON_DOWNGRADE,          /* was encrypted, and is not now */
  PEN_REASON_LOOKING_UP,         /* the answer is not there yet */
  PEN_REASON_NOT_ASKED,          /* nobody was asked yet; sending asks */
  PEN_REASON_WAITS_FOR_SLOT,     /* is asked with the next batch */
  PEN_REASON_COULD_NOT_ASK,      /* nobody could be asked; this never means SMS */
  PEN_REASON_WITHHELD,           /* the policy lets nobody be asked */
  PEN_REASON_CHOSEN_SMS,         /* the user decided: SMS */
  PEN_REASON_CHOSEN_PLAIN,       /* the user decided: not encrypted */
  PEN_REASON_PLAIN,              /* no device list visible: plain XMPP */
  PEN_REASON_CONSENT_SMS,        /* SMS is possible, the user has not said yes yet */
  PEN_REASON_NO_GATEWAY,         /* a number, and no gateway */
  PEN_REASON_OTR,                /* OTR text never goes to a gateway */
  PEN_REASON_CONSENT_PLAIN,      /* no device list visible, and the account wants to be asked first */
  PEN_REASON_NO_REPLY,           /* a sender's name instead of a number: nobody can answer it */
  PEN_N_REASONS
} PenRouteReason;

#define PEN_CHOICE_BIT(choice) (1u << (choice))

/**
 * PenRouteDecision:
 * @route: how the message goes
 * @reason: the rule that fired
 * @choices: for a held message: PEN_CHOICE_BIT()s of what may be offered; cancel always is
 */
typedef struct
{
  PenRoute route;
  PenRouteReason reason;
  guint choices;
} PenRouteDecision;

/**
 * pen_route_decide:
 *
 * Pure: how one message goes. Never a downgrade of a pinned contact, never an
 * SMS that the user has not agreed to for this contact, never anything from a
 * timeout (docs/design.md, invariants 3 and 4).
 */
PenRouteDecision pen_route_decide (const PenRouteInput *input);

/** pen_route_reason_sentence: Returns: an English sentence for a person, to be translated by the caller; static text. */
const char *pen_route_reason_sentence (PenRouteReason reason);

/** pen_route_reason_name: Returns: the reason's short name, static text. */
const char *pen_route_reason_name (PenRouteReason reason);

G_END_DECLS
