#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking at fixed times: what waits for its slot, what can be done about it, and what libpurple asks meanwhile."""

import asyncio
import re

from policy_desk import CLOCK, Desk
from rig import eventually, main

from penbox.client import Client

PERIOD_S = 3600
WAITS = re.compile(r"Held: waits for the ([0-9]{1,2}:[0-9]{2}( [AP]M)?) batch \(in ([0-9]+) minutes?\)\. "
                   r"/pen lookup asks now, and tells pen\.test that you are interested in (\S+)\.$")


def waits(desk, jid, text):
    """A message that is held for the next slot: said with the time, without a question, and nobody is asked."""
    before, since = desk.asked(jid), desk.harness.mark()
    held = desk.send(jid, text)
    assert held["state"] == "held", held
    lines = [line["text"] for line in desk.do("conversation", to=jid)["lines"]]
    told = [found for found in map(WAITS.search, lines) if found]
    assert told and told[-1][4] == jid and 0 < int(told[-1][3]) <= PERIOD_S // 60, lines
    route = desk.route(jid)
    assert route["route"] == "hold" and route["words"] == f"Held: waits for the {told[-1][1]} batch", route
    assert desk.asked(jid) == before and not any(f">{text}<" in xml for xml in desk.said())
    assert not [e for e in desk.harness.events[since:] if e["event"] in ("question", "request")]
    return held["message"], int(told[-1][3])


def reach_slot(desk, jid, minutes):
    """Time goes on until the slot asks, and no further: an answer needs real time to come."""
    desk.harness.do("clock", advance_s=(minutes - 1) * 60)
    for _ in range(40):
        if desk.questions("xmpp:" + jid, kind="device-list"):
            return
        desk.said()
        desk.harness.do("clock", advance_s=5)
    raise AssertionError(f"{jid} was not asked about in its slot")


def batch(rig):
    """batch: a message to somebody new waits visibly for the slot, and goes after it."""
    desk = Desk(rig, *CLOCK, when="batch")
    jid, other = "c14@pen.test", "c17@pen.test"
    assert desk.route(jid)["words"] == "Held: waits for the next batch", desk.route(jid)
    before = desk.asked(jid)
    message, minutes = waits(desk, jid, "with the batch")
    check_wishes(desk, jid, other)
    desk.do("policy", contact="c18@pen.test", set={"when": "never"})
    reach_slot(desk, jid, minutes)
    desk.status(message, "sent")
    rows = desk.answered("xmpp:" + jid, kind="device-list")
    assert [(r["trigger"], r["rule"]) for r in rows] == [("schedule", "batch")] and rows[0]["batch"], rows
    assert desk.asked(jid) == before + 1
    assert desk.send(jid, "known now")["state"] == "sent" and desk.asked(jid) == before + 1
    check_sweep(desk, other, "c18@pen.test")
    assert desk.put_off("xmpp:" + jid) == [("typed", "batch")], desk.rows("xmpp:" + jid)
    desk.close()


def sleep(desk, jid, text):
    """A message to JID waits, and the computer sleeps past its slot: its id, and what is said; or nothing, where the
    clock stopped at the slot on its way."""
    message, minutes = waits(desk, jid, text)
    since = desk.harness.mark()
    # Awake well between two slots: one that is a little late is still asked in.
    desk.harness.do("clock", advance_s=2 * PERIOD_S + (0 if 25 <= minutes <= 50 else PERIOD_S // 2))
    if desk.rows("xmpp:" + jid, kind="device-list", trigger="schedule"):
        return message, None
    return message, desk.harness.wait("system", since=since, conversation="xmpp:" + jid)["text"]


def missed(rig):
    """A slot that passes while the computer sleeps: the message waits for the next one, and its time is said."""
    jid = "c16@pen.test"
    for number in range(8):
        desk = Desk(rig, *CLOCK, when="batch")
        message, told = sleep(desk, jid, f"before sleep {number}")
        if told:
            break
        desk.close()
    assert WAITS.search(told), told
    assert desk.route(jid)["words"] != "Held: waits for the next batch", desk.route(jid)
    reach_slot(desk, jid, int(WAITS.search(told)[3]))
    desk.status(message, "sent")
    desk.close()


def check_wishes(desk, jid, other):
    """What waits has one row, however often it is wished, which tells nobody and is what "typed" would have told."""
    for to in (jid, other):
        desk.do("open", to=to)
        desk.do("type", to=to)
        desk.do("close", to=to)
        desk.do("open", to=to)
    assert desk.put_off("xmpp:" + jid) == [("typed", "batch")], desk.rows("xmpp:" + jid)
    assert desk.put_off("xmpp:" + other) == [("typed", "batch")], desk.rows("xmpp:" + other)
    assert not [to for to in (jid, other) if desk.questions("xmpp:" + to, kind="device-list")]
    (home,) = [one for one in desk.do("exposure", days=30)["observers"] if one["observer"] == "home"]
    asked = [row for row in desk.harness.rows() if row["attempts"] and row["kind"] != "delivery"]
    kept = [row for row in desk.harness.rows(status="withheld")]
    assert (home["lookups"], home["saved"]) == (len(asked), len(kept)), home
    assert home["baseline"]["lookups"] == len(asked) + len(kept), home


def check_sweep(desk, other, never_asked):
    """The same slot asks about everybody on the contact list, but for the one about whom nobody may be asked."""
    people = {"xmpp:" + buddy["name"] for buddy in desk.do("buddies")["buddies"]} - {"xmpp:" + never_asked}

    def swept():
        desk.harness.do("clock", advance_s=2)
        rows = desk.harness.rows(kind="device-list", trigger="schedule")
        return rows if people <= {row["address"] for row in rows} else None
    rows = eventually(swept, what=f"a sweep of {people}")
    assert len(people) > 4 and "xmpp:" + other in people, people
    assert len({row["batch"] for row in rows}) == 1, {row["batch"] for row in rows}
    assert "xmpp:" + never_asked not in {row["address"] for row in rows}


def instead_of_waiting(rig):
    """What can be done about a message that waits: look up now, send in clear, another policy."""
    desk = Desk(rig, *CLOCK, when="batch")
    jid = "c15@pen.test"
    message, _ = waits(desk, jid, "looked up by hand")
    assert "Asked now" in "\n".join(desk.do("command", to=jid, text="/pen lookup")["lines"])
    desk.status(message, "sent")
    rows = desk.answered("xmpp:" + jid, kind="device-list")
    assert [(r["trigger"], r["rule"], r["batch"]) for r in rows] == [("manual", "explicit", None)], rows
    jid = "c16@pen.test"
    message, _ = waits(desk, jid, "in clear")
    assert desk.harness.do("answer", message=message, choice="plain")["state"] != "held"
    assert not desk.questions("xmpp:" + jid, kind="device-list")
    jid = "c24@pen.test"
    message, _ = waits(desk, jid, "as the person's own setting says")
    desk.do("policy", contact=jid, set={"when": "send"})
    desk.status(message, "sent")
    assert [r["trigger"] for r in desk.answered("xmpp:" + jid, kind="device-list")] == ["send"]
    desk.close()


def batch_for_one(rig):
    """Batch for one person alone, by word; taken back, a message that waits is asked about at once; never asks."""
    desk = Desk(rig, *CLOCK, when="send")
    jid = "c14@pen.test"
    said = desk.do("command", to=jid, text="/pen policy batch")["lines"]
    assert "at fixed times" in said[0] and jid in said[0], said
    message, _ = waits(desk, jid, "alone")
    desk.do("command", to=jid, text="/pen policy default")
    desk.status(message, "sent")
    jid = "c15@pen.test"
    desk.do("policy", set={"when": "batch"})
    message, _ = waits(desk, jid, "not any more")
    said = desk.do("command", to=jid, text="/pen policy passive")["lines"]
    assert "Nobody is asked" in said[0], said
    desk.question(message)
    assert desk.put_off("xmpp:" + jid) == [("typed", "batch"), ("send", "never")], desk.rows("xmpp:" + jid)
    assert not desk.questions("xmpp:" + jid, kind="device-list")
    desk.close()


def padded(rig):
    """pad: a number is asked about in its batch, among strangers', and the message waits for that."""
    desk = Desk(rig, *CLOCK, when="send")
    number, real = "+491701234567", "tel:+491701234567"
    desk.harness.do("buddy-add", account=desk.alice, name=number)
    desk.do("policy", set={"when": "batch", "pad": True, "period_s": 600, "fast_period_s": 60})
    held = desk.send(number, "among strangers")
    words = desk.route(number)["words"]
    assert held["state"] == "held" and words.startswith("Held: waits for the "), words
    said = [line["text"] for line in desk.do("conversation", to=number)["lines"]]
    assert any("tells pen.test and directory.pen.test that you are interested in" in text for text in said), said

    assert desk.put_off(real, kind="directory") == [("typed", "pad")], desk.rows(real)

    def asked():
        desk.harness.do("clock", advance_s=5)
        return [r for r in desk.harness.rows(kind="directory") if (r["batch"] or "").startswith("slot:")]
    rows = eventually(asked, what="a padded batch")
    assert len(rows) == 64 and len({r["stanza"] for r in rows}) == 1, len(rows)
    assert [r["address"] for r in rows if not r["cover"]] == [real] or not [r for r in rows if not r["cover"]], rows
    assert {(r["trigger"], r["rule"]) for r in rows} == {("schedule", "pad")}, rows[0]
    (seen,) = [one for one in desk.do("exposure", days=30)["observers"] if one["observer"] == "directory"]
    assert seen["baseline"] == {**seen["baseline"], "lookups": 1, "people": 1, "timing_s": 1}, seen
    desk.close()


def peer(rig, name):
    """Somebody with keys, who stays signed on."""
    harness = rig.harness()
    account = rig.account(harness, name)
    harness.until_keys(account)
    return harness


def asks_for_keys(desk, jid):
    """How often alice's client has asked for a bundle of JID, in this sandbox."""
    return sum("axolotl.bundles" in xml and "<items" in xml and f"'{jid}'" in xml for xml in desk.said())


def keys(rig):
    """The list was pushed, the bundles are not here: with each policy only the schedule says when they are asked for."""
    bob, jid = peer(rig, "bob"), "bob@pen.test"
    for when, ask in (("send", keys_at_once), ("batch", keys_with_slot), ("batch", keys_by_hand), ("never", keys_never)):
        desk = Desk(rig, *CLOCK, when=when)
        eventually(lambda: desk.route(jid)["origin"] == "pushed", what="a pushed list")
        before = asks_for_keys(desk, jid)
        held = desk.send(jid, f"keys, {when}, {ask.__name__}")
        assert held["state"] == "held", held
        ask(desk, jid, held["message"], before)
        desk.close()
    assert bob.close() == 0


def bundles(desk, jid):
    return {(r["trigger"], r["rule"]) for r in desk.answered("xmpp:" + jid, kind="bundle")}


def keys_at_once(desk, jid, message, _):
    desk.status(message, "sent")
    assert bundles(desk, jid) == {("send", None)} and not desk.put_off("xmpp:" + jid), desk.rows("xmpp:" + jid)
    assert not desk.questions("xmpp:" + jid, kind="device-list")


def keys_wait(desk, jid, before):
    """Said with the time, recorded once, not asked; returns the minutes."""
    lines = [line["text"] for line in desk.do("conversation", to=jid)["lines"]]
    told = [found for found in map(WAITS.search, lines) if found]
    assert told and told[-1][4] == jid and 0 < int(told[-1][3]) <= PERIOD_S // 60, lines
    assert desk.send(jid, "behind it")["state"] == "held"
    assert desk.put_off("xmpp:" + jid, kind="bundle") == [("send", "batch")], desk.rows("xmpp:" + jid)
    assert asks_for_keys(desk, jid) == before and not desk.questions("xmpp:" + jid)
    return int(told[-1][3])


def keys_with_slot(desk, jid, message, before):
    reach_slot(desk, jid, keys_wait(desk, jid, before))
    desk.status(message, "sent")
    assert bundles(desk, jid) == {("schedule", "batch")}, desk.rows("xmpp:" + jid)
    assert asks_for_keys(desk, jid) > before


def keys_by_hand(desk, jid, message, before):
    keys_wait(desk, jid, before)
    assert "Asked now" in "\n".join(desk.do("command", to=jid, text="/pen lookup")["lines"])
    desk.status(message, "sent")
    assert bundles(desk, jid) == {("manual", "explicit")}, desk.rows("xmpp:" + jid)


def keys_never(desk, jid, message, before):
    assert set(desk.question(message)["choices"]) == {"wait", "cancel"}
    assert desk.put_off("xmpp:" + jid, kind="bundle") == [("send", "never")], desk.rows("xmpp:" + jid)
    assert asks_for_keys(desk, jid) == before and not desk.questions("xmpp:" + jid)


async def show_up(box):
    """A contact comes online with a photo and unknown capabilities: two things that libpurple asks for by itself."""
    client = await Client(box, "c20", features=["urn:example:unheard-of"]).log_in()
    client.send_raw("<presence><x xmlns='vcard-temp:x:update'><photo>fedcba9876543210</photo></x></presence>")
    client.message("alice@pen.test", "I am here")
    await client.log_out()


def library(rig):
    """batch: what libpurple asks on its own stays, and has its row; what the user asks it for leaves, and is marked."""
    desk = Desk(rig, *CLOCK, when="batch")
    uri = "xmpp:c20@pen.test"
    asked = len([xml for xml in desk.said() if re.match(r"<iq\b[^>]* type='get'", xml) and "to='c20@" in xml])
    asyncio.run(show_up(rig.box))
    desk.harness.wait("im-in", text="I am here")
    kept = eventually(lambda: desk.rows(uri, status="withheld", trigger="library"), what="what libpurple asks")
    assert {(r["rule"], r["attempts"]) for r in kept} == {("batch", 0)}, kept
    # The message has begun a conversation, which is a wish where no list was pushed.
    assert set(desk.put_off(uri, kind="device-list")) <= {("typed", "batch")}, desk.rows(uri)
    assert "disco" in {r["kind"] for r in kept}, kept
    assert not [xml for xml in desk.said() if re.match(r"<iq\b[^>]* type='get'", xml) and "to='c20@" in xml][asked:]
    since, last = desk.harness.mark(), desk.rows(uri)[-1]["row"]
    desk.do("info", to="c20@pen.test")
    desk.harness.wait("notice", since=since, title="c20@pen.test")
    asked = [r for r in desk.rows(uri, kind="vcard") if r["row"] > last]
    assert asked and {(r["trigger"], r["rule"], r["attempts"]) for r in asked} == {("manual", "explicit", 1)}, asked
    eventually(lambda: all(r["status"] in ("answered", "error") for r in desk.rows(uri, trigger="manual")),
               what="an end of what the user asked")
    desk.close()


def library_elsewhere(rig):
    """With the other policies: let through or withheld, always with its row, and libpurple gets its answer."""
    uri = "xmpp:c20@pen.test"
    for when, rule in (("typed", None), ("send", None), ("never", "never")):
        desk = Desk(rig, *CLOCK, when=when)
        asyncio.run(show_up(rig.box))
        desk.harness.wait("im-in", text="I am here")

        def own_questions():
            """Once they left, or stay. What we answer to their client has a row too, by the name that they gave it."""
            rows = [row for row in desk.rows(uri, kind="disco", trigger="library") if row["stanza"].startswith("purple")]
            return rows if all(row["status"] != "recorded" for row in rows) else None
        own = eventually(own_questions, what="what libpurple asks")
        assert {(r["rule"], bool(r["attempts"])) for r in own} == {(rule, rule is None)}, own
        since = desk.harness.mark()
        desk.do("info", to="c20@pen.test")
        desk.harness.wait("notice", since=since, title="c20@pen.test")
        asked = eventually(lambda: [row for row in desk.rows(uri, trigger="manual") if row["status"] != "recorded"],
                           what="what the user asks")
        print(f"# {when}: {sorted({r['kind'] for r in own})}, by hand {sorted((r['kind'], r['status']) for r in asked)}")
        assert "vcard" in {r["kind"] for r in asked}, asked
        assert {(r["rule"], bool(r["attempts"])) for r in asked} == {(rule, rule is None)}, asked
        desk.close()


if __name__ == "__main__":
    main([batch, missed, instead_of_waiting, batch_for_one, padded, keys, library, library_elsewhere],
         servers=("prosody", "ejabberd"))
