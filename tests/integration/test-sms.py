#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""SMS both ways: through sms4you as it is packaged, and through the stand-in
that speaks the Cheogram dialect for what sms4you lacks."""

import importlib
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig as rigs
from rig import eventually
from penbox import control, layout, stanzalog

omemo_ours = importlib.import_module("test-omemo-ours")

ALICE = "alice@" + layout.DOMAIN
TYPED, NUMBER = "+1 (555) 123-0070", "+15551230070"
FROM_MODEM = "15551230070"
INFO = "<query xmlns='http://jabber.org/protocol/disco#info'/>"


class Phone:
    """Alice's account on one gateway, in a process of its own."""

    def __init__(self, rig, gateway, name="alice", **settings):
        self.rig, self.harness = rig, rig.harness()
        self.account = rig.account(self.harness, name, gateway=gateway, region="US", **settings)

    def do(self, request, /, **arguments):
        return self.harness.do(request, account=self.account, **arguments)

    def text(self, to, text):
        """Sends as SMS, answering the question where there is one; the message."""
        sent = self.do("send", to=to, text=text)
        if sent["state"] == "held":
            question = self.harness.wait("question", message=sent["message"])
            assert "sms" in question["choices"], question
            self.harness.do("answer", message=sent["message"], choice="sms")
        return sent["message"]

    def lines(self, to):
        return self.do("conversation", to=to)["lines"]

    def system_text(self, to):
        return "\n".join(line["text"] for line in self.lines(to) if line["system"])

    def wait_for(self, message, status):
        return self.harness.wait("im-status", message=message, status=status)

    def row_of(self, message):
        return next(row for row in self.harness.rows(kind="delivery") if row["stanza"] == message)

    def check_failed(self, to, message, condition, words):
        """The user reads a sentence; message and row say that it failed."""
        event = self.wait_for(message, "failed")
        assert words in event["error"] and event["error"].startswith("The SMS "), event
        assert words in self.system_text(to), self.lines(to)
        mine = [line for line in self.lines(to) if line.get("message") == message]
        assert [line["status"] for line in mine] == ["failed"], mine
        row = eventually(lambda: (found := self.row_of(message))["status"] == "error" and found, what="the row's error")
        assert row["result"] == condition and row["answered_at"], row

    def close(self):
        self.harness.close()


def modem(rig, text):
    return [sms for sms in rig.run("sms", "list") if sms["text"] == text]


def sms4you(rig):
    """The phone on sms4you, shared by the tests of one server."""
    if not hasattr(rig, "sms4you"):
        rig.sms4you = Phone(rig, layout.SMS)
    return rig.sms4you


def test_out(rig):
    phone = sms4you(rig)
    sent = phone.do("send", to=TYPED, text="Supper at eight?")
    question = phone.harness.wait("question", message=sent["message"])
    assert sent["state"] == "held" and "sms" in question["choices"] and "cancel" in question["choices"], question
    assert not modem(rig, "Supper at eight?")
    phone.harness.do("answer", message=sent["message"], choice="sms")
    phone.wait_for(sent["message"], "accepted")
    found = eventually(lambda: modem(rig, "Supper at eight?"), what="the SMS")
    assert [sms["number"] for sms in found] == [NUMBER], found
    again = phone.do("send", to=NUMBER, text="Or nine?")
    assert again["state"] == "sent", again
    eventually(lambda: modem(rig, "Or nine?"), what="the second SMS")
    assert len(modem(rig, "Supper at eight?")) == 1
    row = phone.row_of(sent["message"])
    assert row["address"] == "tel:" + NUMBER and row["attempts"] == 1, row
    assert {"observer": "gateway", "host": layout.SMS} in row["observers"], row


def test_in(rig):
    phone = sms4you(rig)
    for number, text in ((NUMBER, "Nine."), (FROM_MODEM, "Bring wine.")):
        rig.run("sms", "inject", number, text)
        came = phone.harness.wait("im-in", text=text)
        assert (came["from"], came["route"]) == ("tel:" + NUMBER, "sms"), came
    texts = [line["text"] for line in phone.lines(NUMBER)]
    assert [t for t in texts if t in ("Supper at eight?", "Or nine?", "Nine.", "Bring wine.")] == [
        "Supper at eight?", "Or nine?", "Nine.", "Bring wine."], texts
    rig.run("sms", "inject", "12345", "Your code is 1")
    assert phone.harness.wait("im-in", text="Your code is 1")["from"] != "tel:12345"


def test_errors_without_a_body(rig):
    """A receipt came first each time; the error wins."""
    phone = sms4you(rig)
    message = phone.text(NUMBER, "x" * 161)
    phone.check_failed(NUMBER, message, "forbidden", "Message too long.")
    group = "+15551230071,+15551230072"
    message = phone.text(group, "To two")
    phone.check_failed(group, message, "forbidden", "Invalid phone number.")
    assert not modem(rig, "x" * 161) and not modem(rig, "To two")
    rig.run("sms", "fail", "on")
    message = phone.text(NUMBER, "No network")
    phone.wait_for(message, "failed")
    rig.run("sms", "fail", "off")


def test_forbidden_sender(rig):
    phone = Phone(rig, layout.SMS, name="c22")
    message = phone.text(NUMBER, "May I?")
    phone.check_failed(NUMBER, message, "forbidden", "Forbidden, sorry.")
    phone.close()


def test_receipt_before_error(rig):
    """What the wire says: both came, the receipt first."""
    phone = sms4you(rig)
    failed = {e["message"] for e in phone.harness.events if e["event"] == "im-status" and e["status"] == "failed"}

    def both():
        told = {"receipt": set(), "error": set()}
        for record in rig.stanzas():
            if record["direction"] != "out" or record.get("nonza") or not record["user"].startswith(ALICE):
                continue
            stanza = stanzalog.element(record)
            if stanza.tag == "message" and stanza.get("type") == "error":
                told["error"].add(stanza.get("id"))
            for child in stanza.findall("{urn:xmpp:receipts}received"):
                told["receipt"].add(child.get("id"))
        return told["error"] & told["receipt"]
    assert failed
    eventually(lambda: failed <= both(), what=f"{failed} with both")


def answer_of(rig, host):
    """What the server lets a stranger know of HOST."""
    return omemo_ours.with_client(rig, "c24", lambda client: client.ask("get", host, INFO))


def test_gateway_offline(rig):
    phone = sms4you(rig)
    rig.run("stop", "sms4you")
    # A server that has not noticed yet hands the text to nobody, and says nothing of it.
    eventually(lambda: answer_of(rig, layout.SMS).error, what="the server's word that the gateway is gone")
    message = phone.text(NUMBER, "Anybody there?")
    event = phone.wait_for(message, "failed")
    assert event["error"].startswith("The SMS "), event
    assert event["error"].partition("(")[0].strip() in phone.system_text(NUMBER)
    row = eventually(lambda: (found := phone.row_of(message))["status"] == "error" and found, what="the row's error")
    # ejabberd, without connections to other servers, takes the component for one and refuses.
    assert row["result"] == {"prosody": "remote-server-timeout", "ejabberd": "forbidden"}[rig.server], row
    phone.close()


# The Cheogram dialect.

def ask(rig, request):
    answer = control.ask(rig.box["cheogram"]["control"], json.dumps(request))
    assert answer["ok"], answer
    return answer


def cheogram(rig):
    if not hasattr(rig, "cheogram"):
        since = len(rig.stanzas())
        rig.cheogram = Phone(rig, layout.CHEOGRAM)
        # That it has a prompt stands in its answer to our discovery; what it says after that comes after it. libpurple
        # asks for itself too, and earlier: its requests are named after it.
        eventually(lambda: any(is_description(record) for record in rig.stanzas()[since:]), what="what the gateway is")
        ask(rig, {"do": "inject", "from": "+15551230099", "to": ALICE, "text": "Welcome"})
        rig.cheogram.harness.wait("im-in", text="Welcome")
    return rig.cheogram


def is_description(record):
    return (record["direction"] == "out" and record["user"].startswith(ALICE) and "jabber:iq:gateway" in record["xml"]
            and f"from='{layout.CHEOGRAM}'" in record["xml"] and "id='purple" not in record["xml"])


def taken(rig, body):
    return [m for m in ask(rig, {"do": "list"})["messages"] if m["body"] == body]


def test_prompt(rig):
    phone = cheogram(rig)
    message = phone.text(TYPED, "By the prompt")
    found = eventually(lambda: taken(rig, "By the prompt"), what="the text at the gateway")
    assert [m["numbers"] for m in found] == [[NUMBER]] and not found[0]["encrypted"], found
    phone.wait_for(message, "accepted")
    rows = phone.harness.rows(kind="gateway")
    assert [(r["address"], r["status"], r["trigger"]) for r in rows] == [("tel:" + NUMBER, "answered", "send")], rows
    phone.text(NUMBER, "Not asked again")
    eventually(lambda: taken(rig, "Not asked again"), what="the second text")
    assert len(phone.harness.rows(kind="gateway")) == 1


def test_short_code(rig):
    phone = cheogram(rig)
    phone.text("12345", "STOP")
    found = eventually(lambda: taken(rig, "STOP"), what="the text to the short code")
    assert (found[0]["kind"], found[0]["numbers"]) == ("short", ["12345"]), found
    ask(rig, {"do": "inject", "from": "12345", "to": ALICE, "text": "Stopped."})
    phone.harness.wait("im-in", text="Stopped.")
    assert [line["text"] for line in phone.lines("12345") if not line["system"]] == ["STOP", "Stopped."]


def test_group(rig):
    phone = cheogram(rig)
    group = "+15551230081,+15551230082"
    ask(rig, {"do": "inject", "from": "+15551230082", "group": ["+15551230081"], "to": ALICE, "text": "We are here."})
    came = phone.harness.wait("im-in", text="We are here.")
    assert "15551230082" in came["from"] and "15551230081" not in came["from"], came
    line = next(line for line in phone.lines(group) if "We are here." in line["text"])
    assert "15551230082" in line["who"] + line["text"], line
    message = phone.text(group, "On my way")
    found = eventually(lambda: taken(rig, "On my way"), what="the group's text")
    assert (found[0]["kind"], found[0]["numbers"]) == ("group", group.split(",")), found
    phone.wait_for(message, "accepted")


def test_sender_with_a_name(rig):
    phone = cheogram(rig)
    ask(rig, {"do": "inject", "from": "SomeBank", "to": ALICE, "text": "Your balance"})
    came = phone.harness.wait("im-in", text="Your balance")
    assert "SomeBank" in came["from"], came
    reply = phone.harness.ask("send", account=phone.account, to="SomeBank", text="Thanks")
    assert not reply["ok"] or reply["state"] == "held", reply


def test_media(rig):
    phone = cheogram(rig)
    url = "https://media.example/one.jpg"
    ask(rig, {"do": "inject", "from": NUMBER, "to": ALICE, "oob": url})
    phone.harness.wait("im-in", text=url)
    shown = [line["text"] for line in phone.lines(NUMBER) if url in line["text"]]
    assert len(shown) == 1 and shown[0].count(url) == 1, shown


def test_late_error(rig):
    phone = cheogram(rig)
    message = phone.text("+15550000503", "Too late")
    phone.wait_for(message, "accepted")
    phone.check_failed("+15550000503", message, "recipient-unavailable", "could not be reached in time")
    message = phone.text(NUMBER, "Much later")
    phone.wait_for(message, "accepted")
    about = {"from": f"{NUMBER}@{layout.CHEOGRAM}", "to": ALICE + "/pen", "id": message}
    ask(rig, {"do": "error", **about})
    phone.check_failed(NUMBER, message, "recipient-unavailable", "could not be reached in time")
    mark = phone.harness.mark()
    ask(rig, {"do": "receipt", **about})
    ask(rig, {"do": "inject", "from": NUMBER, "to": ALICE, "text": "After the receipt"})
    phone.harness.wait("im-in", since=mark, text="After the receipt")
    assert not [e for e in phone.harness.events[mark:] if e["event"] == "im-status" and e["message"] == message]


def test_error_of_a_stranger(rig):
    """A receipt or error from elsewhere says nothing about an SMS."""
    phone = cheogram(rig)
    message = phone.text(NUMBER, "Whose error?")
    phone.wait_for(message, "accepted")
    other = rig.account(phone.harness, "bob", protocol="prpl-jabber")
    phone.harness.do("raw", account=other, xml=f"<message type='error' id='{message}' to='{ALICE}/pen'><error type="
                     "'cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
    mark = phone.harness.mark()
    phone.harness.do("send", account=other, to=ALICE, text="Did it work?")
    phone.harness.wait("im-in", since=mark, account=phone.account, text="Did it work?")
    assert not [e for e in phone.harness.events if e["event"] == "im-status" and e["message"] == message
                and e["status"] == "failed"]
    phone.harness.do("disconnect", account=other)


def test_delivery_report(rig):
    """A report that was not asked for says "delivered"; where a receipt was, the two look the same."""
    phone = cheogram(rig)
    message = phone.text("+15550000200", "Taken?")
    phone.wait_for(message, "accepted")
    other = Phone(rig, layout.CHEOGRAM, name="bob", receipts=False)
    message = other.text("+15550000200", "Delivered?")
    other.wait_for(message, "delivered")
    row = eventually(lambda: (found := other.row_of(message))["result"] == "delivered" and found, what="the report")
    assert row["status"] == "answered", row
    other.close()


def test_gone(rig):
    """The gateway knows a better address for the number: the message failed, and the next one goes there."""
    phone = cheogram(rig)
    number = "+15551230079"
    message = phone.text(number, "Where are you?")
    phone.wait_for(message, "accepted")
    ask(rig, {"do": "raw", "xml": f"<message type='error' from='{number}@{layout.CHEOGRAM}' to='{ALICE}/pen' "
              f"id='{message}'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>"
              f"{number}@{layout.CHEOGRAM}</gone></error></message>"})
    phone.check_failed(number, message, "gone", "another address for this number")
    phone.text(number, "Found you")
    found = eventually(lambda: taken(rig, "Found you"), what="the text to the new address")
    assert found[0]["numbers"] == [number], found
    phone.close()


if __name__ == "__main__":
    rigs.main([test_out, test_in, test_errors_without_a_body, test_receipt_before_error, test_forbidden_sender,
               test_gateway_offline, test_prompt, test_short_code, test_group, test_sender_with_a_name, test_media,
               test_late_error, test_error_of_a_stranger, test_delivery_report, test_gone],
              servers=("prosody", "ejabberd"))
