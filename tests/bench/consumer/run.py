#!/usr/bin/python3
"""How fast coupon-consumer turns records into rows: row by row, batched and exactly once, beside plain COPY of the
same users into the same table, taking turns. From the assignment of the partitions to the last row.

    tests/bench/consumer/run.py [--short] [--rounds N] [--records N]

RUSHPROOF_BIN names the directory of the programs.
"""

import argparse
import io
import pathlib
import re
import statistics
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "service"), str(HERE.parents[1] / "lib")]

import psycopg2  # noqa: E402
import rig  # noqa: E402
import tap  # noqa: E402

BATCH, ONCE = "batch of 10,000", "exactly once"
MODES = {
    "row by row": [],
    "batch of 100": ["--batch=100"],
    "batch of 1,000": ["--batch=1000"],
    BATCH: ["--batch=10000"],
    ONCE: ["--batch=10000", "--exactly-once"],
}
PROMISED = {BATCH: 0.6, ONCE: 0.4}  # of COPY


def copy(r, users):
    """Seconds that COPY needs."""
    text = io.StringIO("".join(f"{user}\n" for user in users))
    link = psycopg2.connect(r.postgres.url)
    begin = time.monotonic()
    link.cursor().copy_expert("COPY coupon (user_id) FROM STDIN", text)
    link.commit()
    seconds = time.monotonic() - begin
    link.close()
    return seconds


def inserted(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return int(re.search(r"^consumer_rows_inserted_total (\d+)", answer.read().decode(), re.M).group(1))


def consume(r, options, users, group):
    """Seconds from the assignment to the last row."""
    consumer = r.consumer("--metrics-listen=127.0.0.1:0", f"--group={group}", "--log-level=warn", *options)
    begin = time.monotonic()
    port = int(re.search(r"metrics on http://127.0.0.1:(\d+)/", consumer.output()).group(1))
    rig.wait_until("every row", lambda: inserted(port) >= len(users), timeout=300, step=0.01)
    seconds = time.monotonic() - begin
    assert consumer.stop() == 0
    return seconds


def check(r, users):
    found = r.postgres.rows("SELECT count(*), count(DISTINCT user_id), min(user_id), max(user_id) FROM coupon")
    assert found == [(len(users), len(users), users[0], users[-1])], found
    transactions = r.postgres.value("SELECT count(DISTINCT xmin::text) FROM coupon")
    r.postgres.rows("TRUNCATE coupon, failed_event")
    return transactions


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="20,000 records, 3 rounds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--records", type=int, default=100000)
    settings = parser.parse_args()
    if settings.short:
        settings.rounds, settings.records = 3, 20000
    users = range(1, settings.records + 1)
    times = {name: [] for name in ("COPY", *MODES)}
    transactions = {}
    with rig.Rig(postgres="own", kafka=True) as r:
        r.kafka.send(users)
        assert r.consumer("--group=schema").stop() == 0
        r.postgres.rows("TRUNCATE coupon")
        for round_number in range(settings.rounds):
            times["COPY"].append(copy(r, users))
            transactions["COPY"] = check(r, users)
            for name, options in MODES.items():
                # The lesson's way takes so long that one round says enough.
                if name == "row by row" and round_number:
                    continue
                # The unique keys belong to one of them only.
                r.postgres.rows("DROP INDEX IF EXISTS coupon_once, failed_event_once")
                times[name].append(consume(r, options, users, f"{name.replace(' ', '-')}-{round_number}"))
                transactions[name] = check(r, users)
            r.postgres.rows("DROP INDEX IF EXISTS coupon_once, failed_event_once")

    print(f"{settings.records:,} records into coupon, median of {settings.rounds}\n")
    print(f"{'':16}{'rows/s':>12}{'of COPY':>10}{'ms':>10}{'transactions':>14}")
    shares = {}
    for name, seconds in times.items():
        median = statistics.median(seconds)
        shares[name] = statistics.median(copied / own for copied, own in zip(times["COPY"], seconds))
        print(f"{name:16}{settings.records / median:12,.0f}{shares[name]:10.2f}{median * 1e3:10.0f}"
              f"{transactions[name]:14}")
    report = tap.Tap()
    print()
    for name, promised in PROMISED.items():
        report.ok(shares[name] >= promised, f"{name}: {shares[name]:.2f} of COPY, promised {promised}")
        report.ok(transactions[name] * 100 <= settings.records, f"{name}: at most 1 transaction for 100 coupons")
    report.end()


if __name__ == "__main__":
    main()
