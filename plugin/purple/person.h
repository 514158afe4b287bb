/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "purple/account.h"
#include "penregister/capability.h"

G_BEGIN_DECLS

/* One person as an account knows them: what the store keeps, and where a
 * lookup stands. */

/**
 * PenPerson:
 * @address: who
 * @contact: what the store keeps
 * @lookup: where the lookup stands
 * @open_requests: requests of the running lookup that have no answer yet
 * @best: best outcome of the running lookup so far; @devices: devices seen in it
 * @could_not: one of its requests could not be asked
 * @open_bundles: bundles that were asked for and did not come yet; @swept_bundles: those that a sweep asked for
 * @bundles_asked: (nullable): devices whose bundle was asked for in this session
 * @is_list_lost: the store had lost the list of devices, and it was asked for once more
 * @said_route: the route that the conversation was last told of; PEN_ROUTE_HOLD for none
 * @saved_at_rollbacks: how often the store had given up a turn when this was saved
 * @slot_at_us: with PEN_LOOKUP_WAITING: wall-clock time at which the schedule asks
 * @has_wish_row: there is a wish to ask that was put off or withheld, and it has its row
 * @is_resolving: the gateway is being asked for the number's JID
 */
typedef struct
{
  PenAddress *address;
  PenContact *contact;
  PenLookupState lookup;
  guint open_requests;
  PenAskOutcome best;
  guint devices;
  gboolean could_not;
  gboolean is_resolving;
  gint64 slot_at_us;
  gboolean has_wish_row;
  guint open_bundles;
  guint swept_bundles;
  GHashTable *bundles_asked;
  gboolean is_list_lost;
  guint64 saved_at_rollbacks;
  PenRoute said_route;
} PenPerson;

/** pen_person_get: Returns: (transfer none) (nullable): the person; made when missing; %NULL with @error set when the store fails. */
PenPerson *pen_person_get (PenAccount *account, const PenAddress *address, GError **error);
void pen_person_free (PenPerson *person);

/** pen_person_capability: what is known, as the core's plain value. */
PenCapability pen_person_capability (PenAccount *account, const PenPerson *person);
void pen_person_learn (PenAccount *account, PenPerson *person, PenAskOutcome outcome, guint devices, PenOrigin origin);
gboolean pen_person_is_fresh (PenAccount *account, const PenPerson *person);

/** pen_person_policy: the policy in force: the contact's override over the account's. */
PenPolicy pen_person_policy (PurpleAccount *purple, const PenContact *contact);

/** pen_person_save: writes the contact inside the turn's transaction; failures are reported. */
gboolean pen_person_save (PenPerson *person);

/**
 * pen_person_route: how a message would go now.
 * @text: (nullable): the text, for what depends on it
 */
PenRouteDecision pen_person_route (PenAccount *account, const PenPerson *person, const char *text);

/** pen_person_status: for pane, commands and tooltips; works offline. (transfer full) (nullable) */
PenPaneStatus *pen_person_status (PurpleAccount *purple, const char *typed, GError **error);
void pen_pane_status_free (PenPaneStatus *status);

G_END_DECLS
