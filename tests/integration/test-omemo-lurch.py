#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OMEMO of the plugin with lurch 0.7.0 on the other side: the plugin for
libpurple that people have today, on the XMPP account of libpurple itself, in
a harness of its own. lurch does not say which of its messages are of the
pre-key kind, has 0 for the number of its signed pre-key, and sends no words
for other programs; it writes encrypted once it knows the list of the other
side, which its server pushes between friends."""

import functools
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from omemo_pair import omemo_ours, talk
from rig import PATIENCE, Failed, Skip, eventually, main
from penbox.client import get_list

LURCH = "core-riba-lurch"
WAIT_S = 60 * PATIENCE


class Lurch:
    """Signed on as the account THEIR_NAME of a Talk."""

    def __init__(self, items):
        self.items, self.harness = items, items.rig.harness("--debug")
        try:
            self.harness.do("plugin-load", plugin=LURCH)
        except Failed as error:
            if error.code == "no_plugin":
                raise Skip("not installed: purple-lurch") from error
            raise
        self.account = items.rig.account(self.harness, items.their_name, protocol="prpl-jabber")
        self.device = int(self.logged(r"lurch_devicelist_process: saving (\d+) for " + re.escape(items.them))[0])
        self.logged(f"saving {items.own_device} for {re.escape(items.us)}")
        # lurch publishes its list before its bundle.
        eventually(self._published, WAIT_S, what="lurch's bundle")

    def _published(self):
        node = f"{omemo_ours.NODE}.bundles:{self.device}"
        answer = omemo_ours.with_client(self.items.rig, self.items.their_name,
                                        lambda client: get_list(client, self.items.them, node))
        return answer.find_all("identityKey")

    def log(self):
        with open(os.path.join(self.harness.config_dir, "stderr.log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def logged(self, pattern):
        return eventually(lambda: re.findall(pattern, self.log()), WAIT_S, what=f"{pattern!r} in lurch's log")

    def say(self, to, text):
        """Waits until it left: lurch asks for a bundle first."""
        before = len(self.sent())
        self.harness.do("send", account=self.account, to=to, text=text)
        return eventually(lambda: self.sent()[before:], what="what lurch says at the server")[0]

    def sent(self):
        """Messages with something to read."""
        return [r["xml"] for r in self.items.rig.stanzas() if r["direction"] == "in" and not r.get("nonza")
                and r["user"].startswith(self.items.them + "/") and r["xml"].startswith("<message")
                and ("<payload" in r["xml"] or "<body" in r["xml"])]

    def lines(self, jid):
        return self.harness.do("conversation", account=self.account, to=jid)["lines"]

    def shows(self, who, text):
        """Waits until it shows exactly TEXT as said by WHO; how often it does."""
        return eventually(lambda: sum(line["text"] == text and line["who"].startswith(who) and not line["system"]
                                      for line in self.lines(who)), WAIT_S, what=f"{text!r} of {who} in lurch")

    def close(self):
        self.harness.close()


friend = functools.partial(talk, Lurch, friends=True)


@friend()
def first_is_theirs(items):
    """Opened though nothing says that it begins a session; our key transport lets lurch go on."""
    text = items.word("theirs-first")
    xml = items.theirs.say(items.us, text)
    assert omemo_ours.keys(xml) == {items.own_device: False} and re.search(r"<key [^>]*>Mw[g-j]", xml), xml
    assert items.ours.shown(items.them, text)["route"] == "encrypted"
    items.theirs.logged("received keytransportmsg")
    items.answer("theirs-again")
    xml = items.say("our-answer")
    assert omemo_ours.keys(xml) == {items.theirs.device: False}, xml


@friend()
def first_is_ours(items):
    """Begun by us from a bundle whose signed pre-key has the number 0."""
    xml = items.say("ours-first")
    assert omemo_ours.keys(xml) == {items.theirs.device: True}, xml
    items.answer("their-answer")
    assert omemo_ours.keys(items.say("ours-again")) == {items.theirs.device: False}


@friend()
def several_each_way(items):
    """In turn and in rows, in the order in which they were said."""
    for turn in range(3):
        for number in range(3):
            items.answer(f"theirs-{turn}-{number}")
        for number in range(3):
            items.say(f"ours-{turn}-{number}")
    assert items.said() == items.texts, items.said()
    assert not items.system("decrypt"), items.system("decrypt")


@friend()
def unanswered(items):
    """What one says before the other answers is all read; then the other answers."""
    for number in range(3):
        assert omemo_ours.keys(items.say(f"ours-{number}")) == {items.theirs.device: True}
    items.answer("theirs")
    items.say("ours-at-last")


@friend()
def texts(items):
    for number, text in enumerate((" 👩‍👩‍👧 ☎", " שלום עולם, العربية 12", " <b>bold</b> & 1 < 2")):
        items.say(f"ours-{number}", text)
        items.answer(f"theirs-{number}", text)


if __name__ == "__main__":
    main([first_is_theirs, first_is_ours, several_each_way, unanswered, texts], up=("--lurch",))
