# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sandbox with many people: alice with hundreds of contacts who have device
lists, written straight into the server's storage. Prosody without a limit of
traffic, unless its limit is what is measured; or ejabberd, with its own."""

import asyncio
import os
import sys
import tempfile

SOURCE_ROOT = os.environ.get(
    "PEN_SOURCE_ROOT",
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(SOURCE_ROOT, "tests", "integration"))
import rig as rigs
import crowd_ejabberd
from penbox import layout, prosody, up
from penbox.client import Client, publish_list

# Of the seeded accounts: one without contacts, one whose list is copied, one whom alice writes to.
LONER, MODEL, FRIEND = "c23", "c20", "bob"
# As the sandbox has them: each crowd changes them for its own server.
CONFIG, WRITE_ACCOUNTS = prosody.CONFIG, prosody.write_accounts
LIMIT, NO_LIMIT = '"10kb/s"', '"100mb/s"'


def member(number):
    return f"p{number:04d}"


def jid(name):
    return f"{name}@{layout.DOMAIN}"


def roster(names):
    """Prosody's file of a roster in which all of NAMES see and are seen."""
    items = "".join(f'["{jid(name)}"] = {{ subscription = "both"; groups = {{}}; }};\n' for name in names)
    return f"return {{ [false] = {{ version = 1; pending = {{}}; }};\n{items}}};\n"


def copies_of(folder, name):
    """Files of the model's PEP storage below FOLDER, each with its text."""
    for path in folder.glob("pep*/" + prosody.file_name(name) + ".*"):
        yield path, path.read_text(encoding="utf-8")


class Crowd(rigs.Rig):
    """A sandbox in which alice has CONTACTS contacts, and STRANGERS more people have accounts; ejabberd keeps its limit
    of traffic anyway, Prosody if it IS_LIMITED. MORE is what else the server does."""

    def __init__(self, contacts, strangers, server="prosody", is_limited=False, more=()):
        self.dir = tempfile.mkdtemp(prefix="pen-bench-")
        self.sandbox_dir = os.path.join(self.dir, "sandbox")
        self.server, self.harnesses, self.count, self.is_limited = server, [], 0, is_limited
        self.contacts = [member(n) for n in range(contacts)]
        self.strangers = [member(n) for n in range(contacts, contacts + strangers)]
        self.folder = layout.Box(self.sandbox_dir).server
        self.data = self.folder / "data" / prosody.file_name(layout.DOMAIN)
        self.adapt_server()
        self.box = up.up(self.sandbox_dir, server, more)
        try:
            asyncio.run(self.publish())
            self.spread()
        except BaseException:
            self.close(keep=True)
            raise

    def spread(self):
        """Everybody gets what the model has published; ejabberd's contacts come with it."""
        if self.server == "prosody":
            self.copy_lists()
        else:
            crowd_ejabberd.fill(self.folder, MODEL, self.contacts + self.strangers, self.contacts + [FRIEND])

    def adapt_server(self):
        """The server keeps rosters that it has read: they are there before it starts."""
        if self.server == "ejabberd":
            crowd_ejabberd.adapt(self.folder)
            return
        def write_people(box):
            WRITE_ACCOUNTS(box)
            self.write_people()

        assert LIMIT in CONFIG, "the sandbox's limit is written otherwise now"
        prosody.CONFIG = CONFIG if self.is_limited else CONFIG.replace(LIMIT, NO_LIMIT)
        prosody.write_accounts = write_people

    def write_people(self):
        account = prosody.password_record("pw-crowd")
        for name in self.contacts + self.strangers:
            self.write("accounts", name, account)
        for name in self.contacts + [FRIEND]:
            self.write("roster", name, roster(["alice"]))
        self.write("roster", "alice", roster(self.contacts + [FRIEND]))

    async def publish(self):
        model = await Client(self.box, MODEL).log_in(presence=False)
        await publish_list(model, [20200], "open")
        await model.log_out()

    def copy_lists(self):
        lists = list(copies_of(self.data, MODEL))
        assert lists, "Prosody keeps PEP elsewhere now"
        for name in self.contacts + self.strangers:
            for path, text in lists:
                copy = path.with_name(prosody.file_name(name) + path.suffix)
                copy.write_text(text.replace(jid(MODEL), jid(name)), encoding="utf-8")

    def write(self, store, name, text):
        (self.data / store).mkdir(parents=True, exist_ok=True)
        (self.data / store / (prosody.file_name(name) + ".dat")).write_text(text, encoding="utf-8")
