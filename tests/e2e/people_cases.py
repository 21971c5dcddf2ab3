"""Whole runs on a shop whose members are texts: who they are, how they come in, what they are told."""

import json
import pathlib
import re

import runner
from cases import case
from expecting import check_of, expect, expect_code

SHOP = pathlib.Path(__file__).resolve().parent / "shop.py"
# What a URL, JSON and a CSV file have to escape; none of it is what JSON or a database would change.
ODD = 'mü {{n}}/a&b+"%41;@x.example'
CHECKS = ["lost", "phantom", "unexpected", "duplicate"]


def quoted(text):
    """As a scalar of YAML."""
    return "'" + text.replace("'", "''") + "'"


def write(bench, name, request, words="", users="", more="", responses=None):
    """A scenario of the shop, in a directory of its own."""
    path = bench.path / name / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"""
name: e2e-{name}
limit: 10
stack: {{redis: none, kafka: none}}
processes:
  - name: shop
    run: [/usr/bin/python3, {SHOP}, {", ".join(words.split()) or "right"}]
    env: {{LIMIT: "10"}}
    ready: {{http: /}}
users: {{{users}}}
request: {request}
responses: {responses or '{accepted: {json: {won: true}}, rejected: {json: {won: false}}}'}
load:
  - burst: {{requests: 200, require: {{spread: 10s, in_flight: -1}}}}
evidence: {{coupons: "SELECT member, id FROM coupon ORDER BY id"}}
drain: {{timeout: 3s}}
{more}
""")
    return path


def told(run):
    return re.sub(r"\s+", " ", run.stdout + run.stderr)


def users_of(run, name):
    return [user["user"] for user in check_of(run, name)["users"] if "user" in user]


def everywhere(run, text):
    """In every report, as each of them writes a text."""
    spelled = {text, text.replace('"', '""'), text.replace('"', "&quot;").replace("&b", "&amp;b"),
               text.replace('"', '\\"'), text.replace("&b", "&amp;b").replace('"', "&#34;")}
    places = {path.name: path.read_text(errors="replace") for path in run.dir.iterdir()
              if path.name in ("history.csv", "coupons.csv", "junit.xml", "report.html")}
    places["console"] = runner.program("rushproof", "verify", run.dir).stdout
    for place, content in places.items():
        expect(any(spelling in content for spelling in spelled), run, f"{place} does not name {text}")


PLACES = {
    "path": '{url: "${shop}/apply/{{user}}"}',
    "header": '{url: "${shop}/apply/", headers: {X-Member: "{{user}}"}}',
    "body": """{url: "${shop}/apply/", headers: {Content-Type: application/json}, body: '{"member": "{{user}}"}'}""",
    "form": "{url: '${shop}/apply/', headers: {Content-Type: application/x-www-form-urlencoded}, body: 'member={{user}}'}",
}


@case
def users_that_are_texts_come_in_anywhere(bench):
    for place, request in PLACES.items():
        run = bench.run(write(bench, f"text-{place}", request, users=f"ids: {quoted(ODD)}"))
        expect_code(run, 0)
        expect(run.result["load"]["accepted"] == 10, run, f"accepted {run.result['load']['accepted']}")


@case
def users_that_are_texts_are_named_as_the_service_spells_them(bench):
    run = bench.run(write(bench, "text-twice", PLACES["body"], words="twice", users=f"ids: {quoted(ODD)}"))
    expect_code(run, 1)
    named = users_of(run, "duplicate")
    expect(len(named) == 2, run, f"duplicate names {named}")
    for user in named:
        expect(re.fullmatch(re.escape(ODD).replace(re.escape("{{n}}"), r"\d+"), user), run, f"it is called {user}")
        everywhere(run, user)
    again = runner.program("rushproof", "verify", run.dir)
    expect(again.returncode == 1 and named[0] in again.stdout, run, f"judged again: {again.stdout}")


@case
def an_id_that_the_service_changes_is_no_loss(bench):
    run = bench.run(write(bench, "text-lower", PLACES["path"], words="lower", users="ids: 'User-{{n}}@x.example'"))
    expect_code(run, 2)
    expect("case" in told(run), run, "the case is not named")


def write_people(path, rows, head="name;id;token", form="{0};\"user {0};\"\"x\"\"\";T{0}"):
    text = "\ufeff" + "\r\n".join([head, *(form.format(n) for n in range(1, rows + 1)), "", ";;"]) + "\r\n"
    path.write_text(text, newline="")


@case
def a_file_says_who_comes(bench):
    request = PLACES["body"].replace("application/json", 'application/json, X-Token: "{{token}}"')
    scenario = write(bench, "listed", request, words="twice", users="ids: {feeder: people.csv, column: id}")
    write_people(scenario.parent / "people.csv", 200)
    run = bench.run(scenario)
    expect_code(run, 1)
    named = users_of(run, "duplicate")
    expect(len(named) == 2 and all(re.fullmatch(r'user \d+;"x"', user) for user in named), run, f"it names {named}")
    expect(all(check_of(run, name)["verdict"] == "pass" for name in ("lost", "phantom", "unexpected")), run,
           "others than duplicate fail")
    expect(runner.program("rushproof", "verify", run.dir).returncode == 1, run, "judged again it is something else")
    write_people(scenario.parent / "people.csv", 199)
    run = bench.run(scenario)
    expect_code(run, 3)
    expect("has 199 rows for 200 users" in run.stderr, run, "the rows are not counted")


@case
def rows_that_several_users_share_are_said(bench):
    request = PLACES["path"].replace('"}', '", headers: {User-Agent: "{{agent}}"}, feeder: FEEDER}')
    scenario = write(bench, "shared", request.replace("FEEDER", "agents.csv"), users="ids: uuid")
    (scenario.parent / "agents.csv").write_text("agent\nFirefox\nChrome\n")
    run = bench.run(scenario)
    expect_code(run, 3)
    expect("reuse: true" in run.stderr, run, "what to write is not said")
    scenario = write(bench, "shared", request.replace("FEEDER", "{file: agents.csv, reuse: true}"), users="ids: uuid")
    run = bench.run(scenario)
    expect_code(run, 0)
    expect("several users" in run.result["warning"], run, "it is not said")


@case
def nobody_is_told_apart_where_nothing_names_them(bench):
    request = PLACES["path"]
    run = bench.run(write(bench, "nameless", request, users="ids: none"))
    expect_code(run, 0)
    for name in CHECKS:
        expect(name in run.result["not_checked"], run, f"{name} is not said to be unchecked")
    expect("was not checked" in told(run), run, "the cost is not said")
    expect(runner.program("rushproof", "verify", run.dir).returncode == 0, run, "judged again it is something else")
    run = bench.run(write(bench, "nameless-twice", request, words="twice", users="ids: none"))
    expect_code(run, 1)
    expect(check_of(run, "cap_exact")["verdict"] == "fail", run, "12 rows are not seen")
    run = bench.run(write(bench, "nameless", request, users="ids: none", more="expect: [lost]"))
    expect_code(run, 2)
    expect("users.ids" in json.dumps(check_of(run, "lost")), run, "what is missing is not said")


@case
def one_line_says_what_users_are_called(bench):
    text = runner.program("rushproof", "init", "--output=-", "--url=http://127.0.0.1:9/apply", '--body={"m": "{{user}}"}',
                          "--ids=user-{{n}}@x.example", "--accepted=status=200", "--rejected=status=409").stdout
    expect("user-{{n}}@x.example" in text, None, text)
    text = runner.program("rushproof", "init", "--output=-", "--url=http://127.0.0.1:9/apply/{{user}}", "--ids=people.csv;id",
                          "--accepted=status=200", "--rejected=status=409").stdout
    expect("ids: {feeder: people.csv, column: id}" in text, None, text)
