"""Small histories: half of a shop that is right, half of one that something was done to."""
import random

from model import Op, Shop


def pick_shop(rng):
    seats = rng.random() < 0.4
    items = rng.randint(1, 3)
    stock = {f'item-{i}': 1 if seats else rng.randint(1, 4) for i in range(items)}
    own = rng.choice([0, 0, 1, 2, 3])
    return Shop(stock, own, rng.random() < 0.2)


class Right:
    """One shop that is right: it knows its own limit also where nobody states it."""

    def __init__(self, shop, rng):
        self.shop, self.rng = shop, rng
        self.left, self.sold, self.has, self.orders = dict(shop.stock), {}, {}, 0
        self.limit = shop.own or 99
        self.once = rng.random() < 0.3 and not shop.own  # who has an order gets no other one
        self.again = rng.random() < 0.3 and not shop.own  # who asks again is told his order

    def serve(self, user, item, units):
        """(chosen, granted, order), or None."""
        item = item or max(self.left, key=lambda at: (self.left[at], at))
        if self.again and self.sold.get((user, item), (0, 0, 0))[2] == units:
            return item, units, self.sold[user, item][1]
        if self.once and self.has.get(user, 0):
            return None
        most = min(self.left[item], self.limit - self.has.get(user, 0) if self.limit < 99 else 99)
        if self.shop.partial and self.left[item] and self.has.get(user, 0) + units <= self.limit:
            units = min(units, most)
        if units > most:
            return None
        self.orders += 1
        self.left[item] -= units
        self.has[user] = self.has.get(user, 0) + units
        before = self.sold.get((user, item), (0, 0, 0))[0]
        self.sold[user, item] = before + units, self.orders, units
        return item, units, self.orders


def simulate(rng, shop, count):
    named, any_item = rng.random() < 0.5, rng.random() < 0.15
    users = rng.randint(2, count + 2)
    ops, right = [], Right(shop, rng)
    plan = sorted(rng.randint(0, 60) for _ in range(count))
    asked = []
    for at in plan:
        released = at - rng.randint(0, 12)
        item = None if any_item else rng.choice(sorted(shop.stock))
        asked.append((at, rng.randint(1, users), item, 1 if any_item else rng.choice([1, 1, 2, 3]), released,
                      at + rng.randint(0, 12)))
    for _, user, item, units, released, done in asked:
        lost = rng.random() < 0.12
        got = right.serve(user, item, units) if not lost or rng.random() < 0.5 else None
        if lost:
            op = Op(user, item, units, released, done, 'unknown', None, units, 0)
        elif got:
            op = Op(user, item, units, released, done, 'accepted', got[0], got[1], got[2] if named else 0)
        else:
            op = Op(user, item, units, released, done, 'rejected', None, units, 0)
        ops.append(op)
    rows = {key: units for key, (units, _, _) in right.sold.items()}
    return ops, rows


def mutate(rng, shop, ops, rows):
    """Something is wrong with the answers, the instants or the rows; perhaps nobody can tell."""
    ops, rows = list(ops), dict(rows)
    for _ in range(rng.choice([1, 1, 2])):
        i = rng.randrange(len(ops))
        op, kind = ops[i], rng.randrange(9)
        item = rng.choice(sorted(shop.stock))
        if kind == 0:
            ops[i] = op._replace(outcome='accepted', chosen=op.item or item, granted=op.units)
        elif kind == 1:
            ops[i] = op._replace(outcome='rejected', chosen=None, granted=op.units, order=0)
        elif kind == 2:
            ops[i] = op._replace(outcome='unknown', chosen=None, granted=op.units, order=0)
        elif kind == 3:
            shift = rng.randint(-40, 40)
            ops[i] = op._replace(released=op.released + shift, done=op.done + shift)
        elif kind == 4 and rows:
            del rows[rng.choice(sorted(rows))]
        elif kind == 5:
            rows[op.user, item] = rows.get((op.user, item), 0) + rng.randint(1, 2)
        elif kind == 6 and rows:
            key = rng.choice(sorted(rows))
            rows[key] += 1
        elif kind == 7 and op.outcome == 'accepted':
            ops[i] = op._replace(chosen=item)
        elif kind == 8:
            ops[i] = op._replace(units=op.units + 1, granted=op.granted)
    return ops, rows


def draw(seed):
    rng = random.Random(seed)
    shop = pick_shop(rng)
    ops, rows = simulate(rng, shop, rng.randint(2, 8))
    right = seed % 2 == 0
    if not right:
        ops, rows = mutate(rng, shop, ops, rows)
    return right, shop, ops, rows
