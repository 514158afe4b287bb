#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The menu of a person in Pidgin's buddy list, where both plugins have a say:
each thing is offered once, and leads to the window."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from desk import end_pidgin, start_pidgin
from rig import eventually, main
from screen_reader import Program

NUMBER = "+15551230072"
ASKED = "What was asked about this person"


def add_buddy(client):
    purple = client.purple
    group = purple.PurpleGroupNew("Phones")
    purple.PurpleBlistAddGroup(group, 0)
    buddy = purple.PurpleBuddyNew(client.account, NUMBER, "")
    purple.PurpleBlistAddBuddy(buddy, 0, group, 0)
    purple.PurpleAccountAddBuddy(client.account, buddy)
    eventually(lambda: purple.PurpleBuddyIsOnline(buddy), what="the number in the list")


def open_menu(rig, screen):
    """By the keyboard: down to the person, and the key for a menu."""
    rig.desk.focus("^Buddy List$")

    def shown():
        rig.desk.run("xdotool", "key", "Escape", "Down", "Down", "Down", "shift+F10")
        return [name for name in screen.names("menu item") if name == "Why this route?"]
    eventually(shown, what="the menu")


def person_is_asked_about_once(rig):
    """One entry, though the protocol has it for other clients and the windows have it for Pidgin."""
    add_buddy(start_pidgin(rig))
    screen = Program(rig.desk.address, "pidgin")
    open_menu(rig, screen)
    found = [name for name in screen.names("menu item") if name.startswith(ASKED)]
    assert len(found) == 1, found
    screen.click("menu item", found[0])
    rig.desk.focus("^Metadata ledger$")
    rig.desk.press("^Metadata ledger$", "ctrl+w")


def pidgin_ends(rig):
    end_pidgin(rig)


if __name__ == "__main__":
    main([person_is_asked_about_once, pidgin_ends])
