#!/usr/bin/python3
"""Accounts and transfers between them, right, or with one thing wrong with it.

  wallet.py --list
  wallet.py DESIGN

As shop.py, with POST /transfer?user=…&from=…&to=…&amount=…; GET /stock has the balances, as texts with two decimals.
"""
import time
from decimal import Decimal

from shop import Shop, names_of, serve

REFUSED = 409, {'error': 'not enough'}


class Wallet(Shop):
    """nothing: whole cents, and both balances under one lock"""

    def __init__(self):
        super().__init__()
        self.cents = {account: int(Decimal(str(amount)) * 100) for account, amount in self.left.items()}

    def cents_of(self, amount):
        return int(Decimal(amount) * 100)

    def spell(self, cents):
        return f'{"-" if cents < 0 else ""}{abs(cents) // 100}.{abs(cents) % 100:02}'

    def note(self, user, giver, amount):
        self.orders += 1
        self.sales.append({'user_id': user, 'id': self.orders, 'item': giver, 'units': amount, 'order': self.orders})
        return 201, {'order': self.orders}

    def transfer(self, user, giver, taker, amount):
        cents = self.cents_of(amount)
        with self.lock:
            if self.cents[giver] < cents:
                return REFUSED
            self.cents[giver] -= cents
            self.cents[taker] += cents
            return self.note(user, giver, amount)

    def stock(self):
        with self.lock:
            return [{'item': account, 'quantity': self.spell(cents)} for account, cents in sorted(self.cents.items())]


class BooksLater(Wallet):
    """nothing: what is taken is gone at once, and what is given comes a moment later, before the answer"""

    def transfer(self, user, giver, taker, amount):
        cents = self.cents_of(amount)
        with self.lock:
            if self.cents[giver] < cents:
                return REFUSED
            self.cents[giver] -= cents
            answer = self.note(user, giver, amount)
        time.sleep(0.02)
        with self.lock:
            self.cents[taker] += cents
        return answer


class DoubleSpend(Wallet):
    """the balance is compared before it is taken: all that come together see the same"""

    def transfer(self, user, giver, taker, amount):
        cents = self.cents_of(amount)
        if self.cents[giver] < cents:
            return REFUSED
        time.sleep(0.2)
        with self.lock:
            self.cents[giver] -= cents
            self.cents[taker] += cents
            return self.note(user, giver, amount)


class LostUpdate(Wallet):
    """what the taker has is read, added to and written back"""

    def transfer(self, user, giver, taker, amount):
        cents = self.cents_of(amount)
        with self.lock:
            if self.cents[giver] < cents:
                return REFUSED
            self.cents[giver] -= cents
            answer = self.note(user, giver, amount)
        before = self.cents[taker]
        time.sleep(0.1)
        self.cents[taker] = before + cents
        return answer


class LosesCents(Wallet):
    """an amount becomes cents by floating point, and 0.29 is 28 of them; the giver pays what he was told"""

    def transfer(self, user, giver, taker, amount):
        with self.lock:
            if self.cents[giver] < self.cents_of(amount):
                return REFUSED
            self.cents[giver] -= self.cents_of(amount)
            self.cents[taker] += int(float(amount) * 100)
            return self.note(user, giver, amount)


class MakesMoney(Wallet):
    """who is refused is not paid, and the other one gets it all the same"""

    def transfer(self, user, giver, taker, amount):
        answer = super().transfer(user, giver, taker, amount)
        if answer == REFUSED:
            with self.lock:
                self.cents[taker] += self.cents_of(amount)
        return answer


if __name__ == '__main__':
    serve({'wallet': Wallet, **names_of(Wallet)})
