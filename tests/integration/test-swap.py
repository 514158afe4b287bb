#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invariant 5 on a real server: with padded batches the directory and the home server see the same, whichever of the
subjects are the user's contacts. Two runs go on from one and the same store; in the second the contacts and as many
cover subjects change places at once. What is compared: each request to the directory (its numbers, in their order, and
its size), each look-up stanza at the home server, each by the step of the clock in which it came. Left out: deliveries,
presence and roster, which show whom a message goes to whatever the look-ups do, and ids."""

import os
import re
import shutil
import time

from rig import eventually, main

from penbox import control

# Numbers of a real plan: cover numbers are drawn from it.
CONTACTS = ["+4915123456701", "+4915123456702", "+4917012345603", "+4917112345604"]
REGISTERED = {CONTACTS[0]: ["c01@pen.test"], CONTACTS[1]: ["c02@pen.test"], CONTACTS[2]: []}
POLICY = {"when": "batch", "pad": True, "slots": 64, "period_s": 3600, "fast_slots": 8, "fast_period_s": 600,
          "fresh_s": 7200}
BEGIN = "2026-01-31T12:00:00Z"
STEP_S, COLLECT_STEPS, STEPS = 120, 100, 75
LOOKUP = re.compile(r"<items[^>]*node='eu\.siacs\.conversations\.axolotl\.|im\.quicksy\.synchronization")
# What names nobody, or alice, is about her own devices' keys: it tells of no contact, and leaves when it is needed.
NAMES = re.compile(r" to='(?!alice@pen\.test')")


def account(rig, harness):
    return rig.account(harness, "alice", connect=False, gateway="sms.pen.test", directory="directory.pen.test")


class Run:
    """The harness with alice signed on, in a folder that may come from another run."""

    def __init__(self, rig, config, begin, seed):
        self.rig = rig
        self.harness = rig.harness("--virtual-clock", begin, "--seed", str(seed), config=config)
        self.directory = rig.box["directory"]["control"]

    def sign_on(self, first):
        self.alice = account(self.rig, self.harness)
        if first:
            self.harness.do("policy", account=self.alice, set=POLICY)
        control.ask(self.directory, "clear")
        control.ask(self.directory, "forget")
        self.seen = len(self.rig.stanzas())
        self.harness.do("connect", account=self.alice)
        # By then it knows the contact list, too, as it was before anybody is added or removed.
        self.harness.until_keys(self.alice)
        return self

    def befriend(self, add, remove=()):
        for number in remove:
            self.do("buddy-remove", name=number)
        for number in add:
            self.do("buddy-add", name=number)

    def do(self, name, /, **arguments):
        return self.harness.do(name, account=self.alice, **arguments)

    def step(self):
        """One step of the clock, then until all that it led to is answered."""
        self.harness.do("clock", advance_s=STEP_S)
        eventually(self.is_quiet, what="all answers")

    def is_quiet(self):
        """By one look at the newest rows: an answer and what it leads to are one change, that must not fall between two."""
        rows = self.harness.do("ledger", limit=500, offset=0)["rows"]
        return not any(row["status"] in ("recorded", "sent") for row in rows
                       if row["kind"] in ("directory", "device-list", "bundle"))

    def requests(self):
        return control.ask(self.directory, "list")["requests"]

    def lookups(self):
        """What alice's client asked about others since the last call, without ids and resources."""
        stanzas = self.rig.stanzas()
        new, self.seen = stanzas[self.seen:], len(stanzas)
        return [re.sub(r"\bid='[^']*'", "id=''", r["xml"]) for r in new
                if r["direction"] == "in" and r["user"].startswith("alice@") and LOOKUP.search(r["xml"])
                and NAMES.search(r["xml"].partition(">")[0])]

    def trace(self, acts):
        """One entry a step: what was asked in it. ACTS: step -> what the user does before it."""
        found = []
        for number in range(STEPS):
            if number in acts:
                acts[number](self)
            self.step()
            found.append(self.lookups())
        return found


def collect(rig, config):
    """Lets a population grow, and says who is cover in it."""
    control.ask(rig.box["directory"]["control"], {"do": "entries", "add": REGISTERED})
    run = Run(rig, config, BEGIN, 11).sign_on(first=True)
    run.befriend(CONTACTS)
    for _ in range(COLLECT_STEPS):
        run.step()
    rows = run.harness.rows(kind="directory")
    covers = sorted({row["address"].removeprefix("tel:") for row in rows if row["cover"]})
    real = {row["address"].removeprefix("tel:") for row in rows if not row["cover"]}
    assert run.harness.close() == 0
    assert real and real <= set(CONTACTS), real
    assert len(covers) > 100, len(covers)
    sizes = {len(request["numbers"]) for request in run.requests()}
    assert sizes == {POLICY["slots"], POLICY["fast_slots"]}, sizes
    return covers


def write_to(numbers):
    """What the user does: opens, types and writes, at the same steps, to whoever is a contact."""
    def opened(run):
        run.do("open", to=numbers[0])
        run.do("type", to=numbers[0])

    def sent(run):
        run.do("send", to=numbers[1], text="are you there")
    return {3: opened, 9: sent, 34: sent, 50: opened}


def swapped(rig):
    """The same trace, whoever the contacts are."""
    first, second = (os.path.join(rig.dir, name) for name in ("first", "second"))
    covers = collect(rig, first)
    # Some of those that change places are registered, some of the others too: an answer is an answer.
    control.ask(rig.box["directory"]["control"],
                {"do": "entries", "add": {**REGISTERED, covers[0]: ["c01@pen.test"], covers[1]: [], covers[20]: ["c04@pen.test"]}})
    shutil.copytree(first, second)
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1769860800 + (COLLECT_STEPS + 1) * STEP_S))
    traces = []
    for config, contacts in ((first, CONTACTS), (second, covers)):
        run = Run(rig, config, later, 12).sign_on(first=False)
        if contacts is covers:
            run.befriend(covers[:len(CONTACTS)], remove=CONTACTS)
        traces.append(run.trace(write_to(contacts)))
        real = {row["address"].removeprefix("tel:") for row in run.harness.rows(kind="directory", since=later)
                if not row["cover"]}
        assert real & set(contacts[:len(CONTACTS)]), real
        assert run.harness.close() == 0
    asked = sum(map(len, traces[0]))
    print(f"# {asked} look-ups in {STEPS} steps, {sum('quicksy' in xml for step in traces[0] for xml in step)} of them "
          "to the directory")
    assert asked > 15
    for number, (one, other) in enumerate(zip(*traces)):
        assert one == other, (number, one[:2], other[:2])


def control_without_padding(rig):
    """The same comparison must fail where look-ups are not padded: else it proves nothing."""
    traces = []
    for number in CONTACTS[:2]:
        run = Run(rig, os.path.join(rig.dir, "plain-" + number), BEGIN, 13)
        run.alice = account(rig, run.harness)
        run.harness.do("connect", account=run.alice)
        run.seen = len(rig.stanzas())
        run.do("send", to=number, text="are you there")
        # Just signed on, it first learns what the directory is.
        eventually(lambda: run.harness.rows(kind="directory", status="answered"), what="the question and its answer")
        traces.append(run.lookups())
        assert run.harness.close() == 0
    assert traces[0] != traces[1] and all(traces), traces


if __name__ == "__main__":
    main([control_without_padding, swapped])
