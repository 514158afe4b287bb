#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Malformed lists, bundles and encrypted messages through a real server: each
is a line in the debug log, and changes no trust, no session and no route. What
cannot be read is not confirmed. Arguments: the servers to run on."""

import importlib
import os
import re
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from omemo_pair import omemo_ours
from rig import eventually, main
from penbox.client import PUBSUB

more = importlib.import_module("test-omemo-more")
GHOST = 4242
TABLES = ("omemo_device", "omemo_session")


def encrypted(sid, keys, payload="<payload>AAAA</payload>", iv="<iv>AAAAAAAAAAAAAAAA</iv>"):
    return (f"<encrypted xmlns='{omemo_ours.NODE}'><header sid='{sid}'>{keys}{iv}</header>{payload}</encrypted>")


def say_raw(items, *children):
    """Messages of another client of theirs, each wanting a receipt and one more in clear at the end; their ids."""
    ids = [f"raw-{number}" for number in range(len(children))]
    marker = items.word("marker")

    async def work(client):
        for id_, child in zip(ids, children):
            client.send_raw(f"<message to='{items.us}' type='chat' id='{id_}'>{child}"
                            f"<request xmlns='urn:xmpp:receipts'/><store xmlns='urn:xmpp:hints'/></message>")
        client.message(items.us, marker, inner="<request xmlns='urn:xmpp:receipts'/>", id_=marker)
    omemo_ours.with_client(items.rig, items.their_name, work)
    items.texts.remove(marker)
    items.ours.harness.wait("im-in", text=marker)
    eventually(lambda: marker in receipts(items), what="the receipt of what is in clear")
    return ids


def receipts(items):
    """Ids of their messages that we confirmed."""
    return [re.search(r"<received[^>]*\bid='([^']+)'", xml)[1]
            for xml in items.ours.stanzas(items.them, "message") if "<received" in xml]


@more.friend()
def no_receipt(items):
    """What could not be read is said, and not confirmed; what could is."""
    more.greet(items)
    key = f"<key rid='{items.own_device}'>MwohBQAA</key>"
    ids = say_raw(items, encrypted(items.theirs.number, key), encrypted(items.theirs.number, "<key rid='7'>AAAA</key>"))
    assert items.system("is not shown") or items.system(more.BROKEN), items.ours.lines(items.them)
    assert items.system("not encrypted for this device"), items.ours.lines(items.them)
    assert not set(ids) & set(receipts(items)), receipts(items)


@more.friend()
def in_clear(items):
    """What comes in clear from somebody who encrypts is marked: once, and again after one that was encrypted."""
    mark = "was not encrypted"
    more.greet(items)
    assert not items.system(mark), items.ours.lines(items.them)
    for _ in range(2):
        say_raw(items)
    assert len(items.system(mark)) == 1, items.ours.lines(items.them)
    items.answer("encrypted-again")
    say_raw(items)
    lines = items.ours.lines(items.them)
    assert len(items.system(mark)) == 2 and lines[-2]["system"] and mark in lines[-2]["text"], lines


def kept(side):
    """All that the store has about devices and sessions, once the process has ended."""
    with sqlite3.connect(f"file:{more.store_of(side)}?mode=ro", uri=True) as store:
        return {table: store.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in TABLES}


def header(inner):
    return f"<encrypted xmlns='{omemo_ours.NODE}'><header {inner}</encrypted>"


def malformed(items):
    """Encrypted messages that nobody may take for one, a way to be wrong each."""
    sid, key = items.theirs.number, f"<key rid='{items.own_device}'>MwohBQAA</key>"
    return [header("/>"), header(f"sid='0'>{key}</header>"), header(f"sid='-1'>{key}</header>"),
            header(f"sid='2147483648'>{key}</header>"), header(f"sid='x'>{key}</header>"),
            encrypted(sid, key, iv=""), encrypted(sid, key, iv="<iv>AAAA</iv>"), encrypted(sid, key, iv="<iv>*</iv>"),
            encrypted(sid, key, iv="<iv>AAAAAAAAAAAAAAAA</iv>" * 2), encrypted(sid, key, payload="<payload>A</payload>"),
            encrypted(sid, key, payload="<payload>AAAA</payload>" * 2),
            f"<encrypted xmlns='{omemo_ours.NODE}'/>"]


@more.friend()
def malformed_messages(items):
    """One line in the debug log each, no receipt, no change in the store."""
    more.greet(items)
    items.ours.harness.close()
    before = kept(items.ours)
    more.restart(items)
    wrong = malformed(items)
    ids = say_raw(items, *wrong)
    lines = items.ours.debug_log().count("a malformed encrypted message")
    assert lines == len(wrong), f"{lines} lines for {len(wrong)} messages"
    assert not set(ids) & set(receipts(items)), receipts(items)
    items.ours.harness.close()
    assert kept(items.ours) == before
    more.restart(items)
    items.answer("afterwards")


def publish_raw(items, node, payload):
    async def work(client):
        fields = "".join(f"<field var='{name}'><value>{value}</value></field>" for name, value in (
            ("FORM_TYPE", PUBSUB + "#publish-options"), ("pubsub#access_model", "open")))
        answer = await client.ask("set", None, (
            f"<pubsub xmlns='{PUBSUB}'><publish node='{omemo_ours.NODE}.{node}'><item id='current'>{payload}</item>"
            f"</publish><publish-options><x xmlns='jabber:x:data' type='submit'>{fields}</x></publish-options></pubsub>"))
        assert answer.ok, str(answer)
    omemo_ours.with_client(items.rig, items.their_name, work)


@more.friend()
def malformed_keys(items):
    """A list that is none, and bundles that are none: a line each; what was known stays."""
    more.greet(items)
    known, log = items.ours.devices(items.them), items.ours.debug_log
    publish_raw(items, "devicelist", "<list xmlns='urn:example:other'><device id='7'/></list>")
    eventually(lambda: log().count("the device list of " + items.them) == 1, what="a line about the list")
    assert items.ours.devices(items.them) == known
    assert items.ours.do("route", to=items.them)["route"] == "encrypted"
    ghosts_of = [GHOST, GHOST + 1]
    for number, inner in zip(ghosts_of, ("", "<identityKey>AAAA</identityKey>")):
        publish_raw(items, f"bundles:{number}", f"<bundle xmlns='{omemo_ours.NODE}'>{inner}</bundle>")
    omemo_ours.publish(items.rig, items.their_name, [items.theirs.number, *ghosts_of])
    items.ours.harness.wait("devices", to="xmpp:" + items.them, added=ghosts_of)
    xml = items.say("without-them")
    assert set(omemo_ours.keys(xml)) == {items.theirs.number}, xml
    for number in ghosts_of:
        assert log().count(f"no session with {items.them}, device {number}:") == 1, number
    assert items.ours.devices(items.them)[items.theirs.number] == known[items.theirs.number]


if __name__ == "__main__":
    main([no_receipt, in_clear, malformed_messages, malformed_keys], servers=sys.argv[1:] or ("prosody",))
