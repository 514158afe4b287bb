#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees and can press: slash commands, menus, dialogs, exports, and the rights of the files."""

import csv
import json
import os
import secrets
import stat

from rig import eventually, main

NUMBER, PERSON = "+15551234567", "c14@pen.test"
OURS = ["Metadata ledger…", "Export the ledger…", "Delete old ledger rows…", "How people are asked about…",
        "Copy an XMPP account into Pen Register…"]
JABBERS = ["Set User Info...", "Change Password...", "Search for Users...", "Get uptime"]
XMPP_COMMANDS = ["buzz", "mood", "ping"]
# What is typed after /pen, and a word of the answer.
RIGHT = [("status", "Route:"), ("  STATUS ", "Your choice"), ("why", "Route"), ("lookup", "Asked now"),
         ("ledger", "lookup|asked of"), ("ledger 3", "asked of"), ("ledger all 2", "about"), ("sms on", "go as SMS"),
         ("sms off", "asked before"), ("sms ask", "asked before"), ("policy", "Asks about"),
         ("policy never", "Nobody is asked"), ("policy typed", "as soon as"), ("policy send", "message"),
         ("policy batch", "fixed times"), ("policy passive", "Nobody is asked"), ("policy padded", "strangers"),
         ("policy default", "account says"), ("plain", "without encryption"), ("ask", "asked before"),
         ("help", "/pen ledger"), ("", "/pen status")]
WRONG = ["ledger x", "ledger 0", "ledger -1", "ledger 99999999999999999999", "ledger all 2 3", "sms", "sms maybe",
         "sms on off", "policy sometimes", "policy padded no", "policy batch yes", "policy never never", "status extra", "nonsense", "<b>help</b>",
         "help\u202e", "x" * 5000, "plain now", "lookup twice"]
COLUMNS = ("row", "at", "account", "kind", "address", "trigger", "stanza", "status", "result", "rule")
STATE = {}


def ours(rig):
    """One harness for all tests: alice's account of ours, bob's plain one."""
    if STATE.get("rig") is not rig:
        harness = rig.harness()
        alice = rig.account(harness, "alice", gateway="sms.pen.test")
        bob = rig.account(harness, "bob", protocol="prpl-jabber")
        STATE.update(rig=rig, harness=harness, alice=alice, bob=bob)
    return STATE["harness"], STATE["alice"]


def type_pen(harness, alice, words, to=NUMBER):
    return harness.ask("command", account=alice, to=to, text="/pen " + words)


def slash_commands(rig):
    """Each command answers in the conversation; a wrong word gets the right form, and changes nothing."""
    harness, alice = ours(rig)
    harness.do("open", account=alice, to=NUMBER)
    harness.until_directory(alice, NUMBER)
    for words, wanted in RIGHT:
        reply = type_pen(harness, alice, words)
        text = "\n".join(reply.get("lines", []))
        assert reply["ok"] and any(one in text for one in wanted.split("|")), (words, reply)
    # What was looked up above changes the status when its answer comes.
    eventually(lambda: not [row for status in ("recorded", "sent") for row in harness.rows(status=status)
                            if row["kind"] in ("directory", "device-list")], what="the answers")
    before = type_pen(harness, alice, "status")["lines"]
    for words in WRONG:
        reply = type_pen(harness, alice, words)
        assert not reply["ok"] and "/pen" in reply["error"]["message"], (words[:30], reply)
        assert len(reply["error"]["message"]) < 200, words[:30]
    assert type_pen(harness, alice, "status")["lines"] == before
    assert type_pen(harness, alice, "sms on", to=PERSON)["ok"] is False
    helped = type_pen(harness, alice, "help")["lines"][0]
    for word in ("status", "why", "lookup", "ledger", "sms", "plain", "ask", "policy", "help"):
        assert f"/pen {word}" in helped, word


def xmpp_commands(rig):
    """XMPP's own commands work on our account, and stand once on a plain one; /pen stands on ours alone."""
    harness, alice = ours(rig)
    for account, wanted in ((alice, XMPP_COMMANDS + ["pen"]), (STATE["bob"], XMPP_COMMANDS)):
        names = harness.do("commands", account=account, to=PERSON)["names"]
        assert sorted(n for n in names if n in XMPP_COMMANDS + ["pen"]) == sorted(wanted), (account, names)
    since = len(rig.stanzas())
    assert harness.do("command", account=alice, to=PERSON, text=f"/ping {PERSON}")["lines"] == []

    def pings():
        return [r["xml"] for r in rig.stanzas()[since:]
                if r["direction"] == "in" and "urn:xmpp:ping" in r["xml"] and PERSON in r["xml"]]
    eventually(pings, what="a ping at the server")
    assert len(pings()) == 1
    refused = harness.ask("command", account=alice, to=NUMBER, text=f"/ping {NUMBER}")
    assert not refused["ok"] and "phone number" in refused["error"]["message"], refused
    assert not harness.ask("command", account=STATE["bob"], to=PERSON, text="/pen help")["ok"]


def act(harness, alice, name):
    """Presses an action; the dialog or notice that comes."""
    since = harness.mark()
    harness.do("action", account=alice, name=name)

    def shown():
        return [e for e in harness.events[since:] if e["event"] in ("request", "notice")]
    return eventually(shown, what=f"something to see after {name}")[0]


def actions(rig):
    """All actions are there and run; those with a dialog can be cancelled."""
    harness, alice = ours(rig)
    names = harness.do("actions", account=alice)["names"]
    for name in OURS + JABBERS:
        assert names.count(name) == 1, (name, names)
    for name in OURS + JABBERS:
        shown = act(harness, alice, name)
        if shown["event"] == "request":
            harness.do("respond", request=shown["request"], choice="Cancel")
        assert shown["title"], shown
    table = act(harness, alice, OURS[0])
    assert table["event"] == "notice" and "Asked of" in table["text"] and NUMBER in table["text"], table
    assert harness.do("actions", account=STATE["bob"])["names"] == JABBERS
    unknown = harness.ask("action", account=alice, name="No such action")
    assert unknown["error"]["code"] == "unknown_action", unknown


def what_is_asked(rig):
    """The dialog about the policy: a preset is chosen, what it changes is said, and only then it is changed."""
    harness, alice = ours(rig)
    for number, choice, policy in ((4, "Cancel", ("send", False)), (4, "Change it", ("never", False)),
                                   (1, "Change it", ("typed", False)), (2, "Change it", ("batch", False)),
                                   (3, "Cancel", ("batch", False)), (3, "Change it", ("batch", True)),
                                   (0, "Change it", ("send", False))):
        dialog, since = act(harness, alice, OURS[3]), harness.mark()
        harness.do("respond", request=dialog["request"], choice="Go on", fields={"choice": number})
        sentence = harness.wait("request", since=since)
        assert ("strangers" if number == 3 else "everybody whom") in sentence["text"], sentence
        harness.do("respond", request=sentence["request"], choice=choice)
        now = harness.do("policy", account=alice)["policy"]
        assert (now["when"], now["pad"]) == policy, (number, choice, now)
        again = harness.ask("respond", request=sentence["request"], choice=choice)
        assert not again["ok"], again


def buddy_menu(rig):
    """The menu of a number and of a person; each entry runs and says what it did."""
    harness, alice = ours(rig)
    type_pen(harness, alice, "ask")
    for who, extra in ((NUMBER, "Always SMS"), (PERSON, None)):
        harness.do("buddy-add", account=alice, name=who)
        names = harness.do("menu", account=alice, to=who)["names"]
        wanted = {"Why this route?", "What was asked about this person", "Always without encryption",
                  "Never ask anybody about this person"} | ({extra} if extra else set())
        assert wanted <= set(names) and ("Always SMS" in names) == (extra is not None), (who, names)
        for name in sorted(wanted):
            lines = len(harness.do("conversation", account=alice, to=who)["lines"])
            since = harness.mark()
            harness.do("menu-do", account=alice, to=who, name=name)
            if name.startswith("Never ask"):
                sentence = harness.wait("request", since=since)
                assert "Nobody is asked about" in sentence["text"], sentence
                harness.do("respond", request=sentence["request"], choice="Change it")
            assert len(harness.do("conversation", account=alice, to=who)["lines"]) > lines, (who, name)
        assert "Ask me each time" in harness.do("menu", account=alice, to=who)["names"]
        harness.do("menu-do", account=alice, to=who, name="Ask me each time")
    harness.do("buddy-remove", account=alice, name=PERSON)


def rows_alike(read, rows):
    assert [str(r["row"]) for r in read] == [str(r["row"]) for r in rows], (len(read), len(rows))
    for one, other in zip(read, rows):
        for column in COLUMNS:
            assert str(one.get(column) or "") == str(other.get(column) or ""), (column, one, other)


def exports(rig):
    """CSV and JSON hold the same rows as the ledger, and nobody else can read them."""
    harness, alice = ours(rig)

    def all_answered():
        found = harness.rows()
        waiting = [r for r in found if r["status"] in ("recorded", "sent") and r["kind"] not in ("delivery", "presence")]
        return None if waiting else found
    rows = eventually(all_answered, what="an end of every row")
    assert len(rows) > 5
    for form in ("csv", "json"):
        path = os.path.join(rig.dir, "ledger." + form)
        assert harness.do("ledger-export", path=path, format=form)["written"] == len(rows)
        with open(path, encoding="utf-8", newline="") as file:
            read = json.load(file) if form == "json" else list(csv.DictReader(file))
        read = read["rows"] if isinstance(read, dict) else read
        rows_alike(sorted(read, key=lambda r: int(r["row"])), rows)
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    by_dialog(rig, harness, alice)


def by_dialog(rig, harness, alice):
    """The same by the account's menu; a place that cannot be written is told, and cancel writes nothing."""
    path = os.path.join(rig.dir, "by-dialog.json")
    for value, choice, wanted in ((path, "Cancel", None), (path, "Save", "exported"),
                                  ("/proc/no/such/place.csv", "Save", "could not")):
        dialog = act(harness, alice, OURS[1])
        since = harness.mark()
        harness.do("respond", request=dialog["request"], choice=choice, fields={"value": value})
        if wanted:
            assert wanted in harness.wait("notice", since=since)["text"]
        else:
            assert not os.path.exists(path)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def question(rig):
    """A held message's dialog: keep, do not send, send; what each button says is what happens."""
    harness, alice = ours(rig)
    type_pen(harness, alice, "policy never")
    type_pen(harness, alice, "ask")
    for choice, state in (("Keep it for now", None), ("Do not send", "failed"), ("Send as SMS", "sent")):
        text, since = "held-" + secrets.token_hex(4), harness.mark()
        held = harness.do("send", account=alice, to=NUMBER, text=text)
        assert held["state"] == "held", held
        dialog = harness.wait("request", since=since)
        asked = harness.wait("question", since=since, message=held["message"])
        assert asked["choices"] and choice in dialog["choices"] and text in dialog["text"], dialog
        harness.do("respond", request=dialog["request"], choice=choice)
        if state is None:
            harness.do("answer", message=held["message"], choice="cancel")
        else:
            harness.wait("im-status", since=since, message=held["message"], status=state)
        texted = [sms for sms in rig.run("sms", "list") if sms["text"] == text]
        if state == "sent":
            eventually(lambda: [sms for sms in rig.run("sms", "list") if sms["text"] == text], what="an SMS")
        else:
            assert not texted, texted
    late = harness.ask("answer", message=held["message"], choice="sms")
    assert not late["ok"], late
    type_pen(harness, alice, "ask")


def rights(rig):
    """The folder is the user's alone, and so are the database, its log and its index."""
    harness, _ = ours(rig)
    folder = os.path.join(harness.config_dir, "penregister")
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    files = sorted(os.listdir(folder))
    assert {"penregister.db", "penregister.db-wal", "penregister.db-shm"} <= set(files), files
    for name in files:
        assert stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) == 0o600, name


def import_account(rig):
    """A plain account is copied, by its dialog; the plain one stays, and both at once are warned of."""
    harness, alice = ours(rig)
    dialog = act(harness, alice, OURS[4])
    since = harness.mark()
    harness.do("respond", request=dialog["request"], choice="Copy", fields={"logs": True})
    done = harness.wait("request", since=since)
    assert "was copied" in done["text"] and len(done["choices"]) == 2, done
    harness.do("respond", request=done["request"], choice="Switch to the copy")
    copy = harness.wait("signed-on", since=since)["account"]
    assert copy == STATE["bob"].replace("prpl-jabber", "prpl-penregister"), copy
    known = harness.do("settings", account=copy)["settings"]
    plain = harness.do("settings", account=STATE["bob"])["settings"]
    for name in ("port", "connect_server", "connection_security", "auth_plain_in_clear"):
        assert known[name] == plain[name], name
    since = harness.mark()
    harness.do("connect", account=STATE["bob"])
    warned = harness.wait("notice", since=since)
    assert "twice" in warned["title"] + warned["text"], warned


def encryption_by_default(rig):
    """An account whose option nobody has set does not sign on in clear, as prpl-jabber would."""
    harness = rig.harness("--debug")
    known = rig.box["accounts"]["c05"]
    settings = {name: value for name, value in rig.settings().items() if name != "connection_security"}
    account = harness.do("account-add", protocol="prpl-penregister", user=known["jid"] + "/pen",
                         password=known["password"], settings=settings)["account"]
    reply = harness.ask("connect", account=account)
    assert not reply["ok"] and "encrypt" in reply["error"]["message"], reply
    assert harness.do("settings", account=account)["settings"]["connection_security"] == "require_tls"
    assert not [r for r in rig.stanzas() if r["user"].startswith(known["jid"])], "something was said in clear"


def purge(rig):
    """What is purged is gone from the table, from the menu's dialog too; Cancel keeps all."""
    harness, alice = ours(rig)
    before = len(harness.rows())
    dialog = act(harness, alice, OURS[2])
    harness.do("respond", request=dialog["request"], choice="Cancel")
    assert len(harness.rows()) >= before
    middle = harness.rows()[before // 2]["at"]
    older = sum(row["at"] < middle for row in harness.rows())
    assert harness.do("ledger-purge", before=middle)["removed"] == older
    assert min(row["at"] for row in harness.rows()) >= middle
    since = harness.mark()
    dialog = act(harness, alice, OURS[2])
    harness.do("respond", request=dialog["request"], choice="Delete all")
    assert "deleted for good" in str(harness.wait("notice", since=since))
    assert not [row for row in harness.rows() if row["at"] <= middle]


def offline(rig):
    """Without a connection: a clear refusal of what needs one; ledger, route and policy work."""
    harness, alice = ours(rig)
    harness.do("disconnect", account=alice)
    for request in ("actions", "action", "menu"):
        reply = harness.ask(request, account=alice, to=NUMBER, name=OURS[0])
        assert not reply["ok"] and reply["error"]["code"] == "not_connected", reply
    assert harness.do("route", account=alice, to=NUMBER)["why"]
    assert harness.do("policy", account=alice, contact=NUMBER)["policy"]["when"] == "never"
    assert harness.do("ledger", limit=1, offset=0)["ok"]


if __name__ == "__main__":
    main([slash_commands, xmpp_commands, actions, what_is_asked, buddy_menu, exports, question, rights, import_account,
          encryption_by_default, purge, offline])
