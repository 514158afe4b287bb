# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting processes in groups of their own, and ending exactly these."""

import os
import pathlib
import signal
import subprocess
import time

from .layout import PATIENCE, SandboxError

TERM_WAIT_S = 8 * PATIENCE
KILL_WAIT_S = 3 * PATIENCE
POLL_S = 0.02
STATE, SESSION, START_TIME = 0, 3, 19


def stat_of(pid):
    """Fields of /proc/PID/stat after the command's name, or None once the process is gone or a zombie."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[STATE] in "ZX" else fields


def start(box, name, argv, env=None, cwd=None, keeps=()):
    """Starts ARGV with its output in the box's log folder and notes it in the pid file; it has the files KEEPS open."""
    with open(box.log(name), "ab") as log:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=cwd or box.dir,
                                   env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(env or {})},
                                   start_new_session=True, pass_fds=[file.fileno() for file in keeps])
    fields = stat_of(process.pid)
    began = fields[START_TIME] if fields else "0"
    with open(box.pids, "a", encoding="utf-8") as pids:
        pids.write(f"{process.pid} {began} {name}\n")
    return process


def recorded(box):
    """(pid, start time, name) of each process that was started, first started first."""
    if not box.pids.exists():
        return []
    lines = box.pids.read_text(encoding="utf-8").splitlines()
    return [(int(pid), began, name) for pid, began, name in (line.split(" ", 2) for line in lines)]


def members(pid, began):
    """The living processes of the session that PID leads; none if the pid belongs to somebody else by now."""
    leader = stat_of(pid)
    if leader and leader[START_TIME] != began:
        return []
    pids = [int(entry.name) for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit()]
    return [p for p in pids if (stat_of(p) or [""] * 4)[SESSION] == str(pid)]


def wait_gone(pid, began, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not members(pid, began):
            return True
        time.sleep(POLL_S)
    return not members(pid, began)


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def stop(pid, began):
    """Ends one recorded process and its children; True if they are gone."""
    leader = stat_of(pid)
    if leader and leader[START_TIME] == began:
        send([pid], signal.SIGTERM)
        if wait_gone(pid, began, TERM_WAIT_S):
            return True
    send(members(pid, began), signal.SIGKILL)
    return wait_gone(pid, began, KILL_WAIT_S)


def stop_all(box):
    """Ends what is in the pid file, last first."""
    left = [name for pid, began, name in reversed(recorded(box)) if not stop(pid, began)]
    if left:
        raise SandboxError("These would not end: " + ", ".join(left) + f" (see {box.pids}).")
    box.pids.unlink(missing_ok=True)


def any_alive(box):
    return any(members(pid, began) for pid, began, _ in recorded(box))


def tail(path, lines=8):
    try:
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"


def wait_until(box, condition, processes, what, seconds):
    """Polls CONDITION; fails with a sentence when a process ends or the time is up."""
    deadline = time.monotonic() + seconds
    while not condition():
        for name, process in processes.items():
            if process.poll() is not None:
                raise SandboxError(f"{name} ended with status {process.returncode} while waiting for {what}. "
                                   f"The end of {box.log(name)}:\n{tail(box.log(name))}")
        if time.monotonic() > deadline:
            raise SandboxError(f"{what} did not come up in {seconds:g} s; the logs are in {box.logs}.")
        time.sleep(POLL_S)
