"""apply-service when things go wrong around it."""

import signal
import threading
import time

import rig


class Crowd:
    """Users who apply at the same time, each on a thread of its own; answers by user, None for a lost one."""

    def __init__(self, service, users):
        self.answers = {}
        self.threads = [threading.Thread(target=self.one, args=(service, user)) for user in users]
        for thread in self.threads:
            thread.start()

    def one(self, service, user):
        try:
            self.answers[user] = service.apply(user)
        except OSError:
            self.answers[user] = None

    def wait(self):
        for thread in self.threads:
            thread.join()
        return self.answers

    def statuses(self):
        found = [answer.status if answer else None for answer in self.wait().values()]
        return {status: found.count(status) for status in set(found)}


def refused(service):
    try:
        service.get("/healthz")
    except ConnectionRefusedError:
        return True
    except OSError:
        pass
    return False


def stop_answers():
    """SIGTERM answers what is in flight, delivers what was accepted, and exits 0."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=kafka", "--redis-timeout=5s")
        service.apply(1)
        r.redis.program.send(signal.SIGSTOP)
        crowd = Crowd(service, range(2, 42))
        rig.wait_until("40 in flight", lambda: service.metric("apply_requests_in_flight") == 40)
        service.program.send(signal.SIGTERM)
        rig.wait_until("a closed door", lambda: refused(service))
        assert service.program.child.poll() is None, "it left with requests in flight"
        r.redis.program.send(signal.SIGCONT)
        assert crowd.statuses() == {202: 40}, crowd.statuses()
        assert service.program.child.wait(10) == 0
        assert sorted(r.kafka.users()) == list(range(1, 42)), "accepted users are missing in the topic"


def stop_idle():
    """SIGTERM with idle connections open takes no more than a second."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=kafka")
        import socket
        with socket.create_connection(("127.0.0.1", service.port)):
            begin = time.monotonic()
            assert service.program.stop() == 0
            assert time.monotonic() - begin < 1.5


def redis_away():
    """Redis down: 503 with Retry-After, not ready; back: goes on by itself."""
    for strategy in ("kafka", "exact", "redis"):
        with rig.Rig(redis=True, kafka=True, postgres=strategy == "redis") as r:
            service = r.apply(f"--strategy={strategy}")
            assert service.apply(1).status == 202
            r.redis.program.kill()
            rig.wait_until("readiness gone", lambda: service.get("/readyz").status == 503)
            answer = service.apply(2)
            assert answer.status == 503 and answer.json()["reason"] == "redis is down", answer.text
            assert answer.headers["Retry-After"] == "1"
            assert service.get("/healthz").status == 200
            r.redis.start()
            rig.wait_until("readiness", lambda: service.get("/readyz").status == 200)
            assert service.apply(3).json() == {"result": "accepted", "userId": 3, "rank": 1}


def redis_frozen():
    """A frozen Redis: 503 after the timeout, the possibly burned slots are counted."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=kafka", "--redis-timeout=400ms")
        assert service.apply(1).status == 202
        r.redis.program.send(signal.SIGSTOP)
        begin = time.monotonic()
        crowd = Crowd(service, range(2, 12))
        assert crowd.statuses() == {503: 10}, crowd.statuses()
        assert time.monotonic() - begin < 2
        r.redis.program.send(signal.SIGCONT)
        rig.wait_until("readiness", lambda: service.get("/readyz").status == 200)
        burned = service.metric('apply_slots_burned_total{reason="redis_lost"}')
        counted = int(r.redis.ask("GET", "coupon_count"))
        assert 0 <= counted - 1 <= burned == 10, f"{counted - 1} slots gone, {burned} told"


def broker_away():
    """Strategy kafka with a dead broker: accepts, and counts the burned slots."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=kafka", "--delivery-timeout=1s")
        r.kafka.down()
        for user in range(5):
            assert service.apply(user).status == 202
        rig.wait_until("failed deliveries",
                       lambda: service.metric('apply_slots_burned_total{reason="delivery_failed"}') == 5)
        rig.wait_until("readiness gone", lambda: service.get("/readyz").status == 503)
        r.kafka.up()
        rig.wait_until("readiness", lambda: service.get("/readyz").status == 200)
        assert service.apply(99).status == 202
        rig.wait_until("user 99 in the topic", lambda: r.kafka.users() == [99], step=0.1)


def wire():
    """A record is the user id as 8 bytes, big-endian, without a key."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=kafka")
        users = [0, 1, 258, 2 ** 40 + 5, 2 ** 63 - 1]
        for user in users:
            assert service.apply(user).status == 202
        rig.wait_until("delivery",
                       lambda: service.metric('apply_kafka_records_total{state="delivered"}') == len(users))
        records = r.kafka.records()
        assert sorted(value for _, _, _, value in records) == sorted(user.to_bytes(8, "big") for user in users)
        assert all(key == -1 for _, _, key, _ in records), "a record has a key"


def count_serial():
    """Strategy count one by one gives exactly the limit."""
    with rig.Rig(postgres=True) as r:
        service = r.apply("--strategy=count", "--limit=5")
        found = [service.apply(user).status for user in range(8)]
        assert found == [202] * 5 + [410] * 3, found
        assert r.postgres.value("SELECT count(*) FROM coupon") == 5


def count_race():
    """Strategy count under concurrency gives more than the limit."""
    with rig.Rig(postgres=True) as r:
        service = r.apply("--strategy=count", "--limit=3", "--pool=5")
        # Inserts that take their time: every connection has counted before the first row is there.
        r.postgres.rows("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
                        " $$BEGIN PERFORM pg_sleep(0.5); RETURN NEW; END$$;"
                        "CREATE TRIGGER slow BEFORE INSERT ON coupon FOR EACH ROW EXECUTE FUNCTION slow()")
        found = Crowd(service, range(100)).statuses()
        rows = r.postgres.value("SELECT count(*) FROM coupon")
        assert rows == found[202] >= 10, f"{rows} rows, {found}: ten counted at the same time"


def insert_fails():
    """Strategy redis burns a slot when its INSERT fails, and says so."""
    with rig.Rig(redis=True, postgres=True) as r:
        service = r.apply("--strategy=redis", "--limit=3")
        r.postgres.rows("ALTER TABLE coupon ADD CHECK (user_id <> 13)")
        found = [service.apply(user).status for user in (1, 13, 2, 3)]
        assert found == [202, 503, 202, 410], found
        assert service.metric('apply_slots_burned_total{reason="insert_failed"}') == 1
        assert r.postgres.value("SELECT count(*) FROM coupon") == 2


def postgres_away():
    """Postgres down: 503, and strategy redis burns nothing."""
    for strategy in ("count", "redis"):
        with rig.Rig(redis=True, postgres="own") as r:
            service = r.apply(f"--strategy={strategy}")
            assert service.apply(1).status == 202
            r.postgres.stop()
            rig.wait_until("every loop's loss", lambda: service.metric("apply_pool_connected") == 0)
            assert service.get("/readyz").status == 503
            assert service.apply(2).status == 503
            if strategy == "redis":
                assert r.redis.ask("GET", "coupon_count") == "1", "a slot was burned"
            r.postgres.start()
            rig.wait_until("readiness", lambda: service.get("/readyz").status == 200)
            assert service.apply(3).json()["rank"] == 2


def pool_overload():
    """A full pool and a full queue answer 503 at once, and it shows."""
    import psycopg2
    with rig.Rig(redis=True, postgres=True) as r:
        service = r.apply("--strategy=redis", "--threads=1", "--pool=2", "--pool-queue=3", "--database-timeout=20s")
        lock = psycopg2.connect(r.postgres.url)
        lock.cursor().execute("LOCK TABLE coupon IN SHARE MODE")
        crowd = Crowd(service, range(5))
        rig.wait_until("a full pool and a full queue", lambda: (service.metric("apply_pool_busy"), service.metric(
            "apply_pool_waiting")) == (2, 3))
        assert service.metric("apply_pool_size") == 2
        begin = time.monotonic()
        answer = service.apply(99)
        assert answer.status == 503 and time.monotonic() - begin < 1, answer.text
        assert r.redis.ask("GET", "coupon_count") == "5", "an overload burned a slot"
        lock.rollback()
        lock.close()
        assert crowd.statuses() == {202: 5}, crowd.statuses()
        assert service.metric("apply_pool_refused_total") == 1


def pool_timeout():
    """A statement that takes too long is 503, and the pool recovers."""
    import psycopg2
    with rig.Rig(redis=True, postgres=True) as r:
        service = r.apply("--strategy=redis", "--threads=1", "--pool=1", "--database-timeout=500ms")
        lock = psycopg2.connect(r.postgres.url)
        lock.cursor().execute("LOCK TABLE coupon IN SHARE MODE")
        assert Crowd(service, range(4)).statuses() == {503: 4}
        assert service.metric('apply_slots_burned_total{reason="insert_failed"}') == 4
        lock.rollback()
        lock.close()
        rig.wait_until("readiness", lambda: service.get("/readyz").status == 200)
        assert service.apply(9).status == 202


TESTS = [stop_answers, stop_idle, redis_away, redis_frozen, broker_away, wire, count_serial, count_race, insert_fails,
         postgres_away, pool_overload, pool_timeout]
