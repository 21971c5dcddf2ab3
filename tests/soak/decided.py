"""How many of many runs are decided, and are those right: decided.py [OPTION…] SCENARIO… [-- OPTION OF rushproof run…]

A run is decided when its verdict is pass or fail, and right when that is the verdict which the scenario states.
As whom: tests/lib/as.py user|bare tests/soak/decided.sh …"""

import argparse
import collections
import contextlib
import multiprocessing
import os
import pathlib
import statistics
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import runner  # noqa: E402
import tap  # noqa: E402


def burn():
    while True:
        pass


@contextlib.contextmanager
def busy(wanted):
    """Every core has something else to do meanwhile."""
    others = [multiprocessing.Process(target=burn, daemon=True) for _ in range(os.cpu_count() if wanted else 0)]
    for other in others:
        other.start()
        runner.MINE.add(other.pid)
    yield
    for other in others:
        other.kill()
        other.join()


def stated(scenario):
    return yaml.safe_load((runner.ROOT / "scenarios" / f"{scenario}.yaml").read_text())["outcome"]["verdict"]


def reason(run):
    """Why it was not decided, in short."""
    for check in (run.result or {}).get("checks", []):
        if check["verdict"] == "unknown":
            return f"{check['name']}: {check['message']}"
    return f"exit {run.code}: {run.stderr.strip()[-200:]}"


def series(bench, scenario, options, test):
    wanted, verdicts, wrong, why, seconds = stated(scenario), collections.Counter(), [], [], []
    for number in range(1, options.runs + 1):
        run = bench.run("--quiet", *options.options, scenario, attempts=1)
        verdict = run.result["verdict"] if run.result else "none"
        verdicts[verdict] += 1
        seconds.append(run.seconds)
        if run.left or verdict in ("pass", "fail") and verdict != wanted:
            wrong.append(f"run {number}: {run}")
        elif verdict != wanted:
            why.append(f"run {number}: {reason(run)}")
    decided = verdicts["pass"] + verdicts["fail"]
    print(f"# {scenario}: {options.runs} runs, {decided} decided, {len(wrong)} wrong: {dict(verdicts)}; "
          f"seconds a run: median {statistics.median(seconds):.2f}, most {max(seconds):.2f}", flush=True)
    test.ok(not wrong, f"{scenario}: none of {options.runs} runs is wrong", "\n".join(wrong))
    least = options.least if options.least is not None else options.runs
    test.ok(decided >= least, f"{scenario}: at least {least} of {options.runs} runs are decided", "\n".join(why))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--least", type=int, help="so many must be decided; else all")
    parser.add_argument("--busy", action="store_true", help="every core has something else to do")
    parser.add_argument("scenarios", nargs="+")
    mine, _, theirs = " ".join(sys.argv[1:]).partition(" -- ")
    options = parser.parse_args(mine.split())
    options.options = theirs.split()
    runner.adopt_orphans()
    test = tap.Tap()
    with runner.Bench("decided") as bench, busy(options.busy):
        for scenario in options.scenarios:
            series(bench, scenario, options, test)
    test.end()


if __name__ == "__main__":
    main()
