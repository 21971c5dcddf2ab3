"""Tests in Python: a Tap counts checks, prints TAP-like lines and ends in `N passed, N failed`, as
CONTRIBUTING.md asks of every test script."""

import sys
import traceback


class Tap:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def ok(self, good, name, why=""):
        """One test; why is shown when it is not good. Returns good."""
        if good:
            self.passed += 1
            print(f"ok - {name}", flush=True)
        else:
            self.failed += 1
            print(f"not ok - {name}", flush=True)
            for line in str(why).splitlines():
                print(f"#   {line}", flush=True)
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

    def end(self):
        """The summary line, then the process's exit."""
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(0 if self.passed and not self.failed else 1)
