"""The files of planted runs: schemas that accept them and refuse what is wrong, and figures that agree."""

import copy
import csv
import json
import pathlib
import re
import shutil
import subprocess
import xml.etree.ElementTree

import jsonschema
from prometheus_client.openmetrics.parser import text_string_to_metric_families

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE.parent.parent / "reports" / "result.schema.json"
KB = 1000


def plant(programs, work):
    """Directories of planted runs by kind; made once."""
    if not (work / "pass").exists():
        subprocess.run([programs / "report-sample", work], check=True, stdout=subprocess.DEVNULL)
    return {path.name: path for path in sorted(work.iterdir()) if (path / "result.json").exists()}


def validator():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def complaints(result):
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in validator().iter_errors(result)]


def xml_complaints(text):
    done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", HERE / "junit.xsd", "-"], input=text,
                          capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


# ---- result.json ----

def check_result(path):
    found = complaints(json.loads((path / "result.json").read_text(encoding="utf-8")))
    assert not found, "\n".join(found)


def spoil(result, path, value):
    """A copy of the document with the value at a path replaced, or removed for ...."""
    spoiled = copy.deepcopy(result)
    *parents, last = path
    place = spoiled
    for key in parents:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return spoiled


def check_refusals(path):
    result = json.loads((path / "result.json").read_text(encoding="utf-8"))
    wrong = [
        (["verdict"], "good"), (["exit_code"], 7), (["scenario"], ...), (["load", "accepted"], "100"),
        (["load", "accepted"], ...), (["load", "phases", 0, "sent"], -1), (["latency_us", "p99"], ...), (["rows", "final"], 1.5),
        (["drain", "outcome"], "done"), (["checks", 0, "users"], ...), (["checks", 0, "verdict"], "ok"),
        (["stack", "kafka", "kind"], "cloud"), (["phases", "lunch"], {"started_ns": 1, "ended_ns": 2}), (["surprise"], 1),
    ]
    for where, value in wrong:
        assert complaints(spoil(result, where, value)), f"not refused: {where} {value}"


# ---- junit.xml ----

def check_junit(path):
    text = (path / "junit.xml").read_text(encoding="utf-8")
    found = xml_complaints(text)
    assert not found, found
    result = json.loads((path / "result.json").read_text(encoding="utf-8"))
    suite = xml.etree.ElementTree.fromstring(text).find("testsuite")
    cases = suite.findall("testcase")
    verdicts = {check["name"]: check["verdict"] for check in result["checks"]}
    assert len(cases) == int(suite.get("tests")) >= 1
    assert len(suite.findall("testcase/failure")) == int(suite.get("failures")) == list(verdicts.values()).count("fail")
    assert len(suite.findall("testcase/error")) == int(suite.get("errors"))
    for case in cases:
        kind = "fail" if case.find("failure") is not None else "unknown" if case.find("error") is not None else "pass"
        assert verdicts.get(case.get("name"), "unknown") == kind, case.get("name")
    assert {case.get("name") for case in cases} - {"run"} == set(verdicts)
    bad = result["error"] or result["invalid"] or result["interrupted"]
    assert bool(bad) == any(case.get("name") == "run" for case in cases)
    properties = {p.get("name"): p.get("value") for p in suite.iter("property")}
    assert properties["load.accepted"] == str(result["load"]["accepted"])
    assert float(properties["load.spread_us"]) == result["load"]["spread_us"]


def check_junit_refusals(path):
    text = (path / "junit.xml").read_text(encoding="utf-8")
    wrong = [
        ('time="', 'time="-'), ("<system-out>", "<system-oat>"), ("tests=", "test="), ('hostname="localhost"', 'hostname=""'),
        ("<testcase ", "<testcase odd='1' "), ("</properties>", "</properties><properties/>"),
    ]
    for old, new in wrong:
        assert old in text and xml_complaints(text.replace(old, new, 1)), f"not refused: {new}"


# ---- metrics.prom ----

def check_metrics(path):
    """What OpenMetrics asks for, by Prometheus' own parser; beside it, nothing comes twice and all names are ours."""
    seen = set()
    for family in text_string_to_metric_families((path / "metrics.prom").read_text(encoding="utf-8")):
        assert family.name.startswith("rushproof_") and family.documentation, family
        assert family.type in ("gauge", "summary") and family.samples, family
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in seen, f"twice: {sample}"
            seen.add(key)
    assert seen


def check_promtool(path):
    done = subprocess.run(["promtool", "check", "metrics"], input=(path / "metrics.prom").read_bytes(), capture_output=True,
                          check=False)
    assert done.returncode == 0 and not done.stdout + done.stderr, (done.stdout + done.stderr).decode()


# ---- result.tsv ----

ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}


def read_tsv(path):
    """Lines of fields, as any reader would take them apart."""
    lines = (path / "result.tsv").read_text(encoding="utf-8").split("\n")
    assert lines.pop() == "", "the last line does not end"
    return [[re.sub(r"\\(.)", lambda found: ESCAPES[found[1]], field) for field in line.split("\t")] for line in lines]


def shown(value):
    """A value of result.json as its field shows it: other control characters than those with escapes are not kept."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, float):
        return f"{value:.15g}"
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", "?", str(value))


def at_path(value, path):
    for key in path.split("."):
        value = None if value is None else value[int(key)] if isinstance(value, list) else value.get(key)
    return value


def check_tsv(path):
    """It says what result.json says: each value, each check and each user of each check."""
    result = json.loads((path / "result.json").read_text(encoding="utf-8"))
    lines = read_tsv(path)
    lists = {kind: [line[1:] for line in lines if line[0] == kind] for kind in ("check", "user", "answer")}
    values = {line[0]: line[1] for line in lines if line[0] not in lists}
    assert {"schema", "verdict", "exit_code", "explanation", "load.accepted", "rows.final"} <= set(values)
    for key, value in values.items():
        assert value == shown(at_path(result, key)), f"{key}: {value}"
    names = [f"{check['name']}: {check['label']}" if check["label"] else check["name"] for check in result["checks"]]
    columns = ("verdict", "expected", "actual", "message", "hint", "title")
    assert lists["check"] == [[shown(name), *(shown(check[column]) for column in columns)]
                              for name, check in zip(names, result["checks"])]
    users = [[shown(name), shown(user.get("user"))] for name, check in zip(names, result["checks"]) for user in check["users"]]
    assert [line[:2] for line in lists["user"]] == users
    assert all(line[2] for line in lists["user"])
    columns = ("count", "status", "class", "cause", "shape", "rule", "sample")
    assert lists["answer"] == [[shown(answer[column]) for column in columns] for answer in result["answers"]]


# ---- CSV, summary, sizes ----

def read_csv(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_csv(path):
    result = json.loads((path / "result.json").read_text(encoding="utf-8"))
    history = read_csv(path / "history.csv")
    assert len(history) == result["load"]["planned"]
    for outcome in ("accepted", "rejected", "failed", "unknown", "skipped"):
        assert sum(row["outcome"] == outcome for row in history) == result["load"][outcome], outcome
    assert [int(row["seq"]) for row in history] == list(range(len(history)))
    if result["rows"]["final"] is not None:
        assert len(read_csv(path / "coupons.csv")) == result["rows"]["final"]
    else:
        assert not (path / "coupons.csv").exists()
    for row in read_csv(path / "timeline.csv"):
        parts = [part.rpartition("=")[2].split(":") for part in row["partitions"].split()]
        lag = sum(max(0, int(end) - (0 if committed == "-" else int(committed))) for committed, end in parts)
        assert row["lag"] == (str(lag) if parts else ""), row


def check_summary(path):
    text = (path / "summary.md").read_text(encoding="utf-8")
    outside_code = re.sub(r"</?(details|summary)>", "", text)
    assert "<" not in outside_code, "HTML that is not ours"
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith("| |"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 5, line


def check_sizes(kinds):
    for kind, path in kinds.items():
        size, most = (path / "report.html").stat().st_size, 3000 * KB if kind in ("million", "talkative") else 600 * KB
        assert size <= most, f"report.html of {kind} has {size} bytes, allowed are {most}"


def check(tap, programs, work):
    kinds = plant(programs, work)
    tap.ok(len(kinds) >= 10, "planted runs are written", kinds)
    for kind, path in kinds.items():
        tap.run(f"{kind}: result.json fits its schema", check_result, path)
        tap.run(f"{kind}: junit.xml fits its schema and the result", check_junit, path)
        tap.run(f"{kind}: metrics.prom is OpenMetrics", check_metrics, path)
        tap.run(f"{kind}: result.tsv says what result.json says", check_tsv, path)
        if shutil.which("promtool"):  # a large package for one question: asked where it is
            tap.run(f"{kind}: promtool takes metrics.prom", check_promtool, path)
        tap.run(f"{kind}: CSV files agree with the result", check_csv, path)
        tap.run(f"{kind}: summary.md is a table and holds no markup", check_summary, path)
    tap.run("the schema of result.json refuses what is wrong", check_refusals, kinds["fail24"])
    tap.run("the schema of junit.xml refuses what is wrong", check_junit_refusals, kinds["lossy"])
    tap.run("pages stay small, of a million requests or a hundred thousand statements too", check_sizes, kinds)
