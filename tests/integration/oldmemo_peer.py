# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second implementation on the other side: python3-omemo and python3-oldmemo
on a client of slixmpp. It shares no code with the plugin nor with
libsignal-protocol-c, and holds every list, bundle and message that it gets
against a schema of its own. What it sends can be held back and sent in any
order; what it gets can be opened in any order."""

import asyncio
import base64
import logging
import secrets
from xml.etree import ElementTree

from slixmpp.xmlstream.handler import CoroutineCallback
from slixmpp.xmlstream.matcher import MatchXPath

from rig import PATIENCE, eventually
from penbox.client import PUBSUB, Client, get_list

try:
    import omemo
    import oldmemo
    from oldmemo import etree
except ImportError as missing:
    raise SystemExit(f"1..0 # SKIP not installed: {missing.name}") from missing

# It warns of what these tests are about.
logging.getLogger(omemo.SessionManager.LOG_TAG).setLevel(logging.CRITICAL)
NODE = oldmemo.oldmemo.NAMESPACE
LIST = NODE + ".devicelist"
CLIENT = "{jabber:client}"
FALLBACK = "Encrypted; your client does not show it."
OPTIONS = {"FORM_TYPE": PUBSUB + "#publish-options", "pubsub#persist_items": "true", "pubsub#access_model": "open"}
WAIT_S = 60 * PATIENCE


class Memory(omemo.Storage):
    """All that the peer knows; a new one is a new device."""

    def __init__(self):
        super().__init__(disable_cache=True)
        self.kept = {}

    async def _load(self, key):
        return omemo.Just(self.kept[key]) if key in self.kept else omemo.Nothing()

    async def _store(self, key, value):
        self.kept[key] = value

    async def _delete(self, key):
        self.kept.pop(key, None)


class Manager(omemo.SessionManager):
    """What the library wants of its client. Everybody is trusted: trust is tested on our side."""

    peer = None

    async def _upload_bundle(self, bundle):
        await self.peer.publish(f"{NODE}.bundles:{bundle.device_id}", etree.serialize_bundle(bundle))

    async def _download_bundle(self, namespace, bare_jid, device_id):
        answer = await get_list(self.peer.client, bare_jid, f"{NODE}.bundles:{device_id}")
        found = answer.find_all("bundle")
        if not answer.ok or not found:
            raise omemo.BundleNotFound(f"{bare_jid} {device_id}: {answer}")
        return etree.parse_bundle(found[-1], bare_jid, device_id)

    async def _delete_bundle(self, namespace, device_id):
        raise omemo.BundleDeletionFailed("never wanted here")

    async def _upload_device_list(self, namespace, device_list):
        await self.peer.publish(LIST, etree.serialize_device_list(device_list))

    async def _download_device_list(self, namespace, bare_jid):
        found = (await get_list(self.peer.client, bare_jid, LIST)).find_all("list")
        return etree.parse_device_list(found[-1]) if found and len(found[-1]) else {}

    async def _evaluate_custom_trust_level(self, device):
        return omemo.TrustLevel.TRUSTED

    async def _make_trust_decision(self, undecided, identifier):
        raise omemo.TrustDecisionFailed("everybody is trusted")

    async def _send_message(self, message, bare_jid):
        self.peer.transports_sent += 1
        self.peer.hand_over(bare_jid, etree.serialize_message(message), secrets.token_hex(6), has_text=False)


class Peer:
    """Signed on as the sandbox's account NAME, in the loop of CROWD. Its methods wait; its lists are for reading."""

    def __init__(self, crowd, box, name):
        self.crowd, self.box, self.name = crowd, box, name
        self.jid = box["accounts"][name]["jid"]
        self.said, self.transports, self.troubles, self.raw = [], [], [], []
        self.transports_sent, self.held, self.kept_back = 0, None, None
        self.memory, self.manager, self.device, self.client = Memory(), None, None, None

    def start(self):
        self.crowd.run(self._start())
        return self

    async def _start(self):
        self.lock = asyncio.Lock()
        self.client = Client(self.box, self.name, features=(LIST + "+notify",))
        self.client.register_handler(self._handler())
        await self.client.log_in()
        await self._make_manager()

    def _handler(self):
        return CoroutineCallback("oldmemo", MatchXPath(CLIENT + "message"), self._on_message)

    async def _make_manager(self):
        kind = type("PeerManager", (Manager,), {"peer": self})
        async with self.lock:
            self.manager = await kind.create([oldmemo.Oldmemo(self.memory)], self.memory, self.jid, None, "undecided")
            await self.manager.after_history_sync()
        own, _ = await self.manager.get_own_device_information()
        self.device = own.device_id
        self.fingerprint = "".join(self.manager.format_identity_key(own.identity_key))

    async def publish(self, node, payload):
        fields = "".join(f"<field var='{k}'><value>{v}</value></field>" for k, v in OPTIONS.items())
        answer = await self.client.ask("set", None, (
            f"<pubsub xmlns='{PUBSUB}'><publish node='{node}'><item id='current'>"
            f"{ElementTree.tostring(payload, encoding='unicode')}</item></publish>"
            f"<publish-options><x xmlns='jabber:x:data' type='submit'>{fields}</x></publish-options></pubsub>"))
        if not answer.ok:
            raise omemo.BundleUploadFailed(str(answer))

    # What comes

    async def _on_message(self, stanza):
        xml = stanza.xml
        sender = (xml.get("from") or self.jid).partition("/")[0]
        devices = [found for found in xml.iter(f"{{{NODE}}}list") if len(found)]
        if devices and self.manager is not None:
            async with self.lock:
                await self.manager.update_device_list(NODE, sender, etree.parse_device_list(devices[-1]))
        if xml.find(f"{{{NODE}}}encrypted") is None:
            return
        self.raw.append(xml)
        if self.kept_back is not None:
            self.kept_back.append(xml)
        else:
            await self._open(xml)

    async def _open(self, xml):
        """One after the other, in the order of the calls."""
        sender = xml.get("from").partition("/")[0]
        async with self.lock:
            try:
                message = await etree.parse_message(xml.find(f"{{{NODE}}}encrypted"), sender, self.jid, self.manager)
                plain, _, _ = await self.manager.decrypt(message)
            except Exception as error:  # whatever it does not understand is a finding
                self.troubles.append((xml.get("id"), type(error).__name__, str(error)))
                return
        if plain is None:
            self.transports.append(xml)
        else:
            self.said.append((sender, plain.decode("utf-8")))

    def shows(self, who, text):
        """Waits until WHO said exactly TEXT; how often they did."""
        return eventually(lambda: self.said.count((who, text)), WAIT_S,
                          what=f"{text[:60]!r} of {who}; troubles {self.troubles}")

    def keep_back(self):
        """From now on what comes is not opened."""
        self.kept_back = []

    def open_kept(self, order):
        """Opens what was kept back, in the ORDER of a list of indices."""
        kept, self.kept_back = self.kept_back, None
        for number in order:
            self.crowd.run(self._open(kept[number]))

    # What goes

    def say(self, to, text):
        self.crowd.run(self._say(to, text))

    async def _say(self, to, text):
        async with self.lock:
            known = await self.manager.get_device_information(to)
            if not any(dict(device.active)[NODE] for device in known):
                await self.manager.refresh_device_list(NODE, to)
            messages, errors = await self.manager.encrypt(frozenset({to}), {NODE: text.encode("utf-8")})
        if errors:
            raise AssertionError(f"not for all devices: {errors}")
        for message in messages:
            self.hand_over(to, etree.serialize_message(message), secrets.token_hex(6))

    def hand_over(self, to, encrypted, id_, has_text=True):
        text = (f"<encryption xmlns='urn:xmpp:eme:0' namespace='{NODE}' name='OMEMO'/><body>{FALLBACK}</body>"
                if has_text else "")
        stanza = (f"<message to='{to}' type='chat' id='{id_}'>{ElementTree.tostring(encrypted, encoding='unicode')}"
                  f"{text}<store xmlns='urn:xmpp:hints'/></message>")
        if self.held is not None and has_text:
            self.held.append(stanza)
        else:
            self.client.send_raw(stanza)

    def hold(self):
        """From now on what is said does not leave."""
        self.held = []

    def release(self, order):
        """Sends what was held, in the ORDER of a list of indices; one that stands there twice is sent twice."""
        held, self.held = self.held, None

        async def send():
            for number in order:
                self.client.send_raw(held[number])
        self.crowd.run(send())

    # What goes wrong

    def forget_session(self, jid):
        """As after a crash before the session was stored: the identity stays, the session is gone."""
        for key in [key for key in self.memory.kept if key.startswith(f"/{NODE}/{jid}/")]:
            del self.memory.kept[key]

    def damage_session(self, jid):
        """Neither side can read what the other writes in this session."""
        for key in [key for key in self.memory.kept if key.startswith(f"/{NODE}/{jid}/")
                    and key.endswith("/associated_data")]:
            data = base64.urlsafe_b64decode(self.memory.kept[key])
            self.memory.kept[key] = base64.urlsafe_b64encode(data[::-1]).decode("ascii")

    def make_new_keys(self):
        """As after a new installation: another identity, another device; the old one stays in the list."""
        self.memory = Memory()
        self.crowd.run(self._make_manager())

    def withdraw_bundle(self):
        node = f"{NODE}.bundles:{self.device}"
        answer = self.crowd.run(self.client.ask("set", None, (
            f"<pubsub xmlns='{PUBSUB}#owner'><delete node='{node}'/></pubsub>")))
        assert answer.ok, str(answer)

    def publish_again(self):
        self.crowd.run(self.manager.ensure_data_consistency())

    def check_bundle_of(self, jid, device):
        """The library's own checks of a bundle, by the session that it would begin; its number of pre-keys."""
        async def check():
            bundle = await self.manager._download_bundle(NODE, jid, device)
            backend = oldmemo.Oldmemo(self.memory)
            _, material = await backend.encrypt_empty()
            await backend.build_session_active(jid, device, bundle, material)
            forged = bundle.bundle._replace(signed_pre_key_sig=bytes(64))
            try:
                await backend.build_session_active(jid, device, type(bundle)(
                    jid, device, forged, bundle.signed_pre_key_id, bundle.pre_key_ids), material)
            except omemo.KeyExchangeFailed:
                return len(bundle.pre_key_ids)
            raise AssertionError("a signature of nothing was taken")
        return self.crowd.run(check())

    def close(self):
        async def leave():
            for task in asyncio.all_tasks():
                if "rotation" in repr(task.get_coro()):
                    task.cancel()
            if self.client is not None:
                await self.client.log_out()
        self.crowd.run(leave())
