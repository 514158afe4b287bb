# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for a phone number directory that speaks im.quicksy.synchronization:0."""

import json
import pathlib
import time
from xml.sax.saxutils import escape

from . import phonebook
from .component import DISCO_INFO, DISCO_ITEMS, Component, attributes, bare

SYNC = "im.quicksy.synchronization:0"


class Directory(Component):
    """Mode: late_s, silent, error {type, condition, text}, partial (at most so many hits), extra {number: [jid]} that
    nobody asked for, wrong_from (another JID of the component answers), limit."""

    def __init__(self, options):
        super().__init__(options)
        self.entries = json.loads(pathlib.Path(options.entries).read_text(encoding="utf-8"))
        self.limiter = phonebook.Limiter()
        self.mode = {"late_s": 0, "silent": False, "error": None, "partial": None, "extra": {}, "wrong_from": None,
                     "limit": phonebook.LIMIT}

    def controls(self):
        return {"list": self.do_list, "clear": self.do_clear, "mode": self.do_mode, "entries": self.do_entries,
                "forget": self.do_forget}

    def on_iq_request(self, stanza, child):
        tag = child.tag if child is not None else ""
        namespace = tag.partition("}")[0].lstrip("{")
        if tag == f"{{{DISCO_INFO}}}query":
            self.disco_info(stanza, child, [("store", "generic", "Directory")], [DISCO_INFO, SYNC])
        elif tag == f"{{{DISCO_ITEMS}}}query":
            self.result(stanza, f"<query xmlns='{DISCO_ITEMS}'/>")
        elif namespace == SYNC:
            self.loop.call_later(self.mode["late_s"], self.look_up, stanza, child)
        else:
            self.refuse(stanza, "cancel", "feature-not-implemented")

    def look_up(self, stanza, child):
        asked = [e.get("number", "") for e in child.findall(f"{{{SYNC}}}entry")]
        verdict = self.refusal(stanza, child, asked)
        if verdict == "silence":
            self.log_request(stanza, child, asked, "silence")
        elif verdict:
            self.log_request(stanza, child, asked, verdict)
            self.refuse(stanza, *verdict)
        else:
            self.send_hits(stanza, child, asked)

    def refusal(self, stanza, child, asked):
        """None, 'silence' or an error (type, condition, text)."""
        sender, error = bare(stanza.get("from")), self.mode["error"]
        if self.mode["silent"]:
            return "silence"
        if error:
            return (error["type"], error["condition"], error.get("text"))
        if child.tag != f"{{{SYNC}}}phone-book" or stanza.get("type") != "get":
            return ("modify", "bad-request", None)
        if sender.rpartition("@")[2] != self.options.domain:
            return ("auth", "not-authorized", None)
        wait_s = self.limiter.refuse_for(sender, [n for n in asked if phonebook.is_number(n)], time.time())
        return None if wait_s is None else ("wait", "policy-violation", f"Retry in {phonebook.duration(wait_s)}")

    def hits(self, asked):
        found = {n: self.entries[n] for n in asked if phonebook.is_number(n) and self.entries.get(n)}
        if self.mode["partial"] is not None:
            found = dict(list(found.items())[:self.mode["partial"]])
        return {**found, **self.mode["extra"]}

    def send_hits(self, stanza, child, asked):
        hits = self.hits(asked)
        self.log_request(stanza, child, asked, hits)
        if child.get("ver") == phonebook.version(hits):
            self.result(stanza, from_=self.mode["wrong_from"])
            return
        entries = "".join(f"<entry{attributes(number=n)}>{''.join(f'<jid>{escape(j)}</jid>' for j in jids)}</entry>"
                          for n, jids in hits.items())
        self.result(stanza, f"<phone-book xmlns='{SYNC}'>{entries}</phone-book>", from_=self.mode["wrong_from"])

    def log_request(self, stanza, child, asked, answer):
        self.note(**{"from": stanza.get("from")}, id=stanza.get("id"), ver=child.get("ver"), numbers=asked,
                  answer=answer)

    def do_list(self, request):
        return {"requests": self.records()}

    def do_clear(self, request):
        open(self.options.log, "w", encoding="utf-8").close()

    def do_mode(self, request):
        unknown = set(request.get("set", {})) - set(self.mode)
        if unknown:
            raise ValueError("no such mode: " + ", ".join(sorted(unknown)))
        self.mode.update(request.get("set", {}))
        self.limiter.limit = self.mode["limit"]
        return {"mode": self.mode}

    def do_entries(self, request):
        """{"set": {number: [jid]}} replaces all; {"add": {...}} adds; {"remove": [number]} takes away."""
        self.entries = request.get("set", self.entries)
        self.entries.update(request.get("add", {}))
        for number in request.get("remove", []):
            self.entries.pop(number, None)
        return {"entries": self.entries}

    def do_forget(self, request):
        """Starts the day's count again."""
        self.limiter.seen.clear()
