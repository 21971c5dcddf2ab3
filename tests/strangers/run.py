"""Judges the strangers and compares the verdicts with what their scenarios state: run.py [--runs=N] [NAME…]

NAME is that of a stranger, a pattern such as 'rabbit*', or a group: people (ids, logins, late decisions, instances),
queues (queues and stores), others (what is in neither).

--journal=FILE  keeps each run there; what it says is done is not done again, so that a long series may be broken off
--most=S        no run is begun after so many seconds: the next sitting goes on there
--prepare       only fetches what they need from elsewhere
--tell          only shows what the journal has

A burst that this machine was too busy to fire is fired again, twice at most; how often is counted, and a run that comes to
any verdict is judged by it."""

import argparse
import collections
import fnmatch
import importlib.util
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "lib"))

import outcome  # noqa: E402
import runner  # noqa: E402
import tap  # noqa: E402


NAMES = ["python", "node", "java", "redis-stock", "redis-race", "cluster", "cluster-memory", "auto-commit",
         "auto-commit-skips", "retry-topic", "uuid", "uuid-races", "outbox", "outbox-loses", "mysql",
         "mysql-races", "sqlite", "sqlite-races", "documents", "documents-races", "redis-set", "redis-set-races",
         "instances", "instances-lock", "instances-lock-alone", "instances-user",
         "instances-user-alone", "tickets", "tickets-forgets", "tickets-oversells",
         "events", "events-forgetful", "events-generous", "members", "members-races", "members-forgets",
         "unix-node", "unix-gunicorn", "unix-gunicorn-memory", "unix-uvicorn",
         "stream", "stream-loses", "stream-noack", "list", "list-loses", "relay", "relay-loses",
         "rabbit", "rabbit-killed", "rabbit-loses", "rabbit-auto", "rabbit-auto-loses", "rabbit-dead",
         "http2-node", "http2-node-races", "http2-nginx", "http2-nginx-races", "http2-go", "http2-go-races", "http2-many",
         "grpc", "grpc-races", "grpc-broken", "grpc-unix", "grpc-members", "grpc-members-races",
         "example-grpc", "example-grpc-counting",
         "spring", "spring-first-try", "spring-unlucky"]
GROUPS = {"people": ["uuid*", "mysql*", "members*", "tickets*", "events*", "instances*", "unix*", "spring*"],
          "queues": ["rabbit*", "stream*", "list*", "relay*", "outbox*", "sqlite*", "documents*", "redis-set*"]}
NODE = runner.BIN.parent / "strangers-node"
GO = runner.BIN.parent / "strangers-go"
GRPC = GO / "grpc"
SPRING = runner.BIN.parent / "strangers-spring"
# What README and examples show is judged as it stands there; it says not what comes out.
RECIPES = {"spring": {"verdict": "pass"}, "example-grpc": {"verdict": "pass"},
           "example-grpc-counting": {"verdict": "fail", "checks": ["cap_exact", "cap_safety"],
                                     "may": ["burst_simultaneous", "fcfs", "not_vacuous"]}}


def install_node_modules(target):
    """`npm ci` of the lock file beside the sources, into the build directory; once for each lock file."""
    lock = (HERE / "node" / "package-lock.json").read_bytes()
    stamp = target / "installed-lock.json"
    if not stamp.exists() or stamp.read_bytes() != lock:
        target.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "node" / name, target)
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=target, check=True)
        stamp.write_bytes(lock)


def is_node(name):
    return name.startswith(("node", "cluster", "events", "unix-node", "http2-node"))


def is_grpc(name):
    return name.startswith("grpc")


def is_example(name):
    return name.startswith("example-grpc")


def is_go(name):
    return name in ("http2-go", "http2-go-races", "http2-many")


def is_spring(name):
    return name.startswith("spring")


def build_spring():
    """`mvn package` into the build directory, once for each state of the sources. Returns why it cannot be had, or ""."""
    missing = [name for name in ("mvn", "javac") if not shutil.which(name)]
    if missing:
        return f"there is no {missing[0]}"
    sources = sorted(path for path in (HERE / "spring").rglob("*") if path.is_file())
    state = "".join(f"{path.name} {path.read_bytes()}\n" for path in sources)
    stamp = SPRING / "built"
    if stamp.exists() and stamp.read_text() == state:
        return ""
    SPRING.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mvn", "-q", "-B", "-C", "-Dstyle.color=never", f"-Djar.directory={SPRING}/target",
                           "-DskipTests", "-f", HERE / "spring/pom.xml", "package"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        print(done.stdout, flush=True)
        return "Maven could not build it, or fetch what it needs"
    stamp.write_text(state)
    return ""


def build_go(name, folder, **settings):
    """Returns why it cannot be had, or ""."""
    if not shutil.which("go"):
        return "there is no go"
    GO.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["go", "build", "-o", GO / name, "shop.go"], cwd=HERE / folder, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False,
                          env={"HOME": str(GO), "GOCACHE": str(GO / "cache"), "GOPATH": str(GO / "modules"), **os.environ,
                               "GOTOOLCHAIN": "local", **settings})
    return f"Go could not build it: {done.stdout}" if done.returncode else ""


def build_grpc():
    """The same of the shop that speaks gRPC, which also needs modules and a descriptor set."""
    if not shutil.which("protoc"):
        return "there is no protoc"
    lacks = build_go("grpc-shop", "grpc", GOFLAGS="-mod=readonly -modcacherw -buildvcs=false")
    if not lacks:
        subprocess.run(["protoc", "--include_imports", f"--descriptor_set_out={GO / 'coupons.pb'}", "coupons.proto"],
                       cwd=HERE / "grpc", check=True)
    return lacks


def desk_of(bench, name):
    """The scenario of a name; a recipe lies beside the jar that its user has built."""
    if name not in RECIPES:
        return HERE / f"{name}.yaml"
    if is_example(name):
        return ROOT / "examples/grpc/shop.yaml"
    desk = bench.path / "shop"
    desk.mkdir(exist_ok=True)
    if not (desk / "target").exists():
        (desk / "target").symlink_to(SPRING / "target")
    return shutil.copy(ROOT / f"examples/{name}.yaml", desk)


def differences(scenario, name, done):
    if name in RECIPES:
        return list(outcome.differences(RECIPES[name], done.result))
    return outcome.compare(scenario, done.dir / "result.json")


def name_everywhere(done):
    """A user who is no number is called in every report what the service calls it."""
    named = [(check["name"], user["user"]) for check in done.result["checks"] for user in check["users"]
             if "user" in user]
    texts = [user for _, user in named if isinstance(user, str)]
    if not texts:
        return
    # Who is lost is in no store.
    stores = () if ("lost", texts[0]) in named else ("coupons.csv", "produced.csv")
    places = {"console": runner.program("rushproof", "verify", done.dir).stdout}
    for path in done.dir.iterdir():
        if path.suffix in (".csv", ".xml", ".html", ".md"):
            places[path.name] = path.read_text(errors="replace")
    for name in ("console", "history.csv", "junit.xml", "report.html", "summary.md", *stores):
        if name == "produced.csv" and places[name].count("\n") < 2:
            continue  # no topic
        assert texts[0] in places[name], f"{name} does not name {texts[0]}"


def judge(bench, name, number, summary):
    scenario = desk_of(bench, name)
    again = bench.again
    done = bench.run("--quiet", scenario, timeout=420 if is_spring(name) else 120,
                     env={"SHOP": "counting"} if name == "example-grpc-counting" else None)
    result = done.result
    summary.append({"name": name, "number": number, "verdict": result and result["verdict"], "code": done.code,
                    "rows": result and result["rows"]["final"], "seconds": round(done.seconds, 1), "again": bench.again - again})
    if result is None:
        raise AssertionError(str(done))
    name_everywhere(done)
    different = differences(scenario, name, done)
    assert not different, "\n".join([*different, str(done)])
    expected = {"pass": 0, "fail": 1, "unknown": 2}[result["verdict"]]
    assert done.code == expected, f"exit code {done.code} with verdict {result['verdict']}"
    assert not done.left, "\n".join(done.left)


def group_of(name):
    return next((group for group, patterns in GROUPS.items() if any(fnmatch.fnmatch(name, one) for one in patterns)), "others")


def choose(words):
    """Names, patterns and groups, in the order of NAMES."""
    wrong = [word for word in words if word not in (*GROUPS, "others") and not fnmatch.filter(NAMES, word)]
    if wrong:
        raise SystemExit(f"no stranger is called {wrong[0]}; there are the groups {', '.join([*GROUPS, 'others'])} and {' '.join(NAMES)}")
    return [name for name in NAMES if not words or group_of(name) in words or any(fnmatch.fnmatch(name, word) for word in words)]


def prepare(names):
    if any(map(is_node, names)):
        install_node_modules(NODE)
    if any(map(is_go, names)):
        GO.mkdir(parents=True, exist_ok=True)
        (GO / "lacks").write_text(build_go("shop", "http2", GOFLAGS="-mod=mod", GO111MODULE="off"))
    if any(map(is_grpc, names)):
        GRPC.mkdir(parents=True, exist_ok=True)
        (GRPC / "lacks").write_text(build_grpc())
    if any(map(is_spring, names)):
        SPRING.mkdir(parents=True, exist_ok=True)
        (SPRING / "lacks").write_text(build_spring())


def reason_to_leave_out(name):
    for fits, place in ((is_spring, SPRING), (is_go, GO), (is_grpc, GRPC)):
        if fits(name):
            return (place / "lacks").read_text() if (place / "lacks").exists() else "it was not built"
    if is_node(name) and not NODE.exists():
        return "what it needs was not fetched"
    if is_example(name) and not (shutil.which("protoc") and importlib.util.find_spec("grpc")):
        return "there is no protoc, or no grpcio"
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    return "there is no nginx" if name.startswith("http2-nginx") and not nginx else ""


def is_lacking(name):
    """Says so where it is left out."""
    reason = reason_to_leave_out(name)
    if reason:
        print(f"# {name} is left out: {reason}", flush=True)
    return reason


class Journal:
    """One object a line and run: name, number, right, seconds, again. Without a file nothing is kept."""

    def __init__(self, path):
        self.path = path
        lines = pathlib.Path(path).read_text().splitlines() if path and os.path.exists(path) else []
        self.runs = {(run["name"], run["number"]): run for run in map(json.loads, lines)}

    def note(self, run):
        self.runs[run["name"], run["number"]] = run
        if self.path:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(run) + "\n")

    def tell(self):
        print("# stranger              right of runs, bursts fired again, seconds: median and most")
        by_name = collections.defaultdict(list)
        for run in self.runs.values():
            by_name[run["name"]].append(run)
        for name, runs in by_name.items():
            seconds = [run["seconds"] for run in runs]
            print(f"# {name:22} {sum(run['right'] for run in runs):3} of {len(runs):3} {sum(run['again'] for run in runs):3}"
                  f" {statistics.median(seconds):6.1f} {max(seconds):6.1f}")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--journal", default="")
    parser.add_argument("--most", type=float, default=float("inf"))
    parser.add_argument("--prepare", action="store_true")
    parser.add_argument("--tell", action="store_true")
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def judge_all(names, options, journal):
    test = tap.Tap()
    summary = []
    until = time.monotonic() + options.most
    with runner.Bench("strangers") as bench:
        for number in range(1, options.runs + 1):
            for name in names:
                if (name, number) in journal.runs:
                    test.ok(journal.runs[name, number]["right"], f"{name}, run {number}, as the journal says")
                elif time.monotonic() < until:
                    before = len(summary)
                    right = test.run(f"{name}, run {number}", judge, bench, name, number, summary)
                    known = summary[-1] if len(summary) > before else {"seconds": 0, "again": 0}
                    journal.note({**known, "name": name, "number": number, "right": right})
                    shutil.rmtree(bench.path / str(bench.count), ignore_errors=True)
    print("# stranger, run, verdict, exit, rows, seconds, bursts fired again")
    for row in summary:
        print("#", *row.values())
    journal.tell()
    test.end()


def main():
    options = read_options()
    names = choose(options.names)
    journal = Journal(options.journal)
    if options.tell:
        journal.tell()
        return
    # Who may not write there finds what somebody else has fetched.
    if "RUSHPROOF_PREPARED" not in os.environ and os.access(runner.BIN.parent, os.W_OK):
        prepare(names)
    if options.prepare:
        return
    os.environ["STRANGERS_NODE_MODULES"] = str(NODE / "node_modules")
    os.environ["STRANGERS_GO"] = str(GO)
    os.environ["STRANGERS_SPRING"] = str(SPRING / "target")
    # A virtual machine that lives for seconds is sooner there when it compiles once and collects by one thread.
    os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    runner.adopt_orphans()
    judge_all([name for name in names if not is_lacking(name)], options, journal)


main()
