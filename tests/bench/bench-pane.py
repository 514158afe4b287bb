#!/usr/bin/python3
# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger window with a million rows, on a display that nobody sees.

    bench-pane.py PROGRAM [ROWS]

PROGRAM prints one JSON object a line: medians and goals. Exit status 77 where
there is no Xvfb or no window manager."""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration"))
from desk import Desk

PATIENCE_S = 1100


def main(program, *rows):
    missing = [name for name in ("Xvfb", "fluxbox", "dbus-daemon") if shutil.which(name) is None]
    if missing:
        print("not installed: " + " ".join(missing))
        return 77
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(os.path.join(folder, "desk"))
        try:
            desk.open_display()
            run = desk.start(program, os.path.join(folder, "ledger.db"), *rows, stdout=None, stderr=None)
            return run.wait(PATIENCE_S)
        finally:
            desk.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
