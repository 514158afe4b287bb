#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job as a person would do it, through penregister-harness: one number and one XMPP address."""

import argparse
import json
import pathlib
import queue
import subprocess
import sys
import threading
import time

NUMBER = "+1 (555) 123-4567"
CANONICAL = "tel:+15551234567"
ANSWER_LIMIT_S = 40
MODEM_LIMIT_S = 15
ROOT = pathlib.Path(__file__).resolve().parent
GOOD_ENDS = ("sent", "accepted", "delivered")
ENDS = GOOD_ENDS + ("failed", "unknown")
COLUMNS = ("time", "about whom", "kind", "asked of", "trigger", "status", "result")


class DemoError(Exception):
    """A sentence about what went wrong."""


def say(text):
    print("      " + text, flush=True)


class Harness:
    """Speaks the harness's JSON lines; requests return the reply, failures raise."""

    def __init__(self, build, config):
        argv = [str(build / "tests/harness/penregister-harness"), "--config-dir", str(config), "--plugin-path",
                str(build / "plugin/purple"), "--loopback-only"]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.lines = queue.Queue()
        self.events = []
        self.count = 0
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def next_line(self, what):
        try:
            line = self.lines.get(timeout=ANSWER_LIMIT_S)
        except queue.Empty:
            raise DemoError(f"waited {ANSWER_LIMIT_S} seconds for {what}, in vain") from None
        if line is None:
            raise DemoError(f"the harness ended early (exit code {self.process.wait()})")
        return line

    def reply_to(self, number, do):
        while "re" not in (line := self.next_line(f"an answer to “{do}”")) or line["re"] != number:
            self.events.append(line)
        return line

    def __call__(self, do, **arguments):
        self.count += 1
        request = {"do": do, "id": self.count, **arguments}
        self.process.stdin.write(json.dumps(request) + "\n")
        reply = self.reply_to(self.count, do)
        if not reply["ok"]:
            raise DemoError(f"“{do}” was refused: {reply['error']['message']}")
        return reply

    def wait(self, events, accept):
        """The first event of one of these names that ACCEPT likes, seen already or to come."""
        names = events.split("|")
        while True:
            for line in self.events:
                if line.get("event") in names and accept(line):
                    self.events.remove(line)
                    return line
            self.events.append(self.next_line(f"the event “{events}”"))

    def close(self):
        if self.process.poll() is None:
            self("quit")
        return self.process.wait(timeout=ANSWER_LIMIT_S)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()


def sandbox_sms(box, *words):
    argv = [str(ROOT / "sandbox/sandbox"), "sms", box["dir"], *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DemoError(f"the made-up modem failed: {done.stderr.strip()}")
    return json.loads(done.stdout or "null")


def wait_for_modem(box, text):
    """What the modem was given with this text; the gateway takes a moment."""
    until = time.monotonic() + MODEM_LIMIT_S
    while True:
        handed = [sms for sms in sandbox_sms(box, "list") if sms["text"] == text]
        if handed or time.monotonic() > until:
            return handed
        time.sleep(0.2)


def sign_on(harness, box, name, protocol, **settings):
    login = box["accounts"][name]
    common = {"connect_server": box["host"], "port": box["port"], "connection_security": "opportunistic_tls",
              "auth_plain_in_clear": True}
    account = harness("account-add", protocol=protocol, user=login["jid"] + "/demo", password=login["password"],
                      settings={**common, **settings})["account"]
    harness("connect", account=account)
    return account


def send_and_answer(harness, account, to, text, choice):
    """Sends TEXT; if it is held, reads the question to the person and answers it."""
    message = harness("send", account=account, to=to, text=text)["message"]
    status = harness.wait("question|im-status", lambda event: event["message"] == message
                          and event.get("status") != "held")
    if status["event"] == "question":
        say(f"The message “{text}” is held, and one question asked. Possible answers: {', '.join(status['choices'])}")
        say(f"You answer: {choice}")
        harness("answer", account=account, message=message, choice=choice)
        status = harness.wait("im-status", lambda event: event["message"] == message and event["status"] in ENDS)
    if status["status"] not in GOOD_ENDS:
        raise DemoError(f"the message is “{status['status']}”: {status.get('error') or 'no reason given'}")
    say(f"It went out (status: {status['status']}).")


def next_message(harness, account):
    return harness.wait("im-in", lambda event: event["account"] == account)


def enter(harness, account, typed):
    say(f"You type: {typed}")
    found = harness("open", account=account, to=typed)
    say(f"  the address is {found['address']}, its capability “{found['capability']}”, its route “{found['route']}”")
    for sentence in harness("route", account=account, to=typed).get("why", []):
        say(f"  because: {sentence}")


def text_by_sms(harness, account, box):
    enter(harness, account, NUMBER)
    send_and_answer(harness, account, NUMBER, "Supper at eight?", "sms")
    handed = wait_for_modem(box, "Supper at eight?")
    if len(handed) != 1:
        raise DemoError(f"the modem was given this text {len(handed)} times, not once")
    say(f"The modem behind the SMS gateway sent it to {handed[0]['number']}.")
    sandbox_sms(box, "inject", CANONICAL.removeprefix("tel:"), "Nine is better.")
    answer = next_message(harness, account)
    say(f"An SMS came back into the same conversation, from {answer['from']}: {answer['text']}")


def talk_on_xmpp(harness, account, bob, box):
    jid = box["accounts"]["bob"]["jid"]
    enter(harness, account, jid)
    send_and_answer(harness, account, jid, "Bob, are you there?", "plain")
    arrived = next_message(harness, bob)
    say(f"Bob reads: {arrived['text']}")
    harness("send", account=bob, to=box["accounts"]["alice"]["jid"], text="I am.")
    answer = next_message(harness, account)
    say(f"and answers, so {answer['from']} says here: {answer['text']}")


def cells(row):
    observers = ", ".join(f"{o['observer']} {o['host']}" for o in row.get("observers") or [])
    return (row["at"][11:19], row.get("address") or "", row["kind"], observers, row["trigger"], row["status"],
            str(row.get("result") or ""))


def format_table(rows):
    table = [COLUMNS] + [cells(row) for row in rows]
    widths = [max(len(line[i]) for line in table) for i in range(len(COLUMNS))]
    table.insert(1, tuple("-" * width for width in widths))
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in table]


def show_ledger(harness, account, path):
    answer = harness("ledger", account=account, limit=200, offset=0)
    rows = sorted(answer["rows"], key=lambda row: row["row"])
    if not any(row["kind"] == "delivery" for row in rows):
        raise DemoError("the ledger has no row of a message that was sent")
    lines = format_table(rows)
    print()
    say(f"The ledger, {answer['total']} rows: what left this computer about other people, and who learned it:")
    print("\n".join("  " + line for line in lines) + "\n", flush=True)
    if path:
        pathlib.Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(options):
    box = json.loads(pathlib.Path(options.sandbox).read_text(encoding="utf-8"))
    harness = Harness(pathlib.Path(options.build), pathlib.Path(options.config))
    try:
        alice = sign_on(harness, box, "alice", "prpl-penregister", gateway=box["gateway"]["jid"],
                        directory=box["directory"]["jid"], region="US")
        bob = sign_on(harness, box, "bob", "prpl-jabber")
        say("Alice signed on with a Pen Register account, Bob with a plain XMPP one.")
        text_by_sms(harness, alice, box)
        talk_on_xmpp(harness, alice, bob, box)
        show_ledger(harness, alice, options.table)
        if harness.close() != 0:
            raise DemoError("the harness did not end cleanly")
    finally:
        harness.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("sandbox", "build", "config"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--table")
    try:
        run(parser.parse_args())
    except (DemoError, OSError) as error:
        sys.exit(f"demo: {error}")


if __name__ == "__main__":
    main()
