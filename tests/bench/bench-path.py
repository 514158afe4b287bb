#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What recording costs a client on a real server: commits a main-loop turn,
their share of the time, and how long the main loop stands still, in sign-ons,
in a burst of lookups and in one message; on this disk and on one whose every
sync takes 20 ms more.

    bench-path.py [--runs N] [--only CASE]

One JSON object a run and case, then a table of medians. Exit status 1 when a
slow sign-on with 500 contacts holds up the main loop longer than it may."""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import crowd
from rig import eventually

SYNC_US = 20000
MEMORY = "/dev/shm"
CONTACTS, LOOKUPS = 500, 1000
SETTLE_S = 2
BURST_S = 120
LIMIT_MS = 100
LIMITED = "sign-on 500"
COLUMNS = ("commits", "turns", "commits_a_turn", "commit_ms", "share_pct", "max_block_ms", "block_ms",
           "blocks_over_20ms", "wall_ms")


class Meter:
    """The harness's counters from now on."""

    def __init__(self, harness):
        self.harness = harness
        harness.do("loop-reset")
        self.before = harness.do("pane-stats")
        self.began = time.monotonic()

    def read(self):
        wall_ms = (time.monotonic() - self.began) * 1e3
        after, loop = self.harness.do("pane-stats"), self.harness.do("loop")
        commits = after["commits"] - self.before["commits"]
        commit_ms = (after["commit_us"] - self.before["commit_us"]) / 1e3
        return {"commits": commits, "turns": loop["turns"], "commits_a_turn": commits / max(1, loop["turns"]),
                "commit_ms": commit_ms, "share_pct": 100 * commit_ms / wall_ms,
                "max_block_ms": loop["max_block_us"] / 1e3, "block_ms": loop["total_block_us"] / 1e3,
                "blocks_over_20ms": loop["blocks_over_20ms"], "wall_ms": wall_ms}


class Bench:
    def __init__(self, rig):
        self.rig, self.folders = rig, []

    def harness(self, sync_us):
        """On this disk; a slow one is in memory where that can be, so that it is just as slow as it is said to be."""
        if not sync_us:
            return self.rig.harness("--main-loop-stats")
        folder = tempfile.mkdtemp(prefix="pen-bench-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None)
        self.folders.append(folder)
        return self.rig.harness("--main-loop-stats", "--slow-sync-us", str(sync_us), config=folder)

    def close(self, keep):
        self.rig.close(keep)
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)

    def sign_on(self, name, sync_us, protocol="prpl-penregister"):
        """From `connect` until two seconds after sign-on; then the harness stays for the next case."""
        harness = self.harness(sync_us)
        account = self.rig.account(harness, name, protocol, connect=False, when="typed")
        meter = Meter(harness)
        harness.do("connect", account=account)
        time.sleep(SETTLE_S)
        return meter.read(), harness, account

    def sign_on_empty(self, sync_us):
        figures, harness, _ = self.sign_on(crowd.LONER, sync_us)
        harness.close()
        return figures

    def sign_on_plain(self, sync_us):
        """The same without us, to compare with."""
        return self.sign_on_500(sync_us, "prpl-jabber")

    def sign_on_500(self, sync_us, protocol="prpl-penregister"):
        figures, harness, account = self.sign_on("alice", sync_us, protocol)
        known = len(harness.do("buddies", account=account)["buddies"])
        assert known == CONTACTS + 1, f"only {known} contacts came"
        harness.close()
        return figures

    def burst(self, sync_us):
        """All lookups are asked for at once, and all have their answers."""
        _, harness, account = self.sign_on(crowd.LONER, sync_us)
        names = (self.rig.contacts + self.rig.strangers)[:LOOKUPS]
        lines = [json.dumps({"do": "lookup", "id": f"burst-{name}", "account": account, "to": crowd.jid(name)}) + "\n"
                 for name in names]
        meter = Meter(harness)
        harness.process.stdin.write("".join(lines).encode())
        harness.process.stdin.flush()
        seen = harness.mark()
        eventually(lambda: finished(harness, seen) >= LOOKUPS, BURST_S, "the answers")
        figures = meter.read()
        time.sleep(1)
        rows = harness.rows(trigger="manual")
        assert len(rows) == LOOKUPS and all(row["attempts"] == 1 for row in rows), "not all were asked"
        harness.close()
        return figures

    def message(self, sync_us):
        """One message to a friend who is known to have no device list."""
        _, harness, account = self.sign_on(crowd.FRIEND, sync_us)
        harness.do("policy", account=account, set={"when": "never"})
        to = crowd.jid("alice")
        harness.do("open", account=account, to=to)
        say(harness, account, to)
        time.sleep(SETTLE_S)
        meter = Meter(harness)
        seen = harness.mark()
        say(harness, account, to)
        harness.wait("im-out", since=seen, to="xmpp:" + to)
        eventually(lambda: harness.rows(address="xmpp:" + to, kind="delivery")[-1]["attempts"] == 1, 10, "the send")
        time.sleep(1)
        figures = meter.read()
        harness.close()
        return figures


def finished(harness, since):
    """How many rows of the burst have an answer, by the events."""
    rows = [e["row"] for e in harness.events[since:] if e["event"] == "row"]
    return len({row["row"] for row in rows if row["trigger"] == "manual" and row["status"] in ("answered", "error")})


def say(harness, account, to):
    sent = harness.do("send", account=account, to=to, text="How much does this cost?")
    if sent["state"] == "held":
        harness.do("answer", message=sent["message"], choice="plain")


def cases(bench):
    for name, run in (("plain XMPP, 500", bench.sign_on_plain), ("sign-on 0", bench.sign_on_empty),
                      (LIMITED, bench.sign_on_500), (f"burst of {LOOKUPS}", bench.burst),
                      ("one message", bench.message)):
        for sync_us in (0, SYNC_US) if run != bench.sign_on_plain else (0,):
            yield name, sync_us, run


def measure(bench, options):
    found = {}
    for name, sync_us, run in cases(bench):
        if options.only and options.only not in name:
            continue
        for number in range(options.runs):
            figures = run(sync_us)
            print(json.dumps({"bench": "path", "case": name, "sync_us": sync_us, "run": number,
                              **{key: round(value, 3) for key, value in figures.items()}}), flush=True)
            found.setdefault((name, sync_us), []).append(figures)
    return found


def tell(found):
    print(f"{'case (medians)':24}" + "".join(f"{column.replace('_', ' '):>17}" for column in COLUMNS))
    for (name, sync_us), runs in found.items():
        label = f"{name}{', slow' if sync_us else ''}"
        values = [statistics.median(run[column] for run in runs) for column in COLUMNS]
        print(f"{label:24}" + "".join(f"{value:17.2f}" for value in values))


def missed(found):
    """The sentence of the missed figure, or None."""
    runs = found.get((LIMITED, SYNC_US))
    if not runs:
        return None
    taken = statistics.median(run["commit_ms"] for run in runs)
    print(f"a slow sign-on with {CONTACTS} contacts: {taken:.1f} ms in commits, {LIMIT_MS} ms are allowed")
    return "The main loop stands still too long." if taken > LIMIT_MS else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", metavar="CASE", help="cases with this in their name")
    options = parser.parse_args()
    bench = Bench(crowd.Crowd(CONTACTS, LOOKUPS - CONTACTS))
    done = False
    try:
        found = measure(bench, options)
        done = True
    finally:
        bench.close(keep=not done)
    tell(found)
    sys.exit(missed(found))


if __name__ == "__main__":
    main()
