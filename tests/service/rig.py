"""Private servers and programs for the tests of service/: everything is started here, listens on loopback
or unix sockets in a directory of its own, and is gone at the end.

Kafka is the embedded broker.
"""
import http.client
import itertools
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import psycopg2

POSTGRES_BIN = "/usr/lib/postgresql/15/bin"


def wait_until(what, condition, timeout=15.0, step=0.005):
    """Returns the condition's first true value; AssertionError after the timeout."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"not within {timeout} s: {what}"
        time.sleep(step)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """A child process whose output goes to a file."""

    def __init__(self, argv, log, env=None, user=None):
        self.argv, self.log = argv, log
        out = open(log, "ab")
        self.mark = out.tell()
        self.child = subprocess.Popen(argv, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                      env={**os.environ, **(env or {})}, user=user,
                                      start_new_session=True)
        out.close()

    def output(self):
        with open(self.log, "rb") as file:
            file.seek(self.mark)
            return file.read().decode(errors="replace")

    def wait_for(self, text, timeout=20.0):
        def seen():
            assert self.child.poll() is None or text in self.output(), \
                f"{self.argv[0]} ended with {self.child.returncode}:\n{self.output()}"
            return text in self.output()
        wait_until(f"'{text}' from {self.argv[0]}", seen, timeout)

    def send(self, number):
        self.child.send_signal(number)

    def halt(self):
        """Stops it; returns when every thread has stopped, which a busy machine may take a while for."""
        def halted():
            states = [path.read_text().rpartition(")")[2].split()[0]
                      for path in pathlib.Path(f"/proc/{self.child.pid}/task").glob("*/stat")]
            return all(state == "T" for state in states)
        self.send(signal.SIGSTOP)
        wait_until(f"{self.argv[0]} to stop", halted)

    def stop(self, number=signal.SIGTERM, timeout=30.0):
        """Returns the exit code."""
        if self.child.poll() is None:
            self.child.send_signal(number)
        try:
            return self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError(f"{self.argv[0]} did not end within {timeout} s:\n{self.output()}")

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()


class Redis:
    def __init__(self, directory, durable=False):
        self.directory, self.durable = directory, durable
        os.makedirs(directory, exist_ok=True)
        self.path = f"{directory}/redis.sock"
        self.url = f"unix://{self.path}"
        self.start()

    def start(self):
        keep = ["--appendonly", "yes", "--appendfsync", "always"] if self.durable else \
               ["--appendonly", "no"]
        self.program = Program(["redis-server", "--port", "0", "--unixsocket", self.path, "--dir",
                                self.directory, "--save", "", "--daemonize", "no", *keep],
                               f"{self.directory}/redis.log")
        wait_until("redis", lambda: self.try_ask("PING") == "PONG")

    def try_ask(self, *words):
        try:
            return self.ask(*words)
        except (OSError, AssertionError):
            return None

    def ask(self, *words):
        """One command; integers, texts, None and lists come back."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            link.connect(self.path)
            link.sendall(f"*{len(words)}\r\n".encode() + b"".join(
                f"${len(str(w))}\r\n{w}\r\n".encode() for w in words))
            return self.read(link.makefile("rb"))

    def read(self, file):
        line = file.readline()
        assert line.endswith(b"\r\n"), "redis has gone"
        kind, rest = line[:1], line[1:-2].decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == "-1" else file.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self.read(file) for _ in range(int(rest))]
        assert kind == b"+", rest
        return rest


class Postgres:
    """A database: in a cluster of its own, or a fresh one in the cluster that RIG_POSTGRES names, because
    initdb takes its time. Only the first can be stopped."""

    def __init__(self, directory, own):
        shared = os.environ.get("RIG_POSTGRES")
        self.program = None
        if shared and not own:
            self.url = shared
            name = f"t{os.getpid()}_{time.monotonic_ns()}"
            self.rows(f"CREATE DATABASE {name}")
            self.url = shared.replace("/postgres?", f"/{name}?")
            return
        self.root = directory
        os.makedirs(directory, exist_ok=True)
        self.user = "postgres" if os.geteuid() == 0 else None
        name = self.user or pwd.getpwuid(os.geteuid()).pw_name
        if self.user:
            shutil.chown(directory, self.user)
        self.data = f"{directory}/data"
        subprocess.run([f"{POSTGRES_BIN}/initdb", "-D", self.data, "-A", "trust", "-U", name,
                        "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C"],
                       check=True, stdout=subprocess.DEVNULL, user=self.user, cwd="/")
        self.url = f"postgresql://{name}@/postgres?host={directory}"
        self.start()

    def start(self):
        self.program = Program(
            [f"{POSTGRES_BIN}/postgres", "-D", self.data, "-k", self.root, "-c",
             "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200",
             # In its own directory: a crash leaves nothing in /dev/shm.
             "-c", "dynamic_shared_memory_type=mmap"],
            f"{self.root}.log", user=self.user)
        wait_until("postgres", self.answers)

    def answers(self):
        try:
            return self.rows("SELECT 1") == [(1,)]
        except psycopg2.Error:
            return False

    def stop(self):
        """Immediately, as a crash would."""
        self.program.stop(signal.SIGQUIT)

    def rows(self, sql):
        link = psycopg2.connect(self.url)
        try:
            link.autocommit = True
            cursor = link.cursor()
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None
        finally:
            link.close()

    def value(self, sql):
        return self.rows(sql)[0][0]


class Kafka:
    """The embedded broker; its commands go to its standard input."""

    def __init__(self, directory, brokers=1, topic="coupon_create", partitions=3):
        os.makedirs(directory, exist_ok=True)
        self.count, self.topic = brokers, topic
        with open(f"{directory}/kafka.log", "wb") as log:
            self.child = subprocess.Popen(
                [f"{BIN}/embedded-broker", f"--brokers={brokers}", f"--topic={topic}:{partitions}"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True)
        word, self.brokers = self.child.stdout.readline().decode().split()
        assert word == "bootstrap"

    def command(self, text):
        self.child.stdin.write(f"{text}\n".encode())
        self.child.stdin.flush()
        answer = self.child.stdout.readline().decode().strip()
        assert answer == "ok", answer

    def down(self):
        for broker in range(1, self.count + 1):
            self.command(f"down {broker}")

    def up(self):
        for broker in range(1, self.count + 1):
            self.command(f"up {broker}")

    def close(self):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()

    def send(self, values, partition=None):
        """Raw values, each 8 bytes when given as a number."""
        lines = SEPARATOR.join(v if isinstance(v, bytes) else v.to_bytes(8, "big", signed=True)
                               for v in values)
        where = ["-p", str(partition)] if partition is not None else []
        subprocess.run(["kcat", "-q", "-b", self.brokers, "-t", self.topic, "-P", *where, "-D",
                        SEPARATOR.decode()], input=lines, check=True, stdout=subprocess.DEVNULL)

    def stream(self, step=10, pause=0.004):
        """Sends ascending numbers all the time; the returned function ends that and returns how many there were."""
        kcat = subprocess.Popen(["kcat", "-q", "-b", self.brokers, "-t", self.topic, "-P", "-D", SEPARATOR.decode(),
                                 "-X", "linger.ms=1"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        over, sent = threading.Event(), []

        def send():
            for first in itertools.count(step=step):
                sent.append(first + step)
                for number in range(first, first + step):
                    kcat.stdin.write(number.to_bytes(8, "big", signed=True) + SEPARATOR)
                kcat.stdin.flush()
                if over.wait(pause):
                    return

        def end():
            over.set()
            thread.join()
            kcat.stdin.close()
            assert kcat.wait(30) == 0
            return sent[-1]
        thread = threading.Thread(target=send)
        thread.start()
        return end

    def send_null(self, partition):
        """A record without a value, as a tombstone is."""
        subprocess.run(["kcat", "-q", "-b", self.brokers, "-t", self.topic, "-P", "-Z", "-p", str(partition), "-K", ":"],
                       input=b"key:", check=True, stdout=subprocess.DEVNULL)

    def records(self):
        """Every record: (partition, offset, key length, value), as kcat reads them."""
        done = subprocess.run(
            ["kcat", "-q", "-u", "-b", self.brokers, "-t", self.topic, "-C", "-e", "-o", "beginning",
             "-f", f"%p %o %K %S %s{SEPARATOR.decode()}"], capture_output=True, check=True)
        found = []
        for line in done.stdout.split(SEPARATOR)[:-1]:
            partition, offset, key, size, value = line.split(b" ", 4)
            assert len(value) == max(int(size), 0)
            found.append((int(partition), int(offset), int(key), value))
        return found

    def users(self):
        return [int.from_bytes(value, "big", signed=True) for _, _, _, value in self.records()]


SEPARATOR = b"=====separator====="


class Rig:
    """A directory with the servers that a test asks for. Use it in a with statement."""

    def __init__(self, redis=False, postgres=False, kafka=False, durable=False, **kafka_options):
        self.directory = tempfile.mkdtemp(prefix="rushproof-service-")
        os.chmod(self.directory, 0o755)
        self.programs, self.redis, self.postgres, self.kafka = [], None, None, None
        self.env = {}
        try:
            if redis:
                self.redis = Redis(f"{self.directory}/redis", durable)
                self.env["REDIS_URL"] = self.redis.url
            if postgres:
                self.postgres = Postgres(f"{self.directory}/postgres", postgres == "own")
                self.env["DATABASE_URL"] = self.postgres.url
            if kafka:
                self.kafka = Kafka(f"{self.directory}/kafka", **kafka_options)
                self.env["KAFKA_BROKERS"] = self.kafka.brokers
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            for program in self.programs:
                print(f"--- {' '.join(program.argv)}\n{program.output()[-3000:]}")
        self.close()

    def close(self):
        for program in self.programs:
            program.kill()
        for server in (self.redis, self.postgres):
            if server and server.program:
                server.program.kill()
        if self.kafka:
            self.kafka.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self, name, *options, env=None, log=None):
        """A program from the build's bin directory."""
        argv = [f"{BIN}/{name}", *options]
        program = Program(argv, f"{self.directory}/{log or name}-{len(self.programs)}.log",
                          env={**self.env, **(env or {})})
        self.programs.append(program)
        return program

    def apply(self, *options, ready=True, env=None):
        service = Service(self.start("apply-service", "--listen=127.0.0.1:0", *options, env=env))
        if ready:
            wait_until("readiness", lambda: service.get("/readyz").status == 200)
        return service

    def consumer(self, *options, ready=True, env=None):
        program = self.start("coupon-consumer", *options, env=env)
        if ready:
            program.wait_for("assigned coupon_create[")
        return program


BIN = os.environ.get("RUSHPROOF_BIN", f"{os.path.dirname(__file__)}/../../build/dev/bin")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    def json(self):
        return json.loads(self.text)


class Service:
    """A running apply-service."""

    def __init__(self, program):
        self.program = program
        program.wait_for("listening on http://127.0.0.1:")
        self.port = int(program.output().split("listening on http://127.0.0.1:")[1].split()[0])

    def ask(self, method, path, body=None, headers=None, timeout=30):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            link.request(method, path, body, headers or {})
            return Answer(link.getresponse())
        finally:
            link.close()

    def get(self, path):
        return self.ask("GET", path)

    def apply(self, user):
        return self.ask("POST", f"/apply?userId={user}")

    def metric(self, sample):
        """The value of a sample line, such as 'apply_requests_total{result="accepted"}'."""
        for line in self.get("/metrics").text.splitlines():
            if line.startswith(sample + " "):
                return float(line.rsplit(" ", 1)[1])
        raise AssertionError(f"no sample {sample}")
