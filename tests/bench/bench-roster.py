#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a contact list of thousands costs a client with batched look-ups: how long the main loop stands still at
sign-on and in each part of the sweep of the whole list, and how fast the sweep talks to the server. Everybody has a
device list and a bundle, so each sweep asks for both. prpl-jabber signs on with the same list, to compare with:
libpurple takes in a contact list in one go, and that is not ours to change.

    bench-roster.py [--contacts N] [--chunks N]

One JSON object a part, then a table. Exit status 1 when something of ours holds up the main loop for longer than it
may. The sweep goes by a virtual clock, as fast as the server answers; its rate is counted by that clock."""

import argparse
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import crowd
from rig import eventually

LIMIT_MS = 20
PERIOD_S, SPACING_S = 3600, 2
WINDOW_S, QUIET_MS, QUIET_WINDOWS, SIGN_ON_S = 0.5, 3, 6, 600
LARGEST_BYTES, EJABBERD_RATE, PROSODY_RATE = 262144, 3000, 10000
BEGIN = "2026-01-31T12:00:00Z"
LOOKUP = re.compile(r"<items[^>]*node='eu\.siacs\.conversations\.axolotl\.")


class Keyed(crowd.Crowd):
    """A crowd whose members have a bundle that is good: the plugin made it."""

    async def publish(self):
        model = self.harness()
        account = self.account(model, crowd.MODEL)
        eventually(lambda: all(any(word in str(path) for path, _ in crowd.copies_of(self.data, crowd.MODEL))
                               for word in ("bundles", "devicelist")), what="the model's keys")
        model.close()


class Loop:
    """How long the main loop stands still, window by window."""

    def __init__(self, harness):
        self.harness, self.blocks, self.total_ms = harness, [], 0
        harness.do("loop-reset")

    def take(self):
        figures = self.harness.do("loop", timeout_s=SIGN_ON_S)
        self.harness.do("loop-reset")
        self.blocks.append(figures["max_block_us"] / 1e3)
        self.total_ms += figures["total_block_us"] / 1e3
        return self.blocks[-1]

    def until_quiet(self):
        """Until nothing has happened for a while."""
        quiet = 0
        while quiet < QUIET_WINDOWS:
            time.sleep(WINDOW_S)
            quiet = quiet + 1 if self.take() < QUIET_MS else 0
        return self

    def figures(self):
        longest = sorted(self.blocks, reverse=True)
        return {"max_block_ms": longest[0], "next_block_ms": longest[1] if len(longest) > 1 else 0,
                "block_ms": self.total_ms}


def sign_on(rig, protocol):
    """From `connect` until all that it brings is worked off."""
    harness = rig.harness("--main-loop-stats", "--virtual-clock", BEGIN, "--seed", "1")
    account = rig.account(harness, "alice", protocol, connect=False, when="batch")
    loop = Loop(harness)
    harness.do("connect", timeout_s=SIGN_ON_S, account=account)
    loop.take()
    loop.until_quiet()
    known = len(harness.do("buddies", account=account, timeout_s=SIGN_ON_S)["buddies"])
    assert known >= len(rig.contacts), f"only {known} contacts came"
    return loop.figures(), harness, account


class Answers:
    """Which look-ups of the schedule are not answered yet, by the harness's events."""

    def __init__(self, harness):
        self.harness, self.seen, self.open, self.rows = harness, harness.mark(), set(), {}

    def take(self):
        events = self.harness.events[self.seen:]
        self.seen += len(events)
        for row in (event["row"] for event in events if event["event"] == "row"):
            if row["trigger"] != "schedule":
                continue
            self.rows[row["row"]] = (row["kind"], row["status"], row["bytes_out"])
            (self.open.add if row["status"] in ("recorded", "sent") else self.open.discard)(row["row"])
        return len(self.rows)

    def all_in(self):
        self.take()
        return not self.open


def begin_sweep(harness, answers):
    """The clock goes on to the slot."""
    for _ in range(PERIOD_S // 30 + 1):
        harness.do("clock", advance_s=30)
        if answers.take():
            return
    raise AssertionError("no sweep began")


def sweep(harness, chunks):
    """Chunk by chunk, each until all is answered: list and bundle of each."""
    answers, loop = Answers(harness), Loop(harness)
    begin_sweep(harness, answers)
    loop.take()
    first = loop.blocks[0]
    began, count = time.monotonic(), 0
    while True:
        eventually(answers.all_in, what=f"answers: {len(answers.open)} are open")
        loop.take()
        count, before = count + 1, len(answers.rows)
        if count == chunks:
            break
        harness.do("clock", advance_s=SPACING_S)
        if answers.take() == before:
            break
    return {"begin_ms": first, **loop.figures(), "chunks": count, "wall_s": time.monotonic() - began,
            **rate(answers, count)}


def rate(answers, chunks):
    kinds = [kind for kind, _, _ in answers.rows.values()]
    bytes_out = [size for _, _, size in answers.rows.values()]
    return {"lists": kinds.count("device-list"), "bundles": kinds.count("bundle"),
            "answered": sum(status == "answered" for _, status, _ in answers.rows.values()),
            "bytes_a_s": sum(bytes_out) / (chunks * SPACING_S), "largest_bytes": max(bytes_out)}


def measure(rig, chunks):
    found = {}
    for part, protocol in (("sign-on, plain XMPP", "prpl-jabber"), ("sign-on", "prpl-penregister")):
        found[part], harness, account = sign_on(rig, protocol)
        if protocol == "prpl-jabber":
            harness.close()
    found["first sweep"] = sweep(harness, chunks)
    assert harness.close() == 0
    return found


def tell(found):
    for part, figures in found.items():
        print(json.dumps({"bench": "roster", "part": part, **{key: round(value, 2) for key, value in figures.items()}}))
    swept = found["first sweep"]
    print(f"longest stand-still: plain XMPP at sign-on {found['sign-on, plain XMPP']['max_block_ms']:.1f} ms, ours at "
          f"sign-on {found['sign-on']['max_block_ms']:.1f} ms, in the sweep {swept['max_block_ms']:.1f} ms")
    print(f"a sweep sends {swept['bytes_a_s']:.0f} bytes/s (ejabberd allows {EJABBERD_RATE}, Prosody {PROSODY_RATE}); "
          f"the largest element has {swept['largest_bytes']:.0f} bytes ({LARGEST_BYTES} are allowed)")


def missed(found):
    """The sentence of the missed figure, or None."""
    swept = found["first sweep"]
    if swept["max_block_ms"] > LIMIT_MS:
        return f"The main loop stands still for longer than {LIMIT_MS} ms in a sweep."
    if swept["bytes_a_s"] > EJABBERD_RATE or swept["largest_bytes"] > LARGEST_BYTES:
        return "A sweep is more than servers let pass."
    return "Not all was answered." if swept["answered"] < swept["lists"] + swept["bundles"] - 1 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=10000)
    parser.add_argument("--chunks", type=int, default=500, help="of the sweep, 0 for all")
    options = parser.parse_args()
    rig = Keyed(options.contacts, 0)
    try:
        found = measure(rig, options.chunks)
    finally:
        rig.close(keep=False)
    tell(found)
    sys.exit(missed(found))


if __name__ == "__main__":
    main()
