/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <account.h>
#include <plugin.h>

G_BEGIN_DECLS

/* The part that shows the ledger: Tools, a buddy's and a conversation's menu,
 * and the live rows of the protocol plugin. */

void pen_ledger_part_init (PurplePlugin *plugin);
void pen_ledger_part_uninit (PurplePlugin *plugin);
GList *pen_ledger_part_actions (GList *list);

/** pen_ledger_part_show_person: opens the window about @name, as @account's list names it. */
void pen_ledger_part_show_person (PurpleAccount *account, const char *name);

G_END_DECLS
