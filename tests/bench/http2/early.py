#!/usr/bin/env python3
"""No burst passes that let a service begin before the release: the gate last-frame, again and again, before servers that
start handlers at the head of a request. Go and Node decide there, so that each run must be invalid; grpc-go and grpcio read
the message first, so that each must be held, with no row before the release.

early.py [--runs=N] [go|node|grpc|grpcio …]   (RUSHPROOF_BIN; `tests/strangers/run-prepare.sh` has built the services;
                                               STRANGERS_GO=DIR: those in Go are there)"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("RUSHPROOF_BIN", ROOT / "build/release/bin"))
STRANGERS = {"go": ("tests/strangers/http2-go.yaml", "invalid"), "node": ("tests/strangers/http2-node.yaml", "invalid"),
             "grpc": ("tests/strangers/grpc.yaml", "held"), "grpcio": ("examples/grpc/shop.yaml", "held")}

WIDE = ["--set", "load.0.burst.require={spread: 10s, in_flight: -1}"]  # how close they are is not what is asked


def once(name, folder):
    """"invalid", "held", or what else came of it."""
    done = subprocess.run([BIN / "rushproof", "run", ROOT / name, "--set",
                           "load.0.burst.gate=last-frame", "--set", "load.0.burst.requests=300", *WIDE],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd=folder,
                          env={"STRANGERS_GO": str(BIN.parent / "strangers-go"),
                               "STRANGERS_NODE_MODULES": str(BIN.parent / "strangers-node/node_modules"), **os.environ})
    if done.returncode == 2 and "before the" in done.stdout.splitlines()[-1]:
        return "invalid"
    results = sorted(pathlib.Path(folder).glob("**/result.json"))
    phase = json.loads(results[-1].read_text())["load"]["phases"][0] if results else {}
    return "held" if done.returncode == 0 and phase.get("gate") == "last-frame" else done.stdout


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=100)
    options.add_argument("which", nargs="*", default=list(STRANGERS))
    options = options.parse_args()
    wrong = 0
    for which in options.which:
        name, wanted = STRANGERS[which]
        right = 0
        for _ in range(options.runs):
            with tempfile.TemporaryDirectory() as folder:
                came = once(name, folder)
            right += came == wanted
            if came != wanted:
                print(f"# {which}: {came[-600:]}", flush=True)
        wrong += options.runs - right
        print(f"{which}: {wanted} in {right} of {options.runs}", flush=True)
    sys.exit(wrong != 0)


if __name__ == "__main__":
    main()
