"""A coupon service as somebody with Redis at hand may write it: the stock is a number that DECR takes from.

service.py right: DECR decides. service.py races: the stock is looked at first, and taken from afterwards, PAUSE
seconds later."""

import os
import queue
import socket
import sys
import time

import psycopg2

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import door  # noqa: E402

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
        time.sleep(float(os.environ.get("PAUSE", "0.002")))  # whatever else is asked about the user
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
    door.serve(apply, (200, "yours"), (410, "gone"))


DESIGN = sys.argv[1]
main()
