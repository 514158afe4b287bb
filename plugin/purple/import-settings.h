/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <account.h>

G_BEGIN_DECLS

/** pen_import_settings: copies what the user set for @from, password included if it is remembered, to @to. */
void pen_import_settings (PurpleAccount *from, PurpleAccount *to);

/**
 * pen_import_contacts:
 *
 * Copies the contact list's local part: contacts with their names, groups and
 * local settings, and rooms. What @to has already stays as it is.
 */
void pen_import_contacts (PurpleAccount *from, PurpleAccount *to);

G_END_DECLS
