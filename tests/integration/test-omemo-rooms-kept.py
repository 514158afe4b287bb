#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was written in an encrypted room survives: signing off and a sudden
end, held and handed over. It goes with the same id and the same bytes, is
shown once, and stands nowhere in clear. Arguments: the servers to run on."""

import importlib
import os
import re
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import Harness, eventually, main
import ratchet
from penbox import control

rooms = importlib.import_module("test-omemo-rooms")
PLACE = "/rooms"


class Mortal(rooms.Member):
    """A member that can end suddenly and come back as the same device."""

    def begin_again(self, **settings):
        self.harness = Harness(self.harness.config_dir, "--debug")
        self.rig.harnesses.append(self.harness)
        self.account = self.rig.account(self.harness, self.name, connect=False, **settings)
        self.sign_on()

    def kill(self):
        self.harness.kill()

    def change_outbox(self, statement):
        """While no process has it open."""
        with sqlite3.connect(os.path.join(self.harness.config_dir, "penregister", "penregister.db")) as store:
            store.execute(statement)

    def outbox(self):
        """(id, text, whether it was handed over) of what is kept of rooms."""
        path = os.path.join(self.harness.config_dir, "penregister", "penregister.db")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as store:
            return store.execute("SELECT message, text, handed FROM outbox WHERE account = ? ORDER BY number",
                                 (self.jid + PLACE,)).fetchall()


def pair(rig, **settings):
    """Alice, who stays, and Bob, in whose way things are put."""
    return rooms.Member(rig, "alice"), Mortal(rig, "bob", **settings)


def with_one_in_the_way(rig):
    """A room with a member who cannot read: what is written is held until that one is a member no more."""
    return rooms.new_room(rig, rooms.PRIVATE, ("bob", rooms.WITHOUT_OMEMO))


def held_by(bob, owner, label):
    text = rooms.word(label)
    bob.join(owner.room)
    bob.send(owner.room, text)
    bob.told(owner.room, "What you wrote is held")
    assert [(line[1], line[2]) for line in bob.outbox()] == [(text, 0)], bob.outbox()
    return text


def close(rig, members, *texts):
    rooms.check_secret(rig, members, *texts)
    ratchet.check(rig.stanzas())
    ratchet.check_same(rig.stanzas())
    for member in members:
        member.close()


def let_in(owner, bob, alice, text):
    """The one in the way goes: the message goes too, once."""
    owner.affiliate(rooms.WITHOUT_OMEMO, "none")
    bob.sees(owner.room, text)
    alice.sees(owner.room, text)
    eventually(lambda: not bob.outbox(), what="an outbox without it")
    assert len(rooms.to_room(bob.rig, owner.room)) == 1


def signed_off(rig):
    """Held when the account signs off: said to be kept; sent when the room is entered again and it can be."""
    alice, bob = pair(rig)
    owner = with_one_in_the_way(rig)
    alice.join(owner.room)
    text = held_by(bob, owner, "kept")
    bob.sign_off()
    assert text in " ".join(bob.told(owner.room, "It is kept"))
    bob.sign_on()
    bob.until_received()
    assert not rooms.to_room(rig, owner.room)
    bob.join(owner.room)
    bob.told(owner.room, "You wrote this here before")
    let_in(owner, bob, alice, text)
    close(rig, (alice, bob), text)


def killed_holding(rig):
    """Held at a sudden end: said at the next start, held again in the room, and sent when it can be."""
    alice, bob = pair(rig)
    owner = with_one_in_the_way(rig)
    alice.join(owner.room)
    text = held_by(bob, owner, "before-the-end")
    bob.kill()
    bob.begin_again()
    told = bob.harness.wait("notice")
    assert owner.room in told["text"] and text not in told["text"], told
    bob.until_received()
    assert not rooms.to_room(rig, owner.room)
    bob.join(owner.room)
    assert text in " ".join(bob.told(owner.room, "You wrote this here before"))
    let_in(owner, bob, alice, text)
    close(rig, (alice, bob), text)


def taken_back(rig):
    """What was taken back after a sudden end is forgotten for good."""
    alice, bob = pair(rig)
    owner = with_one_in_the_way(rig)
    text = held_by(bob, owner, "regretted")
    bob.kill()
    bob.begin_again()
    bob.join(owner.room)
    bob.told(owner.room, "You wrote this here before")
    assert "was taken back" in bob.command(owner.room, "/pen room cancel")
    assert not bob.outbox()
    bob.kill()
    bob.begin_again()
    owner.affiliate(rooms.WITHOUT_OMEMO, "none")
    after = rooms.word("after")
    bob.join(owner.room)
    bob.send(owner.room, after)
    bob.sees(owner.room, after)
    assert text not in [line["text"] for line in bob.lines(owner.room)]
    assert len(rooms.to_room(rig, owner.room)) == 1
    close(rig, (alice, bob), text, after)


def met(rig):
    """A room in which both have written, and Bob behind the proxy."""
    alice, bob = pair(rig, through_proxy=True)
    room = rooms.new_room(rig, rooms.PRIVATE, ("bob",)).room
    for member in (alice, bob):
        member.join(room)
        member.told(room, "end-to-end encrypted")
    first = rooms.word("first")
    bob.send(room, first)
    for member in (alice, bob):
        member.sees(room, first)
    return alice, bob, room, first


def come_back(bob, room):
    control.ask(bob.rig.box["proxy"]["control"], "release")
    bob.begin_again(through_proxy=True)
    bob.join(room)


def arrived(rig):
    """Handed over, and the end came before the room had shown it: its history does, and it is not sent again."""
    alice, bob, room, first = met(rig)
    text = rooms.word("arrived")
    control.ask(rig.box["proxy"]["control"], "hold-down")
    bob.send(room, text)
    alice.sees(room, text)
    assert [(line[1], line[2]) for line in bob.outbox()] == [(text, 1)], bob.outbox()
    bob.kill()
    come_back(bob, room)
    bob.sees(room, text)
    eventually(lambda: not bob.outbox(), what="an outbox without it")
    bob.told(room, "end-to-end encrypted")  # by answers that come behind the whole history
    bob.until_received()
    assert len(rooms.to_room(rig, room)) == 2
    assert alice.sees(room, text)
    close(rig, (alice, bob), first, text)


def on_its_way(rig):
    """Handed over, and never at the room: it goes once more, the same to the byte, and is shown once."""
    alice, bob, room, first = met(rig)
    text = rooms.word("on-its-way")
    control.ask(rig.box["proxy"]["control"], "hold-up")
    bob.send(room, text)
    (id_, _, handed), = eventually(bob.outbox, what="the message in the outbox")
    assert handed == 1
    bob.kill()
    before = set(rooms.to_room(rig, room))
    bob.begin_again(through_proxy=True)
    bob.join(room)
    alice.sees(room, text)
    bob.sees(room, text)
    sent = [xml for xml in rooms.to_room(rig, room) if xml not in before]
    assert len(sent) == 1 and re.search(r"\bid='([^']+)'", sent[0])[1] == id_, sent
    eventually(lambda: not bob.outbox(), what="an outbox without it")
    after = rooms.word("after")
    bob.send(room, after)
    alice.sees(room, after)
    close(rig, (alice, bob), first, text, after)


def never_shown(rig):
    """A room that does not show it even then: said, and not sent for ever."""
    alice, bob, room, first = met(rig)
    text = rooms.word("never-shown")
    control.ask(rig.box["proxy"]["control"], "hold-up")
    bob.send(room, text)
    eventually(bob.outbox, what="the message in the outbox")
    bob.kill()
    bob.change_outbox("UPDATE outbox SET state = 5")
    bob.begin_again(through_proxy=True)
    bob.join(room)
    assert text in " ".join(bob.told(room, "did not show this message"))
    eventually(lambda: not bob.outbox(), what="an outbox without it")
    bob.until_received()
    assert len(rooms.to_room(rig, room)) == 1
    close(rig, (alice, bob), first, text)


if __name__ == "__main__":
    main([signed_off, killed_holding, taken_back, arrived, on_its_way, never_shown], servers=sys.argv[1:] or ("prosody", "ejabberd"))
