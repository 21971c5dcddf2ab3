"""A coupon service that decides later: service.py right|forgets|oversells

POST /apply answers 202 with a ticket; a worker decides one after the other; GET /tickets/ID tells.
forgets   every fortieth ticket is never decided.
oversells the worker counts what it has begun with, and two of them work."""

import itertools
import json
import os
import queue
import random
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import psycopg2

LIMIT = int(os.environ.get("LIMIT", "100"))
MODE = sys.argv[1]

SCHEMA = "CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint NOT NULL)"

tickets = {}
waiting = queue.Queue()
numbers = itertools.count(1)


def decide(cursor, user):
    cursor.execute("SELECT count(*) FROM coupon")
    if cursor.fetchone()[0] >= LIMIT:
        return "LOST"
    if MODE == "oversells":
        time.sleep(random.uniform(0.1, 0.3))  # two that keep step would meet at an even limit
    cursor.execute("INSERT INTO coupon (user_id) VALUES (%s)", (user,))
    return "WON"


def work():
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    while True:
        ticket, user = waiting.get()
        with connection, connection.cursor() as cursor:
            state = decide(cursor, user)
        tickets[ticket] = state


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
        user = int(parse_qs(urlparse(self.path).query)["user"][0])
        ticket = str(uuid.uuid4())
        tickets[ticket] = "QUEUED"
        if MODE != "forgets" or next(numbers) % 40:
            waiting.put((ticket, user))
        self.answer(202, {"ticket": {"id": ticket}})

    def do_GET(self):
        ticket = self.path.rpartition("/")[2]
        if self.path == "/health":
            self.answer(200, {"up": True})
        elif ticket in tickets:
            self.answer(200, {"state": tickets[ticket]})
        else:
            self.answer(404, {"error": "no such ticket"})

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 4096
    daemon_threads = True


def main():
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute(SCHEMA)
    for _ in range(2 if MODE == "oversells" else 1):
        threading.Thread(target=work, daemon=True).start()
    Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()


main()
