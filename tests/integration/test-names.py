#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One person, one name, one conversation: however an address was typed, and however it comes in."""

import asyncio
import re
import secrets

from rig import Failed, eventually, main

from penbox import control
from penbox.client import Client

NAME, ADDRESS = "+15551234567", "tel:+15551234567"
ANYWHERE = ["+1 (555) 123-4567", "tel:+1-555-123-4567", "sms:+15551234567", "sms:+1.555.123.4567", "001 555 123 4567",
            "00 1 (555) 1234567", NAME]
AT_GATEWAYS = ["+15551234567@sms.pen.test", "15551234567@sms.pen.test", "xmpp:+15551234567@sms.pen.test"]
REFUSED = {"": "no address", "555 123 4567": "Country of national numbers", "+1555123456789012345": "too long",
           "+": "", "a b@pen.test": "", "juliet@": "", "tel:": "", "xmpp:": ""}
STATE = {}


def ours(rig):
    """Alice's harness and account, the same for all tests of a server."""
    if STATE.get("rig") is not rig:
        harness = rig.harness()
        handle = rig.account(harness, "alice", gateway="sms.pen.test", directory="directory.pen.test")
        STATE.update(rig=rig, harness=harness, alice=handle)
    return STATE["harness"], STATE["alice"]


def said_by_alice(rig):
    """The stanzas that alice's client sent."""
    return [r["xml"] for r in rig.stanzas()
            if r["direction"] == "in" and r["user"].startswith("alice@") and not r.get("nonza")]


def names_number(xml):
    return "5551234567" in xml


def marker(rig, harness, alice):
    """Sends bob a word and waits until the server saw it: what came before it has arrived too."""
    word = "mark-" + secrets.token_hex(4)
    harness.do("raw", account=alice, xml=f"<message to='bob@pen.test' id='{word}'><body>{word}</body></message>")
    eventually(lambda: any(word in xml for xml in said_by_alice(rig)), what=word)


def texts(harness, alice, to):
    return [line["text"] for line in harness.do("conversation", account=alice, to=to)["lines"]]


def restart(rig, **settings):
    harness, alice = ours(rig)
    harness.do("disconnect", account=alice)
    harness.do("settings", account=alice, set=settings)
    harness.do("connect", account=alice)
    return harness, alice


def inbound(rig, number, text):
    """An SMS comes in at the modem; the event of its line."""
    harness, _ = ours(rig)
    since = harness.mark()
    rig.run("sms", "inject", number, text)
    return harness.wait("im-in", since=since, conversation=ADDRESS)


def typed_forms(rig):
    """Every way to type a number is one address, and all of them one conversation."""
    harness, alice = ours(rig)
    harness.do("policy", account=alice, set={"when": "never"})
    for form in ANYWHERE + AT_GATEWAYS:
        assert harness.do("open", account=alice, to=form)["address"] == ADDRESS, form
        harness.do("command", account=alice, to=form, text="/pen help")
    helped = [text for text in texts(harness, alice, NAME) if "/pen help" in text]
    assert len(helped) == len(ANYWHERE + AT_GATEWAYS), helped


def national_form(rig):
    """A national number needs the region, and only the region; what it names stays what it was."""
    harness, alice = ours(rig)
    before = harness.ask("open", account=alice, to="(555) 123-4567")
    assert not before["ok"], before
    harness, alice = restart(rig, region="US")
    assert harness.do("open", account=alice, to="(555) 123-4567")["address"] == ADDRESS
    assert harness.do("open", account=alice, to="555-123-4567")["address"] == ADDRESS
    harness, alice = restart(rig, region="DE")
    assert harness.do("open", account=alice, to="0151 23456789")["address"] == "tel:+4915123456789"
    for form in ANYWHERE + AT_GATEWAYS:
        assert harness.do("open", account=alice, to=form)["address"] == ADDRESS, form
    restart(rig, region="")


def refusals(rig):
    """What is no address is refused with its reason, and nothing is opened."""
    harness, alice = ours(rig)
    for typed, reason in REFUSED.items():
        reply = harness.ask("open", account=alice, to=typed)
        assert not reply["ok"], (typed, reply)
        message = reply["error"]["message"]
        assert message.endswith(".") and len(message) > 15, (typed, message)
        assert reason.lower() in message.lower(), (typed, message)
    for typed in ("+1 555", "+1555x234567"):
        try:
            harness.do("send", account=alice, to=typed, text="hi")
        except Failed as failed:
            assert failed.message, typed
        else:
            raise AssertionError(f"{typed} was taken")


def inbound_forms(rig):
    """Texts from the number, with and without '+', and from alphanumeric senders beside it."""
    harness, alice = ours(rig)
    for number in (NAME, NAME[1:]):
        line = inbound(rig, number, "in as " + number)
        assert line["from"] == ADDRESS and line["route"] == "sms", line
    assert sum(text.startswith("in as") for text in texts(harness, alice, "tel:" + NAME)) == 2
    since = harness.mark()
    rig.run("sms", "inject", "4567", "a short code")
    assert harness.wait("im-in", since=since)["conversation"] == "sms:4567"
    assert not any("short code" in text for text in texts(harness, alice, NAME))


def other_gateway(rig):
    """After the gateway was changed, both gateways' texts are in the one conversation, and both their JIDs mean it."""
    harness, alice = restart(rig, gateway="cheogram.pen.test")
    assert inbound(rig, NAME, "by the old gateway")["from"] == ADDRESS
    since = harness.mark()
    control.ask(rig.box["cheogram"]["control"],
                {"do": "inject", "from": NAME, "to": "alice@pen.test", "text": "by the new gateway"})
    harness.wait("im-in", since=since, conversation=ADDRESS)
    for form in AT_GATEWAYS + [f"{NAME}@cheogram.pen.test"]:
        assert harness.do("open", account=alice, to=form)["address"] == ADDRESS, form
    found = " ".join(texts(harness, alice, NAME))
    assert "by the old gateway" in found and "by the new gateway" in found and "in as" in found
    restart(rig, gateway="sms.pen.test")


def buddies(rig):
    """A number as a buddy has its canonical name, and the server never hears of it."""
    harness, alice = ours(rig)
    marker(rig, harness, alice)
    before = len(said_by_alice(rig))
    for form in ANYWHERE + AT_GATEWAYS:
        harness.do("buddy-add", account=alice, name=form)
        names = {b["name"] for b in harness.do("buddies", account=alice)["buddies"]}
        assert NAME in names and not [n for n in names if n != NAME and "5551234567" in n], (form, names)
    for action, arguments in (("buddy-remove", {"name": ANYWHERE[0]}), ("buddy-add", {"name": NAME, "group": "Other"}),
                              ("buddy-remove", {"name": NAME})):
        harness.do(action, account=alice, **arguments)
    marker(rig, harness, alice)
    told = [xml for xml in said_by_alice(rig)[before:]
            if names_number(xml) or "jabber:iq:roster" in xml or "<presence" in xml]
    assert not told, told


def xmpp_person(rig):
    """Two clients of one person and their account itself are one conversation under the bare JID."""
    harness, alice = ours(rig)
    harness.do("open", account=alice, to="bob@pen.test/laptop")
    for form in ("bob@pen.test", "xmpp:bob@pen.test", "BOB@pen.test", "bob@PEN.test/phone"):
        assert harness.do("open", account=alice, to=form)["address"] == "xmpp:bob@pen.test", form

    async def talk():
        one, two = await Client(rig.box, "bob").log_in(), await Client(rig.box, "bob").log_in()
        one.message("alice@pen.test", "from the first")
        two.message("alice@pen.test", "from the second")
        one.send_raw("<message to='alice@pen.test' type='chat' from='bob@pen.test'><body>from none</body></message>")
        for text in ("from the first", "from the second"):
            await asyncio.to_thread(harness.wait, "im-in", text=text)
        await asyncio.gather(one.log_out(), two.log_out())
    asyncio.run(talk())
    heard = [e for e in harness.events if e["event"] == "im-in" and e.get("text", "").startswith("from the")]
    assert {e["conversation"] for e in heard} == {"xmpp:bob@pen.test"}, heard
    found = texts(harness, alice, "bob@pen.test")
    assert "from the first" in found and "from the second" in found


def is_open(rig):
    """Whether alice's form for a room was accepted."""
    forms = [re.search(r"\bid='([^']+)'", xml)[1] for xml in said_by_alice(rig)
             if "muc#owner" in xml and "type='submit'" in xml]
    return any(r["direction"] == "out" and "type='result'" in r["xml"] and f"id='{form}'" in r["xml"]
               for r in rig.stanzas() for form in forms)


def room_private(rig):
    """A private message in a room stays a conversation of its own with the room's member."""
    harness, alice = ours(rig)
    room = "names@rooms.pen.test"
    since = harness.mark()
    harness.do("chat-join", account=alice, room=room)
    dialog = harness.wait("request", since=since)
    harness.do("respond", request=dialog["request"], choice="Accept Defaults")
    eventually(lambda: is_open(rig), what="the server's yes to the room's form: nobody may come in before it")

    async def whisper():
        bob = await Client(rig.box, "bob").log_in()
        bob.send_raw(f"<presence to='{room}/bobby'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
        here = await bob.wait_for(lambda s: (s.get("from") or "").startswith(room + "/alice"))
        assert here is not None, "alice is not in the room"
        bob.message(here.get("from"), "psst")
        await asyncio.to_thread(harness.wait, "im-in", text="psst")
        await bob.log_out()
    asyncio.run(whisper())
    line = harness.wait("im-in", text="psst")
    assert line["conversation"] == room + "/bobby", line
    assert "psst" not in texts(harness, alice, "bob@pen.test")


def no_number_on_the_wire(rig):
    """With a policy of never, nothing that was typed here reached any server."""
    harness, alice = ours(rig)
    marker(rig, harness, alice)
    told = [xml for xml in said_by_alice(rig) if names_number(xml)]
    assert not told, told


if __name__ == "__main__":
    main([typed_forms, national_form, refusals, inbound_forms, other_gateway, buddies, xmpp_person, room_private,
          no_number_on_the_wire])
