"""Small histories of orders that are held, paid, cancelled and expire: is there an order of all that a right shop explains?

Written from the definitions alone (holds, conservation, give-backs), apart from the program. An order is taken at one instant
between its release and its answer, and so is an action; without an answer at any later one, or never. A hold ends between its
time less a second (services round) and its time and the grace after its answer, unless it was paid before. Paying late is right
where the units are still there; a yes to cancelling again changes nothing. All orders are tried.
"""
import random
from collections import namedtuple

# kind: buy, pay, cancel. order: the place of the buy that it is about. Instants are tenths of a second.
Op = namedtuple('Op', 'kind order user item units released done outcome')
Hold = namedtuple('Hold', 'stock ttl grace')
FOREVER, ROUNDING = 1 << 40, 10


def ends(op):
    return op.done if op.outcome in ('accepted', 'rejected') else FOREVER


def last_answer(ops):
    return max((op.done for op in ops if op.outcome != 'unknown'), default=0)


def expiries(hold, ops):
    """(order, from, by) of all that may expire; when the rows were read nobody says."""
    end = last_answer(ops)
    for place, op in enumerate(ops):
        if op.kind != 'buy' or op.outcome == 'rejected':
            continue
        begin = op.released + max(hold.ttl - ROUNDING, 0)
        by = op.done + hold.ttl + hold.grace if op.outcome == 'accepted' and hold.grace else FOREVER
        yield place, begin, by if by <= end else FOREVER


class Search:
    def __init__(self, hold, ops, rows, left):
        self.hold, self.ops, self.rows, self.left = hold, ops, rows, left
        self.items = sorted(hold.stock)
        self.gone = list(expiries(hold, ops))
        spans = [(op.released, ends(op)) for op in ops] + [(begin, by) for _, begin, by in self.gone]
        self.before = [sum(1 << j for j, other in enumerate(spans) if other[1] < span[0]) for span in spans]
        self.full, self.seen = (1 << len(spans)) - 1, set()

    def exists(self):
        return self.go(0, tuple(self.hold.stock[item] for item in self.items), ('',) * len(self.ops))

    def ends_well(self, left, states):
        rows = {}
        for op, state in zip(self.ops, states):
            if state in ('held', 'paid'):
                rows[op.user, op.item] = rows.get((op.user, op.item), 0) + op.units
        return rows == self.rows and dict(zip(self.items, left)) == self.left

    def go(self, mask, left, states):
        if mask == self.full:
            return self.ends_well(left, states)
        key = (mask, left, states)
        if key in self.seen:
            return False
        self.seen.add(key)
        for i, before in enumerate(self.before):
            if mask >> i & 1 or before & ~mask:
                continue
            for after in self.effects(i, left, states):
                if self.go(mask | 1 << i, *after):
                    return True
        return False

    def moved(self, order, left, states, state, units):
        op = self.ops[order]
        place = self.items.index(op.item)
        return (left[:place] + (left[place] + units,) + left[place + 1:], states[:order] + (state,) + states[order + 1:])

    def effects(self, i, left, states):
        if i >= len(self.ops):
            order, _, by = self.gone[i - len(self.ops)]
            if states[order] == 'held':
                yield self.moved(order, left, states, 'expired', self.ops[order].units)
            if states[order] != 'held' or by == FOREVER:
                yield left, states
            return
        op = self.ops[i]
        there = left[self.items.index(op.item)]
        if op.outcome != 'accepted' and not (op.kind == 'buy' and op.outcome == 'rejected' and there >= op.units):
            yield left, states
        if op.outcome != 'rejected':
            yield from getattr(self, op.kind)(i, op, there, left, states)

    def buy(self, i, op, there, left, states):
        if there >= op.units:
            yield self.moved(i, left, states, 'held', -op.units)

    def pay(self, _, op, there, left, states):
        state = states[op.order]
        if state in ('held', 'paid'):
            yield self.moved(op.order, left, states, 'paid', 0)
        elif state == 'expired' and there >= op.units:
            yield self.moved(op.order, left, states, 'paid', -op.units)

    def cancel(self, _, op, there, left, states):
        back = op.units if states[op.order] in ('held', 'paid') else 0
        if not states[op.order]:
            yield left, states
            return
        yield self.moved(op.order, left, states, 'cancelled', back)


def linearises(hold, ops, rows, left):
    return Search(hold, ops, rows, left).exists()


# ---- a shop that is right, and what may be done to its history ----

class Right:
    def __init__(self, hold, rng):
        self.hold, self.rng = hold, rng
        self.left, self.orders, self.kind = dict(hold.stock), {}, rng.random() < 0.5

    def sweep(self, now):
        for order in self.orders.values():
            if order['state'] == 'held' and order['ends'] <= now:
                order['state'] = 'expired'
                self.left[order['op'].item] += order['op'].units

    def serve(self, place, op, now):
        self.sweep(now)
        if op.kind == 'buy':
            good = self.left[op.item] >= op.units
            if good:
                self.left[op.item] -= op.units
                self.orders[place] = {'op': op, 'state': 'held', 'ends': now + self.hold.ttl}
            return good
        order = self.orders.get(op.order)
        if not order:
            return False
        if op.kind == 'cancel' and order['state'] == 'cancelled':
            return self.kind
        good = order['state'] == 'held'
        if good and op.kind == 'cancel':
            self.left[op.item] += op.units
        order['state'] = ({'pay': 'paid', 'cancel': 'cancelled'}[op.kind]) if good else order['state']
        return good


def simulate(rng, hold, count):
    ops, shop, buys = [], Right(hold, rng), []
    at = 0
    for place in range(count):
        at += rng.choice([1, 2, 5, 12, 30])
        begin, end = at - rng.randint(0, 4), at + rng.randint(0, 4)
        kind = 'buy' if not buys or rng.random() < 0.5 else rng.choice(['pay', 'cancel', 'cancel'])
        # An action is sent when its order has been answered.
        ready = [b for b in buys if ops[b].done < begin and ops[b].outcome == 'accepted']
        kind = kind if ready else 'buy'
        order = rng.choice(ready) if kind != 'buy' else place
        user, item, units = (ops[order].user, ops[order].item, ops[order].units) if kind != 'buy' else (
            place + 1, rng.choice(sorted(hold.stock)), rng.choice([1, 1, 2]))
        op = Op(kind, order, user, item, units, begin, end, '')
        unknown = rng.random() < 0.1
        good = shop.serve(place, op, at) if not unknown or rng.random() < 0.5 else False
        ops.append(op._replace(outcome='unknown' if unknown else 'accepted' if good else 'rejected'))
        buys += [place] if kind == 'buy' else []
    shop.sweep(last_answer(ops))
    rows = {}
    for order in shop.orders.values():
        if order['state'] in ('held', 'paid'):
            key = order['op'].user, order['op'].item
            rows[key] = rows.get(key, 0) + order['op'].units
    return ops, rows, shop.left


def mutate(rng, hold, ops, rows, left):
    ops, rows, left = list(ops), dict(rows), dict(left)
    for _ in range(rng.choice([1, 1, 2])):
        i, kind = rng.randrange(len(ops)), rng.randrange(6)
        if kind == 0:
            ops[i] = ops[i]._replace(outcome=rng.choice(['accepted', 'rejected', 'unknown']))
        elif kind == 1:
            shift = rng.randint(-15, 15)
            ops[i] = ops[i]._replace(released=ops[i].released + shift, done=ops[i].done + shift)
        elif kind == 2 and rows:
            del rows[rng.choice(sorted(rows))]
        elif kind == 3:
            op = ops[i]
            rows[op.user, op.item] = rows.get((op.user, op.item), 0) + op.units
        else:
            left[rng.choice(sorted(left))] += rng.choice([-1, 1, 2])
    return ops, rows, left


def draw(seed):
    rng = random.Random(seed)
    hold = Hold({f'item-{i}': rng.randint(1, 3) for i in range(rng.randint(1, 2))}, rng.choice([15, 25]),
                rng.choice([0, 0, 5]))
    ops, rows, left = simulate(rng, hold, rng.randint(2, 7))
    right = seed % 2 == 0
    if not right:
        ops, rows, left = mutate(rng, hold, ops, rows, left)
    return right, hold, ops, rows, left


CHECKS = ('oversold', 'undersold', 'seat_twice', 'lost', 'phantom', 'unexpected', 'duplicate', 'fcfs', 'stock_conserved',
          'restored_once', 'expired_xor_paid', 'cancelled_xor_used')

SCENARIO = '''name: oracle
items: {{each: {{{stock}}}, hold: {{ttl: {ttl}00ms, grace: {grace}00ms}}}}
stack: {{redis: none, postgres: none, kafka: none}}
request: {{url: "http://127.0.0.1/?{{{{user}}}}"}}
responses: {{accepted: {{status: 200, order: /order}}, rejected: {{status: 410}}}}
actions:
  - {{name: pay, url: "http://127.0.0.1/pay?{{{{order}}}}"}}
  - {{name: cancel, url: "http://127.0.0.1/cancel?{{{{order}}}}", moves: back}}
load: [{{closed: {{connections: 1, requests: 1}}}}, action: cancel]
evidence: {{stock: {{command: "true", negative: allowed}}}}
'''


def save(folder, hold, ops, rows, left):
    def line(op):
        done = '' if op.outcome == 'unknown' else op.done * 10 ** 8
        return f'{op.user},{op.released * 10 ** 8},{done},{op.outcome},{op.item},{op.units}'

    stock = ', '.join(f'{item}: {units}' for item, units in sorted(hold.stock.items()))
    buys = [place for place, op in enumerate(ops) if op.kind == 'buy']
    texts = {
        'scenario.yaml': SCENARIO.format(stock=stock, ttl=hold.ttl, grace=hold.grace),
        'history.csv': 'user,released_ns,done_ns,outcome,item,units,order\n' + ''.join(
            f'{line(ops[place])},{place + 1 if ops[place].outcome == "accepted" else ""}\n' for place in buys),
        'actions.csv': 'user,released_ns,done_ns,outcome,item,units,action,about\n' + ''.join(
            f'{line(op)},{op.kind},{buys.index(op.order)}\n' for op in ops if op.kind != 'buy'),
        'coupons.csv': 'user,id,item,units\n' + ''.join(
            f'{user},{place + 1},{item},{units}\n' for place, ((user, item), units) in enumerate(sorted(rows.items()))),
        'stock.csv': 'item,quantity\n' + ''.join(f'{item},{units}\n' for item, units in sorted(left.items())),
    }
    for name, text in texts.items():
        with open(f'{folder}/{name}', 'w') as out:
            out.write(text)
