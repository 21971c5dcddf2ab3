"""coupon-consumer by itself: records come from kcat."""

import random
import re
import signal
import time

import rig

# The embedded broker keeps a new group waiting for 3 s of its own time, in which nobody may time out.
SESSION = "--session-timeout=4s"
MODES = [[], ["--batch=50"], ["--batch=50", "--exactly-once"]]


def coupons(r):
    return [user for user, in r.postgres.rows("SELECT user_id FROM coupon ORDER BY id")]


def wait_rows(r, count, timeout=20):
    rig.wait_until(f"{count} rows", lambda: r.postgres.value("SELECT count(*) FROM coupon") >= count, timeout, 0.02)


class Watched:
    """A consumer that tells its metrics."""

    def __init__(self, r, *options, ready=True):
        self.program = r.consumer("--metrics-listen=127.0.0.1:0", *options, ready=False)
        self.program.wait_for("metrics on http://127.0.0.1:")
        self.port = int(self.program.output().split("metrics on http://127.0.0.1:")[1].split("/")[0])
        if ready:
            self.program.wait_for("assigned coupon_create[")

    def metric(self, name):
        import urllib.request
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.split()[1])
        raise AssertionError(f"no metric {name}")


def rows():
    """Row by row, batched and exactly once: each record becomes a row, in the partition's order."""
    for mode in MODES:
        with rig.Rig(postgres=True, kafka=True) as r:
            r.kafka.send(range(1, 301), partition=1)
            consumer = r.consumer(*mode)
            wait_rows(r, 300)
            assert coupons(r) == list(range(1, 301)), f"{mode}: another order"
            assert consumer.stop() == 0


def restart():
    """Nothing is lost or repeated over orderly restarts: the offsets are committed."""
    for mode in MODES:
        with rig.Rig(postgres=True, kafka=True) as r:
            for round_number in range(3):
                consumer = r.consumer(*mode)
                r.kafka.send(range(round_number * 100, round_number * 100 + 100))
                wait_rows(r, round_number * 100 + 30)  # stopped somewhere in the middle
                assert consumer.stop() == 0
            consumer = r.consumer(*mode)
            wait_rows(r, 300)
            time.sleep(0.3)
            assert sorted(coupons(r)) == list(range(300)), f"{mode}: {len(coupons(r))} rows"
            assert consumer.stop() == 0


def restart_under_load(mode, rounds, chance):
    """Returns the users with two rows, and what the consumers counted as repeated."""
    repeated = 0
    with rig.Rig(postgres=True, kafka=True) as r:
        r.kafka.command("rtt 1 15")  # so that a commit is nearly always on its way
        end = r.kafka.stream()
        for _ in range(rounds):
            consumer = r.consumer(*mode)
            wait_rows(r, len(coupons(r)) + 1)
            time.sleep(chance.uniform(0, 0.12))
            assert consumer.stop() == 0
            repeated += int(re.search(r"(\d+) repeated", consumer.output()).group(1))
        sent = end()
        consumer = r.consumer(*mode)
        rig.wait_until("every user", lambda: len(set(coupons(r))) >= sent, 60, 0.1)
        time.sleep(0.2)
        assert consumer.stop() == 0
        repeated += int(re.search(r"(\d+) repeated", consumer.output()).group(1))
        found = coupons(r)
        assert set(found) == set(range(sent)), f"{mode}: users are missing"
        return len(found) - sent, repeated


def busy_restart():
    """Nothing is repeated over orderly restarts while records stream in: a commit on its way is waited for."""
    for mode in MODES:
        twice, repeated = restart_under_load(mode, 8, random.Random(7))
        assert twice == 0 and repeated == 0, f"{mode}: {twice} rows too many, {repeated} repeated"


def kills():
    """Killed again and again: nothing is lost; exactly once nothing is repeated either."""
    for mode in MODES:
        with rig.Rig(postgres=True, kafka=True) as r:
            chance = random.Random(11)
            for round_number in range(2):
                consumer = r.consumer("--row-delay=1ms", SESSION, *mode)
                r.kafka.send(range(round_number * 100, round_number * 100 + 100))
                time.sleep(chance.uniform(0, 0.15))
                consumer.kill()
            consumer = r.consumer(SESSION, *mode)
            rig.wait_until("every user", lambda: set(coupons(r)) >= set(range(200)), 30, 0.05)
            assert consumer.stop() == 0
            found = coupons(r)
            assert set(found) == set(range(200))
            if "--exactly-once" in mode:
                assert len(found) == 200, f"{len(found)} rows for 200 users"


def batches():
    """A batch is one transaction; row by row is one a row."""
    for mode, least, most in ([], 200, 200), (["--batch=100"], 1, 8), (["--batch=100", "--exactly-once"], 1, 8):
        with rig.Rig(postgres=True, kafka=True) as r:
            r.kafka.send(range(200), partition=0)
            consumer = r.consumer(*mode)
            wait_rows(r, 200)
            transactions = r.postgres.value("SELECT count(DISTINCT xmin::text) FROM coupon")
            assert least <= transactions <= most, f"{mode}: {transactions} transactions"
            if "--exactly-once" in mode:
                stored = r.postgres.rows("SELECT consumer_group, topic, partition, next_offset FROM consumer_offset")
                assert stored == [("group_1", "coupon_create", 0, 200)], stored
            assert consumer.stop() == 0


def repeats():
    """Exactly once: users who come again, in a batch or after it, keep their one row; the offsets go on all the same."""
    with rig.Rig(postgres=True, kafka=True) as r:
        group = "it's a \\ \"group\""
        r.kafka.send([1, 2, 3, 2], partition=0)
        consumer = Watched(r, "--batch=50", "--exactly-once", f"--group={group}")
        sent = 4
        for users in ([4, 5], [5, 6, 1], [7, 7], [8, 9], [8, 9], [10, 11]):
            r.kafka.send(users, partition=0)
            sent += len(users)
            rig.wait_until(f"{sent} records", lambda: sent == consumer.metric("consumer_rows_inserted_total")
                           + consumer.metric("consumer_rows_repeated_total"))
        assert sorted(coupons(r)) == list(range(1, 12)), coupons(r)
        assert consumer.metric("consumer_rows_repeated_total") == 6
        stored = r.postgres.rows("SELECT consumer_group, topic, partition, next_offset FROM consumer_offset")
        assert stored == [(group, "coupon_create", 0, sent)], stored
        assert consumer.program.stop() == 0


def linger():
    """--linger gathers records that come one after the other into one transaction; SIGTERM ends it."""
    with rig.Rig(postgres=True, kafka=True) as r:
        consumer = r.consumer("--batch=5", "--linger=10s")
        for user in range(5):
            r.kafka.send([user])
        wait_rows(r, 5)
        assert r.postgres.value("SELECT count(DISTINCT xmin::text) FROM coupon") == 1
        r.kafka.send([5])
        time.sleep(0.5)  # it lingers over this one
        begin = time.monotonic()
        assert consumer.stop() == 0
        assert time.monotonic() - begin < 5, "SIGTERM waited for the linger"
        assert coupons(r)[-1] == 5 and len(coupons(r)) == 6


def postgres_away():
    """Postgres away: nothing is committed meanwhile, nothing is lost, it goes on by itself."""
    for mode in MODES:
        with rig.Rig(postgres="own", kafka=True) as r:
            consumer = Watched(r, SESSION, *mode)
            r.kafka.send(range(50))
            wait_rows(r, 50)
            rig.wait_until("the commit", lambda: consumer.metric("consumer_commits_total") >= 1)
            time.sleep(0.2)
            r.postgres.stop()
            commits = consumer.metric("consumer_commits_total")
            r.kafka.send(range(50, 100))
            rig.wait_until("waiting", lambda: consumer.metric("consumer_database_waiting") == 1)
            time.sleep(4.5)  # longer than the session: it must stay in the group
            assert consumer.metric("consumer_commits_total") == commits, "an offset was committed without its row"
            assert consumer.metric("consumer_rebalances_total") == 0, "it was thrown out of the group"
            r.postgres.start()
            wait_rows(r, 100)
            assert sorted(coupons(r)) == list(range(100))
            rig.wait_until("the commit", lambda: consumer.metric("consumer_commits_total") > commits)
            assert consumer.program.stop() == 0


def postgres_late():
    """Postgres comes up after the consumer: it waits."""
    with rig.Rig(postgres="own", kafka=True) as r:
        r.postgres.stop()
        r.kafka.send([1, 2, 3])
        consumer = r.consumer(ready=False)
        consumer.wait_for("waiting for Postgres")
        r.postgres.start()
        consumer.wait_for("assigned")
        wait_rows(r, 3)
        r.postgres.stop()
        r.kafka.send([4])
        time.sleep(0.5)
        assert consumer.stop() == 0, "it does not stop while Postgres is away"
        r.postgres.start()
        consumer = r.consumer()
        wait_rows(r, 4)
        assert sorted(coupons(r)) == [1, 2, 3, 4]


def poison():
    """Records that are not 8 bytes are kept aside, and the ones behind them are saved."""
    for mode in MODES:
        with rig.Rig(postgres=True, kafka=True) as r:
            r.kafka.send([1, b"short", 2, b"123456789", b"x" * 3000, 3], partition=0)
            r.kafka.send_null(0)
            r.kafka.send([4], partition=0)
            consumer = Watched(r, *mode)
            wait_rows(r, 4)
            rig.wait_until("4 malformed", lambda: consumer.metric("consumer_records_malformed_total") == 4)
            kept = r.postgres.rows("SELECT partition, record_offset, length(value) FROM malformed_record ORDER BY 2")
            assert kept == [(0, 1, 5), (0, 3, 9), (0, 4, 3000), (0, 6, None)], kept
            assert coupons(r) == [1, 2, 3, 4]
            assert consumer.program.stop() == 0
            # They are committed: nothing comes again.
            consumer = r.consumer(*mode)
            r.kafka.send([5], partition=0)
            wait_rows(r, 5)
            assert coupons(r) == [1, 2, 3, 4, 5]
            assert r.postgres.value("SELECT count(*) FROM malformed_record") == 4


def parked():
    """A row that Postgres refuses is parked, the others are saved; retry-failed moves it, and never doubles."""
    for mode in MODES:
        with rig.Rig(postgres=True, kafka=True) as r:
            consumer = r.consumer(*mode)
            r.postgres.rows("ALTER TABLE coupon ADD CONSTRAINT thirteen CHECK (user_id % 13 <> 0)")
            r.kafka.send(range(1, 41))
            wait_rows(r, 37)
            rig.wait_until("3 parked", lambda: r.postgres.value("SELECT count(*) FROM failed_event") == 3)
            assert sorted(coupons(r)) == [user for user in range(1, 41) if user % 13]

            def retry():
                program = r.start("coupon-consumer", "retry-failed", *[m for m in mode if m == "--exactly-once"])
                return program.child.wait(20), program.output().splitlines()[-1]
            assert retry() == (1, "0 inserted, 0 had a coupon already, 3 refused again")
            r.postgres.rows("ALTER TABLE coupon DROP CONSTRAINT thirteen")
            r.postgres.rows("INSERT INTO coupon (user_id) VALUES (26)")  # somebody was quicker
            assert retry() == (0, "2 inserted, 1 had a coupon already, 0 refused again")
            assert retry() == (0, "0 inserted, 0 had a coupon already, 0 refused again")
            assert sorted(coupons(r)) == list(range(1, 41))
            assert consumer.stop() == 0


def retry_together():
    """Several retry-failed at once, killed and run again: each parked user gets one coupon."""
    with rig.Rig(postgres=True, kafka=True) as r:
        consumer = r.consumer()
        consumer.stop()
        r.postgres.rows("INSERT INTO failed_event (user_id) SELECT g FROM generate_series(1, 300) g")
        r.postgres.rows("INSERT INTO failed_event (user_id) SELECT g FROM generate_series(1, 50) g")
        crowd = [r.start("coupon-consumer", "retry-failed") for _ in range(4)]
        time.sleep(0.05)
        crowd[0].kill()
        inserted = 0
        for program in crowd[1:]:
            assert program.child.wait(30) == 0, program.output()
            inserted += int(program.output().splitlines()[-1].split()[0])
        assert inserted > 100, "they did not share the work"
        last = r.start("coupon-consumer", "retry-failed")
        assert last.child.wait(30) == 0
        assert sorted(coupons(r)) == list(range(1, 301)), f"{len(coupons(r))} rows"
        assert r.postgres.value("SELECT count(*) FROM failed_event") == 0


def hold():
    """--pause-after holds at exactly N rows until SIGUSR1, and stays in the group."""
    for mode in MODES:
        with rig.Rig(postgres=True, kafka=True) as r:
            consumer = Watched(r, "--pause-after=120", SESSION, *mode)
            r.kafka.send(range(200))
            wait_rows(r, 120)
            rig.wait_until("the hold", lambda: consumer.metric("consumer_held") == 1)
            time.sleep(4.5 if mode else 0.3)
            assert r.postgres.value("SELECT count(*) FROM coupon") == 120
            assert consumer.metric("consumer_rebalances_total") == 0, "it was thrown out of the group"
            consumer.program.send(signal.SIGUSR1)
            wait_rows(r, 200)
            assert sorted(coupons(r)) == list(range(200))
            assert consumer.program.stop() == 0


def hold_of_many():
    """What comes during a hold, more than is kept, is taken after it once each, also when others join meanwhile."""
    for crowd in (1, 2):
        with rig.Rig(postgres=True, kafka=True) as r:
            consumer = Watched(r, "--pause-after=100", "--batch=50", SESSION)
            r.kafka.send(range(4000))
            rig.wait_until("the hold", lambda: consumer.metric("consumer_held") == 1)
            time.sleep(0.3)
            assert r.postgres.value("SELECT count(*) FROM coupon") == 100
            others = [r.consumer(SESSION) for _ in range(crowd - 1)]
            consumer.program.send(signal.SIGUSR1)
            wait_rows(r, 4000)
            assert sorted(coupons(r)) == list(range(4000))
            assert all(program.stop() == 0 for program in (consumer.program, *others))


def hold_for():
    """--pause-for ends the hold by itself; SIGTERM ends it too."""
    with rig.Rig(postgres=True, kafka=True) as r:
        r.kafka.send(range(20))
        begin = time.monotonic()
        consumer = r.consumer("--pause-after=10", "--pause-for=700ms")
        wait_rows(r, 20)
        assert time.monotonic() - begin > 0.7
        assert consumer.stop() == 0
        r.kafka.send(range(20, 40))
        consumer = r.consumer("--pause-after=5")
        consumer.wait_for("holding")
        begin = time.monotonic()
        assert consumer.stop() == 0 and time.monotonic() - begin < 2
        assert r.postgres.value("SELECT count(*) FROM coupon") == 25


def row_delay():
    """--row-delay slows the rows down."""
    with rig.Rig(postgres=True, kafka=True) as r:
        r.kafka.send(range(20))
        begin = time.monotonic()
        r.consumer("--row-delay=20ms")
        wait_rows(r, 20)
        assert time.monotonic() - begin > 0.4


def schema():
    """Several consumers that start at once on an empty database make one schema, and share the partitions."""
    with rig.Rig(postgres=True, kafka=True) as r:
        crowd = [r.consumer("--exactly-once", ready=False) for _ in range(4)]
        for program in crowd:
            program.wait_for("assigned")
        columns = r.postgres.rows(
            "SELECT table_name, column_name, data_type, is_nullable, is_identity FROM information_schema.columns"
            " WHERE table_name IN ('coupon', 'failed_event') ORDER BY table_name, ordinal_position")
        assert columns == [(table, *column) for table in ("coupon", "failed_event")
                           for column in (("id", "bigint", "NO", "YES"), ("user_id", "bigint", "NO", "NO"))], columns
        r.kafka.send(range(300))
        wait_rows(r, 300)
        for program in crowd:
            assert program.stop() == 0, program.output()
        assert sorted(coupons(r)) == list(range(300))


def contradiction():
    """--exactly-once on a table where a user has two rows is refused with the reason."""
    with rig.Rig(postgres=True, kafka=True) as r:
        r.consumer().stop()
        r.postgres.rows("INSERT INTO coupon (user_id) VALUES (5), (5)")
        program = r.start("coupon-consumer", "--exactly-once")
        assert program.child.wait(10) == 4
        assert "coupon_once" in program.output(), program.output()


def broker_away():
    """The broker goes and comes back: nothing is lost, SIGTERM works meanwhile."""
    for mode in MODES:
        with rig.Rig(postgres=True, kafka=True) as r:
            consumer = r.consumer(SESSION, *mode)
            r.kafka.send(range(50))
            wait_rows(r, 50)
            r.kafka.down()
            time.sleep(1)
            r.kafka.up()
            r.kafka.send(range(50, 100))
            rig.wait_until("every user", lambda: set(coupons(r)) >= set(range(100)), 30, 0.05)
            r.kafka.down()
            begin = time.monotonic()
            assert consumer.stop() == 0
            assert time.monotonic() - begin < 8, f"the stop took {time.monotonic() - begin:.1f} s"


TESTS = [rows, restart, busy_restart, kills, batches, repeats, linger, postgres_away, postgres_late, poison, parked,
         retry_together, hold, hold_of_many, hold_for, row_delay, schema, contradiction, broker_away]
