#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new user's way in Finch and in BitlBee, from no account at all: the
account, an encrypted message, an SMS, the ledger of both, one person's rows,
an export, devices and their trust, another policy, what could be handed over.
In Finch by its forms and by commands, in BitlBee by what is said to it. The
other side, the modem, and the ledger's file are the witnesses."""

import contextlib
import csv
import importlib
import os
import re
import shutil
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from desk import PREFS, Client, Desk, Terminal, need
from rig import Skip, eventually, main
from penbox import layout

clients = importlib.import_module("test-clients")
omemo_ours = importlib.import_module("test-omemo-ours")
ALICE, BOB = "alice@" + layout.DOMAIN, "bob@" + layout.DOMAIN
TYPED, NUMBER = "(555) 123-0075", "+15551230075"
DOWN = "\x1bOB"  # as terminfo has it; tmux would send it in the other of a terminal's two ways
SECRET, SUPPER = "Nobody else reads this line", "Supper at eight, then?"
FIELD = re.compile(r"___|\[[ X]\]|│↓")


# The clients

class Finch:
    """In a terminal, with an empty folder and the plugin in it."""

    def __init__(self, rig):
        need("finch", "tmux", "dbus-daemon")
        self.rig = rig
        self.config = os.path.join(rig.dir, "finch")
        os.makedirs(os.path.join(self.config, "plugins"))
        shutil.copy(os.path.join(os.environ["PEN_PLUGIN_DIR"], "libpenregister.so"),
                    os.path.join(self.config, "plugins"))
        with open(os.path.join(self.config, "prefs.xml"), "w", encoding="utf-8") as file:
            file.write(PREFS)
        self.store = os.path.join(self.config, "penregister", "penregister.db")
        self.desk = Desk(os.path.join(rig.dir, "finch-desk"))
        self.terminal = Terminal(self.desk, f"finch -c '{self.config}'")
        self.client, self.at = None, 0

    def sees(self, text):
        return eventually(lambda: text in self.terminal.screen(), what=f"{text!r} on the screen")

    def press_down(self, count):
        for _ in range(count):
            self.terminal.tmux("send-keys", "-t", "t", "-l", DOWN)
            self.terminal.keys()

    def choose(self, label):
        """Opens the list that has the keyboard, and takes LABEL from it."""
        before = set(self.terminal.screen().splitlines())
        self.press_down(1)

        def places():
            """Where it stands in the list, once so much of that is drawn."""
            shown = [line for line in self.terminal.screen().splitlines() if line not in before
                     and re.search(r"│\s*\w[^│]*▒?│", line)]
            names = [re.findall(r"│(\w[^│▒]*?)(?=\s*▒?│)", line) for line in shown]
            names = [name[-1] for name in names if name]
            return [place for place, name in enumerate(names) if name.startswith(label)]
        self.press_down(eventually(places, what=f"{label} in the list")[0])
        opened = set(self.terminal.screen().splitlines()) - before
        self.terminal.keys("Enter")
        eventually(lambda: not opened & set(self.terminal.screen().splitlines()), what="the list to close")

    def go_to(self, label):
        """From field to field, as they stand below each other."""
        rows = [line for line in self.terminal.screen().splitlines() if FIELD.search(line)]
        wanted = next(i for i, line in enumerate(rows) if label in line)
        self.terminal.keys(*(["Tab"] * (wanted - self.at) if wanted >= self.at else ["BTab"] * (self.at - wanted)))
        self.at = wanted

    def fill(self, label, text):
        self.go_to(label)
        self.terminal.keys("C-u")
        self.terminal.tmux("send-keys", "-t", "t", "-l", text)
        shown = "··" if label == "Password" else text
        eventually(lambda: [line for line in self.terminal.screen().splitlines() if label in line and shown in line],
                   what=f"{text!r} as {label}")

    def add_account(self):
        """The form that Finch opens with: each field by its label."""
        self.sees("Accounts")
        self.terminal.keys("Tab", "Enter")
        self.sees("New Account")
        self.terminal.keys("BTab")
        self.choose("Pen Register")
        self.sees("Country of national numbers")
        for label, text in (("Username", "alice"), ("Domain", layout.DOMAIN), ("Resource", "finch"),
                            ("Password", self.rig.box["accounts"]["alice"]["password"])):
            self.fill(label, text)
        for label, text in (("Country", "US"), ("SMS gateway", layout.SMS), ("Phone directory", layout.DIRECTORY)):
            self.fill(label, text)
        self.go_to("│Require encrypt")
        self.choose("Use enc")
        self.go_to("Allow plaintext auth")
        self.terminal.keys("Space")
        self.fill("Connect port", str(self.rig.box["port"]))
        self.fill("Connect server", self.rig.box["host"])
        self.go_to("Show Custom Smileys")
        self.terminal.keys("Tab", "Tab", "Enter")
        self.client = Client(self.desk)

    def turn(self):
        """Another window comes to the front; a key that is pressed again before it did goes one too far."""
        before = self.terminal.screen()
        self.terminal.keys("M-n")
        eventually(lambda: self.terminal.screen() != before, what="another window in front")

    def front(self, name):
        """Opens the conversation with NAME, as it is typed, and turns windows until it has the keyboard."""
        shown = self.client.present(name)
        found = eventually(lambda: self.client.conversation(shown), what="the conversation with " + shown)

        def has_focus():
            if not self.client.purple.PurpleConversationHasFocus(found):
                self.turn()
            return self.client.purple.PurpleConversationHasFocus(found)
        eventually(has_focus, what=f"{shown} in front")
        return shown

    def write(self, name, text):
        self.front(name)
        self.terminal.type_line(text)

    def ask(self, name, command, *parts):
        """What is answered to a command: a text with all these PARTS."""
        shown = self.front(name)
        before = len(self.client.lines(shown))
        self.terminal.type_line(command)

        def answer():
            text = "\n".join(self.client.texts(shown)[before:])
            return text if text and all(part in text for part in parts) else None
        return eventually(answer, what=f"{parts} after {command!r}")

    def send_held_as_sms(self):
        self.sees("Message held")

        def in_front():
            if f"Send this to {TYPED} as SMS?" in self.terminal.screen():
                return True
            self.turn()
            return False
        eventually(in_front, what="the question")
        assert not new_texts(self.rig)
        clients.press_button(self.terminal, "Send as _SMS")

    def close(self):
        with open(os.path.join(self.rig.dir, "finch.screen"), "w", encoding="utf-8") as file:
            file.write(self.terminal.screen())
        self.terminal.close()
        self.desk.close()


class BitlBee(clients.Bee):
    """What it tells about a conversation stands in its control channel."""

    def __init__(self, rig):
        need("bitlbee")
        super().__init__(rig)
        self.rig, self.nicks = rig, {}
        # Not in the folder above: that is everybody's.
        self.store = os.path.join(self.dir, "config", "purple", "me", "penregister", "penregister.db")

    def add_account(self):
        clients.sign_on_bitlbee(self.rig, self)

    def nick(self, name):
        if name not in self.nicks:
            self.root("add -tmp penregister " + name)
            user = re.escape(re.sub(r"\D", "", name) if name.startswith("+") else name.split("@")[0])
            self.nicks[name] = self.hears(rf"nickname `(\S*{user})'")[1]
        return self.nicks[name]

    def write(self, name, text):
        self.say(f"PRIVMSG {self.nick(NUMBER if name == TYPED else name)} :{text}")

    def ask(self, name, command, *parts):
        self.nick(NUMBER if name == TYPED else name)
        mark = len(self.seen)
        self.write(name, command)

        def answer():
            with contextlib.suppress(TimeoutError):
                self.seen += self.socket.recv(65536).decode(errors="replace")
            text = "\n".join(re.findall(r"PRIVMSG &bitlbee :(.*?)\r?\n", self.seen[mark:]))
            return text if text and all(part in text for part in parts) else None
        with contextlib.suppress(AssertionError):
            return eventually(answer, what=command)
        raise AssertionError(f"{parts} not after {command!r}: {self.seen[mark:]}")

    def send_held_as_sms(self):
        self.hears(r"Send this to .* as SMS\?")
        assert not new_texts(self.rig)
        self.root("yes")

    def close(self):
        assert super().close() == 0


# The witnesses

def new_texts(rig):
    """What the modem has sent since this client began."""
    return rig.run("sms", "list")[rig.texts_before:]


def query(side, words):
    with contextlib.closing(sqlite3.connect(f"file:{side.store}?mode=ro", uri=True, timeout=10)) as database:
        return database.execute(words).fetchall()


def command(rig, text):
    """What Bob's /pen answers."""
    return "\n".join(rig.bob.do("command", account=rig.bob_account, to=ALICE, text="/pen " + text)["lines"])


# The way

def message_is_encrypted(rig, side):
    side.write(BOB, SECRET)
    came = rig.bob.wait("im-in", since=rig.mark, text=SECRET)
    assert came["route"] == "encrypted", came
    assert not [s for s in rig.stanzas() if SECRET in s["xml"]]
    side.ask(BOB, "/pen status", "Encrypted to 1 device")


def sms_is_asked_about(rig, side):
    side.write(TYPED, SUPPER)
    side.send_held_as_sms()
    sent = eventually(lambda: new_texts(rig), what="the SMS")
    assert [(sms["number"], sms["text"]) for sms in sent] == [(NUMBER, SUPPER)], sent


def ledger_has_both(_rig, side):
    both = side.ask(BOB, "/pen ledger all 50", BOB, NUMBER)
    for part in ("device-list", "delivery", layout.SMS, layout.DIRECTORY):
        assert part in both, (part, both)


def ledger_is_filtered(_rig, side):
    """One person's rows, as many as the file has."""
    rows = query(side, f"select row from ledger where address = 'tel:{NUMBER}'")
    only = side.ask(TYPED, "/pen ledger 50", layout.SMS)
    assert BOB not in only and only.count(layout.SMS) >= 1 and "device-list" not in only, only
    assert rows and len(re.findall("delivery", only)) == len(
        query(side, f"select row from ledger where address = 'tel:{NUMBER}' and kind = 11")), (rows, only)


def ledger_is_exported(_rig, side):
    """All rows of the account, in a file that only its owner can read."""
    said = side.ask(BOB, "/pen export csv", "The ledger is exported.", ".csv")
    path = re.search(r"(/\S+\.csv)", re.sub(r"<[^>]*>", " ", said))[1]
    assert os.stat(path).st_mode & 0o777 == 0o600, oct(os.stat(path).st_mode)
    with open(path, encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    known = query(side, "select row, address from ledger order by row")
    assert [(int(line["row"]), line["address"]) for line in lines] == known[:len(lines)] and len(lines) >= 4
    side.ask(BOB, "/pen export exe", "/pen export [csv|json]")


def devices_are_trusted(rig, side):
    """Fingerprints as the other side has them; distrust, trust, and both by the link that the other side shows."""
    device, link = omemo_ours.listed(rig, BOB)[-1], re.search(r"xmpp:\S+", command(rig, "fp link"))[0]
    shown = side.ask(BOB, "/pen fp", str(device))
    print_ = re.search(r"=([0-9a-f]{64})", link)[1]
    assert print_[:8] in re.sub(r"<[^>]*>", " ", shown), (print_, shown)

    def trust():
        return query(side, f"select trust from omemo_device where jid = '{BOB}' and device = {device}")
    first = trust()
    side.ask(BOB, f"/pen fp {device} distrust", str(device))
    distrusted = eventually(lambda: trust() != first and trust(), what="distrust in the store")
    side.ask(BOB, f"/pen fp {device} trust", str(device))
    trusted = eventually(lambda: trust() not in (first, distrusted) and trust(), what="trust in the store")
    side.ask(BOB, f"/pen fp {device} distrust", str(device))
    eventually(lambda: trust() == distrusted, what="distrust again")
    side.ask(BOB, "/pen fp verify " + link)
    eventually(lambda: trust() == trusted, what="trust by the link")
    own = side.ask(BOB, "/pen fp link", "xmpp:" + ALICE)
    assert re.search(r"[0-9a-f]{64}", own), own


def policy_is_changed(_rig, side):
    side.ask(BOB, "/pen policy", "When I send")
    side.ask(BOB, "/pen policy passive", "Nobody is asked")
    side.ask(BOB, "/pen policy", "never (set for this person; the account says: When I send)")
    side.ask(BOB, "/pen policy default")
    side.ask(BOB, "/pen policy", "When I send")


def exposure_is_told(_rig, side):
    told = side.ask(BOB, "/pen exposure", layout.SMS, layout.DIRECTORY)
    assert "Your server" in told, told


def words_go_to_nobody(rig, _side):
    """No command has left as a message."""
    assert not [s for s in rig.stanzas() if ">/pen" in s["xml"]]
    assert not [e for e in rig.bob.events if e["event"] == "im-in" and "/pen" in e["text"]]


STEPS = [message_is_encrypted, sms_is_asked_about, ledger_has_both, ledger_is_filtered, ledger_is_exported,
         devices_are_trusted, policy_is_changed, exposure_is_told, words_go_to_nobody]


def go(rig, make):
    if clients.sanitized():
        raise Skip("a sanitized plugin loads only into a sanitized program")
    rig.texts_before = len(rig.run("sms", "list"))
    if not hasattr(rig, "bob"):
        rig.bob = rig.harness()
        rig.bob_account = rig.account(rig.bob, "bob")
    eventually(lambda: omemo_ours.listed(rig, BOB), what="Bob's device")
    rig.mark = rig.bob.mark()
    side = make(rig)
    try:
        side.add_account()
        for step in STEPS:
            try:
                step(rig, side)
            except Exception as problem:
                raise AssertionError(f"{step.__name__}: {problem}") from problem
    finally:
        side.close()


def finch_goes_the_way(rig):
    """In a terminal, by forms, keys and /pen."""
    go(rig, Finch)


def bitlbee_goes_the_way(rig):
    """On IRC, where /pen is said to the person and answered in the control channel."""
    go(rig, BitlBee)


if __name__ == "__main__":
    wanted = [globals()[name] for name in sys.argv[1:]]
    main(wanted or [finch_goes_the_way, bitlbee_goes_the_way])
