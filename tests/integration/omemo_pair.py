# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two accounts of a sandbox, the plugin on one side and another program on the
other: what was said, and the check at the end that nothing of it stands in
clear in the server's log, in libpurple's logs, or in the debug log."""

import contextlib
import functools
import importlib
import secrets

from profanity import leaked
from rig import eventually
from penbox import layout

omemo_ours = importlib.import_module("test-omemo-ours")
NAMES = [("alice", "bob"), *zip(layout.CONTACTS[0::2], layout.CONTACTS[1::2])]


class Talk:
    """Two accounts of RIG that no test had before. The other program has say(), shows() and close(); MORE is how ours
    starts."""

    def __init__(self, rig, peer, friends, **more):
        self.rig, self.texts = rig, []
        if not hasattr(rig, "pairs"):
            rig.pairs = iter(NAMES)
        self.our_name, self.their_name = next(rig.pairs)
        self.us, self.them = (rig.box["accounts"][name]["jid"] for name in (self.our_name, self.their_name))
        if friends:
            omemo_ours.befriend(rig, self.our_name, self.their_name)
        self.ours = omemo_ours.Ours(rig, self.our_name, **more)
        self.own_device = eventually(lambda: omemo_ours.listed(rig, self.us), what=f"a device of {self.us}")[0]
        self.ours.harness.until_keys(self.ours.account)  # without them a message is asked about, and goes later
        self.theirs = peer(self)

    def word(self, label, text=""):
        """A text that no other message has: the word is looked for where it must not be."""
        word = f"{label}-{secrets.token_hex(4)}"
        self.texts.append(word)
        return f"{word}{text}"

    def say(self, label, text=""):
        """From us to them, read there; the stanza."""
        said = self.word(label, text)
        xml = self.ours.send(self.them, said)
        assert self.theirs.shows(self.us, said) == 1
        assert self.ours.shown(self.them, said)["route"] == "encrypted"
        omemo_ours.check_wire(xml)
        return xml

    def answer(self, label, text=""):
        """From them to us."""
        said = self.word(label, text)
        self.theirs.say(self.us, said)
        assert self.ours.shown(self.them, said)["route"] == "encrypted"

    def said(self):
        """What stands in our conversation of all that was said, in its order."""
        return [line["text"] for line in self.ours.lines(self.them) if not line["system"]]

    def system(self, words):
        return [line["text"] for line in self.ours.lines(self.them) if line["system"] and words in line["text"]]

    def transports(self):
        """Encrypted messages of ours without text."""
        return [xml for xml in self.ours.stanzas(self.them, "message") if "<encrypted" in xml and "<payload" not in xml]

    def bundles(self):
        return list(self.ours.requests(self.them).values()).count("bundle")

    def check(self):
        found = leaked(self.rig, *self.texts) if self.texts else []
        assert not found, f"in clear: {found}"
        for place, text in (("logs", self.ours.written()), ("the debug log", self.ours.debug_log())):
            found = [word for word in self.texts if word in text]
            assert not found, f"in clear in {place}: {found}"
        omemo_ours.check_ledger(self.ours, self.them)

    def close(self):
        self.theirs.close()
        self.ours.harness.close()


def talk(peer, friends=False, **more):
    """A test whose first argument is a Talk, with what PEER returns on the other side; the check for leaks overrides
    what it says."""
    def decorate(test):
        @functools.wraps(test)
        def run(rig):
            with contextlib.closing(Talk(rig, peer, friends, **more)) as items:
                try:
                    test(items)
                finally:
                    items.check()
        return run
    return decorate
