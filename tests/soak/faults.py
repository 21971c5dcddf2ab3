"""Every fault at many seeded instants: faults.py [--runs N] [--strategy exact|kafka|both]

Nobody trusts the harness here: each run's files are audited again with sets of users, and what the audit finds
must be what the verdict names. Strategy exact must pass and lose, double or oversell nothing; strategy kafka
may do all that, but never unnamed."""

import argparse
import collections
import csv
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import runner  # noqa: E402
import tap  # noqa: E402


def column(path, name):
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


def accepted_users(path):
    with path.open(newline="") as file:
        return {row["user"] for row in csv.DictReader(file) if row["outcome"] == "accepted"}


def audit(directory):
    """(lost, doubled, coupons too many) by the files alone."""
    accepted = accepted_users(directory / "history.csv")
    rows = collections.Counter(column(directory / "coupons.csv", "user"))
    parked = set(column(directory / "parked.csv", "user"))
    lost = accepted - set(rows) - parked
    doubled = {user for user, count in rows.items() if count > 1}
    return lost, doubled, max(0, len(rows) - 100)


def named(result, check):
    for entry in result["checks"]:
        if entry["name"] == check:
            return entry["verdict"], {str(user["user"]) for user in entry["users"] if user.get("user") is not None}
    return "absent", set()


def one(bench, scenario, seed, totals):
    run = bench.run("--quiet", f"--seed={seed}", str(scenario))
    assert run.result, str(run)
    assert not run.left, "\n".join(run.left)
    lost, doubled, over = audit(run.dir)
    verdict = run.result["verdict"]
    totals["runs"] += 1
    totals[verdict] += 1
    totals["lost"] += len(lost)
    totals["doubled"] += len(doubled)
    totals["over"] += over
    if scenario.name.startswith("exact"):
        assert not lost and not doubled and not over, f"lost {lost}, doubled {doubled}, {over} too many"
        assert verdict == "pass", str(run)
    if run.result["drain"]["outcome"] in ("drained", "drained_lossy"):
        state, users = named(run.result, "lost")
        assert users == lost and (state == "fail") == bool(lost), f"lost {lost}, named {users}\n{run}"
    state, users = named(run.result, "duplicate")
    assert doubled <= users, f"doubled {doubled}, named {users}\n{run}"
    assert verdict != "pass" or not (lost or doubled or over), f"a false pass: {lost} {doubled} {over}\n{run}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=100, help="for each strategy, over all kinds of faults")
    parser.add_argument("--strategy", choices=("exact", "kafka", "both"), default="both")
    settings = parser.parse_args()
    runner.adopt_orphans()
    test = tap.Tap()
    for strategy in ("exact", "kafka") if settings.strategy == "both" else (settings.strategy,):
        scenarios = sorted((runner.ROOT / "scenarios/faults").glob(f"{strategy}-*.yaml"))
        totals = collections.Counter()
        with runner.Bench("faults") as bench:
            for number in range(settings.runs):
                scenario = scenarios[number % len(scenarios)]
                seed = 1 + number // len(scenarios)
                test.run(f"{scenario.stem}, seed {seed}", one, bench, scenario, seed, totals)
        print(f"# {strategy}: {totals['runs']} runs, {totals['pass']} pass, {totals['fail']} fail, "
              f"{totals['unknown']} unknown; {totals['lost']} lost, {totals['doubled']} doubled, "
              f"{totals['over']} too many, as the files say")
    test.end()


main()
