"""Coupon shops of which a trace of single requests tells too little: odd.py DESIGN. Postgres by DATABASE_URL; LIMIT
coupons; GO_AROUND is another way to the same database. All are faulty but `where`, `single` and `atomic`."""

import os
import pathlib
import queue
import sys
import threading
import time

import psycopg2

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "strangers"))
import door  # noqa: E402

LIMIT = int(os.environ["LIMIT"])
FREE = queue.LifoQueue()
LOCK = threading.Lock()


class Cursor:
    """On a connection of a pool that has as many as are asked for at once."""

    def __enter__(self):
        try:
            self.link = FREE.get_nowait()
        except queue.Empty:
            self.link = psycopg2.connect(os.environ["DATABASE_URL"])
            self.link.autocommit = True
        return self.link.cursor()

    def __exit__(self, *failed):
        FREE.put(self.link)


def number(cursor, text, *values):
    cursor.execute(text, values)
    row = cursor.fetchone()
    return row[0] if row else 0


def insert(user):
    with Cursor() as cursor:
        cursor.execute("INSERT INTO coupon (user_id) VALUES (%s)", (user,))


def count(user):
    with Cursor() as cursor:
        if number(cursor, "SELECT count(*) FROM coupon") >= LIMIT:
            return False
    insert(user)
    return True


def where(user):
    with Cursor() as cursor:
        cursor.execute("UPDATE stock SET left_over = left_over - 1 WHERE left_over > 0")
        if not cursor.rowcount:
            return False
    insert(user)
    return True


def silent(user):
    """Some are never answered."""
    if user % 7 == 0:
        time.sleep(60)
    return where(user)


def alias(user):
    """No two requests say the same words."""
    name = "".join(chr(97 + (user * 7 ** k) % 26) for k in range(8))
    with Cursor() as cursor:
        if number(cursor, f"SELECT count(*) AS {name} FROM coupon") >= LIMIT:
            return False
        cursor.execute(f"INSERT INTO coupon AS {name} (user_id) VALUES (%s)", (user,))
    return True


def letters(user):
    """Every second request writes its statements in small letters."""
    size = str.lower if user % 2 else str
    with Cursor() as cursor:
        if number(cursor, size("SELECT count(*) FROM coupon")) >= LIMIT:
            return False
        cursor.execute(size("INSERT INTO coupon (user_id) VALUES ") + "(%s)", (user,))
    return True


def single(user):
    """Right: a lock lets in one at a time, to the only connection that there is."""
    with LOCK:
        return count(user)


def large(user):
    """Where there are many places another code takes them."""
    return count(user) if LIMIT >= 10 else where(user)


def some(user):
    """One user of fifty goes another way."""
    if user % 50:
        return where(user)
    with Cursor() as cursor:
        left = number(cursor, "SELECT left_over AS left_for_him FROM stock")
        if left <= 0:
            return False
        cursor.execute("UPDATE stock SET left_over = %s", (left - 1,))
    insert(user)
    return True


def late(user):
    """The row is written when the answer has long gone."""
    with Cursor() as cursor:
        if number(cursor, "SELECT count(*) FROM coupon") >= LIMIT:
            return False
    threading.Timer(0.25, insert, [user]).start()
    return True


def around(user):
    with Cursor() as cursor:
        if number(cursor, "SELECT count(*) FROM coupon") >= LIMIT:
            return False
    with psycopg2.connect(os.environ["GO_AROUND"]) as link, link.cursor() as cursor:
        cursor.execute("INSERT INTO coupon (user_id) VALUES (%s)", (user,))
    return True


def atomic(user):
    """Everything is one statement."""
    with Cursor() as cursor:
        cursor.execute("WITH taken AS (UPDATE stock SET left_over = left_over - 1 WHERE left_over > 0 RETURNING 1) "
                       "INSERT INTO coupon (user_id) SELECT %s FROM taken", (user,))
        return cursor.rowcount == 1


with Cursor() as first:
    first.execute("CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint)")
    first.execute("CREATE TABLE IF NOT EXISTS stock (left_over int)")
    if not number(first, "SELECT count(*) FROM stock"):
        first.execute("INSERT INTO stock VALUES (%s)", (LIMIT,))
door.serve(globals()[sys.argv[1]], (200, "yours"), (410, "gone"))
