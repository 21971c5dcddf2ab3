"""Whole runs on a real Apache Kafka that lets nobody in without a password, or without TLS.

locked.py VERSION…"""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import outcome  # noqa: E402
import runner  # noqa: E402
import tap  # noqa: E402

SECRET = "hush-4711-scram"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "rushproof/kafka"

BROKER = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=LOCKED://127.0.0.1:{locked},TLS://127.0.0.1:{tls},PLAIN://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=LOCKED:SASL_SSL,TLS:SSL,PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAIN
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=SCRAM-SHA-256,PLAIN
listener.name.locked.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_judge="{secret}";
listener.name.locked.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={dir}/server.pem
log.dirs={dir}/data
num.partitions=2
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""

SERVICE = '''
"""Gives 100 away and tells Kafka; with "forgets" not of one in ten."""
import os, queue, subprocess, sys, threading
sys.path.insert(0, os.environ["STRANGERS"])
import door
waiting, lock, given = queue.Queue(), threading.Lock(), [0]

def send():
    while True:
        users = [waiting.get()]
        while not waiting.empty():
            users.append(waiting.get())
        subprocess.run(["kcat", "-P", "-F", sys.argv[1], "-t", sys.argv[3]], text=True, check=True,
                       input="".join(f"{user}\\n" for user in users))

def apply(user):
    with lock:
        given[0] += 1
        if given[0] > 100:
            return False
        if sys.argv[2] == "right" or given[0] % 10:
            waiting.put(user)
        return True

threading.Thread(target=send, daemon=True).start()
door.serve(apply, (202, "yours"), (410, "none left"))
'''

SCENARIO = """
name: locked-{name}
limit: 100
stack: {{redis: none, postgres: none, kafka: none}}
processes:
  - {{name: savers, run: [kcat, -F, "{client}", -X, auto.commit.interval.ms=200, -G, "savers-{name}", "{name}"], ready: {{log: assigned}}}}
  - name: service
    run: [/usr/bin/python3, "{dir}/service.py", "{client}", {how}, "{name}"]
    env: {{STRANGERS: "{strangers}"}}
    ready: {{http: /health}}
request: {{url: "${{service}}/apply?user={{{{user}}}}", timeout: 20s}}
responses: {{accepted: {{status: 202}}, rejected: {{status: 410}}}}
load: [{{burst: {{requests: 300, require: {{spread: 10s, in_flight: -1}}}}}}]
evidence:
  pipeline:
    topic: {name}
    group: savers-{name}
    value: text
    url: {brokers}
    properties: {properties}
drain: {{timeout: 10s}}
"""


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Kafka:
    def __init__(self, version, directory):
        self.dir = pathlib.Path(directory)
        self.libs = f"{CACHE}/{version}/libs/*"
        self.locked, self.tls, self.plain, controller = free_ports(4)
        self.ca = self.dir / "ca.pem"
        self.make_certificate()
        config = self.dir / "server.properties"
        config.write_text(BROKER.format(controller=controller, secret=SECRET, **vars(self)))
        self.log = open(self.dir / "kafka.log", "w+b")
        self.java("kafka.tools.StorageTool", "format", "--cluster-id=cnVzaHByb29mLWthZmthMQ", f"--config={config}")
        self.process = subprocess.Popen(["java", "-Xmx256m", "-cp", self.libs, "kafka.Kafka", str(config)], stdout=self.log,
                                        stderr=self.log)
        runner.MINE.add(self.process.pid)

    def make_certificate(self):
        key = self.dir / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(self.ca)], check=True,
                       capture_output=True)
        (self.dir / "server.pem").write_text(key.read_text() + self.ca.read_text())

    def java(self, *words):
        return subprocess.run(["java", "-Xmx128m", "-cp", self.libs, *words], stdout=self.log, stderr=self.log, check=True)

    def await_start(self):
        until = time.monotonic() + 120
        while subprocess.run(["kcat", "-L", "-b", f"127.0.0.1:{self.plain}"], capture_output=True, check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.dir / "kafka.log").read_text()[-2000:])
            time.sleep(0.1)
        self.java(str(HERE / "ScramUser.java"), f"127.0.0.1:{self.plain}", "judge", SECRET)

    def make_topic(self, name):
        until = time.monotonic() + 60
        made = ["kcat", "-L", "-b", f"127.0.0.1:{self.plain}", "-t", name, "-X", "allow.auto.create.topics=true"]
        while "with 2 partitions" not in subprocess.run(made, capture_output=True, text=True, check=False).stdout:
            if time.monotonic() > until:
                raise RuntimeError("the topic is not made")
            time.sleep(0.1)

    def door(self, name):
        """Where that door is, and what opens it."""
        ca = {"ssl.ca.location": str(self.ca)}
        judge = {"security.protocol": "sasl_ssl", "sasl.username": "judge", "sasl.password": SECRET, **ca}
        return {
            "scram": (f"127.0.0.1:{self.locked}", {"sasl.mechanism": "SCRAM-SHA-256", **judge}),
            "password": (f"127.0.0.1:{self.locked}", {"sasl.mechanism": "PLAIN", **judge}),
            "tls": (f"127.0.0.1:{self.tls}", {"security.protocol": "ssl", **ca}),
            "plain": (f"PLAINTEXT://127.0.0.1:{self.plain}", {"security.protocol": "plaintext"}),
        }[name]

    def end(self):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()


def run(bench, kafka, door, name, how, other=()):
    brokers, properties = kafka.door(door)
    kafka.make_topic(name)
    client = kafka.dir / f"{name}.properties"
    client.write_text("".join(f"{key}={value}\n" for key, value in properties.items()) +
                      f"bootstrap.servers={brokers}\n")
    client.chmod(0o600)
    (kafka.dir / "service.py").write_text(SERVICE)
    properties.update(other)
    spelled = "{" + ", ".join(f'{key}: "{value}"' for key, value in properties.items()) + "}"
    scenario = kafka.dir / f"{name}.yaml"
    scenario.write_text(SCENARIO.format(name=name, how=how, client=client, dir=kafka.dir, brokers=brokers, properties=spelled,
                                        strangers=HERE.parent / "strangers"))
    return bench.run("--quiet", scenario, common=False)


def no_secret(done):
    for path in done.dir.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), f"the password is in {path}"
    assert SECRET not in done.stdout + done.stderr, "the password is told"


def passes(bench, kafka, door):
    done = run(bench, kafka, door, f"right-{door}", "right")
    assert done.code == 0, str(done)
    assert done.result["drain"]["outcome"] == "drained", str(done)
    no_secret(done)


def catches(bench, kafka, door):
    done = run(bench, kafka, door, f"forgets-{door}", "forgets")
    assert done.code == 1 and done.result["drain"]["outcome"] == "drained_lossy", str(done)
    no_secret(done)


def behind(bench, kafka, door, name):
    """A scenario of the library ends as it says when its topic and its group are read through that door: the service and
    its consumer, which know no lock, come by the plain one. The last of them leaves records unread."""
    brokers, properties = kafka.door(door)
    kafka.make_topic("coupon_create")
    spelled = "{" + ", ".join(f'{key}: "{value}"' for key, value in properties.items()) + "}"
    scenario = runner.ROOT / "scenarios" / f"{name}.yaml"
    done = bench.run("--quiet", f"--set=stack.kafka=127.0.0.1:{kafka.plain}", f"--set=evidence.pipeline.url={brokers}",
                     f"--set=evidence.pipeline.properties={spelled}", "--set=load.0.burst.require.spread=10s", scenario,
                     common=False)
    assert done.result, str(done)
    different = outcome.compare(scenario, done.dir / "result.json")
    assert not different, "\n".join([*different, str(done)])
    no_secret(done)


def refuses(bench, kafka, door, words, code, other):
    done = run(bench, kafka, door, f"wrong-{next(iter(other)).replace('.', '-')}", "right", other)
    assert done.code == code, str(done)
    assert words in " ".join((done.stdout + done.stderr).split()), str(done)
    no_secret(done) if done.dir else None


def main():
    runner.adopt_orphans()
    test = tap.Tap()
    for version in sys.argv[1:]:
        with tempfile.TemporaryDirectory(prefix="locked-") as directory, runner.Bench("locked") as bench:
            kafka = Kafka(version, directory)
            try:
                kafka.await_start()
                # librdkafka before 2.6.1 repeats a part of SCRAM's nonce, which Kafka 4 does not let pass.
                locked = "scram" if version.startswith("3.") else "password"
                for door in (locked, "tls", "plain"):
                    test.run(f"Apache Kafka {version}, {door}: what is right passes", passes, bench, kafka, door)
                test.run(f"Apache Kafka {version}, {locked}: who is forgotten is missed", catches, bench, kafka, locked)
                for door, name in ((locked, "kafka"), ("tls", "exact"), (locked, "slow-consumer"), ("tls", "dead-consumer")):
                    test.run(f"Apache Kafka {version}, {door}: scenario {name}", behind, bench, kafka, door, name)
                test.run(f"Apache Kafka {version}: a property that is none is named", refuses, bench, kafka, "plain",
                         'No such configuration property: "sasl.pasword"', 3, {"sasl.pasword": "x"})
                test.run(f"Apache Kafka {version}: what is said elsewhere is not said twice", refuses, bench, kafka, "plain",
                         "group.id is set by url, group and read_committed", 3, {"group.id": "x"})
            finally:
                kafka.end()
    test.end()


if not all(map(shutil.which, ("java", "kcat", "openssl"))):
    print("skipped: java, kcat and openssl are needed")
    sys.exit(77)
main()
