#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin in the clients that people have: Pidgin on a screen that nobody
sees, Finch in a terminal, BitlBee on a socket. Typed, clicked and read as a
person would; the server's log and the ledger's file are the witnesses."""

import contextlib
import importlib
import os
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from desk import TROUBLE, Client, Desk, Terminal, need, quit_pidgin, wait_for_end, write_config
from rig import EVENT_S, SANDBOX_S, Skip, eventually, main
from penbox import layout

omemo_ours = importlib.import_module("test-omemo-ours")
NUMBER, TYPED = "+15551230071", "(555) 123-0071"
OTHER = "+15551230072"
ALICE, BOB = "alice@" + layout.DOMAIN, "bob@" + layout.DOMAIN
OURS = {"gateway": layout.SMS, "directory": layout.DIRECTORY, "region": "US"}
HELD = "^Message held$"
# What is written with any protocol: by a desktop without its settings, and by Pidgin when it ends with two tabs open.
NOT_OURS = re.compile(r"libpurple/(server\.c|proxy)|dconf|GVFS|vulkan|Gtk-WARNING.*(theme|module|display)|"
                      r"atk-bridge|GLib-GIO|Theme|gtkrc|gstreamer|GStreamer|farstream|"
                      r"'purplebuddylist != NULL'|purple_connection_get_prpl: assertion 'gc != NULL'")
PIXMAPS = "/usr/share/pixmaps/pidgin/protocols"
# Pidgin cannot do without a protocol's icon: it says these for each window.
NO_ICON = re.compile(r"GLib-GObject: g_object_(un)?ref: assertion|Gdk: IA__gdk_window_set_icon_list|GdkPixbuf: ")


def sanitized():
    """The plugin cannot be loaded by a program that is not built with its sanitizer."""
    with open(os.path.join(os.environ["PEN_PLUGIN_DIR"], "libpenregister.so"), "rb") as library:
        return b"__asan_init" in library.read()


def rows(config, address):
    """The ledger's rows about ADDRESS, (stanza, status, attempts), read past the running client."""
    path = os.path.join(config, "penregister", "penregister.db")
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        return database.execute("select stanza, status, attempts from ledger where address = ?", (address,)).fetchall()


def sent_by_alice(rig, text):
    return [r["xml"] for r in rig.stanzas() if r["direction"] == "in" and r["user"].startswith("alice@")
            and text in r["xml"]]


def stanza_id(xml):
    return re.search(r"<message[^>]*?\bid=['\"]([^'\"]+)", xml)[1]


def check_recorded(rig, config, text, address):
    """The server has the message once, and the ledger a row for it with its id."""
    found = eventually(lambda: sent_by_alice(rig, text), what=f"{text!r} at the server")
    assert len(found) == 1, found
    mine = [row for row in rows(config, address) if row[0] == stanza_id(found[0])]
    assert len(mine) == 1, (stanza_id(found[0]), rows(config, address))
    eventually(lambda: (stanza_id(found[0]), 1) in [(row[0], row[2]) for row in rows(config, address)],
               what="one attempt in the message's row")


def modem_texts(rig):
    return [(sms["number"], sms["text"]) for sms in rig.run("sms", "list")]


def bob_of(rig):
    if not hasattr(rig, "bob"):
        rig.bob = rig.harness()
        rig.bob_account = rig.account(rig.bob, "bob", protocol="prpl-jabber")
    return rig.bob


def wait_for_keys(rig, known):
    """Until a client of Alice's is none of the KNOWN devices: when its keys are published, held messages are looked at
    again, and a question that is open is put anew."""
    eventually(lambda: set(omemo_ours.listed(rig, ALICE)) - set(known), what="a device with keys")


# Icons

def installed(rig):
    """The folder that “meson install” filled, as if it were the root of a system."""
    build = os.path.dirname(os.path.dirname(os.environ["PEN_PLUGIN_DIR"]))
    if not os.path.exists(os.path.join(build, "build.ninja")):
        raise Skip("the plugin stands in no build folder")
    need("meson")
    root = os.path.join(rig.dir, "install")
    done = subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--destdir", root],
                          capture_output=True, text=True, timeout=2 * SANDBOX_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def icons_are_installed(rig):
    """“meson install” puts an icon of the name that list_icon gives into each size's folder."""
    found = [folder for folder, _, _ in os.walk(installed(rig)) if folder.endswith("/pixmaps/pidgin/protocols")]
    assert len(found) == 1, found
    for size in (16, 22, 48):
        with open(os.path.join(found[0], str(size), "penregister.png"), "rb") as icon:
            assert struct.unpack(">II", icon.read(24)[16:]) == (size, size), size
    rig.icons = found[0]


def with_icons(rig):
    """The words before a command that let it, and nothing else, see our icons among the installed ones."""
    merged = os.path.join(rig.dir, "pixmaps")
    shutil.copytree(PIXMAPS, merged)
    shutil.copytree(getattr(rig, "icons", PIXMAPS), merged, dirs_exist_ok=True)
    enter = ["unshare", "--map-current-user", "--keep-caps", "--mount", "sh", "-c",
             f'mount --bind "$0" {PIXMAPS} && exec "$@"', merged]
    rig.sees_icons = hasattr(rig, "icons") and subprocess.run(
        [*enter, "true"], capture_output=True, timeout=EVENT_S, check=False).returncode == 0
    return enter if rig.sees_icons else []


# Pidgin

def pidgin(rig):
    """The running Pidgin; started by the first test that needs it."""
    if sanitized():
        raise Skip("a sanitized plugin loads only into a sanitized program")
    need("pidgin", "Xvfb", "fluxbox", "xdotool", "dbus-daemon")
    if not hasattr(rig, "desk"):
        rig.desk = Desk(os.path.join(rig.dir, "desk"))
        rig.desk.open_display()
        rig.config = os.path.join(rig.dir, "pidgin")
        write_config(rig, rig.config, "gtk-gaim", **OURS)
        rig.log = os.path.join(rig.dir, "pidgin.log")
        with open(rig.log, "wb") as log:
            rig.pidgin = rig.desk.start(*with_icons(rig), "pidgin", "-c", rig.config, "-d", stdout=log, stderr=log)
        rig.client = Client(rig.desk)
        wait_for_keys(rig, ())
    return rig.client


def pidgin_signs_on(rig):
    """The account is on, its protocol has a name, the buddy list is on the screen."""
    client = pidgin(rig)
    assert client.purple.PurpleAccountGetProtocolName(client.account) == "Pen Register"
    rig.desk.focus("^Buddy List$")
    store = os.path.join(rig.config, "penregister", "penregister.db")
    assert os.stat(store).st_mode & 0o777 == 0o600


def pidgin_takes_a_number_as_typed(rig):
    """A national number in “New Instant Message” opens the conversation with its international form."""
    client = pidgin(rig)
    rig.desk.press("^Buddy List$", "ctrl+m")
    rig.desk.type_into("^New Instant Message$", TYPED)
    eventually(lambda: client.conversation(NUMBER), what="the conversation with " + NUMBER)
    rig.desk.focus("^" + re.escape(NUMBER) + "$")


def pidgin_asks_before_an_sms(rig):
    """The message is held and the question shown; nothing goes before the answer, one SMS after it."""
    client, window = pidgin(rig), "^" + re.escape(NUMBER) + "$"
    text = "Supper at eight?"
    rig.desk.type_into(window, text)
    rig.desk.focus(HELD)
    rig.desk.picture("held-question")
    assert not sent_by_alice(rig, text) and text in client.texts(NUMBER), client.lines(NUMBER)
    rig.desk.press(HELD, "alt+s")
    eventually(lambda: not rig.desk.windows(HELD), what="an end of the question")
    eventually(lambda: (NUMBER, text) in modem_texts(rig), what="the SMS at the modem")
    check_recorded(rig, rig.config, text, "tel:" + NUMBER)
    assert client.texts(NUMBER).count(text) == 1 and not rig.desk.windows(HELD), client.lines(NUMBER)


def pidgin_receives_an_sms(rig):
    """An answer stands once in the same conversation, its text as it is, from the number."""
    client = pidgin(rig)
    rig.run("sms", "inject", NUMBER, "Nine is <b>better</b> & quieter.")
    client.said(NUMBER, "Nine is &lt;b&gt;better&lt;/b&gt; &amp; quieter.")
    who = [who for who, text in client.lines(NUMBER) if "quieter" in text]
    assert who == [NUMBER], client.lines(NUMBER)
    rig.desk.type_into("^" + re.escape(NUMBER) + "$", "/pen status")
    client.said(NUMBER, "Route: SMS, not encrypted")
    rig.desk.picture("conversation")


def pidgin_talks_to_a_jid(rig):
    """A message to an XMPP contact, typed in the window of a conversation, and the answer."""
    client, bob = pidgin(rig), bob_of(rig)
    assert client.present(BOB) == BOB
    rig.desk.press("^" + re.escape(NUMBER) + "$", "ctrl+Tab")
    rig.desk.type_into("^bob", "Bob, are you there?")
    bob.wait("im-in", text="Bob, are you there?")
    check_recorded(rig, rig.config, "Bob, are you there?", "xmpp:" + BOB)
    bob.do("send", account=rig.bob_account, to=ALICE, text="I am.")
    client.said(BOB, "I am.")
    texts = client.texts(BOB)
    assert texts.count("I am.") == 1 and texts.count("Bob, are you there?") == 1, texts


def pidgin_lists_a_number(rig):
    """A number in the buddy list stays there, is shown as reachable, and nobody is told of it."""
    client = pidgin(rig)
    purple = client.purple
    group = purple.PurpleGroupNew("Phones")
    purple.PurpleBlistAddGroup(group, 0)
    buddy = purple.PurpleBuddyNew(client.account, "+1 (555) 123-0072", "")
    purple.PurpleBlistAddBuddy(buddy, 0, group, 0)
    purple.PurpleAccountAddBuddy(client.account, buddy)
    found = eventually(lambda: purple.PurpleFindBuddy(client.account, OTHER), what="the buddy")
    assert purple.PurpleBuddyGetName(found) == OTHER
    eventually(lambda: purple.PurpleBuddyIsOnline(found), what="a number that can be written to")
    # What comes after all that the list may have said.
    rig.desk.type_into("^bob", "Now it stands in my list.")
    bob_of(rig).wait("im-in", text="Now it stands in my list.")
    assert not sent_by_alice(rig, OTHER), sent_by_alice(rig, OTHER)


def options_have_plain_labels(_rig):
    """Each option of the account has a label that a person can read: no sign of a mnemonic is left in it."""
    with open(os.path.join(os.environ["PEN_SOURCE_ROOT"], "plugin", "purple", "options.c"), encoding="utf-8") as file:
        labels = re.findall(r"account_option_\w+_new \(_\(\"([^\"]+)\"", file.read())
    # Pidgin puts the mnemonic before the text itself, Finch shows the text as it is.
    assert len(labels) >= 12 and not [label for label in labels if "_" in label], labels


def pidgin_quits(rig):
    """It ends by itself, without a fault, and its log blames nobody."""
    pidgin(rig)
    quit_pidgin(rig)
    with open(rig.log, encoding="utf-8", errors="replace") as log:
        told = [line.rstrip() for line in log if TROUBLE.search(line) and not NOT_OURS.search(line)
                and (rig.sees_icons or not NO_ICON.search(line))]
    assert not told, told


# Finch

def finch_asks_and_sends(rig):
    """Signs on in a terminal; /pen works; the question about a held message is answered by keys."""
    if sanitized():
        raise Skip("a sanitized plugin loads only into a sanitized program")
    need("finch", "tmux", "dbus-daemon")
    desk, config = Desk(os.path.join(rig.dir, "finch-desk")), os.path.join(rig.dir, "finch")
    write_config(rig, config, "gnt-purple", **OURS)
    known = omemo_ours.listed(rig, ALICE)
    terminal = Terminal(desk, f"finch -c '{config}'")
    try:
        client = Client(desk)
        wait_for_keys(rig, known)
        talk_in_finch(rig, client, terminal, config)
    finally:
        with open(os.path.join(rig.dir, "finch.screen"), "w", encoding="utf-8") as file:
            file.write(terminal.screen())
        terminal.close()
        desk.close()


def talk_in_finch(rig, client, terminal, config):
    number, shown, text = "+15551230073", "(555) 123-0073", "From a terminal"
    assert client.present(number) == number
    eventually(lambda: number in terminal.screen(), what="the window of the conversation")
    terminal.keys("M-n")
    terminal.type_line("/pen status")
    eventually(lambda: "Route:" in terminal.screen(), what="the answer to /pen status")
    terminal.type_line(text)
    eventually(lambda: "Message held" in terminal.screen(), what="the question")
    terminal.keys("M-n")
    eventually(lambda: f"Send this to {shown} as SMS?" in terminal.screen(), what="the question in front")
    assert not sent_by_alice(rig, text)
    press_button(terminal, "Send as _SMS")
    eventually(lambda: (number, text) in modem_texts(rig), what="the SMS at the modem")
    check_recorded(rig, config, text, "tel:" + number)
    assert client.texts(number).count(text) == 1, client.lines(number)
    terminal.keys("M-q")
    assert eventually(lambda: terminal.exit_code() is not None and [terminal.exit_code()], what="Finch's end") == [0]


def press_button(terminal, label):
    """The buttons stand in one row, and the first of them has the keyboard."""
    # They stand below the question, and are drawn after it.
    row = eventually(lambda: [line for line in terminal.screen().splitlines() if label in line], what=label)[0]
    order = ["_Keep it for now", "_Do not send", "Send as _SMS"]
    assert [row.find(name) for name in order] == sorted(row.find(name) for name in order), row
    terminal.keys(*["Tab"] * order.index(label), "Enter")


# BitlBee

class Bee:
    """BitlBee as inetd would start it, on a socket pair, and an IRC client at the other end."""

    def __init__(self, rig):
        self.dir = os.path.join(rig.dir, "bitlbee")
        for name in ("home", "config", "plugins/purple"):
            os.makedirs(os.path.join(self.dir, name))
        shutil.copy(os.path.join(os.environ["PEN_PLUGIN_DIR"], "libpenregister.so"),
                    os.path.join(self.dir, "plugins", "purple"))
        with open(os.path.join(self.dir, "bitlbee.conf"), "w", encoding="utf-8") as file:
            file.write(f"[settings]\nPluginDir = {self.dir}/plugins\n")
        self.socket, other = socket.socketpair()
        with open(os.path.join(self.dir, "log"), "wb") as log:
            self.process = subprocess.Popen(
                ["bitlbee", "-I", "-v", "-c", os.path.join(self.dir, "bitlbee.conf"), "-d",
                 os.path.join(self.dir, "config")], stdin=other, stdout=other, stderr=log, cwd=self.dir,
                env={**os.environ, "HOME": os.path.join(self.dir, "home")})
        other.close()
        self.seen = ""
        self.socket.settimeout(0.2)

    def say(self, *lines):
        for line in lines:
            self.socket.sendall(line.encode() + b"\r\n")

    def root(self, *lines):
        self.say(*["PRIVMSG &bitlbee :" + line for line in lines])

    def hears(self, pattern):
        """Waits for a line, from all that was said so far."""
        def read():
            with contextlib.suppress(socket.timeout):
                self.seen += self.socket.recv(65536).decode(errors="replace")
            return re.search(pattern, self.seen)
        with contextlib.suppress(AssertionError):
            return eventually(read, what=pattern)
        raise AssertionError(f"never heard {pattern!r}; exit {self.process.poll()}; heard: {self.seen[-2000:]}")

    def close(self):
        with contextlib.suppress(OSError):
            self.say("QUIT :bye")
        code = wait_for_end(self.process)
        self.socket.close()
        return code


def bitlbee_sends_and_receives(rig):
    """An account of ours, a message to a contact and its answer, and a held one released by an answer in text."""
    if sanitized():
        raise Skip("a sanitized plugin loads only into a sanitized program")
    need("bitlbee")
    known = omemo_ours.listed(rig, ALICE)
    bob, bee = bob_of(rig), Bee(rig)
    try:
        sign_on_bitlbee(rig, bee)
        wait_for_keys(rig, known)
        bee.root("add -tmp penregister " + BOB)
        bee.hears("nickname `bob'")
        bee.say("PRIVMSG bob :Hello from the bee")
        bob.wait("im-in", text="Hello from the bee")
        bob.do("send", account=rig.bob_account, to=ALICE, text="Hello, bee.")
        bee.hears(r":bob!\S+ PRIVMSG \S+ :(me: )?Hello, bee\.")
        assert len(sent_by_alice(rig, "Hello from the bee")) == 1
        text_from_bitlbee(rig, bee)
    finally:
        code = bee.close()
    assert code == 0, code


def sign_on_bitlbee(rig, bee):
    login = rig.box["accounts"]["alice"]
    bee.say("NICK me", "USER me 0 * :me")
    bee.hears("BitlBee-LIBPURPLE")
    bee.root(f"account add penregister {login['jid']}/bee {login['password']}")
    bee.hears("successfully added")
    for name, value in rig.settings(**OURS).items():
        bee.root(f"account penregister set {name} {str(value).lower() if isinstance(value, bool) else value}")
    bee.root("account penregister on")
    bee.hears("penregister - Logging in: Logged in")


def text_from_bitlbee(rig, bee):
    """BitlBee has no buttons: it puts the question in words, and “yes” sends."""
    number, text = "+15551230074", "SMS from the bee"
    bee.root("add -tmp penregister " + number)
    nick = bee.hears(r"nickname `(\S*15551230074)'")[1]
    bee.say(f"PRIVMSG {nick} :{text}")
    bee.hears(r"Send this to .* as SMS\?")
    assert not sent_by_alice(rig, text)
    bee.root("yes")
    eventually(lambda: (number, text) in modem_texts(rig), what="the SMS at the modem")


if __name__ == "__main__":
    wanted = [globals()[name] for name in sys.argv[1:]]
    main(wanted or [icons_are_installed, options_have_plain_labels, pidgin_signs_on, pidgin_takes_a_number_as_typed,
                    pidgin_asks_before_an_sms, pidgin_receives_an_sms, pidgin_talks_to_a_jid, pidgin_lists_a_number,
                    pidgin_quits, finch_asks_and_sends, bitlbee_sends_and_receives])
