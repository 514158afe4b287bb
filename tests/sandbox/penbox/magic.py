# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that make the stand-in gateway misbehave. Apart, so that `up` needs no XMPP library to name them."""

# The last three digits of +15550000xxx choose what happens to a message.
SILENT, DELIVERED, LATE = "+15550000000", "+15550000200", "+15550000503"
LATE_ERROR = ("wait", "recipient-unavailable", None)
REFUSALS = {
    "+15550000400": ("modify", "not-acceptable", "Only US/Canada telephone numbers accepted"),
    "+15550000401": ("auth", "registration-required", None),
    "+15550000403": ("auth", "forbidden", "Not allowed"),
    "+15550000404": ("cancel", "item-not-found", None),
    "+15550000406": ("modify", "jid-malformed", None),
    "+15550000407": ("auth", "not-authorized", None),
    "+15550000408": ("wait", "remote-server-timeout", None),
    "+15550000410": ("wait", "recipient-unavailable", None),
    "+15550000429": ("modify", "policy-violation", "Too many messages"),
    "+15550000500": ("cancel", "internal-server-error", None),
    "+15550000501": ("cancel", "undefined-condition", "The provider failed"),
}
MAGIC = {SILENT: "no receipt, no error", DELIVERED: "receipt, then an unrequested one from the number",
         LATE: "receipt, then wait/recipient-unavailable after late_s",
         **{number: f"{kind}/{condition}" for number, (kind, condition, _) in REFUSALS.items()}}
