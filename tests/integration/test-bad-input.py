#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile stanzas, lying services, wrong settings: nothing crashes, nothing is believed, no route changes."""

import asyncio
import os
import pathlib
import secrets
import socket
import sqlite3
from xml.sax.saxutils import escape

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from rig import Crowd, eventually, main

from penbox import control, layout
from penbox.client import Client

CLOCK = ("--virtual-clock", "2026-01-31T12:00:00Z")
ALICE = "alice@pen.test/pen"
NUMBER = "+15551230001"
AXOLOTL = "eu.siacs.conversations.axolotl"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
PAST_TIMEOUT_S = 31
BIG_BYTES, HUGE_BYTES = 200 * 1024, 10 * 1024 * 1024
DEPTH, MANY_DEVICES = 200, 3000
OFFERS = [
    "<si xmlns='http://jabber.org/protocol/si' id='s' profile='http://jabber.org/protocol/si/profile/file-transfer'>"
    "<file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='x' size='9'/></si>",
    "<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' initiator='bob@pen.test' sid='j'>"
    "<content creator='initiator' name='c'/></jingle>",
    "<query xmlns='jabber:iq:oob'><url>http://127.0.0.1:{port}/x</url></query>",
    "<open xmlns='http://jabber.org/protocol/ibb' sid='i' block-size='4096'/>",
    "<query xmlns='http://jabber.org/protocol/bytestreams' sid='b'>"
    "<streamhost jid='bob@pen.test' host='127.0.0.1' port='{port}'/></query>",
    "<session xmlns='http://www.google.com/session' type='initiate' id='g' initiator='bob@pen.test'/>",
]
STATE = {}


def ours(rig):
    if STATE.get("rig") is not rig:
        crowd = Crowd()
        harness = rig.harness(*CLOCK)
        alice = rig.account(harness, "alice", gateway="cheogram.pen.test", directory="directory.pen.test", when="send")
        STATE.update(rig=rig, crowd=crowd, harness=harness, alice=alice, bob=crowd.run(Client(rig.box, "bob").log_in()))
    return STATE["harness"], STATE["alice"]


def bob_says(rig, xml):
    async def say():
        STATE["bob"].send_raw(xml)
    STATE["crowd"].run(say())


def service_says(rig, xml, name="directory"):
    answer = control.ask(rig.box[name]["control"], {"do": "raw", "xml": xml})
    assert answer["ok"], answer


def settled(rig, services=(("directory", "who"), ("cheogram", "+15557770000"))):
    """A message of bob's and one of each service come after everything they sent before."""
    harness, _ = ours(rig)
    word = "mark-" + secrets.token_hex(4)
    bob_says(rig, f"<message to='{ALICE}' type='chat'><body>{word}-bob</body></message>")
    for name, local in services:
        service_says(rig, f"<message from='{local}@{name}.pen.test' to='{ALICE}' type='chat'><body>{word}-{name}</body>"
                          "</message>", name)
    for source in ("bob", *dict(services)):
        harness.wait("im-in", text=f"{word}-{source}")


def check_sound(rig):
    """The harness answers, the ledger is whole, and nothing of ours complained."""
    harness, alice = ours(rig)
    assert "/pen status" in harness.do("command", account=alice, to=NUMBER, text="/pen help")["lines"][0]
    path = os.path.join(harness.config_dir, "penregister", "penregister.db")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    harness.log.flush()
    for line in pathlib.Path(harness.log.name).read_text(encoding="utf-8", errors="replace").splitlines():
        assert "CRITICAL" not in line and "WARNING" not in line and "ERROR" not in line, line


def route(to):
    return STATE["harness"].do("route", account=STATE["alice"], to=to)


def is_unknown(to):
    known = route(to)
    return known["capability"] == "unknown" and known["route"] == "hold"


def row_of(number):
    return next(r for r in STATE["harness"].rows() if r["row"] == number)


def wrong_sender(rig):
    """An answer with the right id from somebody else completes nothing; the right one does."""
    harness, alice = ours(rig)
    box = rig.box["directory"]["control"]
    control.ask(box, {"do": "mode", "set": {"silent": True}})
    row = harness.do("lookup", account=alice, to=NUMBER)["row"]["row"]
    eventually(lambda: row_of(row)["status"] == "sent", what="the request on its way")
    id_ = row_of(row)["stanza"]
    hit = (f"<phone-book xmlns='im.quicksy.synchronization:0'><entry number='{NUMBER}'><jid>bob@pen.test</jid></entry>"
           "</phone-book>")
    bob_says(rig, f"<iq type='result' to='{ALICE}' id='{id_}'>{hit}</iq>")
    bob_says(rig, f"<iq type='error' to='{ALICE}' id='{id_}'><error type='cancel'><item-not-found xmlns='{STANZAS}'/>"
                  "</error></iq>")
    for wrong in ("other@directory.pen.test", "directory.pen.test/x"):
        service_says(rig, f"<iq type='result' from='{wrong}' to='{ALICE}' id='{id_}'>{hit}</iq>")
    settled(rig)
    assert row_of(row)["status"] == "sent" and is_unknown(NUMBER), row_of(row)
    service_says(rig, f"<iq type='result' from='directory.pen.test' to='{ALICE}' id='{id_}'>"
                      "<phone-book xmlns='im.quicksy.synchronization:0'/></iq>")
    eventually(lambda: row_of(row)["status"] == "answered", what="the true answer")
    control.ask(box, {"do": "mode", "set": {"silent": False}})
    check_sound(rig)


def lying_directory(rig):
    """Numbers nobody asked for are not learnt; answers from another address of the directory are none."""
    harness, alice = ours(rig)
    box, other, asked = rig.box["directory"]["control"], "+15559998888", "+15551239999"
    control.ask(box, {"do": "mode", "set": {"extra": {other: ["c01@pen.test"]}}})
    harness.do("lookup", account=alice, to=asked)
    eventually(lambda: route(asked)["capability"] == "absent", what="an answer")
    assert is_unknown(other) or route(other)["capability"] == "unknown", route(other)
    control.ask(box, {"do": "mode", "set": {"extra": {}, "wrong_from": "evil@directory.pen.test"}})
    row = harness.do("lookup", account=alice, to="+15551230006")["row"]["row"]
    eventually(lambda: any("+15551230006" in asked["numbers"] for asked in control.ask(box, "list")["requests"]),
               what="the request at the directory")
    eventually(lambda: row_of(row)["status"] != "recorded", what="the request on its way")
    settled(rig)
    assert row_of(row)["status"] == "sent", row_of(row)
    harness.do("clock", advance_s=PAST_TIMEOUT_S)
    eventually(lambda: row_of(row)["status"] == "timeout", what="a timeout")
    assert route("+15551230006")["capability"] == "unknown"
    control.ask(box, {"do": "mode", "set": {"wrong_from": None}})
    check_sound(rig)


def device_list(ids, namespace=AXOLOTL):
    devices = "".join(f"<device id='{id_}'/>" for id_ in ids)
    return (f"<items node='{AXOLOTL}.devicelist'><item id='current'><list xmlns='{namespace}'>{devices}</list></item>"
            "</items>")


def event(from_, items):
    return (f"<message from='{from_}' to='{ALICE}' type='headline'>"
            f"<event xmlns='http://jabber.org/protocol/pubsub#event'>{items}</event></message>")


def device_lists(rig):
    """Lists of garbage, from full JIDs, without having been asked for; and one with far too many devices."""
    ours(rig)
    for id_ in ("made-up", "", "purple00000000"):
        for kind in ("result", "error"):
            bob_says(rig, f"<iq type='{kind}' to='{ALICE}' id='{id_}'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
                          f"{device_list([1])}</pubsub></iq>")
    service_says(rig, event("full@directory.pen.test/phone", device_list([5, 6])))
    bob_says(rig, event("bob@pen.test", device_list([7])))
    garbage = {"ids": device_list(["0", "-1", "abc", "99999999999", "2147483648", "", "1 2", "0x10"]),
               "space": device_list([1, 2], "urn:example:other"), "none": f"<items node='{AXOLOTL}.devicelist'/>",
               "node": device_list([1]).replace("devicelist", "other"),
               "retract": f"<items node='{AXOLOTL}.devicelist'><retract id='current'/></items>"}
    for name, items in garbage.items():
        service_says(rig, event(f"{name}@directory.pen.test", items))
    assert is_unknown("many@directory.pen.test")
    service_says(rig, event("many@directory.pen.test", device_list(range(1, MANY_DEVICES))))
    settled(rig)
    for who in ("full@directory.pen.test", "none@directory.pen.test", "node@directory.pen.test",
                "retract@directory.pen.test"):
        assert is_unknown(who), (who, route(who))
    assert all(route(f"{who}@directory.pen.test")["capability"] != "encrypted" for who in garbage)
    assert route("bob@pen.test")["capability"] != "encrypted"
    assert route("many@directory.pen.test")["capability"] == "encrypted"
    assert route("many@directory.pen.test")["route"] in ("hold", "encrypted")  # never in clear
    check_sound(rig)


def large_and_deep(rig):
    """The largest body that the server takes, an endless one of ours, and elements in elements."""
    harness, alice = ours(rig)
    body = "x" * BIG_BYTES
    service_says(rig, f"<message from='who@directory.pen.test' to='{ALICE}' type='chat'><body>{body}</body></message>")
    harness.wait("im-in", text=body)
    refused = harness.ask("send", account=alice, to="bob@pen.test", text="y" * HUGE_BYTES)
    assert not refused["ok"] and "long" in refused["error"]["message"], str(refused)[:300]
    deep = "<a xmlns='urn:example:deep'>" + "<a>" * DEPTH + "</a>" * DEPTH + "</a>"
    service_says(rig, f"<message from='who@directory.pen.test' to='{ALICE}' type='headline'>{deep}</message>")
    service_says(rig, f"<iq type='get' id='deep' from='who@directory.pen.test' to='{ALICE}'>{deep}</iq>")
    settled(rig)
    check_sound(rig)


def strange_messages(rig):
    """Receipts and errors for messages of others, without id, without anything; presence of a number."""
    harness, alice = ours(rig)
    harness.do("command", account=alice, to="c14@pen.test", text="/pen plain")
    since = harness.mark()
    sent = harness.do("send", account=alice, to="c14@pen.test", text="mine")["message"]
    harness.wait("im-status", since=since, message=sent, status="sent")
    delivery = eventually(lambda: harness.rows(kind="delivery", address="xmpp:c14@pen.test"), what="its row")[0]
    refusal = f"<error type='cancel'><item-not-found xmlns='{STANZAS}'/></error>"
    for id_ in (sent, delivery["stanza"], "foreign", ""):
        bob_says(rig, f"<message to='{ALICE}' id='r'><received xmlns='urn:xmpp:receipts' id='{id_}'/></message>")
        bob_says(rig, f"<message to='{ALICE}' type='error' id='{id_}'>{refusal}</message>")
    bob_says(rig, f"<message to='{ALICE}' type='error'><error/></message>")
    bob_says(rig, f"<message to='{ALICE}' type='error'/>")
    bob_says(rig, f"<message to='{ALICE}' type='bogus'><received xmlns='urn:xmpp:receipts'/></message>")
    for kind in ("", "type='subscribe'", "type='subscribed'", "type='unavailable'", "type='error'", "type='bogus'"):
        service_says(rig, f"<presence from='{NUMBER}@cheogram.pen.test/tel' to='{ALICE}' {kind}/>", "cheogram")
    for inner in ("", f"<received xmlns='urn:xmpp:receipts' id='{sent}'/>", refusal, "<body/>"):
        service_says(rig, f"<message from='{NUMBER}@cheogram.pen.test' to='{ALICE}' type='chat'>{inner}</message>",
                     "cheogram")
    service_says(rig, f"<message from='cheogram.pen.test' to='{ALICE}' type='error'>{refusal}</message>", "cheogram")
    settled(rig)
    told = [e["status"] for e in harness.events[since:] if e["event"] == "im-status" and e["message"] == sent]
    assert told, "no status at all"
    assert set(told) <= {"sent"}, told
    assert row_of(delivery["row"])["status"] == "sent", row_of(delivery["row"])
    names = [b["name"] for b in harness.do("buddies", account=alice)["buddies"]]
    assert not [n for n in names if "cheogram" in n or n == NUMBER], names
    assert not [e for e in harness.events[since:] if e["event"] == "request"]
    check_sound(rig)


def offers(rig):
    """File transfers, calls, links, a stranger's roster: refused with an error, and nothing is connected."""
    harness, alice = ours(rig)
    since = harness.mark()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        port = listener.getsockname()[1]
        for offer in OFFERS:
            answer = STATE["crowd"].run(STATE["bob"].ask("set", ALICE, offer.replace("{port}", str(port))))
            assert not answer.ok and answer.error, (offer[:60], str(answer))
        bob_says(rig, f"<iq type='set' to='{ALICE}' id='push'><query xmlns='jabber:iq:roster'>"
                      "<item jid='evil@pen.test' subscription='both'/></query></iq>")
        service_says(rig, event("pic@directory.pen.test",
                                "<items node='urn:xmpp:avatar:metadata'><item id='a'>"
                                "<metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='9' id='a' type='image/png' "
                                f"url='http://127.0.0.1:{port}/a.png'/></metadata></item></items>"))
        settled(rig)
        try:
            listener.accept()
            raise AssertionError("somebody connected")
        except TimeoutError:
            pass
    assert not [e for e in harness.events[since:] if e["event"] == "request"]
    assert not [r for r in harness.rows() if r["kind"] in ("http", "avatar") or
                any(o["observer"] == "web" for o in r["observers"])]
    assert not [b for b in harness.do("buddies", account=alice)["buddies"] if "evil" in b["name"]]
    check_sound(rig)


def strange_texts(rig):
    """Markup, controls of direction and names without end from a gateway stay text."""
    harness, alice = ours(rig)
    box, number = rig.box["cheogram"]["control"], "+15557770000"
    nasty = ["<b>bold</b><script>x</script>", "\u202egnp.exe\u202c", "&lt;i&gt; &amp; ]]>", "\u0300" * 400,
             "<iq type='set'/>", "%s%n%n", "a\u2028b"]
    for text in nasty:
        assert control.ask(box, {"do": "inject", "from": number, "to": "alice@pen.test", "text": text})["ok"]
        assert harness.wait("im-in", text=text)["conversation"] == "tel:" + number
    lines = [line["text"] for line in harness.do("conversation", account=alice, to=number)["lines"]]
    for text in nasty:
        assert any(text in line for line in lines), (text, lines)
    assert f"\u2068{nasty[1]}\u2069" in lines, "a turn of direction reaches past its line"
    name = "N" * 300
    for local, nick in (("x" * 300, name), ("juliet", name), ("1;phone-context=" + "y" * 300, ""), ("+", "<b>"),
                        ("+" + "9" * 300, ""), (",,,,", ""), (",".join(["+15550001111"] * 50), "")):
        service_says(rig, f"<message from='{local}@cheogram.pen.test' to='{ALICE}' type='chat'><body>hi</body>"
                          f"<nick xmlns='http://jabber.org/protocol/nick'>{escape(nick)}</nick></message>", "cheogram")
    settled(rig)
    check_sound(rig)


class LyingGateway(slixmpp.ComponentXMPP):
    """Answers every number with a JID of another host."""

    def __init__(self, rig):
        pids = os.path.join(rig.sandbox_dir, "cheogram.secret")
        super().__init__("cheogram.pen.test", pathlib.Path(pids).read_text(encoding="utf-8").strip(), "127.0.0.1",
                         STATE["component_port"])
        self.asked = []
        self.register_handler(Callback("lie", MatchXPath("{jabber:component:accept}iq"), lambda s: self.lie(s.xml)))

    def lie(self, iq):
        if iq.get("type") not in ("get", "set") or not len(iq):
            return
        namespace = iq[0].tag.partition("}")[0].lstrip("{")
        inner = {"jabber:iq:gateway": "<jid>bob@pen.test</jid>",
                 "http://jabber.org/protocol/disco#info": "<identity category='gateway' type='sms'/>"
                                                          "<feature var='jabber:iq:gateway'/>"}.get(namespace, "")
        self.asked.append(namespace)
        self.send_raw(f"<iq type='result' id='{iq.get('id')}' to='{iq.get('from')}' from='{iq.get('to')}'>"
                      f"<query xmlns='{namespace}'>{inner}</query></iq>")


def component_port(rig):
    """Where the stand-in gateway connects to, from its own command line."""
    for line in pathlib.Path(rig.box["pids"]).read_text(encoding="utf-8").split():
        for word in line.replace("=", " ").replace(":", " ").split():
            path = pathlib.Path(f"/proc/{word}/cmdline")
            argv = path.read_bytes().split(b"\0") if word.isdigit() and path.exists() else []
            if b"--port" in argv and any(b"cheogram" in a for a in argv):
                return int(argv[argv.index(b"--port") + 1])
    raise AssertionError("the stand-in gateway does not run")


def lying_gateway(rig):
    """A gateway that names a JID of another host gets no text there."""
    harness, alice = ours(rig)
    STATE["component_port"] = component_port(rig)
    rig.run("stop", "cheogram")

    async def come():
        gateway = LyingGateway(rig)
        begun = asyncio.get_running_loop().create_future()
        gateway.add_event_handler("session_start", lambda e: begun.set_result(True))
        gateway.connect()
        await asyncio.wait_for(begun, layout.ANSWER_WAIT_S)
        return gateway

    async def say():
        gateway.send_raw(f"<message from='+15557770000@cheogram.pen.test' to='{ALICE}' type='chat'>"
                         "<body>I am one</body></message>")
    gateway = STATE["crowd"].run(come())
    harness.do("disconnect", account=alice)
    harness.do("connect", account=alice)
    eventually(lambda: "http://jabber.org/protocol/disco#info" in gateway.asked, what="a discovery")
    STATE["crowd"].run(say())
    # It comes after the answer, by which alice's client knows that there is a prompt.
    harness.wait("im-in", text="I am one")
    number = "+15556667777"
    harness.do("command", account=alice, to=number, text="/pen sms on")
    harness.ask("send", account=alice, to=number, text="for the number only")
    eventually(lambda: "jabber:iq:gateway" in gateway.asked, what="the prompt")

    def texts():
        return [r["xml"] for r in rig.stanzas() if r["direction"] == "in" and r["user"].startswith("alice@")
                and "for the number only" in r["xml"]]
    eventually(texts, what="the text at the server")
    settled(rig, (("directory", "who"),))
    assert not [x for x in texts() if "cheogram.pen.test" not in x], texts()
    check_sound(rig)


WRONG_SETTINGS = [{"when": "weird"}, {"fallback_plain": "weird"}, {"region": "XX"}, {"region": "\u202e"},
                  {"gateway": "not a host!"}, {"gateway": "bob@pen.test/x"}, {"directory": "@@"},
                  {"fresh_minutes": -5}, {"fresh_minutes": 2147483647}, {"retention_days": -1},
                  {"retention_days": 2147483647}, {"gateway": "", "directory": "", "region": "x" * 5000}]


def wrong_settings(rig):
    """Settings that make no sense: refused with a reason, or read as the safe default; the account works."""
    harness = rig.harness()
    carol = rig.account(harness, "c22", connect=False)
    for wrong in ({"port": "x"}, {"retention_days": "x"}, {"when": 7}, {"receipts": "yes"}, {"region": True}):
        reply = harness.ask("settings", account=carol, set=wrong)
        assert not reply["ok"] and reply["error"]["code"] == "bad_setting", (wrong, reply)
    for wrong in WRONG_SETTINGS:
        harness.do("settings", account=carol, set={"gateway": "", "directory": "", "region": "", **wrong})
        reply = harness.ask("connect", account=carol)
        assert reply["ok"] or reply["error"]["message"], (wrong, reply)
        if reply["ok"]:
            assert harness.do("route", account=carol, to="c14@pen.test")["why"]
            assert harness.do("policy", account=carol)["policy"]["when"] in ("send", "typed", "never")
            harness.do("disconnect", account=carol)
    log = pathlib.Path(harness.log.name).read_text(encoding="utf-8", errors="replace")
    assert "CRITICAL" not in log and "WARNING" not in log, log[-2000:]
    assert harness.close() == 0


if __name__ == "__main__":
    main([wrong_sender, lying_directory, device_lists, large_and_deep, strange_messages, offers, strange_texts,
          lying_gateway, wrong_settings])
