"""Is there an order in which a shop that is right gives these answers and leaves these rows?

Written from the definitions alone (operation, oversold, undersold, fcfs with units), apart from the program: an operation
takes effect at one instant between its release and the end of its answer; without an answer at any later one, or never.
All orders are tried, so histories are small.
"""
from collections import namedtuple

# item None: the shop chooses. outcome: accepted, rejected, unknown, limited. chosen, granted: what a yes names.
Op = namedtuple('Op', 'user item units released done outcome chosen granted order')
# stock: by item; own: units a user may have, 0: the shop knows; partial: orders may be granted in part
Shop = namedtuple('Shop', 'stock own partial')
FOREVER = 1 << 60


def ends(op):
    return op.done if op.outcome in ('accepted', 'rejected', 'limited') else FOREVER


class Search:
    """rows: units by (user, item), or None where nobody looks at them. refusals: must a no be right?"""

    def __init__(self, shop, ops, rows, refusals=True):
        self.shop, self.rows, self.refusals = shop, rows, refusals
        self.ops = [op for op in ops if op.outcome != 'limited']
        self.items = sorted(shop.stock)
        self.before = [sum(1 << j for j, other in enumerate(self.ops) if ends(other) < op.released)
                       for op in self.ops]
        self.seen = set()

    def exists(self):
        left = tuple(self.shop.stock[item] for item in self.items)
        return self.go(0, left, (), frozenset())

    def go(self, mask, left, sold, names):
        """sold: sorted ((user, item), units) of what was applied; names: what was told yes, by order and by
        user."""
        if mask == (1 << len(self.ops)) - 1:
            return self.rows is None or dict(sold) == self.rows
        key = (mask, left, sold, names)
        if key in self.seen:
            return False
        self.seen.add(key)
        for i, op in enumerate(self.ops):
            if mask >> i & 1 or self.before[i] & ~mask:
                continue
            for state in self.effects(op, left, sold, names):
                if self.go(mask | 1 << i, *state):
                    return True
        return False

    def effects(self, op, left, sold, names):
        """What is left, sold and named after it, one for each way in which it can be as it was told."""
        has = sum(units for (user, _), units in sold if user == op.user)
        if op.outcome == 'rejected':
            if not self.refusals or self.may_refuse(op, left, sold, has):
                yield left, sold, names
            return
        if op.outcome == 'unknown':
            yield left, sold, names
        yes = op.outcome == 'accepted'
        if yes and self.grants(op, yes) and self.is_again(op, names):
            yield left, sold, names
        if yes and op.order and op.order in names:
            return
        wanted = op.chosen if yes and op.chosen else op.item
        for place, item in enumerate(self.items):
            for units in self.grants(op, yes):
                if wanted not in (None, item) or units > left[place]:
                    continue
                if self.shop.own and has + units > self.shop.own:
                    continue
                now = dict(sold)
                now[op.user, item] = now.get((op.user, item), 0) + units
                yield (left[:place] + (left[place] - units,) + left[place + 1:], tuple(sorted(now.items())),
                       names | self.told(op, item, units, yes))

    def told(self, op, item, units, yes):
        told = {('user', op.user, item, units)}
        return told | {op.order, ('order', op.order, item, units)} if yes else told

    def grants(self, op, yes):
        if yes:
            right = op.granted == op.units or (self.shop.partial and 0 < op.granted < op.units)
            return [op.granted] if right else []
        return range(1, op.units + 1) if self.shop.partial else [op.units]

    def is_again(self, op, names):
        """A yes to somebody who asks again for what he has may be told to the same order."""
        if op.order:
            return ('order', op.order, op.chosen or op.item, op.granted) in names
        wanted = [op.chosen or op.item] if op.chosen or op.item else self.items
        return any(('user', op.user, item, op.granted) in names for item in wanted)

    def may_refuse(self, op, left, sold, has):
        need = 1 if self.shop.partial else op.units
        there = left if op.item is None else [left[self.items.index(op.item)]]
        if max(there) < need:
            return True
        if self.shop.own:
            return has + op.units > self.shop.own
        return has > 0  # who has something already may be told so


def linearises(shop, ops, rows):
    return Search(shop, ops, rows).exists()


def fits_stock(shop, ops):
    """Can at least the yes alone have been told, whatever was refused and whatever the rows say? An order that is told
    several times is the largest of them, and one of its name for each item."""
    orders, told = {}, []
    for op in ops:
        item = op.chosen or op.item
        if op.outcome == 'accepted' and op.order:
            before = orders.get((op.user, op.order, item))
            orders[op.user, op.order, item] = op if not before or op.granted > before.granted else before
        elif op.outcome == 'accepted':
            told.append(op)
    told += [op._replace(order=f'{op.user} {op.order} {item}') for (_, _, item), op in orders.items()]
    return Search(shop._replace(own=0), [op._replace(units=op.granted) for op in told], None, refusals=False).exists()
