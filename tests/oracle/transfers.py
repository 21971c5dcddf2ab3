"""Small histories of transfers between accounts: is there an order of all that a right bank explains?

Written from the definitions alone (a transfer keeps the sum over accounts and no balance below its floor), apart from the
program. A transfer is taken from the giver at one instant and given to the taker at the same or a later one, both between its
release and its answer; without an answer at any later ones, or never. A no is right where the giver has less at one instant
between the two. All orders are tried.
"""
import random
from collections import namedtuple

# Amounts are cents.
Op = namedtuple('Op', 'user giver taker amount released done outcome')
FOREVER = 1 << 40
NEW, TAKEN, DONE = range(3)


def ends(op):
    return op.done if op.outcome in ('accepted', 'rejected') else FOREVER


class Search:
    """balances: those of the end, or None where nobody looks at them. rows: units by user and account."""

    def __init__(self, accounts, ops, rows, balances, refusals=True):
        self.ops = ops if refusals else [op for op in ops if op.outcome != 'rejected']
        self.names = sorted(accounts)
        self.start = tuple(accounts[name] for name in self.names)
        self.rows, self.end = rows, balances and tuple(balances[name] for name in self.names)
        self.before = [[j for j, other in enumerate(self.ops) if ends(other) < op.released] for op in self.ops]
        self.seen = set()

    def exists(self):
        return self.go((NEW,) * len(self.ops), frozenset(), self.start)

    def ends_well(self, applied, left):
        rows = {}
        for i in applied:
            key = self.ops[i].user, self.ops[i].giver
            rows[key] = rows.get(key, 0) + self.ops[i].amount
        return self.rows in (None, rows) and self.end in (None, left)

    def go(self, states, applied, left):
        if all(state == DONE for state in states):
            return self.ends_well(applied, left)
        key = states, applied, left
        if key in self.seen:
            return False
        self.seen.add(key)
        return any(self.go(*after) for i in range(len(states)) for after in self.effects(i, states, applied, left))

    def effects(self, i, states, applied, left):
        op = self.ops[i]
        giver, taker = self.names.index(op.giver), self.names.index(op.taker)

        def after(state, place=0, cents=0, more=frozenset()):
            now = left[:place] + (left[place] + cents,) + left[place + 1:]
            return states[:i] + (state,) + states[i + 1:], applied | more, now

        if states[i] == TAKEN:
            yield after(DONE, taker, op.amount)
        if states[i] != NEW or any(states[j] != DONE for j in self.before[i]):
            return
        if op.outcome == 'unknown' or (op.outcome == 'rejected' and left[giver] < op.amount):
            yield after(DONE)
        if op.outcome != 'rejected' and left[giver] >= op.amount:
            yield after(TAKEN, giver, -op.amount, frozenset([i]))


def linearises(accounts, ops, rows, balances):
    return Search(accounts, ops, rows, balances).exists()


def spent_twice(accounts, ops):
    """Was some account certainly below its floor at one instant, whatever it may have been given by then?"""
    for account, start in accounts.items():
        for at in {op.done for op in ops}:
            out = sum(op.amount for op in ops if op.giver == account and op.outcome == 'accepted' and op.done <= at)
            into = sum(op.amount for op in ops if op.taker == account and op.outcome != 'rejected' and op.released <= at)
            if out > start + into:
                return True
    return False


def must_fail(accounts, ops, rows, left):
    """A double spend, and money that is more or less than it was. A run in which nobody was told yes proves nothing."""
    if not any(op.outcome == 'accepted' for op in ops):
        return set()
    return ({'oversold'} if spent_twice(accounts, ops) else set()) | (
        {'stock_conserved'} if sum(accounts.values()) != sum(left.values()) else set())


# ---- a bank that is right, and what may be done to its history ----

def simulate(rng, accounts, count):
    plans, later = [], rng.random() < 0.5
    for user in range(1, count + 1):
        giver, taker = rng.sample(sorted(accounts), 2)
        take = rng.randint(0, 60)
        give = take + (rng.randint(0, 8) if later else 0)
        op = Op(user, giver, taker, rng.randint(1, 40), take - rng.randint(0, 10), give + rng.randint(0, 10), '')
        plans.append((op, take, give, rng.random() < 0.12))
    steps = sorted([(take, 1, i) for i, (_, take, _, _) in enumerate(plans)] +
                   [(give, 2, i) for i, (_, _, give, _) in enumerate(plans)])
    left, outcomes = dict(accounts), [''] * count
    for _, step, i in steps:
        op, lost = plans[i][0], plans[i][3]
        if step == 1 and not (lost and rng.random() < 0.5) and left[op.giver] >= op.amount:
            outcomes[i] = 'accepted'
            left[op.giver] -= op.amount
        elif step == 2 and outcomes[i]:
            left[op.taker] += op.amount
    rows = {(plan[0].user, plan[0].giver): plan[0].amount for plan, told in zip(plans, outcomes) if told}
    ops = [op._replace(outcome='unknown' if lost else told or 'rejected')
           for (op, _, _, lost), told in zip(plans, outcomes)]
    return ops, rows, left


def mutate(rng, ops, rows, left):
    ops, rows, left = list(ops), dict(rows), dict(left)
    for _ in range(rng.choice([1, 1, 2])):
        i, kind = rng.randrange(len(ops)), rng.randrange(7)
        op = ops[i]
        if kind == 0:
            ops[i] = op._replace(outcome=rng.choice(['accepted', 'rejected', 'unknown']))
        elif kind == 1:
            shift = rng.randint(-40, 40)
            ops[i] = op._replace(released=op.released + shift, done=op.done + shift)
        elif kind == 2 and rows:
            del rows[rng.choice(sorted(rows))]
        elif kind == 3:
            rows[op.user, op.giver] = rows.get((op.user, op.giver), 0) + op.amount
        elif kind == 4:  # spent without being there
            ops[i] = op._replace(outcome='accepted')
            rows[op.user, op.giver] = op.amount
            left[op.giver] -= op.amount
            left[op.taker] += op.amount
        else:  # an update is lost, or a cent
            left[rng.choice(sorted(left))] += rng.choice([-1, 1, -op.amount, op.amount])
    return ops, rows, left


def draw(seed):
    rng = random.Random(seed)
    accounts = {f'acc-{i}': rng.choice([0, rng.randint(1, 60), rng.randint(1, 60)]) for i in range(rng.randint(2, 3))}
    ops, rows, left = simulate(rng, accounts, rng.randint(2, 6))
    right = seed % 2 == 0
    if not right:
        ops, rows, left = mutate(rng, ops, rows, left)
    return right, accounts, ops, rows, left


CHECKS = ('oversold', 'undersold', 'lost', 'phantom', 'unexpected', 'duplicate', 'fcfs', 'stock_conserved', 'partial_orders')

SCENARIO = '''name: oracle
items: {{each: {{{stock}}}, decimals: 2}}
demand: {{to: uniform}}
stack: {{redis: none, postgres: none, kafka: none}}
request: {{url: "http://127.0.0.1/?{{{{user}}}}"}}
responses: {{accepted: {{status: 200}}, rejected: {{status: 410}}}}
load: [{{closed: {{connections: 1, requests: 1}}}}]
evidence: {{stock: {{command: "true", negative: {negative}}}}}
'''


def spell(cents):
    return f'{"-" if cents < 0 else ""}{abs(cents) // 100}.{abs(cents) % 100:02}'


def save(folder, accounts, ops, rows, left):
    def line(op):
        done = '' if op.outcome == 'unknown' else op.done * 1000
        return f'{op.user},{op.released * 1000},{done},{op.outcome},{op.giver},{spell(op.amount)},{op.taker}'

    texts = {
        'scenario.yaml': SCENARIO.format(stock=', '.join(f'{name}: {spell(cents)}' for name, cents in sorted(accounts.items())),
                                         negative='allowed' if len(ops) % 2 else 'never'),
        'history.csv': 'user,released_ns,done_ns,outcome,item,units,to\n' + ''.join(f'{line(op)}\n' for op in ops),
        'coupons.csv': 'user,id,item,units\n' + ''.join(
            f'{user},{place + 1},{account},{spell(cents)}\n'
            for place, ((user, account), cents) in enumerate(sorted(rows.items()))),
        'stock.csv': 'item,quantity\n' + ''.join(f'{name},{spell(cents)}\n' for name, cents in sorted(left.items())),
    }
    for name, text in texts.items():
        with open(f'{folder}/{name}', 'w') as out:
            out.write(text)
