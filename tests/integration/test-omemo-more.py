#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OMEMO between two of ours: verifying by link, ghosts on a list, changed keys,
messages that cannot be read, bursts, first messages on one key, lists that
disappear. Each test has accounts of its own, and ends with the check for
leaks. Arguments: the servers to run on."""

import base64
import datetime
import functools
import os
import re
import sqlite3
import sys
from xml.etree import ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from omemo_pair import omemo_ours, talk
import ratchet
from rig import EVENT_S, PATIENCE, eventually, main
from penbox import control, layout, stanzalog
from penbox.client import PUBSUB

Ours = omemo_ours.Ours
GHOST = 4242
NUMBER = "+15551230077"
GATEWAY = "cheogram.pen.test"
CLOCK = ("--virtual-clock", "2026-01-31T12:00:00Z")
PAST_TIMEOUT_S = 31
BURST, BURST_S = 150, 90 * PATIENCE
PREKEY_ID = 1
BROKEN = "cannot be decrypted"


class Theirs(Ours):
    """The other side is one of ours too."""

    def __init__(self, items, resource="pen", **more):
        jid = items.rig.box["accounts"][items.their_name]["jid"]
        known = set(omemo_ours.listed(items.rig, jid))
        super().__init__(items.rig, items.their_name, resource, **more)
        self.number, = eventually(lambda: set(omemo_ours.listed(items.rig, jid)) - known, what=f"a device of {jid}")

    def say(self, to, text):
        return self.send(to, text)

    def shows(self, to, text):
        self.got(text)
        return sum(line["text"] == text for line in self.lines(to))

    def close(self):
        self.harness.close()


stranger = functools.partial(talk, Theirs)
friend = functools.partial(talk, Theirs, friends=True)


def pen(side, to, words):
    """Types /pen WORDS; the reply, whatever it says."""
    return side.harness.ask("command", account=side.account, to=to, text="/pen " + words)


def own_link(side, to):
    return next(line for line in pen(side, to, "fp link")["lines"] if line.startswith("xmpp:"))


def trusts(side, to):
    return {number: item["trust"] for number, item in side.devices(to).items()}


def spoiled(link):
    """The link with another last digit of its last fingerprint."""
    return link[:-1] + ("0" if link[-1] != "0" else "1")


def greet(items):
    items.say("hello")
    items.answer("hello-back")


# Verifying

@friend()
def verified_by_link(items):
    """A link with one wrong key changes nothing and says so; the right one verifies what it names."""
    greet(items)
    first, second = items.theirs.number, Theirs(items, "two")
    eventually(lambda: second.number in items.ours.devices(items.them), what="the second device in our list of theirs")
    items.say("to-both")
    key = {number: item["fingerprint"] for number, item in items.ours.devices(items.them).items()}
    blind = {first: "blind", second.number: "blind"}
    both = f"xmpp:{items.them}?omemo-sid-{first}={key[first]};omemo-sid-{second.number}={key[second.number]}"
    for link in (spoiled(both), spoiled(own_link(items.theirs, items.us))):
        refused = pen(items.ours, items.them, "fp verify " + link)
        assert not refused["ok"] and "another key" in refused["error"]["message"], refused
        assert trusts(items.ours, items.them) == blind, link
    about_us = pen(items.ours, items.them, "fp verify " + own_link(items.ours, items.them))
    assert not about_us["ok"] and "somebody else" in about_us["error"]["message"], about_us
    done = pen(items.ours, items.them, "fp verify " + own_link(items.theirs, items.us))
    assert done["ok"] and "verified" in done["lines"][-1], done
    assert trusts(items.ours, items.them) == {**blind, first: "trusted"}
    assert pen(items.ours, items.them, "fp verify " + both)["ok"]
    assert set(trusts(items.ours, items.them).values()) == {"trusted"}
    second.close()


def follow(items, link, choice):
    """Clicks the link and answers what is asked; the question."""
    since = items.ours.harness.mark()
    items.ours.harness.do("link", url=link)
    asked = items.ours.harness.wait("request", since=since)
    assert items.them in asked["title"] + asked["text"], asked
    items.ours.harness.do("respond", request=asked["request"], choice=choice)
    return asked


@stranger()
def followed_link(items):
    """A link that was clicked asks first, and a wrong one is refused even then."""
    greet(items)
    link = own_link(items.theirs, items.us)
    follow(items, link, "Cancel")
    assert trusts(items.ours, items.them) == {items.theirs.number: "blind"}
    since = items.ours.harness.mark()
    follow(items, spoiled(link), "Verify")
    told = items.ours.harness.wait("notice", since=since)
    assert "another key" in told["text"], told
    assert trusts(items.ours, items.them) == {items.theirs.number: "blind"}
    follow(items, link, "Verify")
    assert trusts(items.ours, items.them) == {items.theirs.number: "trusted"}
    assert items.system("verified now"), items.ours.lines(items.them)


@friend()
def new_after_verified(items):
    """Once one device is verified, another is announced, not trusted by itself, and gets no key."""
    greet(items)
    assert pen(items.ours, items.them, "fp verify " + own_link(items.theirs, items.us))["ok"]
    second = Theirs(items, "two")
    eventually(lambda: items.system(str(second.number)), what="the announcement")
    xml = items.say("to-the-verified")
    assert set(omemo_ours.keys(xml)) == {items.theirs.number}, xml
    assert trusts(items.ours, items.them)[second.number] == "undecided"
    items.say("again-to-the-verified")
    assert pen(items.ours, items.them, f"fp {second.number} trust")["ok"]
    xml = items.say("to-both")
    assert set(omemo_ours.keys(xml)) == {items.theirs.number, second.number}, xml
    second.got(items.texts[-1])
    second.close()


# Lists

def changes(side, jid):
    """What the ledger says of changes of a list that nobody asked about here."""
    return [row["result"] for row in side.harness.rows(address="xmpp:" + jid)
            if row["rule"] == "list-changed" and row["kind"] == "device-list" and row["trigger"] == "pushed"]


@friend()
def ghosts(items):
    """A device that somebody adds to a list leaves a row and a word; one on our own list a notice."""
    greet(items)
    since = items.ours.harness.mark()
    omemo_ours.publish(items.rig, items.their_name, [items.theirs.number, GHOST])
    added = items.ours.harness.wait("devices", since=since, to="xmpp:" + items.them)
    assert added["added"] == [GHOST], added
    assert f"+{GHOST}" in changes(items.ours, items.them), changes(items.ours, items.them)
    xml = items.say("not-to-the-ghost")
    assert set(omemo_ours.keys(xml)) == {items.theirs.number}, xml
    lines = [line["text"] for line in items.ours.lines(items.them)]
    said = next(n for n, text in enumerate(lines) if "new device" in text and str(GHOST) in text)
    assert said < lines.index(items.texts[-1]), lines
    omemo_ours.publish(items.rig, items.our_name, [items.own_device, GHOST])
    eventually(lambda: [e for e in items.ours.harness.events[since:] if e["event"] == "notice"
                        and str(GHOST) in e["text"]], what="a notice about our own list")
    assert f"+{GHOST}" in changes(items.ours, items.us), changes(items.ours, items.us)


def store_of(side):
    return os.path.join(side.harness.config_dir, "penregister", "penregister.db")


def change_store(side, *statements):
    """Changes what a process that is not signed on will find."""
    with sqlite3.connect(store_of(side), timeout=EVENT_S) as store:
        for statement, *values in statements:
            store.execute(statement, values)


def impostor(items):
    """Signs on as them with the number of their device and another key."""
    number = items.theirs.number
    items.theirs.close()
    other = Theirs(items, "other")
    other.do("disconnect")
    change_store(other, ("UPDATE omemo_own SET device = ?", number))
    other.do("connect")

    def identities():
        return [omemo_ours.bundle(items.rig, items.them, device)["identityKey"] for device in (number, other.number)]
    eventually(lambda: len({str(found) for found in identities()}) == 1, what="the other key under the old number")
    return other


@friend()
def changed_identity(items):
    """Another key under a number that is known: not shown, and said; once the device is forgotten it is let in."""
    greet(items)
    number = items.theirs.number
    before = items.ours.devices(items.them)[number]["fingerprint"]
    other = impostor(items)
    other.send(items.us, items.word("under-another-key"))
    eventually(lambda: items.system("another key"), what="a word about the other key")
    assert items.texts[-1] not in items.said() and items.ours.devices(items.them)[number]["fingerprint"] == before
    assert pen(items.ours, items.them, f"fp {number} forget")["ok"]
    other.send(items.us, items.word("let-in"))
    items.ours.got(items.texts[-1])
    assert items.ours.devices(items.them)[number]["fingerprint"] != before
    other.close()


def hide_list(items):
    omemo_ours.delete_list(items.rig, items.their_name)
    omemo_ours.publish(items.rig, items.their_name, [items.theirs.number], access="presence")


def check_held(items):
    """A message is held, asked about, and does not leave."""
    before = len(items.ours.sent(items.them))
    held = items.ours.do("send", to=items.them, text=items.word("held"))
    assert held["state"] == "held", held
    asked = items.ours.harness.wait("question", message=held["message"])
    assert "cancel" in asked["choices"] and "sms" not in asked["choices"], asked
    items.ours.harness.do("answer", message=held["message"], choice="cancel")
    items.ours.harness.wait("im-status", message=held["message"], status="failed")
    items.ours.until_received()
    assert len(items.ours.sent(items.them)) == before


def look_up(items):
    """Asks; returns a function for the row's status."""
    row = items.ours.do("lookup", to=items.them)["row"]["row"]
    return lambda: next(r["status"] for r in items.ours.harness.rows() if r["row"] == row)


@stranger()
def hidden(items):
    """A contact that was encrypted and lets us see its list no more."""
    greet(items)
    items.theirs.close()
    hide_list(items)
    status = look_up(items)
    eventually(lambda: status() in ("answered", "error"), what="the answer")
    assert items.ours.do("route", to=items.them)["route"] == "hold"
    check_held(items)


def pass_timeout(items, status):
    for _ in range(2):  # rows that have no answer are looked for now and then
        items.ours.harness.do("clock", advance_s=PAST_TIMEOUT_S)
    eventually(lambda: status() == "timeout", what="a timeout")


@stranger(options=CLOCK, through_proxy=True)
def unanswerable(items):
    """While nobody answers for a contact that was encrypted, a message waits; then the user is asked, and on the word
    of the user it goes to the devices that are known: in clear never."""
    greet(items)
    control.ask(items.rig.box["proxy"]["control"], "hold-down")
    before, status = items.ours.requests(items.them), look_up(items)
    eventually(lambda: len(items.ours.requests(items.them)) > len(before), what="the question at the server")
    pass_timeout(items, status)
    sent, text = len(items.ours.sent(items.them)), items.word("without-an-answer")
    held = items.ours.do("send", to=items.them, text=text)
    assert held["state"] == "held" and len(items.ours.sent(items.them)) == sent, held
    eventually(lambda: len(items.ours.requests(items.them)) > len(before) + 1, what="another question")
    mark = items.ours.harness.mark()
    items.ours.harness.do("clock", advance_s=PAST_TIMEOUT_S)
    question = items.ours.harness.wait("question", since=mark)
    assert "encrypted" in question["choices"] and "plain" not in question["choices"], question
    items.ours.until_received()
    assert len(items.ours.sent(items.them)) == sent, "it went before the user said so"
    items.ours.do("answer", message=held["message"], choice="encrypted")
    items.theirs.got(text)
    assert set(omemo_ours.keys(items.ours.sent(items.them)[-1])) == {items.theirs.number}
    control.ask(items.rig.box["proxy"]["control"], "release")


def is_kept_waiting(rig, ours):
    """Whether an answer about our own keys leaves the server from now on, when the proxy keeps it; if not, the last
    of our questions was put before. One of the two comes."""
    since = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def found():
        records = [r for r in rig.stanzas() if r["user"].startswith(ours.jid + "/") and not r.get("nonza")]
        asked = [r["xml"] for r in records if r["direction"] == "in" and f"='{omemo_ours.NODE}." in r["xml"]]
        if any(f"<publish node='{omemo_ours.NODE}.devicelist'" in xml for xml in asked):
            return "faster"
        ids = [stanzalog.element({"xml": xml}).get("id") for xml in asked]
        later = [stanzalog.element(r).get("id") for r in records if r["direction"] == "out" and r["at"] > since]
        return set(ids) & set(later) and "waiting"
    return eventually(found, what=f"an answer about the keys of {ours.jid}") == "waiting"


def own_keys_unanswered(rig):
    """The server's answers about our own keys do not come in time: they are asked for again, without signing on anew."""
    proxy = rig.box["proxy"]["control"]
    for name in layout.CONTACTS[18:]:
        ours = Ours(rig, name, options=CLOCK, through_proxy=True)
        ours.harness.wait("signed-on")
        control.ask(proxy, "hold-down")
        if is_kept_waiting(rig, ours):
            break
        control.ask(proxy, "release")  # the answers were faster than we: once more, with another
    assert not omemo_ours.listed(rig, ours.jid)
    for _ in range(2):  # past the answer that does not come, and past the pause after it
        ours.harness.do("clock", advance_s=PAST_TIMEOUT_S)
    control.ask(proxy, "release")
    eventually(lambda: omemo_ours.listed(rig, ours.jid), what=f"a device of {ours.jid}")
    ours.harness.close()


# What comes in

def numbered(records, user):
    """(place in what stream management counts, record) of what was sent to a client."""
    place = None
    for record in records:
        if record["direction"] != "out" or not record["user"].startswith(user + "/"):
            continue
        if record.get("nonza"):
            place = 0 if record["xml"].startswith("<enabled") else place
        elif place is not None:
            place += 1
            yield place, record


def acks(items):
    """(time, number) of each of our acknowledgements."""
    return [(record["at"], int(re.search(r"\bh='(\d+)'", record["xml"])[1])) for record in items.rig.stanzas()
            if record["direction"] == "in" and record["user"].startswith(items.us + "/") and record.get("nonza")
            and record["xml"].startswith("<a ")]


def check_acks(items, ids):
    """Nothing is acknowledged before it was shown."""
    places = {stanzalog.element(record).get("id"): place for place, record in numbered(items.rig.stanzas(), items.us)}
    shown = {e["text"]: e["at"] for e in items.ours.harness.events if e["event"] == "im-in"}
    last = max(places[id_] for id_ in ids.values())
    eventually(lambda: any(h >= last for _, h in acks(items)), what="an acknowledgement of all of them")
    early = [(text, at, h) for text, id_ in ids.items() for at, h in acks(items)
             if h >= places[id_] and at < shown[text]]
    assert not early, early[:3]


@friend(through_proxy=True)
def burst(items):
    """Many messages at once are all shown, in their order, each once, and acknowledged only then."""
    greet(items)
    proxy = items.rig.box["proxy"]["control"]
    before = len(items.theirs.sent(items.us))
    control.ask(proxy, "hold-down")
    texts = [items.word(f"burst-{number}") for number in range(BURST)]
    ids = {text: items.theirs.do("send", to=items.us, text=text)["message"] for text in texts}
    eventually(lambda: len(items.theirs.sent(items.us)) == before + BURST, BURST_S, what="all of them at the server")
    control.ask(proxy, "release")
    items.ours.harness.wait("im-in", timeout_s=BURST_S, text=texts[-1])
    assert [text for text in items.said() if text.startswith("burst-")] == texts
    items.answer("after-the-burst")
    items.say("answered")
    check_acks(items, ids)


def restart(items):
    """The same device in a new process."""
    items.ours.harness.close()
    items.ours = Ours(items.rig, items.our_name, config=items.ours.harness.config_dir)


def leave_one_prekey(items):
    """All who ask for our bundle get the same one-time key from now on."""
    async def work(client):
        node = f"{omemo_ours.NODE}.bundles:{items.own_device}"
        answer = await omemo_ours.get_list(client, items.us, node)
        found, = answer.find_all("bundle")
        prekeys, = answer.find_all("prekeys")
        for key in list(prekeys)[1:]:
            prekeys.remove(key)
        published = await client.ask("set", None, (
            f"<pubsub xmlns='{PUBSUB}'><publish node='{node}'><item id='current'>"
            f"{ElementTree.tostring(found, encoding='unicode')}</item></publish></pubsub>"))
        assert published.ok, str(published)
    omemo_ours.with_client(items.rig, items.our_name, work)


def prekey_id(xml):
    key, = stanzalog.element({"xml": xml}).iter(f"{{{omemo_ours.NODE}}}key")
    return ratchet.fields(base64.b64decode(key.text)[1:])[PREKEY_ID]


@stranger()
def same_one_time_key(items):
    """Two who wrote while we were away drew the same one-time key: both are read."""
    items.ours.harness.close()
    leave_one_prekey(items)
    third_name = next(items.rig.pairs)[0]
    third = Ours(items.rig, third_name)
    texts = [items.word("of-one"), items.word("of-another")]
    stanzas = [side.send(items.us, text) for side, text in zip((items.theirs, third), texts)]
    assert prekey_id(stanzas[0]) == prekey_id(stanzas[1]), stanzas
    restart(items)
    for text in texts:
        items.ours.got(text)
    said = " ".join(line["text"] for jid in (items.them, third.jid) for line in items.ours.lines(jid) if line["system"])
    assert BROKEN not in said, said
    third.harness.close()


def sms_carbons(rig):
    """An SMS that another client of ours sends or gets stands under its number here too."""
    one, two = (Ours(rig, "alice", name, gateway=GATEWAY) for name in ("one", "two"))
    one.harness.until_keys(one.account)  # asked for after carbons
    assert pen(two, NUMBER, "sms on")["ok"]
    sent = two.do("send", to=NUMBER, text="from the other")
    if sent["state"] == "held":
        two.harness.wait("im-status", message=sent["message"], status="sent")
    line = one.shown(NUMBER, "from the other")
    assert line["route"] == "sms" and line["who"].startswith(one.jid), line
    answer = control.ask(rig.box["cheogram"]["control"], {"do": "raw", "xml": (
        f"<message from='{NUMBER}@{GATEWAY}' to='{two.jid}/two' type='chat'><body>to the other</body></message>")})
    assert answer["ok"], answer
    for side in (two, one):
        came = side.harness.wait("im-in", text="to the other")
        assert came["conversation"] == "tel:" + NUMBER and came["route"] == "sms", came
    assert [line["text"] for line in one.lines(NUMBER)].count("to the other") == 1
    for side in (one, two):
        side.harness.close()


TESTS = [verified_by_link, followed_link, new_after_verified, ghosts, changed_identity, hidden, unanswerable,
         own_keys_unanswered, burst, same_one_time_key, sms_carbons]

if __name__ == "__main__":
    main(TESTS, servers=sys.argv[1:] or ("prosody",))
