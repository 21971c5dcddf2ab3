"""A coupon service that was written for one instance: service.py lock|user|row

lock  a lock in memory around SELECT count(*) and INSERT: right alone, a race between two instances.
user  the stock is a row and right, one coupon a user is a lock in memory: right alone, two coupons from two instances.
row   both are the database's: right with any number of instances."""

import json
import os
import queue
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import psycopg2

LIMIT = int(os.environ.get("LIMIT", "100"))
CONNECTIONS = int(os.environ.get("CONNECTIONS", "8"))
WORK = float(os.environ.get("WORK", "0.002"))  # what else an order needs between the look and the write

SCHEMA = """
CREATE TABLE IF NOT EXISTS stock (id int PRIMARY KEY, issued int NOT NULL);
CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint NOT NULL);
CREATE TABLE IF NOT EXISTS holder (user_id bigint PRIMARY KEY);
INSERT INTO stock VALUES (1, 0) ON CONFLICT DO NOTHING;
"""

pool = queue.Queue()
everybody = threading.Lock()
users = {}


def lock_of(user):
    with everybody:
        return users.setdefault(user, threading.Lock())


def take_from_stock(cursor):
    cursor.execute("UPDATE stock SET issued = issued + 1 WHERE id = 1 AND issued < %s", (LIMIT,))
    return cursor.rowcount == 1


def by_lock(connection, user):
    with everybody, connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM coupon")
        if cursor.fetchone()[0] >= LIMIT:
            return False
        time.sleep(random.uniform(WORK / 2, WORK * 1.5))  # two that keep step would meet at an even limit
        cursor.execute("INSERT INTO coupon (user_id) VALUES (%s)", (user,))
        return True


def by_user(connection, user):
    with lock_of(user), connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM coupon WHERE user_id = %s", (user,))
        if cursor.fetchone()[0]:
            return True
        time.sleep(WORK)
        if not take_from_stock(cursor):
            return False
        cursor.execute("INSERT INTO coupon (user_id) VALUES (%s)", (user,))
        return True


def by_row(connection, user):
    with connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO holder VALUES (%s) ON CONFLICT DO NOTHING", (user,))
        if cursor.rowcount == 0:
            cursor.execute("SELECT count(*) FROM coupon WHERE user_id = %s", (user,))
            return cursor.fetchone()[0] == 1
        if not take_from_stock(cursor):
            return False
        cursor.execute("INSERT INTO coupon (user_id) VALUES (%s)", (user,))
        return True


apply = {"lock": by_lock, "user": by_user, "row": by_row}[sys.argv[1]]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Instance", os.environ.get("NAME", "?"))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer(200, {"up": True})

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        user = int(parse_qs(urlparse(self.path).query)["user"][0])
        connection = pool.get()
        try:
            won = apply(connection, user)
        finally:
            pool.put(connection)
        self.answer(200, {"won": won})

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
