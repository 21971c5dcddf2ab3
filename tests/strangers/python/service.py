"""A coupon service as a Python programmer may write it: threads, a few connections, and one UPDATE that decides.

It is right: the row lock on stock lets the first hundred through, in the transaction that also writes the coupon."""

import json
import os
import queue
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

LIMIT = int(os.environ.get("LIMIT", "100"))
CONNECTIONS = 8

SCHEMA = """
CREATE TABLE IF NOT EXISTS stock (id int PRIMARY KEY, issued int NOT NULL);
CREATE TABLE IF NOT EXISTS member_coupon (id bigserial PRIMARY KEY, member_id bigint NOT NULL);
INSERT INTO stock VALUES (1, 0) ON CONFLICT DO NOTHING;
"""

pool = queue.Queue()


def apply(member):
    """True when the member got one of the coupons."""
    connection = pool.get()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("UPDATE stock SET issued = issued + 1 WHERE id = 1 AND issued < %s", (LIMIT,))
            if cursor.rowcount == 0:
                return False
            cursor.execute("INSERT INTO member_coupon (member_id) VALUES (%s)", (member,))
            return True
    finally:
        pool.put(connection)


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
            member = int(json.loads(body)["userId"])
        except (ValueError, KeyError, TypeError):
            self.answer(400, {"error": "userId is missing"})
            return
        self.answer(200, {"isSuccess": apply(member)})

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 4096
    daemon_threads = True


def main():
    for _ in range(CONNECTIONS):
        pool.put(psycopg2.connect(os.environ["DATABASE_URL"]))
    connection = pool.get()
    with connection, connection.cursor() as cursor:
        cursor.execute(SCHEMA)
    pool.put(connection)
    Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()


main()
