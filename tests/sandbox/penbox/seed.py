# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the contacts in every state that a client can meet when it asks for a device list.

On Prosody subscriptions are made by the two clients, as people do. ejabberd as shipped drops more than five of a
user's subscription stanzas a minute, so there its own command makes them. One client publishes after the other:
ejabberd's transactions abort each other when many nodes are created at once."""

import asyncio

from . import ejabberd, layout
from .client import Client, publish_list

SEED_WAIT_S = 10 * layout.PATIENCE

# name: (device list or None, access model, subscribed both ways with alice)
PLAN = {
    "c01": ([101], "open", False), "c02": ([102, 1021], "open", False), "c03": ([103], "open", False),
    "c04": ([104, 1041, 1042], "open", False), "c05": ([105], "open", False),
    "c06": ([], "open", False), "c07": ([], "open", False),
    "c08": (list(range(8001, 8011)), "open", False),
    "c09": ([109], "presence", False), "c10": ([110], "presence", False), "c11": ([111], "presence", False),
    "c12": ([112], "presence", True), "c13": ([113], "presence", True),
    "c14": (None, None, False), "c15": (None, None, False), "c16": (None, None, False), "c17": (None, None, True),
    "c18": ([118], "open", True), "c19": ([119, 1191], "open", True), "c20": ([120], "open", True),
    "c21": ([], "open", True), "c22": (None, None, True), "c23": ([123], "open", False), "c24": (None, None, False),
    "bob": (None, None, True),
}
NOBODIES = [f"nobody{n}@{layout.DOMAIN}" for n in (1, 2, 3)]
UNROUTABLE = [f"far{n}@{layout.UNROUTABLE_DOMAIN}" for n in (1, 2)]


def state_name(devices, access, subscribed):
    """open, open-empty, presence-visible, presence-hidden, no-node; the other two have no account here."""
    if devices is None:
        return "no-node"
    if access == "presence":
        return "presence-visible" if subscribed else "presence-hidden"
    return "open" if devices else "open-empty"


def table():
    """Bare JID -> {state, devices, subscription with alice}."""
    result = {}
    for name, (devices, access, subscribed) in PLAN.items():
        result[f"{name}@{layout.DOMAIN}"] = {"state": state_name(devices, access, subscribed), "devices": devices or [],
                                            "subscription": "both" if subscribed else "none"}
    result.update({jid: {"state": "no-user", "devices": [], "subscription": "none"} for jid in NOBODIES})
    result.update({jid: {"state": "not-routable", "devices": [], "subscription": "none"} for jid in UNROUTABLE})
    return result


def presence(client, kind, to):
    client.send_raw(f"<presence type='{kind}' to='{to.boundjid.bare}'/>")


async def ask_and_allow(asking, allowing):
    """ASKING subscribes to ALLOWING, who agrees."""
    name = asking.boundjid.bare
    presence(asking, "subscribe", allowing)
    if await allowing.wait_for(lambda s: s.get("type") == "subscribe" and s.get("from") == name, SEED_WAIT_S) is None:
        raise RuntimeError(f"{name}'s request did not arrive")
    presence(allowing, "subscribed", asking)
    if await asking.wait_for(lambda s: s.get("type") == "subscribed", SEED_WAIT_S) is None:
        raise RuntimeError(f"{name} was not allowed")


async def befriend_by_presence(state, clients):
    """Alice and each client ask each other and agree, one after the other."""
    alice = await Client(state, "alice").log_in()
    for client in clients:
        client.send_presence()
        await client.get_roster()
        await ask_and_allow(client, alice)
        await ask_and_allow(alice, client)
    await alice.log_out()


def befriend_by_command(state, names):
    for name in names:
        for user, other in (("alice", name), (name, "alice")):
            ejabberd.call(state, "add_rosteritem", localuser=user, localhost=layout.DOMAIN, user=other,
                          host=layout.DOMAIN, nick=other, group="", subs="both")


async def run(state):
    friends = [name for name, (_, _, subscribed) in PLAN.items() if subscribed]
    acting = [name for name, (devices, _, _) in PLAN.items() if devices is not None]
    if state["server"] == "prosody":
        acting = sorted(set(acting) | set(friends))
    else:
        befriend_by_command(state, friends)
    clients = await asyncio.gather(*(Client(state, name).log_in(presence=False) for name in acting))
    by_name = dict(zip(acting, clients))
    for name, (devices, access, _) in PLAN.items():
        if devices is not None:
            await publish_list(by_name[name], devices, access)
    if state["server"] == "prosody":
        await befriend_by_presence(state, [by_name[name] for name in friends])
    await asyncio.gather(*(client.log_out() for client in clients))
    return table()


def seed(state):
    """Seeds the sandbox; returns the table of contacts and states."""
    return asyncio.run(run(state))
