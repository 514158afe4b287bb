# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prosody, configured as Debian ships it but for TLS, other servers and the places of its files."""

import hashlib
import hmac
import os
import secrets

from . import layout, procs

NEEDS = {"/usr/bin/prosody": "prosody"}
ITERATIONS = 4096

CONFIG = """-- Written by the sandbox.
pidfile = "{dir}/prosody.pid"
data_path = "{dir}/data"
run_as_root = {root}
plugin_paths = {{ "{plugins}" }}
interfaces = {{ "{host}" }}
component_interfaces = {{ "{host}" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ }}
component_ports = {{ {component_port} }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_hashed"
modules_enabled = {{
  "disco", "roster", "saslauth", "blocklist", "bookmarks", "carbons", "limits", "pep", "private", "smacks", "vcard4",
  "vcard_legacy", "csi_simple", "ping", "register", "time", "uptime", "version", "pen_stanza_log"{compat}
}}
modules_disabled = {{ "s2s" }}
limits = {{ c2s = {{ rate = "10kb/s" }} }}
pen_stanza_log = "{stanza_log}"
{fake_pep}http_ports = {{ {http_port} }}
http_interfaces = {{ "{host}" }}
https_ports = {{ }}
log = {{ debug = "{log}" }}

VirtualHost "{domain}"
VirtualHost "{foreign}"
Component "{rooms}" "muc"
"""
UPLOAD = """Component "{upload}" "http_file_share"
  http_host = "{host}"
  http_external_url = "http://{host}:{web_port}/"
  http_file_share_size_limit = {limit}
"""
COMPONENT = 'Component "{0}"\n  component_secret = "{1}"\n'


def password_record(password):
    """What Prosody keeps of a password: SCRAM-SHA-1, RFC 5802 section 3."""
    salt = secrets.token_hex(16)
    salted = hashlib.pbkdf2_hmac("sha1", password.encode(), salt.encode(), ITERATIONS)
    stored = hashlib.sha1(hmac.digest(salted, b"Client Key", "sha1")).hexdigest()
    server = hmac.digest(salted, b"Server Key", "sha1").hex()
    return (f'return {{ ["iteration_count"] = {ITERATIONS}; ["salt"] = "{salt}"; ["stored_key"] = "{stored}"; '
            f'["server_key"] = "{server}"; }};\n')


def file_name(text):
    """Prosody's names of files: all but ASCII letters and digits as %xx."""
    return "".join(c if c.isascii() and c.isalnum() else "".join(f"%{b:02x}" for b in c.encode()) for c in text)


def write_accounts(box):
    for jid, password in layout.accounts().values():
        user, domain = jid.split("@")
        folder = box.server / "data" / file_name(domain) / "accounts"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / (file_name(user) + ".dat")).write_text(password_record(password), encoding="utf-8")


def compat_config(programs):
    """What lets Profanity or lurch publish, and the archive: modules, and an option; nothing of it on the stock server."""
    modules = (["profanity_compat"] if {"profanity", "lurch"} & set(programs) else []) + (["mam"] if "archive" in programs else [])
    return {"compat": "".join(f', "{module}"' for module in modules),
            "fake_pep": "fake_server_pep_identity = true\n" if "lurch" in programs else ""}


def upload_folder(box):
    return box.server / "data" / file_name(layout.UPLOAD)


def start(box, ports, components, compat=()):
    """Writes everything Prosody needs and starts it; COMPONENTS maps host names to secrets."""
    box.server.mkdir()
    write_accounts(box)
    config = CONFIG.format(dir=box.server, root="true" if os.getuid() == 0 else "false",
                           plugins=layout.HERE / "prosody", host=layout.HOST, port=ports["c2s"],
                           component_port=ports["component"], stanza_log=box.stanza_log, log=box.log("prosody-debug"),
                           domain=layout.DOMAIN, foreign=layout.FOREIGN_DOMAIN, rooms=layout.ROOMS,
                           http_port=ports["http"], **compat_config(compat))
    if "upload" in compat:
        config += UPLOAD.format(upload=layout.UPLOAD, host=layout.HOST, web_port=ports["web"],
                                limit=layout.UPLOAD_MAX_BYTES)
    config += "".join(COMPONENT.format(host, secret) for host, secret in components.items())
    path = box.server / "prosody.cfg.lua"
    path.write_text(config, encoding="utf-8")
    return procs.start(box, "prosody", ["/usr/bin/prosody", "--config", str(path), "-F"])
