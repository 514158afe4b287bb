#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's own log of stanzas and the ledger agree one for one, counting
attempts, after a day's work with the connection cut three times.

What names a person is read here from the XML once more, by other code than
the plugin's."""

import asyncio
import collections
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig as rigs
from rig import eventually
from penbox import control, layout, stanzalog
from penbox.client import Client

ALICE = "alice@" + layout.DOMAIN
SERVICES = {layout.SMS, layout.DIRECTORY}
# The other gateway is one of ours only once its disco answer has come.
SEEN_LATER = {layout.CHEOGRAM}
ROOM = "tea@" + layout.ROOMS
NEVER = "c15@" + layout.DOMAIN
FRIEND = "c12@" + layout.DOMAIN
NUMBER = "+15551230077"
LISTED = ["+15551230001", "+15551230006", "+15551230014", "+15551230090"]
VCARD = "<vCard xmlns='vcard-temp'><FN>Somebody</FN></vCard>"
VERSION = "<query xmlns='jabber:iq:version'/>"
INFO = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
LAST = "<query xmlns='jabber:iq:last'/>"
PING = "<ping xmlns='urn:xmpp:ping'/>"


# Who is named in a stanza (docs/design.md, "Words").

def bare(jid):
    return jid.partition("/")[0].lower()


def is_jid_or_number(text):
    return (re.fullmatch(r"[^\s@<>\"]+@[^\s@<>\"]+", text) is not None
            or re.fullmatch(r"(tel:|sms:)?\+[0-9]{5,15}", text) is not None)


def texts_that_may_name(stanza):
    """The receiver, every attribute that holds a JID or number, and the texts of known children."""
    if stanza.get("to"):
        yield stanza.get("to")
    for element in stanza.iter():
        tag = element.tag.rpartition("}")[2]
        for name, value in element.attrib.items():
            if element is stanza and name in ("to", "from", "id"):
                continue
            if name in ("jid", "number", "uri") or (name != "id" and is_jid_or_number(value)):
                yield value
        if tag == "prompt" or (tag in ("jid", "value") and is_jid_or_number((element.text or "").strip())):
            yield element.text.strip()


def address_of(text):
    """A number at the gateway is that number."""
    name = bare(re.sub(r"^(xmpp|sms|tel):", "", text))
    local, _, host = name.rpartition("@")
    if host in SERVICES | SEEN_LATER and local.startswith("+"):
        return "tel:" + local
    return "tel:" + name if re.fullmatch(r"\+[0-9]+", name) else "xmpp:" + name


def persons(stanza):
    """The addresses that a stanza names, as the ledger writes them."""
    exempt = {"xmpp:" + host for host in SERVICES | {layout.DOMAIN, ALICE}}
    return {address_of(text) for text in texts_that_may_name(stanza) if text} - exempt


# The comparison.

def from_alice(rig):
    """(time, element) of every stanza that the harness's sessions sent."""
    records = [r for r in rig.stanzas() if r["direction"] == "in" and not r.get("nonza")
               and r["user"] == ALICE + "/pen"]
    return [(r["at"], stanzalog.element(r)) for r in records]


def directory_names(address):
    """A message to a number over XMPP goes to the JID that the directory gave."""
    entries = {f"tel:{n}": {f"xmpp:{j}" for j in jids} for n, jids in json_entries().items()}
    return entries.get(address, set())


def json_entries():
    from penbox.up import ENTRIES
    return ENTRIES


class Books:
    """The log and the ledger, each by (stanza id, address)."""

    def __init__(self, rig, rows):
        self.sent, self.rows, self.elements = collections.defaultdict(list), collections.defaultdict(list), {}
        for at, element in from_alice(rig):
            for address in persons(element):
                key = (element.get("id") or None, address)
                self.sent[key].append(at)
                self.elements[key] = element
        for row in rows:
            self.rows[self.key_of(row)].append(row)

    def key_of(self, row):
        key = (row.get("stanza") or None, row["address"])
        if key not in self.sent:
            for other in directory_names(row["address"]):
                if (key[0], other) in self.sent:
                    return key[0], other
        return key

    def faults(self):
        found = []
        for key, times in self.sent.items():
            rows = self.rows.get(key, [])
            attempts = sum(row["attempts"] for row in rows)
            if not rows and key[1] in {"xmpp:" + host for host in SEEN_LATER}:
                continue
            if attempts != len(times):
                found.append(f"{key}: {len(times)} times on the wire, {attempts} attempts in {len(rows)} rows: "
                             f"{describe(self.elements[key])}")
            if rows and not was_recorded_first(rows, times):
                found.append(f"{key}: sent at {min(times)}, recorded at {rows[0]['at']}")
        for key, rows in self.rows.items():
            if key not in self.sent:
                found += [f"{key}: a row with attempts, and nothing on the wire: {row}"
                          for row in rows if row["attempts"]]
        return found


def was_recorded_first(rows, times):
    """The n-th row of one key is not later than the stanza that it stands for."""
    first = 0
    for row in sorted((r for r in rows if r["attempts"]), key=lambda r: r["at"]):
        if row["at"] > sorted(times)[first]:
            return False
        first += row["attempts"]
    return True


def describe(element):
    inner = [c.tag for c in element]
    return f"{element.tag} {dict(element.attrib)} {inner}"


# The day's work.

class Day:
    """What the tests of one server share: the harness, alice's account, the seeded contacts."""

    def __init__(self, rig):
        self.contacts = rig.run("seed")
        self.harness = rig.harness()
        self.account = rig.account(self.harness, "alice", through_proxy=True, when="typed", gateway=layout.SMS,
                                   directory=layout.DIRECTORY, region="US")
        self.rig = rig

    def do(self, request, /, **arguments):
        reply = self.harness.ask(request, account=self.account, **arguments)
        if not reply["ok"]:
            raise rigs.Failed({"do": request, **arguments}, reply)
        return reply

    def proxy(self, words):
        answer = control.ask(self.rig.box["proxy"]["control"], words)
        assert answer["ok"], answer
        return answer

    def cut_and_connect(self):
        mark = self.harness.mark()
        assert self.proxy("cut")["connections"] == 1
        self.harness.wait("signed-off", since=mark)
        self.do("connect")

    def rows(self):
        return self.harness.rows(account=self.account)

    def waiting(self):
        """Rows that have not come to their end: not on the wire yet, or a request without its answer."""
        seen, asked = set(), set()
        for _, element in from_alice(self.rig):
            seen.add(element.get("id"))
            if element.tag == "iq" and element.get("type") in ("get", "set"):
                asked.add(element.get("id"))
        return [row for row in self.rows() if row["status"] in ("recorded", "sent")
                and (row["stanza"] not in seen or row["stanza"] in asked)]

    def wait_until_quiet(self):
        try:
            eventually(lambda: not self.waiting(), what="the end of all requests")
        except AssertionError as error:
            raise AssertionError(f"still waiting: {self.waiting()}") from error

    def send(self, to, text):
        """Sends; whoever is asked answers that it may go in clear. The state that it got to."""
        message = self.do("send", to=to, text=text)
        if message["state"] != "held":
            return message["message"]
        self.harness.ask("answer", message=message["message"], choice="plain")
        return message["message"]


def day_of(rig):
    if not hasattr(rig, "day"):
        rig.day = Day(rig)
    return rig.day


def in_state(day, *states):
    return [jid for jid, about in day.contacts.items() if about["state"] in states]


def test_open_all(rig):
    day = day_of(rig)
    states = {about["state"] for about in day.contacts.values()}
    assert len(day.contacts) >= 20 and len(states) == 7, states
    for jid in day.contacts:
        if jid != NEVER:
            day.do("open", to=jid)
    day.wait_until_quiet()
    for jid in in_state(day, "open"):
        status = day.do("route", to=jid)
        assert status["capability"] == "encrypted", (jid, status)
    for jid in in_state(day, "not-routable"):
        assert day.do("route", to=jid)["capability"] == "unknown", jid


def test_numbers(rig):
    day = day_of(rig)
    for number in LISTED:
        day.do("open", to=number)
    day.wait_until_quiet()
    held = day.do("send", to=NUMBER, text="By SMS")
    mark = 0
    day.harness.wait("question", message=held["message"], since=mark)
    day.harness.do("answer", message=held["message"], choice="sms")
    eventually(lambda: [sms for sms in rig.run("sms", "list") if sms["number"] == NUMBER], what="the SMS")
    day.cut_and_connect()


def test_send_to_all(rig):
    day = day_of(rig)
    for jid in day.contacts:
        if jid != NEVER:
            day.send(jid, f"Good morning, {jid}")
    day.do("type", to=FRIEND)
    for jid in in_state(day, "no-node", "presence-hidden"):
        if jid != NEVER:
            day.do("type", to=jid)
    day.wait_until_quiet()


async def visit(box):
    """Contacts come online with a photo, write, ask this and that about alice, and leave."""
    clients = [await Client(box, name, features=["http://jabber.org/protocol/chatstates"]).log_in()
               for name in ("c12", "c18", "c24")]
    for client in clients:
        client.send_raw("<presence><x xmlns='vcard-temp:x:update'><photo>0123456789abcdef</photo></x></presence>")
        client.message(ALICE, "Hello from outside", inner="<request xmlns='urn:xmpp:receipts'/>")
        for payload in (VERSION, INFO, LAST, PING):
            await client.ask("get", ALICE + "/pen", payload)
    await asyncio.gather(*(client.log_out() for client in clients))


def test_inbound(rig):
    day = day_of(rig)
    asyncio.run(visit(rig.box))
    for name in ("c12", "c18", "c24"):
        day.harness.wait("im-in", **{"from": f"xmpp:{name}@{layout.DOMAIN}"})
    day.wait_until_quiet()
    day.cut_and_connect()


def test_buddies_room_and_info(rig):
    day = day_of(rig)
    mark = day.harness.mark()
    for jid in (FRIEND, "c14@" + layout.DOMAIN, "nobody1@" + layout.DOMAIN, "far1@" + layout.UNROUTABLE_DOMAIN):
        day.do("info", to=jid)
    day.do("buddy-add", name="c23@" + layout.DOMAIN)
    day.do("buddy-add", name="nobody2@" + layout.DOMAIN)
    day.do("buddy-remove", name="c23@" + layout.DOMAIN)
    day.do("chat-join", room=ROOM)
    eventually(lambda: not day.harness.ask("chat-send", account=day.account, room=ROOM, text="Tea?").get("error"),
               what="the room")
    day.do("command", to="bob@" + layout.DOMAIN, text="/ping bob@" + layout.DOMAIN)
    day.do("raw", xml=f"<iq type='get' id='odd-1' to='c20@{layout.DOMAIN}'><x xmlns='urn:example:unheard-of'/></iq>")
    day.do("raw", xml=f"<message id='odd-2' to='c20@{layout.DOMAIN}'><addresses xmlns='http://jabber.org/protocol/"
                      "address'><address type='to' uri='sms:+15551239999'/></addresses></message>")
    day.harness.wait("notice", since=mark)
    day.wait_until_quiet()


def test_sent_again(rig):
    """The acknowledgements are held back: what the server has is sent again with the same ids."""
    day = day_of(rig)
    day.proxy("hold-down")
    plain = [day.do("send", to=jid, text=f"Twice to {jid}")["message"]
             for jid in ("c14@" + layout.DOMAIN, "c16@" + layout.DOMAIN)]
    day.do("type", to="c06@" + layout.DOMAIN)
    row = day.do("lookup", to="c07@" + layout.DOMAIN)["row"]
    for stanza in (*plain, row["stanza"]):
        assert stanzalog.wait(rig.box["stanza_log"], "in", ALICE, stanza), stanza
    day.cut_and_connect()
    for stanza in plain:
        assert len(stanzalog.wait(rig.box["stanza_log"], "in", ALICE, stanza, count=2)) == 2, stanza
    day.wait_until_quiet()
    assert len(stanzalog.find(rig.box["stanza_log"], "in", ALICE, row["stanza"])) == 1
    again = [r for r in day.rows() if r["stanza"] in plain]
    assert [r["attempts"] for r in again] == [2, 2], again


async def show_up(box):
    """A contact comes online with a photo and unknown capabilities: two things that libpurple asks for by itself."""
    client = await Client(box, "c20", features=["urn:example:unheard-of"]).log_in()
    client.send_raw("<presence><x xmlns='vcard-temp:x:update'><photo>fedcba9876543210</photo></x></presence>")
    client.message(ALICE, "I am here")
    await client.log_out()


def test_never_for_a_friend(rig):
    day = day_of(rig)
    friend = "c20@" + layout.DOMAIN
    last, before = day.rows()[-1]["row"], len(from_alice(rig))
    day.do("policy", contact=friend, set={"when": "never"})
    asyncio.run(show_up(rig.box))
    day.harness.wait("im-in", text="I am here")
    # ejabberd puts the hash of the photo that it stores itself into presences: there is none here.
    kinds = {"prosody": {"vcard", "disco"}, "ejabberd": {"disco"}}[rig.server]
    eventually(lambda: kinds <= {row["kind"] for row in rows_about(day, "xmpp:" + friend, last)
                                 if (row["status"], row["rule"], row["attempts"]) == ("withheld", "never", 0)},
               what="withheld rows")
    sent = day.send("c16@" + layout.DOMAIN, "Last of all")
    assert stanzalog.wait(rig.box["stanza_log"], "in", ALICE, sent), sent
    asked = [e for _, e in from_alice(rig)[before:] if "xmpp:" + friend in persons(e)
             and e.tag == "iq" and e.get("type") in ("get", "set")]
    assert not asked, [describe(e) for e in asked]


def rows_about(day, address, since):
    return [row for row in day.rows() if row["address"] == address and row["row"] > since]


def test_never(rig):
    day = day_of(rig)
    last = day.rows()[-1]["row"]
    before = len(from_alice(rig))
    day.do("policy", contact=NEVER, set={"when": "never"})
    mark = day.harness.mark()
    day.do("open", to=NEVER)
    day.do("info", to=NEVER)
    day.harness.wait("notice", since=mark, title=NEVER)
    rows = eventually(lambda: rows_about(day, "xmpp:" + NEVER, last), what="withheld rows")
    assert {row["status"] for row in rows} == {"withheld"} and not any(row["attempts"] for row in rows), rows
    assert {row["rule"] for row in rows} == {"never"} and "vcard" in {row["kind"] for row in rows}, rows
    answer = day.do("command", to="bob@" + layout.DOMAIN, text=f"/ping {layout.DOMAIN}")
    sent = day.send("c16@" + layout.DOMAIN, "Still here")
    assert stanzalog.wait(rig.box["stanza_log"], "in", ALICE, sent), (sent, answer)
    named = [e for _, e in from_alice(rig)[before:] if "xmpp:" + NEVER in persons(e)]
    assert not named, [describe(e) for e in named]
    day.wait_until_quiet()


def check_statuses(rows, books):
    """Every row has come to its end; "sent" is the end of what nobody answers."""
    bad = [row for row in rows if row["status"] in ("recorded", "timeout")]
    bad += [row for row in rows if (row["status"] in ("withheld", "dropped")) != (row["attempts"] == 0)]
    for row in rows:
        element = books.elements.get(books.key_of(row))
        is_request = element is not None and element.tag == "iq" and element.get("type") in ("get", "set")
        if is_request and row["status"] not in ("answered", "error", "unknown"):
            bad.append(row)
        if row["status"] in ("answered", "error") and not (row["answered_at"] and row["result"]):
            bad.append(row)
    assert not bad, bad


def set_apart(rows):
    """Rows of what was asked, and of what a server told by itself: a device list that changed."""
    told = [row for row in rows if row["rule"] == "list-changed"]
    return [row for row in rows if row["rule"] != "list-changed"], told


def test_books_agree(rig):
    day = day_of(rig)
    day.wait_until_quiet()
    rows, told = set_apart(day.rows())
    assert told and not any(row["attempts"] or row["observers"] or row["stanza"] for row in told), told[:3]
    books = Books(rig, rows)
    faults = books.faults()
    kinds, statuses = (collections.Counter(row[key] for row in rows) for key in ("kind", "status"))
    print(f"# {rig.server}: {len(from_alice(rig))} stanzas sent, {sum(map(len, books.sent.values()))} times a person "
          f"named, {len(rows)} rows, {sum(row['attempts'] for row in rows)} attempts")
    print(f"# kinds {json.dumps(kinds)}")
    print(f"# statuses {json.dumps(statuses)}")
    assert day.proxy("status")["cuts"] == 3
    assert len(books.sent) > 80, len(books.sent)
    assert not faults, "\n".join(faults)
    check_statuses(rows, books)
    assert sum(row["status"] == "unknown" for row in rows) == 1, statuses


if __name__ == "__main__":
    rigs.main([test_open_all, test_numbers, test_send_to_all, test_inbound, test_buddies_room_and_info,
               test_sent_again, test_never, test_never_for_a_friend, test_books_agree], servers=("prosody", "ejabberd"))
