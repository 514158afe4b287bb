#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our windows in a real Pidgin in a made-up language in which every text is 40 % longer: whatever is not in it was
never translated, and no letter may stand outside of what it belongs to."""

import importlib
import importlib.machinery
import importlib.util
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from desk import CONVERSATION, Client, bring, built_windows, end_pidgin, need, run_pidgin, write_config
from rig import EVENT_S, SOURCE_ROOT, Skip, eventually, main
from screen_reader import Program, walk
from penbox import layout

omemo_ours = importlib.import_module("test-omemo-ours")
BOB, NUMBER = "bob@" + layout.DOMAIN, "+15551230081"
OURS = {"gateway": layout.SMS, "directory": layout.DIRECTORY, "region": "US"}
BUDDIES = "^Buddy List$"
WORDS = ("label", "push button", "radio button", "check box", "page tab", "table column header", "menu item", "menu",
         "radio menu item")
# What GTK says, and what is no word: addresses, numbers, days, and a name before a colon.
NOT_OURS = re.compile(r"|(Cancel|Save|Close)|[^\s@]+@[^\s@]+|\S+\.\S+|[-+\d\s.,:/–()]+")
SLACK_PX, SCREEN_PX = 2, 1280
PIDGIN_LOCALE = "/usr/share/locale"


def translator():
    """What the check of all translations makes the language with."""
    path = os.path.join(SOURCE_ROOT, "tests", "lint", "check-translations")
    loader = importlib.machinery.SourceFileLoader("check_translations", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


LANGUAGE = translator()


def say(text):
    """TEXT in the made-up language, with its underlined letter or without."""
    return LANGUAGE.lengthen(text)


def window(text):
    return "^" + re.escape(say(text))


def write_catalogue(rig, folder, domain, messages):
    """A catalogue of this language in a folder of translations."""
    po = pathlib.Path(rig.dir) / (domain + ".po")
    po.write_text(LANGUAGE.pseudo(messages), encoding="utf-8")
    target = folder / LANGUAGE.PSEUDO / "LC_MESSAGES"
    target.mkdir(parents=True, exist_ok=True)
    subprocess.run(["msgfmt", f"--output-file={target / (domain + '.mo')}", str(po)], check=True, timeout=60)


def our_messages(rig):
    pot = pathlib.Path(rig.dir) / "penregister.pot"
    assert not LANGUAGE.extract(pathlib.Path(SOURCE_ROOT), pot)
    return [message for message in LANGUAGE.entries(pot) if message["msgid"]]


def enter(rig):
    """The words before a command that let it, and nothing else, find the language where translations are installed, or
    would be. GLib asks for one of the program itself, too: without it, it takes none of a plugin's."""
    with open(built_windows(), "rb") as library:
        ours = re.search(rb"/[\x21-\x7e]*/share/locale", library.read())[0].decode()
    shown = {}
    for place, domain, messages in ((ours, "penregister", our_messages(rig)), (PIDGIN_LOCALE, "pidgin", [])):
        place = pathlib.Path(place)
        there = next(folder for folder in (place, *place.parents) if folder.is_dir())
        folder = shown.setdefault(there, pathlib.Path(rig.dir) / f"shown-{len(shown)}")
        write_catalogue(rig, folder / place.relative_to(there), domain, messages)
    binds = [f"mount --bind {folder} {there} && " for there, folder in shown.items()]
    before = ["unshare", "--map-current-user", "--keep-caps", "--mount", "sh", "-c", "".join(binds) + 'exec "$0" "$@"']
    if subprocess.run([*before, "true"], capture_output=True, timeout=EVENT_S, check=False).returncode != 0:
        raise Skip("nothing can be mounted over the translations here")
    return before


def face(rig):
    need("xgettext", "msgfmt", "unshare")
    if not hasattr(rig, "reader"):
        run_pidgin(rig, lambda config: write_config(rig, config, "gtk-gaim", **OURS), enter(rig),
                   LANGUAGE=LANGUAGE.PSEUDO)
        rig.client = Client(rig.desk)
        # When its keys are published, a question that is open is put anew.
        eventually(lambda: omemo_ours.listed(rig, "alice@" + layout.DOMAIN), what="Alice's device")
        rig.reader = Program(rig.desk.address, "pidgin")
    return rig.client, rig.reader


# What is looked for

def is_translated(text):
    return LANGUAGE.FILLER in text or NOT_OURS.fullmatch(text)


def is_inside(letters, place):
    return (letters[0] >= place[0] - SLACK_PX and letters[1] >= place[1] - SLACK_PX
            and letters[0] + letters[2] <= place[0] + place[2] + SLACK_PX
            and letters[1] + letters[3] <= place[1] + place[3] + SLACK_PX)


def clipped(item, name, room):
    """Why a text on the screen cannot be read, or None. What scrolls may stand outside its window."""
    letters, place = item.letters(), item.place()
    if letters is None or letters[2] <= 0:
        return None
    if not is_inside(letters, place):
        return f"{name!r}: letters at {letters} do not fit into {place}"
    return None if room is None or is_inside(place, room) else f"{name!r}: {place} reaches out of {room}"


def check(rig, top, is_scrolled=False, skip=()):
    """Everything in TOP is translated, and all of it that is shown can be read."""
    room, wrong, count = None if is_scrolled else top.place(), [], 0
    for _, item in walk(top):
        role, name = item.role(), item.name()
        if role not in WORDS or not name or name in skip:
            continue
        count += 1
        if not is_translated(name):
            wrong.append(f"{role} {name!r} is not translated")
        elif item.is_shown() and role in ("label", "push button", "radio button", "check box", "table column header"):
            wrong += filter(None, [clipped(item, name, None if role == "table column header" else room)])
    assert count > 3 and top.place()[2] <= SCREEN_PX, (count, top.place())
    assert not wrong, "\n".join(wrong)


def top_window(rig, text):
    rig.desk.focus(window(text))
    return eventually(lambda: rig.reader.window(say(text)), what=text)


# The windows

def open_ledger(rig):
    _, screen = face(rig)
    screen.click("menu item", say("Metadata ledger"), shown=False)
    return screen, top_window(rig, "Metadata ledger")


def ledger_can_be_read(rig):
    """Both pages, and the dialogs for exporting and deleting."""
    screen, top = open_ledger(rig)
    table = screen.find("table", say("Rows of the ledger"))[0]
    eventually(lambda: table.n_rows() > 0, what="rows")

    def is_said():
        assert table.focus()
        rig.desk.press(window("Metadata ledger"), "Home")
        rig.desk.run("xdotool", "key", "space")
        return [name for name in screen.names("label")
                if ("now know" in name or "Nobody was told" in name) and LANGUAGE.FILLER in name]
    eventually(is_said, what="a sentence")
    rig.desk.picture("words-ledger")
    check(rig, top)
    rig.desk.press(window("Metadata ledger"), "alt+v")
    eventually(lambda: say("The ledger was read.") in screen.names("label"), what="the report")
    rig.desk.picture("words-exposure")
    check(rig, top)
    rig.desk.press(window("Metadata ledger"), "alt+r")
    rig.desk.press(window("Metadata ledger"), "alt+d")
    top = top_window(rig, "Delete old rows")
    eventually(lambda: say("No row is that old: nothing would be deleted.") in screen.names("label", inside=top),
               what="the count")
    check(rig, top)
    rig.desk.picture("words-delete")
    rig.desk.press(window("Delete old rows"), "Escape")
    rig.desk.press(window("Metadata ledger"), "Escape")


def devices_can_be_read(rig):
    """The window of devices with one's own in it."""
    _, screen = face(rig)
    screen.click("menu item", say("People and devices"), shown=False)
    top = top_window(rig, "People and devices")
    rig.desk.picture("words-devices")
    check(rig, top)
    rig.desk.press(window("People and devices"), "Escape")


def conversation_can_be_read(rig):
    """The notice, its buttons and the menu; then a held message and its question."""
    client, screen = face(rig)
    bring(rig, NUMBER)
    screen_of_talk = screen.window(NUMBER)
    eventually(lambda: [name for name in screen.names("label") if name.startswith("Writing to ")], what="the notice")
    check_talk(rig, screen, screen_of_talk)
    rig.desk.type_into(CONVERSATION, "Supper at nine?")
    rig.desk.focus(window("Message held"))
    question = screen.window(say("Message held"))
    check(rig, question, skip=[""])
    rig.desk.picture("words-question")
    rig.desk.press(window("Message held"), "Escape")
    eventually(lambda: [n for n in screen.names("push button") if LANGUAGE.FILLER in n and "nswer" in n], what="the button")
    rig.desk.picture("words-conversation")
    check_talk(rig, screen, screen_of_talk)
    assert client.lines(NUMBER)


def check_talk(rig, screen, top):
    """Our menu, and what is ours among Pidgin's own."""
    menu = [item for item in screen.find("menu", inside=top) if item.name().startswith("Pen Register")][0]
    check(rig, menu, is_scrolled=True)
    ours = [item for role in ("label", "push button") for item in screen.find(role, inside=top)
            if LANGUAGE.FILLER in item.name()]
    wrong = [why for item in ours for why in [clipped(item, item.name(), top.place())] if why]
    assert len(ours) >= 3 and not wrong, wrong


def settings_can_be_read(rig):
    """The page of our plugin, which scrolls up and down alone."""
    _, screen = face(rig)
    rig.desk.press(BUDDIES, "ctrl+u")
    rig.desk.focus("^Plugins$")
    cells = eventually(lambda: [item for item in screen.find("table cell", shown=False)
                                if say("Pen Register: metadata ledger") in item.name()], what="our plugin")
    cells[-1].focus()
    screen.click("push button", "Configure Plugin", shown=False)
    first = eventually(lambda: screen.find("radio button", say("When I send"), shown=False), what="the page")
    page = next(item for item in screen.top().children()
                if screen.find("radio button", say("When I send"), False, item))
    assert first
    eventually(lambda: say("The ledger is being added up…") not in screen.names("label", shown=False, inside=page),
               what="the numbers")
    rig.desk.picture("words-settings")
    check(rig, page, is_scrolled=True)
    pane = [item for item in screen.find("scroll pane", inside=page)][0].place()
    wide = [item.name() for role in ("label", "radio button") for item in screen.find(role, shown=False, inside=page)
            if item.place()[0] + item.place()[2] > pane[0] + pane[2]]
    assert not wide, wide
    rig.desk.press("^" + re.escape(page.name()), "Escape")


def pidgin_ends(rig):
    face(rig)
    end_pidgin(rig)


if __name__ == "__main__":
    wanted_tests = [globals()[name] for name in sys.argv[1:]]
    main(wanted_tests or [ledger_can_be_read, devices_can_be_read, conversation_can_be_read, settings_can_be_read,
                          pidgin_ends])
