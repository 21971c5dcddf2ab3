"""A coupon service whose only store is a file of SQLite.

service.py right: stock and coupon in one transaction that writes from its beginning. service.py races: the stock is
looked at first, and taken from in a transaction of its own."""

import os
import sqlite3
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import door  # noqa: E402

FILE = os.environ["SHOP"]
LIMIT = int(os.environ.get("LIMIT", "100"))
DESIGN = sys.argv[1]
local = threading.local()


def connect():
    database = sqlite3.connect(FILE, timeout=20, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = OFF")
    return database


def apply(user):
    if not hasattr(local, "database"):
        local.database = connect()
    database = local.database
    if DESIGN == "races":
        if database.execute("SELECT left_over FROM stock").fetchone()[0] <= 0:
            return False
        time.sleep(0.002)  # whatever else is asked about the user
    database.execute("BEGIN IMMEDIATE")
    taken = database.execute("UPDATE stock SET left_over = left_over - 1 WHERE left_over > 0").rowcount
    if taken or DESIGN == "races":
        database.execute("INSERT INTO coupon (user_id) VALUES (?)", (user,))
    database.execute("COMMIT")
    return bool(taken) or DESIGN == "races"


first = connect()
first.executescript("CREATE TABLE stock (left_over); CREATE TABLE coupon (id INTEGER PRIMARY KEY, user_id INTEGER)")
first.execute("INSERT INTO stock VALUES (?)", (LIMIT,))
door.serve(apply, (201, "yours"), (409, "none left"))
