#!/usr/bin/python3
"""How soon, and how rightly, a run knows that a queue has drained: counted over any number of sittings, what was counted is
kept and not counted again.

    drain.py [--runs=N] [FORM…]    until there are N runs a form: rabbit (private RabbitMQ), rabbit-auto, external (somebody
                                   else's RabbitMQ), stream (Redis), outbox (a table in Postgres)
    drain.py --tell                the table of all that was counted

In each run the worker stumbles once, for up to 2.5 s at a message of its choice, and is right: all that it was given is
saved before drain.timeout, and a run in which this machine was too slow for that does not count. A run is wrong that does
not pass, that said "drained" before the last row was there (early), or that anybody was lost, late or without a row (lost).
The delay is that of the word "drained" after the later of the last row and the last answer, by clocks of the processes:
rushproof.log has milliseconds. A run whose service was ended by a process from elsewhere does not count either; who that
was is kept, and told at the end.

--results FILE  where it is kept; else series-drain.jsonl in the directory that this is started in
--most S        no run is begun after so many seconds: the next sitting goes on there"""

import argparse
import collections
import datetime
import json
import os
import pathlib
import random
import re
import statistics
import sys
import time
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import rabbit  # noqa: E402
import runner  # noqa: E402

STRANGERS = HERE.parent / "strangers"
RESULTS = pathlib.Path("series-drain.jsonl")
TIMEOUT = 15  # s, of the drain
ATTEMPTS = 3  # at a run that counts
FORMS = {"rabbit": "rabbit", "rabbit-auto": "rabbit-auto", "external": "rabbit", "stream": "stream", "outbox": "relay"}
STATISTICS = 5000  # ms: how often a RabbitMQ makes them
LIMITS = {"external": 1.2 * STATISTICS}
WANTED = 20  # ms


def load(path):
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def instant(log, words):
    """When rushproof.log said that first, in seconds of the wall clock."""
    found = re.search(rf"^(\S+)Z INFO {words}", log, re.MULTILINE)
    return datetime.datetime.fromisoformat(found[1]).replace(tzinfo=datetime.timezone.utc).timestamp() if found else None


def truth(done):
    """(begun, ended): the last save of the worker, from before it asked the store until it was told; None: it says none."""
    log = (done.dir / "logs/worker.log")
    found = re.findall(r"^saved (\S+) (\S+)$", log.read_text(), re.MULTILINE) if log.exists() else []
    return max(((float(begun), float(ended)) for begun, ended in found), key=lambda span: span[1], default=(None, None))


def measure(form, done):
    """(delay in ms, whether it was early, whether all rows came in time)"""
    drain = done.result["drain"]
    if form == "outbox":
        settled = drain["decided_ns"] - int(drain["after_last_response_ms"] * 1e6)
        last = max(drain["last_commit_ns"] or 0, settled)
        return (drain["decided_ns"] - last) / 1e6, drain["decided_ns"] < (drain["last_commit_ns"] or 0), True
    log = (done.dir / "rushproof.log").read_text()
    begun, ended = truth(done)
    drained, settled = instant(log, "drain: drained"), instant(log, "phase: drain")
    in_time = begun is None or settled is None or ended < settled + TIMEOUT
    if begun is None or drained is None:
        return None, drained is not None, in_time
    return (drained - max(ended, settled)) * 1000, drained + 0.001 < begun, in_time


def who_ended_it(done):
    """A process from elsewhere; the harness itself asks for the end of what it has started."""
    log = done.dir / "logs/service.log"
    found = re.search(r"^ended by (.*)$", log.read_text(errors="replace"), re.MULTILINE) if log.exists() else None
    return found[1] if found and " run --output=" not in found[1] else None


def failures(done):
    return {check["name"]: check["message"] for check in done.result["checks"] if check["verdict"] not in ("pass", "skipped")}


def once(bench, form, seed, broker):
    chance = random.Random(zlib.crc32(seed.encode()))
    env = {"STUMBLE": f"{chance.uniform(0, 2.5):.3f}", "STUMBLE_AT": str(chance.randrange(1, 100))}
    more = []
    if form == "external":
        more = [f"--set=stack.rabbitmq={broker.url}", f"--set=evidence.pipeline.management={broker.management}"]
    done = bench.run("--quiet", "--set=load.0.burst.require.spread=10s", f"--set=drain.timeout={TIMEOUT}s", *more,
                     STRANGERS / f"{FORMS[form]}.yaml", env=env)
    said = {"form": form, "seed": seed, "verdict": "none", **env}
    if done.code == 4 or done.too_busy() or done.result is None:
        return {**said, "why": done.stderr[-300:]}
    delay, early, in_time = measure(form, done)
    why = failures(done)
    if not in_time:
        return {**said, "why": f"a row came after {TIMEOUT} s"}
    if "processes" in why and who_ended_it(done):
        return {**said, "why": f"ended from elsewhere, by {who_ended_it(done)}; {why['processes']}"}
    lost = bool(set(why) & {"lost", "late", "drained", "cap_exact"}) and done.result["verdict"] == "fail"
    return {**said, "verdict": done.result["verdict"], "outcome": done.result["drain"]["outcome"], "delay_ms": delay,
            "early": early, "lost": lost, "left": done.left, "why": [f"{name}: {text}" for name, text in why.items()]}


def figures(delays):
    if not delays:
        return f"{'':32}"
    return f"{statistics.median(delays):16.1f} {delays[int(len(delays) * 0.9)]:7.1f} {delays[-1]:7.1f}"


def tell(lines):
    wrong = 0
    print("form          runs  right  early  lost  delay ms: median     p90     max  wanted")
    for form in FORMS:
        runs = [line for line in lines if line["form"] == form and line["verdict"] != "none"]
        bad = [run for run in runs if run["verdict"] != "pass" or run["early"] or run["left"]]
        delays = sorted(run["delay_ms"] for run in runs if run["delay_ms"] is not None)
        wrong += len(bad)
        if runs:
            print(f"{form:12} {len(runs):5} {len(runs) - len(bad):6} {sum(run['early'] for run in runs):6}"
                  f" {sum(run.get('lost', False) for run in runs):5} {figures(delays)}  {LIMITS.get(form, WANTED):.0f}")
        for run in bad:
            print(f"#   wrong: {json.dumps(run)}")
    none = collections.Counter((line["form"], line["why"].strip()) for line in lines if line["verdict"] == "none")
    for (form, why), count in none.items():
        print(f"# {form}: {count} proved nothing, and do not count: {why[-200:]}")
    return wrong


def sit(bench, form, options, until, broker):
    """What is missing of one form."""
    had = [line for line in load(options.results) if line["form"] == form]
    missing = options.runs - sum(line["verdict"] != "none" for line in had)
    for number in range(len(had), len(had) + ATTEMPTS * max(missing, 0)):
        if missing <= 0 or time.monotonic() > until:
            return
        line = once(bench, form, f"{form} {number}", broker)
        missing -= line["verdict"] != "none"
        with open(options.results, "a", encoding="utf-8") as file:
            print(json.dumps(line), file=file)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    parser.add_argument("--most", type=float, default=float("inf"))
    parser.add_argument("--tell", action="store_true")
    parser.add_argument("forms", nargs="*", default=list(FORMS))
    options = parser.parse_args()
    runner.adopt_orphans()
    until = time.monotonic() + options.most
    for form in [] if options.tell else options.forms:
        with runner.Bench("drain") as bench:
            if form == "external":
                with rabbit.Broker(bench.path / "broker") as broker:
                    sit(bench, form, options, until, broker)
            else:
                sit(bench, form, options, until, None)
    sys.exit(tell(load(options.results)) > 0)


main()
