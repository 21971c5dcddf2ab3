"""A service that accepts nobody until as many wait as its backlog takes, and then everybody. Those whose SYN was dropped
come a second later, all at once: fewer than there is room for, or they would be dropped again and again."""

import contextlib
import pathlib
import selectors
import socket
import threading
import time

ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}"


def waiting(port):
    """Of the listener on that port, by the kernel's account."""
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        cells = line.split()
        if int(cells[1].split(":")[1], 16) == port and cells[3] == "0A":
            return int(cells[4].split(":")[1], 16)
    return 0


def drops():
    names, values = pathlib.Path("/proc/net/netstat").read_text().splitlines()[:2]
    return int(dict(zip(names.split(), values.split()))["ListenDrops"])


def serve(listener, enough, quit_now):
    """enough(): may the first be accepted?"""
    until = time.monotonic() + 30
    while not enough() and time.monotonic() < until and not quit_now.is_set():
        time.sleep(0.001)
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        while not quit_now.is_set():
            for key, _ in selector.select(0.05):
                if key.fileobj is listener:
                    selector.register(listener.accept()[0], selectors.EVENT_READ)
                elif key.fileobj.recv(65536):
                    key.fileobj.sendall(ANSWER)
                else:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
        for key in list(selector.get_map().values()):
            key.fileobj.close()


@contextlib.contextmanager
def service(backlog, crowd):
    """Yields its port. A backlog that is too short has dropped somebody before anybody is accepted."""
    before = drops()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(backlog)
    port = listener.getsockname()[1]

    def enough():
        return waiting(port) >= crowd or (waiting(port) > backlog and drops() > before)

    quit_now = threading.Event()
    thread = threading.Thread(target=serve, args=(listener, enough, quit_now))
    thread.start()
    try:
        yield port
    finally:
        quit_now.set()
        thread.join()
        listener.close()
