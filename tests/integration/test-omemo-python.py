#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OMEMO of the plugin with python3-oldmemo on the other side, which shares no
code with it. Each test has two accounts of its own, and ends with the check
for leaks: nothing that was said stands in clear in the server's log, in
libpurple's logs, or in the debug log. Arguments: the servers to run on."""

import functools
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from oldmemo_peer import Peer
from omemo_pair import omemo_ours, talk
from rig import Crowd, eventually, main

CROWD = Crowd()
ROW, LONG_CHARACTERS = 60, 60000
# Said once a broken session, in the words that a person reads.
BROKEN = "cannot be decrypted"
stranger = functools.partial(talk, lambda items: Peer(CROWD, items.rig.box, items.their_name).start())
friend = functools.partial(stranger, friends=True)


@stranger()
def bundles(items):
    """Each takes the other's bundle; ours has all that a strict reader wants."""
    found = omemo_ours.bundle(items.rig, items.us, items.own_device)
    omemo_ours.check_bundle(found)
    assert items.theirs.check_bundle_of(items.us, items.own_device) == omemo_ours.PREKEYS
    items.say("theirs-is-taken")
    known = items.ours.devices(items.them)
    assert list(known) == [items.theirs.device], known
    assert omemo_ours.groupless(known[items.theirs.device]["fingerprint"]) == items.theirs.fingerprint, known


@friend()
def first_is_ours(items):
    """Of the pre-key kind until their key transport came, and not after."""
    xml = items.say("ours-first")
    assert omemo_ours.keys(xml) == {items.theirs.device: True}, xml
    eventually(lambda: items.theirs.transports_sent == 1, what="their key transport")
    items.answer("their-answer")
    assert omemo_ours.keys(items.say("ours-again")) == {items.theirs.device: False}
    assert not items.theirs.troubles and not items.system("decrypt"), items.theirs.troubles


@friend()
def first_is_theirs(items):
    """Our key transport is understood, and their messages are of the normal kind from then on."""
    items.answer("theirs-first")
    eventually(lambda: items.theirs.transports, what="our key transport")
    items.ours.until_received()
    assert not items.theirs.troubles and len(items.transports()) == 1, items.theirs.troubles
    items.answer("theirs-again")
    items.say("our-answer")
    items.answer("theirs-at-last")


@stranger()
def in_turn(items):
    """Ten each way, one after the other; the first one is a stranger's."""
    for number in range(10):
        items.answer(f"theirs-{number}")
        items.say(f"ours-{number}")
    assert items.bundles() == 0 and not items.theirs.troubles, items.theirs.troubles


@friend()
def rows(items):
    """A long row from one side makes the other say that it is still there: once a row, by a message without text."""
    items.say("begin")
    items.answer("began")
    said_before, sent_before = len(items.transports()), items.theirs.transports_sent
    for number in range(ROW):
        items.theirs.say(items.us, items.word(f"theirs-{number}"))
    eventually(lambda: items.said()[-ROW:] == items.texts[-ROW:], what="their row, in its order")
    eventually(lambda: len(items.theirs.transports) > 0, what="our heartbeat")
    items.ours.until_received()
    assert len(items.transports()) - said_before == 1, f"{len(items.transports()) - said_before} for one row"
    for number in range(ROW):
        items.ours.do("send", to=items.them, text=items.word(f"ours-{number}"))
    eventually(lambda: len(items.theirs.said) == 1 + ROW, what="our row")
    assert [text for _, text in items.theirs.said[1:]] == items.texts[-ROW:]
    eventually(lambda: items.theirs.transports_sent > sent_before, what="their heartbeat")
    items.answer("after-both")
    items.say("and-back")
    assert not items.theirs.troubles, items.theirs.troubles


@stranger()
def disorder(items):
    """Their messages come late, early and twice: each is shown once. They open ours in another order."""
    chance = random.Random(1)
    items.answer("begin")
    items.say("began")
    items.theirs.hold()
    texts = [items.word(f"theirs-{number}") for number in range(12)]
    for text in texts:
        items.theirs.say(items.us, text)
    order = chance.sample(range(12), 12) + chance.sample(range(12), 6)
    items.theirs.release(order)
    items.answer("after-disorder")
    assert sorted(items.said()) == sorted(items.texts), items.said()
    items.theirs.keep_back()
    texts = [items.word(f"ours-{number}") for number in range(12)]
    for text in texts:
        items.ours.send(items.them, text)
    eventually(lambda: len(items.theirs.kept_back) == 12, what="our messages at the peer")
    items.theirs.open_kept(chance.sample(range(12), 12))
    assert sorted(text for _, text in items.theirs.said[1:]) == sorted(texts), items.theirs.troubles
    assert not items.theirs.troubles and not items.system("decrypt"), items.theirs.troubles


@stranger()
def first_is_late(items):
    """Of a stranger's first messages the second comes first, and the first comes twice."""
    items.theirs.hold()
    for number in range(3):
        items.theirs.say(items.us, items.word(f"theirs-{number}"))
    items.theirs.release([1, 0, 2, 0])
    items.answer("theirs-at-last")
    assert sorted(items.said()) == sorted(items.texts), items.said()
    items.say("ours")


@stranger()
def texts(items):
    """What is hard to write arrives as it was written."""
    for number, text in enumerate((" 👩‍👩‍👧 ☎ \U0001f4de", " שלום עולם, العربية 12", " <b>bold</b> & 1 < 2 &amp; \"x\"",
                                   " two\nlines")):
        items.say(f"ours-{number}", text)
        items.answer(f"theirs-{number}", text)
    long = (" " + "long and longer " * (LONG_CHARACTERS // 16)).rstrip()
    items.say("ours-long", long)
    items.answer("theirs-long", long)


def check_repaired(items, before):
    """One line, one bundle, one key transport; then both are read again, and nothing goes on behind that."""
    bundles, transports, sent = before
    eventually(lambda: len(items.transports()) == transports + 1, what="our key transport")
    eventually(lambda: items.theirs.transports_sent == sent + 1, what="their key transport")
    assert items.bundles() == bundles + 1
    items.answer("repaired")
    items.say("repaired-too")
    items.answer("repaired-for-good")
    assert (items.bundles(), len(items.transports()), items.theirs.transports_sent) == (
        bundles + 1, transports + 1, sent + 1)


@friend()
def broken(items):
    """A message that cannot be read is said, and the session is begun anew, though its bundle was asked for before;
    in the same connection it is not begun a second time by us, whatever comes, but by them it can be."""
    items.say("ours-first")
    items.answer("theirs")
    before = items.bundles(), len(items.transports()), items.theirs.transports_sent
    items.theirs.damage_session(items.us)
    items.theirs.say(items.us, items.word("lost"))
    eventually(lambda: items.system(BROKEN), what="a line about the broken session")
    check_repaired(items, before)
    assert len(items.system(BROKEN)) == 1 and items.texts[2] not in items.said()
    again = items.bundles(), len(items.transports())
    items.theirs.damage_session(items.us)
    for number in range(5):
        items.theirs.say(items.us, items.word(f"lost-again-{number}"))
    items.theirs.forget_session(items.us)
    items.answer("begun-by-them")
    items.say("and-read")
    assert (items.bundles(), len(items.transports())) == (again[0], again[1] + 1), (items.bundles(), again)


@stranger()
def bundle_comes_later(items):
    """Their list is there before their bundle: what cannot be written is said and does not leave; the next message
    does."""
    items.theirs.withdraw_bundle()
    lost = items.word("lost")
    reply = items.ours.do("send", to=items.them, text=lost)
    eventually(lambda: [e for e in items.ours.harness.events if e["event"] in ("question", "im-status")
                        and e["message"] == reply["message"] and e.get("status") != "held"], what="a word about it")
    items.ours.until_received()
    assert items.bundles() == 1 and not items.ours.sent(items.them)
    items.theirs.publish_again()
    items.say("ours")
    items.answer("theirs")


@friend()
def forgotten(items):
    """They lost the session and kept their keys: what they write begins another, and no fetch follows."""
    items.say("ours-first")
    items.answer("theirs")
    before = items.bundles()
    items.theirs.forget_session(items.us)
    items.ours.send(items.them, items.word("lost"))
    eventually(lambda: items.theirs.troubles, what="their trouble")
    assert [name for _, name, _ in items.theirs.troubles] == ["NoSession"], items.theirs.troubles
    items.answer("begun-anew")
    items.say("read-again")
    items.answer("for-good")
    assert items.bundles() == before and len(items.theirs.troubles) == 1, items.theirs.troubles
    assert not items.system(BROKEN)


def new_keys(items):
    """The place of the line that says so, and of the message that went next."""
    items.say("ours-first")
    items.answer("theirs")
    old = items.theirs.device
    items.theirs.make_new_keys()
    assert items.theirs.device != old
    items.answer("from-the-new-device")
    xml = items.say("to-the-new-device")
    assert set(omemo_ours.keys(xml)) == {old, items.theirs.device}, xml
    assert not items.system(BROKEN), items.system(BROKEN)
    lines = items.ours.lines(items.them)
    marks = (str(items.theirs.device), items.theirs.fingerprint[:8])
    said = [n for n, line in enumerate(lines) if line["system"] and any(m in line["text"].lower() for m in marks)]
    assert said, lines
    return said[0], next(n for n, line in enumerate(lines) if line["text"] == items.texts[-1])


@friend()
def new_keys_of_a_friend(items):
    """They begin again with another device: announced, then read and written to."""
    announced, written = new_keys(items)
    assert announced < written, items.ours.lines(items.them)


@stranger()
def new_keys_of_a_stranger(items):
    """Nobody pushes their list to us: it is asked for before our next message leaves."""
    new_keys(items)
    assert list(items.ours.requests(items.them).values()).count("device-list") == 2


if __name__ == "__main__":
    main([bundles, first_is_ours, first_is_theirs, in_turn, rows, disorder, first_is_late, texts, broken,
          bundle_comes_later, forgotten, new_keys_of_a_friend, new_keys_of_a_stranger],
         servers=sys.argv[1:] or ("prosody", "ejabberd"))
