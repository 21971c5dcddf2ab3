#!/usr/bin/env python3
"""What rushproof-proxy costs, beside PgBouncer (session pooling), nutcracker (twemproxy) and bench-relay, which only moves
bytes and so is the bound of all who give each client a connection of its own; and what a run pays for it.

    tests/bench/proxy/run.py [--rounds=N] [--seconds=N] [--runs=N] [--results=FILE] [--only=WORD]

Figures are taken in turns, one after the other and in changing order, so that what else the machine does strikes all
alike; medians of the ratios within a turn are what is promised. Processor time has least of the machine's load in it: that
of the program between, and that of Redis behind it. nutcracker puts the requests of all clients on one connection, which
spares Redis two thirds of its work and is what the proxy cannot do: a client's transaction, database and name belong to its
connection. nutcracker-50 is nutcracker with as many connections to Redis as there are clients.

A short form is the default; --full takes 21 turns of 2 s and 100 pairs of runs, about 25 minutes. --results keeps each turn
in a file as it is measured, and goes on where an earlier call was stopped. Postgres refuses root: as root,
`tests/lib/as.py user tests/bench/proxy/run.py`. Needs pgbouncer and nutcracker (.ci/install bench), and RUSHPROOF_BIN."""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "lib"))
from behind import BIN, Servers, ask  # noqa: E402

DOOR = ".s.PGSQL.5432"
MANY = "nutcracker-50"  # with as many connections to Redis as there are clients, as the proxy has them
CLOSED = "load=[{closed: {connections: 50, requests: 20000}}]"


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--results", default="")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    options.rounds = options.rounds or (21 if options.full else 5)
    options.seconds = options.seconds or (2 if options.full else 1)
    options.runs = options.runs or (100 if options.full else 3)
    return options


def find(name):
    return shutil.which(name) or f"/usr/sbin/{name}"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def cpu_ns(pid):
    """Processor time that its first thread has used."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0])


def start(told, *command, **how):
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)
    end = time.monotonic() + 30
    while not os.path.exists(told):
        if time.monotonic() > end or child.poll() is not None:
            raise SystemExit(f"{command[0]} does not listen at {told}")
        time.sleep(0.05)
    return child


class World:
    """A Postgres and a Redis, and by the same unix sockets elsewhere the proxy and its rivals in front of them."""

    def __init__(self, top):
        self.between = {}  # programs by name
        for name in ("proxy", "pgbouncer", "nutcracker", MANY, "relay"):
            os.mkdir(f"{top}/{name}")
        self.servers = Servers(top, with_mysql=False)
        try:
            self.start(top)
        except BaseException:
            self.stop()
            raise

    def start(self, top):
        ask("pgbench", "-h", top, "-U", "shop", "-i", "-q", "postgres")
        self.between["proxy"] = start(f"{top}/proxy/redis", BIN / "rushproof-proxy", "--listen",
                           f"pg,postgres,{top}/proxy/{DOOR},{top}/{DOOR}", "--listen",
                           f"redis,resp,{top}/proxy/redis,{self.servers.redis}", stdin=subprocess.PIPE)
        pathlib.Path(top, "bouncer.ini").write_text(
            f"[databases]\n* = host={top} port=5432 user=shop\n[pgbouncer]\nlisten_addr=\nlisten_port=5432\n"
            f"unix_socket_dir={top}/pgbouncer\nauth_type=any\npool_mode=session\nmax_client_conn=200\n"
            "default_pool_size=100\n", encoding="utf-8")
        self.between["PgBouncer"] = start(f"{top}/pgbouncer/{DOOR}", find("pgbouncer"), "-q", f"{top}/bouncer.ini")
        for name, connections in (("nutcracker", 1), (MANY, 50)):
            place = f"{top}/{name}"
            pathlib.Path(f"{place}.yml").write_text(
                f"pool:\n  listen: {place}/redis 0666\n  redis: true\n  hash: fnv1a_64\n  distribution: ketama\n"
                f"  server_connections: {connections}\n  servers:\n   - {self.servers.redis}:1 redis\n", encoding="utf-8")
            self.between[name] = start(
                f"{place}/redis", find("nutcracker"), "-c", f"{place}.yml", "-o", f"{place}.log", "-a", "127.0.0.1", "-s",
                str(free_port()), "-p", f"{place}.pid")
        for name, place, upstream in (("relay", "redis", self.servers.redis), ("relay pg", DOOR, f"{top}/{DOOR}")):
            self.between[name] = start(f"{top}/relay/{place}", BIN / "bench-relay", f"{top}/relay/{place}", upstream)
        self.postgres = {"direct": top, "proxy": f"{top}/proxy", "PgBouncer": f"{top}/pgbouncer", "relay": f"{top}/relay"}
        self.redis = {"direct": self.servers.redis}
        self.redis.update((name, f"{top}/{name}/redis") for name in ("proxy", "nutcracker", MANY, "relay"))

    def stop(self):
        for child in self.between.values():
            child.terminate()
            child.wait()
        self.servers.stop()


def pgbench(place, options, clients):
    """(transactions a second, microseconds a transaction) of all seconds but the first: in it the backends of a new
    connection fill their caches, those that PgBouncer keeps have done so."""
    out = subprocess.run(["pgbench", "-h", place, "-U", "shop", "-S", "-n", "-c", str(clients), "-j", str(min(clients, 2)),
                          "-P", "1", "-T", str(options.seconds + 1), "postgres"],
                         capture_output=True, text=True, check=True).stderr
    seconds = re.findall(r"progress: .*? ([0-9.]+) tps, lat ([0-9.]+) ms", out)[1:]
    return statistics.mean(float(tps) for tps, _ in seconds), 1000 * statistics.mean(float(lat) for _, lat in seconds)


def redis_benchmark(place, options, clients, pipeline=1):
    """(requests a second, median in microseconds)"""
    count = options.seconds * pipeline * (20000 if clients > 1 else 5000)
    out = subprocess.run(["redis-benchmark", "-s", place, "-t", "get", "-c", str(clients), "-n", str(count), "-P",
                          str(pipeline), "--csv"], capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    words = [word.strip('"') for word in out.split(",")]
    return float(words[1]), 1000 * float(words[4])


def run_kafka(top, *more):
    """The result of a run; a burst that was none is run again, as its figures are of the machine."""
    done = subprocess.run([BIN / "rushproof", "run", "kafka", "--json", "--output", f"{top}/reports", "--retry-invalid=3",
                           *more], capture_output=True, text=True, timeout=600, check=False)
    shutil.rmtree(f"{top}/reports", ignore_errors=True)
    return json.loads(done.stdout)


class Figures:
    """Each is a list of pairs or triples, kept in a file as they come."""

    def __init__(self, path):
        self.path, self.seen = path, {}
        if path and os.path.exists(path):
            self.seen = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))

    def take(self, name, rounds, places, measure):
        rows = self.seen.setdefault(name, [])
        while len(rows) < rounds:
            names = list(places)
            turn = len(rows) % len(names)
            row = {each: measure(places[each]) for each in names[turn:] + names[:turn]}
            rows.append(row)
            if self.path:
                pathlib.Path(self.path).write_text(json.dumps(self.seen), encoding="utf-8")
        return rows


GOOD = []


def tell(name, rows, promises):
    """Medians, and for each of promises (what, ratio of a row, bound, whether at least) the median of the rows' ratios."""
    shown = ", ".join(f"{each} {statistics.median(row[each] for row in rows):.0f}" for each in rows[0])
    print(f"# {name}: {shown} (medians of {len(rows)})")
    for what, ratio, bound, least in promises:
        middle = statistics.median(ratio(row) for row in rows)
        good = middle >= bound if least else middle <= bound
        GOOD.append(good)
        print(f"{'ok' if good else 'not ok'} - {name}, {what}: {middle:.2f}, promised at {'least' if least else 'most'} "
              f"{bound:.2f}", flush=True)


def beside(other, bound, least):
    return f"proxy / {other}", lambda row: row["proxy"] / row[other], bound, least


def added(other, bound):
    """What the proxy adds to a round trip, over what the other does; both may be hidden in noise."""
    return (f"added by proxy / by {other}",
            lambda row: (row["proxy"] - row["direct"]) / max(row[other] - row["direct"], 1), bound, False)


def through(world, options, figures):
    rows = (
        ("pgbench -S, 16 clients, transactions/s", world.postgres, lambda p: pgbench(p, options, 16)[0],
         (beside("PgBouncer", 1, True), beside("relay", 0.9, True))),
        ("pgbench -S, 1 client, us", world.postgres, lambda p: pgbench(p, options, 1)[1], (added("PgBouncer", 1.2),)),
        ("redis-benchmark get, 50 clients, requests/s", world.redis, lambda p: redis_benchmark(p, options, 50)[0],
         (beside("nutcracker", 1, True), beside(MANY, 1, True), beside("relay", 0.9, True))),
        ("redis-benchmark get, 50 clients, 16 at once, requests/s", world.redis,
         lambda p: redis_benchmark(p, options, 50, 16)[0], (beside("nutcracker", 1, True), beside(MANY, 1, True))),
        ("redis-benchmark get, 1 client, us", world.redis, lambda p: redis_benchmark(p, options, 1)[1],
         (added("nutcracker", 1.2),)),
    )
    for name, places, measure, promises in rows:
        if options.only in name:
            tell(name, figures.take(name, options.rounds, places, measure), promises)


def processor_time(world, options, figures):
    """Of a transaction and of a request: one thread carries all, so that this is what bounds the throughput where there
    are cores enough. The backends of Postgres come and go, what they use is not seen."""
    redis = world.servers.children[0].pid

    def of_postgres(name):
        child = world.between["relay pg" if name == "relay" else name]
        before = cpu_ns(child.pid)
        ask("pgbench", "-h", world.postgres[name], "-U", "shop", "-S", "-n", "-c", "16", "-j", "2", "-t", "1000", "postgres")
        return (cpu_ns(child.pid) - before) / 16000

    def of_redis(name):
        pids = (world.between[name].pid, redis)
        before = [cpu_ns(pid) for pid in pids]
        redis_benchmark(world.redis[name], argparse.Namespace(seconds=1), 50)
        return [(cpu_ns(pid) - since) / 20000 for pid, since in zip(pids, before)]

    name, three = "processor time of a transaction, ns", ("proxy", "PgBouncer", "relay")
    if options.only in name:
        tell(name, figures.take(name, options.rounds, dict(zip(three, three)), of_postgres), (beside("PgBouncer", 1, False),))
    name, four = "processor time of a request, ns", ("proxy", "nutcracker", MANY, "relay")
    if options.only in name:
        rows = figures.take(name, options.rounds, dict(zip(four, four)), of_redis)
        tell(name, [{each: row[each][0] for each in row} for row in rows],
             (beside("nutcracker", 1, False), beside(MANY, 1, False), beside("relay", 1.2, False)))
        tell("processor time of Redis behind it, ns", [{each: row[each][1] for each in row} for row in rows], ())


def of_runs(top, options, figures):
    """What a run of apply-service pays: requests a second past the limit, and how tight the burst is."""
    modes = {"direct": "off", "proxy": "observe"}

    def speed(mode):
        load = run_kafka(top, f"--between={mode}", "--set", CLOSED)["load"]
        return 1e6 * load["sent"] / load["elapsed_us"]

    def spread(mode):
        return max(run_kafka(top, f"--between={mode}", "--set=load.0.burst.gate=last-byte")["load"]["spread_us"], 1)

    name = "apply-service kafka, requests/s"
    if options.only in name:
        tell(name, figures.take(name, options.runs, modes, speed), (beside("direct", 0.9, True),))
    name = "apply-service kafka, spread of the burst in us"
    if options.only in name:
        tell(name, figures.take(name, options.runs, modes, spread), (beside("direct", 1.2, False),))


def main():
    options = arguments()
    figures = Figures(options.results)
    print(f"# load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    with tempfile.TemporaryDirectory(prefix="rp-bench-", dir="/tmp", ignore_cleanup_errors=True) as top:
        world = World(top)
        with contextlib.closing(contextlib.ExitStack()) as last:
            last.callback(world.stop)
            processor_time(world, options, figures)
            through(world, options, figures)
        of_runs(top, options, figures)
    print(f"# load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    raise SystemExit(0 if all(GOOD) else 1)


if __name__ == "__main__":
    main()
