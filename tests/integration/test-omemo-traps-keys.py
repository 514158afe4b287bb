#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of the trap list (docs/omemo.md 7) about device lists, bundles and answers:
what is malformed is one line in the debug log, changes no trust and no session,
and takes nobody's protection away. The table is in test-omemo-traps.py.
Arguments: the servers to run on."""

import asyncio
import base64
import copy
import importlib
import os
import pathlib
import sys
from xml.etree import ElementTree

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import trap_desk
from trap_desk import NODE, NS, device_list, event, omemo_ours, publish, trap_of
from rig import eventually, main
from penbox import layout
from penbox.client import PUBSUB, get_list

bad_input = importlib.import_module("test-bad-input")

SERVICE = "directory.pen.test"
SERVICE_NAME = "directory"
FIRST = 9001
LIST_MAX, TRIES_MAX = 100, 3
SIGNATURE_BYTES, ID_CHARACTERS = 64, 16


class Silent(slixmpp.ComponentXMPP):
    """In the place of the directory: answers nothing, and says what it is told to."""

    def __init__(self, rig):
        secret = pathlib.Path(rig.sandbox_dir, SERVICE_NAME + ".secret").read_text(encoding="utf-8").strip()
        super().__init__(SERVICE, secret, "127.0.0.1", bad_input.component_port(rig))
        self.register_handler(Callback("silence", MatchXPath("{jabber:component:accept}iq"), lambda stanza: None))


def silent(items):
    if not hasattr(items, "silent"):
        async def come():
            component = Silent(items.rig)
            begun = asyncio.get_running_loop().create_future()
            component.add_event_handler("session_start", lambda e: begun.set_result(True))
            component.connect()
            await asyncio.wait_for(begun, layout.ANSWER_WAIT_S)
            return component
        items.rig.run("stop", SERVICE_NAME)
        items.silent = items.crowd.run(come())
    return items.silent


def service_says(items, *stanzas):
    """After that something that is shown, so that all before was worked off."""
    component, marker = silent(items), items.word("service")
    items.texts.remove(marker)

    async def say():
        for stanza in stanzas:
            component.send_raw(stanza)
        component.send_raw(f"<message from='mark@{SERVICE}' to='{items.us}/pen' type='chat'>"
                           f"<body>{marker}</body></message>")
    items.crowd.run(say())
    items.ours.harness.wait("im-in", text=marker)


def pushed(items, from_, *payloads):
    service_says(items, *(event(from_, items.us + "/pen", payload) for payload in payloads))


def capability(items, jid):
    return items.ours.do("route", to=jid)["capability"]


def trap_01_numbers_in_lists(rig):
    """A pushed list of which no number can be read is no empty list."""
    items, jid = trap_of(rig), "numbers@" + SERVICE
    items.ours.do("route", to=jid)
    pushed(items, jid, device_list([FIRST]))
    assert capability(items, jid) == "encrypted"
    with items.unchanged(2, about="the device list of " + jid):
        pushed(items, jid, device_list(("0", "-1", "+1", "01", "x", "2147483648", "")),
               device_list([1], "urn:xmpp:omemo:2"))
    assert capability(items, jid) == "encrypted"


def pending(items, to):
    """Asks about TO, who does not answer; (row, id of the request)."""
    row = items.ours.do("lookup", to=to)["row"]["row"]
    eventually(lambda: status(items, row) == "sent", what="the question on its way")
    return row, row_of(items, row)["stanza"]


def row_of(items, row):
    return next(found for found in items.ours.harness.rows() if found["row"] == row)


def status(items, row):
    return row_of(items, row)["status"]


def result(from_, items, id_):
    return (f"<iq type='result' from='{from_}' to='{items.us}/pen' id='{id_}'><pubsub xmlns='{PUBSUB}'>"
            f"<items node='{NODE}.devicelist'><item id='current'>{device_list([FIRST])}</item></items></pubsub></iq>")


def trap_03_wrong_answer(rig):
    """An answer counts from the bare JID that was asked, and no id is like another."""
    items, jid = trap_of(rig), "juliet@" + SERVICE
    silent(items)
    (row, id_), (_, other) = pending(items, jid), pending(items, "romeo@" + SERVICE)
    assert len(id_) >= ID_CHARACTERS and not os.path.commonprefix([id_, other])[ID_CHARACTERS // 2:], (id_, other)
    with items.unchanged(3, items.mallory, about="somebody else"):
        service_says(items, *(result(wrong, items, id_) for wrong in (f"{jid}/phone", "romeo@" + SERVICE)))
        items.send_raw(result(items.mallory.jid, items, id_).replace(f"from='{items.mallory.jid}'", ""),
                       peer=items.mallory)
    assert status(items, row) == "sent" and capability(items, jid) == "unknown"
    service_says(items, result(jid, items, id_))
    assert status(items, row) == "answered" and capability(items, jid) == "encrypted"


def trap_03_wrong_push(rig):
    """A list that is pushed counts from a bare JID; ours from our own alone."""
    items, jid = trap_of(rig), "pushed@" + SERVICE
    items.ours.do("route", to=jid)
    before = len(published(items))

    async def forge(client):
        client.send_raw(event(client.boundjid.full, items.us + "/pen", device_list([FIRST])))
        client.message(items.us + "/pen", "marker-forged")
    with items.unchanged(2, about="is not believed"):
        pushed(items, jid + "/phone", device_list([FIRST]))
        omemo_ours.with_client(rig, items.our_name, forge)
        items.ours.harness.wait("im-in", text="marker-forged")
    assert capability(items, jid) == "unknown" and len(published(items)) == before


def trap_04_long_list(rig):
    """Nought, repeats and what is over a hundred are left out, in the order of the list."""
    items, many = trap_of(rig), "many@" + SERVICE
    items.ours.do("route", to=many)
    pushed(items, many, device_list([FIRST, 0, FIRST, *range(20000, 10000, -1)]))
    items.settle()
    assert devices_of(items, many) == {FIRST, *range(20000, 20000 - LIST_MAX + 1, -1)}


def devices_of(items, jid):
    return {row[2] for row in items.kept()["omemo_device"] if row[1] == jid}


def look_up(items, jid):
    row = items.ours.do("lookup", to=jid)["row"]["row"]
    eventually(lambda: status(items, row) in ("answered", "error"), what="the answer")


def trap_04_malformed_answer(rig):
    """A list that was asked for and is none is no answer: who had devices keeps them, nobody becomes one without."""
    items = trap_of(rig)
    had, never = (next(rig.pairs)[0], items.spare_name)
    jids = {name: rig.box["accounts"][name]["jid"] for name in (had, never)}
    publish(rig, had, "devicelist", device_list([FIRST]))
    look_up(items, jids[had])
    assert capability(items, jids[had]) == "encrypted"
    for payload in (device_list([1], "urn:example:other"), device_list(["x", "0"]), "<other xmlns='urn:example:x'/>"):
        for name, state in ((had, "encrypted"), (never, "unknown")):
            publish(rig, name, "devicelist", payload)
            with items.unchanged(1, about="the device list of " + jids[name]):
                look_up(items, jids[name])
            known = items.ours.do("route", to=jids[name])
            assert known["capability"] == state and known["route"] in ("hold", "encrypted"), (payload, known)
    publish(rig, never, "devicelist", device_list([]))
    look_up(items, jids[never])
    assert capability(items, jids[never]) == "absent", "a list that is empty is one"


def trap_05_own_number(rig):
    """Our number is put back into our list, and not for ever against somebody who takes it out."""
    items = trap_of(rig)

    def ours():
        return sum(f"<device id='{items.own_device}'/>" in xml for xml in published(items))
    before = ours()
    publish(rig, items.our_name, "devicelist", device_list([FIRST]))
    eventually(lambda: items.own_device in omemo_ours.listed(rig, items.us), what="our number in our list")
    assert FIRST in omemo_ours.listed(rig, items.us), "another client of ours was left out"
    since = items.ours.harness.mark()

    def gives_up():
        return any(e["event"] == "notice" and "again and again" in e["text"] for e in items.ours.harness.events[since:])
    for number in range(2 * TRIES_MAX):
        publish(rig, items.our_name, "devicelist", device_list([FIRST + number]))
        eventually(lambda: gives_up() or items.own_device in omemo_ours.listed(rig, items.us), what="it there again")
        if gives_up():
            break
    items.settle()
    assert gives_up() and 1 <= ours() - before <= TRIES_MAX, f"{ours() - before} times"
    # Whoever gave up is in no list, and the next test wants to be written to.
    publish(rig, items.our_name, "devicelist", device_list([items.own_device]))


def published(items):
    return [record["xml"] for record in items.rig.stanzas() if record["direction"] == "in"
            and record["user"] == items.us + "/pen" and f"<publish node='{NODE}.devicelist'" in record["xml"]]


# Bundles

def real_bundle(rig, jid, device):
    node = f"{NODE}.bundles:{device}"
    answer = omemo_ours.with_client(rig, omemo_ours.STRANGER, lambda client: get_list(client, jid, node))
    return answer.find_all("bundle")[0]


def refused_bundles(rig, changes):
    """Somebody with a device for each of CHANGES of a bundle: a line each, no session, no key."""
    items = trap_of(rig)
    name = next(rig.pairs)[0]
    jid, numbers = rig.box["accounts"][name]["jid"], range(FIRST, FIRST + len(changes))
    good = real_bundle(rig, items.them, items.theirs.device)
    for number, change in zip(numbers, changes):
        bundle = copy.deepcopy(good)
        change(bundle)
        publish(rig, name, f"bundles:{number}", ElementTree.tostring(bundle, encoding="unicode"))
    publish(rig, name, "devicelist", device_list(numbers))
    with items.unchanged(len(changes), about=f"no session with {jid}, device ", apart=jid):
        since = items.ours.harness.mark()
        held = items.ours.do("send", to=jid, text=items.word("to-nobody"))
        assert held["state"] == "held", held
        items.ours.harness.wait("question", since=since, message=held["message"])
    items.ours.do("answer", message=held["message"], choice="cancel")
    for number in numbers:
        assert sum(f"no session with {jid}, device {number}:" in line for line in items.warnings()) == 1, number
    assert devices_of(items, jid) == set(numbers) and not items.ours.sent(jid)
    assert not [row for row in items.kept()["omemo_session"] if row[1] == jid], "a session of nothing"
    assert not any(device["fingerprint"] for device in items.ours.devices(jid).values()), "a key of nothing"


def put(name, data):
    def change(bundle):
        bundle.find(NS + name).text = base64.b64encode(data).decode()
    return change


def drop(name):
    return lambda bundle: bundle.remove(bundle.find(NS + name))


def empty_prekeys(bundle):
    for key in list(bundle.find(NS + "prekeys")):
        bundle.find(NS + "prekeys").remove(key)


def spoil_prekeys(bundle):
    for key in bundle.find(NS + "prekeys"):
        key.text = "AAAA"


def trap_06_no_prekeys(rig):
    """A bundle without a one-time key that can be used."""
    refused_bundles(rig, [drop("prekeys"), empty_prekeys, spoil_prekeys])


def forge(bundle):
    signature = bundle.find(NS + "signedPreKeySignature")
    data = bytearray(base64.b64decode(signature.text))
    data[9] ^= 1
    signature.text = base64.b64encode(bytes(data)).decode()


def trap_07_whole_bundles(rig):
    """An identity, a signed key or a signature that is none, is missing or does not fit. (Servers do not carry one
    without an end; that is in omemo-bad.)"""
    refused_bundles(rig, [put("signedPreKeySignature", bytes(SIGNATURE_BYTES - 1)), put("signedPreKeySignature", b""),
                          forge, drop("identityKey"), drop("signedPreKeyPublic"), drop("signedPreKeySignature"),
                          lambda bundle: bundle.find(NS + "signedPreKeyPublic").set("signedPreKeyId", "x")])


def trap_07_single_prekeys(rig):
    """One-time keys that are none are passed over: the one that is left is used."""
    items = trap_of(rig)
    name = next(rig.pairs)[0]
    jid = rig.box["accounts"][name]["jid"]
    bundle = real_bundle(rig, items.them, items.theirs.device)
    for key in bundle.find(NS + "prekeys")[1:]:
        key.text = "AAAA"
    publish(rig, name, f"bundles:{FIRST}", ElementTree.tostring(bundle, encoding="unicode"))
    publish(rig, name, "devicelist", device_list([FIRST]))
    look_up(items, jid)
    xml = items.ours.send(jid, items.word("with-one"))
    assert set(omemo_ours.keys(xml)) == {FIRST}, xml


def trap_16_keys_that_are_none(rig):
    """A public key of another length, of another type, or of nothing."""
    bad = (bytes(range(1, 33)), b"\6" + bytes(range(1, 33)), b"\5" + bytes(32), b"\5" + bytes(range(1, 34)))
    refused_bundles(rig, [put(name, data) for data in bad for name in ("identityKey", "signedPreKeyPublic")])


if __name__ == "__main__":
    main([trap_01_numbers_in_lists, trap_03_wrong_answer, trap_03_wrong_push, trap_04_long_list,
          trap_04_malformed_answer, trap_05_own_number, trap_06_no_prekeys, trap_07_whole_bundles,
          trap_07_single_prekeys, trap_16_keys_that_are_none, trap_desk.nothing_leaked], servers=sys.argv[1:] or ("prosody",))
