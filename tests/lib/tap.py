"""Tests in Python: a Tap counts checks, prints TAP-like lines and ends in `N passed, N failed`, as
CONTRIBUTING.md asks of every test script."""

import ctypes
import os
import signal
import sys
import time
import traceback

PR_SET_PDEATHSIG = 1


def say(text):
    """Whole, also when others write to the same file."""
    sys.stdout.flush()
    data = (text + "\n").encode(errors="replace")
    while data:
        data = data[os.write(sys.stdout.fileno(), data):]


class Tap:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.began = time.monotonic()

    def ok(self, good, name, why="", spent=None):
        """One test; why is shown when it is not good. spent: seconds, those since the test before without it. Returns
        good."""
        now = time.monotonic()
        spent, self.began = now - self.began if spent is None else spent, now
        self.passed += bool(good)
        self.failed += not good
        reasons = [] if good else [f"#   {line}" for line in str(why).splitlines()]
        say("\n".join([f"{'ok' if good else 'not ok'} - {name} ({spent:.1f} s)", *reasons]))
        return bool(good)

    def run(self, name, function, *arguments):
        """One test that holds when function raises nothing."""
        try:
            function(*arguments)
        except AssertionError as error:
            return self.ok(False, name, error)
        except Exception:  # a test that breaks has failed; the others go on
            return self.ok(False, name, traceback.format_exc())
        return self.ok(True, name)

    def shares(self, jobs, work):
        """work(tap, number) in so many processes at the same time, each with a Tap of its own; adds their counts. For
        tests that wait more than they work."""
        children = [self.share(work, number) for number in range(jobs)]
        for pid, read in children:
            counts = read.read().split()
            os.waitpid(pid, 0)
            passed, failed = map(int, counts or (0, 1))
            self.passed += passed
            self.failed += failed
            if not counts:
                say("not ok - a share of the tests ended early")
        self.began = time.monotonic()

    @staticmethod
    def share(work, number):
        read, write = os.pipe()
        pid = os.fork()
        if pid:
            os.close(write)
            return pid, os.fdopen(read)
        try:
            os.close(read)
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            own = Tap()
            work(own, number)
            os.write(write, f"{own.passed} {own.failed}".encode())
        except BaseException:
            say(traceback.format_exc())
        os._exit(0)

    def end(self):
        """The summary line, then the process's exit."""
        say(f"{self.passed} passed, {self.failed} failed")
        sys.exit(0 if self.passed and not self.failed else 1)
