# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the Cheogram dialect writes numbers as addresses: pure functions."""

import re

SHORT_CONTEXT = ";phone-context=ca-us.phone-context.soprani.ca"
ALPHA_CONTEXT = ";phone-context=alphanumeric.phone-context.soprani.ca"
ANONYMOUS_CONTEXT = ";phone-context=anonymous.phone-context.soprani.ca"
ALPHA_OFFSET = 30

E164 = re.compile(r"\+[1-9][0-9]{1,14}")
SHORT = re.compile(r"[0-9]{5,6}")
DIGITS = re.compile(r"[0-9]+")


def local_of(prompt):
    """The localpart for what a person typed into the gateway's prompt, or None: only +E.164, North American numbers
    and short codes are taken."""
    text = prompt.strip()
    if re.fullmatch(r"\+[0-9]+", text):
        return text
    if re.fullmatch(r"[0-9]{10}", text):
        return "+1" + text
    if re.fullmatch(r"1[0-9]{10}", text):
        return "+" + text
    return text + SHORT_CONTEXT if SHORT.fullmatch(text) else None


def classify(local):
    """('number', [n]), ('group', [n, ...]), ('short', [code]), ('gone', [right local]) or ('bad', [])."""
    if E164.fullmatch(local):
        return "number", [local]
    if local.endswith(SHORT_CONTEXT) and SHORT.fullmatch(local[:-len(SHORT_CONTEXT)]):
        return "short", [local[:-len(SHORT_CONTEXT)]]
    if DIGITS.fullmatch(local):
        return "gone", [local_of(local) or "+" + local]
    members = local.split(",")
    if len(members) > 1 and all(E164.fullmatch(m) for m in members):
        return "group", members
    return "bad", []


def group_local(numbers):
    return ",".join(sorted(numbers))


def alpha_local(name):
    """The localpart of a sender that is a word: two digits a character."""
    return "".join(str(ord(c) - ALPHA_OFFSET) for c in name) + ALPHA_CONTEXT


def self_test():
    """The names of the rules that do not hold."""
    cases = {
        "plus kept": (local_of("+442079460100"), "+442079460100"),
        "ten digits": (local_of("5551234567"), "+15551234567"),
        "eleven digits": (local_of("15551234567"), "+15551234567"),
        "short code": (local_of("12345"), "12345" + SHORT_CONTEXT),
        "national": (local_of("02079460100"), None),
        "gone": (classify("5551234567"), ("gone", ["+15551234567"])),
        "gone, foreign": (classify("442079460100"), ("gone", ["+442079460100"])),
        "short": (classify("12345" + SHORT_CONTEXT), ("short", ["12345"])),
        "group": (classify("+15550001,+15550002"), ("group", ["+15550001", "+15550002"])),
        "bad group": (classify("+15550001,x"), ("bad", [])),
        "garbage": (classify("juliet"), ("bad", [])),
        "alpha": (alpha_local("SMS"), "534753" + ALPHA_CONTEXT),
    }
    return [name for name, (got, wanted) in cases.items() if got != wanted]
