# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory's rules, without a network: which numbers count, the version of an answer, the daily limit."""

import base64
import hashlib
import re

NUMBER = re.compile(r"\+?[1-9][0-9]{1,14}")
GROUP_SEPARATOR, RECORD_SEPARATOR = "\x1d", "\x1e"
LIMIT = 2048
WINDOW_S = 24 * 3600

VECTORS = [
    ({}, "2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
    ({"+15551230001": ["+15551230001@quicksy.im"]}, "Q4cw0P8syDWmgnaUPhfOpQEPMkQ="),
    ({"+15551230001": ["+15551230001@quicksy.im"], "+15551230002": ["bob@example.org"]},
     "wBzQklcM/JYbvUGVbOCsjM8cjhc="),
]


def is_number(text):
    return NUMBER.fullmatch(text or "") is not None


def version(hits):
    """The `ver` of an answer; HITS maps numbers to bare JIDs."""
    entries = [number + "".join(RECORD_SEPARATOR + jid for jid in sorted(hits[number])) for number in sorted(hits)]
    return base64.b64encode(hashlib.sha1(GROUP_SEPARATOR.join(entries).encode()).digest()).decode()


def duration(seconds):
    """ISO 8601, as Java writes it."""
    hours, rest = divmod(int(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{value}{unit}" for value, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if value]
    return "PT" + ("".join(parts) or "0S")


class Limiter:
    """So many distinct numbers a bare JID within a day; a request over the limit counts nothing."""

    def __init__(self, limit=LIMIT):
        self.limit = limit
        self.seen = {}

    def refuse_for(self, jid, numbers, now_s):
        """None if allowed (and counted), else the seconds until a retry can succeed; 0 if none ever can."""
        counted = {n: t for n, t in self.seen.get(jid, {}).items() if now_s - t < WINDOW_S}
        new = set(numbers) - set(counted)
        over = len(counted) + len(new) - self.limit
        if len(set(numbers)) > self.limit:
            return 0
        if over > 0:
            freed_at = sorted(counted.values())[over - 1] + WINDOW_S
            return max(1, freed_at - now_s)
        self.seen[jid] = {**counted, **dict.fromkeys(new, now_s)}
        return None


def self_test():
    """The names of the rules that do not hold."""
    failed = [f"ver vector {n}" for n, (hits, wanted) in enumerate(VECTORS) if version(hits) != wanted]
    limiter = Limiter(3)
    steps = [(["1", "2"], 0, None), (["1", "2"], 1, None), (["3", "4"], 10, WINDOW_S - 10), (["3"], 20, None),
             (["1", "2", "3", "4"], 30, 0), (["4", "5"], WINDOW_S + 5, None)]
    failed += [f"limit step {n}" for n, (numbers, at, wanted) in enumerate(steps)
               if limiter.refuse_for("a", numbers, at) != wanted]
    texts = {0: "PT0S", 86399: "PT23H59M59S", 3600: "PT1H", 61: "PT1M1S"}
    failed += [f"duration {s}" for s, wanted in texts.items() if duration(s) != wanted]
    numbers = {"+15551230001": True, "15551230001": True, "+05551230001": False, "+1555x": False, "": False}
    return failed + [f"number {n}" for n, wanted in numbers.items() if is_number(n) != wanted]
