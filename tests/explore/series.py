#!/usr/bin/python3
"""How often each shop is caught, counted over any number of sittings: what was counted is kept and not counted again.

    series.py alone [--rounds N] [NAME…]      plain bursts: `rushproof run`; a faulty one that is caught in more than half
                                              of them has no small window
    series.py explore [--rounds N] [NAME…]    `rushproof explore`: faulty ones each time, right ones never
    series.py tell                            the table of all that was counted

Each shop is asked twice: limit 100 and 1000 requests, limit 1 and 5 requests. --results FILE: where it is kept."""

import argparse
import collections
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import shops

RESULTS = shops.BIN.parent / "series-shops.jsonl"
SETTINGS = {"1 of 5": (1, 5), "100 of 1000": (100, 1000)}
CHUNK = 10  # rounds of one command
WAIT = 1800


def load(path):
    """Verdicts and, as ("state", …), how gaps ended, each with how often."""
    counts = collections.defaultdict(collections.Counter)
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            counter = counts[one["shop"], one["way"], one["setting"]]
            counter[one["verdict"]] += 1
            counter.update(("state", state) for state in one["states"])
    return counts


def keep(path, shop, way, setting, verdicts, states):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        for verdict in verdicts:
            print(json.dumps({"shop": shop.name, "way": way, "setting": setting, "verdict": verdict, "states": states}),
                  file=file)


def sets(shop, setting):
    limit, requests = SETTINGS[setting]
    found = [f"--set=limit={limit}", f"--set=load.0.burst.requests={requests}"]
    return found + [f"--set=users.repeat={requests // limit}"] * shop.once


def command(shop, way, setting, rounds, top):
    found = [shops.BIN / "rushproof", "run" if way == "alone" else "explore", f"--output={top}", *sets(shop, setting),
             "--quiet", shop.path]
    return found + [f"--rounds={rounds}"] * (way == "alone" or shop.right)


def verdicts_alone(top):
    """Of all rounds, and which checks failed; those whose burst was none do not count."""
    results = [json.loads(path.read_text()) for path in pathlib.Path(top).glob("*/*/result.json")
               if not path.parent.is_symlink() and path.parent.parent.name != "latest"]
    failed = [f"failed: {check['name']}" for result in results if result["verdict"] == "fail"
              for check in result["checks"] if check["verdict"] == "fail"]
    return [result["verdict"] for result in results], failed


def verdicts_explored(shop, rounds, top):
    """Of a faulty one the whole exploration is one trial, of a right one each round that held something."""
    results = [json.loads(path.read_text()) for path in pathlib.Path(top).glob("*/*/explore.json")
               if path.parent.parent.name != "latest"]
    if not results:
        return [], []
    result, = results
    states = [f"{gap['first']}: {gap['state']}" for gap in result["gaps"]]
    wrong = len(result["violations"])
    for violation in result["violations"]:
        print("\n".join([f"  held: {violation['message']}", *(f"  {line}" for line in violation["said"])]))
    if shop.right and not result["gaps"]:
        return ["pass"] * rounds, ["one statement: no gap"]
    if shop.right:
        return ["fail"] * wrong + ["pass"] * (result["decided"] - wrong), states
    return ["fail" if wrong else "pass" if result["exit_code"] == 0 else "unknown"], states


def sit(shop, way, setting, rounds):
    """The verdicts of some rounds, and how its gaps ended."""
    top = tempfile.mkdtemp(prefix="rushproof-series.")
    os.chmod(top, 0o755)
    try:
        done = subprocess.run(command(shop, way, setting, rounds, top), env=shops.environment(), timeout=WAIT,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        found, states = verdicts_alone(top) if way == "alone" else verdicts_explored(shop, rounds, top)
        if not found or done.returncode not in (0, 1, 2):
            raise SystemExit(f"{shop.name}: exit {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return found, states
    finally:
        shutil.rmtree(top, ignore_errors=True)


def decided(counter):
    return counter["pass"] + counter["fail"]


def bound(rounds):
    """With 95 %: none in so many rounds is less often than this."""
    return 1 - math.exp(math.log(0.05) / rounds) if rounds else 1


def tell(path):
    counts = load(path)
    print(f"{'shop':26} {'':8} {'limit':12} {'caught':>9} {'unknown':>8}")
    for (name, way, setting), counter in sorted(counts.items()):
        right = next((shop.right for shop in shops.every([name]) if shop.name == name), None)
        rounds, caught = decided(counter), counter["fail"]
        remark = ""
        if right:
            remark = f"right: below {bound(rounds):.1%}" if not caught else "A FALSE ALARM"
        elif way == "explore" and caught < rounds:
            remark = "MISSED"
        elif way == "alone" and caught * 2 > rounds:
            remark = "no small window"
        print(f"{name:26} {way:8} {setting:12} {caught:4} of {rounds:<4} {counter['unknown']:4}  {remark}")
        for state in sorted(key[1] for key in counter if isinstance(key, tuple)):
            print(f"{'':26}   {state}: {counter['state', state]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("way", choices=("alone", "explore", "tell"))
    parser.add_argument("--rounds", type=int, default=100, help="decided ones, of each shop and setting")
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    parser.add_argument("names", nargs="*")
    options = parser.parse_intermixed_args()
    if options.way == "tell":
        return tell(options.results)
    shops.prepare()
    for setting in SETTINGS:
        for shop in shops.every(options.names):
            missing = shop.missing()
            if missing:
                print(f"left out: {shop.name}: {missing}", file=sys.stderr)
                continue
            unknown = 0
            while (left := options.rounds - decided(load(options.results)[shop.name, options.way, setting])) > 0:
                found, states = sit(shop, options.way, setting, min(left, CHUNK))
                keep(options.results, shop, options.way, setting, found, states)
                unknown += found.count("unknown")
                print(f"{shop.name}, {options.way}, {setting}: {found.count('fail')} of {len(found)} caught", flush=True)
                if unknown > options.rounds:
                    print(f"{shop.name}: {unknown} rounds were not decided", file=sys.stderr)
                    break
    return tell(options.results)


if __name__ == "__main__":
    main()
