#!/usr/bin/python3
"""How tight a burst of 1000 requests arrives: rushproof with each gate, and its rivals, in one run.

The target is bench-target: it records the kernel's receive stamp of each request (of a tool that goes on after its
1000, the first of each connection). The table says how many arrived.

    tests/bench/arrival/run.py [--short] [--runs N] [--requests N]
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import bursts  # noqa: E402

MOST_US = 5000


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
            return target.ask(f"/__figures?requests={settings.requests}")
        results = bursts.in_turns(table, settings.runs, fire)

    print(f"{settings.requests} POSTs, {os.cpu_count()} cores shared with the target, medians of "
          f"{settings.runs}; kernel receive stamps\n")
    print(f"{'shooter':24} {'arrived':>8} {'first to last':>14} {'p5 to p95':>11} {'ratio':>7}")
    rows = {name: [bursts.median([r[key] for r in figures]) for key in ("arrived", "spread_us", "p5_p95_us")]
            for name, figures in results.items()}
    own = rows["rushproof"][1]
    for name, (arrived, spread, middle) in rows.items():
        print(f"{name:24} {arrived:8.0f} {spread / 1000:11.2f} ms {middle / 1000:8.2f} ms "
              f"{spread / own if own else float('nan'):6.1f}x")
    rivals = {name: row[1] for name, row in rows.items()
              if not name.startswith("rushproof") and row[0] >= 0.9 * settings.requests}
    best = min(rivals, key=rivals.get)
    promises = [
        (all(r["arrived"] == settings.requests for r in results["rushproof"]), "all arrived, in every run"),
        (own <= 0.5 * rivals[best], f"at most half of the best rival's spread: {own / rivals[best]:.2f} of {best}'s"),
        (own <= MOST_US, f"at most {MOST_US / 1000:g} ms: {own / 1000:.2f} ms"),
    ]
    print()
    for good, promise in promises:
        print(f"{'ok' if good else 'not ok'} - the default gate: {promise}")
    kept = sum(good for good, _ in promises)
    print(f"{kept} passed, {len(promises) - kept} failed")
    return 0 if kept == len(promises) else 1


if __name__ == "__main__":
    sys.exit(main())
