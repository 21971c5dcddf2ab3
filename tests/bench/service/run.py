#!/usr/bin/python3
"""What apply-service costs over the least that could do the job: wrk on it, past the limit, beside a bare evhttp
loop that sends INCR and answers (bare.c), and strategy exact beside strategy kafka. One event loop each, taking
turns, so that a noisy machine is noisy for all.

    tests/bench/service/run.py [--short] [--rounds N] [--seconds S]

RUSHPROOF_BIN names the directory of the programs.
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "service"))

import rig  # noqa: E402

LIMIT = 100
CONNECTIONS = 100
TICKS = os.sysconf("SC_CLK_TCK")
# who, beside whom, least share of its requests/s
PROMISES = (("kafka", "bare", 0.8), ("exact", "kafka", 0.7))


def cpu(pid):
    """Seconds of processor time that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Target:
    def __init__(self, name, port, pid):
        self.name, self.port, self.pid = name, port, pid
        self.rates, self.costs = [], []

    def measure(self, seconds, script):
        before = cpu(self.pid)
        out = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "-s", script,
                              f"http://127.0.0.1:{self.port}/"], capture_output=True, text=True, check=True).stdout
        requests = int(re.search(r"(\d+) requests in", out).group(1))
        errors = re.search(r"Socket errors: (.*)", out)
        assert not errors, f"{self.name}: {errors.group(0)}"
        self.rates.append(float(re.search(r"Requests/sec: *([\d.]+)", out).group(1)))
        self.costs.append((cpu(self.pid) - before) / requests * 1e6)


def start(r):
    targets = []
    port = rig.free_port()
    bare = r.start("bench-bare", r.redis.path, str(port))
    bare.wait_for("listening")
    targets.append(Target("bare", port, bare.child.pid))
    for name, strategy, threads in (("kafka", "kafka", 1), ("exact", "exact", 1), ("kafka, 2 loops", "kafka", 2)):
        r.redis.ask("DEL", "coupon_count")
        service = r.apply(f"--strategy={strategy}", f"--limit={LIMIT}", f"--threads={threads}", "--log-level=warn")
        for user in range(LIMIT):
            assert service.apply(user).status == 202
        assert service.apply(LIMIT).status == 410
        targets.append(Target(name, service.port, service.program.child.pid))
    return targets


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="3 rounds of a second")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    settings = parser.parse_args()
    if settings.short:
        settings.rounds, settings.seconds = 3, 1
    with rig.Rig(redis=True, kafka=True) as r:
        script = pathlib.Path(r.directory, "post.lua")
        script.write_text('wrk.method = "POST"\nwrk.path = "/apply?userId=123456"\n')
        targets = start(r)
        for _ in range(settings.rounds):
            for target in targets:
                target.measure(settings.seconds, script)
        # Every one of them has really decided: the counter of Redis says so.
        assert int(r.redis.ask("GET", "coupon_count")) > LIMIT

    print(f"POST /apply past the limit, wrk -t1 -c{CONNECTIONS} -d{settings.seconds}, "
          f"median of {settings.rounds}\n")
    print(f"{'':16}{'requests/s':>12}{'lowest':>12}{'highest':>12}{'CPU us/request':>16}")
    for target in targets:
        print(f"{target.name:16}{statistics.median(target.rates):12,.0f}{min(target.rates):12,.0f}"
              f"{max(target.rates):12,.0f}{statistics.median(target.costs):16.1f}")
    by_name = {target.name: target for target in targets}
    passed = 0
    print()
    for name, beside, least in PROMISES:
        shares = [mine / other for mine, other in zip(by_name[name].rates, by_name[beside].rates)]
        share = statistics.median(shares)
        good = share >= least
        passed += good
        print(f"{'ok' if good else 'not ok'} - {name} reaches {share:.2f} of {beside}, promised {least} "
              f"(rounds {min(shares):.2f} to {max(shares):.2f})")
    print(f"{passed} passed, {len(PROMISES) - passed} failed")
    return 0 if passed == len(PROMISES) else 1


if __name__ == "__main__":
    sys.exit(main())
