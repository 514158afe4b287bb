# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A python-dbusmock template: ModemManager with one modem that keeps what it is told to text in a file.

SMS objects live outside the object manager's tree, because sms4you takes every managed object for a modem.
"""

import datetime
import json

import dbus

from dbusmock import get_object

BUS_NAME = "org.freedesktop.ModemManager1"
MAIN_OBJ = "/org/freedesktop/ModemManager1"
MAIN_IFACE = "org.freedesktop.ModemManager1"
SYSTEM_BUS = True
IS_OBJECT_MANAGER = True

MODEM_PATH = "/org/freedesktop/ModemManager1/Modem/0"
MODEM_IFACE = BUS_NAME + ".Modem"
MESSAGING_IFACE = MODEM_IFACE + ".Messaging"
SMS_IFACE = BUS_NAME + ".Sms"
PEN_IFACE = "org.penregister.Sandbox"


def now():
    return datetime.datetime.utcnow().isoformat(timespec="microseconds") + "Z"


class Modem:
    """What the mock's methods do; the mock objects hold a reference to it."""

    def __init__(self, mock, log):
        self.mock = mock
        self.log = log
        self.count = 0
        self.failing = False

    def note(self, **record):
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(json.dumps({"at": now(), **record}) + "\n")

    def add(self, number, text):
        self.count += 1
        path = "/mock/SMS/%d" % self.count
        stamp = now()[:19] + "+00:00"
        properties = {"Number": number, "Text": text, "SMSC": "+15559990000", "Timestamp": stamp}
        self.mock.AddObject(path, SMS_IFACE, properties, [("Send", "", "", "self.pen.send(self)")])
        get_object(path).pen = self
        return path

    def create(self, wanted):
        if self.failing:
            raise dbus.exceptions.DBusException("no network", name=BUS_NAME + ".Error.Core.Failed")
        number, text = str(wanted["number"]), str(wanted["text"])
        path = self.add(number, text)
        self.note(event="create", path=path, number=number, text=text)
        return dbus.ObjectPath(path)

    def send(self, sms):
        self.note(event="send", path=str(sms.path))

    def delete(self, path):
        self.mock.RemoveObject(str(path))

    def inject(self, number, text):
        path = self.add(number, text)
        modem = get_object(MODEM_PATH)
        modem.EmitSignal(MESSAGING_IFACE, "Added", "ob", [dbus.ObjectPath(path), True])
        return path


def load(mock, parameters):
    modem = Modem(mock, parameters["log"])
    properties = {
        "Manufacturer": "Pen Register", "Model": "sandbox", "State": dbus.Int32(8),
        "SignalQuality": dbus.Struct((dbus.UInt32(80), True), signature="ub"),
        "OwnNumbers": dbus.Array(["+15559990001"], signature="s"), "Sim": dbus.ObjectPath("/mock/SIM/1"),
    }
    mock.AddObject(MODEM_PATH, MODEM_IFACE, properties, [("Enable", "b", "", "")])
    messaging = get_object(MODEM_PATH)
    messaging.pen = mock.pen = modem
    messaging.AddMethods(MESSAGING_IFACE, [
        ("Create", "a{sv}", "o", "ret = self.pen.create(args[0])"),
        ("Delete", "o", "", "self.pen.delete(args[0])"),
        ("List", "", "ao", "ret = dbus.Array([], signature='o')"),
    ])


@dbus.service.method(PEN_IFACE, in_signature="ss", out_signature="s")
def Inject(self, number, text):
    return self.pen.inject(str(number), str(text))


@dbus.service.method(PEN_IFACE, in_signature="b", out_signature="")
def SetFailing(self, failing):
    self.pen.failing = bool(failing)
