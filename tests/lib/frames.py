"""A service of gRPC over HTTP/2 in clear, by frames, so that anything can be said: for tests.

It has one method, lies.Shop/Buy (PROTO), whose message is the number of a user."""

import socket
import threading

DATA, HEADERS, RESET, SETTINGS, PUSH, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 9
END, ACK, END_HEADERS, PADDED = 1, 1, 4, 8
INTERNAL_ERROR, REFUSED_STREAM = 2, 7
YES, NO = "0", "9"
PROTO = """syntax = "proto3"; package lies;
service Shop { rpc Buy(Ask) returns (Told); }
message Ask { int64 user = 1; }
message Told { int64 user = 1; }
"""

def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def fields(*pairs):
    """HPACK, each a literal that nobody has to remember."""
    return b"".join(b"\0" + b"".join(bytes([len(word)]) + word.encode() for word in pair) for pair in pairs)


def head(stream, *more, http="200", flags=END_HEADERS):
    return frame(HEADERS, flags, stream, fields((":status", http), ("content-type", "application/grpc"), *more))


def status(code):
    return ("grpc-status", code)


def trailers(stream, *pairs):
    return frame(HEADERS, END_HEADERS | END, stream, fields(*pairs))


def message(user, prefix=None):
    """One of Told, with a length before it."""
    number, value = [], user
    while True:
        number.append(value & 127 | (128 if value > 127 else 0))
        value >>= 7
        if not value:
            break
    body = bytes([8, *number])
    return (prefix or b"\0" + len(body).to_bytes(4, "big")) + body


def data(stream, payload, flags=0):
    return frame(DATA, flags, stream, payload)


def answer(stream, user, code=YES):
    """As it should be."""
    if code != YES:
        return head(stream, status(code), flags=END_HEADERS | END)
    return head(stream) + data(stream, message(user)) + trailers(stream, status(code))


def goaway(last):
    return frame(GOAWAY, 0, 0, last.to_bytes(4, "big") + (0).to_bytes(4, "big"))


def reset(stream, code):
    return frame(RESET, 0, stream, code.to_bytes(4, "big"))


class Service:
    """Listens until the block ends. answers(stream, user): the frames that are sent when a call is whole."""

    def __init__(self, answers):
        self.answers = answers

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                link = self.listener.accept()[0]
            except OSError:
                return
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(link,), daemon=True).start()

    def serve(self, link):
        with link, link.makefile("rb") as file:
            try:
                file.read(24)
                link.sendall(frame(SETTINGS, 0, 0))
                self.talk(link, file)
            except OSError:
                pass

    def talk(self, link, file):
        bodies = {}
        while len(start := file.read(9)) == 9:
            kind, flags, stream = start[3], start[4], int.from_bytes(start[5:], "big")
            payload = file.read(int.from_bytes(start[:3], "big"))
            if kind in (SETTINGS, PING) and not flags & ACK:
                link.sendall(frame(kind, ACK, 0, payload if kind == PING else b""))
            if kind == DATA:
                bodies[stream] = bodies.get(stream, b"") + payload
            if kind == DATA and flags & END:
                link.sendall(self.answers(stream, number(bodies.pop(stream)[6:])))


def number(encoded):
    return sum((byte & 127) << 7 * place for place, byte in enumerate(encoded))
