#!/usr/bin/python3
"""Orders of two lines, right, or with one thing wrong with them.

  cart.py --list
  cart.py DESIGN

As shop.py, with POST /buy?user=…&item=…&units=…&item2=…&units2=…; one row a line.
"""
from shop import Shop, names_of, serve

REFUSED = 409, {'sold_out': True}


class Cart(Shop):
    """nothing: all lines are compared and taken in one step, or none"""

    def order(self, user, item, units, item2, units2):
        return self.both(user, [(item, int(units)), (item2, int(units2))])

    def both(self, user, lines):
        with self.lock:
            if not all(self.enough(item, units) for item, units in lines):
                return REFUSED
            return self.sell(user, lines)

    def sell(self, user, lines):
        for item, units in lines:
            self.take(item, units)
            order = self.write(user, item, units)
        return 201, {'order': order, 'lines': [{'item': item, 'units': units} for item, units in lines]}


class CartTakesBack(Cart):
    """nothing: line by line, and what was taken is taken back when the next one is short"""

    def both(self, user, lines):
        with self.lock:
            for place, (item, units) in enumerate(lines):
                if not self.enough(item, units):
                    for before, taken in lines[:place]:
                        self.take(before, -taken)
                    return REFUSED
                self.take(item, units)
            for item, units in lines:
                self.take(item, -units)
            return self.sell(user, lines)


class CartGrantsSome(Cart):
    """nothing, where it is promised: of each line as many as there are"""

    def both(self, user, lines):
        with self.lock:
            granted = [(item, min(units, self.left[item])) for item, units in lines]
            if not any(units for _, units in granted):
                return REFUSED
            for item, units in granted:
                self.take(item, units)
                if units:
                    order = self.write(user, item, units)
            return 201, {'order': order, 'lines': [{'item': item, 'units': units} for item, units in granted]}


class CartKeepsFirst(Cart):
    """line by line: who is told no for the second keeps the first"""

    def both(self, user, lines):
        with self.lock:
            if not self.enough(*lines[0]):
                return REFUSED
            if self.enough(*lines[1]):
                return self.sell(user, lines)
            self.sell(user, lines[:1])
            return REFUSED


class CartForgetsSecond(Cart):
    """told yes to both lines, and the second has no row"""

    def sell(self, user, lines):
        answer = super().sell(user, lines)
        del self.sales[-1]
        return answer


class CartLooksAtFirst(Cart):
    """compares the first line alone"""

    def both(self, user, lines):
        with self.lock:
            return self.sell(user, lines) if self.enough(*lines[0]) else REFUSED


class CartRefusesAll(Cart):
    """turns away who wants two of anything, though there is enough"""

    def both(self, user, lines):
        return REFUSED if any(units == 2 for _, units in lines) else super().both(user, lines)


if __name__ == '__main__':
    serve({'cart': Cart, **names_of(Cart)})
