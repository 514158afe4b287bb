#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""No error path sends clear text. The n-th call of libsignal, of nettle's
callbacks, of SQLite and on the way through the gate fails, for each n until a
message passes without; what the server saw, what came, and what was said to
the user must fit together. PEN_TEST_LONG=1 leaves out no n and no error."""

import base64
import contextlib
import itertools
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fault
import ratchet
from fault import AFTER, FAULT_PATIENCE_S, GIVES_UP, PATIENCE_S, STAYS
from rig import eventually, main
from penbox import stanzalog

LONG = os.environ.get("PEN_TEST_LONG") == "1"
FULL, IOERR, BUSY, NOMEM = range(4)
N_SIGNAL, N_NETTLE, N_SQLITE = 8, 3, 5
MOST_CALLS = 3000
# Family -> ways to fail.
SHORT_MODES = {"signal": (1, AFTER), "nettle": (0,), "sqlite": (FULL | GIVES_UP, BUSY, NOMEM | STAYS), "gate": (0,)}
LONG_MODES = {
    "signal": tuple(range(N_SIGNAL)) + (AFTER, AFTER | 1, STAYS),
    "nettle": tuple(range(N_NETTLE)) + (STAYS,),
    "sqlite": tuple(range(N_SQLITE)) + (FULL | GIVES_UP, IOERR | GIVES_UP, FULL | GIVES_UP | STAYS, BUSY | STAYS),
    "gate": (0, STAYS),
}
MODES = LONG_MODES if LONG else SHORT_MODES
SCENES = {}


def scene_of(rig):
    if rig not in SCENES:
        SCENES[rig] = fault.Scene(rig)
    return SCENES[rig]


class Case:
    """One failing call, and one text of Alice's during it."""

    def __init__(self, scene, name, family, nth, mode):
        self.scene, self.family, self.nth, self.mode = scene, family, nth, mode
        self.name = f"{name} {family} n={nth} mode={mode:#x}"
        self.alice, self.bob, self.control = scene.alice, scene.bob, scene.control
        self.word = scene.word()
        self.since, self.bob_since = self.alice.harness.mark(), self.bob.harness.mark()
        self.reply = {}

    def arm(self):
        self.control.arm(self.family, self.nth, self.mode)

    def send(self):
        self.reply = self.scene.send(self.alice, self.bob, self.word)

    def events(self, *names):
        return [e for e in self.alice.harness.events[self.since:] if e["event"] in names]

    def is_said_to_fail(self):
        return not self.reply["ok"] or any(e.get("message") == self.reply.get("message") and e["status"] == "failed"
                                           for e in self.events("im-status"))

    def is_settled(self):
        return (self.bob.count(self.word, self.bob_since) or self.is_said_to_fail()
                or self.events("question", "notice", "signed-off"))

    def settle(self):
        """The message has come, or something was said, or nothing happens any more; whether a call failed. Until one
        has, only a slow machine is in the message's way."""
        with contextlib.suppress(AssertionError):
            eventually(lambda: self.is_settled() or self.control.fired()[0], PATIENCE_S)
        with contextlib.suppress(AssertionError):
            eventually(self.is_settled, FAULT_PATIENCE_S)
        fired, where = self.control.disarm()
        if fired:
            self.name += f" at {where}"
            self.scene.note(self.family, where)
        if self.events("signed-off"):
            eventually(lambda: self.alice.ask("connect")["ok"], PATIENCE_S, what="signed on again")
        return fired > 0

    def judge(self):
        """Once a later text has come, this one has come before it, or was said not to."""
        came = self.bob.count(self.word, self.bob_since)
        if came > 1:
            self.scene.blame(self.name, f"came {came} times")
        elif came == 0 and not self.is_said_to_fail():
            said = [event.get("text", event.get("status")) for event in self.events("question", "notice", "im-status")]
            self.scene.blame(self.name, f"neither came nor was refused: {self.reply}, {said}")
        elif came == 1 and self.is_said_to_fail():
            self.scene.blame(self.name, f"came, though it was refused: {self.reply}")
        if not self.reply["ok"] and not self.reply["error"]["message"]:
            self.scene.blame(self.name, f"refused without a word: {self.reply}")


def run_sending(case):
    case.arm()
    case.send()


def run_first(case):
    case.scene.begin_anew()
    case.since = case.alice.harness.mark()
    run_sending(case)


def run_held(case):
    """Nothing can be encrypted; then it can again, and the release meets the fault."""
    case.control.arm("signal", 1, STAYS)
    case.send()
    case.alice.harness.wait("question", since=case.since)
    case.control.disarm()
    case.since = case.alice.harness.mark()
    case.arm()
    case.alice.ask("command", to=case.bob.jid, text="/pen ask")


def try_one(scene, name, run, *how):
    """Whether the fault was met."""
    case = Case(scene, name, *how)
    run(case)
    fired = case.settle()
    scene.recover(case.name)
    case.judge()
    return fired


def every(step):
    """Each n in the long form, else each STEPth."""
    return itertools.count(1, 1 if LONG else step)


def loop(rig, name, run, steps):
    """Each family, each mode, each n until one is not met any more."""
    scene = scene_of(rig)
    before = len(scene.wrong)
    for family, step in steps.items():
        for mode in MODES[family]:
            scene.tidy()
            for nth in every(step):
                assert nth < MOST_CALLS, f"{name}, {family}: no end"
                if LONG:  # else what earlier cases left behind would be calls too, and there would be no end
                    scene.tidy()
                if not try_one(scene, name, run, family, nth, mode):
                    print(f"# {name}: {family}, mode {mode:#x}: met up to n = {nth - 1}", flush=True)
                    break
    assert scene.wrong == scene.wrong[:before], f"{len(scene.wrong) - before} faults, see above"


def seen_when_clear(rig):
    """The check sees a text that is in clear, and one in base64 at each offset."""
    scene = scene_of(rig)
    contact = rig.box["accounts"]["c01"]["jid"]
    words = ["w0123456789abcdefclear", "w0123456789abcdefcoded"]
    scene.alice.ask("command", to=contact, text="/pen plain")
    scene.alice.ask("send", to=contact, text=words[0])
    eventually(lambda: fault.leaks(rig.stanzas(), words[:1]), what="a clear text in the log")
    for before in ("", "a", "ab"):
        coded = base64.b64encode((before + words[1] + " and more").encode()).decode()
        assert fault.leaks([{"xml": f"<message><x>{coded}</x></message>"}], words[1:]), coded
    assert not fault.leaks([{"xml": f"<message>{coded}</message>"}], scene.words)
    ratchet.self_check(rig)


def later_message(rig):
    """A message on a session that is there."""
    loop(rig, "later", run_sending, {"signal": 2, "nettle": 7, "sqlite": 23, "gate": 1})


def first_message(rig):
    """A message with which everything begins: list, bundle, session."""
    loop(rig, "first", run_first, {"signal": 11, "nettle": 29, "sqlite": 97, "gate": 2})


def held_message(rig):
    """The release of a message that was held."""
    loop(rig, "held", run_held, {"signal": 5, "nettle": 13, "sqlite": 43, "gate": 1})


def wire(rig):
    """Over everything: nothing in clear, no key twice, each message in the ledger."""
    scene = scene_of(rig)
    records = rig.stanzas()
    found = fault.leaks(records, scene.words)
    assert not found, found[:3]
    for side in (scene.alice, scene.bob):
        with open(os.path.join(side.harness.config_dir, "stderr.log"), encoding="utf-8", errors="replace") as log:
            assert not fault.leaks([{"xml": log.read()}], scene.words), "a text stands in the debug log"
    print(f"# {ratchet.check(records)} keys of ratchets, {len(scene.words)} texts", flush=True)
    ratchet.check_same(records)
    check_ledger(scene, records)
    for family, counts in scene.failed_calls.items():
        print(f"# {family}: {sum(counts.values())} calls failed: {counts}", flush=True)
    assert set(scene.failed_calls) == set(fault.FAMILIES), scene.failed_calls


def check_ledger(scene, records):
    """Each message of Alice's that the server saw has its row, as one that left."""
    rows = {row["stanza"]: row for row in scene.alice.harness.rows(kind="delivery")}
    for record in records:
        if record["direction"] != "in" or record.get("nonza") or not record["user"].startswith(scene.alice.jid):
            continue
        element = stanzalog.element(record)
        if element.tag.rpartition("}")[2] != "message":
            continue
        row = rows.get(element.get("id"))
        assert row is not None, record["xml"]
        assert row["status"] not in ("withheld", "dropped"), (row, record["xml"])


if __name__ == "__main__":
    main([seen_when_clear, later_message, held_message, first_message, wire])
