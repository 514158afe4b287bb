# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sandbox promises, checked from outside: the server, its log, device lists, the proxy."""

import asyncio

from . import control, layout, seed, stanzalog
from .client import OMEMO_LIST, Client, get_list, publish_list

FORBIDDEN, NO_ITEM = "auth/forbidden", "cancel/item-not-found"
EXPECTED = {
    "prosody": {"open": "result", "open-empty": "result", "presence-visible": "result", "presence-hidden": FORBIDDEN,
                "no-node": FORBIDDEN, "no-user": FORBIDDEN, "not-routable": "cancel/not-allowed",
                "sms number": "cancel/feature-not-implemented",
                "gateway offline": "wait/remote-server-timeout + not-connected"},
    "ejabberd": {"open": "result", "open-empty": "result", "presence-visible": "result",
                 "presence-hidden": "auth/not-authorized + presence-subscription-required", "no-node": NO_ITEM,
                 "no-user": NO_ITEM, "not-routable": FORBIDDEN, "sms number": "cancel/feature-not-implemented",
                 "gateway offline": FORBIDDEN},
}


class Report:
    """Counts and prints what held and what did not."""

    def __init__(self, name):
        self.name = name
        self.failed = []
        self.passed = 0
        self.answers = {}

    def check(self, what, holds, detail=""):
        if holds:
            self.passed += 1
        else:
            self.failed.append(what)
            print(f"not ok - {self.name}: {what} {detail}", flush=True)


async def logged(*what):
    """stanzalog.wait, with the clients going on meanwhile."""
    return await asyncio.to_thread(stanzalog.wait, *what)


def body_of(stanza):
    return stanza.findtext("{jabber:client}body")


def has_body(text):
    return lambda s: body_of(s) == text


async def check_messages(report, state):
    """Two people talk through the proxy and past it; the log has both sides of it, and what bounced."""
    alice = await Client(state, "alice", port=state["proxy"]["port"]).log_in()
    bob = await Client(state, "bob").log_in()
    id_ = alice.message(bob.boundjid.bare, "to bob <&> \u263a")
    report.check("a message arrives", await bob.wait_for(has_body("to bob <&> \u263a")) is not None)
    log = state["stanza_log"]
    report.check("log: in from alice", len(await logged(log, "in", alice.boundjid.bare, id_)) == 1)
    out = await logged(log, "out", bob.boundjid.bare, id_)
    report.check("log: out to bob", len(out) == 1 and body_of_log(out[0]) == "to bob <&> \u263a", out)
    id_ = alice.message("someone@" + layout.UNROUTABLE_DOMAIN, "lost")
    error = await alice.wait_for(lambda s: s.get("id") == id_ and s.get("type") == "error")
    report.check("a bounce comes back", error is not None)
    report.check("log: the bounced stanza", len(await logged(log, "in", alice.boundjid.bare, id_)) == 1)
    report.check("log: the bounce", len(await logged(log, "out", alice.boundjid.bare, id_)) == 1)
    await asyncio.gather(alice.log_out(), bob.log_out())


def body_of_log(record):
    found = [e for e in stanzalog.element(record) if e.tag.rpartition("}")[2] == "body"]
    return found[0].text if found else None


async def check_lists(report, state):
    """What alice is told about each contact's device list."""
    alice = await Client(state, "alice").log_in()
    expected = EXPECTED[state["server"]]
    table = {**seed.table(), f"+15551234567@{layout.SMS}": {"state": "sms number", "devices": []}}
    for jid, row in table.items():
        answer = await get_list(alice, jid)
        told = str(answer)
        subscribed = row["state"] == "no-node" and row.get("subscription") == "both"
        report.answers.setdefault(row["state"] + (" (subscribed)" if subscribed else ""), told)
        wanted = NO_ITEM if subscribed else expected[row["state"]]
        report.check(f"list of {jid} ({row['state']})", told == wanted, f"{told}, not {wanted}")
        devices = [int(d.get("id")) for d in answer.find_all("device")]
        report.check(f"devices of {jid}", told != "result" or devices == row["devices"], devices)
    await alice.log_out()


async def check_offline(report, state):
    """What is told for a gateway that is down; and that it comes back."""
    alice = await Client(state, "alice").log_in()
    path, number = state["cheogram"]["control"], "+15551234567@" + layout.CHEOGRAM
    report.check("offline", control.ask(path, "offline")["ok"])
    told, wanted = str(await get_list(alice, number)), EXPECTED[state["server"]]["gateway offline"]
    report.answers["gateway offline"] = told
    report.check("list of a gateway offline", told == wanted, f"{told}, not {wanted}")
    report.check("online", control.ask(path, "online")["ok"])
    told = str(await get_list(alice, number))
    report.check("list of a gateway online again", told == "cancel/feature-not-implemented", told)
    await alice.log_out()


async def check_push(report, state):
    """A list that a subscribed contact changes is pushed to who asked with +notify, and to no other."""
    alice = await Client(state, "alice", features=[OMEMO_LIST + "+notify"]).log_in()
    c19, bob = await Client(state, "c19").log_in(), await Client(state, "bob").log_in()
    await publish_list(c19, [119, 1191, 1192], "open")

    def is_push(stanza):
        return (stanza.get("from") or "").startswith("c19@") and any(e.get("id") == "1192" for e in stanza.iter())
    report.check("a changed list is pushed", await alice.wait_for(is_push) is not None)
    report.check("not to others", await bob.wait_for(is_push, 0.2) is None)
    await asyncio.gather(alice.log_out(), c19.log_out(), bob.log_out())


async def check_proxy(report, state):
    """Bytes can be held and let go; refused connections fail."""
    path = state["proxy"]["control"]
    alice = await Client(state, "alice", port=state["proxy"]["port"]).log_in()
    bob = await Client(state, "bob").log_in()
    report.check("hold-down", control.ask(path, "hold-down").get("connections") == 1)
    alice.message(bob.boundjid.bare, "up still goes")
    report.check("up goes on", await bob.wait_for(has_body("up still goes")) is not None)
    bob.message(alice.boundjid.bare, "kept")
    report.check("down is held", await alice.wait_for(has_body("kept"), 0.3) is None)
    report.check("held bytes are counted", control.ask(path, "status")["held_bytes"]["down"] > 0)
    control.ask(path, "release")
    report.check("down is released", await alice.wait_for(has_body("kept")) is not None)
    control.ask(path, "hold-up")
    alice.message(bob.boundjid.bare, "kept too")
    report.check("up is held", await bob.wait_for(has_body("kept too"), 0.3) is None)
    control.ask(path, "release")
    report.check("up is released", await bob.wait_for(has_body("kept too")) is not None)
    control.ask(path, "refuse on")
    reader, writer = await asyncio.open_connection(state["proxy"]["host"], state["proxy"]["port"])
    try:
        report.check("refuse on", await reader.read(1) == b"")
    except OSError:
        report.check("refuse on", True)
    writer.close()
    control.ask(path, "refuse off")
    report.check("unknown words are refused", not control.ask(path, "dance")["ok"])
    await asyncio.gather(alice.log_out(), bob.log_out())


async def check_resumption(report, state):
    """What was in flight when the line was cut is sent again on resumption, and the log counts both attempts."""
    alice = Client(state, "alice", port=state["proxy"]["port"])
    alice.register_plugin("xep_0198")
    resumed = asyncio.get_running_loop().create_future()
    alice.add_event_handler("session_resumed", lambda e: resumed.done() or resumed.set_result(True))
    alice.add_event_handler("disconnected", lambda e: resumed.done() or alice.connect(
        alice.address_of_server, force_starttls=False, disable_starttls=True))
    await alice.log_in()
    bob = await Client(state, "bob").log_in()
    path, log = state["proxy"]["control"], state["stanza_log"]
    control.ask(path, "hold-down")
    down = bob.message(alice.boundjid.full, "sent twice")
    report.check("log: first attempt", len(await logged(log, "out", alice.boundjid.bare, down)) == 1)
    control.ask(path, {"do": "cut-on", "text": "the last word"})
    up = alice.message(bob.boundjid.bare, "the last word")
    report.check("what the cut waited for arrived", await bob.wait_for(has_body("the last word")) is not None)
    try:
        await asyncio.wait_for(resumed, 8)
    except asyncio.TimeoutError:
        pass
    report.check("the stream is resumed", resumed.done())
    report.check("one cut", control.ask(path, "status")["cuts"] >= 1)
    report.check("it arrives after all", await alice.wait_for(has_body("sent twice")) is not None)
    report.check("log: both attempts", len(await logged(log, "out", alice.boundjid.bare, down, 2)) == 2)
    report.check("log: the last word once", len(stanzalog.find(log, "in", alice.boundjid.bare, up)) == 1)
    await asyncio.gather(alice.log_out(), bob.log_out())
