#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches on real servers: the sweep of the whole list whatever the user does, numbers in one request, directories that
misbehave, clocks that jump, restarts, a store that refuses, and what the ledger says that observers can hold."""

import calendar
import datetime
import importlib
import os
import shutil
import sys

from rig import eventually, main

from penbox import control

swap = importlib.import_module("test-swap")
fail_closed = importlib.import_module("test-fail-closed")

PERIOD_S, STEP_S = 600, 60
POLICY = {"when": "batch", "pad": False, "slots": 64, "period_s": PERIOD_S, "fast_slots": 8, "fast_period_s": 600,
          "fresh_s": 2 * PERIOD_S}
BEGIN = "2026-01-31T12:00:00Z"
CROWD, GONE = 600, 100  # so many that they are not all taken in in one turn
NUMBERS = ["+4915123456701", "+4915123456702", "+4917012345603"]
STRANGER = "+4915999999999"
# A directory answers these with nothing: what follows from an answer is left out of the comparison.
FAULTS = [{"late_s": 1}, {"error": {"type": "wait", "condition": "resource-constraint"}}, {"partial": 0},
          {"extra": {STRANGER: ["c01@pen.test"]}}, {"limit": 1}, {"silent": True}, {"wrong_from": "x@directory.pen.test"}]
SOUND = {"late_s": 0, "silent": False, "error": None, "partial": None, "extra": {}, "wrong_from": None, "limit": 2048}
ROSTER = {}


def roster(rig):
    """Whom alice is subscribed to."""
    if rig.sandbox_dir not in ROSTER:
        ROSTER[rig.sandbox_dir] = {jid for jid, one in rig.run("seed").items() if one["subscription"] == "both"}
    return ROSTER[rig.sandbox_dir]


def clock_of(text):
    return datetime.datetime.strptime(text[:19] + "Z", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)


def seconds(text):
    return calendar.timegm(clock_of(text).timetuple())


class Run(swap.Run):
    """Alice, by a virtual clock."""

    def __init__(self, rig, name, begin=BEGIN, **policy):
        roster(rig)
        super().__init__(rig, os.path.join(rig.dir, f"{rig.server}-{name}"), begin, 5)
        self.alice = swap.account(rig, self.harness)
        if policy:
            self.do("policy", set={**POLICY, **policy})
        control.ask(self.directory, "clear")
        control.ask(self.directory, "forget")
        self.seen = len(rig.stanzas())
        self.do("connect")
        # A clock that runs ahead would time out what is asked while keys are published.
        self.harness.until_keys(self.alice)

    def step(self):
        self.harness.do("clock", advance_s=STEP_S)
        eventually(self.is_quiet, what="all answers")

    def steps(self, count, acts=()):
        """What was asked in each step. ACTS: step -> what the user does before it."""
        found = []
        for number in range(count):
            if number in acts:
                acts[number](self)
            self.step()
            found.append(self.lookups())
        return found

    def until(self, check, what, steps=4 * PERIOD_S // STEP_S):
        for _ in range(steps):
            if check():
                return
            self.step()
        assert check(), f"never came: {what}"

    def batches(self, lane, **filters):
        """Batch -> its rows."""
        found = {}
        for row in self.harness.rows(trigger="schedule", **filters):
            if row["batch"] and row["batch"].startswith(lane + ":"):
                found.setdefault(row["batch"], []).append(row)
        return found

    def times(self, lane):
        return [seconds(min(row["at"] for row in rows)) for rows in self.batches(lane).values()]

    def now(self):
        return clock_of(self.harness.do("clock", advance_s=0)["now"])

    def sent(self, to, text):
        reply = self.do("send", to=to, text=text)
        if reply["state"] == "held":
            self.harness.wait("im-status", message=reply["message"], status="sent")
        return reply["state"]

    def close(self):
        assert self.harness.close() == 0


def peer(rig, name):
    """Somebody with keys, who stays signed on: a harness of their own."""
    harness = rig.harness()
    account = rig.account(harness, name)
    harness.until_keys(account)
    return harness


def copies(rig, name, count=2, numbers=(), **policy):
    """Folders of one and the same store that knows everybody; the time at which its clock stands."""
    run = Run(rig, name, **{"when": "batch", **policy})
    run.befriend(numbers)
    run.step()
    begin = run.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    run.close()
    for number in range(count):
        shutil.copytree(run.harness.config_dir, f"{run.harness.config_dir}-{number}")
    return [f"{name}-{number}" for number in range(count)], begin


def sweep(rig):
    """Everybody is asked about, list and bundles, once in the time for which an answer stands; whom the user opens,
    types to and writes to changes nothing, and a message needs nobody to be asked."""
    bob = peer(rig, "bob")
    (idle, busy), begin = copies(rig, "sweep")
    run = Run(rig, idle, begin)
    traces = [run.steps(50)]
    check_sweeps(rig, run)
    run.close()
    run = Run(rig, busy, begin)
    traces.append(run.steps(50, {25: busy_with("bob@pen.test"), 31: busy_with("bob@pen.test"),
                                 40: lambda run: run.do("open", to="c18@pen.test")}))
    assert [row for row in run.harness.rows(kind="delivery", address="xmpp:bob@pen.test") if row["attempts"]]
    for number, (one, other) in enumerate(zip(*traces)):
        assert one == other, (number, one, other)
    run.close()
    assert bob.close() == 0


def busy_with(jid):
    def act(run):
        run.do("open", to=jid)
        run.do("type", to=jid)
        assert run.sent(jid, "nobody has to be asked") == "sent", "the session came with the sweep"
    return act


def check_sweeps(rig, run):
    lists, bundles = run.batches("sweep", kind="device-list"), run.batches("sweep", kind="bundle")
    assert len(lists) >= 2, lists.keys()
    for batch, rows in lists.items():
        asked = sorted(row["address"] for row in rows)
        assert asked == sorted("xmpp:" + jid for jid in roster(rig)), (batch, asked)
        assert {row["rule"] for row in rows} == {"batch"}
        listed = sorted(row["address"] for row in bundles[batch])
        assert {"xmpp:bob@pen.test", "xmpp:c18@pen.test", "xmpp:c19@pen.test"} <= set(listed), listed
        assert listed.count("xmpp:c19@pen.test") == 2, listed
    begun = run.times("sweep")
    assert all(later - one == 2 * PERIOD_S for one, later in zip(begun, begun[1:])), begun


def cut(rig):
    """Signed off in the middle of a sweep: at the next slot those are asked about whose turn did not come, and those
    of the chunk that was just leaving; nobody else, whomever the user opens."""
    run = Run(rig, "cut", when="batch")
    for _ in range(PERIOD_S):
        if run.batches("sweep"):
            break
        run.harness.do("clock", advance_s=1)
    for _ in range(2):
        run.harness.do("clock", advance_s=1)
    eventually(run.is_quiet, what="all answers")
    (batch, rows), = run.batches("sweep", kind="device-list").items()
    begun = [row["address"] for row in rows]
    everybody = {"xmpp:" + jid for jid in roster(rig)}
    assert len(begun) == 8 and len(everybody) > 8, (batch, begun)
    run.do("disconnect")
    run.harness.do("clock", advance_s=STEP_S)
    run.do("connect")
    run.do("open", to=begun[0].removeprefix("xmpp:"))
    run.until(lambda: len(run.batches("sweep", kind="device-list")) > 1, "the rest of the sweep", PERIOD_S // STEP_S + 1)
    run.step()
    batches = run.batches("sweep", kind="device-list")
    assert len(batches) == 2, batches.keys()
    rest = [row["address"] for name, rows in batches.items() if name != batch for row in rows]
    assert sorted(rest) == sorted(everybody - set(begun[:4])), (begun, rest)
    run.close()


def numbers(rig):
    """Several new numbers wait, leave as one request at the slot, and what was written to them goes then."""
    carol = peer(rig, "carol")
    run = Run(rig, "numbers", when="batch")
    control.ask(run.directory, {"do": "entries", "set": {NUMBERS[0]: ["carol@other.test"], NUMBERS[1]: []}})
    held = [run.do("send", to=number, text="as soon as we know") for number in NUMBERS]
    assert {one["state"] for one in held} == {"held"} and not run.requests(), held
    run.until(run.requests, "a batch of numbers")
    assert [sorted(request["numbers"]) for request in run.requests()] == [sorted(NUMBERS)], run.requests()
    (batch, rows), = run.batches("slot").items()
    assert len(rows) == 3 and len({row["stanza"] for row in rows}) == 1, rows
    run.until(lambda: run.harness.rows(kind="bundle", address="xmpp:carol@other.test"), f"what follows: {run.harness.rows()[-5:]}", 3)
    run.harness.wait("im-status", message=held[0]["message"], status="sent")
    asked = [e for e in run.harness.events if e["event"] == "question" and e["message"] == held[0]["message"]]
    assert not asked and run.do("route", to=NUMBERS[0])["route"] == "encrypted", asked
    assert {row["trigger"] for row in run.harness.rows(kind="bundle")} == {"schedule"}
    assert not rig.run("sms", "list")
    run.close()
    assert carol.close() == 0


def removed(rig):
    """Who leaves a long list while it is taken in after signing on, and all its groups, is not asked about; all the
    others are."""
    control.ask(rig.box["directory"]["control"], {"do": "entries", "set": {}})
    run, crowd = Run(rig, "removed", slots=256), [f"+49151{23000000 + number}" for number in range(CROWD)]
    run.befriend(crowd)
    for number in crowd[-GONE:]:
        run.do("buddy-add", name=number, group="Old friends")
    run.do("disconnect")
    since = run.harness.mark()
    run.do("connect")
    run.harness.wait("signed-on", since=since)
    leaving = [run.harness.tell("buddy-remove", account=run.alice, name=number) for number in crowd[-GONE:]]
    assert all(run.harness.answer("buddy-remove", number)["ok"] for number in leaving)
    asked = set()
    run.until(lambda: asked.update(*(request["numbers"] for request in run.requests())) or len(asked) >= CROWD - GONE,
              "all who are left", 4 * CROWD // 256 * PERIOD_S // STEP_S)
    run.steps(2 * PERIOD_S // STEP_S)
    assert asked.union(*(request["numbers"] for request in run.requests())) == set(crowd[:-GONE])
    run.close()


def passive(rig):
    """never: a list that was pushed does, and bundles are withheld; an explicit look-up lets the message go."""
    bob = peer(rig, "bob")
    run = Run(rig, "passive", when="never")
    jid = "bob@pen.test"
    eventually(lambda: run.do("route", to=jid)["origin"] == "pushed", what="a pushed list")
    held = run.do("send", to=jid, text="no keys yet")
    assert held["state"] == "held", held
    rows = run.harness.rows(address="xmpp:" + jid, kind="bundle")
    assert rows and {(r["status"], r["rule"], r["attempts"]) for r in rows} == {("withheld", "never", 0)}, rows
    run.rig.until_received(run.harness, run.alice)
    assert not run.lookups()
    row = run.do("lookup", to=jid)["row"]
    assert (row["trigger"], row["rule"], row["batch"]) == ("manual", "explicit", None), row
    run.harness.wait("im-status", message=held["message"], status="sent")
    asked = [r for r in run.harness.rows(address="xmpp:" + jid, kind="bundle") if r["attempts"]]
    assert asked and {(r["trigger"], r["rule"]) for r in asked} == {("manual", "explicit")}, asked
    run.close()
    assert bob.close() == 0


def directory(rig):
    """A directory that is late, silent, wrong or refuses: the next batches leave as if nothing was, nothing wrong is
    believed, and each row has its end."""
    control.ask(rig.box["directory"]["control"], {"do": "entries", "set": {}})
    names, begin = copies(rig, "directory", numbers=NUMBERS, fresh_s=PERIOD_S)
    traces = []
    for name, faults in zip(names, ([{}] * len(FAULTS), FAULTS)):
        run = Run(rig, name, begin)
        traces.append([asked for fault in faults for asked in under_fault(run, fault)])
        for number in [*NUMBERS, STRANGER]:
            assert run.do("route", to=number)["capability"] != "encrypted", (number, run.do("route", to=number))
        ends = {row["status"] for row in run.harness.rows(kind="directory")}
        assert ends == ({"answered", "error", "timeout"} if faults is FAULTS else {"answered"}), (name, ends)
        run.close()
    for number, (one, other) in enumerate(zip(*traces)):
        assert one == other, (number, one, other)
    assert sum(map(len, traces[0])) >= len(FAULTS), traces[0]


def under_fault(run, fault):
    """What is asked in one period with FAULT, without the JIDs that are swept."""
    entries = {NUMBERS[0]: ["c01@pen.test"]} if "wrong_from" in fault else {}
    control.ask(run.directory, {"do": "entries", "set": entries})
    control.ask(run.directory, {"do": "mode", "set": {**SOUND, **fault}})
    found = []
    for _ in range(PERIOD_S // STEP_S):
        run.harness.do("clock", advance_s=STEP_S)
        if "silent" in fault or "wrong_from" in fault:
            run.rig.until_received(run.harness, run.alice)
        else:
            eventually(run.is_quiet, what=f"answers with {fault}")
        found.append([xml for xml in run.lookups() if "quicksy" in xml])
    control.ask(run.directory, {"do": "mode", "set": SOUND})
    control.ask(run.directory, {"do": "entries", "set": {}})
    run.harness.do("clock", advance_s=0)
    return found


def jumps(rig):
    """A clock that jumps: at most one batch a lane at once, and the next within one and a half periods."""
    run = Run(rig, "jumps", when="batch", fresh_s=PERIOD_S)
    run.befriend(NUMBERS)
    run.until(lambda: run.batches("slot") and run.batches("sweep"), "the first batches")
    for jump_s in (370 * 86400, -370 * 86400, 25 * 60, -25 * 60, 3600, 40, -40):
        before = {lane: set(run.batches(lane)) for lane in ("slot", "sweep")}
        to = run.now() + datetime.timedelta(seconds=jump_s)
        run.harness.do("clock", set=to.strftime("%Y-%m-%dT%H:%M:%SZ"))
        eventually(run.is_quiet, what="all answers")
        for lane, known in before.items():
            assert len(set(run.batches(lane)) - known) <= 1, (jump_s, lane)
        at_jump = {lane: set(run.batches(lane)) for lane in before}
        for _ in range(3 * PERIOD_S // 2 // STEP_S + 1):
            run.step()
        for lane, known in at_jump.items():
            new = len(set(run.batches(lane)) - known)
            assert 1 <= new <= 2, (jump_s, lane, new)
    run.close()


def restart(rig):
    """Ended and killed in mid-schedule: the same phase, the same subjects, no burst; and what observers can hold."""
    policy = {"when": "batch", "pad": True, "period_s": 120, "fast_slots": 0, "fast_period_s": 0}
    run = Run(rig, "restart", **policy)
    run.befriend(NUMBERS)
    run.until(lambda: len(run.batches("slot")) >= 10, "padded batches", 80)
    known = {row["address"] for rows in run.batches("slot").values() for row in rows}
    for end in ("close", "kill"):
        times = run.times("slot")
        now = run.now()
        run.close() if end == "close" else run.harness.kill()
        run = Run(rig, "restart", now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        assert run.times("slot") == times, "a burst at sign-on"
        run.until(lambda: len(run.batches("slot")) >= len(times) + 4, "the next batches", 16)
        # A slot may be noticed late, by a quarter of its period.
        phases = sorted({at % 120 for at in run.times("slot")})
        assert phases[-1] - phases[0] <= 30, run.times("slot")
        fresh = {row["address"] for rows in run.batches("slot").values() for row in rows} - known
        assert len(fresh) <= 4, fresh
    check_padded(run)
    refuses(rig, run)
    run.close()


def refuses(rig, run):
    """A store that cannot be written: no batch leaves; later the next does."""
    run.lookups()
    with fail_closed.locked(fail_closed.store(run.harness)):
        for _ in range(3):
            run.harness.do("clock", advance_s=STEP_S)
        rig.until_received(run.harness, run.alice)
        assert not run.lookups()
    before = len(run.batches("slot"))
    run.until(lambda: len(run.batches("slot")) > before, "a batch after all", 6)


def observer(run, name):
    found = [one for one in run.do("exposure", days=30)["observers"] if one["observer"] == name]
    assert len(found) == 1, found
    return found[0]


def check_padded(run):
    seen = observer(run, "directory")
    print(f"# padded: {seen}")
    # Two batches are never nearer than half a period, whatever the restarts were.
    assert 60 <= seen["timing_s"] <= 120 and seen["cover"] > 200 and seen["people"] == len(NUMBERS), seen


def exposure(rig):
    """What the directory can hold: the second of each look-up with `send`, the period with `batch`."""
    for when, timing_s, typed in (("send", 1, 2), ("batch", PERIOD_S, 3)):
        run = Run(rig, "exposure-" + when, when=when)
        for number in NUMBERS[:2]:
            run.do("open", to=number)
            run.do("send", to=number, text="how exposed am I")
        run.do("open", to=NUMBERS[2])
        run.until(lambda: [row for row in run.harness.rows(kind="directory") if row["attempts"]], "a request")
        seen = observer(run, "directory")
        print(f"# {when}: {seen}")
        assert (seen["timing_s"], seen["cover"]) == (timing_s, 0), seen
        # Who was only entered leaves a row where they wait for a slot.
        assert (seen["baseline"]["people"], seen["baseline"]["timing_s"]) == (typed, 1), seen
        run.close()


if __name__ == "__main__":
    main([sweep, cut, numbers, removed, passive, directory, jumps, restart, exposure],
         servers=sys.argv[1:] or ("prosody", "ejabberd"))
