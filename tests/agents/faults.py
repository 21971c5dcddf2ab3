#!/usr/bin/python3
"""Faults of every kind at seeded instants of a rush from four agents, counted over any number of sittings: what was counted
is kept and not counted again.

    faults.py [--runs=200] [--beside=6] [--results=FILE]    until there are so many
    faults.py --tell                                        the table of all that was counted
    faults.py --seed=N                                      that one alone, with what everybody said

A run is wrong when it passes although the shop was asked something else than the history says, or although a clock was set
when requests were there and none was answered (false pass); when a request came although no `go` was set, or came before its instant (not agreed);
when a process, a key that does not expire, or after half a minute any key is there (left)."""
import argparse
import collections
import concurrent.futures
import csv
import json
import mmap
import pathlib
import random
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

from field import Field, HERE, wait_for, wall
import runner

RESULTS = runner.BIN.parent / 'series-agents.jsonl'
REQUESTS, AGENTS = 60, 4
LOAD = f'[burst: {{requests: {REQUESTS}, require: {{spread: 10s, in_flight: -1}}}}]'
EARLY = 5_000_000  # ns before the instant that a request may have come: of the two clocks that are compared


class Rush:
    """A field, and what the Redis and the shop have seen of it."""

    def __init__(self, field, chance):
        self.field, self.chance, self.go, self.on = field, chance, None, True
        self.key = f'rushproof:{{{field.session}}}:'
        self.wall = wall()
        self.blind = False  # a clock was set when requests were there and none was answered
        threading.Thread(target=self.look, daemon=True).start()

    def look(self):
        """When all shall let go, as soon as it stands there."""
        while self.on and not self.go:
            try:
                found = self.field.redis.ask('GET', self.key + 'go:0')
                self.go = int(found.split()[0]) if found and not found.startswith('-') else None
            except (OSError, AssertionError, ValueError):
                pass
            time.sleep(0.02)

    def has(self, name):
        try:
            return self.field.redis.ask('EXISTS', self.key + name) == '1'
        except OSError:
            return False

    def over(self):
        return self.field.run.poll() is not None

    def await_instant(self, instant):
        """False: the run has ended before it came to that."""
        when = {'roll': lambda: self.has('scenario'), 'stage': lambda: self.has('stage:0'), 'go': lambda: self.go,
                'fire': lambda: self.field.shop.came, 'answered': lambda: len(self.field.shop.asked) >= REQUESTS}
        wait_for(lambda: self.over() or when[instant](), instant)
        time.sleep(self.chance.choice((0, self.chance.uniform(0, 0.3), self.chance.uniform(0, 1.2))))
        return not self.over()

    def agent(self):
        return self.chance.choice(self.field.agents[:AGENTS])


def kill_agent(rush):
    rush.agent().kill()


def stop_agent(rush):
    """A slow one."""
    pause(rush.agent().process, rush.chance.uniform(0.2, 5))


def pause(process, seconds):
    process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)  # this is the fault
    process.send_signal(signal.SIGCONT)


def kill_coordinator(rush):
    rush.field.run.kill()


def stop_coordinator(rush):
    pause(rush.field.run, rush.chance.uniform(0.2, 5))


def interrupt_coordinator(rush):
    rush.field.run.send_signal(signal.SIGINT)


def same_rank(rush):
    rush.field.agent(f'--rank={rush.chance.randrange(AGENTS)}')


def redis_away(rush):
    rush.field.redis.pause(2)


def redis_restarted(rush):
    rush.field.redis.stop()
    rush.field.redis.start()


def clock_set(rush):
    """By so much that no bound covers it."""
    by = int(rush.chance.choice((-1, 1)) * rush.chance.uniform(50_000, 5_000_000))
    rush.field.clock[:] = struct.pack('q', by)
    rush.blind = rush.field.shop.came and not rush.field.shop.asked


FAULTS = {function.__name__: function for function in (
    kill_agent, stop_agent, kill_coordinator, stop_coordinator, interrupt_coordinator, same_rank, redis_away, redis_restarted,
    clock_set)}
INSTANTS = ('roll', 'held', 'stage', 'go', 'fire', 'answered')


def carry_out(rush, fault, instant):
    """held: others have staged, and wait for one that is stopped; the fault comes between their `staged` and `go`."""
    if instant != 'held':
        return rush.await_instant(instant) and (FAULTS[fault](rush) or True)
    slow = rush.field.agents[AGENTS - 1]
    wait_for(lambda: rush.over() or 'ready' in slow.said(), 'ready')
    slow.process.send_signal(signal.SIGSTOP)
    try:
        if not rush.await_instant('stage'):
            return False
        time.sleep(0.5)  # for the others to stage; when they have not, that is an instant as well
        FAULTS[fault](rush)
    finally:
        slow.process.send_signal(signal.SIGCONT)
    return True


def whole(field):
    """Does the history say what the shop knows?"""
    with open(field.dir / 'history.csv') as file:
        rows = list(csv.DictReader(file))
    users = sorted(int(row['user']) for row in rows)
    yes = sorted(int(row['user']) for row in rows if row['outcome'] == 'accepted')
    return users == sorted(field.shop.asked) == list(range(1, REQUESTS + 1)) and yes == sorted(field.shop.sold)


def not_agreed(rush, fault):
    shop = rush.field.shop
    if not shop.asked or rush.go is None:
        return len(shop.asked)
    if fault == 'clock_set':
        return 0  # the instant is on the clock that was set
    return sum(came + rush.wall < rush.go - EARLY for came in shop.seen.values())


def processes(field):
    """Whoever still works in that directory."""
    found = []
    for entry in pathlib.Path('/proc').iterdir():
        try:
            if entry.name.isdigit() and (entry / 'cwd').readlink().is_relative_to(field.path):
                found.append((entry / 'cmdline').read_text().replace('\0', ' '))
        except OSError:
            continue
    return [line for line in found if 'redis-server' not in line]


def left(field):
    try:
        wait_for(lambda: not processes(field), 'nobody', 40)
        forever = [key for key in field.redis.keys() if int(field.redis.ask('TTL', key)) == -1]
        if forever:
            return f'keys that stay: {forever}'
        wait_for(lambda: not field.redis.keys(), 'an empty Redis', 40)
    except AssertionError:
        return f'{processes(field)} {field.redis.keys()}'
    return ''


def once(seed, library, talk=False):
    chance = random.Random(seed)
    fault, instant = chance.choice(list(FAULTS)), chance.choice(INSTANTS)
    with tempfile.NamedTemporaryFile() as clock:
        clock.write(bytes(8))
        clock.flush()
        env = {'LD_PRELOAD': str(library), 'STEP_FILE': clock.name}
        with Field(limit=20, slow=chance.choice((0.1, 0.6)), redis_env=env) as field:
            field.session += f'-{seed}'
            field.clock = mmap.mmap(clock.fileno(), 8)
            field.scenario(load=LOAD)
            for _ in range(AGENTS):
                field.agent()
            field.start('--agents-wait=10s')
            rush = Rush(field, chance)
            done = carry_out(rush, fault, instant)
            try:
                field.run.wait(timeout=120)
            finally:
                rush.on = False
                field.run.kill()
            code, result = field.run.returncode, field.result()
            line = {'seed': seed, 'fault': fault, 'instant': instant, 'done': bool(done), 'code': code,
                    'false_pass': code == 0 and (not whole(field) or bool(rush.blind)),
                    'not_agreed': not_agreed(rush, fault), 'left': left(field),
                    'why': (result or {}).get('invalid', '')[:160]}
            if talk:
                print(field.said(), *(f'--- {agent.log.name}\n{agent.said()}' for agent in field.agents), sep='\n')
    return line


def attempt(seed, library):
    """A run that does not end is one that leaves something."""
    try:
        return once(seed, library)
    except Exception as trouble:  # noqa: BLE001 whatever it is, it is counted
        return {'seed': seed, 'fault': 'any', 'instant': '', 'done': True, 'code': None, 'false_pass': False, 'not_agreed': 0,
                'left': f'{type(trouble).__name__}: {trouble}'[:400], 'why': ''}


def counted(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def tell(lines):
    table = collections.defaultdict(collections.Counter)
    for line in lines:
        row = table[line['fault']]
        row['runs'] += 1
        row['in time'] += line['done']
        row['pass' if line['code'] == 0 else 'unknown' if line['code'] == 2 else 'ended'] += 1
        row['false pass'] += line['false_pass']
        row['not agreed'] += bool(line['not_agreed'])
        row['left'] += bool(line['left'])
    columns = ('runs', 'in time', 'pass', 'unknown', 'ended', 'false pass', 'not agreed', 'left')
    print(f"{'':22}" + ''.join(f'{name:>12}' for name in columns))
    for fault, row in sorted(table.items()):
        print(f'{fault:22}' + ''.join(f'{row[name]:12}' for name in columns))
    print(f"{'all':22}" + ''.join(f'{sum(row[name] for row in table.values()):12}' for name in columns))
    return sum(line['false_pass'] or bool(line['not_agreed']) or bool(line['left']) for line in lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--runs', type=int, default=200)
    parser.add_argument('--beside', type=int, default=6)
    parser.add_argument('--results', type=pathlib.Path, default=RESULTS)
    parser.add_argument('--seed', type=int)
    parser.add_argument('--tell', action='store_true')
    options = parser.parse_args()
    lines = counted(options.results)
    with tempfile.TemporaryDirectory() as directory:
        library = pathlib.Path(directory) / 'step.so'
        pathlib.Path(directory).chmod(0o755)
        subprocess.run(['cc', '-shared', '-fPIC', '-O2', '-o', library, HERE / 'step.c'], check=True)
        if options.seed is not None:
            print(json.dumps(once(options.seed, library, talk=True)))
            return
        seeds = sorted(set(range(0 if options.tell else options.runs)) - {line['seed'] for line in lines})
        with concurrent.futures.ThreadPoolExecutor(options.beside) as pool, open(options.results, 'a') as file:
            for future in concurrent.futures.as_completed([pool.submit(attempt, seed, library) for seed in seeds]):
                line = future.result()
                lines.append(line)
                print(json.dumps(line), file=file, flush=True)
                if line['false_pass'] or line['not_agreed'] or line['left']:
                    print(json.dumps(line), flush=True)
    sys.exit(tell(lines) > 0)


if __name__ == '__main__':
    main()
