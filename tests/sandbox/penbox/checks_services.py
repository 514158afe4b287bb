# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sandbox promises, checked from outside: both gateways and the directory."""

import asyncio

from . import control, gateway, layout
from .checks import body_of, has_body
from .client import Client

RECEIPTS = "urn:xmpp:receipts"
REQUEST = f"<request xmlns='{RECEIPTS}'/>"
SYNC = "im.quicksy.synchronization:0"
INFO = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
FROM_CHEOGRAM = "@" + layout.CHEOGRAM


def is_receipt(id_):
    return lambda s: any(e.get("id") == id_ for e in s.iter(f"{{{RECEIPTS}}}received"))


def is_error(id_, condition):
    return lambda s: (s.get("id") == id_ and s.get("type") == "error"
                      and any(e.tag.rpartition("}")[2] == condition for e in s.iter()))


async def until(condition, seconds=5):
    for _ in range(int(seconds / 0.05)):
        if condition():
            return True
        await asyncio.sleep(0.05)
    return False


async def check_sms4you(report, state):
    """Texts out and in through the real gateway."""
    alice = await Client(state, "alice").log_in()
    stranger = await Client(state, "c24").log_in()
    info = await alice.ask("get", layout.SMS, INFO)
    report.check("sms4you is a gateway", any(e.get("type") == "sms" for e in info.find_all("identity")), info)
    alice.message(f"+15551234567@{layout.SMS}", "out there", REQUEST)
    sent = [{"number": "+15551234567", "text": "out there", "sent": True}]

    def texts():
        return [{k: r[k] for k in ("number", "text", "sent")} for r in gateway.list_sms(state["dir"])]
    report.check("sms out", await until(lambda: texts() == sent), texts())
    id_ = stranger.message(f"+15551234567@{layout.SMS}", "not mine")
    report.check("strangers may not", await stranger.wait_for(is_error(id_, "forbidden")) is not None)
    gateway.inject_sms(state["dir"], "+15557654321", "come in")
    got = await alice.wait_for(lambda s: (s.get("from") or "").startswith("+15557654321@" + layout.SMS))
    report.check("sms in", got is not None and body_of(got).startswith("come in\n"))
    gateway.set_failing(state["dir"], True)
    id_ = alice.message(f"+15551234567@{layout.SMS}", "no network")
    report.check("a modem that fails", await alice.wait_for(is_error(id_, "undefined-condition")) is not None)
    gateway.set_failing(state["dir"], False)
    report.check("nothing else was texted", texts() == sent, texts())
    await asyncio.gather(alice.log_out(), stranger.log_out())


async def check_cheogram_out(report, state):
    """Addresses, receipts and errors of the stand-in gateway."""
    alice = await Client(state, "alice").log_in()
    path = state["cheogram"]["control"]

    async def send(local, text="hello"):
        return alice.message(local + FROM_CHEOGRAM, text, REQUEST)
    id_ = await send("+15551112222")
    report.check("receipt", await alice.wait_for(is_receipt(id_)) is not None)
    id_ = await send("5551112222")
    gone = await alice.wait_for(is_error(id_, "gone"))
    right = [e.text for e in gone.iter() if e.tag.endswith("}gone")] if gone is not None else []
    report.check("gone names the address", right == ["+15551112222" + FROM_CHEOGRAM], right)
    id_ = await send("juliet")
    report.check("garbage", await alice.wait_for(is_error(id_, "item-not-found")) is not None)
    id_ = await send("+15550000503")
    report.check("receipt first", await alice.wait_for(is_receipt(id_)) is not None)
    report.check("then the late error", await alice.wait_for(is_error(id_, "recipient-unavailable")) is not None)
    id_ = await send("+15550000200")
    both = [await alice.wait_for(is_receipt(id_)), await alice.wait_for(is_receipt(id_))]
    report.check("an unrequested receipt", None not in both)
    id_ = await send("+15550000401")
    report.check("registration-required", await alice.wait_for(is_error(id_, "registration-required")) is not None)
    await send("+15553330001,+15553330002", "to both")
    await send("12345;phone-context=ca-us.phone-context.soprani.ca", "STOP")
    listed = control.ask(path, "list")["messages"]
    report.check("group and short code", await until(lambda: [
        (r["kind"], r["numbers"], r["body"]) for r in control.ask(path, "list")["messages"][-2:]] == [
            ("group", ["+15553330001", "+15553330002"], "to both"), ("short", ["12345"], "STOP")]), listed)
    await alice.log_out()


async def check_cheogram_in(report, state):
    """Inbound texts, the prompt, discovery and registration of the stand-in gateway."""
    alice = await Client(state, "alice").log_in()
    path, me = state["cheogram"]["control"], alice.boundjid.bare
    control.ask(path, {"do": "inject", "from": "+15552220001", "to": me, "text": "one"})
    got = await alice.wait_for(has_body("one"))
    report.check("inbound", got is not None and got.get("from") == "+15552220001" + FROM_CHEOGRAM)
    control.ask(path, {"do": "inject", "from": "+15552220002", "group": ["+15552220001"], "to": me, "text": "all"})
    got = await alice.wait_for(has_body(f"<xmpp:+15552220002{FROM_CHEOGRAM}> all"))
    report.check("inbound group", got is not None and got.get("from") == "+15552220001,+15552220002" + FROM_CHEOGRAM)
    control.ask(path, {"do": "inject", "from": "My Bank", "to": me, "text": "code 1", "oob": "https://example.org/a"})
    got = await alice.wait_for(has_body("code 1"))
    names = [e.text for e in got.iter() if e.tag.endswith("}nick") or e.tag.endswith("}url")] if got is not None else []
    report.check("a word as sender, and a link", names == ["My Bank", "https://example.org/a"], names)
    prompt = "<query xmlns='jabber:iq:gateway'><prompt>{}</prompt></query>"
    answer = await alice.ask("set", layout.CHEOGRAM, prompt.format("5551234567"))
    jids = [e.text for e in answer.find_all("jid")]
    report.check("prompt", jids == ["+15551234567" + FROM_CHEOGRAM], str(answer))
    answer = await alice.ask("set", layout.CHEOGRAM, prompt.format("02079460100"))
    report.check("prompt refuses", str(answer) == "modify/not-acceptable", str(answer))
    info = await alice.ask("get", "+15551234567" + FROM_CHEOGRAM, INFO)
    report.check("disco of a number", any(e.get("category") == "client" for e in info.find_all("identity")))
    register = "<query xmlns='jabber:iq:register'><phone>+15550000409</phone></query>"
    answer = await alice.ask("set", layout.CHEOGRAM, register)
    report.check("registration refused", str(answer) == "cancel/conflict", str(answer))
    await alice.log_out()


def phone_book(numbers, ver=None):
    attribute = f" ver='{ver}'" if ver else ""
    return f"<phone-book xmlns='{SYNC}'{attribute}>{''.join(f'<entry number={n!r}/>' for n in numbers)}</phone-book>"


async def check_directory(report, state):
    """Look-ups, refusals and the limit of the stand-in directory."""
    alice, carol = await asyncio.gather(Client(state, "alice").log_in(), Client(state, "carol").log_in())
    path, where = state["directory"]["control"], layout.DIRECTORY
    info = await alice.ask("get", where, INFO)
    report.check("found by its feature", any(e.get("var") == SYNC for e in info.find_all("feature")))
    answer = await alice.ask("get", where, phone_book(["+15551230002", "+15550009999", "x"]))
    jids = [e.text for e in answer.find_all("jid")]
    report.check("hits only", jids == [f"c02@{layout.DOMAIN}", f"c09@{layout.DOMAIN}"], jids)
    answer = await alice.ask("get", where, phone_book(["+15550009999"], "2jmj7l5rSw0yVb/vlWAYkK/YBwk="))
    report.check("same version", answer.ok and len(answer.xml) == 0)
    answer = await carol.ask("get", where, phone_book(["+15551230002"]))
    report.check("foreign domain", str(answer) == "auth/not-authorized", str(answer))
    answer = await alice.ask("get", where, f"<nonsense xmlns='{SYNC}'/>")
    report.check("bad request", answer.error == ["bad-request"], str(answer))
    control.ask(path, {"do": "mode", "set": {"limit": 3}})
    answer = await alice.ask("get", where, phone_book(["+15551230001", "+15551230006"]))
    report.check("policy", answer.error == ["policy-violation"] and answer.text.startswith("Retry in PT23H59M"),
                 answer.text)
    answer = await alice.ask("get", where, phone_book([f"+1555123{n:04}" for n in range(4)]))
    report.check("too big for ever", answer.text == "Retry in PT0S", answer.text)
    error = {"type": "wait", "condition": "internal-server-error"}
    control.ask(path, {"do": "mode", "set": {"limit": 2048, "error": error}})
    answer = await alice.ask("get", where, phone_book(["+15551230001"]))
    report.check("mode error", str(answer) == "wait/internal-server-error", str(answer))
    control.ask(path, {"do": "mode", "set": {"error": None, "extra": {"+15557777777": ["evil@pen.test"]}}})
    answer = await alice.ask("get", where, phone_book(["+15551230001"]))
    report.check("mode extra", len(answer.find_all("jid")) == 2)
    control.ask(path, {"do": "mode", "set": {"extra": {}}})
    requests = control.ask(path, "list")["requests"]
    report.check("requests are logged", len(requests) == 8 and requests[0]["numbers"][1] == "+15550009999", requests)
    await asyncio.gather(alice.log_out(), carol.log_out())
