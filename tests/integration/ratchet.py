# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what the keys of OMEMO messages show without any secret: which chain
each is of, and its number in it. A number that was given out twice would mean
two texts under one key."""

import base64
import collections

from penbox import stanzalog

NS = "{eu.siacs.conversations.axolotl}"
VERSION = 0x33
MAC_BYTES = 8
VARINT, BYTES = 0, 2
# Fields of the two kinds of message.
RATCHET_KEY, COUNTER = 1, 2
BASE_KEY, INNER = 2, 4

Key = collections.namedtuple("Key", "sid rid is_prekey ratchet counter base data")


def varint(data, place):
    """A number of seven bits a byte, the least first; it and the place behind it."""
    number = shift = 0
    while True:
        byte = data[place]
        number |= (byte & 0x7f) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return number, place


def fields(data):
    """Field -> value of a protobuf message; only numbers and byte strings occur here."""
    found, place = {}, 0
    while place < len(data):
        tag, place = varint(data, place)
        value, place = varint(data, place)
        if tag & 7 == BYTES:
            assert place + value <= len(data), "a field that is longer than its message"
            value, place = data[place:place + value], place + value
        else:
            assert tag & 7 == VARINT, f"a field of kind {tag & 7}"
        found[tag >> 3] = value
    return found


def read_key(sid, element):
    """One <key/>: by what the bytes say, not by its attribute."""
    data = base64.b64decode(element.text, validate=True)
    assert data[0] == VERSION, data.hex()
    is_prekey, base, inner = data[1] != (RATCHET_KEY << 3 | BYTES), None, data
    if is_prekey:
        outer = fields(data[1:])
        base, inner = outer[BASE_KEY], outer[INNER]
        assert inner[0] == VERSION, inner.hex()
    message = fields(inner[1:-MAC_BYTES])
    return Key(sid, int(element.get("rid")), is_prekey, message[RATCHET_KEY], message[COUNTER], base, data)


def read(stanza):
    """The keys of a message (an element), or none if it is not encrypted."""
    encrypted = stanza.find(f"{NS}encrypted")
    if encrypted is None:
        return []
    header = encrypted.find(f"{NS}header")
    return [read_key(int(header.get("sid")), key) for key in header.findall(f"{NS}key")]


def encrypted_in(records):
    """(bare JID of the sender, record, element) of each encrypted message that a client sent."""
    for record in records:
        if record["direction"] != "in" or record.get("nonza") or "<encrypted" not in record["xml"]:
            continue
        element = stanzalog.element(record)
        if element.tag.rpartition("}")[2] == "message":
            yield record["user"].partition("/")[0], record, element


def check(records):
    """Each key of each chain stands in one stanza only, which may have come more than once, the same to the byte;
    how many keys there were."""
    used = collections.defaultdict(set)
    for sender, record, element in encrypted_in(records):
        for key in read(element):
            used[sender, key.sid, key.rid, key.ratchet, key.counter].add((element.get("id"), key.data, record["xml"]))
    twice = {place: stanzas for place, stanzas in used.items() if len(stanzas) != 1}
    assert not twice, f"keys of a ratchet that were used twice: {twice}"
    return len(used)


def check_same(records):
    """What has the same sender and id is the same to the byte; (sender, id) -> how often it was sent."""
    texts, counts = {}, collections.Counter()
    for sender, record, element in encrypted_in(records):
        place = sender, element.get("id")
        assert texts.setdefault(place, record["xml"]) == record["xml"], (texts[place], record["xml"])
        counts[place] += 1
    return counts


def sample(counter, cipher, id_):
    """A record as the server writes it, of a message with one made-up key."""
    inner = bytes([VERSION, 0x0a, 33, 5]) + bytes(32) + bytes([0x10, counter, 0x18, 0, 0x22, 1, cipher]) + bytes(8)
    outer = bytes([VERSION, 0x08, 7, 0x12, 33, 5]) + bytes(32) + bytes([0x1a, 1, 0, 0x22, len(inner)]) + inner
    text = base64.b64encode(outer).decode()
    xml = (f"<message id='{id_}'><encrypted xmlns='{NS[1:-1]}'><header sid='1'><key prekey='true' rid='2'>{text}</key>"
           "</header></encrypted></message>")
    return {"direction": "in", "user": "a@b/c", "xml": xml}


def finds(records):
    try:
        check(records)
    except AssertionError:
        return True
    return False


def self_check(_):
    """The check itself: sees a key that is used twice, and lets the same stanza come again."""
    key = read(stanzalog.element(sample(3, 1, "m")))[0]
    assert (key.sid, key.rid, key.is_prekey, key.counter, len(key.ratchet), len(key.base)) == (1, 2, True, 3, 33, 33), key
    assert check([sample(3, 1, "m"), sample(4, 2, "n"), sample(3, 1, "m")]) == 2
    assert finds([sample(3, 1, "m"), sample(3, 2, "m")])
    assert finds([sample(3, 1, "m"), sample(3, 1, "n")])
