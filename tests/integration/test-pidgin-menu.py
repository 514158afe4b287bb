#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Menus in Pidgin. That of a person in the buddy list, where both plugins have a
say: each thing is offered once, and leads to the window. And Tools, for who
comes from plain XMPP."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from desk import end_pidgin, start_pidgin
from rig import eventually, main
from screen_reader import Program

NUMBER = "+15551230072"
PLAIN = "carol@pen.test/laptop"
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
    eventually(lambda: [name for name in screen.names("table cell") if name.startswith(NUMBER)], what="the person")
    rig.desk.focus("^Buddy List$")
    rig.desk.run("xdotool", "key", "Down", "Down", "Down", "shift+F10")
    eventually(lambda: "Why this route?" in screen.names("menu item"), what="the menu")


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


def account_is_copied_from_tools(rig):
    """Also the first one: no account of ours need be online."""
    purple, screen = rig.client.purple, Program(rig.desk.address, "pidgin")
    purple.PurpleAccountsAdd(purple.PurpleAccountNew(PLAIN, "prpl-jabber"))
    screen.click("menu item", "Copy an XMPP account into Pen Register…", shown=False)
    eventually(lambda: "Copy the logs too" in screen.names("check box"), what="the question which one")
    screen.click("push button", "Copy")
    copied = eventually(lambda: purple.PurpleAccountsFind(PLAIN, "prpl-penregister"), what="the copy")
    assert not purple.PurpleAccountIsConnected(copied) and purple.PurpleAccountsFind(PLAIN, "prpl-jabber")


def pidgin_ends(rig):
    end_pidgin(rig)


if __name__ == "__main__":
    main([person_is_asked_about_once, account_is_copied_from_tools, pidgin_ends])
