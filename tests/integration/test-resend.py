#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is lost and no SMS is paid twice: the connection is cut, or the
program killed, between the server's getting a stanza and its saying so."""

import contextlib
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig as rigs
from rig import eventually
from penbox import control, layout, stanzalog

ALICE = "alice@" + layout.DOMAIN
NUMBER, OTHER_NUMBER = "+15551230088", "+15551230089"
ROUTED_S = 10 * rigs.PATIENCE
PERSON, STRANGER = "c14@" + layout.DOMAIN, "c16@" + layout.DOMAIN


class Session:
    """One process with alice's account behind the proxy."""

    def __init__(self, rig, config=None):
        self.rig, self.harness = rig, rig.harness(config=config)
        self.account = rig.account(self.harness, "alice", through_proxy=True, gateway=layout.SMS)

    def do(self, request, /, **arguments):
        return self.harness.do(request, account=self.account, **arguments)

    def proxy(self, request):
        answer = control.ask(self.rig.box["proxy"]["control"], request)
        assert answer["ok"], answer

    def cut_and_connect(self):
        mark = self.harness.mark()
        self.proxy("cut")
        self.harness.wait("signed-off", since=mark)
        self.do("connect")

    def records(self, stanza):
        return stanzalog.find(self.rig.box["stanza_log"], "in", ALICE, stanza)

    def wait_for_log(self, stanza, count=1):
        found = stanzalog.wait(self.rig.box["stanza_log"], "in", ALICE, stanza, count=count, seconds=10)
        assert len(found) == count, f"{stanza} is {len(found)} times in the log, not {count}"
        return found

    def come_round(self):
        """A question to the server and back: what was sent before it has been seen by the server."""
        row = self.do("lookup", to="bob@" + layout.DOMAIN)["row"]
        self.wait_for_log(row["stanza"])

    def rows(self, stanza):
        return [row for row in self.harness.rows() if row["stanza"] == stanza]

    def texts(self, to):
        return [line["text"] for line in self.do("conversation", to=to)["lines"] if line["system"]]

    def text_by_sms(self, number, text):
        """Sends an SMS; the first to a number has to be allowed."""
        sent = self.do("send", to=number, text=text)
        if sent["state"] == "held":
            self.harness.wait("question", message=sent["message"])
            self.harness.do("answer", message=sent["message"], choice="sms")
        return sent["message"]

    def wait_for_status(self, message, *statuses):
        def found():
            return [e["status"] for e in self.harness.events
                    if e["event"] == "im-status" and e["message"] == message and e["status"] in statuses]
        return eventually(found, what=f"one of {statuses} for {message}")[-1]


def texted(rig, text):
    return [sms for sms in rig.run("sms", "list") if sms["text"] == text]


def check_sms_not_repeated(session, message, text, was_killed=False, came=True):
    """Once at the modem, and the user reads where it stands. A killed process may not have counted its attempt. One that
    the server lost does not come again either: nobody can tell that from one whose receipt was lost."""
    session.wait_for_status(message, "unknown", "accepted")
    session.come_round()
    assert len(texted(session.rig, text)) in ((1,) if came else (0, 1)), texted(session.rig, text)
    assert len(session.records(message)) == 1, session.records(message)

    def agreed():
        """Message and row say the same: a receipt that comes late makes both known."""
        row, = session.rows(message)
        status = session.wait_for_status(message, "unknown", "accepted")
        return (status, row["status"]) in (("unknown", "unknown"), ("accepted", "answered")) and (status, row)
    status, row = eventually(agreed, what=f"the same of message and row: {session.rows(message)}")
    assert row["attempts"] in ((0, 1) if was_killed else (1,)), row
    if status == "unknown":
        assert any("Nobody can tell" in text for text in session.texts(row["address"].removeprefix("tel:")))


def has_come(rig, text):
    """ejabberd that meets the end of a connection drops what it has read of it but not routed yet."""
    with contextlib.suppress(AssertionError):
        eventually(lambda: texted(rig, text), ROUTED_S)
    return bool(texted(rig, text))


def cut_one_off(session, text):
    """Whether it came to the modem."""
    mark = session.harness.mark()
    session.proxy(json.dumps({"do": "cut-on", "text": text}))
    message = session.text_by_sms(NUMBER, text)
    session.harness.wait("signed-off", since=mark)
    came = has_come(session.rig, text)
    session.do("connect")
    check_sms_not_repeated(session, message, text, came=came)
    return came


def test_sms_cut_when_sent(rig):
    session = Session(rig)
    first = session.text_by_sms(NUMBER, "Before the cut")
    session.wait_for_status(first, "accepted")
    came = [cut_one_off(session, f"Paid once {round_}") for round_ in range(3)]
    assert all(came) if rig.server == "prosody" else any(came), came
    session.harness.close()


def test_sms_cut_before_acknowledged(rig):
    session = Session(rig)
    session.wait_for_status(session.text_by_sms(NUMBER, "Acknowledged"), "accepted")
    session.proxy("hold-down")
    message = session.text_by_sms(NUMBER, "Not acknowledged")
    eventually(lambda: texted(rig, "Not acknowledged"), what="the SMS at the modem")
    session.cut_and_connect()
    check_sms_not_repeated(session, message, "Not acknowledged")
    session.harness.close()


def test_message_and_lookup_cut(rig):
    """The message comes again, the same to the byte; the question does not."""
    session = Session(rig)
    session.wait_for_log(session.do("send", to=PERSON, text="First, to know the route")["message"])
    session.proxy("hold-down")
    message = session.do("send", to=PERSON, text="Twice <& \u00e9")["message"]
    lookup = session.do("lookup", to=STRANGER)["row"]["stanza"]
    session.wait_for_log(message)
    session.wait_for_log(lookup)
    session.cut_and_connect()
    first, again = session.wait_for_log(message, count=2)
    assert first["xml"] == again["xml"], (first["xml"], again["xml"])
    session.come_round()
    assert len(session.records(message)) == 2 and len(session.records(lookup)) == 1
    row, = session.rows(message)
    assert row["attempts"] == 2, row
    row, = session.rows(lookup)
    assert (row["attempts"], row["status"]) == (1, "unknown"), row
    session.harness.close()


def test_killed(rig):
    """Another process on the same folder goes on where the killed one was."""
    session = Session(rig)
    acknowledged = session.do("send", to=PERSON, text="Acknowledged")["message"]
    session.wait_for_log(acknowledged)
    session.text_by_sms(NUMBER, "Before the kill")
    held = session.do("send", to=OTHER_NUMBER, text="Held over the kill")
    question = session.harness.wait("question", message=held["message"])
    session.come_round()
    eventually(lambda: texted(rig, "Before the kill"), what="the SMS at the modem")
    session.proxy("hold-down")
    plain = session.do("send", to=PERSON, text="Not acknowledged, then killed")["message"]
    sms = session.text_by_sms(NUMBER, "Handed over, then killed")
    session.wait_for_log(plain)
    eventually(lambda: texted(rig, "Handed over, then killed"), what="the SMS at the modem")
    session.harness.kill()

    after = Session(rig, config=session.harness.config_dir)
    again = after.harness.wait("question", message=held["message"])
    assert (again["text"], again["choices"]) == (question["text"], question["choices"]), (question, again)
    first, second = after.wait_for_log(plain, count=2)
    assert first["xml"] == second["xml"], (first["xml"], second["xml"])
    check_sms_not_repeated(after, sms, "Handed over, then killed", was_killed=True)
    assert sum(row["attempts"] for row in after.rows(plain)) in (1, 2), after.rows(plain)
    assert len(after.records(acknowledged)) == 1 and not after.records(held["message"])
    after.harness.do("answer", message=held["message"], choice="sms")
    eventually(lambda: texted(rig, "Held over the kill"), what="the SMS that was held")
    after.harness.close()


if __name__ == "__main__":
    rigs.main([test_sms_cut_when_sent, test_sms_cut_before_acknowledged, test_message_and_lookup_cut, test_killed],
              servers=("prosody", "ejabberd"))
