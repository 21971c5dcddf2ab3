"""Strategy exact with its relay and coupon-consumer --exactly-once, also under kill -9."""

import random
import signal
import threading
import time

import rig

SESSION = "--session-timeout=4s"
DECIDED = (202, 409, 410)


def coupons(r):
    return [user for user, in r.postgres.rows("SELECT user_id FROM coupon ORDER BY id")]


def once_per_user():
    """Each user fires three times at once: one 202, else 409 with its rank; a loser is not marked."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=exact", "--limit=20")
        found = {user: [] for user in range(60)}

        def fire(user):
            found[user].append(service.apply(user))
        crowd = [threading.Thread(target=fire, args=(user,)) for user in found for _ in range(3)]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
        ranks = []
        for user, answers in found.items():
            statuses = sorted(answer.status for answer in answers)
            assert statuses in ([202, 409, 409], [410, 410, 410]), f"user {user}: {statuses}"
            if statuses[0] == 202:
                told = {answer.json()["rank"] for answer in answers}
                assert len(told) == 1, f"user {user}: ranks {told}"
                ranks += told
        assert sorted(ranks) == list(range(1, 21)), ranks
        assert r.redis.ask("SCARD", "applied_user") == 20
        assert r.redis.ask("GET", "coupon_count") == "20"
        loser = next(user for user in found if found[user][0].status == 410)
        assert r.redis.ask("SISMEMBER", "applied_user", loser) == 0
        more = r.apply("--strategy=exact", "--limit=21", "--no-relay")
        assert more.apply(loser).json() == {"result": "accepted", "userId": loser, "rank": 21}


def outbox_waits():
    """With the broker down 202 goes on; the outbox keeps the users over a stop, and each gets out once."""
    with rig.Rig(redis=True, kafka=True) as r:
        r.kafka.down()
        service = r.apply("--strategy=exact", "--grace=500ms")
        for user in range(30):
            assert service.apply(user).status == 202
        assert service.program.stop() == 0
        assert r.redis.ask("ZCARD", "coupon_outbox") == 30
        r.kafka.up()
        service = r.apply("--strategy=exact", "--grace=500ms")
        rig.wait_until("an empty outbox", lambda: r.redis.ask("ZCARD", "coupon_outbox") == 0)
        assert sorted(r.kafka.users()) == list(range(30)), r.kafka.users()


def stop_empties():
    """SIGTERM publishes what was accepted before it leaves."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=exact")
        rig.wait_until("the relay", lambda: service.get("/readyz").json()["relay"] == "working")
        for user in range(50):
            service.apply(user)
        assert service.program.stop() == 0
        assert r.redis.ask("ZCARD", "coupon_outbox") == 0
        assert sorted(r.kafka.users()) == list(range(50))
        assert r.redis.ask("GET", "coupon_relay") is None, "the lease was not given back"


def lost_answer():
    """A user whose 202 was lost is told 202 again with the same rank, once; then 409."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=exact", "--redis-timeout=400ms", "--threads=1")
        assert service.apply(1).json()["rank"] == 1
        r.redis.program.send(signal.SIGSTOP)
        answer = service.apply(2)
        assert answer.status == 503, answer.text
        r.redis.program.send(signal.SIGCONT)
        rig.wait_until("readiness", lambda: service.get("/readyz").status == 200)
        # Redis has found the command in its socket after all.
        assert r.redis.ask("SISMEMBER", "applied_user", 2) == 1
        assert service.apply(2).json() == {"result": "accepted", "userId": 2, "rank": 2}
        answer = service.apply(2)
        assert answer.status == 409 and answer.json()["rank"] == 2, answer.text
        assert service.metric("apply_repeated_answers_total") == 1
        assert service.apply(1).status == 409, "user 1 had its answer"


def killed_service():
    """After kill -9 of the service a user who had an answer is 409, one who had none is 202."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=exact")
        assert service.apply(1).status == 202
        time.sleep(0.1)
        service.program.kill()
        # As the script leaves a user whose answer did not get out.
        r.redis.ask("INCR", "coupon_count")
        r.redis.ask("SADD", "applied_user", 2)
        r.redis.ask("HSET", "applied_rank", 2, "2 deadbeef:0")
        r.redis.ask("ZADD", "coupon_outbox", 2, 2)
        service = r.apply("--strategy=exact")
        assert service.apply(1).status == 409
        assert service.apply(2).json() == {"result": "accepted", "userId": 2, "rank": 2}
        assert service.apply(2).status == 409
        assert service.apply(3).json()["rank"] == 3
        rig.wait_until("an empty outbox", lambda: r.redis.ask("ZCARD", "coupon_outbox") == 0)
        assert sorted(r.kafka.users()) == [1, 2, 3]


def script_flushed():
    """A Redis that has forgotten the script is taught it again."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=exact")
        for user in range(1, 9):
            assert service.apply(user).json()["rank"] == user
            r.redis.ask("SCRIPT", "FLUSH")


def relay_takes_over():
    """One relay works at a time; when it is killed the other takes over."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=exact", "--no-relay", "--limit=1000")
        first = r.start("apply-service", "relay")
        first.wait_for("relaying the outbox to coupon_create")
        second = r.start("apply-service", "relay")
        for user in range(50):
            service.apply(user)
        rig.wait_until("an empty outbox", lambda: r.redis.ask("ZCARD", "coupon_outbox") == 0)
        assert "relaying" not in second.output(), "two relays work at once"
        first.kill()
        for user in range(50, 100):
            service.apply(user)
        second.wait_for("relaying the outbox to coupon_create")
        rig.wait_until("an empty outbox", lambda: r.redis.ask("ZCARD", "coupon_outbox") == 0)
        assert sorted(r.kafka.users()) == list(range(100))
        assert second.stop() == 0


def relay_recovers():
    """What a killed relay had published and not yet removed is not published again."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=exact", "--no-relay")
        relay = r.start("apply-service", "relay")
        relay.wait_for("relaying")
        for user in range(10):
            service.apply(user)
        rig.wait_until("an empty outbox", lambda: r.redis.ask("ZCARD", "coupon_outbox") == 0)
        relay.kill()
        r.redis.ask("DEL", "coupon_relay")
        # As after a kill between the delivery and the removal: in the topic, and still in the outbox.
        r.kafka.send(range(10, 20))
        for user in range(10, 25):
            r.redis.ask("ZADD", "coupon_outbox", user, user)
        relay = r.start("apply-service", "relay")
        rig.wait_until("an empty outbox", lambda: r.redis.ask("ZCARD", "coupon_outbox") == 0)
        assert sorted(r.kafka.users()) == list(range(25)), sorted(r.kafka.users())
        assert "10 users had been published already" in relay.output()


def old_topic():
    """Records of an earlier sale do not count as published."""
    with rig.Rig(redis=True, kafka=True) as r:
        r.kafka.send(range(5))
        service = r.apply("--strategy=exact", "--no-relay")
        for user in range(5):
            service.apply(user)
        r.start("apply-service", "relay")
        rig.wait_until("an empty outbox", lambda: r.redis.ask("ZCARD", "coupon_outbox") == 0)
        assert sorted(r.kafka.users()) == sorted([*range(5), *range(5)])


class Sale:
    """Everything that strategy exact needs, each part of which can be killed and comes back."""

    def __init__(self, r, limit):
        self.r = r
        self.port = rig.free_port()
        self.limit = limit
        self.parts = {}
        for name in ("apply", "relay", "consumer"):
            self.start(name)
        self.parts["apply"].wait_for("listening on")
        rig.wait_until("readiness", lambda: self.service().get("/readyz").status == 200)
        self.parts["consumer"].wait_for("assigned")

    def start(self, name):
        options = {
            "apply": ["apply-service", "--strategy=exact", "--no-relay", f"--limit={self.limit}",
                      f"--listen=127.0.0.1:{self.port}", "--redis-timeout=500ms"],
            "relay": ["apply-service", "relay", "--redis-timeout=500ms"],
            "consumer": ["coupon-consumer", "--exactly-once", "--batch=20", SESSION],
        }[name]
        self.parts[name] = self.r.start(*options)

    def service(self):
        service = rig.Service.__new__(rig.Service)
        service.port = self.port
        return service

    def strike(self, name):
        """kill -9 and a restart."""
        if name == "redis":
            self.r.redis.program.kill()
            self.r.redis.start()
        elif name == "postgres":
            self.r.postgres.stop()
            self.r.postgres.start()
        elif name == "kafka":
            self.r.kafka.down()
            time.sleep(0.1)
            self.r.kafka.up()
        else:
            self.parts[name].kill()
            self.start(name)


def buy(sale, users, decisions):
    """Each user asks until there is a decision; about a hundred users a second."""
    for user in users:
        time.sleep(0.01)
        while user not in decisions:
            try:
                answer = sale.service().ask("POST", f"/apply?userId={user}", timeout=5)
                if answer.status in DECIDED:
                    decisions[user] = answer.status
            except OSError:
                time.sleep(0.01)


def survives(seed=20):
    """kill -9 of every part, at random instants, under load: nobody lost, twice or over the limit."""
    chance = random.Random(seed)
    with rig.Rig(redis=True, postgres="own", kafka=True, durable=True) as r:
        sale = Sale(r, limit=300)
        decisions = {}
        crowd = [threading.Thread(target=buy, args=(sale, range(part, 900, 6), decisions)) for part in range(6)]
        for thread in crowd:
            thread.start()
        for name in ("apply", "relay", "redis", "consumer", "postgres", "kafka", "apply", "redis", "relay"):
            time.sleep(chance.uniform(0.02, 0.3))
            sale.strike(name)
        for thread in crowd:
            thread.join()
        told = {user for user, status in decisions.items() if status != 410}
        rig.wait_until("every coupon", lambda: set(coupons(r)) >= told, 40, 0.1)
        time.sleep(0.5)
        found = coupons(r)
        assert len(found) == len(set(found)), "somebody has two"
        assert set(found) == told, f"told and none: {told - set(found)}, one and not told: {set(found) - told}"
        assert len(found) == 300, f"{len(found)} coupons"
        assert r.redis.ask("ZCARD", "coupon_outbox") == 0
        published = r.kafka.users()
        print(f"#   {len(published) - len(set(published))} records were published twice")


TESTS = [once_per_user, outbox_waits, stop_empties, lost_answer, killed_service, script_flushed, relay_takes_over,
         relay_recovers, old_topic, survives]
