"""A coupon service as somebody with Redis at hand may write it: the stock is a number that DECR takes from.

service.py right: DECR decides. service.py races: the stock is looked at first, and taken from afterwards."""

import os
import queue
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import psycopg2

LIMIT = int(os.environ.get("LIMIT", "100"))
CONNECTIONS = 8
STOCK = "coupon:stock"

pool = queue.Queue()


class Redis:
    """Commands with whole numbers as answers."""

    def __init__(self, port, password):
        self.link = socket.create_connection(("127.0.0.1", port))
        self.file = self.link.makefile("rb")
        self.ask("AUTH", password)

    def ask(self, *words):
        self.link.sendall((" ".join(words) + "\r\n").encode())
        line = self.file.readline()
        if line.startswith(b"-"):
            raise RuntimeError(line.decode())
        if line.startswith(b"$"):
            line = b":" + self.file.readline()
        return line[1:].decode().strip()


def take(redis):
    if DESIGN == "races":
        if int(redis.ask("GET", STOCK)) <= 0:
            return False
        time.sleep(0.002)  # whatever else is asked about the user
    left = int(redis.ask("DECR", STOCK))
    return left >= 0 or DESIGN == "races"


def apply(user):
    redis, database = pool.get()
    try:
        if not take(redis):
            return False
        with database, database.cursor() as cursor:
            cursor.execute("INSERT INTO coupon (user_id) VALUES (%s)", (user,))
        return True
    finally:
        pool.put((redis, database))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        self.answer(200, "up")

    def do_POST(self):
        user = int(parse_qs(urlsplit(self.path).query)["user"][0])
        self.answer(200, "yours") if apply(user) else self.answer(410, "gone")

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 4096
    daemon_threads = True


def main():
    for _ in range(CONNECTIONS):
        pool.put((Redis(int(os.environ["REDIS_PORT"]), os.environ["REDIS_PASSWORD"]),
                  psycopg2.connect(os.environ["DATABASE_URL"])))
    redis, database = pool.get()
    if redis.ask("EXISTS", STOCK) == "0":
        redis.ask("SET", STOCK, str(LIMIT))
    with database, database.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint NOT NULL)")
    pool.put((redis, database))
    Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()


DESIGN = sys.argv[1]
main()
