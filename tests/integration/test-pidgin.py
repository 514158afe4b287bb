#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger window in a real Pidgin, found and pressed through AT-SPI as a
screen reader does; the ledger's file and the exported files are the witnesses."""

import contextlib
import csv
import json
import os
import re
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from desk import end_pidgin, start_pidgin
from rig import eventually, main
from penbox import layout

BOB, CAROL = "bob@" + layout.DOMAIN, "carol@" + layout.DOMAIN
# Asked as soon as a conversation opens: a row about a person costs the test one line.
OURS = {"gateway": layout.SMS, "directory": layout.DIRECTORY, "region": "US", "when": "typed"}
WINDOW, TABLE = "Metadata ledger", "Rows of the ledger"


class Screen:
    """What AT-SPI shows of Pidgin."""

    def __init__(self, desk):
        os.environ.update({name: desk.env[name] for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "XDG_RUNTIME_DIR")})
        import pyatspi, spi  # both read the environment when they are loaded
        spi.start()  # else a program that stands still for 0.8 s has not answered
        self.atspi = pyatspi
        self.desktop = pyatspi.Registry.getDesktop(0)

    def walk(self, node):
        """All that is under NODE; what vanishes meanwhile is left out."""
        stack = [node]
        while stack:
            at = stack.pop()
            yield at
            with contextlib.suppress(Exception):
                if at.getRoleName() in ("table", "tree table"):
                    continue
                stack += [child for child in (at.getChildAtIndex(i) for i in reversed(range(at.childCount)))
                          if child is not None]

    def find(self, name, role=None, under=None):
        def look():
            for node in self.walk(under or self.desktop):
                with contextlib.suppress(Exception):
                    if node.name == name and role in (None, node.getRoleName()):
                        return node
            return None
        return eventually(look, what=f"{role or 'something'} named {name!r}")

    def first(self, role, under):
        def look():
            for node in self.walk(under):
                with contextlib.suppress(Exception):
                    if node.getRoleName() == role:
                        return node
            return None
        return eventually(look, what="a " + role)

    def texts(self, under):
        """What the labels say."""
        found = []
        for node in self.walk(under):
            with contextlib.suppress(Exception):
                if node.getRoleName() == "label":
                    found.append(node.name)
        return found

    def press(self, node):
        """The first thing that can be done with it: click, press, activate."""
        node.queryAction().doAction(0)

    def write(self, node, text):
        node.queryEditableText().setTextContents(text)


class Ledger:
    """The window as a person with a screen reader has it."""

    def __init__(self, screen):
        self.screen = screen
        self.frame = screen.find(WINDOW, "frame")
        self.table = screen.find(TABLE, under=self.frame)

    def cell(self, row, column):
        with contextlib.suppress(Exception):
            return self.table.queryTable().getAccessibleAt(row, column).name
        return None

    def columns(self):
        table = self.table.queryTable()
        return [table.getColumnDescription(i) for i in range(table.nColumns)]

    def column(self, title):
        return self.columns().index(title)

    def length(self):
        return self.table.queryTable().nRows

    def said(self, part):
        """A label of the window that has this in it."""
        return eventually(lambda: [text for text in self.screen.texts(self.frame) if part in text],
                          what=f"a label with {part!r}")[0]

    def field(self, name, role="text"):
        return self.screen.find(name, role, self.frame)

    def button(self, name):
        return self.screen.find(name, "push button", self.frame)


def start(rig):
    """The running Pidgin, with both plugins and Alice's account."""
    if not hasattr(rig, "client"):
        start_pidgin(rig, **OURS)
        rig.screen = Screen(rig.desk)
    return rig.client


def rows(rig, where="1"):
    path = os.path.join(rig.config, "penregister", "penregister.db")
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        return database.execute(f"select row, address, account from ledger where {where} order by row desc").fetchall()


def about_bob(rig):
    return rows(rig, f"address = 'xmpp:{BOB}'")


def ledger(rig):
    """The window, opened from the menu by the first test that needs it."""
    client = start(rig)
    if not hasattr(rig, "window"):
        rig.desk.focus("^Buddy List$")
        for name in (BOB, CAROL):
            client.present(name)
            eventually(lambda: rows(rig, f"address = 'xmpp:{name}'"), what="a row about " + name)
        rig.screen.press(rig.screen.find(WINDOW, "menu item"))
        rig.window = Ledger(rig.screen)
        rig.desk.focus(f"^{WINDOW}$")
    return rig.window


def settled(rig, window, expected):
    """The rows that the ledger has, once the list holds as many."""
    def look():
        found = expected()
        return window.length() == len(found) and window.cell(0, 0) not in (None, "…") and [found]
    return eventually(look, what="the rows in the list")[0]


def ledger_opens(rig):
    """Tools has an entry that opens the window; its rows are the ledger's, newest first, each column has a name."""
    window = ledger(rig)
    about, account = window.column("About whom"), window.column("Account")

    def agrees():
        found = settled(rig, window, lambda: rows(rig))
        shown = [(window.cell(i, about), window.cell(i, account)) for i in range(min(5, len(found)))]
        return shown == [(re.sub(r"^\w+:", "", row[1]), row[2]) for row in found[:5]]
    eventually(agrees, what="the ledger's newest rows at the top of the list")
    assert all(window.columns()), window.columns()
    rig.desk.picture("ledger")


def ledger_filters(rig):
    """A person's name in its field leaves the rows about that person, and the line of totals says how many."""
    window = ledger(rig)
    rig.screen.write(window.field("Person"), BOB)
    found = settled(rig, window, lambda: about_bob(rig))
    about = window.column("About whom")
    eventually(lambda: {window.cell(i, about) for i in range(min(len(found), 8))} == {BOB}, what="rows about Bob alone")
    eventually(lambda: [text for text in rig.screen.texts(window.frame)
                        if f"Rows: {len(about_bob(rig))} · people: 1" in text], what="the totals")
    rig.desk.picture("ledger-filtered")


def ledger_is_live(rig):
    """What is asked while the window is open appears in it by itself."""
    window, before = ledger(rig), len(about_bob(rig))
    rig.client.present(BOB)
    rig.desk.type_into("^bob", "Are you there?")
    eventually(lambda: len(about_bob(rig)) > before, what="a new row")
    settled(rig, window, lambda: about_bob(rig))


def ledger_says_what_is_known(rig):
    """The selected row is put in a sentence."""
    window = ledger(rig)
    rig.desk.focus(f"^{WINDOW}$")
    assert window.table.queryTable().addRowSelection(0)
    sentence = window.said(BOB)
    assert layout.DOMAIN in sentence and "alice@" in sentence, sentence


def choose_format(rig, chooser, label):
    """The combo's own menu is pressed, as a screen reader does."""
    rig.screen.press(rig.screen.find(label, "menu item", chooser))


def export(rig, label, path):
    window = ledger(rig)
    rig.screen.press(window.button("Export…"))
    chooser = eventually(lambda: rig.screen.find("Export the rows that are shown"), what="the dialog")
    if label:
        choose_format(rig, chooser, label)
    rig.desk.focus("^Export the rows that are shown$")
    # The form, which is taken in an idle moment, names the file: what is written before that is written over.
    eventually(lambda: rig.screen.first("text", chooser).queryText().getText(0, -1)
               == "metadata-ledger" + os.path.splitext(path)[1], what="the name of the file")
    rig.screen.write(rig.screen.first("text", chooser), path)
    rig.screen.press(rig.screen.find("Export", "push button", chooser))
    window.said(path)
    assert os.stat(path).st_mode & 0o777 == 0o600, oct(os.stat(path).st_mode)


def ledger_exports(rig):
    """The filtered rows, and no others, as CSV, JSON and PDF, for their owner alone."""
    rig.screen.write(ledger(rig).field("Person"), BOB)
    found = [row[0] for row in reversed(settled(rig, ledger(rig), lambda: about_bob(rig)))]
    paths = {kind: os.path.join(rig.dir, "out." + kind) for kind in ("csv", "json", "pdf")}
    export(rig, None, paths["csv"])
    with open(paths["csv"], encoding="utf-8", newline="") as file:
        assert [int(row["row"]) for row in csv.DictReader(file)] == found
    export(rig, "JSON, for programs", paths["json"])
    with open(paths["json"], encoding="utf-8") as file:
        assert [row["row"] for row in json.load(file)] == found
    export(rig, "PDF, for paper", paths["pdf"])
    with open(paths["pdf"], "rb") as file:
        assert file.read(5) == b"%PDF-"


def conversation_menu_asks(rig):
    """A conversation's menu opens the window about its person."""
    window = ledger(rig)
    rig.screen.press(window.button("Show all"))
    settled(rig, window, lambda: rows(rig))
    rig.screen.press(rig.screen.find("What was asked about this person…", "menu item"))
    about = window.column("About whom")
    eventually(lambda: window.length() < len(rows(rig)) and window.cell(0, about) in (BOB, CAROL),
               what="the rows about one person")
    settled(rig, window, lambda: rows(rig, f"address = 'xmpp:{window.cell(0, about)}'"))


def ledger_deletes(rig):
    """What will be gone is said first; then it is gone, from the list and from the file."""
    window = ledger(rig)
    rig.screen.press(window.button("Delete old rows…"))
    dialog = rig.screen.find("Delete old rows", "dialog")
    spin = rig.screen.find("Days", "spin button", dialog)
    eventually(lambda: any("No row is that old" in text for text in rig.screen.texts(dialog)), what="the count")
    newest = rows(rig)[0][0]
    spin.queryValue().currentValue = 0
    eventually(lambda: any("Gone for good" in text for text in rig.screen.texts(dialog)), what="what will be gone")
    rig.screen.press(rig.screen.find("Delete", "push button", dialog))
    window.said("Rows deleted:")
    assert not [row for row in rows(rig) if row[0] <= newest]
    rig.screen.press(window.button("Show all"))
    settled_or_empty(rig, window)


def settled_or_empty(rig, window):
    eventually(lambda: window.length() == len(rows(rig)), what="the rows that are left")


def switch(rig, plugins):
    """The tick in front of our plugin in the Plugins window."""
    table = next(node for node in rig.screen.walk(plugins) if node.getRoleName() in ("table", "tree table"))
    cells = table.queryTable()
    row = next(i for i in range(cells.nRows) if cells.getAccessibleAt(i, 1)
               and cells.getAccessibleAt(i, 1).name.startswith("Pen Register: metadata ledger"))
    tick = cells.getAccessibleAt(row, 0).queryAction()
    tick.doAction([tick.getName(i) for i in range(tick.nActions)].index("toggle"))


def plugin_loads_again(rig):
    """Taken out and put back twenty times, with its window open: the window goes, and nothing is complained of."""
    start(rig)
    rig.desk.press("^Buddy List$", "ctrl+u")
    plugins = rig.screen.find("Plugins", "dialog")
    for _ in range(20):
        rig.screen.press(rig.screen.find(WINDOW, "menu item"))
        eventually(lambda: rig.desk.windows(f"^{WINDOW}$"), what="the window")
        switch(rig, plugins)
        eventually(lambda: not rig.desk.windows(f"^{WINDOW}$"), what="the window's end")
        switch(rig, plugins)
    rig.screen.find(WINDOW, "menu item")
    assert rig.pidgin.poll() is None


def pidgin_has_no_complaint(rig):
    """It ends by itself, and its log blames nobody."""
    start(rig)
    end_pidgin(rig)


if __name__ == "__main__":
    wanted = [globals()[name] for name in sys.argv[1:]]
    main(wanted or [ledger_opens, ledger_filters, ledger_is_live, ledger_says_what_is_known, ledger_exports,
                    conversation_menu_asks, ledger_deletes, plugin_loads_again, pidgin_has_no_complaint])
