#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an encrypted message costs a client on a real server: how long its main
loop stands still for one, out and in, and how many commits that takes, on this
disk and on one whose every sync takes 20 ms more; and how long it stands still
at a time while thousands that were kept come in.

    bench-omemo-path.py [--runs N] [--kept N]

One JSON object a case, then a table of the goals. A goal that is missed does
not change the exit status: that is for what could not be done."""

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
FRAME_BYTES, FRAMES = 4096 + 24, 9  # what one send writes to the store's log
US, THEM = "alice", crowd.FRIEND
OUT, IN = "out", "in"
BREATH_S = 0.05
AT_ONCE = 100
ROW, ROWS = 50, 20
CATCH_UP_S = 300


class Side:
    """One account with the plugin, signed on."""

    def __init__(self, rig, name, sync_us=0):
        options = ["--main-loop-stats"] + (["--slow-sync-us", str(sync_us)] if sync_us else [])
        self.folder = tempfile.mkdtemp(prefix="pen-bench-", dir=MEMORY) if sync_us else None
        self.rig, self.name, self.jid = rig, name, crowd.jid(name)
        self.harness = rig.harness(*options, config=self.folder)
        self.account = rig.account(self.harness, name, log_encrypted=False)

    def do(self, name, /, **arguments):
        return self.harness.do(name, account=self.account, **arguments)

    def begin(self):
        """Forgets what the main loop did so far."""
        self.harness.do("loop-reset")
        return self.harness.do("pane-stats")["commits"]

    def read(self, commits):
        """The longest stretch, all of them together, and the commits since begin() returned COMMITS."""
        loop = self.harness.do("loop")
        return {"max_block_ms": loop["max_block_us"] / 1e3, "cpu_ms": loop["max_block_cpu_us"] / 1e3,
                "block_ms": loop["total_block_us"] / 1e3, "commits": self.harness.do("pane-stats")["commits"] - commits}

    def send(self, to, text):
        """Until it is on the wire."""
        seen = self.harness.mark()
        reply = self.do("send", to=to.jid, text=text)
        self.harness.wait("im-status", since=seen, message=reply["message"], status="sent")
        return reply["message"]

    def send_row(self, to, count):
        """COUNT texts, nothing waited for between them; milliseconds of each call, and of the main loop for one."""
        self.begin()
        seen = to.harness.mark()
        asked = [self.harness.tell("send", account=self.account, to=to.jid, text=f"{number} in a row")
                 for number in range(count)]
        took = [self.harness.answer("send", number)["took_us"] / 1e3 for number in asked]
        loop_ms = self.harness.do("loop")["total_block_us"] / 1e3 / count
        to.harness.wait("im-in", since=seen, text=f"{count - 1} in a row")
        return took, loop_ms

    def close(self):
        self.harness.close()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def pass_text(one, two, text):
    """From ONE to TWO; the figures of both."""
    seen = two.harness.mark()
    counts = one.begin(), two.begin()
    one.send(two, text)
    out = one.read(counts[0])
    two.harness.wait("im-in", since=seen, text=text, route="encrypted")
    time.sleep(BREATH_S)
    return {OUT: out, IN: two.read(counts[1])}


def know_each_other(one, two):
    for a, b in ((one, two), (two, one)):
        eventually(lambda: a.do("route", to=b.jid)["route"] == "encrypted", what=f"the devices of {b.jid}")
    for turn in range(2):
        for a, b in ((one, two), (two, one)):
            pass_text(a, b, f"hello {turn}")
    time.sleep(1)


def median(passed, way, figure):
    return statistics.median(figures[way][figure] for figures in passed)


def tell(name, sync_us, passed):
    for way in (OUT, IN):
        print(json.dumps({"bench": "omemo-path", "case": name, "way": way, "sync_us": sync_us, "messages": len(passed),
                          **{figure: round(median(passed, way, figure), 3) for figure in passed[0][way]},
                          "worst_ms": round(max(figures[way]["max_block_ms"] for figures in passed), 3)}), flush=True)


def measure(rig, sync_us, runs):
    """RUNS messages one way, then as many in turn; the figures of each, by case."""
    one, two = Side(rig, US, sync_us), Side(rig, THEM)
    know_each_other(one, two)
    found = {"one way": [], "in turn": []}
    for number in range(runs):
        found["one way"].append(pass_text(one, two, f"one way {number}"))
        time.sleep(2 * SYNC_US / 1e6 + BREATH_S)
    for number in range(runs):
        found["in turn"].append(pass_text(one, two, f"in turn {number}"))
        pass_text(two, one, f"answer {number}")
    for name, passed in found.items():
        tell(name, sync_us, passed)
    found["in a row"] = [one.send_row(two, ROW) for _ in range(ROWS)]
    one.close()
    two.close()
    return found


def ticks():
    """Of the processors' time so far: what others on the same host took, and all of it."""
    with open("/proc/stat", encoding="ascii") as stat:
        spent = [int(word) for word in stat.readline().split()[1:9]]
    return spent[-1], sum(spent)


def in_a_row(rows):
    """A call at the median, and the main loop for one message."""
    return (statistics.median(call for took, _ in rows for call in took),
            statistics.median(loop for _, loop in rows))


def disk_alone(folder, runs):
    """Milliseconds that the disk takes for one send's bytes by itself, at the same pace: no plugin can be faster."""
    took = []
    with open(os.path.join(folder, "disk-alone"), "wb", buffering=0) as file:
        file.write(bytes(FRAME_BYTES * FRAMES * runs))
        os.fdatasync(file.fileno())
        file.seek(0)
        for number in range(runs):
            time.sleep(2 * BREATH_S)
            begun = time.monotonic()
            file.write(bytes([number % 256]) * FRAME_BYTES * FRAMES)
            os.fdatasync(file.fileno())
            took.append((time.monotonic() - begun) * 1e3)
    return statistics.median(took)


def send_many(one, two, number):
    """Messages to somebody who is not there."""
    for first in range(0, number, AT_ONCE):
        lines = [json.dumps({"do": "send", "id": f"kept-{n}", "account": one.account, "to": two.jid,
                             "text": f"kept {n}"}) + "\n" for n in range(first, min(number, first + AT_ONCE))]
        seen = one.harness.mark()
        one.harness.process.stdin.write("".join(lines).encode())
        one.harness.process.stdin.flush()
        eventually(lambda: statuses(one, seen) >= len(lines), CATCH_UP_S, "the sends")


def statuses(one, since):
    return len({e["message"] for e in one.harness.events[since:]
                if e["event"] == "im-status" and e["status"] == "sent"})


def catch_up(rig, number, way):
    """What was sent while the other was away comes in at once; from a server with an archive it comes out of that too."""
    one, two = Side(rig, US), Side(rig, THEM)
    know_each_other(one, two)
    two.do("disconnect")
    send_many(one, two, number)
    commits, seen = two.begin(), two.harness.mark()
    two.do("connect")
    eventually(lambda: came(two, seen) >= number, CATCH_UP_S, f"{number} messages that were kept")
    figures = two.read(commits)
    print(json.dumps({"bench": "omemo-path", "case": f"catch-up, {way}", "messages": number,
                      **{key: round(value, 3) for key, value in figures.items()}}), flush=True)
    one.close()
    two.close()
    return figures


def came(two, since):
    return sum(e["event"] == "im-in" and e["text"].startswith("kept ") for e in two.harness.events[since:])


def catch_up_all(rig, number):
    """The figures of both ways, on servers without and with an archive."""
    if not number:
        return {}
    found = {"kept": catch_up(rig, number, "kept")}
    other, done = crowd.Crowd(0, 0, more=("archive",)), False
    try:
        found["kept and archived"] = catch_up(other, number, "kept and archived")
        done = True
    finally:
        other.close(keep=not done)
    return found


def goals(fast, slow, kept, disk_ms):
    """What is told, what is wanted at most (if anything), what was found."""
    yield "the disk alone, the same bytes and one sync, ms", None, disk_ms
    yield "a send, the plugin's and libpurple's own work, ms", None, median(fast["one way"], OUT, "cpu_ms")
    call_ms, loop_ms = in_a_row(fast["in a row"])
    yield f"a send among {ROW} in a row blocks the main loop, ms", 0.6, call_ms
    yield f"all of the main loop for one of {ROW} in a row, ms", None, loop_ms
    yield "a send blocks the main loop, one way, ms", 0.6, median(fast["one way"], OUT, "max_block_ms")
    yield "a send blocks the main loop, in turn, ms", 0.6, median(fast["in turn"], OUT, "max_block_ms")
    if slow:
        yield "slow disk: commits a send", 1, median(slow["one way"], OUT, "commits")
        syncs = median(slow["one way"], OUT, "block_ms") * 1e3 / SYNC_US
        yield "slow disk: a send blocks the main loop, syncs", 1.1, syncs
    for way, figures in kept.items():
        yield f"messages {way}: the longest block, ms", 60, figures["max_block_ms"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=31)
    parser.add_argument("--kept", type=int, default=5000, help="messages that come in at once; 0 for none")
    options = parser.parse_args()
    rig = crowd.Crowd(0, 0)
    done, began = False, ticks()
    try:
        fast = measure(rig, 0, options.runs)
        slow = measure(rig, SYNC_US, options.runs) if os.access(MEMORY, os.W_OK) else None
        kept = catch_up_all(rig, options.kept)
        disk_ms = disk_alone(rig.dir, options.runs)
        done = True
    finally:
        rig.close(keep=not done)
    stolen, spent = (now - then for now, then in zip(ticks(), began))
    print(json.dumps({"bench": "machine", "load": os.getloadavg()[0], "stolen_percent": round(100 * stolen / spent, 1)}))
    print(f"{'figure':58} {'goal':>12} {'measured':>12}")
    for name, goal, measured in goals(fast, slow, kept, disk_ms):
        wanted = f"<= {goal:9.2f}" if goal is not None else " " * 12
        verdict = "" if goal is None else "ok" if measured <= goal else "short"
        print(f"{name:58} {wanted} {measured:12.2f}  {verdict}")


if __name__ == "__main__":
    main()
