"""Does a run end as its scenario's `outcome:` says?

outcome.py SCENARIO RESULT.JSON…   one line a result, exit 1 when one differs"""

import json
import sys

import yaml


def differences(outcome, result):
    """What is not as stated: the verdict, a check that should not be pass and is, one that is and should not."""
    expected = set(outcome.get("checks", []))
    allowed = expected | set(outcome.get("may", []))
    found = {check["name"]: check["verdict"] for check in result["checks"]}
    bad = {name for name, verdict in found.items() if verdict not in ("pass", "skipped")}
    if result["verdict"] != outcome["verdict"]:
        yield f"verdict {result['verdict']}, stated {outcome['verdict']}"
    for name in sorted(expected - bad):
        yield f"{name} is {found.get(name, 'missing')}"
    for check in result["checks"]:
        if check["name"] in bad - allowed:
            yield f"{check['name']} is {check['verdict']}: {check['message']}"


def as_list(outcome):
    """The scenario's shorthand: a single name where a list is meant."""
    return {key: [value] if key in ("checks", "may") and isinstance(value, str) else value
            for key, value in outcome.items()}


def compare(scenario_path, result_path):
    with open(scenario_path, encoding="utf-8") as file:
        outcome = as_list(yaml.safe_load(file)["outcome"])
    with open(result_path, encoding="utf-8") as file:
        return list(differences(outcome, json.load(file)))


def main():
    bad = 0
    for path in sys.argv[2:]:
        found = compare(sys.argv[1], path)
        print(f"{path}: {'; '.join(found) or 'as stated'}")
        bad += bool(found)
    sys.exit(1 if bad or len(sys.argv) < 3 else 0)


if __name__ == "__main__":
    main()
