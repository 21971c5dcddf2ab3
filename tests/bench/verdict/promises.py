#!/usr/bin/python3
"""promises.py [--short]: what the drain promises, counted in many runs.

kafka.yaml passes 200 times of 200. 24-vs-100.yaml fails with exactly 24 in 100 of 100, nothing lost. With the consumer
killed at 50 random instants and started again there is never a pass that the rows do not justify, never a hang, and
every user whose redelivered record made a second row is named by the check `duplicate`.
"""

import argparse
import collections
import os
import time

from runs import HERE, ROOT, rushproof, truth


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="a tenth of the runs")
    parser.add_argument("--only", choices=["kafka", "lesson", "killed"], help="one of the three")
    parser.add_argument("--seed", type=int, default=1, help="of the first killed run [1]")
    return parser.parse_args()


def report(name, wanted, good, notes, began):
    print(f"{'ok' if good == wanted else 'not ok'} - {name}: {good} of {wanted} in {time.monotonic() - began:.0f} s"
          f"{', ' + notes if notes else ''}", flush=True)
    return good == wanted


def kafka(count):
    began = time.monotonic()
    runs = rushproof(os.path.join(ROOT, "scenarios/kafka.yaml"), f"--rounds={count}", timeout=30 * count + 60)
    good = sum(run.verdict == "pass" and truth(run) and len(run.users) == 100 for run in runs)
    odd = collections.Counter(f"{run.verdict} ({run.result['explanation']})" for run in runs if run.verdict != "pass")
    return report("kafka.yaml passes", count, good, ", ".join(f"{n} x {text}" for text, n in odd.items()), began)


def lesson(count):
    began = time.monotonic()
    runs = rushproof(os.path.join(ROOT, "scenarios/24-vs-100.yaml"), f"--rounds={count}", timeout=30 * count + 60)
    sentence = "expected: 100, but was: 24 (not lost: 76 records were still in coupon_create; they were all rows"
    good = sum(run.verdict == "fail" and run.drain["rows_at_assert"] == 24
               and run.result["explanation"].startswith(sentence) for run in runs)
    seen = collections.Counter(run.drain["rows_at_assert"] for run in runs)
    return report("24-vs-100.yaml fails with exactly 24", count, good, f"rows seen: {dict(seen)}", began)


def named(run):
    """Every user with two rows is a witness of `duplicate`, and nobody else is."""
    twice = {user for user, n in collections.Counter(run.users).items() if n > 1}
    check = run.check("duplicate")
    witnesses = {str(w["user"]) for w in check["users"]}
    return (check["verdict"] == "fail") == bool(twice) and twice <= witnesses


def killed(count, seed):
    began = time.monotonic()
    good = 0
    verdicts = collections.Counter()
    doubled = 0
    for i in range(count):
        run, = rushproof(os.path.join(HERE, "killed.yaml"), f"--seed={seed + i}", timeout=120)
        verdicts[f"{run.verdict} {run.drain['outcome']}"] += 1
        doubled += len(set(run.users)) < len(run.users)
        false_pass = run.verdict == "pass" and not truth(run)
        if false_pass or not named(run):
            print(f"# seed {seed + i}: {run.verdict}, {run.result['explanation']}", flush=True)
        good += not false_pass and named(run)
    notes = f"{dict(verdicts)}, {doubled} with rows delivered twice"
    return report("consumer killed at a random instant: no false pass, no hang, duplicates named", count, good, notes,
                  began)


def main():
    given = arguments()
    share = 10 if given.short else 1
    parts = {"kafka": lambda: kafka(200 // share), "lesson": lambda: lesson(100 // share),
             "killed": lambda: killed(50 // share, given.seed)}
    results = [part() for name, part in parts.items() if given.only in (None, name)]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
