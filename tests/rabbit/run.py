"""Whole runs over RabbitMQ: run.py [NAME…]"""

import json
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import rabbit  # noqa: E402
import runner  # noqa: E402
import tap  # noqa: E402

STRANGERS = HERE.parent / "strangers"
WIDE = "--set=load.0.burst.require.spread=10s"
ROWS = 'coupons: {{query: saved, url: "${{redis.url}}"}}'
SCENARIO = """
name: {name}
limit: 20
stack: {{redis: private, postgres: none, kafka: none, rabbitmq: "{url}"}}
processes:
  - name: worker
    run: [/usr/bin/python3, {strangers}/rabbit/worker.py, {worker}]
    env: {{REDIS_PORT: "${{redis.port}}", REDIS_PASSWORD: "${{redis.password}}", QUEUE_TYPE: "{type}"}}
    ready: {{log: ready}}
  - name: service
    run: [/usr/bin/python3, {strangers}/rabbit/service.py, "{exchange}"]
    env: {{REDIS_PORT: "${{redis.port}}", REDIS_PASSWORD: "${{redis.password}}", LIMIT: "${{limit}}"}}
    ready: {{http: /health}}
request: {{url: "${{service}}/apply?user={{{{user}}}}", timeout: 20s}}
responses: {{accepted: {{status: 202}}, rejected: {{status: 410}}}}
load: [{{burst: {{requests: 200, require: {{spread: 10s, in_flight: -1}}}}}}]
evidence:
  {rows}
  pipeline: {{kind: rabbitmq, queue: wins, pointer: /customer/id{more}}}
drain: {{timeout: {timeout}}}
"""
cases = []


def case(function):
    cases.append(function)
    return function


def expect(condition, done, words):
    assert condition, f"{words}\n{done}"


def judge(world, code, words="", **parts):
    """A run of the scenario, against somebody else's broker unless url says otherwise."""
    parts = {"url": world.broker.url, "strangers": STRANGERS, "worker": "after", "exchange": "", "rows": ROWS.format(),
             "more": f', management: "{world.broker.management}"', "name": "rabbit", "type": "",
             "timeout": "8s", **parts}
    path = world.bench.path / "rabbit.yaml"
    path.write_text(SCENARIO.format(**parts))
    done = world.bench.run(path)
    expect(done.code == code, done, f"exit code {done.code}, not {code}")
    expect(words in done.stderr + done.stdout, done, f"'{words}' is not said")
    expect(not done.left, done, "something is left")
    return done


class World:
    def __init__(self, bench):
        self.bench = bench
        self.started = None

    @property
    def broker(self):
        if not self.started:
            self.started = rabbit.Broker(self.bench.path / "broker").__enter__()
        return self.started


@case
def nothing_is_left_of_a_private_one_when_the_harness_is_killed(world):
    run = world.bench.start(WIDE, "--set=wait=60s", STRANGERS / "rabbit.yaml")
    until = time.monotonic() + 90
    while not list(run.here.glob("reports/*/*/logs/service.log")) and time.monotonic() < until:
        time.sleep(0.05)
    assert list(run.here.glob("reports/*/*/logs/service.log")), "it did not come up"
    run.kill()
    done = world.bench.finish(run)
    expect(not done.left, done, "something is left")


@case
def a_private_one_is_empty_in_each_round(world):
    done = world.bench.run(WIDE, "--rounds=2", STRANGERS / "rabbit-dead.yaml")
    expect(done.code == 0, done, f"exit code {done.code}")
    expect(not done.left, done, "something is left")


@case
def a_private_one_is_where_the_code_says(world):
    url = f"amqp://gu%27est:w%22or%5Cd@localhost:{rabbit.free_ports(1)[0]}"
    step = ["/usr/bin/python3", "-c", f"import pika; pika.BlockingConnection(pika.URLParameters({url + '/%2f'!r}))"]
    done = world.bench.run(WIDE, f"--set=stack.rabbitmq_as={url}", f"--set=setup={json.dumps([{'run': step}])}",
                           STRANGERS / "rabbit.yaml")
    expect(done.code == 0, done, f"exit code {done.code}")
    expect(not done.left, done, "something is left")


@case
def without_the_package_it_is_said_what_to_do(world):
    done = world.bench.run(STRANGERS / "rabbit.yaml", env={"RUSHPROOF_RABBITMQ_BIN": "/nowhere"})
    expect(done.code == 4, done, f"exit code {done.code}")
    expect("install the package rabbitmq-server by hand" in done.stderr, done, "it is not said")


@case
def somebody_elses_is_listened_to_beside_its_queue(world):
    done = judge(world, 0, worker="after, orders", exchange="orders")
    expect(done.result["drain"]["outcome"] == "drained", done, "not drained")
    expect(not done.result["reads"]["produced_hidden"], done, "nothing was heard")
    expect("20 records" in done.result["drain"]["detail"], done, done.result["drain"]["detail"])
    for path in done.dir.rglob("*"):
        if path.is_file():
            expect(world.broker.secret not in path.read_text(errors="replace"), done, f"the password is in {path}")


@case
def what_comes_by_the_default_exchange_is_known_by_the_rows(world):
    done = judge(world, 0)
    expect(done.result["drain"]["outcome"] == "drained", done, "not drained")
    expect(done.result["reads"]["produced_hidden"], done, "it was heard")
    expect("wins" in done.result["reads"]["produced_unread"], done, done.result["reads"]["produced_unread"])


@case
def a_quorum_queue_is_a_queue(world):
    """Replicated ones keep other books of what waits and what is not acknowledged."""
    own = {"url": "private", "more": "", "type": "quorum"}
    done = judge(world, 0, **own)
    expect(done.result["drain"]["outcome"] == "drained", done, "not drained")
    expect("20 records" in done.result["drain"]["detail"], done, done.result["drain"]["detail"])
    judge(world, 1, "lost", worker="forgets", **own)


@case
def somebody_elses_quorum_queue_is_a_queue(world):
    """Its management API tells what it knew at its last tick, so before the run it is not known that nothing waits."""
    world.broker.forget("wins")
    try:
        done = judge(world, 0, type="quorum", worker="after, orders", exchange="orders", timeout="30s")
    finally:
        world.broker.forget("wins")
    expect(done.result["drain"]["outcome"] == "drained", done, "not drained")
    expect("20 records" in done.result["drain"]["detail"], done, done.result["drain"]["detail"])


@case
def somebody_elses_is_read_over_tls(world):
    """The authority is the one that the address names, and the name must be the certificate's."""
    tls = f', management: "{world.broker.management}", url: "{world.broker.tls_url}'
    done = judge(world, 0, more=f'{tls}?cacertfile={world.broker.authority}"')
    expect(done.result["drain"]["outcome"] == "drained", done, "not drained")
    judge(world, 4, "no known authority: try ?cacertfile=PATH", more=f'{tls}"')
    elsewhere = tls.replace("@localhost:", "@127.0.0.1:")
    judge(world, 4, "for another name", more=f'{elsewhere}?cacertfile={world.broker.authority}"')


@case
def a_lossy_worker_of_somebody_elses_is_caught(world):
    done = judge(world, 1, worker="forgets")
    lost = [check for check in done.result["checks"] if check["name"] == "lost"][0]
    expect(lost["verdict"] == "fail", done, "nobody is lost")


@case
def without_rows_it_is_only_quiet(world):
    done = judge(world, 2, "say where the rows are", rows="")
    expect(done.result["drain"]["outcome"] == "quiet_only", done, "not quiet_only")


@case
def without_its_management_the_rows_decide(world):
    judge(world, 4, "management API at 127.0.0.1:1: ", more=', management: "http://127.0.0.1:1"')
    done = judge(world, 0, more=", management: none")
    expect(done.result["drain"]["outcome"] == "drained", done, "not drained")


@case
def a_wrong_password_is_said_and_not_shown(world):
    url = world.broker.url.replace(world.broker.secret, "wrong-4712")
    done = judge(world, 4, "ACCESS_REFUSED", url=world.broker.url, more=f', url: "{url}"')
    expect("wrong-4712" not in done.stderr + done.stdout, done, "it is shown")


def main():
    if not rabbit.SERVER.exists():
        print(f"skipped: there is no {rabbit.SERVER}")
        sys.exit(77)
    wanted = sys.argv[1:]
    runner.adopt_orphans()
    test = tap.Tap()
    with runner.Bench("rabbit") as bench:
        world = World(bench)
        for function in cases:
            if not wanted or function.__name__ in wanted:
                test.run(function.__name__.replace("_", " "), function, world)
                bench.abandon()
        if world.started:
            world.started.__exit__()
    test.end()


main()
