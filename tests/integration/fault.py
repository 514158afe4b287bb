# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures at the n-th call: the control of tests/inject, two of ours that
write to each other, and what must be true of every text that one of them
wrote meanwhile. What was not is collected: one fault does not hide the next."""

import base64
import contextlib
import mmap
import os
import re
import secrets
import sqlite3
import struct
import subprocess

from rig import PATIENCE, eventually

FAMILIES = {"signal": 1, "nettle": 2, "sqlite": 3, "gate": 4}
AFTER, STAYS, GIVES_UP = 0x100, 0x200, 0x400
PATIENCE_S, FAULT_PATIENCE_S = 15 * PATIENCE, 2


class Control:
    """The file that the loaded library maps too (tests/inject/inject.h)."""

    LAYOUT = struct.Struct("<IIqqq64s")

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as file:
            file.write(bytes(self.LAYOUT.size))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), self.LAYOUT.size)

    def arm(self, family, nth, mode=0):
        self.memory[:self.LAYOUT.size] = self.LAYOUT.pack(0, mode, nth, 0, 0, b"")
        self.memory[:4] = struct.pack("<I", FAMILIES[family])

    def disarm(self):
        """(how many calls failed, the function that failed first)."""
        self.memory[:4] = bytes(4)
        return self.fired()

    def fired(self):
        fields = self.LAYOUT.unpack(self.memory[:self.LAYOUT.size])
        return fields[4], fields[5].rstrip(b"\0").decode()


def library():
    """What is loaded before the harness: a sanitizer's runtime wants to be first."""
    harness = os.environ["PEN_HARNESS"]
    built = os.path.join(os.path.dirname(os.environ["PEN_PLUGIN_DIR"]), os.pardir, "tests", "inject", "libpeninject.so")
    ours = os.environ.get("PEN_INJECT", os.path.normpath(built))
    needed = subprocess.run(["ldd", harness], capture_output=True, text=True, check=True).stdout
    runtime = re.search(r"lib[a-z_.]*asan\S* => (\S+)", needed)
    return f"{runtime[1]} {ours}" if runtime else ours


class Side:
    """A harness with one account, signed on."""

    def __init__(self, rig, name, env=None):
        self.rig, self.jid = rig, rig.box["accounts"][name]["jid"]
        self.name, self.env = name, env
        self.harness = rig.harness("--debug", env=env)
        self.account = rig.account(self.harness, name)

    def do(self, name, /, **arguments):
        return self.harness.do(name, account=self.account, **arguments)

    def ask(self, name, /, **arguments):
        return self.harness.ask(name, account=self.account, **arguments)

    def count(self, word, since):
        """How often a text that holds WORD came in, encrypted."""
        return sum(1 for event in self.harness.events[since:]
                   if event["event"] == "im-in" and word in event["text"] and event["route"] == "encrypted")

    def knows(self, jid):
        """Until JID can be written to encrypted. A question holds the route until it is answered, so each is given
        its time."""
        def is_encrypted():
            return self.do("route", to=jid)["route"] == "encrypted"

        def is_known():
            self.ask("lookup", to=jid)
            with contextlib.suppress(AssertionError):
                return eventually(is_encrypted, FAULT_PATIENCE_S)
        eventually(is_known, PATIENCE_S, what=f"{jid} reachable encrypted")

    def start_again(self):
        """The same device in a new process."""
        self.harness.close()
        self.harness = self.rig.harness("--debug", config=self.harness.config_dir, env=self.env)
        self.account = self.rig.account(self.harness, self.name)

    def forget(self, *statements):
        """Changes in the store behind the program's back, while it waits for something to do."""
        path = os.path.join(self.harness.config_dir, "penregister", "penregister.db")
        with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE_S)) as store:
            for statement, *values in statements:
                store.execute(statement, values)
            store.commit()


class Scene:
    """ALICE, at whom calls fail, and BOB; every text that was sent; what went wrong."""

    def __init__(self, rig):
        self.rig = rig
        self.control = Control(os.path.join(rig.dir, "inject"))
        env = dict(os.environ, LD_PRELOAD=library(), PEN_INJECT_FILE=self.control.path)
        self.alice, self.bob = Side(rig, "alice", env), Side(rig, "bob")
        self.words, self.wrong, self.failed_calls = [], [], {}
        self.third = rig.box["accounts"]["c03"]["jid"]
        rig.account(self.bob.harness, "c03")
        for one, other in ((self.alice, self.bob.jid), (self.alice, self.third), (self.bob, self.alice.jid)):
            one.knows(other)
        self.turn(self.alice, self.bob)
        self.turn(self.bob, self.alice)

    def word(self):
        self.words.append("w" + secrets.token_hex(12))
        return self.words[-1]

    def send(self, one, other, word):
        """Every second text is formatted."""
        if len(self.words) % 2:
            return one.ask("send", to=other.jid, text=f"<b>{word}</b> &amp; <i>more</i>", html=True)
        return one.ask("send", to=other.jid, text=f"{word} & <more>")

    def turn(self, one, other):
        """A text of today goes as ever; the store may refuse until the turn that it lost is over, and says so. The end of
        a stream may be noticed late: then its user signs on again."""
        def goes():
            word = self.word()
            reply = self.send(one, other, word)
            if not reply["ok"] and reply["error"]["code"] == "not_connected":
                one.ask("connect")
            return reply["ok"] and word
        since = other.harness.mark()
        word = eventually(goes, PATIENCE_S, what="a text that is taken")
        eventually(lambda: other.count(word, since), PATIENCE_S, what=f"{word} at {other.jid}")

    def blame(self, case, sentence):
        self.wrong.append(f"{case}: {sentence}")
        print(f"# {self.wrong[-1]}", flush=True)

    def note(self, family, where):
        counts = self.failed_calls.setdefault(family, {})
        counts[where] = counts.get(where, 0) + 1

    def recover(self, case):
        """After the fault a text goes as ever. A new process is no way out, but the next case wants one."""
        try:
            self.turn(self.alice, self.bob)
        except AssertionError as error:
            self.blame(case, f"afterwards nothing goes: {error}")
            self.alice.start_again()
            self.turn(self.alice, self.bob)

    def tidy(self):
        """Messages that are done are kept for a day; each call that reads one would count."""
        self.alice.forget(("DELETE FROM outbox WHERE handed = 1",))

    def begin_anew(self):
        """Alice knows nothing of Bob any more: the next text begins with questions."""
        self.alice.do("disconnect")
        self.alice.forget(("DELETE FROM omemo_session WHERE jid = ?", self.bob.jid),
                          ("DELETE FROM omemo_device WHERE jid = ?", self.bob.jid),
                          ("DELETE FROM contact WHERE name = ?", self.bob.jid))
        self.alice.do("connect")
        eventually(lambda: self.alice.do("route", to=self.third)["route"] == "encrypted", PATIENCE_S,
                   what="keys of our own, known from a contact of whom nothing was forgotten")


def encodings(word):
    """A word in clear and as it stands in longer texts in base64 and hex."""
    raw = word.encode()
    found = [word, raw.hex(), raw.hex().upper()]
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw).decode()
        found.append(text[(0, 2, 3)[shift]:len(text) // 4 * 4 - 4])
    return found


def leaks(stanzas, words):
    """The stanzas that hold one of WORDS in clear."""
    pattern = re.compile("|".join(re.escape(form) for word in words for form in encodings(word)))
    return [record["xml"] for record in stanzas if pattern.search(record["xml"])]
