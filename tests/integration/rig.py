# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every integration test needs: a sandbox of its own, the harness on the
built plugin, and TAP on the way out.

Environment: PEN_HARNESS (the program), PEN_PLUGIN_DIR (the folder of the
built plugin), PEN_SOURCE_ROOT, PEN_TEST_PATIENCE (how many times as long as
usual to wait for what comes anyway, on a busy machine). A test file is a list of functions handed to
main(); each gets a Rig. Its own folder is deleted when all passed."""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback

SOURCE_ROOT = os.environ.get(
    "PEN_SOURCE_ROOT",
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SANDBOX = os.path.join(SOURCE_ROOT, "tests", "sandbox", "sandbox")
sys.path.insert(0, os.path.join(SOURCE_ROOT, "tests", "sandbox"))
from penbox import stanzalog
from penbox.layout import PATIENCE

REPLY_S = EVENT_S = 30 * PATIENCE
SANDBOX_S = 60 * PATIENCE
END_S = 10 * PATIENCE
POLL_S = 0.05
ALL_ROWS = 1000000  # as many as the harness gives at once
PIPE_BYTES = 1 << 20  # a reader that is slow for a moment must not hold up the program that is measured


class Failed(Exception):
    """The harness said no."""

    def __init__(self, request, reply):
        self.code = (reply.get("error") or {}).get("code")
        self.message = (reply.get("error") or {}).get("message")
        super().__init__(f"{request}: {reply}")


class Skip(Exception):
    """What a test needs is not here; says what."""


class Harness:
    """One penregister-harness process. do() returns the reply, or raises Failed."""

    def __init__(self, config_dir, *options, env=None):
        os.makedirs(config_dir, exist_ok=True)
        self.config_dir = config_dir
        self.log = open(os.path.join(config_dir, "stderr.log"), "ab")
        self.process = subprocess.Popen(
            [os.environ["PEN_HARNESS"], "--config-dir", config_dir, "--plugin-path",
             os.environ["PEN_PLUGIN_DIR"], "--loopback-only", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, env=env, pipesize=PIPE_BYTES)
        self.changed = threading.Condition()
        self.events, self.replies, self.last_id, self.is_over = [], {}, 0, False
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        try:
            for line in self.process.stdout:
                self._take(json.loads(line))
        except json.JSONDecodeError:
            pass  # it was killed in the middle of a line
        with self.changed:
            self.is_over = True
            self.changed.notify_all()

    def _take(self, item):
        with self.changed:
            if "re" in item:
                self.replies[item["re"]] = item
            else:
                self.events.append(item)
            self.changed.notify_all()

    def tell(self, name, /, **arguments):
        """Sends a request and waits for nothing; its number, for answer()."""
        self.last_id += 1
        line = json.dumps({"do": name, "id": self.last_id, **arguments}) + "\n"
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()
        return self.last_id

    def answer(self, name, number, timeout_s=REPLY_S):
        with self.changed:
            self.changed.wait_for(lambda: number in self.replies or self.is_over, timeout_s)
            if number not in self.replies:
                raise AssertionError(f"no reply to {name}; harness exit {self.process.poll()}")
            return self.replies.pop(number)

    def ask(self, name, /, timeout_s=REPLY_S, **arguments):
        """Sends a request and returns its reply, whatever it says."""
        return self.answer(name, self.tell(name, **arguments), timeout_s)

    def do(self, name, /, timeout_s=REPLY_S, **arguments):
        reply = self.ask(name, timeout_s, **arguments)
        if not reply["ok"]:
            raise Failed({"do": name, **arguments}, reply)
        return reply

    def wait(self, event, /, timeout_s=EVENT_S, since=0, **match):
        """Waits for an event, counted from index SINCE of self.events."""
        def found():
            for item in self.events[since:]:
                if item["event"] == event and all(item.get(k) == v for k, v in match.items()):
                    return item
            return None
        with self.changed:
            self.changed.wait_for(lambda: found() or self.is_over, timeout_s)
            item = found()
        if item is None:
            raise AssertionError(f"no event {event} {match}; seen: {[e['event'] for e in self.events[since:]]}")
        return item

    def mark(self):
        """An index for wait(since=...)."""
        return len(self.events)

    def rows(self, **filters):
        """All ledger rows that fit, oldest first; by one look, for an answer and what it leads to are one change."""
        return sorted(self.do("ledger", limit=ALL_ROWS, **filters)["rows"], key=lambda row: row["row"])

    def until_keys(self, account):
        """Until ACCOUNT has heard that its keys are published; a stranger sees them before that."""
        eventually(lambda: self.ask("devices", account=account, to="c24@pen.test")["ok"], what=f"the keys of {account}")

    def until_directory(self, account, number):
        """Just signed on, it first finds the directory: without one there is nobody to ask about NUMBER."""
        eventually(lambda: "Nobody has been asked" in self.do("route", account=account, to=number)["why"][-1],
                   what="a directory")

    def close(self):
        """Ends the process cleanly; its exit code."""
        if self.process.poll() is None:
            with contextlib.suppress(BrokenPipeError, AssertionError):
                self.ask("quit", timeout_s=END_S)
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
            try:
                self.process.wait(END_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join(END_S)
        self.log.close()
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(END_S)
        self.log.close()


class Rig:
    """A sandbox, started with the options UP, and the harnesses of one test file."""

    def __init__(self, server, up=()):
        self.server = server
        self.dir = tempfile.mkdtemp(prefix="pen-")
        self.sandbox_dir = os.path.join(self.dir, "sandbox")
        self.harnesses, self.count = [], 0
        done = subprocess.run([SANDBOX, "up", self.sandbox_dir, "--server", server, *up],
                              capture_output=True, text=True, timeout=SANDBOX_S)
        if done.returncode != 0:
            raise RuntimeError(f"sandbox: {done.stderr}")
        self.box = json.loads(done.stdout)
        self.stanza_log = stanzalog.Tail(self.box["stanza_log"])

    def harness(self, *options, config=None, env=None):
        self.count += 1
        folder = config or os.path.join(self.dir, f"harness-{self.count}")
        harness = Harness(folder, *options, env=env)
        self.harnesses.append(harness)
        return harness

    def settings(self, through_proxy=False, **more):
        port = self.box["proxy"]["port"] if through_proxy else self.box["port"]
        return {"connect_server": "127.0.0.1", "port": port, "connection_security": "opportunistic_tls",
                "auth_plain_in_clear": True, **more}

    def account(self, harness, name, protocol="prpl-penregister", resource="pen", connect=True, **settings):
        """Adds the sandbox's account NAME and signs on; returns the handle."""
        known = self.box["accounts"][name]
        user = f"{known['jid']}/{resource}"
        handle = harness.do("account-add", protocol=protocol, user=user, password=known["password"],
                            settings=self.settings(**settings))["account"]
        if connect:
            self.connect(harness, handle, user)
        return handle

    def connect(self, harness, account, jid):
        """Signs ACCOUNT on as JID, until the server knows. ejabberd keeps what comes while it takes in a presence for the
        next one; that it sends the presence back is the end of it. Prosody does one thing at a time."""
        since = len(self.stanzas())
        harness.do("connect", account=account)

        def is_echo(record):
            return (record["direction"] == "out" and record["user"] == jid and record["xml"].startswith("<presence")
                    and f"from='{jid}'" in record["xml"] and "type='unavailable'" not in record["xml"])
        if self.server == "ejabberd":
            eventually(lambda: any(is_echo(record) for record in self.stanzas()[since:]), what=f"the presence of {jid}")

    def run(self, *words):
        """A command of the sandbox; its JSON."""
        done = subprocess.run([SANDBOX, words[0], self.sandbox_dir, *words[1:]],
                              capture_output=True, text=True, timeout=SANDBOX_S)
        assert done.returncode == 0, f"sandbox {words}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def stanzas(self):
        """The server's own log, oldest first."""
        return self.stanza_log.read()

    def until_received(self, harness, account):
        """Until the server has all that left ACCOUNT before: a ping goes last, and names nobody."""
        word = "ping-" + secrets.token_hex(4)
        xml = f"<iq type='get' to='pen.test' id='{word}'><ping xmlns='urn:xmpp:ping'/></iq>"
        harness.do("raw", account=account, xml=xml)
        eventually(lambda: any(record["direction"] == "in" and word in record["xml"] for record in self.stanzas()),
                   what="a ping at the server")

    def close(self, keep):
        for harness in self.harnesses:
            if harness.process.poll() is None:
                harness.close()
        subprocess.run([SANDBOX, "down", self.sandbox_dir], capture_output=True, timeout=SANDBOX_S, check=False)
        if keep:
            print(f"# left for a look: {self.dir}")
        else:
            shutil.rmtree(self.dir, ignore_errors=True)


class Crowd:
    """Clients and components of the test, in a loop of their own thread."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(SANDBOX_S)


def eventually(check, timeout_s=EVENT_S, what="condition"):
    """Waits until CHECK returns something true, and returns it. Looks at most half of the time."""
    end = time.monotonic() + timeout_s
    while True:
        began = time.monotonic()
        value = check()
        if value:
            return value
        now = time.monotonic()
        if now > end:
            raise AssertionError(f"never came: {what}")
        time.sleep(max(POLL_S, now - began))


def main(tests, servers=("prosody",), up=()):
    """Runs each of TESTS on each of SERVERS, started with the options UP, and prints TAP."""
    cases = [(server, test) for server in servers for test in tests]
    print(f"1..{len(cases)}", flush=True)
    number, failures = 0, 0
    for server in servers:
        rig, failed_here = Rig(server, up), 0
        for test in tests:
            number += 1
            try:
                test(rig)
                print(f"ok {number} {server} {test.__name__}", flush=True)
            except Skip as reason:
                print(f"ok {number} {server} {test.__name__} # SKIP {reason}", flush=True)
            except Exception:  # every fault is a failed test, and told
                failed_here += 1
                print(f"not ok {number} {server} {test.__name__}", flush=True)
                for line in traceback.format_exc().splitlines():
                    print(f"# {line}", flush=True)
        rig.close(keep=failed_here > 0)
        failures += failed_here
    sys.exit(1 if failures else 0)
