#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a Pidgin folder with the sandbox's accounts and our plugin in it."""

import argparse
import json
import pathlib
import shutil
from xml.sax.saxutils import escape

TYPES = {bool: "bool", int: "int", str: "string"}
PREFS = """<?xml version='1.0' encoding='UTF-8' ?>
<pref version='1' name='/'>
 <pref name='pidgin'>
  <pref name='docklet'><pref name='show' type='string' value='never'/></pref>
  <pref name='blist'><pref name='list_visible' type='bool' value='1'/></pref>
  <pref name='conversations'><pref name='spellcheck' type='bool' value='0'/></pref>
  <pref name='sound'><pref name='method' type='string' value='none'/></pref>
 </pref>
</pref>
"""


def setting(name, value):
    written = str(int(value)) if isinstance(value, bool) else str(value)
    return f"<setting name='{name}' type='{TYPES[type(value)]}'>{escape(written)}</setting>"


def account(box, name, protocol, **settings):
    login = box["accounts"][name]
    settings = {"connect_server": box["host"], "port": box["port"], "connection_security": "opportunistic_tls",
                "auth_plain_in_clear": True, **settings}
    inner = "".join(setting(*pair) for pair in settings.items())
    return (f"<account><protocol>{protocol}</protocol><name>{escape(login['jid'])}/demo</name>"
            f"<password>{escape(login['password'])}</password><settings>{inner}</settings>"
            f"<settings ui='gtk-gaim'>{setting('auto-login', True)}</settings></account>")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("sandbox", "build", "config"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    box = json.loads(pathlib.Path(options.sandbox).read_text(encoding="utf-8"))
    config = pathlib.Path(options.config)
    (config / "plugins").mkdir(parents=True, exist_ok=True)
    shutil.copy(pathlib.Path(options.build) / "plugin/purple/libpenregister.so", config / "plugins")
    accounts = [account(box, "alice", "prpl-penregister", gateway=box["gateway"]["jid"],
                        directory=box["directory"]["jid"], region="US"), account(box, "bob", "prpl-jabber")]
    (config / "accounts.xml").write_text("<?xml version='1.0' encoding='UTF-8' ?>\n<account version='1.0'>"
                                         + "".join(accounts) + "</account>\n", encoding="utf-8")
    (config / "accounts.xml").chmod(0o600)
    (config / "prefs.xml").write_text(PREFS, encoding="utf-8")


if __name__ == "__main__":
    main()
