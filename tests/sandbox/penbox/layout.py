# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a sandbox keeps its things, its names, and free ports."""

import os
import pathlib
import random
import socket

HERE = pathlib.Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
DOMAIN = "pen.test"
FOREIGN_DOMAIN = "other.test"
UNROUTABLE_DOMAIN = "nowhere.invalid"
SMS = "sms." + DOMAIN
CHEOGRAM = "cheogram." + DOMAIN
DIRECTORY = "directory." + DOMAIN
ROOMS = "rooms." + DOMAIN
UPLOAD = "upload." + DOMAIN
UPLOAD_MAX_BYTES = 1024 * 1024
CONTACTS = ["c%02d" % n for n in range(1, 25)]

FIRST_PORT, LAST_PORT = 15000, 31999
PATIENCE = float(os.environ.get("PEN_TEST_PATIENCE", "1"))
ANSWER_WAIT_S = 10 * PATIENCE
LONGEST_SOCKET_PATH = 107


class SandboxError(Exception):
    """A sentence for the person who ran the command."""


class Box:
    """The files of the sandbox in one folder."""

    def __init__(self, folder):
        self.dir = pathlib.Path(folder).resolve()
        self.state = self.dir / "sandbox.json"
        self.pids = self.dir / "pids"
        self.logs = self.dir / "log"
        self.ready = self.dir / "ready"
        self.server = self.dir / "server"
        self.modem = self.dir / "modem"
        self.sms_log = self.modem / "sms.jsonl"
        self.bus = self.modem / "bus.sock"
        self.stanza_log = self.dir / "stanzas.jsonl"

    def control(self, name):
        return self.dir / (name + ".sock")

    def log(self, name):
        return self.logs / (name + ".log")

    def check_length(self):
        longest = max(len(str(p)) for p in (self.bus, self.control("directory")))
        if longest > LONGEST_SOCKET_PATH:
            raise SandboxError(f"The path of {self.dir} is too long for Unix sockets; "
                               f"make it at least {longest - LONGEST_SOCKET_PATH} characters shorter.")


def accounts():
    """Name -> (jid, password) of every account, also the one on the foreign domain."""
    made = {name: (f"{name}@{DOMAIN}", f"pw-{name}") for name in ["alice", "bob"] + CONTACTS}
    made["carol"] = ("carol@" + FOREIGN_DOMAIN, "pw-carol")
    return made


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def reserve_ports(count):
    """Ports in a row, and what keeps them while anybody has it open: a name that nobody else can take who asks here.
    Some are bound only later, or not all the time. Below the range that the kernel gives to outgoing connections."""
    while True:
        first = random.randrange(FIRST_PORT, LAST_PORT - count, count)
        ports = list(range(first, first + count))
        keeper = socket.socket(socket.AF_UNIX)
        try:
            keeper.bind(f"\0penregister-sandbox-{first}")
            if all(map(is_free, ports)):
                return ports, keeper
        except OSError:
            pass
        keeper.close()
