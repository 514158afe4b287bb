/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <account.h>

G_BEGIN_DECLS

/* The window of people and devices. There is one; it is not there before it
 * is shown, and frees itself when a person closes it. */

/** pen_devices_show: brings it to the front, about @name (nullable: own devices alone) and @account (nullable). */
void pen_devices_show (PurpleAccount *account, const char *name);

/** pen_devices_changed: devices or connections of @account changed: shows them anew. */
void pen_devices_changed (PurpleAccount *account);

/** pen_devices_forget_account: @account is going: it is not offered any more. */
void pen_devices_forget_account (PurpleAccount *account);

/** pen_devices_close: closes it, and whatever it asks. */
void pen_devices_close (void);

G_END_DECLS
