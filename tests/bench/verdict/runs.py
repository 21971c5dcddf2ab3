"""Runs of rushproof and what they left behind: shared by run.py and promises.py."""

import contextlib
import csv
import glob
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
BIN = os.environ.get("RUSHPROOF_BIN", os.path.join(ROOT, "build/release/bin"))


class Run:
    """One round: its result.json and the few figures of its other files that matter here."""

    def __init__(self, directory, exit_code):
        with open(os.path.join(directory, "result.json"), encoding="utf-8") as file:
            self.result = json.load(file)
        self.exit_code = exit_code
        self.verdict = self.result["verdict"]
        self.drain = self.result["drain"]
        self.users = [row["user"] for row in self.rows(directory, "coupons.csv")]
        requests = self.rows(directory, "history.csv")
        self.accepted = {row["user"] for row in requests if row["outcome"] == "accepted"}
        done = [int(row["done_ns"]) for row in requests if row["done_ns"]]
        self.last_response_ns = max(done, default=0)

    @staticmethod
    def rows(directory, name):
        path = os.path.join(directory, name)
        if not os.path.exists(path):
            return []
        with open(path, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def check(self, name):
        return next((c for c in self.result["checks"] if c["name"] == name), None)

    def delay_ms(self, instant="decided_ns"):
        """From the last row's commit, or the last answer if that came later, to the decision."""
        commit = self.drain["last_commit_ns"] or 0
        return (self.drain[instant] - max(commit, self.last_response_ns)) / 1e6


def rushproof(scenario, *options, env=None, timeout=600):
    """Runs a scenario; a list of its rounds. A hang ends the program: that is what is looked for."""
    keep = os.environ.get("KEEP_REPORTS")  # a directory: what a failed run left is wanted for a look
    with contextlib.ExitStack() as stack:
        out = keep or stack.enter_context(tempfile.TemporaryDirectory(prefix="rushproof-verdict."))
        out = os.path.join(out, str(time.monotonic_ns()))
        command = [os.path.join(BIN, "rushproof"), "run", "--quiet", f"--output={out}", *options, scenario]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
                                  check=False, env={**os.environ, **(env or {})}, text=True)
        except subprocess.TimeoutExpired:
            sys.exit(f"{' '.join(command)} hangs: not done after {timeout} s")
        found = sorted(glob.glob(os.path.join(out, "*", "*", "result.json")))
        if not found:
            sys.exit(f"{' '.join(command)} left no result, exit {done.returncode}:\n{done.stdout}")
        return [Run(os.path.dirname(path), done.returncode) for path in found]


def truth(run):
    """What is right, said by the rows themselves: everybody told yes has one row, and nobody else has any."""
    return len(run.users) == len(set(run.users)) and set(run.users) == run.accepted
