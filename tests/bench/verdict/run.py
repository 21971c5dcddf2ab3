#!/usr/bin/python3
"""run.py [--short] [--runs=N]: from the commit of the last row to the verdict, beside a sleep and a poll.

Three ways to wait, on the same pipelines: rushproof's drain, the course's sleep of 10 s, and a poll every 100 ms until
the count is 100. Each is a real run (`wait: drained`, `wait: 10s`, `wait: rows == limit`). The delay runs from the last
row's commit, by Postgres' own account, or from the last answer when that came later, to the decision. A way is wrong
in a run when its verdict is not the one that the rows justify in the end: pass with a 101st coupon on its way, or
fail with no coupon lost.
"""

import argparse
import os
import statistics

from runs import BIN, HERE, ROOT, rushproof, truth

MOST_MS = 20
WAITS = {"drained": "drained", "sleep 10 s": "10s", "poll until 100": "rows == limit"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=100, help="of the drain, each speed [100]")
    parser.add_argument("--short", action="store_true", help="10 runs, one sleep")
    parser.add_argument("--only", choices=[*WAITS], action="append", help="these ways to wait; again and again")
    given = parser.parse_args()
    given.only = given.only or [*WAITS]
    given.runs = 10 if given.short else given.runs
    given.sleeps = 1 if given.short else 5
    return given


def measure(title, scenario, wait, count, env, right):
    """One line of the table. right(run) says whether the run's verdict is justified."""
    runs = rushproof(scenario, f"--rounds={count}", f"--set=wait={WAITS[wait]}", env=env,
                     timeout=60 * count + 60)
    instant = "decided_ns" if wait == "drained" else "asserted_ns"
    delays = sorted(run.delay_ms(instant) for run in runs)
    wrong = sum(not right(run) for run in runs)
    print(f"| {title} | {wait} | {len(runs)} | {statistics.median(delays):.1f} | {delays[int(0.9 * (len(delays) - 1))]:.1f}"
          f" | {delays[-1]:.1f} | {wrong} |", flush=True)
    return delays, wrong


def justified(run):
    return run.verdict == "pass" and truth(run)


def pipelines(given):
    """(title, scenario, environment, wait, runs, which runs are right) of each line of the table."""
    sound = os.path.join(HERE, "pipeline.yaml")
    counts = {"drained": given.runs, "poll until 100": given.runs, "sleep 10 s": given.sleeps}
    for speed in ["0ms", "1ms", "20ms"]:
        for wait, count in counts.items():
            yield f"{speed} a row", sound, {"ROW_DELAY": speed}, wait, count, justified
    # Nothing is lost, it only takes longer than the sleep: a fail is wrong.
    for wait in counts:
        yield "200ms a row", sound, {"ROW_DELAY": "200ms"}, wait, given.sleeps, lambda run: run.verdict == "pass"
    # Coupon 101 comes late: a pass is wrong.
    late = os.path.join(ROOT, "scenarios/until-equals-100.yaml")
    if os.path.exists(os.path.join(BIN, "faulty-service")):
        for wait in ["drained", "poll until 100"]:
            yield "a late 101st", late, {}, wait, given.runs // 2, lambda run: run.verdict == "fail"


def main():
    given = arguments()
    slow_median = 0.0
    wrong_drain = 0
    print("| pipeline | wait | runs | median ms | p90 ms | max ms | wrong |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for title, scenario, env, wait, count, right in pipelines(given):
        if wait not in given.only:
            continue
        delays, wrong = measure(title, scenario, wait, count, env, right)
        if wait == "drained":
            wrong_drain += wrong
            if right is justified:
                slow_median = max(slow_median, statistics.median(delays))
    good = slow_median <= MOST_MS and not wrong_drain
    print(f"\n{'ok' if good else 'not ok'} - slowest median of the drain: {slow_median:.1f} ms (at most {MOST_MS} ms), "
          f"wrong: {wrong_drain}")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
