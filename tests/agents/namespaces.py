#!/usr/bin/python3
"""Clocks over ways that take their time: four agents, each in a network namespace of its own with clocks that are off by up to
5 s and drift by up to 200 ppm, one target that has the kernel stamp what comes.

    namespaces.py [--requests=1000] [WAY…]    near, constant, asymmetric, jittered

Needs namespaces: root, or unshare where an ordinary user may. Each release is stamped before its send, by the agent, and behind it,
by skew.so. Of each way: how many releases lie, by the kernel's stamp of the target, within [before - bound, after + bound + path]
(asked: 999 of 1000); how many orders that count as proven are false (none); the median of the bounds (asked: 100 us, and the
one-way delay more); and by how much the relay that stands for the way was longer than is said."""
import argparse
import os
import pathlib
import selectors
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from field import Field, HERE, orders_by, read_history, wall

SO_TIMESTAMPNS = 35
PATH = 100_000  # ns from behind the send to the stamp of the target's kernel: mostly none, since the send carries it there
AGENTS = ((5_000_000_000, 200), (-5_000_000_000, -200), (1_234_567, 0), (0, 100))
WAYS = {  # microseconds there, back, and up to so many more
    'near': None, 'constant': (1000, 1000, 0), 'asymmetric': (500, 2500, 0), 'jittered': (1000, 1000, 1000)}
HUB = '10.77.{}.1'


class Sink(threading.Thread):
    """Accepts everybody, answers 202 to each request, and keeps when the kernel had it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(('0.0.0.0', 0), backlog=4096)
        self.listener.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.port = self.listener.getsockname()[1]
        self.seen, self.asked = {}, []
        self.wall = wall()
        self.start()

    def run(self):
        ready = selectors.EpollSelector()
        ready.register(self.listener, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fileobj is self.listener:
                    link = self.listener.accept()[0]
                    link.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
                    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    ready.register(link, selectors.EVENT_READ)
                elif not self.take(key.fileobj):
                    ready.unregister(key.fileobj)
                    key.fileobj.close()

    def take(self, link):
        try:
            data, more, _, _ = link.recvmsg(8192, 256)
        except OSError:
            return False
        if not data:
            return False
        if data.startswith(b'GET'):
            rows = ','.join('{"user_id":%d,"id":%d}' % (user, i) for i, user in enumerate(self.asked, 1))
            body = f'[{rows}]'
            link.sendall(f'HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}'.encode())
            return True
        path = data.split(b' ', 2)[1].decode()
        user = user_of(path)
        stamp = next(struct.unpack('qq', bytes_) for level, kind, bytes_ in more if kind == SO_TIMESTAMPNS)
        self.seen[user] = stamp[0] * 1_000_000_000 + stamp[1] - self.wall
        self.asked.append(user)
        link.sendall(b'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n')
        return True


def ip(*words):
    subprocess.run(['ip', *words], check=True)


class Place:
    """A namespace with one cable to this one."""

    def __init__(self, number):
        self.number, self.hub = number, HUB.format(number)
        self.holder = subprocess.Popen(['unshare', '--net', 'sleep', 'infinity'])
        own = os.readlink('/proc/self/ns/net')
        while os.readlink(f'/proc/{self.holder.pid}/ns/net') == own:
            time.sleep(0.01)
        ip('link', 'add', f'hub{number}', 'type', 'veth', 'peer', 'name', 'out', 'netns', str(self.holder.pid))
        ip('address', 'add', f'{self.hub}/24', 'dev', f'hub{number}')
        ip('link', 'set', f'hub{number}', 'up')
        for words in (('link', 'set', 'lo', 'up'), ('address', 'add', f'10.77.{number}.2/24', 'dev', 'out'),
                      ('link', 'set', 'out', 'up'), ('route', 'add', 'default', 'via', self.hub)):
            subprocess.run([*self.inside(), 'ip', *words], check=True)

    def inside(self):
        return ['nsenter', f'--net=/proc/{self.holder.pid}/ns/net']

    def close(self):
        self.holder.kill()
        self.holder.wait()


def measure(way, places, requests, tools):
    relays = []
    with Field(limit=requests, redis=('--protected-mode', 'no'), redis_bind='0.0.0.0') as field:
        sink = Sink()
        field.shop.url = f'http://{HUB.format(1)}:{sink.port}'
        field.scenario(f'[rate: {{rate: 400, requests: {requests}}}]')
        for place, (skew, ppm) in zip(places, AGENTS):
            host, port = place.hub, field.redis.port
            if WAYS[way]:
                there, back, jitter = (str(number) for number in WAYS[way])
                host, port = '127.0.0.1', 7000
                relays.append(subprocess.Popen([*place.inside(), tools / 'delay', str(port), f'{place.hub}:{field.redis.port}',
                                                there, back, jitter], stdout=subprocess.PIPE, text=True))
            field.agent(f'--redis=redis://{host}:{port}', inside=place.inside(),
                        env={'LD_PRELOAD': str(tools / 'skew.so'), 'SKEW_NS': str(skew), 'SKEW_PPM': str(ppm),
                             'SENT_TO': str(field.path / 'sent')})
        try:
            field.start('--allow-host', HUB.format(1))
            result = field.finish(0)
        finally:
            longer = [[int(word) for word in relay.communicate()[0].split()] for relay in relays if not relay.terminate()]
        return tell(way, result, read_history(field, result), sink, sends(field), longer)


def user_of(path):
    return int(urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)['userId'][0])


def sends(field):
    """From the stamp of each user's request until just behind its send."""
    lines = (line.split() for line in (field.path / 'sent').read_text().splitlines())
    return {user_of(path): int(took) for took, path in lines}


def relayed(longer):
    return f"; relays longer by {max(half for half, _ in longer)} us, 1 in 100 by {max(most for _, most in longer)}" if longer else ''


def tell(way, result, rows, sink, took, longer):
    bounds = sorted(agent['bound_ns'] for agent in result['agents'])
    within = sum(released - bound <= sink.seen[user] <= released + took[user] + bound + PATH for user, released, _, bound in rows)
    proven, wrong = orders_by(rows, sink.seen)
    delay = sum(WAYS[way][:2]) / 2 + WAYS[way][2] if WAYS[way] else 0
    allowed = delay + 100
    median = statistics.median(bounds) / 1000
    arrived = sorted(sink.seen[user] - released for user, released, _, _ in rows)
    sent = sorted(took.values())
    good = within >= 0.999 * len(rows) and not wrong and median <= allowed
    print(f"{'ok' if good else 'not ok'} - {way}: {within} of {len(rows)} within, {len(wrong)} false of {proven} orders, bound "
          f"{median:.0f} us (median; allowed {allowed:.0f}), from {bounds[0] / 1000:.0f} to {bounds[-1] / 1000:.0f}; stamp to "
          f"stamp {arrived[0] / 1000:.0f} to {arrived[-1] / 1000:.0f} us, median {arrived[len(arrived) // 2] / 1000:.0f}; sends "
          f"{sent[len(sent) // 2] / 1000:.0f} us, at most {sent[-1] / 1000:.0f}{relayed(longer)}", flush=True)
    return good


def build(tools):
    for name, flags in (('skew', ('-shared', '-fPIC')), ('delay', ('-pthread',))):
        out = tools / (name + ('.so' if name == 'skew' else ''))
        subprocess.run(['cc', '-O2', *flags, '-o', out, HERE / f'{name}.c'], check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--requests', type=int, default=1000)
    parser.add_argument('ways', nargs='*', metavar='WAY')
    options = parser.parse_args()
    if os.environ.get('RUSHPROOF_NAMESPACE') != 'own':
        root = [] if os.geteuid() == 0 else ['--map-root-user']
        os.execvpe('unshare', ['unshare', *root, '--net', sys.executable, __file__, *sys.argv[1:]],
                   {**os.environ, 'RUSHPROOF_NAMESPACE': 'own', 'PYTHONDONTWRITEBYTECODE': '1'})
    ip('link', 'set', 'lo', 'up')
    pathlib.Path('/proc/sys/net/ipv4/ip_forward').write_text('1')
    places = [Place(number) for number in range(1, len(AGENTS) + 1)]
    try:
        with tempfile.TemporaryDirectory() as directory:
            tools = pathlib.Path(directory)
            build(tools)
            good = [measure(way, places, options.requests, tools) for way in options.ways or WAYS]
    finally:
        for place in places:
            place.close()
    sys.exit(not all(good))


if __name__ == '__main__':
    main()
