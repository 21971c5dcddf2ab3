#!/usr/bin/python3
"""Orderly restarts of coupon-consumer under load, the long form of busy_restart: restarts.py [ROUNDS [SEED]].

Prints for each way to consume how many rows came twice; exit code 1 when any did. Needs RUSHPROOF_BIN."""

import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

import test_consumer  # noqa: E402


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    bad = 0
    for mode in test_consumer.MODES:
        twice, repeated = test_consumer.restart_under_load(mode, rounds, random.Random(seed))
        print(f"{' '.join(mode) or 'row by row'}: {rounds} restarts, {twice} rows twice, {repeated} repeated", flush=True)
        bad += twice + repeated
    return bad > 0


sys.exit(main())
