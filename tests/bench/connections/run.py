#!/usr/bin/python3
"""10,000 connections: a burst of that size, what a connection costs, and 1,000,000 requests over all of them.

The spread is by the kernel's receive stamps at the target (bench-target). Memory a connection is the resident growth
while staging that the load itself measures; for rivals, the whole process divided by the connections.

    tests/bench/connections/run.py [--short] [--runs N] [--connections N]
"""

import argparse
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import bursts  # noqa: E402

PROBE = os.path.join(bursts.BIN, "load-probe")


def run(command):
    """Output, peak resident bytes."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.stderr.write(f"{command[0]}: {output[-500:]}\n")
    return output, usage.ru_maxrss * 1024


def figure(output, name):
    words = dict(word.split("=", 1) for word in output.split() if "=" in word)
    return float(words.get(name, "nan"))


def bursts_of(target, command, connections, own):
    target.ask("/__reset")
    output, resident = run(command)
    seen = target.ask(f"/__figures?requests={connections}")
    memory = figure(output, "bytes_a_connection") if own else resident / connections
    return seen["arrived"], seen["spread_us"] / 1000, memory


def shooters(url, connections):
    found = {"rushproof": [PROBE, "--line", "--timeout=30s", "--release-threads=2", f"-n{connections}", url]}
    if shutil.which("h2load"):
        found["h2load"] = ["h2load", "--h1", f"-n{connections}", f"-c{connections}", "-t1", url]
    if shutil.which("ab"):
        found["ab"] = ["ab", "-q", "-r", "-k", "-n", str(connections), "-c", str(connections), url]
    return found


def closed(target, url, connections, requests):
    command = [PROBE, "--line", "-pclosed", "--timeout=30s", f"-n{requests}", f"-c{connections}", url]
    target.ask("/__reset")
    output, _ = run(command)
    seen = target.ask("/__figures")["requests"]
    accepted = int(figure(output, "accepted"))
    print(f"\n{requests:,} requests over {connections:,} connections: {accepted:,} accepted, {seen:,} seen by the target, "
          f"{figure(output, 'per_second'):,.0f}/s, {figure(output, 'bytes_a_connection') / 1024:.1f} KB a connection, "
          f"64 bytes a request")
    return accepted == requests == seen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="1 run, a tenth of the requests, no rivals")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--connections", type=int, default=10000)
    settings = parser.parse_args()
    requests = 1000000
    if settings.short:
        settings.runs, requests = 1, 100000
    connections = settings.connections
    with bursts.Target() as target:
        url = f"http://127.0.0.1:{target.port}/apply"
        table = shooters(url, connections)
        if settings.short:
            table = {"rushproof": table["rushproof"]}
        results = bursts.in_turns(
            table, settings.runs, lambda name, command: bursts_of(target, command, connections, name == "rushproof"))
        print(f"{connections:,} requests on {connections:,} connections at once, medians of {settings.runs}\n")
        print(f"{'generator':12} {'arrived':>8} {'first to last':>14} {'KB a connection':>16}")
        for name, rows in results.items():
            arrived, spread, memory = (bursts.median(column) for column in zip(*rows))
            print(f"{name:12} {arrived:8.0f} {spread:11.1f} ms {memory / 1024:16.1f}")
        whole = closed(target, url, connections, requests)
    own = results["rushproof"]
    fine = whole and all(row[0] == connections for row in own) and bursts.median([r[2] for r in own]) <= 32 * 1024
    print(f"\n{'1 passed, 0 failed' if fine else '0 passed, 1 failed'}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
