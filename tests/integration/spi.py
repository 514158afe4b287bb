# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a screen reader knows of a program on the test's own desktop. Import it
only once the desktop's addresses stand in the environment."""

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

from rig import PATIENCE, eventually  # noqa: E402

MAX_DEPTH = 40
ANSWER_MS = int(2000 * PATIENCE)


def start():
    assert Atspi.init() in (0, 1)
    Atspi.set_timeout(ANSWER_MS, ANSWER_MS)


def catch_up():
    """What changed meanwhile came as messages that only a main loop reads."""
    while GLib.MainContext.default().iteration(False):
        pass


def children(item):
    """Those that are there; some vanish while they are counted."""
    found = []
    for number in range(item.get_child_count()):
        try:
            child = item.get_child_at_index(number)
        except GLib.Error:
            continue
        if child is not None:
            found.append(child)
    return found


def walk(item, depth=0):
    """ITEM and all below it, as (depth, accessible)."""
    yield depth, item
    if depth < MAX_DEPTH:
        try:
            below = children(item)
        except GLib.Error:
            return
        for child in below:
            yield from walk(child, depth + 1)


def is_shown(item):
    try:
        return item.get_state_set().contains(Atspi.StateType.SHOWING)
    except GLib.Error:
        return False


def name_of(item):
    try:
        return item.get_name() or ""
    except GLib.Error:
        return ""


def role_of(item):
    try:
        return item.get_role_name()
    except GLib.Error:
        return ""


class Program:
    """The one with this name."""

    def __init__(self, name):
        self.name = name
        eventually(self.top, what=f"{name} on the accessibility bus")

    def top(self):
        catch_up()
        for item in children(Atspi.get_desktop(0)):
            if name_of(item).lower() == self.name:
                return item
        return None

    def find(self, role, fits=lambda name: True, shown=True, inside=None):
        """The accessibles of ROLE whose name fits."""
        top = inside or self.top()
        return [item for _, item in (walk(top) if top else ()) if role_of(item) == role and fits(name_of(item))
                and (not shown or is_shown(item))]

    def names(self, role, shown=True, inside=None):
        return [name_of(item) for item in self.find(role, shown=shown, inside=inside)]

    def texts(self):
        """All that stands in text fields on the screen, as one string."""
        found = self.find("text")
        return "\n".join(Atspi.Text.get_text(item, 0, -1) for item in found)

    def window(self, part):
        """A window with PART in its title."""
        top = self.top()
        found = [item for item in (children(top) if top else ()) if part in name_of(item)]
        return found[-1] if found else None

    def click(self, role, name, shown=True):
        item = eventually(lambda: self.find(role, lambda found: found == name, shown), what=f"{role} {name!r}")[-1]
        assert item.get_action_iface().do_action(0), name
        return item

    def focus(self, role):
        item = eventually(lambda: self.find(role), what=role)[0]
        assert item.get_component_iface().grab_focus(), role

    def tick(self, window, start):
        """Toggles the tick in the first column of the row whose second column begins with START."""
        table = eventually(lambda: self.find("tree table", inside=window) or self.find("table", inside=window),
                           what="the table")[0]
        catch_up()
        for row in range(Atspi.Table.get_n_rows(table)):
            cell = Atspi.Table.get_accessible_at(table, row, 1)
            if cell is not None and name_of(cell).startswith(start):
                actions = Atspi.Table.get_accessible_at(table, row, 0).get_action_iface()
                names = [actions.get_action_name(number) for number in range(actions.get_n_actions())]
                assert actions.do_action(names.index("toggle")), names
                return
        raise AssertionError(f"no row begins with {start!r}")

    def dump(self):
        return "\n".join("  " * depth + f"{role_of(item)} {name_of(item)!r}" + ("" if is_shown(item) else " -")
                         for depth, item in walk(self.top()))
