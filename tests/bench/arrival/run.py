#!/usr/bin/python3
"""How tight a burst of 1000 requests arrives: rushproof with each gate, and its rivals, in one run.

The target is bench-target: it records the kernel's receive stamp of each connection's first request. Rivals that
reuse one connection for several requests show fewer arrivals; the table says how many of the 1000 came.

    tests/bench/arrival/run.py [--short] [--runs N] [--requests N]
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import bursts  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="3 runs, Debian's rivals only")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--requests", type=int, default=1000)
    settings = parser.parse_args()
    table = bursts.shooters()
    if settings.short:
        settings.runs = 3
        table = {name: table[name] for name in table
                 if name.startswith("rushproof") or name in ("ab", "h2load")}
    with bursts.Target() as target:
        def fire(name, shooter):
            target.ask("/__reset")
            shooter(target.port, settings.requests)
            return target.ask("/__figures")
        results = bursts.in_turns(table, settings.runs, fire)

    print(f"{settings.requests} POSTs, {os.cpu_count()} cores shared with the target, medians of "
          f"{settings.runs}; kernel receive stamps\n")
    print(f"{'shooter':24} {'arrived':>8} {'first to last':>14} {'p5 to p95':>11} {'ratio':>7}")
    own = bursts.median([r["spread_us"] for r in results["rushproof"]])
    for name, figures in results.items():
        spread = bursts.median([r["spread_us"] for r in figures])
        middle = bursts.median([r["p5_p95_us"] for r in figures])
        arrived = bursts.median([r["arrived"] for r in figures])
        print(f"{name:24} {arrived:8.0f} {spread / 1000:11.2f} ms {middle / 1000:8.2f} ms "
              f"{spread / own if own else float('nan'):6.1f}x")
    whole = [r["arrived"] == settings.requests for r in results["rushproof"]]
    print(f"\n{'1 passed, 0 failed' if all(whole) else '0 passed, 1 failed'}")
    return 0 if all(whole) else 1


if __name__ == "__main__":
    sys.exit(main())
