"""What a new user does in an afternoon: a service that runs already, a database of their own, the one-liner.
Each ends in the right verdict, with a sentence that says what to do: run.py [--only=WORD]"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import socket
import sys
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "service")]

import rig  # noqa: E402
import runner  # noqa: E402
import tap  # noqa: E402

TABLES = """
CREATE TABLE stock (issued int NOT NULL);
CREATE TABLE coupon (id bigserial PRIMARY KEY, user_id bigint NOT NULL);
CREATE TABLE guest (id bigserial PRIMARY KEY, user_id text NOT NULL);
INSERT INTO stock VALUES (0);
"""
CASES = []
ATTEMPTS = 3


class Busy(Exception):
    """The burst was none, for this machine had no time: says nothing about the rest."""


def case(function):
    CASES.append(function)
    return function


class Desk:
    """What a user has at hand: a Postgres with the service's tables, the service, and rushproof."""

    def __init__(self, bench):
        self.bench = bench
        self.path = bench.path / "desk"
        self.path.mkdir(mode=0o755)
        self.pgbouncer = None
        self.service = None
        self.postgres = rig.Postgres(f"{self.path}/pg", own=True)
        runner.MINE.add(self.postgres.program.child.pid)

    def close(self):
        for program in (self.service, self.pgbouncer, self.postgres.program):
            if program:
                program.stop()

    def program(self, argv, name, **how):
        """A program of the desk, by its name's log."""
        program = rig.Program(argv, f"{self.path}/{name}.log", **how)
        runner.MINE.add(program.child.pid)
        return program

    def run(self, *arguments, env=None):
        done = self.bench.run(*arguments, env=env, attempts=1)
        if done.too_busy():
            raise Busy(done.too_busy())
        return done

    def serve(self, design, database=None, **env):
        """That service, with empty tables and in place of the last one."""
        if self.service:
            self.service.stop()
        self.postgres.rows("DROP TABLE IF EXISTS stock, coupon, guest;" + TABLES)
        self.database = database or self.postgres.url
        port = rig.free_port()
        self.url = f"http://127.0.0.1:{port}/coupon/apply"
        self.service = self.program(["/usr/bin/python3", str(HERE / "service.py"), design, str(port)], design,
                                    env={"DATABASE_URL": self.database, **env})
        rig.wait_until("the service", lambda: answers(port))

    def pool(self):
        """The database behind PgBouncer, a server connection for each transaction; its URL."""
        if self.pgbouncer:
            self.pgbouncer.stop()
        port, user = rig.free_port(), self.postgres.rows("SELECT current_user")[0][0]
        settings = self.path / "pgbouncer.ini"
        settings.write_text(f"""[databases]
* = host={self.postgres.root} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
ignore_startup_parameters = extra_float_digits
""")
        self.pgbouncer = self.program(["/usr/sbin/pgbouncer", str(settings)], "pgbouncer", user=self.postgres.user)
        rig.wait_until("pgbouncer", lambda: answers(port))
        return f"postgresql://{user}@127.0.0.1:{port}/postgres"

    def judge(self, *arguments, url=None, coupons=True, env=None):
        """The one-liner of README.md, for this desk."""
        source = [f"--coupons={self.database} ; SELECT user_id FROM coupon"] if coupons else []
        return self.run(f"--url={url or self.url}", '--body={"userId": {{user}}}', "--limit=100", "--requests=1000",
                        *source, *LOOSE, *arguments, env=env)

    def check(self, *arguments, url=None, query="SELECT user_id, id FROM coupon"):
        """The same one-liner, before it."""
        return self.bench.finish(self.bench.start(
            f"--url={url or self.url}", '--body={"userId": {{user}}}', f"--coupons={self.database} ; {query}",
            *arguments, command="check"))

    def sold(self):
        return self.postgres.rows("SELECT user_id FROM coupon ORDER BY id")

    def ask(self, user):
        """What curl would show."""
        request = urllib.request.Request(self.url, f'{{"userId": {user}}}'.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()


# How tight a burst is beside other people's servers is not what is tried here.
LOOSE = ["--set=load.0.burst.require.spread=5s"]
YES = "--accepted=status=200,json:/isSuccess=true"
NO = "--rejected=status=200,json:/isSuccess=false"


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def expect(run, code, *said, never=()):
    """Exit code and what the user reads, as one line: each pattern is in it."""
    text = re.sub(r"\s+", " ", run.stdout + run.stderr)
    assert run.code == code, f"exit code {run.code}, expected {code}\n{run}"
    assert not run.left, f"something stayed behind\n{run}"
    for pattern in said:
        assert re.search(pattern, text), f"nothing says /{pattern}/\n{run}"
    for pattern in never:
        assert not re.search(pattern, text), f"it says /{pattern}/\n{run}"


CONVICTS = ("turned away", "✘ fail")


@case
def the_one_liner_twice(desk):
    desk.serve("right")
    expect(desk.judge(YES, NO), 0, "✔ pass")
    expect(desk.judge(YES, NO), 4, "100 .*(row|coupon|record)", "--reset|subtract", never=CONVICTS)


@case
def the_one_liner_that_empties(desk):
    desk.serve("right")
    resets = ("--reset=TRUNCATE coupon", "--reset=UPDATE stock SET issued = 0")
    for _ in range(2):
        expect(desk.judge(YES, NO, *resets), 0, "✔ pass")
    expect(desk.judge(YES, NO, *resets, "--rounds=2"), 0, "✔ pass")


@case
def a_wrong_path(desk):
    desk.serve("right")
    expect(desk.judge(YES, NO, url=desk.url.replace("apply", "aply")), 2, "404", "Not Found", never=CONVICTS)


@case
def a_login_that_is_missing(desk):
    desk.serve("login")
    expect(desk.judge(YES, NO), 2, "401", "who are you", never=CONVICTS)
    expect(desk.judge(YES), 2, "401", never=CONVICTS)


@case
def a_page_for_everybody(desk):
    desk.serve("page")
    expect(desk.judge(coupons=False), 3, "--accepted", "--rejected", never=("✔ pass", *CONVICTS))
    expect(desk.judge(YES, NO, coupons=False), 2, "html", never=("✔ pass", *CONVICTS))


@case
def only_the_yes_is_told(desk):
    desk.serve("right")
    expect(desk.judge(YES), 2, r"--rejected.*isSuccess=false", never=("✔ pass", *CONVICTS))


@case
def a_yes_that_is_too_wide(desk):
    desk.serve("right")
    wide = "--accepted=status=200"
    expect(desk.judge(wide, NO), 2, r"900 answers match both accepted and rejected: \{isSuccess=false\}",
           "--accepted 'status=200,json:/isSuccess=true'", never=("no rule says", "lost 9", *CONVICTS))
    desk.serve("right")
    expect(desk.judge(wide), 2, r"\{isSuccess=(true|false)\} and \{isSuccess=(true|false)\} are both a yes",
           "--accepted 'status=200,json:/isSuccess=true' --rejected 'status=200,json:/isSuccess=false'",
           never=CONVICTS)


@case
def a_check_that_spends_nothing(desk):
    desk.serve("right")
    expect(desk.check(YES, NO), 0, r"as rushproof-check-nobody \(who is no user\)", r"answer +400 in .*: failed, no rule",
           r"userId is missing", r"0 coupon rows", r"checked +.*\blost\b", r"parked: the scenario does not give.*add",
           r"not shown +what a yes and a no look like.*--spend.*--reset", r"✔ ready +\S+: rushproof run, with the same flags $")
    assert not desk.sold(), desk.sold()


@case
def a_check_whose_request_is_given_back(desk):
    desk.serve("right")
    resets = ("--reset=TRUNCATE coupon", "--reset=UPDATE stock SET issued = 0")
    expect(desk.check(YES, NO, *resets), 0, r"as 1 \(what it takes is given back\)",
           r"answer +200 in .*: accepted, by responses.accepted", r"Content-Type: application/json",
           r'"isSuccess": true', r"coupons +1 row, of 1 \(id \d+\); that user's came within", r"✔ ready")
    assert not desk.sold(), desk.sold()


@case
def a_check_that_spends_one(desk):
    desk.serve("right")
    expect(desk.check(YES, NO, "--spend"), 0, r"as 1 \(what it takes is spent\)", r"coupons +1 row, of 1 \(", r"✔ ready")
    assert desk.sold() == [(1,)], desk.sold()
    # Who is there already is told, and the next one is turned away by the same design.
    expect(desk.check(YES, NO), 4, r"not clean before the load: 1 coupon row is already there", r"✘ not ready")


@case
def a_check_that_was_given_one(desk):
    """A service that takes any id has given one to nobody: whose row that is, and what deletes it, is said then and before
    the run, whether it can be read as a user or not."""
    desk.serve("open")
    quoted, query = '--body={"userId": "{{user}}"}', "SELECT user_id, id FROM guest"
    delete = r"DELETE FROM guest WHERE user_id = 'rushproof-check-nobody'"
    source = f"--coupons={desk.database} ; {query}"
    expect(desk.check(YES, NO, quoted, query=query), 4, r"checks no ids: 'rushproof-check-nobody', who is no user, has a row", delete)
    for ids in ("number", "user-{{n}}"):
        names = [] if ids == "number" else [f"--ids={ids}"]
        expect(desk.check(YES, NO, quoted, *names, query=query), 4, r"has asked as rushproof-check-nobody and was given one", delete)
        expect(desk.run(f"--url={desk.url}", quoted, "--limit=100", "--requests=150", source, YES, NO, *names, *LOOSE), 4,
               r"has asked as rushproof-check-nobody and was given one", delete, r"no request was sent")


@case
def a_check_that_finds_what_is_wrong(desk):
    desk.serve("right")
    expect(desk.check(YES, NO, url=desk.url.replace("apply", "aply")), 2, r"answer +404", r"is it the right URL",
           r"✘ not ready .*1 problem $")
    expect(desk.check(YES, NO, query="SELECT user_id FROM coupn"), 4, r"coupn", r"answer +400", r"✘ not ready")
    expect(desk.check("--accepted=status=201", "--spend"), 2, r"200 in .*: failed, no rule matches",
           r"neither a yes nor a no \(unclassified\)", r"--(accepted|rejected) 'status=200,json:/isSuccess=true'")
    desk.serve("right")
    expect(desk.check(NO.replace("rejected", "accepted"), YES.replace("accepted", "rejected"), "--spend"), 2,
           r"user 1, who is the first to ask, was told no", r"the wrong way round")
    desk.serve("right")
    desk.postgres.rows("ALTER SEQUENCE coupon_id_seq RESTART WITH 7000")
    expect(desk.check(YES, NO, "--spend", query="SELECT id FROM coupon"), 2, r"no row of that user came within 5 s",
           r"first column of the query the user", r"coupons +1 row, of 7000")
    desk.service.stop()
    expect(desk.check(YES, NO), 4, r"no answer", r"does the service run", r"--spend asks as the first one")


@case
def a_check_as_json(desk):
    desk.serve("right")
    done = desk.check(YES, NO, "--spend", "--json", "--header=Authorization: Bearer s3cr3t-of-mine")
    found = json.loads(done.stdout)
    assert done.code == 0 and found["ready"] and not found["problems"], done
    request = found["answers"][-1]
    assert (request["status"], request["class"], request["rules"]) == (200, "accepted", "responses.accepted"), request
    assert found["evidence"]["coupons"]["first"][0]["user"] == "1", found["evidence"]
    assert "s3cr3t" not in done.stdout + done.stderr, done
    made = {check["check"]: check["made"] for check in found["checks"]}
    assert made["lost"] and not made["counter"], made


FEEDER = """name: tokens
limit: 100
stack: {{redis: none, postgres: none, kafka: none}}
request:
  url: {url}
  headers: {{Content-Type: application/json, Authorization: "Bearer {{{{token}}}}"}}
  body: '{{"userId": {{{{user}}}}}}'
  feeder: tokens.csv
responses:
  accepted: {{status: 200, json: {{isSuccess: "true"}}}}
  rejected: {{status: 200, json: {{isSuccess: "false"}}}}
load:
  - burst: {{requests: 300}}
evidence:
  coupons: {{postgres: SELECT user_id FROM coupon, url: "${{SHOP}}"}}
"""


def feeder(desk, rows):
    (desk.path / "tokens.csv").write_text(
        "user,token\n" + "".join(f"{user},token-of-{user * 7919}\n" for user in range(1, rows + 1)))
    scenario = desk.path / "tokens.yaml"
    scenario.write_text(FEEDER.format(url=desk.url))
    return desk.run(scenario, *LOOSE, env={"SHOP": desk.database})


@case
def a_token_for_each_user(desk):
    desk.serve("tokens")
    expect(feeder(desk, 300), 0, "✔ pass")


@case
def too_few_tokens(desk):
    desk.serve("tokens")
    expect(feeder(desk, 299), 3, "tokens.csv", "299", "300")


@case
def a_job_that_saves_every_five_seconds(desk):
    desk.serve("scheduler")
    expect(desk.judge(YES, NO), 0, "✔ pass")


@case
def a_job_that_forgets_one(desk):
    desk.serve("forgetful", SAVE_EVERY="2")
    expect(desk.judge(YES, NO, "--set=drain.timeout=8s"), 1, "✘ fail", r"\b1 .*(no row|without|neither)")


@case
def through_a_pooler(desk):
    desk.serve("right", desk.pool())
    expect(desk.judge(YES, NO), 0, "✔ pass")
    # Whatever rushproof did in the pooled sessions, the service still writes in them.
    desk.postgres.rows("UPDATE stock SET issued = 0")
    answered = [desk.ask(user) for user in range(5000, 5020)]
    assert all("true" in text for text in answered), answered


LIMITER = ("--accepted=status=202", "--rejected=status=410", "--rejected=status=409")


@case
def a_limiter_in_front(desk):
    desk.serve("limiter")
    expect(desk.judge(*LIMITER, coupons=False), 2, "429", never=("✔ pass", *CONVICTS))


@case
def a_limiter_and_too_many_coupons(desk):
    desk.serve("generous")
    expect(desk.judge(*LIMITER, coupons=False), 1, "✘ fail", r"103", never=["turned away"])


@case
def a_fail_on_github_is_annotated(desk):
    desk.serve("generous")
    done = desk.judge(*LIMITER, coupons=False, env={"GITHUB_ACTIONS": "true"})
    lines = [line for line in done.stdout.splitlines() if line.startswith("::")]
    failed = [check["name"] for check in done.result["checks"] if check["verdict"] == "fail"]
    assert done.code == 1 and failed and len(lines) == len(failed) <= 10, done
    assert all(re.match(r"::error title=[^:,]+::\S", line) for line in lines), lines
    assert not re.search(r"^::", desk.judge(*LIMITER, coupons=False).stdout, re.M)


def attempt(function, desk):
    for number in range(1, ATTEMPTS + 1):
        try:
            return function(desk)
        except Busy as busy:
            if number == ATTEMPTS:
                raise AssertionError(f"too busy, {number} times: {busy}") from None
            print(f"# again: {busy}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    os.environ.pop("PGOPTIONS", None)
    runner.adopt_orphans()
    test = tap.Tap()
    with runner.Bench("afternoon") as bench:
        desk = Desk(bench)
        try:
            for function in CASES:
                if options.only in function.__name__:
                    test.run(function.__name__.replace("_", " "), attempt, function, desk)
        finally:
            desk.close()
    test.end()


main()
