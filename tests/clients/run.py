"""JUnit 5 and pytest tests that fire rushes, as their users run them, compared by what their runners say: run.py [NAME…]

--prepare  only fetches and builds what is needed from elsewhere"""

import collections
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "lib"))

import maria  # noqa: E402
import runner  # noqa: E402
import tap  # noqa: E402

BUILT = runner.BIN.parent / "strangers-clients"
SOURCES = {"junit5": ROOT / "harness/clients/junit5", "spring-boot": ROOT / "examples/spring-boot", "java": HERE / "java"}
PLUGIN = ROOT / "harness/clients/pytest"
NOT_A_BURST = re.compile(r"not a burst|this machine is too busy")
TRIES = 6


class Outcome(collections.namedtuple("Outcome", "status name thrown message")):
    """Of one test: SUCCESSFUL, FAILED, ABORTED or SKIPPED; its names from the class down, joined by " > "."""


class Outcomes(list):
    def of(self, place):
        """Those of a test method or function, by the last of their names."""
        found = [each for each in self if place in each.name]
        assert found, f"nothing came of {place}:\n{self}"
        return {each.name.rpartition(" > ")[2]: each for each in found}

    def __str__(self):
        return "\n".join(" | ".join(each) for each in self)


# ---- what is needed ----

def build_java():
    """The modules in a copy of their sources, once for each state of them. Returns why they cannot be had, or ""."""
    missing = [name for name in ("mvn", "javac") if not shutil.which(name)]
    if missing:
        return f"there is no {missing[0]}"
    files = sorted(path for top in SOURCES.values() for path in top.rglob("*")
                   if path.is_file() and "target" not in path.relative_to(top).parts)
    state = "".join(f"{path} {path.read_bytes()}\n" for path in [*files, HERE / "pom.xml"])
    if (BUILT / "built").exists() and (BUILT / "built").read_text() == state:
        return ""
    shutil.rmtree(BUILT, ignore_errors=True)
    for name, source in SOURCES.items():
        shutil.copytree(source, BUILT / name, ignore=shutil.ignore_patterns("target"))
    shutil.copy(HERE / "pom.xml", BUILT)
    done = subprocess.run(
        ["mvn", "-q", "-B", "-C", "-Dstyle.color=never", "-DskipTests", "-f", BUILT / "pom.xml", "package",
         "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies", "-DexcludeGroupIds=rushproof"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        print(done.stdout, flush=True)
        return "Maven could not build them, or fetch what they need"
    (BUILT / "built").write_text(state)
    return ""


def lacks_python():
    """Debian's Flask and pytest are for Debian's Python, which runs this."""
    done = subprocess.run([sys.executable, "-c", "import flask, pytest"], capture_output=True, text=True, check=False)
    return done.stderr.strip().rpartition("\n")[2]


def prepare():
    reason = build_java()
    BUILT.mkdir(parents=True, exist_ok=True)
    (BUILT / "lacks").write_text(reason)


# ---- the runners ----

def environment(work, **more):
    """A user's, who has installed the program."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUSHPROOF_")}
    return {**kept, "PATH": f"{runner.BIN}:{os.environ['PATH']}", "RUSHPROOF_OUTPUT": str(work / "reports"),
            "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC", **more}


def junit(work, *classes, options=(), **more):
    places = [BUILT / name / "target" / kind for name in SOURCES for kind in ("classes", "test-classes")]
    # With the libraries of the projects that use the extension, which was compiled against older ones.
    places += [BUILT / name / "target/dependency/*" for name in ("spring-boot", "java")]
    done = subprocess.run(["java", *options, "-cp", ":".join(map(str, places)), "clients.Launch",
                           *classes],
                          cwd=work, env=environment(work, **more), timeout=400, capture_output=True, text=True,
                          errors="replace", check=False)
    lines = [line.split("\t") for line in done.stdout.splitlines() if line.startswith("outcome\t")]
    found = Outcomes(Outcome(*line[1:4], line[4].replace("\\n", "\n")) for line in lines)
    assert found and done.returncode == 0, f"exit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return found


def pytest(work, *arguments, **more):
    """Its outcomes, and its exit code. The plugin is known as if it were installed."""
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "pytest_rushproof", "-p", "no:cacheprovider", "-q",
                           f"--junitxml={work}/junit.xml", f"--rootdir={work}", *map(str, arguments)],
                          cwd=work, timeout=400, capture_output=True, text=True, errors="replace", check=False,
                          env=environment(work, PYTHONPATH=str(PLUGIN), PYTHONDONTWRITEBYTECODE="1", **more))
    assert (work / "junit.xml").exists(), f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    found = Outcomes()
    for case in xml.parse(work / "junit.xml").getroot().iter("testcase"):
        worst = next((case.find(kind) for kind in ("failure", "error", "skipped") if case.find(kind) is not None), None)
        status = "SUCCESSFUL" if worst is None else "ABORTED" if worst.tag == "skipped" else "FAILED"
        said = "" if worst is None else f"{worst.get('message')}\n{worst.text}"
        name = re.sub(r"\[([a-z_]{4,}[^\[]*)\]$", r" > \1", case.get("name"))
        found.append(Outcome(status, name if " > " in name else f"{name} > the run", "", said))
    return found, done.returncode


# ---- what must come out ----

def passes(found, *places):
    """Each of the places, and everything beside them."""
    assert all(each.status == "SUCCESSFUL" for each in found), str(found)
    for place in places:
        names = found.of(place)
        assert len(names) > 10 and "the run" in names, str(found)
        assert any(name.startswith("cap_exact") for name in names), str(found)


def names_users(found, *places):
    """Red, by a check that has users in its words."""
    for place in places:
        outcomes = found.of(place)
        assert outcomes["the run"].status == "FAILED", str(found)
        red = {name: each for name, each in outcomes.items() if each.status == "FAILED" and name != "the run"}
        lost = [each.message for name, each in red.items() if name.startswith("lost")]
        assert lost and re.search(r"^  user \d+.*no coupon", lost[0], re.M), str(found)
        assert any(each.status == "SUCCESSFUL" for each in outcomes.values()), f"not everything is wrong:\n{found}"
        assert all("report: " in each.message for each in red.values()), str(found)


def judged(fire, judge, *places):
    """A busy machine makes a run unknown, which is no fault of the clients: then again."""
    for tries in range(TRIES):
        found = fire()
        try:
            return judge(found, *places)
        except AssertionError:
            if tries == TRIES - 1 or not any(NOT_A_BURST.search(each.message) for each in found):
                raise
        print("# again: the burst was none", flush=True)
    return None


# ---- JUnit 5 ----

def spring(work, judge, *options, **more):
    judged(lambda: junit(work, "com.example.coupon.CouponRushTest", options=options, **more), judge,
           "aHundredOfAThousand", "aHundredOfThreeHundred")


def spring_is_right(work):
    spring(work, passes)


def spring_is_wrong(work):
    spring(work, names_users, "-Dspring.profiles.active=counting")


def spring_on_mysql(work):
    bench = collections.namedtuple("Directory", "path")(work)
    with maria.mariadb(bench) as database:
        assert database, "there is no mariadbd"
        url = re.sub(r"mysql://(.*):(.*)@(.*)", r"jdbc:mariadb://\3?user=\1&password=\2", database[0])
        spring(work, passes, SPRING_DATASOURCE_URL=url)
        spring(work, names_users, "-Dspring.profiles.active=counting", SPRING_DATASOURCE_URL=url)


def junit_small(work):
    for options in ((), ("-Djunit.jupiter.execution.parallel.enabled=true",
                         "-Djunit.jupiter.execution.parallel.mode.default=concurrent")):
        judged(functools.partial(junit, work, "clients.Small", options=options), passes,
               "ownAnnotation", "fired", "factory", "file")


def junit_rows(work):
    assert all(each.status == "SUCCESSFUL" for each in junit(work, "rushproof.junit.RowsCases"))


WRONG = {
    "loses": r"user \d+.*no coupon",
    "evidenceThrows": r"the test's evidence threw java.io.IOException: the table is gone",
    "evidenceHasNoUsers": r"try evidence\(rows, row -> its user\)",
    "nothingIsRead": r"unknown",
    "optionIsWrong": r"ended with code 3:(.|\n)*--nonsense",
    "nobodyListens": r"onnect|refused",
    "bodyThrows": r"before the rush",
    "factory": r"expected: 10|user \d+",
}


def junit_wrong(work):
    found = junit(work, "clients.Wrong")
    for place, said in WRONG.items():
        outcomes = found.of(place)
        assert any(each.status == "FAILED" and re.search(said, each.message) for each in outcomes.values()), \
            f"{place} does not say {said}:\n{found}"
    thrown = found.of("nothingIsRead")["the run"].thrown
    assert thrown == "RushUnknownException", thrown


def junit_without_program(work):
    """Skipped, or failed where it is required: never green, and nothing of a test has begun."""
    for options, statuses, said in (((), {"SKIPPED", "ABORTED"}, "rushproof.required=true makes this a failure"),
                                    (("-Drushproof.required=true",), {"FAILED"}, "rushproof.required is true")):
        found = junit(work, "clients.Wrong", options=options, RUSHPROOF_PROGRAM="/nowhere/rushproof")
        assert {each.name.partition("(")[0] for each in found} == {f"Wrong > {place}" for place in WRONG}, str(found)
        assert all(each.status in statuses and said in each.message and "/nowhere/rushproof" in each.message
                   for each in found), str(found)


# ---- pytest ----

def flask(work, judge, **more):
    example = work / "flask"
    shutil.copytree(ROOT / "examples/flask", example, dirs_exist_ok=True)
    judged(lambda: pytest(work, example / "test_shop.py", **more)[0], judge, "test_a_hundred_of_a_thousand")


def flask_is_right(work):
    flask(work, passes)


def flask_is_wrong(work):
    flask(work, names_users, SHOP="counting")


def python_cases(work, name, *options, **more):
    for file in (HERE / "python").glob("*.py"):
        shutil.copy(file, work)
    return pytest(work, work / name, *options, **more)


def pytest_small(work):
    judged(lambda: python_cases(work, "small.py")[0], passes, "test_marked", "test_fired", "test_file[1]", "test_file[2/")


PYTEST_WRONG = {
    "test_loses": r"user \d+.*no coupon",
    "test_evidence_raises": r"the test's evidence raised OSError\('the table is gone'\)",
    "test_nothing_is_read": r"unknown",
    "test_option_is_wrong": r"ended with code 3:(.|\n)*--nonsense",
    "test_nobody_listens": r"onnect|refused",
    "test_without_the_fixture": r"takes the fixture rush",
    "test_body_raises": r"before the rush",
}


def pytest_wrong(work):
    found, code = python_cases(work, "wrong.py")
    assert code == 1, f"exit {code}"
    for place, said in PYTEST_WRONG.items():
        outcomes = found.of(place)
        assert outcomes["the run"].status == "FAILED", f"{place}:\n{found}"
        assert any(re.search(said, each.message) for each in outcomes.values()), f"{place} does not say {said}:\n{found}"


def pytest_without_program(work):
    nowhere = {"RUSHPROOF_PROGRAM": "/nowhere/rushproof"}
    for options, more, status in (((), {}, "ABORTED"), (("--rushproof-required",), {}, "FAILED"),
                                  ((), {"RUSHPROOF_REQUIRED": "true"}, "FAILED"),
                                  (("-o", "rushproof_required=true"), {}, "FAILED")):
        found, code = python_cases(work, "small.py", *options, **nowhere, **more)
        rushes = [each for each in found if not each.name.startswith("test_rows")]
        assert len(rushes) == 5 and all(each.status == status and "/nowhere/rushproof" in each.message for each in rushes), \
            str(found)
        assert code == (0 if status == "ABORTED" else 1), f"exit {code}"


JUNIT = [spring_is_right, spring_is_wrong, spring_on_mysql, junit_small, junit_rows, junit_wrong, junit_without_program]
PYTEST = [flask_is_right, flask_is_wrong, pytest_small, pytest_wrong, pytest_without_program]


def run_part(test, cases, lacks, names):
    wanted = [case for case in cases if not names or case.__name__ in names]
    if lacks and wanted:
        print(f"# {', '.join(case.__name__ for case in wanted)} left out: {lacks}", flush=True)
        return
    for case in wanted:
        with tempfile.TemporaryDirectory(prefix="rushproof-clients.") as work:
            test.run(case.__name__.replace("_", " "), case, pathlib.Path(work))


def main():
    if "RUSHPROOF_PREPARED" not in os.environ:
        prepare()
    if "--prepare" in sys.argv[1:]:
        return
    names = sys.argv[1:]
    lacks = [(BUILT / "lacks").read_text(), lacks_python()]
    if all(lacks):
        print(f"skipped: {'; '.join(lacks)}")
        sys.exit(77)
    runner.adopt_orphans()
    test = tap.Tap()
    run_part(test, JUNIT, lacks[0], names)
    run_part(test, PYTEST, lacks[1], names)
    left = runner.children()
    test.ok(not left, "nothing stays behind", left)
    test.end()


main()
