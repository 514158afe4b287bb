#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What they could hand over, people and devices, and the page of settings, in
a real Pidgin: read as a screen reader does, worked by keys and buttons. The
ledger's file, the server and the saved files are the witnesses.

PEN_PICTURES names a folder for pictures of each."""

import contextlib
import importlib
import os
import shutil
import sqlite3
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from desk import bring, end_pidgin, start_pidgin
from rig import eventually, main
from screen_reader import CHECKED, Program
from penbox import layout

conv = importlib.import_module("test-pidgin-conv")
omemo_ours = importlib.import_module("test-omemo-ours")
BOB = conv.BOB
TABLE, DEVICES = "What they could hand over, as a table", "Devices"
LEDGER, PEOPLE, PLUGINS = "^Metadata ledger$", "^People and devices$", "^Plugins$"
PAGE, POLICY = "^Pen Register: metadata ledger$", "^How people are asked about$"
NEVER, PADDED = "Only what servers tell by themselves", "Together, padded with strangers' numbers"
COLUMNS = 13
LOADS = 3


def face(rig):
    """Pidgin with an encrypted message to Bob behind it."""
    if not hasattr(rig, "reader"):
        client = start_pidgin(rig, **conv.OURS)
        rig.reader = Program(rig.desk.address, "pidgin")
        rig.bob = rig.harness()
        rig.bob_account = rig.account(rig.bob, "bob")
        eventually(lambda: omemo_ours.listed(rig, BOB), what="Bob's device")
        client.present(BOB)
        rig.desk.type_into("^bob", "Bob, look at my screen.")
        rig.bob.wait("im-in", text="Bob, look at my screen.")
    return rig.client, rig.reader


def lines(screen, table, columns):
    """The table's lines on the screen, as lists of texts; none where it was filled anew while it was read."""
    found = screen.find("table", table)
    cells = screen.names("table cell", shown=False, inside=found[-1]) if found else []
    return [cells[i:i + columns] for i in range(0, len(cells), columns)] if len(cells) % columns == 0 else []


def left(rig, observer):
    """(lookups, people, deliveries) by the ledger's own file."""
    path = os.path.join(rig.config, "penregister", "penregister.db")
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        kinds, asked = {}, set()
        for kind, address, observers, status, attempts in database.execute(
                "select kind, address, observers, status, attempts from ledger"):
            if observer in observers.split() and (attempts > 0 or status not in (5, 6)):
                kinds[kind == 11] = kinds.get(kind == 11, 0) + 1
                if kind != 11 and (not address.startswith("xmpp:") or "@" in address):  # a host is nobody
                    asked.add(address)
    return [str(n) for n in (kinds.get(False, 0), len(asked), kinds.get(True, 0))]


def states(screen):
    return screen.names("label")


# What they could hand over

def open_exposure(rig):
    _, screen = face(rig)
    if not rig.desk.windows(LEDGER):
        screen.click("menu item", "Metadata ledger", shown=False)
        rig.desk.focus(LEDGER)
        rig.desk.press(LEDGER, "alt+v")
    eventually(lambda: "The ledger was read." in states(screen), what="the report")
    return screen


def exposure_has_the_numbers(rig):
    """The tab opens by its key; its table says of our server what the ledger's file holds, and a picture is there."""
    screen = open_exposure(rig)
    observer = "home:" + layout.DOMAIN

    def agrees():
        rows = {line[0]: line for line in lines(screen, TABLE, COLUMNS)}
        mine = rows.get("your server: " + layout.DOMAIN)
        if mine is not None and [mine[1], mine[2], mine[6]] == left(rig, observer):
            return mine
        screen.click("push button", "Read again")
        return None
    line = eventually(agrees, what="the table to say what the ledger says")
    assert int(line[1]) > 0 and int(line[6]) > 0 and "exact to 1 second" in line[10], line
    drawn = screen.find("drawing area", "Timeline")
    said = drawn[-1].description()
    assert "your server: " + layout.DOMAIN in said and "As in 2016" in said and "It can hold " in said, said
    rig.desk.picture("exposure")


def observer_is_chosen(rig):
    """Choosing an observer and a window leaves its line alone, in table and picture."""
    screen = open_exposure(rig)
    screen.click("menu item", "your server: " + layout.DOMAIN, shown=False)
    only = eventually(lambda: len(found := lines(screen, TABLE, COLUMNS)) == 1 and found, what="one line")
    drawn = screen.find("drawing area", "Timeline")[-1]
    assert only[0][0] in drawn.description() and drawn.description().count("As in 2016") == 1
    windows = [name for name in screen.names("menu item", shown=False) if " – " in name]
    assert len(windows) == 1, windows
    screen.click("menu item", windows[0], shown=False)
    screen.click("menu item", "the last 90 days", shown=False)
    eventually(lambda: len([n for n in screen.names("menu item", shown=False) if " – " in n]) == 3,
               what="a chain of three windows")
    screen.click("menu item", "the last 30 days", shown=False)
    eventually(lambda: len([n for n in screen.names("menu item", shown=False) if " – " in n]) == 1,
               what="one window again")
    screen.click("menu item", "Everybody", shown=False)
    eventually(lambda: len(lines(screen, TABLE, COLUMNS)) > 1, what="all lines again")


def save(rig, screen, button, name):
    path = os.path.join(rig.dir, name)
    screen.click("push button", button)
    rig.desk.focus("^Save what they could hand over$")
    rig.desk.run("xdotool", "key", "ctrl+a")
    rig.desk.type_into("^Save what they could hand over$", path)
    eventually(lambda: f"Saved in {path}." in states(screen), what=f"{name} to be saved")
    assert os.stat(path).st_mode & 0o777 == 0o600, oct(os.stat(path).st_mode)
    with open(path, "rb") as file:
        return file.read()


def exposure_is_saved(rig):
    """As PDF and PNG with their heads and sizes, and as records."""
    screen = open_exposure(rig)
    drawn = screen.find("drawing area", "Timeline")[-1]
    pdf = save(rig, screen, "Save as PDF…", "seen.pdf")
    assert pdf.startswith(b"%PDF-1.") and pdf.rstrip().endswith(b"%%EOF") and len(pdf) > 2000, pdf[:20]
    png = save(rig, screen, "Save as PNG…", "seen.png")
    assert png.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in png[-12:]
    size = drawn.size()
    width, height = struct.unpack(">II", png[16:24])
    assert width == size[0] and 100 < height <= size[1], (width, height, size[0], size[1])
    if os.environ.get("PEN_PICTURES"):
        shutil.copy(os.path.join(rig.dir, "seen.png"), os.environ["PEN_PICTURES"])
    records = save(rig, screen, "Save records (CSV)…", "seen.csv").decode()
    assert BOB in records and layout.DOMAIN in records


# People and devices

def device_line(screen, device):
    return eventually(lambda: [line for line in lines(screen, DEVICES, 6) if line[1] == str(device)],
                      what=f"the device {device}")[0]


def bob_key(rig):
    """His device and fingerprint as the server has them."""
    device = omemo_ours.listed(rig, BOB)[0]
    key = omemo_ours.bundle(rig, BOB, device)["identityKey"][0][1]
    return device, key[1:].hex()


def open_devices(rig):
    client, screen = face(rig)
    if not rig.desk.windows(PEOPLE):
        client.present(BOB)
        screen.click("menu item", "Devices of this person…", shown=False)
        rig.desk.focus(PEOPLE)
    return screen


def devices_are_shown(rig):
    """His device with the fingerprint that the server has, in groups of eight, and this one of ours with its link."""
    screen = open_devices(rig)
    device, key = bob_key(rig)
    line = device_line(screen, device)
    assert line[0] == BOB and line[2] == "trusted without comparing" and line[4] == "yes", line
    assert line[3].split() == [key[i:i + 8] for i in range(0, 64, 8)], line
    this = [found for found in lines(screen, DEVICES, 6) if found[2] == "this device"]
    assert len(this) == 1, this
    code = screen.find("drawing area", "QR code of your link")[-1].description()
    own = omemo_ours.listed(rig, "alice@" + layout.DOMAIN)
    assert code.startswith(f"xmpp:alice@{layout.DOMAIN}?omemo-sid-") and int(this[0][1]) in own, code
    assert "".join(this[0][3].split()) in code, (this, code)
    rig.desk.picture("devices")


def paste(rig, link):
    rig.desk.press(PEOPLE, "alt+l")
    rig.desk.run("xdotool", "key", "ctrl+a")
    rig.desk.type_into(PEOPLE, link)


def link_verifies(rig):
    """A link with another key changes nothing and says so; the right one verifies."""
    screen = open_devices(rig)
    device, key = bob_key(rig)
    other = ("0" if key[0] != "0" else "1") + key[1:]
    paste(rig, f"xmpp:{BOB}?omemo-sid-{device}={other}")
    eventually(lambda: any("shows another key" in name for name in states(screen)), what="the refusal")
    assert device_line(screen, device)[2] == "trusted without comparing"
    paste(rig, f"xmpp:{BOB}?omemo-sid-{device}={key}")
    eventually(lambda: any("verified now" in name for name in states(screen)), what="the confirmation")
    assert device_line(screen, device)[2] == "verified"
    rig.desk.picture("verified")


def keys_judge_a_device(rig):
    """Distrust, then trust again after comparing, then forget: by the keyboard, and each is read from the list."""
    screen = open_devices(rig)
    device, key = bob_key(rig)
    rig.desk.press(PEOPLE, "alt+d")
    eventually(lambda: device_line(screen, device)[2].startswith("distrusted"), what="distrust")
    rig.desk.press(PEOPLE, "alt+t")
    question = "^Does the device show the same"
    rig.desk.focus(question)
    shown = "".join(states(screen))
    assert key[:8] in shown and key[-8:] in shown, shown
    rig.desk.picture("compare")
    rig.desk.press(question, "Escape")
    eventually(lambda: not rig.desk.windows(question), what="the question to close")
    assert device_line(screen, device)[2].startswith("distrusted")
    rig.desk.press(PEOPLE, "alt+t")
    rig.desk.press(question, "alt+s")
    eventually(lambda: device_line(screen, device)[2] == "verified", what="trust")
    rig.desk.press(PEOPLE, "alt+f")
    rig.desk.press("^Forget this device", "alt+f")
    eventually(lambda: "The device is forgotten." in states(screen), what="the device to be forgotten")
    rig.desk.press(PEOPLE, "Escape")
    eventually(lambda: not rig.desk.windows(PEOPLE), what="the window to close")


# Settings

def kept(rig):
    """The policy in the account's settings, and whether padding counts as agreed to."""
    purple = rig.client.purple
    return (str(purple.PurpleAccountGetString(rig.client.account, "when", "")),
            bool(purple.PurpleAccountGetBool(rig.client.account, "pad_agreed", 0)))


def settings_predict_and_set(rig):
    """What was counted stands there once, at each preset a prediction; choosing one changes nothing before the
    sentence that says what it changes was read."""
    client, screen = face(rig)
    screen.click("menu item", "Plugins", shown=False)
    rig.desk.focus(PLUGINS)
    choose_plugin(rig, screen)
    choices = eventually(lambda: len(found := [item for item in screen.find("radio button", shown=False)
                                               if "last 30 days" in item.description()]) == 5 and found,
                         what="numbers at the five presets")
    said = [item.description() for item in choices]
    assert all("would have been" in text for text in said), said
    counted = [name for name in screen.names("label", shown=False) if "as counted" in name]
    assert len(counted) == 1 and "about 1 person, times " in counted[0], counted
    check_page_fits(rig, screen)
    before = kept(rig)
    choose_policy(rig, screen, NEVER)
    rig.desk.focus(POLICY)
    said = " ".join(states(screen))
    assert f"For everybody whom alice@{layout.DOMAIN} asks about" in said, said
    assert kept(rig) == before
    rig.desk.press(POLICY, "alt+h")
    eventually(lambda: any(name.startswith("From now on: " + NEVER)
                           for name in screen.names("label", shown=False)), what="the change")
    client.present(BOB)
    rig.desk.type_into("^bob", "/pen policy")
    client.said(BOB, NEVER)


def choose_policy(rig, screen, name):
    """The button to change to it stands there once it is chosen."""
    chosen = screen.click("radio button", name, shown=False)
    eventually(lambda: chosen.has(CHECKED), what=f"{name!r} to be chosen")
    rig.desk.press(PAGE, "alt+h")


def check_page_fits(rig, screen):
    """It scrolls up and down alone, and made wider it has longer lines."""
    window = rig.desk.focus(PAGE)
    page = screen.window("Pen Register: metadata ledger")
    sentence = [item for item in screen.find("label", shown=False, inside=page)
                if item.name().startswith("Servers and the directory")][0]
    for width in (420, 900, 420):
        rig.desk.run("xdotool", "windowsize", "--sync", window, str(width), "700")
        eventually(lambda: width - 120 < sentence.size()[0] < width, what=f"lines as long as {width} lets them")
        bars = [bar.place() for bar in screen.find("scroll bar", inside=page)]
        assert not [bar for bar in bars if bar[2] > bar[3]], bars
        rig.desk.picture(f"settings-{width}")


def padding_is_agreed_to(rig):
    """Chosen by an arrow key it is not in force: only who reads what it does and agrees switches it on."""
    _, screen = face(rig)
    never = screen.find("radio button", NEVER, shown=False)[-1]
    padded = screen.find("radio button", PADDED, shown=False)[-1]
    for answer, wanted in (("Escape", ("never", False)), ("alt+p", ("padded", True))):
        rig.desk.focus(PAGE)
        assert never.has(CHECKED) and never.focus()
        rig.desk.press(PAGE, "Up")
        eventually(lambda: padded.has(CHECKED), what="padding to be chosen")
        assert kept(rig) == ("never", False)
        rig.desk.press(PAGE, "alt+h")
        rig.desk.focus(POLICY)
        assert any("made-up ones" in name and "does not hide" in name for name in states(screen)), states(screen)
        assert kept(rig) == ("never", False)
        rig.desk.press(POLICY, answer)
        eventually(lambda: not rig.desk.windows(POLICY), what="the question to close")
        assert kept(rig) == wanted, kept(rig)
    rig.desk.press(PAGE, "Down")
    eventually(lambda: never.has(CHECKED), what="the last preset")
    rig.desk.press(PAGE, "alt+h")
    rig.desk.press(POLICY, "alt+h")
    eventually(lambda: kept(rig) == ("never", False), what="padding to end")


def strip_follows_the_policy(rig):
    """An open conversation with somebody unknown says at once what the policy on the page makes of it."""
    _, screen = face(rig)
    other = "c01@" + layout.DOMAIN
    bring(rig, other)

    def says(role, part):
        return eventually(lambda: any(part in name for name in screen.names(role)), what=part)
    says("push button", "Not looked up: your policy")
    assert not any("when you send" in name for name in states(screen)), states(screen)
    choose_policy(rig, screen, "When I send")
    rig.desk.press(POLICY, "alt+h")
    says("label", f"Writing to {other} asks about this address when you send")


def choose_plugin(rig, screen):
    cells = eventually(lambda: [item for item in screen.find("table cell", shown=False)
                                if "Pen Register: metadata ledger" in item.name()], what="our plugin")
    cells[-1].focus()
    screen.click("push button", "Configure Plugin")


def enable(screen):
    """Presses the box at our plugin in Pidgin's list: loads or unloads it."""
    cells = screen.find("table cell", shown=False)
    ours = [place for place, cell in enumerate(cells) if "Pen Register: metadata ledger" in cell.name()]
    assert cells[ours[-1] - 1].act()


def windows_go_with_the_plugin(rig):
    """Unloading it with every window open leaves none of them, and all can be opened again."""
    _, screen = face(rig)
    if not rig.desk.windows(PLUGINS):
        screen.click("menu item", "Plugins", shown=False)
        rig.desk.focus(PLUGINS)
    for _ in range(LOADS):
        screen.click("menu item", "People and devices", shown=False)
        screen.click("menu item", "Metadata ledger", shown=False)
        rig.desk.focus(LEDGER)
        rig.desk.press(LEDGER, "alt+v")
        enable(screen)
        eventually(lambda: not rig.desk.windows(PEOPLE) and not rig.desk.windows(LEDGER), what="our windows to go")
        enable(screen)
        eventually(lambda: screen.find("menu item", "Metadata ledger", shown=False), what="our menu to come again")


def pidgin_ends_with_all_open(rig):
    """It ends with our windows open, and its log blames nobody."""
    _, screen = face(rig)
    screen.click("menu item", "People and devices", shown=False)
    screen.click("menu item", "Metadata ledger", shown=False)
    rig.desk.focus(LEDGER)
    end_pidgin(rig)


if __name__ == "__main__":
    wanted_tests = [globals()[name] for name in sys.argv[1:]]
    main(wanted_tests or [exposure_has_the_numbers, observer_is_chosen, exposure_is_saved, devices_are_shown,
                          link_verifies, keys_judge_a_device, settings_predict_and_set, padding_is_agreed_to,
                          strip_follows_the_policy, windows_go_with_the_plugin, pidgin_ends_with_all_open])
