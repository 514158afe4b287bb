# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small XMPP client for seeding and for the sandbox's own test."""

import asyncio
import secrets
from xml.etree import ElementTree

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from . import layout

NS = "{jabber:client}"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
PUBSUB = "http://jabber.org/protocol/pubsub"
OMEMO_LIST = "eu.siacs.conversations.axolotl.devicelist"
OMEMO = "eu.siacs.conversations.axolotl"
LOGIN_WAIT_S = 10 * layout.PATIENCE
POLL_S = 0.01


class Client(slixmpp.ClientXMPP):
    """Logs in without TLS; keeps every message and presence it gets; has no plugins that answer by themselves."""

    def __init__(self, state, name, port=None, features=()):
        account = state["accounts"][name]
        super().__init__(account["jid"], account["password"])
        self.address_of_server = (state["host"], port or state["port"])
        self.auto_authorize = None
        self.auto_subscribe = False
        self.got = []
        for plugin in ("xep_0030", "xep_0115"):
            self.register_plugin(plugin)
        self.features_of_ours = features
        for kind in ("message", "presence"):
            self.register_handler(Callback("pen " + kind, MatchXPath(NS + kind), lambda s: self.got.append(s.xml)))

    async def log_in(self, presence=True):
        begun = asyncio.get_running_loop().create_future()
        self.add_event_handler("session_start", lambda e: begun.done() or begun.set_result(True))
        self.add_event_handler("failed_all_auth", lambda e: begun.done() or begun.set_result(False))
        host, port = self.address_of_server
        self.connect((host, port), force_starttls=False, disable_starttls=True)
        if not await asyncio.wait_for(begun, LOGIN_WAIT_S):
            raise RuntimeError(f"{self.boundjid.bare} could not log in")
        if presence:
            for feature in self.features_of_ours:
                await self["xep_0030"].add_feature(feature)
            await self["xep_0115"].update_caps()
            self.send_presence()
            await self.get_roster()
        return self

    async def log_out(self):
        await self.disconnect(wait=layout.ANSWER_WAIT_S)
        if self._run_out_filters:
            self._run_out_filters.cancel()

    async def ask(self, kind, to, payload):
        """Sends a request with PAYLOAD and returns the Answer."""
        iq = self.make_iq(ito=to, itype=kind, ifrom=self.boundjid)
        iq["id"] = secrets.token_hex(6)
        iq.append(ElementTree.fromstring(payload))
        try:
            answer = await iq.send(timeout=layout.ANSWER_WAIT_S)
        except slixmpp.exceptions.IqTimeout:
            return Answer(None)
        except slixmpp.exceptions.IqError as error:
            answer = error.iq
        return Answer(answer.xml)

    async def wait_for(self, wanted, seconds=layout.ANSWER_WAIT_S):
        """The first message or presence for which WANTED is true, also one that came before; it is taken away."""
        for _ in range(int(seconds / POLL_S)):
            for stanza in self.got:
                if wanted(stanza):
                    self.got.remove(stanza)
                    return stanza
            await asyncio.sleep(POLL_S)
        return None

    def message(self, to, body, inner="", id_=None, kind="chat"):
        id_ = id_ or secrets.token_hex(6)
        stanza = self.make_message(mto=to, mbody=body, mtype=kind)
        stanza["id"] = id_
        for element in ElementTree.fromstring(f"<x>{inner}</x>"):
            stanza.append(element)
        stanza.send()
        return id_


class Answer:
    """An answer to a request; without an element it is a timeout."""

    def __init__(self, xml):
        self.xml = xml
        self.ok = xml is not None and xml.get("type") == "result"
        error = xml.find(NS + "error") if xml is not None else None
        self.kind = error.get("type") if error is not None else None
        parts = list(error) if error is not None else []
        conditions = [c.tag for c in parts if not c.tag.endswith("}text")]
        conditions.sort(key=lambda tag: not tag.startswith(f"{{{STANZAS}}}"))
        self.error = [tag.rpartition("}")[2] for tag in conditions]
        self.text = next((c.text for c in parts if c.tag.endswith("}text")), None)

    def find_all(self, name):
        return [e for e in self.xml.iter() if e.tag.rpartition("}")[2] == name] if self.xml is not None else []

    def __str__(self):
        if self.xml is None:
            return "timeout"
        return "result" if self.ok else f"{self.kind}/{' + '.join(self.error)}"


async def publish_list(client, devices, access, node=OMEMO_LIST):
    """Publishes the device list with an access model (XEP-0384 0.3, XEP-0060 section 7.1.5)."""
    entries = "".join(f"<device id='{d}'/>" for d in devices)
    answer = await client.ask("set", None, f"""<pubsub xmlns='{PUBSUB}'><publish node='{node}'><item id='current'>
        <list xmlns='{OMEMO}'>{entries}</list></item></publish><publish-options><x xmlns='jabber:x:data' type='submit'>
        <field var='FORM_TYPE' type='hidden'><value>{PUBSUB}#publish-options</value></field>
        <field var='pubsub#access_model'><value>{access}</value></field>
        <field var='pubsub#persist_items'><value>true</value></field></x></publish-options></pubsub>""")
    if not answer.ok:
        raise RuntimeError(f"{client.boundjid.bare} could not publish: {answer}")


async def get_list(client, to, node=OMEMO_LIST):
    return await client.ask("get", to, f"<pubsub xmlns='{PUBSUB}'><items node='{node}'/></pubsub>")
