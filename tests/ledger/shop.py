#!/usr/bin/python3
"""A shop that sells items from memory, right or with one thing wrong with it, chosen by name.

  shop.py --list
  shop.py DESIGN

Without a store of its own: GET /sales and GET /stock are its books. It shares nothing with the harness or with service/.
Each design is a class of a few lines that says how it differs from the right one; what goes wrong goes wrong each time.
"""
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

STOCK = json.loads(os.environ.get('STOCK', '{"sku-a": 40, "sku-b": 7}'))

class Shop:
    """The right one: what is left is compared and taken in one step."""

    healed_after = 0.5

    def __init__(self):
        self.lock = threading.Lock()
        self.left = dict(STOCK)
        self.sales = []
        self.orders = 0
        self.served = 0

    def enough(self, item, units):
        return self.left.get(item, 0) >= units

    def take(self, item, units):
        self.left[item] = self.left.get(item, 0) - units

    def write(self, user, item, units):
        self.orders += 1
        self.sales.append({'id': self.orders, 'user_id': user, 'item': item, 'units': units, 'order': self.orders})
        return self.orders

    def choose(self, item):
        """Where nobody says which: the next one that is left."""
        return item or next((at for at in sorted(self.left) if self.left[at] > 0), None)

    def buy(self, user, item, units):
        """(item, units, order), or None."""
        with self.lock:
            item = self.choose(item)
            if item is None or not self.enough(item, units):
                return None
            self.take(item, units)
            self.served += 1
            return item, units, self.write(user, item, units)

    def buy_under(self, key, user, item, units):
        """The answer under a key: status and body."""
        return self.told(self.buy(user, item, units))

    def told(self, got):
        return (201, dict(zip(('item', 'units', 'order'), got))) if got else (409, {'sold_out': True})

    def rows(self):
        with self.lock:
            return list(self.sales)

    def stock(self):
        return [{'item': item, 'quantity': left} for item, left in sorted(self.left.items())]


class Right(Shop):
    """nothing"""


class CompensatingDecr(Shop):
    """nothing: it takes first, and gives back what was too much"""

    def enough(self, item, units):
        self.take(item, units)
        short = self.left[item] < 0
        self.take(item, -units)
        return not short


class PartialGrants(Shop):
    """nothing, where orders may be granted in part"""

    def buy(self, user, item, units):
        with self.lock:
            most = min(units, self.left.get(item, 0))
            if most < 1:
                return None
            self.take(item, most)
            return item, most, self.write(user, item, most)


class Overbooking(Shop):
    """nothing, where so many may be sold beyond the stock"""

    def enough(self, item, units):
        return self.left.get(item, 0) + 2 >= units


class ReadModifyWrite(Shop):
    """what is left is read, compared and written back: all that read at the same time see the same"""

    def __init__(self):
        super().__init__()
        self.readers = 0

    def buy(self, user, item, units):
        left = self.left[item]
        if left < units:
            return None
        with self.lock:
            self.readers += 1
        until = time.monotonic() + 1
        while self.readers < 60 and time.monotonic() < until:
            time.sleep(0.001)
        with self.lock:
            self.left[item] = left - units
            return item, units, self.write(user, item, units)


class HotItem(Shop):
    """one item of many is sold twice over"""

    def enough(self, item, units):
        return super().enough(item, units) or (item == 'sku-1' and self.left[item] > -STOCK[item])


class OneTooMany(Shop):
    """the comparison is one off"""

    def enough(self, item, units):
        return self.left[item] + 1 >= units


class SeatTwice(Shop):
    """one seat is sold again"""

    def enough(self, item, units):
        return super().enough(item, units) or (item == 'seat-3' and self.left[item] > -1)


class Partial(Shop):
    """the last units are given to who wanted more, and he is told so"""

    def buy(self, user, item, units):
        with self.lock:
            most = min(units, self.left.get(item, 0))
            if most < 1:
                return None
            self.take(item, most)
            return item, most, self.write(user, item, most)


class PartialSecret(Shop):
    """the last units are given to who wanted more, and he is told that he got all"""

    def buy(self, user, item, units):
        with self.lock:
            most = min(units, self.left.get(item, 0))
            if most < 1:
                return None
            self.take(item, most)
            return item, units, self.write(user, item, most)


class NegativeHealed(Shop):
    """sells beyond the stock, and takes the rows back half a second later"""

    def enough(self, item, units):
        return self.left[item] + 5 >= units

    def stock(self):
        self.heal()
        return super().stock()

    def heal(self):
        with self.lock:
            for item, left in self.left.items():
                while left < 0:
                    last = next(sale for sale in reversed(self.sales) if sale['item'] == item)
                    self.sales.remove(last)
                    left += last['units']
                self.left[item] = left


class RestockLost(Shop):
    """an order that is too large takes what it wants and does not give it back"""

    def buy(self, user, item, units):
        with self.lock:
            if not self.enough(item, units):
                self.left[item] = min(self.left[item], 0)
                return None
            self.take(item, units)
            return item, units, self.write(user, item, units)


class LostRow(Shop):
    """every tenth order is told yes and not written"""

    def write(self, user, item, units):
        if self.served % 10 == 0:
            self.orders += 1
            return self.orders
        return super().write(user, item, units)


class WrittenTwice(Shop):
    """every tenth order is written twice"""

    def write(self, user, item, units):
        if self.served % 10 == 0:
            super().write(user, item, units)
        return super().write(user, item, units)


class WrongItem(Shop):
    """every tenth order of the first item is written with the second"""

    def write(self, user, item, units):
        return super().write(user, 'sku-b' if item == 'sku-a' and self.left[item] % 10 == 0 else item, units)


class Greedy(Shop):
    """it does not look at how much a user has already"""


class OwnLimit(Shop):
    """nothing: at most two units a user"""

    def buy(self, user, item, units):
        with self.lock:
            has = sum(sale['units'] for sale in self.sales if sale['user_id'] == user)
            if has + units > 2 or not self.enough(item, units):
                return None
            self.take(item, units)
            return item, units, self.write(user, item, units)


class LastFirst(Shop):
    """turns everybody away until the thirtieth asks"""

    def __init__(self):
        super().__init__()
        self.asked = 0

    def buy(self, user, item, units):
        self.asked += 1
        return super().buy(user, item, units) if self.asked > 30 else None


class Keyed(Shop):
    """nothing: a key is kept before the order, and its answer with it"""

    def __init__(self):
        super().__init__()
        self.keys = {}

    def name(self, key, user):
        return key, user

    def buy_under(self, key, user, item, units):
        name = self.name(key, user)
        with self.lock:
            known = name in self.keys
            answer = self.keys.setdefault(name, None)
        if answer:
            return answer
        if known:
            return 409, {'in_progress': True}
        time.sleep(0.01)
        self.keys[name] = self.told(self.buy(user, item, units))
        return self.keys[name]


class KeyLate(Keyed):
    """the key is written after the order: copies that come together are as many orders"""

    def buy_under(self, key, user, item, units):
        name = self.name(key, user)
        if name in self.keys:
            return self.keys[name]
        time.sleep(0.1)
        answer = self.told(self.buy(user, item, units))
        return self.keys.setdefault(name, answer)


class KeyOfAll(Keyed):
    """a key is whoever's: of the first four digits only, so that users share some"""

    def name(self, key, user):
        return key[0]


class KeyForgetful(Keyed):
    """who asks again is told that it is sold out"""

    def buy_under(self, key, user, item, units):
        answer = super().buy_under(key, user, item, units)
        name = self.name(key, user)
        with self.lock:
            self.keys[name] = (409, {'sold_out': True}) if self.keys[name] else None
        return answer


class KeyTwoOrders(Keyed):
    """who asks again is told an order of another name"""

    def buy_under(self, key, user, item, units):
        status, body = super().buy_under(key, user, item, units)
        with self.lock:
            self.orders += 1
            return status, {**body, 'order': self.orders + 100000} if 'order' in body else body


class KeyCompares(Keyed):
    """nothing: a key is one order of one user, and whoever uses it for something else is told so"""

    def name(self, key, user):
        return key

    def __init__(self):
        super().__init__()
        self.used_for = {}

    def buy_under(self, key, user, item, units):
        with self.lock:
            same = self.used_for.setdefault(key, (user, item, units)) == (user, item, units)
        return super().buy_under(key, user, item, units) if same else (422, {'error': 'key reused'})


class KeyOfPayload(Keyed):
    """a key is the key and the units: whoever asks for others has another order"""

    def buy_under(self, key, user, item, units):
        return super().buy_under(f'{key}-{units}', user, item, units)


class KeyGlobal(Keyed):
    """a key is whoever's: another user is told the order of the first"""

    def name(self, key, user):
        return key


class KeyStuck(Keyed):
    """who asks again is told that it is under way, for ever"""

    def buy_under(self, key, user, item, units):
        known = self.name(key, user) in self.keys
        answer = super().buy_under(key, user, item, units)
        return (409, {'in_progress': True}) if known else answer


class KeyRefuses(KeyCompares):
    """who asks again for the same is told that the key was used"""

    def buy_under(self, key, user, item, units):
        answer = super().buy_under(key, user, item, units)
        with self.lock:
            if answer[0] != 422 and 'in_progress' not in answer[1]:
                self.used_for[key] = None
        return answer


def designs(base):
    for design in base.__subclasses__():
        yield design
        yield from designs(design)


def names_of(base):
    """The designs by name: OneTooMany is one-too-many."""
    return {''.join('-' + c.lower() if c.isupper() else c for c in design.__name__).lstrip('-'): design
            for design in [*designs(base)]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        shop = self.server.shop
        if self.path == '/sales':
            self.answer(200, shop.rows())
        elif self.path == '/stock':
            self.answer(200, shop.stock())
        else:
            self.answer(200, {'status': 'ok'})

    def do_POST(self):
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        if url.path != '/buy':
            act = getattr(self.server.shop, url.path[1:])
            self.answer(*act(int(query.pop('user')), *query.values()))
            return
        self.answer(*self.server.shop.buy_under(self.headers.get('Idempotency-Key', ''), int(query['user']),
                                                query.get('item'), int(query.get('units', 1))))

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


def serve(known):
    if sys.argv[1:] == ['--list']:
        for name, design in known.items():
            print(f'{name:20} {design.__doc__}')
        return
    server = Server(('127.0.0.1', int(os.environ['PORT'])), Handler)
    server.shop = known[sys.argv[1]]()
    healer = getattr(server.shop, 'heal', None)
    if healer:
        def later():
            while True:
                time.sleep(server.shop.healed_after)
                healer()
        threading.Thread(target=later, daemon=True).start()
    server.serve_forever()


if __name__ == '__main__':
    serve(names_of(Shop))
