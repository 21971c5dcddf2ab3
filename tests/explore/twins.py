"""The gate inside the stores, told by hand: each faulty shop sells wrongly when an answer between two of its statements
is kept back, and its right twin never does, whichever answer is kept back.

    twins.py [--rounds N] [NAME…]     one round a statement; names are beginnings, as in python-stock
    twins.py --prepare                fetches what the shops in Node need"""

import argparse
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

import shops
from behind import WAIT, Proxy, Servers, ask, mysql, until
from tap import Tap

LIMIT = 2   # one is sold to a single user first: the others come when there is one left
CROWD = 5
HOLD = "100000 500000 5000000"  # us: quiet, deadline, budget of a connection


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Place:
    """The stores, the proxy in front of them, and their addresses."""

    def __init__(self, top):
        self.servers = Servers(top)
        self.proxy = Proxy(self.servers, f"{top}/journal")
        ask(*mysql(self.servers.mysql), text="create database shop")
        upstream = {"redis": ("resp", self.servers.redis), "mysql": ("mysql", self.servers.mysql),
                    "postgres": ("postgres", f"{top}/.s.PGSQL.5432")}
        at = {name: self.proxy.tell(f"listen tcp-{name} {protocol} 127.0.0.1:0 {path}")[-1].split()[1]
              for name, (protocol, path) in upstream.items()}
        self.postgres = f"postgresql://shop:none@{at['postgres']}/postgres"
        self.mysql, self.redis = f"mysql://root:@{at['mysql']}/shop", f"redis://{at['redis']}"

    def query(self, shop, text):
        """Of the shop's database, not through the proxy."""
        if shop.database == "mysql":
            code, out, errors = ask(*mysql(self.servers.mysql, "-N", "shop"), text=text)
        else:
            code, out, errors = ask("psql", "-X", "-h", self.servers.top, "-U", "shop", "-qAt", "-c", text, "postgres")
        assert code == 0, errors
        return out.strip()

    def command(self, *words):
        return ask("redis-cli", "-s", self.servers.redis, *words)

    def drop(self, shop):
        self.query(shop, "DROP TABLE IF EXISTS coupon")
        self.query(shop, "DROP TABLE IF EXISTS stock")
        self.command("flushall")

    def refill(self, shop):
        """As before the first user came."""
        self.query(shop, "DELETE FROM coupon")
        stock = LIMIT + CROWD if shop.once else LIMIT  # where each user gets one, the copies must not run out of stock
        self.query(shop, f"UPDATE stock SET left_over = {stock}")
        self.command("flushall")
        self.command("set", "stock", str(LIMIT))

    def stop(self):
        if self.proxy.process.poll() is None:
            self.proxy.process.kill()
            self.proxy.process.wait()
        self.servers.stop()


class Running:
    """A shop's process; a context manager that ends it."""

    def __init__(self, shop, place):
        self.shop, self.place, self.port = shop, place, free_port()
        known = {"scenario.dir": str(shops.HERE), "limit": str(LIMIT), "redis.tcp": place.redis,
                 "SHOP_NODE_MODULES": str(shops.NODE / "node_modules")}
        env = {**os.environ, "PORT": str(self.port), "DATABASE_URL": place.postgres}
        if shop.database == "mysql":
            env = {**env, "MYSQL_URL": place.mysql, "DATABASE_URL": place.mysql}
        if shop.redis:
            env["REDIS_URL"] = place.redis
        env.update({name: fill(text, known) for name, text in shop.process.get("env", {}).items()})
        self.log = pathlib.Path(place.servers.top, f"{shop.name}.log")
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([fill(word, known) for word in shop.process["run"]], env=env, stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)

    def __enter__(self):
        try:
            until(self.answers, f"{self.shop.name} is up")
        except AssertionError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def request(self, method, path):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        try:
            link.request(method, path)
            return link.getresponse().status
        finally:
            link.close()

    def answers(self):
        assert self.process.poll() is None, f"it has ended: {self.log.read_text()[-2000:]}"
        try:
            return self.request("GET", "/health") == 200
        except OSError:
            return False

    def crowd(self, users):
        threads = [threading.Thread(target=self.request, args=("POST", f"/apply?user={user}")) for user in users]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def fill(text, known):
    for name, value in known.items():
        text = text.replace("${" + name + "}", value).replace("${" + name + ":-node_modules}", value)
    return text


def counts(proxy):
    """Statements seen so far, by shape, of those that can lie before or behind a gap: {(number, text): how many}."""
    found = {}
    for line in proxy.tell("shapes")[:-1]:
        head, text = line.split(": ", 1)
        _, number, kind, statements = head.split()[:4]
        if kind in ("read", "write", "transaction"):
            found[number, text] = int(statements.split("=")[1])
    return found


def trace(running):
    """The statements of one user who is served."""
    before = counts(running.place.proxy)
    running.place.refill(running.shop)
    assert running.request("POST", "/apply?user=901") == 200, "a user who is alone is not served"
    after = counts(running.place.proxy)
    return [shape for shape, count in after.items() if count > before.get(shape, 0)]


def sold_when_held(running, number):
    """One user who is alone, then a crowd whose answers to this shape are held: how many coupons there are."""
    place, shop = running.place, running.shop
    place.refill(shop)
    assert running.request("POST", "/apply?user=900") == 200, "the first user is not served"
    place.proxy.tell(f"hold {number} {CROWD} {HOLD}")
    running.crowd([902] * CROWD if shop.once else range(902, 902 + CROWD))
    place.proxy.tell("release")
    return int(place.query(shop, "SELECT count(*) FROM coupon"))


def judge(shop, place, rounds):
    place.drop(shop)
    with Running(shop, place) as running:
        shapes = trace(running)
        assert shapes, "no statement went through the proxy"
        wrong = {}
        for _ in range(rounds):
            for number, text in shapes:
                sold = sold_when_held(running, number)
                if sold != LIMIT:
                    wrong.setdefault(text, []).append(sold)
    said = "; ".join(f"{text}: {len(sold)} of {rounds}, {sold[0]} sold" for text, sold in wrong.items())
    if shop.right:
        assert not wrong, f"{LIMIT} to sell; held behind {said}"
        return
    assert wrong, f"{LIMIT} were sold whatever was held: {[text for _, text in shapes]}"
    most = max(len(sold) for sold in wrong.values())
    assert most == rounds, f"not each time: {said}"
    print(f"# {shop.name}: {LIMIT} to sell; held behind {said}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--prepare", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_intermixed_args()
    if "RUSHPROOF_PREPARED" not in os.environ:
        shops.prepare()
    if options.prepare:
        return
    for name, where in {"redis-server": None, "initdb": "/usr/lib/postgresql", "mariadbd": "/usr/sbin"}.items():
        if not shutil.which(name) and not (where and list(pathlib.Path(where).rglob(name))):
            print(f"skipped: there is no {name}")
            raise SystemExit(77)
    tap, place = Tap(), None
    top = tempfile.mkdtemp(prefix="rp-", dir="/tmp")
    try:
        place = Place(top)
        for shop in shops.every(options.names):
            missing = shop.missing()
            if missing:
                print(f"# left out: {shop.name}: {missing}")
            else:
                tap.run(f"{shop.name} is {'right' if shop.right else 'caught'}", judge, shop, place, options.rounds)
    finally:
        if place:
            place.stop()
        shutil.rmtree(top, ignore_errors=True)
    tap.end()


if __name__ == "__main__":
    main()
