# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a screen reader knows of a program on the test's own desktop, asked
over D-Bus alone: libatspi handles what programs tell by themselves inside its
own calls, and stops for ever where that makes it ask again."""

import dbus
from rig import eventually

ACCESSIBLE, PROPERTIES = "org.a11y.atspi.Accessible", "org.freedesktop.DBus.Properties"
REGISTRY, ROOT = "org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root"
NOBODY = "/org/a11y/atspi/null"
SHOWING = 25
MAX_DEPTH = 40
ANSWER_S = 5


class Item:
    """One accessible. What is gone meanwhile has no name, no role and no children."""

    def __init__(self, bus, owner, path):
        self.bus, self.owner, self.path = bus, owner, path

    def call(self, interface, method, *arguments):
        return self.bus.call_blocking(self.owner, self.path, interface, method, None, arguments, timeout=ANSWER_S)

    def ask(self, interface, method, otherwise, *arguments):
        try:
            return self.call(interface, method, *arguments)
        except dbus.DBusException:
            return otherwise

    def children(self):
        found = self.ask(ACCESSIBLE, "GetChildren", [])
        return [Item(self.bus, str(owner), str(path)) for owner, path in found if path != NOBODY]

    def name(self):
        return str(self.ask(PROPERTIES, "Get", "", ACCESSIBLE, "Name"))

    def description(self):
        return str(self.ask(PROPERTIES, "Get", "", ACCESSIBLE, "Description"))

    def role(self):
        return str(self.ask(ACCESSIBLE, "GetRoleName", ""))

    def is_shown(self):
        states = self.ask(ACCESSIBLE, "GetState", [0])
        return bool(int(states[0]) >> SHOWING & 1)

    def size(self):
        return tuple(map(int, self.call("org.a11y.atspi.Component", "GetSize")))

    def focus(self):
        return bool(self.call("org.a11y.atspi.Component", "GrabFocus"))

    def act(self):
        return bool(self.call("org.a11y.atspi.Action", "DoAction", 0))


def walk(item, depth=0):
    """ITEM and all below it."""
    yield depth, item
    if depth < MAX_DEPTH:
        for child in item.children():
            yield from walk(child, depth + 1)


class Program:
    """The one with this name on the desktop of ADDRESS, a session bus."""

    def __init__(self, address, name):
        session = dbus.bus.BusConnection(address)
        place = session.call_blocking("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", "", ())
        self.bus, self.wanted = dbus.bus.BusConnection(str(place)), name
        eventually(self.top, what=f"{name} on the accessibility bus")

    def top(self):
        for item in Item(self.bus, REGISTRY, ROOT).children():
            if item.name().lower() == self.wanted:
                return item
        return None

    def window(self, part):
        """The newest window with PART in its title, or None."""
        found = [item for item in self.top().children() if part in item.name()]
        return found[-1] if found else None

    def find(self, role, name=None, shown=True, inside=None):
        """The accessibles of ROLE with this NAME (None: any)."""
        return [item for _, item in walk(inside or self.top()) if item.role() == role
                and (name is None or item.name() == name) and (not shown or item.is_shown())]

    def names(self, role, shown=True, inside=None):
        return [item.name() for item in self.find(role, None, shown, inside)]

    def click(self, role, name, shown=True):
        item = eventually(lambda: self.find(role, name, shown), what=f"{role} {name!r}")[-1]
        assert item.act(), name
        return item

    def dump(self):
        return "\n".join(f"{'  ' * depth}{item.role()} {item.name()!r}{'' if item.is_shown() else ' -'}"
                         for depth, item in walk(self.top()))
