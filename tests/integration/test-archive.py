#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came, or was sent by another client, while this one was away is read
from the server's archive: all of it, in its order, once. Each test has two
accounts of its own, but the last. Arguments: the servers to run on."""

import contextlib
import json
import os
import re
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from omemo_pair import omemo_ours
from rig import Crowd, eventually, main
from penbox import control, layout
from penbox.client import Client

Ours = omemo_ours.Ours
CROWD = Crowd()
PAGE, MANY = 50, 120
KILL_AFTER = PAGE + 5
SHORT_S, STORE_S = 2, 10
MARK = "archive:"
ARCHIVE, NO_ARCHIVE = "urn:xmpp:mam:2", "urn:xmpp:mam:none"
CLOCK = ("--virtual-clock", "2026-01-31T12:00:00Z")
SETTLE_S = 6
# To another client, and to no others.
UNSEEN = ("only in the archive", "<private xmlns='urn:xmpp:carbons:2'/>")
# Ids of messages that are in no archive; ejabberd's are times.
FORGOTTEN = {"prosody": "of-a-message-long-deleted", "ejabberd": "1000000000000000"}


class Person:
    """A client of the test without encryption, signed on as NAME."""

    def __init__(self, rig, name, resource=None):
        self.client = CROWD.run(self._begin(rig, name, resource))

    async def _begin(self, rig, name, resource):
        client = Client(rig.box, name)
        if resource:
            client.requested_jid.resource = resource
        return await client.log_in()

    def say(self, to, text, inner=""):
        async def run():
            self.client.message(to, text, inner)
        CROWD.run(run())

    def has(self, number):
        """Until NUMBER messages came that say something: a receipt for a client that has left comes here too."""
        def said():
            return [stanza for stanza in self.client.got if stanza.tag.endswith("message")
                    and any(part.tag.endswith(("}body", "}payload")) for part in stanza.iter())]
        eventually(lambda: len(said()) >= number, what=f"{number} messages at another client")

    def until_received(self):
        """Until the server is done with all that was said: ejabberd's log has a message before it is kept."""
        async def run():
            await self.client.get_roster()
        CROWD.run(run())

    def close(self):
        CROWD.run(self.client.log_out())


def open_store(side):
    """The store of SIDE, one of ours, behind its back."""
    return contextlib.closing(sqlite3.connect(os.path.join(side.harness.config_dir, "penregister", "penregister.db"),
                                              timeout=STORE_S))


def change_store(side, statement, *values):
    with open_store(side) as store:
        store.execute(statement, values)
        store.commit()


class Two:
    """Ours, who was signed on once, and somebody else; friends."""

    def __init__(self, rig):
        if not hasattr(rig, "pairs"):
            rig.pairs = iter([("alice", "bob"), *zip(layout.CONTACTS[0::2], layout.CONTACTS[1::2]),
                              ("bob", layout.CONTACTS[0])])
        self.rig = rig
        self.our_name, self.their_name = next(rig.pairs)
        self.us, self.them = (rig.box["accounts"][name]["jid"] for name in (self.our_name, self.their_name))
        omemo_ours.befriend(rig, self.our_name, self.their_name)

    def start(self, **more):
        self.ours = Ours(self.rig, self.our_name, **more)
        eventually(lambda: self.mark() is not None, what="a mark in the archive")
        return self.ours

    def mark(self):
        with open_store(self.ours) as store:
            row = store.execute("SELECT value FROM setting WHERE key = ?", (MARK + self.us,)).fetchone()
        return row and row[0]

    def shown(self):
        """What stands in our conversation, in its order."""
        return [line["text"] for line in self.ours.lines(self.them) if not line["system"]]

    def shows(self, *texts):
        eventually(lambda: self.shown()[-1:] == [texts[-1]], what=f"{texts[-1]!r} as the last line of {self.shown()[-5:]}")
        assert self.shown() == list(texts), self.shown()

    def is_seen(self):
        """Whether the server told the other side that we are there."""
        told = [record["xml"] for record in self.rig.stanzas() if record["direction"] == "out"
                and record["user"].startswith(self.them + "/") and record["xml"].startswith("<presence")
                and f"from='{self.us}/" in record["xml"]]
        return bool(told) and "type='unavailable'" not in told[-1]

    def leave(self):
        """Signs off, until the server is done with it: what comes to a session that just ends, ejabberd may lose."""
        eventually(self.is_seen, what="our presence at the other side")
        self.ours.do("disconnect")
        eventually(lambda: not self.is_seen(), what="our absence at the other side")

    def come(self):
        """Signs on, until the server knows."""
        self.rig.connect(self.ours.harness, self.ours.account, self.us + "/pen")

    def settle(self):
        """Lets the time pass after which the archive is read once more."""
        before = self.queries()
        self.ours.harness.do("clock", advance_s=SETTLE_S)
        eventually(lambda: self.queries() > before, what="the second question")

    def requests(self, direction, part):
        return len([record for record in self.rig.stanzas() if record["direction"] == direction
                    and record["user"].startswith(self.us + "/") and record["xml"].startswith("<iq")
                    and part in record["xml"]])

    def queries(self):
        return self.requests("in", ARCHIVE)

    def answers(self):
        return self.requests("out", "<fin ")


def away(test):
    """A test of what happens while ours is signed off, with another client of the same account in its place."""
    def run(rig):
        two = Two(rig)
        two.start()
        test(two)
        two.ours.harness.close()
    run.__name__ = test.__name__
    return run


def first_words(two):
    """The other side, with sessions both ways."""
    theirs = Ours(two.rig, two.their_name)
    for jid in (two.us, two.them):
        eventually(lambda jid=jid: omemo_ours.listed(two.rig, jid), what=f"a device of {jid}")
    theirs.send(two.us, "hello")
    two.ours.got("hello")
    two.ours.send(two.them, "well met")
    theirs.got("well met")
    return theirs


@away
def missed(two):
    """Encrypted and plain, while another client of ours took them all."""
    theirs = first_words(two)
    two.leave()
    other, plain = Person(two.rig, two.our_name), Person(two.rig, two.their_name)
    theirs.send(two.us, "one")
    other.has(1)
    plain.say(two.us, "two, in clear")
    other.has(2)
    theirs.send(two.us, "three")
    other.has(3)
    since = two.ours.harness.mark()
    two.ours.do("connect")
    two.shows("hello", "well met", "one", "two, in clear", "three")
    routes = [event["route"] for event in two.ours.harness.events[since:] if event["event"] == "im-in"]
    assert routes == ["encrypted", "plain", "encrypted"], routes
    theirs.send(two.us, "and today")
    two.shows("hello", "well met", "one", "two, in clear", "three", "and today")
    for client in (other, plain, theirs.harness):
        client.close()


@away
def kept_twice(two):
    """Nobody was there: the server has each message for who is offline, and in the archive."""
    theirs = first_words(two)
    two.leave()
    sent = [theirs.do("send", to=two.us, text=text)["message"] for text in ("one", "two")]
    theirs.do("command", to=two.us, text="/pen plain")
    sent.append(theirs.do("send", to=two.us, text="three, in clear")["message"])
    eventually(lambda: len(theirs.sent(two.us)) == 4, what="all of it at the server")
    theirs.until_received()  # the log has a message before the server keeps it
    two.ours.do("connect")
    two.shows("hello", "well met", "one", "two", "three, in clear")
    for message in sent:
        theirs.harness.wait("im-status", message=message, status="delivered")
    two.shows("hello", "well met", "one", "two", "three, in clear")
    theirs.harness.close()


@away
def sent_elsewhere(two):
    """What another client sent is shown, what this one sent is not shown again."""
    theirs = first_words(two)
    two.ours.do("command", to=two.them, text="/pen plain")
    two.ours.do("send", to=two.them, text="sent here, in clear")
    eventually(lambda: len(two.ours.sent(two.them)) == 2, what="both at the server")
    two.leave()
    other = Person(two.rig, two.our_name, "pen")
    other.say(two.them, "sent elsewhere")
    theirs.harness.wait("im-in", text="sent elsewhere")
    other.close()
    two.ours.do("connect")
    two.shows("hello", "well met", "sent here, in clear", "sent elsewhere")
    assert two.ours.shown(two.them, "sent elsewhere")["who"] == two.ours.shown(two.them, "sent here, in clear")["who"]
    theirs.harness.close()


def invite(two, is_taken):
    """An invitation while ours is away, which is asked about once; IS_TAKEN: another client of ours took it, and the
    server keeps it in its archive only."""
    plain = Person(two.rig, two.their_name)
    two.leave()
    other = Person(two.rig, two.our_name) if is_taken else None
    room = f"somewhere@{two.rig.box['rooms']}"
    plain.say(two.us, "come here", f"<x xmlns='jabber:x:conference' jid='{room}'/>")
    plain.say(two.us, "well?")
    if other:
        other.has(2)
    plain.until_received()
    since = two.ours.harness.mark()

    def questions():
        return [event for event in two.ours.harness.events[since:]
                if event["event"] == "request" and room in event["text"]]
    two.ours.do("connect")
    two.shows("well?")
    eventually(questions, what="the question about the room")
    plain.say(two.us, "are you there?")
    two.shows("well?", "are you there?")
    assert len(questions()) == 1, questions()
    for client in filter(None, (other, plain)):
        client.close()


@away
def invited(two):
    """An invitation that came meanwhile is asked about as one that comes now."""
    invite(two, is_taken=False)


@away
def invited_elsewhere(two):
    """So is one that the server does not keep for who was offline."""
    invite(two, is_taken=True)


@away
def disguised(two):
    """Whoever writes can say that it is an invitation: what it says is shown and marked like any other text."""
    theirs = first_words(two)
    two.leave()
    other, plain = Person(two.rig, two.our_name), Person(two.rig, two.their_name)
    plain.say(two.us, "in clear", "<x xmlns='http://jabber.org/protocol/muc#user'/>")
    other.has(1)
    since = two.ours.harness.mark()
    two.ours.do("connect")
    two.shows("hello", "well met", "in clear")
    assert [event["route"] for event in two.ours.harness.events[since:] if event["event"] == "im-in"] == ["plain"]
    assert any("was not encrypted" in line["text"] for line in two.ours.lines(two.them) if line["system"])
    for client in (other, plain, theirs.harness):
        client.close()


def break_session(two, theirs):
    """Ours has lost the session with THEIRS, which does not know; a text that ours cannot read."""
    change_store(two.ours, "DELETE FROM omemo_session WHERE jid = ?", two.them)
    theirs.send(two.us, "not to be read")


def begin_again(two, theirs):
    """THEIRS begins a new session with the next text."""
    theirs.do("disconnect")
    change_store(theirs, "DELETE FROM omemo_session WHERE jid = ?", two.us)
    theirs.do("connect")
    theirs.send(two.us, "to be read again")


def repairs(two):
    return [row for row in two.ours.harness.rows(kind="bundle") if row["rule"] == "repair"]


@away
def healed(two):
    """A session that broke, and was begun anew later in the archive, is not repaired: nobody is asked for a bundle."""
    theirs = first_words(two)
    two.leave()
    other = Person(two.rig, two.our_name)
    break_session(two, theirs)
    begin_again(two, theirs)
    other.has(2)
    two.ours.do("connect")
    two.shows("hello", "well met", "to be read again")
    theirs.send(two.us, "and today")
    two.shows("hello", "well met", "to be read again", "and today")
    assert not repairs(two), repairs(two)
    other.close()
    theirs.harness.close()


@away
def broken(two):
    """One that stays broken is repaired when all is read, once."""
    theirs = first_words(two)
    two.leave()
    other = Person(two.rig, two.our_name)
    break_session(two, theirs)
    theirs.send(two.us, "nor this")
    other.has(2)
    two.ours.do("connect")
    eventually(lambda: repairs(two), what="a bundle asked for")

    def reads_again():
        theirs.send(two.us, "now again")
        with contextlib.suppress(AssertionError):
            return eventually(lambda: "now again" in two.shown(), SHORT_S)
    eventually(reads_again, what="a text that is read, after the repair came there")
    assert len(repairs(two)) == 1, repairs(two)
    other.close()
    theirs.harness.close()


def say_many(two):
    """More than a page, while ours is away: who says it, who gets it, and the texts."""
    plain = Person(two.rig, two.their_name)
    two.leave()
    other = Person(two.rig, two.our_name)
    texts = [f"number {i}" for i in range(MANY)]
    for text in texts:
        plain.say(two.us, text)
    other.has(MANY)
    return plain, other, texts


@away
def pages(two):
    """More than a page; a new message waits for them."""
    plain, other, texts = say_many(two)
    before = two.queries()
    two.come()  # ejabberd decides who gets a message, and puts it into the archive a while later
    plain.say(two.us, "new")
    two.shows(*texts, "new")
    assert two.queries() - before >= MANY // PAGE + 1, two.queries()
    plain.close()
    other.close()


def late(rig):
    """What comes into the archive just after it was read, and to nobody here, is read too, though newer ones came here."""
    two = Two(rig)
    other, plain = Person(rig, two.our_name), Person(rig, two.their_name)
    two.start(options=CLOCK)
    two.leave()
    before = two.answers()
    two.ours.do("connect")
    eventually(lambda: two.answers() > before, what="the end of the archive")
    plain.say(other.client.boundjid.full, *UNSEEN)
    other.has(1)
    plain.say(two.us, "right away")
    two.shows("right away")
    two.settle()
    two.shows("right away", UNSEEN[0])
    plain.say(two.us, "at last")
    two.shows("right away", UNSEEN[0], "at last")
    two.leave()
    two.come()
    plain.say(two.us, "once more")
    two.shows("right away", UNSEEN[0], "at last", "once more")
    for client in (plain, other, two.ours.harness):
        client.close()


@away
def forgotten_mark(two):
    """The server has forgotten the message up to which its archive was read."""
    plain = Person(two.rig, two.their_name)
    two.leave()
    other = Person(two.rig, two.our_name)
    at = two.mark().split(" ")[0]
    change_store(two.ours, "UPDATE setting SET value = ? WHERE key = ?", f"{at} {FORGOTTEN[two.rig.server]}",
                 MARK + two.us)
    plain.say(two.us, "still there")
    other.has(1)
    two.ours.do("connect")
    two.shows("still there")
    plain.close()
    other.close()


@away
def killed(two):
    """Ended in the middle: it goes on where it was, and says at most a page again."""
    plain, other, texts = say_many(two)
    harness = two.ours.harness
    two.ours.do("connect")
    eventually(lambda: sum(event["event"] == "im-in" for event in harness.events) >= KILL_AFTER, what="some of them")
    harness.kill()
    before = [event["text"] for event in harness.events if event["event"] == "im-in"]
    two.ours = Ours(two.rig, two.our_name, config=harness.config_dir)
    plain.say(two.us, "new")
    eventually(lambda: two.shown()[-1:] == ["new"], what="a new message, which waits for the rest of them")
    after = two.shown()[:-1]
    assert before == texts[:len(before)] and after == texts[len(texts) - len(after):], (before, after)
    assert MANY <= len(before) + len(after) <= MANY + PAGE, (len(before), len(after))
    plain.close()
    other.close()


def begins_now(rig):
    """What was there before the first sign-on is not for this device."""
    two = Two(rig)
    other, plain = Person(rig, two.our_name), Person(rig, two.their_name)
    plain.say(two.us, "long ago")
    other.has(1)
    two.start(options=CLOCK)
    plain.say(other.client.boundjid.full, *UNSEEN)
    other.has(2)
    plain.say(two.us, "now")
    two.shows("now")
    two.settle()
    two.shows("now", UNSEEN[0])
    first = re.search(r" (.+)", two.mark())[1]
    assert first, "no message is known"
    for client in (other, plain, two.ours.harness):
        client.close()


def in_vain(rig):
    """The server refuses the second reading, after another process began it: what came meanwhile is not shown again."""
    two = Two(rig)
    plain = Person(rig, two.their_name)
    ours = two.start(options=CLOCK, through_proxy=True)
    mark = two.mark()
    plain.say(two.us, "one")
    two.shows("one")
    eventually(lambda: two.mark() != mark, what="a newer mark")
    ours.harness.kill()
    before = two.answers()
    two.ours = Ours(rig, two.our_name, config=ours.harness.config_dir, options=CLOCK, through_proxy=True)
    eventually(lambda: two.answers() > before, what="the end of the archive")
    plain.say(two.us, "two")
    two.shows("two")
    control.ask(rig.box["proxy"]["control"], json.dumps({"do": "swap", "old": ARCHIVE, "new": NO_ARCHIVE}))
    two.ours.harness.do("clock", advance_s=SETTLE_S)
    eventually(lambda: control.ask(rig.box["proxy"]["control"], "status")["swaps_left"] == 0, what="the second question")
    two.leave()
    two.come()
    plain.say(two.us, "three")
    two.shows("two", "three")
    for client in (plain, two.ours.harness):
        client.close()


if __name__ == "__main__":
    main([missed, kept_twice, sent_elsewhere, invited, invited_elsewhere, disguised, healed, broken, pages, late,
          forgotten_mark, killed, begins_now, in_vain],
         servers=sys.argv[1:] or ("prosody", "ejabberd"), up=("--archive",))
