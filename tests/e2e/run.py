"""Whole runs, as a user starts them: their exit codes, what they name, what they leave behind (nothing).

run.py [--kafka=embedded|apache:VERSION] [--slow] [--short] [--only=WORD] [--except=WORD] [--jobs=N]

--kafka: on another one than the embedded broker only what is about Kafka runs.
--short: one of each kind.
--slow: the programs are instrumented, a burst may be wider than a real one may be.
--jobs: so many at the same time, 2 without it: most of them wait for most of their time. Those that are about the
burst itself run by themselves."""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import crowd  # noqa: E402
import outcome  # noqa: E402
import people_cases  # noqa: E402, F401: lists its cases
import runner  # noqa: E402
import source_cases  # noqa: E402, F401
import stack_cases  # noqa: E402, F401
import store_cases  # noqa: E402, F401: lists its cases
import stranger  # noqa: E402
import tap  # noqa: E402
from cases import ABOUT_KAFKA, ALONE, CASES, SHORT, about_kafka, alone, case, short  # noqa: E402
from expecting import check_of, expect, expect_clean, expect_code  # noqa: E402

FILES = ["result.json", "junit.xml", "report.html", "summary.md", "metrics.prom", "result.tsv", "history.csv", "timeline.csv",
         "coupons.csv", "scenario.yaml", "logs"]

SLOW = ["--set=load.0.burst.require.spread=10s", "--set=load.0.burst.require.in_flight=-1"]


def expect_outcome(run, scenario):
    expect(run.result is not None, run, "no result.json")
    different = outcome.compare(scenario, run.dir / "result.json")
    expect(not different, run, "; ".join(different))


def spoiled_user(run):
    """The user whom the vandal says that it spoiled."""
    for path in (run.dir / "logs").iterdir():
        found = re.search(r"spoiled user (-?\d+)", path.read_text(errors="replace"))
        if found:
            return found.group(1)
    raise AssertionError(f"the vandal did nothing\n{run}")


def expect_named(run, name, user):
    check = check_of(run, name)
    text = json.dumps(check)
    expect(re.search(rf"(?<!\d){user}(?!\d)", text), run, f"{name} does not name user {user}: {text[:500]}")


@case
@short
@about_kafka
@alone
def the_right_service_passes(bench):
    run = bench.run("kafka")
    expect_code(run, 0)
    result = run.result
    load = result["load"]
    expect((load["planned"], load["sent"], load["accepted"], load["rejected"], load["failed"], load["unknown"])
           == (1000, 1000, 100, 900, 0, 0), run, f"accounting {load}")
    expect(result["verdict"] == "pass" and result["limit"] == 100, run, "verdict, limit")
    expect(result["rows"]["final"] == 100 and result["rows"]["max"] == 100, run, f"rows {result['rows']}")
    expect(result["drain"]["outcome"] == "drained", run, f"drain {result['drain']}")
    expect({"redis", "postgres", "kafka"} <= result["stack"].keys(), run, "stack")


@case
def the_limit_is_stated_once(bench):
    """The service is handed the scenario's, as the command line has made it."""
    run = bench.run("quick", "--set=limit=7")
    expect_code(run, 0)
    expect(run.result["rows"]["final"] == 7, run, f"rows {run.result['rows']}")


@case
@short
def a_race_is_caught(bench):
    run = bench.run("count-race")
    expect_code(run, 1)
    expect_outcome(run, runner.ROOT / "scenarios/count-race.yaml")


NO_BURST = ["--set=load.0.burst.require.spread=1us", "--set=load.0.burst.gate=last-byte"]


@case
def a_burst_that_was_none_is_tried_again(bench):
    run = bench.run("quick", "--retry-invalid=2", *NO_BURST)
    expect_code(run, 2)
    expect(run.result["attempt"] == 3, run, f"attempt {run.result['attempt']}")
    told = run.stdout.replace("\n", " ")
    expect("attempt 1 does not count: this was not a burst" in told, run, "the first attempt is not told")
    expect("the 2 before it were no bursts and do not count" in told, run, "which attempt counts is not told")
    expect(len(list(run.dir.parent.iterdir())) == 3, run, "every attempt leaves its files")
    run = bench.run("quick", "--retry-invalid=2")
    expect_code(run, 0)
    expect(run.result["attempt"] >= 1, run, "attempt")


@case
def a_fail_is_not_taken_back_by_another_attempt(bench):
    run = bench.run("count-race", "--retry-invalid=3", *NO_BURST)
    expect_code(run, 1)
    expect(run.result["attempt"] == 1, run, f"attempt {run.result['attempt']}")


@case
@alone
def a_burst_is_told_with_its_floor(bench):
    # A machine that does not get 50 connections open in time has no floor to tell.
    for _ in range(5):
        run = bench.run("quick")
        expect_code(run, 0)
        if run.result["load"]["floor_us"] is not None:
            break
    if run.result["load"]["floor_us"] is None and SLOW[0] in bench.common:
        expect("floor" not in run.stdout, run, "a floor is told that nobody measured")
        return
    expect(run.result["load"]["floor_us"] is not None, run, "no floor in five runs")
    load, phase = run.result["load"], run.result["load"]["phases"][0]
    expect(load["floor_us"] > 0, run, f"floor {load['floor_us']}")
    # An explicit `require` is a promise: the floor does not widen it.
    allowed = 10e9 if SLOW[0] in bench.common else min(max(10e6, 3 * phase["floor_spread_ns"]), 100e6)
    expect(phase["require_spread_ns"] == allowed, run, f"allowed {phase['require_spread_ns']}, not {allowed}")
    expect("floor" in run.stdout and "if the service works on them as they arrive" in run.stdout.replace("\n  ", " "),
           run, "floor and window are not told")


@case
def a_frozen_target_gets_all_at_once(bench):
    run = bench.run("quick", "--set=load.0.burst.gate=freeze")
    expect_code(run, 0)
    expect(run.result["load"]["spread_us"] == 0, run, "spread")
    expect("all at once by construction" in run.stdout.replace("\n             ", " "), run, "not told")


def cold_rush(bench, backlog):
    """The run, its text in one line and its connections, of 30 who connect at once."""
    with crowd.service(backlog, 30) as port:
        run = bench.run(HERE / "crowd.yaml", common=False, env={"CROWD_PORT": str(port)})
    expect_code(run, 2)  # no store was read
    expect(run.result["load"]["accepted"] == 30, run, f"accounting {run.result['load']}")
    return run, port, run.result["load"]["phases"][0]["connects"]


@case
@short
def a_service_that_loses_syns_is_named(bench):
    run, port, connects = cold_rush(bench, 16)
    warning = run.result["warning"]
    expect(f"127.0.0.1:{port} lost what reached it" in warning, run, f"not named: {warning}")
    expect("their SYN had been sent again" in warning, run, f"no proof: {warning}")
    expect(connects["opened"] == 30 and connects["delayed"] > 0 and connects["syns_again"] > 0, run, str(connects))
    expect("lost what reached it" in " ".join(run.stdout.split()), run, "not told")
    expect(connects["open_max_ns"] > 0.5e9, run, "who lost a SYN waits for a second")
    if connects["queue_room"] is not None:
        expect(connects["queue_room"] == 16 and 0 < connects["queue_peak"] < 30, run, str(connects))
        expect("has room for 16" in warning and "give its listen() a longer backlog" in warning, run, warning)
    for name in ("report.html", "summary.md"):
        expect("lost what reached it" in (run.dir / name).read_text(), run, f"not told in {name}")


@case
def a_service_with_room_for_all_is_not(bench):
    run, _, connects = cold_rush(bench, 1024)
    expect("lost" not in run.result["warning"], run, f"named: {run.result['warning']}")
    expect(connects["syns_again"] == 0 and connects["drops"] in (0, None), run, str(connects))
    expect(connects["queue_room"] in (1024, None), run, str(connects))
    expect("all 30 open" in run.stdout, run, "connections are not told")
    expect(run.result["load"]["smallest_window_ns"] is None and "no race window can be stated" in
           " ".join(run.stdout.split()), run, "a race window is stated of connects")


@case
def every_file_of_a_report_is_written(bench):
    run = bench.run("quick")
    expect_code(run, 0)
    missing = [name for name in FILES if not (run.dir / name).exists()]
    expect(not missing, run, f"missing: {missing}")
    latest = run.dir.parent.parent / "latest"
    expect(latest.is_symlink() and latest.resolve() == run.dir.resolve(), run, "latest does not point at the run")
    cases = xml.parse(run.dir / "junit.xml").getroot().iter("testcase")
    names = {element.get("name") for element in cases}
    expect(len(names) >= 10, run, f"junit.xml has {len(names)} testcases")
    rows = (run.dir / "history.csv").read_text().splitlines()
    expect(len(rows) == 201, run, f"history.csv has {len(rows)} lines")


@case
@about_kafka
def a_saved_run_is_judged_the_same_again(bench):
    run = bench.run("quick")
    expect_code(run, 0)
    again = runner.program("rushproof", "verify", run.dir)
    assert again.returncode == 0, again.stdout + again.stderr


def differing(one, other, path=""):
    """Where two values read from JSON differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from differing(one[key], other[key], f"{path}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, pair in enumerate(zip(one, other)):
            yield from differing(*pair, f"{path}/{place}")
    elif one != other:
        yield f"{path}: {one} and {other}"


@case
@short
def json_on_stdout_is_the_result(bench):
    run = bench.run("--json", "quick")
    expect_code(run, 0)
    other = list(differing(json.loads(run.stdout), run.result))
    expect(not other, run, "stdout differs from result.json: " + "; ".join(other))


@case
@about_kafka
def a_deleted_row_is_lost_and_its_user_named(bench):
    run = bench.run(HERE / "deleted.yaml")
    expect_code(run, 1)
    expect_outcome(run, HERE / "deleted.yaml")
    expect_named(run, "lost", spoiled_user(run))
    expect(spoiled_user(run) in run.stdout, run, "the console does not name the user")


@case
@about_kafka
def a_doubled_row_is_a_duplicate_and_its_user_named(bench):
    run = bench.run(HERE / "duplicated.yaml")
    expect_code(run, 1)
    expect_outcome(run, HERE / "duplicated.yaml")
    expect_named(run, "duplicate", spoiled_user(run))
    expect(spoiled_user(run) in run.stdout, run, "the console does not name the user")


@case
@short
@about_kafka
def without_a_consumer_nothing_is_claimed(bench):
    run = bench.run(HERE / "no-consumer.yaml")
    expect_code(run, 2)
    expect(run.result["verdict"] == "unknown", run, "verdict")
    expect(run.result["drain"]["outcome"] == "no_consumer", run, f"drain {run.result['drain']}")
    expect(run.result["drain"]["decided_ns"] >= 3e9, run, "it was not waited for")


BAD = [
    ("unknown_key", "limmit: 10\n", r":\d+: .*limmit"),
    ("wrong_type", "limit: many\n", r":\d+: .*limit"),
    ("out_of_range", "limit: -1\n", r":\d+: .*limit"),
    ("no_such_check", "expect: [cap_exakt]\n", r":\d+: .*cap_exakt"),
    ("duration_without_unit", "drain: {timeout: 30}\n", r":\d+: .*timeout"),
    ("not_yaml", "limit: [\n", r":\d+: "),
]


@case
def bad_scenarios_are_refused_with_line_and_reason(bench):
    text = (HERE / "refused.yaml").read_text()
    problems = []
    for name, line, pattern in BAD:
        path = bench.path / f"{name}.yaml"
        path.write_text(text.replace("limit: 10\n", line) if line.startswith("lim") else text + line)
        run = bench.run(path, common=False)
        if run.code != 3 or not re.search(f"{re.escape(path.name)}{pattern}", run.stderr) or run.result:
            problems.append(f"{name}: exit {run.code}: {run.stderr.strip()}")
    assert not problems, "\n".join(problems)


@case
@short
def a_missing_scenario_is_a_usage_error(bench):
    run = bench.run("no-such-scenario")
    expect_code(run, 3)
    expect("no-such-scenario" in run.stderr, run, "the name is not in the message")


@case
@short
def a_target_that_refuses_is_an_environment_error(bench):
    run = bench.run(HERE / "refused.yaml", common=False)
    expect_code(run, 4)
    expect("127.0.0.1:1" in run.stderr, run, "the target is not named")


@case
def a_store_that_is_not_clean_is_said_before_the_burst(bench):
    scenario = HERE / "not-clean.yaml"
    run = bench.run(scenario, common=False)
    expect_code(run, 4)
    expect(re.search(r"coupon_count is at 10 already, so that nobody can win.*stack\.reset\.redis", run.stderr), run, "what to do")
    # Waited for, or told that it does not matter, the run goes on to a target that is not there.
    for words in ("preflight.wait=20s", "preflight.clean=false"):
        run = bench.run(f"--set={words}", scenario, common=False)
        expect_code(run, 4)
        expect("nothing listens there" in run.stderr, run, f"goes on with {words}")


@case
def rows_of_the_users_of_this_run_are_said_also_where_rows_are_subtracted(bench):
    scenario = HERE / "remembered.yaml"
    run = bench.run(scenario, common=False)
    expect_code(run, 4)
    expect(re.search(r"5 coupon rows of users of this run are there already.*users\.first", run.stderr), run, "what to do")
    run = bench.run("--set=preflight.wait=1s", scenario, common=False)
    expect_code(run, 4)
    expect("after preflight.wait: 1 s: not clean" in run.stderr, run, "that it was waited for is not told")
    for words in ("users.first=21", "preflight.clean=false"):
        run = bench.run(f"--set={words}", scenario, common=False)
        expect_code(run, 4)
        expect("nothing listens there" in run.stderr, run, f"goes on with {words}")


@case
def a_process_that_dies_is_an_environment_error_with_its_words(bench):
    run = bench.run(HERE / "dies-at-once.yaml", common=False)
    expect_code(run, 4)
    lines = run.stderr.splitlines()
    expect("  the cat ate the port" in lines, run, "the process's last words have no line of their own")
    expect(re.match(r"rushproof: service ended before it was ready: exit code 7", lines[0]), run, "not said in a line")
    expect("the cat" not in run.stdout, run, "the verdict repeats the log")


@case
def a_transaction_on_the_embedded_broker_is_refused_and_told(bench):
    run = bench.run(HERE / "transaction.yaml", common=False)
    expect_code(run, 4)
    expect(run.result["verdict"] == "unknown", run, f"verdict {run.result['verdict']}")
    expect("stack.kafka: apache" in run.result["error"], run, f"error {run.result['error']}")
    expect("stack.kafka: apache" in run.stderr, run, "what to do is not said")


def a_process_that_ends(bench, script, *more):
    return bench.run(HERE / "ends.yaml", "--set", f"processes.helper.run=[sh, -c, '{script}']", *more, common=False)


@case
@short
def a_process_that_crashes_is_a_fail_whenever_it_does(bench):
    for script in "sleep 0.1; kill -SEGV $$", "sleep 1; echo out of cheese; exit 3":
        run = a_process_that_ends(bench, script)
        expect_code(run, 1)
        checks = [check for check in run.result["checks"] if check["verdict"] != "pass"]
        expect([check["name"] for check in checks] == ["processes"], run, f"{checks}")
        expect("helper ended by itself" in run.stdout.replace("\n  ", " "), run, "the process is not named")
    expect("out of cheese" in checks[0]["hint"], run, f"its last words are not told: {checks[0]['hint']}")


@case
def a_target_that_crashes_while_connections_are_opened_is_a_fail(bench):
    run = bench.run(HERE / "dies-staging.yaml", common=False)
    expect_code(run, 1)
    expect(run.result["verdict"] == "fail", run, f"verdict {run.result['verdict']}")
    expect("apply has ended by itself: " in run.result["error"], run, f"error {run.result['error']}")


@case
def a_process_that_leaves_in_order_is_unknown_unless_once(bench):
    run = a_process_that_ends(bench, "sleep 0.1")
    expect_code(run, 2)
    expect("once: true" in run.stdout, run, "the key is not named")
    expect_code(a_process_that_ends(bench, "sleep 0.1", "--set=processes.helper.once=true"), 0)


@case
def a_server_that_is_not_there_is_an_environment_error(bench):
    run = bench.run("--set", "stack.redis=redis://127.0.0.1:1", "quick")
    expect_code(run, 4)
    expect(re.search(r"Redis.*127\.0\.0\.1", run.stderr), run, "the server is not named")


@case
def load_on_another_machine_needs_leave(bench):
    run = bench.run("--set=request.url=http://192.0.2.1/apply?userId={{user}}", HERE / "refused.yaml", common=False)
    expect_code(run, 3)
    expect("--allow-host" in run.stderr, run, "the option is not named")


def wait_for_drain(process):
    """Until the run drains, and a little longer: some rows are then there, most are not."""
    runner.wait_for_log(process, "phase: drain")
    time.sleep(0.5)


@case
@short
@about_kafka
def an_interrupted_run_reports_what_it_knows(bench):
    reports_when_sent(bench, signal.SIGINT)


@case
@about_kafka
def a_closed_terminal_is_an_interruption(bench):
    reports_when_sent(bench, signal.SIGHUP)


def reports_when_sent(bench, number):
    process = bench.start(HERE / "interrupted.yaml")
    wait_for_drain(process)
    process.send_signal(number)
    run = bench.finish(process, 20)
    expect_code(run, 130)
    expect(run.result is not None, run, "no report")
    expect(run.result["load"]["accepted"] == 100, run, "the burst is not in the report")
    expect(run.result["verdict"] != "pass", run, "an interrupted run passed")


@case
@about_kafka
def a_second_interrupt_ends_at_once_and_clean(bench):
    process = bench.start(HERE / "interrupted.yaml")
    wait_for_drain(process)
    process.send_signal(signal.SIGINT)
    time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    run = bench.finish(process, 20)
    expect(run.code == 130, run, f"exit code {run.code}")
    expect_clean(run)


@case
@short
@about_kafka
def a_killed_harness_leaves_nothing(bench):
    process = bench.start(HERE / "interrupted.yaml")
    wait_for_drain(process)
    process.kill()
    run = bench.finish(process, 20)
    expect(run.code == -signal.SIGKILL, run, f"exit code {run.code}")
    expect_clean(run)


YES = "--accepted=status=200,json:/isSuccess=true"
NO = "--rejected=status=200,json:/isSuccess=false"
BODY = '--body={"userId": {{user}}}'


def judge(bench, answer, *rules, host="127.0.0.1", name=None):
    """Once: a stranger that has given away its coupons is another one. How tight the burst is, is not asked."""
    with stranger.serve(answer, host) as port:
        return bench.run(f"--url=http://{name or host}:{port}/apply", BODY, SLOW[0], *rules, common=False, attempts=1)


@case
def a_wrong_path_is_shown_everywhere(bench):
    run = judge(bench, stranger.wrong_path, YES, NO)
    expect_code(run, 2)
    expect([(kind["status"], kind["count"]) for kind in run.result["answers"]] == [(404, 1000)], run, "answers")
    for name in ("summary.md", "junit.xml", "report.html"):
        expect("Not Found" in (run.dir / name).read_text(), run, f"{name} does not show a body")
    expect("404" in run.stdout and "Not Found" in run.stdout and "path" in run.result["advice"], run, "console")


@case
def the_rule_that_is_missing_is_printed(bench):
    run = judge(bench, stranger.yes_no(), YES)
    expect_code(run, 2)
    expect(NO.partition("=")[2] in run.result["advice"], run, f"advice {run.result['advice']}")
    expect(run.result["load"]["rejected"] == 0, run, "somebody was called a no")


@case
def a_limiter_decides_nothing(bench):
    run = judge(bench, stranger.some(429, 50, stranger.yes_no()), YES, NO)
    expect_code(run, 2)
    expect((run.result["load"]["accepted"], run.result["load"]["rejected"]) == (100, 850), run, "counts")
    expect("limiter" in check_of(run, "response_classified")["hint"], run, "nothing says what to do about it")


@case
def every_address_of_a_name_is_tried(bench):
    known = {found[4][0] for found in socket.getaddrinfo("localhost", None)}
    pairs = [(host, "localhost") for host in ("127.0.0.1", "::1") if host in known]
    for host, name in [*pairs, ("::1", "[::1]")]:
        run = judge(bench, stranger.yes_no(), YES, NO, host=host, name=name)
        expect(run.result and run.result["load"]["accepted"] == 100, run, f"{name} on {host}: no answers")


def capable():
    """May this process give a file a capability, and have it honoured?"""
    if os.geteuid() or not (shutil.which("setcap") and shutil.which("setpriv")):
        return False
    status = pathlib.Path("/proc/self/status").read_text()
    have = int(re.search(r"CapBnd:\s*(\w+)", status).group(1), 16) & int(re.search(r"CapEff:\s*(\w+)", status).group(1), 16)
    return all(have >> bit & 1 for bit in (23, 31)) and "NoNewPrivs:\t0" in status


@case
@short
def the_capability_that_doctor_advises_is_enough_and_in_nobodys_way(bench):
    if not capable():
        print("# not tried: it takes root, setcap and CAP_SYS_NICE")
        return
    there = bench.path / "capable"
    there.mkdir()
    shutil.copy(runner.BIN / "rushproof", there)
    (there / "as-nobody").write_text('#!/bin/sh\nexec "$@"\n')
    (there / "as-nobody").chmod(0o755)

    def ask(*options):
        # The shell between drops what setpriv keeps for the program that it starts.
        done = subprocess.run(["setpriv", *options, "--reuid=65534", "--regid=65534", "--clear-groups",
                               there / "as-nobody", there / "rushproof", "doctor"],
                              capture_output=True, text=True, check=False)
        return re.sub(r"\s+", " ", done.stdout + done.stderr)

    bounded = "--bounding-set=-sys_nice"
    assert "real-time priority no" in ask(), ask()
    subprocess.run(["setcap", "cap_sys_nice+p", there / "rushproof"], check=True)
    assert "real-time priority yes" in ask(), ask()
    assert "not in the bounding set" in ask(bounded), ask(bounded)
    assert "no_new_privs is set" in ask("--no-new-privs"), ask("--no-new-privs")


@case
@short
def a_service_of_others_that_is_gone_keeps_the_run_from_passing(bench):
    def finding(run):
        check = check_of(run, "processes")
        return check["verdict"], check["message"]

    for last, back, code in ((999, False, 2), (10 ** 9, False, 0), (999, True, 0)):
        with stranger.serve_and_leave(last, back) as port:
            run = bench.run(HERE / "others.yaml", f"--set=request.url=http://127.0.0.1:{port}/apply", SLOW[0],
                            common=False, attempts=1)
        expect_code(run, code)
        said = finding(run)
        expect(said[0] == ("unknown" if code else "pass"), run, f"processes {said}")
        expect(bool(code) == (f"nothing listens on 127.0.0.1:{port} any more" in said[1]), run, f"processes {said}")
        again = runner.program("rushproof", "verify", "--json", run.dir)
        checks = {check["name"]: check for check in json.loads(again.stdout)["checks"]}
        expect((checks["processes"]["verdict"], checks["processes"]["message"]) == said, run,
               f"verify says {checks['processes']}")
        assert again.returncode == code, again.stdout + again.stderr


def kafka_options(name):
    """What puts every scenario on that Kafka: embedded, or apache:VERSION."""
    kind, _, version = name.partition(":")
    return [f"--set=stack.kafka={kind}"] + ([f"--set=stack.kafka_version={version}"] if version else [])


def chosen(options):
    """The functions to run."""
    found = SHORT if options.short else CASES
    if options.kafka != "embedded":
        found = [function for function in found if function in ABOUT_KAFKA]
    return [function for function in found
            if options.only in function.__name__ and options.but not in function.__name__]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kafka", default=os.environ.get("KAFKA", "embedded"))
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--except", dest="but", default="/")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    functions = chosen(options)
    beside = [function for function in functions if function not in ALONE]
    common = kafka_options(options.kafka) + (SLOW if options.slow else [])

    def run(test, some):
        runner.adopt_orphans()
        with runner.Bench("e2e", common) as bench:
            for function in some:
                test.run(function.__name__.replace("_", " "), function, bench)
                bench.abandon()

    test = tap.Tap()
    test.shares(options.jobs, lambda own, number: run(own, beside[number::options.jobs]))
    run(test, [function for function in functions if function in ALONE])
    test.end()


main()
