#!/usr/bin/python3
"""A shop that takes from the stock at once and writes its rows later, from a queue: right, or losing some on the way.

  queued.py --list
  queued.py DESIGN

As shop.py. The rows are in shop.db, a file of SQLite in the working directory: sales (id, user_id, item, units). Streamed
designs take from the stock in Redis and queue in the stream orders, group savers; outbox designs have a table outbox, and
the stock, in that file too.
"""
import json
import os
import sqlite3
import threading
import time

from filed import Filed
from shop import names_of, serve
from stored import Stored


def often(step):
    """A thread that does a step after the other, with a pause where there was nothing to do."""
    def work():
        while True:
            if not step():
                time.sleep(0.003)
    threading.Thread(target=work, daemon=True).start()


class Streamed(Stored):
    """nothing: a worker saves each order and acknowledges it then"""

    def __init__(self):
        super().__init__()
        self.redis.ask('XGROUP', 'CREATE', 'orders', 'savers', '$', 'MKSTREAM')
        self.db = sqlite3.connect('shop.db', isolation_level=None, check_same_thread=False, timeout=20)
        self.db.execute('CREATE TABLE sales (id INTEGER PRIMARY KEY, user_id INTEGER, item TEXT, units INTEGER)')
        often(self.save_next)

    def buy(self, user, item, units):
        if not self.take_stored(item, units):
            return None
        order = self.redis.ask('INCR', 'last')
        self.redis.ask('XADD', 'orders', '*', 'user', user, 'json', json.dumps([order, user, item, units]))
        return item, units, order

    def save_next(self):
        got = self.redis.ask('XREADGROUP', 'GROUP', 'savers', 'one', 'COUNT', 1, 'STREAMS', 'orders', '>')
        if not got:
            return False
        identity, fields = got[0][1][0]
        self.save(json.loads(fields[3]))
        self.redis.ask('XACK', 'orders', 'savers', identity)
        return True

    def save(self, order):
        self.db.execute('INSERT INTO sales VALUES (?, ?, ?, ?)', order)


class StreamedForgets(Streamed):
    """one order is acknowledged and never saved"""

    def save(self, order):
        if order[0] != 3:
            super().save(order)


class Outbox(Filed):
    """nothing: what is sold goes into the outbox in the stock's transaction, and from there in one more to its row"""

    def __init__(self):
        super().__init__()
        self.db.execute('CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER, item TEXT, units INTEGER)')
        often(self.carry_next)

    def write(self, user, item, units):
        return self.db.execute('INSERT INTO outbox (user_id, item, units) VALUES (?, ?, ?)', (user, item, units)).lastrowid

    def carry_next(self):
        with self.lock:
            row = self.db.execute('SELECT id, user_id, item, units FROM outbox ORDER BY id LIMIT 1').fetchone()
            if row:
                self.db.execute('BEGIN IMMEDIATE')
                self.save(row)
                self.db.execute('DELETE FROM outbox WHERE id = ?', row[:1])
                self.db.execute('COMMIT')
        return row is not None

    def save(self, row):
        self.db.execute('INSERT INTO sales VALUES (?, ?, ?, ?)', row)


class OutboxForgets(Outbox):
    """one message in seven leaves the outbox and never becomes a row"""

    def save(self, row):
        if row[0] % 7:
            super().save(row)


if __name__ == '__main__':
    serve({'streamed': Streamed, 'outbox': Outbox, **names_of(Streamed), **names_of(Outbox)})
