"""A coupon service on MySQL, as it is written everywhere.

service.py right: one UPDATE with its condition decides, in the transaction of the row.
service.py races: the rows are counted first, and one is added afterwards."""

import os
import queue
import sys
import time
from urllib.parse import urlsplit

import pymysql

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import door  # noqa: E402

LIMIT = int(os.environ.get("LIMIT", "100"))
CONNECTIONS = 8
TABLES = ("CREATE TABLE IF NOT EXISTS coupon (id bigint AUTO_INCREMENT PRIMARY KEY, user_id bigint NOT NULL)",
          "CREATE TABLE IF NOT EXISTS stock (id int PRIMARY KEY, left_over int NOT NULL)")

pool = queue.Queue()


def connect():
    url = urlsplit(os.environ["MYSQL_URL"])
    return pymysql.connect(host=url.hostname, port=url.port, user=url.username, password=url.password,
                           database=url.path[1:])


def take(cursor):
    if DESIGN == "right":
        return cursor.execute("UPDATE stock SET left_over = left_over - 1 WHERE id = 1 AND left_over > 0") == 1
    cursor.execute("SELECT count(*) FROM coupon")
    mine = cursor.fetchone()[0] < LIMIT
    if mine:
        time.sleep(0.02)  # what such services do between the two: a price, a mail
    return mine


def apply(user):
    database = pool.get()
    try:
        with database.cursor() as cursor:
            mine = take(cursor)
            if mine:
                cursor.execute("INSERT INTO coupon (user_id) VALUES (%s)", (user,))
        database.commit()
        return mine
    finally:
        pool.put(database)


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
    door.serve(apply, (200, "yours"), (410, "gone"))


DESIGN = sys.argv[1]
main()
