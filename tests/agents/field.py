"""What the tests of agents stand on: a Redis for them, a shop that counts, agents and a coordinator as processes."""
import bisect
import collections
import csv
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'lib'))
import runner  # noqa: E402

PATIENCE = 120
CASES, SHORT = [], []  # of all files that have some


def case(function):
    CASES.append(function)
    return function


def short(function):
    SHORT.append(function)
    return function


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=PATIENCE):
    """Until it holds; its value."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f'not within {seconds} s: {what}')


def wall():
    """From the monotonic clock to the wall clock, in ns: who is held up between the two readings makes it smaller."""
    return max(time.time_ns() - time.monotonic_ns() for _ in range(1000))


class Redis:
    """A private one, that can be stopped for a while, and started anew as another."""

    def __init__(self, directory, *options, env=None, bind='127.0.0.1'):
        self.directory, self.port = directory, free_port()
        self.options, self.env = ('--bind', bind, *options), {**os.environ, **(env or {})}
        self.url = f'redis://127.0.0.1:{self.port}'
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ['redis-server', '--port', str(self.port), '--save', '', '--appendonly', 'no', '--dir', str(self.directory),
             *self.options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.env)
        wait_for(self.answers, 'a Redis that answers')

    def answers(self):
        try:
            return self.ask('PING') == 'PONG'
        except (OSError, AssertionError):
            return False

    def ask(self, *words, port=None):
        """A word or list of words back; errors are texts with a minus."""
        with socket.create_connection(('127.0.0.1', port or self.port), timeout=5) as link:
            data = b''.join(b'$%d\r\n%s\r\n' % (len(word.encode()), word.encode()) for word in words)
            link.sendall(b'*%d\r\n' % len(words) + data)
            return self.read(link.makefile('rb'))

    def read(self, file):
        line = file.readline()
        kind, rest = line[:1], line[1:].strip()
        if kind == b'*':
            return [self.read(file) for _ in range(max(int(rest), 0))]
        if kind == b'$':
            return None if int(rest) < 0 else file.read(int(rest) + 2)[:-2].decode(errors='replace')
        return (b'-' + rest if kind == b'-' else rest).decode()

    def keys(self):
        return sorted(self.ask('KEYS', '*'))

    def pause(self, seconds):
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)  # this is the fault
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()


class Shop:
    """First come, first served, a hundred of them, by a lock; or by none. It keeps who asked."""

    def __init__(self, limit=20, slow=0.0):
        self.limit, self.slow = limit, slow
        self.lock, self.asked, self.sold, self.tokens, self.seen = threading.Lock(), [], [], set(), {}
        self.whence, self.came = collections.Counter(), 0
        shop = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def answer(self, status, body):
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header('Content-Length', str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self):
                with shop.lock:
                    self.answer(200, [{'user_id': user, 'id': i + 1} for i, user in enumerate(shop.sold)])

            def do_POST(self):
                came = time.monotonic_ns()
                user = int(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)['userId'][0])
                with shop.lock:
                    shop.came += 1
                time.sleep(shop.slow)
                with shop.lock:
                    shop.asked.append(user)
                    shop.seen[user] = came
                    shop.whence[self.client_address[0]] += 1
                    shop.tokens.add(self.headers.get('Authorization'))
                    yes = len(shop.sold) < shop.limit
                    if yes:
                        shop.sold.append(user)
                self.answer(202 if yes else 410, {'rank': len(shop.sold)} if yes else {})

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 1024
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass  # agents that are ended reset their connections

        self.server = Server(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_port}'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


SCENARIO = '''name: agents
limit: {limit}
stack: {{redis: none, postgres: none, kafka: none}}
request: {{method: POST, url: "{url}/apply?userId={{{{user}}}}"{more}}}
responses: {{accepted: {{status: 202}}, rejected: {{status: 410}}}}
load: {load}
evidence: {{coupons: {{query: ., url: "{url}/rows"}}}}
drain: {{timeout: 3s}}
'''
BURST = '[burst: {requests: 120, require: {spread: 10s, in_flight: -1}}]'


class Agent:
    def __init__(self, field, name, *options, env=None, inside=()):
        self.log = field.path / f'{name}.log'
        place = {key: value for key, value in os.environ.items() if not key.startswith(('SLURM_', 'PMI_', 'OMPI_'))}
        self.process = subprocess.Popen(
            [*inside, runner.BIN / 'rushproof', 'agent', f'--redis={field.redis.url}', f'--session={field.session}', '--wait=20s', *options],
            env={**place, **(env or {})}, cwd=field.path, stdin=subprocess.DEVNULL, stdout=open(self.log, 'w'),
            stderr=subprocess.STDOUT)

    def said(self):
        return self.log.read_text(errors='replace')

    def says(self, word):
        return wait_for(lambda: word in self.said(), f'an agent that says {word}: {self.said()}')

    def end(self, seconds=PATIENCE):
        return self.process.wait(timeout=seconds)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Field:
    """A directory, a Redis, a shop, and whoever was started; nothing of it stays."""

    count = 0

    def __init__(self, limit=20, slow=0.0, redis=(), redis_env=None, redis_bind='127.0.0.1'):
        Field.count += 1
        self.path = pathlib.Path(tempfile.mkdtemp(prefix='rushproof-agents.'))
        self.redis = Redis(self.path, *redis, env=redis_env, bind=redis_bind)
        self.shop = Shop(limit, slow)
        self.session = f'test-{os.getpid()}-{Field.count}'
        self.agents = []
        self.scenario()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for agent in self.agents:
            if agent.process.poll() is None:
                agent.process.send_signal(signal.SIGCONT)
                agent.kill()
        self.shop.close()
        self.redis.stop()
        shutil.rmtree(self.path, ignore_errors=True)

    def scenario(self, load=BURST, more=''):
        text = SCENARIO.format(limit=self.shop.limit, url=self.shop.url, load=load, more=more)
        (self.path / 'agents.yaml').write_text(text)

    def agent(self, *options, env=None, inside=()):
        self.agents.append(Agent(self, f'agent{len(self.agents)}', *options, env=env, inside=inside))
        return self.agents[-1]

    def start(self, *options, agents=4, scenario='agents.yaml', env=None):
        (self.path / 'tmp').mkdir(exist_ok=True)
        run = subprocess.Popen(
            [runner.BIN / 'rushproof', 'run', str(scenario), f'--output={self.path}/reports', f'--agents={agents}',
             f'--redis={self.redis.url}', f'--session={self.session}', *options],
            cwd=self.path, stdin=subprocess.DEVNULL, stdout=open(self.path / 'out', 'w'),
            env={**os.environ, 'TMPDIR': str(self.path / 'tmp'), **(env or {})}, stderr=open(self.path / 'err', 'w'))
        self.run = run
        return run

    def said(self):
        return (self.path / 'out').read_text() + (self.path / 'err').read_text()

    def result(self):
        found = sorted(self.path.glob('reports/agents/*/result.json')) or sorted(self.path.glob('reports/*/*/result.json'))
        found = [path for path in found if path.parent.parent.name != 'latest']
        self.dir = found[-1].parent if found else None
        return json.loads(found[-1].read_text()) if found else {}

    def finish(self, expected, word=''):
        """Ends with that code, having said that; result.json. Nothing of it stays in the Redis."""
        code = self.run.wait(timeout=PATIENCE)
        story = self.said() + ''.join(f'\n--- {agent.log.name}: {agent.said()}' for agent in self.agents)
        assert code == expected, f'exit {code}, not {expected}\n{story}'
        assert word in self.said(), f'it never said {word}\n{story}'
        return self.result()

    def nothing_left(self, seconds=45):
        wait_for(lambda: all(agent.process.poll() is not None for agent in self.agents),
                 'agents that leave', 40)
        wait_for(lambda: not self.redis.keys(), f'an empty Redis: {self.redis.keys()}', seconds)


def read_history(field, result):
    """Of each request: its user, when it was released and done on the coordinator's clock, and how far these may be off."""
    origin, bounds = result['origin_ns'], {str(agent['agent']): agent['bound_ns'] for agent in result['agents']}
    with open(field.dir / 'history.csv') as file:
        return [(int(row['user']), int(row['released_ns']) + origin, int(row['done_ns']) + origin, bounds[row['agent']])
                for row in csv.DictReader(file)]


def orders_by(rows, seen):
    """How many pairs of requests the bounds prove to have come in an order, and those that came in the other one."""
    by_release = sorted((released - bound, user) for user, released, _, bound in rows)
    proven, wrong = 0, []
    for user, _, done, bound in rows:
        first = bisect.bisect_right(by_release, (done + bound, 1 << 62))
        proven += len(by_release) - first
        wrong += [(user, other) for _, other in by_release[first:] if seen[other] < seen[user]]
    return proven, wrong
