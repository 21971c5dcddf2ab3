#!/usr/bin/python3
"""Requests a second of a closed phase whose users have texts of 36 characters for ids, beside the same with numbers.

Pairs in turns, each on core 0 with the target on the others. Prints the median of the ratios and its lower 95 % bound (by
order statistics), of requests for each second of processor time and of requests by the clock.

    tests/bench/throughput/ids.py [--pairs=N] [--requests=N] [--connections=N]
"""

import argparse
import math
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import bursts  # noqa: E402

TEXT = "member-{{n}}@a-shop.of-texts.example"  # with a number of five digits 36 characters
CORES = sorted(os.sched_getaffinity(0))


def fire(target, form, options):
    """Requests a second of processor time, and of the clock."""
    url = f"http://127.0.0.1:{target.port}/apply?userId={{{{user}}}}"
    command = [os.path.join(bursts.BIN, "load-probe"), "-w1", "-pclosed", f"-n{options.requests}",
               f"-c{options.connections}", "--first-user=10000", *([f"--ids={form}"] if form else []), url]
    target.ask("/__reset")
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               preexec_fn=lambda: os.sched_setaffinity(0, CORES[:1]))
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    elapsed = time.monotonic() - began
    made = target.ask("/__figures")["requests"]
    if process.returncode or made != options.requests:
        sys.exit(f"{made} requests: {output.decode(errors='replace')[-500:]}")
    return made / (usage.ru_utime + usage.ru_stime), made / elapsed


def tell(name, ratios):
    ratios.sort()
    count = len(ratios)
    low = max(0, math.floor(count / 2 - 1.96 * math.sqrt(count) / 2))
    print(f"{name}: median ratio {ratios[count // 2]:.3f}, lower 95 % bound {ratios[low]:.3f}")
    return ratios[count // 2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=31)
    parser.add_argument("--requests", type=int, default=80000)
    parser.add_argument("--connections", type=int, default=100)
    options = parser.parse_args()
    cores, clock = [], []
    with bursts.Target() as target:
        if len(CORES) > 1:
            for thread in os.listdir(f"/proc/{target.process.pid}/task"):
                os.sched_setaffinity(int(thread), CORES[1:])
        for pair in range(options.pairs):
            forms = [("text", TEXT), ("number", "")]
            found = {name: fire(target, form, options) for name, form in (forms if pair % 2 else forms[::-1])}
            cores.append(found["text"][0] / found["number"][0])
            clock.append(found["text"][1] / found["number"][1])
    print(f"{options.pairs} pairs of {options.requests} requests over {options.connections} connections")
    fine = tell("a core", cores) >= 0.9
    tell("a second", clock)
    print("1 passed, 0 failed" if fine else "0 passed, 1 failed")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
