"""Do our service, consumer and probe and Kafka's own Java clients and console tools see the same records and the same
lag? Prints one line a case and the table at the end; exit 1 when a case differs.

interop.py [--kafka=embedded|apache:VERSION]…"""

import argparse
import collections
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = pathlib.Path(os.environ["RUSHPROOF_BIN"])
JARS = HERE / "../../build/neighbours"
TOPIC, GROUP = "coupon_create", "group_1"
FROM_HTTP = [1, 42, 2**31, 2**53 + 1, 2**63 - 1]
FROM_JAVA = [-1, -(2**63), 0, 7, -(2**31) - 1, 2**63 - 1]


class Interop:
    def __init__(self, kafka, table):
        self.kafka, self.table = kafka, table
        self.dir = tempfile.mkdtemp(prefix="interop-")
        self.children = []

    # -- the stack and our own programs --

    def start(self, *command, ready=None, **env):
        log = open(f"{self.dir}/{pathlib.Path(command[0]).name}-{len(self.children)}.log", "w+b")
        child = subprocess.Popen([str(word) for word in command], stdout=log, stderr=subprocess.STDOUT,
                                 env={**os.environ, **getattr(self, "env", {}), **env})
        child.log = log.name
        self.children.append(child)
        deadline = time.monotonic() + 90
        while ready and ready not in open(log.name, errors="replace").read():
            if child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} is not ready: {open(log.name).read()}")
            time.sleep(0.01)
        return child

    def stop(self, child):
        child.send_signal(signal.SIGTERM)
        return child.wait(30)

    def begin(self):
        worker = f"{self.dir}/worker.sh"
        with open(worker, "w") as script:
            script.write("env >env.txt; echo ready; exec sleep 3600\n")
        self.start(PROGRAMS / "stack-drive", self.dir, self.kafka, worker, ready="up unix")
        wanted = ("REDIS_URL=", "DATABASE_URL=", "KAFKA_BROKERS=", "PORT=", "PG")
        with open(f"{self.dir}/env.txt") as lines:
            self.env = dict(line.rstrip("\n").split("=", 1) for line in lines if line.startswith(wanted))
        self.brokers = self.env["KAFKA_BROKERS"]

    def end(self):
        for child in reversed(self.children):
            child.send_signal(signal.SIGINT)
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
        shutil.rmtree(self.dir)

    def apply(self, *users):
        """Posts the users to a service of ours; returns the statuses."""
        port = self.env["PORT"]
        service = self.start(PROGRAMS / "apply-service", "--strategy=kafka", "--limit=1000",
                             f"--listen=127.0.0.1:{port}", ready=port)
        self.await_ready(f"http://127.0.0.1:{port}/readyz")
        statuses = []
        for user in users:
            request = urllib.request.Request(f"http://127.0.0.1:{port}/apply?userId={user}", method="POST")
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    statuses.append(answer.status)
            except urllib.error.HTTPError as answer:
                statuses.append(answer.code)
        self.stop(service)
        return statuses

    @staticmethod
    def await_ready(url):
        for _ in range(500):
            try:
                with urllib.request.urlopen(url, timeout=1):
                    return
            except (urllib.error.URLError, TimeoutError):
                time.sleep(0.02)
        raise RuntimeError(f"{url} is never 200")

    def consumer(self, *options):
        return self.start(PROGRAMS / "coupon-consumer", "--session-timeout=6s", *options, ready="assigned")

    def query(self, text):
        done = subprocess.run(["psql", "-At", "-c", text], env={**os.environ, **self.env}, check=False,
                              capture_output=True, text=True)
        return [line for line in done.stdout.splitlines() if line]

    def rows(self):
        return [int(line) for line in self.query("SELECT user_id FROM coupon")]

    def await_lag_zero(self, limit=60):
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            offsets = self.probe()
            # A partition that nothing was ever written to has nothing to commit.
            if offsets and all((committed or 0) == end for committed, end in offsets.values()):
                return
            time.sleep(0.05)
        raise RuntimeError(f"{GROUP} still lags after {limit} s: {offsets}")

    # -- the neighbours --

    def java(self, *words, stdin=None, timeout=90, main="rushproof.Neighbour"):
        command = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-cp", f"{JARS}/classes:{JARS}/libs/*",
                   main, *map(str, words)]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command[5:])}: {done.stdout}{done.stderr}")
        return done.stdout

    def java_consume(self, group, count):
        lines = [line.split() for line in self.java("consume", self.brokers, TOPIC, group, count).splitlines()]
        return [int(line[3]) for line in lines], {line[2] for line in lines}

    def console_consume(self, topic, count, *options):
        return self.java("--bootstrap-server", self.brokers, "--topic", topic, "--from-beginning", "--max-messages",
                         count, "--timeout-ms", 20000, *options,
                         main="org.apache.kafka.tools.consumer.ConsoleConsumer").splitlines()

    def console_produce(self, topic, lines):
        self.java("--bootstrap-server", self.brokers, "--topic", topic, stdin="".join(f"{line}\n" for line in lines),
                  main="org.apache.kafka.tools.ConsoleProducer")

    # -- offsets, three ways: {partition: (committed, end)} --

    @staticmethod
    def offsets_of(text):
        rows = (line.split() for line in text.splitlines())
        return {int(row[1]): tuple(None if field == "-" else int(field) for field in row[2:4]) for row in rows}

    def probe(self):
        done = subprocess.run([PROGRAMS / "lag-probe", self.brokers, TOPIC, GROUP], capture_output=True, text=True,
                              timeout=60, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return self.offsets_of(done.stdout)

    def java_view(self):
        return self.offsets_of(self.java("offsets", self.brokers, TOPIC, GROUP))

    def described(self):
        text = self.java("--bootstrap-server", self.brokers, "--describe", "--group", GROUP,
                         main="org.apache.kafka.tools.consumer.group.ConsumerGroupCommand")
        rows = (line.split() for line in text.splitlines() if line.startswith(GROUP + " "))
        return {int(row[2]): (int(row[3]) if row[3] != "-" else None, int(row[4])) for row in rows if row[1] == TOPIC}

    # -- cases --

    def case(self, name, expected, seen):
        same = expected == seen
        self.table.append((self.kafka, name, expected, seen, same))
        print(f"{'ok' if same else 'not ok'} - {self.kafka}: {name}"
              + ("" if same else f"\n#   expected {expected}\n#   seen     {seen}"), flush=True)

    def run(self):
        self.records_both_ways()
        self.offsets_both_ways()
        if self.kafka != "embedded":
            self.console_tools()
        self.lag_while_moving()
        self.transactions()

    def transactions(self):
        """The embedded broker keeps no control records, so it refuses; a real one serves."""
        works = ["committed 1", "aborted 2", "committed 3"]
        self.case("a Java client's transactions",
                  ["TransactionalIdAuthorizationException"] if self.kafka == "embedded" else works,
                  self.java("transact", self.brokers, TOPIC, 1, 2, 3).splitlines())
        if self.kafka == "embedded":
            with open(f"{self.dir}/logs/kafka.log", errors="replace") as log:
                text = log.read()
            self.case("the log says what was refused and what to use", (True, True),
                      ('transactional.id "neighbour"' in text, "stack.kafka: apache" in text))

    def records_both_ways(self):
        self.case("our service takes these users", [202] * len(FROM_HTTP), self.apply(*FROM_HTTP))
        self.case("our service refuses negative and too large ones", [400, 400], self.apply(-1, 2**63))
        users, keys = self.java_consume("java_reader", len(FROM_HTTP))
        self.case("Java reads what our service produced", sorted(FROM_HTTP), sorted(users))
        self.case("Java finds no key", {"null"}, keys)
        self.java("produce", self.brokers, TOPIC, *FROM_JAVA)
        ours = self.consumer()
        self.await_lag_zero()
        self.case("our consumer saves what both produced, to the last bit", sorted(FROM_HTTP + FROM_JAVA),
                  sorted(self.rows()))
        self.case("our consumer ends in order", 0, self.stop(ours))
        at_rest = self.probe()
        self.case("lag at rest: all that was produced is committed", len(FROM_HTTP + FROM_JAVA),
                  sum(committed or 0 for committed, _ in at_rest.values()))
        self.case("lag at rest: a Java client and our probe", self.java_view(), at_rest)

    def offsets_both_ways(self):
        """Java goes on in group_1 where our consumer ended, and our consumer where Java ended."""
        self.apply(100, 101, 102)
        users, _ = self.java_consume(GROUP, 3)
        self.case(f"Java goes on in {GROUP} where our consumer ended", [100, 101, 102], sorted(users))
        self.java("produce", self.brokers, TOPIC, -200, -201)
        before = collections.Counter(self.rows())
        ours = self.consumer("--batch=10")
        self.await_lag_zero()
        self.case(f"our consumer goes on in {GROUP} where Java ended", [-201, -200],
                  sorted((collections.Counter(self.rows()) - before).elements()))
        self.stop(ours)

    def console_tools(self):
        everything = self.java_consume("java_reader_2", sum(end for _, end in self.probe().values()))[0]
        console = self.console_consume(TOPIC, len(everything), "--formatter-property",
                                       "value.deserializer=org.apache.kafka.common.serialization.LongDeserializer")
        self.case("the console consumer reads the same numbers", sorted(everything), sorted(map(int, console)))
        self.case("kafka-consumer-groups --describe at rest and our probe", self.described(), self.probe())
        words = ["hello", "선착순 쿠폰", "", "100"]
        self.console_produce("testTopic", words)
        self.case("testTopic: console producer to console consumer", words, self.console_consume("testTopic", len(words)))
        self.console_produce(TOPIC, ["abc", "not a user", "12345678"])
        ours = self.consumer()
        self.await_lag_zero()
        self.case("console text that is not 8 bytes is put aside and blocks nobody", ["abc", "not a user"],
                  sorted(self.query("SELECT convert_from(value, 'UTF8') FROM malformed_record")))
        self.case("console text of 8 bytes is a user like another", [str(int.from_bytes(b"12345678", "big"))],
                  self.query("SELECT user_id FROM coupon ORDER BY id DESC LIMIT 1"))
        self.stop(ours)

    def lag_while_moving(self):
        self.java("produce-range", self.brokers, TOPIC, 1_000_000, 1_002_999)
        ours = self.consumer("--row-delay=3ms")
        views = {"a Java client": self.java_view}
        if self.kafka != "embedded":
            views["kafka-consumer-groups --describe"] = self.described
        for name, view in views.items():
            before, seen, after = self.probe(), view(), self.probe()
            between = all(before[p][i] <= seen[p][i] <= after[p][i] for p in before for i in (0, 1))
            moving = sum(c for c, _ in before.values()) < sum(c for c, _ in after.values())
            self.case(f"lag while moving: {name} between two looks of our probe", (True, True), (between, moving))
        ours.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        for name, view in views.items():
            seen, probed = view(), self.probe()
            self.case(f"lag halfway: {name} and our probe", (seen, True),
                      (probed, sum(end - committed for committed, end in probed.values()) > 0))
        ours.send_signal(signal.SIGCONT)
        self.stop(ours)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kafka", action="append", help="embedded or apache:VERSION; may be given again")
    table = []
    for kafka in parser.parse_args().kafka or ["embedded", "apache:3.9.2", "apache:4.4.0"]:
        begun = time.monotonic()
        interop = Interop(kafka, table)
        try:
            interop.begin()
            interop.run()
        except Exception as problem:  # the next Kafka is tried all the same
            print("# " + traceback.format_exc().rstrip().replace("\n", "\n# "), flush=True)
            interop.case(f"runs to its end ({problem})", True, False)
        finally:
            interop.end()
        print(f"   {kafka}: {time.monotonic() - begun:.1f} s")
    print("\n| Kafka | case | equal |\n|---|---|---|")
    for kafka, name, _, _, same in table:
        print(f"| {kafka} | {name} | {'yes' if same else 'NO'} |")
    failed = sum(not row[4] for row in table)
    print(f"{len(table) - failed} passed, {failed} failed")
    return failed > 0 or not table


if __name__ == "__main__":
    sys.exit(main())
