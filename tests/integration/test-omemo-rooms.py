#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OMEMO in rooms: three of our accounts, and an owner who changes the rooms'
configuration under them. What was meant for an encrypted room stands nowhere
in clear: not in the server's log, not in the logs of the conversations."""

import asyncio
import os
import re
import secrets
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from profanity import NODE, leaked
from rig import Harness, eventually, main
from penbox import stanzalog
from penbox.client import NS, Client

MUC = "http://jabber.org/protocol/muc"
US = ("alice", "bob", "c21")
WITHOUT_OMEMO = "c14"
PRIVATE = {"membersonly": "1", "whois": "anyone"}
PUBLIC = {"membersonly": "0", "whois": "moderators"}
MAY_BE_SENT = {"encrypted", "encryption", "body", "store", "origin-id"}


def bare_of(rig, name):
    return rig.box["accounts"][name]["jid"]


class Owner:
    """Alice's other client: makes rooms and changes them, and is in none of them for long."""

    def __init__(self, rig, room):
        self.rig, self.room = rig, room

    def run(self, work):
        async def run():
            client = await Client(self.rig.box, US[0]).log_in(presence=False)
            try:
                return await work(client)
            finally:
                await client.log_out()
        return asyncio.run(run())

    async def _configure(self, client, settings):
        fields = "".join(f"<field var='muc#roomconfig_{name}'><value>{value}</value></field>"
                         for name, value in {"persistentroom": "1", **settings}.items())
        answer = await client.ask("set", self.room, f"""<query xmlns='{MUC}#owner'><x xmlns='jabber:x:data'
            type='submit'><field var='FORM_TYPE'><value>{MUC}#roomconfig</value></field>{fields}</x></query>""")
        assert answer.ok, str(answer)

    async def _affiliate(self, client, names, affiliation):
        for name in names:
            answer = await client.ask("set", self.room, f"""<query xmlns='{MUC}#admin'>
                <item affiliation='{affiliation}' jid='{bare_of(self.rig, name)}'/></query>""")
            assert answer.ok, str(answer)

    def make(self, settings, members):
        async def work(client):
            client.send_raw(f"<presence to='{self.room}/maker'><x xmlns='{MUC}'/></presence>")
            own = await client.wait_for(lambda s: s.get("from") == self.room + "/maker" and s.tag == NS + "presence")
            assert own is not None and own.get("type") is None, "the room could not be made"
            await self._configure(client, settings)
            if members:
                await self._affiliate(client, members, "member")
            client.send_raw(f"<presence to='{self.room}/maker' type='unavailable'/>")
            await client.wait_for(lambda s: s.get("from") == self.room + "/maker" and s.get("type") == "unavailable")
        self.run(work)

    def configure(self, **settings):
        self.run(lambda client: self._configure(client, settings))

    def affiliate(self, name, affiliation):
        self.run(lambda client: self._affiliate(client, [name], affiliation))


class Member:
    """The plugin, signed on as NAME."""

    def __init__(self, rig, name, **settings):
        self.rig, self.name, self.jid = rig, name, bare_of(rig, name)
        self.harness = Harness(os.path.join(rig.dir, f"{name}-{secrets.token_hex(3)}"), "--debug")
        rig.harnesses.append(self.harness)
        self.account = rig.account(self.harness, name, connect=False, **settings)
        self.sign_on()
        self.harness.until_keys(self.account)

    def until_received(self):
        self.rig.until_received(self.harness, self.account)

    def sign_on(self):
        self.harness.do("connect", account=self.account)

    def sign_off(self):
        self.harness.do("disconnect", account=self.account)

    def do(self, name, /, **arguments):
        return self.harness.do(name, account=self.account, **arguments)

    def join(self, room):
        since = self.harness.mark()
        self.do("chat-join", room=room)
        self.harness.wait("room-joined", since=since, room=room)
        return self

    def send(self, room, text):
        self.do("chat-send", room=room, text=text)

    def lines(self, room):
        return self.do("conversation", to=room)["lines"]

    def said(self, room):
        """What members said, each as (who, text)."""
        return [(line["who"].partition("/")[0], line["text"]) for line in self.lines(room) if not line["system"]]

    def sees(self, room, text, route="encrypted"):
        """The line with exactly TEXT, of which there is one."""
        found = eventually(lambda: [line for line in self.lines(room) if line["text"] == text and not line["system"]],
                           what=f"{text!r} at {self.name}")
        assert len(found) == 1 and (route is None or found[0]["route"] == route), found
        return found[0]

    def told(self, room, words, count=1):
        """Waits until COUNT lines for the user have WORDS."""
        def found():
            lines = [line["text"] for line in self.lines(room) if line["system"] and words in line["text"]]
            return len(lines) >= count and lines
        return eventually(found, what=f"{words!r} at {self.name}")

    def command(self, room, text):
        return "\n".join(self.do("command", to=room, text=text)["lines"])

    def written(self):
        texts = []
        for place, _, names in os.walk(os.path.join(self.harness.config_dir, "logs")):
            for name in names:
                with open(os.path.join(place, name), encoding="utf-8", errors="replace") as file:
                    texts.append(file.read())
        return "\n".join(texts)

    def close(self):
        self.harness.close()


def crew(rig):
    """The three, signed on once for all tests of a server."""
    if not hasattr(rig, "crew"):
        rig.crew = [Member(rig, name) for name in US]
    return rig.crew


def new_room(rig, settings, members=US[1:]):
    owner = Owner(rig, f"r{secrets.token_hex(4)}@{rig.box['rooms']}")
    owner.make(settings, members)
    return owner


def word(label):
    return f"{label}-{secrets.token_hex(4)}"


def to_room(rig, room, jid=None):
    """What clients sent to the room with something to read, in the server's log."""
    return [record["xml"] for record in rig.stanzas() if record["direction"] == "in"
            and (jid is None or record["user"].startswith(jid + "/"))
            and re.match(rf"<message\b[^>]*\bto='{re.escape(room)}'", record["xml"])
            and ("<body" in record["xml"] or "<encrypted" in record["xml"])]


def check_wire(xml):
    """One payload, a key for each device, and nothing beside."""
    stanza = stanzalog.element({"xml": xml})
    children = [child.tag.rpartition("}")[2] for child in stanza]
    assert set(children) == MAY_BE_SENT and len(children) == len(MAY_BE_SENT), xml
    assert stanza.get("type") == "groupchat" and xml.count("<payload") == 1, xml
    rids = re.findall(r"\brid='(\d+)'", xml)
    assert len(rids) == len(set(rids)) == len(US) - 1, xml


def check_rows(member):
    """Every request for somebody's keys, and every question to a room, has its row, by its id; and the other way round."""
    asked = {}
    for record in member.rig.stanzas():
        found = re.match(r"<iq\b[^>]*>", record["xml"])
        if record["direction"] != "in" or not record["user"].startswith(member.jid + "/pen") or found is None:
            continue
        kind = ("device-list" if f"items node='{NODE}.devicelist'" in record["xml"]
                else "bundle" if f"items node='{NODE}.bundles:" in record["xml"]
                else "room" if f"{MUC}#admin" in record["xml"] else None)
        if kind is not None and "type='get'" in found[0] and " to='" in found[0]:
            asked[re.search(r"\bid='([^']+)'", found[0])[1]] = kind
    rows = {row["stanza"]: row["kind"] for row in member.harness.rows()
            if row["stanza"] in asked or row["stanza"] and row["kind"] in ("device-list", "bundle")}
    assert asked and rows == asked, (rows, asked)


def check_secret(rig, members, *texts):
    assert not leaked(rig, *texts), leaked(rig, *texts)
    for member in members:
        for text in texts:
            assert text not in member.written(), f"{text} in the logs of {member.name}"


# The tests

def three_talk(rig):
    """What each says, all three read once; markup is shown as it was typed."""
    members = crew(rig)
    room = new_room(rig, PRIVATE).room
    texts = [f"<b>{word('bold')}</b>", word("from-bob"), word("from-c21"), word("again")]
    for member in members:
        member.join(room)
        member.told(room, "end-to-end encrypted")
    for speaker, text in zip([*members, members[0]], texts):
        speaker.send(room, text)
        for member in members:
            assert member.sees(room, text)["who"].partition("/")[0] == speaker.name
    for member in members:
        assert member.said(room) == [(speaker.name, text) for speaker, text in zip([*members, members[0]], texts)]
        check_rows(member)
    sent = to_room(rig, room)
    assert len(sent) == len(texts), sent
    for xml in sent:
        check_wire(xml)
    rows = [row for row in members[0].harness.rows(address="xmpp:" + room) if row["kind"] == "delivery"]
    assert len(rows) == 2 and all(row["trigger"] == "send" for row in rows), rows
    check_secret(rig, members, *(re.sub("<.*?>", "", text) for text in texts))


def away(rig):
    """A member who is away when it is written reads it from the room's history, once."""
    alice, bob, other = crew(rig)
    room = new_room(rig, PRIVATE).room
    alice.join(room)
    bob.join(room)
    other.sign_off()
    text = word("while-away")
    alice.send(room, text)
    alice.sees(room, text)
    bob.sees(room, text)
    other.sign_on()
    other.join(room)
    other.sees(room, text)
    answer = word("back-again")
    other.send(room, answer)
    for member in (alice, bob, other):
        member.sees(room, answer)
    check_secret(rig, crew(rig), text, answer)


def public(rig):
    """An open room is plain, and says why, once."""
    alice, bob, _ = crew(rig)
    room = new_room(rig, PUBLIC, ()).room
    for member in (alice, bob):
        member.join(room)
        member.told(room, "anybody may enter")
    for text in (word("open-one"), word("open-two")):
        alice.send(room, text)
        for member in (alice, bob):
            member.sees(room, text, route=None)
    assert len(alice.told(room, "Not encrypted")) == 1
    assert not any("<encrypted" in xml for xml in to_room(rig, room))
    assert not [r["xml"] for r in rig.stanzas() if f" to='{room}'" in r["xml"] and "type='get'" in r["xml"]
                and f"{MUC}#admin" in r["xml"]], "an open room is asked for its members"


def hidden(rig):
    """Members-only, but who they are is for moderators: plain, with another reason."""
    _, bob, other = crew(rig)
    room = new_room(rig, {"membersonly": "1", "whois": "moderators"}).room
    for member in (bob, other):
        member.join(room)
        member.told(room, "hides who its members are")
    text = word("hidden-room")
    bob.send(room, text)
    other.sees(room, text, route=None)


def opened(rig):
    """A room that was encrypted and is opened: nothing goes until the user says so; and back again."""
    alice, bob, _ = crew(rig)
    owner = new_room(rig, PRIVATE)
    room, secret, held, plain, back = owner.room, word("secret"), word("held"), word("plain"), word("back")
    alice.join(room)
    bob.join(room)
    bob.send(room, secret)
    alice.sees(room, secret)
    owner.configure(**PUBLIC)
    bob.told(room, "was encrypted before")
    bob.send(room, held)
    bob.told(room, held)
    assert held in " ".join(bob.told(room, "is not sent"))
    bob.command(room, "/pen room cancel")
    assert "You chose not to encrypt" in bob.command(room, "/pen room plain")
    bob.send(room, plain)
    alice.sees(room, plain, route=None)
    owner.configure(**PRIVATE)
    eventually(lambda: "end-to-end encrypted" in bob.command(room, "/pen room encrypted"), what="the room as it was")
    bob.send(room, back)
    alice.sees(room, back)
    check_secret(rig, (alice, bob), secret, held, back)


def one_without(rig):
    """A member without OMEMO: held, with their name; encrypted when they are a member no more."""
    alice, bob, _ = crew(rig)
    owner = new_room(rig, PRIVATE, (*US[1:], WITHOUT_OMEMO))
    room, text = owner.room, word("not-for-all")
    alice.join(room)
    bob.join(room)
    bob.send(room, text)
    assert bare_of(rig, WITHOUT_OMEMO) in " ".join(bob.told(room, "could not read an encrypted message"))
    assert bare_of(rig, WITHOUT_OMEMO) in bob.command(room, "/pen room")
    bob.until_received()
    assert not to_room(rig, room), to_room(rig, room)
    owner.affiliate(WITHOUT_OMEMO, "none")
    second = word("for-all")
    eventually(lambda: bare_of(rig, WITHOUT_OMEMO) not in bob.command(room, "/pen room"), what="one member less")
    bob.send(room, second)
    for member in (alice, bob):
        member.sees(room, text)
        member.sees(room, second)
    check_secret(rig, (alice, bob), text, second)


def raw(rig):
    """What something else than us writes into an encrypted room does not leave."""
    alice, bob, _ = crew(rig)
    room, text, after = new_room(rig, PRIVATE).room, word("raw"), word("after-raw")
    alice.join(room)
    bob.join(room)
    alice.told(room, "end-to-end encrypted")
    alice.do("raw", xml=f"<message to='{room}' type='groupchat' id='raw1'><body>{text}</body></message>")
    alice.send(room, after)
    bob.sees(room, after)
    rows = [row for row in alice.harness.rows(address="xmpp:" + room) if row["stanza"] == "raw1"]
    assert [(row["status"], row["rule"]) for row in rows] == [("dropped", "room-encrypted")], rows
    check_secret(rig, (alice, bob), text, after)


def never(rig):
    """Where the policy lets nobody be asked, nothing is asked and nothing sent; a row a member says so."""
    crew(rig)[1].sign_off()
    room, text = new_room(rig, PRIVATE).room, word("nobody-asked")
    bob = Member(rig, US[1], when="never")
    bob.join(room)
    bob.send(room, text)
    told = " ".join(bob.told(room, "Your policy lets nobody be asked"))
    others = [bare_of(rig, name) for name in (US[0], US[2])]
    assert all(jid in told for jid in others), told
    rows = [row for row in bob.harness.rows(kind="device-list") if row["trigger"] != "pushed"]
    assert sorted((row["address"], row["status"]) for row in rows) == [("xmpp:" + jid, "withheld") for jid in others], rows
    bob.until_received()
    assert not to_room(rig, room)
    bob.close()
    check_secret(rig, crew(rig), text)
    crew(rig)[1].sign_on()


if __name__ == "__main__":
    main([three_talk, away, public, hidden, opened, one_without, raw, never], servers=("prosody", "ejabberd"))
