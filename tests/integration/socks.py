# Copyright (C) 2026 The Pen Register authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A SOCKS5 proxy (RFC 1928) that notes what it was asked to connect to, as text or as an address. What stands in
MOVED is somewhere else in truth."""

import ipaddress
import socket
import socketserver
import threading

IPV4, NAME, IPV6 = 1, 3, 4
OK, UNREACHABLE = 0, 4


class Handler(socketserver.StreamRequestHandler):
    """One connection: greeting, request, then bytes both ways."""

    def handle(self):
        self.rfile.read(self.rfile.read(2)[1])
        self.wfile.write(b"\x05\x00")
        kind = self.rfile.read(4)[3]
        host = self.read_host(kind)
        port = int.from_bytes(self.rfile.read(2), "big")
        self.server.asked.append((kind, host, port))
        place = self.server.moved.get((host, port), (host, port))
        try:
            with socket.create_connection(place, timeout=10) as other:
                self.answer(OK)
                self.relay(other)
        except OSError:
            self.answer(UNREACHABLE)

    def read_host(self, kind):
        if kind == NAME:
            return self.rfile.read(self.rfile.read(1)[0]).decode()
        return str(ipaddress.ip_address(self.rfile.read(4 if kind == IPV4 else 16)))

    def answer(self, code):
        self.wfile.write(bytes([5, code, 0, IPV4]) + bytes(6))

    def relay(self, other):
        def up():
            while data := self.rfile.read1(65536):
                other.sendall(data)
        threading.Thread(target=up, daemon=True).start()
        other.settimeout(None)
        while data := other.recv(65536):
            self.wfile.write(data)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.moved = [], {}
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """Connections break off when a client ends."""

    def close(self):
        self.shutdown()
        self.server_close()


PREFS = """<?xml version='1.0' encoding='UTF-8' ?>
<pref version='1' name='/'><pref name='purple'><pref name='proxy'>
<pref name='type' type='string' value='{0}'/><pref name='host' type='string' value='127.0.0.1'/>
<pref name='port' type='int' value='{1}'/></pref></pref></pref>
"""
