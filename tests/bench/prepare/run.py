#!/usr/bin/env python3
"""Does a preparation of a thousand users widen the burst that follows it?

run.py [--pairs=100] [--users=1000]

Interleaved pairs of runs on apply-service, with and without a request of each user's own before the burst, told apart by
nothing else, at gate last-byte: freezing the target would hide what is asked for. Prints the median of the ratios of their
spreads and its upper 95 % bound (by order statistics). Start it as an ordinary user: real-time priority hides it, too."""

import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

BIN = pathlib.Path(os.environ.get("RUSHPROOF_BIN", "build/release/bin")).resolve()
SCENARIO = """
name: bench-prepare
limit: 100
stack: {{redis: private, postgres: private, kafka: none}}
processes:
  - {{name: apply, run: [apply-service, --strategy=redis], ready: {{http: /readyz}}}}
{prepare}
request: {{url: "${{apply}}/apply?userId={{{{user}}}}"}}
responses: {{accepted: {{status: 202}}, rejected: {{status: 410}}}}
load:
  - burst: {{requests: {users}, gate: last-byte, require: {{spread: 10s, in_flight: -1}}}}
evidence: {{coupons: "SELECT user_id, id FROM coupon"}}
"""
PREPARE = """
prepare:
  - request: {method: GET, url: "${apply}/healthz?u={{user}}"}
    capture: {type: header:Content-Type}
"""


def spread(directory, name, users, prepare):
    path = pathlib.Path(directory) / f"{name}.yaml"
    path.write_text(SCENARIO.format(prepare=prepare, users=users))
    out = pathlib.Path(directory) / name
    done = subprocess.run([BIN / "rushproof", "run", "--quiet", f"--output={out}", path], capture_output=True, text=True,
                          cwd=directory, check=False)
    found = sorted(out.glob("*/*/result.json"))
    if not found:
        sys.exit(done.stderr)
    return json.loads(found[-1].read_text())["load"]["spread_us"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--users", type=int, default=1000)
    options = parser.parse_args()
    ratios = []
    with tempfile.TemporaryDirectory(prefix="rushproof-bench.") as directory:
        for pair in range(options.pairs):
            order = [("with", PREPARE), ("without", "")]
            found = {name: spread(directory, f"{name}-{pair}", options.users, prepare)
                     for name, prepare in (order if pair % 2 else order[::-1])}
            ratios.append(found["with"] / max(1, found["without"]))
            print(f"# pair {pair}: {found['with']} us with, {found['without']} us without", flush=True)
    ratios.sort()
    count = len(ratios)
    bound = min(count - 1, math.ceil(count / 2 + 1.96 * math.sqrt(count) / 2))
    print(f"median ratio {ratios[count // 2]:.3f}, upper 95 % bound {ratios[bound]:.3f}, {count} pairs, "
          f"{options.users} users, as {'root' if os.geteuid() == 0 else 'an ordinary user'}")


main()
