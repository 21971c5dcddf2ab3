"""Whole runs on a shop whose members are texts: who they are, how they come in, what they are told."""

import json
import pathlib
import re
import signal

import runner
from cases import case
from expecting import check_of, expect, expect_clean, expect_code

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


# ---- what each user does before the rush ----

LOGIN = """
prepare:
  - request: {url: "${shop}/login", headers: {Content-Type: application/json}, body: '{"name": "{{user}}"}'}
    capture: {token: SOURCE}
preparing: {connections: 8}
"""
BEARER = '{url: "${shop}/apply/", headers: {Authorization: "Bearer {{token}}"}}'
MEMBERS = f"ids: {quoted(ODD)}"


@case
def each_user_logs_in_and_sends_the_token(bench):
    for source in ("json:/data/accessToken", "header:X-Token", 'regex:accessToken": "([^"]+)"'):
        run = bench.run(write(bench, "login", BEARER, words="login", users=MEMBERS,
                              more=LOGIN.replace("SOURCE", quoted(source))))
        expect_code(run, 0)
        expect(run.result["load"]["accepted"] == 10, run, f"{source}: accepted {run.result['load']['accepted']}")
    for path in run.dir.rglob("*"):
        text = path.read_text(errors="replace") if path.is_file() else ""
        expect("eyJhbGciOi" not in text, run, f"{path.name} shows a token")
    expect(runner.program("rushproof", "verify", run.dir).returncode == 0, run, "judged again it is something else")


@case
def who_logged_in_is_who_is_named(bench):
    run = bench.run(write(bench, "login-twice", BEARER, words="login twice", users=MEMBERS,
                          more=LOGIN.replace("SOURCE", "json:/data/accessToken")))
    expect_code(run, 1)
    named = users_of(run, "duplicate")
    expect(len(named) == 2 and named[0].endswith("@x.example"), run, f"duplicate names {named}")
    everywhere(run, named[0])


FORM = """
prepare:
  - request: {method: GET, url: "${shop}/form", cookies: true}
    capture: {csrf: 'regex:name="csrf" value="([^"]*)"'}
  - request:
      url: "${shop}/login"
      headers: {Content-Type: application/x-www-form-urlencoded}
      body: name={{user}}&csrf={{csrf}}
      cookies: true
    expect: {status: 200, header: {Content-Type: application/json}}
"""


@case
def a_form_and_its_cookies_lead_to_a_session(bench):
    session = '{url: "${shop}/apply/", cookies: true}'
    run = bench.run(write(bench, "form", session, words="login page", users=MEMBERS, more=FORM))
    expect_code(run, 0)
    expect(run.result["load"]["accepted"] == 10, run, f"accepted {run.result['load']['accepted']}")
    # Without the cookies of the first step the second one is refused.
    run = bench.run(write(bench, "form", '{url: "${shop}/apply/{{user}}"}', words="login page", users=MEMBERS,
                          more=FORM.replace(", cookies: true", "").replace("      cookies: true\n", "")))
    expect_code(run, 4)
    expect("status 403" in told(run), run, "the refusal is not told")


@case
def a_preparation_that_fails_ends_the_run_before_the_burst(bench):
    run = bench.run(write(bench, "refused-login", BEARER, words="login refuses=20", users=MEMBERS,
                          more=LOGIN.replace("SOURCE", "json:/data/accessToken")))
    expect_code(run, 4)
    text = told(run)
    expect("10 of 200 users could not be prepared: 10 times prepare.0: status 401" in text, run, "it is not counted")
    expect('"error": "no such member"' in text and "hunter22" not in text, run, "no answer is quoted, or a secret is")
    expect(run.result["load"]["sent"] == 0, run, "the burst was fired all the same")
    run = bench.run(write(bench, "no-token", BEARER, words="login", users=MEMBERS,
                          more=LOGIN.replace("SOURCE", "json:/token")))
    expect_code(run, 4)
    expect("no json:/token in the answer" in told(run), run, "what is missing is not told")


@case
def an_interrupt_while_users_log_in_leaves_nothing(bench):
    more = LOGIN.replace("SOURCE", "json:/data/accessToken").replace("connections: 8", "connections: 2, rate: 2")
    process = bench.start(write(bench, "interrupted-login", BEARER, words="login", users=MEMBERS, more=more))
    runner.wait_for_log(process, "prepare: begins")
    process.send_signal(signal.SIGINT)
    run = bench.finish(process, 60)
    expect_code(run, 130)
    expect_clean(run)
    expect(run.result["interrupted"] and run.result["verdict"] == "unknown", run, f"verdict {run.result['verdict']}")
    expect(run.result["load"]["sent"] == 0, run, "the burst was fired all the same")


@case
def a_token_that_ends_before_the_rush_is_noticed(bench):
    more = LOGIN.replace("SOURCE", "json:/data/accessToken").replace("connections: 8", "connections: 1, rate: 60")
    run = bench.run(write(bench, "expired", BEARER, words="login ttl=2", users=MEMBERS, more=more))
    expect_code(run, 4)
    expect("a token had expired: `token` of user" in told(run), run, "the token is not named")


@case
def a_wave_of_401_is_named_so(bench):
    request = BEARER.replace("Bearer {{token}}", "Bearer x{{token}}")
    run = bench.run(write(bench, "wave", request, words="login", users=MEMBERS,
                          more=LOGIN.replace("SOURCE", "json:/data/accessToken")))
    expect_code(run, 2)
    expect("401: what `prepare` has captured was not taken" in told(run), run, "it is not named")


@case
def a_preparation_that_cannot_be_is_refused_before_anything_starts(bench):
    wrong = [("SOURCE", "token", "says not where it is"), ("token: SOURCE", "token: SOURCE, user: json:/x", "means something already"),
             ("{{user}}", "{{session}}", "{{session}} is unknown"), ("SOURCE", "'regex:a(b'", "no regular expression"),
             ("    capture", "    capturing", "capture")]
    for old, new, words in wrong:
        more = LOGIN.replace(old, new).replace("SOURCE", "json:/data/accessToken")
        run = bench.run(write(bench, "wrong", BEARER, users=MEMBERS, more=more))
        expect(run.code in (3, 4) and words in told(run), run, f"{new}: exit code {run.code}, or '{words}' is not said")
        expect(run.code == 3 or "regex" in new, run, "it is not refused at once")


# ---- what they are told ----

WORDS = "{accepted: {status: 200, text: SUCCESS}, rejected: {status: 200, matches: '^SOLD[ _]OUT'}}"
OWN = "{accepted: {text: 'SUCCESS {{user}}'}, rejected: {text: 'SOLD OUT {{user}}'}}"
LEFT = "{accepted: {least: {left: 0}}, rejected: {most: {left: -1}}}"
ITS = '{accepted: {json: {won: true, member: "{{user}}"}}, rejected: {json: {won: false, member: "{{user}}"}}}'
PATH = PLACES["path"]


@case
def answers_in_words_and_numbers(bench):
    for name, words, responses in [("words", "words", WORDS), ("own", "words", OWN), ("left", "left", LEFT),
                                   ("its", "", ITS)]:
        run = bench.run(write(bench, f"told-{name}", PATH, words=words, users=MEMBERS, responses=responses))
        expect_code(run, 0)
        expect(run.result["load"]["rejected"] == 190, run, f"rejected {run.result['load']['rejected']}")


@case
def an_answer_about_another_user_is_caught(bench):
    for name, words, responses in [("words", "words borrows", OWN), ("json", "borrows", ITS)]:
        run = bench.run(write(bench, f"borrows-{name}", PATH, words=words, users=MEMBERS, responses=responses))
        expect_code(run, 1)
        check = check_of(run, "response_classified")
        expect(check["verdict"] == "fail" and check["actual"].startswith("22 of"), run, f"it says {check['message']}")


LIMITED = "{accepted: {json: {won: true}}, rejected: {json: {won: false}}, limited: 429}"


@case
def a_limiter_promises_that_nothing_was_applied(bench):
    run = bench.run(write(bench, "limited", PATH, words="busy=50", users=MEMBERS, responses=LIMITED))
    expect_code(run, 0)
    load = run.result["load"]
    expect((load["accepted"], load["rejected"], load["limited"]) == (10, 40, 150), run, f"{load}")
    for place in ("report.html", "summary.md", "metrics.prom", "history.csv"):
        expect("limited" in (run.dir / place).read_text(), run, f"{place} does not tell")
    expect("150 limited" in told(run), run, "the console does not tell")
    expect(runner.program("rushproof", "verify", run.dir).returncode == 0, run, "judged again it is something else")
    run = bench.run(write(bench, "leaks", PATH, words="busy=50 leaks", users=MEMBERS, responses=LIMITED))
    expect_code(run, 1)
    check = check_of(run, "phantom")
    expect(check["verdict"] == "fail" and "limiter" in check["message"], run, f"phantom says {check['message']}")
    run = bench.run(write(bench, "too-few", PATH, words="busy=5", users=MEMBERS, responses=LIMITED))
    expect_code(run, 2)
    expect("raise the limiter" in told(run), run, "what to do is not told")


@case
def who_was_limited_may_ask_again(bench):
    scenario = write(bench, "again", PATH, words="busy=250", users=MEMBERS, responses=LIMITED)
    scenario.write_text(scenario.read_text().replace("\nevidence:", "\n  - retry: {after: 0, times: 2}\nevidence:")
                        .replace("requests: 200", "requests: 300"))
    run = bench.run(scenario)
    expect_code(run, 0)
    expect(run.result["load"]["planned"] > 300, run, "nobody asked again")


@case
def a_limiter_that_nobody_told_of_is_advised(bench):
    run = bench.run(write(bench, "untold", PATH, words="busy=50", users=MEMBERS))
    expect_code(run, 2)
    expect("responses.limited: 429" in told(run), run, "what to write is not said")


@case
def compressed_answers_are_read(bench):
    for coding in ("gzip", "deflate", "br", "zstd"):
        for words, responses in (("words", WORDS), ("", None)):
            run = bench.run(write(bench, f"coded-{coding}", PATH, words=f"{coding} {words}", users=MEMBERS,
                                  responses=responses))
            expect_code(run, 0)
            expect(run.result["load"]["accepted"] == 10, run, f"{coding}: accepted {run.result['load']['accepted']}")


@case
def an_answer_that_is_too_long_is_the_reason(bench):
    run = bench.run(write(bench, "long", PATH, words="long", users=MEMBERS))
    expect_code(run, 2)
    expect(run.result["load"]["causes"].get("unread") == 200, run, f"causes {run.result['load']['causes']}")
    expect("longer than the 64 KB" in told(run), run, "the reason is not told")


@case
def the_example_of_the_page_runs(bench):
    text = (runner.ROOT / "docs/service.md").read_text()
    block = re.search(r"```yaml\n(name: shop\n.*?)```", text, re.S).group(1)
    lines = block.rstrip().split("\n")
    expect(len(lines) <= 15 and max(map(len, lines)) <= 100, None, f"{len(lines)} lines")
    for old, new in [("http://127.0.0.1:8080", "${shop}"), ("json:/accessToken", "json:/data/accessToken"),
                     ("limit: 100\n", "limit: 10\n"), ("burst: 1000", "burst: {requests: 200, require: {spread: 10s, in_flight: -1}}"),
                     ('{postgres: SELECT member_id FROM coupon, url: "${DATABASE_URL}"}', "SELECT member FROM coupon")]:
        expect(old in block, None, f"{old} is not there")
        block = block.replace(old, new)
    shop = f"""stack: {{redis: none, kafka: none}}
processes:
  - {{name: shop, run: [/usr/bin/python3, {SHOP}, login], env: {{LIMIT: "10"}}, ready: {{http: /}}}}
"""
    path = bench.path / "readme.yaml"
    path.write_text(block + shop)
    run = bench.run(path)
    expect_code(run, 0)
    expect(run.result["load"]["accepted"] == 10, run, f"accepted {run.result['load']['accepted']}")
