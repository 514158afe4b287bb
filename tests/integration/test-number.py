#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A number whose XMPP address a directory knows is one person with one
conversation: what goes to the address, and what comes from it."""

import rig
from penbox import control

NUMBER = "+15551239999"


def give_address(box, jid):
    control.ask(box["directory"]["control"], {"do": "entries", "add": {NUMBER: [jid]}})


def talk_over_xmpp(box):
    desk = box.harness()
    alice = box.account(desk, "alice", gateway="sms.pen.test")
    bob = box.account(desk, "bob", protocol="prpl-jabber")
    bob_jid = box.box["accounts"]["bob"]["jid"]
    give_address(box.box, bob_jid)
    desk.until_directory(alice, NUMBER)

    message = desk.do("send", account=alice, to="+1 (555) 123-9999", text="by number")["message"]
    question = desk.wait("question", message=message)
    assert set(question["choices"]) == {"sms", "plain", "wait", "cancel"}, question
    desk.do("answer", account=alice, message=message, choice="plain")
    heard = desk.wait("im-in", account=bob, text="by number")
    assert heard["from"].startswith("xmpp:alice@"), heard

    mark = desk.mark()
    desk.do("send", account=bob, to=box.box["accounts"]["alice"]["jid"], text="back to the number")
    answer = desk.wait("im-in", since=mark, account=alice)
    assert answer["conversation"] == "tel:" + NUMBER, answer
    lines = desk.do("conversation", account=alice, to=NUMBER)["lines"]
    texts = [line["text"] for line in lines if not line["system"]]
    assert texts == ["by number", "back to the number"], texts
    rows = desk.rows(address="tel:" + NUMBER, kind="delivery")
    assert [row["attempts"] for row in rows] == [1], rows


def stranger_stays_a_stranger(box):
    """Somebody whom the directory names, but to whom the user never chose to write, keeps a conversation of their own."""
    desk = box.harness()
    alice = box.account(desk, "alice", gateway="sms.pen.test")
    c01 = box.account(desk, "c01", protocol="prpl-jabber")
    number = "+15551238888"
    control.ask(box.box["directory"]["control"], {"do": "entries", "add": {number: [box.box["accounts"]["c01"]["jid"]]}})
    desk.until_directory(alice, NUMBER)
    desk.do("lookup", account=alice, to=number)
    desk.wait("route", to="tel:" + number, capability="absent")
    mark = desk.mark()
    desk.do("send", account=c01, to=box.box["accounts"]["alice"]["jid"], text="hello")
    heard = desk.wait("im-in", since=mark, account=alice)
    assert heard["conversation"] == "xmpp:c01@pen.test", heard


if __name__ == "__main__":
    rig.main([talk_over_xmpp, stranger_stays_a_stranger])
