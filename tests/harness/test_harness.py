#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The harness's own contract: command line, lines, ids, waits, ends, and that a killed process leaves a usable folder.

Usage: test_harness.py HARNESS PLUGIN-DIR      (prints TAP; needs no server)
"""

import json
import os
import pathlib
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

HARNESS, PLUGINS = sys.argv[1:3]
LIMIT_S = 20 * float(os.environ.get("PEN_TEST_PATIENCE", "1"))
USER = {"protocol": "prpl-jabber", "user": "juliet@localhost/test", "password": "secret"}


class Harness:
    """One running harness; replies by id, events in order."""

    def __init__(self, folder, *options):
        command = [HARNESS, "--config-dir", str(folder), "--plugin-path", PLUGINS, *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        self.events = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def write(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def reply(self):
        while True:
            line = self.lines.get(timeout=LIMIT_S)
            assert line is not None, "the harness has ended"
            if "re" in line:
                return line
            self.events.append(line)

    def ask(self, do, **members):
        self.write(json.dumps({"do": do, "id": do, **members}))
        reply = self.reply()
        assert reply["re"] == do, reply
        return reply

    def get(self, do, **members):
        reply = self.ask(do, **members)
        assert reply["ok"], reply
        return reply

    def refused(self, do, **members):
        reply = self.ask(do, **members)
        assert not reply["ok"] and reply["error"]["message"], reply
        return reply["error"]["code"]

    def end(self):
        self.process.stdin.close()
        return self.process.wait(timeout=LIMIT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def run(*options, text=""):
    return subprocess.run([HARNESS, *options], input=text, capture_output=True, text=True, timeout=LIMIT_S)


def run_lines(folder, lines, *options):
    done = run("--config-dir", str(folder), "--plugin-path", PLUGINS, *options, text="\n".join(lines) + "\n")
    assert done.returncode == 0, done
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_usage(folder):
    for options in ([], ["--no-such-option"], ["--config-dir", str(folder), "extra"],
                    ["--config-dir", str(folder), "--virtual-clock", "noon"],
                    ["--config-dir", str(folder), "--seed", "-1"],
                    ["--config-dir", str(folder), "--exec", str(folder / "missing")]):
        done = run(*options)
        assert done.returncode == 2, (options, done)
        assert not done.stdout and len(done.stderr.splitlines()) == 1, done


def test_no_plugin(folder):
    broken = folder / "plugins"
    broken.mkdir()
    done = run("--config-dir", "/proc/nowhere", "--plugin-path", str(broken))
    assert done.returncode == 1 and not done.stdout, done
    assert len(done.stderr.splitlines()) == 1, done


def test_broken_lines(folder):
    lines = ["{", "[]", "17", "", '{"do": 5, "id": 1}', '{"id": 2}', '{"do": "no-such", "id": 3}', "[" * 100000,
             '{"do": "accounts", "id": 4}']
    replies = run_lines(folder, lines)
    codes = [(reply["re"], reply.get("error", {}).get("code")) for reply in replies]
    assert codes == [(None, "bad_line"), (None, "bad_line"), (None, "bad_line"), (1, "bad_request"),
                     (2, "bad_request"), (3, "unknown_request"), (None, "bad_line"), (4, None)], codes


def test_bad_utf8(folder):
    command = [HARNESS, "--config-dir", str(folder), "--plugin-path", PLUGINS]
    done = subprocess.run(command, input=b'{"do": "\xff\xfe"}\n{"do":"accounts","id":1}', capture_output=True,
                          timeout=LIMIT_S)
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and [r["ok"] for r in replies] == [False, True], done


def test_long_line(folder):
    with Harness(folder) as harness:
        harness.write('{"do": "accounts", "id": "' + "x" * (17 * 1024 * 1024) + '"}')
        assert harness.reply()["error"]["code"] == "bad_line"
        harness.get("accounts")
        assert harness.end() == 0


def test_ids(folder):
    ids = ["text", 7, 1.5, None, True, [1, {"a": 2}], {"deep": [None]}, "\u00e9\u2028\U0001f600"]
    replies = run_lines(folder, [json.dumps({"do": "accounts", "id": i}) for i in ids])
    assert [reply["re"] for reply in replies] == ids, replies


def test_exec_in_order(folder):
    script = folder / "script"
    port = closed_port()
    lines = [{"do": "account-add", "id": 1, **USER, "settings": {"connect_server": "127.0.0.1", "port": port}},
             {"do": "connect", "id": 2, "account": "juliet@localhost/test@prpl-jabber"},
             {"do": "wait", "id": 3, "event": "signed-off", "timeout_ms": 0},
             {"do": "wait", "id": 4, "event": "never", "timeout_ms": 50}, {"do": "quit", "id": 5},
             {"do": "accounts", "id": 6}]
    script.write_text("\n".join(map(json.dumps, lines)))
    replies = [r for r in run_lines(folder, [], "--loopback-only", "--exec", str(script)) if "re" in r]
    codes = [(reply["re"], reply.get("error", {}).get("code")) for reply in replies]
    assert codes == [(1, None), (2, "network"), (3, None), (4, "timeout"), (5, None)], replies
    assert replies[2]["event"]["error"]["code"] == "network", replies


def test_quit_answers_all(folder):
    with Harness(folder) as harness:
        harness.write(json.dumps({"do": "wait", "id": "w", "event": "never", "timeout_ms": 60000}))
        harness.write(json.dumps({"do": "quit", "id": "q"}))
        assert harness.reply() == {"re": "q", "ok": True}
        assert harness.reply()["error"]["code"] == "quit"
        assert harness.process.wait(timeout=LIMIT_S) == 0


def test_signal(folder):
    with Harness(folder) as harness:
        harness.get("accounts")
        harness.process.terminate()
        assert harness.process.wait(timeout=LIMIT_S) == 0


def test_closed_output(folder):
    command = [HARNESS, "--config-dir", str(folder), "--plugin-path", PLUGINS]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.close()
    process.stdin.write(b'{"do": "accounts"}\n')
    process.stdin.flush()
    assert process.wait(timeout=LIMIT_S) == 0
    process.stdin.close()


def test_waits(folder):
    with Harness(folder, "--loopback-only") as harness:
        account = harness.get("account-add", **USER, settings={"connect_server": "127.0.0.1",
                                                               "port": closed_port()})["account"]
        began = time.monotonic()
        assert harness.refused("wait", event="signed-off", timeout_ms=200) == "timeout"
        assert 0.15 < time.monotonic() - began < 5
        assert harness.refused("connect", account=account) == "network"
        assert harness.refused("wait", event="signed-off", match={"account": "another"}, timeout_ms=50) == "timeout"
        event = harness.get("wait", event="signed-off", match={"account": account, "error": {"code": "network"}})
        assert event["event"]["account"] == event["account"] == account, event
        assert harness.refused("wait", event="signed-off", timeout_ms=50) == "timeout"
        assert harness.refused("wait", event="signed-off", timeout_ms="soon") == "bad_request"
        assert harness.end() == 0


def test_in_flight(folder):
    with Harness(folder) as harness:
        # In one piece: the second must not time out before the third is written.
        harness.write('{"do": "wait", "id": 1, "event": "never", "timeout_ms": 3000}\n'
                      '{"do": "wait", "id": 2, "event": "never", "timeout_ms": 100}\n'
                      '{"do": "accounts", "id": 3}')
        harness.process.stdin.close()
        assert [harness.reply()["re"] for _ in range(3)] == [3, 2, 1]
        assert harness.process.wait(timeout=LIMIT_S) == 0


def test_loopback_only(folder):
    with Harness(folder, "--loopback-only") as harness:
        refused = [{"user": "j@example.org"}, {"user": "j@localhost", "settings": {"connect_server": "192.0.2.1"}},
                   {"user": "j@localhost", "settings": {"bosh_url": "http://example.org:5280/bosh"}},
                   {"user": "j@127.0.0.1.example.org"}]
        for account in refused:
            assert harness.refused("account-add", protocol="prpl-jabber", **account) == "not_loopback", account
        assert harness.get("accounts")["accounts"] == []
        for user in ("j@localhost", "j@127.0.0.1", "j@127.1.2.3/x"):
            harness.get("account-add", protocol="prpl-jabber", user=user)
        assert harness.end() == 0


def test_settings(folder):
    with Harness(folder) as harness:
        account = harness.get("account-add", **USER, settings={"port": 5299})["account"]
        assert harness.get("account-add", **USER)["account"] == account
        settings = harness.get("settings", account=account, set={"connect_server": "127.0.0.1"})["settings"]
        assert settings["port"] == 5299 and settings["connect_server"] == "127.0.0.1", settings
        assert harness.refused("settings", account=account, set={"port": "many"}) == "bad_setting"
        assert harness.get("settings", account=account, set={"port": None})["settings"]["port"] == 5222
        assert harness.refused("settings", account="nobody") == "unknown_account"
        assert harness.refused("status", account=account, state="no-such") == "unknown_state"
        assert harness.refused("open", account=account, to="romeo@localhost") == "not_connected"
        assert harness.refused("account-add", protocol="prpl-none", user="x") == "no_protocol"
        assert harness.refused("respond", request=99) == "unknown_dialog"
        assert harness.refused("plugin-load", plugin="core-none") == "no_plugin"
        harness.get("plugin-load", plugin="prpl-penregister")
        assert harness.end() == 0
    with Harness(folder) as harness:
        assert [a["account"] for a in harness.get("accounts")["accounts"]] == [account]
        harness.get("account-remove", account=account)
        assert harness.get("accounts")["accounts"] == []
        assert harness.end() == 0


def test_kill(folder):
    for round_ in range(6):
        with Harness(folder) as harness:
            for i in range(5):
                harness.get("account-add", protocol="prpl-jabber", user=f"user{round_}-{i}@localhost")
            time.sleep(0.1 * round_)
            harness.process.kill()
    with Harness(folder) as harness:
        harness.get("accounts")
        account = harness.get("account-add", **USER)["account"]
        assert harness.end() == 0
    with Harness(folder) as harness:
        assert account in [a["account"] for a in harness.get("accounts")["accounts"]]


def test_clock(folder):
    with Harness(folder) as harness:
        assert harness.refused("clock", advance_s=1) == "not_virtual"
    with Harness(folder, "--virtual-clock", "2026-01-31T12:00:00Z", "--seed", "1") as harness:
        assert harness.get("clock", advance_s=3600)["now"] == "2026-01-31T13:00:00.000000Z"
        assert harness.get("clock", set="2026-02-01T00:00:00.5Z")["now"] == "2026-02-01T00:00:00.500000Z"
        assert harness.refused("clock", set="tomorrow") == "bad_request"
        assert harness.refused("clock", advance_s=-1) == "bad_request"
        assert harness.end() == 0


def test_closed_lists(folder):
    with Harness(folder) as harness:
        for member in ("kind", "trigger", "observer", "status"):
            assert harness.refused("ledger", **{member: "no-such-word"}) == "bad_request", member
        assert harness.refused("ledger", since="yesterday") == "bad_request"
        assert harness.refused("ledger-export", path="x", format="pdf") == "bad_request"
        assert harness.refused("answer", message="m", choice="ask") == "bad_request"
        reply = harness.get("ledger", kind="bundle", since="2026-01-01T00:00:00Z", limit=1)
        assert isinstance(reply["total"], int) and isinstance(reply["rows"], list), reply


def test_loop(folder):
    with Harness(folder) as harness:
        assert harness.refused("loop") == "not_available"
    with Harness(folder, "--main-loop-stats") as harness:
        harness.get("loop-reset")
        harness.get("accounts")
        loop = harness.get("loop")
        assert 0 < loop["max_block_us"] <= loop["total_block_us"], loop


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    failures = 0
    print(f"1..{len(tests)}")
    for number, (name, test) in enumerate(tests, 1):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="penregister-harness-"))
        try:
            test(folder)
            print(f"ok {number} {name}", flush=True)
        except Exception as error:
            failures += 1
            print(f"not ok {number} {name}\n# {type(error).__name__}: {error}", flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
