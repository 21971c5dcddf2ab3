#!/usr/bin/env python3
"""How many bursts make a shop give out too many that looks whether anything is left, and counts a fixed span later: Go (TLS),
Jetty and Tomcat, 1000 requests for 100 coupons, over HTTP/1.1, over HTTP/2 and by h2load, in turns. The span is chosen first,
for each of them, so that HTTP/1.1 catches it in 10 to 30 of 100 bursts. Shares, with their interval of 95 % (Wilson).

races.py [--short] [--bursts=N] [--most=S] [--window=NS] [TARGET…]"""

import argparse
import sys

import figures
import run
import targets

LIMIT, REQUESTS = 100, 1000
WAYS = ["HTTP/1.1, last-byte", "HTTP/2, one-write, 1", "HTTP/2, one-write, 10", "HTTP/2, one-write, 100", "h2load, 10"]
NAMES = ["go", "jetty", "tomcat"]
FIRST, TRIED, TRIES = 4000, 20, 8  # ns, bursts of one span, spans
RARE, OFTEN = 0.1, 0.3


def caught(target, way):
    """Has one burst made it give out too many? None: it was no burst."""
    why, told = run.shoot(target, way, REQUESTS), target.ask()
    return None if why or len(told["stamps"]) != REQUESTS else told["issued"] > LIMIT


def hits(bursts):
    good = [each for each in bursts if each is not None]
    return sum(good), len(good)


def choose(target):
    """The span of which HTTP/1.1 catches so many: doubled and halved until it does, then between the two."""
    window, low, high = FIRST, 0, None
    for _ in range(TRIES):
        target.ask(f"?window={window}&limit={LIMIT}")
        found, fired = hits([caught(target, WAYS[0]) for _ in range(TRIED)])
        print(f"# {window} ns: HTTP/1.1 catches it in {found} of {fired}", flush=True)
        share = found / fired if fired else 0
        if RARE < share < OFTEN:
            break
        low, high = (window, high) if share <= RARE else (low, window)
        window = round((low + high) / 2) if high else 2 * window
    return window


def series(name, target, bursts, most, window):
    """Prints the shares; returns whether any of HTTP/2 is above HTTP/1.1's for sure."""
    for way in WAYS:
        run.shoot(target, way, REQUESTS)  # a JVM is quicker afterwards
    window = window if window is not None else choose(target)
    target.ask(f"?window={window}&limit={LIMIT}")
    seen = figures.in_turns(WAYS, bursts, lambda way: caught(target, way), most)
    shares = {}
    for way in WAYS:
        found, fired = hits(seen[way])
        shares[way] = figures.share(found, fired) if fired else (0, 0, 1)
        print(f"{name:8} {window} ns {way:24} {figures.percent(shares[way])} of {fired}", flush=True)
    http1 = shares[WAYS[0]]
    print(f"# HTTP/1.1 {'was to catch' if RARE <= http1[0] <= OFTEN else 'was to catch, and did not,'} "
          f"{RARE:.0%} to {OFTEN:.0%}")
    higher = [way for way in WAYS[1:4] if shares[way][1] > http1[2]]
    print(f"{'ok' if higher else 'not ok'} - {name}: {', '.join(higher) or 'none of HTTP/2'} higher for sure", flush=True)
    return bool(higher)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--bursts", type=int, default=100)
    parser.add_argument("--most", type=float, default=float("inf"), help="seconds, for each target; then the rounds so far are told")
    parser.add_argument("--window", type=int, help="ns, for all of them")
    options = targets.parse(parser, NAMES)
    passed = failed = 0
    for name, target in targets.each(options.targets):
        fine = series(name, target, 5 if options.short else options.bursts, options.most, options.window)
        passed, failed = passed + fine, failed + (not fine)
    print(f"{passed} passed, {failed} failed")
    return passed < 2


if __name__ == "__main__":
    sys.exit(main())
