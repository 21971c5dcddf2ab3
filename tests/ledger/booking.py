#!/usr/bin/python3
"""A shop that holds what is ordered until it is paid, cancelled or expired; right, or with one thing wrong with it.

  booking.py --list
  booking.py DESIGN

As shop.py, with POST /pay, /cancel and /refund for an order of a user. GET /sales has what is held or paid.
"""
import os
import threading
import time

from shop import Shop, names_of, serve

TTL = float(os.environ.get('TTL', '1.5'))
GONE = 404, {'error': 'no such order'}
LATE = 409, {'error': 'too late'}
DONE = 200, {'done': True}


class Booking(Shop):
    """nothing: one lock, states, and a sweeper that frees what has expired"""

    healed_after = 0.05
    sweeps = True

    def __init__(self):
        super().__init__()
        self.made = {}

    def write(self, user, item, units):
        self.orders += 1
        name = f'order-{self.orders}'
        self.made[name] = {'id': self.orders, 'user_id': user, 'item': item, 'units': units, 'order': name,
                           'state': 'held', 'expires': time.monotonic() + TTL}
        return name

    def is_active(self, order):
        return order['state'] == 'paid' or (order['state'] == 'held' and
                                            (self.sweeps or order['expires'] > time.monotonic()))

    def rows(self):
        with self.lock:
            return [order for order in self.made.values() if self.is_active(order)]

    def give_back(self, order):
        self.left[order['item']] += order['units']

    def sweep(self):
        for order in self.made.values():
            if order['state'] == 'held' and order['expires'] <= time.monotonic():
                order['state'] = 'expired'
                self.give_back(order)

    def heal(self):
        with self.lock:
            self.sweep()

    def find(self, user, name):
        order = self.made.get(name)
        return order if order and order['user_id'] == user else None

    def change(self, user, name, states, then):
        """One step: from one of the states into another."""
        with self.lock:
            order = self.find(user, name)
            if not order:
                return GONE
            if order['state'] not in states or (order['state'] == 'held' and order['expires'] <= time.monotonic()):
                return LATE
            order['state'] = then
            if then == 'cancelled':
                self.give_back(order)
            return DONE

    def pay(self, user, name):
        return self.change(user, name, ['held'], 'paid')

    def cancel(self, user, name):
        return self.change(user, name, ['held'], 'cancelled')

    def refund(self, user, name):
        return self.change(user, name, ['paid'], 'cancelled')


class Lazy(Booking):
    """nothing: what has expired is freed when somebody asks"""

    sweeps = False

    def heal(self):
        pass

    def buy(self, user, item, units):
        with self.lock:
            self.sweep()
        return super().buy(user, item, units)


class Kind(Booking):
    """nothing: who cancels again is told that it is done, and nothing is done"""

    def change(self, user, name, states, then):
        with self.lock:
            order = self.find(user, name)
            if order and order['state'] == then:
                return DONE
        return super().change(user, name, states, then)


class GivesLater(Booking):
    """nothing: the units come back a moment after the answer, by a queue"""

    def give_back(self, order):
        def later():
            time.sleep(0.3)
            with self.lock:
                super(GivesLater, self).give_back(order)
        threading.Thread(target=later, daemon=True).start()


class Compensates(Booking):
    """nothing: it takes first, and gives back what was too much"""

    def enough(self, item, units):
        self.take(item, units)
        short = self.left[item] < 0
        self.take(item, -units)
        return not short


class Hasty(Booking):
    """two that come together both see the state of before: what is cancelled twice is there twice"""

    def change(self, user, name, states, then):
        order = self.find(user, name)
        if not order:
            return GONE
        if order['state'] not in states:
            return LATE
        time.sleep(0.1)
        with self.lock:
            order['state'] = then
            if then == 'cancelled':
                self.give_back(order)
        return DONE


class RefundTwice(Booking):
    """a refund does not look whether there was one"""

    def refund(self, user, name):
        return self.change(user, name, ['paid', 'cancelled'], 'cancelled')


class CancelsOthers(Booking):
    """anybody may cancel an order whose name he knows"""

    def cancel(self, user, name):
        order = self.made.get(name)
        return super().cancel(order['user_id'] if order else user, name)


class PaidAndResold(Booking):
    """paying does not look whether the hold has ended"""

    def pay(self, user, name):
        with self.lock:
            order = self.find(user, name)
            if not order or order['state'] == 'cancelled':
                return LATE
            order['state'] = 'paid'
            return DONE


class ExpiresPaid(Booking):
    """of what is paid every second order expires as well"""

    def sweep(self):
        for order in self.made.values():
            if order['state'] == 'paid' and order['id'] % 2 and order['expires'] <= time.monotonic():
                order['state'] = 'expired'
                self.give_back(order)
        super().sweep()


class NeverExpires(Booking):
    """nobody sweeps"""

    def heal(self):
        pass


class RestockLost(Booking):
    """what is cancelled is not sold again"""

    def give_back(self, order):
        pass


class PaysCancelled(Booking):
    """what is cancelled can be paid still, and is gone"""

    def pay(self, user, name):
        with self.lock:
            order = self.find(user, name)
            if not order:
                return GONE
            order['state'] = 'paid' if order['state'] == 'held' else order['state']
            return DONE


class RowStays(Booking):
    """what is cancelled is left, and is the user's still"""

    def cancel(self, user, name):
        answer = super().cancel(user, name)
        if answer == DONE:
            self.made[name]['state'] = 'paid'
        return answer


if __name__ == '__main__':
    serve({'booking': Booking, **names_of(Booking)})
