# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the two stand-in components share: the XEP-0114 connection, whole stanzas by hand (slixmpp's own answers would
hide the dialect), a control socket and a log."""

import argparse
import datetime
import json
import pathlib
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from . import control

NS = "{jabber:component:accept}"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
DISCO_INFO = "http://jabber.org/protocol/disco#info"
DISCO_ITEMS = "http://jabber.org/protocol/disco#items"


def now():
    return datetime.datetime.utcnow().isoformat(timespec="microseconds") + "Z"


def attributes(**given):
    """XML attributes of those that are not None; a trailing underscore keeps a name apart from Python's words."""
    return "".join(f" {name.rstrip('_')}={quoteattr(str(value))}" for name, value in given.items() if value is not None)


def error_xml(kind, condition, text=None, inner="", application=""):
    """An <error/> element, RFC 6120 section 8.3.2."""
    words = f"<text xmlns='{STANZAS}'>{escape(text)}</text>" if text else ""
    return (f"<error type='{kind}'><{condition} xmlns='{STANZAS}'>{escape(inner)}</{condition}>{words}{application}"
            "</error>")


def bare(jid):
    return jid.partition("/")[0]


def arguments(name):
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--self-test", action="store_true", help="check the rules, connect to nothing")
    for option in ("jid", "secret-file", "host", "port", "control", "log", "ready", "domain", "entries"):
        parser.add_argument("--" + option)
    return parser


class Component(slixmpp.ComponentXMPP):
    """Passes each stanza to on_message, on_presence or on_iq_request as an ElementTree element."""

    def __init__(self, options):
        secret = pathlib.Path(options.secret_file).read_text(encoding="utf-8").strip()
        super().__init__(options.jid, secret, options.host, int(options.port))
        self.options = options
        for name in ("IM", "IMError", "Presence"):
            self.remove_handler(name)
        for kind in ("message", "presence", "iq"):
            target = getattr(self, "on_iq" if kind == "iq" else "on_" + kind)
            self.register_handler(Callback("pen " + kind, MatchXPath(NS + kind), lambda s, t=target: t(s.xml)))
        self.add_event_handler("session_start", lambda event: pathlib.Path(options.ready).touch())

    def controls(self):
        """The control socket's words."""
        return {}

    def on_message(self, stanza):
        pass

    def on_presence(self, stanza):
        pass

    def on_iq_request(self, stanza, child):
        self.refuse(stanza, "cancel", "feature-not-implemented")

    def on_iq(self, stanza):
        if stanza.get("type") in ("get", "set"):
            self.on_iq_request(stanza, stanza[0] if len(stanza) else None)

    def result(self, stanza, payload="", from_=None):
        self.send_raw("<iq" + attributes(type="result", id=stanza.get("id"), to=stanza.get("from"),
                                         from_=from_ or stanza.get("to")) + f">{payload}</iq>")

    def refuse(self, stanza, kind, condition, text=None, **rest):
        """An error for STANZA, without its content, as the real gateways answer."""
        name = stanza.tag.rpartition("}")[2]
        self.send_raw(f"<{name}" + attributes(type="error", id=stanza.get("id"), to=stanza.get("from"),
                                              from_=stanza.get("to"))
                      + f">{error_xml(kind, condition, text, **rest)}</{name}>")

    def disco_info(self, stanza, child, identities, features):
        """XEP-0030 section 3.1; IDENTITIES are (category, type, name)."""
        parts = ["<identity" + attributes(category=c, type=t, name=n) + "/>" for c, t, n in identities]
        parts += ["<feature" + attributes(var=f) + "/>" for f in features]
        self.result(stanza, f"<query xmlns='{DISCO_INFO}'" + attributes(node=child.get("node"))
                    + f">{''.join(parts)}</query>")

    def note(self, **record):
        with open(self.options.log, "a", encoding="utf-8") as log:
            log.write(json.dumps({"at": now(), **record}) + "\n")

    def records(self):
        path = pathlib.Path(self.options.log)
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def do_raw(self, request):
        """Sends any XML as this component, for hostile stanzas."""
        ElementTree.fromstring(request["xml"])
        self.send_raw(request["xml"])

    async def do_offline(self, request):
        """Leaves the server, as a gateway does that is down."""
        await self.disconnect(wait=1)

    async def do_online(self, request):
        """Comes back; the answer is sent once the server has accepted it."""
        begun = self.loop.create_future()
        self.add_event_handler("session_start", lambda event: begun.set_result(True), disposable=True)
        self.connect()
        await begun

    def run(self):
        self.connect()
        handlers = {"raw": self.do_raw, "offline": self.do_offline, "online": self.do_online, **self.controls()}
        self.loop.run_until_complete(control.serve(self.options.control, handlers))
        self.loop.run_forever()
