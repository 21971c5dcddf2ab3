"""Every test_*.py beside this file: each has a list TESTS of functions, whose first line of documentation
is the test's name. --only=WORD runs those whose module or name contains the word."""

import importlib
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

import tap  # noqa: E402


def main():
    words = [argument.removeprefix("--only=") for argument in sys.argv[1:] if argument.startswith("--only=")]
    report = tap.Tap()
    for path in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        for test in module.TESTS:
            name = f"{path.stem.removeprefix('test_')}: {test.__doc__.splitlines()[0].rstrip('.')}"
            if words and not any(word in f"{name} {test.__name__}" for word in words):
                continue
            begin = time.monotonic()
            report.run(name, test)
            print(f"#   {time.monotonic() - begin:.1f} s", flush=True)
    report.end()


main()
