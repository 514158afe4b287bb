#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three devices of one account of ours and two of another: what any of them
says, all the others show, once. Each test has two accounts of its own."""

import contextlib
import functools
import importlib
import os
import re
import secrets
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import eventually, main
import ratchet
from penbox import control, layout

ours = importlib.import_module("test-omemo-ours")

PAIRS = iter([("alice", "bob"), *zip(layout.CONTACTS[0::2], layout.CONTACTS[1::2])])
FOREIGN_DEVICE = 4242
DROPS, PEACE_S, REPAIR_S = 5, 900, 5
# A publishing that any server refuses: it says nowhere of what.
PUBLISH, REFUSED = f"<publish node='{ours.NODE}.%s", f"<publish nope='{ours.NODE}.%s"
TRIES = 3
BEGIN, PAUSE_S, LATER_S = "2026-01-31T12:00:00Z", 12, 250


class Device(ours.Ours):
    """One of several of an account; the server's log tells them apart by their resource."""

    def __init__(self, rig, name, resource, **settings):
        self.full = f"{rig.box['accounts'][name]['jid']}/{resource}"
        known = set(ours.listed(rig, rig.box["accounts"][name]["jid"]))
        super().__init__(rig, name, resource, **settings)
        self.number, = eventually(lambda: set(ours.listed(rig, self.jid)) - known, what=f"the device of {self.full}")
        self.harness.until_keys(self.account)

    def records(self, direction):
        return [r for r in self.rig.stanzas() if r["direction"] == direction and r["user"] == self.full
                and not r.get("nonza")]

    def stanzas(self, to, kind):
        begin = re.compile(rf"<{kind}\b[^>]*\bto='{re.escape(to)}['/]")
        return [r["xml"] for r in self.records("in") if begin.match(r["xml"])]

    def count(self, to, text):
        return sum(line["text"] == text for line in self.lines(to))


class Cast:
    """Alice's three and Bob's two, who know each other."""

    def __init__(self, rig, **settings):
        self.rig, self.names, self.texts, self.devices = rig, next(PAIRS), [], []
        self.us, self.them = (rig.box["accounts"][name]["jid"] for name in self.names)
        ours.befriend(rig, *self.names)
        self.alice = [self.start(0, "one", through_proxy=True), self.start(0, "two"), self.start(0, "three")]
        self.bob = [self.start(1, "one"), self.start(1, "two")]
        for device in self.devices:
            for jid in (self.us, self.them):
                eventually(lambda d=device, j=jid: self.known(d, j), what=f"the list of {jid} at {device.full}")

    def start(self, who, resource, **settings):
        device = Device(self.rig, self.names[who], resource, **settings)
        self.devices.append(device)
        return device

    def numbers(self, jid):
        return {device.number for device in self.devices if device.jid == jid}

    def active(self, device, jid):
        """What a device knows of an account's list."""
        return {number for number, item in device.devices(jid).items() if item["active"]}

    def known(self, device, jid):
        """Whether a device knows all others of an account."""
        return self.active(device, jid) >= self.numbers(jid) - {device.number}

    def other(self, device):
        return self.them if device.jid == self.us else self.us

    def say(self, device, without=()):
        """A message that all show but WITHOUT; its stanza has a key for each of them."""
        text = f"{device.full}-{secrets.token_hex(4)}"
        self.texts.append(text)
        marks = {d: d.harness.mark() for d in self.devices}
        xml = device.send(self.other(device), text)
        wanted = {d for d in self.devices if d not in (device, *without)}
        assert set(ours.keys(xml)) == {d.number for d in wanted}, (xml, [(d.full, d.number) for d in self.devices])
        for one in wanted:
            self.check_shown(one, device, text, marks[one])
        ours.check_wire(xml)
        return xml

    def check_shown(self, one, sender, text, since):
        """As said by oneself where another of one's own devices said it."""
        line = one.shown(self.other(one), text)
        is_own = one.jid == sender.jid
        came = [e for e in one.harness.events[since:] if e["event"] == "im-in" and e["text"] == text]
        assert line["route"] == "encrypted" and line["who"].startswith(sender.jid), line
        assert len(came) == (0 if is_own else 1), came

    def check(self):
        """Whatever a test looked at: one line a text, one row a question, no clear text, no key twice."""
        for device in self.devices:
            twice = [text for text in self.texts if device.count(self.other(device), text) > 1]
            assert not twice, f"{device.full} shows twice: {twice}"
            ours.check_ledger(device, self.other(device))
        assert not [r for r in self.rig.stanzas() if any(text in r["xml"] for text in self.texts)], "in clear"
        ratchet.check(self.rig.stanzas())

    def close(self):
        for device in self.devices:
            device.harness.close()


def cast(test):
    """A test whose first argument is a Cast."""
    @functools.wraps(test)
    def run(rig):
        with contextlib.closing(Cast(rig)) as people:
            test(people)
            people.check()
    return run


def bundles_asked(device):
    """The other devices whose bundle was asked for, in their order; one's own is read back."""
    asked = [re.search(rf"<items[^>]*node='{re.escape(ours.NODE)}\.bundles:(\d+)'", record["xml"])
             for record in device.records("in") if re.match("<iq[^>]*type='get'", record["xml"])]
    return [int(node[1]) for node in asked if node and int(node[1]) != device.number]


def check_published(devices):
    """None has told its user that it cannot be written to."""
    told = [event for device in devices for event in device.harness.events
            if event["event"] == "notice" and "could not be published" in event["text"]]
    assert not told, told


@cast
def all_hear_all(people):
    """The bundles of a first message are asked for together, before it leaves; then everyone speaks, twice."""
    first, proxy = people.alice[0], people.rig.box["proxy"]["control"]
    others = {device.number for device in people.devices if device is not first}
    text = f"first-{secrets.token_hex(4)}"
    people.texts.append(text)
    control.ask(proxy, "hold-down")
    try:
        held = first.do("send", to=people.them, text=text)
        eventually(lambda: set(bundles_asked(first)) >= others, what="a question for each bundle, before any answer")
        assert held["state"] == "held" and not first.sent(people.them), held
    finally:
        control.ask(proxy, "release")
    xml, = eventually(lambda: first.sent(people.them), what="the first message")
    assert ours.keys(xml) == {number: True for number in others}, xml
    assert sorted(bundles_asked(first)) == sorted(others), "each bundle once"
    for device in people.devices[1:]:
        people.check_shown(device, first, text, 0)
    for device in (people.devices + people.devices[::-1])[1:]:
        people.say(device)


@cast
def distrusted(people):
    """Without trust one device gets no key, be it the contact's or one's own; all the others do."""
    sender, theirs, own = people.alice[1], people.bob[1], people.alice[2]
    people.say(sender)
    sender.do("trust", to=people.them, device=theirs.number, trust="distrusted")
    people.say(sender, without=[theirs])
    people.say(people.alice[0])
    sender.do("trust", to=people.us, device=own.number, trust="distrusted")
    people.say(sender, without=[theirs, own])
    sender.do("trust", to=people.us, device=own.number, trust="trusted")
    sender.do("trust", to=people.them, device=theirs.number, trust="trusted")
    people.say(sender)
    people.say(theirs)


@cast
def dropped_from_list(people):
    """A list that another client publishes without ours: each puts itself back, and all can be written to again."""
    people.say(people.bob[0])
    ours.publish(people.rig, people.names[0], [FOREIGN_DEVICE])
    wanted = people.numbers(people.us) | {FOREIGN_DEVICE}
    eventually(lambda: set(ours.listed(people.rig, people.us)) == wanted, what=f"all of {wanted} in the list again")
    check_published(people.alice)
    for device in people.bob:
        # The list as it was before has all of ours too.
        eventually(lambda d=device: people.active(d, people.us) == wanted, what=f"all of them at {device.full}")
    people.say(people.bob[0])


def all_at_once(rig):
    """Three that sign on together for the first time: none drops another from the list for good."""
    name, crowd = next(PAIRS)[0], []
    jid = rig.box["accounts"][name]["jid"]

    def start(resource):
        crowd.append(ours.Ours(rig, name, resource, config=os.path.join(rig.dir, f"at-once-{resource}")))
    threads = [threading.Thread(target=start, args=[resource]) for resource in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        eventually(lambda: len(ours.listed(rig, jid)) == len(threads), what="all of them in the list")
        check_published(crowd)
    finally:
        for device in crowd:
            device.harness.close()


def refuse(rig, node, times):
    """The server will not understand the next publishings there that pass the proxy."""
    request = {"do": "swap", "old": PUBLISH % node, "new": REFUSED % node, "times": times}
    assert control.ask(rig.box["proxy"]["control"], request)["ok"]


def left(rig):
    return control.ask(rig.box["proxy"]["control"], "status")["swaps_left"]


def refusals(device):
    """How often it has heard that the server did not understand it."""
    return sum(event["event"] == "wire" and event["direction"] == "in" and "<bad-request" in event["xml"]
               for event in device.harness.events)


def refused_at_first(rig):
    """A server that refuses the bundle once, and the list once, has both in the end, and nobody is told."""
    name = next(PAIRS)[0]
    refuse(rig, "bundles", 1)
    refuse(rig, "devicelist", 1)
    device = Device(rig, name, "one", through_proxy=True)
    with contextlib.closing(device.harness):
        assert left(rig) == 0 and ours.bundle(rig, device.jid, device.number)["preKeyPublic"]
        check_published([device])


def refused_for_good(rig):
    """A server that refuses again and again is not asked for ever: the user is told, and why."""
    name, mate = next(PAIRS)
    refuse(rig, "bundles", TRIES + 1)
    device = ours.Ours(rig, name, options=("--virtual-clock", BEGIN), through_proxy=True)
    with contextlib.closing(device.harness):
        for number in range(1, TRIES + 1):
            # Time passes while nothing is on its way: what is not answered in time is no refusal.
            eventually(lambda n=number: refusals(device) == n, what="a refusal")
            device.harness.do("clock", advance_s=PAUSE_S)
        told = eventually(lambda: [event["text"] for event in device.harness.events if event["event"] == "notice"],
                          what="the notice")
        assert len(told) == 1 and f"to {device.jid} encrypted" in told[0] and "bad-request" in told[0], told
        device.harness.do("clock", advance_s=LATER_S)
        # What goes to the server after all that it could have led to.
        device.do("buddy-add", name=rig.box["accounts"][mate]["jid"])
        eventually(lambda: [r for r in rig.stanzas() if r["direction"] == "in" and r["user"].startswith(device.jid)
                            and "<item" in r["xml"] and "jabber:iq:roster" in r["xml"]], what="the contact")
        assert left(rig) == 1 and not ours.listed(rig, device.jid)
    refuse(rig, "bundles", 0)


def dropped_now_and_then(rig):
    """Whoever is dropped from the list once more after a long pause puts itself back again, and tells nobody."""
    name = next(PAIRS)[0]
    device = ours.Ours(rig, name, options=("--virtual-clock", BEGIN))
    with contextlib.closing(device.harness):
        device.harness.until_keys(device.account)
        for number in range(DROPS):
            device.harness.do("clock", advance_s=PEACE_S)
            since = device.harness.mark()
            ours.publish(rig, name, [FOREIGN_DEVICE + number])
            eventually(lambda s=since, n=number: [e for e in device.harness.events[s:] if e["event"] == "wire"
                                                  and f"'{FOREIGN_DEVICE + n}'" in e["xml"]], what="the pushed list")
            device.harness.do("clock", advance_s=REPAIR_S)
            eventually(lambda n=number: len(found := ours.listed(rig, device.jid)) == 2 and FOREIGN_DEVICE + n in found,
                       what="both in the list")
        check_published([device])


@cast
def new_in_between(people):
    """A device that appears is announced before the next message goes, and reads it."""
    sender = people.alice[0]
    people.say(sender)
    marks = [device.harness.mark() for device in people.alice]
    third = people.start(1, "three")
    for device, mark in zip(people.alice, marks):
        event = device.harness.wait("devices", since=mark)
        assert [int(number) for number in event["added"]] == [third.number], event
    people.say(sender)
    lines = sender.lines(people.them)
    place = next(n for n, line in enumerate(lines) if line["text"] == people.texts[-1])
    assert any(line["system"] and str(third.number) in line["text"] for line in lines[:place]), lines
    people.say(third)
    people.say(people.bob[0])


if __name__ == "__main__":
    main([all_hear_all, distrusted, dropped_from_list, all_at_once, dropped_now_and_then, refused_at_first,
          refused_for_good, new_in_between])
