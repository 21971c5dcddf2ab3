#!/usr/bin/python3
"""How soon, and how rightly, a run knows that a queue has drained: counted over any number of sittings, what was counted is
kept and not counted again.

    drain.py [--runs=N] [FORM…]    until there are N runs a form: rabbit (private RabbitMQ), rabbit-auto, external (somebody
                                   else's RabbitMQ), stream (Redis), outbox (a table in Postgres)
    drain.py --tell                the table of all that was counted

In each run the worker stumbles once, for up to 2.5 s at a message of its choice, and is right: all that it was given is
saved before drain.timeout. A run is wrong that does not pass, or that said "drained" before the last row was there. The
delay is that of the word "drained" after the later of the last row and the last answer, by clocks of the processes:
rushproof.log has milliseconds. --results FILE: where it is kept."""

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
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import rabbit  # noqa: E402
import runner  # noqa: E402

STRANGERS = HERE.parent / "strangers"
RESULTS = runner.BIN.parent / "series-drain.jsonl"
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
    drain = done.result["drain"]
    if form == "outbox":
        last = max(drain["last_commit_ns"] or 0, drain["decided_ns"] - int(drain["after_last_response_ms"] * 1e6))
        return (drain["decided_ns"] - last) / 1e6, drain["decided_ns"] < (drain["last_commit_ns"] or 0)
    log = (done.dir / "rushproof.log").read_text()
    begun, ended = truth(done)
    drained, settled = instant(log, "drain: drained"), instant(log, "phase: drain")
    if begun is None or drained is None:
        return None, drained is not None
    return (drained - max(ended, settled)) * 1000, drained + 0.001 < begun


def once(bench, form, seed, broker):
    chance = random.Random(zlib.crc32(seed.encode()))
    env = {"STUMBLE": f"{chance.uniform(0, 2.5):.3f}", "STUMBLE_AT": str(chance.randrange(1, 100))}
    more = []
    if form == "external":
        more = [f"--set=stack.rabbitmq={broker.url}", f"--set=evidence.pipeline.management={broker.management}"]
    done = bench.run("--quiet", "--set=load.0.burst.require.spread=10s", "--set=drain.timeout=15s", *more,
                     STRANGERS / f"{FORMS[form]}.yaml", env=env)
    if done.code == 4 or done.too_busy() or done.result is None:
        return {"form": form, "seed": seed, "verdict": "none", "why": done.stderr[-300:]}
    delay, early = measure(form, done)
    why = [f"{check['name']}: {check['message']}" for check in done.result["checks"] if check["verdict"] not in ("pass", "skipped")]
    return {"form": form, "seed": seed, "verdict": done.result["verdict"], "outcome": done.result["drain"]["outcome"],
            "delay_ms": delay, "early": early, "left": done.left, "why": why, **env}


def tell(lines):
    wrong = 0
    print("form          runs  right  early  delay ms: median     p90     max  wanted")
    for form in FORMS:
        runs = [line for line in lines if line["form"] == form and line["verdict"] != "none"]
        if not runs:
            continue
        bad = [run for run in runs if run["verdict"] != "pass" or run["early"] or run["left"]]
        delays = sorted(run["delay_ms"] for run in runs if run["delay_ms"] is not None)
        wrong += len(bad)
        figures = (f"{statistics.median(delays):16.1f} {delays[int(len(delays) * 0.9)]:7.1f} {delays[-1]:7.1f}"
                   if delays else f"{'':32}")
        print(f"{form:12} {len(runs):5} {len(runs) - len(bad):6} {sum(run['early'] for run in runs):6} {figures}"
              f"  {LIMITS.get(form, WANTED):.0f}")
        for run in bad:
            print(f"#   wrong: {json.dumps(run)}")
    none = collections.Counter(line["form"] for line in lines if line["verdict"] == "none")
    for form, count in none.items():
        print(f"# {form}: {count} runs proved nothing on this machine, and do not count")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    parser.add_argument("--tell", action="store_true")
    parser.add_argument("forms", nargs="*", default=list(FORMS))
    options = parser.parse_args()
    runner.adopt_orphans()
    broker = None
    if not options.tell:
        with runner.Bench("drain") as bench, open(options.results, "a", encoding="utf-8") as file:
            for form in options.forms:
                had = [line for line in load(options.results) if line["form"] == form]
                seed, missing = len(had), options.runs - sum(line["verdict"] != "none" for line in had)
                if form == "external" and missing > 0:
                    broker = rabbit.Broker(bench.path / "broker").__enter__()
                for number in range(max(missing, 0)):
                    print(json.dumps(once(bench, form, f"{form} {seed + number}", broker)), file=file, flush=True)
            if broker:
                broker.__exit__()
    sys.exit(tell(load(options.results)) > 0)


main()
