#!/usr/bin/python3
"""Which check-then-act windows a single burst exposes: the share of bursts that over-issue, by window.

The target is bench-target --window: a shop that reads the count, and acts on it W microseconds later.

    tests/bench/window/run.py [--short] [--runs N]
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import bursts  # noqa: E402

LIMIT = 100
WINDOWS = (10, 30, 100, 300, 1000)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="2 runs, Debian's rivals only")
    parser.add_argument("--runs", type=int, default=10)
    settings = parser.parse_args()
    table = bursts.shooters(gates=())
    table.pop("rushproof, 1 thread", None)
    if settings.short:
        settings.runs = 2
        table = {name: table[name] for name in table if name in ("rushproof", "ab", "h2load")}
    shares = {name: [] for name in table}
    with bursts.Target(f"--limit={LIMIT}", "--window=0") as target:
        for window in WINDOWS:
            def fire(name, shooter, window=window):
                target.ask(f"/__reset?window={window}")
                shooter(target.port, 1000)
                return target.ask("/__figures")["issued"]
            for name, issued in bursts.in_turns(table, settings.runs, fire).items():
                over = [i for i in issued if i > LIMIT]
                shares[name].append((len(over) / len(issued) if issued else float("nan"),
                                     bursts.median(issued) - LIMIT))

    print(f"share of {settings.runs} single bursts of 1000 that over-issued a limit of {LIMIT} "
          f"(median of coupons too many)\n")
    print(f"{'shooter':24}" + "".join(f"{f'W = {w} us':>16}" for w in WINDOWS))
    for name, row in shares.items():
        print(f"{name:24}" + "".join(f"{share:8.0%} ({over:+.0f})".rjust(16) for share, over in row))
    widest = shares["rushproof"][-1][0]
    print(f"\n{'1 passed, 0 failed' if widest == 1 else '0 passed, 1 failed'}")
    return 0 if widest == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
