#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not harm our windows in a real Pidgin: names that are markup, that
turn the line round or fill a page; a ledger that is locked or broken while its
window is open; an account that is deleted while questions about it are open."""

import contextlib
import importlib
import os
import re
import sqlite3
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from desk import CONVERSATION, complaints, end_pidgin, start_pidgin
from rig import eventually, main
from screen_reader import SENSITIVE, Program
from penbox import layout

omemo_ours = importlib.import_module("test-omemo-ours")
BOB, NUMBER = "bob@" + layout.DOMAIN, "+15551230081"
OURS = {"gateway": layout.SMS, "directory": layout.DIRECTORY, "region": "US"}
BUDDIES, LEDGER, PEOPLE, PLUGINS = "^Buddy List$", "^Metadata ledger$", "^People and devices$", "^Plugins$"
HELD, DELETE, ROWS = "^Message held$", "^Delete old rows$", "Rows of the ledger"
PLUGIN, REPORT = "Pen Register: metadata ledger", "What they could hand over, as a table"
MARKUP, TURNED, LONG = "<b>bold</b> &amp; <span size='900000'>x", "evil\u202egnp.elif\u2066\x07", "n" * 10_000
HARMLESS_TURNED = "evil\ufffdgnp.elif\ufffd\ufffd"
CELL_CHARS, NAME_CHARS, STANZA = 120, 80, "odd-name"
COLUMNS = ("at_us, account, kind, address, cover, trigger, observers, observer_bits, source, stanza, attempts, bytes_out,"
           " bytes_in, status, answered_at_us, result, batch, disclosed, rule, retained_until_us")
GARBAGE_BYTES = 1 << 20


def face(rig):
    if not hasattr(rig, "reader"):
        start_pidgin(rig, **OURS)
        rig.reader = Program(rig.desk.address, "pidgin")
    return rig.client, rig.reader


def store(rig):
    return os.path.join(rig.config, "penregister", "penregister.db")


def writer(rig):
    return contextlib.closing(sqlite3.connect(store(rig), timeout=10, isolation_level=None))


def open_ledger(rig):
    screen = face(rig)[1]
    if not rig.desk.windows(LEDGER):
        screen.click("menu item", "Metadata ledger", shown=False)
    rig.desk.focus(LEDGER)
    return screen, eventually(lambda: screen.find("table", ROWS), what="the table")[0]


def labels(screen, inside=None):
    return screen.names("label", inside=inside)


def told(screen, part, inside=None):
    return eventually(lambda: [name for name in labels(screen, inside) if part in name], what=f"a label: {part}")[-1]


def is_alive(rig):
    """It answers, and its windows are drawn."""
    assert rig.pidgin.poll() is None, rig.pidgin.returncode
    assert rig.client.purple.PurpleCoreGetUi() == "gtk-gaim"


# Names

def add_rows(rig, *names):
    """As if such names had been asked about: in address, account, host, result and rule."""
    with writer(rig) as database:
        for name in names:
            now = int(time.time() * 1_000_000)
            database.execute(f"insert into ledger ({COLUMNS}) values ({', '.join('?' * 20)})",
                             (now, name, 0, "xmpp:" + name, 0, 2, "home:" + name.replace(" ", ""), 1, name, STANZA, 1,
                              9, 9, 2, now, name, None, 0, name, now))


def names_in_rows_are_shown_as_they_are(rig):
    """Markup is letters, what turns the line round is replaced, and what fills a page is cut with a mark."""
    screen, table = open_ledger(rig)
    eventually(lambda: table.n_rows() > 0, what="rows")
    # What the account asks meanwhile is not to stand among them.
    rig.desk.press(LEDGER, "alt+x")
    rig.desk.run("xdotool", "type", "--delay", "15", STANZA)
    eventually(lambda: table.n_rows() == 0, what="no row yet")
    add_rows(rig, LONG, TURNED, MARKUP)
    rig.desk.press(LEDGER, "F5")
    column = table.titles().index
    eventually(lambda: table.n_rows() == 3 and table.cell(0, column("About whom")).name() == MARKUP, what="new rows")
    for row, wanted in enumerate((MARKUP, HARMLESS_TURNED, LONG[:CELL_CHARS] + "…")):
        for title in ("About whom", "Account"):
            assert table.cell(row, column(title)).name() == wanted, (title, table.cell(row, column(title)).name()[:200])
        assert table.cell(row, column("Result")).name() == "answered: " + wanted
        assert min(table.cell(row, column("About whom")).size()) > 0
    assert table.focus()
    rig.desk.press(LEDGER, "Home")
    for wanted in (MARKUP, HARMLESS_TURNED, LONG[:CELL_CHARS] + "…"):
        rig.desk.run("xdotool", "key", "space")
        sentence = told(screen, f"asked which devices {wanted} has")
        assert "\u202e" not in sentence and len(sentence) < 2000, len(sentence)
        rig.desk.run("xdotool", "key", "Down")
    rig.desk.picture("bad-rows")
    rig.desk.press(LEDGER, "alt+v")
    eventually(lambda: any(HARMLESS_TURNED in cell.name() for found in screen.find("table", REPORT)
                           for cell in screen.find("table cell", shown=False, inside=found)), what="the report")
    rig.desk.press(LEDGER, "alt+r")
    rig.desk.press(LEDGER, "alt+l")
    eventually(lambda: table.n_rows() > 3, what="all rows")
    is_alive(rig)


def names_in_the_roster_do_no_harm(rig):
    """As names and as aliases of buddies: conversations open, and what is said of them stays readable."""
    client, screen = face(rig)
    purple = client.purple
    group = purple.PurpleGroupNew("Odd")
    purple.PurpleBlistAddGroup(group, 0)
    domain = "@" + layout.DOMAIN
    names = {BOB: MARKUP, "c02" + domain: TURNED.replace("\x07", ""), "c03" + domain: LONG, "n" * 1000 + domain: "Long",
             TURNED.replace("\x07", "") + domain: "Turned", "<b>x</b>" + domain: MARKUP, LONG + domain: LONG}
    buddies = []
    for name, alias in names.items():
        buddy = purple.PurpleBuddyNew(client.account, name, alias)
        purple.PurpleBlistAddBuddy(buddy, 0, group, 0)
        buddies.append(buddy)
        conversation = purple.PurpleConversationNew(1, client.account, name)
        if conversation:
            purple.PurpleConversationPresent(conversation)
    open_names = [str(purple.PurpleConversationGetName(found)) for found in purple.PurpleGetIms()]
    assert len(open_names) >= 4, open_names
    notices = eventually(lambda: [name for name in screen.names("label", shown=False) if name.startswith("Writing to ")],
                         what="the notices")
    assert all(len(text) < 3 * NAME_CHARS + 100 and "\u202e" not in text for text in notices), notices
    for name in open_names:
        purple.PurpleConversationDestroy(client.conversation(name))
    for buddy in buddies:
        purple.PurpleBlistRemoveBuddy(buddy)
    is_alive(rig)


# The ledger

def locked_ledger_says_so(rig):
    """Another program holds it: what is there can be read, deleting says why not, and works once it is free."""
    screen, table = open_ledger(rig)
    with writer(rig) as database:
        database.execute("begin exclusive")
        before = database.execute("select count(*) from ledger").fetchone()[0]
        rig.desk.press(LEDGER, "F5")
        eventually(lambda: table.n_rows() == before, what="the rows all the same")
        delete_all(rig, screen)
        said = told(screen, "is in use by another program")
        assert "Close that program and try again" in said, said
        rig.desk.picture("bad-locked")
        assert table.n_rows() == before
        database.execute("rollback")
    delete_all(rig, screen)
    told(screen, "Rows deleted:")
    eventually(lambda: table.n_rows() < before, what="fewer rows")
    is_alive(rig)


def delete_all(rig, screen):
    rig.desk.press(LEDGER, "alt+d")
    rig.desk.press(DELETE, "alt+o")
    rig.desk.run("xdotool", "key", "ctrl+a")
    rig.desk.run("xdotool", "type", "0\t")
    dialog = screen.window("Delete old rows")
    told(screen, "Gone for good will be", dialog)
    button = screen.find("push button", "Delete", inside=dialog)[0]
    assert eventually(lambda: button.has(SENSITIVE), what="the button") and button.focus()
    rig.desk.press(DELETE, "space")
    eventually(lambda: not rig.desk.windows(DELETE), what="the dialog to close")


def broken_ledger_says_so(rig):
    """Overwritten while its window is open: the window says what happened and what to do, again when opened again."""
    screen, _ = open_ledger(rig)
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError), open(store(rig) + ending, "r+b") as file:
            file.write(os.urandom(GARBAGE_BYTES))
    for _ in range(2):
        rig.desk.press(LEDGER, "F5")
        said = told(screen, "The ledger cannot be read")
        assert "is damaged" in said and "Start the program again" in said, said
        rig.desk.picture("bad-broken")
        rig.desk.press(LEDGER, "alt+v")
        eventually(lambda: screen.find("table", REPORT), what="the report's page")
        rig.desk.press(LEDGER, "alt+g")
        eventually(lambda: [name for name in labels(screen) if "is damaged" in name], what="the report's words")
        rig.desk.press(LEDGER, "ctrl+w")
        eventually(lambda: not rig.desk.windows(LEDGER), what="the window to close")
        open_ledger(rig)
    is_alive(rig)


# The account

def open_questions(rig, screen):
    """A held message, a device to compare, a page of settings that asks, and both of our windows."""
    rig.client.present(BOB)
    rig.desk.type_into("^bob", "First.")
    rig.bob.wait("im-in", text="First.")
    rig.client.purple.PurpleConversationDestroy(rig.client.conversation(BOB))
    open_ledger(rig)
    rig.desk.press(LEDGER, "alt+v")
    eventually(lambda: "The ledger was read." in labels(screen), what="the report")
    screen.click("menu item", "alice@" + layout.DOMAIN, shown=False,
                 inside=screen.find("combo box", "Account of yours:", inside=screen.window("Metadata ledger"))[0])
    screen.click("menu item", "People and devices", shown=False)
    rig.desk.press(PEOPLE, "alt+p")
    rig.desk.type_into(PEOPLE, BOB)
    rig.desk.press(PEOPLE, "alt+t")
    rig.desk.focus("^Does the device show the same")
    rig.client.present(NUMBER)
    rig.desk.type_into("^" + re.escape(NUMBER), "Supper at nine?")
    rig.desk.focus(HELD)


def account_goes_with_its_questions(rig):
    """Deleted while all that is open: the questions go, nothing falls over, and the windows are of use all the same."""
    client, screen = face(rig)
    rig.bob = rig.harness()
    rig.account(rig.bob, "bob")
    eventually(lambda: omemo_ours.listed(rig, BOB), what="Bob's device")
    open_questions(rig, screen)
    client.purple.PurpleAccountsDelete(client.account)
    for window in (HELD, "^Does the device show the same"):
        eventually(lambda: not rig.desk.windows(window), what=f"{window} to go")
    eventually(lambda: not rig.desk.windows(CONVERSATION), what="the conversation to go")
    told(screen, "There is no account of Pen Register yet", screen.window("People and devices"))
    rig.desk.press(PEOPLE, "alt+s")
    rig.desk.press(PEOPLE, "Escape")
    rig.desk.press(LEDGER, "alt+g")
    told(screen, "The ledger was read.", screen.window("Metadata ledger"))
    rig.desk.press(LEDGER, "alt+r")
    rig.desk.press(LEDGER, "F5")
    table = eventually(lambda: screen.find("table", ROWS), what="the table")[0]
    account = table.titles().index("Account")
    eventually(lambda: table.n_rows() > 0 and table.cell(0, account).name() == "alice@" + layout.DOMAIN, what="its rows")
    assert not rig.run("sms", "list")
    is_alive(rig)


def pidgin_ends(rig):
    """With the broken ledger's window open."""
    face(rig)
    end_pidgin(rig)


if __name__ == "__main__":
    wanted_tests = [globals()[name] for name in sys.argv[1:]]
    main(wanted_tests or [names_in_rows_are_shown_as_they_are, names_in_the_roster_do_no_harm, locked_ledger_says_so,
                          account_goes_with_its_questions, broken_ledger_says_so, pidgin_ends])
