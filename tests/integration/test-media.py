#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files: sent encrypted or not at all, fetched only when asked for, and every connection in the ledger first."""

import contextlib
import http.server
import importlib
import json
import os
import pathlib
import re
import secrets
import sqlite3
import ssl
import subprocess
import threading
import urllib.parse

import socks
from rig import Failed, eventually, main
from penbox import layout

omemo_ours = importlib.import_module("test-omemo-ours")

PAIRS = {}
NOBODY = "c24@pen.test"
TAG_BYTES = 16
PLAIN = b"what stands in the file, in clear "
LINK = re.compile(r"aesgcm://[^\s#]+#[0-9a-f]{88}")


def next_pair(rig):
    """Two accounts that no other test of this rig uses."""
    names = PAIRS.setdefault(rig.dir, iter(zip(layout.CONTACTS[0::2], layout.CONTACTS[1::2])))
    return next(names)


class Side:
    """The plugin, signed on as NAME."""

    def __init__(self, rig, name, config=None):
        self.rig, self.jid = rig, rig.box["accounts"][name]["jid"]
        folder = os.path.join(rig.dir, "no-folders")
        self.harness = rig.harness("--debug", config=config,
                                   env={**os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder})
        self.account = rig.account(self.harness, name)
        self.files = pathlib.Path(self.harness.config_dir) / "penregister" / "files"

    def do(self, name, /, **arguments):
        return self.harness.do(name, account=self.account, **arguments)

    def lines(self, to):
        return [line["text"] for line in self.do("conversation", to=to)["lines"]]

    def says(self, to, words):
        return eventually(lambda: [line for line in self.lines(to) if words in line], what=f"{words!r} in {to}")[0]

    def rows(self):
        """Rows of web hosts, and of what names the service for uploads."""
        return [row for row in self.harness.rows(kind="http")]

    def settled(self, count):
        """Its rows, once there are COUNT and all have an answer."""
        return eventually(lambda: len(rows := self.rows()) == count
                          and all(row["status"] not in ("recorded", "sent") for row in rows) and rows,
                          what=f"{count} finished rows, not {self.rows()}")

    def fails(self, name, **arguments):
        try:
            reply = self.do(name, **arguments)
        except Failed as no:
            return no.message
        raise AssertionError(f"{name} went through: {reply}")

    def kept(self):
        return sorted(path.name for path in self.files.iterdir()) if self.files.exists() else []


class Talk:
    """Two of us who can write to each other encrypted."""

    def __init__(self, rig):
        self.rig = rig
        one, two = next_pair(rig)
        self.us, self.them = Side(rig, one), Side(rig, two)
        for side in (self.us, self.them):
            eventually(lambda s=side: omemo_ours.listed(rig, s.jid), what=f"a device of {side.jid}")
        text = "hello-" + secrets.token_hex(4)
        self.us.do("send", to=self.them.jid, text=text)
        self.them.harness.wait("im-in", text=text, route="encrypted")
        self.web_before = len(web_log(rig))

    def web(self):
        """Requests at the web host since the talk began."""
        return web_log(self.rig)[self.web_before:]

    def send_file(self, content):
        """From us to them; the link as they got it."""
        since = self.them.harness.mark()
        self.us.do("file-send", to=self.them.jid, path=new_file(self.rig, content))
        return eventually(lambda: [e["text"] for e in self.them.harness.events[since:] if e["event"] == "im-in"
                                   and e["text"].startswith("aesgcm:")], what="the link")[0]

    def close(self):
        for side in (self.us, self.them):
            side.harness.close()


def talk(test):
    def run(rig):
        with contextlib.closing(Talk(rig)) as items:
            test(items)
            check_keys_are_secret(items)
    run.__name__ = test.__name__
    return run


def web_log(rig):
    with open(rig.box["upload"]["log"], encoding="utf-8") as log:
        return [json.loads(line) for line in log if line.endswith("\n")]


def new_file(rig, content, name="holiday plans.txt"):
    folder = pathlib.Path(rig.dir) / secrets.token_hex(4)
    folder.mkdir()
    (folder / name).write_bytes(content)
    return str(folder / name)


def stored(rig):
    """Contents of the server's files."""
    folder = pathlib.Path(rig.box["upload"]["files"])
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def slots(rig, side):
    """Requests for a place, by the server's log: id -> the whole stanza."""
    found = [r["xml"] for r in rig.stanzas() if r["direction"] == "in" and r["user"].startswith(side.jid)
             and "urn:xmpp:http:upload:0" in r["xml"] and "<request" in r["xml"]]
    return {re.search(r"<iq[^>]*\bid='([^']+)'", xml)[1]: xml for xml in found}


def check_keys_are_secret(items):
    """No key of a file stands in clear at the server, in a log of conversations, or in the debug log."""
    for side in (items.us, items.them):
        keys = [key for other in (items.us, items.them)
                for line in side.lines(other.jid) for key in re.findall(r"#([0-9a-f]{88})", line)]
        text = json.dumps(items.rig.stanzas())
        for path in pathlib.Path(side.harness.config_dir).rglob("*"):
            if path.is_file() and (path.name == "stderr.log" or "logs" in path.parts):
                text += path.read_text(encoding="utf-8", errors="replace")
        assert not any(key in text for key in keys), "the key to a file stands in clear"


def describe(row):
    return row["observers"], row["disclosed"], row["trigger"], row["status"], row["result"]


def host_of(rig):
    return urllib.parse.urlsplit(rig.box["upload"]["url"]).hostname


@contextlib.contextmanager
def locked(harness):
    """Another program holds the store."""
    path = os.path.join(harness.config_dir, "penregister", "penregister.db")
    other = sqlite3.connect(path, isolation_level=None, timeout=20)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


# The tests

@talk
def there_and_back(items):
    """The same bytes arrive; the server has others; nothing is fetched unasked; rows and requests are the same."""
    content = PLAIN * 20000
    link = items.send_file(content)
    assert LINK.fullmatch(link), link
    items.them.says(items.us.jid, "/pen open")
    assert [r["method"] for r in items.web()] == ["PUT"], items.web()
    assert not items.them.rows()
    path = items.them.do("file-open", to=items.us.jid)["path"]
    assert pathlib.Path(path).read_bytes() == content
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert items.them.kept() == [os.path.basename(path)] and "holiday" not in path
    items.them.says(items.us.jid, path)
    again = items.them.do("file-open", to=items.us.jid, url=link)["path"]
    assert again != path and pathlib.Path(again).read_bytes() == content
    check_server(items, content)
    check_rows(items)


def check_server(items, content):
    files = stored(items.rig).values()
    assert not any(PLAIN in data for data in files)
    assert any(len(data) == len(content) + TAG_BYTES for data in files)
    assert "holiday" not in json.dumps(items.rig.stanzas())


def check_rows(items):
    rig, web = items.rig, items.web()
    assert [(r["method"], r["status"]) for r in web] == [("PUT", 201), ("GET", 200), ("GET", 200)], web
    assert not any("User-Agent" in r["headers"] for r in web), web
    slot, put = items.us.settled(2)
    assert list(slots(rig, items.us)) == [slot["stanza"]] and slot["status"] == "answered", slot
    observer = [{"observer": "web", "host": host_of(rig)}]
    assert describe(put) == (observer, "clear", "manual", "answered", "201"), put
    assert put["bytes_out"] > web[0]["bytes_in"] and put["attempts"] == 1
    assert put["address"].startswith(rig.box["upload"]["url"]) and "#" not in put["address"], put
    for row, request in zip(items.them.settled(2), web[1:]):
        assert describe(row) == (observer, "clear", "manual", "answered", "200"), row
        assert row["address"] == "xmpp:" + items.us.jid and row["attempts"] == 1, row
        assert row["bytes_in"] > request["bytes_out"], row


@talk
def by_command(items):
    """/pen open in the conversation does it too, and says where the file is."""
    assert "No encrypted file" in items.them.fails("command", to=items.us.jid, text="/pen open")
    items.send_file(b"")
    items.them.do("command", to=items.us.jid, text="/pen open")
    line = items.them.says(items.us.jid, "saved as")
    assert pathlib.Path(line.partition("saved as ")[2].rstrip(".")).read_bytes() == b""


@talk
def damaged(items):
    """One bit changed at the server, or the file cut short there: said, and nothing is left of it."""
    link = items.send_file(PLAIN * 10)
    path, data = next((p, d) for p, d in stored(items.rig).items() if len(d) == len(PLAIN) * 10 + TAG_BYTES)
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    assert "changed or damaged" in items.them.fails("file-open", to=items.us.jid)
    assert items.them.kept() == []
    path.write_bytes(data)
    wrong = link[:-1] + ("0" if link[-1] != "0" else "1")
    assert "changed or damaged" in items.them.fails("file-open", to=items.us.jid, url=wrong)
    slot = urllib.parse.urlsplit(link).path.split("/")[-2]
    gone = link.replace(slot, "x" * len(slot))
    assert items.them.fails("file-open", to=items.us.jid, url=gone)
    assert items.them.kept() == []
    rows = items.them.settled(3)
    assert [row["status"] for row in rows] == ["answered"] * 3 and rows[2]["result"] != "200", rows
    items.them.says(items.us.jid, "changed or damaged")


@talk
def refused(items):
    """No OMEMO, too large, no file, a folder: refused in words, and nothing leaves."""
    us = items.us
    us.do("open", to=NOBODY)
    small = new_file(items.rig, PLAIN)
    assert us.fails("file-send", to=NOBODY, path=small)
    for path, words in ((new_file(items.rig, bytes(layout.UPLOAD_MAX_BYTES)), "too large"),
                        (small + ".none", "could not be used"), (os.path.dirname(small), "no folder")):
        us.do("file-send", to=items.them.jid, path=path)
        us.says(items.them.jid, words)
    assert not slots(items.rig, us) and not items.web() and not us.rows()


@talk
def key_stays(items):
    """A link with a key goes to nobody in clear, whatever the user chose, and can be given up."""
    us = items.us
    us.do("open", to=NOBODY)
    us.do("command", to=NOBODY, text="/pen plain")
    key = secrets.token_hex(44)
    for text in (f"aesgcm://up.example/f#{key}", f"look: AESGCM://up.example/f#{key}"):
        reply = us.do("send", to=NOBODY, text=text)
        assert reply["state"] == "held", reply
        us.says(NOBODY, "holds the key to a file")
        us.do("command", to=NOBODY, text="/pen plain")
        us.harness.do("answer", message=reply["message"], choice="cancel")
    word = "after-" + secrets.token_hex(4)
    us.do("send", to=NOBODY, text=word)
    eventually(lambda: word in json.dumps(items.rig.stanzas()), what="a message after it")
    assert key not in json.dumps(items.rig.stanzas())


@talk
def not_recorded(items):
    """A store that refuses: no connection, no request for a place, and a reason."""
    link = items.send_file(PLAIN)
    before, asked, rows = len(items.web()), len(slots(items.rig, items.us)), len(items.us.rows())
    with locked(items.them.harness):
        assert items.them.fails("file-open", to=items.us.jid, url=link)
        items.them.harness.wait("notice", title="Metadata ledger")
    with locked(items.us.harness):
        items.us.do("file-send", to=items.them.jid, path=new_file(items.rig, PLAIN))
        items.us.says(items.them.jid, "nothing was sent")
    items.them.do("file-open", to=items.us.jid, url=link)
    assert len(items.web()) == before + 1 and len(slots(items.rig, items.us)) == asked, items.web()
    assert len(items.them.settled(1)) == 1 and len(items.us.rows()) == rows
    assert len(items.them.kept()) == 1


@talk
def hostile_links(items):
    """Links that lead elsewhere, or nowhere: no file, no crash, one row for each that was tried."""
    key = secrets.token_hex(44)
    port = urllib.parse.urlsplit(items.rig.box["upload"]["url"]).port
    bad = (f"https://127.0.0.1:{port}/f#{key}", f"aesgcm://127.0.0.1:{port}/../f#{key}", "aesgcm://127.0.0.1/f",
           f"aesgcm://me@127.0.0.1:{port}/f#{key}", f"aesgcm://127.0.0.1:{port}/f%0d%0aX: y#{key}")
    for url in bad:
        assert "no link" in items.them.fails("file-open", to=items.us.jid, url=url)
    assert not items.them.rows() and not items.web()
    (closed,), keeper = layout.reserve_ports(1)
    elsewhere = (f"aesgcm://up.example.invalid/f#{key}", f"aesgcm://192.0.2.1/f#{key}",
                 f"aesgcm://127.0.0.1:{closed}/f#{key}")
    for url in elsewhere:
        assert "could not be reached" in items.them.fails("file-open", to=items.us.jid, url=url)
    keeper.close()
    rows = items.them.settled(3)
    assert [row["observers"][0]["host"] for row in rows] == ["up.example.invalid", "192.0.2.1", "127.0.0.1"], rows
    assert [row["result"] for row in rows] == ["unreachable"] * 3 and items.them.kept() == [], rows


class WebHost(http.server.BaseHTTPRequestHandler):
    """Answers by the path: /away?URL sends elsewhere, /huge says that more follows than is taken, /more does it."""

    def do_GET(self):
        self.server.asked.append(self.path)
        away, _, place = self.path.partition("?")
        self.send_response(302 if away == "/away" else 200)
        if place:
            self.send_header("Location", urllib.parse.unquote(place))
        if self.path == "/huge":
            self.send_header("Content-Length", str(1 << 40))
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(2000 if self.path == "/more" else 1):
                self.wfile.write(bytes(65536))

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def web_host(context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), WebHost)
    server.asked, server.port = [], server.server_address[1]
    server.handle_error = lambda *_: None
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def certificate(rig):
    """Of a host that nobody vouches for."""
    path = os.path.join(rig.dir, "host.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=up.example.invalid", "-addext", "subjectAltName=DNS:up.example.invalid",
                    "-keyout", path, "-out", path + ".crt"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path + ".crt", path)
    return context


@talk
def hostile_hosts(items):
    """A host that sends us elsewhere is not obeyed; one that sends more than is taken is cut off."""
    key = secrets.token_hex(44)
    place = urllib.parse.quote(items.rig.box["upload"]["url"], safe="")
    with web_host() as host:
        for path, words in ((f"away?{place}", "HTTP 302"), ("huge", "larger"), ("more", "larger"),
                            ("f", "changed or damaged")):
            url = f"aesgcm://127.0.0.1:{host.port}/{path}#{key}"
            assert words in items.them.fails("file-open", to=items.us.jid, url=url), (path, words)
        assert len(host.asked) == 4, host.asked
    assert not items.web() and items.them.kept() == []
    assert [row["result"] for row in items.them.settled(4)] == ["302", "200", "200", "200"]


def through_proxy(rig):
    """With a proxy nothing connects past it, and names are its business: nobody here is asked for them."""
    name, _ = next_pair(rig)
    proxy, folder = socks.Server(), os.path.join(rig.dir, "proxied")
    os.makedirs(folder)
    with open(os.path.join(folder, "prefs.xml"), "w", encoding="utf-8") as prefs:
        prefs.write(socks.PREFS.format("socks5", proxy.port))
    side, key = Side(rig, name, folder), secrets.token_hex(44)
    web_port, before = urllib.parse.urlsplit(rig.box["upload"]["url"]).port, len(web_log(rig))
    assert side.fails("file-open", to=NOBODY, url=f"aesgcm://127.0.0.1:{web_port}/f#{key}")
    assert proxy.asked[-1] == (socks.IPV4, "127.0.0.1", web_port), proxy.asked
    assert len(web_log(rig)) == before + 1
    assert side.fails("file-open", to=NOBODY, url=f"aesgcm://up.example.invalid/f#{key}")
    assert proxy.asked[-1] == (socks.NAME, "up.example.invalid", 443), proxy.asked
    with web_host(certificate(rig)) as host:
        proxy.moved["up.example.invalid", 443] = ("127.0.0.1", host.port)
        no = side.fails("file-open", to=NOBODY, url=f"aesgcm://up.example.invalid/f#{key}")
        assert "could not prove" in no and not host.asked, (no, host.asked)
    proxy.close()
    side.fails("file-open", to=NOBODY, url=f"aesgcm://127.0.0.1:{web_port}/f#{key}")
    assert len(web_log(rig)) == before + 1
    side.harness.close()


if __name__ == "__main__":
    main([there_and_back, by_command, damaged, refused, key_stays, not_recorded, hostile_links,
          hostile_hosts, through_proxy],
         servers=("prosody", "ejabberd"), up=("--upload",))
