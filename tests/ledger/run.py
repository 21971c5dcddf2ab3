#!/usr/bin/python3
"""Shops that sell items wrongly, and their right twins, by `rushproof run` and result.json.

  tests/ledger/run.sh [--runs=N [--twins] [--counts=FILE] [--jobs=N]] [--short|--explored] [NAME…]

A row of CASES is a design of shop.py, what differs from the usual scenario, and the checks that must fail: no other one
may. A burst that the machine was too busy for is fired again, at most three times, in a series twenty times. A series that
was ended goes on where it was by the same --counts; more at once than the machine has processors makes bursts wide.
"""
import argparse
import concurrent.futures
import contextlib
import fcntl
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'lib'))
from tap import Tap  # noqa: E402

PLAIN = {'items': '{sku-a: 40, sku-b: 7}', 'stock': '{"sku-a": 40, "sku-b": 7}', 'demand': '{units: 1..3}',
         'load': '[burst: 120]', 'more': '', 'program': 'shop.py', 'ttl': 0, 'timeout': '3s', 'path': '/buy',
         'granted': '{status: 201, item: /item, units: /units, order: /order}',
         'rows': '  coupons: {query: ., url: "${shop}/sales"}\n'}
SEATS = {'items': '{ids: "seat-{{n}}", count: 20, stock: 1}', 'stock': json.dumps({f'seat-{n}': 1 for n in range(1, 21)}),
         'demand': '{item: each}'}
FIFTY = {'items': '{ids: "sku-{{n}}", count: 50, stock: 2}', 'stock': json.dumps({f'sku-{n}': 2 for n in range(1, 51)}),
         'demand': '{item: hot 50/4}', 'load': '[burst: 200]'}
# Of ten items some are left with fewer units than the next order wants.
TEN = {'items': '{ids: "sku-{{n}}", count: 10, stock: 7}', 'stock': json.dumps({f'sku-{n}': 7 for n in range(1, 11)})}
WAVES = {'load': '[waves: {waves: 40, size: 3, every: 4ms}]'}
ANY = {'demand': '{item: any}', 'url': '&units={{units}}'}
KEYS = {'more': 'idempotency: {header: Idempotency-Key, times: 3}', 'load': '[burst: 90, {burst: 30, again: true}]',
        'rejected': '{status: 409, json: {sold_out: true}}', 'demand': '{units: 1}',
        'classes': '\n  in_progress: {status: 409, json: {in_progress: true}}'}
ONE = {'demand': '{units: 1}'}
REUSED = {**KEYS, 'classes': KEYS['classes'] + '\n  key_reused: {status: 422}'}
PAYLOAD = {**REUSED, 'demand': '{units: 1..2}', 'load': '[burst: 90, {burst: 60, reuse: payload}]'}
BORROWED = {**REUSED, 'load': '[burst: 60, {burst: 60, reuse: user}]', 'items': '{sku-a: 60, sku-b: 60}',
            'stock': '{"sku-a": 60, "sku-b": 60}'}

# Held for so long that no machine is too slow to pay; where holds are to end, for a few seconds.
BOOK = {'program': 'booking.py', **ONE, 'ttl': 300, 'items': '{each: {sku-a: 40, sku-b: 7}, hold: {ttl: 300s, grace: 1s}}',
        'more': '''actions:
  - {name: pay, url: "${shop}/pay?user={{user}}&order={{order}}"}
  - {name: cancel, url: "${shop}/cancel?user={{user}}&order={{order}}", moves: back}
  - {name: refund, url: "${shop}/refund?user={{user}}&order={{order}}", moves: back}'''}
SOLD = 'burst: 120'
PAID = {**BOOK, 'load': f'[{SOLD}, {{action: pay}}, {{action: {{name: refund, share: 50, times: 2}}}}, burst: 60]'}
CANCELLED = {**BOOK, 'load': f'[{SOLD}, {{action: {{name: cancel, share: 50, times: 2}}}}, {{action: {{name: pay}}}}]'}
RESOLD = {**BOOK, 'load': f'[{SOLD}, {{action: {{name: cancel, share: 50}}}}, pause: 500ms, {{burst: 60}}, '
                          '{action: {name: pay, share: 30..100}}]'}
EXPIRED = {**BOOK, 'ttl': 5, 'timeout': '12s', 'items': '{each: {sku-a: 40, sku-b: 7}, hold: {ttl: 5s, grace: 2s}}',
           'load': f'[{SOLD}, {{action: {{name: pay, share: 50}}}}, pause: 7500ms, burst: 60, '
                           '{action: {name: pay, share: 0..60}}]'}
STRANGE = {**BOOK, 'load': f'[{SOLD}, {{action: {{name: cancel, others: true}}}}, {{action: pay}}]'}

# Ten accounts of fifty, of which transfers take up to forty.
WALLET = {'program': 'wallet.py', 'items': '{ids: "acc-{{n}}", count: 10, stock: 50, decimals: 2}',
          'stock': json.dumps({f'acc-{n}': 50 for n in range(1, 11)}),
          'demand': '{item: hot 50/30, to: uniform, units: 0.01..40.00}', 'load': '[burst: 150]',
          'path': '/transfer', 'url': '&from={{item}}&to={{to}}&amount={{units}}', 'granted': '{status: 201, order: /order}'}
BARE = {**WALLET, 'rows': ''}

# Two lines an order.
CART = {'program': 'cart.py', 'path': '/order', 'demand': '{lines: 2, units: 1..2}', 'items': '{a: 30, b: 12, c: 25}',
        'stock': '{"a": 30, "b": 12, "c": 25}', 'granted': '{status: 201, units: "/lines/{{line}}/units", order: /order}',
        'url': '&item={{item}}&units={{units}}&item2={{item2}}&units2={{units2}}'}

# Stock and sales in Redis, with more users than there is of anything.
STORED = {'program': 'stored.py', 'stack': '{redis: private, postgres: none, kafka: none}', 'items': '{a: 3, b: 2}',
          'stock': '{"a": 3, "b": 2}', 'load': '[burst: 24]', 'rows': '  coupons: {query: sales, url: "${redis.url}"}\n',
          'left': '{query: stock, url: "${redis.url}", negative: allowed}'}

# Stock and sales in one file of SQLite, of which one snapshot has both.
FILE = 'url: "sqlite:///${dir}/shop.db"'
FILED = {'program': 'filed.py', 'rows': f'  coupons: {{query: "SELECT user_id, id, item, units FROM sales", {FILE}}}\n',
         'left': f'{{query: "SELECT item, quantity FROM stock", {FILE}}}'}
ATOMIC = {**FILED, 'left': f'{{query: "SELECT item, quantity FROM stock", {FILE}, atomic: true}}'}

# Rows that come later, out of a queue.
LATER = f'  coupons: {{query: "SELECT user_id, id, item, units FROM sales", {FILE}}}\n  pipeline: {{'
OUTBOX = {**FILED, 'program': 'queued.py', 'rows': LATER + f'kind: gauge, queue: SELECT count(*) FROM outbox, {FILE}}}\n'}
STREAM = {**STORED, 'program': 'queued.py', 'items': '{a: 30, b: 7}', 'stock': '{"a": 30, "b": 7}', 'load': '[burst: 120]',
          'rows': LATER + 'kind: redis_stream, topic: orders, group: savers, pointer: /user}\n'}

# name: design, differences, checks that fail, others that may
CASES = {
    'right': ('right', {}, [], []),
    'right-waves': ('right', WAVES, [], []),
    'right-closed': ('right', {'load': '[closed: {connections: 7, duration: 500ms}]'}, [], ['late']),
    'right-seats': ('right', SEATS, [], []),
    'right-fifty': ('right', FIFTY, [], []),
    'right-any': ('right', {**SEATS, **ANY}, [], []),
    'right-zipf': ('right', {**FIFTY, 'demand': '{item: zipf, units: 1..2}'}, [], []),
    'compensating-decr': ('compensating-decr', {}, [], []),
    'partial-grants': ('partial-grants', {'items': '{each: {sku-a: 40, sku-b: 7}, partial: true}'}, [], []),
    'overbooking': ('overbooking', {'items': '{each: {sku-a: 40, sku-b: 7}, overbook: 2}',
                                    'negative': 'allowed'}, [], []),
    'own-limit': ('own-limit', {'items': '{each: {sku-a: 40, sku-b: 7}, own_limit: 2}', 'more': 'users: {repeat: 2}',
                                'demand': '{units: 1}'}, [], []),
    'read-modify-write': ('read-modify-write', {**ONE, 'items': '{sku-a: 1}', 'stock': '{"sku-a": 1}', 'load': '[burst: 300]'},
                          ['oversold', 'stock_conserved', 'seat_twice'], ['undersold']),
    'hot-item': ('hot-item', FIFTY, ['oversold'], []),
    'one-too-many': ('one-too-many', ONE, ['oversold'], []),
    'overbooked-unstated': ('overbooking', ONE, ['oversold'], []),
    'never-negative': ('one-too-many', {**ONE, 'negative': 'never'}, ['oversold', 'stock_conserved'], []),
    'seat-twice': ('seat-twice', SEATS, ['oversold', 'seat_twice'], []),
    'partial': ('partial', TEN, ['partial_orders'], []),
    'partial-secret': ('partial-secret', TEN, ['lost', 'drained', 'oversold'], []),
    'negative-healed': ('negative-healed', ONE, ['oversold', 'lost', 'drained'], ['late']),
    'restock-lost': ('restock-lost', TEN, ['undersold', 'stock_conserved'], []),
    'lost-row': ('lost-row', ONE, ['lost', 'drained', 'undersold', 'stock_conserved'], []),
    'written-twice': ('written-twice', ONE, ['oversold', 'duplicate', 'stock_conserved'], []),
    'wrong-item': ('wrong-item', ONE, ['lost', 'unexpected', 'oversold', 'drained', 'undersold', 'stock_conserved'],
                   []),
    'greedy': ('greedy', {'items': '{each: {sku-a: 40, sku-b: 7}, own_limit: 2}', 'more': 'users: {repeat: 3}',
                          'demand': '{units: 1}', 'load': '[burst: 30]'}, ['over_own_limit'], []),
    'keyed': ('keyed', KEYS, [], []),
    'key-late': ('key-late', KEYS, ['idempotent_effect', 'duplicate'], ['idempotent_answer', 'undersold']),
    'key-of-all': ('key-of-all', KEYS, ['lost', 'drained'], ['undersold', 'oversold', 'fcfs']),
    'key-forgetful': ('key-forgetful', KEYS, ['idempotent_answer'], []),
    'key-two-orders': ('key-two-orders', KEYS, ['idempotent_answer'], ['lost', 'drained', 'oversold']),
    'keyed-payload': ('keyed', PAYLOAD, [], []),
    'keyed-borrowed': ('keyed', BORROWED, [], []),
    'key-compares': ('key-compares', PAYLOAD, [], []),
    'key-compares-users': ('key-compares', BORROWED, [], []),
    'key-of-payload': ('key-of-payload', PAYLOAD, ['idempotent_answer', 'idempotent_effect', 'duplicate'],
                       ['oversold', 'undersold']),
    'key-global': ('key-global', BORROWED, ['idempotent_answer', 'lost', 'drained'], []),
    'key-stuck': ('key-stuck', KEYS, ['idempotent_answer'], []),
    'key-refuses': ('key-refuses', REUSED, ['idempotent_answer'], []),
    'booking': ('booking', PAID, [], []),
    'booking-cancelled': ('booking', CANCELLED, [], []),
    'booking-resold': ('booking', RESOLD, [], []),
    'booking-expired': ('booking', EXPIRED, [], []),
    'booking-strange': ('booking', STRANGE, [], []),
    'lazy': ('lazy', EXPIRED, [], []),
    'lazy-cancelled': ('lazy', CANCELLED, [], []),
    'kind': ('kind', CANCELLED, [], []),
    'gives-later': ('gives-later', RESOLD, [], []),
    'compensates': ('compensates', RESOLD, [], []),
    'hasty': ('hasty', CANCELLED, ['restored_once', 'stock_conserved'], ['cancelled_xor_used', 'oversold', 'drained']),
    'refund-twice': ('refund-twice', PAID, ['restored_once', 'oversold'], ['stock_conserved']),
    'cancels-others': ('cancels-others', STRANGE, ['own_orders'], []),
    'paid-and-resold': ('paid-and-resold', EXPIRED, ['expired_xor_paid', 'oversold'], ['restored_once', 'stock_conserved', 'fcfs']),
    'expires-paid': ('expires-paid', EXPIRED, ['expired_xor_paid', 'lost', 'drained', 'oversold'],
                     ['restored_once', 'stock_conserved', 'fcfs']),
    'never-expires': ('never-expires', EXPIRED, ['restored_once', 'undersold'], []),
    'restock-not-back': ('restock-lost', RESOLD, ['restored_once', 'stock_conserved', 'undersold'], []),
    'pays-cancelled': ('pays-cancelled', CANCELLED, ['cancelled_xor_used'], []),
    'row-stays': ('row-stays', CANCELLED, ['cancelled_xor_used', 'stock_conserved', 'restored_once'], []),
    'wallet': ('wallet', WALLET, [], []),
    'wallet-bare': ('wallet', BARE, [], []),
    'wallet-waves': ('wallet', {**WALLET, **WAVES}, [], []),
    'books-later': ('books-later', {**WALLET, **WAVES}, [], []),
    'double-spend': ('double-spend', {**WALLET, 'negative': 'never'}, ['oversold', 'stock_conserved'], []),
    'lost-update': ('lost-update', WALLET, ['stock_conserved'], ['oversold', 'undersold']),
    'lost-update-bare': ('lost-update', BARE, ['stock_conserved'], ['oversold', 'undersold']),
    'loses-cents': ('loses-cents', WALLET, ['stock_conserved'], []),
    'makes-money': ('makes-money', WALLET, ['stock_conserved'], ['oversold']),
    'cart': ('cart', CART, [], []),
    'cart-waves': ('cart', {**CART, **WAVES}, [], []),
    'cart-takes-back': ('cart-takes-back', CART, [], []),
    'cart-grants-some': ('cart-grants-some', {**CART, 'items': '{each: {a: 30, b: 12, c: 25}, partial: true}'}, [], []),
    'cart-keeps-first': ('cart-keeps-first', CART, ['partial_orders', 'phantom'], ['undersold', 'oversold']),
    'cart-forgets-second': ('cart-forgets-second', CART, ['partial_orders', 'lost', 'drained', 'stock_conserved'], ['undersold']),
    'cart-looks-at-first': ('cart-looks-at-first', CART, ['oversold'], []),
    'cart-refuses': ('cart-refuses-all', {**CART, **WAVES}, ['undersold'], ['fcfs', 'not_vacuous']),
    'stored': ('stored', STORED, [], []),
    'stored-compensates': ('stored-compensates', {**STORED, **ONE}, [], []),
    'streamed': ('streamed', STREAM, [], []),
    'streamed-forgets': ('streamed-forgets', STREAM, ['lost', 'drained', 'stock_conserved'], ['undersold']),
    'outbox': ('outbox', OUTBOX, [], []),
    'outbox-forgets': ('outbox-forgets', OUTBOX, ['lost', 'drained', 'stock_conserved'], ['undersold']),
    'filed': ('filed', ATOMIC, [], []),
    'filed-apart': ('filed-apart', ATOMIC, ['stock_conserved'], []),
    'filed-apart-heals': ('filed-apart', FILED, [], []),
    'last-first': ('last-first', {**WAVES, **ONE}, ['undersold', 'fcfs'], []),
}
# Races between two statements, by `rushproof explore`: design, exit code.
EXPLORED = {'explored': ('stored', 0), 'explored-reads-first': ('stored-reads-first', 1),
            'explored-looks-first': ('stored-looks-first', 1)}
RACES = [name for name, (_, code) in EXPLORED.items() if code]
CASES |= {name: (design, STORED, ['a violation'] if code else [], []) for name, (design, code) in EXPLORED.items()}

LOCK = threading.Lock()
SHORT = ('right', 'right-seats', 'hot-item', 'seat-twice', 'partial', 'restock-lost', 'negative-healed')

TEXT = '''name: {name}
items: {items}
demand: {demand}
stack: {stack}
{more}
processes:
  - {{name: shop, run: [/usr/bin/python3, "{here}/{program}", {design}], env: {{STOCK: '{stock}', TTL: '{ttl}'}}, ready: {{http: /}}}}
request: {{url: "${{shop}}{path}?user={{{{user}}}}{url}"}}
responses:
  accepted: {granted}
  rejected: {rejected}{classes}
load: {load}
evidence:
{rows}  stock: {left}
drain: {{timeout: {timeout}}}
'''


def scenario(name):
    design, changes, _, _ = CASES[name]
    values = {'stack': '{redis: none, postgres: none, kafka: none}', 'url': '&item={{item}}&units={{units}}', 'negative': 'allowed', 'rejected': '{status: 409}', 'classes': '', **PLAIN, **changes}
    values.setdefault('left', f'{{query: ., url: "${{shop}}/stock", negative: {values["negative"]}}}')
    return TEXT.format(name=name, design=design, here=HERE, **values)


def rushproof(command, name, work, *options):
    path = pathlib.Path(work, f'{name}.yaml')
    path.write_text(scenario(name))
    return subprocess.run([os.environ['RUSHPROOF_BIN'] + '/rushproof', command, *options, '--output', work, str(path)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=work)


def once(name, work):
    """What differs from what must be, and whether it was a burst."""
    _, _, must, may = CASES[name]
    run = rushproof('run', name, work, '--quiet')
    try:
        result = json.loads(pathlib.Path(work, 'latest', 'result.json').read_text())
    except FileNotFoundError:
        return f'no result.json: {run.stdout[-400:]}', True
    got = {check['name']: check for check in result['checks'] if check['verdict'] != 'pass'}
    missed = [check for check in must if got.get(check, {}).get('verdict') != 'fail']
    invented = [check for check in got if check not in must and check not in may]
    burst = 'burst_simultaneous' not in got
    why = [f'{check} did not fail: {got.get(check, {}).get("message", "pass")}' for check in missed]
    why += [f'{check} is {got[check]["verdict"]}: {got[check]["message"]}' for check in invented]
    return '\n'.join(why), burst


def explore(name, work):
    run = rushproof('explore', name, work)
    want = EXPLORED[name][1]
    return '' if run.returncode == want else f'exit code {run.returncode}, not {want}\n{run.stdout[-2000:]}'


def judge(name, work, tries):
    if name in EXPLORED:
        return explore(name, work)
    for _ in range(tries):
        why, burst = once(name, work)
        if burst or not why:
            break
    return why


class Counts:
    """How many runs of each row were as they must be, kept in a file so that a long series can go on where it ended. Several
    series may share the file: each run is added under a lock, and the file is replaced whole."""

    def __init__(self, path):
        self.path = pathlib.Path(path) if path else None
        self.rows = self.read()

    def read(self):
        return json.loads(self.path.read_text()) if self.path and self.path.exists() else {}

    def of(self, name):
        return self.rows.setdefault(name, {'runs': 0, 'good': 0, 'why': ''})

    def add(self, name, why, alone):
        with self.locked():
            self.rows = {**self.rows, **self.read()}
            row = self.of(name)
            row['runs'] += 1
            row['good'] += not why
            row['alone'] = row.get('alone', 0) + alone
            row['why'] = why or row['why']
            if self.path:
                beside = self.path.with_name(self.path.name + '.new')
                beside.write_text(json.dumps(self.rows, indent=1))
                beside.replace(self.path)

    @contextlib.contextmanager
    def locked(self):
        with LOCK, open(f'{self.path}.lock', 'w') if self.path else contextlib.nullcontext() as lock:
            if lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def repeat(name, runs, counts):
    """All runs of a row that are still missing."""
    while counts.of(name)['runs'] < runs:
        with tempfile.TemporaryDirectory() as work:
            alone = runs > 1 and name in RACES and rushproof('run', name, work).returncode == 1
            counts.add(name, judge(name, work, 3 if runs == 1 else 20), alone)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--runs', type=int, default=1)
    parser.add_argument('--short', action='store_true')
    parser.add_argument('--explored', action='store_true', help='all races between two statements, by explore')
    parser.add_argument('--twins', action='store_true', help='only those with which nothing is wrong')
    parser.add_argument('--counts', help='a file that a series goes on from; several may share it')
    parser.add_argument('--jobs', type=int, default=1, help='so many rows at once, each with ports of its own')
    parser.add_argument('names', nargs='*')
    options = parser.parse_args()
    names = options.names or (EXPLORED if options.explored else SHORT if options.short else
                              [name for name in CASES if name not in EXPLORED or name == 'explored-reads-first'])
    names = [name for name in names if not (options.twins and CASES[name][2])]
    tap, counts = Tap(), Counts(options.counts)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        ended = {name: pool.submit(repeat, name, options.runs, counts) for name in names}
        for name in names:
            ended[name].result()
            row, must = counts.of(name), ', '.join(CASES[name][2]) or 'pass'
            must += f'; {row.get("alone", 0)} of {row["runs"]} bursts alone' if options.runs > 1 and name in RACES else ''
            tap.ok(row['good'] == row['runs'], f'{name}: {row["good"]} of {row["runs"]} are as they must be ({must})', row['why'])
    sys.exit(tap.end())


main()
