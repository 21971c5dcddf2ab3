#!/usr/bin/env python3
"""When handlers are entered: 1000 requests over HTTP/1.1, over HTTP/2 by both gates and several streams a connection, and
by h2load, in turns, at nginx before Node, nghttpd, Node, Jetty and Tomcat (in clear) and Go (TLS). Medians, with the interval of
95 % in brackets.

run.py [--short] [--bursts=N] [--requests=N] [--most=S] [TARGET…]"""

import argparse
import os
import pathlib
import subprocess
import sys
import time

import figures
import targets

BIN = pathlib.Path(os.environ.get("RUSHPROOF_BIN", targets.HERE.parents[2] / "build/release/bin"))
WAYS = {"HTTP/1.1, last-byte": (1, ["--gate", "last-byte"]),
        **{f"HTTP/2, one-write, {m}": (2, ["--gate", "one-write", "--streams", str(m)]) for m in (1, 10, 100, 1000)},
        "h2load, 10": (2, None),
        "HTTP/2, last-frame, 10": (2, ["--gate", "last-frame", "--streams", "10"])}
WARM = 3


def shoot(target, way, requests):
    """Fires one burst. Did it work?"""
    version, options = WAYS[way]
    url = target.url(version)
    if options is None:
        command = ["h2load", "-n", str(requests), "-c", str(requests // 10), "-m", "10", "-t", "2", url + "1"]
    else:
        speaks = [] if version == 1 else ["--http2"] if target.scheme == "https" else ["--h2c"]
        command = [BIN / "load-probe", "-n", str(requests), "--insecure", "--release-threads", "2", "--line", *speaks,
                   *options, url + "{{user}}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout


def burst(target, way, requests):
    """First to last and p5 to p95 of the handlers' entries, in ms; why it was no burst otherwise."""
    why, edge = shoot(target, way, requests), requests // 20
    stamps = target.tell()
    if why or len(stamps) != requests:
        return why or f"{len(stamps)} handlers were entered"
    return (stamps[-1] - stamps[0]) / 1e6, (stamps[-1 - edge] - stamps[edge]) / 1e6


def tell(name, way, seen):
    good = [each for each in seen if not isinstance(each, str)]
    if not good:
        print(f"{name:8} {way:24} none: {seen[-1].strip()}", flush=True)
        return
    whole, middle = (figures.span(figures.median([each[i] for each in good]), " ms") for i in (0, 1))
    print(f"{name:8} {way:24} first to last {whole:28} p5 to p95 {middle:28} {len(good)} of {len(seen)}", flush=True)


def series(name, target, options):
    """What cannot be fired at it is told by the first rounds, which also warm it up."""
    ways = [way for way in WAYS if target.url(WAYS[way][0])]
    warm = figures.in_turns(ways, WARM, lambda way: burst(target, way, options.requests))
    fine = [way for way in ways if not all(isinstance(each, str) for each in warm[way])]
    time.sleep(1)  # a burst that was broken off may still enter some
    target.tell()
    seen = figures.in_turns(fine, 3 if options.short else options.bursts,
                            lambda way: burst(target, way, options.requests), options.most)
    for way in ways:
        tell(name, way, seen.get(way, warm[way]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--bursts", type=int, default=100)
    parser.add_argument("--most", type=float, default=float("inf"), help="seconds, for each target; then the rounds so far are told")
    parser.add_argument("--requests", type=int, default=1000)
    options = targets.parse(parser, targets.TARGETS)
    for name, target in targets.each(options.targets):
        series(name, target, options)


if __name__ == "__main__":
    sys.exit(main())
