"""The same run again and again: run.py [N] [SCENARIO] [OPTION…]"""

import pathlib
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import runner  # noqa: E402
import tap  # noqa: E402


def one(bench, arguments, seconds):
    run = bench.run("--quiet", *arguments)
    seconds.append(run.seconds)
    assert run.code == 0 and run.result["verdict"] == "pass", str(run)
    assert not run.left, "\n".join(run.left)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    arguments = sys.argv[2:] or ["kafka"]
    runner.adopt_orphans()
    test = tap.Tap()
    seconds = []
    shared = set(pathlib.Path("/dev/shm").glob("PostgreSQL.*"))
    with runner.Bench("soak") as bench:
        for number in range(1, count + 1):
            test.run(f"{' '.join(arguments)}, run {number} of {count}", one, bench, arguments, seconds)
    seconds.sort()
    print(f"# seconds a run: median {statistics.median(seconds):.2f}, most {seconds[-1]:.2f}")
    # Others may run servers of their own meanwhile: shown, not judged.
    print(f"# shared memory segments more than before: {len(set(pathlib.Path('/dev/shm').glob('PostgreSQL.*')) - shared)}")
    test.end()


main()
