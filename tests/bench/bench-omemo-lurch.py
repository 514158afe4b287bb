#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a client's main loop stands still for one encrypted message: the
plugin beside lurch 0.7.0, the OMEMO plugin that libpurple has today, each in a
process of its own, on one server, in turn, at the same pace, on the same disk.
Nothing of lurch is changed or slowed: its own commits, its own files. One by
one, as a person writes, everything is cold; in a row, as lurch's 4.1 ms were
measured.

    bench-omemo-lurch.py [--runs N]

One JSON object a side, then the ratio. A goal that is missed does not change
the exit status: that is for what could not be done."""

import argparse
import importlib
import json
import os
import statistics
import sys
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "integration"))
import rig as rigs
from rig import eventually

omemo_ours = importlib.import_module("test-omemo-ours")
LURCH = "core-riba-lurch"
PEOPLE = {"ours": ("alice", "bob"), "lurch": ("c01", "c02")}
BREATH_S = 0.1
ROW, ROWS, ROW_S = 50, 5, 120
FIRST_S = 60
GOAL = 4.1 / 0.6  # what lurch took where the goal of 0.6 ms was set


class Side:
    """One account, signed on with one of the two plugins."""

    def __init__(self, rig, name, protocol):
        self.jid = rig.box["accounts"][name]["jid"]
        self.harness = rig.harness("--main-loop-stats")
        if protocol == "lurch":
            self.harness.do("plugin-load", plugin=LURCH)
            self.account = rig.account(self.harness, name, protocol="prpl-jabber")
        else:
            self.account = rig.account(self.harness, name)

    def has_read(self, text, since):
        return any(e["event"] == "im-in" and text in e["text"] for e in self.harness.events[since:])


class Pair:
    """Two who write to each other with the same plugin."""

    def __init__(self, rig, protocol):
        omemo_ours.befriend(rig, *PEOPLE[protocol])
        self.rig, self.protocol, self.took, self.rows, self.sends = rig, protocol, [], [], []
        self.one, self.two = (Side(rig, name, protocol) for name in PEOPLE[protocol])
        eventually(self.writes_encrypted, FIRST_S, f"{protocol}: an encrypted message")
        self.pass_text(self.two, self.one, "an answer")
        self.pass_text(self.one, self.two, "and one more")
        self.took.clear()

    def writes_encrypted(self):
        """Both sides know each other's keys after a while; until then a message may fail or be held."""
        word = f"hello {time.monotonic()}"
        seen = self.two.harness.mark()
        self.one.harness.ask("send", account=self.one.account, to=self.two.jid, text=word)
        time.sleep(1)
        return self.two.has_read(word, seen) and not self.is_in_clear(word)

    def is_in_clear(self, word):
        return any(word in record["xml"] for record in self.rig.stanzas())

    def pass_text(self, one, two, text):
        """One message, until it is read; how long the sender's loop stood still at most, and in all."""
        seen = two.harness.mark()
        one.harness.do("loop-reset")
        one.harness.do("send", account=one.account, to=two.jid, text=text)
        eventually(lambda: two.has_read(text, seen), what=f"{self.protocol}: {text}")
        time.sleep(BREATH_S)
        loop = one.harness.do("loop")
        self.took.append((loop["max_block_us"] / 1e3, loop["max_block_cpu_us"] / 1e3, loop["total_block_us"] / 1e3))

    def pass_row(self, count):
        """COUNT messages in a row, nothing waited for between them; milliseconds of the sender's loop for one."""
        harness, texts = self.one.harness, [f"{count} in a row, {i}, {time.monotonic()}" for i in range(count)]
        seen = self.two.harness.mark()
        harness.do("loop-reset")
        asked = [harness.tell("send", account=self.one.account, to=self.two.jid, text=text) for text in texts]
        answers = [harness.answer("send", number) for number in asked]
        assert all(answer["ok"] for answer in answers)
        loop = harness.do("loop")
        eventually(lambda: all(self.two.has_read(text, seen) for text in texts), ROW_S, f"{self.protocol}: a row")
        self.rows.append(loop["total_block_us"] / 1e3 / count)
        self.sends += [answer["took_us"] / 1e3 for answer in answers]

    def medians(self):
        found = {name: statistics.median(values)
                 for name, values in zip(("max_block_ms", "cpu_ms", "block_ms"), zip(*self.took))}
        found |= {"row_ms": statistics.median(self.rows), "row_send_ms": statistics.median(self.sends)}
        return {name: round(value, 3) for name, value in found.items()}


def measure(rig, runs):
    pairs = [Pair(rig, protocol) for protocol in PEOPLE]
    for number in range(runs):
        for pair in pairs:
            pair.pass_text(pair.one, pair.two, f"number {number} of {pair.protocol}")
    for _ in range(ROWS):
        for pair in pairs:
            pair.pass_row(ROW)
    for pair in pairs:
        print(json.dumps({"bench": "omemo-lurch", "plugin": pair.protocol, "messages": runs, **pair.medians()}), flush=True)
    return {pair.protocol: pair.medians() for pair in pairs}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=41)
    options = parser.parse_args()
    rig = rigs.Rig("prosody", ("--lurch",))
    done = False
    try:
        found = measure(rig, options.runs)
        done = True
    finally:
        rig.close(keep=not done)
    for name in ("max_block_ms", "cpu_ms", "row_ms", "row_send_ms"):
        ratio = found["lurch"][name] / found["ours"][name]
        print(f"lurch / ours, {name:14} >= {GOAL:5.2f} {ratio:8.2f}  {'ok' if ratio >= GOAL else 'short'}")


if __name__ == "__main__":
    main()
