#!/usr/bin/python3
"""Random small histories, judged by `rushproof verify` and by all orders that there are (model.py).

  tests/oracle/run.sh [--runs=N] [--seed=N] [orders|holds|transfers]

A check may fail only where no order explains the history; and more units told yes than there are, a seat given to two,
must fail. What is not told by the answers and the rows (which check, whom it names) is the unit tests' affair.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import holds
import transfers
from histories import draw
from model import fits_stock, linearises

CHECKS = ('oversold', 'undersold', 'seat_twice', 'over_own_limit', 'partial_orders', 'lost', 'phantom', 'unexpected',
          'duplicate', 'fcfs')
BATCH = 250


def scenario(shop):
    items = [f'  each: {{{", ".join(f"{item}: {stock}" for item, stock in sorted(shop.stock.items()))}}}']
    if shop.own:
        items.append(f'  own_limit: {shop.own}')
    if shop.partial:
        items.append('  partial: true')
    return '\n'.join(['name: oracle', 'items:', *items,
                      'stack: {redis: none, postgres: none, kafka: none}',
                      'request: {url: "http://127.0.0.1/?{{user}}"}',
                      'responses: {accepted: {status: 200}, rejected: {status: 410}}',
                      'load: [{closed: {connections: 1, requests: 1}}]', ''])


def save(folder, shop, ops, rows):
    with open(f'{folder}/scenario.yaml', 'w') as out:
        out.write(scenario(shop))
    with open(f'{folder}/history.csv', 'w') as out:
        out.write('user,released_ns,done_ns,outcome,item,units,chosen,granted,order\n')
        for op in ops:
            done = '' if op.outcome == 'unknown' else op.done * 1000
            out.write(f'{op.user},{op.released * 1000},{done},{op.outcome},{op.item or ""},{op.units},'
                      f'{op.chosen or ""},{op.granted},{op.order or ""}\n')
    with open(f'{folder}/coupons.csv', 'w') as out:
        out.write('user,id,item,units\n')
        for place, ((user, item), units) in enumerate(sorted(rows.items())):
            out.write(f'{user},{place + 1},{item},{units}\n')


def judge(program, folders):
    """The checks that fail, for each history."""
    run = subprocess.run([program, 'verify', '--json', '--quiet', *[f'{folder}/history.csv' for folder in folders]],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    decoder, at, text, found = json.JSONDecoder(), 0, run.stdout, []
    while at < len(text):
        if text[at] != '{':
            at += 1
            continue
        result, at = decoder.raw_decode(text, at)
        found.append({check['name'] for check in result['checks'] if check['verdict'] == 'fail'})
    if len(found) != len(folders):
        sys.exit(f'# {len(folders)} histories, {len(found)} results: {run.stderr[:400]}')
    return found


def beyond(shop, rows):
    sold = {}
    for (_, item), units in rows.items():
        sold[item] = sold.get(item, 0) + units
    return {item for item in sold if sold[item] > shop.stock.get(item, 0)}


def seats_of_two(shop, rows):
    holders = {}
    for (user, item), units in rows.items():
        if shop.stock.get(item) == 1 and units > 0:
            holders.setdefault(item, set()).add(user)
    return any(len(users) > 1 for users in holders.values())


def complaints(right, shop, ops, rows, failed):
    exists = linearises(shop, ops, rows)
    told = fits_stock(shop, ops)
    if right and not exists:
        yield 'the model does not explain its own shop'
    if exists and failed & set(CHECKS):
        yield f'{", ".join(sorted(failed & set(CHECKS)))} failed, though an order explains it'
    if (not told or beyond(shop, rows)) and 'oversold' not in failed:
        yield 'oversold, and not found'
    if seats_of_two(shop, rows) and 'seat_twice' not in failed:
        yield 'a seat has two rows, and was not found'


class Orders:
    """Orders alone: histories.py."""

    name = 'histories'
    checks, draw, save = CHECKS, staticmethod(draw), staticmethod(save)
    exists, complaints = staticmethod(linearises), staticmethod(complaints)


class Module:
    """What a module of its own says: holds.py, transfers.py."""

    def __init__(self, name, module):
        self.name, self.module = name, module
        self.checks, self.draw, self.save, self.exists = module.CHECKS, module.draw, module.save, module.linearises

    def complaints(self, right, *case_and_failed):
        *case, failed = case_and_failed
        exists = self.exists(*case)
        wrong = failed & set(self.checks)
        if right and not exists:
            yield 'the model does not explain its own shop'
        if exists and wrong:
            yield f'{", ".join(sorted(wrong))} failed, though an order explains it'
        must = getattr(self.module, 'must_fail', None)
        if must and must(*case) - failed:
            yield f'{", ".join(sorted(must(*case) - failed))} did not fail'


KINDS = {'orders': Orders, 'holds': Module('histories of holds', holds),
         'transfers': Module('histories of transfers', transfers)}


# Seeds by which something was found.
FOUND = {'transfers': [17205]}


def tell(seed, complaint, case):
    print(f'# seed {seed}: {complaint}')
    for part in case:
        print(f'#   {part}')


def compare(name, options):
    """One line for all of a kind; returns whether something is wrong."""
    kind = KINDS[name]
    program = os.environ['RUSHPROOF_BIN'] + '/rushproof'
    wrong, unexplained, caught = 0, 0, 0
    every = [*FOUND.get(name, ()), *range(options.seed, options.seed + options.runs)]
    for first in range(0, len(every), BATCH):
        seeds = every[first:first + BATCH]
        with tempfile.TemporaryDirectory() as work:
            cases = [kind.draw(seed) for seed in seeds]
            folders = [f'{work}/{seed}' for seed in seeds]
            for folder, case in zip(folders, cases):
                os.mkdir(folder)
                kind.save(folder, *case[1:])
            for seed, case, failed in zip(seeds, cases, judge(program, folders)):
                exists = kind.exists(*case[1:])
                unexplained += not exists
                caught += not exists and bool(failed & set(kind.checks))
                for complaint in kind.complaints(*case, failed):
                    wrong += 1
                    if wrong <= 5:
                        tell(seed, complaint, case[1:])
    said = f'{len(every)} {kind.name}, {unexplained} without an order that explains them, {caught} of these caught'
    print(('not ok - ' if wrong else 'ok - ') + said)
    return bool(wrong)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--runs', type=int, default=500)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('kinds', nargs='*', choices=[*KINDS, []])
    options = parser.parse_args()
    wrong = [compare(kind, options) for kind in options.kinds or KINDS]
    print(f'{wrong.count(False)} passed, {wrong.count(True)} failed')
    sys.exit(any(wrong))


main()
