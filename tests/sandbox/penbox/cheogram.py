# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in SMS gateway in the Cheogram dialect. Nothing is texted: what would be is in its log."""

import secrets
from xml.sax.saxutils import escape

from . import dialect
from .cheogram_iq import IqAnswers
from .component import NS, attributes, bare, error_xml
from .magic import DELIVERED, LATE, LATE_ERROR, MAGIC, REFUSALS, SILENT

RECEIPTS = "urn:xmpp:receipts"
OOB = "jabber:x:oob"
NICK = "http://jabber.org/protocol/nick"
URL_WORD = "://"


class Cheogram(IqAnswers):
    """Mode: receipts (gateway: as soon as taken, route: from the number, none), error {type, condition, text} for
    every message, late_s, registered, register_error {type, condition}, voice, error_body, iq_gateway."""

    def __init__(self, options):
        super().__init__(options)
        self.mode = {"receipts": "gateway", "error": None, "late_s": 0.5, "registered": True, "register_error": None,
                     "voice": False, "error_body": False, "iq_gateway": True}

    def controls(self):
        return {"list": self.do_list, "clear": self.do_clear, "mode": self.do_mode, "inject": self.do_inject,
                "receipt": self.do_receipt, "error": self.do_error}

    # Outgoing texts

    def on_message(self, stanza):
        if stanza.get("type") == "error" or stanza.get("to") == str(self.boundjid.bare):
            return
        body = stanza.findtext(NS + "body")
        url = stanza.findtext(f"{{{OOB}}}x/{{{OOB}}}url")
        if body is None and url is None:
            return
        local = stanza.get("to").partition("@")[0]
        kind, numbers = dialect.classify(local)
        if kind == "gone":
            self.refuse_message(stanza, "cancel", "gone", "JID must include country code",
                                inner=f"{numbers[0]}@{self.boundjid.bare}")
        elif kind == "bad":
            self.refuse_message(stanza, "cancel", "item-not-found")
        else:
            self.text(stanza, kind, numbers, body, url)

    def text(self, stanza, kind, numbers, body, url):
        error = self.mode["error"]
        refusal = (error["type"], error["condition"], error.get("text")) if error else REFUSALS.get(numbers[0])
        if not self.mode["registered"]:
            if URL_WORD in (body or "") + (url or ""):
                refusal = ("auth", "forbidden", "Links are for registered users")
            body = f"<{bare(stanza.get('from'))} says> {body}"
        if refusal:
            self.refuse_message(stanza, *refusal)
            return
        self.note(sender=stanza.get("from"), to=stanza.get("to"), id=stanza.get("id"), kind=kind, numbers=numbers,
                  body=body, oob=url, encrypted=any("axolotl" in c.tag or "omemo" in c.tag for c in stanza))
        self.acknowledge(stanza, numbers[0])

    def acknowledge(self, stanza, number):
        """Cheogram's receipt says that the text was taken; the route's own, or its error, may follow much later."""
        sender, to, id_ = stanza.get("from"), stanza.get("to"), stanza.get("id")
        asked = stanza.find(f"{{{RECEIPTS}}}request") is not None
        if number == SILENT or self.mode["receipts"] == "none":
            return
        if asked and id_ is not None:
            self.send_receipt(to, sender, id_)
        if number == DELIVERED:
            self.loop.call_later(self.mode["late_s"], self.send_receipt, to, bare(sender), id_)
        if number == LATE:
            self.loop.call_later(self.mode["late_s"], self.send_error, to, sender, id_, LATE_ERROR)

    def send_receipt(self, from_, to, id_):
        self.send_raw("<message" + attributes(from_=from_, to=to, id=secrets.token_hex(8))
                      + f"><received xmlns='{RECEIPTS}'{attributes(id=id_)}/></message>")

    def send_error(self, from_, to, id_, error):
        self.send_raw("<message" + attributes(type="error", from_=from_, to=to, id=id_)
                      + f">{error_xml(*error)}</message>")

    def refuse_message(self, stanza, kind, condition, text=None, **rest):
        if not self.mode["error_body"]:
            self.refuse(stanza, kind, condition, text, **rest)
            return
        body = escape(stanza.findtext(NS + "body") or "")
        self.send_raw("<message" + attributes(type="error", from_=stanza.get("to"), to=stanza.get("from"),
                                              id=stanza.get("id"))
                      + f"><body>{body}</body>{error_xml(kind, condition, text, **rest)}</message>")

    # Presence

    def on_presence(self, stanza):
        kind, to, sender = stanza.get("type"), stanza.get("to"), bare(stanza.get("from"))
        number = bare(to)
        resource = "/tel" if "@" in number else ""
        if kind == "subscribe":
            self.send_raw("<presence" + attributes(type="subscribed", from_=number, to=sender) + "/>")
        if kind in ("subscribe", "probe"):
            self.send_raw("<presence" + attributes(from_=number + resource, to=sender) + "/>")

    # Control

    def do_list(self, request):
        return {"messages": [r for r in self.records() if "body" in r]}

    def do_clear(self, request):
        open(self.options.log, "w", encoding="utf-8").close()

    def do_mode(self, request):
        unknown = set(request.get("set", {})) - set(self.mode)
        if unknown:
            raise ValueError("no such mode: " + ", ".join(sorted(unknown)))
        self.mode.update(request.get("set", {}))
        return {"mode": self.mode, "magic": MAGIC}

    def do_inject(self, request):
        """{"from": NUMBER, SHORT CODE or WORD, "to": JID, "text", "oob": URL, "group": [OTHER NUMBER...]}"""
        sender, text, url = request["from"], request.get("text", request.get("oob")), request.get("oob")
        host, extra = self.boundjid.bare, ""
        kind, _ = dialect.classify(sender)
        local = dialect.local_of(sender)
        if kind == "bad" and local is None:
            local, extra = dialect.alpha_local(sender), f"<nick xmlns='{NICK}'>{escape(sender)}</nick>"
        if request.get("group"):
            text = f"<xmpp:{local}@{host}> {text}"
            local = dialect.group_local([sender] + request["group"])
        if url:
            extra += f"<x xmlns='{OOB}'><url>{escape(url)}</url></x>"
        id_ = request.get("id", secrets.token_hex(8))
        self.send_raw("<message" + attributes(type="chat", from_=f"{local}@{host}", to=request["to"], id=id_)
                      + f"><body>{escape(text)}</body>{extra}</message>")
        return {"id": id_, "from": f"{local}@{host}"}

    def do_receipt(self, request):
        self.send_receipt(request["from"], request["to"], request["id"])

    def do_error(self, request):
        """{"from", "to", "id"} and an error: type, condition and text, LATE_ERROR's unless given."""
        kind, condition, text = LATE_ERROR
        error = (request.get("type", kind), request.get("condition", condition), request.get("text", text))
        self.send_error(request["from"], request["to"], request["id"], error)
