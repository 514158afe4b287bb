# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control sockets: one JSON object or a few plain words a line in, one JSON object a line out."""

import asyncio
import inspect
import json
import socket

from .layout import ANSWER_WAIT_S

LINE_LIMIT_BYTES = 64 << 20


def parse(line):
    """`{"do": NAME, ...}` as it is, `NAME WORD...` as {"do": NAME, "args": [WORD...]}."""
    if line.startswith("{"):
        return json.loads(line)
    words = line.split()
    return {"do": words[0], "args": words[1:]}


async def answer(handlers, line):
    try:
        request = parse(line)
        handler = handlers[request["do"]]
    except (ValueError, KeyError, IndexError):
        return {"ok": False, "error": "not understood; I know: " + ", ".join(sorted(handlers))}
    try:
        result = handler(request)
        if inspect.isawaitable(result):
            result = await result
        return {"ok": True, **(result or {})}
    except Exception as error:
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}


async def serve(path, handlers):
    """Listens on the Unix socket PATH; HANDLERS maps a name to a function of the request."""
    async def on_client(reader, writer):
        while line := (await reader.readline()).decode().strip():
            reply = await answer(handlers, line)
            writer.write((json.dumps(reply) + "\n").encode())
            await writer.drain()
        writer.close()
    return await asyncio.start_unix_server(on_client, str(path), limit=LINE_LIMIT_BYTES)


def ask(path, request, timeout_s=ANSWER_WAIT_S):
    """Sends one request (object or plain words) and returns the answer."""
    line = request if isinstance(request, str) else json.dumps(request)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(timeout_s)
        client.connect(str(path))
        client.sendall(line.encode() + b"\n")
        with client.makefile("r", encoding="utf-8") as reader:
            return json.loads(reader.readline())
