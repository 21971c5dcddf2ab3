"""Cases about what stands around a service: what prepares it, ports, several instances, late decisions."""

import contextlib
import json
import os
import socket
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import runner
import stranger
from cases import case, short
from expecting import check_of, expect, expect_clean, expect_code


@case
@short
def stores_are_prepared_in_each_round(bench):
    run = bench.run("--rounds=2", runner.ROOT / "tests/e2e/prepared.yaml")
    expect_code(run, 0)
    expect(run.result["round"] == 2 and run.result["verdict"] == "pass", run, "round 2")
    names = [instance["name"] for instance in run.result["instances"]]
    shares = [instance["requests"] for instance in run.result["instances"]]
    expect((names, shares) == (["apply.1", "apply.2"], [30, 30]), run, f"instances {names} {shares}")
    logs = {path.name for path in run.dir.parent.glob("*/logs/*")}
    expect({"apply.1.log", "apply.2.log", "setup.2.log"} <= logs, run, f"logs {logs}")


@case
def a_step_that_fails_ends_the_run_with_its_words(bench):
    run = bench.run("--set", "setup.0.postgres=SELECT 1; INSERT INTO nowhere VALUES (1)",
                    runner.ROOT / "tests/e2e/prepared.yaml")
    expect_clean(run)
    expect(run.code == 4 and "setup.0" in run.stdout + run.stderr and "nowhere" in run.stdout + run.stderr, run,
           "the statement is not named")
    run = bench.run("--set", "setup.0.postgres=CREATE ROLE boss SUPERUSER PASSWORD 'hush-hush'",
                    runner.ROOT / "tests/e2e/prepared.yaml")
    told = " ".join((run.stdout + run.stderr).split())
    expect(run.code == 4 and "superuser" in told and "CREATE ROLE boss" in told and "hush-hush" not in told, run,
           "the store's words are missing behind a password, or it is told")
    run = bench.run("--set", "setup.1.run=[sh, -c, 'echo no luck; exit 3']", runner.ROOT / "tests/e2e/prepared.yaml")
    expect_clean(run)
    told = run.stdout + run.stderr
    expect(run.code == 4 and "setup.1" in told and "no luck" in told, run, "the program's words are missing")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@case
def a_service_may_have_its_ports_in_its_code(bench):
    redis, postgres = free_port(), free_port()
    step = f"[sh, -c, 'redis-cli -h localhost -p {redis} SET greeting hello-20 && psql --quiet " \
           f"\"postgresql://localhost:{postgres}/$PGDATABASE\" -c \"SELECT 1\"']"
    run = bench.run("--set", f"stack.redis_port={redis}", "--set", f"stack.postgres_port={postgres}",
                    "--set", f"setup.3={{run: {step}}}", runner.ROOT / "tests/e2e/prepared.yaml")
    expect_code(run, 0)


@case
def who_listens_on_a_port_in_the_code_is_frozen(bench):
    """Its URL names no process; a stranger on that port, beside a process of the run, is not ours to stop."""
    def judge(number, own):
        return bench.run("--set=processes.0.count=1", "--set", f"processes.0.ready.http=http://127.0.0.1:{own}/readyz",
                         "--set", "processes.0.run=[apply-service, --strategy=redis, '--limit=${limit}', "
                         f"'--listen=127.0.0.1:{own}']", "--set=load.0.burst.gate=freeze",
                         "--set", f"request.url=http://127.0.0.1:{number}/apply?userId={{{{user}}}}",
                         runner.ROOT / "tests/e2e/prepared.yaml")

    port = free_port()
    run = judge(port, port)
    expect_code(run, 0)
    expect(run.result["load"]["spread_us"] == 0, run, "it was not stopped while the requests came")
    with stranger.serve(stranger.yes_no(20)) as other:
        run = judge(other, free_port())
    expect_clean(run)
    told = run.stdout + run.stderr
    expect(run.code not in (0, 1) and "gate freeze: no process of this scenario" in " ".join(told.split()), run,
           "a stranger was stopped, or judged as if he had been")


@case
def a_redis_at_a_fixed_port_wants_a_password_only_where_it_is_named(bench):
    """Most configurations have a host and a port, and nothing else."""
    for client, wanted in [("redis-cli", "OK"), ("DB_PASSWORD=${redis.password} redis-cli", "NOAUTH")]:
        step = f"[sh, -c, '{client} -h ${{redis.host}} -p ${{redis.port}} SET greeting hello-20 | tee /dev/stderr | grep -q {wanted}']"
        run = bench.run("--set", f"stack.redis_port={free_port()}", "--set", f"setup.3={{run: {step}}}",
                        runner.ROOT / "tests/e2e/prepared.yaml")
        expect_code(run, 0 if wanted == "OK" else 1)
        lacking = [] if wanted == "OK" else ["redis"]
        expect([check["name"] for check in run.result["checks"] if check["verdict"] == "fail"] == lacking, run,
               f"who comes with {client} is told {wanted}")


@case
def mysql_and_kafka_are_where_the_code_says(bench):
    mysql, kafka = free_port(), free_port()
    step = f"[sh, -c, 'mariadb --host=127.0.0.1 --port={mysql} --user=$MYSQL_USER $MYSQL_DATABASE --execute=\"SELECT 1\" && " \
           f"kcat -L -m 20 -b localhost:{kafka}']"
    run = bench.run("--set", "stack.mysql=private", "--set", f"stack.mysql_port={mysql}",
                    "--set", "stack.kafka=embedded", "--set", f"stack.kafka_port={kafka}",
                    "--set", f"setup.4={{run: {step}}}", runner.ROOT / "tests/e2e/prepared.yaml")
    expect_code(run, 0)
    for server in ("mysql", "kafka"):
        expect(any(known["name"] == server for known in run.result["servers"]), run, f"no {server}")


def addresses_in_code(name):
    """Of each store as a service would have it, with signs that addresses, statements and files quote."""
    return {"redis": f"redis://:hu%22sh%5C@localhost:{free_port()}/3",
            "postgres": f"postgresql://{name}:pa%27s%22s%5C@localhost:{free_port()}/{name}",
            "mysql": f"mysql://{name}:pa%27s%22s%5C@127.0.0.1:{free_port()}/{name}",
            "kafka": f"localhost:{free_port()}"}


@case
def a_service_may_have_whole_addresses_in_its_code(bench):
    """User, password and database with them; twice, so that they are emptied too."""
    for name in ("sh%27o%22p%60%5C", "postgres", "root"):
        code = addresses_in_code(name)
        word, port = urllib.parse.unquote(name), code["mysql"].rsplit(":", 1)[1].split("/")[0]
        steps = [["psql", "--quiet", code["postgres"], "-c", "CREATE TABLE mine (id int)"],
                 ["mariadb", "--host=127.0.0.1", f"--port={port}", f"--user={word}", "--password=pa's\"s\\", word, "-e",
                  "CREATE TABLE mine (id int)"],
                 ["sh", "-c", f"test $(redis-cli --no-auth-warning -u '{code['redis'].replace('//:', '//default:')}' GET greeting) = hello-20"]]
        run = bench.run("--rounds=2", "--set=stack.mysql=private", "--set=stack.kafka=embedded", "--set=processes.0.count=1",
                        *(f"--set=stack.{server}_as={url}" for server, url in code.items()),
                        "--set=setup.4.run=[\"true\"]",
                        *(f"--set=setup.{5 + i}={json.dumps({'run': step})}" for i, step in enumerate(steps)),
                        "--set", f"processes.0.env={json.dumps({'DATABASE_URL': code['postgres'], 'REDIS_URL': code['redis']})}",
                        runner.ROOT / "tests/e2e/prepared.yaml")
        expect_code(run, 0)
        expect(run.result["rows"]["final"] == 20, run, f"rows {run.result['rows']}")
        written = b"".join(path.read_bytes() for path in run.dir.parent.rglob("*") if path.is_file())
        expect(b"pa's" not in written and b"pa%27s" not in written, run, "the password is in a report")


@case
def statements_to_addresses_in_the_code_are_seen(bench):
    """The proxy stands where the code looks; so do the ports alone. A service that goes elsewhere is still told."""
    for word in ("as", "port"):
        code = addresses_in_code("shop")
        code = {store: code[store] for store in ("redis", "postgres")}
        ports = {store: url.rsplit(":", 1)[1].split("/")[0] for store, url in code.items()}
        known = code if word == "as" else {"redis": f"redis://localhost:{ports['redis']}"}
        given = code if word == "as" else ports
        run = bench.run("--between=observe", *(f"--set=stack.{store}_{word}={value}" for store, value in given.items()),
                        "--set=processes.0.count=1", "--set=setup.4.run=[\"true\"]", "--set", "processes.0.env="
                        + json.dumps({f"{'DATABASE' if store == 'postgres' else 'REDIS'}_URL": url for store, url in known.items()}),
                        runner.ROOT / "tests/e2e/prepared.yaml")
        expect_code(run, 0)
        seen = {shape["store"] for shape in run.result["observed"]["shapes"] if shape["process"] == "apply"}
        expect(seen == {"redis", "postgres"}, run, f"seen of {seen}")


@case
def a_port_that_is_taken_is_named(bench):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        run = bench.run("--set", f"stack.redis_port={number}", runner.ROOT / "tests/e2e/prepared.yaml")
    expect_clean(run)
    told = run.stdout + run.stderr
    expect(run.code == 4 and f"stack.redis_port: port {number}" in told.replace("\n", " ") and "taken" in told, run,
           "the port is not named")


@case
@short
def a_waiting_room_decides_later(bench):
    run = bench.run("waiting-room")
    expect_code(run, 0)
    sums = run.result["decisions"]
    expect(sums["tickets"] == sums["decided"] == 400 and sums["polls"] >= 400, run, f"decisions {sums}")
    expect(sums["at_last_ticket_ns"] < sums["at_last_decision_ns"], run, f"decisions {sums}")
    expect(run.result["rows"]["at_last_decision"] == 100, run, f"rows {run.result['rows']}")
    again = runner.program("rushproof", "verify", run.dir)
    expect(again.returncode == 0 and "decisions" in again.stdout, run, f"verified again: {again.stdout[-400:]}")


@case
def one_instance_is_killed(bench):
    """The other one serves on; the requests on the way to the first are whose end nobody knows."""
    run = bench.run("--set", "faults=[{target: apply.2, action: kill, at: 0}]",
                    "--set", "load=[{waves: {waves: 20, size: 3, every: 10ms}}]",
                    runner.ROOT / "tests/e2e/prepared.yaml")
    expect_clean(run)
    named = [process["name"] for process in run.result["processes"] if process["asked"] == "fault"]
    expect(named == ["apply.2"], run, f"ended {named}")
    lost = [user for user in check_of(run, "errors")["users"]]
    expect(lost and all(user["instance"] == 2 for user in lost), run, json.dumps(lost)[:400])


class Shop(BaseHTTPRequestHandler):
    """Ten win; who does not bring the token is turned away."""

    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    won = 0

    def do_POST(self):
        user = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["order"]["userId"]
        known = self.headers["Authorization"] == "Bearer top-s3cret" and "SID=c00kie" in self.headers["Cookie"]
        with self.lock:
            yes = known and isinstance(user, int) and Shop.won < 10
            Shop.won += yes
        body = json.dumps({"ok": yes}).encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


COPIED = """curl 'http://127.0.0.1:{port}/api/order?v=1' \\
  -H 'accept: application/json' \\
  -H 'authorization: Bearer top-s3cret' \\
  -H 'content-type: application/json' \\
  -b 'SID=c00kie; theme=dark' \\
  -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64)' \\
  --data-raw $'{{"order":{{"userId":17,"note":"it\\'s mine"}}}}'
"""


@contextlib.contextmanager
def shop():
    Shop.won = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@case
def a_copied_request_becomes_a_scenario_without_its_secrets(bench):
    with shop() as port:
        (bench.path / "copied.txt").write_text(COPIED.format(port=port))
        file = bench.path / "copied.yaml"
        asked = runner.program("rushproof", "init", f"--curl=@{bench.path}/copied.txt", f"--output={file}")
        assert asked.returncode == 3 and "--user-in is missing" in asked.stderr, asked.stderr
        made = runner.program("rushproof", "init", f"--curl=@{bench.path}/copied.txt", f"--output={file}",
                              "--user-in=json:/order/userId", "--limit=10", "--requests=30",
                              "--accepted=status=200,json:/ok=true", "--rejected=status=200,json:/ok=false")
        assert made.returncode == 0, made.stderr
        text = file.read_text()
        assert "s3cret" not in text and "c00kie" not in text and "Mozilla" not in text, text
        exports = dict(line[7:].split("=", 1) for line in made.stderr.splitlines() if line.startswith("export "))
        assert exports == {"AUTHORIZATION": "'top-s3cret'", "COOKIE": "'SID=c00kie; theme=dark'"}, made.stderr
        environment = {name: value.strip("'") for name, value in exports.items()}
        run = bench.run(file, env={**os.environ, **environment})
    expect_clean(run)
    load = run.result["load"]
    expect((load["accepted"], load["rejected"]) == (10, 20), run, f"load {load}")
    for path in run.dir.rglob("*"):
        expect(path.is_dir() or b"top-s3cret" not in path.read_bytes(), run, f"{path} has the token")


@case
def a_warm_up_leaves_nothing_behind(bench):
    """The real request, by others; what it did is reset, and the run's users find everything as new."""
    reset = "stack.reset={redis: [DEL coupon_count, DEL applied_user], postgres: TRUNCATE coupon}"
    run = bench.run("--set", "warmup=30", "--set", reset, runner.ROOT / "tests/e2e/prepared.yaml")
    expect_code(run, 0)
    told = [event["what"] for event in run.result["events"]]
    expect(any("warm-up: 30 of 30 answered" in what and "memory" in what for what in told), run, f"events {told}")
    expect(run.result["rows"]["final"] == 20 and run.result["load"]["sent"] == 60, run, f"rows {run.result['rows']}")
    run = bench.run("--set", "warmup={requests: 30, restart: true}", runner.ROOT / "tests/e2e/prepared.yaml")
    expect_code(run, 0)
    run = bench.run("--set", "warmup=30", runner.ROOT / "tests/e2e/prepared.yaml")
    expect(run.code == 3 and "stack.reset" in run.stderr, run, "nothing would take it back")
