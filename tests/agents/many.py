#!/usr/bin/python3
"""How much agents on one machine can do: connections held at once, and requests judged.

    many.py [--connections=N] [--agents=8] [--targets=4] [--sources=8]
                    one burst, each request on a connection of its own: all open before the first is let go, all accounted for
    many.py --requests=N [--agents=4]
                    a closed phase of so many requests: how long the judging takes from the last chunk on, and how much
                    memory a request has

As an ordinary user 15,000 connections fit into 20,000 descriptors a process, and so do 100,000 on eight agents and eight
targets: many.py --connections=100000 --targets=8."""
import argparse
import csv
import datetime
import re
import resource
import threading
import time

from field import Field, wait_for

TARGET = '''  - name: shop{i}
    run: [apply-service, --strategy=redis, "--limit=${{limit}}", "--listen=127.0.0.1:${{shop{i}.port}}", --idle-timeout=900s,
          --request-timeout=900s, --threads=1, --redis-timeout=300s, --database-timeout=300s, --pool-queue=1000000]
    ready: {{http: /readyz, timeout: 60s}}
'''
SCENARIO = '''name: many
limit: 100
stack: {{kafka: none}}
processes:
{targets}request:
  method: POST
  url: [{urls}]
  source_addresses: [127.0.0.2-127.0.0.{last}]
  timeout: 300s
responses: {{accepted: {{status: 202, rank: /rank}}, rejected: {{status: 410}}}}
load: [{load}]
evidence:
  coupons: {{postgres: "SELECT user_id, id FROM coupon ORDER BY id"}}
  counter: {{redis: coupon_count, counts: requests}}
drain: {{quiet: 500ms, timeout: 30s}}
'''
HALF_AN_HOUR = 1800


def write(field, options, load):
    names = range(1, options.targets + 1)
    (field.path / 'agents.yaml').write_text(SCENARIO.format(
        targets=''.join(TARGET.format(i=i) for i in names), load=load, last=options.sources + 1,
        urls=', '.join(f'"${{shop{i}}}/apply?userId={{{{user}}}}"' for i in names)))


class Watch(threading.Thread):
    """What a process had at the most, and the machine meanwhile."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.resident, self.sockets, self.on = pid, 0, 0, True
        self.start()

    def run(self):
        while self.on:
            try:
                found = re.search(r'VmHWM:\s+(\d+) kB', open(f'/proc/{self.pid}/status').read())
                self.resident = max(self.resident, int(found[1]) * 1024 if found else 0)
            except OSError:
                return
            self.sockets = max(self.sockets, int(re.search(r'TCP: inuse (\d+)', open('/proc/net/sockstat').read())[1]))
            time.sleep(0.05)  # of a measurement, not of a proof


def run(field, options):
    for _ in range(options.agents):
        field.agent()
    began = time.monotonic()
    field.start(agents=options.agents)
    watch = Watch(field.run.pid)
    code = field.run.wait(timeout=HALF_AN_HOUR)
    watch.on = False
    assert code == 0, f'exit {code}\n{field.said()}' + ''.join(f'\n{agent.said()}' for agent in field.agents)
    return field.result(), watch, time.monotonic() - began


def account(field, result, expected):
    """By result.json, by agent, and by the lines of history.csv: each user once, each with an answer."""
    load = result['load']
    assert result['verdict'] == 'pass', result['verdict']
    assert load['planned'] == load['sent'] == expected and load['skipped'] == 0, load
    assert load['accepted'] == 100 and load['accepted'] + load['rejected'] == expected, load
    assert sum(agent['requests'] for agent in result['agents']) == expected, result['agents']
    users, lines = set(), 0
    with open(field.dir / 'history.csv') as file:
        for row in csv.DictReader(file):
            users.add(row['user'])
            lines += 1
    assert lines == len(users) == expected, (lines, len(users))


def connections(field, options):
    count = options.connections
    write(field, options, f'burst: {{requests: {count}, deadline: 300s, require: {{spread: 300s, in_flight: -1}}}}')
    result, watch, took = run(field, options)
    account(field, result, count)
    phase = result['load']['phases'][0]
    assert phase['connections'] == count, phase
    assert watch.sockets >= 2 * count, f'{watch.sockets} sockets at the most'
    bounds = sorted(agent['bound_ns'] for agent in result['agents'])
    print(f"{count} connections of {options.agents} agents from {options.sources} addresses to {options.targets} targets: "
          f"all answered and accounted for, {watch.sockets} sockets at once, gate {phase['gate']}, staged in "
          f"{phase['staged_in_ns'] / 1e9:.1f} s, released within {phase['spread_us'] / 1e3:.1f} ms, clocks known to "
          f"{bounds[len(bounds) // 2] / 1e3:.0f} us (median), {took:.0f} s in all")


def judged_after(field, result):
    """From the last piece of a history that came, by the run's log, to the end of the checks."""
    log = (field.dir / 'rushproof.log').read_text()
    came, checks = (datetime.datetime.fromisoformat(re.findall(rf'^(\S+)Z \S+ {words}', log, re.MULTILINE)[-1]).timestamp()
                    for words in ('agents: all', 'phase: check'))
    check = result['phases']['check']
    return checks - came + (check['ended_ns'] - check['started_ns']) / 1e9


def requests(field, options):
    count = options.requests
    write(field, options, f'closed: {{requests: {count}, connections: {32 * options.agents}}}')
    result, watch, took = run(field, options)
    account(field, result, count)
    print(f'{count} requests of {options.agents} agents: judged {judged_after(field, result):.2f} s after the last chunk had come, '
          f'{watch.resident / count:.1f} B a request at the most (whole process, {watch.resident / 2**20:.0f} MB), '
          f'{took:.0f} s in all')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--connections', type=int, default=15000)
    parser.add_argument('--requests', type=int, default=0)
    parser.add_argument('--agents', type=int, default=8)
    parser.add_argument('--targets', type=int, default=4)
    parser.add_argument('--sources', type=int, default=8)
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Field() as field:
        (requests if options.requests else connections)(field, options)
        field.nothing_left(90)


if __name__ == '__main__':
    main()
