#!/usr/bin/python3
"""Requests a second that one core can make over kept connections: load-probe's closed phase and its rivals.

Every generator runs alone on core 0 and the target (bench-target) on the others, where there is more than one core.
Requests are counted by the target. "a core" is requests for each second of processor time that the generator
itself used, so a busy machine changes it little; "a second" is by the clock.

    tests/bench/throughput/run.py [--short] [--runs N] [--seconds S]
"""

import argparse
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import bursts  # noqa: E402

CONNECTIONS = (100, 1000)
CORES = sorted(os.sched_getaffinity(0))


def shooters():
    """{name: command}, with {c} connections, {n} requests, {s} seconds and {url}."""
    found = {
        "rushproof": [os.path.join(bursts.BIN, "load-probe"), "--line", "-w1", "-pclosed", "-n{n}", "-c{c}", "{url}"],
    }
    if shutil.which("wrk"):
        found["wrk"] = ["wrk", "-t1", "-c{c}", "-d{s}s", "{url}"]
    if shutil.which("h2load"):
        found["h2load"] = ["h2load", "--h1", "-t1", "-n{n}", "-c{c}", "{url}"]
    if shutil.which("ab"):
        found["ab"] = ["ab", "-q", "-k", "-n{n}", "-c{c}", "{url}"]
    for name, words in (("hey", ["-n={n}", "-c={c}"]), ("oha", ["-n{n}", "-c{c}", "--no-tui"])):
        path = os.path.join(bursts.RIVALS, name)
        if os.path.exists(path):
            found[name] = [path, *words, "{url}"]
    return found


def pin(cores):
    return lambda: os.sched_setaffinity(0, cores)


def fire(target, command, connections, requests, seconds):
    """Requests a second of processor time, and of the clock."""
    url = f"http://127.0.0.1:{target.port}/apply"
    words = [w.format(c=connections, n=requests, s=seconds, url=url) for w in command]
    target.ask("/__reset")
    began = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=pin(CORES[:1]))
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    elapsed = time.monotonic() - began
    if process.returncode:
        sys.stderr.write(f"{words[0]}: {output.decode(errors='replace')[-500:]}\n")
    made = target.ask("/__figures")["requests"]
    return made / (usage.ru_utime + usage.ru_stime), made / elapsed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="3 runs, a fifth of the requests, Debian's rivals only")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2)
    settings = parser.parse_args()
    requests = 300000
    table = shooters()
    if settings.short:
        settings.runs, settings.seconds, requests = 3, 1, 60000
        table = {name: table[name] for name in table if name in ("rushproof", "wrk", "h2load", "ab")}

    print(f"closed phase over kept connections, one core, medians of {settings.runs}; requests counted by the target\n")
    print(f"{'generator':12} {'connections':>11} {'a core':>11} {'a second':>11} {'to wrk':>8}")
    slowest = float("inf")
    with bursts.Target() as target:
        if len(CORES) > 1:
            for thread in os.listdir(f"/proc/{target.process.pid}/task"):
                os.sched_setaffinity(int(thread), CORES[1:])
        for connections in CONNECTIONS:
            results = bursts.in_turns(
                table, settings.runs,
                lambda name, command, c=connections: fire(target, command, c, requests, settings.seconds))
            medians = {name: [bursts.median(column) for column in zip(*rows)] for name, rows in results.items() if rows}
            wrk = medians.get("wrk", [float("nan")])[0]
            for name, (core, second) in medians.items():
                print(f"{name:12} {connections:11} {core:11,.0f} {second:11,.0f} {core / wrk:7.2f}x")
            slowest = min(slowest, medians["rushproof"][0])
    # On a machine that others use at the same time, half of the aim is still a fair alarm.
    fine = slowest >= (40000 if settings.short else 80000)
    print(f"\n{'1 passed, 0 failed' if fine else '0 passed, 1 failed'}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
