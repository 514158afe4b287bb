# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the server's log of stanzas."""

import json
import time
from xml.etree import ElementTree

from .layout import PATIENCE

POLL_S = 0.02


class Tail:
    """A log that is looked at again and again; each of its lines is read once."""

    def __init__(self, path):
        self.path, self.records, self.read_bytes = path, [], 0

    def read(self):
        """Every whole line so far as an object, oldest first."""
        with open(self.path, "rb") as log:
            log.seek(self.read_bytes)
            text = log.read()
        # A line may be half written: it is read the next time, from its begin.
        whole = text[:text.rfind(b"\n") + 1]
        self.records += [json.loads(line) for line in whole.split(b"\n")[:-1]]
        self.read_bytes += len(whole)
        return list(self.records)


def read(path):
    """Every whole line of the log as an object."""
    return Tail(path).read()


def element(record):
    """The stanza as an ElementTree element; the prefix of stream features is unknown to it otherwise."""
    return ElementTree.fromstring(f"<x xmlns:stream='http://etherx.jabber.org/streams'>{record['xml']}</x>")[0]


def find(path, direction, user, id_):
    """Records of stanzas with this id that the connections of a bare JID carried, in or out."""
    return [r for r in read(path) if r["direction"] == direction and r["user"].partition("/")[0] == user
            and not r.get("nonza") and element(r).get("id") == id_]


def wait(path, direction, user, id_, count=1, seconds=10):
    """As find, once there are COUNT of them: a line may be written just after the client saw the stanza."""
    deadline = time.monotonic() + seconds * PATIENCE
    while len(found := find(path, direction, user, id_)) < count and time.monotonic() < deadline:
        time.sleep(POLL_S)
    return found
