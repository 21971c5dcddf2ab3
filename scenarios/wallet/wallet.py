"""A wallet: POST /transfer?user=…&from=…&to=…&amount=… moves an amount from one account to another, or refuses.

The balances are whole cents in SQLite; both are changed in one transaction, which has the write lock from its beginning.
Python's standard library is all it needs."""

import json
import os
import sqlite3
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

DATABASE = os.environ["DATABASE"]


def connect():
    connection = sqlite3.connect(DATABASE, timeout=20, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def set_up():
    with connect() as connection:
        connection.executescript("""
            CREATE TABLE account (name TEXT PRIMARY KEY, cents INTEGER NOT NULL CHECK (cents >= 0));
            CREATE TABLE transfer (id INTEGER PRIMARY KEY, user_id INTEGER, source TEXT, target TEXT, cents INTEGER);""")
        accounts = [(f"acc-{n}", 5000) for n in range(1, int(os.environ["ACCOUNTS"]) + 1)]
        connection.executemany("INSERT INTO account VALUES (?, ?)", accounts)


def transfer(user, source, target, amount):
    """The transfer's number; None: there is not enough."""
    cents = int(Decimal(amount) * 100)
    connection = connect()
    try:
        connection.execute("BEGIN IMMEDIATE")
        taken = connection.execute("UPDATE account SET cents = cents - ? WHERE name = ? AND cents >= ?",
                                   (cents, source, cents)).rowcount
        if not taken:
            connection.execute("ROLLBACK")
            return None
        connection.execute("UPDATE account SET cents = cents + ? WHERE name = ?", (cents, target))
        made = connection.execute("INSERT INTO transfer (user_id, source, target, cents) VALUES (?, ?, ?, ?)",
                                  (user, source, target, cents)).lastrowid
        connection.execute("COMMIT")
        return made
    finally:
        connection.close()


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
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        made = transfer(int(query["user"]), query["from"], query["to"], query["amount"])
        self.answer(201 if made else 409, {"transfer": made})

    def do_GET(self):
        self.answer(200, {"open": True})

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 4096
    daemon_threads = True


set_up()
Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
