#!/usr/bin/env python3
"""What the proxy costs, beside PgBouncer (session pooling) and nutcracker (twemproxy). Figures are taken in
turns, so that what else the machine does strikes all alike; medians and ratios are printed.

    run.py --postgres=DIRECTORY --redis=SOCKET [--user=postgres] [--rounds=9] [--seconds=3]

DIRECTORY holds the socket of a Postgres with pgbench's tables (`pgbench -i`) that trusts the user, on port 5432 or
--port. Needs pgbouncer and nutcracker, and RUSHPROOF_BIN."""

import argparse
import os
import pathlib
import re
import socket
import statistics
import subprocess
import tempfile
import time

BIN = pathlib.Path(os.environ.get("RUSHPROOF_BIN", "build/release/bin")).resolve()


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--postgres", required=True)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--port", default="5432")
    parser.add_argument("--user", default="postgres")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=3)
    return parser.parse_args()


def cpu_ms(process):
    """Processor time that it has used."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def start(told, *command, **how):
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)
    end = time.monotonic() + 30
    while not os.path.exists(told):
        if time.monotonic() > end or child.poll() is not None:
            raise SystemExit(f"{command[0]} does not listen at {told}")
        time.sleep(0.05)
    return child


def servers(options, top):
    """{name: (directory of the Postgres socket, Redis socket)} and the processes that serve them."""
    for name in ("proxy", "bouncer", "cracker"):
        os.mkdir(f"{top}/{name}")
        os.chmod(f"{top}/{name}", 0o777)
    os.chmod(top, 0o755)
    door = f".s.PGSQL.{options.port}"
    proxy = start(f"{top}/proxy/redis", BIN / "rushproof-proxy",
                  "--listen", f"pg,postgres,{top}/proxy/{door},{options.postgres}/{door}",
                  "--listen", f"redis,resp,{top}/proxy/redis,{options.redis}", stdin=subprocess.PIPE)
    with open(f"{top}/bouncer.ini", "w", encoding="utf-8") as file:
        file.write(f"[databases]\n* = host={options.postgres} port={options.port} user={options.user}\n[pgbouncer]\n"
                   f"listen_addr=\nlisten_port={options.port}\nunix_socket_dir={top}/bouncer\nauth_type=any\n"
                   "pool_mode=session\nmax_client_conn=200\ndefault_pool_size=100\n")
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    bouncer = start(f"{top}/bouncer/{door}", "pgbouncer", "-q", *user, f"{top}/bouncer.ini")
    with open(f"{top}/cracker.yml", "w", encoding="utf-8") as file:
        file.write(f"pool:\n  listen: {top}/cracker/redis 0666\n  redis: true\n  hash: fnv1a_64\n"
                   f"  distribution: ketama\n  servers:\n   - {options.redis}:1 redis\n")
    cracker = start(f"{top}/cracker/redis", "nutcracker", "-c", f"{top}/cracker.yml", "-a", "127.0.0.1",
                    "-s", str(free_port()), "-p", f"{top}/cracker.pid")
    return [proxy, bouncer, cracker]


def pgbench(place, options, clients):
    out = subprocess.run(["pgbench", "-h", place, "-p", options.port, "-U", options.user, "-S", "-n", "-c",
                          str(clients), "-j", str(min(clients, 2)), "-T", str(options.seconds), "postgres"],
                         capture_output=True, text=True, check=True).stdout
    return float(re.search(r"tps = ([0-9.]+)", out)[1]), 1000 * float(re.search(r"latency average = ([0-9.]+)", out)[1])


def redis_benchmark(place, clients, count):
    out = subprocess.run(["redis-benchmark", "-s", place, "-t", "get", "-c", str(clients), "-n", str(count), "--csv"],
                         capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    words = [word.strip('"') for word in out.split(",")]
    return float(words[1]), 1000 * float(words[4])


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="rp-bench-") as top:
        running = servers(options, top)
        try:
            postgres = {"direct": options.postgres, "proxy": f"{top}/proxy", "pgbouncer": f"{top}/bouncer"}
            redis = {"direct": options.redis, "proxy": f"{top}/proxy/redis", "nutcracker": f"{top}/cracker/redis"}
            figures = {
                "pgbench -S, 16 clients, tps": (postgres, lambda place: pgbench(place, options, 16)[0]),
                "pgbench -S, 1 client, us": (postgres, lambda place: pgbench(place, options, 1)[1]),
                "redis-benchmark get, 50 clients, requests/s": (redis, lambda p: redis_benchmark(p, 50, 50000)[0]),
                "redis-benchmark get, 1 client, us (p50)": (redis, lambda p: redis_benchmark(p, 1, 10000)[1]),
            }
            for each, child in (("proxy", running[0]), ("pgbouncer", running[1])):
                before = cpu_ms(child)
                subprocess.run(["pgbench", "-h", postgres[each], "-p", options.port, "-U", options.user, "-S", "-n",
                                "-c", "16", "-j", "2", "-t", "2000", "postgres"], capture_output=True, check=True)
                print(f"processor time of a transaction, {each}: {(cpu_ms(child) - before) / 32:.1f} us", flush=True)
            for name, (places, measure) in figures.items():
                seen = {each: [] for each in places}
                for _ in range(options.rounds):
                    for each, place in places.items():
                        seen[each].append(measure(place))
                middle = {each: statistics.median(values) for each, values in seen.items()}
                rival = list(places)[-1]
                print(f"{name}: " + ", ".join(f"{each} {value:.0f}" for each, value in middle.items()) +
                      f"; proxy / {rival} {middle['proxy'] / middle[rival]:.2f}", flush=True)
        finally:
            for child in running:
                child.terminate()
                child.wait()


if __name__ == "__main__":
    main()
