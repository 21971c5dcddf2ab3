#!/usr/bin/python3
"""run.py [--short] [--runs N] [--rounds N]: how long one waits for a verdict that needs next to no time.

Four figures, from the start of a program to its end: the built `./run`; the same with an empty cache, as on a new
machine; a round of `rushproof run --rounds N kafka`; and the embedded broker, from its start to its first line. Below
them where the time of a run goes, by its own account.

RUSHPROOF_BIN names the directory of the programs; `./run` uses build/release whatever that is.
"""

import argparse
import glob
import json
import os
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
    parser.add_argument("--short", action="store_true", help="3 runs, 5 rounds")
    given = parser.parse_args()
    return (3, 5) if given.short else (given.runs, given.rounds)


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
    runs, rounds = arguments()
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
        program = [os.path.join(BIN, "rushproof"), "run", "kafka", "--quiet"]
        timed([*program, f"--output={many}"], env)
        whole = timed([*program, f"--output={many}", f"--rounds={rounds}"], env)
        starts = broker(40)
        print("| from start to end, s | times | least | median | most | promised | |")
        print("|---|--:|--:|--:|--:|--:|---|")
        good = [line("./run", warm, statistics.median(warm)), line("./run, cache empty", cold, statistics.median(cold)),
                line("a round", [whole / rounds], whole / rounds), line("broker", starts, max(starts))]
        spent = phases(out)
        rest = statistics.median(warm) - sum(spent.values())
        print("\nwhere the time of ./run goes, medians in ms: "
              + ", ".join(f"{name} {1000 * span:.0f}" for name, span in spent.items())
              + f"; building nothing, reports and teardown {1000 * rest:.0f}")
    print(f"\n{'ok' if all(good) else 'not ok'}")
    return 0 if all(good) else 1


if __name__ == "__main__":
    raise SystemExit(main())
