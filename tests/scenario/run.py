"""Every scenario of the repository is valid for scenarios/scenario.schema.json, and mistakes that the loader
refuses by form alone are refused by the schema too: editors must not praise what `rushproof run` rejects."""

import copy
import json
import os
import pathlib
import re
import subprocess
import sys

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
import tap  # noqa: E402

SCHEMA = ROOT / "scenarios" / "scenario.schema.json"
PLACES = ["scenarios", "examples", "tests/e2e", "tests/strangers", "tests/faulty", "tests/soak", "tests/selftest"]

RIGHT = {
    "name": "t",
    "limit": 10,
    "request": {"url": "http://127.0.0.1:1/{{user}}"},
    "responses": {"accepted": {"status": 202}},
    "load": [{"burst": {"requests": 20}}],
}

# Changes of RIGHT, as path: value; None takes the key away.
TAKEN = [
    {},
    {"limit": "${LIMIT:-5}"},
    {"responses": {"accepted": 202, "rejected": [410, {"status": [409, 404], "json": {"a": True}}]}},
    {"load": {"burst": 20}},
    {"load": [{"waves": {"offsets": [0, "5ms"]}}, {"pause": "1s"}, {"rate": {"rate": 5, "duration": "2s"}}]},
    {"expect": "lost"},
    {"expect": ["lost", {"check": "latency", "p99": "200ms"}, {"check": "sql", "query": "x", "equals": 1}]},
    {"stack": {"kafka": "h:9092,[::1]:9093", "topics": ["a", {"name": "b", "partitions": 2}]}},
    {"stack": {"redis_appendfsync": False, "kafka_version": 3.9, "reset": {"redis": "DEL a"}}},
    {"stack": {"reset": [{"name": "redis", "value": "DEL a"}]}},
    {"evidence": {"pipeline": {"topic": "a", "group": "g"}, "counter": "key", "coupons": "SELECT 1"}},
    {"processes": {"name": "p", "run": "x", "env": {"A": None, "B": 1}}},
    {"wait": "10s"},
    {"wait": "rows == limit"},
    {"faults": {"target": "redis", "action": "kill", "at": "10ms..1s"}},
    {"drain": None, "seed": None},
    {"expect": ["leaked_slots", {"check": "dead_lettered", "at_most": 1}], "background_workload": {"rate": 5}},
    {"evidence": {"dead_lettered": "SELECT 1"}},
]
REFUSED = [
    {"limit": None},
    {"limit": 0},
    {"limit": "ten"},
    {"limt": 10},
    {"name": "../t"},
    {"request": {}},
    {"request": {"url": "example.org"}},
    {"request": {"url": "http://x/", "headers": {"a b": "c"}}},
    {"responses": {"accepted": {"status": 42}}},
    {"responses": {"accepted": {"stats": 200}}},
    {"load": []},
    {"load": [{"brust": {"requests": 1}}]},
    {"load": [{"burst": {"requests": 0}}]},
    {"load": [{"burst": {"requests": 1, "gate": "corkd"}}]},
    {"drain": {"timeout": 10}},
    {"drain": {"timeout": "1 s"}},
    {"wait": 10},
    {"expect": ["cap_exct"]},
    {"stack": {"kafka": "embeded"}},
    {"stack": {"reset": {"kafka": "x"}}},
    {"evidence": {"pipeline": {"topics": {"a": "b"}, "group": "g"}}},
    {"processes": [{"name": "A", "run": "x"}]},
    {"processes": [{"name": "a"}]},
    {"faults": [{"target": "a", "action": "explode"}]},
    {"outcome": {"verdict": "green"}},
    {"wait_span": "1s"},
]


def changed(change):
    scenario = copy.deepcopy(RIGHT)
    for key, value in change.items():
        if value is None and key in RIGHT:
            del scenario[key]
        else:
            scenario[key] = value
    return scenario


def mistakes(validator, scenario):
    best = jsonschema.exceptions.best_match(validator.iter_errors(scenario))
    return f"{'.'.join(str(step) for step in best.absolute_path)}: {best.message[:300]}" if best else ""


def scenarios():
    """Every YAML file that is one; `limit` tells it from other YAML."""
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*.yaml")):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            if isinstance(content, dict) and "limit" in content:
                yield path.relative_to(ROOT), content


def program_agrees(test):
    bin_dir = os.environ.get("RUSHPROOF_BIN")
    if not bin_dir:
        return
    done = subprocess.run([f"{bin_dir}/rushproof", "schema"], capture_output=True, text=True, timeout=30, check=False)
    test.ok(done.stdout == SCHEMA.read_text(encoding="utf-8"), "rushproof schema prints the committed one", done.stderr)


def keeps_a_limit(scenario):
    """A service of ours that is not told the scenario's limit: `--set limit=50` would then convict it."""
    return [process["name"] for process in scenario.get("processes", []) if isinstance(process["run"], list)
            and process["run"][:1] == ["apply-service"] and process["run"][1:2] != ["relay"]
            and "--limit=${limit}" not in process["run"]]


def fragments():
    """Parts of scenarios in the documents, and each once more for every line of them that stands there as a comment."""
    for page in ("README.md", "scenarios/README.md", "reports/README.md"):
        for block in re.findall(r"^```yaml\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S):
            yield page, block
            lines = block.splitlines()
            for place, line in enumerate(lines):
                other = re.match(r"#( +)([a-z_]+: .*)", line)
                if other:
                    same = re.compile(rf" {{{len(other[1]) + 1}}}{other[2].split(':')[0]}:")
                    yield page, "\n".join([own for own in lines[:place] if not same.match(own)] + [f" {other[1]}{other[2]}"])


def shown(test, validator, schema):
    """What the documents show is what is taken, put into a scenario that has the rest."""
    count = 0
    for page, block in fragments():
        part = yaml.safe_load(block)
        if not isinstance(part, dict) or not set(part) <= set(schema["properties"]):
            continue  # of something else, such as a CI recipe
        why = mistakes(validator, changed(part))
        test.ok(not why, f"{page} shows what is taken: {' '.join(block.split())[:60]}", f"{why}\n{block}")
        count += 1
    test.ok(count >= 10, "the documents show parts of scenarios", str(count))


def main():
    test = tap.Tap()
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    test.run("the schema is a JSON Schema 2020-12", jsonschema.Draft202012Validator.check_schema, schema)
    validator = jsonschema.Draft202012Validator(schema)
    program_agrees(test)
    count = 0
    for path, content in scenarios():
        why = mistakes(validator, content)
        test.ok(not why, f"{path} is valid", why)
        if path.parts[0] == "scenarios":
            test.ok(not keeps_a_limit(content), f"{path} states its limit once", keeps_a_limit(content))
        count += 1
    test.ok(count >= 2, "scenarios were found", str(count))
    shown(test, validator, schema)
    for change in TAKEN:
        why = mistakes(validator, changed(change))
        test.ok(not why, f"taken: {json.dumps(change)}", why)
    for change in REFUSED:
        test.ok(mistakes(validator, changed(change)), f"refused: {json.dumps(change)}", "the schema takes it")
    test.end()


main()
