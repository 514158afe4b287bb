# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the trap list have in common: one of ours, their friend
with another implementation, an attacker with the same, messages that are
sealed and not sent, ways to change them, and what may not change of it all:
devices, identities, trust, sessions, and the lines in the debug log."""

import base64
import contextlib
import os
import re
import secrets
import sqlite3
from xml.etree import ElementTree

from oldmemo_peer import Peer, etree
from omemo_pair import Talk, omemo_ours
from rig import Crowd, eventually
from penbox.client import PUBSUB
import ratchet

NODE = omemo_ours.NODE
NS = f"{{{NODE}}}"
TABLES = ("omemo_device", "omemo_session")
# A warning of ours begins its line so; what the sender's JIDs are is no part of it.
LINE = re.compile(r"^penregister: (.*)$", re.M)
EVENT = "http://jabber.org/protocol/pubsub#event"
PREKEY_FIELD, BASE_FIELD, IDENTITY_FIELD, INNER_FIELD = 1, 2, 3, 4


class Trap(Talk):
    """A Talk with somebody who encrypts both ways, and MALLORY, whom we do not know."""

    def __init__(self, rig):
        self.crowd = Crowd()
        super().__init__(rig, lambda items: Peer(items.crowd, rig.box, items.their_name).start(), friends=True)
        self.mallory_name, self.spare_name = next(rig.pairs)
        self.mallory = Peer(self.crowd, rig.box, self.mallory_name).start()
        self.say("hello")
        self.answer("hello-back")
        self.say("settled")

    # What may not change

    def kept(self, apart=None):
        """All that the store has about devices and sessions, those of the JID APART excepted."""
        path = os.path.join(self.ours.harness.config_dir, "penregister", "penregister.db")
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
            return {table: [row for row in store.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3") if row[1] != apart]
                    for table in TABLES}

    def warnings(self):
        return LINE.findall(self.ours.debug_log())

    def send_raw(self, *stanzas, peer=None):
        peer = peer or self.theirs

        async def send():
            for stanza in stanzas:
                peer.client.send_raw(stanza)
        self.crowd.run(send())

    def settle(self, *peers):
        """What came before has been worked off, and is durable: a receipt of something in clear leaves behind it."""
        for peer in (*peers, self.theirs):
            marker = "marker-" + secrets.token_hex(4)
            self.send_raw(f"<message to='{self.us}/pen' type='chat' id='{marker}'><body>{marker}</body>"
                          "<request xmlns='urn:xmpp:receipts'/></message>", peer=peer)
            self.ours.harness.wait("im-in", text=marker)
        eventually(lambda: f"id='{marker}'" in "".join(self.ours.stanzas(self.them, "message")), what="a receipt")

    @contextlib.contextmanager
    def unchanged(self, lines, *peers, about="", apart=None):
        """Devices and sessions stay as they are, those of the JID APART excepted, and the log has LINES lines more that
        hold ABOUT."""
        self.settle(*peers)
        before, log = self.kept(apart), len(self.warnings())
        yield
        self.settle(*peers)
        new = [line for line in self.warnings()[log:] if about in line]
        assert len(new) == lines, f"{len(new)} lines, not {lines}: {new}"
        assert self.kept(apart) == before, "what is kept of devices and sessions changed"

    def refused(self, *stanzas, peer=None, lines=None, about=""):
        """Each of STANZAS is one line in the log, shows nothing and changes nothing."""
        said = self.said_by(peer)
        with self.unchanged(len(stanzas) if lines is None else lines, *filter(None, [peer]), about=about):
            self.send_raw(*stanzas, peer=peer)
        assert self.said_by(peer) == said, "something was shown"

    def said_by(self, peer=None):
        jid = (peer or self.theirs).jid
        return [line["text"] for line in self.ours.lines(jid)
                if not line["system"] and not line["text"].startswith("marker-")]

    # Messages

    def sealed(self, label, peer=None, anew=False):
        """(text, stanza) of a message to us that has not left; ANEW: one that begins a session."""
        peer, text = peer or self.theirs, self.word(label)
        if anew:
            self.crowd.run(forget(peer, self.us))
        peer.hold()
        peer.say(self.us, text)
        stanza, = peer.held
        peer.held = None
        return text, stanza

    def shown(self, text, peer=None):
        """Shown once, and as encrypted."""
        assert self.ours.shown((peer or self.theirs).jid, text)["route"] == "encrypted"


async def forget(peer, jid):
    """Not while it opens something: that would bring the session back."""
    async with peer.lock:
        peer.forget_session(jid)


def seal_element(message):
    return etree.serialize_message(message)


def changed(stanza, change):
    """STANZA after CHANGE (its <encrypted>)."""
    root = ElementTree.fromstring(stanza)
    change(root.find(f"{NS}encrypted"))
    return ElementTree.tostring(root, encoding="unicode")


def header(encrypted):
    return encrypted.find(f"{NS}header")


def our_key(encrypted, device):
    return next(key for key in header(encrypted) if key.get("rid") == str(device))


def with_key(stanza, device, change):
    """The bytes of the key for DEVICE become what CHANGE makes of them."""
    def work(encrypted):
        key = our_key(encrypted, device)
        key.text = base64.b64encode(change(base64.b64decode(key.text))).decode()
    return changed(stanza, work)


def with_sender(stanza, device):
    return changed(stanza, lambda encrypted: header(encrypted).set("sid", str(device)))


def pack_number(number):
    packed = bytearray()
    while number >= 0x80:
        packed.append(number & 0x7f | 0x80)
        number >>= 7
    return bytes(packed) + bytes([number])


def pack(fields):
    packed = b""
    for number, value in fields.items():
        if isinstance(value, bytes):
            packed += pack_number(number << 3 | ratchet.BYTES) + pack_number(len(value)) + value
        else:
            packed += pack_number(number << 3) + pack_number(value)
    return packed


def with_fields(data, **changes):
    """A message that begins a session with other fields outside of what is signed; None takes one away."""
    fields = ratchet.fields(data[1:])
    names = {"prekey": PREKEY_FIELD, "base": BASE_FIELD, "identity": IDENTITY_FIELD, "inner": INNER_FIELD}
    for name, value in changes.items():
        if value is None:
            del fields[names[name]]
        else:
            fields[names[name]] = value
    return data[:1] + pack(fields)


def inner_of(data):
    return ratchet.fields(data[1:])[INNER_FIELD]


def flipped(data, place=-1):
    data = bytearray(data)
    data[place] ^= 1
    return bytes(data)


# Lists and bundles

def device_list(ids, namespace=NODE):
    return f"<list xmlns='{namespace}'>" + "".join(f"<device id='{id_}'/>" for id_ in ids) + "</list>"


def event(from_, to, payload):
    return (f"<message from='{from_}' to='{to}' type='headline'><event xmlns='{EVENT}'>"
            f"<items node='{NODE}.devicelist'><item id='current'>{payload}</item></items></event></message>")


def publish(rig, name, node, payload):
    """As another client of NAME's does."""
    async def work(client):
        fields = "".join(f"<field var='{var}'><value>{value}</value></field>" for var, value in (
            ("FORM_TYPE", PUBSUB + "#publish-options"), ("pubsub#access_model", "open")))
        answer = await client.ask("set", None, (
            f"<pubsub xmlns='{PUBSUB}'><publish node='{NODE}.{node}'><item id='current'>{payload}</item></publish>"
            f"<publish-options><x xmlns='jabber:x:data' type='submit'>{fields}</x></publish-options></pubsub>"))
        assert answer.ok, str(answer)
    omemo_ours.with_client(rig, name, work)


def trap_of(rig):
    """The one of this rig; the tests share it."""
    if not hasattr(rig, "trap"):
        rig.trap = Trap(rig)
    return rig.trap


def nothing_leaked(rig):
    """Nothing that was said in these tests stands in clear anywhere; and it still goes both ways."""
    items = trap_of(rig)
    items.answer("afterwards")
    items.say("afterwards-too")
    items.check()
    items.mallory.close()
    items.close()
