"""Every test_*.py beside this file: each has a list TESTS of functions, whose first line of documentation
is the test's name. --only=WORD runs those whose module or name contains the word, --jobs=N so many at a time."""

import concurrent.futures
import contextlib
import importlib
import io
import os
import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

import rig  # noqa: E402
import tap  # noqa: E402


def tests(words):
    """(module, function, name) of each test; the long ones first, so that none is left at the end."""
    found = []
    for path in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        for test in module.TESTS:
            name = f"{path.stem.removeprefix('test_')}: {test.__doc__.splitlines()[0].rstrip('.')}"
            if not words or any(word in f"{name} {test.__name__}" for word in words):
                found.append((path.stem, test.__name__, name))
    return sorted(found, key=lambda test: test[0] != "test_consumer")


def run(module, function):
    """In a process of its own: what was wrong (empty when nothing was), what it printed, seconds."""
    begin, wrong, out = time.monotonic(), "", io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            getattr(importlib.import_module(module), function)()
        except AssertionError as error:
            wrong = f"{traceback.extract_tb(error.__traceback__)[1].line}\n{error}"
        except Exception:
            wrong = traceback.format_exc()
    return wrong, out.getvalue(), time.monotonic() - begin


def main():
    words = [argument.removeprefix("--only=") for argument in sys.argv[1:] if argument.startswith("--only=")]
    jobs = [argument.removeprefix("--jobs=") for argument in sys.argv[1:] if argument.startswith("--jobs=")]
    report = tap.Tap()
    with rig.Rig(postgres="own") as shared, \
            concurrent.futures.ProcessPoolExecutor(int(jobs[0]) if jobs else 4, max_tasks_per_child=1) as pool:
        os.environ["RIG_POSTGRES"] = shared.postgres.url
        started = {pool.submit(run, module, function): name for module, function, name in tests(words)}
        for done in concurrent.futures.as_completed(started):
            wrong, printed, seconds = done.result()
            report.ok(not wrong, started[done], wrong + printed, seconds)
            if not wrong and printed:
                print(printed, end="")
    report.end()


if __name__ == "__main__":
    main()
