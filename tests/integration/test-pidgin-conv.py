#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a conversation in a real Pidgin, as a screen reader hears it:
the button, the notice before somebody is asked, the mark at each message, the
menu; and that nothing is left when the plugin is unloaded.

PEN_PICTURES names a folder for pictures of each state."""

import contextlib
import importlib
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from desk import bring, end_pidgin, start_pidgin
from rig import END_S, eventually, main
from penbox import layout

omemo_ours = importlib.import_module("test-omemo-ours")

NUMBER, OTHER, LISTED, WAITER = "+15551230081", "+15551230082", "+15551230083", "c01@" + layout.DOMAIN
BOB = "bob@" + layout.DOMAIN
OURS = {"gateway": layout.SMS, "directory": layout.DIRECTORY, "region": "US"}
# The longest. When in it a batch leaves is drawn: none does while a message that waits for it is looked at.
PERIOD_S = 31 * 24 * 60 * 60
PLUGIN = "Pen Register: metadata ledger"
MENU = "Pen Register"
LOADS = 20
STATES = re.compile(r"^(Encrypted|SMS|XMPP|Not looked up|Held|Offline|Cannot|Nothing can)")


def face(rig):
    """The running Pidgin, as D-Bus and as a screen reader know it."""
    if not hasattr(rig, "screen"):
        read_screen(rig)
    return rig.client, rig.screen


def read_screen(rig):
    client, desk = start_pidgin(rig, **OURS, period_s=PERIOD_S), rig.desk
    os.environ.update({name: desk.env[name] for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")})
    import spi  # pylint: disable=import-outside-toplevel
    spi.start()
    # When its keys are published, a question that is open is put anew.
    eventually(lambda: omemo_ours.listed(rig, "alice@" + layout.DOMAIN), what="Alice's device list")
    rig.client, rig.screen = client, spi.Program("pidgin")


def states(screen):
    """What the buttons of the conversations on the screen say."""
    return [name for name in screen.names("push button") if STATES.match(name)]


def says(screen, part):
    with contextlib.suppress(AssertionError):
        return eventually(lambda: [name for name in states(screen) if part in name])[0]
    raise AssertionError(f"no button says {part!r}: {states(screen)}, {screen.texts()}")


def notices(screen):
    return [name for name in screen.names("label") if name.startswith("Writing to ") or "not sent yet" in name]


def notice(screen, part):
    return eventually(lambda: [name for name in notices(screen) if part in name], what=f"a notice with {part!r}")[0]


def marked(screen, text, mark):
    """The line with TEXT ends with MARK, as it stands on the screen."""
    wanted = re.compile(re.escape(text) + r"[^\n]*" + mark)
    return eventually(lambda: wanted.search(screen.texts()), what=f"{text!r} marked {mark!r}")


def asked(rig):
    return [stanza for stanza in rig.stanzas() if stanza["direction"] == "in" and stanza["user"].startswith("alice@")]


def new_number_says_whom_sending_tells(rig):
    """Before anything is sent the button says that nobody was asked, and the notice whom a message would tell."""
    _, screen = face(rig)
    bring(rig, NUMBER)
    says(screen, "Not looked up yet")
    told = notice(screen, NUMBER)
    assert layout.DIRECTORY in told and layout.DOMAIN in told and "when you send" in told, told
    assert screen.find("push button", lambda name: name == "Do not ask")
    assert not [stanza for stanza in asked(rig) if NUMBER in stanza["xml"]]
    rig.desk.picture("conversation-not-looked-up")


def menu_names_what_can_be_done(rig):
    """The menu bar has all of it for the keyboard; it says what a look-up tells whom."""
    _, screen = face(rig)
    menus = eventually(lambda: screen.find("menu", lambda name: name == MENU), what="our menu")
    inside = [name for role in ("menu item", "radio menu item", "menu")
              for name in screen.names(role, shown=False, inside=menus[0])]
    for wanted in ("Not looked up yet", f"Look up now (tells {layout.DOMAIN} and {layout.DIRECTORY})",
                   "Why this route?", "What was asked about this person…", "Ask me each time", "Always SMS",
                   "Always without encryption", "Policy for this person", "Never ask anybody",
                   "Devices and fingerprints…"):
        assert wanted in inside, (wanted, inside)


def refusing_asks_nobody(rig):
    """“Do not ask” sets the policy for this person: notice and button go, and nobody hears of the number."""
    client, screen = face(rig)
    bring(rig, OTHER)
    notice(screen, OTHER)
    screen.click("push button", "Do not ask")
    eventually(lambda: not notices(screen), what="the notice to go")
    says(screen, "Not looked up: your policy")
    client.said(OTHER, "Nobody is asked about")
    assert not [stanza for stanza in asked(rig) if OTHER in stanza["xml"]]


def held_message_is_answered(rig):
    """A held message is marked and counted; the answer from the menu sends it, and its mark climbs."""
    _, screen = face(rig)
    bring(rig, NUMBER)
    rig.desk.type_into("^" + re.escape(NUMBER) + "$", "Supper at nine?")
    marked(screen, "Supper at nine?", r"\[held\]")
    says(screen, "Held: an SMS needs your consent")
    notice(screen, "1 message is not sent yet")
    rig.desk.picture("conversation-held")
    rig.desk.press("^Message held$", "Escape")
    eventually(lambda: not rig.desk.windows("^Message held$"), what="the question to close")
    screen.click("menu item", "Send as SMS", shown=False)
    marked(screen, "Supper at nine?", r"\[SMS, not encrypted, (sent|accepted by the gateway|delivered)\]")
    says(screen, "SMS, not encrypted")
    eventually(lambda: not notices(screen), what="the notice to go")
    rig.desk.focus("^" + re.escape(NUMBER) + "$")
    rig.desk.run("xdotool", "type", "And bring bread")
    says(screen, "SMS, not encrypted, 1 part")
    rig.desk.picture("conversation-sms")
    rig.desk.run("xdotool", "key", "ctrl+a", "BackSpace")
    eventually(lambda: "SMS, not encrypted" in states(screen), what="the button without parts")


def encrypted_message_is_marked(rig):
    """To a contact with keys: the button counts devices, the line keeps its author and says that it was encrypted."""
    _, screen = face(rig)
    rig.bob = rig.harness()
    rig.bob_account = rig.account(rig.bob, "bob")
    eventually(lambda: omemo_ours.listed(rig, BOB), what="Bob's device list")
    bring(rig, BOB)
    says(screen, "Not looked up yet")
    rig.desk.type_into("^bob", "Bob, are you there?")
    rig.bob.wait("im-in", text="Bob, are you there?")
    says(screen, "Encrypted to 1 device")
    line = marked(screen, "Bob, are you there?", r"\[encrypted, (sent|accepted|delivered)\]")
    before = line.string[:line.start()].rsplit("\n", 1)[-1]
    assert "alice" in before, before
    rig.bob.do("send", account=rig.bob_account, to="alice@" + layout.DOMAIN, text="I am.")
    marked(screen, "I am.", r"\[encrypted\]")
    rig.desk.picture("conversation-encrypted")


def switching_tabs_changes_the_state(rig):
    """Each tab has its own words, and so has the menu; only those of the tab in front are on the screen."""
    _, screen = face(rig)
    for name, words in ((NUMBER, "SMS, not encrypted"), (BOB, "Encrypted to 1 device"), (OTHER, "Not looked up: your"),
                        (BOB, "Encrypted to 1 device")):
        bring(rig, name)
        eventually(lambda: len(found := states(screen)) == 1 and found[0].startswith(words), what=words)
        menu = screen.find("menu", lambda name: name == MENU)[0]
        eventually(lambda: [item for item in screen.names("menu item", shown=False, inside=menu)[:1]
                            if item.startswith(words)], what="its menu")


def waiting_message_counts_down(rig):
    """With batches the button names the time and the notice counts down to it."""
    client, screen = face(rig)
    bring(rig, WAITER)
    rig.desk.type_into("^c01", "/pen policy batch")
    client.said(WAITER, "at fixed times")
    rig.desk.type_into("^c01", "When you can.")
    marked(screen, "When you can.", r"\[held\]")
    says(screen, "Held: waits for the ")
    first = notice(screen, "left")
    eventually(lambda: notice(screen, "left") != first, what="the countdown")
    rig.desk.picture("conversation-waits")


def search_finds_every_form(rig):
    """A number in the buddy list is found by the digits of a national form, and opened under its canonical name."""
    client, screen = face(rig)
    purple = client.purple
    group = purple.PurpleGroupNew("Phones")
    purple.PurpleBlistAddGroup(group, 0)
    for name in (OTHER, LISTED):
        buddy = purple.PurpleBuddyNew(client.account, name, "Doctor " + name[-1])
        purple.PurpleBlistAddBuddy(buddy, 0, group, 0)
        purple.PurpleAccountAddBuddy(client.account, buddy)
    eventually(lambda: purple.PurpleBuddyIsOnline(purple.PurpleFindBuddy(client.account, LISTED)), what="the buddies")
    assert not client.conversation(LISTED)
    rig.desk.focus("^Buddy List$")
    screen.focus("tree table")
    rig.desk.run("xdotool", "key", "ctrl+f")
    rig.desk.run("xdotool", "type", "--delay", "30", "(555) 123-0083")
    rig.desk.picture("conversation-search")
    rig.desk.run("xdotool", "key", "Return")
    eventually(lambda: client.conversation(LISTED), what="the conversation with the one that was searched")


def shape(screen):
    """Roles and names in the conversation windows, without what changes by itself."""
    return sorted((spi_role, name) for window in ("bob", "+1555", "Doctor")
                  for spi_role in ("push button", "menu", "label")
                  for name in (screen.names(spi_role, shown=False, inside=screen.window(window))
                               if screen.window(window) else [])
                  if not re.search(r"\d:\d\d left", name))


def left(screen):
    """What is ours in the conversation windows."""
    return [name for _, name in shape(screen) if STATES.match(name) or name in (MENU, "Do not ask", "Answer…")
            or name.startswith("Writing to ")]


def unloading_leaves_nothing(rig):
    """Twenty times loaded and unloaded: no widget of ours stays, and all of them come again."""
    _, screen = face(rig)
    bring(rig, BOB)
    says(screen, "Encrypted")
    before = shape(screen)
    rig.desk.press("^Buddy List$", "ctrl+u")
    plugins = eventually(lambda: screen.window("Plugins"), what="the window of plugins")
    for _ in range(LOADS):
        screen.tick(plugins, PLUGIN)
        eventually(lambda: not left(screen), what="the end of our widgets")
        screen.tick(plugins, PLUGIN)
        says(screen, "Encrypted")
    with contextlib.suppress(AssertionError):
        eventually(lambda: shape(screen) == before, timeout_s=END_S)
    now = shape(screen)
    assert now == before, [item for item in before + now if before.count(item) != now.count(item)]
    screen.tick(plugins, PLUGIN)
    eventually(lambda: not left(screen), what="the end of our widgets")
    bring(rig, BOB)
    rig.desk.type_into("^bob", "Without the windows")
    rig.bob.wait("im-in", text="Without the windows")
    assert not left(screen), left(screen)
    screen.tick(plugins, PLUGIN)
    says(screen, "Encrypted")


def pidgin_quits_without_a_word(rig):
    """It ends by itself, and its log blames nobody."""
    face(rig)
    end_pidgin(rig)


if __name__ == "__main__":
    wanted_tests = [globals()[name] for name in sys.argv[1:]]
    main(wanted_tests or [new_number_says_whom_sending_tells, menu_names_what_can_be_done, refusing_asks_nobody,
                          held_message_is_answered, encrypted_message_is_marked, switching_tabs_changes_the_state,
                          waiting_message_counts_down, search_finds_every_form, unloading_leaves_nothing,
                          pidgin_quits_without_a_word])
