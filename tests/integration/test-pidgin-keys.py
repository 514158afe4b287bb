#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our windows in a real Pidgin by the keyboard alone, and every control in them
by its name; what a screen reader reads after another tab came to the front; and
a conversation that moves to a window of its own."""

import importlib
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from desk import CONVERSATION, bring, end_pidgin, start_pidgin
from rig import eventually, main
from screen_reader import CHECKED, FOCUSABLE, FOCUSED, SENSITIVE, Program, walk
from penbox import layout

omemo_ours = importlib.import_module("test-omemo-ours")
BOB, NUMBER, OTHER = "bob@" + layout.DOMAIN, "+15551230081", "+15551230082"
OURS = {"gateway": layout.SMS, "directory": layout.DIRECTORY, "region": "US"}
BUDDIES, LEDGER, PEOPLE, PLUGINS = "^Buddy List$", "^Metadata ledger$", "^People and devices$", "^Plugins$"
PAGE, CHANGE = "^Pen Register: metadata ledger$", "^How people are asked about$"
AS_TYPED = "As soon as I type (what the 2016 story describes)"
EXPORT, DELETE = "^Export the rows that are shown$", "^Delete old rows$"
PLUGIN, ROWS, REPORT = "Pen Register: metadata ledger", "Rows of the ledger", "What they could hand over, as a table"
STATES = re.compile(r"^(Encrypted|SMS|XMPP|Not looked up|Held|Offline|Cannot|Nothing can)")
# What Tab has to come to, and what it comes past inside one of these.
CONTROLS = ("text", "combo box", "push button", "check box", "spin button", "table")
TURNS = 5


def face(rig):
    """Pidgin with an encrypted message to Bob behind it, and a number that nobody was asked about."""
    if not hasattr(rig, "reader"):
        start_pidgin(rig, **OURS)
        rig.reader = Program(rig.desk.address, "pidgin")
        rig.bob = rig.harness()
        rig.bob_account = rig.account(rig.bob, "bob")
        eventually(lambda: omemo_ours.listed(rig, BOB), what="Bob's device")
        rig.client.present(BOB)
        rig.desk.type_into("^bob", "Look, no mouse.")
        rig.bob.wait("im-in", text="Look, no mouse.")
    return rig.client, rig.reader


def key(rig, *keys):
    rig.desk.run("xdotool", "key", "--delay", "40", *keys)


def type_text(rig, text):
    rig.desk.run("xdotool", "type", "--delay", "15", text)


def labels(screen, inside=None):
    return screen.names("label", inside=inside)


def told(screen, part, inside=None):
    return eventually(lambda: [name for name in labels(screen, inside) if part in name], what=f"a label: {part}")[-1]


def items_of(menu):
    """Those that the arrow keys come to."""
    return [item for item in menu.children() if item.role() != "separator" and item.has(SENSITIVE)]


def choose(rig, menu, *names):
    """With a menu open and its first item in front: down to each name, and into it."""
    for place, name in enumerate(names):
        there = [item.name() for item in items_of(menu)]
        key(rig, *["Down"] * there.index(name), "Return" if place + 1 == len(names) else "Right")
        menu = items_of(menu)[there.index(name)]


def choose_tool(rig, name):
    screen = face(rig)[1]
    rig.desk.press(BUDDIES, "alt+t")
    choose(rig, screen.find("menu", "Tools")[0], PLUGIN, name)


def open_ledger(rig):
    screen = face(rig)[1]
    if not rig.desk.windows(LEDGER):
        choose_tool(rig, "Metadata ledger")
    rig.desk.focus(LEDGER)
    table = eventually(lambda: screen.find("table", ROWS), what="the table")[0]
    eventually(lambda: table.n_rows() > 0 and table.cell(0, 0) and table.cell(0, 0).name() not in ("", "…"), what="rows")
    return screen, screen.window("Metadata ledger"), table


# By keys

def check_tab(rig, screen, window):
    """Tab goes round through every control on this page."""
    wanted = [item for role in CONTROLS for item in screen.find(role, inside=window) if item.has(SENSITIVE)]
    assert len(wanted) > 5, wanted
    for _ in range(3 * len(wanted)):
        key(rig, "Tab")
        wanted = [item for item in wanted if not item.has(FOCUSED)]
        if not wanted:
            return
    raise AssertionError([(item.role(), item.label()) for item in wanted])


def tab_comes_everywhere(rig):
    """Tab goes round through every control on both pages of the ledger window."""
    screen, window, _ = open_ledger(rig)
    for page in ("alt+r", "alt+v"):
        rig.desk.press(LEDGER, page)
        if page == "alt+v":
            eventually(lambda: "The ledger was read." in labels(screen), what="the report")
        check_tab(rig, screen, window)
    rig.desk.press(LEDGER, "alt+r")
    eventually(lambda: screen.find("table", ROWS), what="the rows")


def ledger_is_worked_by_keys(rig):
    """A filter, a row and its sentence, all rows again."""
    screen, window, table = open_ledger(rig)
    everything = table.n_rows()
    about, asked = (table.titles().index(title) for title in ("About whom", "What was asked"))
    rig.desk.press(LEDGER, "alt+p")
    type_text(rig, BOB)
    eventually(lambda: 0 < table.n_rows() < everything and table.cell(0, about).name() == BOB, what="the rows about Bob")
    rig.desk.press(LEDGER, "alt+h")
    key(rig, "Down", "Down")
    eventually(lambda: table.n_rows() > 0 and table.cell(0, asked).name() == "keys of a device", what="one kind of rows")
    go_to(rig, table)
    key(rig, "Home", "space")
    told(screen, "now knows that alice@", window)
    rig.desk.press(LEDGER, "alt+l")
    eventually(lambda: table.n_rows() >= everything, what="all rows")


def go_to(rig, item):
    """By Tab."""
    for _ in range(40):
        if item.has(FOCUSED):
            return
        key(rig, "Tab")
        time.sleep(0.05)
    raise AssertionError(f"Tab does not come to {item.role()} {item.label()!r}")


def export_dialog_is_worked_by_keys(rig):
    """The form is chosen by keys, which names the file; Escape writes nothing."""
    screen, _, _ = open_ledger(rig)
    rig.desk.press(LEDGER, "alt+e")
    rig.desk.focus(EXPORT)
    chooser = screen.window("Export the rows")
    rig.desk.press(EXPORT, "alt+w")
    key(rig, "Down", "Down")
    field = screen.find("text", inside=chooser)[0]
    eventually(lambda: field.text() == "metadata-ledger.pdf", what="the name of the file")
    rig.desk.press(EXPORT, "Escape")
    eventually(lambda: not rig.desk.windows(EXPORT), what="the dialog to close")
    assert not os.path.exists(os.path.join(rig.desk.env["HOME"], "metadata-ledger.pdf"))


def deleting_is_refused_by_keys(rig):
    """What would be gone is said; Return keeps it, as closing does."""
    screen, _, table = open_ledger(rig)
    before = table.n_rows()
    for last in ("Return", "Escape", "alt+k"):
        rig.desk.press(LEDGER, "alt+d")
        rig.desk.focus(DELETE)
        dialog = screen.window("Delete old rows")
        rig.desk.press(DELETE, "alt+o")
        key(rig, "ctrl+a")
        type_text(rig, "0\t")
        told(screen, "Gone for good will be", dialog)
        if last == "Return":
            go_to(rig, screen.find("push button", "Keep them", inside=dialog)[0])
        rig.desk.press(DELETE, last)
        eventually(lambda: not rig.desk.windows(DELETE), what="the dialog to close")
    assert table.n_rows() >= before
    rig.desk.press(LEDGER, "Escape")
    eventually(lambda: not rig.desk.windows(LEDGER), what="the window to close")


def conversation_is_worked_by_keys(rig):
    """The menu by its letter; “Do not ask” by its letter; the held message's answer by its letter and Return."""
    client, screen = face(rig)
    bring(rig, NUMBER)
    rig.desk.press(CONVERSATION, "alt+p")
    menu = screen.find("menu", "Pen Register", inside=screen.window(NUMBER))[0]
    choose(rig, menu, "Why this route?")
    client.said(NUMBER, "Not looked up yet")
    rig.desk.type_into(CONVERSATION, "Is it late?")
    rig.desk.press("^Message held$", "Escape")
    eventually(lambda: not rig.desk.windows("^Message held$"), what="the question to close")
    eventually(lambda: screen.find("push button", "Answer…"), what="the button for an answer")
    rig.desk.press(CONVERSATION, "alt+w")
    key(rig, "Down", "Down", "Down", "Return")
    eventually(lambda: rig.run("sms", "list"), what="the SMS")
    bring(rig, OTHER)
    eventually(lambda: screen.find("push button", "Do not ask"), what="the button that refuses")
    rig.desk.press(CONVERSATION, "alt+n")
    client.said(OTHER, "Nobody is asked about")
    rig.desk.type_into(CONVERSATION, "/pen ask")


def devices_are_worked_by_keys(rig):
    """Opened from the menu; a person is typed, the first device is the chosen one; Tab comes everywhere."""
    screen = face(rig)[1]
    choose_tool(rig, "People and devices")
    rig.desk.press(PEOPLE, "alt+p")
    rig.desk.type_into(PEOPLE, BOB)
    window = screen.window("People and devices")
    table = screen.find("table", "Devices", inside=window)[0]
    eventually(lambda: table.cell(0, 0) and table.cell(0, 0).name() == BOB, what="Bob's device")
    check_tab(rig, screen, window)
    rig.desk.press(PEOPLE, "Escape")
    eventually(lambda: not rig.desk.windows(PEOPLE), what="the window to close")


def settings_are_worked_by_keys(rig):
    """Our plugin is found by its first letters, its page by Tab, the policy by the arrows: each is said when it holds."""
    screen = face(rig)[1]
    rig.desk.press(BUDDIES, "ctrl+u")
    rig.desk.focus(PLUGINS)
    window = screen.window("Plugins")
    go_to(rig, [item for item in screen.find("table", inside=window) + screen.find("tree table", inside=window)][0])
    key(rig, "Home")
    choose_plugin(rig, screen, window)
    button = screen.find("push button", "Configure Plugin", inside=window)[0]
    eventually(lambda: button.has(SENSITIVE), what="our plugin's page")
    go_to(rig, button)
    key(rig, "space")
    first = eventually(lambda: screen.find("radio button", "When I send", shown=False), what="the page")[0]
    page = next(item for item in screen.top().children() if screen.find("radio button", "When I send", False, item))
    check_names(screen, page)
    rig.desk.focus(PAGE)
    go_to(rig, first)
    key(rig, "Down")
    change(rig, screen, "For everybody whom", "alt+h")
    held(screen, AS_TYPED)
    key(rig, "Down", "Down")
    change(rig, screen, "those of your contacts and, most of them, made-up ones", "Escape")
    eventually(lambda: screen.find("radio button", AS_TYPED, shown=False)[0].has(CHECKED), what="the policy as it was")
    key(rig, "Up")
    change(rig, screen, "For everybody whom", "alt+h")
    held(screen, "When I send")
    eventually(lambda: first.has(CHECKED), what="the first policy again")
    key(rig, "Escape")
    eventually(lambda: not screen.find("radio button", "When I send"), what="the page to close")
    rig.desk.press(PLUGINS, "Escape")


def change(rig, screen, words, answer):
    """The button under what is chosen asks first."""
    eventually(lambda: screen.find("push button", "Change to this…", shown=False), what="the button")
    rig.desk.press(PAGE, "alt+h")
    rig.desk.focus(CHANGE)
    told(screen, words)
    rig.desk.press(CHANGE, answer)
    eventually(lambda: not rig.desk.windows(CHANGE), what="the question to close")
    rig.desk.focus(PAGE)


def held(screen, name):
    """The page says which policy holds from now on; its line may stand further down than one sees."""
    eventually(lambda: f"From now on: {name}" in screen.names("label", shown=False), what=name)


def choose_plugin(rig, screen, window):
    """Down to our line: the words under the list tell which is chosen."""
    cells = [item for item in screen.find("table cell", shown=False, inside=window) if PLUGIN in item.name()]
    for _ in range(60):
        if cells[-1].has(FOCUSED) or screen.find("push button", "Configure Plugin", inside=window)[0].has(SENSITIVE):
            return
        key(rig, "Down")
        time.sleep(0.05)
    raise AssertionError("the arrows do not come to our plugin")


# Names

def check_names(screen, window):
    """Whatever can have the focus says what it is."""
    nameless = [(item.role(), item.path) for _, item in walk(window) if item.has(FOCUSABLE) and item.is_shown()
                and item.role() in CONTROLS + ("radio button", "toggle button", "drawing area") and not item.label()]
    assert not nameless, nameless
    assert [item for _, item in walk(window) if item.has(FOCUSABLE)]


def every_control_has_a_name(rig):
    """In each of our windows and dialogs."""
    screen, window, _ = open_ledger(rig)
    rig.desk.press(LEDGER, "alt+v")
    eventually(lambda: screen.find("table", REPORT), what="the report")
    check_names(screen, window)
    rig.desk.press(LEDGER, "alt+r")
    eventually(lambda: screen.find("table", ROWS), what="the rows")
    check_names(screen, window)
    rig.desk.press(LEDGER, "alt+d")
    rig.desk.focus(DELETE)
    check_names(screen, screen.window("Delete old rows"))
    rig.desk.press(DELETE, "Escape")
    rig.desk.press(LEDGER, "alt+e")
    rig.desk.focus(EXPORT)
    assert screen.labelled("combo box", "Write as", screen.window("Export the rows"))
    rig.desk.press(EXPORT, "Escape")
    rig.desk.press(LEDGER, "Escape")
    choose_tool(rig, "People and devices")
    rig.desk.press(PEOPLE, "alt+p")
    rig.desk.type_into(PEOPLE, BOB)
    check_names(screen, screen.window("People and devices"))
    rig.desk.press(PEOPLE, "alt+t")
    rig.desk.focus("^Does the device show the same")
    check_names(screen, eventually(lambda: screen.find("alert"), what="the question")[-1])
    rig.desk.press("^Does the device show the same", "Escape")
    rig.desk.press(PEOPLE, "Escape")


# Tabs

def button_of(screen, name):
    tab = screen.find("page tab", name)[-1]
    return [item for item in screen.find("push button", shown=False, inside=tab) if STATES.match(item.name())][0]


def tabs_are_read_at_once(rig):
    """The state that is read is always that of the tab in front; how soon after the key is printed."""
    client, screen = face(rig)
    wanted = {BOB: "Encrypted to 1 device", NUMBER: "SMS, not encrypted", OTHER: "Not looked up"}
    buttons = {name: button_of(screen, name) for name in wanted}
    window, waits = rig.desk.focus(CONVERSATION), []
    for _ in range(TURNS):
        before = rig.desk.run("xdotool", "getwindowname", window).strip()
        rig.desk.run("xdotool", "key", "ctrl+Tab")
        at = time.monotonic()
        name = eventually(lambda: [n for n in wanted if n != before and buttons[n].is_shown()], what="another tab")[0]
        words = buttons[name].name()
        waits.append(time.monotonic() - at)
        assert words.startswith(wanted[name]) and not buttons[before].is_shown(), (name, words)
        eventually(lambda: rig.desk.run("xdotool", "getwindowname", window).strip() == name, what=f"{name} as title")
    print("# the state was read after " + ", ".join(f"{wait * 1000:.0f} ms" for wait in waits), flush=True)
    assert len(client.purple.PurpleGetIms()) == len(wanted)


def ours(screen, window):
    """What is ours in a conversation's window."""
    return [item.name() for role in ("push button", "menu") for item in screen.find(role, shown=False, inside=window)
            if STATES.match(item.name()) or item.name() in ("Pen Register", "Do not ask", "Answer…")]


def switch(rig, screen):
    """The tick at our plugin, in the window of plugins."""
    cells = screen.find("table cell", shown=False, inside=screen.window("Plugins"))
    place = [number for number, cell in enumerate(cells) if PLUGIN in cell.name()][-1]
    assert cells[place - 1].act()


def drag_out(rig, tab):
    """Takes a tab by the mouse and lets it go where no window is."""
    x, y, width, height = tab.place()
    rig.desk.run("xdotool", "mousemove", str(x + width // 2), str(y + height // 2), "mousedown", "1")
    for step in range(1, 9):
        rig.desk.run("xdotool", "mousemove", str(x + width // 2 + 10 * step), str(y + 100 * step))
    rig.desk.run("xdotool", "mouseup", "1")


def conversation_moves(rig):
    """To a window of its own: button, menu and the marks go with it; and when the windows are unloaded, nothing of ours
    stays in either."""
    screen = face(rig)[1]
    bring(rig, BOB)
    drag_out(rig, screen.find("page tab", BOB)[-1])
    rig.desk.focus("^[+]1555")
    first, second = (eventually(lambda: screen.window(name), what=name) for name in (BOB, "+1555"))
    eventually(lambda: "Encrypted to 1 device" in ours(screen, first), what="the button in its own window")
    assert ours(screen, first).count("Pen Register") == ours(screen, second).count("Pen Register") == 1
    rig.desk.type_into("^bob", "From my own window.")
    rig.bob.wait("im-in", text="From my own window.")
    mark = re.compile(r"From my own window\.[^\n]*\[encrypted, (sent|accepted|delivered)\]")
    eventually(lambda: any(mark.search(item.text()) for item in screen.find("text", inside=first)), what="the mark")
    rig.desk.press(BUDDIES, "ctrl+u")
    rig.desk.focus(PLUGINS)
    for _ in range(TURNS):
        switch(rig, screen)
        eventually(lambda: not ours(screen, first) and not ours(screen, second), what="the end of our widgets")
        switch(rig, screen)
        eventually(lambda: "Encrypted to 1 device" in ours(screen, first) and "Pen Register" in ours(screen, second),
                   what="our widgets again")
    rig.desk.press("^bob", "ctrl+w")
    eventually(lambda: not screen.window(BOB), what="the window to close")
    assert "Pen Register" in ours(screen, second)


def pidgin_ends(rig):
    face(rig)
    end_pidgin(rig)


if __name__ == "__main__":
    wanted_tests = [globals()[name] for name in sys.argv[1:]]
    main(wanted_tests or [tab_comes_everywhere, ledger_is_worked_by_keys, export_dialog_is_worked_by_keys,
                          deleting_is_refused_by_keys, conversation_is_worked_by_keys, devices_are_worked_by_keys,
                          settings_are_worked_by_keys, every_control_has_a_name, tabs_are_read_at_once,
                          conversation_moves, pidgin_ends])
