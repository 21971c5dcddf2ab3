"""A service that the run does not start: its user points it at listeners of rushproof, which lead to its stores."""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from behind import Servers, ask, until  # noqa: E402

TABLES = "CREATE TABLE coupon (id bigserial PRIMARY KEY, user_id bigint); CREATE TABLE stock (left_over int);" \
         "INSERT INTO stock VALUES (3)"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Shop:
    """Stores of somebody's own, the flags that a run of his service needs, and that service, once it is started."""

    def __init__(self, top, *redis):
        self.top, self.options, self.servers, self.process = top, redis, None, None
        self.port, self.redis, self.postgres = free_port(), free_port(), free_port()

    def __enter__(self):
        self.servers = Servers(self.top, with_mysql=False, redis=self.options)
        ask("psql", "-h", self.top, "-U", "shop", "-c", TABLES, "postgres")
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.servers.stop()

    def flags(self, requests=20, counts="requests"):
        """The burst may be as wide as a busy machine makes it."""
        return ["--url", f"http://127.0.0.1:{self.port}/apply?user={{{{user}}}}", "--limit=3", f"--requests={requests}",
                "--accepted=status=200", "--rejected=status=410", "--timeout=20s",
                f"--coupons=postgresql:///postgres?host={self.top}&user=shop ; SELECT user_id FROM coupon",
                f"--counter=unix://{self.servers.redis};sold;{counts}", "--reset=TRUNCATE coupon",
                "--reset=redis: DEL sold", "--set=drain.timeout=3s", "--set=load.0.burst.require.spread=20s",
                "--set=load.0.burst.require.in_flight=-1"]

    def ways(self):
        return [f"--between-redis={self.redis}={self.servers.redis}",
                f"--between-postgres=127.0.0.1:{self.postgres}={self.top}/.s.PGSQL.5432"]

    def start(self, design, straight=False, **more):
        """straight: it goes to its stores, and not to the listeners. more: of its environment."""
        postgres = f"postgresql:///postgres?host={self.top}&user=shop" if straight else \
            f"postgresql://shop@127.0.0.1:{self.postgres}/postgres"
        redis = f"unix://{self.servers.redis}" if straight else f"redis://127.0.0.1:{self.redis}"
        with open(f"{self.top}/shop.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["/usr/bin/python3", HERE / "services" / "shop.py", design], stdout=log, stderr=log,
                env={**os.environ, "PORT": str(self.port), "LIMIT": "3", "DATABASE_URL": postgres, "REDIS_URL": redis,
                     **more})


@contextlib.contextmanager
def running(shop, design, command, **more):
    """The command, with the service started when its listeners are there; it is ended with the block."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             env={**os.environ, "RUSHPROOF_OUTPUT": f"{shop.top}/reports"})
    try:
        until(lambda: child.poll() is not None or (listens(shop.redis) and listens(shop.postgres)), "listening")
        if child.poll() is None:
            shop.start(design, **more)
        yield child
    finally:
        child.kill()
        child.wait()


def finished(shop, design, command, **more):
    """(exit code, output) of a command that the service is started for."""
    with running(shop, design, command, **more) as child:
        text = child.communicate(timeout=240)[0]
        return child.returncode, text


def cases(rushproof, load, expect_code):
    """Of tests/explore/run.py, by its helpers."""

    def a_service_that_somebody_else_starts_is_explored(top):
        with Shop(top) as shop:
            command = [rushproof.program, "explore", *shop.flags(counts="accepts"), *shop.ways(), "--rounds=2"]
            text = expect_code(finished(shop, "get-set", command), 1)
            assert f"127.0.0.1:{shop.redis}" in text and "waiting" not in text.splitlines()[-1], text
            assert "requests read" in text and "`GET sold`" in text, text
            gaps = {(gap["first"], gap["second"]): gap for gap in load(top, "explore.json")["gaps"]}
            assert gaps["GET sold", "SET sold ?"]["state"] == "open", gaps

    def one_that_is_right_is_let_go_and_a_run_tells_what_passed(top):
        with Shop(top) as shop:
            command = [rushproof.program, "run", *shop.flags(200), *shop.ways()]
            expect_code(finished(shop, "incr", command), 0)
            doors = {(door["process"], door["store"]): door["statements"]
                     for door in load(top, "result.json")["observed"]["listeners"]}
            assert doors["service", "redis"] >= 200 and doors["service", "postgres"] >= 3, doors

    def one_that_goes_straight_to_its_stores_proves_nothing(top):
        with Shop(top) as shop:
            shop.start("incr", straight=True)
            until(lambda: listens(shop.port), "the shop")
            for command in ("run", "explore"):
                text = expect_code(rushproof(top, command, *shop.flags(), *shop.ways()), 2)
                assert "no statement came to 127.0.0.1" in text, text
                assert f"point the service's redis at 127.0.0.1:{shop.redis}" in text, text

    def one_that_is_told_of_other_servers_proves_nothing(top):
        with Shop(top, "--port", str(free_port()), "--cluster-port", str(free_port()), "--cluster-enabled", "yes") as shop:
            ask("redis-cli", "-s", shop.servers.redis, "cluster", "addslotsrange", "0", "16383")
            until(lambda: "cluster_state:ok" in ask("redis-cli", "-s", shop.servers.redis, "cluster", "info")[1], "slots")
            command = [rushproof.program, "run", *shop.flags(), *shop.ways()]
            with running(shop, "incr", command) as child:
                told = ask("redis-cli", "-p", str(shop.redis), "cluster", "slots")[1]
                assert "16383" in told, told
                text = child.communicate(timeout=240)[0]
            expect_code((child.returncode, text), 2)
            assert "went around the proxy" in text, text

    def one_that_insists_on_tls_is_told_what_to_set(top):
        with Shop(top) as shop:
            command = [rushproof.program, "run", *shop.flags(), *shop.ways()]
            text = expect_code(finished(shop, "incr", command, PGSSLMODE="require"), 4)
            assert "sslmode=disable" in text and "no request was sent" in text, text

    def one_that_comes_back_without_tls_is_served(top):
        with Shop(top) as shop:
            command = [rushproof.program, "run", *shop.flags(), *shop.ways()]
            expect_code(finished(shop, "incr", command, PGSSLMODE="disable"), 0)

    def what_cannot_be_listened_to_is_said(top):
        with Shop(top) as shop:
            taken = free_port()
            with socket.socket() as other:
                other.bind(("127.0.0.1", taken))
                other.listen()
                text = expect_code(rushproof(top, "run", *shop.flags(), f"--between-redis={taken}={shop.servers.redis}"), 4)
                assert "between.redis" in text and "in use" in text, text
            text = expect_code(rushproof(top, "run", *shop.flags(), f"--between-redis={shop.redis}={free_port()}"), 4)
            assert "between.redis: connecting to 127.0.0.1" in text, text
            text = expect_code(rushproof(top, "explore", *shop.flags()), 3)
            assert "--between-redis" in text, text
            flags = [flag for flag in shop.flags() if not flag.startswith("--reset")]
            assert "--reset" in expect_code(rushproof(top, "explore", *flags, *shop.ways()), 3)

    return [a_service_that_somebody_else_starts_is_explored, one_that_is_right_is_let_go_and_a_run_tells_what_passed,
            one_that_goes_straight_to_its_stores_proves_nothing, one_that_insists_on_tls_is_told_what_to_set,
            one_that_comes_back_without_tls_is_served, one_that_is_told_of_other_servers_proves_nothing,
            what_cannot_be_listened_to_is_said]
