#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a contact list of thousands costs a client with batched look-ups: how long the main loop stands still at
sign-on and in each part of the sweep of the whole list, and how fast the sweep talks to the server. Everybody has a
device list and a bundle, so each sweep asks for both. prpl-jabber signs on with the same list, to compare with:
libpurple takes in a contact list in one go, and that is not ours to change.

    bench-roster.py [--server prosody|ejabberd] [--limited] [--contacts N] [--devices N] [--chunks N]

One JSON object a part, then a table. Exit status 1 when something of ours holds up the main loop for longer than it
may, or when a server would not let a sweep pass. The sweep goes by a virtual clock, as fast as the server answers; its
rate is counted by that clock. ejabberd, and Prosody if it is --limited, has the limits of traffic that it comes with:
by the real clock a sweep is faster than they let pass, so that they are met all the time, and it takes half an hour."""

import argparse
import datetime
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import crowd
from rig import eventually
from penbox.client import Client, publish_list

LIMIT_MS = 20
PERIOD_S, SPACING_S = 3600, 2
# libpurple writes the contact list to its file five seconds after it came: that is part of a sign-on.
WINDOW_S, QUIET_MS, QUIET_TOTAL_MS, QUIET_WINDOWS, SIGN_ON_S = 0.5, 3, 10, 14, 600
ANSWERS_S, CATCH_UP_S, IDLE_STEPS = 120, 3600, 30
LARGEST_BYTES = 262144
# Bytes a second, and what may come at once: ejabberd's "normal" shaper, and Prosody's "10kb/s" for two seconds.
RATES = {"ejabberd": (3000, 20000), "prosody": (10000, 20000)}
REFUSALS = ("policy-violation", "stream:error", "resource-constraint", "Stanza is too large", "XML stanza is too big")
BEGIN = "2026-01-31T12:00:00Z"
LOOKUP = re.compile(r"<items[^>]*node='eu\.siacs\.conversations\.axolotl\.")


class Keyed(crowd.Crowd):
    """A crowd whose members have a bundle that is good: the plugin made it. With more than one of DEVICES each, a list of
    so many, and no bundles."""

    def __init__(self, devices, *others):
        self.devices = devices
        super().__init__(*others)

    async def publish(self):
        model = self.harness()
        account = self.account(model, crowd.MODEL)
        eventually(lambda: self.is_published(model, account), what="the model's keys")
        model.close()
        if self.devices > 1:
            client = await Client(self.box, crowd.MODEL).log_in(presence=False)
            await publish_list(client, range(7001, 7001 + self.devices), "open")
            await client.log_out()

    def is_published(self, model, account):
        if self.server == "prosody":
            return all(any(word in str(path) for path, _ in crowd.copies_of(self.data, crowd.MODEL))
                       for word in ("bundles", "devicelist"))
        return model.ask("devices", account=account, to=crowd.jid(crowd.LONER))["ok"]


class Loop:
    """How long the main loop stands still, window by window."""

    def __init__(self, harness):
        self.harness, self.blocks, self.cpu, self.work, self.total_ms = harness, [], [], [], 0
        harness.do("loop-reset")

    def take(self):
        figures = self.harness.do("loop", timeout_s=SIGN_ON_S)
        self.harness.do("loop-reset")
        self.blocks.append(figures["max_block_us"] / 1e3)
        self.cpu.append(figures["max_block_cpu_us"] / 1e3)
        self.work.append(figures["max_block_work_us"] / 1e3)
        self.total_ms += figures["total_block_us"] / 1e3
        return self.blocks[-1]

    def until_quiet(self):
        """Until nothing has happened for a while: no long stretch, and not many short ones that belong together."""
        quiet = 0
        while quiet < QUIET_WINDOWS:
            time.sleep(WINDOW_S)
            before = self.total_ms
            is_short = self.take() < QUIET_MS
            quiet = quiet + 1 if is_short and self.total_ms - before < QUIET_TOTAL_MS else 0
        return self

    def figures(self):
        longest = sorted(self.blocks, reverse=True)
        return {"max_block_ms": longest[0], "next_block_ms": longest[1] if len(longest) > 1 else 0,
                "max_block_cpu_ms": max(self.cpu), "max_block_work_ms": max(self.work),
                "windows_over_limit": sum(ms > LIMIT_MS for ms in self.blocks),
                "windows_over_limit_cpu": sum(ms > LIMIT_MS for ms in self.cpu),
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


def catch_up(rig, harness, account):
    """Until the server has read what the sign-on made libpurple send: Prosody has every contact's PEP service ask for
    the features of a client that it has not met, and the answers of thousands wait in one queue."""
    word = "caught-up-with"
    harness.do("raw", account=account,
               xml=f"<iq type='get' to='{rig.box['domain']}' id='{word}'><ping xmlns='urn:xmpp:ping'/></iq>")
    with open(rig.box["stanza_log"], encoding="utf-8") as log:
        eventually(lambda: any(word in line for line in log), timeout_s=CATCH_UP_S, what="all of the sign-on at the server")


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
            self.rows[row["row"]] = (row["kind"], row["status"], row["bytes_out"], row["at"])
            (self.open.add if row["status"] in ("recorded", "sent") else self.open.discard)(row["row"])
        return len(self.rows)

    def lists(self):
        return sum(kind == "device-list" for kind, _, _, _ in self.rows.values())

    def all_in(self):
        self.take()
        return not self.open

    def wait(self):
        try:
            eventually(self.all_in, timeout_s=ANSWERS_S, what="all answers")
        except AssertionError:
            print("open:", [(row, self.rows[row]) for row in sorted(self.open)], file=sys.stderr)
            raise


def signed_off(harness):
    return [event for event in harness.events if event["event"] == "signed-off"]


def begin_sweep(harness, answers):
    """The clock goes on to the slot, by no more than a chunk at a time: no answer comes while it moves."""
    for _ in range(PERIOD_S // SPACING_S + 1):
        harness.do("clock", advance_s=SPACING_S)
        if answers.take():
            return
    raise AssertionError(f"no sweep began; signed off: {signed_off(harness)}")


def sweep(harness, chunks, expected):
    """Chunk by chunk, each until all is answered: list and bundle of each. To the end when CHUNKS is 0."""
    answers, loop = Answers(harness), Loop(harness)
    begin_sweep(harness, answers)
    loop.take()
    began, count, steps, idle = time.monotonic(), 1, 0, 0
    while idle < IDLE_STEPS and count != chunks and answers.lists() < expected:
        answers.wait()
        before, steps = len(answers.rows), steps + 1
        harness.do("clock", advance_s=SPACING_S)
        loop.take()
        grew = answers.take() > before
        count, idle = count + grew, 0 if grew else idle + 1
    answers.wait()
    loop.take()
    assert not signed_off(harness), f"the server ended the stream: {signed_off(harness)}"
    return {"begin_ms": loop.blocks[0], **loop.figures(), "chunks": count, "wall_s": time.monotonic() - began,
            "swept_s": steps * SPACING_S, **rate(answers, steps + 1)}


def rate(answers, steps):
    kinds = [kind for kind, _, _, _ in answers.rows.values()]
    bytes_out = [size for _, _, size, _ in answers.rows.values()]
    return {"lists": kinds.count("device-list"), "bundles": kinds.count("bundle"),
            "answered": sum(status == "answered" for _, status, _, _ in answers.rows.values()),
            "errors": sum(status == "error" for _, status, _, _ in answers.rows.values()),
            "bytes_a_s": sum(bytes_out) / (steps * SPACING_S), "largest_bytes": max(bytes_out),
            **{f"held_by_{server}_bytes": held_back(answers, *limit) for server, limit in RATES.items()}}


def held_back(answers, rate_bytes, burst_bytes):
    """Most bytes that a server with this limit would not have read yet, by the virtual clock."""
    filled, most, last = 0, 0, None
    for _, _, size, at in sorted(answers.rows.values(), key=lambda row: row[3]):
        now = datetime.datetime.strptime(at[:19], "%Y-%m-%dT%H:%M:%S")
        filled = max(0, filled - (now - (last or now)).total_seconds() * rate_bytes) + size
        most, last = max(most, filled - burst_bytes), now
    return most


def refused(rig):
    """What the server's own logs say of streams that were ended and of stanzas that were refused."""
    found = []
    for name in os.listdir(rig.box["logs"]):
        with open(os.path.join(rig.box["logs"], name), encoding="utf-8", errors="replace") as log:
            found += [line.strip() for line in log if any(word in line for word in REFUSALS)]
    return found


def measure(rig, chunks):
    found = {}
    for part, protocol in (("sign-on, plain XMPP", "prpl-jabber"), ("sign-on", "prpl-penregister")):
        found[part], harness, account = sign_on(rig, protocol)
        if protocol == "prpl-jabber":
            harness.close()
    catch_up(rig, harness, account)
    found["first sweep"] = sweep(harness, chunks, len(rig.contacts) + 1)
    assert harness.close() == 0
    said = refused(rig)
    assert not said, f"{len(said)} refusals, the first: {said[0]}"
    return found


def tell(found):
    for part, figures in found.items():
        print(json.dumps({"bench": "roster", "part": part, **{key: round(value, 2) for key, value in figures.items()}}))
    swept = found["first sweep"]
    print(f"longest stand-still: plain XMPP at sign-on {found['sign-on, plain XMPP']['max_block_ms']:.1f} ms, ours at "
          f"sign-on {found['sign-on']['max_block_ms']:.1f} ms, in the sweep {swept['max_block_ms']:.1f} ms")
    print(f"our own work at most {swept['max_block_work_ms']:.0f} ms at one go; {swept['lists']:.0f} lists and "
          f"{swept['bundles']:.0f} bundles in {swept['chunks']:.0f} chunks and {swept['swept_s']:.0f} s of the schedule")
    print(f"a sweep sends {swept['bytes_a_s']:.0f} bytes/s; the largest element has {swept['largest_bytes']:.0f} bytes "
          f"({LARGEST_BYTES} are allowed)")
    for server, (rate_bytes, burst_bytes) in RATES.items():
        print(f"{server} ({rate_bytes} bytes/s, {burst_bytes} at once) would hold up "
              f"{swept[f'held_by_{server}_bytes']:.0f} bytes of it")


def missed(found):
    """The sentence of the missed figure, or None."""
    swept = found["first sweep"]
    # Steps of 5 ms. What the host of a virtual machine takes away would count as the thread's own time.
    if found["sign-on"]["max_block_work_ms"] == 0:
        return "The work of the main loop was not measured: a sign-on with thousands is never none."
    if swept["max_block_work_ms"] > LIMIT_MS:
        return f"The main loop stands still for longer than {LIMIT_MS} ms in a sweep."
    if swept["largest_bytes"] > LARGEST_BYTES or any(swept[f"held_by_{server}_bytes"] > 0 for server in RATES):
        return "A sweep is more than servers let pass."
    # The friend has no keys, and says so.
    return "Not all was answered." if swept["answered"] + swept["errors"] < swept["lists"] + swept["bundles"] else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", choices=list(RATES), default="prosody")
    parser.add_argument("--limited", action="store_true", help="Prosody keeps the limit that it comes with")
    parser.add_argument("--contacts", type=int, default=10000)
    parser.add_argument("--devices", type=int, default=1, help="of each contact")
    parser.add_argument("--chunks", type=int, default=500, help="of the sweep, 0 for all")
    options = parser.parse_args()
    rig = Keyed(options.devices, options.contacts, 0, options.server, options.limited)
    try:
        found = measure(rig, options.chunks)
    finally:
        rig.close(keep=False)
    tell(found)
    sys.exit(missed(found))


if __name__ == "__main__":
    main()
