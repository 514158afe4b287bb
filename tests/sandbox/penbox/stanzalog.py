# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the server's log of stanzas."""

import json
import pathlib
import time
from xml.etree import ElementTree

POLL_S = 0.02


def read(path):
    """Every whole line of the log as an object."""
    lines = pathlib.Path(path).read_text(encoding="utf-8").split("\n")[:-1]
    return [json.loads(line) for line in lines]


def element(record):
    """The stanza as an ElementTree element; the prefix of stream features is unknown to it otherwise."""
    return ElementTree.fromstring(f"<x xmlns:stream='http://etherx.jabber.org/streams'>{record['xml']}</x>")[0]


def find(path, direction, user, id_):
    """Records of stanzas with this id that the connections of a bare JID carried, in or out."""
    return [r for r in read(path) if r["direction"] == direction and r["user"].partition("/")[0] == user
            and not r.get("nonza") and element(r).get("id") == id_]


def wait(path, direction, user, id_, count=1, seconds=3):
    """As find, once there are COUNT of them: a line may be written just after the client saw the stanza."""
    deadline = time.monotonic() + seconds
    while len(found := find(path, direction, user, id_)) < count and time.monotonic() < deadline:
        time.sleep(POLL_S)
    return found
