#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A store that refuses: nothing that names a person leaves, nothing is lost, and the user is told why."""

import contextlib
import os
import secrets
import sqlite3
import stat
import subprocess

from rig import eventually, main

NUMBER, FRIEND = "+15551230001", "c15@pen.test"
NEW_PEOPLE = ("c14@pen.test", "c16@pen.test", "nobody1@pen.test")
GARBAGE = b"this is no database, and never was one\n" * 500
LOG_HEAD_BYTES, LOG_FRAME_BYTES = 32, 24 + 4096  # https://www.sqlite.org/fileformat2.html, 4.1


def store(harness):
    return os.path.join(harness.config_dir, "penregister", "penregister.db")


def said_by_alice(rig):
    return [r["xml"] for r in rig.stanzas()
            if r["direction"] == "in" and r["user"].startswith("alice@") and not r.get("nonza")]


def names_a_person(xml):
    return any(word in xml for word in ("555123", "c14@", "c15@", "c16@", "nobody", "bob@"))


@contextlib.contextmanager
def locked(path):
    """Another program that holds the file and does not let go."""
    other = sqlite3.connect(path, isolation_level=None, timeout=20)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextlib.contextmanager
def moved(path):
    """The file is moved away, and a folder stands in its place."""
    for suffix in ("", "-wal", "-shm"):
        os.rename(path + suffix, path + suffix + ".away")
    os.mkdir(path)
    try:
        yield
    finally:
        os.rmdir(path)
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(path + suffix + ".away"):
                os.rename(path + suffix + ".away", path + suffix)


def used_bytes(log):
    """So far have frames been written; what the log is longer by was made ready."""
    with open(log, "rb") as file:
        salts, used = file.read(LOG_HEAD_BYTES)[16:24], LOG_HEAD_BYTES
        while (frame := file.read(LOG_FRAME_BYTES)) and frame[8:16] == salts:
            used += LOG_FRAME_BYTES
    return used


@contextlib.contextmanager
def full(log, pid):
    """No space: the process may write no file beyond where the log has come."""
    subprocess.run(["prlimit", "--pid", str(pid), f"--fsize={used_bytes(log)}:unlimited"], check=True)
    try:
        yield
    finally:
        subprocess.run(["prlimit", "--pid", str(pid), "--fsize=unlimited:unlimited"], check=True)


def patient_harness(rig):
    """A harness that is told of a file that may not grow by an error, as on a full disk, and not by a signal."""
    program, wrapper = os.environ["PEN_HARNESS"], os.path.join(rig.dir, "patient")
    with open(wrapper, "w", encoding="utf-8") as script:
        script.write(f'#!/bin/sh\ntrap "" XFSZ\nexec "{program}" "$@"\n')
    os.chmod(wrapper, 0o755)
    os.environ["PEN_HARNESS"] = wrapper
    try:
        return rig.harness()
    finally:
        os.environ["PEN_HARNESS"] = program


def signed_on(rig, harness=None):
    harness = harness or rig.harness()
    alice = rig.account(harness, "alice", gateway="sms.pen.test", directory="directory.pen.test", when="typed")
    # A store that refuses while keys are made is told of in other words; and what publishes them would leave later.
    harness.until_keys(alice)
    harness.do("open", account=alice, to=FRIEND)
    rig.until_received(harness, alice)
    return harness, alice


def try_everything(harness, alice):
    """Each way to name a person; the replies of the two sends."""
    for person in NEW_PEOPLE:
        harness.ask("open", account=alice, to=person)
        harness.ask("lookup", account=alice, to=person)
        harness.ask("type", account=alice, to=person)
    harness.ask("open", account=alice, to=NUMBER)
    harness.ask("type", account=alice, to=FRIEND)
    harness.ask("lookup", account=alice, to=NUMBER)
    harness.ask("command", account=alice, to=NEW_PEOPLE[0], text="/pen lookup")
    harness.ask("buddy-add", account=alice, name="c16@pen.test")
    harness.ask("raw", account=alice, xml="<message to='bob@pen.test' id='r1'><body>raw</body></message>")
    harness.ask("raw", account=alice,
                xml="<iq type='get' to='bob@pen.test' id='r2'><vCard xmlns='vcard-temp'/></iq>")
    return [harness.ask("send", account=alice, to=to, text="kept close") for to in (FRIEND, NEW_PEOPLE[2])]


def check_refusing(rig, harness, alice, refusing):
    """While REFUSING nothing leaves and sends are refused with a reason; afterwards all works again."""
    rig.until_received(harness, alice)
    before, since = len(said_by_alice(rig)), harness.mark()
    with refusing:
        replies = try_everything(harness, alice)
        rig.until_received(harness, alice)
        leaked = [xml for xml in said_by_alice(rig)[before:] if names_a_person(xml)]
        assert not leaked, leaked
        for reply in replies:
            assert not reply["ok"] and reply["error"]["code"] == "refused", reply
            assert reply["error"]["message"], reply
        notice = harness.wait("notice", since=since)
        assert "ledger" in (notice["title"] + notice["text"]).lower() and len(notice["text"]) > 30, notice
    check_works(rig, harness, alice)


def check_works(rig, harness, alice):
    """After all: a look-up, a message and its row."""
    text = "again-" + secrets.token_hex(3)
    row = eventually(lambda: harness.ask("lookup", account=alice, to=FRIEND).get("row"), what="a look-up")["row"]
    eventually(lambda: [r for r in harness.rows() if r["row"] == row and r["status"] in ("answered", "error")],
               what="an answer")
    harness.ask("command", account=alice, to=FRIEND, text="/pen plain")
    harness.do("send", account=alice, to=FRIEND, text=text)
    eventually(lambda: any(text in xml for xml in said_by_alice(rig)), what="the message at the server")
    assert not any("kept close" in xml for xml in said_by_alice(rig))


def locked_store(rig):
    """Another program has locked the file."""
    harness, alice = signed_on(rig)
    check_refusing(rig, harness, alice, locked(store(harness)))
    harness.close()


def moved_store(rig):
    """The file was moved away, and put back."""
    harness, alice = signed_on(rig)
    check_refusing(rig, harness, alice, moved(store(harness)))
    harness.close()


def full_disk(rig):
    """No space is left."""
    harness, alice = signed_on(rig, patient_harness(rig))
    wal = store(harness) + "-wal"
    check_refusing(rig, harness, alice, full(wal, harness.process.pid))
    harness.close()


def sound_folder(rig):
    """A config folder with a ledger that has rows, of a program that has ended."""
    harness, alice = signed_on(rig)
    rows = len(harness.rows())
    harness.close()
    assert rows > 0
    return harness.config_dir, rows


def start_again(rig, folder):
    """A new program on FOLDER: harness, account, the reply to connect."""
    harness = rig.harness(config=folder)
    known = rig.box["accounts"]["alice"]
    handle = harness.do("account-add", user=known["jid"] + "/pen", password=known["password"],
                        settings=rig.settings(gateway="sms.pen.test"))["account"]
    return harness, handle, harness.ask("connect", account=handle)


def check_no_sign_on(rig, folder, *words):
    """The account does not sign on, says why, and says nothing to the server; the file stays as it is."""
    before = len(said_by_alice(rig))
    harness, _, reply = start_again(rig, folder)
    assert not reply["ok"], reply
    for word in words:
        assert word in reply["error"]["message"], reply
    assert harness.ask("quit")["ok"]
    assert harness.close() == 0
    assert len(said_by_alice(rig)) == before
    return reply["error"]["message"]


def starts_locked(rig):
    """Locked at the start: refused with a sentence; later it is as it was."""
    folder, rows = sound_folder(rig)
    path = os.path.join(folder, "penregister", "penregister.db")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    check_no_sign_on(rig, folder, "penregister.db")
    other.execute("ROLLBACK")
    other.close()
    harness, _, reply = start_again(rig, folder)
    assert reply["ok"] and len(harness.rows()) >= rows, reply
    harness.close()


def starts_newer(rig):
    """A newer version's file is left alone, byte for byte."""
    folder, _ = sound_folder(rig)
    path = os.path.join(folder, "penregister", "penregister.db")
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version=99")
        other.commit()
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(path, "rb") as file:
        bytes_before = file.read()
    check_no_sign_on(rig, folder, "newer", "99")
    with open(path, "rb") as file:
        assert file.read() == bytes_before


def starts_directory(rig):
    """A folder in its place."""
    folder = os.path.join(rig.dir, "in-place")
    os.makedirs(os.path.join(folder, "penregister", "penregister.db"))
    check_no_sign_on(rig, folder, "is not a file")
    assert os.path.isdir(os.path.join(folder, "penregister", "penregister.db"))


def starts_other_program(rig):
    """A database of another program is not touched."""
    folder = os.path.join(rig.dir, "foreign")
    os.makedirs(os.path.join(folder, "penregister"))
    path = os.path.join(folder, "penregister", "penregister.db")
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
        other.commit()
    check_no_sign_on(rig, folder, "another program")
    with contextlib.closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM recipes").fetchone() == (0,)


def immutable(path, on):
    """Root may write what rights forbid, but not what the file system forbids; False where it cannot."""
    done = subprocess.run(["chattr", "+i" if on else "-i", path], capture_output=True, check=False)
    return done.returncode == 0


def starts_read_only(rig):
    """A file that cannot be written: no sign-on, no row lost. Rights alone are mended, for they are ours."""
    folder, rows = sound_folder(rig)
    path = os.path.join(folder, "penregister", "penregister.db")
    os.chmod(path, 0o400)
    if immutable(path, True):
        try:
            check_no_sign_on(rig, folder, "penregister.db")
        finally:
            immutable(path, False)
    harness, _, reply = start_again(rig, folder)
    assert reply["ok"] and len(harness.rows()) >= rows, reply
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    harness.close()


def check_set_aside(rig, folder, content):
    """A damaged file is kept whole under another name, and a new ledger is begun; the user is told of both."""
    harness, handle, reply = start_again(rig, folder)
    assert reply["ok"], reply
    place = os.path.join(folder, "penregister")
    kept = [name for name in os.listdir(place)
            if name.startswith("penregister.db.corrupt-") and not name.endswith(("-wal", "-shm"))]
    assert len(kept) == 1, os.listdir(place)
    with open(os.path.join(place, kept[0]), "rb") as file:
        assert file.read() == content
    notice = harness.wait("notice")
    assert kept[0] in notice["text"] and "damaged" in notice["text"], notice
    harness.do("lookup", account=handle, to=FRIEND)
    assert len(harness.rows(kind="device-list")) == 1
    harness.close()


def starts_garbage(rig):
    """Something that is no database at all."""
    folder = os.path.join(rig.dir, "garbage")
    os.makedirs(os.path.join(folder, "penregister"))
    with open(os.path.join(folder, "penregister", "penregister.db"), "wb") as file:
        file.write(GARBAGE)
    check_set_aside(rig, folder, GARBAGE)


def starts_flipped(rig):
    """Our own file with a page overwritten."""
    folder, _ = sound_folder(rig)
    path = os.path.join(folder, "penregister", "penregister.db")
    with open(path, "r+b") as file:
        for page in range(1, os.path.getsize(path) // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 64)
        file.seek(0)
        content = file.read()
    check_set_aside(rig, folder, content)


if __name__ == "__main__":
    main([locked_store, moved_store, full_disk, starts_locked, starts_newer, starts_directory, starts_other_program,
          starts_read_only, starts_garbage, starts_flipped])
