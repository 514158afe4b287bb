/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The closed lists of words that ledger, harness and exports speak. The
 * strings are an interface: add to a list, never rename in it. Each enum has
 * a pair pen_<list>_to_string() (static text, never NULL) and
 * pen_<list>_from_string() (FALSE for a word that is not in the list). */

/** PenKind: what sort of question or delivery a ledger row is. */
typedef enum
{
  PEN_KIND_DEVICE_LIST,
  PEN_KIND_BUNDLE,
  PEN_KIND_DIRECTORY,
  PEN_KIND_GATEWAY,
  PEN_KIND_DISCO,
  PEN_KIND_VCARD,
  PEN_KIND_AVATAR,
  PEN_KIND_PRESENCE,
  PEN_KIND_ROSTER,
  PEN_KIND_ROOM,
  PEN_KIND_HTTP,
  PEN_KIND_DELIVERY,
  PEN_KIND_LIBRARY,
  PEN_KIND_OTHER,
  PEN_N_KINDS
} PenKind;

/** PenTrigger: what made the client ask. */
typedef enum
{
  PEN_TRIGGER_TYPED,
  PEN_TRIGGER_OPENED,
  PEN_TRIGGER_SEND,
  PEN_TRIGGER_SCHEDULE,
  PEN_TRIGGER_PUSHED,
  PEN_TRIGGER_LIBRARY,
  PEN_TRIGGER_MANUAL,
  PEN_TRIGGER_LOGIN,
  PEN_N_TRIGGERS
} PenTrigger;

/** PenObserver: who learns it. */
typedef enum
{
  PEN_OBSERVER_HOME,
  PEN_OBSERVER_PEER,
  PEN_OBSERVER_DIRECTORY,
  PEN_OBSERVER_GATEWAY,
  PEN_OBSERVER_WEB,
  PEN_N_OBSERVERS
} PenObserver;

/** PenRowStatus: how far a row has come. */
typedef enum
{
  PEN_ROW_RECORDED,
  PEN_ROW_SENT,
  PEN_ROW_ANSWERED,
  PEN_ROW_ERROR,
  PEN_ROW_TIMEOUT,
  PEN_ROW_WITHHELD,
  PEN_ROW_DROPPED,
  PEN_ROW_UNKNOWN,
  PEN_N_ROW_STATUSES
} PenRowStatus;

/** PenDisclosed: in which form the address leaves. */
typedef enum
{
  PEN_DISCLOSED_CLEAR,
  PEN_DISCLOSED_HASHED,
  PEN_DISCLOSED_BLINDED,
  PEN_DISCLOSED_LIST,
  PEN_N_DISCLOSED
} PenDisclosed;

/** PenRoute: how one message goes. */
typedef enum
{
  PEN_ROUTE_ENCRYPTED,
  PEN_ROUTE_SMS,
  PEN_ROUTE_PLAIN,
  PEN_ROUTE_HOLD,
  PEN_N_ROUTES
} PenRoute;

/** PenCapabilityState: what is known of an address. ABSENT never means "not on XMPP". */
typedef enum
{
  PEN_CAPABILITY_UNKNOWN,
  PEN_CAPABILITY_ABSENT,
  PEN_CAPABILITY_ENCRYPTED,
  PEN_N_CAPABILITIES
} PenCapabilityState;

/** PenOrigin: where that knowledge comes from. */
typedef enum
{
  PEN_ORIGIN_NONE,
  PEN_ORIGIN_PUSHED,
  PEN_ORIGIN_ASKED,
  PEN_ORIGIN_PINNED,
  PEN_ORIGIN_CHOSEN,
  PEN_N_ORIGINS
} PenOrigin;

/** PenWhen: when a lookup may be made. */
typedef enum
{
  PEN_WHEN_TYPED,
  PEN_WHEN_SEND,
  PEN_WHEN_BATCH,
  PEN_WHEN_NEVER,
  PEN_N_WHENS
} PenWhen;

/** PenChoice: what the user has decided for a contact, or answers to a held message. */
typedef enum
{
  PEN_CHOICE_ASK,
  PEN_CHOICE_ENCRYPTED,
  PEN_CHOICE_SMS,
  PEN_CHOICE_PLAIN,
  PEN_CHOICE_WAIT,
  PEN_CHOICE_CANCEL,
  PEN_N_CHOICES
} PenChoice;

/** PenMessageState: how far one message has come (the status ladder, docs/gateways.md 5.10). */
typedef enum
{
  PEN_MESSAGE_HELD,
  PEN_MESSAGE_SENT,
  PEN_MESSAGE_ACCEPTED,
  PEN_MESSAGE_DELIVERED,
  PEN_MESSAGE_FAILED,
  PEN_MESSAGE_UNKNOWN,
  PEN_N_MESSAGE_STATES
} PenMessageState;

const char *pen_kind_to_string (PenKind kind);
gboolean pen_kind_from_string (const char *word, PenKind *kind);
const char *pen_trigger_to_string (PenTrigger trigger);
gboolean pen_trigger_from_string (const char *word, PenTrigger *trigger);
const char *pen_observer_to_string (PenObserver observer);
gboolean pen_observer_from_string (const char *word, PenObserver *observer);
const char *pen_row_status_to_string (PenRowStatus status);
gboolean pen_row_status_from_string (const char *word, PenRowStatus *status);
const char *pen_disclosed_to_string (PenDisclosed disclosed);
gboolean pen_disclosed_from_string (const char *word, PenDisclosed *disclosed);
const char *pen_route_to_string (PenRoute route);
gboolean pen_route_from_string (const char *word, PenRoute *route);
const char *pen_capability_to_string (PenCapabilityState state);
gboolean pen_capability_from_string (const char *word, PenCapabilityState *state);
const char *pen_origin_to_string (PenOrigin origin);
gboolean pen_origin_from_string (const char *word, PenOrigin *origin);
const char *pen_when_to_string (PenWhen when);
gboolean pen_when_from_string (const char *word, PenWhen *when);
const char *pen_choice_to_string (PenChoice choice);
gboolean pen_choice_from_string (const char *word, PenChoice *choice);
const char *pen_message_state_to_string (PenMessageState state);
gboolean pen_message_state_from_string (const char *word, PenMessageState *state);

G_END_DECLS
