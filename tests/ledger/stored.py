#!/usr/bin/python3
"""A shop whose stock and sales are in Redis, right, or with a gap between two statements.

  stored.py --list
  stored.py DESIGN

As shop.py, with keys stock (a hash, by item) and sales (a list of JSON). STOCK says what there is when it starts.
"""
import json
import os
import socket
import threading
from urllib.parse import urlsplit

from shop import STOCK, Shop, names_of, serve


TAKE = """if tonumber(redis.call('HGET', KEYS[1], ARGV[1])) < tonumber(ARGV[2]) then return 0 end
redis.call('HINCRBY', KEYS[1], ARGV[1], -ARGV[2])
return 1"""


class Redis(threading.local):
    """One connection a thread."""

    def __init__(self):
        url = urlsplit(os.environ['REDIS_URL'])
        if url.scheme == 'unix':
            link = socket.socket(socket.AF_UNIX)
            link.connect(url.path)
        else:
            link = socket.create_connection((url.hostname, url.port))
        self.file = link.makefile('rwb')

    def ask(self, *words):
        self.file.write(f'*{len(words)}\r\n'.encode())
        for word in map(str, words):
            self.file.write(f'${len(word.encode())}\r\n{word}\r\n'.encode())
        self.file.flush()
        return self.answer()

    def answer(self):
        line = self.file.readline().strip().decode()
        kind, rest = line[0], line[1:]
        if kind in '$*' and rest == '-1':
            return None
        if kind == '$':
            return self.file.read(int(rest) + 2)[:-2].decode()
        if kind == '*':
            return [self.answer() for _ in range(int(rest))]
        return int(rest) if kind == ':' else line


class Stored(Shop):
    """nothing: a script compares and takes in one step"""

    def __init__(self):
        super().__init__()
        self.redis = Redis()
        for item, units in STOCK.items():
            self.redis.ask('HSET', 'stock', item, units)

    def buy(self, user, item, units):
        if not self.take_stored(item, units):
            return None
        order = self.redis.ask('INCR', 'orders')
        self.redis.ask('RPUSH', 'sales', json.dumps({'user_id': user, 'id': order, 'item': item, 'units': units}))
        return item, units, order

    def take_stored(self, item, units):
        return self.redis.ask('EVAL', TAKE, 1, 'stock', item, units) == 1


class StoredCompensates(Stored):
    """nothing, where an order is of one unit: it takes first, and gives back what was too much"""

    def take_stored(self, item, units):
        if self.redis.ask('HINCRBY', 'stock', item, -units) >= 0:
            return True
        self.redis.ask('HINCRBY', 'stock', item, units)
        return False


class StoredReadsFirst(Stored):
    """reads what is left, and writes back less"""

    def take_stored(self, item, units):
        left = int(self.redis.ask('HGET', 'stock', item))
        if left < units:
            return False
        self.redis.ask('HSET', 'stock', item, left - units)
        return True


class StoredLooksFirst(Stored):
    """looks whether there is enough, and then takes it"""

    def take_stored(self, item, units):
        if int(self.redis.ask('HGET', 'stock', item)) < units:
            return False
        self.redis.ask('HINCRBY', 'stock', item, -units)
        return True


if __name__ == '__main__':
    serve({'stored': Stored, **names_of(Stored)})
