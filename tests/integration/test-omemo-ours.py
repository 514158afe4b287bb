#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OMEMO of the plugin with Profanity on the other side. Each test has two
accounts of its own, and each ends with the check for leaks: nothing that was
said stands in clear in the server's log, in what Profanity says it sent, in
libpurple's logs, or in the debug log."""

import asyncio
import base64
import contextlib
import functools
import os
import re
import secrets
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from profanity import NODE, Profanity, check_no_leak
from rig import EVENT_S, Rig, eventually, main
from penbox import control, layout, seed, stanzalog
from penbox.client import PUBSUB, Client, get_list, publish_list

PAIRS = iter([("alice", "bob"), *zip(layout.CONTACTS[0::2], layout.CONTACTS[1::2])])
STRANGER = "carol"
PREKEYS, KEY_BYTES, SIGNATURE_BYTES = 100, 33, 64
LOG_OPTION = "log_encrypted"
# ejabberd takes only so many bytes a second: the longest text is on its way for 25 s.
LONG_S = 2 * EVENT_S
OTHER_DEVICE = 4242
MAY_BE_SENT = {"encrypted", "encryption", "body", "store", "request", "received", "active", "composing", "paused",
               "inactive", "gone", "markable", "origin-id", "thread", "replace", "no-copy", "no-permanent-store"}


def with_client(rig, name, work):
    """What WORK, a coroutine function, returns for a client signed on as NAME."""
    async def run():
        client = await Client(rig.box, name).log_in(presence=False)
        try:
            return await work(client)
        finally:
            await client.log_out()
    return asyncio.run(run())


def befriend(rig, *names):
    """Subscribed to each other: lists are pushed then."""
    async def run():
        one, two = [await Client(rig.box, name).log_in() for name in names]
        await seed.ask_and_allow(one, two)
        await seed.ask_and_allow(two, one)
        await asyncio.gather(one.log_out(), two.log_out())
    asyncio.run(run())


def listed(rig, jid):
    """The devices in JID's list, as a stranger reads it."""
    answer = with_client(rig, STRANGER, lambda client: get_list(client, jid))
    return [int(device.get("id")) for device in answer.find_all("device")]


def bundle(rig, jid, device):
    """A device's bundle as a stranger reads it: name -> [(id, bytes)]."""
    answer = with_client(rig, STRANGER, lambda client: get_list(client, jid, f"{NODE}.bundles:{device}"))
    return {name: [(e.get("preKeyId") or e.get("signedPreKeyId"), base64.b64decode(e.text, validate=True))
                   for e in answer.find_all(name)]
            for name in ("identityKey", "signedPreKeyPublic", "signedPreKeySignature", "preKeyPublic")}


def publish(rig, name, devices, access="open"):
    with_client(rig, name, lambda client: publish_list(client, devices, access))


def delete_list(rig, name):
    answer = with_client(rig, name, lambda client: client.ask(
        "set", None, f"<pubsub xmlns='{PUBSUB}#owner'><delete node='{NODE}.devicelist'/></pubsub>"))
    assert answer.ok, str(answer)


class Ours:
    """The plugin, signed on as NAME; on the same CONFIG it is the same device."""

    def __init__(self, rig, name, resource="pen", config=None, options=(), **settings):
        self.rig, self.jid = rig, rig.box["accounts"][name]["jid"]
        self.harness = rig.harness("--debug", *options, config=config)
        self.account = rig.account(self.harness, name, resource=resource, **settings)

    def do(self, name, /, **arguments):
        return self.harness.do(name, account=self.account, **arguments)

    def send(self, to, text, **more):
        """Sends, waits until it left encrypted; the stanza."""
        before = len(self.sent(to))
        reply = self.do("send", to=to, text=text, **more)
        if reply["state"] == "held":
            self.harness.wait("im-status", message=reply["message"], status="sent")
        return eventually(lambda: self.sent(to)[before:], LONG_S, what=f"{text!r} at the server")[0]

    def until_received(self):
        self.rig.until_received(self.harness, self.account)

    def got(self, text, since=0):
        return self.harness.wait("im-in", since=since, account=self.account, text=text, route="encrypted")

    def lines(self, to):
        return self.do("conversation", to=to)["lines"]

    def shown(self, to, text):
        """The line with exactly this text, of which there is one."""
        found = eventually(lambda: [line for line in self.lines(to) if line["text"] == text and not line["system"]],
                           LONG_S, what=f"{text!r} in the conversation with {to}")
        assert len(found) == 1, found
        return found[0]

    def devices(self, to):
        """Device -> what the plugin knows of it."""
        return {int(item["device"]): item for item in self.do("devices", to=to)["devices"]}

    def requests(self, to):
        """Ids of what was asked about TO's keys, by the server's log: {id: kind}."""
        found = {}
        for xml in self.stanzas(to, "iq"):
            node = re.search(rf"<items[^>]*node='{re.escape(NODE)}\.(devicelist|bundles)", xml)
            if node and "type='get'" in xml:
                found[re.search(r"<iq[^>]*\bid='([^']+)'", xml)[1]] = {"devicelist": "device-list",
                                                                       "bundles": "bundle"}[node[1]]
        return found

    def stanzas(self, to, kind):
        begin = re.compile(rf"<{kind}\b[^>]*\bto='{re.escape(to)}['/]")
        return [r["xml"] for r in self.rig.stanzas() if r["direction"] == "in" and not r.get("nonza")
                and r["user"].startswith(self.jid + "/") and begin.match(r["xml"])]

    def sent(self, to):
        """Messages with something to read."""
        return [xml for xml in self.stanzas(to, "message") if "<payload" in xml or "<body" in xml]

    def written(self):
        """All that stands in the logs of the conversations."""
        return read_all(os.path.join(self.harness.config_dir, "logs"))

    def debug_log(self):
        with open(os.path.join(self.harness.config_dir, "stderr.log"), encoding="utf-8", errors="replace") as log:
            return log.read()


def read_all(folder):
    texts = []
    for place, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(place, name), encoding="utf-8", errors="replace") as file:
                texts.append(file.read())
    return "\n".join(texts)


class Talk:
    """Two accounts, what was said between them, and the check at the end."""

    def __init__(self, rig, friends=False):
        self.rig, self.texts, self.ours, self.theirs = rig, [], [], []
        self.our_name, self.their_name = next(PAIRS)
        self.us, self.them = (rig.box["accounts"][name]["jid"] for name in (self.our_name, self.their_name))
        if friends:
            befriend(rig, self.our_name, self.their_name)

    def word(self, label):
        self.texts.append(f"{label}-{secrets.token_hex(4)}")
        return self.texts[-1]

    def start_ours(self, resource="pen", **settings):
        known = set(listed(self.rig, self.us))
        ours = Ours(self.rig, self.our_name, resource, **settings)
        self.ours.append(ours)
        eventually(lambda: set(listed(self.rig, self.us)) - known, what=f"a new device of {self.us}")
        return ours

    def start_theirs(self, resource="one", port=None):
        folder = os.path.join(self.rig.dir, self.their_name, resource)
        client = Profanity(self.rig.box, self.their_name, folder, port)
        self.theirs.append(client)
        client.sign_on().make_keys()
        return client.published()

    def both(self, **settings):
        return self.start_ours(**settings), self.start_theirs()

    def say(self, ours, theirs, label):
        """From us to them; the stanza."""
        text = self.word(label)
        xml = ours.send(self.them, text)
        theirs.shows(self.us, text)
        assert ours.shown(self.them, text)["route"] == "encrypted"
        check_wire(xml)
        return xml

    def answer(self, ours, theirs, label):
        """From them to us."""
        text = self.word(label)
        theirs.type(text)
        ours.got(text)
        ours.shown(self.them, text)

    def check(self):
        check_no_leak(self.rig, *self.theirs, *self.texts)
        for ours in self.ours:
            for place, text in (("logs", ours.written()), ("the debug log", ours.debug_log())):
                found = [word for word in self.texts if word in text]
                assert not found, f"in clear in {place}: {found}"
            if len(self.ours) == 1:  # the server's log does not tell two of one account apart
                check_ledger(ours, self.them)

    def close(self):
        for client in self.theirs:
            client.close()
        for ours in self.ours:
            ours.harness.close()


def talk(friends=False):
    """A test whose first argument is a Talk; the check for leaks overrides what it says."""
    def decorate(test):
        @functools.wraps(test)
        def run(rig):
            with contextlib.closing(Talk(rig, friends)) as items:
                try:
                    test(items)
                finally:
                    items.check()
        return run
    return decorate


def check_wire(xml):
    """A message as other clients want it, and nothing beside."""
    children = [child.tag.rpartition("}")[2] for child in stanzalog.element({"xml": xml})]
    assert set(children) <= MAY_BE_SENT and {"encrypted", "encryption", "body", "store"} <= set(children), xml
    assert children.count("body") == 1, xml


def check_ledger(ours, to):
    """Every request for somebody's keys has its row, by its id, and the other way round."""
    asked = ours.requests(to)
    rows = {row["stanza"]: row["kind"] for row in ours.harness.rows(address="xmpp:" + to)
            if row["kind"] in ("device-list", "bundle") and row["status"] != "withheld" and row["trigger"] != "pushed"}
    assert rows == asked, (rows, asked)


def keys(xml):
    """rid -> whether the key is said to be of the pre-key kind."""
    return {int(re.search(r"rid='(\d+)'", key)[1]): re.search(r"prekey='(true|1)'", key) is not None
            for key in re.findall(r"<key\b[^>]*>", xml)}


def groupless(fingerprint):
    return re.sub("[^0-9a-f]", "", fingerprint.lower())


# The tests

def stock_publishing(_):
    """On Prosody as it comes, a list for contacts only and with another device in it becomes ours too, and open."""
    rig = Rig("prosody")
    try:
        jid = rig.box["accounts"]["alice"]["jid"]
        publish(rig, "alice", [OTHER_DEVICE], access="presence")
        assert listed(rig, jid) == []
        ours = Ours(rig, "alice")
        devices = eventually(lambda: len(found := listed(rig, jid)) == 2 and found,
                             what="a list that strangers can read, with our device in it")
        assert OTHER_DEVICE in devices, devices
        device = next(d for d in devices if d != OTHER_DEVICE)
        check_bundle(bundle(rig, jid, device))
        publish(rig, "alice", [OTHER_DEVICE])
        eventually(lambda: set(listed(rig, jid)) == set(devices), what="our device in the list again")
        ours.harness.close()
        again = Ours(rig, "alice", config=ours.harness.config_dir)
        publish(rig, "alice", [OTHER_DEVICE])
        eventually(lambda: set(listed(rig, jid)) == set(devices), what="the same device after a new start")
        again.harness.close()
    finally:
        rig.close(keep=False)


def check_bundle(found):
    keys_of_ours = found["identityKey"] + found["signedPreKeyPublic"] + found["preKeyPublic"]
    assert [len(found[n]) for n in ("identityKey", "signedPreKeyPublic", "signedPreKeySignature")] == [1, 1, 1], found
    assert all(len(key) == KEY_BYTES and key[0] == 5 and any(key[1:]) for _, key in keys_of_ours), found
    assert len(found["signedPreKeySignature"][0][1]) == SIGNATURE_BYTES, found
    assert len(found["preKeyPublic"]) == len({i for i, _ in found["preKeyPublic"]}) == PREKEYS, found
    assert len({key for _, key in keys_of_ours}) == PREKEYS + 2, "a key stands for two things"


@talk()
def first_is_ours(items):
    """The first message is ours: looked up, bundle asked for, sent; and the answer."""
    ours, theirs = items.both()
    xml = items.say(ours, theirs, "ours-first")
    assert keys(xml) == {theirs.device: True}, xml
    assert sorted(ours.requests(items.them).values()) == ["bundle", "device-list"], ours.requests(items.them)
    assert ours.do("route", to=items.them)["route"] == "encrypted"
    theirs.can_answer(items.us)
    theirs.type("/win 2")
    items.answer(ours, theirs, "their-answer")


@talk()
def first_is_theirs(items):
    """The first message is theirs: shown, and answered."""
    ours, theirs = items.both()
    theirs.open(items.us)
    items.answer(ours, theirs, "theirs-first")
    items.say(ours, theirs, "our-answer")
    items.answer(ours, theirs, "theirs-again")


@talk()
def several_each_way(items):
    """In turn and in rows; after the first answer no message is of the pre-key kind any more."""
    ours, theirs = items.both()
    theirs.open(items.us)
    for turn in range(3):
        for number in range(3):
            items.answer(ours, theirs, f"theirs-{turn}-{number}")
        for number in range(3):
            xml = items.say(ours, theirs, f"ours-{turn}-{number}")
    assert keys(xml) == {theirs.device: False}, xml
    said = [line["text"] for line in ours.lines(items.them) if line["text"] in items.texts]
    assert said == items.texts, said


@talk()
def formatted(items):
    """Bold text leaves no second copy; what looks like markup is shown as it was typed."""
    ours, theirs = items.both()
    bold, tail = items.word("bold"), items.word("tail")
    xml = ours.send(items.them, f"<b>{bold}</b> &amp; <i>{tail}</i>", html=True)
    check_wire(xml)
    assert "<html" not in xml, xml
    theirs.shows(items.us, f"{bold} & {tail}")
    theirs.can_answer(items.us)
    theirs.type("/win 2")
    typed = f"<b>{items.word('typed')}</b> & 1 < 2"
    theirs.type(typed)
    ours.shown(items.them, typed)


@talk()
def unanswered(items):
    """Each message until the first answer says that it is of the pre-key kind, and all are read; theirs too."""
    ours, theirs = items.both()
    for number in range(3):
        xml = items.say(ours, theirs, f"unanswered-{number}")
        assert keys(xml) == {theirs.device: True}, xml
    assert [theirs.shows(items.us, text) for text in items.texts] == [1, 1, 1]
    assert list(ours.requests(items.them).values()).count("bundle") == 1


@talk()
def crossing(items):
    """Both write first, each before the other's message came; then they go on."""
    ours = items.start_ours()
    theirs = items.start_theirs(port=items.rig.box["proxy"]["port"])
    proxy = items.rig.box["proxy"]["control"]
    theirs.open(items.us)
    control.ask(proxy, "hold-down")
    a, b = items.word("ours"), items.word("theirs")
    assert keys(ours.send(items.them, a)) == {theirs.device: True}
    assert not any(line.endswith(a) for line in theirs.chats())
    theirs.type(b)
    ours.got(b)
    control.ask(proxy, "release")
    theirs.shows(items.us, a)
    for number in range(2):
        items.say(ours, theirs, f"ours-{number}")
        items.answer(ours, theirs, f"theirs-{number}")


@talk()
def own_devices(items):
    """Two of ours: both get what comes; what one sends, the other shows as said by oneself."""
    one, two = items.start_ours("one"), items.start_ours("two")
    theirs = items.start_theirs()
    theirs.open(items.us, devices=2)
    items.answer(one, theirs, "for-both")
    two.got(items.texts[0])
    for sender, other in ((one, two), (two, one), (one, two)):
        since = other.harness.mark()
        xml = items.say(sender, theirs, "from-one-of-ours")
        assert len(keys(xml)) == 2 and theirs.device in keys(xml), xml
        line = other.shown(items.them, items.texts[-1])
        assert line["route"] == "encrypted" and line["who"].startswith(items.us), line
        assert not any(e["event"] == "im-in" and e["text"] == items.texts[-1] for e in other.harness.events[since:])
    items.answer(two, theirs, "for-both-again")
    one.got(items.texts[-1])
    one.shown(items.them, items.texts[-1])


@talk()
def emptied(items):
    """A list that is empty, and one that is gone: held, asked, nothing leaves."""
    ours, theirs = items.both()
    items.say(ours, theirs, "before")
    theirs.close()
    for change in (lambda: publish(items.rig, items.their_name, []), lambda: delete_list(items.rig, items.their_name)):
        change()
        row = ours.do("lookup", to=items.them)["row"]["row"]
        eventually(lambda r=row: [x for x in ours.harness.rows(address="xmpp:" + items.them)
                                  if x["row"] == r and x["status"] in ("answered", "error")], what="the answer")
        eventually(lambda: ours.do("route", to=items.them)["route"] == "hold", what="a held route")
        before = len(ours.sent(items.them))
        held = ours.do("send", to=items.them, text=items.word("held"))
        assert held["state"] == "held", held
        ours.harness.wait("question", message=held["message"])
        ours.harness.do("answer", message=held["message"], choice="cancel")
        ours.harness.wait("im-status", message=held["message"], status="failed")
        ours.until_received()
        assert len(ours.sent(items.them)) == before


@talk(friends=True)
def new_device(items):
    """A second device of the contact: announced in the conversation, then written to."""
    ours, theirs = items.both()
    items.say(ours, theirs, "to-one")
    since = ours.harness.mark()
    second = items.start_theirs("two")
    event = ours.harness.wait("devices", since=since)
    assert [int(device) for device in event["added"]] == [second.device] and not event["removed"], event
    xml = items.say(ours, theirs, "to-two")
    second.shows(items.us, items.texts[-1])
    assert set(keys(xml)) == {theirs.device, second.device}, xml
    lines = ours.lines(items.them)
    said = next(n for n, line in enumerate(lines) if line["text"] == items.texts[-1])
    marks = (str(second.device), second.fingerprint[:8])
    assert any(line["system"] and any(mark in line["text"].lower() for mark in marks) for line in lines[:said]), lines


@talk(friends=True)
def trust(items):
    """Fingerprints are those of the other side; a device that is not trusted gets no key; none is trusted silently
    once one was verified."""
    ours, theirs = items.both()
    items.say(ours, theirs, "blind")
    known = ours.devices(items.them)
    assert set(known) == {theirs.device} and known[theirs.device]["active"], known
    assert known[theirs.device]["trust"] == "blind", known
    assert groupless(known[theirs.device]["fingerprint"]) == theirs.fingerprint, known
    ours.do("trust", to=items.them, device=theirs.device, trust="trusted")
    assert ours.devices(items.them)[theirs.device]["trust"] == "trusted"
    second = items.start_theirs("two")
    new = eventually(lambda: ours.devices(items.them).get(second.device), what="the new device")
    assert new["trust"] == "undecided", new
    ours.send(items.them, items.word("verified-only"))
    eventually(lambda: ours.devices(items.them)[second.device]["fingerprint"], what="the key of the new device")
    ours.do("trust", to=items.them, device=second.device, trust="distrusted")
    items.say(ours, theirs, "not-to-the-second")
    assert not [xml for xml in ours.sent(items.them) if second.device in keys(xml)]
    check_distrusted(items, ours, theirs.device)


def check_distrusted(items, ours, device):
    """Nobody is left to encrypt to: the message stays, and nothing leaves."""
    ours.do("trust", to=items.them, device=device, trust="distrusted")
    before = len(ours.sent(items.them))
    reply = ours.harness.ask("send", account=ours.account, to=items.them, text=items.word("to-nobody"))
    assert not reply["ok"] or reply["state"] == "held", reply
    ours.do("trust", to=items.them, device=device, trust="undecided")
    ours.until_received()
    assert len(ours.sent(items.them)) == before


@talk()
def logged_when_asked(items):
    """libpurple's logs have it only where the account's option says so; the check at the end is the other half."""
    ours, theirs = items.both(**{LOG_OPTION: True})
    items.say(ours, theirs, "kept")
    eventually(lambda: items.texts[0] in ours.written(), what="the text in the logs")
    ours.written = lambda: ""


if __name__ == "__main__":
    main([stock_publishing, first_is_ours, first_is_theirs, several_each_way, formatted, unanswered, crossing,
          own_devices, emptied, new_device, trust, logged_when_asked], up=("--profanity",))
