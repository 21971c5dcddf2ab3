"""A shop with members: UUIDs in BINARY(16), a login that gives a JSON Web Token, a stock in MySQL.

POST /login {"name": ID} answers {"accessToken": …}. POST /orders with it as Bearer answers {"won": true} or false.
service.py right      one UPDATE with its condition decides, in the transaction of the order.
service.py races      the stock is read, and written as one less.
service.py forgets    every tenth order is not written, though its member was told that it is."""

import base64
import hashlib
import hmac
import itertools
import json
import os
import queue
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pymysql

DESIGN = sys.argv[1]
LIMIT = int(os.environ.get("LIMIT", "100"))
KEY = os.urandom(16)
CONNECTIONS = 8
TABLES = ("CREATE TABLE IF NOT EXISTS orders (id bigint AUTO_INCREMENT PRIMARY KEY, member_id binary(16) NOT NULL)",
          "CREATE TABLE IF NOT EXISTS stock (id int PRIMARY KEY, left_over int NOT NULL)")

pool = queue.Queue()
orders = itertools.count(1)


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(text):
    return encode(hmac.new(KEY, text.encode(), hashlib.sha256).digest())


def make_token(member):
    claims = {"sub": str(member), "exp": int(time.time()) + 600}
    text = encode(b'{"alg":"HS256","typ":"JWT"}') + "." + encode(json.dumps(claims).encode())
    return f"{text}.{sign(text)}"


def member_of(token):
    text, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature, sign(text)):
        raise ValueError("not our signature")
    body = text.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    if claims["exp"] < time.time():
        raise ValueError("too old")
    return uuid.UUID(claims["sub"])


def take(cursor):
    if DESIGN != "races":
        return cursor.execute("UPDATE stock SET left_over = left_over - 1 WHERE id = 1 AND left_over > 0") == 1
    cursor.execute("SELECT left_over FROM stock WHERE id = 1")
    left = cursor.fetchone()[0]
    if left > 0:
        time.sleep(0.02)
        cursor.execute("UPDATE stock SET left_over = %s WHERE id = 1", (left - 1,))
    return left > 0


def order(member):
    database = pool.get()
    try:
        with database.cursor() as cursor:
            mine = take(cursor)
            if mine and (DESIGN != "forgets" or next(orders) % 10):
                cursor.execute("INSERT INTO orders (member_id) VALUES (%s)", (member.bytes,))
        database.commit()
        return mine
    finally:
        pool.put(database)


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
        if self.path == "/login":
            self.answer(200, {"accessToken": make_token(uuid.UUID(json.loads(body)["name"]))})
            return
        try:
            member = member_of(self.headers.get("Authorization", "").removeprefix("Bearer "))
        except (ValueError, KeyError, IndexError) as error:
            self.answer(401, {"error": str(error)})
            return
        self.answer(200, {"won": order(member)})

    def log_message(self, format, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 4096
    daemon_threads = True


def connect():
    url = urlsplit(os.environ["MYSQL_URL"])
    return pymysql.connect(host=url.hostname, port=url.port, user=url.username, password=url.password,
                           database=url.path[1:])


def main():
    for _ in range(CONNECTIONS):
        pool.put(connect())
    database = pool.get()
    with database.cursor() as cursor:
        for table in TABLES:
            cursor.execute(table)
        cursor.execute("INSERT IGNORE INTO stock VALUES (1, %s)", (LIMIT,))
    database.commit()
    pool.put(database)
    Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()


main()
