#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks on the invariants: connections past the ledger, a directory that leads to a gateway or to somebody else,
strangers who fill the store."""

import os
import secrets
import socket
import sqlite3

from rig import Crowd, eventually, main

from penbox import control
from penbox.client import Client

ALICE = "alice@pen.test/pen"
GATEWAY = "cheogram.pen.test"
NUMBER, OTHER_NUMBER = "+15551230061", "+15551230062"
PUBSUB_EVENT = "http://jabber.org/protocol/pubsub#event"
AXOLOTL = "eu.siacs.conversations.axolotl"
OPAQUE = f"some_body.with-no-number@{GATEWAY}"
FILE_OFFER = (
    "<si xmlns='http://jabber.org/protocol/si' id='{sid}' profile='http://jabber.org/protocol/si/profile/file-transfer'>"
    "<file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='x.txt' size='9'/>"
    "<feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'>"
    "<field var='stream-method' type='list-single'>"
    "<option><value>http://jabber.org/protocol/bytestreams</value></option>"
    "<option><value>http://jabber.org/protocol/ibb</value></option></field></x></feature></si>")
STATE = {}


def ours(rig):
    if STATE.get("rig") is not rig:
        crowd, harness = Crowd(), rig.harness()
        alice = rig.account(harness, "alice", gateway=GATEWAY, directory="directory.pen.test", when="send")
        bob = crowd.run(Client(rig.box, "bob").log_in())
        harness.do("buddy-add", account=alice, name="bob@pen.test")
        STATE.update(rig=rig, crowd=crowd, harness=harness, alice=alice, bob=bob)
    return STATE["harness"], STATE["alice"]


def bob_says(xml):
    async def say():
        STATE["bob"].send_raw(xml)
    STATE["crowd"].run(say())


def ask(rig, service, request):
    answer = control.ask(rig.box[service]["control"], request)
    assert answer["ok"], answer
    return answer


def settled(harness):
    """A message of bob's comes after everything he sent before."""
    word = "mark-" + secrets.token_hex(4)
    bob_says(f"<message to='{ALICE}' type='chat'><body>{word}</body></message>")
    harness.wait("im-in", text=word)


def said_by_alice(rig):
    return [r["xml"] for r in rig.stanzas()
            if r["direction"] == "in" and r["user"].startswith("alice@") and not r.get("nonza")]


def all_said(rig, harness, alice):
    """What alice's client sent, up to a ping that it sends now."""
    rig.until_received(harness, alice)
    return said_by_alice(rig)


def avatars(url):
    """The ways to hide an avatar by URL: behind another item, list, item of metadata, or event."""
    def items(node, inside):
        return f"<items node='{node}'>{inside}</items>"

    def metadata(more=""):
        return (f"<item id='{secrets.token_hex(4)}'>{more}<metadata xmlns='urn:xmpp:avatar:metadata'>"
                f"<info id='{secrets.token_hex(20)}' type='image/png' bytes='9' url='{url}'/></metadata></item>")

    def event(inside):
        return f"<event xmlns='{PUBSUB_EVENT}'>{inside}</event>"

    real, decoy = items("urn:xmpp:avatar:metadata", metadata()), items("urn:example:nothing", "<item/>")
    return [event(real), event(decoy + real), event(decoy) + event(real),
            event(items("urn:xmpp:avatar:metadata", metadata("<metadata xmlns='urn:example:nothing'/>"))),
            event(items("urn:xmpp:avatar:metadata", "<x xmlns='urn:example:nothing'/>" + metadata()))]


def avatars_by_url(rig):
    """However it is wrapped, the address of a picture opens no connection of its own."""
    harness, _ = ours(rig)
    with socket.create_server(("127.0.0.1", 0)) as web:
        web.settimeout(0.5)
        for xml in avatars(f"http://127.0.0.1:{web.getsockname()[1]}/avatar"):
            bob_says(f"<message to='{ALICE}' type='headline'>{xml}</message>")
        settled(harness)
        try:
            connection, _ = web.accept()
        except TimeoutError:
            return
        connection.close()
        raise AssertionError("a picture was fetched past the ledger")


def offers_of_any_type(rig):
    """An offer of a file is none, whatever type of request it pretends to be."""
    harness, _ = ours(rig)
    since = harness.mark()
    for kind in ("set", "get", "result", "error"):
        word = secrets.token_hex(4)
        bob_says(f"<iq type='{kind}' id='{word}' to='{ALICE}'>{FILE_OFFER.format(sid=word)}</iq>")
    settled(harness)
    asked = [e for e in harness.events[since:] if e["event"] == "request"]
    assert not asked, asked


def directory_names_a_phone(rig):
    """A directory cannot make an SMS of an XMPP message: a JID at a gateway is neither asked nor written to."""
    harness, alice = ours(rig)
    ask(rig, "directory", {"do": "entries", "add": {NUMBER: [f"{OTHER_NUMBER}@{GATEWAY}", OPAQUE]}})
    sent = harness.do("send", account=alice, to=NUMBER, text="not for a phone")
    question = harness.wait("question", message=sent["message"])
    assert "plain" not in question["choices"].split() if isinstance(question["choices"], str) \
        else "plain" not in question["choices"], question
    harness.do("answer", message=sent["message"], choice="cancel")
    said = all_said(rig, harness, alice)
    assert not [xml for xml in said if OTHER_NUMBER in xml or OPAQUE in xml], said


def no_number_at_a_gateway(rig):
    """What stands for no number at a gateway is refused by name, and by the gate."""
    harness, alice = ours(rig)
    reply = harness.ask("send", account=alice, to=OPAQUE, text="hello")
    assert not reply["ok"] and "gateway" in reply["error"]["message"], reply
    harness.do("raw", account=alice, xml=f"<message to='{OPAQUE}' id='past'><body>x</body><active "
               "xmlns='http://jabber.org/protocol/chatstates'/></message>")
    assert not [xml for xml in all_said(rig, harness, alice) if OPAQUE in xml]
    assert [row["rule"] for row in harness.rows(account=alice) if row["stanza"] == "past"] == ["gateway-plain-text-only"]


def lookup(rig, to):
    """Asks about TO; returns when all answers are there."""
    harness, alice = ours(rig)
    since = harness.mark()
    harness.do("lookup", account=alice, to=to)
    asked = ("directory", "device-list")
    eventually(lambda: [e for e in harness.events[since:] if e["event"] == "route" and e["to"].endswith(to)]
               and not [r for r in harness.rows(account=alice) if r["kind"] in asked and r["status"] in ("recorded", "sent")],
               what="answers")


def consent_is_for_one_person(rig):
    """Who agreed to write to one person without encryption did not agree to another that the directory names later."""
    harness, alice = ours(rig)
    people = [jid for jid, known in rig.run("seed").items() if isinstance(known, dict) and known["state"] == "no-node"]
    first, second = people[:2]
    ask(rig, "directory", {"do": "entries", "add": {OTHER_NUMBER: [first]}})
    lookup(rig, OTHER_NUMBER)
    harness.do("command", account=alice, to=OTHER_NUMBER, text="/pen plain")
    assert harness.do("route", account=alice, to=OTHER_NUMBER)["route"] == "plain"
    ask(rig, "directory", {"do": "entries", "add": {OTHER_NUMBER: [second]}})
    lookup(rig, OTHER_NUMBER)
    assert harness.do("route", account=alice, to=OTHER_NUMBER)["route"] == "hold"
    assert harness.do("send", account=alice, to=OTHER_NUMBER, text="for the first")["state"] == "held"
    assert not [xml for xml in all_said(rig, harness, alice) if "for the first" in xml]


def strangers_fill_nothing(rig):
    """A device list from somebody whom nobody knows is not kept."""
    harness, alice = ours(rig)
    event = (f"<event xmlns='{PUBSUB_EVENT}'><items node='{AXOLOTL}.devicelist'><item id='current'>"
             f"<list xmlns='{AXOLOTL}'><device id='7'/></list></item></items></event>")
    for i in range(20):
        ask(rig, "directory", {"do": "raw", "xml": f"<message from='flood{i}@directory.pen.test' to='{ALICE}' "
                               f"type='headline'>{event}</message>"})
    ask(rig, "directory", {"do": "raw", "xml": f"<message from='who@directory.pen.test' to='{ALICE}' type='chat'>"
                           "<body>last</body></message>"})
    harness.wait("im-in", text="last")
    harness.do("disconnect", account=alice)
    path = os.path.join(harness.config_dir, "penregister", "penregister.db")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        assert database.execute("SELECT count(*) FROM contact WHERE name LIKE 'flood%'").fetchone() == (0,)


main([avatars_by_url, offers_of_any_type, directory_names_a_phone, no_number_at_a_gateway, consent_is_for_one_person,
      strangers_fill_nothing])
