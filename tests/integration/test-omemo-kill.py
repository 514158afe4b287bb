#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two of ours talk, and one of them is killed again and again, at any moment.
Each message that was accepted reaches the server, always as the same bytes,
and is shown by the other side, once, or again in a later process which says
so; no key of a ratchet is used twice.

PEN_TEST_SEED repeats a run's choices, PEN_TEST_LONG=1 kills 500 times."""

import collections
import importlib
import os
import random
import secrets
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import EVENT_S, Failed, eventually, main
import ratchet
from penbox import control, layout

ours = importlib.import_module("test-omemo-ours")

LONG = os.environ.get("PEN_TEST_LONG") == "1"
KILLS = 500 if LONG else 25
*PAIRS, SPARE = [("alice", "bob"), *zip(layout.CONTACTS[0::2], layout.CONTACTS[1::2])]
PAIRS = PAIRS[:None if LONG else 3]
SEED = int(os.environ.get("PEN_TEST_SEED") or secrets.randbits(32))
# A kill comes so long after the start of a process, or after its sign-on.
START_S, TALK_S, FIRST_S = 0.8, 0.6, 0.15
PAUSE_S, LONG_PAUSE_S = 0.05, 0.4
REPEATS = "may stand here a second time"
DEAD = (AssertionError, BrokenPipeError, Failed)


class Side:
    """One account on one folder: a process, the ones that were killed, and a thread that writes."""

    def __init__(self, rig, name, peer, seed):
        self.rig, self.name, self.random = rig, name, random.Random(seed)
        self.jid, self.peer = rig.box["accounts"][name]["jid"], rig.box["accounts"][peer]["jid"]
        self.folder = os.path.join(rig.dir, "kill-" + name)
        self.lives, self.account = [], None
        self.tried, self.accepted = [], {}
        self.is_up, self.is_over = threading.Event(), False
        self.thread = threading.Thread(target=self.write, daemon=True)

    # Its process

    @property
    def harness(self):
        return self.lives[-1]

    def start(self, dies_after_s=None):
        """A new process, signed on, or killed on the way there; whether it lives."""
        harness = self.rig.harness("--debug", config=self.folder)
        self.lives.append(harness)
        timer = threading.Timer(dies_after_s or 0, end, [harness])
        if dies_after_s is not None:
            timer.start()
        try:
            self.account = self.rig.account(harness, self.name)
        except DEAD:
            if dies_after_s is None:
                raise
        else:
            self.is_up.set()
        if dies_after_s is not None:
            timer.join()
            self.is_up.clear()
        return dies_after_s is None

    def kill(self, after_s):
        time.sleep(after_s)
        self.is_up.clear()
        end(self.harness)

    # What it says

    def write(self):
        while not self.is_over:
            if self.is_up.wait(0.2):
                self.send()
                time.sleep(self.random.uniform(0, PAUSE_S if self.random.random() < 0.8 else LONG_PAUSE_S))

    def send(self):
        """The text, if the plugin took it; in doubt it counts as tried only."""
        text = f"{self.name}-{len(self.tried)}-{secrets.token_hex(4)}"
        self.tried.append(text)
        try:
            reply = self.harness.do("send", account=self.account, to=self.peer, text=text)
        except DEAD:
            return None
        self.accepted[text] = reply["message"]
        return text

    # What it saw

    def shown(self):
        """Text -> the places where it was shown: which process, and which of its events."""
        found = collections.defaultdict(list)
        for number, life in enumerate(self.lives):
            for place, event in enumerate(list(life.events)):
                if event["event"] == "im-in":
                    found[event["text"]].append((number, place))
        return found

    def sent_after(self, number, place):
        """Whether a process wrote a message down and sent it after an event: what came before is durable then."""
        written = set()
        for event in self.lives[number].events[place:]:
            if event["event"] == "im-out":
                written.add(event["message"])
            elif event["event"] == "im-status" and event["status"] == "sent" and event["message"] in written:
                return True
        return False

    def warned(self, number, place):
        """Whether a process had said, before an event, that messages may come again."""
        return any(event["event"] == "system" and REPEATS in event["text"] for event in self.lives[number].events[:place])

    def reported(self, message):
        """Whether this process says of a message that it did not go, or asks what shall become of it."""
        return any(event.get("message") == message and (event["event"] == "question" or
                                                        event.get("status") in ("failed", "unknown"))
                   for event in list(self.harness.events))


def end(harness):
    """SIGKILL; whoever waits for a reply of it learns so."""
    harness.kill()
    with harness.changed:
        harness.changed.notify_all()


class Conversation:
    """Two sides from their first key to their last word."""

    def __init__(self, rig, names, seed):
        self.rig, self.random = rig, random.Random(seed)
        self.sides = [Side(rig, names[i], names[1 - i], f"{seed} {names[i]}") for i in (0, 1)]
        self.kills = self.again = self.keys = 0
        if self.random.random() < 0.5:
            ours.befriend(rig, *names)

    def begin(self, kills):
        """Until both can be written to; some of the kills fall on the making of keys."""
        for side in self.sides:
            while self.kills < kills and self.random.random() < 0.4:
                side.start(self.random.uniform(0, START_S))
                self.kills += 1
            side.start()
        for side in self.sides:
            eventually(lambda s=side: ours.listed(self.rig, s.jid), what=f"a device of {side.jid}")
        for side in self.sides:
            side.thread.start()

    def kill_once(self):
        """One side dies while they talk, or twice, the second time as it comes back."""
        side = self.random.choice(self.sides)
        side.kill(self.random.uniform(0, FIRST_S if self.random.random() < 0.3 else TALK_S))
        self.kills += 1
        if self.random.random() < 0.3:
            side.start(self.random.uniform(0, START_S + TALK_S))
            self.kills += 1
        side.start()

    def run(self, kills):
        self.begin(kills)
        while self.kills < kills:
            self.kill_once()
        self.finish()

    def finish(self):
        for side in self.sides:
            side.is_over = True
        for side, other in (self.sides, self.sides[::-1]):
            side.thread.join()
            last = side.send()
            assert last, f"{side.jid} takes nothing any more"
            eventually(lambda o=other, t=last: t in o.shown(), 2 * EVENT_S, what=f"the last word of {side.jid}")

    # What has to be true in the end

    def check(self):
        records = [r for r in self.rig.stanzas() if r["user"].partition("/")[0] in [side.jid for side in self.sides]]
        self.keys = ratchet.check(records)
        sent = ratchet.check_same(records)
        for side, other in (self.sides, self.sides[::-1]):
            shown = other.shown()
            lost = [(text, message) for text, message in side.accepted.items()
                    if text not in shown and not side.reported(message)]
            never = [text for text, message in side.accepted.items()
                     if not sent[side.jid, message] and not side.reported(message)]
            assert not never, f"accepted and never sent: {never}"
            assert not lost, f"accepted, sent and never shown: {lost}"
            self.check_once(other, shown, side.tried)

    def check_once(self, side, shown, tried):
        """Twice only where the process died before the first time was durable, for it had sent nothing since, and only
        with a word about it."""
        strange, again = set(shown) - set(tried), {text: at for text, at in shown.items() if len(at) > 1}
        assert not strange, f"nobody said that: {strange}"
        durable = {text for text, at in again.items()
                   if len({number for number, _ in at}) < len(at) or any(side.sent_after(*place) for place in at[:-1])}
        assert not durable, f"shown twice though it was known to be shown: {durable}"
        silent = [text for text, at in again.items() if not all(side.warned(*place) for place in at[1:])]
        assert not silent, f"shown again without a word: {silent}"
        self.again += len(again)
        repaired = [row for row in side.harness.rows() if row.get("rule") == "repair"]
        assert not repaired, f"a session was broken: {repaired}"

    def close(self):
        for side in self.sides:
            side.is_over = True
            for life in side.lives[-1:]:
                life.close()


def killed(rig):
    print(f"# PEN_TEST_SEED={SEED}", flush=True)
    done = 0
    for number, names in enumerate(PAIRS):
        talk = Conversation(rig, names, f"{SEED} {number}")
        try:
            talk.run((KILLS - done) // (len(PAIRS) - number))
            talk.check()
        finally:
            talk.close()
        done += talk.kills
        print(f"# {done} kills; {sum(len(side.accepted) for side in talk.sides)} messages, "
              f"{talk.again} of them shown again by the next process; {talk.keys} keys", flush=True)


def go_back(harness, kept):
    """Ends a process, and with it all that was written since KEPT was copied."""
    end(harness)
    path = os.path.join(harness.config_dir, "penregister", "penregister.db")
    for tail in ("-wal", "-shm"):
        if os.path.exists(path + tail):
            os.remove(path + tail)
    os.replace(kept, path)


def keep(harness):
    """A copy of what is durable now."""
    path = os.path.join(harness.config_dir, "penregister", "penregister.db")
    with sqlite3.connect(path) as store, sqlite3.connect(path + ".kept") as copy:
        store.backup(copy)
    copy.close()
    return path + ".kept"


def repeats_told(side, text):
    """Shows a text; whether it was said before that messages may come again."""
    side.got(text)
    texts = [event["text"] for event in side.harness.events if event["event"] in ("im-in", "system")]
    return any(REPEATS in said for said in texts[:texts.index(text)])


def shown_again(rig):
    """A text that was shown, and then lost with the process, is shown by the next one, which says so; the one after a
    clean end has no reason to."""
    proxy, folder = rig.box["proxy"]["control"], os.path.join(rig.dir, "again")
    one = ours.Ours(rig, SPARE[0], config=folder, through_proxy=True)
    other = ours.Ours(rig, SPARE[1])
    eventually(lambda: all(ours.listed(rig, side.jid) for side in (one, other)), what="devices of both")
    other.send(one.jid, "first")
    one.got("first")
    one.send(other.jid, "answer")
    other.got("answer")
    kept = keep(one.harness)
    control.ask(proxy, "hold-up")
    other.send(one.jid, "again")
    assert not repeats_told(one, "again")
    go_back(one.harness, kept)
    control.ask(proxy, "cut")
    one = ours.Ours(rig, SPARE[0], config=folder, through_proxy=True)
    assert repeats_told(one, "again"), one.lines(other.jid)
    assert one.harness.close() == 0
    other.send(one.jid, "meanwhile")
    one = ours.Ours(rig, SPARE[0], config=folder)
    assert not repeats_told(one, "meanwhile"), one.lines(other.jid)
    for side in (one, other):
        side.harness.close()


if __name__ == "__main__":
    main([ratchet.self_check, shown_again, killed])
