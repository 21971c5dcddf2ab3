"""Cases about what stands around a service: what prepares it, ports, several instances, late decisions."""

import json
import socket

import runner
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
    step = f"[sh, -c, 'redis-cli -h localhost -p {redis} SET greeting hello && psql --quiet " \
           f"\"postgresql://localhost:{postgres}/$PGDATABASE\" -c \"SELECT 1\"']"
    run = bench.run("--set", f"stack.redis_port={redis}", "--set", f"stack.postgres_port={postgres}",
                    "--set", f"setup.3={{run: {step}}}", runner.ROOT / "tests/e2e/prepared.yaml")
    expect_code(run, 0)


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
