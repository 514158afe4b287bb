#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OMEMO in a members-only room that shows who its members are, with two of
ours and the real Profanity: what each says, all read, whoever came last. What
was said stands in clear neither in the server's log nor in what Profanity says
it sent."""

import glob
import importlib
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from profanity import Profanity, check_no_leak
from rig import eventually, main

rooms = importlib.import_module("test-omemo-rooms")
OTHER = "bob"


class Guest(Profanity):
    """Profanity in a room."""

    def enter(self, room):
        since = self.mark()
        self.type(f"/join {room} nick {OTHER}")
        self.logged(rf"RECV: <presence[^>]*from=\"{room}/{OTHER}", since)

    def meet(self, room, members):
        """Until it has a session with each. It asks members who come in for their list by their full JID too; the
        error that comes back makes it forget the list that it has, until it is told to begin again."""
        def places(pattern):
            return [found.start() for found in re.finditer(pattern, self.log(), re.M)] or [-1]

        def is_answered(jid):
            return len(places(rf"request device list for jid: {jid}")) <= len(places(rf"Setting device list for {jid}"))

        def is_ready(jid):
            told = places(rf"Setting device list for {jid}$")[-1]
            return places(rf"session with {jid} device")[-1] > told > places(rf"Setting device list for {jid}/")[-1]
        jids = [member.jid for member in members]
        for member in members:
            self.logged(rf"RECV: <presence[^>]*from=\"{room}/{member.name}\"")
        # It does one thing after the other: with what is typed now it is done with who came in, and has asked.
        since = self.mark()
        self.type("/omemo start")
        for jid in jids:
            self.logged(f"start session with {jid}", since)
        eventually(lambda: all(map(is_answered, jids)), what="answers to all of its questions")
        self.type("/omemo start")
        eventually(lambda: all(map(is_ready, jids)), what="a session with each")

    def reads(self, room, nick, text):
        """Waits until the log of the room has exactly TEXT as said by NICK; how often it has it."""
        place = os.path.join(glob.escape(self.dir), "data/profanity/chatlogs/*/rooms", room.replace("@", "_at_"),
                             "*.log")

        def found():
            lines = []
            for path in glob.glob(place):
                with open(path, encoding="utf-8") as log:
                    lines += log.read().splitlines()
            return sum(line.endswith(f"{nick}: {text}") for line in lines)
        return eventually(found, what=f"{nick}: {text} in Profanity's log of the room")

    def sent_to(self, room):
        return [xml for xml in self.sent_messages() if room in xml and ("<body" in xml or "<encrypted" in xml)]


class Company:
    """Two of ours and Profanity in one new room."""

    def __init__(self, rig, guest_first):
        self.rig, self.texts = rig, []
        self.room = rooms.new_room(rig, rooms.PRIVATE, rooms.US[1:]).room
        self.guest = Guest(rig.box, OTHER, os.path.join(rig.dir, f"guest-{guest_first}"))
        self.guest.sign_on().make_keys()
        self.guest.published()
        self.ours = [rooms.Member(rig, name) for name in rooms.US if name != OTHER]
        if guest_first:
            self.guest.enter(self.room)
        for member in self.ours:
            member.join(self.room).told(self.room, "end-to-end encrypted")
        if not guest_first:
            self.guest.enter(self.room)
        self.guest.meet(self.room, self.ours)

    def say(self, label):
        """Of each of ours in turn; read by all."""
        for member in self.ours:
            text = self.word(f"{label}-{member.name}")
            member.send(self.room, text)
            self.guest.reads(self.room, member.name, text)
            self.all_see(text, member.name)

    def answer(self, label):
        """Of Profanity; read by all, and sent encrypted."""
        text, before = self.word(label), len(self.guest.sent_to(self.room))
        self.guest.type(text)
        self.all_see(text, OTHER)
        xml, = self.guest.sent_to(self.room)[before:]
        assert "<encrypted" in xml and "<payload" in xml, xml

    def word(self, label):
        self.texts.append(rooms.word(label))
        return self.texts[-1]

    def all_see(self, text, who):
        for member in self.ours:
            assert member.sees(self.room, text)["who"].partition("/")[0] == who

    def close(self):
        check_no_leak(self.rig, self.guest, *self.texts)
        rooms.check_secret(self.rig, self.ours, *self.texts)
        self.guest.close()
        for member in self.ours:
            member.close()


def guest_comes_first(rig):
    """Profanity is there and writes first."""
    company = Company(rig, guest_first=True)
    company.answer("theirs-first")
    company.say("ours")
    company.answer("theirs-again")
    company.close()


def guest_comes_last(rig):
    """Ours are there and write first, twice; a message goes to every device of every member."""
    company = Company(rig, guest_first=False)
    company.say("ours-first")
    company.say("ours-second")
    for xml in rooms.to_room(rig, company.room):
        assert f"rid='{company.guest.device}'" in xml and xml.count("<payload") == 1 and "<html" not in xml, xml
    company.answer("theirs")
    company.say("ours-last")
    company.close()


if __name__ == "__main__":
    main([guest_comes_first, guest_comes_last], up=("--profanity",))
