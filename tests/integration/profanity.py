# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Profanity 0.13.1, the real program, in a terminal of its own: typed into as
a person would, read by its log and its chat logs."""

import base64
import configparser
import glob
import os
import re
import shutil
import signal
import subprocess

from rig import EVENT_S, Skip, eventually

NODE = "eu.siacs.conversations.axolotl"
# Never in clear, and no question about trust: with the policy "manual" it answers an encrypted message in clear.
POLICY = "always"
PROFRC = """[connection]
autoping=0
carbons=true
[logging]
chlog=true
[ui]
splash=false
[notifications]
message=off
[omemo]
policy={policy}
trustmode=blind
log=on
"""
ACCOUNT = """[{jid}]
enabled=true
jid={jid}
server={host}
port={port}
tls.policy=disable
password={password}
resource={resource}
presence.last=online
presence.login=online
priority.online=0
priority.chat=0
priority.away=0
priority.xa=0
priority.dnd=0
"""


def need_profanity():
    missing = [name for name in ("profanity", "tmux") if shutil.which(name) is None]
    if missing:
        raise Skip("not installed: " + " ".join(missing))


def is_running(pid, word):
    """Whether PID is still a program that was started with WORD; one that ended and was not waited for has no words."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as words:
            return word.encode() in words.read()
    except FileNotFoundError:
        return False


class Profanity:
    """Signed on as the sandbox's account NAME, its things in FOLDER, whose last part is the resource.
    close() ends it; a second one on the same FOLDER is the same device."""

    def __init__(self, box, name, folder, port=None, policy=POLICY):
        need_profanity()
        self.box, self.dir = box, folder
        self.jid = box["accounts"][name]["jid"]
        self.socket = os.path.join(folder, "tmux")
        self.log_path = os.path.join(folder, "prof.log")
        self._write_config(name, port or box["port"], policy)
        self.begun = len(self.log())
        self._start()

    def _write_config(self, name, port, policy):
        values = {"jid": self.jid, "host": self.box["host"], "port": port, "resource": os.path.basename(self.dir),
                  "password": self.box["accounts"][name]["password"]}
        for path, text in (("config/profanity/profrc", PROFRC.format(policy=policy)),
                           ("data/profanity/accounts", ACCOUNT.format(**values)), ("cache/none", "")):
            full = os.path.join(self.dir, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)

    def _start(self):
        places = [f"{name}={os.path.join(self.dir, place)}" for name, place in (
            ("HOME", ""), ("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data"), ("XDG_CACHE_HOME", "cache"))]
        self.tmux("-f", "/dev/null", "new-session", "-d", "-s", "p", "-x", "160", "-y", "50",
                  "env", "-u", "DBUS_SESSION_BUS_ADDRESS", "LANG=C.UTF-8", *places,
                  "profanity", "-l", "DEBUG", "-f", self.log_path, "-a", self.jid)
        self.server, self.pid = map(int, self.tmux("display-message", "-p", "#{pid} #{pane_pid}").split())

    def tmux(self, *words, check=True):
        done = subprocess.run(["tmux", "-u", "-S", self.socket, *words], capture_output=True, text=True, timeout=EVENT_S,
                              env={**os.environ, "LANG": "C.UTF-8"}, check=False)
        assert done.returncode == 0 or not check, f"tmux {words}: {done.stderr}"
        return done.stdout

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def type(self, text):
        self.tmux("send-keys", "-l", "--", text)
        self.tmux("send-keys", "Enter")

    # Its log

    def log(self):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def mark(self):
        """A place in the log, for logged(since=...)."""
        return len(self.log())

    def logged(self, pattern, since=None, count=1):
        """Waits until lines since a mark (else since its start) have COUNT matches of PATTERN."""
        since = self.begun if since is None else since
        return eventually(lambda: len(found := re.findall(pattern, self.log()[since:])) >= count and found,
                          what=f"{count} times {pattern!r} in {self.log_path}")

    def sent_messages(self):
        return re.findall(r"SENT: (<message.*)", self.log())

    def sent_encrypted(self):
        return [xml for xml in self.sent_messages() if "<encrypted" in xml]

    def leaks(self, *texts):
        """What it sent with any of TEXTS in clear."""
        return [xml for xml in self.sent_messages() if any(text in xml for text in texts)]

    # What a person does

    def sign_on(self):
        """Until it has asked what the server can do: only then can it publish."""
        self.logged("logged in successfully|Message carbons enabled")
        self.logged(r"\[OMEMO\] publish crypto materials")
        return self

    def make_keys(self):
        """Makes keys and publishes them: published() waits for that. With keys it publishes by itself at the start."""
        self.type("/omemo gen")

    def published(self):
        """Until the server has its bundle and a device list with it; what it says was sent may still be on its way."""
        self.logged(r"_omemo_bundle_publish_result\(\)")
        self.logged(f'RECV: <(iq|message).*node="{NODE}.devicelist".*<list.*<device id="{self.device}"')
        return self

    def open(self, jid, devices=1):
        """A conversation with JID, once there are sessions with so many DEVICES of theirs: it builds them one after the
        other, and leaves out of a message those that are not ready."""
        since = self.mark()
        self.type("/msg " + jid)
        ready = re.compile(rf"session with {re.escape(jid)} device (\d+)")
        eventually(lambda: len(set(ready.findall(self.log()[since:]))) >= devices,
                   what=f"sessions with {devices} devices of {jid} in {self.log_path}")

    def can_answer(self, jid):
        """Until it has asked for JID's devices, which it does when a message comes; before that it says nothing."""
        self.logged(rf"session with {re.escape(jid)} device \d+ exists")

    def chats(self):
        """All lines of all chat logs."""
        lines = []
        for path in glob.glob(os.path.join(glob.escape(self.dir), "data/profanity/chatlogs/*/*/*.log")):
            with open(path, encoding="utf-8") as log:
                lines += log.read().splitlines()
        return lines

    def shows(self, who, text):
        """Waits until the chat logs have exactly TEXT as said by WHO (a JID); how often they have it."""
        def found():
            return sum(line.endswith(f"{who}: {text}") for line in self.chats())
        return eventually(found, what=f"{who}: {text} in the chat logs of {self.jid}")

    # Its keys

    def _identity(self):
        path = glob.glob(os.path.join(glob.escape(self.dir), "data/profanity/omemo/*/identity.txt"))[0]
        keys = configparser.RawConfigParser()
        keys.read(path, encoding="utf-8")
        return keys["identity"]

    @property
    def device(self):
        return int(self._identity()["device_id"])

    @property
    def fingerprint(self):
        """The identity key without its first byte, 64 hex digits."""
        return base64.b64decode(self._identity()["identity_key_public"])[1:].hex()

    def close(self):
        """Signs off and ends; by its pid if it does not."""
        if is_running(self.pid, self.log_path):
            self.tmux("send-keys", "C-u", check=False)
            self.tmux("send-keys", "-l", "/quit", ";", "send-keys", "Enter", check=False)
        for pid, word in ((self.pid, self.log_path), (self.server, self.socket)):
            try:
                eventually(lambda p=pid, w=word: not is_running(p, w), 5, what=f"the end of {pid}")
            except AssertionError:
                os.kill(pid, signal.SIGKILL)


def leaked(rig, *texts):
    """What any client sent or got with any of TEXTS in clear, by the server's own log."""
    return [record for record in rig.stanzas() if any(text in record["xml"] for text in texts)]


def check_no_leak(rig, *clients_and_texts):
    """Overrides all: the TEXTS are in no message that a client says it sent, and nowhere in the server's log."""
    clients = [item for item in clients_and_texts if isinstance(item, Profanity)]
    texts = [item for item in clients_and_texts if isinstance(item, str)]
    found = [xml for client in clients for xml in client.leaks(*texts)] + leaked(rig, *texts)
    assert not found, f"in clear: {found}"
