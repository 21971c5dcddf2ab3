#!/usr/bin/python3
"""run.py [--short] [--runs N] [--rounds N] [--series N]: how long one waits for a verdict that needs next to no time.

Four figures, from the start of a program to its end: the built `./run`; the same with an empty cache, as on a new
machine; a round of `rushproof run --rounds N kafka`, of some such series; and the embedded broker, from its start to its
first line. Below them where the time of a run and of a round goes, by their own account, and the processor's time of a
round, which says more on a busy machine.

RUSHPROOF_BIN names the directory of the programs; `./run` uses build/release whatever that is.
"""

import argparse
import glob
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BIN = os.environ.get("RUSHPROOF_BIN", os.path.join(ROOT, "build/release/bin"))
MOST = {"./run": 1.0, "./run, cache empty": 2.5, "a round": 0.5, "broker": 0.02}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15, help="of ./run [15]")
    parser.add_argument("--rounds", type=int, default=20, help="of the run with rounds [20]")
    parser.add_argument("--series", type=int, default=5, help="of rounds [5]")
    parser.add_argument("--short", action="store_true", help="3 runs, 5 rounds")
    given = parser.parse_args()
    return (3, 5, 1) if given.short else (given.runs, given.rounds, given.series)


def timed(command, env):
    begun = time.monotonic()
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    span = time.monotonic() - begun
    if done.returncode not in (0, 2):  # a burst that was too wide is no matter here
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return span


def broker(times):
    """From the start of embedded-broker to its first line, each time."""
    spans = []
    for _ in range(times):
        begun = time.monotonic()
        command = [os.path.join(BIN, "embedded-broker"), "--topic", "coupon_create:3"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True) as program:
            if not program.stdout.readline().startswith("bootstrap "):
                sys.exit("embedded-broker did not start")
            spans.append(time.monotonic() - begun)
            program.stdin.close()
    return spans


def line(name, spans, value):
    """A line of the table; true when the promise is kept."""
    good = value <= MOST[name]
    print(f"| {name} | {len(spans)} | {min(spans):.3f} | {statistics.median(spans):.3f} | {max(spans):.3f} | "
          f"{MOST[name]} | {'ok' if good else 'missed'} |", flush=True)
    return good


def rounds_of(command, env, times, series):
    """Seconds a round, of each series, and what it took of the processors."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    spans = [timed([*command, f"--rounds={times}"], env) / times for _ in range(series)]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spans, worked / times / series


def told(name, out, whole, left_out=()):
    """Where the time goes."""
    spent = {phase: span for phase, span in phases(out).items() if phase not in left_out}
    print(f"{name}: " + ", ".join(f"{phase} {1000 * span:.0f}" for phase, span in spent.items())
          + f"; all else {1000 * (whole - sum(spent.values())):.0f}")


def phases(out):
    """Medians of the phases of all runs below a directory, by name, in their order."""
    spans = {}
    for path in glob.glob(os.path.join(out, "*", "*", "result.json")):
        with open(path, encoding="utf-8") as file:
            found = json.load(file)["phases"]
        for name, phase in found.items():
            if phase["started_ns"] is not None and phase["ended_ns"] is not None:
                spans.setdefault(name, []).append((phase["ended_ns"] - phase["started_ns"]) / 1e9)
    return {name: statistics.median(values) for name, values in spans.items()}


def main():
    runs, rounds, series = arguments()
    with tempfile.TemporaryDirectory(prefix="rushproof-start.") as tmp:
        out, many = os.path.join(tmp, "out"), os.path.join(tmp, "rounds")
        env = {**os.environ, "XDG_CACHE_HOME": os.path.join(tmp, "cache")}
        run = [os.path.join(ROOT, "run"), "kafka", "--quiet", f"--output={out}"]
        cold = []
        for _ in range(max(3, runs // 3)):
            shutil.rmtree(env["XDG_CACHE_HOME"], ignore_errors=True)
            cold.append(timed(run, env))
        shutil.rmtree(out)
        warm = [timed(run, env) for _ in range(runs)]
        program = [os.path.join(BIN, "rushproof"), "run", "kafka", "--quiet", f"--output={many}"]
        spans, worked = rounds_of(program, env, rounds, series)
        starts = broker(40)
        print("| from start to end, s | times | least | median | most | promised | |")
        print("|---|--:|--:|--:|--:|--:|---|")
        middle = statistics.median
        good = [line("./run", warm, middle(warm)), line("./run, cache empty", cold, middle(cold)),
                line("a round", spans, middle(spans)), line("broker", starts, max(starts))]
        print(f"\na round takes {1000 * worked:.0f} ms of the processors; medians in ms:")
        told("./run", out, middle(warm))
        told("a round", many, middle(spans), ["stack"])  # started once for all
    print(f"\n{'ok' if all(good) else 'not ok'}")
    return 0 if all(good) else 1


if __name__ == "__main__":
    raise SystemExit(main())
