#!/usr/bin/python3
"""How often each shop is caught, counted over any number of sittings: what was counted is kept and not counted again.

    series.py alone [--rounds N] [NAME…]      plain bursts of faulty ones: `rushproof run`. One that is caught in more than
                                              half of them had no small window: it is asked again with a smaller burst, as
                                              soon as chance would show as much once in a thousand times only
    series.py explore [--rounds N] [NAME…]    `rushproof explore`: faulty ones each time, right ones never; with limit 100
                                              and 1000 requests, and with limit 1 and 5 requests
    series.py tell [NAME…]                    the table of all that was counted, and what it comes to

--results FILE: where it is kept. `alone` and `explore` may be ended at any time and go on where they were.
--jobs N: so many shops side by side; exploring waits more than it works (for what comes late, for what a lock keeps back), so
that four on two cores take a third of the time. Bursts alone want the machine for themselves."""

import argparse
import collections
import concurrent.futures
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

import shops

RESULTS = shops.BIN.parent / "series-shops.jsonl"
SETTINGS = {"1 of 5": (1, 5), "100 of 1000": (100, 1000)}
# Bursts, each with a smaller window than the one before it: fewer requests are at it at once.
BURSTS = {"100 of 1000": (100, 1000), "5 of 50": (5, 50), "2 of 20": (2, 20), "1 of 5": (1, 5), "1 of 2": (1, 2)}
CHUNK = {"alone": 10, "explore": 30}  # rounds of one command
CHANCE = 0.001
WAIT = 1800
KEEPING = threading.Lock()


def load(path):
    """Verdicts and, as ("state", …), how gaps ended, each with how often."""
    counts = collections.defaultdict(collections.Counter)
    if path.exists():
        with KEEPING:
            lines = path.read_text(encoding="utf-8").splitlines()
        for line in lines:
            one = json.loads(line)
            counter = counts[one["shop"], one["way"], one["setting"]]
            counter[one["verdict"]] += 1
            counter.update(("state", state) for state in one["states"])
    return counts


def keep(path, shop, way, setting, verdicts, states):
    path.parent.mkdir(parents=True, exist_ok=True)
    with KEEPING, open(path, "a", encoding="utf-8") as file:
        for verdict in verdicts:
            print(json.dumps({"shop": shop.name, "way": way, "setting": setting, "verdict": verdict, "states": states}),
                  file=file)


def sets(shop, setting):
    limit, requests = BURSTS[setting]
    found = [f"--set=limit={limit}", f"--set=load.0.burst.requests={requests}"]
    return found + [f"--set=users.repeat={requests // limit}"] * shop.once


def command(shop, way, setting, rounds, top):
    found = [shops.BIN / "rushproof", "run" if way == "alone" else "explore", f"--output={top}", *sets(shop, setting),
             "--quiet", shop.path]
    return found + [f"--rounds={rounds}"] * (way == "alone" or shop.right) + ["--shrink=0"] * (way == "explore")


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


def is_wide(counter):
    """Caught in more than half of the bursts."""
    return counter["fail"] * 2 > decided(counter)


def is_surely_wide(counter):
    """Of a window that is caught in half of the bursts, so many would be caught less often than CHANCE."""
    rounds = decided(counter)
    return sum(math.comb(rounds, caught) for caught in range(counter["fail"], rounds + 1)) < CHANCE * 2 ** rounds


def remark_on(shop, way, counter):
    rounds, caught = decided(counter), counter["fail"]
    if shop.right:
        return f"right: below {bound(rounds):.1%}" if not caught else "A FALSE ALARM"
    if way == "explore":
        return "" if caught == rounds and not counter["unknown"] else "MISSED"
    return "no small window" if is_wide(counter) else "a small window"


def window_of(counts, name):
    """The largest burst whose window is small, and what was counted of it; (None, …): there is none."""
    for setting in BURSTS:
        counter = counts.get((name, "alone", setting))
        if counter and decided(counter) and not is_wide(counter):
            return setting, counter
    return None, collections.Counter()


def total(counts, names, way):
    """Caught, decided and undecided ones of these shops."""
    every = [counter for (name, other, _), counter in counts.items() if name in names and other == way]
    return (sum(counter["fail"] for counter in every), sum(decided(counter) for counter in every),
            sum(counter["unknown"] for counter in every))


def sum_up(counts, known):
    faulty = [name for name, shop in known.items() if not shop.right]
    right = [name for name, shop in known.items() if shop.right]
    small = [name for name in faulty if window_of(counts, name)[0]]
    alone = [f"{name} {counter['fail']} of {decided(counter)} at {setting}"
             for name in small for setting, counter in [window_of(counts, name)]]
    caught, rounds, unknown = total(counts, faulty, "explore")
    print(f"\n{len(faulty)} faulty ones: by explore caught {caught} of {rounds + unknown} times; alone caught in at most half "
          f"of the bursts: {len(small)} of them ({'; '.join(alone)})")
    fewest = min((decided(counter) for (name, way, _), counter in counts.items()
                  if name in right and way == "explore"), default=0)
    alarms, rounds, unknown = total(counts, right, "explore")
    print(f"{len(right)} right twins: {alarms} false alarms in {rounds} rounds ({unknown} undecided), at least {fewest} each "
          f"and setting: each below {bound(fewest):.1%} with 95 %, all together below {bound(rounds):.2%}")


def tell(path, names):
    counts, known = load(path), {shop.name: shop for shop in shops.every(names)}
    counts = {key: counter for key, counter in counts.items() if key[0] in known}
    print(f"{'shop':26} {'':8} {'limit':12} {'caught':>9} {'unknown':>8}")
    for (name, way, setting), counter in sorted(counts.items()):
        print(f"{name:26} {way:8} {setting:12} {counter['fail']:4} of {decided(counter):<4} {counter['unknown']:4}  "
              f"{remark_on(known[name], way, counter)}")
        for state in sorted(key[1] for key in counter if isinstance(key, tuple)):
            print(f"{'':26}   {state}: {counter['state', state]}")
    sum_up(counts, {name: shop for name, shop in known.items() if any(key[0] == name for key in counts)})


def play(shop, way, setting, options):
    """Until so many are counted, or a window is surely wide; gives up on a shop whose rounds are not decided."""
    unknown = 0
    while True:
        counter = load(options.results)[shop.name, way, setting]
        left = options.rounds - decided(counter)
        if left <= 0 or (way == "alone" and is_surely_wide(counter)):
            return
        found, states = sit(shop, way, setting, min(left, CHUNK[way]))
        keep(options.results, shop, way, setting, found, states)
        unknown += found.count("unknown")
        print(f"{shop.name}, {way}, {setting}: {found.count('fail')} of {len(found)} caught", flush=True)
        if unknown > options.rounds:
            print(f"{shop.name}: {unknown} rounds were not decided", file=sys.stderr)
            return


def play_all(shop, options):
    if options.way == "explore":
        for setting in SETTINGS:
            play(shop, "explore", setting, options)
        return
    for setting in BURSTS if not shop.right else ():
        play(shop, "alone", setting, options)
        if not is_wide(load(options.results)[shop.name, "alone", setting]):
            return


def there(names):
    """Those that can run here; the others are named."""
    for shop in shops.every(names):
        missing = shop.missing()
        if missing:
            print(f"left out: {shop.name}: {missing}", file=sys.stderr)
        else:
            yield shop


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("way", choices=("alone", "explore", "tell"))
    parser.add_argument("--rounds", type=int, default=100, help="decided ones, of each shop and setting")
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    parser.add_argument("--jobs", type=int, default=1, help="of explore alone")
    parser.add_argument("names", nargs="*")
    options = parser.parse_intermixed_args()
    if options.way == "tell":
        return tell(options.results, options.names)
    shops.prepare()
    with concurrent.futures.ThreadPoolExecutor(options.jobs if options.way == "explore" else 1) as several:
        for done in [several.submit(play_all, shop, options) for shop in there(options.names)]:
            done.result()
    return tell(options.results, options.names)


if __name__ == "__main__":
    main()
