# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""sms4you-xmpp as it is packaged, on a private message bus with a made-up modem; and the texts that pass through it."""

import json

from . import layout, procs, stanzalog

NEEDS = {"/usr/bin/sms4you": "sms4you", "/usr/lib/sms4you/sms4you-xmpp": "sms4you-xmpp",
         "/usr/bin/dbus-daemon": "dbus-daemon"}
MODULES = {"dbusmock": "python3-dbusmock", "dbus": "python3-dbus", "dbussy": "python3-dbussy",
           "sdnotify": "python3-sdnotify"}
PYTHON = "/usr/bin/python3"
BUS_NAME = "org.freedesktop.ModemManager1"
MODEM_PATH = "/org/freedesktop/ModemManager1"
PEN_IFACE = "org.penregister.Sandbox"

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
    <allow send_requested_reply="true"/><allow receive_requested_reply="true"/>
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
  </policy>
</busconfig>
"""
INI = """[XMPP]
component_jid = {jid}
sender_jids = alice@{domain} bob@{domain}
recipient_jids = alice@{domain}
component_password_file = {secret}
server = {host}
port = {port}

[Modem]
sim_pin_file = {pin}
"""


def start_bus(box):
    """The message bus and the modem on it; sms4you must wait for both."""
    box.modem.mkdir()
    box.sms_log.touch()
    config = box.modem / "bus.conf"
    config.write_text(BUS_CONFIG.format(path=box.bus), encoding="utf-8")
    return procs.start(box, "dbus", ["/usr/bin/dbus-daemon", "--nofork", f"--config-file={config}"])


def environment(box):
    return {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={box.bus}"}


def start_modem(box):
    template = layout.HERE / "modem" / "modemmanager.py"
    parameters = json.dumps({"log": str(box.sms_log)})
    return procs.start(box, "modem", [PYTHON, "-m", "dbusmock", "--template", str(template), "-p", parameters],
                       env=environment(box))


def start_sms4you(box, port, secret):
    (box.modem / "secret").write_text(secret + "\n", encoding="utf-8")
    (box.modem / "pin").touch()
    ini = box.modem / "sms4you.ini"
    ini.write_text(INI.format(jid=layout.SMS, domain=layout.DOMAIN, secret=box.modem / "secret", host=layout.HOST,
                              port=port, pin=box.modem / "pin"), encoding="utf-8")
    argv = [PYTHON, str(layout.HERE / "sms4you-run"), str(box.ready / "sms4you"), "-d", "-c", str(ini)]
    return procs.start(box, "sms4you", argv, env=environment(box))


def modem(box):
    """The modem's own interface for tests, by D-Bus."""
    import dbus
    bus = dbus.bus.BusConnection(f"unix:path={box.bus}")
    return dbus.Interface(bus.get_object(BUS_NAME, MODEM_PATH, introspect=False), PEN_IFACE)


def modem_is_up(box):
    import dbus
    if not box.bus.exists():
        return False
    try:
        return bool(dbus.bus.BusConnection(f"unix:path={box.bus}").name_has_owner(BUS_NAME))
    except dbus.exceptions.DBusException:
        return False


def list_sms(folder):
    """Every SMS that the modem was told to create: number, text, at, and whether it was then sent."""
    records = stanzalog.read(layout.Box(folder).sms_log)
    sent = {r["path"]: r["at"] for r in records if r["event"] == "send"}
    return [{"number": r["number"], "text": r["text"], "at": r["at"], "sent": r["path"] in sent}
            for r in records if r["event"] == "create"]


def inject_sms(folder, number, text):
    """An SMS comes in at the modem."""
    modem(layout.Box(folder)).Inject(number, text)


def set_failing(folder, failing):
    """Whether the modem refuses to create an SMS from now on."""
    modem(layout.Box(folder)).SetFailing(failing)
