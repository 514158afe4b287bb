/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <xmlnode.h>

/* libpurple with D-Bus support keeps a table of its nodes, which its core
 * makes when it starts; one built without has no such function. */
void purple_dbus_init_ids (void) __attribute__ ((weak));

static inline void
xml_fixture_init (void)
{
  if (purple_dbus_init_ids != NULL)
    purple_dbus_init_ids ();
}

typedef xmlnode XmlFixture;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XmlFixture, xmlnode_free)
