#!/usr/bin/env python3
"""Records what real clients and servers say to each other, one file a connection, as seeds for the framers' tests.

    record.py LISTEN UPSTREAM DIRECTORY/NAME     LISTEN and UPSTREAM: /a/socket or HOST:PORT

The first connection becomes NAME.talk, others NAME-2.talk and so on. A line is what came at once: `> ` from the client,
`< ` from the server, as ASCII with the escapes of C. The N that refuses encryption is left out: a proxy says it itself.
Ends with its standard input.

    record.py --seed FILE.talk OUT               the same as input of a fuzz target: pieces of at most 127 bytes, each
                                                 behind a byte that is its length, plus 128 when the server wrote it
"""

import os
import re
import selectors
import socket
import sys


def escape(data):
    names = {0x5C: "\\\\", 0x0A: "\\n", 0x0D: "\\r"}
    return "".join(names.get(b) or (chr(b) if 0x20 <= b < 0x7F else f"\\x{b:02x}") for b in data)


def unescape(text):
    names = {"\\\\": b"\\", "\\n": b"\n", "\\r": b"\r"}
    parts = re.findall(r"\\x[0-9a-f]{2}|\\[\\nr]|[^\\]+", text)
    return b"".join(names.get(p) or (bytes([int(p[2:], 16)]) if p.startswith("\\x") else p.encode()) for p in parts)


def read(path):
    """[(by the server, bytes)] of a talk."""
    with open(path, encoding="ascii") as file:
        return [(line[0] == "<", unescape(line[2:].rstrip("\n"))) for line in file if line[0] in "<>"]


def family(place):
    if place.startswith("/"):
        return socket.AF_UNIX, place
    host, port = place.rsplit(":", 1)
    return socket.AF_INET, (host, int(port))


def record(listen, upstream, name):
    kind, where = family(listen)
    door = socket.socket(kind)
    if kind == socket.AF_INET:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind(where)
    door.listen(64)
    watch = selectors.DefaultSelector()
    watch.register(door, selectors.EVENT_READ, None)
    watch.register(sys.stdin, selectors.EVENT_READ, None)
    print("ready", flush=True)
    count = 0
    while True:
        for key, _ in watch.select():
            if key.fileobj is sys.stdin:
                return
            if key.fileobj is door:
                count += 1
                client = door.accept()[0]
                server = socket.socket(family(upstream)[0])
                server.connect(family(upstream)[1])
                path = f"{name}{f'-{count}' if count > 1 else ''}.talk"
                out = open(path, "w", encoding="ascii", buffering=1)
                for own, other, mark in ((client, server, ">"), (server, client, "<")):
                    watch.register(own, selectors.EVENT_READ, (other, mark, out))
                continue
            other, mark, out = key.data
            try:
                data = key.fileobj.recv(65536)
            except ConnectionResetError:
                data = b""
            if data:
                if data != b"N":
                    out.write(f"{mark} {escape(data)}\n")
                other.sendall(data)
            else:
                watch.unregister(key.fileobj)
                try:
                    other.shutdown(socket.SHUT_WR)
                except OSError:
                    pass


def seed(path, out):
    with open(out, "wb") as file:
        for server, data in read(path):
            for at in range(0, len(data), 127):
                piece = data[at : at + 127]
                file.write(bytes([len(piece) | (128 if server else 0)]) + piece)


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "--seed":
        seed(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 4:
        try:
            record(sys.argv[1], sys.argv[2], os.path.abspath(sys.argv[3]))
        except KeyboardInterrupt:
            pass
    else:
        sys.exit(__doc__)
