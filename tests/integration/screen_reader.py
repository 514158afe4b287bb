# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a screen reader knows of a program on the test's own desktop, asked
over D-Bus alone: libatspi handles what programs tell by themselves inside its
own calls, and stops for ever where that makes it ask again."""

import dbus
from rig import PATIENCE, eventually

ACCESSIBLE, PROPERTIES = "org.a11y.atspi.Accessible", "org.freedesktop.DBus.Properties"
REGISTRY, ROOT = "org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root"
NOBODY = "/org/a11y/atspi/null"
CHECKED, FOCUSABLE, FOCUSED, SENSITIVE, SHOWING = 4, 11, 12, 24, 25
LABELLED_BY = 2
COMPONENT, TABLE, TEXT = (f"org.a11y.atspi.{name}" for name in ("Component", "Table", "Text"))
MAX_DEPTH = 40
ANSWER_S = 5 * PATIENCE


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

    def has(self, state):
        states = self.ask(ACCESSIBLE, "GetState", [0])
        return bool(int(states[0]) >> state & 1)

    def is_shown(self):
        return self.has(SHOWING)

    def label(self):
        """Its own name, or that of what labels it."""
        for kind, others in [] if self.name() else self.ask(ACCESSIBLE, "GetRelationSet", []):
            if kind == LABELLED_BY:
                return " ".join(Item(self.bus, str(owner), str(path)).name() for owner, path in others)
        return self.name()

    def text(self):
        """What stands in a field."""
        return str(self.ask(TEXT, "GetText", "", 0, -1))

    def letters(self):
        """Where its text stands on the screen, as place(), or None for one without."""
        count = int(self.ask(PROPERTIES, "Get", 0, TEXT, "CharacterCount"))
        found = self.ask(TEXT, "GetRangeExtents", None, 0, count, dbus.UInt32(0)) if count > 0 else None
        return None if found is None else tuple(map(int, found))

    def n_rows(self):
        return int(self.ask(PROPERTIES, "Get", 0, TABLE, "NRows"))

    def titles(self):
        count = int(self.ask(PROPERTIES, "Get", 0, TABLE, "NColumns"))
        return [str(self.ask(TABLE, "GetColumnDescription", "", column)) for column in range(count)]

    def cell(self, row, column):
        """The cell of a table, or None where there is none on the screen."""
        owner, path = self.ask(TABLE, "GetAccessibleAt", ("", NOBODY), row, column)
        return None if path == NOBODY else Item(self.bus, str(owner), str(path))

    def place(self):
        """(x, y, width, height) on the screen."""
        return tuple(map(int, self.call(COMPONENT, "GetExtents", dbus.UInt32(0))))

    def size(self):
        return tuple(map(int, self.call(COMPONENT, "GetSize")))

    def focus(self):
        return bool(self.call(COMPONENT, "GrabFocus"))

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

    def labelled(self, role, label, inside):
        """The one control of ROLE that is on the screen inside that and has this LABEL; an underlined letter and a
        colon do not count."""
        def look():
            return [item for item in self.find(role, inside=inside)
                    if item.label().replace("_", "").rstrip(":") == label]
        return eventually(look, what=f"{role} labelled {label!r}")[0]

    def click(self, role, name, shown=True, inside=None):
        item = eventually(lambda: self.find(role, name, shown, inside), what=f"{role} {name!r}")[-1]
        assert item.act(), name
        return item

    def dump(self):
        return "\n".join(f"{'  ' * depth}{item.role()} {item.name()!r}{'' if item.is_shown() else ' -'}"
                         for depth, item in walk(self.top()))
