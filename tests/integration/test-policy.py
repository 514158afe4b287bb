#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When others are asked about a person, what their answers mean, and what an encrypted contact is kept from."""

import asyncio

from policy_desk import CLOCK, FRESH_MINUTES, Desk, contacts
from rig import Failed, eventually, main

from penbox import control
from penbox.client import Client, publish_list

LATER_S = FRESH_MINUTES * 60 + 1
PAST_TIMEOUT_S = 31
# Rows without an answer are looked for so often.
SWEEP_S = 5
CAPABILITY_OF = {"open": "encrypted", "open-empty": "absent", "presence-visible": "encrypted",
                 "presence-hidden": "absent", "no-node": "absent", "no-user": "absent", "not-routable": "unknown"}
CAPABILITY_OF_NUMBER = {"+15551230001": "encrypted", "+15551230002": "encrypted", "+15551230006": "absent",
                        "+15551230009": "absent", "+15551230014": "absent", "+15551230090": "absent",
                        "+15551230091": "unknown", "+15551239999": "absent"}


def outcomes(rig):
    """Every state that a contact can be in, by the table of docs/gateways.md 1.4."""
    desk = Desk(rig)
    pushed = [jid for jid in contacts(rig) if desk.route(jid)["origin"] == "pushed"]
    for jid, contact in contacts(rig).items():
        desk.do("lookup", to=jid)
        desk.answered("xmpp:" + jid, kind="device-list", trigger="manual")
        wanted = CAPABILITY_OF[contact["state"]]
        eventually(lambda: desk.route(jid)["capability"] == wanted,
                   what=f"{jid} ({contact['state']}) as {wanted}, not {desk.route(jid)}")
        wanted_route = {"encrypted": "encrypted", "absent": "plain", "unknown": "hold"}[wanted]
        route = eventually(lambda: (now := desk.route(jid))["route"] == wanted_route and now,
                           what=f"{jid} as {wanted_route}, not {desk.route(jid)}")
        assert route["origin"] == "asked" or wanted == "unknown" or jid in pushed, (jid, route)
    desk.close()


def outcomes_of_numbers(rig):
    """Numbers: the directory, then each address that it knows."""
    desk = Desk(rig)
    for number, wanted in CAPABILITY_OF_NUMBER.items():
        desk.do("lookup", to=number)
        rows = desk.answered("tel:" + number, kind="directory")
        assert [o["observer"] for o in rows[0]["observers"]] == ["home", "directory"], rows
        eventually(lambda: desk.route(number)["capability"] == wanted and desk.route(number),
                   what=f"{number} as {wanted}, not {desk.route(number)}")
        wanted_route = "encrypted" if wanted == "encrypted" else "hold"
        eventually(lambda: desk.route(number)["route"] == wanted_route, what=f"{number} as {wanted_route}")
    desk.close()


def typed(rig):
    """typed: entering an address asks, once as long as the answer is fresh."""
    desk = Desk(rig, when="typed")
    before = desk.asked("c01@pen.test")
    desk.do("open", to="c01@pen.test")
    rows = desk.answered("xmpp:c01@pen.test", kind="device-list")
    assert [r["trigger"] for r in rows] == ["typed"] and rows[0]["stanza"], rows
    desk.do("close", to="c01@pen.test")
    desk.do("open", to="c01@pen.test")
    assert desk.asked("c01@pen.test") == before + 1
    assert len(desk.rows("xmpp:c01@pen.test")) == 1
    desk.close()


def send(rig):
    """send: entering asks nothing; the first message asks; the next not before the answer is old."""
    desk = Desk(rig, *CLOCK, when="send")
    jid = "c14@pen.test"
    before = desk.asked(jid)
    desk.do("open", to=jid)
    assert desk.asked(jid) == before and not desk.rows("xmpp:" + jid)
    first = desk.send(jid, "one")
    assert first["state"] == "held", first
    desk.status(first["message"], "sent")
    rows = desk.answered("xmpp:" + jid, kind="device-list")
    assert [r["trigger"] for r in rows] == ["send"], rows
    assert desk.send(jid, "two")["state"] == "sent"
    assert desk.asked(jid) == before + 1
    desk.harness.do("clock", advance_s=LATER_S)
    third = desk.send(jid, "three")
    desk.status(third["message"], "sent")
    assert desk.asked(jid) == before + 2
    assert [word for word in ("one", "two", "three") if not any(f">{word}<" in x for x in desk.said())] == []
    desk.close()


def never(rig):
    """never: a row that says what was withheld, no stanza, and a question; a choice is kept."""
    desk = Desk(rig, when="never")
    jid = "c15@pen.test"
    before = desk.asked(jid)
    held = desk.send(jid, "kept for now")
    assert held["state"] == "held", held
    question = desk.question(held["message"])
    assert set(question["choices"]) == {"wait", "plain", "cancel"}, question
    rows = desk.rows("xmpp:" + jid)
    assert [(r["status"], r["rule"], r["trigger"], r["kind"]) for r in rows] == [
        ("withheld", "never", "send", "device-list")], rows
    assert desk.asked(jid) == before and not any("kept for now" in xml for xml in desk.said())
    assert desk.harness.do("answer", message=held["message"], choice="plain")["state"] != "held"
    assert desk.send(jid, "at once")["state"] == "sent"
    assert desk.asked(jid) == before
    check_explicit(desk, jid, before)
    desk.close()


def check_explicit(desk, jid, before):
    """An explicit look-up is always allowed, and marked."""
    row = desk.do("lookup", to=jid)["row"]["row"]
    found = [r for r in desk.answered("xmpp:" + jid, trigger="manual") if r["row"] == row]
    assert [(r["trigger"], r["rule"]) for r in found] == [("manual", "explicit")], found
    assert desk.asked(jid) == before + 1


def overrides(rig):
    """What is set for one person stands above the account's setting, both ways, and can be taken back."""
    desk = Desk(rig, when="never")
    before = desk.asked("c16@pen.test")
    assert desk.do("policy", contact="c16@pen.test", set={"when": "typed"})["policy"]["when"] == "typed"
    desk.do("open", to="c16@pen.test")
    desk.answered("xmpp:c16@pen.test", trigger="typed")
    assert desk.asked("c16@pen.test") == before + 1
    desk.do("policy", set={"when": "typed"})
    desk.do("policy", contact="c24@pen.test", set={"when": "never"})
    before = desk.asked("c24@pen.test")
    desk.do("open", to="c24@pen.test")
    held = desk.send("c24@pen.test", "not asked")
    desk.question(held["message"])
    assert desk.asked("c24@pen.test") == before
    desk.do("command", to="c24@pen.test", text="/pen policy default")
    desk.do("close", to="c24@pen.test")
    desk.do("open", to="c24@pen.test")
    desk.answered("xmpp:c24@pen.test", trigger="typed")
    assert desk.asked("c24@pen.test") == before + 1
    desk.close()


def publish(rig, name, devices):
    async def run():
        client = await Client(rig.box, name).log_in()
        await publish_list(client, devices, "open")
        await client.log_out()
    asyncio.run(run())


def pushed(rig):
    """A pushed list costs no look-up. Its devices publish no keys here, so the message is held, and never sent in
    clear; an emptied list asks before anything leaves."""
    desk = Desk(rig, when="send")
    jid, before = "c20@pen.test", desk.asked("c20@pen.test")

    def is_pushed():
        """A server that has not yet asked alice's client what it wants pushes nothing: published again, then."""
        publish(rig, "c20", [120, 1201])
        return desk.route(jid)["capability"] == "encrypted" and desk.route(jid)["origin"] == "pushed"
    eventually(is_pushed, what=f"a push: {desk.route(jid)}")
    held = desk.send(jid, "never in clear")
    assert held["state"] == "held"
    assert set(desk.question(held["message"])["choices"]) == {"wait", "cancel"}
    for choice in ("plain", "sms", "encrypted"):
        try:
            desk.harness.do("answer", message=held["message"], choice=choice)
        except Failed as failed:
            assert failed.message.endswith("."), failed
        else:
            raise AssertionError(f"{choice} was taken")
    assert desk.asked(jid) == before and not desk.rows("xmpp:" + jid, kind="device-list")
    check_downgrade(rig, desk, jid, held["message"])
    desk.close()


def check_downgrade(rig, desk, jid, message):
    """The list is empty now: a question, and silence until it has its answer."""
    since = desk.harness.mark()

    def is_asked():
        """A push that a server forgets is asked for by publishing again."""
        publish(rig, "c20", [])
        return any(event["event"] == "question" and event["message"] == message
                   for event in desk.harness.events[since:])
    eventually(is_asked, what="a question")
    question = desk.harness.wait("question", since=since, message=message)
    assert set(question["choices"]) == {"wait", "plain", "cancel"}, question
    route = desk.route(jid)
    assert (route["route"], route["capability"]) == ("hold", "absent"), route
    assert any("before" in why for why in route["why"]), route
    assert not any("never in clear" in xml for xml in desk.said())
    desk.harness.do("answer", message=message, choice="cancel")
    desk.status(message, "failed")
    assert not any(">never in clear<" in xml for xml in desk.said())


def silence(rig):
    """A directory that says nothing: could not ask, held, and never an SMS by itself."""
    desk = Desk(rig, *CLOCK, when="send")
    path, number = rig.box["directory"]["control"], "+15551230001"
    control.ask(path, {"do": "mode", "set": {"silent": True}})
    try:
        held = desk.send(number, "no answer")
        desk.said()
        for step_s in (PAST_TIMEOUT_S, SWEEP_S):
            desk.harness.do("clock", advance_s=step_s)
        rows = desk.answered("tel:" + number, kind="directory")
        assert [r["status"] for r in rows] == ["timeout"], rows
        assert set(desk.question(held["message"])["choices"]) == {"wait", "sms", "cancel"}
        route = desk.route(number)
        assert (route["route"], route["capability"]) == ("hold", "unknown"), route
        assert not rig.run("sms", "list") and not any("no answer" in xml for xml in desk.said())
        desk.harness.do("answer", message=held["message"], choice="cancel")
    finally:
        control.ask(path, {"do": "mode", "set": {"silent": False}})
    again = desk.send(number, "with an answer")
    eventually(lambda: desk.route(number)["capability"] == "encrypted", what="an answer of the directory")
    assert again["state"] == "held" and not rig.run("sms", "list")
    desk.close()


def refused(desk, **what):
    try:
        desk.do("policy", **what)
    except Failed as failed:
        assert failed.message.endswith("."), failed
    else:
        raise AssertionError(f"taken: {what}")


def settings(rig):
    """Every number can be set, and what makes no sense is refused with a sentence and changes nothing."""
    desk = Desk(rig, when="send")
    own = {"when": "batch", "pad": True, "slots": 128, "period_s": 600, "fast_slots": 4, "fast_period_s": 60,
           "fresh_s": 4321}
    assert desk.do("policy", set=own)["policy"] == own
    for bad in ({"slots": 100}, {"slots": 0}, {"period_s": 1}, {"fast_slots": 65}, {"fast_period_s": 5},
                {"period_s": 32 * 86400}, {"slots": 64, "period_s": 0}):
        refused(desk, set=bad)
    for change in ({"pad": False}, {"when": "send"}):
        desk.do("policy", set=change)
        refused(desk, set={"when": "batch", "pad": True}, agreed=False)
        assert desk.do("policy")["policy"] == {**own, **change}
        assert desk.do("policy", set=own)["policy"] == own
    refused(desk, set={"slots": 64}, agreed=False)
    assert desk.do("policy", set={"fresh_s": 4321}, agreed=False)["policy"] == own
    refused(desk, contact="c14@pen.test", set={"pad": True})
    refused(desk, contact="c14@pen.test", set={"when": "send", "slots": 64})
    assert desk.do("policy")["policy"] == own
    assert "own settings" in desk.do("command", to="c14@pen.test", text="/pen policy")["lines"][0]
    assert desk.do("policy", set={"when": "never", "pad": False})["policy"] == dict(own, when="never", pad=False)
    desk.close()


def presets(rig):
    """One option of the account names a policy; padding begins only when the user has agreed to it."""
    desk = Desk(rig, when="typed")
    assert desk.do("policy")["policy"]["when"] == "typed"
    for word, when, pad in (("send", "send", False), ("batch", "batch", False), ("never", "never", False),
                            ("padded", "never", True), ("no such word", "send", False)):
        desk.do("settings", set={"when": word})
        policy = desk.do("policy")["policy"]
        assert (policy["when"], policy["pad"]) == (when, pad), (word, policy)
    for choice, when, pad in (("Do not pad, ask when I send", "send", False),
                              ("Pad with strangers' numbers", "batch", True)):
        desk.do("settings", set={"when": "padded"})
        since = desk.harness.mark()
        held = desk.send("c15@pen.test", "not before")
        dialog = desk.harness.wait("request", since=since, title="How people are asked about")
        assert "strangers" in dialog["text"] and "does not hide" in dialog["text"], dialog
        desk.harness.do("answer", message=held["message"], choice="cancel")
        desk.harness.do("respond", request=dialog["request"], choice=choice)
        policy = desk.do("policy")["policy"]
        assert (policy["when"], policy["pad"]) == (when, pad), (choice, policy)
    by_word(desk)
    desk.close()


def by_word(desk):
    """/pen policy padded says what it means; only "yes" switches it on, for the account."""
    desk.do("policy", set={"when": "send", "pad": False})
    desk.do("policy", contact="c15@pen.test", set={"when": "never"})
    said = "\n".join(desk.do("command", to="c15@pen.test", text="/pen policy padded")["lines"])
    assert "strangers" in said and "does not hide" in said and "padded yes" in said, said
    policy = desk.do("policy")["policy"]
    assert (policy["when"], policy["pad"]) == ("send", False), policy
    said = "\n".join(desk.do("command", to="c15@pen.test", text="/pen policy padded yes")["lines"])
    assert "everybody" in said, said
    for contact in ({}, {"contact": "c15@pen.test"}):
        policy = desk.do("policy", **contact)["policy"]
        assert (policy["when"], policy["pad"]) == ("batch", True), policy


if __name__ == "__main__":
    main([outcomes, outcomes_of_numbers, typed, send, never, overrides, pushed, silence, settings, presets],
         servers=("prosody", "ejabberd"))
