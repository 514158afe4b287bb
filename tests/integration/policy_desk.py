# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A harness with alice signed on, for the tests of the look-up policy, and what the server and the ledger say of her."""

from rig import eventually

CLOCK = ("--virtual-clock", "2026-01-31T12:00:00Z")
DEVICE_LIST = "eu.siacs.conversations.axolotl.devicelist"
FRESH_MINUTES = 60
SEEDED = {}


def contacts(rig):
    if rig.sandbox_dir not in SEEDED:
        SEEDED[rig.sandbox_dir] = rig.run("seed")
    return SEEDED[rig.sandbox_dir]


class Desk:
    """A harness with alice signed on."""

    def __init__(self, rig, *options, **settings):
        contacts(rig)
        self.rig = rig
        self.harness = rig.harness(*options)
        self.alice = rig.account(self.harness, "alice", gateway="sms.pen.test", directory="directory.pen.test",
                                 fresh_minutes=FRESH_MINUTES, **settings)
        # A clock that runs ahead would time out what is asked while keys are published.
        self.harness.until_keys(self.alice)

    def do(self, name, **arguments):
        return self.harness.do(name, account=self.alice, **arguments)

    def send(self, to, text):
        return self.do("send", to=to, text=text)

    def said(self):
        """What alice's client sent to the server, all of it."""
        self.rig.until_received(self.harness, self.alice)
        return [r["xml"] for r in self.rig.stanzas()
                if r["direction"] == "in" and r["user"].startswith("alice@") and not r.get("nonza")]

    def asked(self, jid):
        """How often alice's client has asked for the device list of JID, in this sandbox."""
        return sum(DEVICE_LIST in xml and "<items" in xml and f"'{jid}'" in xml for xml in self.said())

    def rows(self, address, **filters):
        """What was to be asked: a list that changed by itself is a row too, but no question."""
        return [row for row in self.harness.rows(address=address, **filters) if row["rule"] != "list-changed"]

    def questions(self, address, **filters):
        """What was asked in fact: what the policy put off or withheld has made no attempt."""
        return [row for row in self.rows(address, **filters) if row["attempts"]]

    def put_off(self, address, **filters):
        """The wishes that were not granted, by trigger and rule."""
        return [(row["trigger"], row["rule"]) for row in self.rows(address, status="withheld", **filters)]

    def answered(self, address, **filters):
        """The questions about ADDRESS once the newest has its end."""
        def rows():
            found = self.questions(address, **filters)
            return found if found and found[-1]["status"] not in ("recorded", "sent") else None
        return eventually(rows, what=f"an answer about {address}")

    def route(self, to):
        return self.do("route", to=to)

    def question(self, message):
        return self.harness.wait("question", message=message)

    def status(self, message, status):
        return self.harness.wait("im-status", message=message, status=status)

    def close(self):
        assert self.harness.close() == 0
