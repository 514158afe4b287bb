#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new user's way in a real Pidgin, from no account at all: the account, an
encrypted message, an SMS, the ledger of both, a filter, an export, another
policy. Done by typing and pressing, read as a screen reader does; the other
side, the modem, the ledger's file and the exported files are the witnesses.

PEN_PICTURES names a folder for pictures of each step."""

import contextlib
import csv
import importlib
import os
import re
import shutil
import sqlite3
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from desk import PREFS, Client, end_pidgin, run_pidgin
from rig import eventually, main
from screen_reader import CHECKED, Program
from penbox import layout

omemo_ours = importlib.import_module("test-omemo-ours")
ALICE, BOB = "alice@" + layout.DOMAIN, "bob@" + layout.DOMAIN
TYPED, NUMBER = "(555) 123-0070", "+15551230070"
BUDDIES, ACCOUNTS, ADDING, LEDGER = "^Buddy List$", "^Accounts$", "^Add Account$", "^Metadata ledger$"
TO_NUMBER, HELD, EXPORT = "^" + re.escape(NUMBER) + "$", "^Message held$", "^Export the rows that are shown$"
POLICY, CHANGE = "How people are asked about", "Change it to “Only what servers tell by themselves”?"
ROWS = "Rows of the ledger"


def write_fresh(config):
    """What somebody has who has just installed both plugins."""
    os.makedirs(os.path.join(config, "plugins"))
    shutil.copy(os.path.join(os.environ["PEN_PLUGIN_DIR"], "libpenregister.so"), os.path.join(config, "plugins"))
    with open(os.path.join(config, "prefs.xml"), "w", encoding="utf-8") as file:
        file.write(PREFS)


def screen_of(rig):
    """Pidgin, started by the first who asks."""
    if not hasattr(rig, "reader"):
        run_pidgin(rig, write_fresh)
        rig.reader = Program(rig.desk.address, "pidgin")
    return rig.reader


def ledger_rows(rig, where="1"):
    path = os.path.join(rig.config, "penregister", "penregister.db")
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        return database.execute(f"select row, address from ledger where {where} order by row desc").fetchall()


def push(rig, window, name):
    """Goes to the button and presses the space bar. (Pressed from outside, a button that ends its own window makes GTK
    complain.)"""
    rig.desk.focus(window)
    assert eventually(lambda: rig.reader.find("push button", name), what=name)[-1].focus()
    rig.desk.press(window, "space")


# The account

def fill_field(rig, dialog, label, text, role="text"):
    """A field is gone to, and what is in it is written over."""
    assert rig.reader.labelled(role, label, dialog).focus()
    rig.desk.run("xdotool", "key", "ctrl+a")
    rig.desk.run("xdotool", "type", "--delay", "8", text)
    shown = "•" if role == "password text" else text
    eventually(lambda: shown in rig.reader.labelled(role, label, dialog).text() or role != "text", what=label)


def account_is_added(rig):
    """In Pidgin's own dialog, where the protocol stands among the others: then Alice is online."""
    screen = screen_of(rig)
    rig.desk.press(ACCOUNTS, "alt+a")
    dialog = eventually(lambda: screen.window("Add Account"), what="the dialog")
    screen.click("menu item", "Pen Register", shown=False, inside=dialog)
    eventually(lambda: screen.find("combo box", "Pen Register", inside=dialog), what="our protocol")
    rig.desk.run("xdotool", "windowmove", "--sync", rig.desk.focus(ADDING), "260", "20")
    for label, text in (("Username", "alice"), ("Domain", layout.DOMAIN), ("Resource", "desk")):
        fill_field(rig, dialog, label, text)
    fill_field(rig, dialog, "Password", rig.box["accounts"]["alice"]["password"], "password text")
    rig.desk.picture("way-account")
    rig.desk.press(ADDING, "ctrl+Next")
    set_connection(rig, screen, dialog)
    rig.desk.picture("way-options")
    push(rig, ADDING, "Add")
    rig.client = Client(rig.desk)
    eventually(lambda: not rig.desk.windows(ADDING), what="the dialog to close")
    rig.desk.press(ACCOUNTS, "alt+c")
    # Found by itself: the server's items are asked one by one after signing on.
    eventually(lambda: [s for s in rig.stanzas() if s["direction"] == "out" and s["user"].startswith(ALICE)
                        and layout.DIRECTORY in s["xml"] and "disco#info" in s["xml"]], what="what the directory is")


def set_connection(rig, screen, dialog):
    """What this server needs, which has neither DNS nor a certificate; gateway and directory are found."""
    tab = screen.find("page tab", "Advanced", inside=dialog)[0]
    eventually(lambda: screen.find("text", inside=tab), what="the second page")
    screen.click("menu item", "Use encryption if available", shown=False, inside=dialog)
    allowed = screen.click("check box", "Allow plaintext auth over unencrypted streams", inside=dialog)
    eventually(lambda: allowed.has(CHECKED), what="the tick")
    fill_field(rig, dialog, "Connect port", str(rig.box["port"]))
    fill_field(rig, dialog, "Connect server", rig.box["host"])
    fill_field(rig, dialog, "Country of national numbers (two letters)", "US")
    fill_field(rig, dialog, "SMS gateway (empty: found by itself)", layout.SMS)


# The messages

def write_to(rig, typed):
    """Pidgin's own dialog for a new conversation."""
    rig.desk.press(BUDDIES, "ctrl+m")
    rig.desk.type_into("^New Instant Message$", typed)


def says(screen, part):
    return eventually(lambda: [name for name in screen.names("push button") if part in name], what=f"a button: {part}")


def marked(screen, text, mark):
    """The line with TEXT ends with MARK."""
    wanted = re.compile(re.escape(text) + r"[^\n]*" + mark)
    return eventually(lambda: any(wanted.search(item.text()) for item in screen.find("text")),
                      what=f"{text!r} marked {mark!r}")


def encrypted_message_is_read(rig):
    """A contact with keys: who is asked is said first, then Bob reads what was encrypted, and answers."""
    screen = screen_of(rig)
    rig.bob = rig.harness()
    account = rig.account(rig.bob, "bob")
    eventually(lambda: omemo_ours.listed(rig, BOB), what="Bob's device")
    write_to(rig, BOB)
    rig.desk.focus("^bob")
    says(screen, "Not looked up yet")
    eventually(lambda: [n for n in screen.names("label") if n.startswith(f"Writing to {BOB} asks about this address")],
               what="the notice")
    rig.desk.type_into("^bob", "Bob, this is my new program.")
    came = rig.bob.wait("im-in", text="Bob, this is my new program.")
    assert came["route"] == "encrypted", came
    says(screen, "Encrypted to 1 device")
    rig.bob.do("send", account=account, to=ALICE, text="Welcome!")
    marked(screen, "Welcome!", r"\[encrypted\]")
    marked(screen, "Bob, this is my new program.", r"\[encrypted, (sent|accepted|delivered)\]")
    rig.desk.picture("way-encrypted")
    assert not [s for s in rig.stanzas() if "this is my new program" in s["xml"]]


def sms_is_asked_about_first(rig):
    """A number in its national form: the question names the gateway and the price, and only its answer sends."""
    screen = screen_of(rig)
    write_to(rig, TYPED)
    rig.desk.focus(TO_NUMBER)
    rig.desk.type_into(TO_NUMBER, "Supper at eight?")
    rig.desk.focus(HELD)
    said = eventually(lambda: "\n".join(screen.names("label", inside=screen.window("Message held"))), what="the words")
    for part in (TYPED, layout.SMS, "unencrypted", "cost money", "Supper at eight?"):
        assert part in said, (part, said)
    rig.desk.picture("way-consent")
    assert not rig.run("sms", "list")
    rig.desk.press(HELD, "alt+s")
    sent = eventually(lambda: rig.run("sms", "list"), what="the SMS")
    assert [(sms["number"], sms["text"]) for sms in sent] == [(NUMBER, "Supper at eight?")], sent
    rig.desk.focus(TO_NUMBER)
    marked(screen, "Supper at eight?", r"\[SMS, not encrypted, (accepted by the gateway|delivered)\]")
    rig.desk.picture("way-sms")


# The ledger

def cells(screen, column, rows):
    """What stands in this column of the first rows."""
    table = screen.find("table", ROWS)[0]
    place = table.titles().index(column)
    found = [table.cell(row, place) for row in range(min(rows, table.n_rows()))]
    return [cell.name() if cell else "" for cell in found]


def is_settled(rig, screen, where="1"):
    expected = ledger_rows(rig, where)
    table = screen.find("table", ROWS)[0]
    return (table.n_rows() == len(expected)
            and cells(screen, "About whom", 5) == [re.sub(r"^\w+:", "", address) for _, address in expected[:5]])


def ledger_shows_both(rig):
    """Tools, Metadata ledger: what was asked about Bob and about the number, and both messages, newest first."""
    screen = screen_of(rig)
    rig.desk.focus(BUDDIES)
    screen.click("menu item", "Metadata ledger", shown=False)
    rig.desk.focus(LEDGER)
    eventually(lambda: is_settled(rig, screen), what="the rows as they stand in the file")

    def told():
        count = screen.find("table", ROWS)[0].n_rows()
        return set(zip(*(cells(screen, title, count) for title in ("About whom", "What was asked", "Who learned it"))))
    for who, what, part in ((BOB, "list of devices", layout.DOMAIN), (BOB, "keys of a device", layout.DOMAIN),
                            (BOB, "delivery", layout.DOMAIN), (NUMBER, "phone directory", layout.DIRECTORY),
                            (NUMBER, "delivery", layout.SMS)):
        eventually(lambda: [line for line in told() if line[:2] == (who, what) and part in line[2]],
                   what=f"a row about {who}, {what}, at {part}")
    rig.desk.picture("way-ledger")


def ledger_is_filtered(rig):
    """A number in its national form leaves its rows; the totals count them, and one of them is put in a sentence."""
    screen = screen_of(rig)
    where = f"address = 'tel:{NUMBER}'"
    rig.desk.press(LEDGER, "alt+p")
    rig.desk.run("xdotool", "type", "--delay", "15", TYPED)
    eventually(lambda: is_settled(rig, screen, where), what="the rows about the number")
    eventually(lambda: [n for n in screen.names("label")
                        if n.startswith(f"Rows: {len(ledger_rows(rig, where))} · people: 1")], what="the totals")
    assert screen.find("table", ROWS)[0].focus()
    rig.desk.press(LEDGER, "Home")
    rig.desk.run("xdotool", "key", "space")
    eventually(lambda: [n for n in screen.names("label") if NUMBER in n and "know that " + ALICE in n],
               what="the sentence")
    rig.desk.picture("way-filter")


def export(rig, screen, label, path):
    rig.desk.press(LEDGER, "ctrl+e")
    chooser = eventually(lambda: screen.window("Export the rows"), what="the dialog")
    screen.click("menu item", label, shown=False, inside=chooser)
    # The form, which is taken in an idle moment, names the file: what is typed before that is written over.
    eventually(lambda: [item for item in screen.find("text", inside=chooser)
                        if item.text() == "metadata-ledger" + os.path.splitext(path)[1]], what="the name of the file")
    rig.desk.focus(EXPORT)
    rig.desk.run("xdotool", "key", "alt+n", "ctrl+a")
    rig.desk.run("xdotool", "type", "--delay", "8", path)
    rig.desk.picture("way-export")
    rig.desk.run("xdotool", "key", "Return")
    eventually(lambda: [n for n in screen.names("label") if path in n], what="the words that it was written")
    assert os.stat(path).st_mode & 0o777 == 0o600, oct(os.stat(path).st_mode)


def paper_text(pdf):
    """What its pages say, without blanks: letters stand in brackets, in streams that are packed."""
    found = b""
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S):
        with contextlib.suppress(zlib.error):
            page = zlib.decompress(stream)
            if b" Tf" in page:
                found += b"".join(re.findall(rb"\(((?:\\.|[^\\)])*)\)", page))
    return found.decode("latin-1").replace(" ", "")


def rows_are_exported(rig):
    """The filtered rows and no others, as a table and as paper."""
    screen = screen_of(rig)
    paths = [os.path.join(rig.dir, "way." + kind) for kind in ("csv", "pdf")]
    export(rig, screen, "CSV, for a spreadsheet", paths[0])
    with open(paths[0], encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    expected = ledger_rows(rig, f"address = 'tel:{NUMBER}'")
    assert [(int(line["row"]), line["address"]) for line in lines] == expected[::-1], (lines, expected)
    assert layout.SMS in lines[-1]["observers"] and lines[-1]["kind"] == "delivery", lines[-1]
    export(rig, screen, "PDF, for paper", paths[1])
    with open(paths[1], "rb") as file:
        pdf = file.read()
    assert pdf.startswith(b"%PDF-1.") and pdf.rstrip().endswith(b"%%EOF"), pdf[:20]
    text = paper_text(pdf)
    assert text.count(NUMBER) == len(expected) and layout.SMS in text and BOB not in text, text
    rig.desk.press(LEDGER, "ctrl+w")
    eventually(lambda: not rig.desk.windows(LEDGER), what="the window to close")


# The policy

def policy_in_force(rig):
    """As the conversation in front tells it when asked."""
    before = len(rig.client.lines(NUMBER))
    rig.desk.type_into(TO_NUMBER, "/pen policy")
    return eventually(lambda: rig.client.texts(NUMBER)[before:], what="an answer")[-1]


def policy_is_changed(rig):
    """Accounts, alice, How people are asked about: what it changes is read before it holds, and then it holds."""
    screen = screen_of(rig)
    rig.desk.focus(BUDDIES)
    screen.click("menu item", POLICY + "…", shown=False)
    rig.desk.focus("^" + POLICY + "$")
    assert screen.find("radio button", "When I send")[0].has(CHECKED)
    chosen = screen.click("radio button", "Only what servers tell by themselves")
    eventually(lambda: chosen.has(CHECKED), what="the choice")
    rig.desk.press("^" + POLICY + "$", "alt+g")
    said = eventually(lambda: [n for n in screen.names("label") if CHANGE in n], what="the question")
    for part in ("For everybody whom", "asks about", "Nobody is asked"):
        assert part in said[-1], (part, said)
    rig.desk.picture("way-policy")
    assert "When I send" in policy_in_force(rig), rig.client.texts(NUMBER)
    rig.desk.press("^" + POLICY + "$", "alt+h")
    eventually(lambda: "Only what servers tell by themselves" in policy_in_force(rig), what="the other policy")
    rig.desk.press("^" + POLICY + "$", "Escape")
    count = len(ledger_rows(rig, "attempts > 0 and address like '%c01@%'"))
    write_to(rig, "c01@" + layout.DOMAIN)
    rig.desk.focus("^c01")
    says(screen, "Not looked up: your policy")
    assert len(ledger_rows(rig, "attempts > 0 and address like '%c01@%'")) == count


def pidgin_ends(rig):
    screen_of(rig)
    end_pidgin(rig)


if __name__ == "__main__":
    wanted_tests = [globals()[name] for name in sys.argv[1:]]
    main(wanted_tests or [account_is_added, encrypted_message_is_read, sms_is_asked_about_first, ledger_shows_both,
                          ledger_is_filtered, rows_are_exported, policy_is_changed, pidgin_ends])
