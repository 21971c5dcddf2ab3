#!/usr/bin/python3
"""A shop whose stock and sales are in one file of SQLite, written in one transaction, or in two.

  filed.py --list
  filed.py DESIGN

As shop.py, with shop.db in the working directory: tables stock (item, quantity) and sales (id, user_id, item, units).
"""
import sqlite3
import time

from shop import STOCK, Shop, names_of, serve


class Filed(Shop):
    """nothing: a row and what it takes from the stock are one transaction"""

    def __init__(self):
        super().__init__()
        self.db = sqlite3.connect('shop.db', isolation_level=None, check_same_thread=False, timeout=20)
        self.db.execute('PRAGMA journal_mode = WAL')
        self.db.execute('CREATE TABLE stock (item TEXT PRIMARY KEY, quantity INTEGER)')
        self.db.execute('CREATE TABLE sales (id INTEGER PRIMARY KEY, user_id INTEGER, item TEXT, units INTEGER)')
        self.db.executemany('INSERT INTO stock VALUES (?, ?)', STOCK.items())

    def take(self, item, units):
        return self.db.execute('UPDATE stock SET quantity = quantity - ? WHERE item = ? AND quantity >= ?',
                               (units, item, units)).rowcount == 1

    def write(self, user, item, units):
        return self.db.execute('INSERT INTO sales (user_id, item, units) VALUES (?, ?, ?)', (user, item, units)).lastrowid

    def buy(self, user, item, units):
        with self.lock:
            self.db.execute('BEGIN IMMEDIATE')
            order = self.write(user, item, units) if self.take(item, units) else None
            self.db.execute('COMMIT')
        return (item, units, order) if order else None


class FiledApart(Filed):
    """the stock is taken in one transaction, and the row written in another a little later"""

    def buy(self, user, item, units):
        with self.lock:
            if not self.take(item, units):
                return None
        time.sleep(0.2)
        with self.lock:
            return item, units, self.write(user, item, units)


if __name__ == '__main__':
    serve({'filed': Filed, **names_of(Filed)})
