/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "gateway/gateway.h"
#include "directory/directory.h"
#include "purple/account.h"

G_BEGIN_DECLS

/* The services that an account uses: SMS gateways and directories, named in
 * the options or recognised from disco answers that libpurple asks for anyway. */

PenServices *pen_services_new (PurpleAccount *purple);
void pen_services_free (PenServices *services);

/** pen_services_start: after sign-on: asks the services that the options name what they can do. */
void pen_services_start (PenAccount *account);

/** pen_services_saw_disco: reads a disco#info answer from a host. */
void pen_services_saw_disco (PenAccount *account, xmlnode *iq);

/** pen_services_gateway: Returns: (transfer none) (nullable): host of the gateway in use. */
const char *pen_services_gateway (PenAccount *account);

/** pen_services_gateway_flags: what a gateway host can do. */
guint pen_services_gateway_flags (PenAccount *account, const char *host);

/** pen_services_is_gateway: Returns: whether @host is, or once was, a gateway of this account. */
gboolean pen_services_is_gateway (PenAccount *account, const char *host);

/** pen_services_number_at: Returns: (transfer full) (nullable): the number that a JID at one of our gateways stands for. */
PenAddress *pen_services_number_at (PenAccount *account, const char *jid);

/** pen_services_directory: Returns: (transfer none) (nullable): host of the directory that may be asked now. */
const char *pen_services_directory (PenAccount *account, const PenDirectoryKind **kind);

/** pen_services_directory_pause: asks no more for @seconds, or for this session when 0. */
void pen_services_directory_pause (PenAccount *account, guint seconds);

/** pen_services_hosts: Returns: (transfer none): all configured services' hosts; pen_services_gateways: the gateways among them. */
const char *const *pen_services_hosts (PenAccount *account);
const char *const *pen_services_gateways (PenAccount *account);

G_END_DECLS
