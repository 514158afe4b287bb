# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop that nobody sees, for tests with real clients: a display, a bus
and a window manager of its own, and a libpurple client driven over D-Bus."""

import os
import re
import shutil
import signal
import subprocess
import time
from xml.sax.saxutils import escape

import dbus
from rig import END_S, REPLY_S, Skip, eventually

PREFS = """<?xml version='1.0' encoding='UTF-8' ?>
<pref version='1' name='/'>
 <pref name='purple'><pref name='logging'><pref name='log_ims' type='bool' value='0'/></pref></pref>
 <pref name='pidgin'>
  <pref name='docklet'><pref name='show' type='string' value='never'/></pref>
  <pref name='blist'><pref name='list_visible' type='bool' value='1'/></pref>
  <pref name='conversations'><pref name='spellcheck' type='bool' value='0'/></pref>
  <pref name='sound'><pref name='method' type='string' value='none'/></pref>
 </pref>
 <pref name='finch'><pref name='sound'><pref name='method' type='string' value='none'/></pref></pref>
</pref>
"""
TYPES = {bool: "bool", int: "int", str: "string"}
LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
WINDOWS = "pidgin-penregister.so"
# Named by who is in front in it.
CONVERSATION = r"^([+]1555|bob|c01|Doctor)"
TROUBLE = re.compile(r"CRITICAL \*\*|WARNING \*\*|-CRITICAL|-WARNING|assertion .* failed|penregister.*(error|warning):")
# What any protocol without installed icons makes Pidgin say, a desktop without its settings, and a button that ends its
# own window when it is pressed from outside.
NOT_OURS = re.compile(r"libpurple/(server\.c|proxy)|dconf|GVFS|vulkan|Gtk-WARNING.*(theme|module|display)|atk-bridge|"
                      r"GLib-GIO|Theme|gtkrc|gstreamer|GStreamer|farstream|'purplebuddylist != NULL'|AT-SPI|"
                      r"purple_connection_get_prpl: assertion 'gc != NULL'|"
                      r"GLib-GObject.*: g_object_(un)?ref: assertion|gdk_window_set_icon_list|GdkPixbuf|"
                      r"g_signal_emit_by_name: assertion 'G_TYPE_CHECK_INSTANCE")


def need(*programs):
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        raise Skip("not installed: " + " ".join(missing))


def read_line(stream, what):
    line = stream.readline().decode().strip()
    assert line, f"{what} did not start"
    return line


class Desk:
    """Starts what a client needs; close() stops it, last first."""

    def __init__(self, folder):
        self.dir, self.processes = folder, []
        home, run = os.path.join(folder, "home"), os.path.join(folder, "run")
        os.makedirs(os.path.join(home, ".fluxbox"))
        os.makedirs(run, mode=0o700)
        self.env = {**os.environ, "HOME": home, "XDG_RUNTIME_DIR": run, "LANG": "C.UTF-8", "TZ": "UTC",
                    "TERM": "xterm"}
        bus = self.start("dbus-daemon", "--session", "--nofork", "--print-address=1", stdout=subprocess.PIPE)
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self.address = read_line(bus.stdout, "dbus-daemon")

    def start(self, *argv, **options):
        process = subprocess.Popen(argv, env=self.env, stdin=subprocess.DEVNULL,
                                   **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options})
        self.processes.append(process)
        return process

    def open_display(self):
        """Xvfb, and fluxbox without the program that would set a background. A new window takes no keys from the one
        that is typed into."""
        reader, writer = os.pipe()
        # Without -noreset it begins anew, and cuts off who is coming, whenever its last client has gone.
        self.start("Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-r",
                   "-noreset", pass_fds=(writer,))
        os.close(writer)
        with os.fdopen(reader, "rb") as stream:
            self.env["DISPLAY"] = ":" + read_line(stream, "Xvfb")
        fluxbox = os.path.join(self.env["HOME"], ".fluxbox")
        for name, text in (("overlay", "background: none\n"),
                           ("init", "session.screen0.rootCommand: true\nsession.screen0.toolbar.visible: false\n"
                                    "session.screen0.focusNewWindows: false\n"
                                    f"session.styleOverlay: {fluxbox}/overlay\n")):
            with open(os.path.join(fluxbox, name), "w", encoding="utf-8") as file:
                file.write(text)
        self.manage = ("fluxbox", "-rc", os.path.join(fluxbox, "init"))
        self.manager = self.start(*self.manage)
        # Who maps a window before it is there, has one that nobody can activate.
        eventually(self.is_managed, what="the window manager")

    def is_managed(self):
        """Whether a window manager is there; it is no part of what is tested, and does not always live."""
        if self.manager.poll() is not None:
            self.manager = self.start(*self.manage)
        return self.run("xdotool", "get_num_desktops", check=False).strip()

    def run(self, *argv, check=True):
        done = subprocess.run(argv, env=self.env, capture_output=True, text=True, timeout=REPLY_S, check=False)
        assert done.returncode == 0 or not check, f"{argv}: {done.stderr}"
        return done.stdout

    def windows(self, name):
        """Ids of the windows with this title (a regular expression) that are on the screen."""
        return self.run("xdotool", "search", "--onlyvisible", "--name", name, check=False).split()

    def focus(self, name):
        def is_typed_into():
            found = self.windows(name)[-1:]
            if not found or not self.is_managed():
                return None
            self.run("xdotool", "windowactivate", "--sync", *found, check=False)
            return found if self.run("xdotool", "getwindowfocus", "-f", check=False).split() == found else None
        return eventually(is_typed_into, what=f"the keyboard at {name}")[0]

    def type_into(self, window, text):
        self.focus(window)
        self.run("xdotool", "type", "--delay", "15", text)
        self.run("xdotool", "key", "Return")

    def press(self, window, keys):
        self.focus(window)
        self.run("xdotool", "key", keys)

    def picture(self, name):
        """The screen, into the test's folder; and what is on it, small, into the folder that PEN_PICTURES names."""
        if not shutil.which("import") or "DISPLAY" not in self.env:
            return
        path = os.path.join(self.dir, name + ".png")
        self.run("import", "-window", "root", path, check=False)
        folder = os.environ.get("PEN_PICTURES")
        if folder:
            os.makedirs(folder, exist_ok=True)
            self.run("convert", path, "-trim", "+repage", "-colors", "128", "PNG8:" + os.path.join(folder, name + ".png"))

    def close(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(END_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            if process.stdout:
                process.stdout.close()


def setting(name, value):
    written = str(int(value)) if isinstance(value, bool) else str(value)
    return f"<setting name='{name}' type='{TYPES[type(value)]}'>{escape(written)}</setting>"


def write_config(rig, folder, interface, **settings):
    """A client's folder with Alice's account in it, that signs on by itself, and the built plugin."""
    login = rig.box["accounts"]["alice"]
    inner = "".join(setting(*pair) for pair in rig.settings(**settings).items())
    os.makedirs(os.path.join(folder, "plugins"))
    shutil.copy(os.path.join(os.environ["PEN_PLUGIN_DIR"], "libpenregister.so"), os.path.join(folder, "plugins"))
    texts = {"prefs.xml": PREFS,
             "accounts.xml": "<?xml version='1.0' encoding='UTF-8' ?>\n<account version='1.0'><account>"
                             f"<protocol>prpl-penregister</protocol><name>{escape(login['jid'])}/desk</name>"
                             f"<password>{escape(login['password'])}</password><settings>{inner}</settings>"
                             f"<settings ui='{interface}'>{setting('auto-login', True)}</settings>"
                             "</account></account>\n"}
    for name, text in texts.items():
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600)


class Client:
    """libpurple of a running client, by D-Bus: numbers stand for its objects."""

    def __init__(self, desk):
        self.bus = dbus.bus.BusConnection(desk.address)
        eventually(lambda: self.bus.name_has_owner("im.pidgin.purple.PurpleService"), what="the client on D-Bus")
        remote = self.bus.get_object("im.pidgin.purple.PurpleService", "/im/pidgin/purple/PurpleObject")
        self.purple = dbus.Interface(remote, "im.pidgin.purple.PurpleInterface")
        self.account = eventually(self.signed_on, what="signing on")

    def signed_on(self):
        for account in self.purple.PurpleAccountsGetAllActive():
            if (self.purple.PurpleAccountGetProtocolId(account) == "prpl-penregister"
                    and self.purple.PurpleAccountIsConnected(account)):
                return account
        return None

    def conversation(self, name):
        """The open one with this name, or 0."""
        for found in self.purple.PurpleGetIms():
            if self.purple.PurpleConversationGetName(found) == name:
                return found
        return 0

    def lines(self, name):
        """[(who, text)] as they stand in the conversation, oldest first."""
        conversation = self.conversation(name)
        if not conversation:
            return []
        history = self.purple.PurpleConversationGetMessageHistory(conversation)
        return [(str(self.purple.PurpleConversationMessageGetSender(m)),
                 str(self.purple.PurpleConversationMessageGetMessage(m))) for m in reversed(history)]

    def texts(self, name):
        return [text for _, text in self.lines(name)]

    def said(self, name, part):
        return eventually(lambda: [text for text in self.texts(name) if part in text],
                          what=f"{part!r} in the conversation with {name}")

    def quit(self):
        """Asks it to end; it may be gone before it answers, so nobody waits for that."""
        self.purple.PurpleCoreQuit(ignore_reply=True)
        self.bus.flush()

    def present(self, name):
        """Opens a conversation, in front of all others; the name that it has then."""
        conversation = self.purple.PurpleConversationNew(1, self.account, name)
        assert conversation, f"no conversation with {name}"
        self.purple.PurpleConversationPresent(conversation)
        return str(self.purple.PurpleConversationGetName(conversation))


def wait_for_end(process):
    """The exit code of a program that was asked to end."""
    try:
        return process.wait(2 * END_S)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGABRT)
        raise


# Pidgin with our windows

def built_windows():
    path = os.path.join(os.path.dirname(os.environ["PEN_PLUGIN_DIR"]), "pidgin", WINDOWS)
    if not os.path.exists(path):
        raise Skip("the windows for Pidgin are not built")
    with open(path, "rb") as library:
        if b"__asan_init" in library.read():
            raise Skip("a sanitized plugin loads only into a sanitized program")
    return path


def add_windows(config):
    """Lets the client load the windows too."""
    copy = shutil.copy(built_windows(), os.path.join(config, "plugins"))
    prefs = os.path.join(config, "prefs.xml")
    with open(prefs, encoding="utf-8") as file:
        text = file.read()
    loaded = f"<pref name='plugins'><pref name='loaded' type='pathlist'><item value='{copy}'/></pref></pref>"
    with open(prefs, "w", encoding="utf-8") as file:
        file.write(text.replace("<pref name='pidgin'>", "<pref name='pidgin'>" + loaded, 1))


def run_pidgin(rig, write, before=(), **env):
    """Starts it on a desktop of its own, with our windows; write() fills the folder that it is handed, the words BEFORE
    stand before the command. Its account may still be signing on."""
    need("pidgin", "Xvfb", "fluxbox", "xdotool", "dbus-daemon", LAUNCHER)
    built_windows()
    rig.desk = Desk(os.path.join(rig.dir, "desk"))
    rig.desk.open_display()
    rig.desk.start(LAUNCHER, "--launch-immediately")
    rig.desk.env.update(GTK_MODULES="gail:atk-bridge", **env)
    rig.config, rig.log = os.path.join(rig.dir, "pidgin"), os.path.join(rig.dir, "pidgin.log")
    write(rig.config)
    add_windows(rig.config)
    with open(rig.log, "wb") as log:
        rig.pidgin = rig.desk.start(*before, "pidgin", "-c", rig.config, "-d", stdout=log, stderr=log)


def start_pidgin(rig, **settings):
    """The running Pidgin with Alice's account signed on, as D-Bus knows it."""
    run_pidgin(rig, lambda config: write_config(rig, config, "gtk-gaim", **settings))
    rig.client = Client(rig.desk)
    return rig.client


def bring(rig, name):
    """Opens the conversation if need be, and turns tabs until it is in front."""
    assert rig.client.present(name) == name
    title = "^" + re.escape(name)
    window = eventually(lambda: rig.desk.windows(CONVERSATION), what="a conversation's window")[-1]

    def turn():
        shown = rig.desk.run("xdotool", "getwindowname", window)
        if not re.match(title, shown):
            rig.desk.press(CONVERSATION, "ctrl+Tab")
            eventually(lambda: rig.desk.run("xdotool", "getwindowname", window) != shown, what="another tab")
        return re.match(title, rig.desk.run("xdotool", "getwindowname", window))
    eventually(turn, what=f"{name} in front")


def complaints(rig):
    """What the log blames somebody for, without what is said on any such desktop."""
    with open(rig.log, encoding="utf-8", errors="replace") as log:
        return [line.rstrip() for line in log if TROUBLE.search(line) and not NOT_OURS.search(line)]


def quit_pidgin(rig):
    """It ends by itself, without a fault."""
    try:
        rig.client.quit()
        code = wait_for_end(rig.pidgin)
    finally:
        rig.desk.close()
    assert code == 0, code


def end_pidgin(rig):
    """It ends by itself, and its log blames nobody."""
    quit_pidgin(rig)
    told = complaints(rig)
    assert not told, told


class Terminal:
    """A tmux of its own."""

    def __init__(self, desk, command):
        self.desk, self.socket = desk, os.path.join(desk.dir, "tmux")
        self.ended = os.path.join(desk.dir, "exit-code")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", "120", "-y", "45",
                  f"{command}; echo $? >'{self.ended}'; exec sleep 60")

    def tmux(self, *words, check=True):
        return self.desk.run("tmux", "-S", self.socket, *words, check=check)

    def screen(self):
        return self.tmux("capture-pane", "-p", "-t", "t")

    def keys(self, *names):
        for name in names:
            self.tmux("send-keys", "-t", "t", name)
            time.sleep(0.05)

    def type_line(self, text):
        self.tmux("send-keys", "-t", "t", "-l", text)
        self.keys("Enter")

    def exit_code(self):
        """None while the program runs; above 128 for a signal."""
        if not os.path.exists(self.ended):
            return None
        with open(self.ended, encoding="utf-8") as file:
            text = file.read().strip()
        return int(text) if text else None

    def close(self):
        self.tmux("kill-server", check=False)
