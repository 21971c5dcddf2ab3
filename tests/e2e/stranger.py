"""Small services of strangers, in this process: each answers in its own manner, none knows rushproof."""

import contextlib
import itertools
import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>"


class Service(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 2048
    address_family = socket.AF_INET
    # http.server looks its own name up otherwise.
    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request, client_address):
        """Connections that go away are the tests' business."""


class Service6(Service):
    address_family = socket.AF_INET6


def handler(answer):
    """answer(number, user, request): (status, content type, body[, headers]); number counts from 0."""
    numbers = itertools.count()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found = re.search(rb"\d+", self.body) or re.search(rb"userId=(\d+)", self.path.encode())
            with lock:
                number = next(numbers)
            status, kind, body, *more = answer(number, int(found.group(found.lastindex or 0)) if found else 0, self)
            self.send_response(status)
            for name, value in (more[0] if more else {}).items():
                self.send_header(name, value)
            if kind:
                self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_):
            pass

    return Handler


@contextlib.contextmanager
def serve(answer, host="127.0.0.1"):
    """The service's port, while it runs."""
    service = (Service6 if ":" in host else Service)((host, 0), handler(answer))
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield service.server_port
    finally:
        service.shutdown()
        service.server_close()
        thread.join()


def as_json(status, **members):
    return status, "application/json", json.dumps(members).encode()


def yes_no(limit=100):
    """The right service: the first come are told yes, by a member of the body."""
    return lambda number, user, request: as_json(200, isSuccess=number < limit, message=f"user {user}")


@contextlib.contextmanager
def serve_and_leave(last, back=False):
    """The right service's port; it closes its listener with its answer number `last`, and opens it again at once."""
    left = threading.Event()

    def answer(number, user, request):
        if number == last:
            left.set()
        return yes_no()(number, user, request)

    service = Service(("127.0.0.1", 0), handler(answer))
    threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def leave():
        left.wait()
        service.shutdown()
        service.server_close()
        if back:
            again = Service(("127.0.0.1", service.server_port), handler(yes_no()))
            services.append(again)
            again.serve_forever(0.05)

    services = []
    leaver = threading.Thread(target=leave, daemon=True)
    leaver.start()
    try:
        yield service.server_port
    finally:
        left.set()
        for again in services:
            again.shutdown()
            again.server_close()
        leaver.join()


def wrong_path(number, user, request):
    return as_json(404, timestamp="2026-11-23T08:01:02", error="Not Found", path=request.path)


def page(number, user, request):
    return 200, "text/html; charset=utf-8", PAGE


def login(number, user, request):
    """Only who carries the token of his own is served."""
    if request.headers.get("Authorization") != f"Bearer T-{user}":
        return as_json(401, error="unauthorized")
    return yes_no()(number, user, request)


def some(status, count, answer):
    """The first so many get that status, and then the answer counts from 0."""
    return lambda number, user, request: (as_json(status, error="no") if number < count
                                          else answer(number - count, user, request))
