"""rushproof in pytest: a test describes a rush, rushproof fires it, and each check is a test of its own.

    @pytest.mark.rush(limit=100, requests=1000)
    def test_a_hundred_coupons(rush, shop):
        rush.post(f"{shop}/coupons", '{"userId": {{user}}}').accepted("status=201").rejected("status=409")
        rush.evidence(lambda: [row.user_id for row in Coupon.query.all()])

A thin client of the program: its options go out, result.tsv comes back."""

import dataclasses
import http.server
import inspect
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading
import uuid

import pytest

USERS_SHOWN = 10
USERS = ("user_id", "userId", "user")
OTHERS = ("id", "item", "units", "order")


class Unknown(Exception):
    """The run proves nothing, neither that the service is right nor that it is wrong."""


# ---- what came out ----

@dataclasses.dataclass
class Check:
    """What one check came to; users are pairs of an id ("": nobody's) and a sentence on what was seen."""

    name: str
    verdict: str
    expected: str
    actual: str
    message: str
    hint: str
    title: str
    users: list = dataclasses.field(default_factory=list)

    @property
    def passed(self):
        return self.verdict == "pass"

    def describe(self):
        shown = [f"  {said}" for _, said in self.users[:USERS_SHOWN]]
        more = [f"  … and {len(self.users) - USERS_SHOWN} more"] if len(self.users) > USERS_SHOWN else []
        compared = [f"expected: {self.expected}, but was: {self.actual}"] if self.expected or self.actual else []
        return "\n".join([f"{self.name}: {self.verdict}: {self.message}", *compared, *shown, *more,
                          *([self.hint] if self.hint else [])])


class Result:
    """result.tsv of a run, taken apart; reports/README.md says what stands in it."""

    def __init__(self, directory, evidence_failure=None):
        self.evidence_failure = evidence_failure
        self.directory = pathlib.Path(directory)
        self.values = {}
        self.checks = []
        # By "\n" alone: other ends of lines are parts of texts.
        for line in (self.directory / "result.tsv").read_bytes().decode().split("\n"):
            self._take([_field(text) for text in line.split("\t")])
        if not self.figure("load.sent"):
            self.checks.clear()  # before the first request nothing is judged: a row of unknowns would bury the reason

    def _take(self, fields):
        kind, *rest = fields
        if kind == "check":
            self.checks.append(Check(*rest[:7]))
        elif kind == "user":
            self.checks[-1].users.append(tuple(rest[1:3]))
        elif rest:
            self.values[kind] = rest[0]

    @property
    def verdict(self):
        return self.values["verdict"]

    @property
    def report(self):
        """The page that explains the run."""
        return self.directory / "report.html"

    @property
    def passed(self):
        return self.verdict == "pass" and self.values["exit_code"] == "0"

    def figure(self, path):
        """A number by its path in result.json, such as rows.final; None is not known."""
        text = self.values.get(path, "")
        return int(text) if re.fullmatch(r"-?\d+", text) else None

    def describe(self):
        because = ", ".join(check.name for check in self.checks if not check.passed)
        lines = [self.values.get(key) for key in ("error", "invalid", "explanation", "in_short", "advice")]
        lines += [f"the test's evidence raised {self.evidence_failure!r}" if self.evidence_failure else None]
        return "\n".join([self.verdict + (f" because of {because}" if because else ""), *filter(None, lines),
                          f"report: {self.report}"])

    def assert_passed(self):
        """Raises unless the run passed: AssertionError, or Unknown when it proves nothing."""
        if not self.passed:
            raise (AssertionError if self.verdict == "fail" else Unknown)(self.describe())


def _field(text):
    return re.sub(r"\\(.)", lambda found: {"t": "\t", "n": "\n", "r": "\r"}.get(found[1], found[1]), text)


# ---- the program ----

def _program():
    """The program, or why there is none."""
    given = os.environ.get("RUSHPROOF_PROGRAM")
    found = shutil.which(given or "rushproof")
    if found:
        return found, None
    return None, f"there is no program {given or 'rushproof in PATH'}: install it, or name it in RUSHPROOF_PROGRAM"


def _required(config):
    given = config.getoption("rushproof_required") or os.environ.get("RUSHPROOF_REQUIRED", "")
    return config.getini("rushproof_required") or given is True or str(given).lower() in ("1", "true", "yes")


def _program_or_skip(config):
    """Without the program a test is skipped, or has failed where it is required; it has not passed."""
    program, why = _program()
    if program:
        return program
    if _required(config):
        pytest.fail(f"{why} (rushproof_required)", pytrace=False)
    return pytest.skip(f"{why}; --rushproof-required makes this a failure")


# ---- evidence ----

def _members(row):
    """What a mapping, a row of a database or an object has, by name."""
    row = getattr(row, "_mapping", row)  # of SQLAlchemy
    if hasattr(row, "keys"):
        return {key: row[key] for key in row.keys()}
    return {name: getattr(row, name) for name in (*USERS, *OTHERS) if hasattr(row, name)}


def _row(row):
    """A row as rushproof reads it: a user, columns of which the first is the user, or what has a user by name."""
    if row is None or isinstance(row, (int, float, str, uuid.UUID)):
        return row
    members = _members(row)
    user = next((name for name in USERS if name in members), None)
    if user is not None:
        return {"user_id": members[user], **{name: members[name] for name in OTHERS if name in members}}
    if hasattr(row, "__iter__") and not isinstance(row, dict):
        return list(row)
    raise TypeError(f"nothing tells whose a row of {type(row).__name__} is: it has none of {', '.join(USERS)}; "
                    "let the function give users")


class _Evidence:
    """Rows of this process, served to the program on a loopback port under a path that nobody guesses."""

    def __init__(self, key, rows):
        self.key = key
        self.rows = rows
        self.failure = None
        self.server = None

    def answer(self):
        try:
            return 200, json.dumps([_row(row) for row in self.rows()], default=str)
        except Exception as error:
            self.failure = self.failure or error
            return 500, f"the test's evidence raised {error!r}"

    def __enter__(self):
        evidence, path = self, f"/{uuid.uuid4()}"

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                status, text = evidence.answer() if self.path == path else (404, "")
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}{path}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


# ---- a rush ----

class Rush:
    """What is asked, what the answers mean, where the winners are. What it does not know by a method of its own is an
    option of `rushproof run`, or stands in a scenario file."""

    def __init__(self, config, name, limit=None, requests=None):
        self._config = config
        self._name = name
        self._limit = limit
        self._requests = requests
        self._options = []
        self._evidence = []
        self._file = None
        self.result = None

    def option(self, *words):
        """Options of `rushproof run`, word by word: option("--gate", "cold")."""
        self._options += map(str, words)
        return self

    def post(self, url, json=None):
        """Each user sends this; {{user}} is the user's number in URL, headers and body."""
        self.option("--url", url)
        return self if json is None else self.header("Content-Type", "application/json").body(json)

    def get(self, url):
        return self.option("--method", "GET", "--url", url)

    def body(self, text):
        return self.option("--body", text)

    def header(self, name, value):
        return self.option("--header", f"{name}: {value}")

    def accepted(self, rule):
        """An answer that says yes: "status=200,json:/isSuccess=true". Several: any of them."""
        return self.option("--accepted", rule)

    def rejected(self, rule):
        """An answer that says no."""
        return self.option("--rejected", rule)

    def limited(self, rule):
        """An answer that turns away before anything is decided."""
        return self.option("--limited", rule)

    def file(self, path):
        """A scenario file instead of URL, rules and stores; evidence of the test is added to it."""
        self._file = str(path)
        return self

    def evidence(self, rows):
        """Who has a coupon: a function that gives users, or rows (mappings, objects) with user_id, userId or user, and
        perhaps id. It is called again and again while the rush goes on and after it, in another thread."""
        self._evidence.append(_Evidence("coupons", rows))
        return self

    def parked(self, rows):
        """Accepted users who were put aside after a failure, likewise."""
        self._evidence.append(_Evidence("parked", rows))
        return self

    def fire(self):
        """Fires it, once; later calls give the same result. Nothing is asserted."""
        if self.result is None:
            self.result = self._run(_program_or_skip(self._config))
        return self.result

    def checks(self):
        """Fires it; what each check came to."""
        return self.fire().checks

    def _run(self, program):
        output = _output(self._config) / re.sub(r"[^\w.-]", "-", self._name)
        latest = output / "latest"
        before = latest.resolve() if latest.exists() else None
        try:
            for evidence in self._evidence:
                evidence.__enter__()
            done = _run_to_end([program, *self._arguments(output)])
        finally:
            for evidence in self._evidence:
                if evidence.server:
                    evidence.__exit__()
        if not (latest / "result.tsv").exists() or latest.resolve() == before:
            pytest.fail(f"rushproof ended with code {done.returncode}:\n{done.stdout.strip()}", pytrace=False)
        return Result(latest.resolve(), next((each.failure for each in self._evidence if each.failure), None))

    def _arguments(self, output):
        words = ["run", "--no-color", "--output", str(output)]
        plain = re.sub(r"[^A-Za-z0-9 ._+-]+", "-", self._name)
        words += [] if self._file else ["--name", plain.lstrip(" ._+-")[:60] or "rush"]
        for value, flag, key in ((self._limit, "--limit", "limit"),
                                 (self._requests, "--requests", "load.0.burst.requests")):
            if value is not None:
                words += ["--set", f"{key}={value}"] if self._file else [flag, str(value)]
        for evidence in self._evidence:
            words += (["--set", f'evidence.{evidence.key}={{query: ., url: "{evidence.url}"}}'] if self._file
                      else [f"--{evidence.key}", f"{evidence.url} ; ."])
        return [*words, *self._options, *([self._file] if self._file else [])]


def _run_to_end(command):
    """What ends this test ends the run, which then writes its report."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace")
    try:
        said, _ = process.communicate()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    return subprocess.CompletedProcess(command, process.returncode, said, "")


def _output(config):
    return pathlib.Path(os.environ.get("RUSHPROOF_OUTPUT") or config.rootpath / "reports").absolute()


# ---- pytest ----

def pytest_addoption(parser):
    parser.getgroup("rushproof").addoption(
        "--rushproof-required", dest="rushproof_required", action="store_true",
        help="a rush fails where there is no program rushproof, and is not skipped")
    parser.addini("rushproof_required", "the same, true or false", type="bool", default=False)


def pytest_configure(config):
    config.addinivalue_line("markers", "rush(limit=100, requests=1000): the test describes a rush with the fixture "
                                       "rush; rushproof fires it, and each check is a test of its own")


@pytest.fixture
def rush(request):
    """A rush to describe; with the mark of the same name it is fired when the test function has returned."""
    _program_or_skip(request.config)
    mark = request.node.get_closest_marker("rush")
    request.node.rushproof = Rush(request.config, request.node.name, **(mark.kwargs if mark else {}))
    return request.node.rushproof


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not pyfuncitem.get_closest_marker("rush"):
        return None
    if "rush" not in pyfuncitem.fixturenames or inspect.iscoroutinefunction(pyfuncitem.obj):
        pytest.fail("a test that is marked rush is a plain function and takes the fixture rush", pytrace=False)
    pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames})
    result = pyfuncitem.rushproof.fire()
    if not result.passed:
        pytest.fail(result.describe(), pytrace=False)
    return True


def _log(item, check, result):
    """A check as pytest knows tests: its three reports, under a name of its own."""
    name = f"{item.nodeid}[{check.name}]"
    path, line, domain = item.location
    location = (path, line, f"{domain}[{check.name}]")
    item.ihook.pytest_runtest_logstart(nodeid=name, location=location)
    for when in ("setup", "call", "teardown"):
        failed = when == "call" and not check.passed
        item.ihook.pytest_runtest_logreport(report=pytest.TestReport(
            nodeid=name, location=location, keywords={item.name: 1}, outcome="failed" if failed else "passed",
            longrepr=f"{check.describe()}\nreport: {result.report}" if failed else None, when=when))
    item.ihook.pytest_runtest_logfinish(nodeid=name, location=location)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    yield
    described = getattr(item, "rushproof", None)
    if described and described.result and item.get_closest_marker("rush"):
        item.session.testscollected += len(described.result.checks)  # of which the progress is a share
        for check in described.result.checks:
            _log(item, check, described.result)
