#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests with Profanity stand on: two of them talk encrypted through
the sandbox, and the check for leaks sees what leaks."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from profanity import NODE, Profanity, check_no_leak, leaked
from rig import eventually, main
from penbox import layout

ALICE, BOB = "alice@" + layout.DOMAIN, "bob@" + layout.DOMAIN
PING, PONG = "ping-alice-to-bob", "pong-bob-to-alice"
IN_CLEAR = "said-in-clear"


def test_base(rig):
    """A message each way between two Profanities."""
    with contextlib.ExitStack() as stack:
        alice, bob = [stack.enter_context(contextlib.closing(
            Profanity(rig.box, name, os.path.join(rig.dir, name)))) for name in ("alice", "bob")]
        for client in (alice, bob):
            client.sign_on()
            client.make_keys()
        for client in (alice, bob):
            client.published()
        try:
            talk(alice, bob)
        finally:
            check_no_leak(rig, alice, bob, PING, PONG)
        counts = [len(client.sent_encrypted()) for client in (alice, bob)]
        print(f"# encrypted messages sent: {counts}")
        assert counts == [1, 1], counts


def talk(alice, bob):
    alice.open(BOB)
    alice.type(PING)
    # Bob's first bundle is that of his start; after a pre-key message he publishes another.
    bob.logged(f'SENT: <iq.*publish node="{NODE}.bundles', count=2)
    bob.shows(ALICE, PING)
    bob.can_answer(ALICE)
    bob.type("/win 2")
    bob.type(PONG)
    alice.shows(BOB, PONG)


def test_leak_check(rig):
    """What is said without encryption is found, in the client's log and in the server's."""
    clear = Profanity(rig.box, "c01", os.path.join(rig.dir, "c01"), policy="manual")
    with contextlib.closing(clear):
        clear.logged("logged in successfully")
        clear.type("/msg " + BOB)
        clear.type(IN_CLEAR)
        eventually(lambda: clear.leaks(IN_CLEAR), what="a leak in the client's log")
        eventually(lambda: leaked(rig, IN_CLEAR), what="a leak in the server's log")
        try:
            check_no_leak(rig, clear, IN_CLEAR)
        except AssertionError:
            return
        raise AssertionError("the check for leaks saw nothing")


if __name__ == "__main__":
    main([test_base, test_leak_check], up=("--profanity",))
