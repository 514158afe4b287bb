# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stand-in gateway answers to requests: discovery, the prompt for numbers, registration, ping, vCard."""

from xml.sax.saxutils import escape

from . import dialect
from .component import DISCO_INFO, DISCO_ITEMS, Component, bare

GATEWAY = "jabber:iq:gateway"
REGISTER = "jabber:iq:register"
COMMANDS = "http://jabber.org/protocol/commands"
PING = "urn:xmpp:ping"
FORM = "jabber:x:data"

HOST_FEATURES = [DISCO_INFO, COMMANDS, GATEWAY, REGISTER, PING, "vcard-temp"]
NUMBER_FEATURES = [DISCO_INFO, "http://jabber.org/protocol/muc", "jabber:x:conference", PING, "urn:xmpp:receipts",
                   "vcard-temp", "urn:xmpp:jingle:apps:file-transfer:3"]
# Registering one of these fails so, SGX backends' conditions.
REGISTER_REFUSALS = {"+15550000409": ("cancel", "conflict"), "+15550000401": ("auth", "not-authorized"),
                     "+15550000406": ("modify", "not-acceptable"), "+15550000404": ("cancel", "item-not-found")}
FIELDS = ("<field type='list-single' var='gateway-jid' label='Route'><required/><value>sgx.test</value>"
          "<option label='The route'><value>sgx.test</value></option></field>")
DISCOVERY = "<field type='boolean' var='allow_jid_discovery' label='Let others find my Jabber ID'/>"


class IqAnswers(Component):
    mode: dict

    def on_iq_request(self, stanza, child):
        tag = child.tag if child is not None else ""
        answers = {
            f"{{{DISCO_INFO}}}query": self.answer_info,
            f"{{{DISCO_ITEMS}}}query": lambda s, c: self.result(s, f"<query xmlns='{DISCO_ITEMS}'/>"),
            f"{{{PING}}}ping": lambda s, c: self.result(s),
            "{vcard-temp}vCard": self.answer_vcard,
            f"{{{REGISTER}}}query": self.answer_register,
            f"{{{COMMANDS}}}command": self.answer_command,
        }
        if self.mode["iq_gateway"]:
            answers[f"{{{GATEWAY}}}query"] = self.answer_gateway
        if tag in answers:
            answers[tag](stanza, child)
        else:
            self.refuse(stanza, "cancel", "feature-not-implemented")

    def answer_info(self, stanza, child):
        if "@" in stanza.get("to"):
            self.disco_info(stanza, child, [("client", "sms", None)], NUMBER_FEATURES)
            return
        identities = [("gateway", "sms", "Cheogram")] + [("gateway", "pstn", "Cheogram")] * self.mode["voice"]
        features = [f for f in HOST_FEATURES if f != GATEWAY or self.mode["iq_gateway"]]
        self.disco_info(stanza, child, identities, features)

    def answer_vcard(self, stanza, child):
        local = bare(stanza.get("to")).rpartition("@")[0]
        inner = f"<TEL><NUMBER>{escape(local)}</NUMBER></TEL>" if local else "<FN>Cheogram</FN>"
        self.result(stanza, f"<vCard xmlns='vcard-temp'>{inner}</vCard>")

    def answer_gateway(self, stanza, child):
        """XEP-0100 section 6.3."""
        if stanza.get("type") == "get":
            self.result(stanza, f"<query xmlns='{GATEWAY}'><desc>Please enter your contact's phone number</desc>"
                                "<prompt>Phone Number</prompt></query>")
            return
        prompt = child.findtext(f"{{{GATEWAY}}}prompt") or ""
        self.note(gateway=prompt, sender=stanza.get("from"))
        local = dialect.local_of(prompt)
        if local is None:
            self.refuse(stanza, "modify", "not-acceptable", "Only US/Canada telephone numbers accepted")
        else:
            self.result(stanza, f"<query xmlns='{GATEWAY}'><jid>{escape(local)}@{self.boundjid.bare}</jid></query>")

    def answer_register(self, stanza, child):
        """XEP-0077; the phone field's number or the mode decides about an error."""
        if stanza.get("type") == "get":
            self.result(stanza, f"<query xmlns='{REGISTER}'><instructions>Your number and your password.</instructions>"
                                "<phone/><password/></query>")
            return
        refusal = REGISTER_REFUSALS.get(child.findtext(f"{{{REGISTER}}}phone") or "")
        if self.mode["register_error"]:
            refusal = (self.mode["register_error"]["type"], self.mode["register_error"]["condition"])
        if refusal:
            self.refuse(stanza, *refusal)
            return
        self.mode["registered"] = child.find(f"{{{REGISTER}}}remove") is None
        self.result(stanza)
        if self.mode["registered"]:
            self.send_raw(f"<presence type='subscribe' from='{self.boundjid.bare}' to='{bare(stanza.get('from'))}'/>")

    def answer_command(self, stanza, child):
        """Ad-hoc registration (XEP-0050): the route, then whether one may be found, then done."""
        if child.get("node") != "register":
            self.refuse(stanza, "cancel", "item-not-found")
            return
        stage = child.get("sessionid") or "0"
        if child.get("action") == "cancel":
            self.send_command(stanza, stage, "canceled")
        elif stage == "2":
            self.mode["registered"] = True
            self.send_command(stanza, "2", "completed", note="<note type='info'>You are registered.</note>")
        else:
            form = FIELDS if stage == "0" else DISCOVERY
            self.send_command(stanza, str(int(stage) + 1), "executing",
                              f"<x xmlns='{FORM}' type='form'><title>Register</title>{form}</x>")

    def send_command(self, stanza, stage, status, form="", note=""):
        actions = "<actions execute='next'><next/></actions>" if status == "executing" else ""
        self.result(stanza, f"<command xmlns='{COMMANDS}' node='register' sessionid='{stage}' status='{status}'>"
                            f"{actions}{form}{note}</command>")
