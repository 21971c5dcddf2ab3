"""Judges the strangers and compares the verdicts with what their scenarios state: run.py [--runs=N] [NAME…]

--prepare: only fetches what they need from elsewhere."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import outcome  # noqa: E402
import runner  # noqa: E402
import tap  # noqa: E402


NAMES = ["python", "node", "java", "redis-stock", "redis-race", "cluster", "cluster-memory", "auto-commit",
         "auto-commit-skips", "retry-topic", "uuid", "uuid-races", "outbox", "outbox-loses", "mysql",
         "mysql-races", "sqlite", "sqlite-races", "documents", "documents-races", "redis-set", "redis-set-races",
         "instances", "instances-lock", "instances-lock-alone", "instances-user",
         "instances-user-alone", "tickets", "tickets-forgets", "tickets-oversells",
         "stream", "stream-loses", "stream-noack", "list", "list-loses", "relay", "relay-loses",
         "rabbit", "rabbit-killed", "rabbit-loses", "rabbit-auto", "rabbit-auto-loses", "rabbit-dead"]
NODE = runner.BIN.parent / "strangers-node"


def install_node_modules(target):
    """`npm ci` of the lock file beside the sources, into the build directory; once for each lock file."""
    lock = (HERE / "node" / "package-lock.json").read_bytes()
    stamp = target / "installed-lock.json"
    if not stamp.exists() or stamp.read_bytes() != lock:
        target.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "node" / name, target)
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=target, check=True)
        stamp.write_bytes(lock)


def name_everywhere(done):
    """A user who is no number is called in every report what the service calls it."""
    named = [user["user"] for check in done.result["checks"] for user in check["users"] if "user" in user]
    texts = [user for user in named if isinstance(user, str)]
    if not texts:
        return
    places = {"console": runner.program("rushproof", "verify", done.dir).stdout}
    for path in done.dir.iterdir():
        if path.suffix in (".csv", ".xml", ".html", ".md"):
            places[path.name] = path.read_text(errors="replace")
    for name in ("console", "history.csv", "coupons.csv", "produced.csv", "junit.xml", "report.html", "summary.md"):
        assert texts[0] in places[name], f"{name} does not name {texts[0]}"


def judge(bench, name, number, summary):
    scenario = HERE / f"{name}.yaml"
    done = bench.run("--quiet", scenario)
    result = done.result
    if result is None:
        raise AssertionError(str(done))
    name_everywhere(done)
    different = outcome.compare(scenario, done.dir / "result.json")
    summary.append((name, number, result["verdict"], done.code, result["rows"]["final"], f"{done.seconds:.1f} s"))
    assert not different, "\n".join([*different, str(done)])
    expected = {"pass": 0, "fail": 1, "unknown": 2}[result["verdict"]]
    assert done.code == expected, f"exit code {done.code} with verdict {result['verdict']}"
    assert not done.left, "\n".join(done.left)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--prepare", action="store_true")
    parser.add_argument("names", nargs="*", default=NAMES)
    options = parser.parse_args()
    if {"node", "cluster", "cluster-memory"} & set(options.names) and "RUSHPROOF_PREPARED" not in os.environ:
        install_node_modules(NODE)
    if options.prepare:
        return
    os.environ["STRANGERS_NODE_MODULES"] = str(NODE / "node_modules")
    runner.adopt_orphans()
    test = tap.Tap()
    summary = []
    with runner.Bench("strangers") as bench:
        for name in options.names:
            for number in range(1, options.runs + 1):
                test.run(f"{name}, run {number}", judge, bench, name, number, summary)
    print("# stranger, run, verdict, exit, rows, time")
    for row in summary:
        print("#", *row)
    test.end()


main()
