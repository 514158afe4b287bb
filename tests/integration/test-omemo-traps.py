#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trap list (docs/omemo.md 7), a test or more a line, named by its number. What
is malformed is one line in the debug log and changes no trust and no session.

line  here or in                                   line  here or in
01    traps: messages; traps-keys: lists; unit     14    traps
02    unit omemo-bad /omemo/bad/02                 15    traps
03    traps-keys                                   16    traps; traps-keys: bundles; unit
04    traps-keys; unit                             17    traps
05    traps-keys; unit omemo-traps                 18    traps
06    traps-keys; unit                             19    traps
07    traps-keys; unit                             20    traps; unit omemo-traps
08    traps                                        21    traps; unit omemo-traps
09    traps; unit                                  22    traps; unit omemo-payload
10    traps; unit                                  23    traps
11    unit omemo-payload /omemo/bad/11             24    traps
12    traps                                        25    traps; unit
13    traps

traps-keys is test-omemo-traps-keys.py; unit is omemo-bad where nothing else is
said. Arguments: the servers to run on."""

import base64
import os
import secrets
import sys
from xml.etree import ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import trap_desk
from trap_desk import (NS, changed, flipped, header, inner_of, omemo_ours, our_key, trap_of, with_fields, with_key,
                       with_sender)
from rig import eventually, main

GHOST = 4242
ROW = 150
KEY_BYTES = 33
BAD_NUMBERS = ("", "0", "00", "-1", "+1", " 1", "1x", "01", "2147483648", "18446744073709551617")
BAD_IVS = ("AAAA", "*", "", "AAAAAAAAAAAAAAAAAA==")
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def element(name, text):
    found = ElementTree.Element(NS + name)
    found.text = text
    return found


def trap_01_numbers(rig):
    """A sender's number that is none: refused; a receiver's that is none: no key of ours is among them."""
    items = trap_of(rig)
    _, stanza = items.sealed("numbers")
    items.refused(*(with_sender(stanza, bad) for bad in BAD_NUMBERS), about="malformed")
    items.refused(changed(stanza, lambda encrypted: header(encrypted).attrib.pop("sid")), about="malformed")
    wrong = [changed(stanza, lambda e, bad=bad: our_key(e, items.own_device).set("rid", bad)) for bad in BAD_NUMBERS]
    items.refused(*wrong, changed(stanza, lambda e: our_key(e, items.own_device).attrib.pop("rid")),
                  about="not encrypted for this device")


def trap_08_several_keys(rig):
    """Our number stands before three keys, ours is the last: it is found."""
    items = trap_of(rig)
    text, stanza = items.sealed("several")

    def crowd(encrypted):
        mine = our_key(encrypted, items.own_device)
        junk = base64.b64encode(flipped(base64.b64decode(mine.text), 20)).decode()
        for data in ("MwohBQAA", junk):
            key = element("key", data)
            key.set("rid", str(items.own_device))
            header(encrypted).insert(0, key)
    items.send_raw(changed(stanza, crowd))
    items.shown(text)


def trap_09_twice(rig):
    """Two vectors or two payloads are refused; the vector may stand before the keys."""
    items = trap_of(rig)
    text, stanza = items.sealed("twice")
    items.refused(changed(stanza, lambda e: header(e).append(element("iv", header(e).find(NS + "iv").text))),
                  changed(stanza, lambda e: e.append(element("payload", e.find(NS + "payload").text))),
                  about="malformed")

    def turn(encrypted):
        vector = header(encrypted).find(NS + "iv")
        header(encrypted).remove(vector)
        header(encrypted).insert(0, vector)
    items.send_raw(changed(stanza, turn))
    items.shown(text)


def trap_10_vector_and_base64(rig):
    """A vector of another length and what is no base64 are refused; white space in base64 is not."""
    items = trap_of(rig)
    text, stanza = items.sealed("vector")

    def vector(text):
        return changed(stanza, lambda e: setattr(header(e).find(NS + "iv"), "text", text))

    def payload(text):
        return changed(stanza, lambda e: setattr(e.find(NS + "payload"), "text", text))
    items.refused(*map(vector, BAD_IVS), *map(payload, ("", "A", "AAA=A", "AA-_", "AAAA,AAAA")), about="malformed")
    items.send_raw(changed(stanza, lambda e: setattr(e.find(NS + "payload"), "text",
                                                     " \n".join(e.find(NS + "payload").text))))
    items.shown(text)


def trap_12_lying_mark(rig):
    """What kind a key is, its bytes say, not its mark."""
    items = trap_of(rig)
    for anew, mark in ((False, "true"), (True, None), (True, "false")):
        text, stanza = items.sealed("lying", anew=anew)

        def lie(encrypted, mark=mark):
            key = our_key(encrypted, items.own_device)
            key.attrib.pop("prekey", None)
            if mark is not None:
                key.set("prekey", mark)
        items.send_raw(changed(stanza, lie))
        items.shown(text)


def trap_13_no_prekey(rig):
    """A first message that uses no one-time key could be played again: refused."""
    items = trap_of(rig)
    text, stanza = items.sealed("no-prekey", anew=True)
    bare = with_key(stanza, items.own_device, lambda data: with_fields(data, prekey=None))
    items.refused(bare, about="not decrypted")
    items.send_raw(stanza)
    items.shown(text)


def trap_14_other_identity(rig):
    """A device that is known shows another key: refused, and said to the user."""
    items = trap_of(rig)
    _, stanza = items.sealed("other-identity", peer=items.mallory, anew=True)
    items.refused(with_sender(stanza, items.theirs.device), about="not decrypted")
    assert items.system("another key"), items.ours.lines(items.them)


def trap_15_forged_first_message(rig):
    """A first message whose check fails plants neither an identity nor a session."""
    items = trap_of(rig)
    _, theirs = items.sealed("forged", peer=items.mallory, anew=True)
    forged = with_key(theirs, items.own_device, lambda data: with_fields(data, inner=flipped(inner_of(data))))
    items.refused(with_sender(forged, GHOST), about="not decrypted")


def trap_16_keys_that_are_none(rig):
    """Zero, a wrong type, a wrong length: refused before the library sees them."""
    items = trap_of(rig)
    text, stanza = items.sealed("none", anew=True)
    bad = (b"\5" + bytes(32), b"\6" + bytes(range(1, 33)), bytes(range(1, 33)), b"\5" + bytes(range(1, 40)))
    items.refused(*(with_key(stanza, items.own_device, lambda data, b=b, n=name: with_fields(data, **{n: b}))
                    for b in bad for name in ("base", "identity")), about="not decrypted")
    items.send_raw(stanza)
    items.shown(text)


def trap_17_reflection(rig):
    """What we sent ourselves and comes back is dropped in silence; another's device may have our number."""
    items = trap_of(rig)
    sent = ElementTree.fromstring(items.say("reflected"))
    own = ElementTree.tostring(sent.find(f"{NS}encrypted"), encoding="unicode")

    async def reflect(client):
        client.send_raw(f"<message to='{items.us}/pen' type='chat' id='back'>{own}</message>")
        client.message(f"{items.us}/pen", "marker-own")
    with items.unchanged(0):
        omemo_ours.with_client(rig, items.our_name, reflect)
        items.ours.harness.wait("im-in", text="marker-own")
    text, stanza = items.sealed("same-number", peer=items.mallory, anew=True)
    items.send_raw(with_sender(stanza, items.own_device), peer=items.mallory)
    items.shown(text, items.mallory)


def trap_18_bounced(rig):
    """An encrypted message that comes as an error is not decrypted: what it holds can still be read later."""
    items = trap_of(rig)
    text, stanza = items.sealed("bounced")
    error = f"<error type='cancel'><service-unavailable xmlns='{STANZAS}'/></error></message>"
    items.refused(stanza.replace("type='chat'", "type='error'").replace("</message>", error), lines=0)
    items.send_raw(stanza)
    items.shown(text)


def trap_19_wrappers(rig):
    """Who is not our own account cannot wrap a message of somebody else, as a carbon or from an archive."""
    items = trap_of(rig)
    text, stanza = items.sealed("wrapped")
    inner = stanza.replace("<message ", f"<message xmlns='jabber:client' from='{items.them}/x' ", 1)
    forwarded = f"<forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded>"
    carbons = [f"<message to='{items.us}/pen' id='c'><{kind} xmlns='urn:xmpp:carbons:2'>{forwarded}</{kind}></message>"
               for kind in ("received", "sent")]
    archive = (f"<message to='{items.us}/pen' id='a'><result xmlns='urn:xmpp:mam:2' id='1' queryid='q'>{forwarded}"
               "</result></message>")
    for peer in (items.mallory, items.theirs):
        items.refused(*carbons, archive, peer=peer, about="not believed")
    items.send_raw(stanza)
    items.shown(text)


def trap_20_duplicate(rig):
    """A message that comes again is silent, by whichever way; no session is begun anew for it."""
    items = trap_of(rig)
    text, stanza = items.sealed("again")
    items.send_raw(stanza)
    items.shown(text)
    before = items.bundles()
    items.refused(*[stanza] * 5, lines=0)
    items.shown(text)
    assert items.bundles() == before


def trap_21_many_skipped(rig):
    """The last of a long row comes first, then the row: all is read once, in the order in which it came."""
    items = trap_of(rig)
    items.theirs.hold()
    texts = [items.word(f"skipped-{number}") for number in range(ROW)]
    for text in texts:
        items.theirs.say(items.us, text)
    order = [ROW - 1, *range(ROW - 1)]
    items.theirs.release(order)
    eventually(lambda: items.said_by()[-ROW:] == [texts[number] for number in order], what="the row")
    items.answer("after-the-row")


def say_bytes(items, data):
    """What another program may put into a message."""
    peer = items.theirs

    async def seal():
        async with peer.lock:
            messages, errors = await peer.manager.encrypt(frozenset({items.us}), {omemo_ours.NODE: data})
            assert not errors, errors
        for message in messages:
            peer.hand_over(items.us, trap_desk.seal_element(message), secrets.token_hex(6))
    items.crowd.run(seal())


def trap_22_text(rig):
    """No text at all is refused; markup is shown as it was typed, and controls are left out."""
    items = trap_of(rig)
    before = len(items.warnings())
    say_bytes(items, b"\xff\xfe\xc3(")
    items.settle()
    assert len([line for line in items.warnings()[before:] if "not decrypted" in line]) == 1
    word = items.word("markup")
    say_bytes(items, f"<b>{word}</b>\0\a &amp; <script>".encode())
    items.shown(f"<b>{word}</b> &amp; <script>")


def trap_23_not_for_us(rig):
    """A message with nothing for this device: said once if it says something, else not at all."""
    items = trap_of(rig)
    _, stanza = items.sealed("not-for-us")
    said = len(items.system("not encrypted for this device"))
    items.refused(changed(stanza, lambda e: our_key(e, items.own_device).set("rid", str(GHOST))), about="not decrypted")
    assert len(items.system("not encrypted for this device")) == said + 1

    def hollow(encrypted):
        our_key(encrypted, items.own_device).set("rid", str(GHOST))
        encrypted.remove(encrypted.find(NS + "payload"))
    items.refused(changed(stanza, hollow), lines=0)
    assert len(items.system("not encrypted for this device")) == said + 1


def trap_24_in_clear(rig):
    """A clear message among encrypted ones is marked."""
    items = trap_of(rig)
    items.answer("encrypted")
    before = len(items.system("was not encrypted"))
    items.settle()
    assert len(items.system("was not encrypted")) == before + 1, items.ours.lines(items.them)


def trap_25_unknown_elements(rig):
    """What is not known in a header is passed over; another namespace is another protocol."""
    items = trap_of(rig)
    text, stanza = items.sealed("unknown")

    def adorn(encrypted):
        header(encrypted).insert(0, ElementTree.Element("{urn:example:x}key", {"rid": str(items.own_device)}))
        header(encrypted).append(element("later", "x"))
        header(encrypted).set("other", "1")
    renamed = stanza.replace(omemo_ours.NODE + '"', 'urn:xmpp:omemo:2"').replace("<body>", "<subject>").replace(
        "</body>", "</subject>")
    assert "urn:xmpp:omemo:2" in renamed
    items.refused(renamed, lines=0)
    items.send_raw(changed(stanza, adorn))
    items.shown(text)


if __name__ == "__main__":
    main([trap_01_numbers, trap_08_several_keys, trap_09_twice, trap_10_vector_and_base64, trap_12_lying_mark,
          trap_13_no_prekey, trap_14_other_identity, trap_15_forged_first_message, trap_16_keys_that_are_none,
          trap_17_reflection, trap_18_bounced, trap_19_wrappers, trap_20_duplicate, trap_21_many_skipped, trap_22_text,
          trap_23_not_for_us, trap_24_in_clear, trap_25_unknown_elements, trap_desk.nothing_leaked],
         servers=sys.argv[1:] or ("prosody",))
