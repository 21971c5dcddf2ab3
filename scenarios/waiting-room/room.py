"""A waiting room: POST /enter gives a ticket, GET /queue/TICKET tells the place in the line or lets through.

So many are let through at a time, in the order in which they came. Python's standard library is all it needs."""

import itertools
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

A_TURN = int(os.environ.get("A_TURN", "50"))  # so many are let through
EVERY = float(os.environ.get("EVERY", "0.05"))  # seconds from one turn to the next

numbers = itertools.count()
opened = []
lock = threading.Lock()


def enter():
    with lock:
        if not opened:
            opened.append(time.monotonic())
        return next(numbers)


def look(number):
    turns = int((time.monotonic() - opened[0]) / EVERY)
    ahead = number - turns * A_TURN
    return {"state": "waiting", "ahead": ahead} if ahead >= 0 else {"state": "go"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.answer(202, {"ticket": f"t-{enter()}"})

    def do_GET(self):
        if self.path.startswith("/queue/t-"):
            self.answer(200, look(int(self.path[len("/queue/t-"):])))
        else:
            self.answer(200, {"open": True})

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 4096
    daemon_threads = True


Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
