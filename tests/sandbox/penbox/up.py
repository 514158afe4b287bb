# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting and stopping a whole sandbox."""

import glob
import importlib.util
import json
import secrets
import shutil
import socket

from . import ejabberd, gateway, layout, magic, procs, prosody
from .layout import Box, SandboxError

SERVERS = {"prosody": prosody, "ejabberd": ejabberd}
UP_WAIT_S = 14 * layout.PATIENCE
PYTHON = "/usr/bin/python3"
PORTS = ["c2s", "component", "proxy", "http", "web"]
OURS = ["log", "ready", "server", "modem"]
ENTRIES = {
    "+15551230001": [f"c01@{layout.DOMAIN}"], "+15551230002": [f"c02@{layout.DOMAIN}", f"c09@{layout.DOMAIN}"],
    "+15551230006": [f"c06@{layout.DOMAIN}"], "+15551230009": [f"c09@{layout.DOMAIN}"],
    "+15551230014": [f"c14@{layout.DOMAIN}"], "+15551230018": [f"c18@{layout.DOMAIN}"],
    "+15551230090": [f"nobody1@{layout.DOMAIN}"], "+15551230091": [f"far1@{layout.UNROUTABLE_DOMAIN}"],
}


def missing(server):
    """The packages that something needed belongs to and is not there."""
    files = {**SERVERS[server].NEEDS, **gateway.NEEDS}
    lacking = {package for path, package in files.items() if not glob.glob(path)}
    modules = {"slixmpp": "python3-slixmpp", **gateway.MODULES}
    lacking |= {package for module, package in modules.items() if importlib.util.find_spec(module) is None}
    return sorted(lacking)


def prepare(box):
    """An empty folder, or that of a sandbox which is down."""
    if box.dir.exists() and any(box.dir.iterdir()) and not box.stanza_log.exists():
        raise SandboxError(f"{box.dir} is not empty and no sandbox's folder; name another one.")
    if procs.any_alive(box):
        raise SandboxError(f"A sandbox is already up in {box.dir}; take it down first.")
    box.check_length()
    box.dir.mkdir(parents=True, exist_ok=True)
    for name in OURS:
        shutil.rmtree(box.dir / name, ignore_errors=True)
    box.stanza_log.write_text("", encoding="utf-8")
    for pattern in ("cheogram.json*", "directory.json*", "*.sock", "*.secret", "web.jsonl", "pids", "sandbox.json"):
        for path in box.dir.glob(pattern):
            path.unlink()
    box.pids.touch()
    box.logs.mkdir()
    box.ready.mkdir()


def component_argv(box, program, jid, port, secret):
    secret_file = box.dir / (program + ".secret")
    secret_file.write_text(secret, encoding="utf-8")
    return [PYTHON, str(layout.HERE / program), "--jid", jid, "--secret-file", str(secret_file), "--host", layout.HOST,
            "--port", str(port), "--control", str(box.control(program)), "--log", str(box.dir / (program + ".jsonl")),
            "--ready", str(box.ready / program), "--domain", layout.DOMAIN,
            "--entries", str(box.dir / "directory.json")]


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex((layout.HOST, port)) == 0


def start_server(box, server, ports, hosts, compat):
    """The server and, meanwhile, the modem's bus; COMPAT: see up()."""
    options = [compat] if compat else []
    running = {server: SERVERS[server].start(box, ports, hosts, *options), "dbus": gateway.start_bus(box)}
    procs.wait_until(box, box.bus.exists, running, "the message bus", UP_WAIT_S)
    running["modem"] = gateway.start_modem(box)
    marker = box.ready / "server"
    procs.wait_until(box, lambda: accepts(ports["c2s"]) and accepts(ports["component"])
                     and (server == "prosody" or marker.exists()), running, server, UP_WAIT_S)
    procs.wait_until(box, lambda: gateway.modem_is_up(box), running, "the modem", UP_WAIT_S)
    return running


def start_rest(box, ports, hosts, running, keeper):
    (box.dir / "directory.json").write_text(json.dumps(ENTRIES, indent=1), encoding="utf-8")
    running["sms4you"] = gateway.start_sms4you(box, ports["component"], hosts[layout.SMS])
    for program, jid in (("cheogram", layout.CHEOGRAM), ("directory", layout.DIRECTORY)):
        argv = component_argv(box, program, jid, ports["component"], hosts[jid])
        running[program] = procs.start(box, program, argv)
    running["proxy"] = procs.start(box, "proxy", [PYTHON, str(layout.HERE / "proxy"), str(ports["proxy"]),
                                                  str(ports["c2s"]), str(box.control("proxy")),
                                                  str(box.ready / "proxy")], keeps=[keeper])
    for name in ("proxy", "cheogram", "directory", "sms4you"):
        procs.wait_until(box, (box.ready / name).exists, running, name, UP_WAIT_S)


def start_web(box, ports, running):
    running["web"] = procs.start(box, "web", [PYTHON, str(layout.HERE / "web"), str(ports["web"]), str(ports["http"]),
                                              str(box.dir / "web.jsonl"), str(box.ready / "web")])
    procs.wait_until(box, (box.ready / "web").exists, running, "web", UP_WAIT_S)


def describe(box, server, ports):
    """What `up` prints."""
    made = {name: {"jid": jid, "password": password} for name, (jid, password) in layout.accounts().items()}
    state = {
        "server": server, "host": layout.HOST, "port": ports["c2s"], "domain": layout.DOMAIN,
        "foreign_domain": layout.FOREIGN_DOMAIN, "rooms": layout.ROOMS, "dir": str(box.dir), "accounts": made,
        "gateway": {"jid": layout.SMS, "senders": ["alice", "bob"], "recipients": ["alice"],
                    "sms_log": str(box.sms_log), "bus": f"unix:path={box.bus}"},
        "cheogram": {"jid": layout.CHEOGRAM, "control": str(box.control("cheogram")),
                     "log": str(box.dir / "cheogram.jsonl"), "magic": magic.MAGIC},
        "directory": {"jid": layout.DIRECTORY, "control": str(box.control("directory")), "entries": ENTRIES,
                      "log": str(box.dir / "directory.jsonl")},
        "proxy": {"host": layout.HOST, "port": ports["proxy"], "control": str(box.control("proxy"))},
        "stanza_log": str(box.stanza_log), "logs": str(box.logs), "pids": str(box.pids),
    }
    if (box.ready / "web").exists():
        state["upload"] = {"jid": layout.UPLOAD, "url": f"http://{layout.HOST}:{ports['web']}", "max_bytes":
                           layout.UPLOAD_MAX_BYTES, "log": str(box.dir / "web.jsonl"),
                           "files": str(SERVERS[server].upload_folder(box))}
    if server == "ejabberd":
        state["http"] = {"api": f"http://{layout.HOST}:{ports['http']}/api"}
    return state


def up(folder, server, compat=()):
    """Starts everything; on any failure nothing of it is left running. COMPAT: programs the server must please, and what
    more it does: "upload", "archive"."""
    if set(compat) - {"upload", "archive"} and server != "prosody":
        raise SandboxError("Only Prosody can be made to please Profanity or lurch.")
    lacking = missing(server)
    if lacking:
        raise SandboxError("The sandbox needs these Debian packages: " + " ".join(lacking) + ".")
    box = Box(folder)
    prepare(box)
    numbers, keeper = layout.reserve_ports(len(PORTS))
    ports = dict(zip(PORTS, numbers))
    hosts = {jid: secrets.token_hex(12) for jid in (layout.SMS, layout.CHEOGRAM, layout.DIRECTORY)}
    try:
        running = start_server(box, server, ports, hosts, compat)
        start_rest(box, ports, hosts, running, keeper)
        if "upload" in compat:
            start_web(box, ports, running)
        state = describe(box, server, ports)
        box.state.write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
    except BaseException:
        procs.stop_all(box)
        raise
    finally:
        keeper.close()  # the proxy has it too
    return state


def down(folder):
    """Stops what `up` started; a folder without a running sandbox is fine."""
    procs.stop_all(Box(folder))


def stop(folder, name):
    """Stops one process by the name it has in the pid file."""
    found = [(pid, began) for pid, began, other in procs.recorded(Box(folder)) if other == name]
    if not found:
        raise SandboxError(f"No process named {name} was started in {folder}.")
    for pid, began in found:
        procs.stop(pid, began)


def load(folder):
    """What `up` printed for this folder."""
    try:
        return json.loads(Box(folder).state.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SandboxError(f"No sandbox was started in {folder}.") from None
