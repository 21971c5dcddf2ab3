"""A coupon service whose members are UUIDs: winners go to a topic as JSON, in the capitals of its older sister.

service.py right: members are decided one after another. service.py races: they are not."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

LIMIT = int(os.environ.get("LIMIT", "100"))
CONNECTIONS = 8

lock = threading.Lock() if sys.argv[1] == "right" else contextlib.nullcontext()
issued = 0
members = set()
waiting = queue.Queue()
pool = queue.Queue()


def relay():
    """Winners in twos and tens, by a producer for each batch, which ends when the broker has them."""
    while True:
        batch = [waiting.get()]
        time.sleep(0.1)
        while not waiting.empty():
            batch.append(waiting.get())
        lines = [json.dumps({"event": "won", "member": {"id": str(member).upper()}}) for member in batch]
        subprocess.run(["kcat", "-P", "-b", os.environ["KAFKA_BROKERS"], "-t", "coupon_create"],
                       input="".join(line + "\n" for line in lines), text=True, check=True)


def has_coupon(member):
    if member in members:
        return True
    connection = pool.get()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM coupon WHERE member_id = %s", (str(member),))
            return cursor.fetchone() is not None
    finally:
        pool.put(connection)


def apply(member):
    """True when the member gets one of the coupons: stock and members are looked at, and then written."""
    global issued
    with lock:
        if issued >= LIMIT or has_coupon(member):
            return False
        issued += 1
        members.add(member)
        waiting.put(member)
        return True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer(200, {"up": True})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            member = uuid.UUID(json.loads(body)["memberId"])
        except (ValueError, KeyError, TypeError, AttributeError):
            self.answer(400, {"error": "memberId is no UUID"})
            return
        self.answer(200, {"memberId": str(member), "won": apply(member)})

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 4096
    daemon_threads = True


for _ in range(CONNECTIONS):
    pool.put(psycopg2.connect(os.environ["DATABASE_URL"]))
threading.Thread(target=relay, daemon=True).start()
Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
