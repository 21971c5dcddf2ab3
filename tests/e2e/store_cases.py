"""Whole runs on stores that are seeded, mistyped, slow to come or away."""

import contextlib
import os
import pathlib
import re
import subprocess
import tempfile
import threading

import runner
import stranger
from cases import about_kafka, case
from expecting import expect, expect_code
from maria import mariadb

YES = "--accepted=status=200,json:/isSuccess=true"
NO = "--rejected=status=200,json:/isSuccess=false"


def write(bench, name, text):
    path = bench.path / f"{name}.yaml"
    path.write_text(f"name: e2e-{name}\nlimit: 10\n" + text)
    return path


def told(run):
    """What the user reads, as one line."""
    return re.sub(r"\s+", " ", run.stdout + run.stderr)


# The target is not there: where the run gets to is what counts.
NOWHERE = """
request: {method: POST, url: "http://127.0.0.1:1/apply?userId={{user}}", timeout: 2s}
responses: {accepted: {status: 202}, rejected: {status: 410}}
load:
  - burst: {requests: 20}
"""

LATE_TABLE = """
stack: {redis: none, kafka: none}
processes:
  - name: service
    run: [sh, -c, 'echo up; sleep 2; psql -q "$DATABASE_URL" -c "CREATE TABLE gift (user_id bigint)"; exec sleep 1000']
    ready: {log: up}
evidence: {coupons: SELECT user_id FROM gift}
""" + NOWHERE


@case
def a_table_that_the_service_makes_late_is_waited_for(bench):
    scenario = write(bench, "late-table", LATE_TABLE)
    run = bench.run(scenario, common=False)
    expect_code(run, 4)
    expect(re.search(r'evidence\.coupons\.postgres: ERROR: +relation "gift" does not exist.*preflight: \{wait: 30s\}',
                     told(run)), run, "what to do is not said")
    run = bench.run(scenario, "--set=preflight.wait=30s", common=False)
    expect_code(run, 4)
    expect("nothing listens there" in run.stderr, run, "it does not go on")
    # The same for a value that an expectation asks for, and for what is emptied.
    asks = [["--set=expect=[{check: sql, query: SELECT count(*) FROM gift, equals: 0}]", "--set=evidence.coupons=null"],
            ["--set=stack.reset.postgres=TRUNCATE gift", "--set=evidence.coupons=null"]]
    for more in asks:
        run = bench.run(scenario, *more, common=False)
        expect_code(run, 4)
        expect(re.search(r'(expect\.0\.query|stack\.reset\.postgres).*"gift" does not exist.*preflight', told(run)), run,
               "the key is not named")
        run = bench.run(scenario, *more, "--set=preflight.wait=30s", common=False)
        expect("nothing listens there" in run.stderr, run, "it does not go on")


@case
def a_table_that_never_comes_is_said_after_the_wait(bench):
    run = bench.run(write(bench, "no-table", LATE_TABLE.replace("CREATE TABLE gift", "CREATE TABLE gft")),
                    "--set=preflight.wait=3s", common=False)
    expect_code(run, 4)
    expect(re.search(r'after preflight\.wait: 3 s: .*"gift" does not exist', told(run)), run, "the wait is not told")


SEEDED = """
stack:
  redis: private
  kafka: none
  reset:
    redis: [SET stock 10]
    postgres: [CREATE TABLE gift (user_id bigint), CREATE INDEX ON gift (user_id)]
evidence:
  coupons: {postgres: SELECT user_id FROM gift}
  counter: {redis: stock, down: true}
""" + NOWHERE


@case
def a_private_store_begins_as_the_scenario_says(bench):
    run = bench.run(write(bench, "seeded", SEEDED), common=False)
    expect_code(run, 4)
    expect("nothing listens there" in run.stderr, run, "it does not go on")
    run = bench.run(write(bench, "unseeded", SEEDED.replace("SET stock 10", "SET stock 7")), common=False)
    expect_code(run, 4)
    expect("stack.reset.redis='SET stock 10'" in told(run), run, "what to type is not said")


@case
def a_service_on_seeded_stores_passes_round_after_round(bench):
    scenario = runner.ROOT / "tests/strangers/redis-stock.yaml"
    run = bench.run("--rounds=2", "--set=load.0.burst.require.spread=10s", scenario, common=False)
    expect_code(run, 0)


@case
def a_command_that_a_store_refuses_is_named_before_the_burst(bench):
    for wrong, number, words in [("TRUNCATE gfit", 3, '"gfit" does not exist'), ("TRUNCAT gift", 3, "syntax error")]:
        text = SEEDED.replace("(user_id)]", f"(user_id), {wrong}]")
        run = bench.run(write(bench, "mistyped", text), common=False)
        expect_code(run, 4)
        expect(re.search(rf"stack\.reset\.postgres, command {number} of 3: .*{words}.*, in '{wrong}'", told(run)), run,
               "the command is not named")
    run = bench.run(write(bench, "mistyped", SEEDED.replace("[SET stock 10]", "[SET stock 10, SETT stock 1]")),
                    common=False)
    expect_code(run, 4)
    expect(re.search(r"stack\.reset\.redis, command 2 of 2: Redis: ERR unknown command.*, in 'SETT stock 1'", told(run)),
           run, "the command is not named")


@case
def a_query_that_writes_is_refused_before_anything_starts(bench):
    for key, value in [("evidence.coupons.postgres", "DELETE FROM gift"), ("evidence.coupons.postgres", "SELECT 1; SELECT 2"),
                       ("evidence.counter.redis", "DEL stock")]:
        run = bench.run(write(bench, "writes", SEEDED), f"--set={key}='{value}'", common=False)
        expect(run.code == 3 and run.result is None, run, f"exit code {run.code}, or something was started")
        expect(key in run.stderr, run, "the key is not named")


AWAY = """
stack: {postgres: none, redis: private}
processes:
  - {name: apply, run: [apply-service, --strategy=kafka, --limit=10], ready: {http: /readyz}}
request: {method: POST, url: "${apply}/apply?userId={{user}}"}
responses: {accepted: {status: 202}, rejected: {status: 410}}
load:
  - burst: {requests: 50, require: {spread: 10s, in_flight: -1}}
evidence: {pipeline: {topics: coupon_create, group: group_1}}
faults: [{target: kafka, action: broker_down, when: last_response, broker: 1}]
drain: {timeout: 2s}
"""


@case
def a_broker_that_is_away_is_named_with_its_address(bench):
    run = bench.run(write(bench, "away", AWAY), common=False)
    expect_code(run, 2)
    why = run.result["reads"]["produced_unread"]
    expect(re.search(r"at 127\.0\.0\.1:\d+: ", why), run, f"produced_unread is '{why}'")
    expect(re.search(r"at 127\.0\.0\.1:\d+: ", told(run)), run, "the console does not say where")


LOST_MEMBER = """
processes:
  - {name: consumer, run: [coupon-consumer, --session-timeout=6s, --row-delay=20ms], ready: {log: assigned, timeout: 2s}}
  - {name: apply, run: [apply-service, --strategy=kafka, --limit=10], ready: {http: /readyz}}
request: {method: POST, url: "${apply}/apply?userId={{user}}"}
responses: {accepted: {status: 202}, rejected: {status: 410}}
load:
  - burst: {requests: 50, require: {spread: 10s, in_flight: -1}}
evidence:
  coupons: {postgres: "SELECT user_id, id FROM coupon ORDER BY id"}
  pipeline: {topics: coupon_create, group: group_1}
faults: [{target: consumer, action: kill, when: rows, count: 3, restart_after: 100ms}]
drain: {timeout: 5s}
"""


@case
@about_kafka
def a_killed_consumer_waits_for_its_own_dead_member(bench):
    run = bench.run(write(bench, "lost-member", LOST_MEMBER))
    expect(run.code in (0, 1), run, f"exit code {run.code}: not decided")
    expect(run.result["drain"]["outcome"] in ("drained", "drained_lossy"), run, f"drain {run.result['drain']}")
    expect("not ready" not in run.stderr, run, "it was not waited for")


@contextlib.contextmanager
def hosts(bench, text):
    """The words that run a command with that /etc/hosts; None where nobody may mount."""
    with tempfile.NamedTemporaryFile("w", dir=bench.path, suffix=".hosts") as file:
        file.write(text)
        file.flush()
        os.chmod(file.name, 0o644)
        words = ["unshare", "--map-root-user", "--mount", "sh", "-c",
                 f'mount --bind {file.name} /etc/hosts && exec "$@"', "sh"]
        works = subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
        yield words if works else None


@case
def a_name_whose_first_address_nobody_listens_on(bench):
    with hosts(bench, "::1 shop.test localhost\n127.0.0.1 shop.test localhost\n") as words:
        if not words:
            print("# left out: nobody may mount here")
            return
        for name in ("localhost", "shop.test"):
            first = subprocess.run([*words, "getent", "ahosts", name], capture_output=True, text=True, check=False).stdout
            assert first.startswith("::1"), first
            with stranger.serve(stranger.yes_no(10)) as port:
                command = [*words, runner.BIN / "rushproof", "run", f"--output={bench.path}/named",
                           f"--url=http://{name}:{port}/apply", '--body={"userId": {{user}}}', "--limit=10",
                           "--requests=100", YES, NO, f"--allow-host={name}",
                           "--set=load.0.burst.require.spread=10s"]
                done = subprocess.run(command, cwd=bench.path, capture_output=True, text=True, timeout=60, check=False)
            assert "100 sent = 10 accepted + 90 rejected" in re.sub(r"\s+", " ", done.stdout), \
                f"{name}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"


NEW_GROUP = """
processes:
  - name: consumer
    run: [java, -Xmx128m, -cp, "LIBS/*:/usr/share/java/postgresql.jar", "HERE/NewGroup.java"]
    env: {JDBC_URL: "jdbc:postgresql://127.0.0.1:${postgres.port}/rushproof?user=service&password=${postgres.password}"}
    ready: {log: assigned, timeout: 90s}
  - {name: apply, run: [apply-service, --strategy=kafka, --limit=10], ready: {http: /readyz}}
request: {method: POST, url: "${apply}/apply?userId={{user}}"}
responses: {accepted: {status: 202}, rejected: {status: 410}}
load:
  - burst: {requests: 50, require: {spread: 10s, in_flight: -1}}
evidence:
  coupons: {postgres: "SELECT user_id, id FROM coupon ORDER BY id"}
  pipeline: {topics: coupon_create, group: group_1}
"""


def newer_group(bench, name, *words):
    """A run with a consumer of that name, in Java; None where there is no Kafka 4, which alone has such groups."""
    version = next((option.rpartition("=")[2] for option in bench.common if "kafka_version=4" in option), None)
    if not version:
        return None
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    libs = cache / "rushproof" / "kafka" / version / "libs"
    text = NEW_GROUP.replace("LIBS", str(libs)).replace("HERE", str(pathlib.Path(__file__).resolve().parent))
    text = text.replace("NewGroup.java\"", f"{name}.java\"" + "".join(f", {word}" for word in words))
    return bench.run(write(bench, name, text), "--set=drain.timeout=6s")


@case
@about_kafka
def a_group_of_the_newer_protocol(bench):
    run = newer_group(bench, "NewGroup")
    if run:
        expect_code(run, 0)


@case
@about_kafka
def a_share_group_is_known_for_what_it_is(bench):
    run = newer_group(bench, "ShareGroup")
    if not run:
        return
    expect_code(run, 0)
    expect(run.result["drain"]["outcome"] == "drained", run, f"drain {run.result['drain']}")
    run = newer_group(bench, "ShareGroup", "loses")
    expect_code(run, 1)
    expect("group_1 is a share group" in run.result["drain"]["detail"], run, "it is not said")


def in_mysql(run):
    """A service that gives ten coupons away, by rows alone."""
    lock = threading.Lock()

    def answer(_, user, __):
        with lock:
            given = run(f"INSERT INTO shop.coupon (user_id) SELECT {user} FROM DUAL WHERE (SELECT count(*) FROM "
                        "shop.coupon) < 10; SELECT ROW_COUNT()")
        return stranger.as_json(200, isSuccess=given == "1")

    return answer


@case
def a_mysql_of_others_is_emptied_before_each_round(bench):
    with mariadb(bench) as database:
        if not database:
            print("# left out: MariaDB is not installed")
            return
        url, run_sql = database
        with stranger.serve(in_mysql(run_sql)) as port:
            def judge(*more):
                return bench.run(f"--url=http://127.0.0.1:{port}/apply", '--body={"userId": {{user}}}', "--limit=10",
                                 "--requests=40", f"--coupons={url} ; SELECT user_id, id FROM coupon", YES, NO,
                                 "--set=load.0.burst.require.spread=10s", *more, common=False)

            expect_code(judge("--reset=TRUNCATE coupon", "--rounds=2"), 0)
            expect_code(judge("--reset=DELETE FROM coupon"), 0)
            full = judge()
            expect_code(full, 4)
            expect("10 coupon rows are already there" in told(full), full, "what is left is not told")
            wrong = judge("--reset=TRUNCATE coupon", "--reset=TRUNCATE cupon")
            expect_code(wrong, 4)
            expect("stack.reset.mysql, command 2 of 2: MySQL: Table 'shop.cupon' doesn't exist, in 'TRUNCATE cupon'"
                   in told(wrong), wrong, "the command is not named")
            expect("hush" not in told(wrong), wrong, "the password is told")
